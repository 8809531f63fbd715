"""What the speaker's view looks at: a page on the stage, and the address that says the same.

It takes the same names as that page does, and the path of that page as `at`, which is left out for a lecture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.pages.answer import Subject, Subjects
from app.pages.hall import LECTURE, Staged, speaker_of
from app.state import FieldError, Invalid
from app.state.codec import Param, Reader
from app.state.staging import STAGES

_AT: Param[str] = Param("at", str, str, LECTURE)
_NOWHERE = FieldError(("query", _AT.name), "at is the path of a page that has steps or questions, such as /backward")


@dataclass(frozen=True, slots=True)
class SpeakerState:
    """A page on the stage: a state of a subject, which says that it is there."""

    subject: Subject[Any]
    state: Any

    @property
    def here(self) -> str:
        """The canonical address of the page on the stage."""
        return self.subject.address(self.state)

    def address(self) -> str:
        """The canonical address of the speaker's view."""
        return speaker_of(self.here)

    def staged(self) -> Staged:
        """What is on the stage. Raises Invalid where finite numbers overflow."""
        assert self.subject.staged is not None
        return self.subject.staged(self.state)


def reader_of(subjects: Subjects) -> Callable[[str | Reader], SpeakerState]:
    """What reads the query of the page, which raises Invalid, for pages of these subjects."""
    return partial(_speaker_from_query, subjects=subjects)


def start(subjects: Subjects) -> SpeakerState:
    """The first stop of the lecture that comes with the site."""
    return SpeakerState(subjects[LECTURE], _on_stage(subjects[LECTURE], ""))


def staged_at(address: str, subjects: Subjects) -> Staged:
    """What is on the stage at an address that a page of the stage leads to. Raises Invalid where numbers overflow."""
    path, _, query = address.partition("?")
    subject = subjects[path]
    return SpeakerState(subject, subject.read(query)).staged()


def _speaker_from_query(query: str | Reader, subjects: Subjects) -> SpeakerState:
    reader = Reader.of(query)
    subject = subjects.get(reader.take(_AT))
    if subject is None or subject.staged is None:
        raise Invalid([_NOWHERE], start(subjects))
    try:
        return SpeakerState(subject, _on_stage(subject, reader))
    except Invalid as problem:
        still = _on_stage(subject, subject.address(problem.fallback).partition("?")[2])
        raise Invalid(problem.errors, SpeakerState(subject, still), problem.typed) from None


def _on_stage(subject: Subject[Any], query: str | Reader) -> Any:
    """The state that a query says, on the stage even where it does not say so. Raises Invalid."""
    reader = Reader.of(query)
    if reader.first("stage") is None:
        reader.put("stage", STAGES[0])
    return subject.read(reader)
