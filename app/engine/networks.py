"""The gallery: each network's graph, its default numbers, and numbers worth looking at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from .graph import Graph, Node, leaf, node
from .ops import OPS, Array, Shape
from .ops.reductions import Reduce

# A number, a vector or a matrix as nested tuples: frozen, comparable, free of NumPy.
Values: TypeAlias = "float | tuple[Values, ...]"


@dataclass(frozen=True)
class Example:
    """Values that show one thing; what is left out has its default."""

    name: str
    title: str
    values: Mapping[str, Values]


@dataclass(frozen=True, eq=False)
class Network:
    """A graph with its default numbers, which every omitted value falls back to.

    `about` says what to look at in a sentence, `brief` what it shows in a few words. One that is fitted to a batch (see
    app.engine.fitted) has so many examples in its `batch`, whose losses it adds up as `reduce` says. One that a program
    has described, see app.engine.assembled, has no `name`.
    """

    name: str
    title: str
    graph: Graph
    defaults: Mapping[str, Values]
    examples: tuple[Example, ...] = ()
    about: str = ""
    brief: str = ""
    batch: int = 0
    reduce: Reduce = "mean"
    made_from: Network | None = None

    @property
    def base(self) -> Network:
        """The network of this name for one example: itself, but of a fitted one."""
        return self.made_from or self

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of every node."""
        return MappingProxyType(self.graph.shapes({name: np.shape(own) for name, own in self.defaults.items()}))

    def shape(self, name: str) -> Shape:
        """The shape of one node. Raises KeyError for a name the graph does not know."""
        return self.shapes[name]


def as_arrays(numbers: Mapping[str, Values]) -> dict[str, Array]:
    """The same numbers as float64 arrays, ready for `forward`."""
    return {name: np.asarray(value, dtype=np.float64) for name, value in numbers.items()}


def _linear(out: str, weights: str, source: str, bias: str) -> list[Node]:
    """A linear layer and the parameters it alone uses: out = weights source + bias."""
    return [
        leaf(weights, "parameter"),
        leaf(bias, "parameter"),
        node(out, "linear", W=weights, x=source, b=bias),
    ]


def _layer() -> list[Node]:
    """z = W x + b, for W of any shape (m, n)."""
    return [leaf("x", "input"), *_linear("z", "W", "x", "b")]


def _target() -> Node:
    return leaf("y", "target", symbol="y*", latex="y^{*}")


def relu_mse() -> Graph:
    """z = W x + b, h = ReLU(z), L = ½‖h − y*‖², for W of any shape (m, n)."""
    return unfused("relu", "mse", "h")


def identity_mse() -> Graph:
    """z = W x + b, L = ½‖z − y*‖²: a regression, whose head is the identity."""
    return Graph([*_layer(), _target(), node("L", "mse", h="z", y="y")])


def fused(head: str) -> Graph:
    """z = W x + b and one op from there to the loss, such as `softmax-cross-entropy`."""
    return Graph([*_layer(), _target(), node("L", head, z="z", y="y")])


def unfused(activation: str, loss: str, name: str = "p") -> Graph:
    """z = W x + b, an activation of z, and a loss of that, each an op of its own.

    `name` is the activation's node: p where it is a prediction, h for a hidden value.
    """
    slots = dict(zip(OPS[loss].inputs, (name, "y"), strict=True))
    return Graph([*_layer(), node(name, activation, z="z"), _target(), node("L", loss, **slots)])


def two_layer() -> Graph:
    """z = W x + b, h = ReLU(z), s = U h + c, and softmax + cross-entropy of the scores s.

    The second layer has letters of its own, so that an index behind a letter is always that of an entry.
    """
    hidden = node("h", "relu", z="z")
    head = node("L", "softmax-cross-entropy", z="s", y="y")
    return Graph([*_layer(), hidden, *_linear("s", "U", "h", "c"), _target(), head])


def shared() -> Graph:
    """z = W x + b, r = ReLU(z) + x, L = ½‖r − y*‖², for a square W: x is used twice, as in a residual network.

    The skip connection is that of He et al., "Deep Residual Learning for Image Recognition" (2016), section 3.2.
    """
    skip = node("r", "add", a="h", b="x")
    return Graph([*_layer(), node("h", "relu", z="z"), skip, _target(), node("L", "mse", h="r", y="y")])


def _title(what: str, numbers: Mapping[str, Values]) -> str:
    """A network's name for people, behind how many numbers its layers take and give: 2 → 3."""
    matrices = [np.shape(number) for number in numbers.values() if np.ndim(number) == 2]
    widths = [matrices[0][1], *(rows for rows, _ in matrices)]
    return f"{' → '.join(map(str, widths))} · {what}"


# Values stand in the order of the graph's leaves: addresses and fields name them so.
_LAYER: Mapping[str, Values] = {
    "x": (1.0, 0.5),
    "W": ((0.5, -0.2), (0.3, 0.4), (-0.1, 0.6)),
    "b": (0.0, -0.1, 0.0),
}
_DEFAULTS: Mapping[str, Values] = {**_LAYER, "y": (0.2, 0.5, 0.1)}

_CLASSES, _ONE_HOT, _COUNTS = (1.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 2.0, 0.0)
_SATURATED = Example("saturated", "z = 40", {"W": ((0.0, 0.0),) * 3, "b": (40.0, 40.0, -40.0)})
_INACTIVE = Example("shut", "an inactive unit", {"b": (0.0, -0.1, -0.6)})

