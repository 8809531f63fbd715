"""The one numeric checker: every gradient entry against a central difference, aware of kinks.

Public names: `gradcheck`, `Check`, `Verdict`.

    central(θ) = (L(θ + ε) − L(θ − ε)) / 2ε        error O(ε²) from the third derivative, O(u·|L|/ε) from rounding

with u the unit round-off; ε ≈ u^⅓ balances the two (Nocedal & Wright, "Numerical Optimization", section 8.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .graph import Graph
from .ops import Array
from .passes import backward, forward

Verdict = Literal["agrees", "disagrees", "kink"]
EPSILON = 6e-6
TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True)
class Check:
    """One entry: the gradient the VJPs gave, the slopes measured on both sides, and the verdict.

    `residual` is |grad − central| / max(1, |grad|, |central|). At a kink the two slopes differ and nothing is judged.
    """

    node: str
    index: tuple[int, ...]
    grad: float
    central: float
    left: float
    right: float
    residual: float
    verdict: Verdict


def gradcheck(graph: Graph, values: Mapping[str, Array], *, epsilon: float = EPSILON) -> list[Check]:
    """Check the gradient of every entry of every node that takes one, hidden values and the loss included.

    `values` is as for `forward`, finite, with a finite loss. A hidden node is checked by moving its value and
    running only what comes after it. Returns a check an entry, in the order of the graph's nodes.
    """
    run = forward(graph, values)
    grads = {step.event.target: step.value for step in backward(graph, run)}
    at = dict(values) | {step.event.node: step.value for step in run}
    # How far rounding alone moves L: every value is off by some unit round-offs of itself, also those that cancel
    # further on and do not show in |L| (Higham, "Accuracy and Stability of Numerical Algorithms", section 1.7).
    shares = np.concatenate([abs(grads[name] * at[name]).ravel() for name in grads])
    blur = 2 * float(np.finfo(np.float64).eps * shares[np.isfinite(shares)].sum())
    return [
        _check(graph, at, node.name, index, float(grads[node.name][index]), epsilon, blur)
        for node in graph.nodes
        if node.name in graph.wants_grad
        for index in np.ndindex(at[node.name].shape)
    ]


def _check(
    graph: Graph,
    at: Mapping[str, Array],
    name: str,
    index: tuple[int, ...],
    grad: float,
    epsilon: float,
    blur: float,
) -> Check:
    centre = float(at[name][index])
    step = epsilon * max(1.0, abs(centre))
    # the float that is really reached, so that the quotient divides by the true distance
    below, above = centre - step, centre + step
    low, here, high = (_moved(graph, at, name, index, theta) for theta in (below, centre, above))
    left = (here[0] - low[0]) / (centre - below)
    right = (high[0] - here[0]) / (above - centre)
    central = (high[0] - low[0]) / (above - below)
    scale = max(1.0, abs(grad), abs(central))
    residual = abs(grad - central) / scale
    verdict: Verdict
    if not (low[1] == here[1] == high[1]):
        verdict = "kink"
    elif residual <= TOLERANCE + blur / step / scale:
        verdict = "agrees"
    else:
        verdict = "disagrees"
    return Check(name, index, grad, central, left, right, residual, verdict)


def _moved(
    graph: Graph, at: Mapping[str, Array], name: str, index: tuple[int, ...], theta: float
) -> tuple[float, list[bytes]]:
    """The loss with one entry moved to theta, and which side of each kink every entry is on."""
    moved = dict(at)
    moved[name] = moved[name].copy()
    moved[name][index] = theta
    reached: set[str] = {name}
    branches: list[bytes] = []
    for node in graph.ops:
        if node.name == name or not reached.intersection(node.inputs):
            continue
        assert node.op is not None
        moved[node.name], saved = node.op.forward(*[moved[entry] for entry in node.inputs])
        reached.add(node.name)
        if node.op.branch is not None:
            branches.append(node.op.branch(saved).tobytes())
    return float(moved[graph.loss.name]), branches
