"""What a body may hold: a schema for each network, and one more for each that takes other shapes than its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce

from app.digits import shape_text
from app.engine import DEFAULT, NETWORKS, Network
from app.engine.by_name import PATTERN
from app.engine.claims import TOLERANCE
from app.engine.descent import MAX_STEPS
from app.engine.sizes import DIMENSIONS, MAX_SIDE
from app.snapshot.formulas import gradient
from app.state.batch import MAX_SETS
from app.state.gradients import TOLERANCES
from app.state.params import parameters
from app.state.training import Training

from ..examples import batch_body, graded_body, printed_body, train_example_body
from .graphs import DESCRIPTION, a_graph, graph_schema, graph_values
from .printed import printed_schemas
from .values import (
    ANY_SHAPE,
    ASK,
    CHAIN_NAMES,
    CHAINS,
    HOLD,
    LR,
    REDUCE,
    TRAIL,
    TRAIN_LR,
    PassOrCheck,
    Schema,
    any_array,
    any_dimensions,
    array,
    ask_pattern,
    entries,
    leaf_schema,
    reduce_schema,
)

_JSON = "application/json"
_VALUES = "Values by name; what is left out has its default values."
_STEP = "The step to stop at; null or left out, the whole pass."
_OF_A_GRAPH = "The values of every leaf, by name."
_OF_A_GRAPH_IN_BULK = "Values by name; the first set has those of every leaf, and the others what differs from it."


def pass_body(question: PassOrCheck) -> Schema:
    """The body of a pass, or of a check, which takes values alone."""
    examples = _check_examples() if question == "check" else _pass_examples()
    schemas = [_pass_schema(network, question, any_shape=any_shape) for network, any_shape in _every()]
    properties = {"values": graph_values(_OF_A_GRAPH)}
    if question != "check":
        properties |= {
            "step": {"type": ["integer", "null"], "minimum": 0, "description": _STEP},
            "ask": {"type": ["string", "null"], "description": ASK},
        }
    return _request(schemas, _for_graph(properties, ["values"]), examples)


def batch_request() -> Schema:
    """The body of a pass over many value sets."""
    schemas = [_batch_schema(network, any_shape) for network, any_shape in _every()]
    sets = {**schemas[0]["properties"]["sets"], "items": graph_values(f"One set. {_OF_A_GRAPH_IN_BULK}")}
    of_graph = _for_graph({"sets": sets}, ["sets"])
    return _request(schemas, of_graph, {"sets": {"summary": "Three sets", "value": batch_body()}})


def train_request() -> Schema:
    """The body of a run of steps."""
    schemas = [_train_schema(network, any_shape) for network, any_shape in _every()]
    own = schemas[0]["properties"]
    names = {**own["hold"], "items": {"type": "string"}}
    of_graph = _for_graph({**own, "values": graph_values(_OF_A_GRAPH), "hold": names}, ["values"])
    return _request(schemas, of_graph, {"ten": _example("Ten steps", train_example_body())})


def grade_request() -> Schema:
    """The body of gradients that are to be graded."""
    schemas = [_grade_schema(network, any_shape) for network, any_shape in _every()]
    own = schemas[0]["properties"]
    any_gradient = next(iter(own["gradients"]["properties"].values()))["anyOf"]
    gradients = {**own["gradients"], "properties": {}, "additionalProperties": {"anyOf": any_gradient}}
    properties = {**own, "values": graph_values(_OF_A_GRAPH), "gradients": gradients}
    of_graph = _for_graph(properties, ["values", "gradients"])
    examples = {
        "graded": _example("Gradients, some of them wrong", graded_body()),
        "printed": _example("Printed numbers, with their digits", printed_body()),
    }
    found = _request(schemas, of_graph, examples)
    found["content"][_JSON]["schema"]["anyOf"] += printed_schemas()
    return found


def _every() -> list[tuple[Network, bool]]:
    """The networks that a body may name, each with whether it is in any shape: the chains, which are one, come last."""
    own = [(network, False) for network in NETWORKS.values()]
    return [*own, *((NETWORKS[name], True) for name in DIMENSIONS), *((network, True) for network in CHAINS)]


def _request(schemas: list[Schema], of_graph: Schema, examples: Schema) -> Schema:
    """A body of one of the schemas of `_every`, or with a graph."""
    named, chains = schemas[: -len(CHAINS)], schemas[-len(CHAINS) :]
    whole = {"anyOf": [*named, reduce(_with_properties_of, chains), of_graph]}
    return {"required": True, "content": {_JSON: {"schema": whole, "examples": examples}}}


def _for_graph(properties: Schema, required: list[str]) -> Schema:
    """A body with a graph in the place of a network's name, and some properties of one that has a name."""
    own = {name: said for name, said in properties.items() if name not in ("network", "reduce")}
    return {
        "type": "object",
        "title": "graph",
        "description": DESCRIPTION,
        "additionalProperties": False,
        "required": [*required, "network"],
        "properties": {"network": graph_schema(), **own},
    }


