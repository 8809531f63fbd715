"""A drawing for the back row of a lecture hall: as large as the room under the projector lets it be.

The ops stand on a lane from left to right. The matrix of an op hangs above it, its vectors lie below it, and so does
the target of a loss: all arrows but those of the lane are upright, and no rule is in the way of another. The drawing is
made for type of `TYPE` units and then enlarged to its room. What does not fit its room at that size is drawn in part,
see `close_up`.

All of it hangs on graph, shapes and the longest number of each node in either pass, so no step moves anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.engine import Graph, Node, Shape

from .figures import SIDE, ems
from .long import text_width
from .parts import (
    APART,
    Arrow,
    Box,
    Drawing,
    Inside,
    Orientation,
    Point,
    Spine,
    bend,
    box_at,
    curve,
    grid_of,
    line,
    size_of,
    spine_of,
)

# The stage is 720 units high on every screen, and a value's type is 4.4 % of that.
HEIGHT, TYPE = 720.0, 32.0
# What the sentence, the row of steps and the edges leave of the stage, by its shape: a screen 16:10 or wider, and 4:3.
ROOMS: Mapping[Orientation, Point] = {"stage": (1128.0, 576.0), "narrow": (936.0, 576.0)}
STAGES: tuple[Orientation, ...] = ("stage", "narrow")
# No drawing is enlarged by more.
MOST = 1.8
# The type of names, which stand above their boxes, and of rules.
NAME, RULE = 30.0, 26.0
# How high a cell is, with a value and a gradient below it, and how wide at least.
_HIGH, _LEAST = 58.0, 64.0
TITLE = 34.0
# From box to box: on the lane, between what hangs over it or lies below it, and from the lane up and down to these.
_LANE_GAP, BESIDE, _ABOVE, _BELOW = 40.0, 26.0, 14.0, 34.0
# How low a way runs that goes round all between its ends.
_RAIL = 30.0
# How wide a cell may be: the first of these with which the network fits its room. Longer numbers are squeezed.
_WIDEST = (math.inf, 130.0, 118.0, 106.0)
# The letters of a rule against those that `text_width` measures.
_LETTER = RULE / 20.0


def inside_cell(width: float, *, has_grad: bool) -> Inside:
    """Where things stand in a cell of the stage: a value alone, or with a gradient below it."""
    return Inside(width / 2, 27.0 if has_grad else 40.0, 54.0, _HIGH / 2)


@dataclass(frozen=True)
class Sizes:
    """How large things are on the stage, where no cell is wider than `most`. What lies down has its cells in a row."""

    shapes: Mapping[str, Shape]
    widest: Mapping[str, str]
    most: float

    def cell(self, node: Node) -> Point:
        """The size of a node's cells."""
        return min(self.most, max(_LEAST, ems(self.widest[node.name]) * TYPE + 2 * SIDE)), _HIGH

    def box(self, node: Node, *, as_row: bool = False) -> Point:
        """The size of a node's box."""
        return size_of(grid_of(self.shapes[node.name], as_row=as_row), self.cell(node))

    def at(self, node: Node, corner: Point, *, as_row: bool = False) -> Box:
        """A node's box there, its name above its left corner, or left of it where it lies down."""
        shape = self.shapes[node.name]
        box = box_at(node.name, shape, grid_of(shape, as_row=as_row), self.cell(node), corner)
        at = (box.x - 8.0, box.middle[1] + 10.0) if as_row else (box.x + 2.0, box.y - 6.0)
        return replace(box, title=at, anchor="end" if as_row else "start")


def staged(graph: Graph, shapes: Mapping[str, Shape], widest: Mapping[str, str], kind: Orientation) -> Drawing | None:
    """A network for one of the ROOMS; None where it does not fit. `widest` is the longest number of each node."""
    for most in _WIDEST:
        drawing = _on_a_lane(graph, Sizes(shapes, widest, most), kind)
        if drawing is not None:
            return drawing
    return None


