"""Where everything stands in the picture, as numbers: boxes, cells, arrows. No colours, no SVG.

A graph is drawn along a spine: its ops in order, each fed by the one before. What else an op takes hangs on the
spine: matrices above it, vectors below, targets beside the op that compares with them. A value that is used further on
once more goes round what stands between. Lengths are in user units, about a CSS pixel at 1280 × 720 (wide) or at 390
wide (tall). The drawing depends on graph and shapes alone, so a step never moves anything.

Map: `parts` what a drawing is made of · `wide` left to right, for a screen 16:9 · `long` the same for what has no room
there · `tall` top to bottom, for a phone · `figures` how large a number can be in its cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from app.engine import Graph, Shape

from .figures import SIDE, ems, fitting, room_beside, squeezed
from .long import long, titles_meet
from .parts import ORIENTATIONS, Arrow, Box, Cell, Curve, Drawing, Inside, Orientation, Point, inside, note_lines
from .tall import tall
from .wide import fits, wide

__all__ = [
    "MAX_EXAMPLES",
    "MAX_LAYERS",
    "MAX_SIDE",
    "ORIENTATIONS",
    "SIDE",
    "Arrow",
    "Box",
    "Cell",
    "Curve",
    "Drawing",
    "Inside",
    "Orientation",
    "Point",
    "draw",
    "ems",
    "fitting",
    "inside",
    "is_drawn",
    "note_lines",
    "room_beside",
    "squeezed",
]


# The largest that is drawn: so many numbers side by side, so many layers, and so many examples of a batch.
MAX_SIDE, MAX_LAYERS, MAX_EXAMPLES = 5, 3, 3


def is_drawn(shapes: Mapping[str, Shape], graph: Graph) -> bool:
    """Whether a graph whose nodes have these shapes is drawn: a larger one nobody could take in."""
    layers = sum(len(shape) == 2 for name, shape in shapes.items() if name not in graph.by_example)
    examples = max((shapes[name][0] for name in graph.by_example), default=0)
    sides = (side for shape in shapes.values() for side in shape)
    return layers <= MAX_LAYERS and examples <= MAX_EXAMPLES and all(side <= MAX_SIDE for side in sides)


def draw(graph: Graph, shapes: Mapping[str, Shape], orientation: Orientation) -> Drawing:
    """Lay a graph out; `shapes` holds the shape of every node."""
    return _laid_out(graph, tuple(sorted(shapes.items())), orientation)


@lru_cache(maxsize=64)
def _laid_out(graph: Graph, shapes: tuple[tuple[str, Shape], ...], orientation: Orientation) -> Drawing:
    by_name = dict(shapes)
    if orientation == "tall":
        return tall(graph, by_name)
    drawing = wide(graph, by_name) if fits(graph, by_name) else None
    return long(graph, by_name) if drawing is None or titles_meet(graph, drawing) else drawing
