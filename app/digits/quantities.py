"""How quantities, counts and shapes are written at a glance: 67.1 MB, 68.7 G, 16,777,216, 3×2."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

# Prefixes of the International System of Units, by power of ten; k is a thousand, not 1024.
_PREFIXES = dict(zip(range(-12, 27, 3), ["p", "n", "µ", "m", "", *"kMGTPEZY"], strict=True))


def si(number: float, unit: str = "") -> str:
    """A quantity at a glance, as 67.1 MB or 68.7 G: one decimal below a hundred, none from there on, half goes up.

    What needs no decimal gets none: 16 GB is exact, 1.0 MB is not. A whole number of fewer than four digits stands as
    it is, and a count, which has no unit, of fewer than five. What is not 0 must be at least 10⁻¹², or it would
    read as 0.
    """
    exact = Decimal(str(number))
    if exact == exact.to_integral_value() and abs(exact) < (1000 if unit else 10_000):
        return f"{exact.to_integral_value():f}\u00a0{unit}".rstrip("\u00a0")
    power = min(max(3 * (exact.adjusted() // 3), min(_PREFIXES)), max(_PREFIXES))
    while True:
        scaled = exact.scaleb(-power)
        whole = abs(scaled) >= Decimal("99.95") or scaled == scaled.to_integral_value()
        quantum = Decimal(1).scaleb(0 if whole else -1)
        rounded = scaled.quantize(quantum, rounding=ROUND_HALF_UP)
        if abs(rounded) < 1000 or power == max(_PREFIXES):
            return f"{rounded:f}\u00a0{_PREFIXES[power]}{unit}".replace("-", "−").rstrip("\u00a0")
        power += 3


def grouped(count: int) -> str:
    """A whole number in full, its digits in threes if there are more than four: 16,777,216, but 4096."""
    return f"{count:,}" if count >= 10_000 else str(count)


def counted(count: int, noun: str) -> str:
    """A count with its noun: 1 layer, 32 layers, 16,384 examples."""
    return f"{grouped(count)} {noun}" if count == 1 else f"{grouped(count)} {noun}s"


def shape_text(shape: Sequence[int] | str) -> str:
    """A shape as people write it: 3×2, 3 or scalar; the letters of a general one, mn, as m×n."""
    return "×".join(map(str, shape)) or "scalar"
