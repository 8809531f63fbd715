"""What is drawn of a number: never a false zero, a real minus, the nearest digits, and lines that can be redone."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.digits import Formatted, Line, formatted, grouped, line, min_decimals, shape_text, si
from app.engine.graph import Direction
from app.snapshot import Current, Explained, NestedList
from app.state import ViewState, from_query
from tests.conftest import Lot
from tests.engine.random_networks import drawn_state
from tests.snapshot.states import explained

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ORDINARY = st.floats(min_value=-1e7, max_value=1e7, allow_nan=False)
ARRAYS = st.lists(FINITE, min_size=1, max_size=6) | st.lists(ORDINARY, min_size=1, max_size=6)
LEASTS = st.integers(0, 3)

_PLAIN = re.compile(r"(−?)(\d+)(?:\.(\d+))?")
_POWER = re.compile(r"(−?)(\d)(?:\.(\d+))?×10(⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
Matrix: TypeAlias = list[list[Fraction]]


def exactly(text: str) -> tuple[Fraction, Fraction]:
    """The number a text says, and the worth of one unit in its last place. Fails for any other way to write."""
    exponent = 0
    found = _PLAIN.fullmatch(text)
    if found is None:
        found = _POWER.fullmatch(text)
        assert found is not None, f"{text!r} is no number"
        exponent = int(found[4].translate(_RAISED))
    decimals = len(found[3] or "")
    unit = Fraction(10) ** (exponent - decimals)
    number = int(found[2] + (found[3] or "")) * unit
    return (-number if found[1] else number), unit


@given(ARRAYS, LEASTS)
@example([0.0, -0.0, 5e-324, -5e-324], 2)
@example([1e308, -1.7976931348623157e308, 1e-308], 2)
@example([0.004, 0.0049999, 1e-3, 9.999e-4], 2)
@example([1e-3, 1e6, 999999.5, 999999.4999], 2)
@example([-0.0004, 0.2], 2)
@example([-0.0, -1e-320], 0)
def test_a_text_is_the_nearest_its_last_place_allows(numbers: list[float], least: int) -> None:
    for number, text in zip(numbers, formatted(numbers, least=least).texts, strict=True):
        said, unit = exactly(text)
        # the twelfth digit is taken for noise before rounding, so that 0.285, which no float is, counts as a half
        slack = min(Fraction(abs(number)) / 10**11, unit / 2)
        assert abs(said - Fraction(number)) <= unit / 2 + slack, f"{number!r} is drawn as {text}"


@given(ARRAYS, LEASTS)
@example([5e-324], 0)
@example([1e-9, 1e9], 2)
@example([0.001, 1000.0], 2)
@example([0.4], 0)
def test_what_is_not_zero_never_reads_as_zero_and_zero_always_does(numbers: list[float], least: int) -> None:
    for number, text in zip(numbers, formatted(numbers, least=least).texts, strict=True):
        assert (exactly(text)[0] == 0) == (number == 0), f"{number!r} is drawn as {text}"


@given(ARRAYS, LEASTS)
def test_a_minus_is_a_real_one_and_stands_only_before_what_is_negative(numbers: list[float], least: int) -> None:
    for number, text in zip(numbers, formatted(numbers, least=least).texts, strict=True):
        assert "-" not in text
        assert text.startswith("−") == (number < 0), f"{number!r} is drawn as {text}"


@given(st.lists(ORDINARY, min_size=1, max_size=6), LEASTS, st.integers(0, 3))
@example([0.40000000000000002, 0.1], 2, 3)
def test_more_digits_are_true_digits(numbers: list[float], least: int, more: int) -> None:
    for number, text in zip(numbers, formatted(numbers, least=least, more=more).texts, strict=True):
        said, unit = exactly(text)
        slack = min(Fraction(abs(number)) / 10**11, unit / 2)
        assert abs(said - Fraction(number)) <= unit / 2 + slack, f"{number!r} is drawn as {text}"


def test_even_the_fourteenth_digit_is_a_true_one() -> None:
    (text,) = formatted([123456.78901234567], more=6).texts
    said, unit = exactly(text)
    assert abs(said - Fraction(123456.78901234567)) <= unit


@given(st.lists(FINITE, min_size=1, max_size=6))
def test_the_same_numbers_are_drawn_the_same(numbers: list[float]) -> None:
    drawn = formatted(numbers)
    assert formatted(np.array(numbers).tolist()) == drawn
    assert drawn.recompute(np.array(numbers)) == drawn.texts


@given(st.lists(st.floats(-1e300, 1e300).filter(lambda n: n == 0 or abs(n) > 1e-290), min_size=1, max_size=6))
def test_what_is_drawn_is_read_back(numbers: list[float]) -> None:
    drawn = formatted(numbers)
    for text, read in zip(drawn.texts, drawn.numbers().tolist(), strict=True):
        assert read == pytest.approx(float(exactly(text)[0]), rel=1e-14, abs=0)


@pytest.mark.parametrize("number", [5e-324, 1e-323])
def test_the_smallest_numbers_are_read_back(number: float) -> None:
    drawn = formatted([number])
    assert drawn.numbers().tolist() == [float(exactly(drawn.texts[0])[0])]
    assert drawn.numbers()[0] != 0


def test_the_entries_of_an_array_share_their_decimals_while_they_are_of_a_size() -> None:
    assert formatted([0.4, 0.25, 0.2]).texts == ("0.40", "0.25", "0.20")
    assert formatted([0.4, 0.125, 0.2]).texts == ("0.400", "0.125", "0.200")
    assert formatted([[1.0, -2.5], [10.0, 0.0]]).rows() == [("1.00", "−2.50"), ("10.00", "0.00")]


def test_entries_of_very_different_size_are_each_readable() -> None:
    assert formatted([1e-9, 0.123456]).texts == ("1.00×10⁻⁹", "0.123")
    assert formatted([1e308, -5e-324, 0.5]).texts == ("1.00×10³⁰⁸", "−4.94×10⁻³²⁴", "0.50")
    for text in formatted([123456.0, 0.00123456]).texts:
        assert len(text.replace("−", "")) <= 9


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.285, "0.285"), (2.675, "2.675"), (-0.001, "−0.001"), (0.0, "0.00"), (-0.0, "0.00"), (1e6, "1.00×10⁶")],
)
def test_a_number_alone(number: float, text: str) -> None:
    assert formatted([number]).texts == (text,)


def test_a_half_goes_up_as_a_hand_does_it() -> None:
    form = formatted([0.1, 0.2])
    assert form.recompute(np.array([0.285, -0.285])) == ("0.29", "−0.29")
    assert form.recompute(np.array([-0.001, 0.004999999])) == ("0.00", "0.00")


def test_the_numbers_of_the_specification() -> None:
    forward, backward = at("forward"), at("backward")
    assert texts(forward, "z") == texts(forward, "h") == ("0.40", "0.40", "0.20")
    assert texts(forward, "L") == ("0.030",)
    assert texts(backward, "x", grad=True) == ("0.06", "−0.02")
    assert texts(backward, "W", grad=True) == ("0.20", "0.10", "−0.10", "−0.05", "0.10", "0.05")
    for name in ("h", "z", "b"):
        assert texts(backward, name, grad=True) == ("0.20", "−0.10", "0.10")
    assert texts(backward, "L", grad=True) == ("1.00",)


def at(direction: Direction, query: str = "") -> Explained:
    return explained(from_query(query, direction, strict=True))


def texts(snapshot: Explained, name: str, *, grad: bool = False) -> tuple[str, ...]:
    view = snapshot.node(name)
    values = view.grad if grad else view.value
    assert values is not None
    return formatted(values, least=min_decimals(values, grad=grad)).texts


# --- a line of arithmetic, redone by hand: with fractions, from the drawn digits alone -------------------------


def matrix(drawn: Formatted) -> Matrix:
    """Drawn digits as exact fractions; a vector is a column, a scalar a 1 × 1."""
    return [[exactly(text)[0] for text in row] for row in drawn.rows()]


def product(left: Matrix, right: Matrix) -> Matrix:
    return [
        [sum((a * b for a, b in zip(row, column, strict=True)), Fraction()) for column in zip(*right, strict=True)]
        for row in left
    ]


def entrywise(left: Matrix, right: Matrix, sign: int = 1, *, times: bool = False) -> Matrix:
    return [
        [a * b if times else a + sign * b for a, b in zip(one, other, strict=True)]
        for one, other in zip(left, right, strict=True)
    ]


def by_hand(current: Current, drawn: Line) -> Matrix:
    """The right side of a step's formula, written out here once more, from its text."""
    put = {slot: matrix(operand) for slot, operand in drawn.operands.items()}
    assert current.right is not None
    match (current.kind, current.op, current.slot):
        case ("forward", "linear", _):
            return entrywise(product(put["W"], put["x"]), put["b"])
        case ("forward", "relu", _):
            return [[max(Fraction(), entry) for entry in row] for row in put["z"]]
        case ("forward", "mse", _):
            squares = entrywise(error := entrywise(put["h"], put["y"], -1), error, times=True)
            return [[sum((entry for row in squares for entry in row), Fraction()) / 2]]
        case ("seed", _, _):
            return [[Fraction(1)]]
        case ("vjp", "mse", "h"):
            ((v,),) = put["v"]
            error = put["local"] if "local" in put else entrywise(put["h"], put["y"], -1)
            return [[v * entry for entry in row] for row in error]
        case ("vjp", "relu", "z"):
            return entrywise(put["v"], put["local"], times=True)
        case ("vjp", "linear", "W"):
            return product(put["v"], put["local"])
        case ("vjp", "linear", "x"):
            return product(put["local"], put["v"])
        case ("vjp", "linear", "b"):
            return put["v"]
    raise AssertionError(f"no hand knows {current.kind} {current.op} {current.slot}")


