"""How far rounding alone may move a loss and its gradients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .ops import Array, Saved
from .trace import Trace, backward

UNIT_ROUNDOFF = float(np.finfo(np.float64).eps)
# How often the last digits are changed, and by what.
_SAMPLES, _SIGNS = 12, np.array([-1.0, 1.0])


def added_up(trace: Trace) -> dict[str, float]:
    """For each node how much the ops behind it add up, each number as far as it reaches the loss: Σ |∂L/∂u · u|.

    That is of every number what a rounding of it moves the loss by, in units of the round-off; numbers that cancel are
    counted in full.
    """
    graph = trace.graph
    own = {node.name: float(abs(trace.grads.get(node.name, 0.0) * trace.values[node.name]).sum()) for node in graph.ops}
    for (name, _), use in graph.vjps.items():
        own[name] += float(abs(trace.contributions[use.edge] * trace.values[use.wrt]).sum())
    return {name: sum(own[node] for node in graph.behind[name]) for name in graph.by_name}


def gradient_rounding(trace: Trace, *, same_sides: bool = False) -> dict[str, Array]:
    """How far each gradient may be off by rounding alone, in its shape: how it changes with the last digits of all
    numbers it is made from. Exactly 0 where nothing but 0 can come out.

    With `same_sides` every unit stays on the side of its kink that it is on in the trace.
    """
    values, saved = _blurred(trace)
    if same_sides:
        held = {node.name: trace.saved[node.name] for node in trace.graph.ops if node.op.branch is not None}
        saved |= {name: {slot: _stacked(array) for slot, array in kept.items()} for name, kept in held.items()}
    sweep = backward(replace(trace, values=values, saved=saved))
    with np.errstate(over="ignore", invalid="ignore"):
        return {name: 2.0 * np.ptp(grad, axis=0) for name, grad in sweep.grads.items()}


def at_kinks(trace: Trace) -> dict[str, NDArray[np.bool_]]:
    """For each op with a kink which of its entries are exactly at it, or cannot be told from it for rounding."""
    saved = _blurred(trace)[1]
    sides = {node.name: node.op.branch(saved[node.name]) for node in trace.graph.ops if node.op.branch is not None}
    return {name: (side == 0).any(0) | (np.ptp(side, axis=0) > 0) for name, side in sides.items()}


def _blurred(trace: Trace) -> tuple[dict[str, Array], dict[str, Saved]]:
    """The values and what is saved of a stack of forward passes, the last digits of each number changed by lot."""
    graph, blurred = trace.graph, _Blur()
    values: dict[str, Array] = {leaf.name: blurred(_stacked(trace.values[leaf.name])) for leaf in graph.leaves}
    saved: dict[str, Saved] = {}
    with np.errstate(over="ignore", invalid="ignore"):
        for node in graph.ops:
            value, kept = node.op.forward(*[values[name] for name in node.inputs])
            values[node.name] = blurred(value)
            saved[node.name] = {slot: blurred(array) for slot, array in kept.items()}
    return values, saved


def _stacked(array: Array) -> Array:
    return np.broadcast_to(array, (_SAMPLES, *array.shape))


class _Blur:
    """Multiplies each number by 1 + u or 1 − u, by lot, but the same lot every time."""

    def __init__(self) -> None:
        self._lots = np.random.default_rng(1993)

    def __call__(self, array: Array) -> Array:
        """A stack with its last digits changed."""
        return array * (1.0 + UNIT_ROUNDOFF * self._lots.choice(_SIGNS, size=array.shape))
