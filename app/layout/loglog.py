"""Where the lines of a log-log picture stand, as numbers: frame, ticks, lines and their labels. No colours, no SVG.

A power law is a straight line here, and its power is its slope. Lengths are in user units, about a CSS pixel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .parts import Point, Tick

LABEL_GAP = 20.0  # between the baselines of two labels
LEVEL_LABEL = 116.0  # the length of a level's label, about
TICKS = 8  # on the upright axis, at most


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a picture, and what is left free around its axes: labels of lines to the right, ticks to the left."""

    name: str
    width: float
    height: float
    left: float
    right: float
    top: float = 30.0
    bottom: float = 46.0
    brief: bool = False  # short labels


WIDE = Frame("wide", 720, 400, left=62, right=170)
TALL = Frame("tall", 366, 400, left=54, right=92, brief=True)


@dataclass(frozen=True, slots=True)
class Series:
    """What is drawn: (x, y) pairs, all above 0, in the order of x, and its label, a short one too.

    `dots` asks for a mark at each point: it was measured.
    """

    key: str
    label: str
    points: tuple[Point, ...]
    short: str
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """A quantity that a person knows, drawn across."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class ReferenceLine:
    """A level in the picture: its height, and where the label that stands on it begins."""

    at: float
    label: str
    label_at: float


@dataclass(frozen=True, slots=True)
class PlottedLine:
    """A series in the picture. `mark` is its point at the chosen x; `lead` joins its end to a label that has moved."""

    key: str
    label: str
    points: tuple[Point, ...]
    dots: bool
    at: Point
    lead: tuple[Point, Point] | None
    mark: Point | None


@dataclass(frozen=True, slots=True)
class LogLogChart:
    """A picture: its frame, the four sides of its axes, ticks, lines, and where the chosen x is."""

    frame: Frame
    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[PlottedLine, ...]
    levels: tuple[ReferenceLine, ...]
    chosen: float | None


@dataclass(frozen=True, slots=True)
class _Scale:
    """An axis from one end to the other, whose quantity goes through so many powers of ten."""

    start: float
    end: float
    low: float
    high: float

    def __call__(self, quantity: float) -> float:
        """Where on the axis a quantity stands, in user units."""
        share = (math.log10(quantity) - self.low) / ((self.high - self.low) or 1.0)
        return self.start + (self.end - self.start) * share

    def holds(self, quantity: float) -> bool:
        """Whether a quantity stands between the two ends."""
        return self.low <= math.log10(quantity) <= self.high


def chart(
    frame: Frame,
    series: Sequence[Series],
    *,
    ticks: Sequence[int],
    tick_format: Callable[[float], str],
    levels: Sequence[Level] = (),
    chosen: int | None = None,
) -> LogLogChart:
    """The picture of `series` in `frame`, with ticks across where `ticks` says, and `tick_format` for those upright.

    A level outside of the picture is left out, and so is a chosen x.
    """
    left, right = frame.left, frame.width - frame.right
    top, bottom = frame.top, frame.height - frame.bottom
    xs = [x for one in series for x, _ in one.points]
    powers = [math.log10(y) for one in series for _, y in one.points]
    low, high = math.floor(min(powers)), max(math.ceil(max(powers)), math.floor(min(powers)) + 1)
    x_of = _Scale(left, right, math.log10(min(xs)), math.log10(max(xs)))
    y_of = _Scale(bottom, top, low, high)
    drawn = [(one, tuple((x_of(x), y_of(y)) for x, y in one.points)) for one in series]
    lines = [points for _, points in drawn]
    stride = next(stride for stride in (1, 3, 6) if (high - low) // stride < TICKS)
    upright = [10.0**power for power in range(low, high + 1) if power % stride == 0]
    at_chosen = x_of(chosen) if chosen is not None and min(xs) <= chosen <= max(xs) else None
    return LogLogChart(
        frame,
        left,
        right,
        top,
        bottom,
        x_ticks=tuple(Tick(x_of(x), str(x)) for x in ticks if min(xs) <= x <= max(xs)),
        y_ticks=tuple(Tick(y_of(y), tick_format(y)) for y in upright),
        lines=_plotted(drawn, at_chosen, (top, bottom), brief=frame.brief),
        levels=tuple(_reference(one, y_of(one.y), lines, (left, right)) for one in levels if y_of.holds(one.y)),
        chosen=at_chosen,
    )


def _reference(level: Level, y: float, lines: Sequence[Sequence[Point]], sides: tuple[float, float]) -> ReferenceLine:
    """A level at its height, its label where it is clear of all lines."""
    return ReferenceLine(y, level.label, clear(y, lines, *sides))


def _plotted(
    drawn: Sequence[tuple[Series, tuple[Point, ...]]], chosen: float | None, bounds: Point, *, brief: bool
) -> tuple[PlottedLine, ...]:
    """Each line with its label behind its end. Labels that would run into each other are spread."""
    places: dict[str, float] = {}
    for end in {points[-1][0] for _, points in drawn}:
        here = sorted((points[-1][1], one.key) for one, points in drawn if points[-1][0] == end)
        heights = spread([y for y, _ in here], LABEL_GAP, *bounds)
        places |= {key: height for (_, key), height in zip(here, heights, strict=True)}
    plotted = []
    for one, points in drawn:
        x, y = points[-1]
        at = (x + 14, places[one.key])
        plotted.append(
            PlottedLine(
                one.key,
                one.short if brief else one.label,
                points,
                one.dots,
                at,
                ((x + 2, y), (x + 12, at[1])) if abs(at[1] - y) > 1 else None,
                next((point for point in points if point[0] == chosen), None),
            )
        )
    return tuple(plotted)


def clear(y: float, lines: Sequence[Sequence[Point]], left: float, right: float) -> float:
    """Where along a level its label is farthest from all lines; the leftmost of such places."""
    last = right - LEVEL_LABEL - 6
    places = [left + 6 + (last - left - 6) * part / 8 for part in range(9)]

    def slack(start: float) -> float:
        beneath = [start + LEVEL_LABEL * part / 8 for part in range(9)]
        return min(abs(_height(line, x) - (y - LABEL_GAP / 2)) for line in lines for x in beneath)

    return max(places, key=slack)


def _height(line: Sequence[Point], x: float) -> float:
    """The y of a line at x; that of its nearer end outside of it."""
    for (x0, y0), (x1, y1) in pairwise(line):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return line[0][1] if x < line[0][0] else line[-1][1]


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near as may be to those wanted, which rise, at least `gap` apart, and within [low, high] if all fit.

    Neighbours that are too close become a block around the mean of what they want (pool adjacent violators).
    """
    blocks: list[tuple[float, int]] = []  # where the first of a block would stand, summed over its members; members
    for i, place in enumerate(wanted):
        blocks.append((place - i * gap, 1))
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1] = (blocks[-1][0] + total, blocks[-1][1] + count)
    starts = [total / count for total, count in blocks for _ in range(count)]
    most = high - (len(wanted) - 1) * gap
    return [max(low, min(start, most)) + i * gap for i, start in enumerate(starts)]
