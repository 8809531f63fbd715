"""What the API promises, as OpenAPI has it, made from the gallery: networks, shapes, steps, examples.

Public names: `address`, `body`, `refusals`. Each returns keyword arguments for a FastAPI route.
"""

from __future__ import annotations

import re
from typing import Any

from app.engine import DEFAULT, NETWORKS, Network, Shape
from app.engine.graph import Direction
from app.snapshot import Snapshot
from app.state import field_text

from .errors import KINDS, Problem

Schema = dict[str, Any]

# As app.state reads it: blanks at the ends and the page's own minus sign are welcome.
_NUMBER = r" *[-+−]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)? *"


def address(direction: Direction) -> dict[str, Any]:
    """Documentation of a GET, whose query is the page's."""
    leaves = {leaf.name: leaf.symbol for network in NETWORKS.values() for leaf in network.graph.leaves}
    parameters = [_parameter("network", {"type": "string", "enum": list(NETWORKS)}, "Which network.", DEFAULT.name)]
    for name, symbol in leaves.items():
        known = [network for network in NETWORKS.values() if name in network.numbers]
        patterns = dict.fromkeys(_pattern(network.shape(name)) for network in known)
        schema = {"type": "string", "pattern": f"^({'|'.join(patterns)})$"}
        text = f"{symbol}: {_shapes(known, name)}. Commas between numbers, semicolons between rows."
        parameters.append(_parameter(name, schema, text, field_text(known[0].numbers[name], gap="")))
    parameters.append(_parameter("step", _step(direction), "The step to stop at; left out, the whole pass.", 1))
    return _documented(direction, "get", {"parameters": parameters}, (414, 422))


def body(direction: Direction) -> dict[str, Any]:
    """Documentation of a POST."""
    schemas = [_body_schema(network, direction) for network in NETWORKS.values()]
    content = {
        "application/json": {
            "schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas},
            "examples": {
                "defaults": {"summary": "The default network, whole pass", "value": {}},
                "step": {
                    "summary": "Other inputs, one step",
                    "value": {
                        "network": DEFAULT.name,
                        "values": {"x": [2.0] * DEFAULT.shape("x")[0]},
                        "step": 1,
                    },
                },
            },
        }
    }
    request = {"required": True, "content": content}
    return _documented(direction, "post", {"requestBody": request}, (400, 413, 414, 415, 422))


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schema = {**schema, "properties": {**schema["properties"], "errors": _problem_items(schema)}}
    schema.pop("$defs")
    return {
        status: {
            "description": KINDS[status].sentence,
            "content": {"application/problem+json": {"schema": schema}},
        }
        for status in statuses
    }


def _problem_items(schema: Schema) -> Schema:
    return {**schema["properties"]["errors"], "items": schema["$defs"]["ProblemItem"]}


def _documented(direction: Direction, method: str, extra: Schema, statuses: tuple[int, ...]) -> dict[str, Any]:
    how = {"get": "an address", "post": "a JSON body"}[method]
    return {
        "operation_id": f"{method}_{direction}",
        "summary": f"{direction.capitalize()} pass, from {how}",
        "responses": {200: {"model": Snapshot, "description": "The snapshot."}, **refusals(*statuses)},
        "openapi_extra": extra,
    }


def _parameter(name: str, schema: Schema, description: str, example: object) -> Schema:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
        "example": example,
    }


def _step(direction: Direction) -> Schema:
    most = max(len(network.graph.timelines[direction]) for network in NETWORKS.values())
    return {"type": "integer", "minimum": 0, "maximum": most}


def _pattern(shape: Shape) -> str:
    """A regular expression for the numbers of a leaf, as text."""
    row = _NUMBER + "".join(f"(,{_NUMBER}){{{shape[-1] - 1}}}" for _ in shape[-1:])
    return row + (f"(;{row}){{{shape[0] - 1}}}" if len(shape) == 2 else "")


def _shapes(networks: list[Network], name: str) -> str:
    shapes = dict.fromkeys(" × ".join(map(str, network.shape(name))) or "one" for network in networks)
    return " or ".join(shapes) + (" number" if list(shapes) == ["one"] else " numbers")


def _body_schema(network: Network, direction: Direction) -> Schema:
    values = {
        leaf.name: {**_array(network.shape(leaf.name)), "description": leaf.symbol} for leaf in network.graph.leaves
    }
    steps = len(network.graph.timelines[direction])
    return {
        "type": "object",
        "title": re.sub(r"\W+", "_", network.name),
        "description": network.title,
        "additionalProperties": False,
        # only the default network may go unnamed
        "required": [] if network is DEFAULT else ["network"],
        "properties": {
            "network": {"type": "string", "enum": [network.name]},
            "values": {"type": "object", "additionalProperties": False, "properties": values},
            "step": {
                "type": ["integer", "null"],
                "minimum": 0,
                "maximum": steps,
                "description": "null or absent: the whole pass",
            },
        },
    }


def _array(shape: Shape) -> Schema:
    if not shape:
        return {"type": "number", "format": "double"}
    return {"type": "array", "items": _array(shape[1:]), "minItems": shape[0], "maxItems": shape[0]}
