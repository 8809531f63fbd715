"""What stands for a part of an array in a formula that is written out for the examples of a batch."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from app.engine.ops.written import Part

from .models import Operand

_INDEX = re.compile(r"_\{n\}")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def part_of(whole: Operand, part: Part) -> Operand:
    """The part of an array, with the places where its numbers stand in it."""
    numbers = np.array(whole.numbers)
    places: NDArray[np.intp] = np.arange(numbers.size).reshape(numbers.shape)
    symbol, latex = (whole.symbol, whole.latex) if "of one" in part.how else _of_all(whole.symbol, whole.latex)
    if part.how == "transposed":
        places = places.T
        symbol, latex = _transposed(symbol, latex)
    elif part.how == "row":
        places = places.reshape(1, -1) if places.ndim else places
    elif part.how != "whole":
        number = str(part.example + 1)
        places = places[part.example]
        places = places[None, :] if part.how == "row of one" else places
        symbol = symbol.replace("ₙ", number.translate(_SUBSCRIPTS))
        latex = _INDEX.sub(f"_{{{number}}}", latex)
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


def _of_all(symbol: str, latex: str) -> tuple[str, str]:
    """What is named for an example n, named for all of them."""
    return symbol.replace("ₙ", ""), _INDEX.sub("", latex)


def _transposed(symbol: str, latex: str) -> tuple[str, str]:
    """The transpose of a matrix; of one that is a transpose, the matrix itself."""
    if symbol.endswith("ᵀ"):
        return symbol[:-1], re.sub(r"\^\{\\top\}$|\\top(?=\}$)", "", latex)
    raised = latex[:-1] + r"\top}" if latex.endswith("}") else rf"{latex}^{{\top}}"
    return f"{symbol}ᵀ", raised
