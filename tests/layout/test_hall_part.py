"""A table on the stage: the largest type at which it fits, and around what is looked at, the columns that fit."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from app.layout.hall_part import TYPES, WIDE, longest, part, side, side_type


@pytest.mark.parametrize(
    ("columns", "chosen", "rows", "widest", "expected"),
    [
        (2, 0, 3, 2.0, (0, 2, 2, 56)),
        (2, 0, 4, 2.0, (0, 2, 2, 44)),
        (5, 0, 3, 3.0, (0, 5, 5, 44)),  # 5 columns of 162 units, and at 56 there are 198 for each
        (5, 0, 3, 5.0, (0, 4, 5, 32)),  # 190 units each
        (5, 4, 3, 5.0, (1, 5, 5, 32)),
        (5, 2, 3, 9.0, (1, 3, 5, 32)),
        (5, 3, 3, 99.0, (3, 4, 5, 32)),
    ],
)
def test_a_table_takes_the_largest_type_or_is_cut(
    columns: int, chosen: int, rows: int, widest: float, expected: tuple[int, ...]
) -> None:
    assert astuple(part(columns, chosen, rows=rows, widest=widest, sides=())) == expected


def test_what_is_looked_at_is_always_shown_and_what_is_shown_fits() -> None:
    for columns in range(1, 9):
        for chosen in range(columns):
            for widest in (1.0, 4.0, 7.0, 30.0):
                found = part(columns, chosen, rows=5, widest=widest, heads=3.0, sides=[4.0])
                assert found.start <= chosen < found.stop <= columns
                assert found.is_whole == (found.type > TYPES[-1] or found.stop - found.start == columns)
                if found.stop - found.start > 1:
                    shown = (found.stop - found.start) * widest * found.type
                    assert shown + 4.0 * side_type(found.type) < WIDE


def test_widths_are_those_of_the_texts() -> None:
    assert longest([]) == 0.0
    assert longest(["1.00", "−0.25"]) == pytest.approx(4 * 0.513 + 0.275)
    assert side("x₁", "") == pytest.approx(0.94)
    assert side("x₁", "1", 0.4) == pytest.approx(0.94 + 0.4 + 0.513)