def _with_properties_of(one: Schema, other: Schema) -> Schema:
    """A schema of objects with the properties of another, too, at all depths: of chains together."""
    both = dict(one)
    for name, value in other.items():
        if isinstance(value, dict) and isinstance(one.get(name), dict):
            both[name] = _with_properties_of(one[name], value)
        elif name == "maximum" and name in one:
            both[name] = max(one[name], value)
        else:
            both.setdefault(name, value)
    return both


def _pass_schema(network: Network, question: PassOrCheck, *, any_shape: bool) -> Schema:
    properties: Schema = {"values": _values(network, _VALUES, any_shape=any_shape)}
    if question != "check":
        properties["step"] = {
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": len(network.graph.timelines[question]) + 1,
            "description": f"{_STEP} The last is one of a batch.",
        }
        asked = {"pattern": ask_pattern(CHAINS if network in CHAINS else [network])}
        properties["ask"] = {"type": ["string", "null"], **asked, "description": ASK}
    if question == "backward":
        properties |= _update_schema(network, LR)
    return _for_network(network, properties, [], any_shape=any_shape)


def _update_schema(network: Network, says: str) -> Schema:
    """What a step of gradient descent is asked for with."""
    names: Schema = {"type": "string"} if network in CHAINS else {"type": "string", "enum": [*parameters(network)]}
    return {
        "lr": {"type": ["number", "null"], "exclusiveMinimum": 0, "description": says},
        "hold": {"type": ["array", "null"], "items": names, "description": HOLD},
    }


def _train_schema(network: Network, any_shape: bool) -> Schema:
    steps = {"type": ["integer", "null"], "minimum": 1, "maximum": MAX_STEPS, "default": Training.steps}
    trail = {"type": ["boolean", "null"], "default": False, "description": f"Whether to send {TRAIL}"}
    properties: Schema = {
        "values": _values(network, _VALUES, any_shape=any_shape),
        **_update_schema(network, TRAIN_LR),
        "steps": {**steps, "description": "How many steps to take."},
        "trail": trail,
    }
    return _for_network(network, properties, [], any_shape=any_shape)


def _batch_schema(network: Network, any_shape: bool) -> Schema:
    sets = {
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_SETS,
        "items": _values(network, f"One set. {_VALUES}", any_shape=any_shape),
        "description": "The value sets, in the order in which they are answered; all have the same shapes.",
    }
    return _for_network(network, {"sets": sets}, ["sets"], any_shape=any_shape)


