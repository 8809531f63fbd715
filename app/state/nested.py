"""Numbers from the arrays of a JSON body: either what was meant, or a `FieldError` that says what came instead.

The form is judged first, then rows and columns, then entries, and only the first that is wrong is told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.engine import Network, Shape, Values
from app.engine.sizes import SIZE_LEAF

from .errors import FieldError
from .numbers import A_NUMBER, Where, amount, entry_of, rows_seen, shape_sentence, shapes_with

IN_VALUES: Where = ("body", "values")


def kind_in_json(value: object) -> str:
    """What JSON calls a value, for a sentence: a string, null, true."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    kinds: dict[type, str] = {str: "a string", list: "an array", dict: "an object"}
    return kinds.get(type(value), "a number")


def number_from_json(value: object, loc: Where, called: str) -> float | FieldError:
    """One finite number; `called` is what a sentence calls it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return FieldError(loc, f"{called} must be a number, not {kind_in_json(value)}")
    try:
        number = float(value)
    except OverflowError:  # an integer of some hundred digits
        number = math.inf
    if math.isfinite(number):
        return number + 0.0  # −0 becomes 0: equal states have equal addresses
    seen = "NaN" if math.isnan(number) else "one beyond 1.8e308"
    return FieldError(loc, f"{called} must be {A_NUMBER}, not {seen}")


def numbers_from_json(value: object, name: str, shape: Shape, where: Where = IN_VALUES) -> Values | FieldError:
    """The numbers of a leaf, in arrays of this shape; `where` leads to the names."""
    loc = (*where, name)
    if not shape:
        return number_from_json(value, loc, name)
    if not isinstance(value, list):
        return FieldError(loc, f"{name} must be an array of {amount(shape)}, not {kind_in_json(value)}")
    if len(shape) == 1:
        if len(value) != shape[0] or all(isinstance(entry, list) for entry in value):
            return FieldError(loc, f"{shape_sentence(name, shape)}, not {_seen(value, 1)}")
        return _row(value, loc, name, ())
    if _shape(value) != shape:
        return FieldError((*loc, *_odd_row(value, shape)), f"{shape_sentence(name, shape)}, not {_seen(value, 2)}")
    rows: list[tuple[float, ...]] = []
    for i, row in enumerate(value):
        found = _row(row, loc, name, (i,))
        if isinstance(found, FieldError):
            return found
        rows.append(found)
    return tuple(rows)


def shapes_in_json(network: Network, given: Mapping[str, Any], where: Where) -> Mapping[str, Shape] | FieldError:
    """The shape of each leaf: as the one that decides came, where the network takes others than its own.

    If that one cannot be read, nothing is judged by it.
    """
    shapes = shapes_with(network, given, _shape, where)
    if isinstance(shapes, FieldError):
        return replace(shapes, msg=f"{shapes.msg}, not {_seen(given[SIZE_LEAF], 2)}")
    if shapes is not network.shapes and shapes[SIZE_LEAF] != network.shape(SIZE_LEAF):
        found = numbers_from_json(given[SIZE_LEAF], SIZE_LEAF, shapes[SIZE_LEAF], where)
        return found if isinstance(found, FieldError) else shapes
    return shapes


def _row(row: list[Any], loc: Where, name: str, index: tuple[int, ...]) -> tuple[float, ...] | FieldError:
    """The numbers of one array, at `index` of a leaf."""
    found: list[float] = []
    for i, entry in enumerate(row):
        at = (*index, i)
        number = number_from_json(entry, (*loc, *at), entry_of(name, at))
        if isinstance(number, FieldError):
            return number
        found.append(number)
    return tuple(found)


def _shape(value: object) -> Shape:
    """The shape of a matrix; () for what is none."""
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        return ()
    sizes = {len(row) for row in value}
    return (len(value), *sizes) if len(sizes) == 1 else ()


def _odd_row(value: list[Any], shape: Shape) -> tuple[int, ...]:
    """The place of the first row that is none or has another length, where the others are right; else nothing."""
    odd = [i for i, row in enumerate(value) if not isinstance(row, list) or len(row) != shape[1]]
    return (odd[0],) if len(value) == shape[0] and len(odd) < len(value) else ()


def _seen(value: object, dimensions: int) -> str:
    """What came where arrays in so many dimensions were wanted: 3 rows of 3."""
    if not isinstance(value, list):
        return kind_in_json(value)
    if not value:
        return "an empty array"
    rows = [row for row in value if isinstance(row, list)]
    if not rows:
        return str(len(value)) if dimensions == 1 else f"one array of {len(value)}"
    if len(rows) < len(value):
        other = next(entry for entry in value if not isinstance(entry, list))
        return f"arrays beside {kind_in_json(other)}"
    return rows_seen(rows) if len(rows) > 1 else f"1 row of {len(rows[0])}"
