"""The cost page's context: the sums, in words where a number alone would mislead, the form and the picture.

Nothing is computed here that `app.pages.cost.data` does not compute, but for ratios of its sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from app.digits import counted, si
from app.engine import OPS
from app.engine.cost import LAPTOP
from app.layout.loglog import LogLogChart
from app.pages.form import loose_errors
from app.state import Invalid
from app.state.sizes import SIZES

from .curves import TITLES, Curves, Duel, Listing, charts, curves, duels, listing
from .data import Amount, CostAnswer, JacobianBill
from .fields import SizeField, hidden, size_fields, type_field
from .measured import Machine
from .question import CostState


@dataclass(frozen=True, slots=True)
class CostRow:
    """A line of a table of sums: what it counts, its formula, and its colour."""

    name: str
    formula: str
    colour: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class JacobianRow:
    """A line of the table of Jacobians: its name, what its figures are figures of, and `one_in`: how rare not 0 is."""

    view: JacobianBill
    name: str
    says: str
    one_in: int


@dataclass(frozen=True, slots=True)
class PictureTab:
    """A picture to choose."""

    show: str
    title: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class CostPage:
    """All that the page's templates see.

    `heads` are the columns: one layer, all, and all for every example. `jacobians` are by what they are with respect
    to; the ReLU's is z's. `laptops` is how many laptops ∂z/∂W would fill for one layer and one example, None where it
    fits into one.
    """

    view: CostAnswer
    here: str
    twin: str
    announcement: str
    sizes: tuple[SizeField, ...]
    dtype: SizeField
    hidden: tuple[tuple[str, str], ...]
    errors: tuple[str, ...]
    heads: tuple[str, str, str]
    layers: str
    examples: str
    times_backward: str
    times_step: str
    laptop: int
    laptops: int | None
    work: tuple[CostRow, ...]
    memory: tuple[CostRow, ...]
    jacobians: Mapping[str, JacobianRow]
    tabs: tuple[PictureTab, ...]
    curves: Curves | None
    charts: tuple[LogLogChart, ...]
    listing: Listing | None
    duels: tuple[Duel, ...]
    machine: Machine | None
    measured_on: str


def cost_page(state: CostState, view: CostAnswer, problem: Invalid[CostState] | None = None) -> CostPage:
    """Everything around the sums of `state`. `problem` is what was wrong with the address that led here."""
    rows = {bill.wrt: _jacobian(bill) for bill in view.jacobians}
    dearest = rows["W"].view.bytes.layer
    drawn = curves(state.show, view)
    return CostPage(
        view=view,
        here=state.address(),
        twin=state.address("/api"),
        announcement=_announcement(view, problem),
        sizes=size_fields(state, problem),
        dtype=type_field(state, problem),
        hidden=hidden(state),
        errors=loose_errors(problem, (*SIZES, "dtype")),
        heads=_heads(state),
        layers=counted(state.layers, "layer"),
        examples=counted(state.batch, "example"),
        times_backward=_times(view.backward, view.forward),
        times_step=_times(view.step, view.forward),
        laptop=LAPTOP,
        laptops=-(-dearest // LAPTOP) if dearest > LAPTOP else None,
        work=_work(view),
        memory=_memory(view),
        jacobians=rows,
        tabs=tuple(
            PictureTab(show, title, state.but(show=show).address(), show == state.show)
            for show, title in TITLES.items()
        ),
        curves=drawn,
        charts=charts(drawn, LAPTOP),
        listing=listing(drawn),
        duels=duels(view.measured),
        machine=view.measured.machine if view.measured else None,
        measured_on=f"{view.measured.date.day} {view.measured.date:%B %Y}" if view.measured else "",
    )


def _announcement(view: CostAnswer, problem: Invalid[CostState] | None) -> str:
    if problem:
        return problem.errors[0].msg
    sizes = {bill.wrt: si(bill.bytes.layer, "B") for bill in view.jacobians}
    return (
        f"For one layer and one example: backward {si(view.backward.layer)} multiply-adds, "
        f"∂z/∂x {sizes['x']}, ∂z/∂W {sizes['W']}."
    )


def _heads(state: CostState) -> tuple[str, str, str]:
    layers, examples = counted(state.layers, "layer"), counted(state.batch, "example")
    return "1 layer, 1 example", f"{layers}, 1 example", f"{layers}, {examples}"


def _times(one: Amount, other: Amount) -> str:
    """How many times as much, exactly: 2, or 5/2."""
    return str(Fraction(one.layer, other.layer))


def _work(view: CostAnswer) -> tuple[CostRow, ...]:
    return (
        CostRow("linear, forward", "m n", "value", view.forward),
        CostRow("linear, backward", f"{_times(view.backward, view.forward)} m n", "grad", view.backward),
        CostRow("training step", f"{_times(view.step, view.forward)} m n", "", view.step),
        CostRow("ReLU, forward", "m", "value", view.relu_forward),
        CostRow("ReLU, backward", "m", "grad", view.relu_backward),
    )


def _memory(view: CostAnswer) -> tuple[CostRow, ...]:
    return (
        CostRow("parameters W, b", "m n + m", "value", view.parameters),
        CostRow("their gradients", "m n + m", "grad", view.parameters),
        CostRow("activations saved: x, z", "n + m", "value", view.activations),
    )


def _jacobian(bill: JacobianBill) -> JacobianRow:
    # a layer's nodes are named as the row's slots are
    says = OPS[bill.op].vjps[bill.wrt].jacobian.says.replace("$", "")
    return JacobianRow(bill, f"∂{bill.of}/∂{bill.wrt}", says, bill.entries // bill.nonzero)
