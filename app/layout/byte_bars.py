"""Bars of bytes on a logarithmic scale, as numbers: where each stands, how long it is, and where its texts stand.

A bar of a matrix has a part for the entries that can be other than 0. No colours, no SVG; lengths are in user units.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .parts import Tick

# Powers of ten from one tick to the next: a thousand times as much.
STRIDE = 3


@dataclass(frozen=True, slots=True)
class BarFrame:
    """The size of a picture: what is left free to the left and right of the bars, from one row to the next, how thick a
    bar is, and whether labels stand above bars and not to the left of them.

    Of labels to the left, the baseline of the name, of what it says, and of the figure, are so far below the middle of
    a bar. There are no more than so many `ticks`.
    """

    name: str
    width: float
    left: float
    right: float
    row: float
    thick: float
    labels_above: bool
    top: float = 34.0
    bottom: float = 30.0
    baselines: tuple[float, float, float] = (-3.0, 15.0, 6.0)
    ticks: int = 8


WIDE = BarFrame("wide", 770, left=222, right=84, row=54, thick=24, labels_above=False)
TALL = BarFrame("tall", 366, left=6, right=18, row=56, thick=18, labels_above=True, ticks=5)
# On the stage of a lecture hall, by the shape of the screen.
STAGE = BarFrame("stage", 1128, 400, 150, 70, 38, labels_above=False, top=40, bottom=34, baselines=(-9, 22, 12))
NARROW = replace(STAGE, name="narrow", width=932, ticks=5)


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a bar is of: its kind, its name and what its figure is a figure of, its bytes, and how many of them are of
    entries that can be other than 0."""

    kind: str
    name: str
    says: str
    bytes: int
    filled: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its quantity, the upper edge of it, how long it is and its filled part, the baselines of its name and of
    what it says, where these two begin, and where its figure stands."""

    of: Quantity
    figure: str
    y: float
    length: float
    filled: float
    label_x: float
    name_y: float
    says_x: float
    says_y: float
    figure_x: float
    figure_y: float


@dataclass(frozen=True, slots=True)
class BarChart:
    """The picture: bars from top to bottom, all of which begin at `start`; ticks; and a level that is drawn upright."""

    frame: BarFrame
    height: float
    start: float
    top: float
    bottom: float
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    level: Tick


def byte_bars(
    frame: BarFrame, quantities: Sequence[Quantity], level: int, level_label: str, formatted: Callable[[float], str]
) -> BarChart:
    """The bars of `quantities` in their order, none of them 0, with ticks a thousand times apart and `level` among
    them; `formatted` writes bytes."""
    parts = [of.filled for of in quantities]
    low = _whole(math.log10(min(parts)), math.floor)
    low -= STRIDE if min(parts) == 10**low else 0  # the shortest bar has a length
    high = _whole(math.log10(max(level, *(of.bytes for of in quantities))), math.ceil)
    span = frame.width - frame.left - frame.right

    def length(count: int) -> float:
        return (math.log10(count) - low) / (high - low) * span

    bottom = frame.top + frame.row * len(quantities)
    exponents = range(low, high + 1, STRIDE)
    stride = 1 + len(exponents) // frame.ticks
    ticks = [Tick(frame.left + (power - low) / (high - low) * span, formatted(10.0**power)) for power in exponents]
    return BarChart(
        frame=frame,
        height=bottom + frame.bottom,
        start=frame.left,
        top=frame.top,
        bottom=bottom,
        bars=tuple(
            _bar(frame, of, place, length(of.bytes), length(of.filled), formatted(of.bytes))
            for place, of in enumerate(quantities)
        ),
        ticks=tuple(ticks[::stride]),
        level=Tick(frame.left + length(level), level_label),
    )


def _whole(power: float, rounded: Callable[[float], int]) -> int:
    """The next power of ten that is a tick."""
    return STRIDE * rounded(power / STRIDE)


def _bar(frame: BarFrame, of: Quantity, place: int, length: float, filled: float, figure: str) -> Bar:
    top = frame.top + frame.row * place
    if frame.labels_above:
        y = top + frame.row - frame.thick - 8
        return Bar(of, figure, y, length, filled, frame.left, y - 7, frame.left + 66, y - 7, frame.width - 6, y - 7)
    y = top + (frame.row - frame.thick) / 2
    middle = top + frame.row / 2
    name_y, says_y, figure_y = (middle + baseline for baseline in frame.baselines)
    return Bar(of, figure, y, length, filled, 0, name_y, 0, says_y, frame.left + length + 9, figure_y)
