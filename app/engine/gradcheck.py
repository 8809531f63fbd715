"""The one numeric checker: every gradient entry against a central difference, aware of kinks.

    central(θ) = (L(θ + ε) − L(θ − ε)) / 2ε        error O(ε²) from the third derivative, O(u·|L|/ε) from rounding

with u the unit round-off; ε ≈ u^⅓ balances the two (Nocedal & Wright, "Numerical Optimization", section 8.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from .graph import Graph, OpNode
from .ops import Array, Index
from .trace import Trace

Verdict = Literal["agrees", "disagrees", "kink", "overflow"]
EPSILON = 6e-6
TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True)
class GradcheckResult:
    """One entry: the gradient the VJPs gave, the slopes measured on both sides, and the verdict.

    `residual` is |grad − central| / max(1, |grad|, |central|). At a kink the two slopes differ, and where a
    moved number overflows there is no slope: in both cases nothing is judged.
    """

    node: str
    index: tuple[int, ...]
    grad: float
    central: float
    left: float
    right: float
    residual: float
    verdict: Verdict


def gradcheck(trace: Trace, *, epsilon: float = EPSILON) -> list[GradcheckResult]:
    """Check the gradient of every entry of every node that takes one, hidden values and the loss included.

    `trace` is of both passes, over one set of finite values with a finite loss. A hidden node is checked by moving its
    value and running only what comes after it. Returns a check an entry, in the order of the graph's nodes.
    """
    graph, values, grads = trace.graph, trace.values, trace.grads
    # How far rounding alone moves L: every value is off by some unit round-offs of itself, also those that cancel
    # further on and do not show in |L| (Higham, "Accuracy and Stability of Numerical Algorithms", section 1.7).
    shares = np.concatenate([abs(grads[name] * values[name]).ravel() for name in grads])
    blur = 2 * float(np.finfo(np.float64).eps * shares[np.isfinite(shares)].sum())
    checks: list[GradcheckResult] = []
    for node in graph.nodes:
        if node.name in graph.requires_grad:
            here = _outcome(graph, values, node.name)
            indices = np.ndindex(values[node.name].shape)
            checks += [_check(trace, node.name, index, here, epsilon, blur) for index in indices]
    return checks


def _check(trace: Trace, name: str, index: Index, here: _Outcome, epsilon: float, blur: float) -> GradcheckResult:
    grad, centre = float(trace.grads[name][index]), float(trace.values[name][index])
    step = epsilon * max(1.0, abs(centre))
    # the float that is really reached, so that the quotient divides by the true distance
    below, above = centre - step, centre + step
    low, high = (_moved_outcome(trace, name, index, theta) for theta in (below, above))
    left = (here.loss - low.loss) / (centre - below)
    right = (high.loss - here.loss) / (above - centre)
    central = (high.loss - low.loss) / (above - below)
    scale = max(1.0, abs(grad), abs(central))
    residual = abs(grad - central) / scale
    verdict: Verdict
    if not np.isfinite([left, right, central]).all():
        verdict = "overflow"
    elif not (low.branches == here.branches == high.branches):
        verdict = "kink"
    elif residual <= TOLERANCE + blur / step / scale:
        verdict = "agrees"
    else:
        verdict = "disagrees"
    return GradcheckResult(name, index, grad, central, left, right, residual, verdict)


def moved_loss(trace: Trace, name: str, index: Index, theta: float) -> float:
    """The loss if one entry of one node were theta."""
    return _moved_outcome(trace, name, index, theta).loss


class _Outcome(NamedTuple):
    """A loss, and which side of each kink on the way every entry was on."""

    loss: float
    branches: list[bytes]


def _moved_outcome(trace: Trace, name: str, index: Index, theta: float) -> _Outcome:
    moved = trace.values[name].copy()
    moved[index] = theta
    return _outcome(trace.graph, {**trace.values, name: moved}, name)


def _outcome(graph: Graph, values: Mapping[str, Array], name: str) -> _Outcome:
    """What follows from the value of one node, all others that do not depend on it being as they are."""
    found = dict(values)
    branches: list[bytes] = []
    for node in _after(graph, name):
        found[node.name], saved = node.op.forward(*[found[entry] for entry in node.inputs])
        if node.op.branch is not None:
            branches.append(node.op.branch(saved).tobytes())
    return _Outcome(float(found[graph.loss.name]), branches)


@lru_cache(maxsize=256)
def _after(graph: Graph, name: str) -> tuple[OpNode, ...]:
    """The ops that a node's value reaches, in the order of the forward pass."""
    reached = {name}
    for node in graph.ops:
        if reached.intersection(node.inputs):
            reached.add(node.name)
    return tuple(node for node in graph.ops if node.name in reached and node.name != name)
