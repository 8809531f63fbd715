"""The answers to the three questions on the stage: the lines that carry each, as a few words and a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.digits import grouped, si
from app.engine import Trace, VjpUse
from app.engine.cost import DTYPES, layer_cost
from app.snapshot import Expression
from app.snapshot.derivation import derivation, vjp_derivation
from app.snapshot.formulas import gradient, via, vjp_rule
from app.state import ViewState

from .easy import SIDE, costs, linear_use
from .models import SpokenKind, maths
from .standing import standing


@dataclass(frozen=True, slots=True)
class Point:
    """A line of an answer: what it is `about` in a few words, then a formula or what is said, and what comes of it."""

    about: str
    formula: Expression | None = None
    says: str = ""
    result: Expression | None = None


def points_of(kind: SpokenKind, view: ViewState) -> tuple[Point, ...]:
    """The answer to a question on the numbers of `view`; where these overflow, on the network's default ones."""
    return _POINTS[kind](standing(view.of_one)[0])


def _equal(first: Expression, *others: Expression) -> Expression:
    """A chain of equal sides."""
    sides = (first, *others)
    return Expression(text=" = ".join(one.text for one in sides), latex=" = ".join(one.latex for one in sides))


def _rule(trace: Trace, use: VjpUse) -> Expression:
    """∂L/∂x = Wᵀ v, of one use of a value."""
    graph = trace.graph
    return _equal(via(gradient(graph, use.wrt), use), vjp_rule(graph, use.node, trace.vjp(use.edge)))


def _why_vjp(trace: Trace) -> tuple[Point, ...]:
    bills = {one.wrt: one for one in layer_cost(SIDE, SIDE).jacobians}
    whole, weights, here = bills["x"], bills["W"], costs(trace)
    size = si(whole.entries * DTYPES["float32"], "B")
    use = linear_use(trace, "x")
    product = maths("vᵀ J", r"v^{\top} J")
    return (
        Point(f"{SIDE} units", says=f"∂z/∂x has {si(whole.entries)} entries, {size}"),
        Point("nearly all 0", says=f"∂z/∂W: all but 1 in {grouped(weights.entries // weights.nonzero)}"),
        Point("used once", _equal(via(gradient(trace.graph, use.wrt), use), product), "then J is thrown away"),
        Point("in closed form", _rule(trace, use)),
        Point("here", says=f"Jacobians {here.entries} numbers, VJPs {here.closed_entries}"),
    )


def _by_indices(trace: Trace) -> tuple[Point, ...]:
    uses = [linear_use(trace, slot) for slot in ("W", "x", "b")]
    event = next(one for one in trace.graph.timelines["forward"] if one.node == uses[0].node.name)
    output = derivation(trace, event)
    assert output is not None
    return (
        Point("one output", _equal(output.left, output.reasons[0].formula)),
        *(point for use in uses for point in _one_input(trace, use)),
    )


def _one_input(trace: Trace, use: VjpUse) -> tuple[Point, ...]:
    """The gradient of one input by indices, and of all its entries at once."""
    found = vjp_derivation(trace, use)
    _, substituted, last = found.reasons
    symbol = trace.graph.by_name[use.wrt].symbol
    return Point(symbol, _equal(found.left, substituted.formula, last.formula)), Point("", result=_rule(trace, use))


def _prediction_target(_: Trace) -> tuple[Point, ...]:
    gradient_of_z = maths("∂L/∂z", r"\frac{\partial L}{\partial z}")
    entry = maths("∂L/∂zᵢ", r"\frac{\partial L}{\partial z_i}")
    return (
        Point("−log density", maths("L = A(η) − y* η + const", r"L = A(\eta) - y^{*}\,\eta + \mathrm{const}")),
        Point("the mean", maths("A′(η) = E[y] = prediction", r"A'(\eta) = E[y] = \text{prediction}")),
        Point(
            "link: η = z",
            _equal(gradient_of_z, maths("A′(z) − y*", "A'(z) - y^{*}")),
            result=maths("prediction − target", r"\text{prediction} - \text{target}"),
        ),
        Point(
            "sigmoid",
            _equal(
                gradient_of_z,
                maths("(p − y*) / (p (1 − p)) · p (1 − p)", r"(p - y^{*}) / (p\,(1 - p)) \cdot p\,(1 - p)"),
            ),
            result=maths("p − y*", "p - y^{*}"),
        ),
        Point(
            "softmax",
            _equal(entry, maths("Σⱼ −(y*ⱼ / pⱼ) pⱼ (δⱼᵢ − pᵢ)", r"\sum_j -(y^{*}_j / p_j)\,p_j\,(\delta_{ji} - p_i)")),
            result=maths("pᵢ − y*ᵢ", r"p_i - y^{*}_i"),
        ),
    )


_POINTS: Mapping[SpokenKind, Callable[[Trace], tuple[Point, ...]]] = {
    "why-vjp": _why_vjp,
    "by-indices": _by_indices,
    "prediction-target": _prediction_target,
}
