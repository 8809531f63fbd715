"""|∂L/∂z| against the logit of a wrong class, of two losses, drawn: where curves, ticks and points stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .parts import Point, Tick

WIDTH, HEIGHT = 600.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 12.0, 16.0, 50.0
# From a curve to its name.
BESIDE = 26.0
# About how wide a loss's name is.
NAMED = 130.0
# The logits that are drawn, and how many steps there are between the ends.
LEAST, MOST, STEPS = -6.0, 14.0, 120
_X_TICKS, _Y_TICKS = (-5.0, 0.0, 5.0, 10.0), (0.0, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class PlottedLoss:
    """A loss's curve, its point at the logit that is looked at, and where its name ends, inside the plane and beside
    the curve's end."""

    name: str
    points: tuple[Point, ...]
    here: Point
    label: Point


@dataclass(frozen=True, slots=True)
class SaturationChart:
    """The picture, WIDTH × HEIGHT. `frame` is left, top, right and bottom of the plane, `here` the logit looked at."""

    width: float
    height: float
    frame: tuple[float, float, float, float]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    here: float
    losses: tuple[PlottedLoss, ...]


def logits() -> list[float]:
    """The logits at which curves are drawn."""
    return [LEAST + (MOST - LEAST) * i / STEPS for i in range(STEPS + 1)]


def chart(logit: float, curves: Mapping[str, Sequence[float]], here: Mapping[str, float]) -> SaturationChart:
    """The curves over `logits()`, from 0 to 1, by name, and what each is `here`, at a logit between the ends."""

    def x(z: float) -> float:
        return LEFT + (z - LEAST) / (MOST - LEAST) * (WIDTH - LEFT - RIGHT)

    def y(size: float) -> float:
        return TOP + (1.0 - size) * (HEIGHT - TOP - BOTTOM)

    at = logits()
    names = WIDTH - RIGHT if x(logit) < WIDTH - RIGHT - NAMED else x(logit) - BESIDE / 2  # beside the line, not on it
    return SaturationChart(
        width=WIDTH,
        height=HEIGHT,
        frame=(LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM),
        x_ticks=tuple(Tick(x(z), f"{z:g}".replace("-", "−")) for z in _X_TICKS),
        y_ticks=tuple(Tick(y(size), f"{size:g}") for size in _Y_TICKS),
        here=x(logit),
        losses=tuple(
            PlottedLoss(
                name,
                tuple((x(z), y(size)) for z, size in zip(at, sizes, strict=True)),
                (x(logit), y(here[name])),
                (names, y(sizes[-1]) + (BESIDE if sizes[-1] > 0.5 else -BESIDE / 2)),
            )
            for name, sizes in curves.items()
        ),
    )
