"""The two drawings of the network, with what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.layout import Arrow, Box, Drawing, Orientation, draw

from .cells import NodeCard, Progress
from .inputs import PageInputs

# About the widths of a letter of a title and of a note, in user units; and of a letter of a title that has to leave
# room for its shape in the box.
LETTER, NOTE_LETTER, BOXED_LETTER = 8.4, 7.2, 10


@dataclass(frozen=True, slots=True)
class ArrowCard:
    """An edge as drawn: how far each way has come; `rule` is the VJP's text, empty where no gradient is taken."""

    arrow: Arrow
    forward: Progress
    backward: Progress | None
    rule: str


@dataclass(frozen=True, slots=True)
class BoxCard:
    """A box with its node: the title, and how far to the right the middles of the title and of the notes stand."""

    box: Box
    card: NodeCard
    title: str
    title_at: float
    notes_at: float


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawing with what it shows."""

    drawing: Drawing
    nodes: tuple[BoxCard, ...]
    arrows: tuple[ArrowCard, ...]


def picture(inputs: PageInputs, cards: Sequence[NodeCard], orientation: Orientation) -> Picture:
    """One drawing of the network as it stands."""
    state, snapshot = inputs.state, inputs.snapshot
    drawing = draw(state.network.graph, {view.name: tuple(view.shape) for view in snapshot.nodes}, orientation)
    return Picture(
        drawing,
        tuple(_box_card(drawing, box, card) for box, card in zip(drawing.boxes, cards, strict=True)),
        tuple(_arrow_card(inputs, arrow) for arrow in drawing.arrows),
    )


def _box_card(drawing: Drawing, box: Box, card: NodeCard) -> BoxCard:
    """A box near the right edge of the picture may be narrower than what is written over and under it."""
    title = _title(card, box, drawing.orientation)
    note = max(map(len, card.notes), default=0) * NOTE_LETTER
    return BoxCard(
        box,
        card,
        title,
        min(box.title[0], drawing.width - (len(title) * LETTER + 20) / 2),
        min(box.middle[0], drawing.width - note / 2),
    )


def _title(card: NodeCard, box: Box, orientation: Orientation) -> str:
    """The node's formula; its symbol where that is given, or where the formula is wider than the box it stands in."""
    formula = card.view.forward
    if formula is None or (orientation == "tall" and len(formula.text) * BOXED_LETTER >= box.width):
        return card.view.symbol
    return formula.text


def _arrow_card(inputs: PageInputs, arrow: Arrow) -> ArrowCard:
    snapshot = inputs.snapshot
    target, current, coming = snapshot.node(arrow.target), snapshot.current, snapshot.next
    forward: Progress = "done" if target.value is not None else "waiting"
    if current.kind == "forward" and current.node == arrow.target:
        forward = "now"
    elif coming is not None and coming.kind == "forward" and coming.node == arrow.target:
        forward = "next"
    vjp = next((vjp for vjp in target.vjps if vjp.wrt == arrow.source), None)
    if vjp is None or snapshot.direction == "forward":
        return ArrowCard(arrow, forward, None, "")
    backward: Progress = "done" if vjp.value is not None else "waiting"
    edge = (arrow.target, arrow.source)
    if current.kind == "vjp" and (current.node, current.wrt) == edge:
        backward = "now"
    elif coming is not None and coming.kind == "vjp" and (coming.node, coming.target) == edge:
        backward = "next"
    return ArrowCard(arrow, forward, backward, vjp.text.partition(" = ")[2])
