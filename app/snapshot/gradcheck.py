"""The check of a trace's gradients: every entry beside the slope of the loss, measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite, prod

from app.engine import GradcheckResult, Trace, gradcheck
from app.engine.gradcheck import SHARE, Verdict
from app.engine.kinks import units_at_kinks
from app.state import ViewState, too_many_entries

from .build import trace_of
from .indices import key
from .models import Frozen

# Most entries that a program may have checked at once.
MAX_ENTRIES = 200


class GradcheckEntry(Frozen):
    """One gradient entry beside the measured slope of the loss."""

    key: str
    """The entry, as ask names it: W.2.1."""
    node: str
    """The node it is an entry of."""
    index: list[int]
    """Its place in the node, counted from 1; empty for a scalar."""
    grad: float
    """The gradient that the VJPs gave."""
    slope: float | None
    """The slope of the loss as central differences measure it, extrapolated to a step of 0; null if there is none."""
    difference: float | None
    """|grad − slope|."""
    error: float | None
    """How far the two may differ by truncation and rounding alone."""
    resolution: float | None
    """The least error of the gradient that this check is sure to see."""
    left: float | None
    """At a kink, the slope of the loss to the left; elsewhere null."""
    right: float | None
    """At a kink, the slope of the loss to the right; elsewhere null."""
    verdict: Verdict
    """agrees, disagrees, kink (not differentiable here), near-kink or unmeasurable (rounding hides what would show)."""


class Gradcheck(Frozen):
    """Every gradient entry of a network, checked against finite differences."""

    network: str | None
    """The network’s name; null for a graph that was sent."""
    share: float
    """An error of this share of the largest entry of a node’s gradient is found wherever the verdict is agrees."""
    entries: list[GradcheckEntry]
    """Every entry of every node that a gradient is taken with respect to, hidden nodes included."""
    at_kinks: list[str]
    """The units that are exactly at their kink, with a gradient other than 0: z.2."""
    agree: int
    """How many entries agree."""
    disagree: int
    """How many entries disagree: a VJP is wrong."""
    kinks: int
    """How many entries are at a kink, where the loss is not differentiable."""
    near_kinks: int
    """How many entries are too close to a kink to be measured."""
    unmeasurable: int
    """How many entries cannot be measured, since rounding hides what would have to be seen."""


def run_gradcheck(state: ViewState, trace: Trace) -> Gradcheck:
    """Check every gradient entry of a state's trace, which has both passes and a finite loss."""
    return gradcheck_of(state, trace, gradcheck(trace))


def gradcheck_of(state: ViewState, trace: Trace, checks: Sequence[GradcheckResult]) -> Gradcheck:
    """What the engine found when it checked a state's trace, as a value."""
    verdicts = [check.verdict for check in checks]
    return Gradcheck(
        network=state.network.name or None,
        share=SHARE,
        entries=[_entry(check) for check in checks],
        at_kinks=[key(*unit) for unit in units_at_kinks(trace)],
        agree=verdicts.count("agrees"),
        disagree=verdicts.count("disagrees"),
        kinks=verdicts.count("kink"),
        near_kinks=verdicts.count("near-kink"),
        unmeasurable=verdicts.count("unmeasurable"),
    )


def _entry(check: GradcheckResult) -> GradcheckEntry:
    return GradcheckEntry(
        key=key(check.node, check.index),
        node=check.node,
        index=[i + 1 for i in check.index],
        grad=check.grad,
        slope=_or_none(check.slope),
        difference=_or_none(check.difference),
        error=_or_none(check.error),
        resolution=_or_none(check.resolution),
        left=_or_none(check.left),
        right=_or_none(check.right),
        verdict=check.verdict,
    )


def _or_none(number: float) -> float | None:
    return number if isfinite(number) else None


def gradcheck_or_refuse(state: ViewState) -> Gradcheck:
    """The check of `state`'s numbers: what a program gets.

    Raises Invalid where there are more than MAX_ENTRIES, since each costs some forward passes, and where the passes
    overflow.
    """
    entries = sum(prod(shape) for name, shape in state.shapes.items() if name in state.network.graph.requires_grad)
    if entries > MAX_ENTRIES:
        raise too_many_entries(state, entries, MAX_ENTRIES)
    return run_gradcheck(state, trace_of(replace(state, direction="backward")))
