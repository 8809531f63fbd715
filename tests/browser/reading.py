"""A page as a tree, read by the standard library alone: what a browser without JavaScript works from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)


@dataclass(eq=False)
class Element:
    """An element: its attributes (empty text for a bare one) and what stands in it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    @property
    def text(self) -> str:
        """All text inside, blanks run together."""
        return " ".join("".join(self._texts()).split())

    def classes(self) -> set[str]:
        """The names in `class`."""
        return set(self.attributes.get("class", "").split())

    def walk(self) -> Iterator[Element]:
        """This element and all inside it, in document order."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str = "", *classes: str) -> list[Element]:
        """Every element inside with that tag (any, if empty) and all of those classes."""
        wanted = set(classes)
        return [one for one in self.walk() if tag in ("", one.tag) and wanted <= one.classes()]

    def by_id(self, name: str) -> Element:
        """The one element with that id."""
        (found,) = (one for one in self.walk() if one.attributes.get("id") == name)
        return found

    def having(self, name: str, value: str = "") -> list[Element]:
        """Every element with that attribute, of that value unless it is empty."""
        return [one for one in self.walk() if name in one.attributes and value in ("", one[name])]

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def read(html: str) -> Element:
    """The tree of a page. Raises AssertionError where tags do not nest, or an id stands twice."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert [element.tag for element in reader._open] == [""], "a tag is left open"
    ids = [element["id"] for element in reader.root.having("id")]
    assert len(set(ids)) == len(ids), "an id stands twice"
    return reader.root
