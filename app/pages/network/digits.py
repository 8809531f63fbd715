"""How many digits numbers are shown with: as many as each needs, or a count that a person has chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from app.digits import formatted, hides, with_decimals
from app.pages.form import Link
from app.snapshot import NodeView
from app.snapshot.indices import subscripted
from app.state import ViewState
from app.state.params import MAX_DIGITS, MIN_DIGITS

from .inputs import PageInputs
from .texts import flat

# What a step offers, before any count is chosen.
_FIRST = 4


@dataclass(frozen=True, slots=True)
class DigitsChoice:
    """The counts to choose from, with where each leads, and what the chosen one would have hidden; empty for nothing.

    `chosen` is None where numbers have as many digits as they need. There a step has a link to one
    count, and the others beside that: each byte of its page is sent at each press of Next.
    """

    chosen: int | None
    choices: tuple[Link, ...]
    note: str


def digits_choice(inputs: PageInputs) -> DigitsChoice:
    """What there is to choose, at the same place."""
    state = inputs.state
    before, after = _around(state)
    is_chosen = state.digits is not None
    counts = range(MIN_DIGITS, MAX_DIGITS + 1)
    titles = {str(count): count for count in counts} if is_chosen or state.whole else {"choose": _FIRST}
    return DigitsChoice(
        state.digits,
        (
            Link("as needed", replace(state, digits=None).address(), not is_chosen),
            *(Link(title, f"{before}{count}{after}", state.digits == count) for title, count in titles.items()),
        ),
        "" if state.digits is None else _note(inputs, state.digits),
    )


def _around(state: ViewState) -> tuple[str, str]:
    """What stands before and behind the count in the address that chooses one."""
    before, _, after = replace(state, digits=MIN_DIGITS).address().rpartition(f"digits={MIN_DIGITS}")
    return f"{before}digits=", after


def _note(inputs: PageInputs, digits: int) -> str:
    """That so many decimals would hide some numbers, and how these are shown; empty where they hide none."""
    hidden = [found for view in inputs.snapshot.nodes for found in _hidden(inputs, view, digits)]
    if not hidden:
        return ""
    name, number = hidden[0]
    full = formatted(number, digits=digits).texts[0]
    others = len(hidden) - 1
    so_are = f", and so {'is 1 other number' if others == 1 else f'are {others} other numbers'}" if others else ""
    return (
        f"With {digits} decimals, {name} = {full} would read {with_decimals(number, digits)}, "
        f"so it is shown with {digits} significant digits{so_are}."
    )


def _hidden(inputs: PageInputs, view: NodeView, digits: int) -> list[tuple[str, float]]:
    """The entries of a node's value and gradient that so many decimals would hide, by name."""
    loss = inputs.trace.graph.loss.symbol
    return [
        (f"∂{loss}/∂{label}" if is_grad else label, number)
        for is_grad, values in ((False, view.value), (True, view.grad))
        for at, number in enumerate(flat(values))
        if hides(number, digits)
        for label in [subscripted(view.symbol, _index(view.shape, at))]
    ]


def _index(shape: list[int], at: int) -> tuple[int, ...]:
    """The index of the entry that stands at a place, counted row by row."""
    return tuple(at // prod(shape[axis + 1 :]) % size for axis, size in enumerate(shape))
