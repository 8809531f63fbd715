"""A drawing that runs from top to bottom, for a phone: bands of leaves, each over its op."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from app.engine import Graph, Node, Shape
from app.engine.graph import CONSTANT

from .parts import APART, Arrow, Box, Drawing, Point, bend, box_at, curve, grid_of, line, size_of, spine_of

TALL_WIDTH, TALL_MARGIN, TALL_GAP = 390.0, 8.0, 54.0


def tall(graph: Graph, shapes: Mapping[str, Shape]) -> Drawing:
    """Bands from top to bottom: the leaves of an op side by side, like the equation, then the op itself."""
    head = 28.0
    boxes: dict[str, Box] = {}
    arrows: list[Arrow] = []
    y = 4.0
    spine = spine_of(graph, shapes)
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
    return Drawing("tall", TALL_WIDTH, y - TALL_GAP + 6, tuple(boxes[node.name] for node in graph.nodes), tuple(arrows))


def _band(
    nodes: list[Node], shapes: Mapping[str, Shape], boxes: dict[str, Box], y: float, cell: Point, head: float
) -> float:
    """Place nodes side by side, spread over the width; returns where the band ends."""
    grids = [grid_of(shapes[node.name], as_row=node.op is not None or node.role in CONSTANT) for node in nodes]
    cells = [(126.0, cell[1]) if not shapes[node.name] else cell for node in nodes]
    sizes = [size_of(grid, size) for grid, size in zip(grids, cells, strict=True)]
    free = TALL_WIDTH - 2 * TALL_MARGIN - sum(width for width, _ in sizes)
    gap = free / (len(nodes) - 1) if len(nodes) > 1 else 0.0
    x = TALL_MARGIN if len(nodes) > 1 else (TALL_WIDTH - sizes[0][0]) / 2
    for node, grid, size, (width, _) in zip(nodes, grids, cells, sizes, strict=True):
        boxes[node.name] = box_at(node.name, shapes[node.name], grid, size, (x, y), head)
        x += width + gap
    return y + max(height for _, height in sizes) + head


def _tall_arrow(source: Box, target: Box, *, aside: bool) -> Arrow:
    if source.y >= target.y:  # a target stands beside its op
        left, right, y = target.x + target.width, source.x, target.middle[1]
        return Arrow(
            source.name,
            target.name,
            curve((right, y), (left, y)),
            curve((left, y), (right, y)),
            ((left + right) / 2, y - 8),
            "middle",
        )
    x, low = source.middle[0], source.y + source.height
    if aside:  # the left is for the arrow that goes past
        x = source.x + source.width - 22
    # arrive inside the box, as near to straight below as it allows
    into = min(max(x, target.x + 34), target.x + target.width - 34)
    x = into if source.x + 20 < into < source.x + source.width - 20 else x
    out = curve((x - APART, low), (into - APART, target.y), upright=True)
    back = curve((into + APART, target.y), (x + APART, low), upright=True)
    return Arrow(source.name, target.name, out, back, ((x + into) / 2 + APART + 8, (low + target.y) / 2 + 6), "start")


def _between(source: Box, target: Box, band: list[Box], ends: float) -> Arrow:
    """Down through the widest gap of a band, then to the middle of the op."""
    gaps = [
        (b.x - (a.x + a.width), (a.x + a.width + b.x) / 2) for a, b in pairwise(sorted(band, key=lambda box: box.x))
    ]
    x = max(gaps)[1] if gaps else source.middle[0]
    into, low = target.middle[0], source.y + source.height
    out = (
        *line((x - APART, low), (x - APART, ends)),
        *curve((x - APART, ends), (into - APART, target.y), upright=True)[1:],
    )
    back = (
        *curve((into + APART, target.y), (x + APART, ends), upright=True),
        *line((x + APART, ends), (x + APART, low))[1:],
    )
    label = ((x + into) / 2 + APART + 8, (ends + target.y) / 2 + 6)
    return Arrow(source.name, target.name, out, back, label, "start")


def _beside(source: Box, target: Box) -> Arrow:
    """Down beside the boxes between, then into the side of the op."""
    x, low, left, y = source.x + 20.0, source.y + source.height, target.x, target.middle[1]
    out = bend([(x - APART, low), (x - APART, y + APART), (left, y + APART)])
    back = bend([(left, y - APART), (x + APART, y - APART), (x + APART, low)])
    return Arrow(source.name, target.name, out, back, (x + APART + 8, y - APART - 8), "start")
