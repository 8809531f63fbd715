"""A step with digits: whoever redoes θ − lr · g from what is shown gets what is shown."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.digits.update import digits_of, loss_digits
from app.snapshot.models import Update
from tests.conftest import Lot, examples

from .test_consistent_digits import exactly, fits


def redone(lr: float, value: list[float], grad: list[float]) -> bool:
    """Whether both ways lead to what is shown: lr · g and then θ minus that, and all at once."""
    scaled = [lr * one for one in grad]
    new = [one - other for one, other in zip(value, scaled, strict=True)]
    drawn = digits_of(lr, value, grad, scaled, new)
    assert drawn.scaled is not None
    rate = Fraction(str(lr))
    return all(
        fits(rate * exactly(g), s) and fits(exactly(v) - exactly(s), n) and fits(exactly(v) - rate * exactly(g), n)
        for v, g, s, n in zip(drawn.value.texts, drawn.grad.texts, drawn.scaled.texts, drawn.new.texts, strict=True)
    )


def test_the_textbooks_line_holds() -> None:
    """W⁽²⁾ of the 2-2-2: 0.4 − 0.5 · 0.0822 = 0.3589, with the digits that this takes."""
    assert redone(0.5, [0.4, 0.45, 0.5, 0.55], [0.08216704, 0.08266763, -0.02260254, -0.02274024])


def test_lines_of_all_sizes_hold(lot: Lot) -> None:
    for _ in range(examples(60, 2000)):
        size, rate = 10.0 ** lot.uniform(-3, 2), float(f"{10.0 ** lot.uniform(-3, 1):.2g}")
        value = [lot.uniform(-1, 1) * 10.0 ** lot.uniform(-1, 1) for _ in range(4)]
        grad = [lot.uniform(-1, 1) * size for _ in range(4)]
        assert redone(rate, value, grad), (rate, value, grad)


def test_what_moves_reads_differently_after_the_step() -> None:
    """0.15 − 0.5 · 0.000438568 is not 0.150."""
    drawn = digits_of(0.5, [0.15], [0.000438568], [0.000219284], [0.149780716])
    assert drawn.new.texts != drawn.value.texts
    assert float(drawn.new.texts[0]) == pytest.approx(0.1498, abs=2e-5)


def test_what_is_held_has_no_product() -> None:
    drawn = digits_of(0.5, [0.35], [0.2], None, [0.35])
    assert (drawn.scaled, drawn.value.texts, drawn.new.texts) == (None, ("0.35",), ("0.35",))


@pytest.mark.parametrize(
    ("before", "after", "squared"),
    [
        (0.2983711087600027, 0.29102777369359933, 0.014615552999222273),
        (0.03, 0.00046875, 0.135),
        (1.67e-18, 2.6e-20, 7.5e-18),
        (2.5e9, 3.1e12, 4e9),
        (0.5, 0.0, 0.1),
        (0.3, 0.3, 0.0),
    ],
)
def test_the_losses_subtract_and_the_prediction_multiplies(before: float, after: float, squared: float) -> None:
    lr = 0.5
    update = Update(
        lr=lr,
        hold=[],
        parameters=[],
        squared_norm=squared,
        loss=before,
        loss_after=after,
        predicted=-lr * squared + 0.0,
    )
    drawn = loss_digits(update)
    assert fits(exactly(drawn.after) - exactly(drawn.before), drawn.change)
    assert fits(-Fraction(lr) * exactly(drawn.squared), drawn.predicted)
    assert (drawn.before != drawn.after) == (before != after)
