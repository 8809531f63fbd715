"""The gallery: each network's graph, its own numbers, and numbers worth looking at.

Public names: `Network`, `NETWORKS`, `DEFAULT`, `relu_mse`, `identity_mse`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from .graph import Graph, leaf, node
from .ops import Array, Shape

# A number, a vector or a matrix as nested tuples: frozen, comparable, free of NumPy.
Numbers: TypeAlias = "float | tuple[Numbers, ...]"


@dataclass(frozen=True)
class Example:
    """Numbers that show one thing; what is left out stays as the network's own."""

    name: str
    title: str
    numbers: Mapping[str, Numbers]


@dataclass(frozen=True, eq=False)
class Network:
    """A graph with its own numbers, which every omitted value falls back to; `about` says what to look at."""

    name: str
    title: str
    graph: Graph
    numbers: Mapping[str, Numbers]
    examples: tuple[Example, ...] = ()
    about: str = ""

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of every node."""
        return MappingProxyType(self.graph.shapes({name: np.shape(own) for name, own in self.numbers.items()}))

    def shape(self, name: str) -> Shape:
        """The shape of one node. Raises KeyError for a name the graph does not know."""
        return self.shapes[name]


def arrays(numbers: Mapping[str, Numbers]) -> dict[str, Array]:
    """The same numbers as float64 arrays, ready for `forward`."""
    return {name: np.asarray(value, dtype=np.float64) for name, value in numbers.items()}


def relu_mse() -> Graph:
    """z = W x + b, h = ReLU(z), L = ½‖h − y*‖², for W of any shape (m, n)."""
    return Graph(
        [
            leaf("x", "input"),
            leaf("W", "parameter"),
            leaf("b", "parameter"),
            node("z", "linear", W="W", x="x", b="b"),
            node("h", "relu", z="z"),
            leaf("y", "target", symbol="y*", latex="y^{*}"),
            node("L", "mse", h="h", y="y"),
        ]
    )


_RELU_MSE = Network(
    name="relu-mse",
    title="2 → 3 · linear + ReLU + squared error",
    about="An open unit passes the gradient as it is; a shut one passes none.",
    graph=relu_mse(),
    numbers={
        "x": (1.0, 0.5),
        "W": ((0.5, -0.2), (0.3, 0.4), (-0.1, 0.6)),
        "b": (0.0, -0.1, 0.0),
        "y": (0.2, 0.5, 0.1),
    },
    examples=(
        Example("own", "own numbers", {}),
        Example("shut", "a shut unit", {"b": (0.0, -0.1, -0.6)}),
        Example("kink", "at the kink", {"b": (0.0, -0.5, 0.0)}),
        # Sums of powers of ½, so that the loss is 0 in floating point too, not merely near it.
        Example(
            "zero",
            "loss 0",
            {"W": ((0.5, -0.25), (0.25, 0.5), (-0.25, 1.0)), "b": (0.0, 0.0, 0.0), "y": (0.375, 0.5, 0.25)},
        ),
    ),
)


def identity_mse() -> Graph:
    """z = W x + b, L = ½‖z − y*‖²: a regression, whose head is the identity."""
    return Graph(
        [
            leaf("x", "input"),
            leaf("W", "parameter"),
            leaf("b", "parameter"),
            node("z", "linear", W="W", x="x", b="b"),
            leaf("y", "target", symbol="y*", latex="y^{*}"),
            node("L", "mse", h="z", y="y"),
        ]
    )


_IDENTITY_MSE = Network(
    name="identity-mse",
    title="2 → 3 · linear + squared error",
    about="A regression: nothing stands between z and the loss, so ∂L/∂z is prediction − target at once.",
    graph=identity_mse(),
    numbers=_RELU_MSE.numbers,
)

NETWORKS: Mapping[str, Network] = MappingProxyType({network.name: network for network in (_RELU_MSE, _IDENTITY_MSE)})
DEFAULT = _RELU_MSE