def _grade_schema(network: Network, any_shape: bool) -> Schema:
    """A body to be graded; the arrays of a gradient may have any shape, since a wrong one is part of the grade."""
    least, most = TOLERANCES
    properties: Schema = {
        "values": _values(network, _VALUES, any_shape=any_shape),
        "gradients": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": _gradients(network),
            "description": "The gradients to be graded, by node: any of those that take one.",
        },
        "tolerance": {
            "type": "number",
            "minimum": least,
            "maximum": most,
            "default": TOLERANCE,
            "description": "How far a right entry may be off, relative to the largest entry of its gradient.",
        },
    }
    return _for_network(network, properties, ["gradients"], any_shape=any_shape)


def _gradients(network: Network) -> Schema:
    number: Schema = {"type": "number", "format": "double"}
    row: Schema = {"type": "array", "items": number, "minItems": 1, "maxItems": MAX_SIDE * MAX_SIDE}
    rows: Schema = {"type": "array", "items": {**row, "maxItems": MAX_SIDE}, "minItems": 1, "maxItems": MAX_SIDE}
    graph = network.graph
    return {
        node.name: {
            "anyOf": [number, row, rows],
            "description": f"{gradient(graph, node.name).text}: a right one has the shape of {node.symbol}.",
        }
        for node in graph.nodes
        if node.name in graph.requires_grad
    }


def _values(network: Network, description: str, *, any_shape: bool) -> Schema:
    """Values by name; what JSON Schema can't say, that their shapes fit each other, stands in the description."""
    values = {}
    for leaf in network.graph.leaves:
        shape = any_dimensions(network, leaf.name) if any_shape else network.shape(leaf.name)
        schema = any_array(shape) if isinstance(shape, str) else array(shape)
        said = f"The values of {leaf.symbol}, of shape {shape_text(shape)}."
        values[leaf.name] = {**leaf_schema(network, leaf.name, schema), "description": said}
    return {"type": "object", "additionalProperties": False, "properties": values, "description": description}


def _for_network(network: Network, properties: Schema, required: list[str], *, any_shape: bool) -> Schema:
    """A body that names its network; only the default one may go unnamed."""
    if network in CHAINS:
        return _for_chains(properties, required)
    unnamed = network is DEFAULT
    name = {
        "type": "string",
        "enum": [network.name],
        "description": "Which network; left out, this one." if unnamed else "Which network.",
    }
    return {
        "type": "object",
        "title": re.sub(r"\W+", "_", network.name) + ("_of_any_shape" if any_shape else ""),
        "description": ANY_SHAPE if any_shape else network.title,
        "additionalProperties": False,
        "required": [*required, *([] if unnamed else ["network"])],
        "properties": {"network": name, **properties, "reduce": {**reduce_schema(), "description": REDUCE}},
    }


def _for_chains(properties: Schema, required: list[str]) -> Schema:
    """A body that names a chain."""
    return {
        "type": "object",
        "title": "chain",
        "description": CHAIN_NAMES,
        "additionalProperties": False,
        "required": [*required, "network"],
        "properties": {
            "network": {"type": "string", "pattern": f"^{PATTERN}$", "description": "Which chain."},
            **properties,
            "reduce": {**reduce_schema(), "description": REDUCE},
        },
    }


def _pass_examples() -> Schema:
    graph, values = a_graph()
    x = {"x": [2.0] * DEFAULT.shape("x")[0]}
    return {
        "defaults": _example("The default network, whole pass", {}),
        "step": _example("Other inputs, one step", {"network": DEFAULT.name, "values": x, "step": 1}),
        "ask": _example("Where one entry comes from", {"network": DEFAULT.name, "ask": next(iter(entries(DEFAULT)))}),
        "graph": _example("A graph of its own", {"network": graph, "values": values}),
    }


def _check_examples() -> Schema:
    return {"defaults": _example("The default network, its default values", {})} | {
        example.name: _example(example.title, {"network": DEFAULT.name, "values": dict(example.values)})
        for example in DEFAULT.examples
        if example.values
    }


def _example(summary: str, value: Mapping[str, object]) -> Schema:
    return {"summary": summary, "value": value}
