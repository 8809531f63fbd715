"""The page of a lecture, as a subject."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.pages.answer import Subject

from .context import lecture_page
from .hall import staged_by
from .question import LectureState, lecture_from_query


def lecture(subjects: Iterable[Subject[Any]]) -> Subject[LectureState]:
    """The pages of lectures, whose stops are at pages of these subjects."""
    return Subject(
        paths=("/lecture",),
        template="lecture/page.html",
        name="lecture",
        read=lecture_from_query,
        address=LectureState.address,
        carried=lambda state: state.carried,
        page=lecture_page,
        staging=lambda state: state.staging,
        staged=staged_by({path: subject for subject in subjects for path in subject.paths}),
    )
