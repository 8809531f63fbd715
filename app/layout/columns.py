"""What of a table fits a picture of the stage that is made of text: the columns of a board, or the rows of a list.

Such a picture is written in type of 4.4 % of the height on a screen 4:3, and larger on a wider one by as much as that
is wider. So its room is the same number of em on both, see static/css/boards_more.css.
"""

from __future__ import annotations

from collections.abc import Sequence

# In em of that type: how wide the picture may be, and how many rows of a table stand in it.
WIDE, ROWS = 28.4, 10
# About how wide a letter of a formula is, and what lies between two columns.
LETTER, BETWEEN = 0.52, 1.0


def fitting(widths: Sequence[float], room: float, chosen: int = 0) -> range:
    """A run of columns, counted from 0, that holds the chosen one and as many others as there is room for, those before
    it first. `widths` and `room` are in em."""
    first, total = chosen, widths[chosen]
    while first and total + widths[first - 1] <= room:
        first -= 1
        total += widths[first]
    after = chosen + 1
    while after < len(widths) and total + widths[after] <= room:
        total += widths[after]
        after += 1
    return range(first, after)


def letters(text: str) -> float:
    """About how wide a formula's text is, in em."""
    return LETTER * len(text)
