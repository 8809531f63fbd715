"""A gradient that somebody claims, and when it is right.

An entry is right if it is as near to the right one as rounding may have moved that. Else it has to be near it, beside
the largest entry of the gradient or beside what single precision rounds off, and by no more than half of itself away
from it: what is not 0 is not given by 0, by the other sign or by ten times as much, however small it is. There are two
exceptions, both no further than single precision rounds. One is an entry that may be 0 for all that double precision
can tell. The other is one that single precision loses beside a large one, as 1 − p where p is almost 1.
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
# Nor is it what a mistake gives, if it is off by more than so many times the tolerance, as a share of itself.
_CLOSELY = 100.0


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

    def near(self, expected: Array, shape: tuple[int, ...]) -> Marks | None:
        """Which entries are near those of `expected`, a gradient of a node of that `shape`, beside its largest entry;
        None where no entry can be compared.

        An entry that does not exist, of a gradient of the wrong shape, is near nothing.
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

    def agrees(self, expected: Array, rounding: Array, *, closely: bool = False) -> Marks | None:
        """Which entries are those of `expected`, a gradient of a node whose right one may be off by `rounding`; None
        where no entry can be compared. `closely` is for mistakes: a number that is only small is not what one gives."""
        near = self.near(expected, rounding.shape)
        if near is None:
            return None
        if expected.shape != rounding.shape:
            rounding = np.full(expected.shape, rounding.max())
        if self.index is not None:
            expected, rounding = np.asarray(expected[self.index]), np.asarray(rounding[self.index])
        with np.errstate(over="ignore", invalid="ignore"):
            lost = self.coarseness * rounding
        rounding, lost = (np.where(np.isfinite(off), off, 0.0) for off in (rounding, lost))
        by_rounding = same(self.values, expected, lost, 1.0)
        share = _CLOSELY * self.tolerance if closely and self.low is None else _OF_ITSELF
        of_itself = same(self.values, expected, abs(expected), min(share, _OF_ITSELF))
        may_be_0 = abs(expected) <= rounding
        found = near & (of_itself | (may_be_0 & (not closely)))
        found |= by_rounding & (of_itself | may_be_0 | (near & (abs(expected) <= lost)))
        return found | same(self.values, expected, rounding, 1.0)

    def fits(self, expected: Array, rounding: Array) -> bool:
        """Whether all entries are those of `expected`."""
        found = self.agrees(expected, rounding)
        return found is not None and bool(found.all())

    def digits(self, expected: Array, wrong: Marks) -> int:
        """To how many digits all that is claimed of the `wrong` entries is the number of `expected`, rounded; 0 where
        some is not, or no entry has two digits. What was typed, entry or whole, says its own digits."""
        if self.low is not None or self.index is not None:
            return 0
        most, least = 0, 17
        for claimed, right in zip(self.values[wrong].tolist(), expected[wrong].tolist(), strict=True):
            digits = next((count for count in range(17, 0, -1) if float(f"{right:.{count - 1}e}") == claimed), 0)
            most, least = max(most, digits), min(least, digits)
            if not digits:
                break
        return least if most > 1 else 0

    def reading(self, expected: Array, rounding: Array) -> Reading | None:
        """How the numbers of a claim whose shape is wrong have to be read to be right; None if no way makes them so."""
        if self.index is not None or self.values.shape == expected.shape or self.values.size != expected.size:
            return None
        readings: dict[Reading, Claim] = {"row by row": self._read(lambda array: array.reshape(expected.shape))}
        if self.values.shape == expected.T.shape:
            readings["transposed"] = self._read(lambda array: array.T)
        return next((way for way, claim in readings.items() if claim.fits(expected, rounding)), None)

    def _read(self, read: Callable[[Array], Array]) -> Claim:
        """The same numbers, read into another shape."""
        low, high = (None if bound is None else read(bound) for bound in (self.low, self.high))
        return replace(self, values=read(self.values), low=low, high=high)
