"""A run of steps of gradient descent, as values: what it did to the loss, step by step, and why it ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import prod
from typing import Any

from app.engine import Trace, Values
from app.engine.descent import MAX_STEPS, Descent, Stop, descend, moved_by, parameters
from app.state import FieldError, Invalid
from app.state.training import Training

from .build import trace_of
from .models import Frozen, NestedList
from .update import begun, why_stopped

# Most numbers that a trail may hold, over all steps.
MAX_TRAIL = 100_000
# So much of the losses in a step may be rounding.
_NOISE = 1e-12


class TrainedParameter(Frozen):
    """A parameter over a run."""

    name: str
    """The parameter’s name."""
    held: bool
    """Whether the steps leave it as it is."""
    start: NestedList
    """Its value before the first step."""
    end: NestedList
    """Its value after the last step."""
    last_grad: NestedList | None
    """The gradient that the last step subtracted, times lr; null where it is held, and where no step was taken."""
    trail: list[NestedList] | None
    """With trail, its value before each step and after the last, taken + 1 of them; else null."""


class Train(Frozen):
    """A run of steps of gradient descent, each θ − lr·g from the values that the one before it left."""

    network: str | None
    """The network’s name; null for a graph that was sent."""
    lr: float
    """The learning rate."""
    hold: list[str]
    """The parameters that the steps leave as they are."""
    steps: int
    """How many steps were asked for."""
    taken: int
    """How many were taken: fewer where there was a reason to stop."""
    stopped: Stop | None
    """Why the run ended early: diverged (the loss has grown beyond bounds), unbounded (it has fallen beyond them),
    overflow (the next step would), still (no parameter moves any more); null where it did not."""
    why: str | None
    """The same in a sentence."""
    loss: list[float]
    """The loss before each step and after the last: taken + 1 of them."""
    squared_norm: list[float]
    """‖g‖² over the parameters that move, at each step."""
    predicted: list[float]
    """−lr‖g‖², the change of the loss to first order in lr, at each step."""
    change: list[float]
    """What the loss really changed by, at each step."""
    parameters: list[TrainedParameter]
    """Every parameter, in the order of the graph."""


def train(training: Training) -> Train:
    """The run that is asked for. Raises Invalid as `run_of` does, and where its trail would be too long."""
    if training.trail:
        _refuse_long_trail(training)
    return as_train(training, run_of(training))


def run_of(training: Training, trace: Trace | None = None) -> Descent:
    """The same as the engine has it, from the trace of both passes where there is one.

    Raises Invalid where the passes over the first values overflow, and where the first step does; where a later one
    would, the run ends before it.
    """
    trace, lr = trace or trace_of(training.view), training.lr
    found = descend(trace, moved_by(trace.graph, training.hold), lr, training.steps, with_trail=training.trail)
    return begun(training.view, found, lr)


def as_train(training: Training, run: Descent) -> Train:
    """A run as a value."""
    return Train(
        network=training.network.name or None,
        lr=training.lr,
        hold=list(training.hold),
        steps=training.steps,
        taken=run.taken,
        stopped=run.stopped,
        why=why_ended(training, run),
        loss=list(run.losses),
        squared_norm=list(run.squares),
        predicted=list(run.predicted),
        change=changes(run),
        parameters=[_parameter(training, run, name) for name in parameters(run.start.graph)],
    )


def changes(run: Descent) -> list[float]:
    """What each step really changed the loss by."""
    return [after - before for before, after in zip(run.losses, run.losses[1:], strict=False)]


@dataclass(frozen=True, slots=True)
class Halved:
    """How far −lr‖g‖² is from the change of the loss in a step, in size, and in one half as large from there."""

    off: float
    off_at_half: float


def halved(run: Descent, lr: float, hold: Collection[str]) -> Halved | None:
    """The last step of a run beside half of it; None where no step was taken, where half of it overflows, and where
    rounding alone makes up what there is to see."""
    if not run.taken:
        return None
    half = descend(run.previous, moved_by(run.start.graph, hold), lr / 2, 1)
    if not half.taken:
        return None
    off, off_at_half = (abs(one.losses[-1] - one.losses[-2] - one.predicted[-1]) for one in (run, half))
    noise = _NOISE * max(map(abs, (*run.losses[-2:], half.losses[-1], run.predicted[-1])))
    return Halved(off, off_at_half) if min(off, off_at_half) > noise else None


def end_values(training: Training, run: Descent) -> dict[str, Values]:
    """The numbers of every leaf after the last step, as an address writes them."""
    moved = moved_by(run.start.graph, training.hold)
    return {
        name: _nested(run.end.values[name].tolist()) if name in moved else numbers
        for name, numbers in training.view.values.items()
    }


def _nested(numbers: Any) -> Values:
    return tuple(map(_nested, numbers)) if isinstance(numbers, list) else float(numbers)


def why_ended(training: Training, run: Descent) -> str | None:
    """Why a run ended early, in a sentence with its full stop; None where it did not."""
    symbol, taken = run.start.graph.loss.symbol, f"step {run.taken}"
    if run.overflow is not None:
        return f"The run stops before step {run.taken + 1}: {why_stopped(run.start.graph, run.overflow)}."
    if run.stopped == "diverged":
        than = " times what it was" if abs(run.losses[0]) > 1 else ""
        return f"The run diverges and stops after {taken}: {symbol} has grown to more than a million{than}."
    if run.stopped == "unbounded":
        return f"The run stops after {taken}: {symbol} falls without a bound, and has no minimum to go to."
    return _why_still(training, run) if run.stopped == "still" else None


def _why_still(training: Training, run: Descent) -> str:
    moved = moved_by(run.start.graph, training.hold)
    if not moved:
        return "Every parameter is held, so no step moves anything."
    where = f"After step {run.taken}" if run.taken else "Here"
    if any(run.end.grads[name].any() for name in moved):
        return f"{where}, lr · g is too small beside each parameter to change a float64, so no step moves anything."
    return f"{where}, every gradient is 0, so no step moves anything."


def _parameter(training: Training, run: Descent, name: str) -> TrainedParameter:
    last = None if name in training.hold or not run.taken else run.previous.grads[name]
    return TrainedParameter(
        name=name,
        held=name in training.hold,
        start=run.start.values[name].tolist(),
        end=run.end.values[name].tolist(),
        last_grad=None if last is None else last.tolist(),
        trail=[values[name].tolist() for values in run.trail] if training.trail else None,
    )


def _refuse_long_trail(training: Training) -> None:
    shapes = training.view.shapes
    each = sum(prod(shapes[name]) for name in parameters(training.network.graph))
    most = min(MAX_STEPS, MAX_TRAIL // each - 1) if each else MAX_STEPS
    if training.steps > most:
        says = f"of this network, a trail takes at most {most} steps; ask for fewer, or leave trail out"
        raise Invalid([FieldError(("trail",), says)], training.view)
