"""The page of a lecture, as a subject."""

from __future__ import annotations

from app.pages.answer import Subject

from .context import lecture_page
from .question import LectureState, lecture_from_query

LECTURE = Subject(
    paths=("/lecture",),
    template="lecture/page.html",
    name="lecture",
    read=lecture_from_query,
    address=LectureState.address,
    carried=lambda state: state.carried,
    page=lecture_page,
)
