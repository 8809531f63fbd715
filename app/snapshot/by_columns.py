"""A VJP as it can be seen: v stands at the rows of a Jacobian, each row is multiplied by it, and columns are summed."""

from __future__ import annotations

from app.engine import Array, Trace, VjpUse

from .formulas import bound
from .models import Frozen


class ByColumns(Frozen):
    """vᵀJ, column by column: `sums[j]` = Σᵢ `products[i][j]`, and `products[i][j]` = vᵢ Jᵢⱼ."""

    v: list[float]
    """The upstream gradient: one number for each row of J."""
    matrix: list[list[float]]
    """J, row by row."""
    products: list[list[float]]
    """J with each row multiplied by its entry of v."""
    sums: list[float]
    """What the VJP gives, without a Jacobian: one number for each column."""


def by_columns(trace: Trace, use: VjpUse) -> ByColumns:
    """The product with v that one VJP of the backward pass is, of an op whose input and output are vectors."""
    inputs = {slot: trace.values[name] for slot, name in bound(use.node).items()}
    matrix = trace.vjp(use.edge).jacobian.matrix(inputs) + 0.0  # no −0
    v = trace.grads[use.node.name]
    return ByColumns(
        v=v.tolist(),
        matrix=matrix.tolist(),
        products=(v[:, None] * matrix + 0.0).tolist(),
        sums=trace.contributions[use.edge].tolist(),
    )


def recompute_by_columns(drawn: dict[str, Array]) -> dict[str, Array]:
    """What a reader with a pencil does: the products from v and the matrix, the sums from the products."""
    return {"products": drawn["v"][:, None] * drawn["matrix"], "sums": drawn["products"].sum(0)}
