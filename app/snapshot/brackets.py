"""The chain rule from the loss back to an input as a product of Jacobians, multiplied from either end.

For programs that show it: a backward pass builds none of these matrices. Products are counted as dense ones on both
sides: (a×b)(b×c) takes a b c multiply-adds. That the order decides the cost, and that for one output the cheap order is
from the output's side: Griewank and Walther, "Evaluating Derivatives" (2nd ed., 2008), sections 3.1 and 3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from app.engine import Array, Graph, OpNode, Trace, VjpUse

from .formulas import bound, gradient, via
from .jacobian import equal_products, jacobian_matrix
from .models import Expression, Frozen


class JacobianFactor(Frozen):
    """One factor of the chain: the Jacobian of an op's output with respect to the input on the path."""

    symbol: Expression
    """The derivative, as ∂h/∂z."""
    op: str
    """The op whose Jacobian it is."""
    shape: tuple[int, int]
    """Its rows and columns."""
    matrix: list[list[float]]
    """Its entries, row by row."""


class ChainProduct(Frozen):
    """One product on the way: two matrices that stand side by side, and what they make."""

    left: tuple[int, int]
    """The shape of the left one."""
    right: tuple[int, int]
    """The shape of the right one."""
    symbol: Expression
    """The derivative that comes out."""
    shape: tuple[int, int]
    """Its rows and columns."""
    matrix: list[list[float]] | None
    """Its entries, row by row; null where they are too large for a float64."""
    multiply_adds: int
    """What the product takes."""


class Bracket(Frozen):
    """The chain multiplied from one end."""

    products: list[ChainProduct]
    """The products in their order; the last one makes the gradient."""
    multiply_adds: int
    """What they take together."""
    agrees: bool
    """Whether the last one is what the VJPs of the backward pass find, to 1e-12 of the sizes that are added up."""


class JacobianChain(Frozen):
    """The chain rule along one path from the loss back to an input."""

    factors: list[JacobianFactor]
    """The Jacobians, the loss's first."""
    loss_side: Bracket
    """Multiplied from the loss: a row all the way, as in reverse mode."""
    input_side: Bracket
    """Multiplied from the input: matrix times matrix, as in forward mode."""
    symbol: Expression
    """What both find: the gradient of the input, or where it has several uses, the contribution of this path."""
    path: list[str]
    """The symbols of the nodes on the path, from the loss to the input."""
    partial: bool
    """Whether the input has other uses, whose contributions are added."""
    gradient: list[float]
    """What the backward pass finds, by VJPs."""
    closed_multiply_adds: int
    """What the VJPs on the path take in closed form, counted as both sides are: the gradient that the loss sends back,
    and the local derivatives, are given."""
    numbers: int
    """How many numbers the loss is differentiated with respect to: all inputs and parameters."""


def main_path(graph: Graph) -> tuple[VjpUse, ...]:
    """The VJPs from the loss back to the input of the first op, along the ops that feed each other, the loss's first.

    Each op of a network of the gallery is fed by the op before it; what else it takes, such as a skip connection, is
    not on this path.
    """
    ops = graph.ops
    found = [_between(graph, later, earlier.name) for earlier, later in pairwise(ops)]
    first = next(use for edge, use in graph.vjps.items() if edge[0] == ops[0].name and _is_input(graph, use.wrt))
    return (*reversed(found), first)


def _between(graph: Graph, node: OpNode, source: str) -> VjpUse:
    slot = next(slot for slot, name in bound(node).items() if name == source)
    return graph.vjps[node.name, slot]


def _is_input(graph: Graph, name: str) -> bool:
    return graph.by_name[name].role == "input"


def jacobian_chain(trace: Trace) -> JacobianChain:
    """The chain of a network's main path with its numbers, both ways. `trace` is of both passes."""
    graph, path = trace.graph, main_path(trace.graph)
    matrices = [np.array(jacobian_matrix(trace, use)) for use in path]
    first, last = path[0], path[-1]
    found = trace.contributions[last.edge]
    sizes = matrices[0]
    for matrix in matrices[1:]:
        sizes = _times(abs(sizes), abs(matrix))
    return JacobianChain(
        factors=[_factor(graph, use, matrix) for use, matrix in zip(path, matrices, strict=True)],
        loss_side=_bracket(_from_loss(graph, path, matrices), found, sizes),
        input_side=_bracket(_from_input(graph, path, matrices), found, sizes),
        symbol=via(gradient(graph, last.wrt), last),
        path=[first.node.symbol, *(graph.by_name[use.wrt].symbol for use in path)],
        partial=last.partial,
        gradient=found.tolist(),
        closed_multiply_adds=sum(_closed_cost(trace, use) for use in path[1:]),
        numbers=sum(trace.values[leaf.name].size for leaf in graph.leaves if leaf.name in graph.requires_grad),
    )


