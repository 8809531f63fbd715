"""A drawing that runs from left to right, for a screen 16:9: ops on a lane, parameters above and below it.

What would have no room for its rules is drawn closer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.engine import Graph, Node, OpNode, Shape
from app.engine.ops import Vjp

from .figures import LEAST
from .parts import (
    APART,
    LABEL,
    WIDE_WIDTH,
    Arrow,
    Box,
    Drawing,
    Point,
    Spine,
    bend,
    box_at,
    cell_of,
    curve,
    grid_of,
    line,
    size_of,
    spine_of,
)

# From the lane to what stands above it, or to the title of what hangs below it.
CLEAR = 17.0
# No gap is wider: what is left over stands at the sides.
MOST_GAP = 190.0
# About the width of a letter of a loss's formula, whose signs are wide, and of the shape and the mark behind it.
FORMULA_LETTER, SHAPE = 9.4, 78.0
# How high a drawing may be, in CSS pixels at 1280 × 720, for card and timeline to share the screen with it; which part
# of the screen's width it takes where it is as wide as that; and how small its smallest letters may become.
MAX_HEIGHT, SCREEN, LEGIBLE = 390.0, 0.975, 13.0
# Cells of more than so many rows are lower, as everything above and below the lane is as high as they are.
FEW_ROWS, LOW = 3, 37.0
# Between an op and the target that it compares with, which are joined by no rule.
BESIDE = 32.0


@dataclass(frozen=True)
class _Sizes:
    """How large a wide drawing's parts are, a letter of a rule among them."""

    cell: Point
    letter: float
    margin: float


# The first of these that has room for all rules is taken, and else the last.
_SIZES = (
    _Sizes((88.0, 42.0), 9.2, 24.0),
    _Sizes((76.0, 42.0), 9.0, 16.0),
    _Sizes((68.0, 42.0), 8.8, 12.0),
    _Sizes((62.0, 42.0), 8.2, 6.0),
)


def fits(graph: Graph, shapes: Mapping[str, Shape]) -> bool:
    """Whether a graph has room in a drawing that is as wide as a screen: its rules do, and so do its titles. Those of
    one layer do, if it is no lone unit, whose title is above the rule of its row of weights; several have room where
    their names are short letters, and carry no number of a layer."""
    spine = spine_of(graph, shapes)
    grids = {node.name: grid_of(shapes[node.name], as_row=False) for node in graph.nodes}
    is_plain = all(len(node.symbol) <= 2 for node in graph.nodes) and shapes[spine[0].op.name] != (1,)
    return is_plain and _slack(columns_of(spine), grids, _SIZES[-1], WIDE_WIDTH) >= 0.0


def cell_height(graph: Graph, shapes: Mapping[str, Shape], height: float) -> float:
    """How high the cells of a drawing are that would be `height`: lower, where many stand over each other."""
    return LOW if max(shapes[node.name][0] for node in graph.nodes if shapes[node.name]) > FEW_ROWS else height


def canvas(height: float) -> float:
    """How wide a drawing so high is that is as wide as a screen, in user units: the more of them, the smaller it is."""
    return WIDE_WIDTH * max(1.0, SCREEN * min(height / MAX_HEIGHT, LEAST / LEGIBLE))


def wide(graph: Graph, shapes: Mapping[str, Shape]) -> Drawing:
    """Columns from left to right; `shapes` holds the shape of every node."""
    drawing = _laid_out(graph, shapes, WIDE_WIDTH)
    width = canvas(drawing.height)
    return drawing if width == WIDE_WIDTH else _laid_out(graph, shapes, width)


