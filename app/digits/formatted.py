"""How one number, or an array of them, is written: decimals, powers of ten, a real minus.

Rounding happens here and nowhere else, and a number that is not 0 never reads as 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import numpy as np

from app.engine import Array
from app.snapshot import NestedList
from app.snapshot.indices import power_of_ten

_PLAIN = str.maketrans({"−": "-", **{sup: digit for digit, sup in zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True)}})
# What a cell has room for: decimals that are shown if they are exact, significant digits otherwise, digits in all.
EXACT_DECIMALS, SIGNIFICANT, ROOM = 5, 4, 7
MIN_DECIMALS, MIN_DECIMALS_SCALAR = 2, 3
_SMALL, _LARGE, _BEYOND = 1e-3, 1e6, 1e15
# How near a half the last digit that is left out has to be for its noise to matter: ten digits of twelve are shown.
_TIE = 0.01
# A float64 has no more digits than these.
MAX_DIGITS = 17


@dataclass(frozen=True, slots=True)
class Form:
    """How one number is written: with so many digits after the point, as a power of ten or not, by how far it is from 1
    or not.
    """

    decimals: int
    power: bool = False
    from_1: bool = False


@dataclass(frozen=True, slots=True)
class Formatted:
    """The numbers of one array as drawn, row by row: texts, the form of each, and the shape of the array."""

    texts: tuple[str, ...]
    forms: tuple[Form, ...]
    shape: tuple[int, ...]

    def rows(self) -> list[tuple[str, ...]]:
        """The texts as the rows of a matrix; a vector stands as a column."""
        columns = self.shape[1] if len(self.shape) == 2 else 1
        return [self.texts[start : start + columns] for start in range(0, len(self.texts), columns)]

    def in_words(self) -> str:
        """The numbers in a row: a scalar alone, a vector in parentheses, a matrix row by row."""
        if not self.shape:
            return self.texts[0]
        rows = self.rows() if len(self.shape) == 2 else [self.texts]
        return f"({'; '.join(', '.join(row) for row in rows)})"

    def numbers(self) -> Array:
        """What a person reads: the drawn digits as numbers again."""
        return np.array([_read(text) for text in self.texts]).reshape(self.shape)

    def at(self, index: Sequence[int]) -> str:
        """The text of the entry at an index, from 0."""
        return self.texts[sum(i * math.prod(self.shape[place + 1 :]) for place, i in enumerate(index))]

    def recompute(self, values: Array) -> tuple[str, ...]:
        """Other numbers, written as these are."""
        return tuple(_written(number, form) for number, form in zip(values.ravel().tolist(), self.forms, strict=True))


def min_decimals(values: NestedList, *, grad: bool, whole: bool = False) -> int:
    """The least number of decimals: two, but three for a lone value (a loss is what one compares), none for marks."""
    if whole:
        return 0
    return MIN_DECIMALS if grad or np.ndim(values) else MIN_DECIMALS_SCALAR


def formatted(
    values: NestedList | Array,
    *,
    least: int = MIN_DECIMALS,
    more: int = 0,
    near_1: bool = False,
    digits: int | None = None,
) -> Formatted:
    """Draw an array, with one count of decimals for all entries unless they differ too much in size.

    `least` is the least number of decimals; `more` asks for that many digits beyond what a cell shows. With
    `near_1`, a number that is almost 1 is written as 1 − 2.3×10⁻⁴. With `digits` there are that many decimals, or fewer
    where all entries are exact with those, and of a number that they would hide so many significant digits.
    """
    array = np.asarray(values, dtype=np.float64)
    return _formatted(array.tobytes(), array.shape, least, more, near_1=near_1, digits=digits)


@lru_cache(maxsize=2048)  # a page shows most arrays in several places, and the next step shows the same ones again
def _formatted(
    raw: bytes, shape: tuple[int, ...], least: int, more: int, *, near_1: bool, digits: int | None
) -> Formatted:
    """The same of an array of that shape, whose numbers are these bytes."""
    numbers = np.frombuffer(raw).tolist()
    forms = tuple(_forms(numbers, least, more) if digits is None or not least else _chosen(numbers, digits + more))
    if near_1:
        power = Form(SIGNIFICANT - 2 + more, power=True, from_1=True)
        forms = tuple(
            power if 0 < abs(1 - number) < _SMALL else form for number, form in zip(numbers, forms, strict=True)
        )
    texts = tuple(_written(number, form) for number, form in zip(numbers, forms, strict=True))
    return Formatted(texts, forms, shape)


def significant(number: float, significant: int = 9) -> str:
    """A lone number with that many significant digits, for what is compared rather than taught."""
    return formatted(number, least=0, more=significant - SIGNIFICANT).texts[0]


def difference(left: float, right: float) -> tuple[str, str, str]:
    """left, right and left − right, with as many decimals as it takes for the drawn digits to subtract."""
    rest = left - right
    start = 2 if rest == 0 else max(2, 2 - math.floor(math.log10(abs(rest))))
    if max(abs(left), abs(right)) >= _LARGE:
        return significant(left), significant(right), significant(rest)
    for decimals in range(start, MAX_DIGITS + start):
        form = Form(decimals)
        texts = [_written(number, form) for number in (left, right, rest)]
        if _written(_read(texts[0]) - _read(texts[1]), form) == texts[2]:
            break
    return texts[0], texts[1], texts[2]


def told_apart(before: float, after: float, *, least: int = MIN_DECIMALS, digits: int | None = None) -> tuple[str, str]:
    """A number before and after a change, with as many digits as it takes for the two to read differently: so many
    `digits` at least, if they are chosen."""
    for more in range(MAX_DIGITS):
        left, right = formatted([before, after], least=least, more=more, digits=digits).texts
        if left != right or before == after:
            break
    return left, right


def _forms(numbers: Sequence[float], least: int, more: int) -> list[Form]:
    """The fewest decimals that are exact for all, if a cell has room for them; else what leaves SIGNIFICANT digits.

    Where sizes differ by more than that many digits can show, each number gets a form of its own.
    """
    ordinary = [number for number in numbers if _ordinary(number)]
    whole = _whole_digits(max(map(abs, ordinary), default=0.0))
    decimals = _exact_decimals(ordinary, least, max(least, min(EXACT_DECIMALS, ROOM - whole)) + more)
    if decimals is None and len(ordinary) > 1 and _spread(ordinary) >= 10 ** (SIGNIFICANT - 1):
        return [form for number in numbers for form in _forms([number], least, more)]
    if decimals is None:
        # of a lone number below 1, what stands right behind the point may be zeros: they are no digits
        zeros = -math.floor(math.log10(abs(ordinary[0]))) if len(ordinary) == 1 and abs(ordinary[0]) < 1 else 1
        decimals = max(least if whole < ROOM - least else 0, SIGNIFICANT + more - whole + zeros - 1)
    plain = Form(decimals)
    if len(ordinary) == len(numbers):
        return [plain] * len(numbers)
    power = Form(SIGNIFICANT - 2 + more, power=True)
    return [plain if _ordinary(number) else power for number in numbers]


def _chosen(numbers: Sequence[float], digits: int) -> list[Form]:
    """So many decimals for all, or fewer where these are exact; what they would hide has a form of its own.

    A number that is exactly 0 reads 0 beside others that are rounded.
    """
    plain = [number for number in numbers if abs(number) < _LARGE and not hides(number, digits)]
    exact = _exact_decimals(plain, min(MIN_DECIMALS, digits), digits)
    forms = []
    for number in numbers:
        if number == 0 and exact is None:
            forms.append(Form(0))
        elif hides(number, digits) or abs(number) >= _LARGE:
            is_power = not _ordinary(number)
            # of a number that is rounded up to a power of ten, one digit more stands before the point
            small = 0 if is_power else -int(f"{number:.{digits - 1}e}".partition("e")[2])
            forms.append(Form(digits - 1 + small, power=is_power))
        else:
            forms.append(Form(digits if exact is None else exact))
    return forms


def hides(number: float, digits: int) -> bool:
    """Whether so many decimals would leave less than two significant digits of a number that has more."""
    if not 0 < abs(number) < 10.0 ** (1 - digits):
        return False
    return not round(number, digits) or not _is_exact(number, digits)


def with_decimals(number: float, decimals: int) -> str:
    """A number with so many decimals, whatever they hide."""
    return _written(number, Form(decimals))


def _ordinary(number: float) -> bool:
    """Neither so large nor so small that it needs a power of ten."""
    return number == 0 or _SMALL <= abs(number) < _LARGE


def _exact_decimals(numbers: Sequence[float], least: int, most: int) -> int | None:
    """The fewest decimals from `least` to `most` that are exact for all; None where no such number is."""
    decimals = least
    for number in numbers:
        while not _is_exact(number, decimals):
            decimals += 1
            if decimals > most:
                return None
    return decimals


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
    if form.from_1:
        return f"1 {'+' if number > 1 else '−'} {_written(abs(1 - number), replace(form, from_1=False))}"
    if not form.power or number == 0:
        return _rounded(number, form.decimals).replace("-", "−")
    return power_of_ten(f"{number:.{form.decimals}e}")


def _rounded(number: float, decimals: int) -> str:
    """Half goes up, as a hand does it; the float's last noise is taken off first, so that 0.285 is a half at all."""
    if abs(number) >= _BEYOND:  # likewise it may come out far too large
        return f"{number:g}"
    if abs(abs(number) * 10**decimals % 1 - 0.5) > _TIE:  # far from a half, where all ways to round agree
        text = f"{number:.{decimals}f}"
        return text if text.strip("-0.") else text.removeprefix("-")  # never −0.00
    quantum = Decimal(1).scaleb(-decimals)
    # of a number that is shown to nearly all its digits, none is noise
    digits = 12 if _whole_digits(number) + decimals <= 10 else 17
    rounded = Decimal(f"{number:.{digits}g}").quantize(quantum, rounding=ROUND_HALF_UP)
    return f"{rounded:f}" if rounded else f"{0:.{decimals}f}"  # never −0.00


def _read(text: str) -> float:
    if text.startswith(("1 − ", "1 + ")):
        return 1 - _read(text[4:]) if text[2] == "−" else 1 + _read(text[4:])
    mantissa, _, exponent = text.partition("×10")
    return float(f"{mantissa.translate(_PLAIN)}e{exponent.translate(_PLAIN) or 0}")
