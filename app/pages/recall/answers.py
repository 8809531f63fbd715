"""Answers as people type them: a number with the digits it was given, a gradient, a shape, entries that were ticked.

0.33 stands for every number that is written so when it is rounded or cut off, 1/3 among them. One digit is too few for
that: 0.1 would stand for anything from 0.05 to 0.2. It is right if it is exact, and else `rough`. A 0 has no digit at
all: however many decimals it has, it stands for 0 alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.engine import Shape
from app.state import FieldError
from app.state.notations import NotationError, grid_of, number_of

LOC = ("query", "answer")
# What a hand that works with numbers of four digits may be off by.
_BY_HAND = 5e-4
_SEPARATOR = re.compile(r"(?:(?<! ) +)?(?:,|×|x|\*|by)[ ]*")
_SIZE = re.compile(r"[0-9]{1,6}")
_PLACE = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Typed:
    """A number, and what it may have been before it was rounded; `rough` is that of too few digits, None otherwise."""

    value: float
    low: float
    high: float
    rough: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class NumbersTyped:
    """Numbers in an array of that shape, row by row."""

    numbers: tuple[Typed, ...]
    shape: Shape


@dataclass(frozen=True, slots=True)
class Ticked:
    """Entries of a gradient, counted row by row from 0."""

    places: frozenset[int]


@dataclass(frozen=True, slots=True)
class ShapeTyped:
    """A shape."""

    shape: Shape


Answer: TypeAlias = NumbersTyped | Ticked | ShapeTyped


def numbers_typed(text: str, wanted: Shape) -> NumbersTyped | FieldError:
    """Numbers in any notation that is read; `wanted` is the shape that they should have.

    A rectangle of another shape is an answer, though a wrong one; a list of one number a row is taken as a vector.
    """
    try:
        rows = grid_of(text)
    except NotationError as error:
        return FieldError(LOC, f"the answer cannot be read: {error}")
    if not wanted and (len(rows) > 1 or len(rows[0]) > 1):
        return FieldError(LOC, "the answer is one number; write 0.5 with a point, not with a comma")
    if len({len(row) for row in rows}) > 1:
        return FieldError(LOC, "all rows must have the same length, with semicolons between them")
    found = []
    for entry in (entry for row in rows for entry in row):
        number = _typed(entry)
        if number is None:
            return FieldError(LOC, f"{'each entry' if wanted else 'the answer'} is a number such as 0.25, −2 or 1/3")
        found.append(number)
    if not wanted:
        return NumbersTyped(tuple(found), ())
    flat = len(wanted) == 1 and 1 in (len(rows), len(rows[0]))
    return NumbersTyped(tuple(found), (len(found),) if flat else (len(rows), len(rows[0])))


def _typed(text: str) -> Typed | None:
    value = number_of(text)
    if not math.isfinite(value):
        return None
    return Typed(value, value, value) if "/" in text else _with_digits(value, text)


def _with_digits(value: float, text: str) -> Typed:
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    digits = len(mantissa.replace(".", "").lstrip("+-0"))
    unit = float(f"1e{int(exponent or 0) - decimals}")
    if digits < 2:
        some = decimals > 1 or digits == 1
        return Typed(value, value, value, (value - 0.5 * unit, value + 0.5 * unit) if some else None)
    slack = 1e-9 * unit + (_BY_HAND * abs(value) if digits > 2 else 0.0)
    # rounded, or cut off: then it was up to a whole unit further from 0
    least, most = abs(value) - 0.5 * unit - slack, abs(value) + unit + slack
    low, high = (least, most) if value > 0 else (-most, -least)
    return Typed(value, low, high)


def shape_typed(text: str) -> ShapeTyped | FieldError:
    """A shape as (3, 2), 3×2, 3x2, 3 by 2 or 3,2; a vector's as (2,) or 2; that of one number as ()."""
    inside = text.strip(" ").lower().removeprefix("(").removesuffix(")").strip(" ")
    if inside in ("", "scalar"):
        return ShapeTyped(())
    sizes = _SEPARATOR.split(inside)
    if len(sizes) > 1 and not sizes[-1]:
        sizes.pop()  # (2,)
    if len(sizes) > 4 or not all(_SIZE.fullmatch(size) for size in sizes):
        return FieldError(LOC, "a shape is whole numbers such as 3×2, or 2 for a vector")
    return ShapeTyped(tuple(int(size) for size in sizes))


def ticked(given: Sequence[str], size: int) -> Ticked | FieldError:
    """Entries by number, counted from 1, row by row: as a form sends them, or in one list."""
    places = [place for text in given for place in text.split(",") if place]
    if not all(_PLACE.fullmatch(place) and 1 <= int(place) <= size for place in places):
        return FieldError(LOC, f"the entries are counted from 1 to {size}")
    return Ticked(frozenset(int(place) - 1 for place in places))
