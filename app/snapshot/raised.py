"""What the entries of a Jacobian say: one input of an op raised by a step, and what each of its outputs does."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

from app.engine import Array, Trace, as_arrays, forward
from app.state import ViewState

from .models import Frozen

# By how much 0 is raised, and by how much of itself a change may be off and still be seen.
_SMALL, _SEEN = 0.01, 1e-6


class RaisedOutput(Frozen):
    """One entry of an op's output before and after an entry of its input is raised."""

    before: float
    """The output as it was."""
    after: float
    """The output that the forward pass gives then; it may have overflowed."""
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
    values = as_arrays(state.values)
    before = float(values[wrt][column])
    step = small_step(before)
    values[wrt] = values[wrt].copy()
    values[wrt][column] = before + step
    moved = forward(trace.graph, values).values[of]
    outputs = [
        _output(was, now, row[column], step)
        for was, now, row in zip(trace.values[of].tolist(), moved.tolist(), matrix, strict=True)
    ]
    return Raised(before=before, step=step, after=before + step, outputs=outputs)


def small_step(number: float) -> float:
    """A power of ten that is small beside a number, about a hundredth of it: 0.01 for 0.5, 1 and 2, and for 0."""
    if not number:
        return _SMALL
    power = max(round(math.log10(abs(number))) - 2, sys.float_info.min_10_exp)
    while math.isinf(number + float(f"1e{power}")):
        power -= 1
    return float(f"1e{power}")


def _output(before: float, after: float, entry: float, step: float) -> RaisedOutput:
    foretold = entry * step + 0.0  # no −0
    seen = (
        math.isfinite(after)
        and (foretold != 0) == (entry != 0)
        and abs(after - before - foretold) <= _SEEN * abs(foretold)
    )
    return RaisedOutput(before=before, after=after, entry=entry, foretold=foretold, seen=seen)


def recompute_raised(view: Raised, column: int) -> Callable[[dict[str, Array]], dict[str, Array]]:
    """What a reader with a pencil does with the matrix, x, z and the step: finds the changes, and adds them. `column`
    is that of the input which is raised; outputs whose change is not seen are left out."""
    seen = [row for row, output in enumerate(view.outputs) if output.seen]

    def redone(numbers: dict[str, Array]) -> dict[str, Array]:
        change = numbers["matrix"][seen, column] * numbers["step"][0]
        shown = numbers.get("change", change)
        return {
            "change": change,
            "raised": numbers["x"][[column]] + numbers["step"],
            "after": numbers["z"][seen] + shown,
        }

    return redone
