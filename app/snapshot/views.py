"""Other views of a step: its derivation, the Jacobian avoided, what the forward pass saves, the check, a nudge.

Each is computed for a page that asks for it, and never by a pass.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from app.engine import Array, Node, Vjp, as_arrays, backward, forward, gradcheck
from app.engine.gradcheck import EPSILON, TOLERANCE, moved_loss
from app.engine.trace import Step
from app.state import ViewState, overflow_error, too_many_entries

from .build import snapshot_dict
from .expansion import any_entry, key, subscripted
from .formulas import bound, expression, filled, gradient, gradient_at, latex_symbols, symbols
from .models import Expression
from .view_models import (
    Derivation,
    DerivationLine,
    Gradcheck,
    GradcheckEntry,
    JacobianView,
    Nudge,
    Reading,
    SavedMemory,
    SavedValue,
    Tempted,
)

BYTES_PER_NUMBER = 8
# Most entries that a program may have checked at once.
MAX_ENTRIES = 200


def derivation(state: ViewState) -> Derivation | None:
    """The formula at `state`'s step by indices, derived if it is a VJP's; None where the step runs no op's rule."""
    graph = state.network.graph
    if state.direction == "forward" and state.at > 0:
        node = graph.by_name[graph.timelines["forward"][state.at - 1].node]
        assert node.op is not None
        own = node.op.entrywise
        named = Expression(text=node.symbol, latex=node.latex)
        line = DerivationLine(
            formula=expression(own.formula, graph, node), says=filled(node.op.says, symbols(graph, node))
        )
        return Derivation(left=any_entry(named, own.free), reasons=[line], tempted=None)
    found = _at(state)
    if found is None:
        return None
    node, rule, step, run, sweep = found
    wrt = graph.by_name[step.event.wrt]
    lines = [
        DerivationLine(formula=expression(reason.formula, graph, node), says=filled(reason.says, symbols(graph, node)))
        for reason in rule.derivation
    ]
    return Derivation(
        left=gradient_at(graph, any_entry(Expression(text=wrt.symbol, latex=wrt.latex), rule.entrywise.free)),
        reasons=lines,
        tempted=_tempted(state, node, rule, step, run, sweep) if rule.tempting else None,
    )


def jacobian(state: ViewState) -> JacobianView | None:
    """The Jacobian avoided at `state`'s step; None where the step is no VJP."""
    found = _at(state)
    if found is None:
        return None
    node, rule, step, run, sweep = found
    graph = state.network.graph
    values = as_arrays(state.values) | {entry.event.node: entry.value for entry in run}
    matrix = rule.jacobian.matrix({at: values[name] for at, name in bound(node).items()})
    v = _upstream(sweep, node).ravel()
    with np.errstate(over="ignore", invalid="ignore"):
        product = v @ matrix
    shapes = {at: values[name].shape for at, name in bound(node).items()}
    return JacobianView(
        of=graph.by_name[node.name].symbol,
        wrt=graph.by_name[step.event.wrt].symbol,
        kind=filled(rule.jacobian.kind, symbols(graph, node)),
        shape=list(matrix.shape),
        matrix=matrix.tolist(),
        v=v.tolist(),
        product=product.tolist(),
        closed=step.value.tolist(),
        closed_shape=list(step.value.shape),
        agrees=_same(product, step.value.ravel(), abs(v), abs(matrix)),
        entries=matrix.size,
        zeros=int((matrix == 0).sum()),
        bytes=matrix.size * BYTES_PER_NUMBER,
        multiply_adds=matrix.size,
        closed_multiply_adds=rule.cost(shapes),
    )


def saved_memory(state: ViewState) -> SavedMemory:
    """What the forward pass over `state`'s values saves for the backward pass, in bytes of float64."""
    graph = state.network.graph
    run = forward(graph, as_arrays(state.values))
    items = []
    stored: dict[str, int] = {}
    for step in run:
        node, names = graph.by_name[step.event.node], bound(graph.by_name[step.event.node])
        assert node.op is not None
        stored_names = [names.get(slot, f"{node.name}:{slot}") for slot in node.op.saved]
        stored |= {name: array.nbytes for name, array in zip(stored_names, step.saved.values(), strict=True)}
        items.append(
            SavedValue(
                node=node.symbol,
                op=node.op.name,
                names=[graph.by_name[name].symbol if name in graph.by_name else name for name in stored_names],
                nodes=[name for name in stored_names if name in graph.by_name],
                bytes=sum(array.nbytes for array in step.saved.values()),
                read_by=[
                    Reading(
                        vjp=gradient(graph, names[slot]).text,
                        wrt=names[slot],
                        names=[graph.by_name[names[at]].symbol for at in rule.reads if at in names],
                    )
                    for slot, rule in node.op.vjps.items()
                    if names[slot] in graph.requires_grad
                ],
            )
        )
    given = {leaf.name for leaf in graph.leaves}
    return SavedMemory(
        items=items,
        total=sum(stored.values()),
        made=sum(size for name, size in stored.items() if name not in given),
    )


