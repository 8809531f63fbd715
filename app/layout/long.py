"""A drawing from left to right that is longer than a screen is wide: it scrolls sideways, and is drawn no smaller.

As in `wide`, parameters stand above and below the lane, before their op. But each op's formula begins above its box and
runs to the right, and the gap behind it is as wide as that takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, pairwise

from app.engine import Graph, Node, OpNode, Shape

from .figures import LEAST
from .parts import LABEL, NOTE_LINE, Box, Drawing, Point, Spine, box_at, cell_of, grid_of, size_of, spine_of
from .wide import (
    CLEAR,
    LEGIBLE,
    Column,
    above_lane,
    canvas,
    cell_height,
    columns_of,
    reach_of,
    rule_letters,
    wide_arrow,
)

_CELL = (68.0, 42.0)
# How high it may be, in CSS pixels at 1280 × 720: above it is a row for the legend, as it leaves no corner empty.
_MAX_HEIGHT = 349.0
_MARGIN = 20.0
# About the width of a letter of a formula, and how much of it a raised one takes.
_LETTER, _RAISED = 9.4, 0.55
# What stands behind a title: its shape or that it is saved, and the mark of a check.
_BEHIND, _SHAPE = 78.0, 40.0
# Between one title and the next box, or the next title.
_APART = 12.0
# What is written under a target, in the backward pass.
_NOTE = 206.0
_SUPERSCRIPTS = frozenset("⁽⁾⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ²")


def text_width(text: str) -> float:
    """About how wide a formula is, in user units."""
    return _LETTER * sum(_RAISED if letter in _SUPERSCRIPTS else 1.0 for letter in text)


def title_width(graph: Graph, node: Node) -> float:
    """About how wide a node's title is, with its shape and its mark."""
    return text_width(_title(graph, node)) + _BEHIND


def titles_meet(graph: Graph, drawing: Drawing) -> bool:
    """Whether the titles of two ops, as a drawing has them, run into each other."""
    spans = []
    for box in drawing.boxes:
        node = graph.by_name[box.name]
        if node.op is not None:
            formula = text_width(_title(graph, node))
            # a scalar's shape is left out behind a formula that is wider than its box by much
            width = formula + (_SHAPE if box.anchor == "middle" else _BEHIND if formula < box.width else 0.0)
            right = box.title[0] if box.anchor == "end" else box.title[0] + width / 2
            spans.append((right - width, right, box.title[1]))
    return any(
        one[0] < other[1] and other[0] < one[1] and abs(one[2] - other[2]) < LABEL
        for one, other in combinations(spans, 2)
    )


def long(graph: Graph, shapes: Mapping[str, Shape]) -> Drawing:
    """Columns from left to right, as many as there are; `shapes` holds the shape of every node."""
    spine = spine_of(graph, shapes)
    boxes, lane = _placed(graph, spine, shapes, _MARGIN)
    width, height = _right(graph, spine, boxes), _height(spine, boxes, lane)
    screen = canvas(height)
    if width < screen:  # it fits after all, and stands in the middle
        boxes, lane = _placed(graph, spine, shapes, _MARGIN + (screen - width) / 2)
    arrows = tuple(
        wide_arrow(boxes[name], boxes[part.op.name], lane, crowded=bool(part.hung))
        for part in spine
        for name in dict.fromkeys(part.op.inputs)
    )
    return Drawing(
        "wide",
        max(width, screen),
        height,
        tuple(boxes[node.name] for node in graph.nodes),
        arrows,
        scrolls=width > screen,
        scale=min(max(_MAX_HEIGHT / height, LEGIBLE / LEAST), 1.0) if width > screen else 1.0,
    )


def _height(spine: Sequence[Spine], boxes: Mapping[str, Box], lane: float) -> float:
    """How high the drawing is: down to its lowest box, the rules under the lane, and a target's name with its note."""
    targets = [boxes[target.name] for part in spine for target in part.targets]
    feet = [box.y + box.height for box in boxes.values()]
    return max(*feet, lane + CLEAR + LABEL, *(box.y + box.height + LABEL + NOTE_LINE for box in targets)) + 6.0


