"""One step of gradient descent from a state of the backward pass, as values: θ − lr·g, and what it did to the loss."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from app.engine import Graph, Trace
from app.engine.descent import Descent, Overflow, descend, moved_by, parameters, scaled, squared_norm, stepped
from app.state import FieldError, Invalid, ViewState, number_text

from .formulas import gradient
from .limits import why_not_finite
from .models import ParameterUpdate, Update


def update_of(state: ViewState, trace: Trace, lr: float, hold: Collection[str]) -> Update:
    """One step from a state's trace of both passes. Raises Invalid where it overflows, as `first_step` does."""
    return as_update(first_step(state, trace, lr, hold), lr, hold)


def first_step(state: ViewState, trace: Trace, lr: float, hold: Collection[str]) -> Descent:
    """The step as the engine has it; none is taken where it moves nothing.

    Raises Invalid, which names lr and the first quantity that is too large, where the step overflows.
    """
    return begun(state, descend(trace, moved_by(trace.graph, hold), lr, 1), lr)


def begun(state: ViewState, found: Descent, lr: float) -> Descent:
    """The same run. Raises Invalid where an overflow stopped it before its first step."""
    if found.overflow is None or found.taken:
        return found
    says = f"with this learning rate, {why_stopped(found.start.graph, found.overflow)}; take a smaller lr"
    raise Invalid([FieldError(("lr",), says)], replace(state, lr=None), {"lr": number_text(lr)})


def as_update(found: Descent, lr: float, hold: Collection[str]) -> Update:
    """The last step of a run, as a value; where none was taken, the one that would move nothing."""
    trace, moved = found.previous, moved_by(found.start.graph, hold)
    new = stepped(trace, moved, lr)
    squared = squared_norm(trace, moved)
    return Update(
        lr=lr,
        hold=list(hold),
        parameters=[
            ParameterUpdate(
                name=name,
                held=name in hold,
                value=trace.values[name].tolist(),
                grad=trace.grads[name].tolist(),
                scaled=None if name in hold else scaled(trace, name, lr).tolist(),
                new=new[name].tolist(),
            )
            for name in parameters(trace.graph)
        ],
        squared_norm=squared,
        loss=float(trace.loss),
        loss_after=found.losses[-1],
        predicted=-lr * squared + 0.0,
    )


def why_stopped(graph: Graph, overflow: Overflow) -> str:
    """What a step would overflow in, in a clause: the first quantity that is too large for a float64."""
    if overflow.trace is not None and overflow.event is not None:
        return f"after the step {why_not_finite(overflow.trace, overflow.event)}"
    grad = gradient(graph, overflow.name).text
    what = f"‖{grad}‖²" if overflow.what == "norm" else f"{graph.by_name[overflow.name].symbol} − lr · {grad}"
    return f"{what} overflows: it is too large for a float64"