def _on_a_lane(graph: Graph, sizes: Sizes, kind: Orientation) -> Drawing | None:
    spine = spine_of(graph, sizes.shapes)
    lane = [spine[0].feed, *(part.op for part in spine)]
    below = _lying(spine, sizes)
    half = max(sizes.box(node)[1] for node in lane) / 2
    hung = max((sizes.box(leaf)[1] + _ABOVE + TITLE for part in spine for leaf in part.above), default=0.0)
    row = max((sizes.box(node, as_row=True)[1] for node, _ in below), default=-_BELOW)
    middle, foot = half + TITLE + hung, half + _BELOW + row
    high = middle + foot + (_RAIL + APART if any(part.skips for part in spine) else 0.0)
    middles = _middles(lane, spine, sizes, 0.0)
    wide = max(_extent(lane, spine, sizes, middles), sum(width for _, width in below) + BESIDE * (len(below) - 1))
    room = ROOMS[kind]
    scale = min(room[0] / wide, room[1] / high, MOST)
    if scale < 1.0:
        return None
    width, height = room[0] / scale, room[1] / scale
    middles = _spread(lane, spine, sizes, width)
    y = middle + (height - high) / 2
    boxes = _boxes(lane, spine, sizes, middles, y, y - half - TITLE - _ABOVE)
    _lie_down(below, spine, sizes, boxes, y + foot - row, width)
    arrows = tuple(arrow for part in spine for arrow in _arrows(graph, part, boxes, y + foot + _RAIL))
    return Drawing(kind, width, height, tuple(boxes[node.name] for node in graph.nodes), arrows, tip=18.0)


def _hung(part: Spine | None, sizes: Sizes) -> float:
    """How wide all is that hangs over an op."""
    widths = [sizes.box(leaf)[0] for leaf in part.above] if part else []
    return sum(widths) + BESIDE * max(0, len(widths) - 1)


def _middles(lane: Sequence[Node], spine: Sequence[Spine], sizes: Sizes, spare: float) -> list[float]:
    """The middle of each column from the left edge, where each gap of the lane is `spare` wider than it must be."""
    parts = [None, *spine]
    found: list[float] = []
    right = hung_right = 0.0  # where the last box of the lane ends, and the last that hangs above
    for place, (node, part) in enumerate(zip(lane, parts, strict=True)):
        half, hung = sizes.box(node)[0] / 2, _hung(part, sizes) / 2
        middle = right + (_LANE_GAP + spare if place else 0.0) + half
        if hung:
            middle = max(middle, hung_right + hung)
            hung_right = middle + hung + BESIDE
        found.append(middle)
        right = middle + half
    return found


def _extent(lane: Sequence[Node], spine: Sequence[Spine], sizes: Sizes, middles: Sequence[float]) -> float:
    """How far to the right the lane reaches, and what hangs over it."""
    return max(
        middle + max(sizes.box(node)[0], _hung(part, sizes)) / 2
        for node, part, middle in zip(lane, (None, *spine), middles, strict=True)
    )


def _spread(lane: Sequence[Node], spine: Sequence[Spine], sizes: Sizes, width: float) -> list[float]:
    """The same over a whole width, between two margins."""
    bare = _middles(lane, spine, sizes, 0.0)
    spare = (width - _extent(lane, spine, sizes, bare)) / len(lane)
    found = _middles(lane, spine, sizes, spare)
    left = (width - _extent(lane, spine, sizes, found)) / 2
    return [middle + left for middle in found]


def _lying(spine: Sequence[Spine], sizes: Sizes) -> list[tuple[Node, float]]:
    """What lies below the lane, from left to right, with the width of its box and its name."""
    return [
        (node, sizes.box(node, as_row=True)[0] + name_width(node) + 12.0)
        for part in spine
        for node in (*part.below, *part.targets)
    ]


def name_width(node: Node) -> float:
    """About how wide a node's name is."""
    return text_width(node.symbol) * NAME / 20.0 + 10.0


def _boxes(
    lane: Sequence[Node], spine: Sequence[Spine], sizes: Sizes, middles: Sequence[float], y: float, above: float
) -> dict[str, Box]:
    """The boxes on the lane, whose middle is at `y`, and those that end `above` it."""
    boxes: dict[str, Box] = {}
    for node, part, middle in zip(lane, (None, *spine), middles, strict=True):
        across, high = sizes.box(node)
        box = boxes[node.name] = sizes.at(node, (middle - across / 2, y - high / 2))
        if part and part.above:  # its name stands beside the arrow from there
            at = min(box.title[0], middle - 2 * APART - name_width(node))
            boxes[node.name] = replace(box, title=(at, box.title[1]))
        left = middle - _hung(part, sizes) / 2
        for leaf in part.above if part else ():
            wide, tall = sizes.box(leaf)
            boxes[leaf.name] = sizes.at(leaf, (left, above - tall))
            left += wide + BESIDE
    return boxes


