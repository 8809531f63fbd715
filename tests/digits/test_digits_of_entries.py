"""The line of arithmetic of one entry: redone from the digits it prints, and nothing else, it gives what it prints."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import numpy as np
import pytest

from app.digits import Line, difference, entry_line
from app.snapshot import FactorView, run
from app.state import from_query
from tests.conftest import Lot
from tests.snapshot.states import explained
from tests.snapshot.test_expansion import derived, drawn_networks, kind_of

from .test_digits import as_drawn, exactly

CONSTANTS = {"½": Fraction(1, 2), "1": Fraction(1)}


def said(factor: FactorView, text: str) -> Fraction:
    """What the text of a factor says, its power taken."""
    number = CONSTANTS[text] if factor.quantity == "constant" else exactly(text)[0]
    return Fraction(number**factor.power)


def redone(drawn: Line) -> Fraction:
    """The sum of the products, with a pencil."""
    (row,) = drawn.arithmetic
    return sum((prod((said(*pair) for pair in term.factors), start=Fraction(1)) for term in row), Fraction())


def test_each_line_of_a_drawn_network_gives_the_result_it_prints(lot: Lot) -> None:
    lines = 0
    states = lot.some(drawn_networks(), 10, of_each=kind_of)
    for state in states:
        trace = run(state)
        for name, value in trace.values.items():
            for index in np.ndindex(value.shape):
                for back in (False, True):
                    entry = derived(trace, name, index, back=back)
                    drawn = entry_line(entry, scalar=not value.shape)
                    if drawn is None:
                        assert not entry.terms or entry.result is None
                        continue
                    (result,) = drawn.result.texts
                    assert as_drawn(redone(drawn), result) == result, f"{entry.left.text} = {drawn}"
                    said_to_be, unit = exactly(result)
                    assert abs(said_to_be - Fraction(entry.result or 0)) <= unit
                    for term in drawn.arithmetic[0]:
                        for factor, text in term.factors:
                            if factor.quantity != "constant":
                                number, unit = exactly(text)
                                assert abs(number - Fraction(factor.value)) <= unit / 2 * (1 + Fraction(1, 10**6))
                    lines += 1
    assert lines > 15 * len(states)


def test_a_wrong_digit_would_be_noticed() -> None:
    asked = explained(from_query("ask=x.1", "backward", strict=True)).ask
    assert asked
    drawn = entry_line(asked, scalar=False)
    assert drawn
    assert [[text for _, text in term.factors] for term in drawn.arithmetic[0]] == [
        ["0.50", "0.20"],
        ["0.30", "−0.10"],
        ["−0.10", "0.10"],
    ]
    assert drawn.result.texts == ("0.06",)
    assert redone(drawn) == Fraction(6, 100)
    other = explained(from_query("W=0.5,-0.2;0.3,0.4;-0.2,0.6&ask=x.1", "backward", strict=True)).ask
    assert other
    changed = entry_line(other, scalar=False)
    assert changed
    assert as_drawn(redone(changed), "0.06") != "0.06"


@pytest.mark.parametrize("size", [1e-12, 1e-3, 1.0, 1e5])
def test_what_a_nudge_leaves_over_is_the_difference_of_what_is_printed(size: float) -> None:
    rng = np.random.default_rng(4)
    for change in rng.normal(size=200) * size:
        foretold = change * (1 + 10 ** rng.uniform(-6, 0))
        texts = difference(float(change), float(foretold))
        left, right, rest = (exactly(text)[0] for text in texts)
        assert left - right == rest
        assert rest != 0
