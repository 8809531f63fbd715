"""Where lines stand that grow with a count, on linear axes that begin at 0: as numbers, without colours or SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .loglog import LABEL_GAP, Frame, ReferenceLine, clear, spread
from .parts import Point, Tick

WIDE = Frame("wide", 760, 330, left=66, right=196, top=26, bottom=44)
TALL = Frame("tall", 366, 330, left=62, right=16, top=78, bottom=44, brief=True)
# Ticks of an axis, about.
_TICKS = 5
# Of the height, below which a level would lie on the axis.
_LOW = 0.08


@dataclass(frozen=True, slots=True)
class Growth:
    """What is drawn: (count, quantity) pairs in the order of counts, and a label."""

    key: str
    label: str
    points: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class GrowthLine:
    """A line in the picture, and where its label stands; `lead` joins its end to a label that is beside it, and is a
    stroke like the line before one that is above the picture. `mark` is its point at the chosen count."""

    key: str
    label: str
    points: tuple[Point, ...]
    at: Point
    lead: tuple[Point, Point]
    mark: Point | None


@dataclass(frozen=True, slots=True)
class GrowthChart:
    """A picture: its frame, the sides of its axes, ticks, lines, where the chosen count is, and a level drawn across,
    None where it lies above the picture or all but on its axis."""

    frame: Frame
    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[GrowthLine, ...]
    chosen: float
    level: ReferenceLine | None


def growth(
    frame: Frame, lines: Sequence[Growth], chosen: int, formatted: Callable[[float], str], level: tuple[int, str]
) -> GrowthChart:
    """The picture of `lines`, of which some quantity is above 0; `formatted` writes a quantity, and `level` is one that
    a person knows, with its label."""
    left, right = frame.left, frame.width - frame.right
    top, bottom = frame.top, frame.height - frame.bottom
    most_x = max(x for line in lines for x, _ in line.points)
    most_y = max(y for line in lines for _, y in line.points)

    def x_of(count: float) -> float:
        return left + count / most_x * (right - left)

    def y_of(quantity: float) -> float:
        return bottom - quantity / most_y * (bottom - top)

    known, label = level
    is_seen = _LOW <= known / most_y <= 1
    points = [tuple((x_of(x), y_of(y)) for x, y in one.points) for one in lines]
    return GrowthChart(
        frame=frame,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        x_ticks=tuple(Tick(x_of(count), str(count)) for count in _ticks(most_x)),
        y_ticks=tuple(Tick(y_of(count), formatted(count)) for count in _ticks(most_y)),
        lines=_lines(frame, list(zip(lines, points, strict=True)), x_of(chosen)),
        chosen=x_of(chosen),
        level=ReferenceLine(y_of(known), label, clear(y_of(known), points, left, right)) if is_seen else None,
    )


def _ticks(most: int) -> range:
    """Whole numbers from 0 to the most, a round number apart: one, two or five times a power of ten."""
    power = 10 ** max(0, math.floor(math.log10(max(most / _TICKS, 1))))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * (_TICKS + 1) >= most)
    return range(0, most + 1, step)


def _lines(frame: Frame, drawn: Sequence[tuple[Growth, tuple[Point, ...]]], chosen: float) -> tuple[GrowthLine, ...]:
    """Each line with its label behind its end, or where the picture is narrow in a list above it."""
    ends = sorted((points[-1][1], one.key) for one, points in drawn)
    heights = spread([y for y, _ in ends], LABEL_GAP, frame.top, frame.height - frame.bottom)
    places = {key: height for (_, key), height in zip(ends, heights, strict=True)}
    found = []
    for place, (one, points) in enumerate(drawn):
        x, y = points[-1]
        if frame.brief:
            line = 16 + place * LABEL_GAP
            at, lead = (frame.left + 30, line), ((frame.left, line), (frame.left + 24, line))
        else:
            at = (x + 18, places[one.key])
            lead = ((x + 3, y), (x + 15, at[1]))
        mark = next((point for point in points if abs(point[0] - chosen) < 1e-9), None)
        found.append(GrowthLine(one.key, one.label, points, at, lead, mark))
    return tuple(found)
