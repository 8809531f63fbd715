"""The slope of the loss in single entries, measured, and how far the measurement can be trusted.

    slope(h) = (L(θ + h) − L(θ − h)) / 2h        its error is O(h²) by truncation and O(u |L| / h) by rounding

with u the unit round-off. Each entry is moved by a ladder of steps, each a quarter of the one before, and the slopes
are extrapolated to h → 0; what two neighbours of the tableau differ by is the truncation that is left (Ridders,
"Accurate computation of F′(x) and F′(x) F″(x)", Advances in Engineering Software 4, 1982). Where a step is so large
that the loss is flat or straight on both sides, neighbours agree on what is not true: there what the losses on both
sides have more than twice the loss itself does not shrink as h² does, and the step is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .moved import Entries, Marks, run_moved
from .ops import Array
from .rounding import loss_rounding
from .trace import Trace

# The first step, times max(1, |θ|), and how much smaller each further one is.
_FIRST, _RATIO = 0.125, 4.0
# How many steps are tried at once; for those entries that these do not settle, the next ones are tried, too.
_STAGES = (4, 6, 9)
# What an estimated truncation is multiplied by before it is believed.
_CAUTION = 3.0
# By how much the bend of the loss must shrink from one step to the next; by 16 where it is that of a parabola.
_BEND = 8.0
_TINY = float(np.finfo(np.float64).tiny)


class Slopes(NamedTuple):
    """What was measured of T entries, each array (T,).

    `slope` is the slope of the loss and `error` how far it may be off: nan and inf where there is none to be had.
    `at_kink` marks entries that move a unit which is exactly at its kink and has a gradient other than 0, and `crossed`
    those by whose moves any other kink was crossed.
    """

    slope: Array
    error: Array
    at_kink: Marks
    crossed: Marks


class _Ladder(NamedTuple):
    """The steps of T entries, each array (K, T): the slopes between the moved values, and how far rounding moves them;
    inf where there is no slope, since a kink was crossed or a loss is not finite. `bend` is what the losses on both
    sides have more than twice the loss itself, and `noise` how far rounding moves that."""

    slope: Array
    rounding: Array
    bend: Array
    noise: Array

    def down(self, other: _Ladder) -> _Ladder:
        """These steps and then the others."""
        return _Ladder(*(np.concatenate(parts) for parts in zip(self, other, strict=True)))

    def only(self, marks: Marks) -> _Ladder:
        """The steps of the entries that are marked."""
        return _Ladder(*(part[:, marks] for part in self))


def measure_slopes(
    trace: Trace, entries: Entries, added_up: Array, is_constant: Marks, is_open: Callable[[Slopes], Marks]
) -> Slopes:
    """Climb down the ladder, stage by stage, with those entries that `is_open` says are not settled yet.

    `added_up` (T,) is what the ops behind each entry add up, as `rounding.added_up` has it. Where an entry
    `is_constant`, its slope can be nothing but 0: if the loss does not notice its moves, rounding does not hide them.
    """
    count = entries.at.size
    found = Slopes(
        *(np.full(count, start) for start in (np.nan, np.inf)),
        *(np.zeros(count, np.bool_) for _ in range(2)),
    )
    todo, ladder, climbed = np.ones(count, np.bool_), None, 0
    for stage in _STAGES:
        shares = _FIRST * _RATIO ** -np.arange(climbed, climbed + stage, dtype=np.float64)[:, None]
        climbed += stage
        rungs, at_kink, crossed = _rungs(trace, entries.only(todo), added_up[todo], is_constant[todo], shares)
        ladder = rungs if ladder is None else ladder.down(rungs)
        found.at_kink[todo], found.crossed[todo] = at_kink, found.crossed[todo] | crossed
        found.slope[todo], found.error[todo] = _limit(ladder)
        still = is_open(found)[todo]
        if not still.any():
            break
        todo[todo] = still
        ladder = ladder.only(still)
    return found


def slope_rounding(entries: Entries, added_up: Array, loss: float) -> Array:
    """How far rounding alone moves the slope at the widest step (T,): no kink in the way could make it less."""
    return loss_rounding(added_up, np.full(entries.at.size, abs(loss))) / (
        2.0 * _FIRST * np.maximum(1.0, abs(entries.at))
    )


def _rungs(
    trace: Trace, entries: Entries, added_up: Array, is_constant: Marks, shares: Array
) -> tuple[_Ladder, Marks, Marks]:
    """The slopes of some entries at steps of these shares (K, 1) of max(1, |θ|); and for each entry whether it moved a
    unit from its kink, and whether it crossed another."""
    steps = shares * np.maximum(1.0, abs(entries.at))
    # the floats that are really reached, so that the quotients divide by the true distance
    above, below = entries.at + steps, entries.at - steps
    moved, count, loss = run_moved(trace, entries, np.concatenate([above, below])), len(steps), float(trace.loss)
    high, low = moved.losses[:count], moved.losses[count:]
    slope = (high - low) / (above - below)
    sums = np.maximum(moved.sums[:count], moved.sums[count:])
    crossed = moved.crossed[:count] | moved.crossed[count:]
    still = moved.still[:count] & moved.still[count:] & is_constant
    noise = np.where(still, 0.0, loss_rounding(added_up, sums)) + _TINY
    rounding = np.where(crossed | ~np.isfinite(slope), np.inf, noise / (above - below))
    ladder = _Ladder(slope, rounding, high + low - 2.0 * loss, 4.0 * noise)
    return ladder, np.asarray(moved.at_kink.any(0)), np.asarray(moved.crossed.any(0))


def _limit(ladder: _Ladder) -> tuple[Array, Array]:
    """The slopes extrapolated to a step of 0, and the error of that, each (T,): the best of Ridders' tableau."""
    slopes = ladder.slope
    entries = np.arange(slopes.shape[1])
    best, error = np.full(entries.size, np.nan), np.full(entries.size, np.inf)
    # a bend of h² is a sixteenth at a quarter of the step
    is_wide = abs(ladder.bend[1:]) > abs(ladder.bend[:-1]) / _BEND + ladder.noise[1:]
    column, rounding = slopes, ladder.rounding.copy()
    rounding[:-1][is_wide] = np.inf
    for j in range(1, len(slopes)):
        factor = _RATIO ** (2 * j)
        better = (factor * column[1:] - column[:-1]) / (factor - 1.0)
        rounding = np.maximum(rounding[1:], rounding[:-1])
        truncation = np.maximum(abs(better - column[1:]), abs(better - column[:-1]))
        total = _CAUTION * truncation + rounding
        # each finer step must lie nearer to the limit than the steps it was made from
        for k in range(j + 1, len(slopes)):
            limit = better[: k - j]
            allowed = abs(slopes[j:k] - limit) + ladder.rounding[k] + total[: k - j]
            total[: k - j][abs(slopes[k] - limit) > allowed] = np.inf
        row = np.fmin(total, np.inf).argmin(0)  # nan is no number to choose
        is_better = total[row, entries] < error
        error = np.where(is_better, total[row, entries], error)
        best = np.where(is_better, better[row, entries], best)
        column = better
    return best, error
