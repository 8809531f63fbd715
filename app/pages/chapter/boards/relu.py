"""The board of ReLU: its graph with the kink, and its VJP as a mask beside the diagonal that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.digits import Formatted, consistent_digits, formatted, significant
from app.engine import NETWORKS, VjpUse
from app.layout.columns import BETWEEN, WIDE, fitting, letters
from app.layout.figures import ems
from app.layout.relu_graph import NEAR_ON_STAGE, ReluGraph, reach, relu_graph
from app.pages.chapter.question import Board, BoardState
from app.pages.contents import BY_NAME
from app.pages.header import with_network
from app.snapshot import Expression, trace_of
from app.snapshot.formulas import filled, gradient, symbols, vjp_equation
from app.snapshot.indices import entry
from app.snapshot.jacobian import JacobianView, jacobian
from app.snapshot.wording import joined
from app.state import ViewState


@dataclass(frozen=True, slots=True)
class Unit:
    """One entry of z: its name, its number, its place in the mask, v there, and what goes back."""

    name: str
    z: str
    mask: str
    v: str
    grad: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class ReluOnStage:
    """The graph with its labels in large type, and those units whose columns there is room for; `left_out` is how many
    there are none for."""

    graph: ReluGraph
    labels: tuple[str, ...]
    units: tuple[Unit, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the board shows. `numbers` are those of z, `labels` those of the graph, in its order; `here` says which
    units are active."""

    rule: Expression
    z: str
    mask: str
    grad: str
    graph: ReluGraph
    numbers: tuple[float, ...]
    labels: tuple[str, ...]
    units: tuple[Unit, ...]
    here: tuple[str, ...]
    has_kink: bool
    jacobian: JacobianView
    matrix: Formatted
    multiply_adds: int

    @property
    def staged(self) -> ReluOnStage:
        """The same for the stage of a lecture hall."""
        graph = relu_graph(self.numbers, significant(reach(self.numbers), 3), NEAR_ON_STAGE)
        names = [unit.name for unit in self.units]
        heads = max(letters(text) for text in (self.mask, f"= {self.grad}"))
        widths = [
            BETWEEN + max(letters(unit.name), *(ems(text) for text in (unit.z, unit.v, unit.grad)))
            for unit in self.units
        ]
        shown = fitting(widths, WIDE - heads)
        return ReluOnStage(
            graph,
            tuple(_shared([names[i] for i in label.points]) for label in graph.labels),
            tuple(self.units[i] for i in shown),
            len(names) - len(shown),
        )


def _shared(names: Sequence[str]) -> str:
    """What points with one label are called in large type."""
    return ", ".join(names) if len(names) < 3 else f"{len(names)} units"


def _stands_on(view: ViewState) -> ViewState:
    """The same network if it has a ReLU, else the first one, with the numbers that fit."""
    if any(node.op.name == "relu" for node in view.network.graph.ops):
        return view
    return with_network(view, NETWORKS["relu-mse"])


def _use(view: ViewState) -> VjpUse:
    graph = view.network.graph
    return next(use for use in graph.vjps.values() if use.node.op.name == "relu")


def _step(state: BoardState) -> ViewState:
    return state.view.go("backward", _use(state.view).step)


def _draw(state: BoardState) -> Drawn:
    trace, use = trace_of(_step(state)), _use(state.view)
    graph, node = trace.graph, use.node
    z, v, grad = trace.values[use.wrt], trace.grads[node.name], trace.contributions[use.edge]
    marks = [number > 0.0 for number in z.tolist()]
    drawn = consistent_digits(
        {"v": v.tolist()}, {"grad": grad.tolist()}, recompute=lambda given: {"grad": given["v"] * marks}
    )
    names = [entry(graph.by_name[use.wrt], (i,)).text for i in range(len(marks))]
    z_texts = formatted(z).texts
    view, plot = jacobian(trace, use), relu_graph(z.tolist(), significant(reach(z.tolist()), 3))
    return Drawn(
        rule=vjp_equation(graph, node, use.slot),
        z=graph.by_name[use.wrt].symbol,
        mask=filled(use.vjp.local.formula.text, symbols(graph, node)) if use.vjp.local else "",
        grad=gradient(graph, use.wrt).text,
        graph=plot,
        numbers=tuple(z.tolist()),
        labels=tuple(", ".join(names[i] for i in label.points) for label in plot.labels),
        units=tuple(
            Unit(names[i], z_texts[i], str(int(active)), drawn["v"].texts[i], drawn["grad"].texts[i], active)
            for i, active in enumerate(marks)
        ),
        here=_here(names, z.tolist()),
        has_kink=0.0 in z,
        jacobian=view,
        matrix=formatted(view.matrix, least=0),
        multiply_adds=use.vjp.cost({slot: array.shape for slot, array in ((use.slot, z), ("h", z))}),
    )


def _here(names: Sequence[str], z: Sequence[float]) -> tuple[str, ...]:
    """Which units are active with these numbers, and which are not, in sentences."""
    active = [name for name, number in zip(names, z, strict=True) if number > 0]
    below = [name for name, number in zip(names, z, strict=True) if number < 0]
    at = [name for name, number in zip(names, z, strict=True) if number == 0]
    said = []
    if active:
        said.append(f"{joined(active)} {_is(active)} positive: {_so(active, 'active', 'passes', 'pass')} v as it is.")
    if below:
        said.append(f"{joined(below)} {_is(below)} negative: {_so(below, 'inactive', 'passes', 'pass')} exactly 0.")
    if at:
        counts = "counts" if len(at) == 1 else "count"
        said.append(f"{joined(at)} {_is(at)} exactly 0, at the kink, and {counts} as inactive.")
    return tuple(said)


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _so(names: Sequence[str], state: str, one_does: str, they_do: str) -> str:
    """What so many units are, and do."""
    return f"its unit is {state} and {one_does}" if len(names) == 1 else f"their units are {state} and {they_do}"


def _formulas(state: BoardState) -> tuple[Expression, ...]:
    use = _use(state.view)
    return (vjp_equation(state.view.network.graph, use.node, use.slot),)


BOARD = Board(
    BY_NAME["relu"],
    _draw,
    _formulas,
    _step,
    stands_on=_stands_on,
    terms=("gradient", "upstream", "entrywise", "indicator", "kink", "inactive", "jacobian", "cost", "max"),
)
