"""Numbers and entries, read with care from text: either what was meant, or a `FieldError`; and written."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from app.engine import Network, Shape, Values
from app.engine.sizes import DIMENSIONS, MAX_SIDE, SIZE_LEAF, sized

from .errors import FieldError, listed
from .notations import NUMBER, Grid, NotationError, grid_of, number_of, with_points

T = TypeVar("T")
# The way to something in a query or a body, as in the `loc` of an error.
Where = tuple[str | int, ...]
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
    """The shape of a matrix in an address; () for what is none."""
    rows = _spelled(text)
    sizes = {len(row) for row in rows}
    readable = len(sizes) == 1 and all(NUMBER.fullmatch(entry) for row in rows for entry in row)
    return (len(rows), *sizes) if readable else ()


def amount(shape: Shape) -> str:
    """What an array of this shape holds: 3 rows of 2 numbers."""
    if not shape:
        return "one number"
    numbers = f"{shape[-1]} number{'s' if shape[-1] > 1 else ''}"
    return numbers if len(shape) == 1 else f"{shape[0]} row{'s' if shape[0] > 1 else ''} of {numbers}"


def shape_sentence(name: str, shape: Shape) -> str:
    """What a leaf of this shape needs, in a sentence."""
    return f"{name} needs {amount(shape)}" if shape else f"{name} must be one number"


def numbers_from_text(text: str, name: str, shape: Shape) -> Values | FieldError:
    """Numbers in the spelling of addresses. Blanks and the page's own minus sign are welcome."""
    return _numbers(_spelled(text), name, shape, lambda entry: float(entry) if NUMBER.fullmatch(entry) else math.nan)


def numbers_pasted(text: str, name: str, shape: Shape) -> Values | FieldError:
    """Numbers from a field, in any notation that `notations` reads; in the spelling of addresses above all."""
    found = numbers_from_text(text, name, shape)
    if not isinstance(found, FieldError):
        return found
    try:
        found = _numbers(_laid_down(grid_of(text), shape), name, shape, number_of)
    except NotationError as error:
        found = FieldError(("query", name), f"{name} cannot be read: {error}; {_wanted(name, shape)}")
    if isinstance(found, FieldError) and (first := _decimal_comma(text, name, shape)):
        return FieldError(found.loc, f"{found.msg}. If {first} is one number, write {first.replace(',', '.')}")
    return found


def _spelled(text: str) -> Grid:
    """The entries of an address's spelling, by rows."""
    return [[entry.strip(" ") for entry in row.split(",")] for row in text.replace("−", "-").split(";")]


def _laid_down(grid: Grid, shape: Shape) -> Grid:
    """The grid, a column laid down as a row where a vector is wanted."""
    is_column = len(shape) == 1 and len(grid) > 1 and all(len(row) == 1 for row in grid)
    return [[row[0] for row in grid]] if is_column else grid


def _numbers(grid: Grid, name: str, shape: Shape, number: Callable[[str], float]) -> Values | FieldError:
    """The numbers of a grid of entries, if it has this shape."""
    wanted = (1, 1) if not shape else shape if len(shape) == 2 else (1, shape[0])
    if len(grid) != wanted[0] or any(len(row) != wanted[1] for row in grid):
        return FieldError(("query", name), f"{shape_sentence(name, shape)}, not {_seen(grid)}")
    found: list[tuple[float, ...]] = []
    for i, row in enumerate(grid):
        numbers = [number(entry) + 0.0 for entry in row]  # −0 becomes 0: equal states have equal addresses
        for j, one in enumerate(numbers):
            if not math.isfinite(one):
                index = (i, j)[2 - len(shape) :]
                return FieldError(("query", name, *index), f"{entry_of(name, index)} must be {A_NUMBER}")
        found.append(tuple(numbers))
    return tuple(found) if len(shape) == 2 else found[0] if shape else found[0][0]


def _seen(grid: Grid) -> str:
    """What a grid of entries is, beside what was wanted."""
    if len(grid) == 1:
        return str(len(grid[0])) if any(grid[0]) else "none"
    return rows_seen(grid)


def rows_seen(rows: Sequence[Sequence[object]]) -> str:
    """What several rows are: 3 rows of 3, or where one of them has another length than the first."""
    sizes = [len(row) for row in rows]
    if len({*sizes}) == 1:
        return f"{len(rows)} rows of {sizes[0]}"
    if len(sizes) < 5:
        return f"rows of {', '.join(map(str, sizes[:-1]))} and {sizes[-1]}"
    other = next(i for i, size in enumerate(sizes) if size != sizes[0])
    return f"{sizes[0]} in row 1 and {sizes[other]} in row {other + 1}"


def _decimal_comma(text: str, name: str, shape: Shape) -> str:
    """A number with a comma in it, if all would fit were the commas decimal ones; else nothing."""
    pointed = with_points(text)
    if pointed is None:
        return ""
    try:
        # behind decimal commas, a semicolon is often what separates the numbers of one row
        grids = [grid_of(pointed), grid_of(pointed.replace(";", " "))]
    except NotationError:
        return ""
    if all(isinstance(_numbers(_laid_down(grid, shape), name, shape, number_of), FieldError) for grid in grids):
        return ""
    return next(entry for row in grids[0] for entry in row if "." in entry).replace(".", ",")


def _wanted(name: str, shape: Shape) -> str:
    """What was to be written, and how."""
    if not shape:
        return shape_sentence(name, shape)
    between = "commas between numbers" + (", semicolons between rows" if len(shape) == 2 else "")
    return f"{shape_sentence(name, shape)}, with {between}"


def entry_of(name: str, index: tuple[int, ...]) -> str:
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
