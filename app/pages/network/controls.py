"""Where the controls and the timeline lead."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.snapshot import Moment
from app.state import ViewState

from .cells import Progress
from .inputs import PageInputs


@dataclass(frozen=True, slots=True)
class Stop:
    """One place on the timeline with its link; `progress` as for a node."""

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


def links(inputs: PageInputs) -> Links:
    """The controls of a page."""
    state = inputs.state
    places = _places(state)
    at = state.place
    return Links(
        forward=state.go("forward").address(),
        backward=state.go("backward").address(),
        first=places[0].address() if at > 0 else None,
        back=places[at - 1].address() if at > 0 else None,
        next=places[at + 1].address() if at + 1 < len(places) else None,
        last=places[-1].address() if at + 1 < len(places) else None,
        here=state.without_history().address(),
        twin=state.address("/api"),
        undo=_undo(inputs),
    )


def _undo(inputs: PageInputs) -> str | None:
    """The numbers before the last edit, in the view and with the question of now."""
    before, now = inputs.before_state, inputs.state
    if before is None:
        return None
    same = before.network is now.network
    return (replace(before, ask=now.ask, show=now.show) if same else before).address()


def stops(inputs: PageInputs) -> tuple[Stop, ...]:
    """Every place on the timeline."""
    return tuple(
        Stop(moment, state.address(), _progress(place, inputs.state.place))
        for place, (moment, state) in enumerate(zip(inputs.snapshot.timeline, _places(inputs.state), strict=True))
    )


def _progress(place: int, here: int) -> Progress:
    if place < here:
        return "done"
    return "now" if place == here else "next" if place == here + 1 else "waiting"


def _places(state: ViewState) -> list[ViewState]:
    """Forward from the inputs to the loss, then backward from the seed to the last gradient."""
    timelines = state.network.graph.timelines
    forward = [state.go("forward", step) for step in range(len(timelines["forward"]) + 1)]
    return forward + [state.go("backward", step) for step in range(1, len(timelines["backward"]) + 1)]