def _placed(
    graph: Graph, spine: list[Spine], shapes: Mapping[str, Shape], start: float
) -> tuple[dict[str, Box], float]:
    """The boxes by name, the first of them at `start`, and how low the lane is."""
    columns = columns_of(spine)
    grids = {node.name: grid_of(shapes[node.name], as_row=False) for node in graph.nodes}
    cell = (_CELL[0], cell_height(graph, shapes, _CELL[1]))
    cells = {node.name: cell_of(node, shapes[node.name], cell) for node in graph.nodes}
    size = {name: size_of(grid, cells[name]) for name, grid in grids.items()}
    lane = max(LABEL + 3.0 + above_lane(node, columns, size) for node in graph.nodes)
    boxes: dict[str, Box] = {}
    for column, left in zip(columns, _lefts(graph, spine, columns, size, start), strict=True):
        below = lane + CLEAR
        for place, node in enumerate(column.nodes):
            across, high = size[node.name]
            y = lane - high / 2
            if not column.on_lane and place < column.over:
                y = lane - CLEAR - high
            elif not column.on_lane:
                y = below + LABEL
                below = y + high + 4.0
            # parameters stand as near to their op as they can
            corner = left + column.width(size) - across, y
            boxes[node.name] = box_at(node.name, shapes[node.name], grids[node.name], cells[node.name], corner)
    _place_titles(spine, boxes)
    return boxes, lane


def _title(graph: Graph, node: Node) -> str:
    """A node's formula, or the symbol of a leaf."""
    if node.op is None:
        return node.symbol
    text = node.op.formula.text
    for slot, name in zip((*node.op.inputs, node.op.output), (*node.inputs, node.name), strict=True):
        text = text.replace(f"${slot}", graph.by_name[name].symbol)
    return f"{node.symbol} = {text}"


def _lefts(
    graph: Graph, spine: Sequence[Spine], columns: Sequence[Column], size: Mapping[str, Point], start: float
) -> list[float]:
    """The left edge of each column: after the one before it, its title, and the rule in the gap."""
    parts = {part.op.name: part for part in spine}
    lefts = [start]
    for before, column in pairwise(columns):
        last, first = before.nodes[-1], column.nodes[0]
        gap = column.gap or 0.0
        if first.op is not None:
            gap = max(gap, _rule_gap(graph, parts[first.name], size))
        if last.op is not None and first.role not in ("target", "given"):
            gap = max(gap, title_width(graph, last) - size[last.name][0] + _APART)
        lefts.append(lefts[-1] + before.width(size) + gap)
    return lefts


def _rule_gap(graph: Graph, part: Spine, size: Mapping[str, Point]) -> float:
    """How wide the gap before an op must be for the rules of what feeds it, and of its parameters, to stand in it."""
    crowded = bool(part.hung)
    rule = text_width(rule_of(graph, part.op, part.feed))
    if not crowded:
        return rule + 34.0
    clear = 76.0 - reach_of(size[part.op.name][1])
    own = max(text_width(rule_of(graph, part.op, node)) for node in part.hung)
    return max(clear + rule + 2 * _APART, 54.0 + own / 2 + _APART)


def rule_of(graph: Graph, op: OpNode, wrt: Node) -> str:
    """The longest form of a rule, as it is written on its arrow."""
    names = {slot: graph.by_name[name].symbol for slot, name in zip(op.op.inputs, op.inputs, strict=True)}
    return rule_letters(op, wrt, names | {op.op.output: op.symbol})


def _place_titles(spine: Sequence[Spine], boxes: dict[str, Box]) -> None:
    """An op's title begins at its box; that of a loss runs over its target, whose own stands below it."""
    for part in spine:
        op = boxes[part.op.name]
        top = op.y
        for target in part.beside:
            box = boxes[target.name]
            boxes[target.name] = replace(box, title=(box.middle[0], box.y + box.height + LABEL - 4.0))
            top = min(top, box.y)
        boxes[part.op.name] = replace(op, title=(op.x, top - 8.0), anchor="start")


def _right(graph: Graph, spine: Sequence[Spine], boxes: Mapping[str, Box]) -> float:
    """How wide the drawing is: up to its last box, the loss's title, and what is written under the target."""
    loss = spine[-1]
    ends = [box.x + box.width for box in boxes.values()]
    ends.append(boxes[loss.op.name].x + title_width(graph, loss.op))
    ends += [boxes[target.name].middle[0] + _NOTE / 2 for target in loss.beside]
    return max(ends) + _MARGIN
