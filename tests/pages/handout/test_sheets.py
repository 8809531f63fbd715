"""How steps and answers are dealt to sheets."""

from __future__ import annotations

from app.pages.handout.sheets import answer_sheets, per_sheet, step_sheets


def test_steps_keep_their_order_and_each_has_one_sheet() -> None:
    assert step_sheets("abcde", 2) == (("a", "b"), ("c", "d"), ("e",))
    assert step_sheets("ab", 1) == (("a",), ("b",))


def test_a_drawing_that_is_long_or_high_has_a_sheet_to_itself() -> None:
    assert per_sheet(1280, 383, is_lying=False) == 2
    assert per_sheet(1280, 591, is_lying=False) == 1
    assert per_sheet(3023, 591, is_lying=True) == 1


def test_answers_fill_a_sheet_before_the_next_begins() -> None:
    """A vector of three takes 4.5 of the 50 rows; so eleven stand on a sheet."""
    sheets = answer_sheets(((place, 3) for place in range(20)), is_lying=False)
    assert [len(sheet) for sheet in sheets] == [11, 9]
    assert [place for sheet in sheets for place in sheet] == list(range(20))
    assert [len(sheet) for sheet in answer_sheets(((place, 5) for place in range(11)), is_lying=True)] == [5, 5, 1]
    assert answer_sheets([], is_lying=False) == ()
