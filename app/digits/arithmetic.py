"""One line of arithmetic, with as many digits as it takes for the drawn result to follow from the drawn operands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.engine import OPS, Array, Op
from app.snapshot import Current, Expansion, FactorView, NestedList, Operand

from .formatted import (
    MAX_DIGITS,
    MIN_DECIMALS,
    MIN_DECIMALS_SCALAR,
    SIGNIFICANT,
    Formatted,
    _read,
    formatted,
    min_decimals,
)

# Factors in the sum of an entry, beyond which a line writes out its first entry alone.
LONGEST = 8
# How a power is said.
_POWERS = {1: "", 2: " squared"}


@dataclass(frozen=True, slots=True)
class Product:
    """One term of a sum as drawn: each factor with its digits."""

    factors: tuple[tuple[FactorView, str], ...]

    @property
    def negative(self) -> bool:
        """Whether it begins with −1, which is written as a minus sign."""
        first, _ = self.factors[0]
        return len(self.factors) > 1 and first.quantity == "constant" and first.value == -1.0

    @property
    def shown(self) -> tuple[tuple[FactorView, str], ...]:
        """The factors that are written out."""
        return self.factors[1:] if self.negative else self.factors

    def in_words(self, *, symbols: bool) -> str:
        """The factors as one says them, with their symbols or with their digits, and without the sign before them."""
        said = ((factor.power, factor.symbol if symbols else text) for factor, text in self.shown)
        return " times ".join(text + _POWERS.get(power, f" to the power of {power}") for power, text in said)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of arithmetic: the operands as drawn, the sum of products for each entry, and the result they give.

    It `holds` but where a person has chosen so few digits that they give another result than the one shown.
    """

    operands: dict[str, Formatted]
    arithmetic: tuple[tuple[Product, ...], ...]
    result: Formatted
    holds: bool = True

    @property
    def is_long(self) -> bool:
        """Whether the sums of all entries are more than one takes in at a glance."""
        return len(self.arithmetic) > 1 and sum(len(product.shown) for product in self.arithmetic[0]) > LONGEST

    def is_number(self, text: str) -> bool:
        """Whether the first entry's sum is that number alone, as it is written: ∂L/∂b₁ = 0.20."""
        (product, *more) = self.arithmetic[0]
        return not more and not product.negative and [(one.power, shown) for one, shown in product.shown] == [(1, text)]

    def in_words(self, *, symbols: bool = False, first_alone: bool = False) -> str:
        """The sum of each entry as one says it, or of the first alone."""
        rows = self.arithmetic[:1] if first_alone else self.arithmetic
        return "; ".join(
            "".join(
                (" − " if product.negative else " + " if place else "") + product.in_words(symbols=symbols)
                for place, product in enumerate(row)
            ).strip()
            for row in rows
        )


def line(current: Current, digits: int | None = None) -> Line | None:
    """The numbers of a step's formula, with as many digits as it takes for the drawn result to follow from them; with
    so many `digits`, where a person has chosen that.

    None for a step without arithmetic: the start of a pass.
    """
    if current.result is None:
        return None
    slots = (current.arrays or current.operands) | ({"local": current.local} if current.local else {})
    least = min_decimals(current.result, grad=current.kind != "forward")
    drawn = _drawn_line(slots, current.entries, _as_written(current), current.result, least, digits)
    parts = {name: _part(drawn.operands[one.of], one) for name, one in current.operands.items() if one.of}
    return replace(drawn, operands={**drawn.operands, **parts}) if parts else drawn


def _part(whole: Formatted, part: Operand) -> Formatted:
    """A part of an array as drawn: with the digits that it has there."""
    places = part.places
    texts, forms = tuple(whole.texts[place] for place in places), tuple(whole.forms[place] for place in places)
    return Formatted(texts, forms, tuple(part.shape))


def entry_line(expansion: Expansion, *, scalar: bool, digits: int | None = None) -> Line | None:
    """The arithmetic of one entry, likewise; `scalar` where the entry is all of its node. None where there is none."""
    if not expansion.terms or expansion.result is None:
        return None
    least = MIN_DECIMALS_SCALAR if scalar and expansion.quantity == "value" else MIN_DECIMALS
    return _drawn_line({}, [expansion], None, expansion.result, least, digits)


