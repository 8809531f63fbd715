"""Every op said again, by other code: what the rows of the table are compared with, and inputs for them.

Public names: `Restated`, `RESTATED`, `ROWS`, `RULES`, `KINDS`, `DRAWS`, `HOLD`, `Inputs`, `drawn`, `upstream`,
`slots_at`, `worst`, `identifiers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest

from app.engine import OPS, Array, Op

DRAWS = 25
HOLD = 1e-12

Inputs = tuple[Array, ...]


@dataclass(frozen=True)
class Restated:
    """An op said again: its function in autograd's NumPy, and inputs that fit it for a shape (m, n)."""

    function: Callable[..., Any]
    draw: Callable[[np.random.Generator, int, int], Inputs]


RESTATED = {
    "linear": Restated(
        lambda W, x, b: anp.dot(W, x) + b,
        lambda rng, m, n: (rng.normal(size=(m, n)), rng.normal(size=n), rng.normal(size=m)),
    ),
    "add": Restated(lambda a, b: a + b, lambda rng, m, _n: (rng.normal(size=m), rng.normal(size=m))),
    "relu": Restated(lambda z: anp.where(z > 0, z, 0.0), lambda rng, m, _n: (rng.normal(size=m),)),
    "mse": Restated(
        lambda h, y: anp.sum((h - y) ** 2) / 2, lambda rng, m, _n: (rng.normal(size=m), rng.normal(size=m))
    ),
    "sigmoid": Restated(lambda z: 0.5 * (1 + anp.tanh(z / 2)), lambda rng, m, _n: (2 * rng.normal(size=m),)),
    "exp": Restated(anp.exp, lambda rng, m, _n: (rng.normal(size=m),)),
    "softmax": Restated(lambda z: anp.exp(z) / anp.sum(anp.exp(z)), lambda rng, m, _n: (2 * rng.normal(size=m),)),
    "bce": Restated(
        lambda p, y: -anp.sum(y * anp.log(p) + (1 - y) * anp.log(1 - p)),
        lambda rng, m, _n: (rng.uniform(0.05, 0.95, size=m), rng.uniform(size=m)),
    ),
    # As one would write the three below without thinking of large numbers, and for any targets at all.
    "bce-with-logits": Restated(
        lambda z, y: anp.sum(anp.log(1 + anp.exp(z)) - y * z),
        lambda rng, m, _n: (2 * rng.normal(size=m), rng.normal(size=m)),
    ),
    "softmax-cross-entropy": Restated(
        lambda z, y: -anp.sum(y * anp.log(anp.exp(z) / anp.sum(anp.exp(z)))),
        lambda rng, m, _n: (2 * rng.normal(size=m), rng.normal(size=m)),
    ),
    "poisson-nll": Restated(
        lambda z, y: anp.sum(anp.exp(z) - y * z),
        lambda rng, m, _n: (rng.normal(size=m), rng.poisson(2.0, size=m).astype(np.float64)),
    ),
}

ROWS = [pytest.param(op, id=op.name) for op in OPS.values()]
RULES = [pytest.param(op, slot, id=f"{op.name}-{slot}") for op in OPS.values() for slot in op.vjps]

# What a row says of the Jacobian it avoids, as a statement about that Jacobian J and the op's inputs.
KINDS: Mapping[str, Callable[[Array, Mapping[str, Array]], bool]] = {
    "mostly zeros": lambda J, _at: bool((J == 0).sum() == J.size - J.shape[1]),
    "$W itself": lambda J, at: np.array_equal(J, at["W"]),
    "the identity": lambda J, _at: np.array_equal(J, np.eye(len(J))),
    "a diagonal of 0 and 1": lambda J, at: np.array_equal(J, np.diag(at["z"] > 0)),
    "a diagonal": lambda J, _at: np.array_equal(J, np.diag(np.diag(J))) and bool((np.diag(J) > 0).all()),
    # in a row p_i (δ_ij − p_j) the diagonal alone is positive, and of a lone share, 1, nothing is left
    "dense and symmetric": lambda J, _at: (
        (bool(((J > 0) == np.eye(len(J))).all() and (J != 0).all()) if len(J) > 1 else J.item() == 0)
        and bool(abs(J - J.T).max() <= HOLD)
    ),
    "a single row": lambda J, _at: len(J) == 1,
}


def drawn(op: Op, seed: int) -> Inputs:
    """Read-only inputs of a random shape from 1×1 up, so that an op that writes into them is found out."""
    rng = np.random.default_rng(seed)
    m, n = (1, 1) if seed == 0 else map(int, rng.integers(1, 9, size=2))
    inputs = RESTATED[op.name].draw(rng, m, n)
    for array in inputs:
        array.flags.writeable = False
    return inputs


def upstream(output: Array, seed: int) -> Array:
    v = np.asarray(np.random.default_rng(1000 + seed).normal(size=output.shape))
    v.flags.writeable = False
    return v


def slots_at(op: Op, inputs: Inputs, output: Array) -> dict[str, Array]:
    return {**dict(zip(op.inputs, inputs, strict=True)), op.output: output}


def worst(ours: Array, theirs: Array) -> float:
    """max |a − b| / max(1, |a|, |b|), after the shapes have been compared."""
    assert ours.shape == theirs.shape
    scale = max(1.0, float(abs(ours).max()), float(abs(theirs).max()))
    return float(abs(ours - theirs).max()) / scale


def identifiers(template: str) -> set[str]:
    assert Template(template).is_valid()
    return set(Template(template).get_identifiers())
