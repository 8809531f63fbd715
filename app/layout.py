"""Where everything stands in the picture, as numbers: boxes, cells, arrows. No colours, no SVG.

Public names: `Drawing`, `Box`, `Cell`, `Arrow`, `draw`.

A graph is drawn along a spine: its ops in order, each fed by the one before. What else an op takes hangs on the
spine: matrices above it, vectors below, targets under the op that compares with them. A value that is used further on
once more goes round what stands between. `wide` runs left to right, for a screen 16:9, and draws closer what would have
no room; `tall` runs top to bottom, for a phone. Lengths are in user units, about a CSS pixel at 1280 × 720 (wide)
or at 390 wide (tall). The drawing depends on graph and shapes alone, so a step never moves anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from app.engine import Graph, Node, Shape

Point = tuple[float, float]
# A start, then cubic Bézier pieces one after the other: two control points and an end each.
Curve = tuple[Point, ...]
Orientation = Literal["wide", "tall"]
# How close together things stand: what styles take sizes of type from.
Density = Literal["roomy", "close", "closest"]
ORIENTATIONS: tuple[Orientation, ...] = ("wide", "tall")

WIDE_WIDTH, LABEL = 1280.0, 26.0
# From the lane to the title of a vector that hangs below it.
BELOW = 42.0
TALL_WIDTH, TALL_MARGIN, TALL_GAP = 390.0, 8.0, 54.0
PAD, GAP = 8.0, 6.0
# Half the distance between an arrow and its way back.
APART = 11.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry: its index (empty for a scalar) and its rectangle."""

    index: tuple[int, ...]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Box:
    """A node: its rectangle, its cells in reading order, and the point where the middle of its title stands."""

    name: str
    x: float
    y: float
    width: float
    height: float
    cells: tuple[Cell, ...]
    title: Point

    @property
    def middle(self) -> Point:
        """The centre of the rectangle."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge from the node `source` to the node `target`: the way forward, the way back, where its rule stands."""

    source: str
    target: str
    forward: Curve
    backward: Curve
    label: Point
    anchor: Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture of width × height user units; boxes in the graph's order, which is the order of focus."""

    orientation: Orientation
    density: Density
    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def draw(graph: Graph, shapes: Mapping[str, Shape], orientation: Orientation) -> Drawing:
    """Lay a graph out; `shapes` holds the shape of every node."""
    return _drawn(graph, tuple(sorted(shapes.items())), orientation)


@lru_cache(maxsize=64)
def _drawn(graph: Graph, shapes: tuple[tuple[str, Shape], ...], orientation: Orientation) -> Drawing:
    return (_wide if orientation == "wide" else _tall)(graph, dict(shapes))


@dataclass(frozen=True)
class _Spine:
    """One op with what hangs on it: the node that feeds it along the spine, the leaves that it is the first to use, and
    the nodes that come to it from further back."""

    op: Node
    feed: Node
    above: list[Node]
    below: list[Node]
    targets: list[Node]
    skips: list[Node]


def _spine(graph: Graph, shapes: Mapping[str, Shape]) -> list[_Spine]:
    found: list[_Spine] = []
    placed: set[str] = set()
    for op in graph.ops:
        inputs = [graph.by_name[name] for name in dict.fromkeys(op.inputs)]
        before = found[-1].op if found else None
        feed = before if before in inputs else next((node for node in inputs if node.role == "input"), inputs[0])
        assert feed is not None
        rest = [node for node in inputs if node is not feed and node.name not in placed]
        parameters = [node for node in rest if node.role != "target"]
        found.append(
            _Spine(
                op,
                feed,
                [node for node in parameters if len(shapes[node.name]) == 2],
                [node for node in parameters if len(shapes[node.name]) < 2],
                [node for node in rest if node.role == "target"],
                [node for node in inputs if node is not feed and node.name in placed],
            )
        )
        placed.update(op.inputs, [op.name])
    return found


def _grid(shape: Shape, *, as_row: bool) -> tuple[int, int]:
    """Rows and columns of a node's cells; a vector has no direction of its own and may lie down."""
    if len(shape) == 2:
        return shape[0], shape[1]
    count = shape[0] if shape else 1
    return (1, count) if as_row else (count, 1)


def _size(grid: tuple[int, int], cell: Point) -> Point:
    rows, columns = grid
    return 2 * PAD + columns * (cell[0] + GAP) - GAP, 2 * PAD + rows * (cell[1] + GAP) - GAP


