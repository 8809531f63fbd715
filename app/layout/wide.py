"""A drawing that runs from left to right, for a screen 16:9: ops on a lane, parameters above and below it.

What would have no room for its rules is drawn closer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine import Graph, Node, OpNode, Shape
from app.engine.ops import Vjp

from .parts import (
    APART,
    LABEL,
    Arrow,
    Box,
    Density,
    Drawing,
    Point,
    Spine,
    bend,
    box_at,
    curve,
    grid_of,
    size_of,
    spine_of,
)

WIDE_WIDTH = 1280.0
# From the lane to the title of a vector that hangs below it.
BELOW = 42.0


@dataclass(frozen=True)
class _Sizes:
    """How large a wide drawing's parts are, a letter of a rule among them."""

    density: Density
    cell: Point
    letter: float
    margin: float


# The first of these that has room for all rules is taken, and else the last.
_SIZES = (
    _Sizes("roomy", (86.0, 54.0), 8.0, 36.0),
    _Sizes("close", (72.0, 48.0), 7.2, 28.0),
    _Sizes("closest", (58.0, 44.0), 6.8, 18.0),
)


def wide(graph: Graph, shapes: Mapping[str, Shape]) -> Drawing:
    """Columns from left to right; `shapes` holds the shape of every node."""
    spine = spine_of(graph, shapes)
    columns = _columns(spine)
    grids = {node.name: grid_of(shapes[node.name], as_row=node.role in ("parameter", "target")) for node in graph.nodes}
    sizes = next((sizes for sizes in _SIZES if _slack(columns, grids, sizes) >= 0.0), _SIZES[-1])
    size = {name: size_of(grid, sizes.cell) for name, grid in grids.items()}
    lefts = _spread(columns, size, sizes)
    above = {node.name for part in spine for node in part.above}
    over = max((size[name][1] + LABEL for name in above), default=0.0)
    tallest = max(size[node.name][1] for node in graph.nodes if node.name not in above) / 2 + LABEL
    lane = max(over + 26.0, tallest)
    boxes: dict[str, Box] = {}
    for column, left in zip(columns, lefts, strict=True):
        below = lane + BELOW
        for node in column.nodes:
            high = size[node.name][1]
            if node.name in above:
                y = lane - 26.0 - high
            elif node is column.nodes[0] and (node.op or node.role == "input"):
                y, below = lane - high / 2, lane + high / 2
            else:
                y = below + LABEL
                below = y + high
            x = left + column.offset(node, size)
            boxes[node.name] = box_at(node, shapes[node.name], grids[node.name], sizes.cell, (x, y))
    skips = {(node.name, part.op.name) for part in spine for node in part.skips}
    rail = _rail([boxes[name] for name in boxes if name not in above], [boxes[op] for _, op in skips])
    arrows = tuple(
        _around(boxes[name], boxes[part.op.name], rail)
        if (name, part.op.name) in skips
        else _wide_arrow(boxes[name], boxes[part.op.name], lane, crowded=bool(part.above or part.below))
        for part in spine
        for name in dict.fromkeys(part.op.inputs)
    )
    height = max([*(box.y + box.height for box in boxes.values()), *([rail + APART] if skips else [])]) + 20.0
    return Drawing("wide", sizes.density, WIDE_WIDTH, height, tuple(boxes[node.name] for node in graph.nodes), arrows)


@dataclass(frozen=True)
class _Column:
    """Nodes that stand over each other: the one on the lane and what hangs below it, or parameters, of which the first
    `over` stand above the lane. `letters` is how long the rule in the gap before it is, and `before` is the box on the
    other side of that gap."""

    nodes: list[Node]
    letters: int = 0
    over: int = 0
    before: Node | None = None

    @property
    def on_lane(self) -> bool:
        """Whether values flow through it, and not only past."""
        return bool(self.nodes[0].op) or self.nodes[0].role == "input"

    def width(self, size: Mapping[str, Point]) -> float:
        """What it takes of the lane. What hangs below an op reaches out of it, and so does a vector below a matrix: to
        the left, under the box before, if that is flat enough."""
        widths = [size[node.name][0] for node in self.nodes]
        if self.on_lane:
            return widths[0]
        assert self.before is not None
        across, high = size[self.before.name]
        reach = across if self.over and high / 2 + 12.0 <= BELOW + LABEL else 0.0
        return max([*widths[: self.over], *(width - reach for width in widths[self.over :])])

    def offset(self, node: Node, size: Mapping[str, Point]) -> float:
        """Where a node of it begins, from its left edge."""
        spare = self.width(size) - size[node.name][0]
        return spare if spare < 0 and not self.on_lane else spare / 2


