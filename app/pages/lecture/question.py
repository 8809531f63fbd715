"""What the page of a lecture looks at: its stops, and which of them one is at."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from app.pages.contents import CONTENTS
from app.pages.published.listed import published_groups
from app.state import AS_IT_COMES, FieldError, Invalid, ViewState, carried_parts, read_carried
from app.state.codec import Param, Reader, address_of, query_of, written
from app.state.playlist import Playlist, playlist_from_text
from app.state.staging import NAMES as STAGING
from app.state.staging import OFF_STAGE, PLACE, Staging
from app.state.staging import PARAMS as STAGING_PARAMS

from .chapter import CHAPTER
from .places import Place, places

# The pages that a stop may be at.
PATHS = (
    *("/", "/forward", "/backward", "/chapter", *(f"/chapter/{key}" for key in CONTENTS)),
    *("/networks", "/heads", "/cost", "/recall", "/glossary", "/train", "/compare"),
    *(example.href.partition("?")[0] for group in published_groups() for example in group.examples),
)


@dataclass(frozen=True)
class LectureState:
    """A lecture, the place that one is at (None: before the first), what the header hands on, and how it is shown on
    the stage. Away from a place means here that one has jumped from it to another stop."""

    playlist: Playlist = CHAPTER
    place: Place | None = None
    carried: ViewState = AS_IT_COMES
    staging: Staging = OFF_STAGE

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place of the lecture, in their order."""
        return places(self.playlist)

    def at(self, place: Place | None) -> LectureState:
        """The same lecture at another place, as its stop is shown; who comes to the place that was left is back."""
        staging = self.staging
        if place is not None and staging.stage is not None:
            away = None if staging.away == place.key else staging.away
            staging = replace(staging, stage=place.stage, away=away)
        return replace(self, place=place, staging=staging)

    def jump(self, place: Place) -> LectureState:
        """The same lecture at a stop that does not come next, and the way back from there to where one is."""
        left = self.staging.away or (self.place.key if self.place else None)
        return replace(self, staging=replace(self.staging, away=left)).at(place)

    def showing(self, stage: str | None) -> LectureState:
        """The same place on the stage, which shows that, or on a page of its own again."""
        return replace(self, staging=self.staging.showing(stage))

    def query(self) -> str:
        """The canonical query, without its question mark."""
        chosen = {"stops": self.playlist, "stop": self.place and self.place.key}
        own = replace(self.staging, stops="").parts()
        return query_of([*carried_parts(self.carried), *written(PARAMS, chosen), *own])

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
    reader.expect(["stop", *STAGING], strict=False)
    playlist = reader.read(STOPS)
    chosen = reader.read_all((STOP, *(param for param in STAGING_PARAMS if param.name != "stops")))
    key = chosen.pop("stop")
    place = next((one for one in places(playlist) if one.key == key), None)
    if key is not None and place is None:
        reader.errors.append(FieldError(("query", "stop"), f"this lecture has the stops 1 to {len(playlist.stops)}"))
    return reader.checked(LectureState(playlist, place, carried, Staging(**chosen)))


def _stops(text: str) -> Playlist | FieldError:
    if not text.strip():
        return CHAPTER
    try:
        return playlist_from_text(text, PATHS)
    except Invalid as problem:
        return FieldError(("query", "stops"), "; ".join(error.msg for error in problem.errors))


def _stop(text: str) -> str | FieldError | None:
    """The key of a place; numbers may begin with zeros."""
    plain = re.sub(r"(?<![0-9])0+(?=[0-9])", "", text)
    if not plain or PLACE.fullmatch(plain):
        return plain or None
    return FieldError(("query", "stop"), "stop must be the number of a stop")


STOPS: Param[Playlist] = Param("stops", _stops, Playlist.text, CHAPTER)
STOP: Param[str | None] = Param("stop", _stop, str, None)
PARAMS = (STOPS, STOP)
