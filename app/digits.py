"""How numbers are drawn: the one formatter, and how many digits a line of arithmetic needs.

Public names: `Printed`, `Form`, `printed`, `least_decimals`, `Line`, `line`,
`entry_line`, `exact`, `difference`, and for what is counted `si`, `grouped`.

Rounding happens here and nowhere else. Two promises hold for all that is drawn: a number that is not 0 never reads
as 0, and a line of arithmetic, redone from the digits it shows, gives the result it shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from app.engine import OPS, Array
from app.snapshot import Current, Derivation, FactorView, Operand, Values

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN = str.maketrans({"−": "-", **{sup: digit for digit, sup in zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True)}})
# What a cell has room for: decimals that are shown if they are exact, significant digits otherwise, digits in all.
EXACT_DECIMALS, SIGNIFICANT, ROOM = 5, 4, 7
LEAST, LEAST_SCALAR = 2, 3
_SMALL, _LARGE, _BEYOND = 1e-3, 1e6, 1e15
# Factors in the sum of an entry, beyond which a line writes out its first entry alone.
LONGEST = 8
# A float64 has no more digits than these.
MOST_DIGITS = 17


@dataclass(frozen=True, slots=True)
class Form:
    """How one number is written: with so many digits after the point, and as a power of ten or not."""

    decimals: int
    power: bool = False


@dataclass(frozen=True, slots=True)
class Printed:
    """The numbers of one array as drawn, row by row: texts, the form of each, and the shape of the array."""

    texts: tuple[str, ...]
    forms: tuple[Form, ...]
    shape: tuple[int, ...]

    def rows(self) -> list[tuple[str, ...]]:
        """The texts as the rows of a matrix; a vector stands as a column."""
        columns = self.shape[1] if len(self.shape) == 2 else 1
        return [self.texts[start : start + columns] for start in range(0, len(self.texts), columns)]

    def numbers(self) -> Array:
        """What a person reads: the drawn digits as numbers again."""
        return np.array([_read(text) for text in self.texts]).reshape(self.shape)

    def at(self, index: Sequence[int]) -> str:
        """The text of the entry at an index, from 0."""
        return self.texts[sum(i * math.prod(self.shape[place + 1 :]) for place, i in enumerate(index))]

    def again(self, values: Array) -> tuple[str, ...]:
        """Other numbers, written as these are."""
        return tuple(_written(number, form) for number, form in zip(values.ravel().tolist(), self.forms, strict=True))


def least_decimals(values: Values, *, grad: bool, whole: bool = False) -> int:
    """The least number of decimals: two, but three for a lone value (a loss is what one compares), none for marks."""
    if whole:
        return 0
    return LEAST if grad or np.ndim(values) else LEAST_SCALAR


def printed(values: Values, *, least: int = LEAST, more: int = 0) -> Printed:
    """Draw an array, with one count of decimals for all entries unless they differ too much in size.

    `least` is the least number of decimals; `more` asks for that many digits beyond what a cell shows.
    """
    array = np.asarray(values, dtype=np.float64)
    numbers = array.ravel().tolist()
    forms = tuple(_forms(numbers, least, more))
    texts = tuple(_written(number, form) for number, form in zip(numbers, forms, strict=True))
    return Printed(texts, forms, array.shape)


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


@dataclass(frozen=True, slots=True)
class Line:
    """One line of arithmetic: the operands as drawn, the sum of products for each entry, and the result they give."""

    operands: dict[str, Printed]
    arithmetic: tuple[tuple[Product, ...], ...]
    result: Printed

    @property
    def is_long(self) -> bool:
        """Whether the sums of all entries are more than one takes in at a glance."""
        return len(self.arithmetic) > 1 and sum(len(product.shown) for product in self.arithmetic[0]) > LONGEST


def line(current: Current) -> Line | None:
    """The numbers of a step's formula, with as many digits as it takes for the drawn result to follow from them.

    None for a step without arithmetic: the start of a pass.
    """
    if current.result is None:
        return None
    slots = current.operands | ({"local": current.local} if current.local else {})
    least = least_decimals(current.result, grad=current.kind != "forward")
    return _drawn_line(slots, current.entries, _as_written(current), current.result, least)


def entry_line(derivation: Derivation, *, scalar: bool) -> Line | None:
    """The arithmetic of one entry, likewise; `scalar` where the entry is all of its node. None where there is none."""
    if not derivation.terms or derivation.result is None:
        return None
    least = LEAST_SCALAR if scalar and derivation.quantity == "value" else LEAST
    return _drawn_line({}, [derivation], None, derivation.result, least)


# Redoes a line another way than by its sums of products: the op itself, on drawn digits.
Again = Callable[[dict[str, Array]], Array]


def _as_written(current: Current) -> Again | None:
    """The step's formula as it stands, on whole arrays; None where there is nothing but the sums."""
    op = OPS.get(current.op or "")
    if op is None:
        return None
    if current.kind == "forward":
        return lambda numbers: op.forward(*[numbers[slot] for slot in op.inputs])[0]
    local = op.vjps[current.slot].local
    combine = local.combine if local else None
    return (lambda numbers: combine(numbers["v"], numbers["local"])) if combine else None