def _box(node: Node, shape: Shape, grid: tuple[int, int], cell: Point, corner: Point, head: float = 0.0) -> Box:
    """A box with its corner there. A `head` above 0 keeps room for the title inside; else it stands above."""
    width, height = _size(grid, cell)
    x, y = corner
    cells = []
    for place in range(grid[0] * grid[1]):
        row, column = divmod(place, grid[1])
        index = (row, column) if len(shape) == 2 else (place,) if shape else ()
        left, top = x + PAD + column * (cell[0] + GAP), y + head + PAD + row * (cell[1] + GAP)
        cells.append(Cell(index, left, top, *cell))
    # over a target, the arrow to its op takes the middle, and the way back from it the left
    across = width * 3 / 4 if node.role == "target" and not head else width / 2
    title = (x + across, y + head - 4 if head else y - 10)
    return Box(node.name, x, y, width, height + head, tuple(cells), title)


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


def _wide(graph: Graph, shapes: Mapping[str, Shape]) -> Drawing:
    spine = _spine(graph, shapes)
    columns = _columns(spine)
    grids = {node.name: _grid(shapes[node.name], as_row=node.role in ("parameter", "target")) for node in graph.nodes}
    sizes = next((sizes for sizes in _SIZES if _room(columns, grids, sizes) >= 0.0), _SIZES[-1])
    size = {name: _size(grid, sizes.cell) for name, grid in grids.items()}
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
            boxes[node.name] = _box(node, shapes[node.name], grids[node.name], sizes.cell, (x, y))
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
        wide, high = size[self.before.name]
        reach = wide if self.over and high / 2 + 12.0 <= BELOW + LABEL else 0.0
        return max([*widths[: self.over], *(width - reach for width in widths[self.over :])])

    def offset(self, node: Node, size: Mapping[str, Point]) -> float:
        """Where a node of it begins, from its left edge."""
        spare = self.width(size) - size[node.name][0]
        return spare if spare < 0 and not self.on_lane else spare / 2


def _columns(spine: list[_Spine]) -> list[_Column]:
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


def _letters(op: Node, wrt: Node) -> int:
    """About how many letters the VJP with respect to a node has, as it is written on its arrow."""
    assert op.op is not None
    slot = op.op.inputs[op.inputs.index(wrt.name)]
    if slot not in op.op.vjps:
        return 0
    rule = op.op.vjps[slot]
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


