"""The two drawings of the network, with what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.digits import shape_text
from app.layout import (
    SIDE,
    Box,
    Cell,
    Drawing,
    Inside,
    Orientation,
    draw,
    ems,
    fitting,
    inside,
    is_drawn,
    note_lines,
    room_beside,
    squeezed,
)
from app.snapshot import NodeView

from .cells import Entry, NodeCard, Progress
from .inputs import PageInputs

# About the widths of a letter of a title and of a note, in user units; and of a letter of a title that has to leave
# room for its shape in the box.
LETTER, NOTE_LETTER, BOXED_LETTER = 8.6, 8.6, 10.5
NOTE_APART = 16  # between the middle of a box and a note that leaves the arrows below it free
SHAPE_GAP = 8  # between a title and the shape after it
BARE = 20  # what a title without a shape leaves free
# Sizes of type in a cell, of a value and of a gradient below it, where there is room.
VALUE_SIZE, GRAD_SIZE = 23.0, 21.0
# And which part of a cell's height each may be, at most.
VALUE_SHARE, GRAD_SHARE = 0.55, 0.5


@dataclass(frozen=True, slots=True)
class ArrowCard:
    """An edge as drawn: how far each way has come; `rule` is the VJP's text, empty where no gradient is taken."""

    forward: Progress
    backward: Progress | None
    rule: str


