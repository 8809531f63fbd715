"""What the name of a chain says: widths and activations joined by -, and behind the only _ the loss.

    2-3.relu_mse                 2 inputs, 3 units with ReLU, ½ Σ (a − y)²
    3-4.tanh-4.tanh-2_ce         two hidden layers, two logits, softmax and cross-entropy

A layer without an activation is linear alone. There is one spelling for a chain, so one address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from app.engine.ops import OPS

MAX_WIDTH, MAX_LAYERS = 64, 8
# By what a name calls them, the ops.
ACTIVATIONS = ("relu", "leaky", "sigmoid", "tanh", "softplus", "gelu", "silu")
LOSSES: Mapping[str, str] = MappingProxyType(
    {
        "mse": "mse",
        "sse": "sse",
        "mse-mean": "mse-mean",
        "bce": "bce-with-logits",
        "ce": "softmax-cross-entropy",
        "poisson": "poisson-nll",
        "out": "out",
    }
)
EXAMPLE = "2-3.relu-1_mse"
_WIDTH = "(?:[1-9]|[1-5][0-9]|6[0-4])"
_SEVERAL = "(?:[2-9]|[1-5][0-9]|6[0-4])"
_ACTIVATED = rf"(?:\.(?:{'|'.join(ACTIVATIONS)}))?"
_LAYER = f"(?:-{_WIDTH}{_ACTIVATED})"
_OTHERS = "|".join(loss for loss in LOSSES if loss != "ce")
# Of the names of chains, for those who describe them: that of `ce` has several units in its last layer.
PATTERN = (
    rf"{_WIDTH}(?:{_LAYER}{{1,{MAX_LAYERS}}}_(?:{_OTHERS})|{_LAYER}{{0,{MAX_LAYERS - 1}}}-{_SEVERAL}{_ACTIVATED}_ce)"
)
_LIKE_A_WIDTH = re.compile(r"[0-9]{1,9}")
# No name is longer.
_LONGEST = 120


class ChainError(ValueError):
    """A name that is like a chain's and is none; the message is a sentence that says what would be right."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A linear layer of so many units, and the op behind it: an activation, or none."""

    width: int
    activation: str


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a name says: how many inputs there are, the layers, and the loss as the name calls it."""

    inputs: int
    layers: tuple[Layer, ...]
    loss: str

    @property
    def widths(self) -> tuple[int, ...]:
        """The numbers of inputs and of each layer's units."""
        return (self.inputs, *(layer.width for layer in self.layers))

    @property
    def loss_op(self) -> str:
        """The name of the op that is the loss."""
        return OPS[LOSSES[self.loss]].name


def parameters_named(name: str) -> int:
    """How many parameters the chain of that name has, without making it; 0 for a name of none."""
    try:
        widths = spelling(name).widths
    except ChainError:
        return 0
    return sum((inputs + 1) * units for inputs, units in pairwise(widths))


def looks_like_a_chain(name: str) -> bool:
    """Whether somebody who wrote this meant a chain: it begins with a digit or a sign, or has an underscore."""
    return "_" in name or name[:1] in tuple("0123456789-.")


def spelling(name: str) -> Spelling:
    """What the name of a chain says. Raises ChainError."""
    body, underscore, loss = name.partition("_")
    count = body.count("-")
    if count > MAX_LAYERS:
        raise ChainError(f"a chain has at most {MAX_LAYERS} layers, not {count}")
    if len(name) > _LONGEST:
        raise ChainError(f"a chain has 1 to {MAX_LAYERS} layers of 1 to {MAX_WIDTH} units, and this name is longer")
    if not underscore or loss not in LOSSES:
        what = "has no such loss" if underscore else "ends with an underscore and its loss"
        raise ChainError(f"a chain such as {EXAMPLE} {what}; the losses are {', '.join(LOSSES)}")
    first, *others = body.split("-")
    if not others:
        raise ChainError(f"a chain has inputs and at least one layer, joined by -, as in {EXAMPLE}")
    if "." in first:
        raise ChainError(f"the inputs of a chain have no activation: it stands behind a layer, as in {EXAMPLE}")
    found = Spelling(_width(first), tuple(map(_layer, others)), loss)
    if loss == "ce" and found.layers[-1].width == 1:
        raise ChainError(
            "ce, softmax with cross-entropy, needs two classes or more in the last layer; for one, take bce"
        )
    return found


def _layer(part: str) -> Layer:
    width, dot, activation = part.partition(".")
    if dot and activation not in ACTIVATIONS:
        raise ChainError(
            f"there is no such activation in a chain; there are {', '.join(ACTIVATIONS)}, "
            "and a layer without one has no dot"
        )
    return Layer(_width(width), activation)


def _width(part: str) -> int:
    if not part:
        raise ChainError(f"a width is missing: a chain has a number between any two signs, as in {EXAMPLE}")
    if not _LIKE_A_WIDTH.fullmatch(part) or part[0] == "0" or int(part) > MAX_WIDTH:
        raise ChainError(f"each width of a chain is a whole number from 1 to {MAX_WIDTH}, as in {EXAMPLE}")
    return int(part)
