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
from app.engine.fitted import biases, fitted
from app.engine.ops.reductions import REDUCES, Reduce

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


def compare_batch(name: str, count: int, reduce: Reduce, one_bias: bool) -> None:
    """A batch against the sum of what autograd is told for each example, with the same names for what all share."""
    base = chain(name)
    batch = fitted(base, count, biases(base) if one_bias else (), reduce)
    rng = np.random.default_rng(count)
    values = {
        leaf: value if leaf == "y" else rng.normal(scale=0.6, size=value.shape)
        for leaf, value in as_arrays(batch.defaults).items()
    }
    trace = backward(forward(batch.graph, values))
    leaves = [leaf.name for leaf in batch.graph.leaves]
    rows = {leaf for leaf in leaves if leaf in batch.graph.by_example}
    wanted = [place for place, leaf in enumerate(leaves) if leaf in batch.graph.requires_grad]

    def total(*given: Any) -> Any:
        losses = [
            theirs(name)(*(one[n] if leaf in rows else one for leaf, one in zip(leaves, given, strict=True)))
            for n in range(count)
        ]
        return sum(losses[1:], losses[0]) / (count if reduce == "mean" else 1)

    loss, grads = value_and_grad(total, wanted)(*values.values())
    assert worst(trace.loss, np.asarray(loss)) <= HOLD
    for place, grad in zip(wanted, grads, strict=True):
        assert worst(trace.grads[leaves[place]], np.asarray(grad)) <= HOLD, (name, count, reduce, leaves[place])


def test_batches_of_random_chains_have_the_gradients_of_autograd(lot: Lot) -> None:
    for place, name in enumerate(lot.some(NAMES, 45)):
        compare_batch(name, 1 + place % 3, REDUCES[place % 2], one_bias=place % 4 == 0)


def test_the_comparison_would_find_a_gradient_off_by_a_billionth() -> None:
    with pytest.raises(AssertionError):
        compare("2-2.sigmoid-2.sigmoid_mse", scale=1 + 1e-9)
