"""The softmax's Jacobian and the gradient of a cross-entropy that comes upon it, and how they cancel, term by term."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.engine import OPS, Array
from app.engine.closeness import same

from .models import Frozen

# Two ways to one gradient are called equal up to this share of its largest entry.
EQUAL = 1e-12
# Works out numbers anew from others, all by name: what a reader with a pencil does.
RecomputeByName = Callable[[dict[str, Array]], dict[str, Array]]


class CancellingTerm(Frozen):
    """One term of an entry i of vᵀ times the softmax’s Jacobian: −yⱼ/pⱼ · pⱼ (δⱼᵢ − pᵢ)."""

    j: int
    """The index j that runs, counted from 1."""
    y: float
    """The target’s entry yⱼ."""
    p: float
    """The softmax’s entry pⱼ, which cancels."""
    delta: int
    """δⱼᵢ: 1 where j = i, else 0."""
    value: float
    """The term: −yⱼ/pⱼ · pⱼ (δⱼᵢ − pᵢ)."""


class Cancelling(Frozen):
    """The softmax’s Jacobian, and the upstream gradient from cross-entropy: vᵀJ = p − y."""

    p: list[float]
    """The softmax’s probabilities."""
    y: list[float]
    """The target y*, a probability for each class."""
    matrix: list[list[float]]
    """The Jacobian diag(p) − p pᵀ, row by row."""
    v: list[float] | None
    """The upstream gradient −y/p; null where an entry of it is not finite: a probability rounds to 0, or nearly."""
    product: list[float] | None
    """vᵀJ; null where v is."""
    difference: list[float]
    """p − y, subtracted."""
    agrees: bool
    """Whether vᵀJ and p − y are the same: to 1e-12 of the largest entry of p − y."""
    gap: float | None
    """How far vᵀJ and p − y are apart at most; null where v is."""
    entry: int
    """The entry i whose terms follow, counted from 1."""
    terms: list[CancellingTerm]
    """Its terms, which add up to entry i of product; empty where v is null."""


def cancelling(z: Array, y: Array, entry: int) -> Cancelling:
    """What cancels at the logits z with targets y, both vectors of one shape; `entry`, from 1, is told term by term."""
    p = OPS["softmax"].forward(z)[0]
    matrix = OPS["softmax"].vjps["z"].jacobian.matrix({"z": z})
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        v = -y / p
        product = v @ matrix
    is_whole = bool(np.isfinite(v).all() and np.isfinite(product).all())
    difference = OPS["softmax-cross-entropy"].vjps["z"].rule(np.ones(()), {"p": p, "y": y})
    return Cancelling(
        p=p.tolist(),
        y=y.tolist(),
        matrix=matrix.tolist(),
        v=(v + 0.0).tolist() if is_whole else None,
        product=(product + 0.0).tolist() if is_whole else None,
        difference=(difference + 0.0).tolist(),
        agrees=is_whole and bool(same(product, difference, abs(difference).max(), EQUAL).all()),
        gap=float(abs(product - difference).max()) if is_whole else None,
        entry=entry,
        terms=_terms(p, y, v, entry - 1) if is_whole else [],
    )


def products(view: Cancelling) -> list[list[float]]:
    """The Jacobian with each row multiplied by its entry of v, whose columns add up to vᵀJ; empty without v."""
    return [] if view.v is None else (np.array(view.v)[:, None] * np.array(view.matrix) + 0.0).tolist()


def _terms(p: Array, y: Array, v: Array, i: int) -> list[CancellingTerm]:
    return [
        CancellingTerm(
            j=j + 1,
            y=float(y[j]),
            p=float(p[j]),
            delta=int(i == j),
            value=float(v[j] * (p[j] * ((i == j) - p[i]))) + 0.0,
        )
        for j in range(p.size)
    ]


def recompute_products(view: Cancelling) -> RecomputeByName:
    """The same where v stands as a fraction, with the products of `products` and the sums of their columns."""
    i = view.entry - 1

    def recompute(drawn: dict[str, Array]) -> dict[str, Array]:
        p, y = drawn["p"], drawn["y"]
        return {
            "matrix": np.asarray(np.diag(p) - np.outer(p, p)),
            "products": (-y / p)[:, None] * drawn["matrix"],
            "terms": -y / p * (p * (np.eye(p.size)[i] - p[i])),
            "sums": drawn["products"].sum(0),
        }

    return recompute


def recompute_cancelling(view: Cancelling) -> RecomputeByName:
    """All that the cancelling shows, from p and y."""
    i = view.entry - 1

    def recompute(drawn: dict[str, Array]) -> dict[str, Array]:
        p, y = drawn["p"], drawn["y"]
        return {
            "matrix": np.asarray(np.diag(p) - np.outer(p, p)),
            "v": -y / p,
            "product": drawn["v"] @ drawn["matrix"],
            "difference": p - y,
            "terms": -y / p * (p * (np.eye(p.size)[i] - p[i])),
        }

    return recompute
