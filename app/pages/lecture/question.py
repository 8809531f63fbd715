"""What the page of a lecture looks at: its stops, and which of them one is at."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import lru_cache

from app.pages.contents import CONTENTS
from app.pages.published.listed import published_groups
from app.state import AS_IT_COMES, FieldError, Invalid, ViewState, carried_parts, read_carried
from app.state.codec import Param, Reader, address_of, query_of, written
from app.state.compact import packed, unpacked
from app.state.hiding import NEXT, NOW
from app.state.playlist import FILE_BYTES, Playlist, playlist_from_text
from app.state.staging import FORMULA, OFF_STAGE, PLACE, STAGES, Staging
from app.state.staging import NAMES as STAGING
from app.state.staging import PARAMS as STAGING_PARAMS

from .chapter import CHAPTER
from .places import Place, places

# The pages that a stop may be at.
PATHS = (
    *("/", "/forward", "/backward", "/chapter", *(f"/chapter/{key}" for key in CONTENTS)),
    *("/networks", "/heads", "/cost", "/recall", "/glossary", "/train", "/compare"),
    *(example.href.partition("?")[0] for group in published_groups() for example in group.examples),
)
# The longest text that says what is hidden of a stop, in letters.
MAX_HIDE = 200


@dataclass(frozen=True)
class LectureState:
    """A lecture, the place that one is at (None: before the first), what the header hands on, which the stage has none
    of, and how it is shown there. Away from a place means here that one has jumped from it to another stop. `typed` is
    the text that the lecture came as, and `hide` what is hidden of the page at the place, as its own address would say
    it: for the moment alone, but for `next`, which stays.
    """

    playlist: Playlist = CHAPTER
    place: Place | None = None
    carried: ViewState = AS_IT_COMES
    staging: Staging = OFF_STAGE
    hide: str = ""
    typed: str = field(default="", compare=False)

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place of the lecture, in their order."""
        return places(self.playlist)

    def at(self, place: Place | None) -> LectureState:
        """The same lecture at another place, as its stop is shown, or within the stop as the present part is; who comes
        to the place that was left is back."""
        staging = self.staging
        if place is not None and staging.stage is not None:
            away = None if staging.away == place.key else staging.away
            is_within = self.place is not None and self.place.stop == place.stop
            stays = is_within and staging.stage in (STAGES[0], FORMULA)
            staging = replace(staging, stage=staging.stage if stays else place.stage, away=away)
        return replace(self, place=place, staging=staging, hide=self.after)

    def jump(self, place: Place) -> LectureState:
        """The same lecture at a stop that does not come next, and the way back from there to where one is."""
        left = self.staging.away or (self.place.key if self.place else None)
        return replace(self, staging=replace(self.staging, away=left)).at(place)

    def showing(self, stage: str | None) -> LectureState:
        """The same place on the stage, which shows that, or on a page of its own again."""
        carried, hide = (self.carried, "") if stage is None else (AS_IT_COMES, self.hide)
        return replace(self, carried=carried, staging=self.staging.showing(stage), hide=hide)

    def hiding(self, hide: str) -> LectureState:
        """The same place with that hidden."""
        return replace(self, hide=hide)

    @property
    def after(self) -> str:
        """What stays hidden where all is shown that is hidden for the moment: that each step comes hidden first."""
        return NEXT if self.predicts else ""

    @property
    def predicts(self) -> bool:
        """Whether each step comes hidden first."""
        return NEXT in self.hide.split(",")

    def hidden_at(self, place: Place) -> LectureState:
        """The same lecture at a place that one comes to for the first time: a step hidden, where each is."""
        further = self.at(place)
        comes_hidden = self.predicts and place.can_hide and not place.uncovers
        return further.hiding(f"{NOW},{NEXT}") if comes_hidden else further

    def left(self, place: Place) -> Staging:
        """How what one goes to from a place, other than by the lecture's own ways, comes back to it: and from there to
        where one had jumped from."""
        stops = "" if self.playlist == CHAPTER else STOPS.write(self.playlist)
        before = [self.staging.away] if self.staging.away not in (None, place.key) else []
        return Staging(self.staging.stage, self.staging.keys, ",".join([*before, place.key]), stops)

    def query(self) -> str:
        """The canonical query, without its question mark."""
        chosen = {"stops": self.playlist, "stop": self.place and self.place.key, "hide": self.hide}
        own = replace(self.staging, stops="").parts()
        carried = [] if self.carried == AS_IT_COMES else carried_parts(self.carried)  # a page has a link for each stop
        return query_of([*carried, *written(PARAMS, chosen), *own])

    def address(self) -> str:
        """The canonical address."""
        return address_of("/lecture", self.query())


