"""What the API promises, as OpenAPI has it, made from the gallery: networks, shapes, steps, examples.

Public names: `address`, `body`, `heads`, `refusals`. Each returns keyword arguments for a FastAPI route.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

from pydantic import BaseModel

from app.engine import DEFAULT, NETWORKS, Network, Shape
from app.engine.chains import LARGEST_LOGIT
from app.engine.graph import Direction
from app.snapshot import Snapshot
from app.snapshot.derivation import key
from app.snapshot.heads import Heads
from app.snapshot.views import Proof
from app.state import HeadsState, field_text

from .errors import KINDS, Problem

Schema = dict[str, Any]
Question = Literal[Direction, "check"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question is about, and what comes back."""

    summary: str
    model: type[BaseModel]
    description: str


ANSWERS: dict[Question, Answer] = {
    "forward": Answer("Forward pass", Snapshot, "The snapshot."),
    "backward": Answer("Backward pass", Snapshot, "The snapshot."),
    "check": Answer("Every gradient, checked", Proof, "The proof."),
}

_ASK = (
    "An entry to explain, counted from 1, such as W.2.1; a scalar is its name alone. The answer's ask says which terms "
    "its value (in the forward pass) or gradient (in the backward pass) is the sum of."
)
# As app.state reads it: blanks at the ends and the page's own minus sign are welcome.
_NUMBER = r" *[-+−]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)? *"


def address(question: Question) -> dict[str, Any]:
    """Documentation of a GET, whose query is the page's; a check takes numbers alone."""
    leaves = {leaf.name: leaf.symbol for network in NETWORKS.values() for leaf in network.graph.leaves}
    parameters = [_parameter("network", {"type": "string", "enum": list(NETWORKS)}, "Which network.", DEFAULT.name)]
    for name, symbol in leaves.items():
        known = [network for network in NETWORKS.values() if name in network.numbers]
        patterns = dict.fromkeys(_pattern(network.shape(name)) for network in known)
        schema = {"type": "string", "pattern": f"^({'|'.join(patterns)})$"}
        text = f"{symbol}: {_shapes(known, name)}. Commas between numbers, semicolons between rows."
        # together the examples make one request, so there is none for what the default network does not have
        own = field_text(DEFAULT.numbers[name], gap="") if DEFAULT in known else None
        parameters.append(_parameter(name, schema, text, own))
    if question != "check":
        parameters.append(_parameter("step", _step(question), "The step to stop at; left out, the whole pass.", 1))
        entries = dict.fromkeys(entry for network in NETWORKS.values() for entry in _entries(network))
        parameters.append(_parameter("ask", {"type": "string", "enum": list(entries)}, _ASK, next(iter(entries))))
    return _documented(question, "get", {"parameters": parameters}, (414, 422))


def heads() -> dict[str, Any]:
    """Documentation of the heads side by side, whose query is their page's."""
    own = HeadsState()
    layer = NETWORKS["identity-mse"]
    parameters = [
        _parameter(
            name,
            {"type": "string", "pattern": f"^({_pattern(layer.shape(name))})$"},
            f"{name}: {_shapes([layer], name)}. Commas between numbers, semicolons between rows.",
            field_text(numbers, gap=""),
        )
        for name, numbers in own.numbers.items()
    ]
    logit = {"type": "number", "minimum": -LARGEST_LOGIT, "maximum": LARGEST_LOGIT}
    entries = layer.shape("z")[0]
    parameters += [
        _parameter("unfused", {"type": "integer", "enum": [0, 1]}, "1: the chains of two ops as well.", 1),
        _parameter("z", logit, "One logit, for the one op and the chains of two.", own.z),
        _parameter("y", {"type": "integer", "enum": [0, 1]}, "Its target.", own.y),
        _parameter(
            "entry",
            {"type": "integer", "minimum": 1, "maximum": entries},
            "The entry whose terms are listed.",
            own.entry,
        ),
    ]
    return {
        "operation_id": "heads",
        "summary": "The heads side by side",
        "responses": {200: {"model": Heads, "description": "The heads."}, **refusals(414, 422)},
        "openapi_extra": {"parameters": parameters},
    }


