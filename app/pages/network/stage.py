"""The network on the stage of a lecture hall: its picture in large type and one sentence, or the formula."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.digits import Line, entry_line
from app.engine import Graph, OpNode, Trace
from app.layout import STAGES, TYPE, Box, Drawing, draw_stage, ems, inside_cell, room_for_rule, squeezed
from app.snapshot import Expansion, explained_snapshot, trace_of
from app.state import Invalid, ViewState

from .cells import NodeCard
from .inputs import PageInputs
from .ladder import EQUALS, FIGURE, LETTER, SIGN
from .node_panel import NodePanel
from .panel import AskPanel, Panel
from .pictures import ArrowCard, BoxCard, Picture, arrow_cards
from .texts import drawn

# So many em of an entry's arithmetic stand in a line of the large type, and of the smaller.
ROOM, SMALL_ROOM = 27.0, 34.0
# A half, another constant that is a fraction, and the beginning of one that is higher than a line.
_HALF, _CONSTANT, _FRACTION = r"\tfrac{1}{2}", re.compile(r"\\tfrac\{(\w+)\}\{(\w+)\}"), r"\frac{"


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands under the picture: the sentence, or where it `shows_formula`, for `entry`, an entry of the step or
    the one that is asked about, its formula and its arithmetic, in small type where that `is_small`.

    `line` is None where there is no arithmetic, or where it is too long for a line. `right` is the right side of the
    step's formula in LaTeX, no higher than a line; empty where it stands as text alone. `is_part` is whether the
    network is too large for the stage, and one op of it is drawn.
    """

    shows_formula: bool
    sentence: str
    entry: Expansion | None
    line: Line | None
    result: str
    is_small: bool
    right: str
    is_part: bool


def stage_pictures(inputs: PageInputs, cards: Sequence[NodeCard]) -> tuple[Picture, ...]:
    """A network as it stands, once for each shape of screen."""
    state, trace = inputs.state, inputs.trace
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


def caption(inputs: PageInputs, panel: Panel, pictures: Sequence[Picture]) -> Caption:
    """What stands under these pictures: the sentence, and its formula where that is asked for."""
    snapshot = inputs.snapshot
    sentence = snapshot.current.sentence
    entry: Expansion | None = next(iter(snapshot.current.entries), None)
    if isinstance(panel, NodePanel):
        sentence, entry = panel.says, None
    if isinstance(panel, AskPanel):
        entry = panel.expansion
        sentence = _asked(panel)
    shows_formula = inputs.state.staging.stage == "formula"
    if not shows_formula:
        entry = None
    line = entry_line(entry, scalar=not snapshot.node(entry.node).shape) if entry is not None else None
    width = _width(line, entry.left.text) if line is not None and entry is not None else 0.0
    if width > SMALL_ROOM:
        line = None
    result = line.result.texts[0] if line is not None else ""
    right = _no_higher(snapshot.current.right.latex) if snapshot.current.right else ""
    is_part = any(len(picture.nodes) < len(snapshot.nodes) for picture in pictures)
    return Caption(shows_formula, sentence, entry, line, result, width > ROOM, right, is_part)


def _no_higher(latex: str) -> str:
    """A formula's LaTeX, with its constants written ½ or (1/m); empty where it has another fraction."""
    flat = _CONSTANT.sub(r"(\1/\2)", latex.replace(_HALF, "½"))
    return "" if _FRACTION in flat.replace(_FRACTION + r"\partial", "") else flat


def _width(line: Line, left: str) -> float:
    """About how wide the arithmetic of a line's first entry is, in em, with what it finds before it and the result."""
    shown = [text for product in line.arithmetic[0] for _, text in product.shown]
    brackets = sum(text.startswith("−") for text in shown)
    signs = len(shown) * SIGN + len(line.arithmetic[0]) * 2 * SIGN + brackets * 2 * SIGN
    return len(left) * LETTER + (sum(map(len, shown)) + len(line.result.texts[0])) * FIGURE + signs + 2 * EQUALS


def _asked(panel: AskPanel) -> str:
    """The question about an entry, in a sentence."""
    left = panel.expansion.left.text
    if not panel.result:
        return f"{left}: {panel.expansion.note}."
    return f"Why is {left} = {panel.result}?" if panel.expansion.terms else f"{left} = {panel.result} is given."
