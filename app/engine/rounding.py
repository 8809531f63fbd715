"""How far rounding alone may move a loss and its gradients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

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


def gradient_rounding(trace: Trace) -> dict[str, Array]:
    """How far each gradient may be off by rounding alone, in its shape: how it changes with the last digits of all
    numbers it is made from. Exactly 0 where nothing but 0 can come out."""
    graph, blurred = trace.graph, _Blur()
    values: dict[str, Array] = {
        leaf.name: blurred(np.broadcast_to(trace.values[leaf.name], (_SAMPLES, *trace.values[leaf.name].shape)))
        for leaf in graph.leaves
    }
    saved: dict[str, Saved] = {}
    for node in graph.ops:
        value, kept = node.op.forward(*[values[name] for name in node.inputs])
        values[node.name] = blurred(value)
        saved[node.name] = {slot: blurred(array) for slot, array in kept.items()}
    sweep = backward(replace(trace, values=values, saved=saved))
    return {name: 2.0 * np.ptp(grad, axis=0) for name, grad in sweep.grads.items()}


class _Blur:
    """Multiplies each number by 1 + u or 1 − u, by lot, but the same lot every time."""

    def __init__(self) -> None:
        self._lots = np.random.default_rng(1993)

    def __call__(self, array: Array) -> Array:
        """A stack with its last digits changed."""
        return array * (1.0 + UNIT_ROUNDOFF * self._lots.choice(_SIGNS, size=array.shape))
