"""The board of the linear layer: its three VJPs, derived by indices and seen as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.digits import Formatted, consistent_digits, formatted
from app.engine import OPS, Array, Trace, VjpUse
from app.pages.chapter.product import Cell, Mark, Product, Row, Side, Sum, entry_line, sides
from app.pages.chapter.question import Board, BoardState
from app.pages.contents import BY_NAME
from app.pages.form import Link
from app.snapshot import Expansion, Expression, NestedList, trace_of
from app.snapshot.by_columns import by_columns, recompute_by_columns
from app.snapshot.derivation import Derivation, Tempted, vjp_derivation
from app.snapshot.expansion import entries
from app.snapshot.formulas import bound, forward_rule, gradient, via, vjp_equation
from app.snapshot.indices import entry, v_entry
from app.state import FieldError, ViewState
from app.state.codec import Param

_SLOTS = ("W", "x", "b")
# ∂L/∂W over several examples, one to each row of V and of X.
_BATCHED = Expression(text="Σₛ vₛ xₛᵀ = Vᵀ X", latex=r"\sum_s v_s\,x_s^{\top} = V^{\top} X")


@dataclass(frozen=True, slots=True)
class Costs:
    """Multiply-adds: of the layer's forward pass, of each product of its backward pass, and of both passes."""

    rows: int
    columns: int
    forward: int
    backward: int
    parts: tuple[tuple[str, int], ...]
    step: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the board shows of the VJP for `slot`, W, x or b, which is `rule` in symbols.

    `wrt` and `output` are how the input and the layer's output are printed. `batched` is the sum over examples.
    """

    slot: str
    wrt: str
    output: str
    forward: str
    choices: tuple[Link, ...]
    rule: Expression
    derivation: Derivation
    tempted: Tempted | None
    tempted_left: Formatted | None
    tempted_right: Formatted | None
    product: Product
    costs: Costs
    is_square: bool
    batched: Expression


def _read_slot(text: str) -> str | FieldError:
    return text if text in _SLOTS else FieldError(("query", "wrt"), "wrt must be W, x or b")


def _read_entry(text: str) -> int | FieldError:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= 99:
        return int(text)
    return FieldError(("query", "entry"), "entry must be a whole number from 1 to 99")


def _use(view: ViewState, slot: str) -> VjpUse:
    """The VJP of the network's first linear layer for a slot."""
    graph = view.network.graph
    node = next(node for node in graph.ops if node.op.name == "linear")
    return graph.vjps[node.name, slot]


def _step(state: BoardState) -> ViewState:
    return state.view.go("backward", _use(state.view, state.choice("wrt")).step).with_view("why")


def _draw(state: BoardState) -> Drawn:
    step, slot = _step(state), state.choice("wrt")
    trace, use = trace_of(step), _use(state.view, slot)
    graph, found = trace.graph, vjp_derivation(trace, use)
    tempted = found.tempted
    W = trace.values[bound(use.node)["W"]]
    return Drawn(
        slot=slot,
        wrt=graph.by_name[use.wrt].symbol,
        output=use.node.symbol,
        forward=forward_rule(graph, use.node).text,
        choices=tuple(_choice(state, one) for one in _SLOTS),
        rule=vjp_equation(graph, use.node, slot),
        derivation=found,
        tempted=tempted,
        tempted_left=formatted(tempted.left) if tempted else None,
        tempted_right=formatted(tempted.right) if tempted else None,
        product=(_outer if slot == "W" else _columns)(state, trace, use),
        costs=_costs(W.shape),
        is_square=W.shape[0] == W.shape[1],
        batched=_BATCHED,
    )


def _choice(state: BoardState, slot: str) -> Link:
    use = _use(state.view, slot)
    title = via(gradient(state.view.network.graph, use.wrt), use).text
    return Link(title, state.but(wrt=slot, entry=1).address(), slot == state.choice("wrt"))


def _costs(shape: Sequence[int]) -> Costs:
    op, (rows, columns) = OPS["linear"], shape
    shapes = {"W": (rows, columns), "x": (columns,), "b": (rows,), "z": (rows,)}
    forward, parts = op.cost(shapes), tuple((slot, rule.cost(shapes)) for slot, rule in op.vjps.items())
    backward = sum(cost for _, cost in parts)
    return Costs(rows, columns, forward, backward, parts, forward + backward)


