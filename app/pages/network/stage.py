"""The picture of a network on the stage of a lecture hall, in large type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.engine import Graph, OpNode, Trace
from app.layout import STAGES, TYPE, Box, Drawing, draw_stage, ems, inside_cell, is_drawn, room_for_rule, squeezed
from app.snapshot import explained_snapshot, trace_of
from app.state import Invalid, ViewState

from .cells import NodeCard
from .inputs import PageInputs
from .pictures import ArrowCard, BoxCard, Picture, arrow_cards
from .texts import drawn


def stage_pictures(inputs: PageInputs, cards: Sequence[NodeCard]) -> tuple[Picture, ...]:
    """A network as it stands, once for each shape of screen; none of one that is too large."""
    state, trace = inputs.state, inputs.trace
    if not is_drawn(state.shapes, trace.graph):
        return ()
    widest, present = _widest(state, trace), _present(state)
    by_name, arrows = {card.view.name: card for card in cards}, arrow_cards(inputs, cards)
    drawings = [draw_stage(trace.graph, state.shapes, widest, kind, present) for kind in STAGES]
    return tuple(_picture(drawing, by_name, arrows) for drawing in drawings)


def _widest(state: ViewState, trace: Trace) -> Mapping[str, str]:
    """The longest number of each node, as it is drawn when both passes are over, so that no step moves anything.

    Where the backward pass overflows, which has no page, these are the numbers of the forward pass.
    """
    over = state.go("backward")
    try:
        full = trace if state.direction == "backward" else trace_of(over)
    except Invalid:
        over, full = state.go("forward"), trace
    found: dict[str, str] = {}
    for view in explained_snapshot(over, full).nodes:
        texts = [*drawn(view.value, grad=False, digits=state.digits), *drawn(view.grad, grad=True, digits=state.digits)]
        found[view.name] = max(texts, key=ems)
    return found


def _present(state: ViewState) -> OpNode:
    """The op that the step is about: its own, or the first that uses what it adds up; of a whole pass, the first."""
    graph: Graph = state.network.graph
    name = state.event.node if state.event else graph.ops[0].name
    return next((op for op in graph.ops if op.name == name), None) or next(op for op in graph.ops if name in op.inputs)


def _picture(drawing: Drawing, cards: Mapping[str, NodeCard], arrows: Mapping[tuple[str, str], ArrowCard]) -> Picture:
    """A drawing with what it shows: the rule of an arrow where there is room for it."""
    ways = [(arrow, arrows[arrow.target, arrow.source]) for arrow in drawing.arrows]
    return Picture(
        drawing,
        tuple(_box_card(box, cards[box.name]) for box in drawing.boxes),
        tuple(card if room_for_rule(drawing, arrow, card.rule) else replace(card, rule="") for arrow, card in ways),
    )


def _box_card(box: Box, card: NodeCard) -> BoxCard:
    """A box in the stage's type, its title the node's name; what is longer than its cell is squeezed."""
    cell = box.cells[0]
    texts = [text for entry in card.entries for text in (entry.value, entry.mark_sign + entry.grad)]
    return BoxCard(
        box=box,
        card=card,
        cell=cell,
        inside=inside_cell(cell.width, has_grad=any(entry.grad for entry in card.entries)),
        value_size=TYPE,
        grad_size=TYPE,
        is_plain=not any(entry.mark_sign for entry in card.entries)
        and not any(squeezed(text, cell.width, TYPE) for text in texts),
        title=card.view.symbol,
        shape="",
        title_at=box.title[0],
        notes=(),
        notes_at=0.0,
    )
