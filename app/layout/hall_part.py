"""What part of a table of numbers stands on the stage of a lecture hall, and in how large type.

A table is set in the largest of TYPES at which it stands there whole. What is too wide even at the smallest is shown in
part, around the column that is looked at. Lengths are in units of the stage, which is 720 high.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .figures import ems
from .long import text_width

# The sizes of type of a table's numbers, the largest first; the smallest is the least that a value may have. A table
# of more rows than LOW has none of the largest.
TYPES, LOW = (56, 44, 38, 32), 3
# How wide a picture of a board may be: what a screen 4:3 leaves.
WIDE = 932.0
# What a column has beside its number, and beside its head: margins, lines and the gap to the next; and what stands at a
# side has.
_BESIDE, _HEAD, _SIDE = 30.0, 16.0, 22.0
# What a name at the head of a line takes, with its sign of equality.
SIDE_ROOM = 190.0
# The size of type of a name.
NAME_TYPE = 36
# Where text_width has a letter's width, the size of type that it measures.
_MEASURED = 20.0


@dataclass(frozen=True, slots=True)
class Part:
    """The columns that are shown, from `start` to before `stop`, of so many, and the size of their type."""

    start: int
    stop: int
    count: int
    type: int

    @property
    def is_whole(self) -> bool:
        """Whether these are all there are."""
        return self.stop - self.start == self.count

    @property
    def first(self) -> int:
        """The first one's number, counted from 1, as `stop` is the last one's."""
        return self.start + 1

    @property
    def slice(self) -> slice:
        """What to cut out of a sequence."""
        return slice(self.start, self.stop)


def part(columns: int, chosen: int, *, rows: int, widest: float, heads: float = 0.0, sides: Iterable[float]) -> Part:
    """The part of a table around the `chosen` column.

    Each column is as wide as the longest number, or its head, and beside the columns stand `sides`; all in em, of a
    number's type or of `side_type`.
    """

    def most(size: int) -> int:
        """How many columns have room."""
        taken = sum(side * side_type(size) + _SIDE for side in sides)
        return int((WIDE - taken) / max(widest * size + _BESIDE, heads * side_type(size) + _HEAD))

    sides = tuple(sides)
    size = next((size for size in TYPES[rows > LOW :] if most(size) >= columns), TYPES[-1])
    shown = max(1, min(columns, most(size)))
    start = min(max(0, chosen - shown // 2), columns - shown)
    return Part(start, start + shown, columns, size)


def side_type(size: int) -> int:
    """The size of type at the sides of a table whose numbers have that size."""
    return 40 if size == TYPES[0] else 34


def longest(texts: Iterable[str]) -> float:
    """The width of the longest of some numbers, in em."""
    return max(map(ems, texts), default=0.0)


def side(symbol: str, text: str, between: float = 1.0) -> float:
    """About how wide a name and its number are, in em; `between` them is an = with its spaces."""
    return text_width(symbol) / _MEASURED + (between if text else 0.0) + ems(text)
