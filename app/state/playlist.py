"""A lecture as a list of addresses: each stop is a page of this site, with how long it takes and a sentence to say.

As text, a small file or one name of an address (where a long one is `compact`), a stop is a line:

    title: Why a backward pass builds no Jacobian
    # what begins with # is for whoever reads the file
    /chapter/3 2:00 An op offers its VJP, and no Jacobian.
    /backward?step=4 1:30 The gradient of W is an outer product.

The time may be left out, and stands for one minute then. Next runs through the stops in their order: it goes from a
stop to the one after it, Back exactly back, and a number with Enter to the stop of that number; a page that was left
for a question is no stop, and the stop that one comes back to is the one that the address of the lecture names. So all
that a lecture remembers is the number of a stop, and that stands in the address.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlsplit

from .errors import FieldError, Invalid

# The longest text in bytes: as a name of an address, which holds other names beside it, and as a file.
ADDRESS_BYTES, FILE_BYTES = 3_072, 65_536
# The most stops, the longest sentence and title in letters, and the longest stop in seconds.
MAX_STOPS, MAX_SENTENCE, MAX_SECONDS = 200, 240, 5_999
# What a copied address may stand between.
_QUOTES = "\"'<>“”„«»"
# How long a stop is that says nothing of it, in seconds.
USUAL = 60
# So many lines are told that are wrong.
_TOLD = 5
_TITLE = re.compile(r"title:\s*(.*)", re.IGNORECASE)
_TIME = re.compile(r"([0-9]{1,2}):([0-5][0-9])")
# What is meant as a time, and is none: 1:75, 100:00, 1:30:00.
_NO_TIME = re.compile(r"[0-9]+:[0-9:]*")
# A path that a message may repeat, and how like a page's path it is where that one is meant.
_PATH, _LIKE = re.compile(r"/[a-z0-9/-]{1,24}"), 0.75
# What an address may hold as it is written in a line: nothing that means anything in HTML.
_QUERY = re.compile(r"[A-Za-z0-9._~%+,;:=&!*()/@-]{0,2048}")


@dataclass(frozen=True, slots=True)
class Stop:
    """A page of this site, a path with its query; what one says there; and how long it takes, in seconds."""

    address: str
    sentence: str
    seconds: int = USUAL

    @property
    def time(self) -> str:
        """How long it takes, in minutes and seconds: 1:30."""
        return minutes(self.seconds)


@dataclass(frozen=True, slots=True)
class Playlist:
    """The stops of a lecture in their order, and what it is called; empty where it has no title."""

    stops: tuple[Stop, ...]
    title: str = ""

    def __hash__(self) -> int:
        """A hash that does not go through all stops: a page asks for it at each of its links."""
        return hash((self.title, len(self.stops), self.stops[:1]))

    @property
    def seconds(self) -> int:
        """How long it takes, in seconds."""
        return sum(stop.seconds for stop in self.stops)

    def text(self) -> str:
        """The lecture as text, the same for the same lecture: reading it gives this again."""
        lines = [f"{stop.address} {stop.time} {stop.sentence}" for stop in self.stops]
        return "\n".join([f"title: {self.title}", *lines] if self.title else lines)


def minutes(seconds: int) -> str:
    """A time in minutes and seconds: 1:30."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def playlist_from_text(text: str, paths: Collection[str]) -> Playlist:
    """Read a lecture from its text, of at most FILE_BYTES, whose stops are at `paths` of this site.

    Raises Invalid with one error for each line that is wrong, up to the first few; its fallback is what could be read.
    """
    if len(text.encode("utf-8", "replace")) > FILE_BYTES:
        says = f"a lecture may have {FILE_BYTES} bytes; make its sentences shorter, or leave out stops"
        raise Invalid([FieldError(("query", "stops"), says)], Playlist(()))
    title, stops, errors = "", list[Stop](), list[FieldError]()
    for number, line in _lines(text):
        named = _TITLE.fullmatch(line)
        if named:
            title = _plain(named[1])
            wrong = _wrong_sentence(title) or ("there is more than one title" if stops else "")
        else:
            found = _stop(line, paths)
            wrong = found if isinstance(found, str) else ""
            stops += [found] if isinstance(found, Stop) else []
        if wrong:
            errors.append(FieldError(("query", "stops"), f"line {number}: {wrong}"))
    if not stops and not errors:
        errors.append(FieldError(("query", "stops"), "a lecture needs a stop, such as /backward?step=4"))
    if len(stops) > MAX_STOPS:
        errors.append(FieldError(("query", "stops"), f"a lecture may have {MAX_STOPS} stops"))
    playlist = Playlist(tuple(stops[:MAX_STOPS]), title[:MAX_SENTENCE])
    if errors:
        raise Invalid(errors[:_TOLD], playlist)
    return playlist


