"""Which columns of a table there is room for on the stage."""

from __future__ import annotations

from app.layout.columns import fitting


def test_the_columns_before_the_chosen_one_go_first_and_those_after_it_take_what_is_left() -> None:
    assert fitting([3.0, 3.0, 3.0], 9.0) == range(3)
    assert fitting([3.0, 3.0, 3.0, 3.0], 7.0) == range(2)
    assert fitting([3.0, 3.0, 3.0, 3.0], 7.0, chosen=2) == range(1, 3)
    assert fitting([1.0, 9.0, 3.0, 4.0], 7.0, chosen=2) == range(2, 4)


def test_the_chosen_column_is_always_there() -> None:
    assert fitting([3.0, 40.0, 3.0], 9.0, chosen=1) == range(1, 2)
