"""The table at the end of a run: what is held, what is not, and what nobody can judge."""

from __future__ import annotations

import pytest

from .table import Bound, Row, lines

MOST_3 = Bound(most=3)


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        (Row("a", 2e-5, "b", 1e-5, MOST_3), ("a", "20 µs", "b: 10 µs", "2 ×", "≤ 3 ×", "yes")),
        (Row("a", 4e-5, "b", 1e-5, MOST_3), ("a", "40 µs", "b: 10 µs", "4 ×", "≤ 3 ×", "no")),
        (Row("a", 4e-5, "b", 1e-5, MOST_3, slow=9e-6), ("a", "40 µs", "b: 10 µs", "4 ×", "≤ 3 ×", "busy")),
        (Row("a", 2e-5, "b", 1e-5, MOST_3, slow=9e-6), ("a", "20 µs", "b: 10 µs", "2 ×", "≤ 3 ×", "busy")),
        (Row("a", 9, "b", 10, Bound(least=0.5), "/s", slow=11), ("a", "9 /s", "b: 10 /s", "0.9 ×", "≥ 0.5 ×", "busy")),
        (Row("a", 9, "b", 10, Bound(least=0.5), "/s", slow=8), ("a", "9 /s", "b: 10 /s", "0.9 ×", "≥ 0.5 ×", "yes")),
        (Row("a", 101e3, bound=Bound(most=1e5, of="measured"), unit="B"), ("a", "101 kB", "", "", "≤ 100 kB", "no")),
        (Row("a", 3.0, "b: not installed here", None, MOST_3), ("a", "3 s", "b: not installed here", "", "≤ 3 ×", "")),
        (Row("a", 1.0, "b", 0.5), ("a", "1 s", "b: 500 ms", "2 ×", "", "")),
        (Row("a", 4.2814, "b", 0.001), ("a", "4.3 s", "b: 1 ms", "4,280 ×", "", "")),
        (
            Row("a", 8.0, "b", 1.0, Bound(least=2, most=5, aim=True)),
            ("a", "8 s", "b: 1 s", "8 ×", "aim ≥ 2 ×, ≤ 5 ×", "no"),
        ),
    ],
)
def test_a_row_says_what_was_measured_beside_what_and_whether_the_bound_was_held(
    row: Row, cells: tuple[str, ...]
) -> None:
    assert row.cells == cells


def test_only_a_bound_that_is_judged_and_no_mere_aim_fails() -> None:
    slow = Row("a", 4.0, "b", 1.0, MOST_3)
    assert slow.failed
    assert not Row("a", 4.0, "b", 1.0, Bound(most=3, aim=True)).failed
    assert not Row("a", 4.0, "b", 1.0, MOST_3, slow=0.5).failed
    assert not Row("a", 4.0, "b", None, MOST_3).failed


def test_the_columns_of_the_table_are_aligned() -> None:
    table = lines([Row("short", 1.0), Row("a longer text", 2e-6, "something else", 1e-6, MOST_3)])
    assert len({len(line) for line in table}) == 1
    assert len(table) == 4
