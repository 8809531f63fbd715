"""What the API promises, as OpenAPI has it, made from the gallery: networks, shapes, steps, examples.

Each returns what a route takes.
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
from app.engine.cost import DTYPES
from app.engine.graph import Direction
from app.engine.mistakes import TOLERANCE
from app.engine.sizes import DIMENSIONS, MAX_SIDE, SIZE_LEAF
from app.pages.cost.data import Cost
from app.pages.cost.question import SIZES, CostState
from app.pages.heads.data import Heads
from app.pages.heads.question import HeadsState
from app.snapshot import Snapshot
from app.snapshot.batch import BatchAnswer
from app.snapshot.formulas import gradient
from app.snapshot.gradcheck import Gradcheck
from app.snapshot.grade import Grade
from app.snapshot.indices import key
from app.state import field_text
from app.state.batch import MAX_SETS
from app.state.gradients import TOLERANCES

from .errors import KINDS, Problem
from .examples import batch_body, graded_body

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
    "check": Answer("Every gradient, checked", Gradcheck, "The proof."),
}

_ASK = (
    "An entry to explain, counted from 1, such as W.2.1; a scalar is its name alone. The answer's ask says which terms "
    "its value (in the forward pass) or gradient (in the backward pass) is the sum of."
)
_ANY_SHAPE = (
    f"{' and '.join(DIMENSIONS)} takes {SIZE_LEAF} of any shape (m, n), both from 1 to {MAX_SIDE}. All other numbers must "
    "fit it, and those whose own do not must be given."
)
# As app.state reads it: blanks at the ends and the page's own minus sign are welcome.
_NUMBER = r" *[-+−]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)? *"


def address(question: Question) -> dict[str, Any]:
    """Documentation of a GET, whose query is the page's; a check takes numbers alone."""
    leaves = {leaf.name: leaf.symbol for network in NETWORKS.values() for leaf in network.graph.leaves}
    parameters = [_parameter("network", {"type": "string", "enum": list(NETWORKS)}, "Which network.", DEFAULT.name)]
    for name, symbol in leaves.items():
        known = [network for network in NETWORKS.values() if name in network.defaults]
        patterns = dict.fromkeys(
            [_pattern(network.shape(name)) for network in known]
            + [_any_pattern(DIMENSIONS[network.name][name]) for network in known if network.name in DIMENSIONS]
        )
        schema = {"type": "string", "pattern": f"^({'|'.join(patterns)})$"}
        text = f"{symbol}: {_shapes(known, name)}. Commas between numbers, semicolons between rows. {_ANY_SHAPE}"
        # together the examples make one request, so there is none for what the default network does not have
        own = field_text(DEFAULT.defaults[name], gap="") if DEFAULT in known else None
        parameters.append(_parameter(name, schema, text, own))
    if question != "check":
        parameters.append(_parameter("step", _step(question), "The step to stop at; left out, the whole pass.", 1))
        schema = {"type": "string", "pattern": _ask_pattern(NETWORKS.values())}
        parameters.append(_parameter("ask", schema, _ASK, next(iter(_entries(DEFAULT)))))
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
        for name, numbers in own.values.items()
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
    schemas += [_body_schema(NETWORKS[name], question, any_shape=True) for name in DIMENSIONS]
    content = {
        "application/json": {
            "schema": {"anyOf": schemas},
            "examples": _check_examples() if question == "check" else _pass_examples(),
        }
    }
    request = {"required": True, "content": content}
    return _documented(question, "post", {"requestBody": request}, (400, 413, 414, 415, 422))


def batch(direction: Direction) -> dict[str, Any]:
    """Documentation of a POST of many value sets."""
    schemas = [_batch_schema(network) for network in NETWORKS.values()]
    schemas += [_batch_schema(NETWORKS[name], any_shape=True) for name in DIMENSIONS]
    shown = {"sets": {"summary": "Three sets", "value": batch_body()}}
    content = {"application/json": {"schema": {"anyOf": schemas}, "examples": shown}}
    return {
        "operation_id": f"post_batch_{direction}",
        "summary": f"{ANSWERS[direction].summary} of many value sets",
        "responses": {
            200: {"model": BatchAnswer, "description": "A column for each quantity."},
            **refusals(400, 413, 415, 422),
        },
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }


def grading() -> dict[str, Any]:
    """Documentation of the POST that grades."""
    schemas = [_graded_schema(network) for network in NETWORKS.values()]
    schemas += [_graded_schema(NETWORKS[name], any_shape=True) for name in DIMENSIONS]
    shown = {"graded": {"summary": "Gradients, some of them wrong", "value": graded_body()}}
    content = {"application/json": {"schema": {"anyOf": schemas}, "examples": shown}}
    return {
        "operation_id": "post_grade",
        "summary": "Gradients graded",
        "responses": {200: {"model": Grade, "description": "The grade."}, **refusals(400, 413, 414, 415, 422)},
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }


