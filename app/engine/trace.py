"""The two sweeps, which know no op by name.

A step is an event of the graph's timeline together with the numbers it left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .graph import Event, Graph
from .ops import Array, Saved


class Step(NamedTuple):
    """What one event left.

    `value` is the output of a forward step, ∂L/∂L at the seed, one contribution of a vjp, the sum of an
    accumulate. `saved` is what a forward step keeps for its VJPs, empty in all other kinds.
    """

    event: Event
    value: Array
    saved: Saved


_NOTHING: Saved = {}


def forward(graph: Graph, values: Mapping[str, Array]) -> list[Step]:
    """Run every op once, in order. `values` holds a float64 array for each leaf; returns a step an op.

    Raises KeyError for a missing leaf and ShapeError for shapes that do not fit. Overflow is left in the numbers
    as inf or nan: ask `overflow` where it began.
    """
    at = dict(values)
    steps: list[Step] = []
    with np.errstate(over="ignore", invalid="ignore"):
        for node, event in zip(graph.ops, graph.timelines["forward"], strict=True):
            assert node.op is not None
            value, saved = node.op.forward(*[at[name] for name in node.inputs])
            at[node.name] = value
            steps.append(Step(event, value, saved))
    return steps


def backward(graph: Graph, run: Sequence[Step]) -> list[Step]:
    """Walk the graph from the loss to the leaves: one VJP at a time, and never a Jacobian.

    `run` is what `forward` returned. A value with one use takes its only contribution as gradient; a value with
    several waits for its accumulate step, which adds them.
    """
    saved = {step.event.node: step.saved for step in run}
    parts: dict[str, list[Array]] = {}
    grad: dict[str, Array] = {}
    steps: list[Step] = []
    with np.errstate(over="ignore", invalid="ignore"):
        for event in graph.timelines["backward"]:
            if event.kind == "seed":
                value = grad[event.node] = np.ones_like(run[-1].value)
            elif event.kind == "vjp":
                op = graph.by_name[event.node].op
                assert op is not None
                value = op.vjps[event.slot].rule(grad[event.node], saved[event.node])
                parts.setdefault(event.wrt, []).append(value)
                grad[event.wrt] = value
            else:
                value = grad[event.node] = sum(parts[event.node][1:], parts[event.node][0])
            steps.append(Step(event, value, _NOTHING))
    return steps


def overflow(steps: Sequence[Step]) -> Event | None:
    """The first event whose numbers are not all finite, or None."""
    if steps and np.isfinite(np.concatenate([step.value.ravel() for step in steps])).all():
        return None  # one look at all of them is the common case, and several times cheaper than one at each
    return next((step.event for step in steps if not np.isfinite(step.value).all()), None)