@dataclass(slots=True)  # not frozen, as entries are not
class BoxCard:
    """A box with its node: the title with the shape after it, the notes with their baselines, and how far to the right
    the title has its anchor and the notes their middle. `shape` is empty where the box has no room for it.

    Its cells are as large as `cell`, and what stands in each stands where `inside` says, in type of `value_size` and
    `grad_size` user units. It `is_plain` where no number is marked, squeezed, or has beside it what it was.
    """

    box: Box
    card: NodeCard
    cell: Cell
    inside: Inside
    value_size: float
    grad_size: float
    is_plain: bool
    title: str
    shape: str
    title_at: float
    notes: tuple[tuple[str, float], ...]
    notes_at: float

    @property
    def cells(self) -> tuple[tuple[Cell, Entry], ...]:
        """Each cell with what is in it."""
        return tuple(zip(self.box.cells, self.card.entries, strict=True))

    @property
    def side(self) -> float:
        """Where a number begins that has another beside it."""
        return 2 * SIDE

    @property
    def old_at(self) -> float:
        """Where what a number was ends."""
        return self.cell.width - SIDE

    def beside(self, text: str, old: str, size: float) -> float | None:
        """How wide what a number was before an edit may stand beside it; None where there is no room."""
        return room_beside(text, old, self.cell.width, size)

    def squeezed(self, text: str, size: float) -> float | None:
        """How wide a text of that size has to be made for a cell; None where it fits as it is."""
        return squeezed(text, self.cell.width, size)


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawing with what it shows: its boxes, and its arrows in their order."""

    drawing: Drawing
    nodes: tuple[BoxCard, ...]
    arrows: tuple[ArrowCard, ...]

    @property
    def start(self) -> tuple[float, float] | None:
        """Where the middle of the box is that was just computed, in rem, for a drawing that scrolls to begin there."""
        present = next((placed.box for placed in self.nodes if placed.card.progress == "now"), None)
        if present is None or not self.drawing.scrolls:
            return None
        x, y = present.middle
        width, height = self.drawing.size
        return x * width / self.drawing.width, y * height / self.drawing.height


def pictures(inputs: PageInputs, cards: Sequence[NodeCard], orientations: Sequence[Orientation]) -> tuple[Picture, ...]:
    """The drawings of the network as it stands; none of one that is too large."""
    if not is_drawn(inputs.state.shapes, inputs.state.network.graph):
        return ()
    views = [card.view for card in cards]
    graph, shapes = inputs.trace.graph, {view.name: tuple(view.shape) for view in views}
    arrows = arrow_cards(inputs, cards)
    widest = [_widest(card) for card in cards]
    drawings = [draw(graph, shapes, orientation) for orientation in orientations]
    return tuple(
        Picture(
            drawing,
            tuple(_box_card(drawing, *placed) for placed in zip(drawing.boxes, cards, widest, strict=True)),
            tuple(arrows[arrow.target, arrow.source] for arrow in drawing.arrows),
        )
        for drawing in drawings
    )


def arrow_cards(inputs: PageInputs, cards: Sequence[NodeCard]) -> dict[tuple[str, str], ArrowCard]:
    """Every edge by the node it leads to and the one it comes from."""
    return {
        (card.view.name, source): _arrow_card(inputs, card.view, source)
        for card in cards
        for source in card.view.inputs
    }


def _widest(card: NodeCard) -> tuple[str, str]:
    """The widest of its values, and of its gradients with what stands before them: empty where there is none."""
    grads = (entry.mark_sign + entry.grad for entry in card.entries)
    return max((entry.value for entry in card.entries), key=ems), max(grads, key=ems)


def _box_card(drawing: Drawing, box: Box, card: NodeCard, widest: tuple[str, str]) -> BoxCard:
    """A box near the right edge of the picture may be narrower than what is written over and under it."""
    title = _title(card, box, drawing.orientation)
    notes = _notes(card, drawing.orientation)
    shape, beside = _shape(card, box, title, drawing.orientation)
    value, grad = widest
    cell = box.cells[0]
    best = (min(VALUE_SIZE, VALUE_SHARE * cell.height), min(GRAD_SIZE, GRAD_SHARE * cell.height))
    value_size, grad_size = fitting([value], cell.width, best[0]), fitting([grad], cell.width, best[1])
    is_squeezed = squeezed(value, cell.width, value_size) or squeezed(grad, cell.width, grad_size)
    return BoxCard(
        box=box,
        card=card,
        cell=cell,
        inside=inside(cell, has_grad=bool(grad)),
        value_size=value_size,
        grad_size=grad_size,
        is_plain=not is_squeezed and not any(entry.was or entry.mark_sign for entry in card.entries),
        title=title,
        shape=shape,
        title_at=_title_at(drawing, box, len(title) * LETTER + beside),
        notes=tuple(zip(notes, note_lines(box, len(notes)), strict=True)) if notes else (),
        notes_at=_notes_at(drawing, box, card, max(map(len, notes), default=0) * NOTE_LETTER),
    )


def _notes_at(drawing: Drawing, box: Box, card: NodeCard, width: float) -> float:
    """Where notes of that width have their middle: on a phone, what is said of inactive units leaves the arrow below a
    box, and the rule beside that, to themselves, where there is room."""
    beside = box.middle[0] - NOTE_APART - width / 2
    if drawing.orientation == "tall" and card.view.inactive is not None and beside >= width / 2:
        return beside
    return min(box.middle[0], drawing.width - width / 2)


def _title_at(drawing: Drawing, box: Box, width: float) -> float:
    """Where a title of that width stands: no further to the right than the drawing goes."""
    return box.title[0] if box.anchor != "middle" else min(box.title[0], drawing.width - width / 2)


def _shape(card: NodeCard, box: Box, title: str, orientation: Orientation) -> tuple[str, float]:
    """The shape after a title, or that the node is saved, and about how much wider that makes it; a scalar's shape and
    that it is saved are left out where they do not fit."""
    says_saved = card.is_saved and orientation == "wide"
    shape = "saved" if says_saved else shape_text(card.view.shape)
    beside = SHAPE_GAP + len(shape) * NOTE_LETTER
    if orientation == "tall":
        fits = len(title) * BOXED_LETTER + beside <= box.width
    else:  # a title may be wider than its box, but not so much that it meets the next one
        fits = box.anchor == "start" or len(title) * LETTER + beside <= 2 * box.width
    return (shape, beside) if fits or (card.view.shape and not says_saved) else ("", BARE)


def _notes(card: NodeCard, orientation: Orientation) -> Sequence[str]:
    """The lines under a box; a phone has room for one."""
    if orientation == "wide" or not card.notes or card.view.inactive is None:
        return card.notes
    return (f"{len(card.notes)} inactive: {card.view.inactive.reason}",)


def _title(card: NodeCard, box: Box, orientation: Orientation) -> str:
    """The node's formula; its symbol where that is given, or where the formula is wider than the box it stands in."""
    formula = card.view.forward
    if formula is None or (orientation == "tall" and len(formula.text) * BOXED_LETTER >= box.width):
        return card.view.symbol
    return formula.text


def _arrow_card(inputs: PageInputs, target: NodeView, source: str) -> ArrowCard:
    """The edge to a node from another."""
    snapshot = inputs.snapshot
    current, coming = snapshot.current, snapshot.next
    forward: Progress = "done" if target.value is not None else "waiting"
    if current.kind == "forward" and current.node == target.name:
        forward = "now"
    elif coming is not None and coming.kind == "forward" and coming.node == target.name:
        forward = "next"
    vjp = next((vjp for vjp in target.vjps if vjp.wrt == source), None)
    if vjp is None or snapshot.direction == "forward":
        return ArrowCard(forward, None, "")
    backward: Progress = "done" if vjp.value is not None else "waiting"
    edge = (target.name, source)
    if current.kind == "vjp" and (current.node, current.wrt) == edge:
        backward = "now"
    elif coming is not None and coming.kind == "vjp" and (coming.node, coming.target) == edge:
        backward = "next"
    return ArrowCard(forward, backward, vjp.text.partition(" = ")[2])
