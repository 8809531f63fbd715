"""The filmstrip of a lecture: each step that its stops show, once, as a picture for a slide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from app.layout import is_drawn
from app.pages.answer import Subject, Subjects, by_path
from app.pages.form import loose_errors
from app.pages.lecture.question import LectureState, lecture_from_query, paper_address, slides_address
from app.pages.overview import slide_address
from app.state import Invalid

from .lecture import shown_at
from .slides import Filmstrip, Frame, frame


def filmstrip_of_lecture(subjects: Iterable[Subject[Any]]) -> Subject[LectureState]:
    """The slides of a lecture whose stops are at pages of these subjects."""
    return Subject(
        paths=("/lecture/filmstrip",),
        template="handout/filmstrip.html",
        name="filmstrip",
        read=lecture_from_query,
        address=_address,
        carried=lambda state: state.carried,
        page=partial(_page, subjects=by_path(subjects)),
        is_dear=lambda _: True,
    )


def _address(state: LectureState) -> str:
    return slides_address(state.playlist, state.carried)


def _page(state: LectureState, problem: Invalid[LectureState] | None, subjects: Subjects) -> Filmstrip:
    return Filmstrip(
        frames=tuple(_frames(state, subjects)),
        errors=loose_errors(problem, ()),
        here=_address(state),
        title=state.playlist.title or "A lecture",
        lecture=LectureState(state.playlist).address(),
        paper=paper_address(state.playlist),
    )


def _frames(state: LectureState, subjects: Subjects) -> Iterator[Frame]:
    """Each step of a drawn network, with the number of the place that shows it first."""
    seen: set[str] = set()
    for place in state.places:
        shown, _ = shown_at(place, subjects)
        if shown is None or shown.event is None or not is_drawn(shown.shapes, shown.network.graph):
            continue
        href = slide_address(shown)
        if href not in seen:
            seen.add(href)
            yield frame(shown, place.key)
