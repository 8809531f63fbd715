"""Activation memory at a size that the reader chooses, with and without gradient checkpointing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from app.digits import counted, grouped, si
from app.engine.cost import DTYPES, LAPTOP, Checkpoints, LayerCost, checkpoints, layer_cost
from app.layout.growth import TALL, WIDE, Growth, GrowthChart, growth

TYPE = "float32"
# Layers that are drawn beyond those chosen, as many times as these; at least so many, and at most so many points.
_BEYOND, _LEAST, _POINTS = 2, 8, 250


@dataclass(frozen=True, slots=True)
class Segments:
    """Checkpointing: how many segments of how many layers, how many inputs and numbers of a layer are saved at once for
    an example, the bytes of both, and what a training step takes of one without, at most, and more than it."""

    count: int
    length: int
    inputs: str
    numbers: str
    bytes: str
    times: str
    more: str


@dataclass(frozen=True, slots=True)
class AtScale:
    """What equal layers save, in bytes as text: their activations and their parameters, and from how many examples on
    the activations are more. `segments` is None for one layer, where there is nothing to trade."""

    charts: tuple[GrowthChart, ...]
    width: str
    layers: str
    examples: str
    activations: str
    parameters: str
    outgrow: str
    segments: Segments | None


def at_scale(n: int, layers: int, batch: int) -> AtScale:
    """Layers of n inputs and n outputs, one behind the other, and so many examples."""
    one, size = layer_cost(n, n), DTYPES[TYPE]
    found = checkpoints(n, n, layers)
    return AtScale(
        charts=_charts(n, layers, batch),
        width=counted(n, "unit"),
        layers=counted(layers, "layer"),
        examples=counted(batch, "example"),
        activations=si(one.saved * layers * batch * size, "B"),
        parameters=si(one.parameters * layers * size, "B"),
        outgrow=grouped(one.parameters // one.saved + 1),
        segments=_segments(found, one, n, layers, batch) if found else None,
    )


def _segments(found: Checkpoints, one: LayerCost, n: int, layers: int, batch: int) -> Segments:
    times, size = Fraction(found.step, one.step * layers), DTYPES[TYPE]
    inputs = (found.saved - found.length * one.saved) // n
    return Segments(
        count=found.segments,
        length=found.length,
        inputs=f"{counted(inputs, 'input')} of {grouped(n)} numbers",
        numbers=f"{counted(found.length, 'layer')} of {grouped(one.saved)}",
        bytes=si(found.saved * batch * size, "B"),
        times=str(times),
        more=str(times - 1),
    )


def _charts(n: int, layers: int, batch: int) -> tuple[GrowthChart, ...]:
    lines = tuple(_lines(n, layers, batch))
    level = (LAPTOP, f"a laptop, {si(LAPTOP, 'B')}")
    return tuple(growth(frame, lines, layers, lambda count: si(count, "B"), level) for frame in (WIDE, TALL))


def _lines(n: int, layers: int, batch: int) -> Iterator[Growth]:
    one, size = layer_cost(n, n), DTYPES[TYPE]
    most = max(_LEAST, _BEYOND * layers)
    counts = sorted({*range(0, most + 1, -(-most // _POINTS)), 1, layers, most})
    saved = {count: found.saved for count in counts if (found := checkpoints(n, n, count) if count else None)}
    yield Growth("all", "every layer saves", tuple((count, one.saved * count * batch * size) for count in counts))
    yield Growth(
        "checkpoints",
        "with checkpoints",
        tuple((count, saved.get(count, one.saved * count) * batch * size) for count in counts),
    )
    yield Growth("parameters", "parameters", tuple((count, one.parameters * count * size) for count in counts))
