"""A value used twice: a contribution comes back from each use, and they are added."""

from __future__ import annotations

from dataclasses import dataclass

from app.digits import Formatted, consistent_digits
from app.engine import NETWORKS, Array, Graph
from app.pages.chapter.question import Board, BoardState
from app.pages.contents import BY_NAME
from app.pages.header import with_network
from app.pages.network.context import Page, page
from app.snapshot import Expression, trace_of
from app.snapshot.formulas import gradient, via, vjp_rule
from app.snapshot.wording import joined
from app.state import ViewState

# The network where a value is used twice, for whoever comes with one that has none.
_RESIDUAL = NETWORKS["shared"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What came back from one use: the user's symbol, in symbols, the VJP that found it, its numbers, and its step."""

    user: str
    left: Expression
    rule: Expression
    numbers: Formatted
    href: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the board shows of `name`, on which the loss depends along several `paths`: `total` is its gradient, the sum
    of the contributions, and `twice` what a second backward pass leaves that adds to it. Both are 0 where it
    `is_zero`."""

    network: Page
    name: str
    paths: str
    through: str
    contributions: tuple[Contribution, ...]
    total: Formatted
    twice: Formatted
    is_zero: bool


def used_twice(graph: Graph) -> str | None:
    """The first node whose gradient the backward pass adds up from several uses; None where there is none."""
    return next((event.node for event in graph.timelines["backward"] if event.kind == "accumulate"), None)


def stands_on(view: ViewState) -> ViewState:
    """The network one came with, or where it uses no value twice, the residual one."""
    return view if used_twice(view.network.graph) else with_network(view, _RESIDUAL)


def _name(view: ViewState) -> str:
    name = used_twice(view.network.graph)
    assert name is not None
    return name


def _draw(state: BoardState) -> Drawn:
    step = _step(state)
    trace, name = trace_of(step), _name(state.view)
    graph = trace.graph
    uses = graph.uses[name]
    parts = {use.node.name: trace.contributions[use.edge].tolist() for use in uses}
    total = trace.grads[name]

    def recompute(numbers: dict[str, Array]) -> dict[str, Array]:
        first, *others = (numbers[part] for part in parts)
        return {"the total": sum(others, first), "the double": 2 * numbers["the total"]}

    drawn = consistent_digits(
        parts, {"the total": total.tolist()}, {"the double": (2 * total).tolist()}, recompute=recompute
    )
    return Drawn(
        network=page(step.with_staging(state.staging), trace),
        name=graph.by_name[name].symbol,
        paths=f"{'two' if len(uses) == 2 else len(uses)} paths",
        through=joined([f"one through {use.node.symbol}" for use in uses]),
        contributions=tuple(
            Contribution(
                user=use.node.symbol,
                left=via(gradient(graph, name), use),
                rule=vjp_rule(graph, use.node, trace.vjp(use.edge)),
                numbers=drawn[use.node.name],
                href=state.view.go("backward", use.step).address(),
            )
            for use in uses
        ),
        total=drawn["the total"],
        twice=drawn["the double"],
        is_zero=not total.any(),
    )


def _formulas(state: BoardState) -> tuple[Expression, ...]:
    graph, name = state.view.network.graph, _name(state.view)
    left, parts = gradient(graph, name), [via(gradient(graph, name), use) for use in graph.uses[name]]
    return (
        Expression(
            text=f"{left.text} = {' + '.join(part.text for part in parts)}",
            latex=f"{left.latex} = {' + '.join(part.latex for part in parts)}",
        ),
        Expression(
            text="dL/dx = ∂L/∂x′ · ∂x′/∂x + ∂L/∂x″ · ∂x″/∂x = ∂L/∂x′ + ∂L/∂x″",
            latex=r"\frac{d L}{d x} = \frac{\partial L}{\partial x'} \cdot 1 + \frac{\partial L}{\partial x''} \cdot 1",
        ),
    )


def _step(state: BoardState) -> ViewState:
    return state.view.at_gradient_of(_name(state.view))


BOARD = Board(
    BY_NAME["reuse"],
    _draw,
    _formulas,
    _step,
    stands_on=stands_on,
    terms=(
        "gradient",
        "contribution",
        "upstream",
        "vjp",
        "transpose",
        "indicator",
        "op",
        "target",
        "waiting",
        "untaken",
    ),
    is_wide=True,
)
