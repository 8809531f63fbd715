"""A gradient that somebody claims, and when it is right.

An entry is right if it is as near to the right one as rounding may have moved that. Else it has to be near it beside
the largest entry of the gradient, and by no more than half of itself away from it: what is not 0 is never given by 0,
by the other sign or by ten times as much, however small it is beside the others. Only an entry so small that single
precision loses it among what it is made from, as 1 − p where p is almost 1, need not be more than near.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .closeness import same
from .ops import Array, Index, Shape

# A hundred times what single precision rounds: gradients that PyTorch or JAX found by default are right.
TOLERANCE = 1e-5
Marks = NDArray[np.bool_]
# How much coarser than double precision is what most frameworks compute in.
_SINGLE = float(np.finfo(np.float32).eps / np.finfo(np.float64).eps)
# What is typed says itself how near it is; only the last digits of what was computed are let pass.
_AS_TYPED = 1e-12
# How numbers of a wrong shape are right: read row by row, or with rows and columns exchanged.
Reading = Literal["row by row", "transposed"]
# An entry is not right if it is off by more than this share of itself.
_OF_ITSELF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """What somebody says a gradient is: all of it, or the entry at `index` alone, `values` then being that number.

    A number that was rounded stands for all from `low` to `high`; without those, for itself alone. `tolerance`, which
    comes on top, is a share of the largest entry of the gradient that the claim is compared with. `coarseness` is how
    much more than here the numbers may have been rounded where they were computed.
    """

    values: Array
    low: Array | None = None
    high: Array | None = None
    index: Index | None = None
    tolerance: float = TOLERANCE
    coarseness: float = _SINGLE

    @classmethod
    def typed(cls, numbers: Sequence[tuple[float, float, float]], shape: Shape, index: Index | None) -> Claim:
        """What a person typed: each number with the least and the most that it stands for, row by row."""
        values, low, high = (np.array(side).reshape(shape) for side in zip(*numbers, strict=True))
        return cls(values, low, high, index, _AS_TYPED, 1.0)

    def agrees(self, expected: Array, shape: tuple[int, ...]) -> Marks | None:
        """Which entries are near those of `expected`, a gradient of a node of that `shape`; None where no entry can be
        compared.

        An entry that does not exist, of a gradient of the wrong shape, agrees with nothing.
        """
        size = float(abs(expected).max()) if expected.size and np.isfinite(expected).all() else 0.0
        if self.index is not None:
            if expected.shape != shape:
                return None
            expected = np.asarray(expected[self.index])
        if self.values.shape != expected.shape:
            return None
        near = same(self.values, expected, size, self.tolerance)
        if self.low is not None and self.high is not None:
            near |= (self.low <= expected) & (expected <= self.high)
        return near

    def fits(self, expected: Array, shape: tuple[int, ...]) -> bool:
        """Whether all of it is near `expected`."""
        found = self.agrees(expected, shape)
        return found is not None and bool(found.all())

    def right_entries(self, expected: Array, rounding: Array) -> Marks | None:
        """Which entries are right, if `expected` is the gradient and may be off by `rounding`; None where the shape is
        wrong."""
        near = self.agrees(expected, expected.shape)
        if near is None:
            return None
        if self.index is not None:
            expected, rounding = np.asarray(expected[self.index]), np.asarray(rounding[self.index])
        hidden = abs(expected) <= self.coarseness * rounding  # where it was computed, it was not known
        near &= hidden | same(self.values, expected, abs(expected), _OF_ITSELF)
        return near | (same(self.values, expected, rounding, 1.0) & np.isfinite(rounding))

    def is_right(self, expected: Array, rounding: Array) -> bool:
        """Whether all entries are right."""
        found = self.right_entries(expected, rounding)
        return found is not None and bool(found.all())

    def reading(self, expected: Array, rounding: Array) -> Reading | None:
        """How the numbers of a claim whose shape is wrong have to be read to be right; None if no way makes them so."""
        if self.index is not None or self.values.shape == expected.shape or self.values.size != expected.size:
            return None
        readings: dict[Reading, Claim] = {"row by row": self._read(lambda array: array.reshape(expected.shape))}
        if self.values.shape == expected.T.shape:
            readings["transposed"] = self._read(lambda array: array.T)
        return next((way for way, claim in readings.items() if claim.is_right(expected, rounding)), None)

    def _read(self, read: Callable[[Array], Array]) -> Claim:
        """The same numbers, read into another shape."""
        low, high = (None if bound is None else read(bound) for bound in (self.low, self.high))
        return replace(self, values=read(self.values), low=low, high=high)
