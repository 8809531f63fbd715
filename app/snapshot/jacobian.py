"""The Jacobian that a VJP avoids, built to be looked at, with the product that the VJP is."""

from __future__ import annotations

import numpy as np

from app.engine import Array, Trace, VjpUse

from .formulas import bound, filled, symbols
from .models import Frozen, NestedList

BYTES_PER_NUMBER = 8


class JacobianView(Frozen):
    """The Jacobian that a VJP avoids, built to be looked at, and vᵀJ beside the VJP’s own result."""

    of: str
    """The symbol of what is differentiated: the rows of J."""
    wrt: str
    """The symbol of what it is differentiated with respect to: the columns of J."""
    kind: str
    """What kind of matrix it is, in words."""
    shape: list[int]
    """Its rows and columns."""
    matrix: list[list[float]]
    """Its entries, row by row."""
    v: list[float]
    """The upstream gradient, flat: one number for each row."""
    product: list[float]
    """vᵀJ, flat: one number for each column."""
    closed: NestedList
    """The VJP’s result, in the input’s shape."""
    closed_shape: list[int]
    """The input’s shape."""
    agrees: bool
    """Whether vᵀJ and the VJP are the same to 1e-12 of |vᵀ| |J|."""
    entries: int
    """How many entries the Jacobian has."""
    zeros: int
    """How many of them are 0."""
    bytes: int
    """Its bytes in float64."""
    multiply_adds: int
    """Multiply-adds of vᵀJ."""
    closed_multiply_adds: int
    """Multiply-adds of the VJP."""


def jacobian(trace: Trace, use: VjpUse) -> JacobianView:
    """The Jacobian that one VJP of the backward pass avoids."""
    node, closed = use.node, trace.contributions[use.edge]
    inputs = {slot: trace.values[name] for slot, name in bound(node).items()}
    matrix = use.vjp.jacobian.matrix(inputs) + 0.0  # no −0
    v = trace.grads[node.name].ravel()
    with np.errstate(over="ignore", invalid="ignore"):
        product = v @ matrix + 0.0
    return JacobianView(
        of=node.symbol,
        wrt=trace.graph.by_name[use.wrt].symbol,
        kind=filled(use.vjp.jacobian.kind, symbols(trace.graph, node)),
        shape=list(matrix.shape),
        matrix=matrix.tolist(),
        v=v.tolist(),
        product=product.tolist(),
        closed=closed.tolist(),
        closed_shape=list(closed.shape),
        agrees=equal_products(product, closed.ravel(), abs(v), abs(matrix)),
        entries=matrix.size,
        zeros=int((matrix == 0).sum()),
        bytes=matrix.size * BYTES_PER_NUMBER,
        multiply_adds=matrix.size,
        closed_multiply_adds=use.vjp.cost({slot: array.shape for slot, array in inputs.items()}),
    )


def equal_products(product: Array, closed: Array, left: Array, right: Array) -> bool:
    """Whether two ways to one product differ by its rounding alone. `left` and `right` are its factors' magnitudes.

    The bound is a multiple of |left| |right|, entry by entry (Higham, "Accuracy and Stability of Numerical Algorithms",
    section 3.5): it is as strict with small numbers as with large ones, and knows those that cancel.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        bound = 1e-12 * (left @ right) + np.finfo(np.float64).tiny
        return bool(np.isfinite(product).all() and (abs(product - closed) <= bound).all())