def _room(columns: list[_Column], grids: Mapping[str, tuple[int, int]], sizes: _Sizes) -> float:
    """What the rules in the gaps leave over, or below 0, what they lack."""
    size = {name: _size(grid, sizes.cell) for name, grid in grids.items()}
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
            _curve((x, low), (x, high), upright=True),
            _curve((x, high), (x, low), upright=True),
            (x + 10, (low + high) / 2),
            "start",
        )
    left, right = source.x + source.width, target.x
    leaves = lane if source.y < lane < source.y + source.height else start[1]
    # as far from the lane as the box goes, but not further than is good to see
    reach = min(56.0, target.height / 2 - APART - 8)
    lean = 0.0 if leaves == lane else reach if leaves > lane else -reach
    out, back = (
        _curve((left, leaves - APART), (right, lane + lean - APART)),
        _curve((right, lane + lean + APART), (left, leaves + APART)),
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
    out = _bend([(begin - APART, low), (begin - APART, rail + APART), (end + APART, rail + APART), (end + APART, high)])
    back = _bend(
        [(end - APART, high), (end - APART, rail - APART), (begin + APART, rail - APART), (begin + APART, low)]
    )
    return Arrow(source.name, target.name, out, back, (end - 34.0, rail - APART - 10), "end")


def _bend(points: list[Point], radius: float = 20.0) -> Curve:
    """A line through points, round at its corners, as cubic pieces one after the other."""
    curve: list[Point] = [points[0]]
    for i, corner in enumerate(points[1:-1], 1):
        before, after = _towards(corner, points[i - 1], radius), _towards(corner, points[i + 1], radius)
        curve += [curve[-1], before, before, corner, corner, after]
    return (*curve, curve[-1], points[-1], points[-1])


def _towards(start: Point, end: Point, way: float) -> Point:
    """The point that lies `way` from `start` on the line to `end`, or half of the line if it is shorter."""
    (x, y), (a, b) = start, end
    share = min(0.5, way / max(abs(a - x) + abs(b - y), 1.0))
    return x + (a - x) * share, y + (b - y) * share


def _curve(start: Point, end: Point, *, upright: bool = False) -> Curve:
    """A curve that leaves and arrives along the direction of flow."""
    if upright:
        middle = (start[1] + end[1]) / 2
        return start, (start[0], middle), (end[0], middle), end
    middle = (start[0] + end[0]) / 2
    return start, (middle, start[1]), (middle, end[1]), end


def _tall(graph: Graph, shapes: Mapping[str, Shape]) -> Drawing:
    """Bands from top to bottom: the leaves of an op side by side, like the equation, then the op itself."""
    head = 28.0
    boxes: dict[str, Box] = {}
    arrows: list[Arrow] = []
    y = 4.0
    spine = _spine(graph, shapes)
    skipping = {node.name for part in spine for node in part.skips}
    for part in spine:
        leaves = [*part.above, *([part.feed] if part.feed.op is None else []), *part.below]
        leaves.sort(key=lambda node: node.name not in skipping)  # on the side where there is a way past the others
        ends = y - TALL_GAP
        if leaves:
            ends = _band(leaves, shapes, boxes, y, (62.0, 50.0), head)
            y = ends + TALL_GAP
        y = _band([part.op, *part.targets], shapes, boxes, y, (84.0 if not part.targets else 60.0, 50.0), head)
        y += TALL_GAP
        for node in (graph.by_name[name] for name in dict.fromkeys(part.op.inputs)):
            source, target = boxes[node.name], boxes[part.op.name]
            if node in part.skips:
                arrows.append(_beside(source, target))
            elif node is part.feed and leaves and node not in leaves:
                arrows.append(_between(source, target, [boxes[leaf.name] for leaf in leaves], ends))
            else:
                arrows.append(_tall_arrow(source, target, aside=node.name in skipping))
    return Drawing(
        "tall", "roomy", TALL_WIDTH, y - TALL_GAP + 6, tuple(boxes[node.name] for node in graph.nodes), tuple(arrows)
    )


def _band(
    nodes: list[Node], shapes: Mapping[str, Shape], boxes: dict[str, Box], y: float, cell: Point, head: float
) -> float:
    """Place nodes side by side, spread over the width; returns where the band ends."""
    grids = [_grid(shapes[node.name], as_row=node.op is not None or node.role == "target") for node in nodes]
    cells = [(126.0, cell[1]) if not shapes[node.name] else cell for node in nodes]
    sizes = [_size(grid, size) for grid, size in zip(grids, cells, strict=True)]
    free = TALL_WIDTH - 2 * TALL_MARGIN - sum(width for width, _ in sizes)
    gap = free / (len(nodes) - 1) if len(nodes) > 1 else 0.0
    x = TALL_MARGIN if len(nodes) > 1 else (TALL_WIDTH - sizes[0][0]) / 2
    for node, grid, size, (width, _) in zip(nodes, grids, cells, sizes, strict=True):
        boxes[node.name] = _box(node, shapes[node.name], grid, size, (x, y), head)
        x += width + gap
    return y + max(height for _, height in sizes) + head


def _tall_arrow(source: Box, target: Box, *, aside: bool) -> Arrow:
    if source.y >= target.y:  # a target stands beside its op
        left, right, y = target.x + target.width, source.x, target.middle[1]
        return Arrow(
            source.name,
            target.name,
            _curve((right, y), (left, y)),
            _curve((left, y), (right, y)),
            ((left + right) / 2, y - 8),
            "middle",
        )
    x, low = source.middle[0], source.y + source.height
    if aside:  # the left is for the arrow that goes past
        x = source.x + source.width - 22
    # arrive inside the box, as near to straight below as it allows
    into = min(max(x, target.x + 34), target.x + target.width - 34)
    x = into if source.x + 20 < into < source.x + source.width - 20 else x
    out = _curve((x - APART, low), (into - APART, target.y), upright=True)
    back = _curve((into + APART, target.y), (x + APART, low), upright=True)
    return Arrow(source.name, target.name, out, back, ((x + into) / 2 + APART + 8, (low + target.y) / 2 + 6), "start")


def _between(source: Box, target: Box, band: list[Box], ends: float) -> Arrow:
    """Down through the widest gap of a band, then to the middle of the op."""
    gaps = [
        (b.x - (a.x + a.width), (a.x + a.width + b.x) / 2) for a, b in pairwise(sorted(band, key=lambda box: box.x))
    ]
    x = max(gaps)[1] if gaps else source.middle[0]
    into, low = target.middle[0], source.y + source.height
    out = (
        *_line((x - APART, low), (x - APART, ends)),
        *_curve((x - APART, ends), (into - APART, target.y), upright=True)[1:],
    )
    back = (
        *_curve((into + APART, target.y), (x + APART, ends), upright=True),
        *_line((x + APART, ends), (x + APART, low))[1:],
    )
    label = ((x + into) / 2 + APART + 8, (ends + target.y) / 2 + 6)
    return Arrow(source.name, target.name, out, back, label, "start")


def _line(start: Point, end: Point) -> Curve:
    return start, start, end, end


def _beside(source: Box, target: Box) -> Arrow:
    """Down beside the boxes between, then into the side of the op."""
    x, low, left, y = source.x + 20.0, source.y + source.height, target.x, target.middle[1]
    out = _bend([(x - APART, low), (x - APART, y + APART), (left, y + APART)])
    back = _bend([(left, y - APART), (x + APART, y - APART), (x + APART, low)])
    return Arrow(source.name, target.name, out, back, (x + APART + 8, y - APART - 8), "start")
