"""Both passes over one graph, as far as they are needed to show a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.engine import Array, Graph
from app.engine.passes import Step


@dataclass(frozen=True)
class Passes:
    """Every value by node, the steps of the whole forward pass, and the backward steps taken so far."""

    graph: Graph
    values: Mapping[str, Array]
    run: Sequence[Step]
    done: Sequence[Step]