def _graded_schema(network: Network, *, any_shape: bool = False) -> Schema:
    """A body to be graded; the arrays of a gradient may have any shape, since a wrong one is part of the grade."""
    number: Schema = {"type": "number", "format": "double"}
    row: Schema = {"type": "array", "items": number, "minItems": 1, "maxItems": MAX_SIDE * MAX_SIDE}
    rows: Schema = {"type": "array", "items": {**row, "maxItems": MAX_SIDE}, "minItems": 1, "maxItems": MAX_SIDE}
    graph, (least, most) = network.graph, TOLERANCES
    gradients = {
        node.name: {"anyOf": [number, row, rows], "description": gradient(graph, node.name).text}
        for node in graph.nodes
        if node.name in graph.requires_grad
    }
    properties: Schema = {
        "values": _values_schema(network, any_shape=any_shape),
        "gradients": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": gradients,
            "description": "What somebody says the gradients are, by node: any of those that take one.",
        },
        "tolerance": {
            "type": "number",
            "minimum": least,
            "maximum": most,
            "default": TOLERANCE,
            "description": "How far |claimed − right| / max(1, |claimed|, |right|) may be off.",
        },
    }
    return _for_network(network, properties, ["gradients"], any_shape=any_shape)


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
            "value": {"network": DEFAULT.name, "values": dict(example.values)},
        }
        for example in DEFAULT.examples
        if example.values
    }


_SIZES = {
    "n": "Inputs of a layer.",
    "m": "Outputs of a layer.",
    "layers": "How many layers of that shape.",
    "batch": "How many examples.",
}


def cost() -> dict[str, Any]:
    """Documentation of the GET that reckons what layers cost."""
    own = CostState()
    parameters = [
        _parameter(name, {"type": "integer", "minimum": 1, "maximum": most}, _SIZES[name], getattr(own, name))
        for name, most in SIZES.items()
    ]
    kinds = {"type": "string", "enum": list(DTYPES)}
    parameters.append(_parameter("dtype", kinds, "The type of every number, for its bytes.", own.dtype))
    return {
        "operation_id": "get_cost",
        "summary": "What layers cost at scale",
        "responses": {200: {"model": Cost, "description": "The sums, as exact integers."}, **refusals(414, 422)},
        "openapi_extra": {"parameters": parameters},
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


def _any_pattern(dimensions: str) -> str:
    """The same for a leaf of any shape."""
    more = f"{{0,{MAX_SIDE - 1}}}"
    row = f"{_NUMBER}(,{_NUMBER}){more}"
    return f"{row}(;{row}){more}" if len(dimensions) == 2 else row


def _ask_pattern(networks: Iterable[Network]) -> str:
    """Entries by name, of any size that there may be."""
    ranks = dict.fromkeys((name, len(shape)) for network in networks for name, shape in network.shapes.items())
    return "^(" + "|".join(name + r"\.[1-9][0-9]?" * rank for name, rank in ranks) + ")$"


def _shapes(networks: list[Network], name: str) -> str:
    shapes = dict.fromkeys(" × ".join(map(str, network.shape(name))) or "one" for network in networks)
    return " or ".join(shapes) + (" number" if list(shapes) == ["one"] else " numbers")


def _values_schema(network: Network, *, any_shape: bool) -> Schema:
    """Numbers by name; what JSON Schema can't say, that their shapes fit each other, stands in the description."""
    values = {
        leaf.name: {
            **(_any_array(DIMENSIONS[network.name][leaf.name]) if any_shape else _array(network.shape(leaf.name))),
            "description": leaf.symbol,
        }
        for leaf in network.graph.leaves
    }
    return {"type": "object", "additionalProperties": False, "properties": values}


def _batch_schema(network: Network, *, any_shape: bool = False) -> Schema:
    items = _values_schema(network, any_shape=any_shape)
    sets = {"type": "array", "minItems": 1, "maxItems": MAX_SETS, "items": items}
    return _for_network(network, {"sets": sets}, ["sets"], any_shape=any_shape)


def _body_schema(network: Network, question: Question, *, any_shape: bool = False) -> Schema:
    properties: Schema = {"values": _values_schema(network, any_shape=any_shape)}
    if question != "check":
        properties["step"] = {
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": len(network.graph.timelines[question]),
            "description": "null or absent: the whole pass",
        }
        entries = {"pattern": _ask_pattern([network])} if any_shape else {"enum": [*_entries(network), None]}
        properties["ask"] = {"type": ["string", "null"], **entries, "description": _ASK}
    return _for_network(network, properties, [], any_shape=any_shape)


def _for_network(network: Network, properties: Schema, required: list[str], *, any_shape: bool) -> Schema:
    """A body that names its network; only the default one may go unnamed."""
    return {
        "type": "object",
        "title": re.sub(r"\W+", "_", network.name) + ("_of_any_shape" if any_shape else ""),
        "description": _ANY_SHAPE if any_shape else network.title,
        "additionalProperties": False,
        "required": [*required, *([] if network is DEFAULT else ["network"])],
        "properties": {"network": {"type": "string", "enum": [network.name]}, **properties},
    }


def _any_array(dimensions: str) -> Schema:
    if not dimensions:
        return _array(())
    return {"type": "array", "items": _any_array(dimensions[1:]), "minItems": 1, "maxItems": MAX_SIDE}


def _array(shape: Shape) -> Schema:
    if not shape:
        return {"type": "number", "format": "double"}
    return {"type": "array", "items": _array(shape[1:]), "minItems": shape[0], "maxItems": shape[0]}
