"""Arrays that follow from each other: whoever works them out anew from the drawn digits gets what is drawn."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.digits import consistent_digits, formatted
from app.engine import Array, Values
from app.pages.heads.context import heads_page
from app.pages.heads.data import take_heads
from app.pages.heads.question import HeadsState
from app.snapshot.indices import power_of_ten
from app.state import Invalid

_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def exactly(text: str) -> Fraction:
    """What a text says, as a fraction: 0.35, −2.1×10⁻⁸, 1 − 2.1×10⁻⁸."""
    if text.startswith(("1 − ", "1 + ")):
        return 1 + (1 if text[2] == "+" else -1) * exactly(text[4:])
    mantissa, _, power = text.translate(_RAISED).partition("×10")
    return Fraction(mantissa) * Fraction(10) ** int(power or 0)


def half_a_digit(text: str) -> Fraction:
    """Half a unit of the last digit that is shown."""
    mantissa, _, power = text.removeprefix("1 − ").translate(_RAISED).partition("×10")
    return Fraction(10) ** (int(power or 0) - len(mantissa.partition(".")[2])) / 2


def fits(value: Fraction, text: str) -> bool:
    return abs(value - exactly(text)) <= half_a_digit(text)


def test_the_reader_of_texts_reads() -> None:
    assert exactly("1 − 2.5×10⁻⁴") == 1 - Fraction(25, 100000)
    assert half_a_digit("−2.50×10³") == 5
    assert fits(Fraction("0.1249"), "0.12")
    assert not fits(Fraction("0.126"), "0.12")


def test_digits_are_added_until_the_sum_comes_out() -> None:
    def total(drawn: dict[str, Array]) -> dict[str, Array]:
        return {"sum": np.asarray(drawn["parts"].sum())}

    parts = [0.12344567, 0.23444567, 0.34544567]  # to three digits they add up to 0.702
    drawn = consistent_digits({"parts": parts}, {"sum": sum(parts)}, recompute=total)
    assert drawn["parts"].texts == ("0.1234", "0.2344", "0.3454")
    assert drawn["sum"].texts == ("0.703",)


def test_what_came_to_many_digits_is_drawn_with_fewer_where_all_still_holds() -> None:
    """0.505 · 0.5 is on the edge of three decimals: with the product's fourth, three of the factor are enough."""

    def product(drawn: dict[str, Array]) -> dict[str, Array]:
        return {"product": drawn["v"] * 0.5}

    v = [-0.40399987, 0.50499983, 0.10099997]
    drawn = consistent_digits({"v": v}, {"product": [one / 2 for one in v]}, recompute=product)
    assert drawn["product"].texts == ("−0.2020", "0.2525", "0.0505")
    assert drawn["v"].texts == ("−0.404", "0.505", "0.101")


def test_what_is_exact_with_few_digits_has_no_zeros_behind_these() -> None:
    """A power of ten beside a number of which more digits are needed, by the sum or by the caller."""

    def total(drawn: dict[str, Array]) -> dict[str, Array]:
        return {"sum": drawn["a"] + drawn["b"]}

    numbers = {"a": [1.5e-8], "b": [1.23456789e-5]}
    for more, b in ((0, "1.235×10⁻⁵"), (4, "1.234568×10⁻⁵")):
        drawn = consistent_digits(numbers, {"sum": [1.23606789e-5]}, recompute=total, more=more)
        assert (drawn["a"].texts, drawn["b"].texts) == (("1.50×10⁻⁸",), (b,))


def test_what_never_comes_out_has_the_digits_of_a_cell() -> None:
    drawn = consistent_digits({"a": [0.1234567]}, {"b": [0.7654321]}, recompute=lambda drawn: {"b": drawn["a"]})
    assert (drawn["a"].texts, drawn["b"].texts) == (("0.123",), ("0.765",))


def test_a_number_of_almost_1_says_how_far_from_it_it_is() -> None:
    drawn = formatted([0.999, 1 - 2.5e-8, 1.0, 0.5, 1 + 3.5e-4], near_1=True)
    assert drawn.texts == ("0.999", "1 − 2.50×10⁻⁸", "1.000", "0.500", "1 + 3.50×10⁻⁴")
    assert drawn.numbers() == pytest.approx([0.999, 1 - 2.5e-8, 1, 0.5, 1 + 3.5e-4], abs=3e-16)
    assert formatted([1 - 2.5e-8]).texts == ("1.000",)


def test_a_number_beyond_all_floats_is_written_as_the_others_are() -> None:
    assert power_of_ten("3.543e+323") == "3.543×10³²³"
    assert power_of_ten("-1.000e-324") == "−1.000×10⁻³²⁴"


# --- the page of the heads ----------------------------------------------------------------------------------

number = st.integers(-300, 300).map(lambda hundredths: hundredths / 100)
pair = st.tuples(number, number)


@settings(deadline=None, max_examples=60)
@given(
    pair,
    st.tuples(pair, pair, pair),
    st.tuples(number, number, number),
    st.sampled_from([1.0, 1e-4, 1e-7, 10 / 3, 12.0]),
)
def test_drawn_prediction_minus_drawn_target_is_the_drawn_difference(
    x: tuple[float, ...], W: tuple[tuple[float, ...], ...], b: tuple[float, ...], scale: float
) -> None:
    numbers: dict[str, Values] = {"x": tuple(scale * entry for entry in x), "W": W, "b": b}
    state = HeadsState(values=numbers)
    try:
        columns = heads_page(state, take_heads(state)).columns
    except Invalid:
        return  # a count beyond all floats
    for column in columns:
        for p, y, d, grad in zip(column.prediction, column.target, column.difference, column.grad_z, strict=True):
            assert fits(exactly(p) - exactly(y), d), (column.view.network, p, y, d)
            if column.view.canonical:
                assert grad == d


def test_the_own_numbers_redo_whole() -> None:
    state = HeadsState(unfused=True, z=36.0)
    page = heads_page(state, take_heads(state))
    mismatch = page.columns[-1]
    p, v = [[exactly(text) for text in texts] for texts in (mismatch.prediction, mismatch.upstream)]
    mean = exactly(mismatch.mean)
    assert fits(sum((a * b for a, b in zip(v, p, strict=True)), Fraction(0)), mismatch.mean)
    assert all(fits(p[i] * (v[i] - mean), mismatch.grad_z[i]) for i in range(3))
    view = page.jacobian
    assert view.v is not None
    assert view.product is not None
    for i in range(3):
        terms = [exactly(view.v.texts[j]) * exactly(view.matrix.texts[3 * j + i]) for j in range(3)]
        assert fits(sum(terms, Fraction(0)), view.product.texts[i])
    for term in view.terms:
        share = exactly(term.p)
        assert fits(-exactly(term.y) / share * (share * (term.delta - exactly(view.p))), term.value)


def test_the_failing_chain_redoes_what_it_shows() -> None:
    """1 − p is 2.2204×10⁻¹⁶ by rounding: one over it is 4.504×10¹⁵, and its logarithm −36.04."""
    state = HeadsState(unfused=True, z=36.0)
    rows = {row.text: row.cells[1].text for row in heads_page(state, take_heads(state)).logit.rows}
    rest = exactly(rows["1 − p"])
    assert fits(1 / rest, rows["∂L/∂p"])
    assert fits(Fraction(-float(np.log(float(rest)))), rows["L"])
    assert rows["L"] == "36.044"
    assert re.fullmatch(r"4\.50\d×10¹⁵", rows["∂L/∂p"])