def line_numbers(text: str) -> list[int]:
    """The number of the line of each stop, in a text that can be read."""
    return [number for number, line in _lines(text) if not _TITLE.fullmatch(line)]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers; a file may begin with a mark of its encoding."""
    for number, line in enumerate(re.split(r"\r\n|[\r\n\u2028\u2029]", text.removeprefix("\ufeff")), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()


def _stop(line: str, paths: Collection[str]) -> Stop | str:
    """The stop that a line says; what is wrong with it, if it says none."""
    address, rest = _first_word(line)
    where = _address(address.strip(_QUOTES), paths)
    if where is None:
        return _no_address(address.strip(_QUOTES), paths)
    time, sentence = _first_word(rest)
    found = _TIME.fullmatch(time)
    seconds = int(found[1]) * 60 + int(found[2]) if found else USUAL
    said = _plain(sentence if found else rest)
    if not 0 < seconds <= MAX_SECONDS or (not found and _NO_TIME.fullmatch(time)):
        return f"a stop takes a time from 0:01 to {minutes(MAX_SECONDS)}, in minutes and seconds"
    return _wrong_sentence(said) or Stop(where, said, seconds)


def _no_address(text: str, paths: Collection[str]) -> str:
    """What is wrong with what should be the address of a stop, as a sentence that repeats no more of it than a path."""
    path = text.partition("?")[0]
    if path in paths:
        return "the address holds what none can, such as a long dash or a curly quote; copy it from the page"
    if not _PATH.fullmatch(path):
        return "a stop begins with an address of this site, such as /backward?step=4"
    close = get_close_matches(path, paths, n=1, cutoff=_LIKE)
    meant = f"did you mean {close[0]}?" if close else "one can be at a network’s page, a board or a question"
    return f"no stop can be at {path}; {meant}"


def _first_word(text: str) -> tuple[str, str]:
    """The text up to its first blank, which a tab may be, too, and the rest."""
    word, *rest = text.split(maxsplit=1) or [""]
    return word, rest[0] if rest else ""


def _wrong_sentence(text: str) -> str:
    """What is wrong with what is to be said; empty where nothing is."""
    if len(text) > MAX_SENTENCE:
        return f"a sentence may have {MAX_SENTENCE} letters"
    return "" if text.isprintable() else "a sentence holds letters that do not print"


def _plain(text: str) -> str:
    """The text with one blank where there are several."""
    return " ".join(text.split())


def _address(text: str, paths: Collection[str]) -> str | None:
    """The address of a page of this site, from a path or from all of an address that was copied; None for any other.

    What stands before the path, such as a host and the prefix that a proxy adds, is left out.
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if not parts.path.startswith("/") or not _QUERY.fullmatch(parts.query) or parts.scheme not in ("", "http", "https"):
        return None
    if parts.netloc and not parts.scheme:
        return None
    known = [
        path for path in paths if parts.path == path or (parts.scheme and parts.path.endswith(path) and path != "/")
    ]
    if not known:
        return None
    path = max(known, key=len)
    return f"{path}?{parts.query}" if parts.query else path
