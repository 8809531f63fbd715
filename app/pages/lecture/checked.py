"""Whether each stop of a lecture is a page: what is wrong with one is told by its line, before anybody stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl

from app.pages.answer import Subjects
from app.pages.unread import told
from app.state import FieldError, Invalid, ViewState
from app.state.codec import Reader
from app.state.playlist import ADDRESS_BYTES, line_numbers
from app.state.staging import PARAMS, STAGES

from .places import RANGE, places
from .question import STOPS, LectureState

# So many places are told that are wrong.
_TOLD = 5
_STAGE = next(param for param in PARAMS if param.name == "stage")


def checked_by(subjects: Subjects) -> Callable[[LectureState], None]:
    """What raises Invalid where a lecture is too long for an address, or has a place that is no page of these subjects,
    which are by their paths."""
    return lambda state: _check(state, subjects)


def _check(state: LectureState, subjects: Subjects) -> None:
    wrong = "\n".join(list(_wrong(state, subjects))[:_TOLD])
    over = len(STOPS.write(state.playlist).encode()) - ADDRESS_BYTES
    if over > 0 and not wrong:
        wrong = f"this lecture is longer than an address can hold, by about {over} of {over + ADDRESS_BYTES} bytes"
        wrong += "; make its sentences shorter, or leave out stops"
    if wrong:
        raise Invalid([FieldError(("query", "stops"), wrong)], state, {"stops": state.typed})


def _wrong(state: LectureState, subjects: Subjects) -> Iterator[str]:
    """What is wrong with each stop, at the first place of it where something is."""
    lines = line_numbers(state.typed or state.playlist.text())
    said = [dict(parse_qsl(stop.address.partition("?")[2])) for stop in state.playlist.stops]
    passed: set[str] = set()
    failed: set[int] = set()
    for place in places(state.playlist):
        if place.address in passed or place.stop in failed:
            continue
        own = said[place.stop - 1]
        problem = _no_stage(own.get("stage", STAGES[0])) or what_is_wrong(place.address, subjects, own.get("step", ""))
        if problem:
            failed.add(place.stop)
            yield f"line {lines[place.stop - 1]}: {problem}"
        else:
            passed.add(place.address)


def _no_stage(text: str) -> str:
    """What is wrong with what a stop says of the stage, which its places do not say again."""
    found = _STAGE.read(text)
    return found.msg if isinstance(found, FieldError) else ""


def what_is_wrong(address: str, subjects: Subjects, steps: str = "") -> str:
    """What is wrong with the address of a place, in a sentence without its stop; empty where nothing is. `steps` is
    what its stop says of the step, such as 3-6."""
    path, _, query = address.partition("?")
    if subjects[path].staged is not None:
        query = "&".join(filter(None, (query, f"stage={STAGES[0]}")))  # some names are read there alone
    reader = Reader(query)
    try:
        subjects[path].check(subjects[path].read(reader))
    except Invalid as problem:
        view = problem.fallback
        wrong = _no_range(steps, view) if isinstance(view, ViewState) else ""
        return "; ".join(wrong if wrong and error.field == "step" else error.msg for error in problem.errors)
    return told(reader).get("unread", "").rstrip(".")


def _no_range(steps: str, view: ViewState) -> str:
    """What is wrong with a range of steps of the pass of this view; empty for what is meant as none."""
    if "-" not in steps.strip("-"):
        return ""
    found = RANGE.fullmatch(f"step={steps}")
    if found is None:
        return f"a range of steps is written as step=1-{view.steps}"
    if int(found[2]) < int(found[1]):
        return f"step={steps} counts down; write the smaller number first"
    return f"step={steps} goes beyond the {view.direction} pass, whose last step is {view.steps}"
