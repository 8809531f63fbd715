"""Which entries of a gradient are 0: in truth, and not only in the numbers that a float64 gives."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import numpy as np

from .exact import exact_gradients
from .kinks import kinks_of
from .rounding import changed, gradient_rounding
from .trace import Trace

# `hidden`: rounding is larger than the gradient, if there is any. `kink`: 0 or not by the slope one takes at a kink.
Zero = Literal["zero", "not zero", "hidden", "kink"]


def zeros(trace: Trace, name: str) -> list[Zero]:
    """What each entry of a node's gradient is, row by row. `trace` is of both passes."""
    copies = changed(trace)
    rounding = gradient_rounding(trace, same_sides=True, copies=copies)[name]
    low, high = kinks_of(trace, copies).between(name)
    exact, grad = exact_gradients(trace)[name], trace.grads[name]
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
