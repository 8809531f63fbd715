"""What the entries of a Jacobian say: one input of an op raised by a step, and what each of its outputs does."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from app.engine import Array, Trace
from app.state import ViewState

from .build import run
from .models import Frozen

# By how much 0 is raised, and by how much of itself a change may be off and still be seen.
_SMALL, _SEEN = 0.01, 1e-6


class RaisedOutput(Frozen):
    """One entry of an op's output before and after an entry of its input is raised."""

    before: float
    """The output as it was."""
    after: float
    """The output that the forward pass gives then."""
    entry: float
    """The entry of the Jacobian: output by input."""
    foretold: float
    """That entry times the step."""
    seen: bool
    """Whether float64 shows the change: `after` − `before` is what was foretold, to a millionth of it."""


class Raised(Frozen):
    """One entry of an op's input raised by a small step, and what each entry of the output does."""

    before: float
    """The input as it was."""
    step: float
    """By how much it is raised."""
    after: float
    """The input then."""
    outputs: list[RaisedOutput]
    """What each entry of the output does, in order."""


def raised(state: ViewState, trace: Trace, of: str, wrt: str, column: int, matrix: list[list[float]]) -> Raised:
    """Entry `column` (from 0) of the leaf `wrt` raised, and what the node `of` does, whose Jacobian is `matrix`.

    `trace` is of the forward pass.
    """
    before = float(trace.values[wrt][column])
    step = small_step(before)
    while not np.isfinite(moved := _with(state, of, wrt, column, before + step)).all():
        step /= 10  # the sum is at the end of what a float64 holds
    outputs = [
        _output(was, now, row[column], step)
        for was, now, row in zip(trace.values[of].tolist(), moved.tolist(), matrix, strict=True)
    ]
    return Raised(before=before, step=step, after=before + step, outputs=outputs)


def _with(state: ViewState, of: str, wrt: str, column: int, number: float) -> Array:
    """The node `of`, where the entry of the leaf `wrt` is that number."""
    entries = state.values[wrt]
    assert isinstance(entries, tuple)
    moved = (*entries[:column], number, *entries[column + 1 :])
    return run(replace(state, values={**state.values, wrt: moved})).values[of]


def small_step(number: float) -> float:
    """A power of ten that is small beside a number, about a hundredth of it: 0.01 for 0.5, 1 and 2, and for 0."""
    if not number:
        return _SMALL
    return float(f"1e{max(round(math.log10(abs(number))) - 2, sys.float_info.min_10_exp)}")


def _output(before: float, after: float, entry: float, step: float) -> RaisedOutput:
    foretold = entry * step + 0.0  # no −0
    seen = (
        math.isfinite(after)
        and (foretold != 0) == (entry != 0)
        and abs(after - before - foretold) <= _SEEN * abs(foretold)
    )
    return RaisedOutput(before=before, after=after, entry=entry, foretold=foretold, seen=seen)


def recompute_raised(view: Raised, column: int) -> Callable[[dict[str, Array]], dict[str, Array]]:
    """What a reader with a pencil does with the matrix, x, z and the step: finds the change of each row and
    adds it. `column` is that of the input which is raised; rows whose change is not seen are left out."""
    seen = [row for row, output in enumerate(view.outputs) if output.seen]

    def redone(numbers: dict[str, Array]) -> dict[str, Array]:
        found = {"raised": numbers["x"][[column]] + numbers["step"]}
        for row in seen:
            found[f"change{row}"] = change = numbers["matrix"][row, [column]] * numbers["step"]
            found[f"after{row}"] = numbers["z"][[row]] + numbers.get(f"change{row}", change)
        return found

    return redone
