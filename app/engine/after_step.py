"""The network after steps of gradient descent: θ − lr·g for every parameter that is not held, all at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from .graph import Graph
from .trace import Trace, backward, forward


@dataclass(frozen=True, slots=True, eq=False)
class Stepped:
    """What steps lead to. `before_last` are both passes that the last step starts from, `after` those behind it."""

    before_last: Trace
    after: Trace


def moved_by(graph: Graph, hold: Collection[str]) -> tuple[str, ...]:
    """The names of the parameters that a step moves: all but those that are held."""
    return tuple(
        leaf.name
        for leaf in graph.leaves
        if leaf.role == "parameter" and leaf.name in graph.requires_grad and leaf.name not in hold
    )


def after_one(trace: Trace, moved: Collection[str], lr: float) -> Trace:
    """Both passes over the numbers after one step θ − lr·g, all parameters at once from the old values.

    Overflow is left in the numbers.
    """
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        new = {name: trace.values[name] - lr * trace.grads[name] for name in moved}
    leaves = {leaf.name: new.get(leaf.name, trace.values[leaf.name]) for leaf in trace.graph.leaves}
    return backward(forward(trace.graph, leaves))


def steps_from(trace: Trace, hold: Collection[str], lr: float, steps: int) -> Stepped:
    """What so many steps lead to, from a trace of both passes."""
    moved = moved_by(trace.graph, hold)
    before, after = trace, after_one(trace, moved, lr)
    for _ in range(steps - 1):
        before, after = after, after_one(after, moved, lr)
    return Stepped(before, after)
