"""The pairs of an activation and a loss: the canonical ones, and one that is not, on one layer z = W x + b.

A loss of the exponential family is A(z) − y z in its natural parameter z, and A′(z) is the mean: with the canonical
link the slope of its inverse, the activation, has cancelled (McCullagh & Nelder, "Generalized Linear Models", 2nd ed.,
section 2.2).
"""

from __future__ import annotations

from dataclasses import dataclass

from app.engine import NETWORKS, Array, Formula
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