def _laid_out(graph: Graph, shapes: Mapping[str, Shape], width: float) -> Drawing:
    """The drawing, so wide."""
    spine = spine_of(graph, shapes)
    columns = columns_of(spine)
    grids = {node.name: grid_of(shapes[node.name], as_row=False) for node in graph.nodes}
    sizes = next((sizes for sizes in _SIZES if _slack(columns, grids, sizes, width) >= 0.0), _SIZES[-1])
    sizes = replace(sizes, cell=(sizes.cell[0], cell_height(graph, shapes, sizes.cell[1])))
    cells = {node.name: cell_of(node, shapes[node.name], sizes.cell) for node in graph.nodes}
    size = {name: size_of(grid, cells[name]) for name, grid in grids.items()}
    lane = max(LABEL + 3.0 + above_lane(node, columns, size) for node in graph.nodes)
    boxes: dict[str, Box] = {}
    for column, left in zip(columns, _spread(columns, size, sizes, width), strict=True):
        below = lane + CLEAR
        for place, node in enumerate(column.nodes):
            across, high = size[node.name]
            if column.on_lane:
                y = lane - high / 2
            elif place < column.over:
                y = lane - CLEAR - high
            else:
                y = below + LABEL
                below = y + high + 4.0
            corner = left + (column.width(size) - across) / 2, y
            boxes[node.name] = box_at(node.name, shapes[node.name], grids[node.name], cells[node.name], corner)
    _place_titles(spine, boxes)
    skips = {(node.name, part.op.name) for part in spine for node in part.skips}
    above = {node.name for part in spine for node in part.above}
    rail = _rail([boxes[name] for name in boxes if name not in above], [boxes[op] for _, op in skips])
    arrows = tuple(
        _around(boxes[name], boxes[part.op.name], rail)
        if (name, part.op.name) in skips
        else wide_arrow(boxes[name], boxes[part.op.name], lane, crowded=bool(part.hung))
        for part in spine
        for name in dict.fromkeys(part.op.inputs)
    )
    lowest = max(box.y + box.height for box in boxes.values())
    height = max(lowest, *([rail + APART] if skips else []), lane + CLEAR + LABEL) + 6.0
    return Drawing("wide", width, height, tuple(boxes[node.name] for node in graph.nodes), arrows)


def _place_titles(spine: list[Spine], boxes: dict[str, Box]) -> None:
    """Where a target stands beside its op, its name goes below it, so that the formula of the op has room up to the
    target's far end; where it fits between the boxes, it stands at its own."""
    for part in spine:
        for target in part.beside:
            box, op, feed = boxes[target.name], boxes[part.op.name], boxes[part.feed.name]
            boxes[target.name] = replace(box, title=(box.middle[0], box.y + box.height + LABEL - 4.0))
            between = op.x + op.width - (feed.x + feed.width)
            if FORMULA_LETTER * _formula(part.op) + SHAPE < between:
                boxes[part.op.name] = replace(op, title=(op.x + op.width, op.title[1]), anchor="end")
            else:
                boxes[part.op.name] = replace(op, title=(box.x + box.width, min(box.y, feed.y) - 8.0), anchor="end")


def _formula(op: OpNode) -> int:
    """About how many letters an op's formula has."""
    return len(op.op.formula.text.replace("$y", "y*").replace("$", "")) + len(op.symbol) + 3


@dataclass(frozen=True)
class Column:
    """Nodes that stand over each other: one on the lane, or parameters, of which the first `over` stand above the lane
    and the others hang below it.

    `letters` is how long the rule in the gap before it is, and `gap` how wide that is where nothing is written there.
    """

    nodes: list[Node]
    letters: int = 0
    over: int = 0
    gap: float = 0.0
    on_lane: bool = True

    def width(self, size: Mapping[str, Point]) -> float:
        """What it takes of the drawing's width."""
        return max(size[node.name][0] for node in self.nodes)


def above_lane(node: Node, columns: list[Column], size: Mapping[str, Point]) -> float:
    """How far a box reaches above the lane."""
    column = next(column for column in columns if node in column.nodes)
    high = size[node.name][1]
    if column.on_lane:
        return high / 2
    return CLEAR + high if node in column.nodes[: column.over] else 0.0


def columns_of(spine: list[Spine]) -> list[Column]:
    """The columns from left to right."""
    columns: list[Column] = []
    for part in spine:
        if part.feed.op is None and not columns:
            columns.append(Column([part.feed]))
        if part.hung:
            # an op's title, a formula, is wider than its box
            gap = 40.0 if part.feed.op else 26.0
            columns.append(Column(part.hung, over=len(part.above), gap=gap, on_lane=False))
        # between parameters and their op stands the rule of the parameter, beside the one of the feed, both short
        alone = not part.hung
        columns.append(Column([part.op], _letters(part.op, part.feed) if alone else 4))
        columns += [Column([target], gap=BESIDE) for target in part.beside]
    return columns


def _letters(op: OpNode, wrt: Node) -> int:
    """About how many letters the VJP with respect to a node has, as it is written on its arrow."""
    return len(rule_letters(op, wrt, {"y": "y*"}))


def rule_letters(op: OpNode, wrt: Node, names: Mapping[str, str]) -> str:
    """The VJP with respect to a node, in the longest of its forms, with these names for slots; empty if it has none."""
    slot = op.op.inputs[op.inputs.index(wrt.name)]
    if slot not in op.op.vjps:
        return ""
    rule = op.op.vjps[slot]
    return max((_written(form, names) for form in (rule, rule.general) if form), key=len)


