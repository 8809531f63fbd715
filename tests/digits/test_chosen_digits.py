"""Digits that a person has chosen: so many decimals, nothing is hidden, and a line knows whether it still comes out."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.digits import comes_out, consistent_digits, entry_line, formatted, hides, line, told_apart
from app.engine import Array
from app.snapshot import explained_snapshot, trace_of
from app.state import from_query

NUMBERS = st.floats(-1e9, 1e9, allow_subnormal=False) | st.floats(-1, 1, allow_subnormal=False)
PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")


def read(text: str) -> Decimal:
    """What a text says."""
    mantissa, _, exponent = text.partition("×10")
    return Decimal(f"{mantissa.translate(PLAIN)}e{exponent.translate(PLAIN) or 0}")


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (0.298371109, 9, "0.298371109"),
        (0.298371109, 4, "0.2984"),
        (0.00043856773, 9, "0.000438568"),
        (0.00004, 3, "4.00×10⁻⁵"),
        (0.00004, 5, "0.00004"),
        (0.0044, 3, "0.00440"),
        (0.0044, 2, "0.0044"),
        (0.00995, 2, "0.010"),  # 0.00995 is 0.0100 with two more decimals
        (0.04, 2, "0.04"),
        (1234567.1, 3, "1.23×10⁶"),
        (-12345.678, 2, "−12345.68"),
        (0.5, 9, "0.50"),
        (0.0, 9, "0.00"),
    ],
)
def test_there_are_so_many_decimals_or_as_many_digits_as_hide_nothing(number: float, digits: int, text: str) -> None:
    assert formatted(number, digits=digits).texts == (text,)


def test_what_is_exactly_0_reads_0_beside_what_is_rounded() -> None:
    assert formatted([0.0, 1 / 3], digits=4).texts == ("0", "0.3333")
    assert formatted([0.0, 0.25], digits=4).texts == ("0.00", "0.25")
    assert formatted([1.0, 1e-10], digits=9).texts == ("1.00", "1.00000000×10⁻¹⁰")
    assert formatted([1.0, 1e-9], digits=9).texts == ("1.000000000", "0.000000001")


@given(numbers=st.lists(NUMBERS, min_size=1, max_size=6), digits=st.integers(2, 9))
def test_a_number_is_rounded_in_its_last_place_and_never_reads_as_0(numbers: list[float], digits: int) -> None:
    for number, text in zip(numbers, formatted(numbers, digits=digits).texts, strict=True):
        seen = read(text)
        assert (seen == 0) == (number == 0)
        last = Decimal(1).scaleb(int(seen.as_tuple().exponent))
        noise = Decimal(abs(number)) * Decimal("1e-12")
        assert abs(seen - Decimal(number)) <= last / 2 + noise
        significant = len(str(abs(seen)).replace(".", "").lstrip("0").partition("E")[0])
        assert number == 0 or significant >= 2 or hides(number, digits) or read(f"{number:.{digits}f}") == seen


@pytest.mark.parametrize("digits", range(2, 10))
def test_a_line_says_whether_it_comes_out_from_the_digits_it_shows(digits: int) -> None:
    """The sums are worked out anew in fractions, and rounded by Python's decimals."""
    state = from_query(f"x=0.3333,0.77777&W=0.51,-0.2;0.3,0.417;-0.1,0.6&digits={digits}", "backward", strict=False)
    shown = explained_snapshot(state.go("backward", 4), trace_of(state)).current
    found = line(shown, digits)
    assert found is not None
    redone = []
    for row in found.arithmetic:
        (product,) = row
        exact = Fraction(1)
        for _, text in product.factors:
            exact *= Fraction(read(text))
        redone.append(exact)
    same = [
        abs(exact - Fraction(read(text))) <= Fraction(Decimal(1).scaleb(int(read(text).as_tuple().exponent))) / 2
        for exact, text in zip(redone, found.result.texts, strict=True)
    ]
    assert found.holds == all(same)
    for expansion, agrees in zip(shown.entries, same, strict=True):
        one = entry_line(expansion, scalar=False, digits=digits)
        assert one is not None
        assert not agrees or one.holds or one.result.texts != found.result.texts


def test_of_few_digits_lines_do_not_come_out_and_of_none_chosen_all_do() -> None:
    state = from_query("x=0.3333,0.77777", "backward", strict=False)
    current = explained_snapshot(state.go("backward", 4), trace_of(state)).current
    shown = [line(current, digits) for digits in (*range(2, 10), None)]
    holds = [one.holds for one in shown if one]
    assert False in holds
    assert holds[-1]


def test_arrays_that_follow_from_each_other_tell_whether_they_do_with_chosen_digits() -> None:
    def recompute(seen: dict[str, Array]) -> dict[str, Array]:
        return {"twice": 2 * seen["once"]}

    for digits, holds in ((2, False), (4, True)):
        once = 1.0046 if digits == 2 else 1.0025
        drawn = consistent_digits({"once": once}, {"twice": 2 * once}, recompute=recompute, digits=digits)
        assert comes_out(drawn, ("twice",), recompute=recompute) == holds
        assert drawn["once"].texts == formatted(once, digits=digits).texts


def test_two_numbers_that_differ_are_told_apart_with_more_digits_than_chosen() -> None:
    assert told_apart(1.00001, 1.00002, digits=2) == ("1.00001", "1.00002")
