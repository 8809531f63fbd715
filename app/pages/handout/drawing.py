"""A network's drawing for paper and for slides: nothing in it leads anywhere, and each arrow has a head of its own.

What is left to be filled in has a line in its cell, and no number anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot
from typing import Literal

from app.layout import Box, Cell, Curve, Inside, Point
from app.pages.network.cells import Entry, Progress
from app.pages.network.pictures import ArrowCard, BoxCard, Picture

from .blanks import Blanks

# An arrow's head: how far it reaches beyond the arrow's end and back from it, and half its width; the distance between
# the lines of a hatching; how far a line to write on keeps from the sides of its cell. All in user units.
_TIP, _NECK, _HALF = 1.1, 9.9, 5.5
_HATCH = 8.5
_ASIDE = 10.0

Kind = Literal["value", "grad"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number in its cell: its text, how it is present, its baseline and size, and how wide it has to be made where it
    does not fit as it is."""

    kind: Kind
    text: str
    presence: str
    y: float
    size: float
    squeezed: float | None


@dataclass(frozen=True, slots=True)
class PaperCell:
    """A cell with its numbers, the lines of its hatching where its gradient is inactive, and the lines that are to be
    written on, as the data of paths."""

    cell: Cell
    numbers: tuple[Number, ...]
    hatching: str
    to_fill: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaperBox:
    """A box with its title, its shape and its notes, as `BoxCard` has them."""

    box: Box
    role: str
    progress: Progress
    title: str
    title_at: float
    shape: str
    notes: tuple[tuple[str, float], ...]
    notes_at: float
    inside: Inside
    cells: tuple[PaperCell, ...]


@dataclass(frozen=True, slots=True)
class PaperArrow:
    """One way of an edge: how far it has come, its line, its head, and the rule it applies, which stands at `label`."""

    kind: Kind
    progress: Progress
    line: Curve
    head: tuple[Point, ...]
    rule: str
    label: Point
    anchor: str


@dataclass(frozen=True, slots=True)
class PaperDrawing:
    """A picture of width × height user units, with all that is drawn in it."""

    width: float
    height: float
    is_long: bool
    arrows: tuple[PaperArrow, ...]
    boxes: tuple[PaperBox, ...]


def paper_drawing(picture: Picture, blanks: Blanks) -> PaperDrawing:
    """A drawing of a step for paper, with blanks for what is to be found."""
    drawing = picture.drawing
    return PaperDrawing(
        drawing.width,
        drawing.height,
        drawing.scrolls,
        tuple(_arrows(picture)),
        tuple(_box(placed, blanks) for placed in picture.nodes),
    )


def _arrows(picture: Picture) -> Iterator[PaperArrow]:
    for arrow, card in zip(picture.drawing.arrows, picture.arrows, strict=True):
        label, anchor = arrow.label, arrow.anchor
        yield PaperArrow("value", card.forward, arrow.forward, _head(arrow.forward), "", label, anchor)
        if card.backward is not None:
            yield _back(card, card.backward, arrow.backward, label, anchor)


def _back(card: ArrowCard, progress: Progress, line: Curve, label: Point, anchor: str) -> PaperArrow:
    return PaperArrow("grad", progress, line, _head(line), card.rule, label, anchor)


def _head(line: Curve) -> tuple[Point, ...]:
    """The corners of an arrow's head: its tip, and the two behind it."""
    x, y = line[-1]
    before = next((point for point in reversed(line) if point != line[-1]), line[0])
    way = hypot(x - before[0], y - before[1]) or 1.0
    along, across = (x - before[0]) / way, (y - before[1]) / way
    neck = x - along * _NECK, y - across * _NECK
    sides = ((neck[0] - across * half, neck[1] + along * half) for half in (_HALF, -_HALF))
    return (x + along * _TIP, y + across * _TIP), *sides


def _box(placed: BoxCard, blanks: Blanks) -> PaperBox:
    view = placed.card.view
    hidden: set[Kind] = set()
    if view.name in blanks.values and view.value is not None:
        hidden.add("value")
    if view.name in blanks.grads and view.grad is not None:
        hidden.add("grad")
    # such a note tells the value, and that the gradient is 0
    tells = hidden or (view.name in blanks.values)
    return PaperBox(
        box=placed.box,
        role=view.role,
        progress=placed.card.progress,
        title=placed.title,
        title_at=placed.title_at,
        shape=placed.shape,
        notes=() if tells and view.inactive is not None else placed.notes,
        notes_at=placed.notes_at,
        inside=placed.inside,
        cells=tuple(_cell(placed, cell, entry, hidden) for cell, entry in placed.cells),
    )


def _cell(placed: BoxCard, cell: Cell, entry: Entry, hidden: set[Kind]) -> PaperCell:
    inside = placed.inside
    numbers = (
        Number("value", entry.value, entry.value_presence, inside.value, placed.value_size, None),
        Number("grad", entry.grad, entry.grad_presence, inside.grad, placed.grad_size, None),
    )
    is_hatched = entry.grad_presence == "inactive" and "grad" not in hidden
    return PaperCell(
        cell,
        tuple(_fitted(placed, number) for number in numbers if number.text and number.kind not in hidden),
        _hatching(cell.width, inside.half, cell.height) if is_hatched else "",
        tuple(_line(cell, number.y) for number in numbers if number.kind in hidden),
    )


def _fitted(placed: BoxCard, number: Number) -> Number:
    squeezed = placed.squeezed(number.text, number.size)
    return Number(number.kind, number.text, number.presence, number.y, number.size, squeezed)


def _line(cell: Cell, baseline: float) -> str:
    """A line to write on, at a number's baseline."""
    return f"M{_ASIDE:.0f} {baseline - 1:.1f}H{cell.width - _ASIDE:.1f}"


def _hatching(width: float, top: float, bottom: float) -> str:
    """Slanted lines in a rectangle that begins at x = 0, each cut off where it leaves it."""
    lines, rise = [], bottom - top
    for place in range(int((width + rise) / _HATCH)):
        low = (place + 1) * _HATCH - rise
        start, end = max(low, 0.0), min(low + rise, width)
        lines.append(f"M{start:.1f} {bottom - (start - low):.1f}L{end:.1f} {bottom - (end - low):.1f}")
    return "".join(lines)
