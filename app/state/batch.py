"""The body of a batch, already parsed as JSON: many value sets of one network, read as one stack a leaf.

Good numbers are looked at all at once. Only where that fails are they read one by one, to say what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from math import prod
from typing import Any

from app.engine import DEFAULT, Array, Network, Shape
from app.engine.graph import Direction
from app.engine.sizes import SIZE_LEAF
from app.engine.stacks import repeated, stacked

from .body import network_in
from .errors import FieldError, Invalid, listed
from .fit import REDUCE, fit_arrays, fitted_shapes, reduce_in_json
from .nested import kind_in_json, numbers_from_json, shapes_in_json
from .numbers import Where, missing
from .value import ViewState

MAX_SETS = 1000
MAX_ERRORS = 20
# More than any sets have whose numbers are all in the body.
MAX_NUMBERS = 1_000_000


@dataclass(frozen=True, eq=False)
class Batch:
    """Value sets of one network, and the pass that is asked of them: for each leaf a stack (count, *shape)."""

    network: Network
    direction: Direction
    values: Mapping[str, Array]
    count: int


def batch_from_json(body: object, direction: Direction) -> Batch:
    """Read the parsed body of a batch. Raises Invalid, naming the sets and what is wrong in them."""
    network, sets = _outline(body)
    errors = []
    if not network.defaults.keys() >= set(chain.from_iterable(sets)):
        unknown = [i for i, entry in enumerate(sets) if not entry.keys() <= network.defaults.keys()]
        errors = [_unknown_name(network, i) for i in unknown[:MAX_ERRORS]]
    shapes = _shapes(network, sets)
    network, shapes = _fitted(network, sets, shapes, body)
    _refuse_too_many(network, shapes, len(sets))
    values = {} if errors else {name: _stack(network, name, shapes[name], sets) for name in network.defaults}
    wrong = [name for name, found in values.items() if found is None]
    errors += _mistakes(network, sets, wrong, shapes)
    if errors:
        raise _invalid(errors)
    return Batch(network, direction, {name: found for name, found in values.items() if found is not None}, len(sets))


def _refuse_too_many(network: Network, shapes: Mapping[str, Shape], count: int) -> None:
    """Raise Invalid where the values of all nodes in all sets would be more than MAX_NUMBERS: a few bytes that name a
    large chain could ask for gigabytes."""
    each = sum(prod(shape) for shape in network.graph.shapes(shapes).values())
    if each * count > MAX_NUMBERS:
        says = f"of this network, sets may hold at most {MAX_NUMBERS // each} objects, and this one holds {count}"
        raise _invalid([FieldError(("body", "sets"), says)])


def batch_overflow(places: Iterable[tuple[int, str]]) -> Invalid[ViewState]:
    """Finite sets whose results are not: the place of each, from 0, and which quantity is the first in it, and why."""
    return _invalid([FieldError(_at(i), f"set {i + 1}: {why}") for i, why in places])


def _outline(body: object) -> tuple[Network, list[dict[str, Any]]]:
    """The network and the sets, each an object."""
    if not isinstance(body, dict):
        raise _invalid([FieldError(("body",), f"the body must be a JSON object, not {kind_in_json(body)}")])
    errors: list[FieldError] = []
    fields = {"network", "sets", REDUCE.name}
    if body.keys() - fields:
        errors.append(FieldError(("body",), f"a field is unknown; known are {listed(fields)}"))
    sets = body.get("sets")
    first = sets[0] if isinstance(sets, list) and sets else {}  # of a graph, it has the values that others leave out
    network = network_in(body, first, _at(0))
    if isinstance(network, list):
        errors += network
    if not isinstance(sets, list) or not 1 <= len(sets) <= MAX_SETS:
        says = f"sets must be an array of 1 to {MAX_SETS} objects, each with numbers by name"
        if "sets" in body:
            says += f", and this one holds {len(sets)}" if isinstance(sets, list) else f", not {kind_in_json(sets)}"
        raise _invalid([*errors, FieldError(("body", "sets"), says)])
    if set(map(type, sets)) != {dict}:
        strange = [i for i, entry in enumerate(sets) if not isinstance(entry, dict)]
        says = "must be an object of arrays of numbers, by name, not"
        errors += [FieldError(_at(i), f"set {i + 1} {says} {kind_in_json(sets[i])}") for i in strange[:MAX_ERRORS]]
    if errors or isinstance(network, list):
        raise _invalid(errors)
    return network, sets


def _shapes(network: Network, sets: list[dict[str, Any]]) -> Mapping[str, Shape]:
    """The shape of each leaf, the same in all sets; it follows from the first set that holds what decides it."""
    at = next((i for i, entry in enumerate(sets) if SIZE_LEAF in entry), 0)
    shapes = shapes_in_json(network, sets[at], _at(at))
    if isinstance(shapes, FieldError):
        raise _invalid([FieldError(shapes.loc, f"set {at + 1}: {shapes.msg}")])
    return shapes


def _fitted(
    network: Network, sets: list[dict[str, Any]], shapes: Mapping[str, Shape], body: object
) -> tuple[Network, Mapping[str, Shape]]:
    """The network that the sets are for, and the shapes of its leaves: for each leaf, the first set that has it tells
    whether it came in rows, or as one number."""
    assert isinstance(body, dict)  # else _outline has raised
    reduce = reduce_in_json(body.get(REDUCE.name, REDUCE.default))
    if isinstance(reduce, FieldError):
        raise _invalid([reduce])
    first = {name: entry[name] for entry in reversed(sets) for name in entry if name in network.defaults}
    fits = fit_arrays(network, first, shapes, reduce, _at(0))
    if isinstance(fits, FieldError):
        raise _invalid([fits])
    return fits, fitted_shapes(fits, shapes)


def _stack(network: Network, name: str, shape: Shape, sets: list[dict[str, Any]]) -> Array | None:
    """A leaf's numbers in all sets, its own where they are left out; None where something is wrong with them."""
    own = network.defaults[name]
    if shape == network.shape(name) and not any(name in entry for entry in sets):
        return repeated(own, len(sets))
    return stacked([entry.get(name, own) for entry in sets], shape)


def _mistakes(
    network: Network, sets: list[dict[str, Any]], names: list[str], shapes: Mapping[str, Shape]
) -> list[FieldError]:
    """What is wrong with the leaves of these names, set by set, up to the set in which MOST_ERRORS are reached."""
    errors: list[FieldError] = []
    for i, entry in enumerate(sets if names else ()):
        for name in names:
            found = _mistake(network, entry, name, shapes[name], _at(i))
            if found is not None:
                errors.append(FieldError(found.loc, f"set {i + 1}: {found.msg}"))
        if len(errors) >= MAX_ERRORS:
            break
    assert bool(errors) == bool(names)  # both readers take the same numbers
    return errors


def _mistake(network: Network, entry: dict[str, Any], name: str, shape: Shape, where: Where) -> FieldError | None:
    if name not in entry:
        return missing(name, shape, where) if shape != network.shape(name) else None
    found = numbers_from_json(entry[name], name, shape, where=where)
    return found if isinstance(found, FieldError) else None


def _unknown_name(network: Network, i: int) -> FieldError:
    return FieldError(_at(i), f"set {i + 1}: a name is unknown; known are {listed(network.defaults)}")


def _at(i: int) -> Where:
    return ("body", "sets", i)


def _invalid(errors: list[FieldError]) -> Invalid[ViewState]:
    return Invalid(errors, ViewState(DEFAULT, "backward", DEFAULT.defaults))