def _closed_cost(trace: Trace, use: VjpUse) -> int:
    """What the product with v takes, the local derivative given."""
    shapes = {slot: trace.values[name].shape for slot, name in bound(use.node).items()}
    product, _ = trace.vjp(use.edge).costs(shapes)
    return product


def _factor(graph: Graph, use: VjpUse, matrix: Array) -> JacobianFactor:
    return JacobianFactor(
        symbol=_derivative(graph, use.node.name, use.wrt),
        op=use.node.op.title,
        shape=_shape(matrix),
        matrix=matrix.tolist(),
    )


def _derivative(graph: Graph, of: str, wrt: str) -> Expression:
    top, bottom = graph.by_name[of], graph.by_name[wrt]
    return Expression(
        text=f"∂{top.symbol}/∂{bottom.symbol}",
        latex=rf"\frac{{\partial {top.latex}}}{{\partial {bottom.latex}}}",
    )


def _from_loss(graph: Graph, path: Sequence[VjpUse], matrices: Sequence[Array]) -> Iterator[ChainProduct]:
    product = matrices[0]
    for use, matrix in zip(path[1:], matrices[1:], strict=True):
        yield _product(product, matrix, _derivative(graph, graph.loss.name, use.wrt))
        product = _times(product, matrix)


def _from_input(graph: Graph, path: Sequence[VjpUse], matrices: Sequence[Array]) -> Iterator[ChainProduct]:
    product = matrices[-1]
    for use, matrix in zip(path[-2::-1], matrices[-2::-1], strict=True):
        yield _product(matrix, product, _derivative(graph, use.node.name, path[-1].wrt))
        product = _times(matrix, product)


def _times(left: Array, right: Array) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        return left @ right + 0.0


def _product(left: Array, right: Array, symbol: Expression) -> ChainProduct:
    found = _times(left, right)
    return ChainProduct(
        left=_shape(left),
        right=_shape(right),
        symbol=symbol,
        shape=_shape(found),
        matrix=found.tolist() if np.isfinite(found).all() else None,
        multiply_adds=left.shape[0] * left.shape[1] * right.shape[1],
    )


def _shape(matrix: Array) -> tuple[int, int]:
    rows, columns = matrix.shape
    return rows, columns


def _bracket(steps: Iterable[ChainProduct], closed: Array, sizes: Array) -> Bracket:
    """The products of one side. The last has the backward pass's own digits where it differs from what that finds,
    `closed`, by the rounding of what was added up alone: terms of these `sizes`."""
    *before, last = steps
    found = np.array(last.matrix[0]) if last.matrix else None
    agrees = found is not None and equal_products(found, closed, sizes[0], np.eye(closed.size))
    if agrees:
        last = last.model_copy(update={"matrix": [closed.tolist()]})
    products = [*before, last]
    return Bracket(products=products, multiply_adds=sum(one.multiply_adds for one in products), agrees=agrees)


def recompute_chain(chain: JacobianChain) -> Callable[[dict[str, Array]], dict[str, Array]]:
    """What a reader with a pencil does with the factors, J0 being the loss's: multiplies from either end. The products
    are l1, l2, … from the loss and i1, i2, … from the input; those too large for a float64 are left out."""
    count = len(chain.factors)

    def redone(numbers: dict[str, Array]) -> dict[str, Array]:
        found: dict[str, Array] = {}
        for side, bracket in (("l", chain.loss_side), ("i", chain.input_side)):
            for step, product in enumerate(bracket.products, 1):
                if product.matrix is None:
                    break
                before = f"{side}{step - 1}"
                if side == "l":
                    left, right = numbers[before if step > 1 else "J0"], numbers[f"J{step}"]
                else:
                    left = numbers[f"J{count - 1 - step}"]
                    right = numbers[before if step > 1 else f"J{count - 1}"]
                found[f"{side}{step}"] = left @ right
        return found

    return redone
