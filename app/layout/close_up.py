"""One op with what it takes, for the stage, where the network is too large for it: inputs over each other at the left,
the op at the right."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from app.engine import Graph, Node, OpNode, Shape

from .parts import APART, Arrow, Box, Drawing, Orientation, curve, line
from .stage import BESIDE, MOST, ROOMS, RULE, TITLE, Sizes, name_width

# How wide its cells may be: no more than this, and no less than what a short number needs.
WIDEST, NARROWEST = 200, 60
# What is kept free above and below, for a rule.
MARGIN = 12.0
# How far its inputs are apart: as far as anywhere, or where they are too high for that, no further than they must be.
_GAPS = (BESIDE, 8.0)


def close_up(
    graph: Graph, shapes: Mapping[str, Shape], widest: Mapping[str, str], kind: Orientation, op: OpNode
) -> Drawing:
    """One op of a network with what it takes: its inputs over each other at the left, the op at the right.

    The cells of numbers that are too long for the room are narrower than these.
    """
    inputs = [graph.by_name[name] for name in dict.fromkeys(op.inputs)]
    lying = {node.name for node in inputs if len(inputs) > 1 and len(shapes[node.name]) < 2}
    inputs = _matrix_between(inputs, shapes, graph.by_example)
    room = ROOMS[kind]
    for most in range(WIDEST, NARROWEST - 1, -2):
        sizes = Sizes(shapes, widest, most)
        wide = _close_width(inputs, lying, sizes, op)
        if wide <= room[0]:
            break
    gap = next((gap for gap in _GAPS if _close_height(inputs, lying, sizes, gap) <= room[1]), _GAPS[-1])
    high = max(_close_height(inputs, lying, sizes, gap), sizes.box(op)[1] + 2 * TITLE)
    scale = min(room[0] / wide, room[1] / high, MOST)
    width, height = room[0] / scale, room[1] / scale
    y, boxes = (height - _close_height(inputs, lying, sizes, gap)) / 2 + MARGIN, {}
    left = (width - min(wide + 120.0, width)) / 2 + max(map(name_width, inputs)) + 8.0
    for node in inputs:
        as_row = node.name in lying
        y += 0.0 if as_row else TITLE
        boxes[node.name] = sizes.at(node, (left, y), as_row=as_row)
        y += boxes[node.name].height + gap
    across, tall = sizes.box(op)
    right = width - (width - min(wide + 120.0, width)) / 2
    boxes[op.name] = sizes.at(op, (right - max(across, name_width(op)), (height - tall) / 2))
    arrows = _fan([boxes[node.name] for node in inputs], boxes[op.name])
    return Drawing(kind, width, height, tuple(boxes[n.name] for n in graph.nodes if n.name in boxes), arrows, tip=18.0)


def _matrix_between(inputs: Sequence[Node], shapes: Mapping[str, Shape], by_example: Collection[str]) -> list[Node]:
    """The same with the matrix in the middle: what it is multiplied with above it, examples in rows too; what is added
    below."""
    examples = [node for node in inputs if node.name in by_example]
    matrices = [node for node in inputs if len(shapes[node.name]) == 2 and node not in examples]
    others = [node for node in inputs if node not in examples and node not in matrices]
    above = examples or others[:1]
    return [*above, *matrices, *(node for node in others if node not in above)]


def _close_width(inputs: Sequence[Node], lying: set[str], sizes: Sizes, op: OpNode) -> float:
    widest = max(sizes.box(node, as_row=node.name in lying)[0] for node in inputs)
    return max(map(name_width, inputs)) + 8.0 + widest + 110.0 + max(sizes.box(op)[0], name_width(op))


def _close_height(inputs: Sequence[Node], lying: set[str], sizes: Sizes, gap: float) -> float:
    heights = [sizes.box(n, as_row=n.name in lying)[1] + (0.0 if n.name in lying else TITLE) for n in inputs]
    return sum(heights) + gap * (len(heights) - 1) + 2 * MARGIN


def _fan(sources: Sequence[Box], target: Box) -> tuple[Arrow, ...]:
    """From boxes over each other to one at their right."""
    share = target.height / (len(sources) + 1)
    ends = [target.y + share * (place + 1) for place in range(len(sources))]
    if any(after - before < 3 * APART for before, after in pairwise(ends)):
        middle = target.middle[1]
        ends = [middle + 3 * APART * (place - (len(sources) - 1) / 2) for place in range(len(sources))]
    found, past = [], max(source.x + source.width for source in sources)
    for source, end in zip(sources, ends, strict=True):
        left, y = source.x + source.width, source.middle[1]
        out, back = curve((past, y - APART), (target.x, end - APART)), curve((target.x, end + APART), (past, y + APART))
        if left < past:  # straight on, past those that are wider
            out = (*line((left, y - APART), (past, y - APART)), *out[1:])
            back = (*back, *line((past, y + APART), (left, y + APART))[1:])
        above = y < target.middle[1] - 2 * APART
        label = left + 14.0, y - APART - 10.0 if above else y + APART + RULE + 2.0
        found.append(Arrow(source.name, target.name, out, back, label, "start"))
    return tuple(found)
