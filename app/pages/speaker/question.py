"""What the speaker's view looks at: a page on the stage, by its address, and the address that says the same.

Of a lecture it takes the same names as the lecture's own page does; any other page of the stage is one name, `at`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.pages.answer import Subject
from app.pages.hall import LECTURE, Staged, speaker_of
from app.state import FieldError, Invalid
from app.state.codec import Param, Reader
from app.state.staging import STAGES

# The subjects whose pages can be on the stage, by their paths.
Subjects = Mapping[str, Subject[Any]]
# A page's address and how it is read; no longer than any that a link of this site has.
MAX_AT = 8_192
_LOC = ("query", "at")


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
    if reader.first("at") is None:
        lecture = subjects[LECTURE]
        try:
            return SpeakerState(lecture, _on_stage(lecture, reader))
        except Invalid as problem:
            raise Invalid(problem.errors, start(subjects), problem.typed) from None
    reader.expect(["at"], strict=False)
    at: Param[SpeakerState] = Param("at", partial(_at, subjects=subjects), SpeakerState.address, start(subjects))
    return reader.checked(reader.read(at))


def _on_stage(subject: Subject[Any], query: str | Reader) -> Any:
    """The state that a query says, on the stage even where it does not say so. Raises Invalid."""
    state = subject.read(query)
    if subject.staging(state).stage is not None:
        return state
    own = subject.address(state).partition("?")[2]
    return subject.read("&".join(filter(None, (own, f"stage={STAGES[0]}"))))


def _at(text: str, subjects: Subjects) -> SpeakerState | FieldError:
    path, _, query = text.partition("?")
    subject = subjects.get(path)
    if subject is None or subject.staged is None or path == LECTURE or len(text) > MAX_AT:
        return FieldError(_LOC, "at is the address of a step, a board or a question of this site")
    try:
        return SpeakerState(subject, _on_stage(subject, query))
    except Invalid as problem:
        return FieldError(_LOC, "; ".join(error.msg for error in problem.errors))
