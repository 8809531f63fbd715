"""The numbers of a node as texts: as they are drawn in cells, in full, and as the table lists them."""

from __future__ import annotations

from dataclasses import dataclass

from app.digits import formatted, min_decimals
from app.snapshot import NestedList
from app.state import number_text
from app.state.params import MIN_DIGITS

# How many signs of a number with chosen digits a cell has room for.
SIGNS = 8


@dataclass(frozen=True, slots=True)
class Texts:
    """Each number of a node's value or gradient, row by row; nothing of what is not there (yet)."""

    drawn: tuple[str, ...]
    full: tuple[str, ...]
    listed: tuple[str, ...]

    def at(self, place: int) -> tuple[str, str, str]:
        """One of them: as it is drawn, in full, and in the table; empty where it is not there."""
        return (self.drawn[place], self.full[place], self.listed[place]) if self.drawn else ("", "", "")


def texts(values: NestedList | None, *, grad: bool, digits: int | None) -> Texts:
    """The texts of an array; the table has the `digits` that are chosen, or all."""
    numbers = flat(values)
    full = tuple(in_full(number) for number in numbers)
    listed = formatted(numbers, digits=digits).texts if digits is not None and numbers else full
    return Texts(drawn(values, grad=grad, digits=digits), full, listed)


def flat(values: NestedList | None) -> list[float]:
    """All numbers of an array, row by row; none of what has not been reached."""
    if values is None:
        return []
    if isinstance(values, list):
        return [number for entry in values for number in flat(entry)]
    return [values]


def in_full(number: float) -> str:
    return number_text(number).replace("-", "−")


def drawn(values: NestedList | None, *, grad: bool, more: int = 0, digits: int | None = None) -> tuple[str, ...]:
    """Texts of the cells; a gradient carries its sign, so that it is told from a value without its colour. With
    `digits` there are so many, or as many as there is room for."""
    if values is None:
        return ()
    least = min_decimals(values, grad=grad)
    found = formatted(values, least=least, more=more).texts
    if digits is not None and not more:
        found = _fitting(values, least, digits, max(SIGNS, *map(len, found)))
    if not grad:
        return found
    return tuple(text if number <= 0 else f"+{text}" for text, number in zip(found, flat(values), strict=True))


def _fitting(values: NestedList, least: int, digits: int, most: int) -> tuple[str, ...]:
    """The texts of an array in a cell: with so many digits, or with as many as leave none longer than `most` signs."""
    for fewer in range(digits, MIN_DIGITS - 1, -1):
        found = formatted(values, least=least, digits=fewer).texts
        if max(map(len, found), default=0) <= most:
            return found
    return formatted(values, least=least).texts
