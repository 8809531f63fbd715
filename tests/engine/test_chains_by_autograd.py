"""Three hundred random chains against HIPS autograd, which is told nothing but the name and the numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import value_and_grad

from app.engine import Array, as_arrays, backward, forward
from app.engine.by_name import chain

from ..conftest import Lot
from .random_chains import random_chains
from .reference_ops import HOLD, REFERENCE, worst

# By what a name calls it, a loss of what the last layer gives and the target, as one would write it down.
LOSSES: dict[str, Callable[..., Any]] = {
    "mse": lambda a, y: anp.sum((a - y) ** 2) / 2,
    "sse": lambda a, y: anp.sum((a - y) ** 2),
    "mse-mean": lambda a, y: anp.mean((a - y) ** 2),
    "bce": lambda z, y: anp.sum(anp.log(1 + anp.exp(z)) - y * z),
    "ce": lambda z, y: anp.log(anp.sum(anp.exp(z))) * anp.sum(y) - anp.dot(y, z),
    "poisson": lambda z, y: anp.sum(anp.exp(z) - y * z),
    "out": anp.dot,
}
NAMES = [name for name in random_chains(300, seed=300) if chain(name).name == name]


def theirs(name: str) -> Callable[..., Any]:
    """The loss of a chain as a function of x, W, b, W, b, … and the target."""
    body, _, loss = name.partition("_")
    layers = [part.partition(".")[2] for part in body.split("-")[1:]]

    def function(*given: Any) -> Any:
        a, *parameters, target = given
        for place, activation in enumerate(layers):
            a = anp.dot(parameters[2 * place], a) + parameters[2 * place + 1]
            a = REFERENCE[activation].function(a) if activation else a
        return LOSSES[loss](a, target)

    return function


def drawn(name: str) -> list[dict[str, Array]]:
    """The default numbers of a chain, and others that are drawn, with inactive units among them."""
    defaults = as_arrays(chain(name).defaults)
    rng = np.random.default_rng(len(name))
    other = {leaf: rng.normal(scale=0.6, size=value.shape) for leaf, value in defaults.items()}
    other |= {leaf: value for leaf, value in defaults.items() if leaf == "y"}
    return [defaults, other]


def compare(name: str, scale: float = 1.0) -> None:
    graph = chain(name).graph
    for values in drawn(name):
        trace = backward(forward(graph, values))
        leaves = [leaf.name for leaf in graph.leaves]
        wanted = [place for place, leaf in enumerate(leaves) if leaf in graph.requires_grad]
        loss, grads = value_and_grad(theirs(name), wanted)(*values.values())
        assert worst(trace.loss, np.asarray(loss)) <= HOLD
        for place, grad in zip(wanted, grads, strict=True):
            assert worst(scale * trace.grads[leaves[place]], np.asarray(grad)) <= HOLD, leaves[place]


def test_random_chains_have_the_gradients_of_autograd(lot: Lot) -> None:
    for name in lot.some(NAMES, 60):
        compare(name)


def test_the_comparison_would_find_a_gradient_off_by_a_billionth() -> None:
    with pytest.raises(AssertionError):
        compare("2-2.sigmoid-2.sigmoid_mse", scale=1 + 1e-9)
