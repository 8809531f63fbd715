"""The body of a POST, already parsed as JSON, read as a `ViewState`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from app.engine import DEFAULT, NETWORKS, Network, Values
from app.engine.graph import Direction

from .errors import FieldError, Invalid, listed, unknown_network, wrong_step
from .numbers import IN_VALUES, asked, missing, numbers_from_json, shape_in_json, shapes_with
from .params import PICKS
from .value import ViewState


def from_json(
    body: object, direction: Direction, *, picks: Collection[str] = PICKS, any_shape: bool = False
) -> ViewState:
    """Read the parsed body of a POST; `picks` says which of PICKS it may hold.

    With `any_shape`, numbers may have other shapes than the network's own, if it takes others. Raises Invalid.
    """
    default = ViewState(DEFAULT, direction, DEFAULT.defaults)
    if not isinstance(body, dict):
        raise Invalid([FieldError(("body",), "the body must be a JSON object")], default)
    errors: list[FieldError] = []
    fields = {"network", "values", *picks}
    if set(body) - fields:
        errors.append(FieldError(("body",), f"a field is unknown; known are {listed(fields)}"))
    name = body.get("network", DEFAULT.name)
    network = NETWORKS.get(name) if isinstance(name, str) else None
    if network is None:
        raise Invalid([*errors, unknown_network(("body", "network"))], default)
    state = ViewState(network, direction, _values(body.get("values", {}), network, errors, any_shape=any_shape))
    picked = {name: body.get(name) for name in picks}
    step = _step(picked.get("step"), state, errors)
    ask = None if picked.get("ask") is None else asked(picked["ask"], ("body", "ask"), state.shapes)
    if isinstance(ask, FieldError):
        errors.append(ask)
        ask = None
    if errors:
        raise Invalid(errors, default)
    return replace(state.go(direction, step), ask=ask)


def _values(values: Any, network: Network, errors: list[FieldError], *, any_shape: bool) -> Mapping[str, Values]:
    if not isinstance(values, dict):
        errors.append(FieldError(IN_VALUES, "values must be an object of arrays of numbers, by name"))
        return network.defaults
    if set(values) - set(network.defaults):
        errors.append(FieldError(IN_VALUES, f"a name is unknown; known are {listed(network.defaults)}"))
    shapes = shapes_with(network, values, shape_in_json, IN_VALUES) if any_shape else network.shapes
    if isinstance(shapes, FieldError):
        errors.append(shapes)
        return network.defaults
    numbers = dict(network.defaults)
    for name in numbers:
        if name in values:
            found = numbers_from_json(values[name], name, shapes[name])
            if isinstance(found, FieldError):
                errors.append(found)
            else:
                numbers[name] = found
        elif shapes[name] != network.shape(name):
            errors.append(missing(name, shapes[name], IN_VALUES))
    return numbers


def _step(step: Any, state: ViewState, errors: list[FieldError]) -> int | None:
    if isinstance(step, float) and step.is_integer():  # JSON knows no whole numbers of their own: 2.0 is 2
        step = int(step)
    if step is None:
        return None
    if not isinstance(step, int) or isinstance(step, bool) or not 0 <= step <= state.steps:
        errors.append(wrong_step(("body", "step"), state.steps, state.direction))
        return None
    return step
