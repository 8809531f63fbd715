"""The default numbers of a chain: short decimals, made from its name alone and so the same for ever.

They are drawn until the passes over them show all there is to see: no unit is inactive, nothing overflows, no gradient
of a leaf is 0, and no two are equal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from app.engine.graph import Graph
from app.engine.ops import OPS, Array
from app.engine.trace import Trace, backward, forward

from .spelling import Layer, Spelling

# A linear congruential generator of 64 bits, with the constants of Knuth's MMIX.
_FACTOR, _STEP, _BITS = 6364136223846793005, 1442695040888963407, 1 << 64
# FNV-1a of 64 bits: its start, and what it multiplies with.
_OFFSET, _PRIME = 14695981039346656037, 1099511628211
# How often numbers are drawn before they may be less than good to see, and how large networks are for which they may.
_DRAWS, _SMALL = 40, 100
# What a unit with a kink has at least, away from it.
_ACTIVE = 0.1


class _Dice:
    """Whole numbers that look drawn at random, from a text and a count: the same ones each time, on any machine."""

    def __init__(self, text: str) -> None:
        self._state = _OFFSET
        for byte in text.encode():
            self._state = (self._state ^ byte) * _PRIME % _BITS

    def below(self, count: int) -> int:
        """A whole number from 0, below `count`."""
        self._state = (self._state * _FACTOR + _STEP) % _BITS
        return (self._state >> 33) % count

    def decimals(self, shape: tuple[int, ...], most: int, places: int) -> Array:
        """Numbers from −most to most, other than 0, in the last of so many decimal places; no two of them are equal, if
        there are enough."""
        count = math.prod(shape)
        sizes = [*range(-most, 0), *range(1, most + 1)]
        if count > len(sizes):
            drawn = [sizes[self.below(len(sizes))] for _ in range(count)]
        else:
            drawn = [sizes.pop(self.below(len(sizes))) for _ in range(count)]
        return np.asarray(np.array(drawn, dtype=np.float64).reshape(shape) / 10.0**places)

    def different(self, count: int, places: int) -> Array:
        """So many numbers from −1 to 1, no two of one size, and neither 0 nor 1."""
        sizes = [*range(1, 10**places)]
        drawn = [sizes.pop(self.below(len(sizes))) * (1 if self.below(3) else -1) for _ in range(count)]
        return np.array(drawn, dtype=np.float64) / 10.0**places


def default_values(name: str, spelled: Spelling, graph: Graph) -> dict[str, Array]:
    """The default numbers of each leaf of a chain's graph, in the order of the leaves."""
    for attempt in range(2 * _DRAWS):
        values = _drawn(_Dice(f"{name} {attempt}"), spelled, graph)
        if _shows_all(backward(forward(graph, values)), strict=attempt < _DRAWS):
            break
    return values


def _drawn(dice: _Dice, spelled: Spelling, graph: Graph) -> dict[str, Array]:
    """One draw: the input, then layer by layer W and b, then the target."""
    names = iter(leaf.name for leaf in graph.leaves)
    fed = dice.different(spelled.inputs, _places(spelled.inputs))
    found = {next(names): fed}
    for layer in spelled.layers:
        inputs = len(fed)
        places = max(_places(inputs), _places(layer.width))
        most = round(10**places * min(0.9, 1.8 / math.sqrt(inputs)))
        W = dice.decimals((layer.width, inputs), most, places)
        b = dice.decimals((layer.width,), 3 * 10 ** (places - 1), places)
        b = _active(b, W @ fed, layer, places)
        found |= {next(names): W, next(names): b}
        fed = OPS[layer.activation].forward(W @ fed + b)[0] if layer.activation else W @ fed + b
    return found | {next(names): _target(dice, spelled)}


def _places(count: int) -> int:
    """How many decimal places numbers get that are so many side by side."""
    return 1 if count <= 5 else 2 if count <= 20 else 3


def _active(b: Array, product: Array, layer: Layer, places: int) -> Array:
    """A bias that keeps all units of a layer whose activation has a kink on its right side."""
    if not layer.activation or OPS[layer.activation].branch is None:
        return b
    # Rounded first: W x is a decimal, which a float has now from above and now from below.
    least = np.ceil(np.round((_ACTIVE - product) * 10**places, 6)) / 10**places
    return np.asarray(np.maximum(b, least))


def _target(dice: _Dice, spelled: Spelling) -> Array:
    """What the loss takes beside the output: a one-hot class, answers of 0 and 1, counts, gradients, or numbers."""
    size = spelled.layers[-1].width
    match spelled.loss:
        case "ce":
            return np.asarray(np.eye(size)[dice.below(size)])
        case "bce":
            return np.array([dice.below(2) for _ in range(size)], dtype=np.float64)
        case "poisson":
            return np.array([dice.below(4) for _ in range(size)], dtype=np.float64)
        case "out":
            return dice.different(size, _places(size))
    return abs(dice.different(size, _places(size)))


def _shows_all(trace: Trace, *, strict: bool) -> bool:
    """Whether everything is finite and no gradient of a leaf is 0 or equal to another; `strict` is to three digits,
    where there are few enough for that."""
    gradients = [trace.grads[leaf.name].ravel() for leaf in trace.graph.leaves if leaf.name in trace.grads]
    flat = np.concatenate(gradients)
    if trace.overflow is not None or not flat.all():
        return False
    texts: Iterator[object] = (f"{number:.2e}" for number in flat) if strict and flat.size <= _SMALL else iter(flat)
    return len({*texts}) == flat.size


def as_values(arrays: Mapping[str, Array]) -> dict[str, object]:
    """The same numbers as nested tuples, each the float of its decimal."""
    return {name: _nested((array + 0.0).tolist()) for name, array in arrays.items()}


def _nested(numbers: object) -> object:
    return tuple(map(_nested, numbers)) if isinstance(numbers, list) else numbers
