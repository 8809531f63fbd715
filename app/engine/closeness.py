"""When two numbers are the same: one rule for the checker, the grader, the heads and the questions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .ops import Array


def same(found: Array, expected: Array, size: Array | float, share: float) -> NDArray[np.bool_]:
    """Entry by entry whether `found` is `expected` up to a `share` of `size`, the largest entry of what is right.

    So what counts as near follows from the numbers at hand: 1e-9 is near 0 beside 1, and far from it beside 1e-9. What
    is not finite is never the same as anything.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        gap = np.asarray(abs(found - expected))
        return np.asarray((gap <= share * np.asarray(size)) & np.isfinite(gap), dtype=np.bool_)
