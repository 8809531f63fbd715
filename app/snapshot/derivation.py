"""Why a step's rule holds: its formula by indices, line by line, and the rule next to it that only looks right."""

from __future__ import annotations

import numpy as np

from app.engine import Event, Graph, OpNode, Trace, VjpUse
from app.engine.ops import Tempting

from .formulas import expression, filled, gradient, gradient_at, held_fixed, latex_symbols, sum_step, symbols, via
from .indices import any_entry
from .jacobian import equal_products
from .models import Expression, Frozen, NestedList


class DerivationLine(Frozen):
    """One line of a derivation."""

    formula: Expression
    """The right side as it stands on this line."""
    says: str
    """What was done to get there, in a sentence."""


class Tempted(Frozen):
    """The rule that only looks right: its two factors multiplied, and what becomes of them."""

    formula: Expression
    """The rule, in symbols."""
    left: NestedList
    """The left factor’s numbers."""
    right: NestedList
    """The right factor’s numbers."""
    left_shape: list[int]
    """The left factor’s shape."""
    right_shape: list[int]
    """The right factor’s shape."""
    fits: bool
    """Whether the two shapes can be multiplied at all."""
    shape: list[int]
    """The shape that comes out; empty where they cannot."""
    wanted: list[int]
    """The shape that the gradient has."""
    same: bool
    """Whether the numbers happen to be right all the same."""


class Derivation(Frozen):
    """Where the formula of a step comes from, entry by entry."""

    left: Expression
    """One entry of what the step finds, with running indices."""
    reasons: list[DerivationLine]
    """The lines: a VJP’s one after the other, a forward rule’s single one."""
    tempted: Tempted | None
    """The rule that only looks right; null where none does."""


def derivation(trace: Trace, event: Event | None) -> Derivation | None:
    """The formula of a step by indices, derived if it is a VJP's; None where the step runs no op's rule."""
    if event is None or event.kind not in ("forward", "vjp"):
        return None
    if event.kind == "forward":
        return _forward_derivation(trace.graph, trace.graph.computed[event.node])
    return vjp_derivation(trace, trace.graph.vjps[event.edge])


def _forward_derivation(graph: Graph, node: OpNode) -> Derivation:
    own = node.op.entrywise
    named = Expression(text=node.symbol, latex=node.latex)
    line = DerivationLine(formula=expression(own.formula, graph, node), says=filled(node.op.says, symbols(graph, node)))
    return Derivation(left=any_entry(named, own.free), reasons=[line], tempted=None)


def vjp_derivation(trace: Trace, use: VjpUse) -> Derivation:
    """The formula of a VJP by indices, derived from the chain rule."""
    graph, node = trace.graph, use.node
    wrt, rule = graph.by_name[use.wrt], trace.vjp(use.edge)
    lines = [
        DerivationLine(formula=expression(reason.formula, graph, node), says=filled(reason.says, symbols(graph, node)))
        for reason in rule.derivation
    ]
    if use.partial:
        lines[0] = lines[0].model_copy(update={"says": _of_one_use(graph, use)})
    named = any_entry(Expression(text=wrt.symbol, latex=wrt.latex), rule.entrywise.free)
    tempted = _tempted(trace, use, rule.tempting) if rule.tempting else None
    return Derivation(left=via(gradient_at(graph, named), use), reasons=lines, tempted=tempted)


def _of_one_use(graph: Graph, use: VjpUse) -> str:
    """The chain rule of one contribution of several: what its partial derivative holds fixed, and where the sum is."""
    fixed = " and ".join(graph.by_name[name].symbol for name in held_fixed(use))
    whole, step = gradient(graph, use.wrt).text, sum_step(graph, use.wrt)
    held = f", with {fixed} fixed" if fixed else ""
    return f"Chain rule via {use.node.symbol}{held}; step {step} adds up {whole}."


def _tempted(trace: Trace, use: VjpUse, tempting: Tempting) -> Tempted:
    graph, node = trace.graph, use.node
    v, saved, found = trace.grads[node.name], trace.saved[node.name], trace.contributions[use.edge]
    left, right = tempting.left(v, saved), tempting.right(v, saved)
    fits = left.shape[-1] == right.shape[0]
    with np.errstate(over="ignore", invalid="ignore"):
        outcome = left @ right if fits else None
    return Tempted(
        formula=Expression(
            text=filled(tempting.formula.text, symbols(graph, node)),
            latex=filled(tempting.formula.latex, latex_symbols(graph, node)),
        ),
        left=left.tolist(),
        right=right.tolist(),
        left_shape=list(left.shape),
        right_shape=list(right.shape),
        fits=fits,
        shape=list(outcome.shape) if outcome is not None else [],
        wanted=list(found.shape),
        same=outcome is not None
        and outcome.shape == found.shape
        and equal_products(outcome, found, abs(left), abs(right)),
    )
