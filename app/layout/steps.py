"""A quantity over the steps of two passes, as a curve of stairs: where it stands, as numbers. No colours, no SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .loglog import Frame
from .parts import Point, Tick

WIDE = Frame("wide", 760, 200, left=54, right=10, top=50, bottom=34)
TALL = Frame("tall", 366, 200, left=46, right=6, top=50, bottom=34)


@dataclass(frozen=True, slots=True)
class Stair:
    """One step: the middle of its column, its label, the height of its tread, and what stands on it."""

    at: float
    label: str
    y: float
    figure: str


@dataclass(frozen=True, slots=True)
class StepChart:
    """The picture: its frame, the four sides of its axes, the stairs of each pass and the line along each, and where
    one pass ends and the other begins. The last tick is the most."""

    frame: Frame
    left: float
    right: float
    top: float
    bottom: float
    forward: tuple[Stair, ...]
    backward: tuple[Stair, ...]
    risen: tuple[Point, ...]
    fallen: tuple[Point, ...]
    turn: float
    most: Tick


def steps(
    frame: Frame,
    forward: Sequence[tuple[str, int]],
    backward: Sequence[tuple[str, int]],
    formatted: Callable[[float], str],
) -> StepChart:
    """The stairs of a forward pass and of the backward pass after it: a label and a quantity each, not below 0."""
    left, right, top, bottom = frame.left, frame.width - frame.right, frame.top, frame.height - frame.bottom
    most = max(quantity for _, quantity in (*forward, *backward))
    column = (right - left) / (len(forward) + len(backward))

    def stair(place: int, label: str, quantity: int) -> Stair:
        y = bottom - quantity / (most or 1) * (bottom - top)
        return Stair(left + (place + 0.5) * column, label, y, formatted(quantity))

    risen = tuple(stair(place, *one) for place, one in enumerate(forward))
    fallen = tuple(stair(place, *one) for place, one in enumerate(backward, len(forward)))
    return StepChart(
        frame=frame,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        forward=risen,
        backward=fallen,
        risen=_line(risen, column),
        fallen=((left + len(forward) * column, risen[-1].y), *_line(fallen, column)),
        turn=left + len(forward) * column,
        most=Tick(top, formatted(most)),
    )


def _line(stairs: Sequence[Stair], column: float) -> tuple[Point, ...]:
    """Along the treads, and straight up or down between them."""
    half = column / 2
    return tuple(point for stair in stairs for point in ((stair.at - half, stair.y), (stair.at + half, stair.y)))
