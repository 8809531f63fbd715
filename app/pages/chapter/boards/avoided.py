"""Why no Jacobian is built: what each would take at a size that the reader chooses, beside what is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.digits import Formatted, counted, formatted, grouped, si
from app.engine import Trace
from app.engine.cost import DTYPES, LAPTOP, JacobianCost, LayerCost, layer_cost
from app.layout.byte_bars import NARROW, STAGE, TALL, WIDE, BarChart, Quantity, byte_bars
from app.pages.chapter.question import Board, BoardState
from app.pages.contents import BY_NAME
from app.pages.form import Link
from app.snapshot import Expression, trace_of
from app.snapshot.formulas import bound
from app.snapshot.jacobian import jacobian
from app.snapshot.wording import joined
from app.state import ViewState
from app.state.sizes import size_param

from .first_linear import first_linear

# An ordinary transformer layer, in the type that such figures are of.
_SIZES = {"n": 4096, "m": 4096, "layers": 32, "batch": 1024}
_TYPE = "float32"
# The place of the bar of several layers with one example.
_LAYERS_ALONE = 4


@dataclass(frozen=True, slots=True)
class JacobianRow:
    """A line of the table: a Jacobian, its shape, its entries, those that can be other than 0, and its bytes for one
    layer and one example, for all layers, and for all layers and examples; what vᵀJ and the VJP take."""

    name: str
    kind: str
    shape: str
    entries: str
    nonzero: str
    bytes: tuple[str, str, str]
    product: str
    vjp: str


@dataclass(frozen=True, slots=True)
class OwnJacobian:
    """∂z/∂W of the reader's network: its name, its matrix as drawn, its shape, its entries, and how many of them are 0:
    a number, or all."""

    name: str
    matrix: Formatted
    shape: tuple[int, ...]
    entries: str
    zeros: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the board shows.

    `rows`, `columns`, `entries`, `bytes` and `one_in` are those of ∂z/∂W for one layer and one example, where one entry
    in `one_in` can be other than 0; `laptops` is how many it would fill, empty where it fits into one. `copies` are the
    figures of ∂z/∂x: of one layer, and where it `is_copied`, of more. `heads` name the columns of the table.
    """

    charts: tuple[BarChart, ...]
    rows: str
    columns: str
    entries: str
    bytes: str
    one_in: str
    laptops: str
    laptop: str
    copies: str
    is_copied: bool
    table: tuple[JacobianRow, ...]
    heads: tuple[str, ...]
    bytes_per_number: int
    choices: tuple[Link, ...]
    own: OwnJacobian


