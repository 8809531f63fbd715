"""States to look at, and what is shown of them: each runs its own pass, as an answer does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.engine import Array, Trace, as_arrays
from app.engine.graph import Direction
from app.snapshot import Explained, explained_snapshot, run, trace_of
from app.state import ViewState, from_query
from tests.engine.random_networks import Rule, outer, residual, state_with, three_layers, twice

OWN = from_query("", "backward", strict=True)
DIRECTIONS: tuple[Direction, ...] = ("forward", "backward")
BROKEN: dict[str, tuple[int, str, str, Rule]] = {
    "a factor of 1.0005": (4, "z", "W", lambda v, saved: 1.0005 * outer(v, saved["x"])),
    "a missing mask": (3, "h", "z", lambda v, _saved: v),
    "W for its transpose": (5, "z", "x", lambda v, saved: np.matvec(saved["W"], v)),
}
# Square, with a shut unit: neither the shape nor luck gives a broken rule away.
SQUARE = {
    "x": np.array([1.0, 0.5]),
    "W": np.array([[0.5, -0.2], [0.3, 0.4]]),
    "b": np.array([0.0, -2.0]),
    "y": np.array([0.2, 0.5]),
}


def at(step: int, query: str = "") -> ViewState:
    return from_query(query, "backward", strict=True).go("backward", step)


def explained(state: ViewState) -> Explained:
    """What a page gets."""
    return explained_snapshot(state, trace_of(state))


def both_passes(state: ViewState) -> Trace:
    """The trace of both passes, whatever step is looked at."""
    return run(replace(state, direction="backward"))


def values_of(state: ViewState) -> dict[str, Array]:
    return as_arrays(state.values)


def with_values(state: ViewState, **values: object) -> ViewState:
    """The whole backward pass of relu-mse with some numbers changed."""
    changed = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
    return state_with(values_of(state) | changed)


def using_twice() -> list[ViewState]:
    """One random network of each graph that uses a value more than once."""
    rng = np.random.default_rng(20263)
    size = {"x": (2,), "t": (3,), "W": (3, 2), "b": (3,), "V": (3, 3), "y": (3,)} | dict.fromkeys("ABC", (3, 2))
    found = []
    for graph in (residual(), twice(), three_layers()):
        shapes = size | ({"W": (3, 3)} if "t" in graph.by_name else {})
        found.append(state_with({leaf.name: rng.normal(size=shapes[leaf.name]) for leaf in graph.leaves}, graph=graph))
    return found
