"""The check of a trace's gradients: every entry beside a central difference of the loss."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from app.engine import GradcheckResult, Trace, gradcheck
from app.engine.gradcheck import EPSILON, TOLERANCE, Verdict
from app.state import ViewState, overflow_error, too_many_entries

from .build import trace_of
from .formulas import gradient
from .indices import key, subscripted
from .models import Frozen

# Most entries that a program may have checked at once.
MAX_ENTRIES = 200


class GradcheckEntry(Frozen):
    """One gradient entry beside a central difference of the loss."""

    key: str
    """The entry, as ask names it: W.2.1."""
    node: str
    """The node it is an entry of."""
    index: list[int]
    """Its place in the node, counted from 1; empty for a scalar."""
    grad: float
    """The gradient that the VJPs gave."""
    central: float
    """The slope of the loss as a central difference measures it, from both sides."""
    left: float
    """The slope of the loss to the left alone."""
    right: float
    """The slope of the loss to the right alone."""
    residual: float
    """|grad − central| / max(1, |grad|, |central|)."""
    verdict: Verdict
    """One of agrees, disagrees and kink: left and right differ and nothing is judged. Pages may also say overflow."""


class Gradcheck(Frozen):
    """Every gradient entry of a network, checked against a finite difference."""

    network: str
    """The network’s name."""
    epsilon: float
    """How far an entry θ is moved to each side, as a multiple of max(1, |θ|)."""
    tolerance: float
    """The residual up to which the two agree, beside what rounding alone explains."""
    entries: list[GradcheckEntry]
    """Every entry of every node that a gradient is taken with respect to, hidden nodes included."""
    agree: int
    """How many entries agree."""
    disagree: int
    """How many entries disagree: a VJP is wrong."""
    kinks: int
    """How many entries are at a kink, and not judged."""


def run_gradcheck(state: ViewState, trace: Trace) -> Gradcheck:
    """Check every gradient entry of a state's trace, which has both passes and a finite loss.

    Moved numbers may overflow: see `gradcheck_or_refuse`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        checks = gradcheck(trace)
    verdicts = [check.verdict for check in checks]
    return Gradcheck(
        network=state.network.name,
        epsilon=EPSILON,
        tolerance=TOLERANCE,
        entries=[_entry(check) for check in checks],
        agree=verdicts.count("agrees"),
        disagree=verdicts.count("disagrees"),
        kinks=verdicts.count("kink"),
    )


def _entry(check: GradcheckResult) -> GradcheckEntry:
    return GradcheckEntry(
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


def gradcheck_or_refuse(state: ViewState) -> Gradcheck:
    """The check of `state`'s numbers, all of it finite: what a program gets.

    Raises Invalid where there are more than MAX_ENTRIES, since each costs two forward passes; where the passes
    overflow, or the check does when it moves an entry, naming the first place.
    """
    entries = sum(prod(shape) for name, shape in state.shapes.items() if name in state.network.graph.requires_grad)
    if entries > MAX_ENTRIES:
        raise too_many_entries(state, entries, MAX_ENTRIES)
    trace = trace_of(replace(state, direction="backward"))
    found = run_gradcheck(state, trace)
    for entry in found.entries:
        if not np.isfinite([entry.central, entry.left, entry.right, entry.residual]).all():
            grad = subscripted(gradient(trace.graph, entry.node).text, tuple(i - 1 for i in entry.index))
            raise overflow_error(state, f"the check of {grad}")
    return found