def text_address(playlist: Playlist) -> str:
    """Where a lecture is as a text file."""
    return address_of("/lecture.txt", LectureState(playlist).query())


def paper_address(playlist: Playlist) -> str:
    """Where a lecture is on paper."""
    return address_of("/lecture/handout", LectureState(playlist).query())


def slides_address(playlist: Playlist, carried: ViewState = AS_IT_COMES) -> str:
    """Where the steps of a lecture are as pictures for slides, with what the header hands on."""
    return address_of("/lecture/filmstrip", LectureState(playlist, carried=carried).query())


def lecture_from_query(query: str | Reader, also: Collection[str] = ()) -> LectureState:
    """Read the query of the page, or of another of a lecture, which reads the names in `also`, too. Raises Invalid."""
    reader = Reader.of(query)
    carried = read_carried(reader)
    reader.expect(["stop", "hide", *STAGING, *also], strict=False)
    if "stage" not in reader.texts:
        reader.leave_unread("hide")
    playlist = reader.read(STOPS)
    chosen = reader.read_all((STOP, HIDE, *(param for param in STAGING_PARAMS if param.name != "stops")))
    key, hide = chosen.pop("stop"), chosen.pop("hide")
    by_key = {one.key: one for one in places(playlist)}
    place = by_key.get(key or "")
    if key is not None and place is None:
        says = f"there is no stop {key}; the stops of this lecture are 1 to {len(playlist.stops)}"
        reader.errors.append(FieldError(("query", "stop"), says))
    # of two places that were left, the later is another than this one only where somebody wrote so
    away = (chosen.pop("away") or "").rpartition(",")[2]
    staging = Staging(**chosen, away=away if away in by_key and away != key else None)
    if staging.stage is not None and key is None:
        place = places(playlist)[0]
    if staging.stage is not None:
        carried = AS_IT_COMES
    return reader.checked(LectureState(playlist, place, carried, staging, hide, reader.typed.get("stops", "")))


@lru_cache(maxsize=64)  # it stands in each link
def _written(playlist: Playlist) -> str:
    return packed(playlist.text())


@lru_cache(maxsize=64)  # a lecture is read at each of its stops
def _stops(text: str) -> Playlist | FieldError:
    if not text.strip():
        return CHAPTER
    whole = unpacked(text, FILE_BYTES)
    if whole is None:
        return FieldError(("query", "stops"), "the address of this lecture was cut off; copy all of it")
    try:
        return playlist_from_text(whole, PATHS)
    except Invalid as problem:
        return FieldError(("query", "stops"), "; ".join(error.msg for error in problem.errors))


def _stop(text: str) -> str | FieldError | None:
    """The key of a place; numbers may begin with zeros."""
    plain = re.sub(r"(?<![0-9])0+(?=[0-9])", "", text)
    if not plain or PLACE.fullmatch(plain):
        return plain or None
    return FieldError(("query", "stop"), "stop must be the number of a stop")


def _hide(text: str) -> str | FieldError:
    """What the page of a stop reads itself."""
    return text if len(text) <= MAX_HIDE else FieldError(("query", "hide"), f"hide may have {MAX_HIDE} letters here")


STOPS: Param[Playlist] = Param("stops", _stops, _written, CHAPTER)
STOP: Param[str | None] = Param("stop", _stop, str, None)
HIDE: Param[str] = Param("hide", _hide, str, "", page=True)
PARAMS = (STOPS, STOP, HIDE)
