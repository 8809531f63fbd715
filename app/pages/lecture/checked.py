"""Whether each stop of a lecture is a page: what is wrong with one is told by its line, before anybody stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.pages.answer import Subjects
from app.pages.unread import told
from app.state import FieldError, Invalid
from app.state.codec import Reader
from app.state.playlist import ADDRESS_BYTES, line_numbers
from app.state.staging import STAGES

from .places import places
from .question import STOPS, LectureState

# So many places are told that are wrong.
_TOLD = 5


def checked_by(subjects: Subjects) -> Callable[[LectureState], None]:
    """What raises Invalid where a lecture is too long for an address, or has a place that is no page of these subjects,
    which are by their paths."""
    return lambda state: _check(state, subjects)


def _check(state: LectureState, subjects: Subjects) -> None:
    wrong = "; ".join(list(_wrong(state, subjects))[:_TOLD])
    over = len(STOPS.write(state.playlist).encode()) - ADDRESS_BYTES
    if over > 0 and not wrong:
        wrong = f"this lecture is longer than an address can hold, by about {over} of {over + ADDRESS_BYTES} bytes"
        wrong += "; make its sentences shorter, or leave out stops"
    if wrong:
        raise Invalid([FieldError(("query", "stops"), wrong)], state, {"stops": state.typed})


def _wrong(state: LectureState, subjects: Subjects) -> Iterator[str]:
    """What is wrong with each stop, at the first place of it where something is."""
    lines = line_numbers(state.typed or state.playlist.text())
    passed: set[str] = set()
    failed: set[int] = set()
    for place in places(state.playlist):
        if place.address in passed or place.stop in failed:
            continue
        problem = what_is_wrong(place.address, subjects)
        if problem:
            failed.add(place.stop)
            yield f"line {lines[place.stop - 1]}: {problem}"
        else:
            passed.add(place.address)


def what_is_wrong(address: str, subjects: Subjects) -> str:
    """What is wrong with the address of a place, in a sentence without its stop; empty where nothing is."""
    path, _, query = address.partition("?")
    if subjects[path].staged is not None:
        query = "&".join(filter(None, (query, f"stage={STAGES[0]}")))  # some names are read there alone
    reader = Reader(query)
    try:
        subjects[path].check(subjects[path].read(reader))
    except Invalid as problem:
        return "; ".join(error.msg for error in problem.errors)
    return told(reader).get("unread", "").rstrip(".")