# Redoes a line another way than by its sums of products: the op itself, on drawn digits.
Recompute = Callable[[dict[str, Array]], Array]


def _as_written(current: Current) -> Recompute | None:
    """The step's formula as it stands, on whole arrays; None where there is nothing but the sums."""
    op: Op | None = current.row or OPS.get(current.op or "")
    if op is None:
        return None
    if current.kind == "forward":
        return lambda numbers: op.forward(*[numbers[slot] for slot in op.inputs])[0]
    local = op.vjps[current.slot].local
    combine = local.combine if local else None
    return (lambda numbers: combine(numbers["v"], numbers["local"])) if combine else None


def _drawn_line(
    slots: Mapping[str, Operand],
    entries: Sequence[Expansion],
    recompute: Recompute | None,
    value: NestedList,
    least: int,
    digits: int | None,
) -> Line:
    if digits is not None:
        result = formatted(value, least=least, digits=digits)
        drawn = {slot: _operand(entry, 0, digits) for slot, entry in slots.items()}
        arithmetic = tuple(_products(entry, drawn, 0, digits) for entry in entries)
        return Line(drawn, arithmetic, result, holds=_follows(result, drawn, arithmetic, recompute))
    # A result that lies on the edge of rounding may need a digit more itself.
    for beyond in range(MAX_DIGITS - SIGNIFICANT):
        result = formatted(value, least=least, more=beyond)
        for more in range(beyond, MAX_DIGITS - SIGNIFICANT):
            drawn = {slot: _operand(entry, more) for slot, entry in slots.items()}
            arithmetic = tuple(_products(entry, drawn, more) for entry in entries)
            if _follows(result, drawn, arithmetic, recompute):
                return Line(drawn, arithmetic, result)
    drawn = {slot: _operand(entry, MAX_DIGITS) for slot, entry in slots.items()}
    arithmetic = tuple(_products(entry, drawn, MAX_DIGITS) for entry in entries)
    return Line(drawn, arithmetic, formatted(value, least=least))


def _products(
    expansion: Expansion, drawn: Mapping[str, Formatted], more: int, digits: int | None = None
) -> tuple[Product, ...]:
    """The terms with digits: those of the operand a factor belongs to, so that one number looks the same twice."""
    return tuple(
        Product(tuple((factor, _factor_text(factor, drawn, more, digits)) for factor in term))
        for term in expansion.terms
    )


def _factor_text(factor: FactorView, drawn: Mapping[str, Formatted], more: int, digits: int | None) -> str:
    if factor.quantity == "constant":
        return factor.symbol
    if factor.slot in drawn and factor.key is not None:
        return drawn[factor.slot].at([int(place) - 1 for place in factor.key.split(".")[1:]])
    return formatted(factor.value, least=0 if factor.whole else MIN_DECIMALS, more=more, digits=digits).texts[0]


def _follows(
    result: Formatted,
    drawn: Mapping[str, Formatted],
    arithmetic: Sequence[Sequence[Product]],
    recompute: Recompute | None,
) -> bool:
    """Whether a reader with a pencil gets the drawn result from the drawn digits."""
    sums = [
        sum(math.prod(_number(factor, text) for factor, text in product.factors) for product in row)
        for row in arithmetic
    ]
    if result.recompute(np.array(sums)) != result.texts:
        return False
    if recompute is None:
        return True
    with np.errstate(all="ignore"):
        redone = recompute({slot: entry.numbers() for slot, entry in drawn.items()})
    return result.recompute(redone) == result.texts


def _number(factor: FactorView, text: str) -> float:
    return (factor.value if factor.quantity == "constant" else _read(text)) ** factor.power


def _operand(operand: Operand, more: int, digits: int | None = None) -> Formatted:
    least = min_decimals(operand.numbers, grad=operand.colour == "grad", whole=operand.whole)
    return formatted(operand.numbers, least=least, more=more, digits=digits)
