"""What a drawing is made of, whichever way it runs: boxes with cells, arrows as curves, and the spine they hang on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.engine import Graph, Node, OpNode, Shape
from app.engine.graph import CONSTANT

Point = tuple[float, float]
# A start, then cubic Bézier pieces one after the other: two control points and an end each.
Curve = tuple[Point, ...]
Orientation = Literal["wide", "tall"]
ORIENTATIONS: tuple[Orientation, ...] = ("wide", "tall")

WIDE_WIDTH = 1280.0
# CSS pixels at 1280 × 720.
REM = 16.0
LABEL = 24.0
PAD, GAP = 6.0, 4.0
# From one line of notes under a box to the next.
NOTE_LINE = 20.0
# Half the distance between an arrow and its way back.
APART = 10.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, in user units, and what stands there."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry: its index (empty for a scalar) and its rectangle."""

    index: tuple[int, ...]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Inside:
    """What stands in a cell, from its corner: the middle of its texts, the baselines of its value and of its gradient,
    and the top of its lower half, which is also how high that half is."""

    middle: float
    value: float
    grad: float
    half: float


@dataclass(frozen=True, slots=True)
class Box:
    """A node: its rectangle, its cells in reading order, and the point where its title has its `anchor`."""

    name: str
    x: float
    y: float
    width: float
    height: float
    cells: tuple[Cell, ...]
    title: Point
    anchor: Literal["start", "middle", "end"] = "middle"

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


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A picture of width × height user units; boxes in the graph's order, which is the order of focus.

    One that `scrolls` is wider than its screen, and scrolls sideways rather than be drawn smaller: a user unit of it is
    `scale` CSS pixels at 1280 × 720.
    """

    orientation: Orientation
    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    scrolls: bool = False
    scale: float = 1.0

    @property
    def size(self) -> Point:
        """How wide and high one that scrolls is, in rem, which grow with the screen."""
        return self.width * self.scale / REM, self.height * self.scale / REM

    @property
    def is_small(self) -> bool:
        """Whether its letters are so small that none may be smaller than the others."""
        return self.scale < 1.0 or (self.orientation == "wide" and not self.scrolls and self.width > WIDE_WIDTH)


@dataclass(frozen=True)
class Spine:
    """One op with what hangs on it: the node that feeds it along the spine, the leaves that it is the first to use, and
    the nodes that come to it from further back; and whether it `ends` the spine."""

    op: OpNode
    feed: Node
    above: list[Node]
    below: list[Node]
    targets: list[Node]
    skips: list[Node]
    ends: bool = True

    @property
    def hung(self) -> list[Node]:
        """What stands before the op in a drawing from left to right, above and below the lane. A target stands behind
        its op where that ends the drawing; else what comes next would have to go through it."""
        return [*self.above, *self.below, *([] if self.ends else self.targets)]

    @property
    def beside(self) -> list[Node]:
        """The targets that stand behind the op."""
        return self.targets if self.ends else []


def spine_of(graph: Graph, shapes: Mapping[str, Shape]) -> list[Spine]:
    """The ops in order, each with what hangs on it; `shapes` holds the shape of every node."""
    found: list[Spine] = []
    placed: set[str] = set()
    for op in graph.ops:
        inputs = [graph.by_name[name] for name in dict.fromkeys(op.inputs)]
        before = found[-1].op if found else None
        feed = before if before in inputs else next((node for node in inputs if node.role == "input"), inputs[0])
        assert feed is not None
        rest = [node for node in inputs if node is not feed and node.name not in placed]
        parameters = [node for node in rest if node.role not in CONSTANT]
        found.append(
            Spine(
                op,
                feed,
                [node for node in parameters if len(shapes[node.name]) == 2],
                [node for node in parameters if len(shapes[node.name]) < 2],
                [node for node in rest if node.role in CONSTANT],
                [node for node in inputs if node is not feed and node.name in placed],
                ends=op is graph.ops[-1],
            )
        )
        placed.update(op.inputs, [op.name])
    return found


def grid_of(shape: Shape, *, as_row: bool) -> tuple[int, int]:
    """Rows and columns of a node's cells; a vector has no direction of its own and may lie down."""
    if len(shape) == 2:
        return shape[0], shape[1]
    count = shape[0] if shape else 1
    return (1, count) if as_row else (count, 1)


def size_of(grid: tuple[int, int], cell: Point) -> Point:
    """Width and height of a box with so many rows and columns of cells of that size."""
    rows, columns = grid
    return 2 * PAD + columns * (cell[0] + GAP) - GAP, 2 * PAD + rows * (cell[1] + GAP) - GAP


def cell_of(node: Node, shape: Shape, cell: Point) -> Point:
    """The size of a node's cells on a lane: that of a lone unit is as high as two, for arrows to end on it apart."""
    return (cell[0], 2 * cell[1] + GAP) if node.op is not None and shape == (1,) else cell


def box_at(name: str, shape: Shape, grid: tuple[int, int], cell: Point, corner: Point, head: float = 0.0) -> Box:
    """A box with its corner there. A `head` above 0 keeps room for the title inside; else it stands above."""
    width, height = size_of(grid, cell)
    x, y = corner
    cells = []
    for place in range(grid[0] * grid[1]):
        row, column = divmod(place, grid[1])
        index = (row, column) if len(shape) == 2 else (place,) if shape else ()
        left, top = x + PAD + column * (cell[0] + GAP), y + head + PAD + row * (cell[1] + GAP)
        cells.append(Cell(index, left, top, *cell))
    title = (x + width / 2, y + head - 4 if head else y - 8)
    return Box(name, x, y, width, height + head, tuple(cells), title)


def inside(cell: Cell, *, has_grad: bool) -> Inside:
    """Where things stand in a cell: a value alone, or with a gradient below it."""
    return Inside(
        middle=cell.width / 2,
        value=cell.height * (0.44 if has_grad else 0.67),
        grad=cell.height * 0.89,
        half=cell.height / 2,
    )


def note_lines(box: Box, count: int) -> tuple[float, ...]:
    """The baselines of so many lines under a box, and under its title where that stands there."""
    foot = max(box.y + box.height, box.title[1])
    return tuple(foot + NOTE_LINE * line for line in range(1, count + 1))


def bend(points: list[Point], radius: float = 20.0) -> Curve:
    """A line through points, round at its corners, as cubic pieces one after the other."""
    way: list[Point] = [points[0]]
    for i, corner in enumerate(points[1:-1], 1):
        before, after = _towards(corner, points[i - 1], radius), _towards(corner, points[i + 1], radius)
        way += [way[-1], before, before, corner, corner, after]
    return (*way, way[-1], points[-1], points[-1])


def _towards(start: Point, end: Point, way: float) -> Point:
    """The point that lies `way` from `start` on the line to `end`, or half of the line if it is shorter."""
    (x, y), (a, b) = start, end
    share = min(0.5, way / max(abs(a - x) + abs(b - y), 1.0))
    return x + (a - x) * share, y + (b - y) * share


def curve(start: Point, end: Point, *, upright: bool = False) -> Curve:
    """A curve that leaves and arrives along the direction of flow."""
    if upright:
        middle = (start[1] + end[1]) / 2
        return start, (start[0], middle), (end[0], middle), end
    middle = (start[0] + end[0]) / 2
    return start, (middle, start[1]), (middle, end[1]), end


def line(start: Point, end: Point) -> Curve:
    """A straight line, as a curve."""
    return start, start, end, end
