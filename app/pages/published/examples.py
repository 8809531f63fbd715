"""The published examples: their numbers, and what their sources call things, as facts that examples.json holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.state import ViewState, from_json

# The groups of the gallery, in its order, each with its heading.
GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "one-layer": "One layer",
        "two-layers": "Two layers and a squared error",
        "classes": "Classes: softmax or sigmoid with cross-entropy",
        "batches": "Batches",
        "outputs": "No loss: an output is differentiated",
        "graphs": "Graphs that are no chains of layers",
    }
)
# The names that a source has for the entries of an array: one for each, in its shape, or one for all.
Names = Mapping[str, Any]


@dataclass(frozen=True)
class Published:
    """A published example, under its source's `title`.

    `network` and `values` are as in the body of a request, `lr`, `hold` and `steps` the step that is taken, and
    `reduce` how a batch is. `layout` says how the source arranges its weights, and `bias` what biases it has. `printed`
    has each number as it is printed, by the names that /compare reads, and `why` what is known of some of them.

    One that is no chain has no name: `nodes` and `loss` are its graph, as in the body of a request, and `assigned` the
    computations as its source has them, each with the name of what it computes.
    """

    name: str
    title: str
    about: str
    group: str
    layout: str
    printed: Mapping[str, str]
    remarks: tuple[str, ...] = ()
    network: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    lr: float | None = None
    hold: tuple[str, ...] = ()
    steps: int = 1
    reduce: str | None = None
    bias: str = "per-unit"
    names: Names = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    nodes: tuple[Mapping[str, Any], ...] = ()
    loss: str = ""
    assigned: tuple[tuple[str, str], ...] = ()

    @property
    def is_graph(self) -> bool:
        """Whether it is a graph for programs, which no address has."""
        return not self.network

    @property
    def address(self) -> str:
        """The address of its page."""
        return f"/networks/published/{self.name}"

    @property
    def body(self) -> Mapping[str, object]:
        """What a request says of its network, its numbers and its step."""
        graph = {"nodes": list(self.nodes), "loss": self.loss}
        body: dict[str, object] = {"network": self.network or graph, "values": self.values}
        if self.lr is not None:
            body |= {"lr": self.lr, "hold": list(self.hold)}
        if self.reduce is not None:
            body["reduce"] = self.reduce
        return body

    def view(self) -> ViewState:
        """Its network with its numbers and its step, in the backward pass."""
        return from_json(self.body, "backward")


@lru_cache(maxsize=1)
def published() -> tuple[Published, ...]:
    """Every published example, in the order of the file."""
    found = json.loads((Path(__file__).parent / "examples.json").read_text(encoding="utf-8"))
    return tuple(Published(**{name: _frozen(value) for name, value in one.items()}) for one in found)


def _frozen(value: Any) -> Any:
    """Lists of texts as tuples; arrays of numbers stay as a body has them."""
    return tuple(value) if isinstance(value, list) else value
