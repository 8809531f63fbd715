"""A drawing that runs from top to bottom, for a phone: bands of leaves, each over its op."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from app.engine import Graph, Node, Shape
from app.engine.graph import CONSTANT

from .long import rule_of, text_width
from .parts import APART, Arrow, Box, Drawing, Point, Spine, bend, box_at, curve, grid_of, line, size_of, spine_of

TALL_WIDTH, TALL_MARGIN, TALL_GAP = 390.0, 8.0, 54.0
# Between two arrows that end on one box.
ARRIVAL = 28.0
# Below a band that an arrow goes through; and between two boxes, at least: of a band, and of one with such an arrow.
PASSED_GAP, LEAST_GAP, LEAST_PASSED = 76.0, 10.0, 48.0
# What is written under a target that does not stand at the end.
NOTE = 24.0
# How high a rule is, with what is free above it.
RULE = 24.0


def tall(graph: Graph, shapes: Mapping[str, Shape]) -> Drawing:
    """Bands from top to bottom: the leaves of an op side by side, like the equation, then the op itself."""
    head = 28.0
    boxes: dict[str, Box] = {}
    arrows: list[Arrow] = []
    y = 4.0
    spine = spine_of(graph, shapes)
    width, crowded = _width(graph, spine, shapes)
    skipping = {node.name for part in spine for node in part.skips}
    feet: dict[str, float] = {}  # where the band of an op ends, of which a target beside it may be the higher part
    for part in spine:
        leaves, row = _bands(part)
        leaves.sort(key=lambda node: node.name not in skipping)  # on the side where there is a way past the others
        ends = y - TALL_GAP
        if leaves:
            ends = _band(leaves, shapes, boxes, y, width, head)
            y = ends + (PASSED_GAP if crowded or part.feed not in leaves else TALL_GAP)
        y = _band(row, shapes, boxes, y, width, head) + (0.0 if part.ends or not part.targets else NOTE)
        feet[part.op.name] = y
        y += TALL_GAP
        for node in (graph.by_name[name] for name in dict.fromkeys(part.op.inputs)):
            source, target = boxes[node.name], boxes[part.op.name]
            if node in part.skips:
                arrows.append(_beside(source, target))
            elif node is part.feed and leaves and node not in leaves:
                arrows.append(_between(source, target, [boxes[leaf.name] for leaf in leaves], ends))
            else:
                low = max(source.y + source.height, ends if node in leaves else feet.get(node.name, 0.0))
                if crowded and node in leaves and node is not part.feed:
                    low += RULE  # straight down past the rule of what feeds the op
                into = _arrivals(part, boxes).get(node.name, source.middle[0])
                arrow = _tall_arrow(source, target, low, into, aside=node.name in skipping)
                high = low if crowded and node is part.feed and leaves else None
                arrows.append(_labelled(arrow, text_width(rule_of(graph, part.op, node)), width, high))
    drawn = tuple(boxes[node.name] for node in graph.nodes)
    return Drawing("tall", width, y - TALL_GAP + 6, drawn, tuple(arrows), scrolls=width > TALL_WIDTH)


def _width(graph: Graph, spine: list[Spine], shapes: Mapping[str, Shape]) -> tuple[float, bool]:
    """How wide the drawing is, and whether its rules have to be kept from each other: where they carry the numbers of
    layers or are those of a batch, boxes are as near as they can be, or all arrows end on a lone unit."""
    crowded = any(len(node.symbol) > 2 for node in graph.nodes) or bool(graph.by_example)
    crowded |= shapes[spine[0].op.name] == (1,)
    width = max(needs := [_needs(nodes, shapes, LEAST_GAP) for part in spine for nodes in _bands(part)])
    if width > TALL_WIDTH or crowded:
        crowded = True
        needs += [_needs(_bands(part)[0], shapes, _gap(graph, part)) for part in spine]
    return max(TALL_WIDTH, *needs), crowded


def _labelled(arrow: Arrow, rule: float, width: float, high: float | None) -> Arrow:
    """An arrow whose rule is so wide, with it where there is room: beside it, or where it would leave the drawing, over
    it; and from `high` on, where the arrows at its sides are still far."""
    x, y = arrow.label
    if high is not None:
        x, y = arrow.forward[0][0] + 2 * APART + 8, high + 18.0
    if x + rule <= width - 4.0:
        return replace(arrow, label=(x, y))
    middle = min(max(x - APART - 8, rule / 2 + 4.0), width - rule / 2 - 4.0)
    return replace(arrow, label=(middle, y), anchor="middle")


def _bands(part: Spine) -> tuple[list[Node], list[Node]]:
    """The leaves of an op, which may be none, and the op with its target, each to stand side by side."""
    leaves = [*part.above, *([part.feed] if part.feed.op is None else []), *part.below]
    return leaves, [part.op, *part.targets]


def _grids(nodes: list[Node], shapes: Mapping[str, Shape]) -> list[tuple[tuple[int, int], Point]]:
    """Rows and columns of each node of a band, and the size of a cell."""
    of_op = any(node.op for node in nodes)
    across = (84.0 if len(nodes) == 1 else 60.0) if of_op else 62.0
    found = []
    for node in nodes:
        shape = shapes[node.name]
        lone_column = len(shape) == 2 and shape[1] == 1  # which has a title longer than a vector's
        size = 126.0 if not shape else 82.0 if lone_column else across
        if node.op is not None and shape[-1:] == (1,):  # three arrows end on it
            size = 172.0
        found.append((grid_of(shape, as_row=node.op is not None or node.role in CONSTANT), (size, 50.0)))
    return found


def _gap(graph: Graph, part: Spine) -> float:
    """Between the leaves of an op, at least: where what feeds it comes through, there is room for its rule, too."""
    rule = text_width(rule_of(graph, part.op, part.feed))
    if part.feed.op is None:
        if part.op.op.counts:  # of a batch, what comes back to W is the longer rule
            rule = max(text_width(rule_of(graph, part.op, node)) for node in (part.feed, *part.above))
        return max(LEAST_GAP, rule - 15.0)
    return max(LEAST_PASSED, 2 * (rule - 3.0))


def _needs(nodes: list[Node], shapes: Mapping[str, Shape], gap: float) -> float:
    """How wide a drawing must be for a band, with so much between two boxes."""
    widths = [size_of(grid, cell)[0] for grid, cell in _grids(nodes, shapes)]
    return 2 * TALL_MARGIN + sum(widths) + gap * (len(widths) - 1)


def _band(
    nodes: list[Node], shapes: Mapping[str, Shape], boxes: dict[str, Box], y: float, width: float, head: float
) -> float:
    """Place nodes side by side, spread over the drawing's width; returns where the band ends."""
    placed = _grids(nodes, shapes)
    sizes = [size_of(grid, cell) for grid, cell in placed]
    free = width - 2 * TALL_MARGIN - sum(across for across, _ in sizes)
    gap = free / (len(nodes) - 1) if len(nodes) > 1 else 0.0
    x = TALL_MARGIN if len(nodes) > 1 else (width - sizes[0][0]) / 2
    for node, (grid, cell), (across, _) in zip(nodes, placed, sizes, strict=True):
        boxes[node.name] = box_at(node.name, shapes[node.name], grid, cell, (x, y), head)
        x += across + gap
    return y + max(height for _, height in sizes) + head


