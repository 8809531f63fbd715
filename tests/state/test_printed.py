"""Lines of printed numbers, read: names with their factors and indices, numbers with their digits, all else told."""

from __future__ import annotations

import json
import time
from fractions import Fraction

import pytest

from app.state.printed import MAX_NUMBERS, MAX_TEXT, Statement, printed, printed_key, statements, statements_by_key


def only(text: str) -> Statement:
    (found,), unread = statements(text)
    assert unread == ()
    return found


@pytest.mark.parametrize(
    ("text", "key", "grid"),
    [
        ("loss = 0.298371109", "loss", [["0.298371109"]]),
        ("dW1.1.1: 4.38568e-4", "dW1.1.1", [["4.38568e-4"]]),
        ("dW1.1.1 ≈ 4.4×10⁻⁴", "dW1.1.1", [["4.4e-4"]]),
        ("-1*dz2.1 = −0.0381", "-1*dz2.1", [["-0.0381"]]),
        ("0.05 * dW2.1.1 = 0.1", "0.05*dW2.1.1", [["0.1"]]),
        ("lr·dW2.1.1=1", "lr*dW2.1.1", [["1"]]),
        ("3:z1.2 = 2", "3:z1.2", [["2"]]),
        ("3*1:dz2.1 = 2", "3*1:dz2.1", [["2"]]),
        ("W2.1.2+#hand = -1.47831", "W2.1.2+#hand", [["-1.47831"]]),
        ("last.dW1.1.1 = 1", "last.dW1.1.1", [["1"]]),
        ("∂L/∂W⁽¹⁾₁₂ = 0.2", "dW1.1.2", [["0.2"]]),
        ("grad W.1.2 = 0.2", "dW.1.2", [["0.2"]]),
        ("z₁ = 1/3", "z.1", [["1/3"]]),
        ("z = 0.5 * 2 + 1 = 2.0", "z", [["2.0"]]),
        ('{"dz.1": "0.20"}', "dz.1", [["0.20"]]),
        ("dW1 = [[1, 2], [3, 4]]", "dW1", [["1", "2"], ["3", "4"]]),
        ("dW1 = tensor([[1., 2.],\n        [3., 4.]])", "dW1", [["1.", "2."], ["3.", "4."]]),
        ("dW1 =\n 0.10 0.2\n 0.3 0.4\n", "dW1", [["0.10", "0.2"], ["0.3", "0.4"]]),
    ],
)
def test_a_line_is_read_with_its_name_and_its_digits(text: str, key: str, grid: list[list[str]]) -> None:
    found = only(text)
    assert found.key.text == key
    assert [list(row) for row in found.grid] == grid


def test_a_name_says_its_factor_its_example_its_indices_and_whether_it_is_after_the_step() -> None:
    key = printed_key("-2*3:dz2.1+")
    assert key is not None
    assert (key.factor, key.example, key.name, key.index, key.after) == (Fraction(-2), 3, "dz2", (1,), True)
    assert printed_key("2 apples") is None


def test_several_statements_may_stand_in_one_line_and_lines_count() -> None:
    found, unread = statements("loss = 0.3, E.1 = 0.2; E.2 = 0.1\n\nz1 = 0.5")
    assert [(one.key.text, one.line) for one in found] == [("loss", 1), ("E.1", 1), ("E.2", 1), ("z1", 4 - 1)]
    assert unread == ()


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("loss = 0.3\nwe now compute the gradient", 2, "no printed number"),
        ("z1.1 = 0,5 ", 1, "write 0.5"),
        ("dW = ", 1, "dW has no number"),
        ("dW = f(1, 2)", 1, "calls a function"),
        ("dW = [[1, 2], [3]", 1, "brackets do not match"),
        ("z = 1e999999999", 1, "no number"),
        (f"z = {'1' * 70}", 1, "no number"),
        ("z = 1/0", 1, "no number"),
        ("z = nan", 1, "no number"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line_and_the_rest_is_read(text: str, line: int, says: str) -> None:
    found, (unread,) = statements(f"{text}\nh.1 = 1")
    assert unread.line == line
    assert says in unread.says
    assert found[-1].key.text == "h.1"


def test_numbers_by_name_are_read_alike_and_a_strange_name_is_counted() -> None:
    found, unread = statements_by_key({"dz.1": "0.20", "dW": "[[1, 2], [3, 4]]", "<b>": "1", "z": "none"})
    assert [one.key.text for one in found] == ["dz.1", "dW"]
    assert [one.line for one in found] + [one.line for one in unread] == [0] * 4
    assert "<b>" not in " ".join(one.says for one in unread)


def test_a_text_is_read_in_linear_time_and_to_a_bound() -> None:
    many = "\n".join(f"z.1 = {n}" for n in range(MAX_NUMBERS + 5))
    found, unread = statements(many)
    assert len(found) == MAX_NUMBERS
    assert len(unread) == 1
    for text in ("\n" * MAX_TEXT, " " * MAX_TEXT, "z=" * MAX_TEXT, "1:" * MAX_TEXT, "z = [" * 9000, "-+" * MAX_TEXT):
        began = time.perf_counter()
        statements(text)
        assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("text", "value", "unit", "significant"),
    [
        ("0.50", Fraction(1, 2), Fraction(1, 100), 2),
        ("-12", Fraction(-12), Fraction(1), 2),
        ("4.30e-3", Fraction(43, 10000), Fraction(1, 100_000), 3),
        ("0.000", Fraction(0), Fraction(1, 1000), 0),
        ("1/3", Fraction(1, 3), Fraction(0), 17),
    ],
)
def test_a_number_is_what_its_digits_say(text: str, value: Fraction, unit: Fraction, significant: int) -> None:
    found = printed(text)
    assert (found.value, found.unit, found.significant) == (value, unit, significant)


def test_json_as_it_is_pasted_is_a_text_of_lines() -> None:
    text = json.dumps({"dz.1": "0.20", "W.1.1": "0.5"}, indent=2)
    assert [one.key.text for one in statements(text)[0]] == ["dz.1", "W.1.1"]
