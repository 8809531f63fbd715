"""The one reader and the one writer of addresses: a list of `Param` says what a page is asked, and both go by it.

What is broken, repeated or unknown is judged here and nowhere else, alike on all pages: an escape that is no UTF-8 and
a name given twice are refused. A name that is not ours the API refuses, and a page leaves aside and tells of, unless it
is one that a mailing adds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar
from urllib.parse import quote, unquote_plus

from .errors import FieldError, Invalid, listed
from .trackers import is_tracker

V = TypeVar("V")
S = TypeVar("S")

# What a page's form adds to an address: the query of the good address it was sent from.
FROM = "from"
_FROM_A_FORM = re.compile(rf"(?:^|&){FROM}=")
# What is left of an & that was escaped for HTML once too often: &amp;step=3.
_ESCAPED_TWICE = re.compile(r"^(?:amp;)+")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# What an address holds as it is. The rest, which only a query within a query may contain, is percent-encoded.
_PLAIN = ",;-"


@dataclass(frozen=True, slots=True)
class Param(Generic[V]):
    """A name in an address: how its text is read, how its value is written, and what it is where it is left out.

    `page` is whether only pages know it, and not the API. `many` is whether it may be given more than once, as the
    boxes of a form are: its texts are then read as one, with commas between them. `paste` reads what people paste into
    a field: a page reads with it, while the API knows one spelling.
    """

    name: str
    read: Callable[[str], V | FieldError]
    write: Callable[[V], str]
    default: V
    page: bool = False
    many: bool = False
    paste: Callable[[str], V | FieldError] | None = None


class Reader:
    """A query taken apart: `texts` are those of the names that were expected, `errors` what is wrong so far.

    `unread` are the names, in their order, that a page has no use for and tells of; `left` are those it would have read
    and was not given.
    """

    def __init__(self, raw: str) -> None:
        """`raw` is the query as it came, percent-encoded."""
        self.errors: list[FieldError] = []
        self.texts: dict[str, list[str]] = {}
        self.strict = False
        self.unread: tuple[str, ...] = ()
        self.left: tuple[str, ...] = ()
        self._refused: dict[str, str] = {}
        self._lost: list[str] = []
        self._pairs, self._broken = _decoded(raw)

    @classmethod
    def of(cls, query: str | Reader) -> Reader:
        """A query as it came, taken apart; one that already is stays itself, and then holds what there is to tell."""
        return query if isinstance(query, Reader) else cls(query)

    def first(self, name: str) -> str | None:
        """The first text of a name, expected or not; None where it is not given."""
        return next((text for key, text in self._pairs if _escaped_once(key) == name), None)

    def expect(self, names: Collection[str], *, strict: bool, many: Collection[str] = ()) -> None:
        """Judge the names that were given. A page knows FROM too, reads `amp;x` as x, and leaves aside what it does not
        know; the API, `strict`, does none of this. Those in `many` may be given more than once."""
        self.strict = strict
        known = {*names} if strict else {*names, FROM}
        unread: dict[str, None] = {}
        for key in self._broken:
            told = _escaped_once(key) if _escaped_once(key) in known else ""
            loc = ("query", told) if told else ("query",)
            self.errors.append(FieldError(loc, f"{told or 'the address'} is not valid percent-encoded UTF-8"))
            unread |= {} if told else {key: None}
        for key, text in self._pairs:
            name = key if strict else _escaped_once(key)
            if name in self.texts and name not in many:
                self.errors.append(_repeated(name))
            elif name in known:
                self.texts.setdefault(name, []).append(text)
            elif strict:
                self.errors.append(FieldError(("query",), f"a parameter is unknown; known are {listed(known)}"))
            elif name or text:
                unread[name] = None
        unread |= dict.fromkeys(self._lost)
        self.unread = tuple(name for name in unread if not is_tracker(name))
        self.left = tuple(sorted({*names} - {*self.texts}))

    def read(self, param: Param[V]) -> V:
        """What the query says of a parameter; its default where it says nothing, or nothing that can be read."""
        texts = self.texts.get(param.name)
        if texts is None:
            return param.default
        if len(texts) > 1 and not param.many:
            self.errors.append(_repeated(param.name))
            del texts[1:]
            return param.default
        read = param.read if self.strict else param.paste or param.read
        found = read(_joined(texts))
        if isinstance(found, FieldError):
            self.errors.append(found)
            return param.default
        return found

    def refuse(self, name: str, error: FieldError) -> None:
        """Read no further what was entered for a name, which stays to be shown beside what is wrong with it."""
        self.errors.append(error)
        self._refused[name] = _joined(self.texts.pop(name))

    def leave_unread(self, name: str) -> None:
        """Tell of a name, where it was given, as of one that means nothing here."""
        if self.texts.pop(name, None) is not None:
            self.unread = (*self.unread, name)

    def leave_out_empty(self, name: str) -> None:
        """Read a field of a form that was left empty as one that was not sent."""
        self._pairs = [pair for pair in self._pairs if _escaped_once(pair[0]) != name or pair[1].strip()]

    def put(self, name: str, text: str) -> None:
        """Read this for a name, whatever came for it: what a button of a form makes of a field."""
        self._pairs = [*(pair for pair in self._pairs if _escaped_once(pair[0]) != name), (name, text)]

    def take(self, param: Param[V]) -> V:
        """What the query says of a parameter that is only carried along; whoever reads on does not see it any more.

        Its default where that is nothing, or nothing that can be read, which is then told as what was not read is.
        """
        mine = [text for key, text in self._pairs if _escaped_once(key) == param.name]
        broken = any(_escaped_once(key) == param.name for key in self._broken)
        self._pairs = [pair for pair in self._pairs if _escaped_once(pair[0]) != param.name]
        self._broken = [key for key in self._broken if _escaped_once(key) != param.name]
        if not mine and not broken:
            return param.default
        found = (param.paste or param.read)(mine[0]) if len(mine) == 1 and not broken else None
        if found is None or isinstance(found, FieldError):
            self._lost.append(param.name)
            return param.default
        return found

    def read_all(self, params: Iterable[Param[Any]]) -> dict[str, Any]:
        """What the query says of each parameter, by name."""
        return {param.name: self.read(param) for param in params}

    @property
    def typed(self) -> dict[str, str]:
        """What was entered, by name, as it is shown again beside what is wrong with it."""
        return {name: _joined(texts) for name, texts in self.texts.items()} | self._refused

    def checked(self, state: S) -> S:
        """`state`, if nothing was wrong. Raises Invalid, with `state` as what could be read."""
        if self.errors:
            raise Invalid(self.errors, state, self.typed)
        return state


def read_query(
    query: str | Reader, params: Collection[Param[Any]], make: Callable[[dict[str, Any]], S], *, strict: bool
) -> S:
    """What `make` makes of the values by name that a query says, of a page or, `strict`, of the API. Raises Invalid."""
    reader = Reader.of(query)
    reader.expect([param.name for param in params if not (strict and param.page)], strict=strict)
    return reader.checked(make(reader.read_all(params)))


def is_from_a_form(raw: str) -> bool:
    """Whether a form sent this query: it tells where it was."""
    return _FROM_A_FORM.search(raw) is not None


def state_before(raw: str, read: Callable[[str], S]) -> S | None:
    """The state of the good address that a form was sent from, as `read` reads its query.

    None where no such address is told, or one that is not good, or one that tells of another in its turn.
    """
    query = Reader(raw).first(FROM)
    if query is None or f"{FROM}=" in query:
        return None
    try:
        return read(query)
    except Invalid:
        return None


def written(params: Iterable[Param[Any]], values: Mapping[str, Any], *, page: bool = True) -> list[tuple[str, str]]:
    """The names and texts of an address, in the order of `params`: what has its default is left out.

    Without `page`, so is what only pages know.
    """
    return [
        (param.name, param.write(values[param.name]))
        for param in params
        if (page or not param.page) and values[param.name] != param.default
    ]


def query_of(parts: Iterable[tuple[str, str]]) -> str:
    """The query that says this, without its question mark; empty where there is nothing to say."""
    return "&".join(f"{name}={_quoted(text)}" for name, text in parts)


def address_of(path: str, query: str) -> str:
    """The address of a page that is asked this."""
    return f"{path}?{query}" if query else path


def _decoded(raw: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The query's names and texts, and the names as they came of what cannot be decoded."""
    pairs: list[tuple[str, str]] = []
    broken: list[str] = []
    for part in raw.split("&"):
        if not part:
            continue
        name, _, text = part.partition("=")
        try:
            if _BROKEN_ESCAPE.search(part):
                raise ValueError
            pairs.append((unquote_plus(name, errors="strict"), unquote_plus(text, errors="strict")))
        except ValueError:
            broken.append(name)
    return pairs, broken


def _escaped_once(name: str) -> str:
    """The name behind an & that was escaped too often."""
    return _ESCAPED_TWICE.sub("", name)


def _joined(texts: Iterable[str]) -> str:
    """One text as it is; several as one, without those that are empty."""
    return ",".join(filter(None, texts))


def _repeated(name: str) -> FieldError:
    return FieldError(("query", name), f"{name} is given more than once; give it once")


@lru_cache(maxsize=1024)  # a page has some fifty links, all with the same numbers
def _quoted(text: str) -> str:
    return quote(text, safe=_PLAIN)
