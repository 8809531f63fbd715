"""One logit on its way to the loss and back: sigmoid and cross-entropy as one op, as two, and as two that are clipped.

The two ops hand each other p, and near 1 there is no float for it: all that follows is made from 1 − p. The passes
leave inf and nan in the numbers, and here they are wanted: they are what the chain gives. The true numbers are worked
out by `decimal`, which shares no code with NumPy.

    p · one_minus_p = 1 − p · loss · grad_p = ∂L/∂p · slope = σ′(z) = p (1 − p) · grad_z = ∂L/∂z
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Context, Decimal, localcontext
from types import MappingProxyType

import numpy as np

from .graph import Graph
from .networks import fused, unfused
from .ops import OPS, Array, Formula, Op, Saved
from .trace import backward, forward

QUANTITIES = ("p", "one_minus_p", "loss", "grad_p", "slope", "grad_z")
# Far beyond where exp is 0 to any float; the digits that `reference` works with grow with the logit.
LARGEST_LOGIT = 1000.0
# What PyTorch's BCELoss does (aten/src/ATen/native/Loss.cpp): no log below the one, no p (1 − p) below the other.
MIN_LOG, MIN_SLOPE = -100.0, 1e-12


@dataclass(frozen=True, eq=False)
class Chain:
    """A graph from the layer to the loss, and what it `runs`. `materializes_p` says whether p is handed on from one op
    to the next, so that ∂L/∂p is a number of its own.
    """

    name: str
    title: str
    runs: str
    graph: Graph
    materializes_p: bool


def run_chain(chain: Chain, z: Array, y: float) -> dict[str, Array]:
    """What the chain gives for each logit of a vector, by QUANTITIES, as the engine leaves it: inf and nan included.

    `loss` is one number, the sum over the vector. A chain that hands on no p has no `one_minus_p`, `grad_p`, `slope`.
    """
    layer = {"x": np.zeros(1), "W": np.zeros((z.size, 1)), "b": z}
    trace = backward(forward(chain.graph, {**layer, "y": np.full(z.shape, y)}))
    found = {"p": trace.saved[chain.graph.loss.name]["p"], "loss": trace.loss, "grad_z": trace.grads["z"]}
    if chain.materializes_p:
        local = OPS["sigmoid"].vjps["z"].local
        assert local is not None
        found |= {
            "one_minus_p": 1.0 - found["p"],
            "grad_p": trace.grads["p"],
            "slope": local.numbers({"h": found["p"]}),
        }
    return found


def reference(z: float, y: int) -> dict[str, Decimal]:
    """The same of one logit and a target of 0 or 1, in so many digits that none of a float is missing.

    Raises ValueError beyond LARGEST_LOGIT.
    """
    if not abs(z) <= LARGEST_LOGIT:
        raise ValueError(f"a logit is at most {LARGEST_LOGIT:g} in size")
    # exp(−|z|) is added to 1: as many digits as it is small, and those of a float
    with localcontext(Context(prec=40 + int(abs(z) / 2), Emin=-9999, Emax=9999)):
        small = Decimal(-abs(z)).exp()
        near, far = 1 / (1 + small), small / (1 + small)
        p, one_minus_p = (near, far) if z >= 0 else (far, near)
        return {
            "p": p,
            "one_minus_p": one_minus_p,
            "loss": max(Decimal(z), Decimal(0)) - y * Decimal(z) + (1 + small).ln(),
            "grad_p": -1 / p if y else 1 / one_minus_p,
            "slope": p * one_minus_p,
            "grad_z": -one_minus_p if y else p,
        }


def _clipped_bce(p: Array, y: Array) -> tuple[Array, dict[str, Array]]:
    with np.errstate(divide="ignore"):
        log_p, log_rest = np.maximum(np.log(p), MIN_LOG), np.maximum(np.log(1.0 - p), MIN_LOG)
    return np.asarray(-(y * log_p + (1.0 - y) * log_rest).sum()), {"p": p, "y": y}


def _clipped_rule(v: Array, saved: Saved) -> Array:
    p = saved["p"]
    return np.asarray(v * (p - saved["y"]) / np.maximum(p * (1.0 - p), MIN_SLOPE))


def _clipped(graph: Graph) -> Graph:
    """The same graph, with a cross-entropy that never meets log 0: a row of its own, for contrast and not in OPS."""
    bce = OPS["bce"]
    row: Op = replace(
        bce,
        name="bce-clipped",
        title="binary cross-entropy, clipped",
        forward=_clipped_bce,
        formula=Formula(
            "−Σ ($y ⊙ max(log $p, −100) + (1 − $y) ⊙ max(log(1 − $p), −100))",
            r"-\sum\,($y \odot \max(\log $p, -100) + (1 - $y) \odot \max(\log(1 - $p), -100))",
        ),
        vjps={"p": replace(bce.vjps["p"], rule=_clipped_rule)},
        convention="a sum, not a mean; clipped as by PyTorch’s BCELoss",
    )
    return Graph(replace(node, op=row) if node.op is bce else node for node in graph.nodes)


_TWO = unfused("sigmoid", "bce")
CHAINS: Mapping[str, Chain] = MappingProxyType(
    {
        chain.name: chain
        for chain in (
            Chain("fused", "one op", "bce-with-logits", fused("bce-with-logits"), materializes_p=False),
            Chain("unfused", "two ops", "sigmoid, then bce", _TWO, materializes_p=True),
            Chain("clipped", "two ops, clipped", "as PyTorch’s BCELoss", _clipped(_TWO), materializes_p=True),
        )
    }
)
