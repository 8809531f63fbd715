"""The board “The chain, from the loss”: the Jacobians from the loss back to x, multiplied from either end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from app.digits import Formatted, consistent_digits, shape_text
from app.engine import NETWORKS
from app.engine.cost import layer_cost
from app.layout.hall_part import LOW, NAME_TYPE, TYPES, WIDE, longest, side
from app.pages.chapter.question import Board, BoardState
from app.pages.contents import BY_NAME
from app.pages.header import with_network
from app.snapshot import Expression, NestedList, trace_of
from app.snapshot.brackets import Bracket, JacobianChain, jacobian_chain, main_path, recompute_chain
from app.snapshot.formulas import forward_equation
from app.snapshot.wording import joined
from app.state import ViewState

# Two Jacobians have one product and nothing to bracket; this network, of the same layer, has four.
_LEAST, _LONGER = 3, "two-layer"
# On the stage of a lecture hall: what a cell has beside its number, what stands between two matrices, how wide a
# product with its name may be, how many rows of numbers there may be, and more factors than these have small names.
_CELL_BESIDE, _APART, _HALF, _MOST_ROWS, _LONG = 22.0, 18.0, 390.0, 8, 4


@dataclass(frozen=True, slots=True)
class MatrixBox:
    """A matrix of the chain as drawn: its name, its shape and its numbers, None where they are too large for a float64.

    Its colour is a gradient's where it is a derivative of the loss.
    """

    symbol: Expression
    rows: int
    columns: int
    drawn: Formatted | None
    colour: str

    @property
    def shape(self) -> str:
        """Its shape, as people read it."""
        return shape_text((self.rows, self.columns))

    @property
    def width(self) -> float:
        """How wide its numbers are on the stage of a lecture hall."""
        return self.columns * (longest(self.drawn.texts) * TYPES[-1] + _CELL_BESIDE) if self.drawn else math.inf


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product: the shapes of its two factors, what comes out, and its multiply-adds as a product of sizes."""

    left: str
    right: str
    box: MatrixBox
    sizes: str
    multiply_adds: int


@dataclass(frozen=True, slots=True)
class BracketCard:
    """The chain bracketed from one side, with the sum of its multiply-adds, and whether the VJPs find the same."""

    formula: Expression
    agrees: bool
    rows: tuple[ProductRow, ...]
    multiply_adds: int


@dataclass(frozen=True, slots=True)
class StagedChain:
    """How the chain stands on the stage of a lecture hall: whether its factors and its products have their numbers
    there, or are drawn to scale without them; whether names are small, for it `is_long`, and whether cells `are_small`.
    """

    factors: bool
    products: bool
    is_long: bool
    are_small: bool


@dataclass(frozen=True, slots=True)
class ChainBoard:
    """What the board shows; `ops` are the forward formulas of all but the loss, the last one first. `differs` says
    which product rounding makes another than what the VJPs find; empty where it makes none. `times` is how many forward
    passes the whole backward pass of a layer costs, as the boards `counted_on` have it.
    """

    path: str
    through: str
    wrt: str
    symbol: Expression
    ops: tuple[Expression, ...]
    factors: tuple[MatrixBox, ...]
    loss_side: BracketCard
    input_side: BracketCard
    differs: str
    other_use: str
    closed_multiply_adds: int
    columns: int
    times: str
    counted_on: tuple[str, ...]
    numbers: int
    leaves: str

    @property
    def on_stage(self) -> StagedChain:
        """What of it the back row of a lecture hall can read."""
        named = sum(max(box.width, side(box.symbol.text, "") * NAME_TYPE) + _APART for box in self.factors)
        brackets = [[row.box for row in card.rows] for card in (self.loss_side, self.input_side)]
        wide = max(box.width + side(box.symbol.text, "") * NAME_TYPE for boxes in brackets for box in boxes)
        high = max(sum(box.rows for box in boxes) for boxes in brackets) + max(box.rows for box in self.factors)
        return StagedChain(
            factors=named <= WIDE,
            products=named <= WIDE and wide <= _HALF and high <= _MOST_ROWS,
            is_long=len(self.factors) > _LONG,
            are_small=len(self.factors) > _LONG or max(box.rows for box in self.factors) > LOW,
        )


def _stands_on(view: ViewState) -> ViewState:
    """The same network if there is something to bracket on its main path."""
    return view if len(main_path(view.network.graph)) >= _LEAST else with_network(view, NETWORKS[_LONGER])


