"""What the page of a lecture looks at: its stops, and which of them one is at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.pages.contents import CONTENTS
from app.pages.published.listed import published_groups
from app.state import AS_IT_COMES, FieldError, Invalid, ViewState, carried_parts, read_carried
from app.state.codec import Param, Reader, address_of, query_of, written
from app.state.playlist import Playlist, playlist_from_text

from .chapter import CHAPTER

# The pages that a stop may be at.
PATHS = (
    *("/", "/forward", "/backward", "/chapter", *(f"/chapter/{key}" for key in CONTENTS)),
    *("/networks", "/heads", "/cost", "/recall", "/glossary", "/train", "/compare"),
    *(example.href.partition("?")[0] for group in published_groups() for example in group.examples),
)
_NUMBER = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True)
class LectureState:
    """A lecture, the number of the stop that one is at (None: before the first), and what the header hands on."""

    playlist: Playlist = CHAPTER
    stop: int | None = None
    carried: ViewState = AS_IT_COMES

    def at(self, stop: int | None) -> LectureState:
        """The same lecture at another stop."""
        return LectureState(self.playlist, stop, self.carried)

    def query(self) -> str:
        """The canonical query, without its question mark."""
        chosen = {"stops": self.playlist, "stop": self.stop}
        return query_of([*carried_parts(self.carried), *written(PARAMS, chosen)])

    def address(self) -> str:
        """The canonical address."""
        return address_of("/lecture", self.query())


def text_address(playlist: Playlist) -> str:
    """Where a lecture is as a text file."""
    return address_of("/lecture.txt", LectureState(playlist).query())


def lecture_from_query(query: str | Reader) -> LectureState:
    """Read the query of the page. Raises Invalid."""
    reader = Reader.of(query)
    carried = read_carried(reader)
    reader.expect([param.name for param in PARAMS], strict=False)
    playlist, stop = reader.read(STOPS), reader.read(STOP)
    if stop is not None and not 1 <= stop <= len(playlist.stops):
        reader.errors.append(FieldError(("query", "stop"), f"this lecture has the stops 1 to {len(playlist.stops)}"))
        stop = None
    return reader.checked(LectureState(playlist, stop, carried))


def _stops(text: str) -> Playlist | FieldError:
    if not text.strip():
        return CHAPTER
    try:
        return playlist_from_text(text, PATHS)
    except Invalid as problem:
        return FieldError(("query", "stops"), "; ".join(error.msg for error in problem.errors))


def _stop(text: str) -> int | FieldError | None:
    if not text:
        return None
    return int(text) if _NUMBER.fullmatch(text) else FieldError(("query", "stop"), "stop must be the number of a stop")


STOPS: Param[Playlist] = Param("stops", _stops, Playlist.text, CHAPTER)
STOP: Param[int | None] = Param("stop", _stop, str, None)
PARAMS = (STOPS, STOP)
