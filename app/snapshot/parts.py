"""What stands for a part of an array in a formula that is written out for the examples of a batch."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from app.engine.ops.written import Part

from .models import Operand

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def part_of(whole: Operand, part: Part) -> Operand:
    """The part of an array, with the places where its numbers stand in it."""
    if part.how == "whole":
        return whole.model_copy(update={"of": part.slot, "places": list(range(np.size(whole.numbers)))})
    numbers = np.array(whole.numbers)
    places: NDArray[np.intp] = np.arange(numbers.size).reshape(numbers.shape)
    symbol, latex = whole.symbol, whole.latex
    if part.how == "transposed":
        places = places.T
        symbol, latex = _transposed(symbol, latex)
    elif part.how == "row":
        places = places.reshape(1, -1) if places.ndim else places
    else:
        number = str(part.example + 1)
        places = places[part.example]
        places = places[None, :] if part.how == "row of one" else places
        symbol = symbol.replace("ₙ", number.translate(_SUBSCRIPTS))
        latex = re.sub(r"_\{?n\}?", f"_{{{number}}}", latex)
    return whole.model_copy(
        update={
            "symbol": symbol,
            "latex": latex,
            "shape": list(places.shape),
            "numbers": numbers.ravel()[places].tolist(),
            "of": part.slot,
            "places": places.ravel().tolist(),
        }
    )


def _transposed(symbol: str, latex: str) -> tuple[str, str]:
    """The transpose of a matrix; of one that is a transpose, the matrix itself."""
    if symbol.endswith("ᵀ"):
        return symbol[:-1], re.sub(r"\^\{\\top\}$|\\top(?=\}$)", "", latex)
    raised = latex[:-1] + r"\top}" if latex.endswith("}") else rf"{latex}^{{\top}}"
    return f"{symbol}ᵀ", raised
