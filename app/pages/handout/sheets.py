"""What stands on each sheet, and so how many there are: known before anything is printed.

Steps share a sheet evenly, and a drawing takes the room that is left, so that a step always fits. Answers are packed by
how high they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

# A drawing that is higher than this, for its width, has a sheet to itself.
_FLAT = 0.34
# Rows of numbers that a sheet of answers has room for, of each kind and on either paper; and what an answer takes
# beside its rows: its space, and the formula over them.
_ROWS_UPRIGHT, _ROWS_LYING = 50.0, 33.0
_BESIDE = 1.5
# Rows of text that a sheet has room for, on either paper.
_ROWS_OF_TEXT = 46.0


def per_sheet(width: float, height: float, *, is_lying: bool) -> int:
    """How many steps stand on a sheet, with a drawing of that size each; one where the sheet lies on its side."""
    return 1 if is_lying or height > _FLAT * width else 2


def step_sheets(steps: Sequence[T], count: int) -> tuple[tuple[T, ...], ...]:
    """The steps of each sheet, so many on each."""
    return tuple(tuple(steps[start : start + count]) for start in range(0, len(steps), count))


def answer_sheets(answers: Iterable[tuple[T, int]], *, is_lying: bool) -> tuple[tuple[T, ...], ...]:
    """The answers of each sheet; each comes with how many rows its numbers have."""
    most = _ROWS_LYING if is_lying else _ROWS_UPRIGHT
    return _packed(((answer, max(rows, 2) + _BESIDE) for answer, rows in answers), most)


def line_sheets(lines: Iterable[tuple[T, float]]) -> tuple[tuple[T, ...], ...]:
    """The lines of an answer on each of its sheets; each comes with how many rows of text it takes."""
    return _packed(lines, _ROWS_OF_TEXT)


def _packed(items: Iterable[tuple[T, float]], most: float) -> tuple[tuple[T, ...], ...]:
    """What stands on each sheet, in its order; each item comes with how high it is, and a sheet is `most`."""
    sheets: list[list[T]] = []
    left = 0.0
    for item, height in items:
        if height > left:
            sheets.append([])
            left = most
        sheets[-1].append(item)
        left -= height
    return tuple(map(tuple, sheets))