def _drawn_line(
    slots: Mapping[str, Operand], entries: Sequence[Derivation], again: Again | None, value: Values, least: int
) -> Line:
    # A result that lies on the edge of rounding may need a digit more itself.
    for beyond in range(MOST_DIGITS - SIGNIFICANT):
        result = printed(value, least=least, more=beyond)
        for more in range(beyond, MOST_DIGITS - SIGNIFICANT):
            drawn = {slot: _operand(entry, more) for slot, entry in slots.items()}
            arithmetic = tuple(_products(entry, drawn, more) for entry in entries)
            if _follows(result, drawn, arithmetic, again):
                return Line(drawn, arithmetic, result)
    drawn = {slot: _operand(entry, MOST_DIGITS) for slot, entry in slots.items()}
    arithmetic = tuple(_products(entry, drawn, MOST_DIGITS) for entry in entries)
    return Line(drawn, arithmetic, printed(value, least=least))


def _products(derivation: Derivation, drawn: Mapping[str, Printed], more: int) -> tuple[Product, ...]:
    """The terms with digits: those of the operand a factor belongs to, so that one number looks the same twice."""
    return tuple(
        Product(tuple((factor, _factor_text(factor, drawn, more)) for factor in term)) for term in derivation.terms
    )


def _factor_text(factor: FactorView, drawn: Mapping[str, Printed], more: int) -> str:
    if factor.quantity == "constant":
        return factor.symbol
    if factor.slot in drawn and factor.key is not None:
        return drawn[factor.slot].at([int(place) - 1 for place in factor.key.split(".")[1:]])
    return printed(factor.value, least=0 if factor.whole else LEAST, more=more).texts[0]


def _follows(
    result: Printed, drawn: Mapping[str, Printed], arithmetic: Sequence[Sequence[Product]], again: Again | None
) -> bool:
    """Whether a reader with a pencil gets the drawn result from the drawn digits."""
    sums = [
        sum(math.prod(_number(factor, text) for factor, text in product.factors) for product in row)
        for row in arithmetic
    ]
    if result.again(np.array(sums)) != result.texts:
        return False
    if again is None:
        return True
    with np.errstate(all="ignore"):
        redone = again({slot: entry.numbers() for slot, entry in drawn.items()})
    return result.again(redone) == result.texts


def _number(factor: FactorView, text: str) -> float:
    return (factor.value if factor.quantity == "constant" else _read(text)) ** factor.power


def _operand(operand: Operand, more: int) -> Printed:
    least = least_decimals(operand.numbers, grad=operand.colour == "grad", whole=operand.whole)
    return printed(operand.numbers, least=least, more=more)


def exact(number: float, significant: int = 9) -> str:
    """A lone number with that many significant digits, for what is compared rather than taught."""
    return printed(number, least=0, more=significant - SIGNIFICANT).texts[0]