def _written(rule: Vjp, names: Mapping[str, str]) -> str:
    """A rule's formula, with the slot itself where there is no name for one."""
    text = rule.formula.text.replace("$local", rule.local.formula.text if rule.local else "")
    for slot, name in names.items():
        text = text.replace(f"${slot}", name)
    return text.replace("$", "")


def _needs(columns: list[Column], sizes: _Sizes) -> list[float]:
    """How wide the gap before each column but the first must be."""
    return [column.gap or sizes.letter * column.letters + 22.0 for column in columns[1:]]


def _free(columns: list[Column], size: Mapping[str, Point], sizes: _Sizes, width: float) -> float:
    """What boxes and margins leave for the gaps."""
    return width - 2 * sizes.margin - sum(column.width(size) for column in columns)


def _slack(columns: list[Column], grids: Mapping[str, tuple[int, int]], sizes: _Sizes, width: float) -> float:
    """What the rules in the gaps leave over, or below 0, what they lack."""
    size = {name: size_of(grid, sizes.cell) for name, grid in grids.items()}
    return _free(columns, size, sizes, width) - sum(_needs(columns, sizes))


def _spread(columns: list[Column], size: Mapping[str, Point], sizes: _Sizes, width: float) -> list[float]:
    """The left edge of each column. Gaps are as even as their rules allow: those with long ones get what these need."""
    needs = _needs(columns, sizes)
    written = [need for need, column in zip(needs, columns[1:], strict=True) if not column.gap]
    level = min(_level(written, _free(columns, size, sizes, width) - (sum(needs) - sum(written))), MOST_GAP)
    lefts = [sizes.margin]
    for column, need, following in zip(columns, needs, columns[1:], strict=False):
        lefts.append(lefts[-1] + column.width(size) + (need if following.gap else max(need, level)))
    right = lefts[-1] + columns[-1].width(size)
    return [left + (width - sizes.margin - right) / 2 for left in lefts]


def _level(needs: list[float], free: float) -> float:
    """The gap such that, where each is that or its need, all together are `free`."""
    for count in range(len(needs), 0, -1):
        small = sorted(needs)[:count]
        level = (free - sum(needs) + sum(small)) / count
        if level >= small[-1]:
            return level
    return min(needs)


def _rail(boxes: list[Box], ends: list[Box]) -> float:
    """How low an arrow runs that goes round everything between."""
    left = max((box.x for box in ends), default=0.0)
    return max((box.y + box.height for box in boxes if box.x <= left), default=0.0) + 34.0


def reach_of(height: float) -> float:
    """How far from the lane arrows from above and below end on a box: as far as it goes, but no further than is good to
    see."""
    return min(56.0, height / 2 - APART - 8)


def wide_arrow(source: Box, target: Box, lane: float, *, crowded: bool) -> Arrow:
    """Along the lane, or to it from above or below; `crowded` is whether other arrows end beside it."""
    start = source.middle
    if source.x > target.x:  # a target, beside its op
        here, there = (source.x, lane), (target.x + target.width, lane)
        label = ((here[0] + there[0]) / 2, lane + APART + 25)
        return Arrow(source.name, target.name, line(here, there), line(there, here), label, "middle")
    left, right = source.x + source.width, target.x
    leaves = lane if source.y < lane < source.y + source.height else start[1]
    reach = reach_of(target.height)
    lean = 0.0 if leaves == lane else reach if leaves > lane else -reach
    out, back = (
        curve((left, leaves - APART), (right, lane + lean - APART)),
        curve((right, lane + lean + APART), (left, leaves + APART)),
    )
    if lean:  # beside the curve's start, on the side away from the lane
        label = (left + 54.0, leaves - APART - 12 if lean < 0 else leaves + APART + 25)
        return Arrow(source.name, target.name, out, back, label, "middle")
    # before the box it starts from, whatever its length; the flatter that box, the nearer come curves from below
    clear = (20.0 if crowded else 9.0) + (56.0 - reach if crowded else 0.0)
    return Arrow(source.name, target.name, out, back, (right - clear, lane + APART + 25), "end")


def _around(source: Box, target: Box, rail: float) -> Arrow:
    """Down from one box, along under all between, and up to the other; the way back inside the way out."""
    begin, end = source.middle[0], target.middle[0]
    low, high = source.y + source.height, target.y + target.height
    out = bend([(begin - APART, low), (begin - APART, rail + APART), (end + APART, rail + APART), (end + APART, high)])
    back = bend([(end - APART, high), (end - APART, rail - APART), (begin + APART, rail - APART), (begin + APART, low)])
    return Arrow(source.name, target.name, out, back, (end - 34.0, rail - APART - 10), "end")
