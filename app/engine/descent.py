"""Gradient descent: θ − lr·g for every parameter that is not held, all at once from the old values; and a run of steps.

What a step was bound to do, were the loss a plane, stands beside what it did: along −g the loss falls by ‖g‖² for each
unit of lr, so −lr‖g‖² is the change to first order, and what it is off by is of the order of lr² (Nocedal and Wright,
"Numerical Optimization", section 2.2).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from .graph import Event, Graph
from .ops import Array
from .trace import Trace, backward, forward

# Most steps of one run.
MAX_STEPS = 1000
# A loss that has grown to so many times what it was, or to so much where it was less than 1, has diverged: what comes
# next is larger still, until it overflows.
GROWN = 1e6
# Why a run ends before its last step: the loss has grown beyond all bounds, or fallen below them, the next step would
# overflow, or no step moves anything any more.
Stop = Literal["diverged", "unbounded", "overflow", "still"]


@dataclass(frozen=True, slots=True, eq=False)
class Overflow:
    """What a step that was not taken would overflow in: the squared norm of the gradient of the parameter `name`, its
    new value, or at `event` of the passes `trace` over the new values."""

    what: Literal["norm", "value", "pass"]
    name: str = ""
    trace: Trace | None = None
    event: Event | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Descent:
    """A run of steps. `start` and `end` are both passes over the values before the first and after the last, and
    `previous` those before the last: `start`, where none was taken.

    `losses` are those before each step and after the last; `squares` has of each step ‖g‖² over the parameters that it
    moved, and `predicted` −lr‖g‖². `trail` has the values of the parameters before each step and after the last, where
    they were asked for. `stopped` is why it ended early, None if it did not, and `overflow` what stopped it, if that
    did.
    """

    start: Trace
    previous: Trace
    end: Trace
    losses: tuple[float, ...]
    squares: tuple[float, ...]
    predicted: tuple[float, ...]
    trail: tuple[Mapping[str, Array], ...]
    stopped: Stop | None
    overflow: Overflow | None

    @property
    def taken(self) -> int:
        """How many steps were taken."""
        return len(self.squares)


@lru_cache(maxsize=64)
def parameters(graph: Graph) -> tuple[str, ...]:
    """The names of the leaves that a step may move, in the graph's order."""
    return tuple(leaf.name for leaf in graph.leaves if leaf.role == "parameter" and leaf.name in graph.requires_grad)


def moved_by(graph: Graph, hold: Collection[str]) -> tuple[str, ...]:
    """The names of the parameters that a step moves: all but those that are held."""
    return tuple(name for name in parameters(graph) if name not in hold)


def scaled(trace: Trace, name: str, lr: float) -> Array:
    """lr·g, which a step subtracts from a parameter."""
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(lr * trace.grads[name] + 0.0)  # a number that is too small becomes 0, and never −0


def stepped(trace: Trace, moved: Collection[str], lr: float) -> dict[str, Array]:
    """The leaves after one step from a trace of both passes: θ − lr·g for those in `moved`, the others as they are.

    Overflow is left in the numbers.
    """
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        return {
            leaf.name: trace.values[leaf.name] - lr * trace.grads[leaf.name]
            if leaf.name in moved
            else trace.values[leaf.name]
            for leaf in trace.graph.leaves
        }


def squared_norm(trace: Trace, moved: Collection[str]) -> float:
    """‖g‖² over these parameters: the sum of the squares of all entries of their gradients."""
    with np.errstate(over="ignore", under="ignore"):
        return float(sum(np.square(trace.grads[name]).sum() for name in moved))


def descend(trace: Trace, moved: Collection[str], lr: float, steps: int, *, with_trail: bool = False) -> Descent:
    """`steps` steps from a trace of both passes, whose numbers are finite, or fewer, where there is a reason to stop.

    A step whose numbers would not all be finite is not taken; one whose loss is beyond GROWN is the last.
    """
    run = _Run(trace, lr, tuple(moved), with_trail=with_trail)
    while run.stopped is None and len(run.squares) < steps:
        run.step()
    return Descent(
        start=trace,
        previous=run.previous,
        end=run.now,
        losses=tuple(run.losses),
        squares=tuple(run.squares),
        predicted=tuple(-lr * square + 0.0 for square in run.squares),
        trail=tuple(run.trail),
        stopped=run.stopped,
        overflow=run.overflow,
    )


class _Run:
    """A run on its way."""

    def __init__(self, start: Trace, lr: float, moved: tuple[str, ...], *, with_trail: bool) -> None:
        self.now = self.previous = start
        self.lr, self.moved, self.with_trail = lr, moved, with_trail
        self.losses, self.squares = [float(start.loss)], list[float]()
        self.trail = [self._parameters(start)] if with_trail else []
        self.stopped: Stop | None = None
        self.overflow: Overflow | None = None
        self._most = GROWN * max(1.0, abs(self.losses[0]))

    def step(self) -> None:
        """One step, unless there is a reason not to take it."""
        square = squared_norm(self.now, self.moved)
        new = stepped(self.now, self.moved, self.lr)
        if all(np.array_equal(new[name], self.now.values[name]) for name in self.moved):
            self.stopped = "still"
            return
        self.overflow = self._too_large(new, square)
        if self.overflow is not None:
            self.stopped = "overflow"
            return
        trace = backward(forward(self.now.graph, new))
        event = trace.overflow
        if event is not None:
            self.stopped, self.overflow = "overflow", Overflow("pass", trace=trace, event=event)
            return
        self.previous, self.now, loss = self.now, trace, float(trace.loss)
        self.squares.append(square)
        self.losses.append(loss)
        if self.with_trail:
            self.trail.append(self._parameters(trace))
        if abs(loss) > self._most:
            self.stopped = "diverged" if loss > 0.0 else "unbounded"

    def _parameters(self, trace: Trace) -> Mapping[str, Array]:
        return {name: trace.values[name] for name in parameters(trace.graph)}

    def _too_large(self, new: Mapping[str, Array], square: float) -> Overflow | None:
        for name in self.moved:
            if not np.isfinite(new[name]).all():
                return Overflow("value", name)
        if not np.isfinite(square * max(1.0, self.lr)):
            return Overflow("norm", max(self.moved, key=lambda name: float(abs(self.now.grads[name]).max())))
        return None
