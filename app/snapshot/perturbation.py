"""One number moved a little: what the loss does, beside what the gradient foretells."""

from __future__ import annotations

import numpy as np

from app.engine import Trace
from app.engine.moved import moved_loss
from app.state import ViewState

from .indices import subscripted
from .models import Frozen


class Perturbation(Frozen):
    """One number moved by `epsilon`: what the loss did, and what the gradient foretold."""

    key: str
    """The entry that is moved, as it is printed."""
    epsilon: float
    """How far it is moved."""
    loss: float
    """The loss before."""
    moved: float
    """The loss after."""
    change: float
    """The loss after, minus the loss before."""
    foretold: float
    """The entry’s gradient times epsilon."""
    remainder: float
    """The change minus what was foretold."""
    rounding: float
    """How much of the remainder rounding alone may be: one no larger says nothing."""


def perturb(state: ViewState, trace: Trace) -> Perturbation | None:
    """Move the entry that is asked about by `state.eps`; None without both, where no gradient is taken, or if it
    overflows. `trace` is of both passes."""
    if state.asked is None or state.eps is None:
        return None
    name, index = state.asked
    if name not in trace.graph.requires_grad:
        return None
    theta, loss = float(trace.values[name][index]) + state.eps, float(trace.loss)
    with np.errstate(over="ignore", invalid="ignore"):
        moved, rounding = moved_loss(trace, name, index, theta)
    foretold = float(trace.grads[name][index]) * state.eps + 0.0  # no −0
    remainder = moved - loss - foretold
    if not np.isfinite([theta, remainder]).all():  # which no other number's overflow leaves finite
        return None
    return Perturbation(
        key=subscripted(trace.graph.by_name[name].symbol, index),
        epsilon=state.eps,
        loss=loss,
        moved=moved,
        change=moved - loss,
        foretold=foretold,
        remainder=remainder,
        rounding=rounding,
    )
