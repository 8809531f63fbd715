"""What a body may hold where a graph stands in the place of a network's name."""

from __future__ import annotations

from app.engine import OPS
from app.engine.assembled import MAX_NAME, MAX_NODES, NAME
from app.engine.sizes import MAX_SIDE

from .values import Schema, any_array

DESCRIPTION = (
    f"A graph of its own: up to {MAX_NODES} ops of the table in any order, without a cycle, and which of them is the "
    "loss, one number. What no node computes is a leaf; its values must be given, and their shape is its own. A leaf "
    "at y of a loss takes no gradient. The network of the answer is then null."
)
_NAME: Schema = {"type": "string", "pattern": f"^{NAME.pattern}$", "maxLength": MAX_NAME}


def graph_schema() -> Schema:
    """The schema of a graph. That slots are the op's, names are there and shapes fit is what it can't say."""
    nodes = {
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_NODES,
        "items": _node_schema(),
        "description": "The nodes that are computed, in any order.",
    }
    return {
        "type": "object",
        "description": DESCRIPTION,
        "additionalProperties": False,
        "required": ["nodes", "loss"],
        "properties": {"nodes": nodes, "loss": {**_NAME, "description": "The node that is the loss."}},
    }


def _node_schema() -> Schema:
    slots = "; ".join(f"{name}: {', '.join(op.inputs)}" for name, op in OPS.items())
    inputs = {
        "type": "object",
        "additionalProperties": _NAME,
        "description": f"Which node stands at each input of the op. {slots}.",
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "op", "inputs"],
        "properties": {
            "name": {**_NAME, "description": "What the node is called."},
            "op": {"type": "string", "enum": list(OPS), "description": "The op that computes it."},
            "inputs": inputs,
        },
    }


def graph_values(description: str) -> Schema:
    """The schema of values by name, of any leaves."""
    arrays = [any_array(dimensions) for dimensions in ("", "n", "mn")]
    return {
        "type": "object",
        "propertyNames": _NAME,
        "additionalProperties": {"anyOf": arrays},
        "description": f"{description} Each is a number, a vector or a matrix with sides of up to {MAX_SIDE}.",
    }


def a_graph() -> tuple[Schema, Schema]:
    """A small graph, and values for it: half the square of a product."""
    nodes = [
        {"name": "p", "op": "multiply", "inputs": {"a": "a", "b": "b"}},
        {"name": "L", "op": "mse", "inputs": {"h": "p", "y": "y"}},
    ]
    return {"nodes": nodes, "loss": "L"}, {"a": [2.0], "b": [3.0], "y": [5.0]}
