"""One number as it is printed: what its digits say, in exact decimals, and no float."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed number: what its digits say, and one unit of its last digit; `significant` counts its digits from the
    first that is not 0. A fraction has a unit of 0: it stands for itself alone."""

    value: Fraction
    unit: Fraction
    significant: int
    decimals: int
    exponent: int | None

    def off(self, truth: Fraction) -> Fraction:
        """How far it is from the truth."""
        return abs(self.value - truth)


def printed(text: str) -> Printed:
    """A decimal number, as 0.50, −2 or 4e-3, or a fraction of two, as its digits say."""
    numerator, slash, denominator = text.partition("/")
    value = Fraction(numerator) / (Fraction(denominator) if slash else 1)
    mantissa, e, exponent = numerator.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    power = int(exponent) if e else 0
    digits = mantissa.lstrip("+-").replace(".", "").lstrip("0")
    if slash:
        return Printed(value, Fraction(0), 17, 17, None)
    return Printed(value, Fraction(10) ** (power - decimals), len(digits), decimals, power if e else None)
