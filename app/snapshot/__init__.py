"""All that is shown at one step: the only thing that templates and JSON see.

Public names: `take` and the models. Map: `models` the shapes · `formulas` names put into the op rows' templates ·
`nodes` each node at the step · `current` the step explained · `derivation` one entry, term by term. Numbers stay full float64: rounding is for the drawing.
"""

from __future__ import annotations

from functools import lru_cache

from app.engine import Graph, arrays, backward, forward, overflow
from app.engine.passes import Step
from app.state import ViewState, overflow_error

from .current import explain
from .derivation import derive
from .formulas import quantity
from .models import (
    Cost,
    Current,
    Derivation,
    Expression,
    FactorView,
    Moment,
    NodeView,
    Operand,
    Shut,
    Snapshot,
    Values,
    VjpView,
)
from .nodes import view_nodes
from .passes import Passes

__all__ = [
    "Cost",
    "Current",
    "Derivation",
    "Expression",
    "FactorView",
    "Moment",
    "NodeView",
    "Operand",
    "Shut",
    "Snapshot",
    "Values",
    "VjpView",
    "take",
]


def take(state: ViewState) -> Snapshot:
    """Compute the pass that `state` looks at and show what its step has reached.

    Raises InvalidState where finite numbers overflow, naming the quantity that did first.
    """
    graph = state.network.graph
    values = arrays(state.numbers)
    run = forward(graph, values)
    failed = overflow(run)
    sweep: list[Step] = []
    if failed is None and state.direction == "backward":
        sweep = backward(graph, run)
        failed = overflow(sweep)
    if failed is not None:
        raise overflow_error(state, quantity(graph, failed).text)
    taken = run[: state.at] if state.direction == "forward" else sweep[: state.at]
    known = taken if state.direction == "forward" else run
    done = taken if state.direction == "backward" else []
    passes = Passes(graph, values | {step.event.node: step.value for step in run}, run, done)
    reached = set(values) | {step.event.node for step in known}
    timeline = _timeline(graph)
    place = min(state.place, len(timeline) - 1)
    return Snapshot(
        network=state.network.name,
        title=state.network.title,
        direction=state.direction,
        step=state.at,
        steps=state.steps,
        loss=float(run[-1].value) if graph.loss.name in reached else None,
        nodes=view_nodes(passes, reached),
        current=explain(passes, state.direction, taken[-1] if taken else None),
        ask=_asked(state, passes, reached),
        next=timeline[place + 1] if place + 1 < len(timeline) else None,
        timeline=timeline,
    )


def _asked(state: ViewState, passes: Passes, reached: set[str]) -> Derivation | None:
    if state.asked is None:
        return None
    name, index = state.asked
    return derive(passes, name, index, backward=state.direction == "backward", reached=reached)


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