def _lie_down(
    below: Sequence[tuple[Node, float]],
    spine: Sequence[Spine],
    sizes: Sizes,
    boxes: dict[str, Box],
    y: float,
    width: float,
) -> None:
    """Place what lies below the lane: each as near to the middle of its op as its neighbours let it."""
    ops = {node.name: part.op.name for part in spine for node in (*part.below, *part.targets)}
    names = [name_width(node) + 12.0 for node, _ in below]
    lefts: list[float] = []
    end = 0.0
    for (node, across), name in zip(below, names, strict=True):
        wish = boxes[ops[node.name]].middle[0] - (across - name) / 2 - name
        lefts.append(max(wish, end))
        end = lefts[-1] + across + BESIDE
    end = width
    for place in reversed(range(len(lefts))):
        lefts[place] = min(lefts[place], end - below[place][1])
        end = lefts[place] - BESIDE
    for (node, _), name, left in zip(below, names, lefts, strict=True):
        boxes[node.name] = sizes.at(node, (left + name, y), as_row=True)


def _arrows(graph: Graph, part: Spine, boxes: Mapping[str, Box], rail: float) -> list[Arrow]:
    """Those that end on an op."""
    op, found = boxes[part.op.name], []
    for node in (graph.by_name[name] for name in dict.fromkeys(part.op.inputs)):
        source = boxes[node.name]
        if node in part.skips:
            found.append(_around(source, op, rail))
        elif node is part.feed:
            found.append(_along(source, op))
        else:
            found.append(_upright(source, op))
    return found


def _along(source: Box, target: Box) -> Arrow:
    """Along the lane, with its rule below the way back."""
    y, left, right = source.middle[1], source.x + source.width, target.x
    out, back = line((left, y - APART), (right, y - APART)), line((right, y + APART), (left, y + APART))
    return Arrow(source.name, target.name, out, back, ((left + right) / 2, y + APART + RULE + 6.0), "middle")


def _upright(source: Box, target: Box) -> Arrow:
    """Straight up or down, from where that is possible, with its rule to the right of it."""
    goes_down = source.y < target.y
    start = source.y + source.height if goes_down else source.y
    end = target.y if goes_down else target.y + target.height
    into = target.middle[0]
    x = min(max(into, source.x + 30.0), source.x + source.width - 30.0)
    out = curve((x - APART, start), (into - APART, end), upright=True)
    back = curve((into + APART, end), (x + APART, start), upright=True)
    label = (x + into) / 2 + 2 * APART, (start + end) / 2 + (12.0 if goes_down else 8.0)
    return Arrow(source.name, target.name, out, back, label, "start")


def _around(source: Box, target: Box, rail: float) -> Arrow:
    """Down from one box, along under all between, and up to the other; the way back inside the way out."""
    begin, end = source.middle[0], target.middle[0]
    low, high = source.y + source.height, target.y + target.height
    out = bend([(begin - APART, low), (begin - APART, rail + APART), (end + APART, rail + APART), (end + APART, high)])
    back = bend([(end - APART, high), (end - APART, rail - APART), (begin + APART, rail - APART), (begin + APART, low)])
    return Arrow(source.name, target.name, out, back, (begin + 2 * APART + 6.0, rail - APART - 10.0), "start")


def room_for_rule(drawing: Drawing, arrow: Arrow, text: str) -> bool:
    """Whether a rule can be written on an arrow without meeting a box or a name."""
    width = text_width(text) * _LETTER + 8.0
    x, y = arrow.label
    left = x - width / 2 if arrow.anchor == "middle" else x
    right, top, bottom = left + width, y - RULE * 0.8, y + RULE * 0.25
    if left < 0.0 or top < 0.0 or right > drawing.width or bottom > drawing.height:
        return False
    rects = [(box.x, box.y, box.x + box.width, box.y + box.height) for box in drawing.boxes]
    rects += [_name_rect(box) for box in drawing.boxes]
    return not any(left < r[2] and r[0] < right and top < r[3] and r[1] < bottom for r in rects)


def _name_rect(box: Box) -> tuple[float, float, float, float]:
    """About where a name of two letters stands."""
    x, y = box.title
    left = x - 44.0 if box.anchor == "end" else x
    return left, y - NAME * 0.8, left + 44.0, y + NAME * 0.25