def _arrivals(part: Spine, boxes: Mapping[str, Box]) -> dict[str, float]:
    """Where the arrows to an op from above wish to end, from left to right: each below its box, or in the middle where
    it comes through the band, but as far from each other as two ways and a gap are wide."""
    target = boxes[part.op.name]
    leaves, _ = _bands(part)
    wishes = [(boxes[node.name].middle[0], node.name) for node in leaves]
    if part.feed not in leaves:
        wishes.append((target.middle[0], part.feed.name))
    least, most = target.x + 34.0, target.x + target.width - 34.0
    found: dict[str, float] = {}
    wishes.sort()
    for place, (wish, name) in enumerate(wishes):
        rest = ARRIVAL * (len(wishes) - 1 - place)
        least, end = (max(least, ARRIVAL + max(found.values(), default=-ARRIVAL)), most - rest)
        found[name] = max(least, min(wish, end))
    return found


def _tall_arrow(source: Box, target: Box, low: float, into: float, *, aside: bool) -> Arrow:
    """From a box to the op below it, where it ends `into`, if it can: straight down as far as the band ends, `low`, and
    from there in a curve."""
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
    x, foot = source.middle[0], source.y + source.height
    if aside:  # the left is for the arrow that goes past
        x = source.x + source.width - 22
    # arrive inside the box, as near to straight below as it allows
    into = min(max(x if aside else into, target.x + 34), target.x + target.width - 34)
    x = into if source.x + 20 < into < source.x + source.width - 20 else x
    out = curve((x - APART, low), (into - APART, target.y), upright=True)
    back = curve((into + APART, target.y), (x + APART, low), upright=True)
    if low > foot:
        out = (*line((x - APART, foot), (x - APART, low)), *out[1:])
        back = (*back, *line((x + APART, low), (x + APART, foot))[1:])
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
    # high up, where the arrows of the band are still at its sides
    return Arrow(source.name, target.name, out, back, (x + APART + 8, ends + 18.0), "start")


def _beside(source: Box, target: Box) -> Arrow:
    """Down beside the boxes between, then into the side of the op."""
    x, low, left, y = source.x + 20.0, source.y + source.height, target.x, target.middle[1]
    out = bend([(x - APART, low), (x - APART, y + APART), (left, y + APART)])
    back = bend([(left, y - APART), (x + APART, y - APART), (x + APART, low)])
    return Arrow(source.name, target.name, out, back, (x + APART + 8, y - APART - 8), "start")
