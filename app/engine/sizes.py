"""Networks that take other shapes than their own: what each dimension of a leaf counts, and how large it may be."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .networks import DEFAULT, Network, Values
from .ops import Shape

# Most rows, and most columns, of W.
MAX_SIDE = 64
# What the dimensions of each leaf count: m outputs and n inputs of z = W x + b.
DIMENSIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {DEFAULT.name: MappingProxyType({"x": "n", "W": "mn", "b": "m", "y": "m"})}
)
# The leaf whose shape decides all others.
SIZE_LEAF = "W"


def shape_of(numbers: Values) -> Shape:
    """The shape of nested tuples, none of which is empty."""
    shape: list[int] = []
    while isinstance(numbers, tuple):
        shape.append(len(numbers))
        numbers = numbers[0]
    return tuple(shape)


def sized(network: Network, decided: Shape) -> Mapping[str, Shape] | None:
    """The shape of each leaf where `SIZE_LEAF` has the shape `decided`.

    None where no network of this name takes that shape: it is no matrix, or has more rows or columns than MOST.
    """
    dimensions = DIMENSIONS[network.name]
    if len(decided) != len(dimensions[SIZE_LEAF]) or not all(1 <= size <= MAX_SIDE for size in decided):
        return None
    sizes = dict(zip(dimensions[SIZE_LEAF], decided, strict=True))
    return {name: tuple(sizes[letter] for letter in letters) for name, letters in dimensions.items()}
