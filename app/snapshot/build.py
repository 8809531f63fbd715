"""A Snapshot from a state: the pass is run once and cut off at the step."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic_core import to_json

from app.engine import Graph, as_arrays, backward, forward, overflow
from app.engine.trace import Step
from app.state import ViewState, overflow_error

from .expansion import expand
from .formulas import quantity
from .models import Explained, Moment
from .nodes import nodes
from .passes import Passes
from .step import explain


def as_json(state: ViewState) -> bytes:
    """The snapshot of `state` as JSON. Raises as `snapshot_dict` does."""
    return to_json(snapshot_dict(state))


def snapshot_dict(state: ViewState) -> dict[str, Any]:
    """Compute the pass that `state` looks at and show what its step has reached: a Snapshot as JSON data.

    Programs ask all day, and making models only to take them apart again would cost more than both passes do. What is
    the same at every step is shared between answers: it is to be read, not changed.
    Raises InvalidState where finite numbers overflow, naming the quantity that did first.
    """
    fields = _fields(state, _passes(state))
    return {"network": fields.pop("network"), "pass": fields.pop("direction"), **fields}


def explained_snapshot(state: ViewState) -> Explained:
    """The Snapshot as a value, with the step explained. Raises as `snapshot_dict` does."""
    passes, timeline = _passes(state), _timeline(state.network.graph)
    place = min(state.place, len(timeline) - 1)
    taken = passes.known if state.direction == "forward" else passes.done
    return Explained(
        **_fields(state, passes),
        current=explain(passes, state.direction, taken[-1] if taken else None),
        next=timeline[place + 1] if place + 1 < len(timeline) else None,
        timeline=timeline,
    )


def _passes(state: ViewState) -> Passes:
    """Run the pass or passes, and cut them off at the step."""
    graph = state.network.graph
    values = as_arrays(state.values)
    run = forward(graph, values)
    failed = overflow(run)
    done: list[Step] = []
    if failed is None and state.direction == "backward":
        sweep = backward(graph, run)
        failed = overflow(sweep)
        done = sweep[: state.at]
    if failed is not None:
        raise overflow_error(state, quantity(graph, failed).text)
    known = run[: state.at] if state.direction == "forward" else run
    return Passes(graph, values | {step.event.node: step.value for step in run}, run, known, done)


def _fields(state: ViewState, passes: Passes) -> dict[str, Any]:
    """The fields of a Snapshot, its nodes as plain data."""
    graph = passes.graph
    reached = {leaf.name for leaf in graph.leaves} | {step.event.node for step in passes.known}
    return {
        "network": state.network.name,
        "title": state.network.title,
        "direction": state.direction,
        "step": state.at,
        "steps": state.steps,
        "loss": float(passes.run[-1].value) if graph.loss.name in reached else None,
        "nodes": nodes(passes, reached),
        "ask": _asked(state, passes, reached),
    }


def _asked(state: ViewState, passes: Passes, reached: set[str]) -> dict[str, Any] | None:
    if state.asked is None:
        return None
    name, index = state.asked
    return expand(passes, name, index, backward=state.direction == "backward", reached=reached).model_dump()


@lru_cache(maxsize=64)
def _timeline(graph: Graph) -> list[Moment]:
    """The one walk: the inputs, every forward step, every backward step."""
    walk = [Moment(direction="forward", step=0, kind="inputs", node=None, target=None, text="inputs")]
    for direction, events in graph.timelines.items():
        for step, event in enumerate(events, 1):
            walk.append(
                Moment(
                    direction=direction,
                    step=step,
                    kind=event.kind,
                    node=event.node,
                    target=event.target,
                    text=quantity(graph, event).text,
                )
            )
    return walk
