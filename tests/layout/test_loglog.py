"""The log-log picture: straight lines where powers are, labels that keep apart, ticks that a person can read."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from app.layout.loglog import LABEL_GAP, TALL, WIDE, Frame, Level, LogLogChart, Series, chart, clear, spread


def powers(power: int, upto: int = 16) -> tuple[tuple[float, float], ...]:
    return tuple((2.0**k, 2.0 ** (power * k)) for k in range(4, upto + 1))


def drawn(frame: Frame = WIDE, chosen: int | None = 4096, levels: tuple[Level, ...] = ()) -> LogLogChart:
    series = [Series(f"power-{power}", f"n to the {power}", powers(power), f"{power}") for power in (1, 2, 3)]
    return chart(frame, series, ticks=(16, 256, 65536), tick_format=str, levels=levels, chosen=chosen)


def test_a_power_is_a_straight_line_whose_slope_is_the_power() -> None:
    slopes = []
    for trace in drawn().lines:
        (x0, y0), *middle, (x1, y1) = trace.points
        slopes.append((y0 - y1) / (x1 - x0))
        for x, y in middle:
            assert y == pytest.approx(y0 + (y1 - y0) * (x - x0) / (x1 - x0))
    assert slopes[1] / slopes[0] == pytest.approx(2)
    assert slopes[2] / slopes[0] == pytest.approx(3)


@pytest.mark.parametrize("frame", [WIDE, TALL])
def test_all_is_inside_of_the_frame(frame: Frame) -> None:
    picture = drawn(frame)
    for trace in picture.lines:
        assert all(picture.left <= x <= picture.right and picture.top <= y <= picture.bottom for x, y in trace.points)
        assert picture.right < trace.at[0] < frame.width
        assert picture.top <= trace.at[1] <= picture.bottom
        assert trace.label == (trace.key[-1] if frame is TALL else f"n to the {trace.key[-1]}")
    assert all(picture.left <= tick.at <= picture.right for tick in picture.x_ticks)
    assert all(picture.top <= tick.at <= picture.bottom for tick in picture.y_ticks)
    assert picture.left == picture.x_ticks[0].at
    assert picture.right == picture.x_ticks[-1].at


def test_the_chosen_width_is_marked_on_every_line_that_has_it() -> None:
    picture = drawn(chosen=256)
    assert picture.chosen == picture.x_ticks[1].at
    assert [trace.mark for trace in picture.lines] == [trace.points[4] for trace in picture.lines]
    nowhere = drawn(chosen=8)
    assert nowhere.chosen is None
    assert {trace.mark for trace in nowhere.lines} == {None}
    short = chart(
        WIDE, [Series("a", "", powers(1, 6), ""), Series("b", "", powers(1), "")], ticks=(), tick_format=str, chosen=256
    )
    assert [trace.mark is None for trace in short.lines] == [True, False]


def test_upright_ticks_are_powers_of_ten_and_few() -> None:
    for power in (1, 2, 3, 5):
        picture = chart(WIDE, [Series("a", "", powers(power), "")], ticks=(), tick_format=str)
        numbers = [float(tick.label) for tick in picture.y_ticks]
        assert 2 <= len(numbers) <= 8
        steps = {round(high / low) for low, high in pairwise(numbers)}
        assert steps in ({10}, {1000}, {1_000_000})


def test_one_flat_line_is_no_crash() -> None:
    flat = chart(WIDE, [Series("a", "", ((16, 5.0), (32, 5.0)), "")], ticks=(16, 32), tick_format=str)
    assert len(flat.y_ticks) >= 2


def test_a_level_is_drawn_if_it_is_in_the_picture_and_its_label_keeps_clear_of_lines() -> None:
    picture = drawn(levels=(Level(1e9, "a gigabyte"), Level(1e30, "too high"), Level(1e-3, "too low")))
    (level,) = picture.levels
    assert level.label == "a gigabyte"
    lines = [trace.points for trace in picture.lines]
    assert level.label_at == clear(level.at, lines, picture.left, picture.right)
    assert level.label_at == picture.left + 6, "at the left all lines are low"
    falling = [((picture.left, level.at - 10), (picture.right, level.at + 200))]
    assert clear(level.at, falling, picture.left, picture.right) > (picture.left + picture.right) / 2


def test_labels_that_agree_are_spread_and_joined_to_their_lines() -> None:
    same = [Series(name, name, powers(2), name) for name in "abc"]
    traces = chart(WIDE, same, ticks=(), tick_format=str).lines
    heights = sorted(trace.at[1] for trace in traces)
    assert [round(high - low) for low, high in pairwise(heights)] == [LABEL_GAP, LABEL_GAP]
    for trace in traces:
        assert (trace.lead is None) == (abs(trace.at[1] - trace.points[-1][1]) <= 1)


def test_labels_of_lines_that_end_elsewhere_stay_with_them() -> None:
    picture = chart(
        WIDE, [Series("a", "", powers(3, 8), ""), Series("b", "", powers(1), "")], ticks=(), tick_format=str
    )
    early, late = picture.lines
    assert early.at == (early.points[-1][0] + 14, early.points[-1][1])
    assert late.at[0] > early.at[0]


def test_spread_keeps_order_gaps_and_bounds_and_moves_no_more_than_it_must() -> None:
    lot = random.Random(3)
    for _ in range(300):
        wanted = sorted(lot.uniform(0, 300) for _ in range(lot.randint(1, 6)))
        found = spread(wanted, 17, 0, 300)
        assert all(high - low >= 17 - 1e-9 for low, high in pairwise(found))
        assert found[0] >= -1e-9
        assert found[-1] <= 300 + 1e-9
        apart = all(high - low >= 17 for low, high in pairwise(wanted))
        if apart:
            assert found == pytest.approx(wanted)
    assert spread([50, 50], 20, 0, 300) == [40, 60]
    assert spread([299, 300], 20, 0, 300) == [280, 300]
    assert spread([0, 1], 20, 0, 300) == [0, 20]