def body(question: Question) -> dict[str, Any]:
    """Documentation of a POST."""
    schemas = [_body_schema(network, question) for network in NETWORKS.values()]
    content = {
        "application/json": {
            "schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas},
            "examples": _check_examples() if question == "check" else _pass_examples(),
        }
    }
    request = {"required": True, "content": content}
    return _documented(question, "post", {"requestBody": request}, (400, 413, 414, 415, 422))


def _pass_examples() -> Schema:
    x = {"x": [2.0] * DEFAULT.shape("x")[0]}
    return {
        "defaults": {"summary": "The default network, whole pass", "value": {}},
        "step": {
            "summary": "Other inputs, one step",
            "value": {"network": DEFAULT.name, "values": x, "step": 1},
        },
        "ask": {
            "summary": "Where one entry comes from",
            "value": {"network": DEFAULT.name, "ask": next(iter(_entries(DEFAULT)))},
        },
    }


def _check_examples() -> Schema:
    own = {"defaults": {"summary": "The default network, its own numbers", "value": {}}}
    return own | {
        example.name: {
            "summary": example.title,
            "value": {"network": DEFAULT.name, "values": dict(example.numbers)},
        }
        for example in DEFAULT.examples
        if example.numbers
    }


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


def _documented(question: Question, method: str, extra: Schema, statuses: tuple[int, ...]) -> dict[str, Any]:
    how = {"get": "an address", "post": "a JSON body"}[method]
    answer = ANSWERS[question]
    return {
        "operation_id": f"{method}_{question}",
        "summary": f"{answer.summary}, from {how}",
        "responses": {200: {"model": answer.model, "description": answer.description}, **refusals(*statuses)},
        "openapi_extra": extra,
    }


def _parameter(name: str, schema: Schema, description: str, example: object | None) -> Schema:
    documented = {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
    return documented if example is None else {**documented, "example": example}


def _step(direction: Direction) -> Schema:
    most = max(len(network.graph.timelines[direction]) for network in NETWORKS.values())
    return {"type": "integer", "minimum": 0, "maximum": most}


def _entries(network: Network) -> Iterable[str]:
    """Every entry of every node, hidden ones included, as `ask` names it."""
    for name, shape in network.shapes.items():
        yield from (key(name, index) for index in product(*map(range, shape)))


def _pattern(shape: Shape) -> str:
    """A regular expression for the numbers of a leaf, as text."""
    row = _NUMBER + "".join(f"(,{_NUMBER}){{{shape[-1] - 1}}}" for _ in shape[-1:])
    return row + (f"(;{row}){{{shape[0] - 1}}}" if len(shape) == 2 else "")


def _shapes(networks: list[Network], name: str) -> str:
    shapes = dict.fromkeys(" × ".join(map(str, network.shape(name))) or "one" for network in networks)
    return " or ".join(shapes) + (" number" if list(shapes) == ["one"] else " numbers")


def _body_schema(network: Network, question: Question) -> Schema:
    values = {
        leaf.name: {**_array(network.shape(leaf.name)), "description": leaf.symbol} for leaf in network.graph.leaves
    }
    properties: Schema = {
        "network": {"type": "string", "enum": [network.name]},
        "values": {"type": "object", "additionalProperties": False, "properties": values},
    }
    if question != "check":
        properties["step"] = {
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": len(network.graph.timelines[question]),
            "description": "null or absent: the whole pass",
        }
        properties["ask"] = {"type": ["string", "null"], "enum": [*_entries(network), None], "description": _ASK}
    return {
        "type": "object",
        "title": re.sub(r"\W+", "_", network.name),
        "description": network.title,
        "additionalProperties": False,
        # only the default network may go unnamed
        "required": [] if network is DEFAULT else ["network"],
        "properties": properties,
    }


def _array(shape: Shape) -> Schema:
    if not shape:
        return {"type": "number", "format": "double"}
    return {"type": "array", "items": _array(shape[1:]), "minItems": shape[0], "maxItems": shape[0]}
