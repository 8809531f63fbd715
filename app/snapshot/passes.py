"""Both passes over one graph, as far as they are needed to show a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.engine import Array, Graph
from app.engine.trace import Step


@dataclass(frozen=True)
class Passes:
    """Both passes over one graph.

    `values` holds every value by node; `run` is the whole forward pass, `known` as much of it as the step has reached,
    and `done` the backward steps taken so far.
    """

    graph: Graph
    values: Mapping[str, Array]
    run: Sequence[Step]
    known: Sequence[Step]
    done: Sequence[Step]
