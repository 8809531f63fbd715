"""The schemas of bodies that hold printed numbers: one of the default network, and one of chains."""

from __future__ import annotations

from app.engine import DEFAULT
from app.engine.by_name import PATTERN
from app.state.params import parameters
from app.state.printed import MAX_NUMBERS, MAX_STEPS, MAX_TEXT

from .values import CHAIN_NAMES, Schema, array

_HOLD = "The parameters that the step leaves as they are."


def printed_schemas() -> list[Schema]:
    """A schema for each: gradients may be left out where there are printed numbers."""
    values = {leaf.name: array(DEFAULT.shape(leaf.name)) for leaf in DEFAULT.graph.leaves}
    own = {"type": "object", "additionalProperties": False, "properties": values}
    held = {"type": "string", "enum": list(parameters(DEFAULT))}
    name = {"type": "string", "enum": [DEFAULT.name]}
    chain = {"type": "string", "pattern": f"^{PATTERN}$"}
    any_held = {"type": "string", "pattern": "^[Wb][1-8]?$"}
    any_values = {"type": "object", "additionalProperties": {"type": "array", "items": {}}}
    return [
        _schema("printed", DEFAULT.title, {"network": name, "values": own}, held, ["printed"]),
        _schema(
            "printed_of_a_chain",
            CHAIN_NAMES,
            {"network": chain, "values": any_values},
            any_held,
            ["network", "printed"],
        ),
    ]


def _schema(title: str, description: str, of_network: Schema, held: Schema, required: list[str]) -> Schema:
    properties = {
        "network": {**of_network["network"], "description": "Which network."},
        "values": {**of_network["values"], "description": "Values by name; what is left out has its default values."},
        "printed": {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": MAX_TEXT},
                {
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": MAX_NUMBERS,
                    "additionalProperties": {"type": "string"},
                },
            ],
            "description": "Printed numbers: a text of lines such as dW1.1.1 = 0.000438568, or texts of numbers, or of "
            "arrays of them, by name.",
        },
        "lr": {"type": "number", "exclusiveMinimum": 0, "description": "The learning rate of the step."},
        "hold": {"type": "array", "items": held, "description": _HOLD},
        "steps": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_STEPS,
            "default": 1,
            "description": "How many steps lie behind the numbers whose names end in +.",
        },
    }
    return {
        "type": "object",
        "title": title,
        "description": description,
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }
