"""The Jacobian that a VJP avoids, built to be looked at, with the product that the VJP is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.engine import Array, Trace, VjpUse

from .formulas import bound, expression, filled, held_fixed, symbols
from .models import Frozen, NestedList

BYTES_PER_NUMBER = 8


class JacobianView(Frozen):
    """The Jacobian that a VJP avoids, built to be looked at, and vᵀJ beside the VJP’s own result."""

    of: str
    """The symbol of what is differentiated: the rows of J."""
    wrt: str
    """The symbol of what it is differentiated with respect to: the columns of J."""
    fixed: list[str]
    """The symbols of the node’s other inputs, held fixed, where this is one use of several; else none."""
    kind: str
    """What kind of matrix it is, in words."""
    says: str
    """What there is in it to be stored, in a sentence."""
    avoided: bool
    """Whether nothing else needs that matrix: it is neither W nor the gradient itself."""
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
    """Multiply-adds of vᵀJ, the entries of J given."""
    closed_holds: str
    """What the VJP multiplies v with in its place, as plain text; empty where it hands v on."""
    closed_entries: int
    """How many numbers that is."""
    closed_bytes: int
    """Their bytes in float64."""
    closed_multiply_adds: int
    """Multiply-adds of the VJP’s product with v, what it holds given."""
    local_multiply_adds: int
    """Multiply-adds that make the local derivative, which the entries of J are made of, too: in neither count."""


def jacobian_matrix(trace: Trace, use: VjpUse) -> list[list[float]]:
    """The Jacobian of one use of a VJP, row by row, without the product. `trace` is of the forward pass, or of both."""
    return (trace.vjp(use.edge).jacobian.matrix(_inputs(trace, use)) + 0.0).tolist()  # type: ignore[no-any-return]


def _inputs(trace: Trace, use: VjpUse) -> dict[str, Array]:
    """The arrays at the inputs of the op, by slot, and its output."""
    return {slot: trace.values[name] for slot, name in bound(use.node).items()}


def jacobian(trace: Trace, use: VjpUse) -> JacobianView:
    """The Jacobian that one VJP of the backward pass avoids."""
    node, closed, rule = use.node, trace.contributions[use.edge], trace.vjp(use.edge)
    inputs = _inputs(trace, use)
    v = trace.grads[node.name].ravel()
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # of a pass that overflows, its sizes hold
        matrix = rule.jacobian.matrix(inputs) + 0.0  # no −0
        product = v @ matrix + 0.0
    with_v, local = rule.costs({slot: array.shape for slot, array in inputs.items()})
    held = rule.local.numbers(trace.saved[node.name]).size if rule.local else 0
    return JacobianView(
        of=node.symbol,
        wrt=trace.graph.by_name[use.wrt].symbol,
        fixed=[trace.graph.by_name[name].symbol for name in held_fixed(use)],
        kind=filled(rule.jacobian.kind, symbols(trace.graph, node)),
        says=filled(rule.jacobian.says, symbols(trace.graph, node)),
        avoided=rule.jacobian.avoided,
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
        closed_holds=expression(rule.local.formula, trace.graph, node).text if rule.local else "",
        closed_entries=held,
        closed_bytes=held * BYTES_PER_NUMBER,
        closed_multiply_adds=with_v,
        local_multiply_adds=local,
    )


def recompute(view: JacobianView) -> Callable[[dict[str, Array]], dict[str, Array]]:
    """What a reader with a pencil does with v, a row, and the matrix, if it has not all of its digits anyway: finds
    the product, a row, and with it the VJP's result in its shape where the two are the same."""
    own = np.array(view.matrix)

    def redone(numbers: dict[str, Array]) -> dict[str, Array]:
        product = numbers["v"] @ numbers.get("matrix", own)
        return {"product": product, "closed": product.reshape(view.closed_shape) if view.agrees else numbers["closed"]}

    return redone


def equal_products(product: Array, closed: Array, left: Array, right: Array) -> bool:
    """Whether two ways to one product differ by its rounding alone. `left` and `right` are its factors' magnitudes.

    The bound is a multiple of |left| |right|, entry by entry (Higham, "Accuracy and Stability of Numerical Algorithms",
    section 3.5): it is as strict with small numbers as with large ones, and knows those that cancel.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        bound = 1e-12 * (left @ right) + np.finfo(np.float64).tiny
        return bool(np.isfinite(product).all() and (abs(product - closed) <= bound).all())
