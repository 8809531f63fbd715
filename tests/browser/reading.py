"""A page as a tree, read by the standard library alone: what a browser without JavaScript works from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)


@dataclass(eq=False, slots=True)
class Element:
    """An element: its attributes (empty text for a bare one) and what stands in it.

    `order` has all elements of the page as they begin: this one at `place`, what is inside up to before `end`.
    """

    tag: str
    attributes: dict[str, str]
    order: list[Element]
    place: int
    end: int = 0
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
        return iter(self.order[self.place : self.end])

    def all(self, tag: str = "", *classes: str) -> list[Element]:
        """Every element inside with that tag (any, if empty) and all of those classes."""
        wanted = set(classes)
        return [one for one in self.walk() if tag in ("", one.tag) and (not wanted or wanted <= one.classes())]

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


_ATTRIBUTES = r"""((?:\s+[^\s"'<>/=]+(?:="[^"]*")?)*)"""
# In a script or a style neither a character reference nor a tag is read.
_TOKEN = re.compile(
    rf"([^<]+)|</([a-zA-Z][a-zA-Z0-9-]*)>|<(?!s(?:cript|tyle)[\s>])([a-zA-Z][a-zA-Z0-9-]*){_ATTRIBUTES}\s*(/?)>"
    rf"|<(script|style){_ATTRIBUTES}\s*>((?:(?!</).)*)|<!--.*?-->|<!doctype html>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""\s+([^\s"'<>/=]+)(?:="([^"]*)")?""")


def _tree(html: str) -> Element:
    """Takes a page apart, tag by tag; much faster than html.parser, with which tests/test_reading.py compares it, and
    for that it takes nothing that our pages do not have, such as a lone < or a value without its quotes."""
    order: list[Element] = []
    inner = Element("", {}, order, 0)
    order.append(inner)
    around = [inner]
    at = 0
    for token in _TOKEN.finditer(html):
        assert token.start() == at, f"no tag and no text: {html[at : at + 80]!r}"
        at = token.end()
        text, closed, tag, attributes, empty, raw_tag, raw_attributes, raw = token.groups()
        if text:
            inner.children.append(unescape(text))
        elif tag or raw_tag:
            element = Element((tag or raw_tag).lower(), _named(attributes or raw_attributes), order, len(order))
            order.append(element)
            inner.children.append(element)
            if raw:
                element.children.append(raw)
            if empty or element.tag in _VOID:
                element.end = len(order)
            else:
                around.append(inner := element)
        elif closed:
            assert inner.tag == closed.lower(), f"</{closed}> closes <{inner.tag}>"
            around.pop().end = len(order)
            inner = around[-1]
    assert at == len(html), f"no tag and no text: {html[at : at + 80]!r}"
    assert not inner.tag, "a tag is left open"
    inner.end = len(order)
    return inner


def _named(text: str | None) -> dict[str, str]:
    """The attributes of a tag."""
    if not text:
        return {}
    found = _ATTRIBUTE.findall(text)
    attributes = {name.lower(): unescape(value) for name, value in found}
    assert len(attributes) == len(found), f"an attribute twice: {text}"
    return attributes


@lru_cache(maxsize=32)
def read(html: str) -> Element:
    """The tree of a page, which is one for all who read it. Raises AssertionError where tags do not nest, or an id
    stands twice."""
    root = _tree(html)
    ids = [element["id"] for element in root.having("id")]
    assert len(set(ids)) == len(ids), "an id stands twice"
    return root
