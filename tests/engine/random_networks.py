"""Random relu-mse networks as states of the product, seeded, so that a red test is red again tomorrow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from app.engine import Array, Graph, Network, Values, leaf, node, relu_mse
from app.engine.graph import Direction
from app.state import ViewState

Rule = Callable[[Array, Mapping[str, Array]], Array]


def outer(left: Array, right: Array) -> Array:
    """The outer product of two vectors, or of stacks of them, as a rule must take them."""
    return left[..., :, None] * right[..., None, :]


def nested(array: Array) -> Values:
    """The numbers of a vector or matrix, as a state holds them."""
    return tuple(tuple(row) if isinstance(row, list) else row for row in array.tolist())


def state_with(
    values: Mapping[str, Array], direction: Direction = "backward", *, graph: Graph | None = None
) -> ViewState:
    """The whole pass of a network that has these numbers as its own."""
    numbers = {name: nested(np.asarray(value, dtype=np.float64)) for name, value in values.items()}
    network = Network("drawn", "drawn for a test", graph or relu_mse(), numbers)
    return ViewState(network, direction, numbers)


def drawn_state(rng: np.random.Generator, m: int, n: int, *, inactive: bool = False) -> ViewState:
    """m units on n inputs; `inactive` makes sure that the first unit is."""
    x, W, b = rng.normal(size=n), rng.normal(size=(m, n)), rng.normal(size=m)
    if inactive:
        b[0] = -abs(W[0]) @ abs(x) - 0.5
    return state_with({"x": x, "W": W, "b": b, "y": rng.normal(size=m)})


def drawn_states() -> list[ViewState]:
    """200 networks: every shape from 1×1 to 8×8 at least three times, every third with a shut unit."""
    rng = np.random.default_rng(20261)
    return [drawn_state(rng, 1 + i % 8, 1 + i // 8 % 8, inactive=i % 3 == 0) for i in range(200)]


def residual() -> Graph:
    """r = V ReLU(z) + z: z is used twice."""
    return Graph(
        [
            leaf("x", "input"),
            leaf("W", "parameter"),
            leaf("b", "parameter"),
            node("z", "linear", W="W", x="x", b="b"),
            node("h", "relu", z="z"),
            leaf("V", "parameter"),
            node("r", "linear", W="V", x="h", b="z"),
            leaf("y", "target", symbol="y*", latex="y^{*}"),
            node("L", "mse", h="r", y="y"),
        ]
    )


def twice() -> Graph:
    """z = W t + t: t stands in two slots of one op."""
    return Graph(
        [
            leaf("t", "input"),
            leaf("W", "parameter"),
            node("z", "linear", W="W", x="t", b="t"),
            leaf("y", "target"),
            node("L", "mse", h="z", y="y"),
        ]
    )


def three_layers() -> Graph:
    """z = A x + (B x + (C x + b)): x feeds three layers, each of which keeps it."""
    return Graph(
        [
            leaf("x", "input"),
            *[leaf(name, "parameter") for name in ("A", "B", "C", "b")],
            node("u", "linear", W="C", x="x", b="b"),
            node("t", "linear", W="B", x="x", b="u"),
            node("z", "linear", W="A", x="x", b="t"),
            leaf("y", "target"),
            node("L", "mse", h="z", y="y"),
        ]
    )


def with_rule(graph: Graph, name: str, slot: str, rule: Rule) -> Graph:
    """The same graph, but one VJP of the node `name` is done another way."""
    op = graph.computed[name].op
    changed = replace(op, vjps={**op.vjps, slot: replace(op.vjps[slot], rule=rule)})
    return Graph(replace(entry, op=changed) if entry is graph.computed[name] else entry for entry in graph.nodes)
