"""The pairs of an activation and a loss: the canonical ones, and one that is not, on one layer z = W x + b.

A loss of the exponential family is A(z) − y z in its natural parameter z, and A′(z) is the mean: with the canonical
link the slope of its inverse, the activation, has cancelled (McCullagh & Nelder, "Generalized Linear Models", 2nd ed.,
section 2.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.engine import NETWORKS, OPS, Array, Formula
from app.engine.networks import CANONICAL, MISMATCH
from app.engine.ops import Likelihood, Op

from .formulas import filled
from .models import Expression


@dataclass(frozen=True, slots=True)
class Pair:
    """An activation and a loss: the op that makes the prediction, None for the identity; its distribution, if any."""

    network: str
    likelihood: Likelihood | None
    activation: Op | None

    def predicts(self) -> Expression:
        """The prediction as a formula of z."""
        formula = (self.activation.named or self.activation.formula) if self.activation else Formula("$z", "$z")
        return Expression(text=filled(formula.text, {"z": "z"}), latex=filled(formula.latex, {"z": "z"}))

    def prediction(self, z: Array) -> Array:
        """The prediction's numbers."""
        return self.activation.forward(z)[0] if self.activation else z


def pair_of(network: str) -> Pair:
    """The pair that a network of the gallery ends in, from its loss or from the node before that."""
    graph = NETWORKS[network].graph
    assert graph.loss.op is not None
    if network in CANONICAL and (likelihood := graph.loss.op.likelihood):
        return Pair(network, likelihood, likelihood.activation)
    return Pair(network, None, graph.by_name[graph.loss.inputs[0]].op)


PAIRS = tuple(pair_of(network) for network in (*CANONICAL, MISMATCH))


@dataclass(frozen=True, slots=True)
class Saturation:
    """∂L/∂z at the logit of a wrong class, for cross-entropy and for squared error of a softmax: one for each logit."""

    cross_entropy: list[float]
    squared_error: list[float]


def saturation(logits: Sequence[float]) -> Saturation:
    """The gradient at class 2 of three, whose logit runs through `logits`; the target is class 1, all others are 0."""
    z, y = np.zeros((len(logits), 3)), np.zeros((len(logits), 3))
    z[:, 1], y[:, 0] = logits, 1.0
    seed = np.ones(len(logits))
    fused, softmax, squared = OPS["softmax-cross-entropy"], OPS["softmax"], OPS["mse"]
    cross_entropy = fused.vjps["z"].rule(seed, fused.forward(z, y)[1])
    p, saved = softmax.forward(z)
    squared_error = softmax.vjps["z"].rule(squared.vjps["h"].rule(seed, squared.forward(p, y)[1]), saved)
    return Saturation(cross_entropy[:, 1].tolist(), squared_error[:, 1].tolist())
