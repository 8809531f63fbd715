"""A graph in a body, where others name a network: ops of the table by name, read as a `Network` with the values sent.

    {"nodes": [{"name": "z", "op": "linear", "inputs": {"W": "W", "x": "x", "b": "b"}}, …], "loss": "L"}

It has no default numbers but those that came with it: what is a leaf, and how large, is read off the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from app.engine import OPS, Graph, Network, Shape, ShapeError, Values
from app.engine.assembled import MAX_NAME, MAX_NODES, NAME, AssemblyError, Described, assembled
from app.engine.sizes import MAX_SIDE

from .errors import FieldError, listed
from .nested import IN_VALUES, kind_in_json, numbers_from_json
from .numbers import Where

_HERE: Where = ("body", "network")
_FIELDS = ("name", "op", "inputs")
_NAME = f"1 to {MAX_NAME} letters, digits and underscores, and begins with a letter"


def network_of_graph(sent: Mapping[str, Any], values: object, where: Where = IN_VALUES) -> Network | list[FieldError]:
    """The network that a graph describes, with the values of its leaves as default numbers; what is wrong, otherwise.

    `where` leads to the values.
    """
    found = _described(sent)
    if isinstance(found, list):
        return found
    try:
        graph = assembled(*found)
    except AssemblyError as error:
        at: Where = ("loss",) if error.place is None else ("nodes", error.place, error.part)
        return [FieldError((*_HERE, *at), str(error))]
    numbers = _values(graph, values, where)
    if isinstance(numbers, list):
        return numbers
    count = len(graph.ops)
    network = Network("", f"a graph of {count} op{'s' if count > 1 else ''}", graph, numbers)
    try:
        shape = network.shape(graph.loss.name)
    except ShapeError as error:
        return [FieldError(where, str(error))]
    if shape:
        size = "×".join(map(str, shape))
        says = (
            f"{graph.loss.name} is the loss and must be one number, not {size}: end with a loss, or add the entries up"
        )
        return [FieldError((*_HERE, "loss"), says)]
    return network


def _described(sent: Mapping[str, Any]) -> tuple[tuple[Described, ...], str] | list[FieldError]:
    """The nodes as they are described and the name of the loss; all that is wrong with their form, otherwise."""
    nodes, loss = sent.get("nodes"), sent.get("loss")
    errors: list[FieldError] = []
    if set(sent) - {"nodes", "loss"}:
        errors.append(FieldError(_HERE, "a field of the graph is unknown; known are loss, nodes"))
    if not isinstance(loss, str):
        says = f"loss must be the name of the node that is the loss, not {_kind(sent, 'loss')}"
        errors.append(FieldError((*_HERE, "loss"), says))
    if not isinstance(nodes, list) or not 1 <= len(nodes) <= MAX_NODES:
        says = f"nodes must be an array of 1 to {MAX_NODES} objects, each with {', '.join(_FIELDS)}"
        says += f", and this one holds {len(nodes)}" if isinstance(nodes, list) else f", not {_kind(sent, 'nodes')}"
        return [*errors, FieldError((*_HERE, "nodes"), says)]
    found = [_node(one, place) for place, one in enumerate(nodes)]
    errors += [error for one in found if isinstance(one, list) for error in one]
    if errors:
        return errors
    return tuple(cast("list[Described]", found)), cast("str", loss)


def _node(sent: object, place: int) -> Described | list[FieldError]:
    loc: Where = (*_HERE, "nodes", place)
    if not isinstance(sent, dict):
        return [FieldError(loc, f"node {place + 1} must be an object, not {kind_in_json(sent)}")]
    name, op, inputs = sent.get("name"), sent.get("op"), sent.get("inputs")
    called = name if _is_name(name) else f"node {place + 1}"
    errors = []
    if set(sent) - {*_FIELDS}:
        errors.append(FieldError(loc, f"{called}: a field is unknown; known are {listed(_FIELDS)}"))
    if not _is_name(name):
        errors.append(FieldError((*loc, "name"), f"the name of {called} must be a text: a name is {_NAME}"))
    if not isinstance(op, str) or op not in OPS:
        errors.append(FieldError((*loc, "op"), f"{called}: there is no such op; the ops are {listed(OPS)}"))
        return errors
    slots = OPS[op].inputs
    if not isinstance(inputs, dict) or set(inputs) != {*slots}:
        says = f"{called}: the inputs of {op} are {_joined(slots)}, an object with the name of a node for each"
        errors.append(FieldError((*loc, "inputs"), says))
    elif wrong := next((slot for slot in slots if not _is_name(inputs[slot])), ""):
        says = f"{called}: what stands at {wrong} must be the name of a node: a name is {_NAME}"
        errors.append(FieldError((*loc, "inputs", wrong), says))
    if errors:
        return errors
    return Described(cast("str", name), op, tuple((slot, cast("dict[str, str]", inputs)[slot]) for slot in slots))


def _is_name(name: object) -> bool:
    return isinstance(name, str) and NAME.fullmatch(name) is not None


def _kind(sent: Mapping[str, Any], name: str) -> str:
    return kind_in_json(sent[name]) if name in sent else "nothing"


def _joined(slots: tuple[str, ...]) -> str:
    return ", ".join(slots[:-1]) + f" and {slots[-1]}" if len(slots) > 1 else slots[0]


def _values(graph: Graph, values: object, where: Where) -> dict[str, Values] | list[FieldError]:
    """The numbers of each leaf, in arrays of the shape that they came in."""
    if not isinstance(values, dict):
        says = f"values must be an object of arrays of numbers, by name, not {kind_in_json(values)}"
        return [FieldError(where, says)]
    names = [leaf.name for leaf in graph.leaves]
    errors = []
    if set(values) & set(graph.computed):
        errors.append(FieldError(where, f"a node that is computed takes no values; the leaves are {listed(names)}"))
    if set(values) - set(graph.by_name):
        errors.append(FieldError(where, f"a name is unknown; known are {listed(names)}"))
    missing = [name for name in names if name not in values]
    if missing:
        says = f"{listed(missing)} must be given: no node computes {'it' if len(missing) == 1 else 'them'}"
        errors.append(FieldError((*where, missing[0]), says))
    found: dict[str, Values] = {}
    for name in names if not errors else ():
        shape = _shape(values[name])
        numbers = _wrong_shape(name, where) if shape is None else numbers_from_json(values[name], name, shape, where)
        if isinstance(numbers, FieldError):
            errors.append(numbers)
        else:
            found[name] = numbers
    return errors or found


def _shape(value: object) -> Shape | None:
    """The shape of a number, or of arrays up to a matrix with MAX_SIDE rows and columns; None for what is no such."""
    if not isinstance(value, list):
        return ()
    rows = [row for row in value if isinstance(row, list)]
    shape = (len(value), *{len(row) for row in rows})
    is_whole = not rows or (len(rows) == len(value) and len(shape) == 2)
    return shape if is_whole and all(1 <= size <= MAX_SIDE for size in shape) else None


def _wrong_shape(name: str, where: Where) -> FieldError:
    says = f"{name} must be a number, 1 to {MAX_SIDE} numbers, or as many rows of 1 to {MAX_SIDE} numbers, all as long"
    return FieldError((*where, name), says)
