"""Where everything stands in the picture, as numbers: boxes, cells, arrows. No colours, no SVG.

Public names: `Drawing`, `Box`, `Cell`, `Arrow`, `draw`.

A graph is drawn along a spine: its ops in order, each fed by the one before. What else an op takes hangs on the
spine: matrices above it, vectors below, targets under the op that compares with them. `wide` runs left to right, for
a screen 16:9; `tall` runs top to bottom, for a phone. Lengths are in user units, about a CSS pixel at 1280 × 720 (wide)
or at 390 wide (tall). The drawing depends on graph and shapes alone, so a step never moves anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app.engine import Graph, Node, Shape

Point = tuple[float, float]
# A cubic Bézier curve: start, two control points, end.
Curve = tuple[Point, Point, Point, Point]
Orientation = Literal["wide", "tall"]
ORIENTATIONS: tuple[Orientation, ...] = ("wide", "tall")

WIDE_WIDTH, WIDE_MARGIN, LABEL = 1280.0, 36.0, 26.0
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
    """One op with what hangs on it: the node that feeds it along the spine, and its other leaves."""

    op: Node
    feed: Node
    above: list[Node]
    below: list[Node]
    targets: list[Node]


def _spine(graph: Graph, shapes: Mapping[str, Shape]) -> Iterator[_Spine]:
    for op in graph.ops:
        inputs = [graph.by_name[name] for name in op.inputs]
        feed = next((node for node in inputs if node.op or node.role == "input"), inputs[0])
        rest = [node for node in inputs if node is not feed and node.op is None]
        parameters = [node for node in rest if node.role != "target"]
        yield _Spine(
            op,
            feed,
            [node for node in parameters if len(shapes[node.name]) == 2],
            [node for node in parameters if len(shapes[node.name]) < 2],
            [node for node in rest if node.role == "target"],
        )


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


def _wide(graph: Graph, shapes: Mapping[str, Shape]) -> Drawing:
    cell = (86.0, 54.0)
    spine = list(_spine(graph, shapes))
    grids = {node.name: _grid(shapes[node.name], as_row=node.role in ("parameter", "target")) for node in graph.nodes}
    size = {name: _size(grid, cell) for name, grid in grids.items()}
    # a column is a list of nodes; the middle row of the picture is the lane on which values flow
    columns: list[list[Node]] = []
    for part in spine:
        if part.feed.op is None:
            columns.append([part.feed])
        if part.above or part.below:
            columns.append([*part.above, *part.below])
        columns.append([part.op, *part.targets])
    middles = _spread(columns, size)
    above = [node for part in spine for node in part.above]
    over = max((size[node.name][1] + LABEL for node in above), default=0.0)
    tallest = max(size[node.name][1] for node in graph.nodes if node not in above) / 2 + LABEL
    lane = max(over + 26.0, tallest)
    boxes: dict[str, Box] = {}
    for column, middle in zip(columns, middles, strict=True):
        below = lane + 42.0
        for node in column:
            wide, high = size[node.name]
            if node in above:
                y = lane - 26.0 - high
            elif node is column[0] and (node.op or node.role == "input"):
                y, below = lane - high / 2, lane + high / 2
            else:
                y = below + LABEL
                below = y + high
            corner = (middle - wide / 2, y)
            boxes[node.name] = _box(node, shapes[node.name], grids[node.name], cell, corner)
    height = max(box.y + box.height for box in boxes.values()) + 20.0
    arrows = tuple(_wide_arrow(boxes[name], boxes[op.name], lane) for op in graph.ops for name in op.inputs)
    return Drawing("wide", WIDE_WIDTH, height, tuple(boxes[node.name] for node in graph.nodes), arrows)


def _spread(columns: list[list[Node]], size: Mapping[str, Point]) -> list[float]:
    """The middle of each column. Every gap that rules are written in gets the same width, between the boxes that stand
    on the lane; what hangs below those may reach into the gaps."""
    on_lane = [
        size[column[0].name][0] if column[0].op else max(size[node.name][0] for node in column) for column in columns
    ]
    last = max(size[node.name][0] for node in columns[-1])
    close = [28.0 if columns[i][0].op is None else 0.0 for i in range(1, len(columns))]  # nothing is written there
    free = WIDE_WIDTH - 2 * WIDE_MARGIN - sum(on_lane) - (last - on_lane[-1]) / 2 - sum(close)
    share = free / close.count(0.0)
    middles, x = [], WIDE_MARGIN
    for width, gap in zip(on_lane, [*close, 0.0], strict=True):
        middles.append(x + width / 2)
        x += width + (gap or share)
    return middles


def _wide_arrow(source: Box, target: Box, lane: float) -> Arrow:
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
    lean = 0.0 if leaves == lane else 56.0 if leaves > lane else -56.0
    out, back = (
        _curve((left, leaves - APART), (right, lane + lean - APART)),
        _curve((right, lane + lean + APART), (left, leaves + APART)),
    )
    if lean:  # beside the curve's start, on the side away from the lane
        label = (left + 62.0, leaves - APART - 12 if lean < 0 else leaves + APART + 30)
        return Arrow(source.name, target.name, out, back, label, "middle")
    # before the box it starts from, whatever its length
    return Arrow(source.name, target.name, out, back, (right - 14.0, lane + APART + 25), "end")


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
    y = 4.0
    for part in _spine(graph, shapes):
        leaves = [*part.above, *([part.feed] if part.feed.op is None else []), *part.below]
        if leaves:
            y = _band(leaves, shapes, boxes, y, (62.0, 50.0), head) + TALL_GAP
        y = _band([part.op, *part.targets], shapes, boxes, y, (84.0 if not part.targets else 60.0, 50.0), head)
        y += TALL_GAP
    arrows = tuple(_tall_arrow(boxes[name], boxes[op.name]) for op in graph.ops for name in op.inputs)
    return Drawing("tall", TALL_WIDTH, y - TALL_GAP + 6, tuple(boxes[node.name] for node in graph.nodes), arrows)


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


def _tall_arrow(source: Box, target: Box) -> Arrow:
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
    # arrive inside the box, as near to straight below as it allows
    into = min(max(x, target.x + 34), target.x + target.width - 34)
    x = into if source.x + 20 < into < source.x + source.width - 20 else x
    out = _curve((x - APART, low), (into - APART, target.y), upright=True)
    back = _curve((into + APART, target.y), (x + APART, low), upright=True)
    return Arrow(source.name, target.name, out, back, ((x + into) / 2 + APART + 8, (low + target.y) / 2 + 6), "start")