def run_gradcheck(state: ViewState) -> Gradcheck:
    """Check every gradient entry of `state`'s values, which must not overflow; moved ones may, and are told as such."""
    with np.errstate(over="ignore", invalid="ignore"):
        checks = gradcheck(state.network.graph, as_arrays(state.values))
    verdicts = [check.verdict for check in checks]
    return Gradcheck(
        network=state.network.name,
        epsilon=EPSILON,
        tolerance=TOLERANCE,
        entries=[
            GradcheckEntry(
                key=key(check.node, check.index),
                node=check.node,
                index=[i + 1 for i in check.index],
                grad=check.grad,
                central=check.central,
                left=check.left,
                right=check.right,
                residual=check.residual,
                verdict=check.verdict,
            )
            for check in checks
        ],
        agree=verdicts.count("agrees"),
        disagree=verdicts.count("disagrees"),
        kinks=verdicts.count("kink"),
    )


def gradcheck_or_refuse(state: ViewState) -> Gradcheck:
    """The Gradcheck of `state`'s values, all of it finite: what a program gets.

    Raises InvalidState where there are more than MAX_ENTRIES, since each costs two forward passes; where the passes
    overflow, or the check does when it moves an entry, naming the first place.
    """
    entries = sum(prod(shape) for name, shape in state.shapes.items() if name in state.network.graph.requires_grad)
    if entries > MAX_ENTRIES:
        raise too_many_entries(state, entries, MAX_ENTRIES)
    snapshot_dict(replace(state, direction="backward", step=None, ask=None))
    gradcheck, graph = run_gradcheck(state), state.network.graph
    for entry in gradcheck.entries:
        if not np.isfinite([entry.central, entry.left, entry.right, entry.residual]).all():
            grad = subscripted(gradient(graph, entry.node).text, tuple(i - 1 for i in entry.index))
            raise overflow_error(state, f"the check of {grad}")
    return gradcheck


def nudge(state: ViewState) -> Nudge | None:
    """Move the entry that is asked about by `state.eps`; None without both, where none is taken, or if it overflows."""
    if state.asked is None or state.eps is None:
        return None
    name, index = state.asked
    graph, values = state.network.graph, as_arrays(state.values)
    if name not in graph.requires_grad:
        return None
    run = forward(graph, values)
    grads = {step.event.target: step.value for step in backward(graph, run)}
    values |= {step.event.node: step.value for step in run}
    theta, loss = float(values[name][index]) + state.eps, float(run[-1].value)
    with np.errstate(over="ignore", invalid="ignore"):
        moved = moved_loss(graph, values, name, index, theta)
    foretold = float(grads[name][index]) * state.eps
    remainder = moved - loss - foretold
    if not np.isfinite([theta, remainder]).all():  # which no other number's overflow leaves finite
        return None
    return Nudge(
        key=subscripted(graph.by_name[name].symbol, index),
        epsilon=state.eps,
        loss=loss,
        moved=moved,
        change=moved - loss,
        foretold=foretold,
        remainder=remainder,
        rounding=8 * float(np.finfo(np.float64).eps) * max(abs(loss), abs(moved)),
    )


def _at(state: ViewState) -> tuple[Node, Vjp, Step, list[Step], list[Step]] | None:
    """The VJP that `state`'s step runs, with both passes up to it."""
    if state.direction != "backward" or state.at == 0:
        return None
    graph = state.network.graph
    run = forward(graph, as_arrays(state.values))
    sweep = backward(graph, run)[: state.at]
    step = sweep[-1]
    if step.event.kind != "vjp":
        return None
    node = graph.by_name[step.event.node]
    assert node.op is not None
    return node, node.op.vjps[step.event.slot], step, run, sweep


def _upstream(sweep: list[Step], node: Node) -> Array:
    return next(step.value for step in reversed(sweep) if step.event.target == node.name)


def _same(product: Array, closed: Array, left: Array, right: Array) -> bool:
    """Whether two ways to one product differ by its rounding alone. `left` and `right` are its factors' magnitudes.

    The bound is a multiple of |left| |right|, entry by entry (Higham, "Accuracy and Stability of Numerical Algorithms",
    section 3.5): it is as strict with small numbers as with large ones, and knows those that cancel.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        bound = 1e-12 * (left @ right) + np.finfo(np.float64).tiny
        return bool(np.isfinite(product).all() and (abs(product - closed) <= bound).all())


def _tempted(state: ViewState, node: Node, rule: Vjp, step: Step, run: list[Step], sweep: list[Step]) -> Tempted:
    assert rule.tempting is not None
    saved = next(entry.saved for entry in run if entry.event.node == node.name)
    v = _upstream(sweep, node)
    left, right = rule.tempting.left(v, saved), rule.tempting.right(v, saved)
    fits = left.shape[-1] == right.shape[0]
    with np.errstate(over="ignore", invalid="ignore"):
        outcome = left @ right if fits else None
    graph = state.network.graph
    return Tempted(
        formula=Expression(
            text=filled(rule.tempting.formula.text, symbols(graph, node)),
            latex=filled(rule.tempting.formula.latex, latex_symbols(graph, node)),
        ),
        left=left.tolist(),
        right=right.tolist(),
        left_shape=list(left.shape),
        right_shape=list(right.shape),
        fits=fits,
        shape=list(outcome.shape) if outcome is not None else [],
        wanted=list(step.value.shape),
        same=outcome is not None
        and outcome.shape == step.value.shape
        and _same(outcome, step.value, abs(left), abs(right)),
    )