def _columns(spine: list[Spine]) -> list[_Column]:
    """The columns from left to right."""
    columns: list[_Column] = []
    for part in spine:
        if part.feed.op is None and not columns:
            columns.append(_Column([part.feed]))
        if part.above or part.below:
            columns.append(_Column([*part.above, *part.below], over=len(part.above), before=part.feed))
        # between parameters and their op stands the rule of the parameter, beside the one of the feed, both short
        alone = not (part.above or part.below)
        columns.append(_Column([part.op, *part.targets], _letters(part.op, part.feed) if alone else 5))
    return columns


def _letters(op: OpNode, wrt: Node) -> int:
    """About how many letters the VJP with respect to a node has, as it is written on its arrow."""
    slot = op.op.inputs[op.inputs.index(wrt.name)]
    if slot not in op.op.vjps:
        return 0
    rule = op.op.vjps[slot]
    return max(_written(form) for form in (rule, rule.general) if form)


def _written(rule: Vjp) -> int:
    """About how many letters a rule's formula has."""
    text = rule.formula.text.replace("$local", rule.local.formula.text if rule.local else "")
    return len(text.replace("$y", "y*").replace("$", ""))


def _needs(columns: list[_Column], sizes: _Sizes) -> list[float]:
    """How wide the gap before each column but the first must be; before parameters nothing is written."""
    beside = {True: 48.0, False: 28.0}  # an op's title, a formula, is wider than its box
    return [
        sizes.letter * column.letters + 22.0
        if column.on_lane
        else beside[column.before is not None and column.before.op is not None]
        for column in columns[1:]
    ]


def _free(columns: list[_Column], size: Mapping[str, Point], sizes: _Sizes) -> float:
    """What boxes and margins leave for the gaps."""
    widths = [column.width(size) for column in columns]
    overhang = max(size[node.name][0] for node in columns[-1].nodes) - widths[-1]
    return WIDE_WIDTH - 2 * sizes.margin - sum(widths) - overhang / 2


def _slack(columns: list[_Column], grids: Mapping[str, tuple[int, int]], sizes: _Sizes) -> float:
    """What the rules in the gaps leave over, or below 0, what they lack."""
    size = {name: size_of(grid, sizes.cell) for name, grid in grids.items()}
    return _free(columns, size, sizes) - sum(_needs(columns, sizes))


def _spread(columns: list[_Column], size: Mapping[str, Point], sizes: _Sizes) -> list[float]:
    """The left edge of each column. Gaps are as even as their rules allow: those with long ones get what these need."""
    needs = _needs(columns, sizes)
    written = [need for need, column in zip(needs, columns[1:], strict=True) if column.on_lane]
    level = _level(written, _free(columns, size, sizes) - (sum(needs) - sum(written)))
    lefts = [sizes.margin]
    for column, need, following in zip(columns, needs, columns[1:], strict=False):
        lefts.append(lefts[-1] + column.width(size) + (max(need, level) if following.on_lane else need))
    return lefts


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


def _wide_arrow(source: Box, target: Box, lane: float, *, crowded: bool) -> Arrow:
    """Along the lane, or to it from above or below; `crowded` is whether other arrows end beside it."""
    start, end = source.middle, target.middle
    if source.x + source.width > target.x:  # a target, right under the op: straight up
        x, low, high = end[0], source.y, target.y + target.height
        return Arrow(
            source.name,
            target.name,
            curve((x, low), (x, high), upright=True),
            curve((x, high), (x, low), upright=True),
            (x + 10, (low + high) / 2),
            "start",
        )
    left, right = source.x + source.width, target.x
    leaves = lane if source.y < lane < source.y + source.height else start[1]
    # as far from the lane as the box goes, but not further than is good to see
    reach = min(56.0, target.height / 2 - APART - 8)
    lean = 0.0 if leaves == lane else reach if leaves > lane else -reach
    out, back = (
        curve((left, leaves - APART), (right, lane + lean - APART)),
        curve((right, lane + lean + APART), (left, leaves + APART)),
    )
    if lean:  # beside the curve's start, on the side away from the lane
        label = (left + 62.0, leaves - APART - 12 if lean < 0 else leaves + APART + 30)
        return Arrow(source.name, target.name, out, back, label, "middle")
    # before the box it starts from, whatever its length; the flatter that box, the nearer come curves from below
    clear = 14.0 + (56.0 - reach if crowded else 0.0)
    return Arrow(source.name, target.name, out, back, (right - clear, lane + APART + 25), "end")


def _around(source: Box, target: Box, rail: float) -> Arrow:
    """Down from one box, along under all between, and up to the other; the way back inside the way out."""
    begin, end = source.middle[0], target.middle[0]
    low, high = source.y + source.height, target.y + target.height
    out = bend([(begin - APART, low), (begin - APART, rail + APART), (end + APART, rail + APART), (end + APART, high)])
    back = bend([(end - APART, high), (end - APART, rail - APART), (begin + APART, rail - APART), (begin + APART, low)])
    return Arrow(source.name, target.name, out, back, (end - 34.0, rail - APART - 10), "end")
