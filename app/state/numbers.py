"""Numbers and entries, read with care from text or JSON: either what was meant, or a `FieldError`; and written."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

from app.engine import Network, Shape, Values
from app.engine.sizes import DIMENSIONS, MAX_SIDE, SIZE_LEAF, sized

from .errors import FieldError, listed

# Each digit can be read in one way only, so that a long wrong number is refused in linear time.
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
T = TypeVar("T")
# The way to something in a query or a body, as in the `loc` of an error.
Where = tuple[str | int, ...]
IN_VALUES: Where = ("body", "values")
_PLACE = re.compile(r"[0-9]{1,3}")
A_NUMBER = "a finite decimal number such as 0.5, -2 or 1e-3"


def asked(key: object, loc: tuple[str, ...], shapes: Mapping[str, Shape]) -> str | FieldError:
    """The canonical key of an entry, as W.2.1, of nodes that have these shapes."""
    name, *places = key.split(".") if isinstance(key, str) else ("",)
    index = [int(place) for place in places if _PLACE.fullmatch(place)]
    sizes = shapes.get(name, (0,))
    if len(index) == len(places) == len(sizes) and all(0 < i <= size for i, size in zip(index, sizes, strict=True)):
        return ".".join([name, *map(str, index)])
    return FieldError(loc, f"ask names an entry such as W.2.1, counted from 1; the nodes are {listed(shapes)}")


def missing(name: str, shape: Shape, where: Where) -> FieldError:
    """A leaf that was left out, though its default numbers do not fit."""
    return FieldError((*where, name), f"{name} must be given too: with this {SIZE_LEAF} {shape_sentence('it', shape)}")


def shapes_with(
    network: Network,
    given: Mapping[str, T],
    shape_in: Callable[[T], Shape],
    where: Where,
) -> Mapping[str, Shape] | FieldError:
    """The shape each leaf must have: as the one that decides came, where the network takes others than its own."""
    if network.name not in DIMENSIONS or SIZE_LEAF not in given:
        return network.shapes
    return sized(network, shape_in(given[SIZE_LEAF])) or FieldError(
        (*where, SIZE_LEAF), f"{SIZE_LEAF} must be a matrix of 1 to {MAX_SIDE} rows and 1 to {MAX_SIDE} columns"
    )


def shape_in_text(text: str) -> Shape:
    """The shape of a matrix in an address, going by its first row."""
    return text.count(";") + 1, text.partition(";")[0].count(",") + 1


def shape_in_json(value: object) -> Shape:
    """The shape of a matrix in a body, going by its first row; () for what is none."""
    if isinstance(value, list) and value and isinstance(value[0], list):
        return len(value), len(value[0])
    return ()


def shape_sentence(name: str, shape: Shape) -> str:
    if not shape:
        return f"{name} must be one number"
    numbers = f"{shape[-1]} number{'s' if shape[-1] > 1 else ''}"
    if len(shape) == 1:
        return f"{name} needs {numbers}"
    return f"{name} needs {shape[0]} row{'s' if shape[0] > 1 else ''} of {numbers}"


def numbers_from_text(text: str, name: str, shape: Shape) -> Values | FieldError:
    """Numbers from a field or an address. Blanks and the page's own minus sign are welcome."""
    rows = [row.split(",") for row in text.replace("−", "-").split(";")]
    hint = "commas between numbers" + (", semicolons between rows" if len(shape) == 2 else "")
    wanted = (1, 1) if not shape else shape if len(shape) == 2 else (1, shape[0])
    if len(rows) != wanted[0] or any(len(row) != wanted[1] for row in rows):
        return FieldError(("query", name), f"{shape_sentence(name, shape)}, with {hint}")
    found: list[tuple[float, ...]] = []
    for i, row in enumerate(rows):
        numbers: list[float] = []
        for j, entry in enumerate(row):
            number = float(entry) if NUMBER.fullmatch(entry.strip(" ")) else math.nan
            if not math.isfinite(number):
                index = (i, j)[2 - len(shape) :]
                return FieldError(("query", name, *index), f"{_entry(name, index)} must be {A_NUMBER}")
            numbers.append(number + 0.0)  # −0 becomes 0: equal states have equal addresses
        found.append(tuple(numbers))
    return tuple(found) if len(shape) == 2 else found[0] if shape else found[0][0]


def numbers_from_json(
    value: object, name: str, shape: Shape, index: tuple[int, ...] = (), where: Where = IN_VALUES
) -> Values | FieldError:
    """Numbers from the arrays of a body, down from `index`; `where` leads to the names."""
    loc = (*where, name, *index)
    if not shape[len(index) :]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return FieldError(loc, f"{_entry(name, index)} must be {A_NUMBER}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            return FieldError(loc, f"{_entry(name, index)} must be {A_NUMBER}")
        return number + 0.0
    if not isinstance(value, list) or len(value) != shape[len(index)]:
        dims = "×".join(map(str, shape))
        return FieldError(loc, f"{name} must be an array of shape {dims}: {shape_sentence(name, shape)}")
    found: list[Values] = []
    for i, entry in enumerate(value):
        inner = numbers_from_json(entry, name, shape, (*index, i), where)
        if isinstance(inner, FieldError):
            return inner
        found.append(inner)
    return tuple(found)


def _entry(name: str, index: tuple[int, ...]) -> str:
    """How a sentence names an entry: counted from 1, as in a formula."""
    return f"entry {', '.join(str(i + 1) for i in index)} of {name}" if index else name


def number_text(number: float) -> str:
    """The shortest decimal that reads back to the same float, in a form an address can hold."""
    text = repr(number).removesuffix(".0")
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


@lru_cache(maxsize=1024)  # a page has some fifty links, all with the same numbers
def field_text(numbers: Values, gap: str = " ") -> str:
    """Numbers as a field shows them and an address holds them: commas between numbers, semicolons between rows."""
    if not isinstance(numbers, tuple):
        return number_text(numbers)
    separator = ";" if numbers and isinstance(numbers[0], tuple) else ","
    return f"{separator}{gap}".join(field_text(entry, gap) for entry in numbers)