def _outer(state: BoardState, trace: Trace, use: VjpUse) -> Product:
    """v xᵀ: v down the left, x along the top, and in each cell the product of the two."""
    names, every = bound(use.node), _expansions(trace, use)
    v, x = trace.grads[use.node.name], trace.values[names["x"]]
    drawn = consistent_digits(
        {"v": v.tolist(), "x": x.tolist()},
        {"grad": trace.contributions[use.edge].tolist()},
        recompute=lambda given: {"grad": given["v"][:, None] * given["x"]},
    )
    rows, columns = len(v), len(x)
    at = min(state.choice("entry"), rows * columns) - 1
    row, column = divmod(at, columns)

    def cell(i: int, j: int) -> Cell:
        one = every[i * columns + j]
        symbols = " ".join(factor.symbol for factor in one.terms[0])
        mark: Mark = "chosen" if (i, j) == (row, column) else "part" if i == row or j == column else ""
        return Cell("", drawn["grad"].at((i, j)), symbols, _chosen(state, i * columns + j), mark)

    return Product(
        label=f"v down the left, {names['x']} along the top, their products inside",
        top=sides([entry(trace.graph.by_name[names["x"]], (j,)) for j in range(columns)], drawn["x"].texts),
        rows=tuple(
            Row(
                Side(v_entry((i,)), drawn["v"].texts[i]),
                tuple(cell(i, j) for j in range(columns)),
                "part" if i == row else "",
                None,
            )
            for i in range(rows)
        ),
        sums=(),
        line=entry_line(every[at], drawn, drawn["grad"].texts[at]),
    )


def _columns(state: BoardState, trace: Trace, use: VjpUse) -> Product:
    """vᵀJ for x or b: v at the rows of the Jacobian, which is W or the identity, and the sums of columns below."""
    graph, every = trace.graph, _expansions(trace, use)
    drawn, cancels = _column_digits(trace, use)
    rows, columns = drawn["matrix"].shape
    column = min(state.choice("entry"), columns) - 1
    wrt = graph.by_name[use.wrt]
    weights = graph.by_name[bound(use.node)["W"]].symbol if use.slot == "x" else ""

    def cell(i: int, j: int) -> Cell:
        mark: Mark = "part" if j == column else ""
        return Cell(drawn["matrix"].at((i, j)), drawn["products"].at((i, j)), "", _chosen(state, j), mark)

    return Product(
        label=f"v at the rows of {weights or 'the identity'}, sums of columns below",
        matrix=f"J = ∂{use.node.symbol}/∂{wrt.symbol}" + (f" = {weights}" if weights else ""),
        top=sides([entry(wrt, (j,)) for j in range(columns)], [""] * columns),
        rows=tuple(
            Row(
                Side(v_entry((i,)), drawn["v"].texts[i]),
                tuple(cell(i, j) for j in range(columns)),
                "",
                Side(entry(use.node, (i,)), ""),
            )
            for i in range(rows)
        ),
        sums=tuple(
            Sum(Side(one.left, drawn["sums"].texts[j]), _chosen(state, j), "chosen" if j == column else "")
            for j, one in enumerate(every)
        ),
        cancels=cancels,
        line=entry_line(every[column], {"v": drawn["v"], "W": drawn["matrix"]}, drawn["sums"].texts[column]),
    )


def _column_digits(trace: Trace, use: VjpUse) -> tuple[dict[str, Formatted], bool]:
    """v, the Jacobian, their products and the sums of columns as drawn; and whether the sums, redone from the products
    as drawn, are others, as where these nearly cancel. The identity needs no decimals."""
    view = by_columns(trace, use)
    given: dict[str, NestedList] = {"v": view.v}
    if use.slot == "x":
        given["matrix"] = view.matrix
    whole = formatted(view.matrix, least=0)

    def recompute(shown: dict[str, Array]) -> dict[str, Array]:
        return recompute_by_columns({"matrix": whole.numbers(), **shown})

    drawn = consistent_digits(given, {"products": view.products}, {"sums": view.sums}, recompute=recompute)
    redone = recompute({name: one.numbers() for name, one in drawn.items()})
    return {"matrix": whole, **drawn}, drawn["sums"].recompute(redone["sums"]) != drawn["sums"].texts


def _expansions(trace: Trace, use: VjpUse) -> list[Expansion]:
    return entries(trace, trace.graph.timelines["backward"][use.step - 1])


def _chosen(state: BoardState, at: int) -> str:
    return state.but(entry=at + 1).address()


def _formulas(state: BoardState) -> tuple[Expression, ...]:
    graph = state.view.network.graph
    return tuple(vjp_equation(graph, _use(state.view, slot).node, slot) for slot in _SLOTS)


BOARD = Board(
    BY_NAME["linear"],
    _draw,
    _formulas,
    _step,
    params=(Param("wrt", _read_slot, str, "W"), Param("entry", _read_entry, str, 1)),
    thinks="by-indices",
    terms=("gradient", "upstream", "partial", "delta", "sum", "transpose", "jacobian", "cost", "index", "shape"),
)
