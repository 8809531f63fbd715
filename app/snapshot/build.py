"""A Snapshot from a state: its pass is run once, and what is shown is read from the trace, cut off at the step."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic_core import to_json

from app.engine import Graph, Trace, as_arrays, backward, forward
from app.state import ViewState, overflow_error

from .expansion import expand
from .formulas import quantity
from .limits import why_not_finite
from .models import Explained, Moment
from .nodes import nodes
from .rules import whole_pass
from .step import explain
from .update import update_of


def as_json(state: ViewState) -> bytes:
    """The snapshot of `state` as JSON. Raises as `trace_of` does."""
    return to_json(snapshot_dict(state, trace_of(state)))


def run(state: ViewState) -> Trace:
    """Run the pass that `state` looks at, once and to its end: all of an answer is read from this trace.

    The backward pass is run for the view that checks gradients, too. Overflow is left in the numbers.
    """
    trace = forward(state.network.graph, as_arrays(state.values))
    return backward(trace) if state.direction == "backward" or state.show == "check" else trace


def trace_of(state: ViewState) -> Trace:
    """The same, of numbers that hold.

    Raises Invalid where finite numbers overflow in the pass that `state` looks at, naming the first quantity.
    """
    trace = run(state)
    failed = trace.until(state.direction, state.steps).overflow
    if failed is not None:
        raise overflow_error(state, why_not_finite(trace, failed))
    return trace


def snapshot_dict(state: ViewState, trace: Trace) -> dict[str, Any]:
    """Show what `state`'s step has reached of its trace: a Snapshot as JSON data.

    Programs ask all day, and making models only to take them apart again would cost more than both passes do. What is
    the same at every step is shared between answers: it is to be read, not changed.
    """
    fields = _fields(state, trace)
    return {"network": fields.pop("network"), "pass": fields.pop("direction"), **fields}


def explained_snapshot(state: ViewState, trace: Trace) -> Explained:
    """The Snapshot of a state and its trace as a value, with the step explained."""
    timeline = _timeline(state.network.graph)
    # the walk begins with the forward pass as a whole, the timeline with its inputs
    coming = () if state.whole else timeline[state.place : state.place + 1]
    return Explained(
        **_fields(state, trace),
        current=whole_pass(trace, state.direction) if state.whole else explain(trace, state.direction, state.event),
        next=next(iter(coming), None),
        timeline=timeline,
    )


def _fields(state: ViewState, trace: Trace) -> dict[str, Any]:
    """The fields of a Snapshot, its nodes as plain data."""
    reached = trace.until(state.direction, state.at)
    fields: dict[str, Any] = {
        "network": state.network.name or None,
        "title": state.network.title,
        "direction": state.direction,
        "step": state.at,
        "steps": state.steps,
        "loss": float(reached.loss) if trace.graph.loss.name in reached.values else None,
        "nodes": nodes(trace, reached),
        "ask": expand(reached, state.direction, *state.asked).model_dump() if state.asked else None,
    }
    if state.lr is not None:  # who asks for no step gets no field of it
        is_whole = state.direction == "backward" and state.at == state.steps
        fields["update"] = update_of(state, trace, state.lr, state.hold).model_dump() if is_whole else None
    return fields


@lru_cache(maxsize=64)
def _timeline(graph: Graph) -> list[Moment]:
    """Every step: the inputs, each of the forward pass, each of the backward pass."""
    found = [Moment(direction="forward", step=0, kind="inputs", node=None, target=None, text="inputs")]
    for direction, events in graph.timelines.items():
        for step, event in enumerate(events, 1):
            found.append(
                Moment(
                    direction=direction,
                    step=step,
                    kind=event.kind,
                    node=event.node,
                    target=event.target,
                    text=quantity(graph, event).text,
                )
            )
    return found