def _draw(state: BoardState) -> Drawn:
    n, m, layers, batch = (state.choice(name) for name in _SIZES)
    one, size = layer_cost(n, m), DTYPES[_TYPE]
    by_wrt = {bill.wrt: bill for bill in one.jacobians}
    weights, copy = by_wrt["W"], by_wrt["x"].entries * size
    dearest, rows = weights.entries * size, list(_quantities(one, size, layers, batch))
    if state.staging.stage and layers > 1 and batch > 1:
        del rows[_LAYERS_ALONE]  # fewer bars are as many as the back row can read
    copies = [f"{si(copy, 'B')} for one layer"]
    copies += [f"{si(copy * layers, 'B')} for {grouped(layers)}"] if layers > 1 else []
    copies += [f"{si(copy * layers * batch, 'B')} with {counted(batch, 'example')}"] if batch > 1 else []
    return Drawn(
        charts=tuple(
            byte_bars(frame, rows, LAPTOP, f"a laptop, {si(LAPTOP, 'B')}", lambda count: si(count, "B"))
            for frame in ((STAGE, NARROW) if state.staging.stage else (WIDE, TALL))
        ),
        rows=grouped(weights.shape[0]),
        columns=grouped(weights.shape[1]),
        entries=_entries(weights.entries),
        bytes=si(dearest, "B"),
        one_in=grouped(weights.entries // weights.nonzero) if weights.nonzero < weights.entries else "",
        laptops=grouped(-(-dearest // LAPTOP)) if dearest > LAPTOP else "",
        laptop=si(LAPTOP, "B"),
        copies=joined(copies),
        is_copied=len(copies) > 1,
        table=tuple(_row(bill, size, layers, batch) for bill in one.jacobians),
        heads=(
            *("Jacobian", "shape", "entries", "not 0, at most", "one layer, one example"),
            *(counted(layers, "layer"), f"{counted(layers, 'layer')}, {counted(batch, 'example')}", "vᵀJ", "VJP"),
        ),
        bytes_per_number=size,
        choices=tuple(_choices(state)),
        own=_own(trace_of(_step(state)), _weights(state.view)),
    )


def _entries(count: int) -> str:
    return f"{grouped(count)} {'entry' if count == 1 else 'entries'}"


def _quantities(one: LayerCost, size: int, layers: int, batch: int) -> Iterator[Quantity]:
    """What the bars are of: first what is needed, then the Jacobians."""
    bills = {bill.wrt: bill for bill in one.jacobians}
    yield Quantity("needed", "W, b", "parameters of one layer", *[one.parameters * size] * 2)
    yield Quantity("needed", "x, z", "saved, one example", *[one.saved * size] * 2)
    yield _avoided(bills["z"], "of the ReLU, one example", size)
    yield _avoided(bills["x"], "of one layer: W itself", size)
    if layers > 1:
        yield _avoided(bills["x"], f"of {counted(layers, 'layer')}", size * layers)
    if batch > 1:
        yield _avoided(bills["x"], f"{counted(layers, 'layer')}, {counted(batch, 'example')}", size * layers * batch)
    yield _avoided(bills["W"], "one layer, one example", size)


def _avoided(bill: JacobianCost, says: str, size: int) -> Quantity:
    return Quantity("avoided", f"∂{bill.of}/∂{bill.wrt}", says, bill.entries * size, bill.nonzero * size)


def _row(bill: JacobianCost, size: int, layers: int, batch: int) -> JacobianRow:
    all_bytes = [bill.entries * size, bill.entries * size * layers, bill.entries * size * layers * batch]
    first, second, third = (si(count, "B") for count in all_bytes)
    return JacobianRow(
        name=f"∂{bill.of}/∂{bill.wrt}",
        kind=bill.kind,
        shape="×".join(map(grouped, bill.shape)),
        entries=grouped(bill.entries),
        nonzero=grouped(bill.nonzero),
        bytes=(first, second, third),
        product=si(bill.product),
        vjp=si(bill.vjp),
    )


def _choices(state: BoardState) -> Iterator[Link]:
    """Sizes worth looking at: a large layer, and that of the reader's network for one example."""
    m, n = state.view.network.shape(_weights(state.view))
    for title, sizes in (
        ("a transformer layer", _SIZES),
        ("your first layer", {"n": n, "m": m, "layers": 1, "batch": 1}),
    ):
        there = state.but(**sizes)
        yield Link(title, there.address(), there.address() == state.address())


def _weights(view: ViewState) -> str:
    """The weights of the network's first linear op."""
    return bound(first_linear(view).node)["W"]


def _own(trace: Trace, weights: str) -> OwnJacobian:
    (use,) = trace.graph.uses[weights]
    found = jacobian(trace, use)
    return OwnJacobian(
        name=f"∂{found.of}/∂{found.wrt}",
        matrix=formatted(found.matrix),
        shape=tuple(found.shape),
        entries=_entries(found.entries),
        zeros="all" if found.zeros == found.entries else str(found.zeros),
    )


def _formulas(_: BoardState) -> tuple[Expression, ...]:
    return (
        Expression(text="∂z/∂W: m × mn", latex=r"\frac{\partial z}{\partial W} \in \mathbb{R}^{m \times m n}"),
        Expression(text="∂z/∂x: m × n", latex=r"\frac{\partial z}{\partial x} \in \mathbb{R}^{m \times n}"),
    )


def _step(state: BoardState) -> ViewState:
    return state.view.at_gradient_of(_weights(state.view)).with_view("jacobian")


BOARD = Board(
    BY_NAME["avoided"],
    _draw,
    _formulas,
    _step,
    params=tuple(size_param(name, default) for name, default in _SIZES.items()),
    has_numbers=False,
    terms=("jacobian", "jacobian-avoided", "vjp", "transpose", "partial", "shape", "cost"),
    thinks="why-vjp",
)
