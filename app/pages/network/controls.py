"""Where the controls and the timeline lead."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.snapshot import Moment
from app.state import ViewState

from .cells import Progress
from .inputs import PageInputs


@dataclass(frozen=True, slots=True)
class Stop:
    """One step on the timeline with its link; `progress` as for a node."""

    moment: Moment
    href: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class Links:
    """Where the controls lead; None where there is nowhere to go. `undo` are the numbers before the last edit."""

    forward: str
    backward: str
    first: str | None
    back: str | None
    next: str | None
    last: str | None
    here: str
    twin: str
    undo: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """Where the page is on the walk, in a word or two: how far, and what is there: 3 of 6, ∂L/∂z."""

    count: str
    what: str


def links(inputs: PageInputs) -> Links:
    """The controls of a page."""
    state, walk = inputs.state, inputs.walk
    at = state.place
    is_first, is_last = at == 0, at == len(walk) - 1
    return Links(
        forward=state.toggled("forward").address(),
        backward=state.toggled("backward").address(),
        first=None if is_first else walk[0],
        back=None if is_first else walk[at if _is_beside(state) else at - 1],
        next=None if is_last else walk[at + 1],
        last=None if is_last else walk[-1],
        here=state.without_history().address(),
        twin=state.address("/api"),
        undo=_undo(inputs),
    )


def _is_beside(state: ViewState) -> bool:
    """Whether this is the one step that is no place of the walk: the start of the backward pass."""
    return state.direction == "backward" and state.step == 0


def _undo(inputs: PageInputs) -> str | None:
    """The numbers before the last edit, in the view and with the question of now."""
    before, now = inputs.before_state, inputs.state
    if before is None:
        return None
    kept = replace(before, digits=now.digits, staging=now.staging)
    same = before.network is now.network
    return (replace(kept, ask=now.ask, show=now.show, node=now.node, resume=now.resume) if same else kept).address()


def stops(inputs: PageInputs) -> tuple[Stop, ...]:
    """Every step on the timeline: the walk without its ends."""
    here = inputs.state.place
    return tuple(
        Stop(moment, href, _progress(place, here))
        for place, (moment, href) in enumerate(zip(inputs.snapshot.timeline, inputs.walk[1:-1], strict=True), start=1)
    )


def position(inputs: PageInputs) -> Position:
    """Where the page is on the walk."""
    state, snapshot = inputs.state, inputs.snapshot
    is_forward = state.direction == "forward"
    if state.whole:
        return Position("", "Start" if is_forward else "End")
    if is_forward and state.step == 0:
        return Position("", "inputs")
    what = snapshot.current.left.text if snapshot.current.left else ""
    return Position(f"{snapshot.step} of {snapshot.steps}", what)


def _progress(place: int, here: int) -> Progress:
    if place < here:
        return "done"
    return "now" if place == here else "next" if place == here + 1 else "waiting"
