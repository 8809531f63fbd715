"""Where the curve of a run stands."""

from __future__ import annotations

import pytest

from app.layout.loss_curve import MAX_POINTS, LossCurve, loss_curve


def drawn(*losses: float) -> LossCurve:
    return loss_curve(losses, lambda ticks: [f"{tick:g}" for tick in ticks])


def test_few_losses_stand_on_an_even_axis_with_round_ticks() -> None:
    curve = drawn(0.3, 0.2, 0.25)
    left, top, right, bottom = curve.frame
    assert not curve.is_log
    assert [tick.label for tick in curve.x_ticks] == ["0", "1", "2"]
    assert [tick.label for tick in curve.y_ticks] == ["0.2", "0.22", "0.24", "0.26", "0.28", "0.3"]
    across, upright = zip(*curve.points, strict=True)
    assert across == pytest.approx((left, (left + right) / 2, right))
    assert upright == pytest.approx((top, bottom, (top + bottom) / 2))
    assert [name for name, _ in curve.marks] == ["start", "lowest", "now"]


def test_the_lowest_is_marked_where_it_is_neither_the_first_nor_the_last() -> None:
    assert [name for name, _ in drawn(3.0, 2.0, 1.0).marks] == ["start", "now"]
    assert [name for name, _ in drawn(1.0, 2.0, 3.0).marks] == ["start", "now"]


def test_losses_through_decades_stand_on_a_logarithmic_axis() -> None:
    curve = drawn(1.0, 0.1, 0.01, 0.001)
    _, top, _, bottom = curve.frame
    assert curve.is_log
    assert [tick.label for tick in curve.y_ticks] == ["0.001", "0.01", "0.1", "1"]
    assert [y for _, y in curve.points] == pytest.approx([top + (bottom - top) * third / 3 for third in range(4)])


def test_a_loss_of_0_stands_at_the_foot_with_a_tick_of_its_own() -> None:
    curve = drawn(1.0, 0.01, 0.0)
    _, _, _, bottom = curve.frame
    assert curve.is_log
    assert curve.y_ticks[0].label == "0"
    assert curve.points[-1][1] == bottom
    assert curve.points[1][1] < bottom


def test_losses_below_0_or_all_alike_have_an_even_axis() -> None:
    for losses in (
        (5.0, -900.0),
        (0.0, 0.0),
        (-2.0,),
        (3.0, 3.0),
        (1e-300, 1e-300),
        (1e300, 2e300),
        (0.3, 0.3 + 1e-15),
    ):
        curve = drawn(*losses)
        _, top, _, bottom = curve.frame
        assert not curve.is_log
        assert all(top - 1e-6 <= y <= bottom + 1e-6 for _, y in curve.points), losses
        assert len(curve.y_ticks) >= 2


@pytest.mark.parametrize("low", [1e-300, 1e-20, 1e-3, 1.0])
def test_the_ticks_reach_around_all_losses_and_are_few(low: float) -> None:
    curve = drawn(*(low * 7.3**power for power in range(60)))
    heights = [tick.at for tick in curve.y_ticks]
    assert 2 <= len(heights) <= 7
    assert min(heights) <= min(y for _, y in curve.points) + 1e-6
    assert max(heights) >= max(y for _, y in curve.points) - 1e-6


def test_a_long_run_is_thinned_but_for_its_ends_and_its_lowest() -> None:
    losses = [1.0 + abs(step - 501) / 1000 for step in range(1001)]
    curve = drawn(*losses)
    assert len(curve.points) <= MAX_POINTS + 2
    assert {point for _, point in curve.marks} <= set(curve.points)