def as_drawn(number: Fraction, like: str) -> str:
    """An exact number with the decimals of another text, half rounded up."""
    _, unit = exactly(like)
    steps = Decimal((number / unit).numerator) / Decimal((number / unit).denominator)
    rounded = int(steps.quantize(Decimal(1), rounding=ROUND_HALF_UP)) * unit
    if "×" in like or rounded == 0:
        said, _ = exactly(like)
        return like if said == rounded else f"{float(rounded)}, not like {like}"
    decimals = len(like.partition(".")[2])
    return f"{Decimal(rounded.numerator) / Decimal(rounded.denominator):.{decimals}f}".replace("-", "−")


def every_step(state: ViewState) -> list[Current]:
    passes: list[Direction] = ["forward", "backward"]
    return [
        explained(state.go(direction, step)).current
        for direction in passes
        for step in range(1, len(state.network.graph.timelines[direction]) + 1)
    ]


def wrong_entries(current: Current) -> list[str]:
    drawn = line(current)
    assert drawn is not None
    redone = [entry for row in by_hand(current, drawn) for entry in row]
    return [
        f"{current.right and current.right.text}: drawn {text}, by hand {recompute}"
        for text, number in zip(drawn.result.texts, redone, strict=True)
        if (recompute := as_drawn(number, text)) != text
    ]