def _draw(state: BoardState) -> ChainBoard:
    view = state.view.go("backward")
    trace = trace_of(view)
    graph, chain = trace.graph, jacobian_chain(trace)
    drawn = _digits(chain)
    factors = tuple(
        MatrixBox(one.symbol, *one.shape, drawn[f"J{place}"], "value" if place else "grad")
        for place, one in enumerate(chain.factors)
    )
    path = main_path(graph)
    last = path[-1]
    outputs, inputs = chain.factors[-1].shape
    layer = layer_cost(inputs, outputs)
    others = [use.node.symbol for use in graph.uses[last.wrt] if use is not last]
    return ChainBoard(
        path=" → ".join(reversed(chain.path)),
        through=chain.path[-2],
        wrt=chain.path[-1],
        symbol=chain.symbol,
        ops=tuple(forward_equation(graph, use.node) for use in path[1:]),
        factors=factors,
        loss_side=_card(chain, chain.loss_side, drawn, "l"),
        input_side=_card(chain, chain.input_side, drawn, "i"),
        differs=_differs(chain),
        other_use=joined(others),
        closed_multiply_adds=chain.closed_multiply_adds,
        columns=inputs,
        times=str(Fraction(layer.backward, layer.forward)),
        counted_on=tuple(BY_NAME[name].key for name in ("linear", "saved")),
        numbers=chain.numbers,
        leaves=joined([leaf.symbol for leaf in graph.leaves if leaf.name in graph.requires_grad]),
    )


def _differs(chain: JacobianChain) -> str:
    if chain.loss_side.agrees and chain.input_side.agrees:
        return ""
    if not chain.loss_side.agrees and not chain.input_side.agrees:
        return "both products differ"
    return f"the product from the {'input' if chain.loss_side.agrees else 'loss'} differs"


def _digits(chain: JacobianChain) -> Mapping[str, Formatted]:
    """The factors and the products as drawn: each product, redone from the digits of its factors, is what is drawn."""
    given: dict[str, NestedList] = {f"J{place}": one.matrix for place, one in enumerate(chain.factors)}
    stages: list[dict[str, NestedList]] = [{} for _ in chain.factors[1:]]
    for end, bracket in (("l", chain.loss_side), ("i", chain.input_side)):
        for step, product in enumerate(bracket.products, 1):
            if product.matrix is None:
                break
            stages[step - 1][f"{end}{step}"] = product.matrix
    return consistent_digits(given, *stages, recompute=recompute_chain(chain))


def _card(chain: JacobianChain, bracket: Bracket, drawn: Mapping[str, Formatted], end: str) -> BracketCard:
    last = len(bracket.products)
    rows = [
        ProductRow(
            left=shape_text(product.left),
            right=shape_text(product.right),
            box=MatrixBox(
                chain.symbol if step == last else product.symbol,
                *product.shape,
                drawn.get(f"{end}{step}"),
                "grad" if end == "l" or step == last else "value",
            ),
            sizes="·".join(map(str, (*product.left, product.right[1]))),
            multiply_adds=product.multiply_adds,
        )
        for step, product in enumerate(bracket.products, 1)
    ]
    symbols = [one.symbol for one in chain.factors]
    return BracketCard(_bracketed(symbols, end), bracket.agrees, tuple(rows), bracket.multiply_adds)


def _bracketed(symbols: Sequence[Expression], end: str) -> Expression:
    """The product with its brackets, from the first factor on or from the last."""
    ordered = symbols if end == "l" else symbols[::-1]
    found, is_one = ordered[0], True
    for symbol in ordered[1:]:
        inner = found if is_one else Expression(text=f"({found.text})", latex=f"({found.latex})")
        left, right = (inner, symbol) if end == "l" else (symbol, inner)
        found, is_one = Expression(text=f"{left.text} {right.text}", latex=rf"{left.latex}\;{right.latex}"), False
    return found


def _formulas(state: BoardState) -> tuple[Expression, ...]:
    """The chain rule, and the chain of the network."""
    graph, path = state.view.network.graph, main_path(state.view.network.graph)
    names = [path[0].node, *(graph.by_name[use.wrt] for use in path)]
    pairs = list(pairwise(names))
    rule = Expression(text="J(f∘g) = J(f) J(g)", latex=r"J(f \circ g) = J(f)\,J(g)")
    own = Expression(
        text=" ".join(f"∂{of.symbol}/∂{wrt.symbol}" for of, wrt in pairs),
        latex=r"\,".join(rf"\frac{{\partial {of.latex}}}{{\partial {wrt.latex}}}" for of, wrt in pairs),
    )
    return rule, own


def _step(state: BoardState) -> ViewState:
    """The whole backward pass."""
    return state.view.go("backward")


BOARD = Board(
    BY_NAME["chain"],
    _draw,
    _formulas,
    _step,
    stands_on=_stands_on,
    terms=("jacobian", "partial", "cost", "shape"),
    is_wide=True,
)
