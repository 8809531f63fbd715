"""The context of a lecture's page: its stops with their times, and the one that one is at with its neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.pages.form import error_beside, loose_errors, sent_along, typed_text
from app.pages.hall import speaker_of
from app.state import Invalid, carried_parts
from app.state.codec import query_of
from app.state.playlist import FILE_BYTES, Stop, minutes

from .question import LectureState, paper_address, slides_address, text_address


@dataclass(frozen=True, slots=True)
class StopCard:
    """A stop with its number, when it begins, and where the page is that has it as the present one, `here`."""

    number: int
    stop: Stop
    begins: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class LecturePage:
    """All that the template sees. `now` is the stop that one is at, with the one before and the one after it; None at
    an end, and all of them before the first, where `next` is that. `text` may have `most` bytes, `file` is where it is
    a file, `paper` where it is printed, and `slides` where its steps are pictures."""

    title: str
    total: str
    stops: tuple[StopCard, ...]
    now: StopCard | None
    back: StopCard | None
    next: StopCard | None
    text: str
    most: int
    file: str
    paper: str
    slides: str
    wrong: str
    errors: tuple[str, ...]
    hidden: tuple[tuple[str, str], ...]
    here: str
    stage: str
    speaker: str


def lecture_page(state: LectureState, problem: Invalid[LectureState] | None = None) -> LecturePage:
    """The page of a lecture; `problem` is what was wrong with the address that led here."""
    stops = tuple(_cards(state))
    at = state.place.stop if state.place else 0
    carried = carried_parts(state.carried)
    stage = state.at(state.place or state.places[0]).showing("1").address() if state.places else ""
    return LecturePage(
        title=state.playlist.title or "A lecture",
        total=minutes(state.playlist.seconds),
        stops=stops,
        now=stops[at - 1] if at else None,
        back=stops[at - 2] if at > 1 else None,
        next=stops[at] if at < len(stops) else None,
        text=typed_text(problem, "stops", state.playlist.text()),
        most=FILE_BYTES,
        file=text_address(state.playlist),
        paper=paper_address(state.playlist),
        slides=slides_address(state.playlist),
        wrong=error_beside(problem, "stops"),
        errors=loose_errors(problem, ("stops",)),
        # without the stops, which would stand there twice, and be too long for an address
        hidden=sent_along(carried, query_of(carried)),
        here=state.address(),
        stage=stage,
        speaker=speaker_of(stage),
    )


def _cards(state: LectureState) -> Iterator[StopCard]:
    begins = 0
    begin_of = {place.stop: place for place in reversed(state.places)}
    for number, stop in enumerate(state.playlist.stops, 1):
        begin = begin_of[number]
        page = replace(stop, address=begin.page)  # without what it says of the stage, and at the first of its parts
        yield StopCard(number, page, minutes(begins), state.at(begin).address(), begin == state.place)
        begins += stop.seconds