def test_a_line_redone_from_its_drawn_digits_gives_the_drawn_result(lot: Lot) -> None:
    """Networks of all shapes to 4 × 4, each at every step: two of a shape, in a soak 300."""
    rng = np.random.default_rng(20263)
    shapes = [(1 + number % 4, 1 + number // 4 % 4) for number in range(300)]
    states = [drawn_state(rng, m, n, inactive=number % 3 == 0) for number, (m, n) in enumerate(shapes)]
    for number in lot.some(range(300), 2, of_each=shapes.__getitem__):
        state = states[number]
        for current in every_step(state):
            assert wrong_entries(current) == [], f"network {number}"


ROUND = st.integers(-4000, 4000).map(lambda n: n / 1000)


@given(
    st.tuples(ROUND, ROUND),
    st.tuples(*[st.tuples(ROUND, ROUND)] * 3),
    st.tuples(ROUND, ROUND, ROUND),
    st.tuples(ROUND, ROUND, ROUND),
)
def test_a_line_of_numbers_that_a_person_types_can_be_redone(
    x: tuple[float, ...], W: tuple[tuple[float, ...], ...], b: tuple[float, ...], y: tuple[float, ...]
) -> None:
    state = from_query("", "backward", strict=True).with_values({"x": x, "W": W, "b": b, "y": y})
    for current in every_step(state):
        assert wrong_entries(current) == []


def test_the_hand_would_notice_a_wrong_digit() -> None:
    current = at("forward", "step=1").current
    assert wrong_entries(current) == []
    assert isinstance(current.result, list)
    wrong: NestedList = [0.41, 0.4, 0.2]
    drawn = line(current)
    assert drawn is not None
    assert as_drawn(by_hand(current, drawn)[0][0], formatted(wrong).texts[0]) == "0.40"


def test_a_step_without_arithmetic_has_no_line() -> None:
    assert line(at("forward", "step=0").current) is None
    assert line(at("backward", "step=0").current) is None


def test_large_numbers_that_cancel_do_not_stop_the_search_for_digits() -> None:
    """With three digits shown the two products differ by 10⁹⁸; with all of them they cancel, and 0.5 is left."""
    state = from_query("x=2,1&W=1.23456e100,-2.46912e100;0,0;0,0&b=0.5,0,0&step=1", "forward", strict=True)
    drawn = line(explained(state).current)
    assert drawn is not None
    assert drawn.result.texts[0] == "0.50"


def test_digits_that_round_beyond_the_largest_float_do_not_stop_the_search() -> None:
    """With four digits, 1.79769e308 reads as 1.798e308, which is no float."""
    state = from_query("x=1e-300,1e-160&W=1,1;1e300,1.7976931348623157e308;1,1&step=1", "forward", strict=True)
    drawn = line(explained(state).current)
    assert drawn is not None
    assert "inf" not in " ".join(text for entry in drawn.operands.values() for text in entry.texts)


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (0, "B", "0 B"),
        (512, "B", "512 B"),
        (999, "B", "999 B"),
        (1000, "B", "1 kB"),
        (1049, "B", "1.0 kB"),
        (32_768, "B", "32.8 kB"),
        (67_108_864, "B", "67.1 MB"),
        (16 * 10**9, "B", "16 GB"),
        (274_877_906_944, "B", "275 GB"),
        (2_199_023_255_552, "B", "2.2 TB"),
        (99_949, "B", "99.9 kB"),
        (99_950, "B", "100 kB"),
        (999_499, "B", "999 kB"),
        (999_500, "B", "1.0 MB"),
        (147_573_952_589_676_412_928_000, "B", "148 ZB"),
        (10**28, "B", "10000 YB"),
        (4096, "", "4096"),
        (9999, "", "9999"),
        (10_000, "", "10 k"),
        (68_719_476_736, "", "68.7 G"),
        (1000.0, "", "1000"),
        (1e24, "B", "1 YB"),
        (1e-6, "s", "1 µs"),
        (1.25e-7, "s", "125 ns"),
        (0.08105, "s", "81.1 ms"),
        (0.99996, "s", "1.0 s"),
        (1.5, "s", "1.5 s"),
        (-1500, "B", "−1.5 kB"),
    ],
)
def test_a_quantity_at_a_glance(number: float, unit: str, text: str) -> None:
    assert si(number, unit).replace("\u00a0", " ") == text


def test_a_count_in_full_is_in_threes() -> None:
    assert [grouped(count) for count in (0, 4096, 10_000, 16_777_216)] == ["0", "4096", "10,000", "16,777,216"]


def test_a_shape_reads_as_people_write_it() -> None:
    assert [shape_text(shape) for shape in ((3, 2), (2,), (), (1, 3), "mn")] == ["3×2", "2", "scalar", "1×3", "m×n"]
