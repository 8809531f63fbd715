"""The body of a POST, already parsed as JSON, read as a `ViewState`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from app.engine import DEFAULT, Network, Shape, Values
from app.engine.descent import parameters
from app.engine.graph import Direction
from app.engine.ops.reductions import Reduce

from .errors import FieldError, Invalid, listed, network_of, wrong_step
from .fit import REDUCE, fit_arrays, fitted_shapes, reduce_in_json
from .graphs import network_of_graph
from .nested import IN_VALUES, kind_in_json, number_from_json, numbers_from_json, shapes_in_json
from .numbers import Where, asked, missing
from .params import PICKS, held, wrong_rate
from .value import ViewState


def from_json(
    body: object, direction: Direction, *, picks: Collection[str] = PICKS, any_shape: bool = False
) -> ViewState:
    """Read the parsed body of a POST; `picks` says which of PICKS it may hold, beside the network and its numbers.

    With `any_shape`, numbers may have other shapes than the network's own, if it takes others. Raises Invalid.
    """
    default = ViewState(DEFAULT, direction, DEFAULT.defaults)
    if not isinstance(body, dict):
        raise Invalid([FieldError(("body",), f"the body must be a JSON object, not {kind_in_json(body)}")], default)
    errors: list[FieldError] = []
    fields = {"network", "values", REDUCE.name, *picks}
    if set(body) - fields:
        errors.append(FieldError(("body",), f"a field is unknown; known are {listed(fields)}"))
    network = network_in(body, body.get("values", {}))
    if isinstance(network, list):
        raise Invalid([*errors, *network], default)
    reduce = reduce_in_json(body.get(REDUCE.name, REDUCE.default))
    if isinstance(reduce, FieldError):
        raise Invalid([*errors, reduce], default)
    network, values = _values(body.get("values", {}), network, reduce, errors, any_shape=any_shape)
    state = ViewState(network, direction, values)
    picked = {name: body.get(name) for name in picks}
    step = _step(picked.get("step"), state, errors)
    ask = None if picked.get("ask") is None else _ask(picked["ask"], state)
    lr = None if picked.get("lr") is None else _learning_rate(picked["lr"])
    hold = () if picked.get("hold") is None else _hold(picked["hold"], network)
    found = (ask, lr, hold)
    errors += [wrong for wrong in found if isinstance(wrong, FieldError)]
    if errors or isinstance(ask, FieldError) or isinstance(lr, FieldError) or isinstance(hold, FieldError):
        raise Invalid(errors, default)
    return replace(state.go(direction, step), ask=ask, lr=lr, hold=hold)


def network_in(body: Mapping[str, object], values: object, where: Where = IN_VALUES) -> Network | list[FieldError]:
    """The network that a body names; the default one, if it names none.

    It may be a graph instead, whose leaves have the `values` as default numbers; `where` leads to those.
    """
    name, loc = body.get("network", DEFAULT.name), ("body", "network")
    if isinstance(name, dict):
        return network_of_graph(name, values, where)
    if not isinstance(name, str):
        return [FieldError(loc, f"network must be a string, or a graph, not {kind_in_json(name)}")]
    network = network_of(name, loc)
    return [network] if isinstance(network, FieldError) else network


def _values(
    values: Any, network: Network, reduce: Reduce, errors: list[FieldError], *, any_shape: bool
) -> tuple[Network, Mapping[str, Values]]:
    """The numbers of a body, and the network that they are for."""
    if not isinstance(values, dict):
        says = f"values must be an object of arrays of numbers, by name, not {kind_in_json(values)}"
        errors.append(FieldError(IN_VALUES, says))
        return network, network.defaults
    if set(values) - set(network.defaults):
        errors.append(FieldError(IN_VALUES, f"a name is unknown; known are {listed(network.defaults)}"))
    if not network.name:
        return network, network.defaults  # a graph has been read with its values
    shapes = shapes_in_json(network, values, IN_VALUES) if any_shape else network.shapes
    fits = shapes if isinstance(shapes, FieldError) else fit_arrays(network, values, shapes, reduce, IN_VALUES)
    if isinstance(shapes, FieldError) or isinstance(fits, FieldError):
        errors.extend(wrong for wrong in (fits,) if isinstance(wrong, FieldError))
        return network, network.defaults
    return fits, _numbers(values, fits, fitted_shapes(fits, shapes), errors)


def _numbers(
    values: Mapping[str, Any], network: Network, shapes: Mapping[str, Shape], errors: list[FieldError]
) -> Mapping[str, Values]:
    """The numbers of each leaf; one that is left out must have its own shape. What is wrong is zeros of the shape that
    it should have: by shapes that fit each other all else is judged, such as an entry that is asked about."""
    numbers = dict(network.defaults)
    for name in numbers:
        if name in values:
            found = numbers_from_json(values[name], name, shapes[name])
        elif shapes[name] != network.shape(name):
            found = missing(name, shapes[name], IN_VALUES)
        else:
            continue
        if isinstance(found, FieldError):
            errors.append(found)
            found = _zeros(shapes[name])
        numbers[name] = found
    return numbers


def _zeros(shape: Shape) -> Values:
    return tuple(_zeros(shape[1:]) for _ in range(shape[0])) if shape else 0.0


def _ask(key: object, state: ViewState) -> str | FieldError:
    loc = ("body", "ask")
    if not isinstance(key, str):
        return FieldError(loc, f"ask must be a string such as W.2.1, not {kind_in_json(key)}")
    return asked(key, loc, state.shapes)


def _step(step: Any, state: ViewState, errors: list[FieldError]) -> int | None:
    if step is None:
        return None
    if isinstance(step, float) and step.is_integer():  # JSON knows no whole numbers of their own: 2.0 is 2
        step = int(step)
    if isinstance(step, int) and not isinstance(step, bool) and 0 <= step <= state.steps:
        return step
    wrong = wrong_step(("body", "step"), state.steps, state.direction)
    kind = kind_in_json(step)
    errors.append(wrong if kind == "a number" else replace(wrong, msg=f"{wrong.msg}, not {kind}"))
    return None


def _learning_rate(value: object) -> float | FieldError:
    loc = ("body", "lr")
    found = number_from_json(value, loc, "lr")
    return found if isinstance(found, FieldError) or found > 0 else wrong_rate(loc)


def _hold(value: object, network: Network) -> tuple[str, ...] | FieldError:
    """The parameters that a step leaves as they are, from an array of names."""
    loc = ("body", "hold")
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        says = f"hold must be an array of names of parameters, not {kind_in_json(value)}"
        return FieldError(loc, says if not isinstance(value, list) else "hold must hold names of parameters alone")
    return held(value, parameters(network.graph), loc)
