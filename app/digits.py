"""How numbers are drawn: the one formatter, and how many digits a line of arithmetic needs.

Public names: `Printed`, `printed`, `line`, `Line`.

Rounding happens here and nowhere else. Two promises hold for all that is drawn: a number that is not 0 never reads
as 0, and a line of arithmetic, redone from the digits it shows, gives the result it shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from app.engine import OPS, Array
from app.snapshot import Current, Operand, Values

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN = str.maketrans({"−": "-", **{sup: digit for digit, sup in zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True)}})
# What a cell has room for: decimals that are shown if they are exact, and significant digits otherwise.
EXACT_DECIMALS, SIGNIFICANT = 5, 4
# Two decimals are the least, and three for a lone number: a loss is what one compares.
LEAST, LEAST_SCALAR = 2, 3
_LARGE = 1e6


@dataclass(frozen=True, slots=True)
class Printed:
    """The numbers of one array as drawn: texts row by row, and the shape of the array."""

    texts: tuple[str, ...]
    shape: tuple[int, ...]

    def rows(self) -> list[tuple[str, ...]]:
        """The texts as the rows of a matrix; a vector stands as a column."""
        columns = self.shape[1] if len(self.shape) == 2 else 1
        return [self.texts[start : start + columns] for start in range(0, len(self.texts), columns)]

    def numbers(self) -> Array:
        """What a person reads: the drawn digits as numbers again."""
        return np.array([_read(text) for text in self.texts]).reshape(self.shape)


def printed(values: Values, *, more: int = 0, decimals: int | None = None, scalar_least: int = LEAST_SCALAR) -> Printed:
    """Draw an array with one count of decimals for all its entries.

    `more` asks for that many digits beyond what a cell shows; `decimals` sets the count outright.
    """
    array = np.asarray(values, dtype=np.float64)
    numbers = array.ravel().tolist()
    if decimals is None:
        decimals = _decimals(numbers, scalar_least if array.ndim == 0 else LEAST, more)
    return Printed(tuple(_text(number, decimals, SIGNIFICANT + more) for number in numbers), array.shape)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of arithmetic: each operand as drawn, and the result that these digits give."""

    operands: dict[str, Printed]
    result: Printed


def line(current: Current) -> Line | None:
    """The numbers of a step's formula, with as many digits as it takes for the drawn result to follow from them."""
    if current.result is None:
        return None
    least = LEAST if current.kind != "forward" else LEAST_SCALAR
    for beyond in range(4):
        result = printed(current.result, more=beyond, scalar_least=least)
        for more in range(14):
            operands = {slot: printed(entry.numbers, more=more) for slot, entry in current.operands.items()}
            again = _redo(current, {slot: entry.numbers() for slot, entry in operands.items()})
            if printed(again.tolist(), decimals=_places(result), more=beyond).texts == result.texts:
                return Line(operands, result)
    return Line({slot: _in_full(entry) for slot, entry in current.operands.items()}, printed(current.result, more=13))


def _redo(current: Current, numbers: dict[str, Array]) -> Array:
    """The step's arithmetic on other numbers: what a reader does with a pencil."""
    if current.kind == "seed":
        return np.asarray(current.result, dtype=np.float64)
    if current.kind == "accumulate":
        return np.asarray(sum(numbers.values()))
    op = OPS[current.op or ""]
    with np.errstate(all="ignore"):
        if current.kind == "forward":
            return op.forward(*[numbers[slot] for slot in op.inputs])[0]
        local = op.vjps[current.slot].local
        return local.combine(numbers["v"], numbers["local"]) if local else numbers["v"]


def _in_full(operand: Operand) -> Printed:
    return printed(operand.numbers, more=13)


def _places(drawn: Printed) -> int:
    """How many decimals were drawn; of numbers in powers of ten, which have none, two."""
    found = [len(text.partition(".")[2]) for text in drawn.texts if "×" not in text]
    return max(found, default=LEAST)


def _decimals(numbers: Iterable[float], least: int, more: int) -> int:
    """The fewest decimals that are exact for all, if few are enough; else as many as leave SIGNIFICANT digits."""
    ordinary = [number for number in numbers if _ordinary(number)]
    for decimals in range(least, EXACT_DECIMALS + more + 1):
        if all(math.isclose(number, round(number, decimals), rel_tol=1e-13, abs_tol=1e-15) for number in ordinary):
            return decimals
    largest = max(abs(number) for number in ordinary)
    return max(least if largest < 1000 else 0, SIGNIFICANT + more - 1 - math.floor(math.log10(largest)))


def _ordinary(number: float) -> bool:
    """Neither so large nor so small that it needs a power of ten."""
    return number == 0 or 1e-3 <= abs(number) < _LARGE


def _text(number: float, decimals: int, significant: int) -> str:
    """One number, with a real minus; a tiny or huge one in powers of ten."""
    if number == 0:
        return f"{0:.{decimals}f}"
    fixed = _rounded(number, decimals)
    # too small for these decimals: it would read as 0, or keep a single digit of several
    lost = not _ordinary(number) or (
        abs(number) * 10**decimals < 9.5 and not math.isclose(float(fixed), number, rel_tol=1e-9)
    )
    if not lost:
        return fixed.replace("-", "−")
    mantissa, _, exponent = f"{number:.{max(significant - 3, 1)}e}".partition("e")
    return f"{mantissa.replace('-', '−')}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def _rounded(number: float, decimals: int) -> str:
    """Half goes up, as a hand does it; the float's last noise is taken off first, so that 0.285 is a half at all."""
    quantum = Decimal(1).scaleb(-decimals)
    digits = 12 if decimals <= 8 else 17
    return str(Decimal(f"{number:.{digits}g}").quantize(quantum, rounding=ROUND_HALF_UP))


def _read(text: str) -> float:
    mantissa, _, exponent = text.partition("×10")
    return float(mantissa.translate(_PLAIN)) * 10.0 ** int(exponent.translate(_PLAIN) or 0)
