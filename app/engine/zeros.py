"""Which entries of a gradient are 0: in truth, and not only in the numbers that a float64 gives."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Literal

import numpy as np

from .exact import Exact, exact_gradients
from .kinks import Kinks, kinks_of
from .ops import Array
from .rounding import changed, gradient_rounding
from .trace import Trace

# `hidden`: rounding is larger than the gradient, if there is any. `kink`: 0 or not by the slope one takes at a kink.
Zero = Literal["zero", "not zero", "hidden", "kink"]


@lru_cache(maxsize=8)  # whoever asks about one node of a trace asks about the others, too
def _of(trace: Trace) -> tuple[Mapping[str, Array], Kinks, Mapping[str, Exact]]:
    """How far each gradient of a trace may be off by rounding, its kinks, and the gradients as fractions."""
    copies = changed(trace)
    rounding = gradient_rounding(trace, same_sides=True, copies=copies)
    return rounding, kinks_of(trace, copies), exact_gradients(trace)


def zeros(trace: Trace, name: str) -> list[Zero]:
    """What each entry of a node's gradient is, row by row. `trace` is of both passes."""
    roundings, kinks, exactly = _of(trace)
    rounding, exact, grad = roundings[name], exactly[name], trace.grads[name]
    low, high = kinks.between(name)
    found: list[Zero] = []
    for index in np.ndindex(grad.shape):
        number: Fraction | None = exact.item(index)
        off = rounding[index]
        if low[index] < high[index] and low[index] <= 0 <= high[index]:
            found.append("kink")
        elif number is not None and (number != 0 or abs(grad[index]) <= off):
            found.append("not zero" if number else "zero")
        else:
            found.append("not zero" if abs(grad[index]) > off else "hidden")
    return found