def difference(left: float, right: float) -> tuple[str, str, str]:
    """left, right and left − right, with as many decimals as it takes for the drawn digits to subtract."""
    rest = left - right
    start = 2 if rest == 0 else max(2, 2 - math.floor(math.log10(abs(rest))))
    if max(abs(left), abs(right)) >= _LARGE:
        return exact(left), exact(right), exact(rest)
    for decimals in range(start, MOST_DIGITS + start):
        form = Form(decimals)
        texts = [_written(number, form) for number in (left, right, rest)]
        if _written(_read(texts[0]) - _read(texts[1]), form) == texts[2]:
            break
    return texts[0], texts[1], texts[2]


def _forms(numbers: Sequence[float], least: int, more: int) -> list[Form]:
    """The fewest decimals that are exact for all, if a cell has room for them; else what leaves SIGNIFICANT digits.

    Where sizes differ by more than that many digits can show, each number gets a form of its own.
    """
    ordinary = [number for number in numbers if _ordinary(number)]
    whole = max((_whole_digits(number) for number in ordinary), default=1)
    exact = range(least, max(least, min(EXACT_DECIMALS, ROOM - whole)) + more + 1)
    decimals = next((count for count in exact if all(_is_exact(number, count) for number in ordinary)), None)
    if decimals is None and len(ordinary) > 1 and _spread(ordinary) >= 10 ** (SIGNIFICANT - 1):
        return [form for number in numbers for form in _forms([number], least, more)]
    if decimals is None:
        # of a lone number below 1, what stands right behind the point may be zeros: they are no digits
        zeros = -math.floor(math.log10(abs(ordinary[0]))) if len(ordinary) == 1 and abs(ordinary[0]) < 1 else 1
        decimals = max(least if whole < ROOM - least else 0, SIGNIFICANT + more - whole + zeros - 1)
    power = Form(SIGNIFICANT - 2 + more, power=True)
    return [Form(decimals) if _ordinary(number) else power for number in numbers]


def _ordinary(number: float) -> bool:
    """Neither so large nor so small that it needs a power of ten."""
    return number == 0 or _SMALL <= abs(number) < _LARGE


def _is_exact(number: float, decimals: int) -> bool:
    return math.isclose(number, round(number, decimals), rel_tol=1e-13, abs_tol=1e-15)


def _spread(numbers: Sequence[float]) -> float:
    sizes = [abs(number) for number in numbers if number]
    return max(sizes) / min(sizes) if sizes else 1.0


def _whole_digits(number: float) -> int:
    """How many digits stand before the point."""
    return math.floor(math.log10(abs(number))) + 1 if abs(number) >= 1 else 1


def _written(number: float, form: Form) -> str:
    """One number in a form, with a real minus."""
    if not math.isfinite(number):  # while digits are sought, a line may overflow
        return f"{number:g}"
    if not form.power or number == 0:
        return _rounded(number, form.decimals).replace("-", "−")
    mantissa, _, exponent = f"{number:.{form.decimals}e}".partition("e")
    return f"{mantissa.replace('-', '−')}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def _rounded(number: float, decimals: int) -> str:
    """Half goes up, as a hand does it; the float's last noise is taken off first, so that 0.285 is a half at all."""
    if abs(number) >= _BEYOND:  # likewise it may come out far too large
        return f"{number:g}"
    quantum = Decimal(1).scaleb(-decimals)
    # of a number that is shown to nearly all its digits, none is noise
    digits = 12 if _whole_digits(number) + decimals <= 10 else 17
    rounded = Decimal(f"{number:.{digits}g}").quantize(quantum, rounding=ROUND_HALF_UP)
    return f"{rounded:f}" if rounded else f"{0:.{decimals}f}"  # never −0.00


def _read(text: str) -> float:
    mantissa, _, exponent = text.partition("×10")
    return float(f"{mantissa.translate(_PLAIN)}e{exponent.translate(_PLAIN) or 0}")


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
