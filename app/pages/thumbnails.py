"""A small picture of each network: the boxes and arrows of its wide drawing, without a number in it."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

from app.engine import NETWORKS, Network
from app.layout import Box, Curve, Point, draw

# So many units of a drawing are one of a thumbnail's, which are whole numbers: they make the file small.
_SCALE = 4
_MARGIN = 3
# The tip of an arrow: how long it is, and half of how wide.
_TIP = (11.0, 4.5)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture of a network, as data of SVG paths: its boxes, and its arrows with their tips."""

    name: str
    view_box: str
    boxes: str
    arrows: str
    tips: str


def thumbnails() -> tuple[Thumbnail, ...]:
    """A picture of each network, in the order of the gallery."""
    return tuple(_thumbnail(network) for network in NETWORKS.values())


def _thumbnail(network: Network) -> Thumbnail:
    drawing = draw(network.graph, network.shapes, "wide")
    left = min(box.x for box in drawing.boxes) / _SCALE
    right = max(box.x + box.width for box in drawing.boxes) / _SCALE
    points = [point for arrow in drawing.arrows for point in arrow.forward]
    top = min([box.y for box in drawing.boxes] + [y for _, y in points]) / _SCALE
    bottom = max([box.y + box.height for box in drawing.boxes] + [y for _, y in points]) / _SCALE
    corner = (left - _MARGIN, top - _MARGIN)
    size = (right - left + 2 * _MARGIN, bottom - top + 2 * _MARGIN)
    return Thumbnail(
        network.name,
        " ".join(f"{number:.0f}" for number in (*corner, *size)),
        "".join(_box(box) for box in drawing.boxes),
        "".join(_curve(arrow.forward) for arrow in drawing.arrows),
        "".join(_tip(arrow.forward) for arrow in drawing.arrows),
    )


def _at(point: Point) -> str:
    return " ".join(f"{number / _SCALE:.0f}" for number in point)


def _box(box: Box) -> str:
    x, y, right, bottom = (round(number / _SCALE) for number in (box.x, box.y, box.x + box.width, box.y + box.height))
    return f"M{x} {y}H{right}V{bottom}H{x}z"


def _curve(points: Curve) -> str:
    return f"M{_at(points[0])}C{' '.join(map(_at, points[1:]))}"


def _tip(points: Curve) -> str:
    """A triangle at the end of an arrow, along its last piece."""
    (x, y), end = next(point for point in reversed(points) if point != points[-1]), points[-1]
    far = hypot(end[0] - x, end[1] - y)
    a, b = (end[0] - x) / far, (end[1] - y) / far
    long, half = (_SCALE * length for length in _TIP)
    base = (end[0] - a * long, end[1] - b * long)
    corners = ((base[0] - b * half, base[1] + a * half), (base[0] + b * half, base[1] - a * half))
    return f"M{_at(end)}L{_at(corners[0])} {_at(corners[1])}z"
