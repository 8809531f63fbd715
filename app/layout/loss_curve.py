"""The loss against the step, drawn: where the curve, its ticks and its marks stand, as numbers. No colours, no SVG.

The upright axis is logarithmic where the losses go through decades. A loss of exactly 0 has no logarithm: it stands at
the foot of the picture, below the lowest decade, with a tick of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .parts import Point, Tick

WIDTH, HEIGHT = 420.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 80.0, 18.0, 14.0, 46.0
# From this ratio of the largest loss to the smallest above 0 on, the axis is logarithmic.
DECADES = 100.0
# So many ticks on the upright axis at most, and across; and so many points, beyond which some are left out.
Y_TICKS, X_TICKS, MAX_POINTS = 6, 5, 240

# Losses that differ by less than this share of themselves stand on one height: no tick could tell them apart.
_RESOLVED = 1e-9


@dataclass(frozen=True, slots=True)
class LossCurve:
    """The picture, WIDTH × HEIGHT. `frame` is left, top, right and bottom of the plane. `marks` are
    the points of the first loss (start), of the last (now), and between these of the lowest, where that is neither."""

    width: float
    height: float
    frame: tuple[float, float, float, float]
    is_log: bool
    points: tuple[Point, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    marks: tuple[tuple[str, Point], ...]


def loss_curve(losses: Sequence[float], tick_format: Callable[[Sequence[float]], Sequence[str]]) -> LossCurve:
    """The curve of the losses before the first step and after each; `tick_format` writes the ticks upright."""
    is_log = spans_decades(losses)
    ticks = _decades(losses) if is_log else _round_numbers(min(losses), max(losses), Y_TICKS)
    top, bottom = TOP, HEIGHT - BOTTOM
    height, labels = _heights(ticks, is_log=is_log), tick_format(ticks)

    def at(step: int) -> Point:
        share = step / max(len(losses) - 1, 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT), bottom - height(losses[step]) * (bottom - top)

    last, lowest = len(losses) - 1, min(range(len(losses)), key=losses.__getitem__)
    named = (("start", 0), ("lowest", lowest), ("now", last))
    whole = [int(step) for step in _round_numbers(0, max(last, 1), X_TICKS) if step == int(step) and step <= last]
    return LossCurve(
        width=WIDTH,
        height=HEIGHT,
        frame=(LEFT, TOP, WIDTH - RIGHT, bottom),
        is_log=is_log,
        points=tuple(at(step) for step in _thinned(len(losses), lowest)),
        x_ticks=tuple(Tick(at(step)[0], str(step)) for step in whole),
        y_ticks=tuple(Tick(bottom - height(y) * (bottom - top), label) for y, label in zip(ticks, labels, strict=True)),
        marks=tuple((name, at(step)) for name, step in named if name != "lowest" or step not in (0, last)),
    )


def spans_decades(losses: Sequence[float]) -> bool:
    """Whether the losses, none of which is below 0, go through so many powers of ten that an even axis hides most."""
    above = [loss for loss in losses if loss > 0]
    return bool(above) and min(losses) >= 0 and max(above) / min(above) >= DECADES


def _decades(losses: Sequence[float]) -> list[float]:
    """Powers of ten from below all losses to above them; and 0, where one is 0."""
    above = [math.log10(loss) for loss in losses if loss > 0]
    low, high = math.floor(min(above)), math.ceil(max(above))
    stride = -(-(high - low) // (Y_TICKS - 1))
    high = low + stride * -(-(high - low) // stride)
    ticks = [10.0**power for power in range(low, high + 1, stride)]
    return [0.0, *ticks] if min(losses) == 0 else ticks


def _round_numbers(low: float, high: float, most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten, from at most `low` to at least `high`, at most `most` of them or
    one more."""
    size = max(abs(low), abs(high))
    span = high - low if high - low > _RESOLVED * size else size or 1.0
    power = 10.0 ** math.floor(math.log10(span / most))
    stride = next(power * times for times in (1, 2, 5, 10, 20) if span / (power * times) <= most - 1)
    first, last = math.floor(low / stride), math.ceil(high / stride)
    return [float(f"{count * stride:.12g}") for count in range(first, max(last, first + 1) + 1)]


def _heights(ticks: Sequence[float], *, is_log: bool) -> Callable[[float], float]:
    """Where a loss stands between the lowest tick, 0, and the highest, 1."""
    if not is_log:
        low, high = ticks[0], ticks[-1]
        return lambda loss: loss / (high - low) - low / (high - low)
    above = [tick for tick in ticks if tick > 0]
    low, high = math.log10(above[0]), math.log10(above[-1])
    foot = 1.0 / len(ticks) if len(above) < len(ticks) else 0.0
    return lambda loss: foot + (1.0 - foot) * (math.log10(loss) - low) / (high - low) if loss > 0 else 0.0


def _thinned(count: int, lowest: int) -> list[int]:
    """At most MAX_POINTS of so many steps, evenly, and the lowest among them."""
    stride = -(-count // MAX_POINTS)
    return sorted({*range(0, count, stride), lowest, count - 1})
