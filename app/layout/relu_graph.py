"""The graph of ReLU with points on it, drawn: where the line, the points, their slopes and the kink are, as numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .parts import Point, Tick

WIDTH, HEIGHT = 640.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 20.0, 20.0, 44.0, 52.0
# Of the height between 0 and the highest point, below 0; and by how much the axes go on behind the farthest point.
UNDER, BEYOND = 0.12, 1.2
# Half the length of a piece of slope, and of the fan of slopes at the kink.
HALF_SLOPE, HALF_FAN = 34.0, 58.0
# How far above a point its label stands, and how far to the left of one on the rising line, or at the axis, it ends.
ABOVE, BESIDE = 14.0, 8.0
# Points nearer to each other than this share a label: on a page, and in the large type of the stage.
NEAR, NEAR_ON_STAGE = 30.0, 115.0
# The slopes of the fan that are drawn: all from 0 to 1 would do.
FAN = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of the graph: its place, the ends of the piece of slope through it, and whether it is at the kink."""

    at: Point
    slope: tuple[Point, Point]
    is_active: bool
    is_kink: bool


@dataclass(frozen=True, slots=True)
class Label:
    """What points that lie close together are called: which these are, counted from 0, and where the label `ends`,
    or has its middle."""

    points: tuple[int, ...]
    at: Point
    ends: bool


@dataclass(frozen=True, slots=True)
class ReluGraph:
    """The picture, WIDTH × HEIGHT: `line` is the graph of ReLU, `kink` the origin, `fan` the lines through it whose
    slopes are subgradients. `bottom` is the height of the axis, and `ticks` are places on it; `slopes` are where the
    slopes of both sides are written."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    line: tuple[Point, ...]
    kink: Point
    fan: tuple[tuple[Point, Point], ...]
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]
    ticks: tuple[Tick, ...]
    slopes: tuple[Point, Point]


def relu_graph(z: Sequence[float], tick_text: str, near: float = NEAR) -> ReluGraph:
    """The graph with a point for each of `z`, finite numbers; it reaches as far to both sides as `reach` says.

    `tick_text` is `reach(z)` as it is written; points nearer to each other than `near` share a label.
    """
    farthest = reach(z)
    across, up = (WIDTH - LEFT - RIGHT) / 2, HEIGHT - TOP - BOTTOM
    middle, foot = LEFT + across, TOP + up / (1 + UNDER)

    def place(number: float, of: float = 1.0) -> Point:
        share = number / farthest * of / BEYOND
        return middle + share * across, foot - max(0.0, share) * (foot - TOP)

    rise = (foot - TOP) / across  # how steep slope 1 is drawn
    marks = tuple(
        Mark(place(number), _piece(place(number), rise if number > 0 else 0.0, HALF_SLOPE), number > 0, number == 0)
        for number in z
    )
    low, high = place(-farthest, BEYOND), place(farthest, BEYOND)
    return ReluGraph(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=foot,
        line=(low, (middle, foot), high),
        kink=(middle, foot),
        fan=tuple(_piece((middle, foot), rise * slope, HALF_FAN) for slope in FAN),
        marks=marks,
        labels=tuple(_labels(marks, near)),
        ticks=(
            Tick(place(-farthest)[0], f"−{tick_text}"),
            Tick(middle, "0"),
            Tick(place(farthest)[0], tick_text),
        ),
        slopes=(place(-farthest, 0.6), place(farthest, 0.6)),
    )


def reach(z: Sequence[float]) -> float:
    """How far the graph reaches to each side of 0: 1, 2 or 5 times a power of ten, at least as far as any of z."""
    most = max(map(abs, z), default=0.0)
    if most == 0.0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    round_numbers = (step * power for step in (1.0, 2.0, 5.0, 10.0))
    return next((one for one in round_numbers if most <= one * (1 + 1e-9) and math.isfinite(one)), most)


def _piece(at: Point, rise: float, half: float) -> tuple[Point, Point]:
    """A straight piece through a point, `half` as long to each side, that rises so much for each step to the right."""
    x, y = at
    step = half / math.hypot(1.0, rise)
    return (x - step, y + rise * step), (x + step, y - rise * step)


def _labels(marks: Sequence[Mark], near: float) -> list[Label]:
    """One label for points that lie close together, above and to the left of them, or above where they are at 0."""
    order = sorted(range(len(marks)), key=lambda i: marks[i].at[0])
    groups: list[list[int]] = []
    for i in order:
        if groups and marks[i].at[0] - marks[groups[-1][-1]].at[0] < near:
            groups[-1].append(i)
        else:
            groups.append([i])
    return [_label(sorted(group), [marks[i] for i in group]) for group in groups]


def _label(points: Sequence[int], marks: Sequence[Mark]) -> Label:
    x = sum(mark.at[0] for mark in marks) / len(marks)
    y = min(mark.at[1] for mark in marks)
    ends = any(mark.is_active or mark.is_kink for mark in marks)
    return Label(tuple(points), (x - BESIDE if ends else x, y - ABOVE), ends)