_DEEPER: Mapping[str, Values] = {
    **_LAYER,
    "U": ((0.5, -0.4, 0.2), (-0.3, 0.6, 0.4)),
    "c": (0.1, 0.0),
    "y": (1.0, 0.0),
}
_SQUARE: Mapping[str, Values] = {
    "x": (1.0, 0.5),
    "W": ((0.5, -0.2), (0.3, 0.4)),
    "b": (0.0, -0.1),
    "y": (1.0, 1.0),
}


def _network(
    name: str, what: str, brief: str, about: str, graph: Graph, numbers: Mapping[str, Values], *examples: Example
) -> Network:
    """A network with its title, `what` behind its widths, and its default numbers as the first example."""
    own = Example("own", "default numbers", {})
    return Network(name, _title(what, numbers), graph, numbers, (own, *examples), about, brief)


_NETWORKS = (
    _network(
        "relu-mse",
        "linear + ReLU + squared error",
        "an inactive unit passes no gradient",
        "An active unit passes the gradient as it is; an inactive one passes none.",
        relu_mse(),
        _DEFAULTS,
        _INACTIVE,
        Example("kink", "at the kink", {"b": (0.0, -0.5, 0.0)}),
        # Sums of powers of ½, so that the loss is 0 in floating point too, not merely near it.
        Example(
            "zero",
            "loss 0",
            {"W": ((0.5, -0.25), (0.25, 0.5), (-0.25, 1.0)), "b": (0.0, 0.0, 0.0), "y": (0.375, 0.5, 0.25)},
        ),
    ),
    _network(
        "tanh-mse",
        "linear + tanh + squared error",
        "a saturated unit passes little gradient",
        "The slope 1 − h² is 1 where z is 0; the closer h is to −1 or 1, the less of the gradient comes back.",
        unfused("tanh", "mse", "h"),
        {"x": (1.0, 0.5), "W": ((0.5, -1.0), (0.8, 0.4), (-1.5, 0.6)), "b": (0.0, 0.1, 0.0), "y": (-0.5, 0.5, 0.5)},
    ),
    _network(
        "identity-mse",
        "linear + squared error",
        "regression: nothing between z and the loss",
        "A regression: nothing stands between z and the loss, so ∂L/∂z is prediction − target directly.",
        identity_mse(),
        _DEFAULTS,
    ),
    _network(
        "sigmoid-bce",
        "linear + sigmoid with binary cross-entropy",
        "yes-or-no answers: a canonical pair",
        "Three yes-or-no answers: the sigmoid and its loss are one op, and ∂L/∂z is prediction − target.",
        fused("bce-with-logits"),
        {**_LAYER, "y": _CLASSES},
        _SATURATED,
    ),
    _network(
        "softmax-ce",
        "linear + softmax with cross-entropy",
        "one class of three: a canonical pair",
        "One answer of three: the softmax’s dense Jacobian cancels. ∂L/∂z is prediction − target: p is softmax(z).",
        fused("softmax-cross-entropy"),
        {**_LAYER, "y": _ONE_HOT},
        _SATURATED,
    ),
    _network(
        "exp-poisson",
        "linear + exp with Poisson loss",
        "counts: a canonical pair",
        "Counts: the prediction is a rate, exp(z), and ∂L/∂z is prediction − target here, too.",
        fused("poisson-nll"),
        {**_LAYER, "y": _COUNTS},
    ),
    _network(
        "softmax-mse",
        "linear + softmax + squared error",
        "a pair that is not canonical",
        "A non-canonical pair: ∂L/∂p is prediction − target, but the softmax’s Jacobian stays, and ∂L/∂z is not.",
        unfused("softmax", "mse"),
        {**_LAYER, "y": _ONE_HOT},
    ),
    _network(
        "sigmoid-then-bce",
        "linear, sigmoid, then binary cross-entropy",
        "the same loss in two ops: less exact",
        "The same loss as sigmoid-bce in two ops: where p rounds to 0 or 1, the gradient is lost: it is NaN.",
        unfused("sigmoid", "bce"),
        {**_LAYER, "y": _CLASSES},
    ),
    _network(
        "two-layer",
        "ReLU, then softmax with cross-entropy",
        "two layers: the same rules twice",
        "The same rules twice: the ∂L/∂h of the second layer is the v of the ReLU, and so on back to x.",
        two_layer(),
        _DEEPER,
        _INACTIVE,
    ),
    _network(
        "shared",
        "linear + ReLU with a skip connection",
        "x is used twice: gradients are added",
        "x is used twice, so two contributions to ∂L/∂x come back, and they are added in a step of their own.",
        shared(),
        _SQUARE,
        # Nothing comes back through the layer: the skip alone carries the gradient.
        Example("shut", "both units inactive", {"b": (-1.0, -1.0)}),
    ),
)


def _is_canonical(graph: Graph) -> bool:
    """Whether the loss is a negative log-likelihood in z: with the distribution's own link, all of it in one op."""
    return graph.loss.op.likelihood is not None and graph.loss.inputs[0] == "z"


NETWORKS: Mapping[str, Network] = MappingProxyType({network.name: network for network in _NETWORKS})
# The canonical pairs of a distribution and its link, all on the one layer z = W x + b; and, for contrast, one of which
# that is not so.
CANONICAL = tuple(name for name, network in NETWORKS.items() if _is_canonical(network.graph))
MISMATCH = "softmax-mse"
DEFAULT = _NETWORKS[0]
