"""How far rounding alone may move a loss and its gradients.

The round-off of a sum is bounded by what is added up in size, also where it cancels (Higham, "Accuracy and Stability of
Numerical Algorithms", sections 1.7 and 3.1). That of a gradient is found by running both passes with the last digit of
every number changed (Vignes, "A stochastic arithmetic for reliable scientific computation", 1993).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from .graph import OpNode
from .ops import Array, Saved, Shape
from .trace import Trace, backward

ArrayOrFloat = TypeVar("ArrayOrFloat", Array, float)

UNIT_ROUNDOFF = float(np.finfo(np.float64).eps)
# How many roundings each number goes through on its way, at most.
_ROUNDINGS = 4.0
# How many copies of the passes have their last digits changed; and the factors that do so, by a lot that is always the
# same. A prime number of them, so that the copies of no shape get the same ones.
_COPIES = 12
_FACTORS = np.random.default_rng(1993).choice([1.0 - UNIT_ROUNDOFF, 1.0 + UNIT_ROUNDOFF], 65521)


class Copies(NamedTuple):
    """The values of copies of a forward pass by node, and what is saved of them, each with an axis that counts them."""

    values: Mapping[str, Array]
    saved: Mapping[str, Saved]


def added_up(trace: Trace) -> Mapping[str, float]:
    """For each node how much the ops behind it add up, each number u as far as it reaches the loss: Σ |∂L/∂u · u|.

    That is what the roundings of these numbers may move the loss by, in units of the round-off; numbers that cancel
    are counted in full. `trace` is of both passes over one set of numbers.
    """
    graph = trace.graph
    own = {
        node.name: float(abs(trace.grads[node.name] * trace.values[node.name]).sum())
        for node in graph.ops
        if node.name in trace.grads
    }
    for edge, use in graph.vjps.items():
        own[use.node.name] += float(abs(trace.contributions[edge] * trace.values[use.wrt]).sum())
    # in the order of the graph: in that of a set, the last digits would be another process's own
    return {name: sum(more for node, more in own.items() if node in graph.behind[name]) for name in graph.by_name}


def loss_rounding(behind: ArrayOrFloat, sums: ArrayOrFloat) -> ArrayOrFloat:
    """How far rounding may move the difference of two losses, behind each of which so much was added up by the ops
    (`added_up`) and in the loss itself."""
    return _ROUNDINGS * UNIT_ROUNDOFF * (behind + sums)


def gradient_rounding(trace: Trace, *, same_sides: bool = False, copies: Copies | None = None) -> Mapping[str, Array]:
    """For each node with a gradient how far each of its entries may be off by rounding alone, in the node's shape.

    It is exactly 0 where nothing but 0 can come out. `trace` is of both passes over one set of numbers. With
    `same_sides` every unit stays on the side of its kink that it is on in the trace. `copies` are those of `changed`.
    """
    values, saved = copies or changed(trace)
    if same_sides:
        at_kink = [node.name for node in trace.graph.ops if node.op.branch is not None]
        saved = {**saved} | {
            name: {slot: _copied(part) for slot, part in trace.saved[name].items()} for name in at_kink
        }
    swept = backward(replace(trace, values=values, saved=saved))
    with np.errstate(over="ignore", invalid="ignore"):
        return {name: _spread(grad) for name, grad in swept.grads.items()}


def at_kinks(trace: Trace, copies: Copies | None = None) -> Mapping[str, NDArray[np.bool_]]:
    """For each op with a kink the entries of its first input that are there, exactly or up to rounding."""
    values, _ = copies or changed(trace)
    kinked = [node for node in trace.graph.ops if node.op.branch is not None]
    with np.errstate(over="ignore", invalid="ignore"):
        spreads = {node.name: _spread(from_kink(node, values)) for node in kinked}
        return {
            node.name: (abs(from_kink(node, trace.values)) <= spreads[node.name]) & (spreads[node.name] < np.inf)
            for node in kinked
        }


def from_kink(node: OpNode, values: Mapping[str, Array]) -> Array:
    """How far the first input of an op with a kink is from it, entry by entry."""
    inputs = [values[name] for name in node.inputs]
    return inputs[0] if node.op.corner is None else np.asarray(inputs[0] - node.op.corner(*inputs))


def changed(trace: Trace) -> Copies:
    """Copies of the forward pass with their last digits changed."""
    change, given = _Change(), trace.values
    saved: dict[str, Saved] = {}
    with np.errstate(over="ignore", invalid="ignore"):  # the largest of all floats has no larger one beside it
        values = {leaf.name: change(given[leaf.name], given[leaf.name].shape) for leaf in trace.graph.leaves}
        for name, run, pick, _ in trace.graph.plan.forward:
            value, parts = run(*pick(values))
            values[name] = change(value, value.shape[1:])
            saved[name] = {slot: change(part, part.shape[1:]) for slot, part in parts.items()}
    return Copies(values, saved)


def _spread(copies: Array) -> Array:
    """How far the true value may be from the computed one, as the copies tell."""
    return np.asarray(2.0 * (np.maximum.reduce(copies) - np.minimum.reduce(copies)))


def _copied(array: Array) -> Array:
    return np.broadcast_to(array, (_COPIES, *array.shape))


class _Change:
    """Changes the last digit of each number; each call takes the next factors."""

    def __init__(self) -> None:
        self._taken = 0

    def __call__(self, array: Array, shape: Shape) -> Array:
        """Copies of an array of this shape, or the copies that it holds, with their last digits changed."""
        count = _COPIES * prod(shape)
        start = self._taken % _FACTORS.size
        self._taken += count
        factors = _FACTORS[start : start + count]
        if factors.size < count:
            factors = np.take(_FACTORS, np.arange(start, start + count), mode="wrap")
        return np.asarray(array * factors.reshape(_COPIES, *shape))
