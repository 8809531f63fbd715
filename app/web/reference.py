"""The context of the API's reference page: what could be wrong on it is read or computed, not typed.

Public names: `Reference`, `reference`, `FIELDS`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from app.engine import DEFAULT, NETWORKS
from app.engine.graph import Direction
from app.settings import Settings
from app.snapshot import plain
from app.state import InvalidState, ViewState, field_text, from_query

from .errors import KINDS, Kind, Problem, problem
from .examples import Example, examples

# The fields of an answer; a test holds that none is missing and none is invented.
FIELDS: Mapping[str, str] = {
    "network": "which network",
    "title": "its name for people",
    "pass": "forward or backward",
    "step": "the step that is shown, 0 … steps",
    "steps": "how many steps the pass has",
    "loss": "the loss; null until the forward pass reaches it",
    "nodes[]": "the nodes, in topological order",
    "nodes[].name": "the node’s name; inputs, wrt and the rest refer to it",
    "nodes[].symbol": "how it is printed",
    "nodes[].op": "the op that computes it; null for a leaf",
    "nodes[].role": "input, parameter, target, hidden or loss",
    "nodes[].inputs[]": "the nodes it is computed from, in the order of the op’s slots",
    "nodes[].shape[]": "the shape of its value, and of its gradient",
    "nodes[].value": "its value; null until the forward pass reaches it",
    "nodes[].grad": "the loss’s gradient; null until the backward pass is there, or where none is taken",
    "nodes[].takes_grad": "whether it takes a gradient; a target does not",
    "nodes[].shut": "which entries of the gradient the op lets nothing through to; null where there is none",
    "nodes[].shut.entries[]": "true for each such entry, row by row",
    "nodes[].shut.reason": "the condition that shuts them",
    "nodes[].saved[]": "what the forward pass keeps for the VJPs",
    "nodes[].forward": "the op’s formula in this network’s names; null for a leaf",
    "nodes[].forward.latex": "for typesetting",
    "nodes[].forward.text": "as plain text",
    "nodes[].vjps[]": "one vector-Jacobian product for each input that takes a gradient",
    "nodes[].vjps[].wrt": "that input",
    "nodes[].vjps[].latex": "the formula, for typesetting",
    "nodes[].vjps[].text": "the formula as plain text",
    "nodes[].vjps[].value": "what it adds to the input’s gradient; null until the backward pass is there",
}


@dataclass(frozen=True, slots=True)
class LeafRow:
    """A leaf as the page lists it."""

    name: str
    shape: str
    numbers: str


@dataclass(frozen=True, slots=True)
class NetworkTable:
    """A network as the page lists it; `steps` by pass."""

    name: str
    title: str
    leaves: tuple[LeafRow, ...]
    steps: Mapping[Direction, int]


@dataclass(frozen=True, slots=True)
class Reference:
    """What the page shows. `answer` and `problem` are what the API says to `answered` and to `refused`."""

    networks: tuple[NetworkTable, ...]
    examples: tuple[Example, ...]
    fields: Mapping[str, str]
    answered: str
    answer: str
    refused: str
    problem: str
    kinds: Mapping[int, Kind]
    limits: Settings


def reference(base: str, settings: Settings) -> Reference:
    """The page's context for a server at `base`."""
    state = ViewState(DEFAULT, "backward", DEFAULT.numbers)
    refused = f"step={state.steps + 1}"
    return Reference(
        networks=tuple(_table(name) for name in NETWORKS),
        examples=examples(base),
        fields=FIELDS,
        answered=state.address("/api"),
        answer=_pretty(plain(state)),
        refused=f"{state.address('/api')}?{refused}",
        problem=_pretty(_problem(refused).model_dump()),
        kinds=KINDS,
        limits=settings,
    )


def _table(name: str) -> NetworkTable:
    network = NETWORKS[name]
    rows = [
        LeafRow(
            leaf.name,
            " × ".join(map(str, network.shape(leaf.name))) or "one number",
            field_text(network.numbers[leaf.name]),
        )
        for leaf in network.graph.leaves
    ]
    steps = {direction: len(events) for direction, events in network.graph.timelines.items()}
    return NetworkTable(network.name, network.title, tuple(rows), steps)


def _problem(query: str) -> Problem:
    try:
        from_query(query, "backward", strict=True)
    except InvalidState as error:
        return problem(422, error.errors)
    raise AssertionError("a step beyond the last was taken")


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
