"""What else a gradient may be where units are at their kinks: any slope between those of the two sides is one.

At z = 0 a ReLU has slope 0 on the left and 1 on the right, so each number from 0 to v is a subgradient there, and ops
take the one of their convention. What comes of another choice is the gradient of the left side plus, for each kink,
a share from 0 to 1 of what its right side adds. So it is in every graph in which no kink lies behind another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from .graph import OpNode
from .ops import Array, Index
from .rounding import Copies, at_kinks, from_kink
from .trace import Trace, backward

# To which side of its kink a unit is moved: to the next number that a float can be, so that nothing else moves.
_LEFT, _RIGHT = -np.inf, np.inf


@dataclass(frozen=True, slots=True)
class Kink:
    """An entry of the input of `node`, an op with a kink, that is at it: `exactly`, or as far as rounding can tell.

    `adds` holds, by node, what the gradients of the right side have more than those of the left one.
    """

    node: OpNode
    index: Index
    exactly: bool
    adds: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Kinks:
    """The kinks that matter to a trace's gradients, and the gradients by node with all these units on their left.

    `right` is the trace with all of them on their right, None if there are none.
    """

    kinks: tuple[Kink, ...]
    left: Mapping[str, Array]
    right: Trace | None = None

    def that_reach(self, name: str) -> tuple[Kink, ...]:
        """Those that the gradient of a node hangs on."""
        return tuple(kink for kink in self.kinks if kink.adds[name].any())

    def between(self, name: str) -> tuple[Array, Array]:
        """The least and the most that each entry of a node's gradient may be, in its shape."""
        adds = [kink.adds[name] for kink in self.kinks]
        low = sum((np.minimum(more, 0.0) for more in adds), self.left[name])
        return low, sum((np.maximum(more, 0.0) for more in adds), self.left[name])

    def slopes(self, trace: Trace, name: str, index: Index) -> tuple[float, float]:
        """The slopes of the loss to the left and to the right of one entry, which may move units to either side."""
        left = right = float(self.left[name][index])
        for kink in self.kinks:
            more = float(kink.adds[name][index])
            if more / float(trace.grads[kink.node.name][kink.index]) > 0.0:
                right += more
            else:
                left += more
        return left, right

    def nearest(self, name: str, claimed: Array, index: Index | None = None) -> Array:
        """The gradient of a node that comes nearest to `claimed`, of all that are allowed: the same share at every kink
        if that fits best, else one for each. With `index`, `claimed` is that entry alone."""
        adds = np.array([kink.adds[name] for kink in self.kinks])
        left = self.left[name]
        at = ... if index is None else index
        rows = np.array([more[at] for more in adds]).reshape(len(adds), -1)
        with np.errstate(over="ignore", invalid="ignore"):
            wanted = (claimed - left[at]).ravel()
            choices = [np.full(len(adds), _shares(rows.sum(0, keepdims=True), wanted)[0]), _shares(rows, wanted)]
            best = min(choices, key=lambda shares: float(abs(shares @ rows - wanted).sum()))
        return np.asarray(left + np.tensordot(best, adds, 1))


def units_at_kinks(trace: Trace) -> list[tuple[str, Index]]:
    """The units that are exactly at their kink with a gradient other than 0: what their op takes, and the place in it.
    No pass is run for it."""
    return [
        (node.inputs[0], tuple(map(int, index)))
        for node in trace.graph.ops
        if node.op.branch is not None
        for index in np.argwhere((node.op.branch(trace.saved[node.name]) == 0) & (trace.grads[node.name] != 0))
    ]


def kinks_of(trace: Trace, copies: Copies | None = None) -> Kinks:
    """The kinks of a trace of both passes: each entry at its kink through which a gradient other than 0 would pass.
    `copies` are those of `rounding.changed`."""
    graph = trace.graph
    at = [
        (graph.computed[name], (*map(int, index),))
        for name, marks in at_kinks(trace, copies).items()
        for index in np.argwhere(marks & (trace.grads[name] != 0))
    ]
    if not at:
        return Kinks((), trace.grads)
    left = all_right = trace
    for node, index in at:
        left, all_right = _aside(left, node, index, _LEFT), _aside(all_right, node, index, _RIGHT)
    base = backward(left).grads
    found = []
    for node, index in at:
        right = backward(_aside(left, node, index, _RIGHT)).grads
        adds = {name: right[name] - base[name] for name in base}
        found.append(Kink(node, index, bool(from_kink(node, trace.values)[index] == 0), adds))
    return Kinks(tuple(found), base, all_right)


def _aside(trace: Trace, node: OpNode, index: Index, to: float) -> Trace:
    """The trace as if one unit had been beside its kink, towards `to`: what its op has saved is from there."""
    moved = trace.values[node.inputs[0]].copy()
    corner = 0.0 if node.op.corner is None else node.op.corner(*[trace.values[name] for name in node.inputs])[index]
    moved[index] = np.nextafter(corner, to)
    values = {**trace.values, node.inputs[0]: moved}
    saved = node.op.forward(*[values[name] for name in node.inputs])[1]
    return replace(trace, values=values, saved={**trace.saved, node.name: saved})


def _shares(rows: Array, wanted: Array) -> Array:
    """Shares from 0 to 1, one for each row, whose sum of rows comes near to `wanted`: the least squares, and where one
    leaves the range, it stays at its end and the others are sought again."""
    shares, free = np.full(len(rows), 0.5), np.ones(len(rows), dtype=np.bool_)
    while free.any() and np.isfinite(rest := wanted - shares @ rows).all():
        shares[free] += np.linalg.lstsq(rows[free].T, rest, rcond=None)[0]
        outside = free & ((shares < 0.0) | (shares > 1.0))
        shares = np.clip(shares, 0.0, 1.0)
        if not outside.any():
            break
        free &= ~outside
    return shares
