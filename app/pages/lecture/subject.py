"""The page of a lecture, as a subject."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from app.engine.by_name import parameters_named
from app.pages.answer import Subject, by_path

from .checked import checked_by
from .context import lecture_page
from .hall import staged_by
from .question import LectureState, lecture_from_query

# More stops, and a larger network, in parameters, take so long to check or to show that others would wait for them.
_QUICK, _SMALL = 40, 1000
_NETWORK = re.compile(r"[?&]network=([^&]*)")


def _is_dear(state: LectureState) -> bool:
    stops = state.playlist.stops
    names = {name for stop in stops for name in _NETWORK.findall(stop.address)}
    return len(stops) > _QUICK or any(parameters_named(name) > _SMALL for name in names)


def lecture(subjects: Iterable[Subject[Any]]) -> Subject[LectureState]:
    """The pages of lectures, whose stops are at pages of these subjects."""
    found = by_path(subjects)
    return Subject(
        paths=("/lecture",),
        template="lecture/page.html",
        name="lecture",
        read=lecture_from_query,
        address=LectureState.address,
        carried=lambda state: state.carried,
        page=lecture_page,
        check=checked_by(found),
        has_long_form=True,
        staging=lambda state: state.staging,
        staged=staged_by(found),
        is_dear=_is_dear,
    )
