"""One printed number against the true one, in exact decimals: a text is what its digits say, and no float.

The classes: *right*, if it is the truth rounded to the digits given (half may go either way) · *last*, if it is off by
at most 1.5 units of its last digit · *en-route*, if it is off by at most 2 %, or where it is a new parameter by at most
5 % of its step, as what was computed from rounded numbers is · *wrong*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from app.state.printed import Printed

PrintedVerdict = Literal["right", "last", "en-route", "wrong"]
_LAST = Fraction(3, 2)
_EN_ROUTE = Fraction(2, 100)
_OF_ITS_STEP = Fraction(5, 100)
_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Truth:
    """The true number, how far rounding may have moved it, and for a new parameter the step that led to it."""

    value: Fraction
    noise: Fraction
    step: Fraction | None = None

    @classmethod
    def of(cls, number: float, noise: float = 0.0, factor: Fraction = Fraction(1), step: float | None = None) -> Truth:
        """That of a float, times a factor."""
        few = max(noise, 16 * math.ulp(number)) if number else noise
        moved = None if step is None else abs(Fraction(step) * factor)
        return cls(Fraction(number) * factor, Fraction(few) * abs(factor), moved)


def judged(number: Printed, truth: Truth) -> PrintedVerdict:
    """The class of a printed number."""
    off = number.off(truth.value)
    if off <= number.unit / 2 + truth.noise:
        return "right"
    if off <= number.unit * _LAST + truth.noise:
        return "last"
    most = abs(truth.value) * _EN_ROUTE if truth.step is None else truth.step * _OF_ITS_STEP
    return "en-route" if off <= most else "wrong"


def is_cut_off(number: Printed, truth: Truth) -> bool:
    """Whether the digits of the truth were cut off where they had to be rounded up."""
    return number.unit > 0 and truth.value != 0 and abs(number.value) == _floor(abs(truth.value), number.unit)


def _floor(size: Fraction, unit: Fraction) -> Fraction:
    return math.floor(size / unit) * unit


def to_its_digits(number: Printed, truth: Fraction) -> str:
    """The truth in the digits that a number was printed with, with a real minus; half goes up."""
    if not number.unit:
        return _real(f"{float(truth):.6g}")
    count = math.floor(abs(truth) / number.unit + Fraction(1, 2))
    sign = "−" if truth < 0 and count else ""
    decimals = max(number.decimals, 0)
    digits = str(count).rjust(decimals + 1, "0")
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    power = f"×10{str(number.exponent).translate(_POWERS)}" if number.exponent else ""
    return f"{sign}{text}{power}"


def as_printed(text: str) -> str:
    """The text of a number as a page shows it: with a real minus, and a power of ten raised."""
    return _real(text.removeprefix("+"))


def _real(text: str) -> str:
    mantissa, e, exponent = text.lower().replace("-", "−").partition("e")
    return f"{mantissa}×10{str(int(exponent.replace('−', '-'))).translate(_POWERS)}" if e else mantissa


def share(part: Fraction, whole: Fraction) -> str:
    """A share in per cent with two digits: 0.53 %."""
    if not whole:
        return ""
    percent = float(abs(part / whole) * 100)
    return f"{percent:.2g} %" if percent >= 1e-4 else "less than 0.0001 %"
