"""∂L/∂z against z, drawn: where curves, ticks and marks stand, as numbers. No colours, no SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.state import number_text

from .parts import Point, Tick

WIDTH, HEIGHT = 560.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 16.0, 34.0, 40.0
# The logits that are drawn, to each side of 0, and how many to each side; more where the point lies further out.
REACH, SAMPLES = 50.0, 100
# Of the height between 0 and the farthest gradient, above and below.
OVER = 0.12


# A chain's name, and its curve in as many pieces as it has: where it is no number there is none.
Pieces = tuple[str, tuple[tuple[Point, ...], ...]]


@dataclass(frozen=True, slots=True)
class CurveChart:
    """The picture, WIDTH × HEIGHT. `frame` is left, top, right and bottom of the plane, `depth` its height;
    `lost` is where the chain of two ops is no number: left edge and width of each. `marks` are what each chain gives at
    the logit that is looked at."""

    width: float
    height: float
    frame: tuple[float, float, float, float]
    depth: float
    lines: tuple[Pieces, ...]
    lost: tuple[tuple[float, float], ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    here: float
    marks: tuple[tuple[str, Point], ...]


def logits(z: float) -> list[float]:
    """The logits at which curves are drawn, so that z is among those between."""
    reach = _reach(z)
    return [reach * i / SAMPLES for i in range(-SAMPLES, SAMPLES + 1)]


def chart(
    z: float, target: int, curves: Mapping[str, Sequence[float | None]], here: Mapping[str, float | None]
) -> CurveChart:
    """The chains' curves over `logits(z)`, by name, and what each gives `here`, at z; None where that is no number.

    `target` is y*, 0 or 1.
    """
    at, reach = logits(z), _reach(z)

    def x(z: float) -> float:
        return LEFT + (z + reach) / (2 * reach) * (WIDTH - LEFT - RIGHT)

    def y(grad: float) -> float:
        above = (1 - target + OVER) - grad  # gradients go from 0 to 1, or from −1 to 0
        return TOP + above / (1 + 2 * OVER) * (HEIGHT - TOP - BOTTOM)

    gaps = _gaps(at, curves["unfused"]) if "unfused" in curves else []
    return CurveChart(
        width=WIDTH,
        height=HEIGHT,
        frame=(LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM),
        depth=HEIGHT - TOP - BOTTOM,
        lines=tuple(
            (name, tuple(tuple((x(z), y(grad)) for z, grad in piece) for piece in _pieces(at, grads)))
            for name, grads in curves.items()
        ),
        lost=tuple((x(first), x(last) - x(first)) for first, last in gaps),
        x_ticks=tuple(Tick(x(z), _label(z)) for z in (reach * k / 5 for k in (-4, -2, 0, 2, 4))),
        y_ticks=tuple(Tick(y(grad), _label(grad)) for grad in ((-1.0, 0.0) if target else (0.0, 1.0))),
        here=x(z),
        marks=tuple((name, (x(z), y(grad))) for name, grad in here.items() if grad is not None),
    )


def _reach(z: float) -> float:
    """To each side of 0: REACH, or so far that the point has room on its outer side."""
    return max(REACH, 50.0 * -(-abs(z) * 1.1 // 50.0)) if abs(z) > REACH else REACH


def _label(number: float) -> str:
    return number_text(number).replace("-", "−")


def _pieces(at: Sequence[float], grads: Sequence[float | None]) -> list[list[tuple[float, float]]]:
    """The stretches of a curve on which it is a number."""
    pairs = zip(at, grads, strict=True)
    groups = groupby(pairs, key=lambda pair: pair[1] is not None)
    return [[(z, grad) for z, grad in group if grad is not None] for there, group in groups if there]


def _gaps(at: Sequence[float], grads: Sequence[float | None]) -> list[tuple[float, float]]:
    """The stretches on which it is none: first and last logit of each."""
    groups = groupby(zip(at, grads, strict=True), key=lambda pair: pair[1] is None)
    gaps = ([z for z, _ in group] for lost, group in groups if lost)
    return [(gap[0], gap[-1]) for gap in gaps]
