"""How wide a number is in the picture's font, and so how large it can be in a cell.

The widths are those of Source Sans 3 in its weight 600, which static/hatch_build.py brings. Figures and signs are as
wide as each other, so they stand in columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

# Widths in em of what a cell shows; figures and signs have the first.
_EMS = defaultdict(lambda: 0.513, {".": 0.275, ",": 0.275, "·": 0.275, "-": 0.322, "—": 0.8, " ": 0.2})
# The font has no exponents and no marks; those of others are about as wide as this.
_EMS |= dict.fromkeys("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", 0.42) | {"✗": 0.9, "∧": 0.8}
# What is kept free at each side of a cell, in user units.
SIDE = 3.0
# The size of type of what a number was before an edit, beside it, and how far it may be squeezed there.
OLD_SIZE, OLD_LEAST = 14.0, 0.75
# No other text of a picture is smaller; what is longer than its cell at that size is squeezed.
LEAST = 17.0


@lru_cache(maxsize=2048)  # both drawings of a page ask for the same texts
def ems(text: str) -> float:
    """The width of a number's text, in em."""
    return sum(map(_EMS.__getitem__, text))


def fitting(texts: Iterable[str], width: float, best: float) -> float:
    """The size of type, in user units, at which all of these fit into a cell of that width: `best`, or what is needed,
    but not less than LEAST."""
    longest = max(map(ems, texts), default=0.0)
    return max(LEAST, min(best, (width - 2 * SIDE) / longest)) if longest else best


def squeezed(text: str, width: float, size: float) -> float | None:
    """How wide a text of that size has to be made for a cell of that width; None where it fits as it is."""
    room = width - 2 * SIDE
    return room if ems(text) * size > room + 0.01 else None


def room_beside(text: str, old: str, width: float, size: float) -> float | None:
    """How wide `old` may be, in type of OLD_SIZE, beside a text of that size in a cell of that width.

    None where there is no room for it.
    """
    natural = ems(old) * OLD_SIZE
    room = width - 4 * SIDE - ems(text) * size
    return min(natural, room) if old and room >= natural * OLD_LEAST else None
