"""Where things stand: nothing lies on anything else, whatever the shapes, and arrows join what they say they join."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from itertools import combinations, pairwise, product

import numpy as np
import pytest

from app.engine import DEFAULT, NETWORKS, Shape, relu_mse
from app.engine.by_name import chain
from app.engine.fitted import biases, fitted
from app.engine.graph import CONSTANT, Graph
from app.layout import Box, Curve, Drawing, Orientation, Point, draw, is_drawn
from app.layout.parts import APART, GAP, PAD, WIDE_WIDTH
from app.layout.tall import TALL_WIDTH
from tests.engine.random_chains import WITH_CHAINS, random_chains

ORIENTATIONS: list[Orientation] = ["wide", "tall"]
# What a picture of the first network has room for: m units on n inputs. Beyond it drawings are made too, but parts of
# them may touch.
FITS: dict[Orientation, list[tuple[int, int]]] = {
    "wide": [*product(range(1, 9), range(1, 9))],
    "tall": [*product(range(1, 9), range(1, 9))],
}
NEAR = 1e-6


@dataclass(frozen=True)
class Case:
    """A graph with the shapes of its nodes, drawn."""

    graph: Graph
    shapes: Mapping[str, Shape]
    orientation: Orientation

    @property
    def drawing(self) -> Drawing:
        return draw(self.graph, self.shapes, self.orientation)


def shapes(m: int, n: int) -> dict[str, Shape]:
    return {"x": (n,), "W": (m, n), "b": (m,), "z": (m,), "h": (m,), "y": (m,), "L": ()}


def first(m: int, n: int, orientation: Orientation) -> Case:
    """The first network in another shape."""
    return Case(FIRST, shapes(m, n), orientation)


FIRST = relu_mse()
SHAPED = [
    pytest.param(first(m, n, orientation), id=f"{m}×{n}-{orientation}")
    for orientation in ORIENTATIONS
    for m, n in product(range(1, 9), range(1, 9))
]
GALLERY = [
    pytest.param(Case(network.graph, network.shapes, orientation), id=f"{name}-{orientation}")
    for name, network in WITH_CHAINS.items()
    for orientation in ORIENTATIONS
]
# Every second chain has a batch of two or three examples, and some of them one number for a bias.
FITTED = [
    fitted(chain(name), place % 2 * (2 + place // 2 % 2), biases(chain(name)) if place % 5 == 0 else ())
    for place, name in enumerate(random_chains(60, seed=60))
]
CHAINS = [
    pytest.param(Case(one.graph, one.shapes, orientation), id=f"{one.name}-{one.batch}-{orientation}")
    for one in FITTED
    for orientation in ORIENTATIONS
]
FITTING = [
    *(
        pytest.param(first(m, n, orientation), id=f"{m}×{n}-{orientation}")
        for orientation in ORIENTATIONS
        for m, n in FITS[orientation]
    ),
    *GALLERY,
    *CHAINS,
]


def overlap(one: Box, other: Box) -> bool:
    return (
        min(one.x + one.width, other.x + other.width) - max(one.x, other.x) > NEAR
        and min(one.y + one.height, other.y + other.height) - max(one.y, other.y) > NEAR
    )


def along(curve: Curve) -> list[Point]:
    """Points on a curve's Bézier pieces, their ends included."""
    points = np.array(curve)
    t = np.linspace(0, 1, 41)[:, None]
    way = [
        (1 - t) ** 3 * points[i]
        + 3 * (1 - t) ** 2 * t * points[i + 1]
        + 3 * (1 - t) * t**2 * points[i + 2]
        + t**3 * points[i + 3]
        for i in range(0, len(points) - 1, 3)
    ]
    return [(float(x), float(y)) for x, y in np.concatenate(way)]


def on_border(point: Point, box: Box) -> bool:
    x, y = point
    across = box.x - NEAR <= x <= box.x + box.width + NEAR
    down = box.y - NEAR <= y <= box.y + box.height + NEAR
    beside = min(abs(x - box.x), abs(x - box.x - box.width)) < NEAR
    above = min(abs(y - box.y), abs(y - box.y - box.height)) < NEAR
    return (across and above) or (down and beside)


def inside(point: Point, box: Box) -> bool:
    x, y = point
    return box.x + NEAR < x < box.x + box.width - NEAR and box.y + NEAR < y < box.y + box.height - NEAR


def distance(one: Point, other: Point) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))


def by_name(drawing: Drawing) -> dict[str, Box]:
    return {box.name: box for box in drawing.boxes}


def skips(graph: Graph) -> set[tuple[str, str]]:
    """The edges that go past an op: those from a value used before to an op that is not the next one after it."""
    found: set[tuple[str, str]] = set()
    used: set[str] = set()
    before = ""
    for op in graph.ops:
        found |= {(name, op.name) for name in op.inputs if name in used and name != before}
        used.update(op.inputs, [op.name])
        before = op.name
    return found


@pytest.mark.parametrize("case", [*SHAPED, *GALLERY])
def test_each_entry_has_a_cell_inside_its_box(case: Case) -> None:
    for box in case.drawing.boxes:
        shape = case.shapes[box.name]
        assert [cell.index for cell in box.cells] == [*np.ndindex(*shape)]
        for cell in box.cells:
            assert box.x + PAD - NEAR <= cell.x
            assert cell.x + cell.width <= box.x + box.width - PAD + NEAR
            assert box.y + PAD - NEAR <= cell.y
            assert cell.y + cell.height <= box.y + box.height - PAD + NEAR
        for one, other in combinations(box.cells, 2):
            apart = max(abs(one.x - other.x) - one.width, abs(one.y - other.y) - one.height)
            assert apart >= GAP - NEAR


@pytest.mark.parametrize("case", SHAPED)
def test_a_matrix_stands_as_it_is_written(case: Case) -> None:
    """Rows from top to bottom, columns from left to right."""
    cells = {cell.index: cell for cell in by_name(case.drawing)["W"].cells}
    for (row, column), cell in cells.items():
        assert cell.x == pytest.approx(cells[0, column].x)
        assert cell.y == pytest.approx(cells[row, 0].y)
    assert all(cells[a, 0].y < cells[b, 0].y for a, b in pairwise(range(case.shapes["W"][0])))
    assert all(cells[0, a].x < cells[0, b].x for a, b in pairwise(range(case.shapes["W"][1])))


@pytest.mark.parametrize("case", [*SHAPED, *GALLERY])
def test_each_edge_of_the_graph_is_an_arrow_and_back(case: Case) -> None:
    drawing = case.drawing
    assert [(arrow.source, arrow.target) for arrow in drawing.arrows] == [
        (name, op.name) for op in case.graph.ops for name in op.inputs
    ]
    assert [box.name for box in drawing.boxes] == [node.name for node in case.graph.nodes], "the order of focus"


@pytest.mark.sampled(40)
@pytest.mark.parametrize("case", FITTING)
def test_boxes_stand_apart_and_inside_the_picture(case: Case) -> None:
    drawing = case.drawing
    for one, other in combinations(drawing.boxes, 2):
        assert not overlap(one, other), f"{one.name} and {other.name}"
    for box in drawing.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= drawing.width
        assert box.y + box.height <= drawing.height
    own = WIDE_WIDTH if case.orientation == "wide" else TALL_WIDTH
    assert drawing.width == own or (drawing.scrolls and drawing.width > own) or drawing.is_small


@pytest.mark.sampled(40)
@pytest.mark.parametrize("case", FITTING)
def test_a_high_drawing_is_small_but_no_smaller_than_can_be_read(case: Case) -> None:
    """Its smallest letters are 17 user units high, and have at least 13 CSS pixels on a screen 1280 wide."""
    drawing = case.drawing
    if case.orientation == "wide":
        pixels = drawing.scale if drawing.scrolls else 0.975 * 1280 / drawing.width
        assert 17 * pixels >= 13 - 1e-9
        assert drawing.height * pixels <= 390 or 17 * pixels == pytest.approx(13)


@pytest.mark.sampled(40)
@pytest.mark.parametrize("case", FITTING)
def test_arrows_start_and_end_on_the_boxes_they_join(case: Case) -> None:
    drawing = case.drawing
    boxes = by_name(drawing)
    for arrow in drawing.arrows:
        source, target = boxes[arrow.source], boxes[arrow.target]
        assert on_border(arrow.forward[0], source), f"{arrow.source} → {arrow.target} starts in the air"
        assert on_border(arrow.forward[-1], target), f"{arrow.source} → {arrow.target} ends in the air"
        assert on_border(arrow.backward[0], target)
        assert on_border(arrow.backward[-1], source)


@pytest.mark.sampled(40)
@pytest.mark.parametrize("case", FITTING)
def test_the_way_back_ends_where_the_way_out_began(case: Case) -> None:
    for arrow in case.drawing.arrows:
        assert distance(arrow.forward[0], arrow.backward[-1]) <= 2 * APART + NEAR
        assert distance(arrow.forward[-1], arrow.backward[0]) <= 2 * APART + NEAR


@pytest.mark.sampled(40)
@pytest.mark.parametrize("case", FITTING)
def test_no_arrow_runs_behind_a_box_that_is_not_its_own(case: Case) -> None:
    """The fault of the first sketch: x's arrow hid behind W."""
    drawing = case.drawing
    for arrow in drawing.arrows:
        for way in (arrow.forward, arrow.backward):
            hit = {box.name for box in drawing.boxes for point in along(way) if inside(point, box)}
            assert hit == set(), f"{arrow.source} → {arrow.target}"


@pytest.mark.sampled(40)
@pytest.mark.parametrize("case", FITTING)
def test_data_flows_one_way_and_only_a_target_comes_from_aside(case: Case) -> None:
    """To the right on a screen, down on a phone; targets stand at the right of what compares with them, but on a screen
    those of a batch, whose losses go on. What goes round others starts and ends across that way, but never turns back.
    """
    wide = case.orientation == "wide"
    for arrow in case.drawing.arrows:
        out, back = along(arrow.forward), along(arrow.backward)
        source, ends = case.graph.by_name[arrow.source], arrow.target == case.graph.loss.name
        if (arrow.source, arrow.target) not in skips(case.graph) and source.role in CONSTANT and (ends or not wide):
            assert all(one[0] > other[0] for one, other in pairwise(out))
        else:
            assert all(other[not wide] - one[not wide] > -NEAR for one, other in pairwise(out))
            assert all(one[not wide] - other[not wide] > -NEAR for one, other in pairwise(back))
            assert out[0][not wide] < out[-1][not wide]


def test_only_a_value_that_is_used_further_on_goes_round() -> None:
    assert skips(NETWORKS["shared"].graph) == {("x", "r")}
    assert {name for name, network in NETWORKS.items() if skips(network.graph)} == {"shared"}


@pytest.mark.sampled(40)
@pytest.mark.parametrize("case", [*GALLERY, *CHAINS])
def test_arrows_of_two_edges_do_not_run_into_each_other(case: Case) -> None:
    """Where they end on one box they are apart, and before it they do not cross."""
    for one, other in combinations(case.drawing.arrows, 2):
        for a, b in product((one.forward, one.backward), (other.forward, other.backward)):
            p, q = np.array(along(a)), np.array(along(b))
            nearest = np.hypot(*(p[:, None] - q[None]).transpose(2, 0, 1)).min()
            assert nearest > 5.0, f"{one.source} → {one.target} and {other.source} → {other.target}"


@pytest.mark.sampled(40)
@pytest.mark.parametrize("case", FITTING)
def test_a_rule_stands_in_no_box(case: Case) -> None:
    drawing = case.drawing
    for arrow in drawing.arrows:
        assert not any(inside(arrow.label, box) for box in drawing.boxes), f"{arrow.source} → {arrow.target}"
    labels = [arrow.label for arrow in drawing.arrows]
    assert all(distance(one, other) > 20 for one, other in combinations(labels, 2))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_drawing_depends_on_graph_and_shapes_alone(orientation: Orientation) -> None:
    """There is no step in it: two calls give one drawing, for this graph and for a copy of it."""
    graph: Graph = DEFAULT.graph
    assert draw(graph, shapes(3, 2), orientation) is draw(graph, dict(reversed(shapes(3, 2).items())), orientation)
    assert astuple(draw(graph, shapes(3, 2), orientation)) == astuple(draw(relu_mse(), shapes(3, 2), orientation))


def test_the_first_network_fits_the_height_of_its_screens() -> None:
    assert first(3, 2, "wide").drawing.height <= 384, "what 1280 × 720 leaves for the picture"
    assert first(3, 2, "tall").drawing.height <= 640


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_what_has_room_is_known(orientation: Orientation) -> None:
    """When this goes red, the layout has room for more than FITS says, or for less."""
    claims = [
        test_boxes_stand_apart_and_inside_the_picture,
        test_arrows_start_and_end_on_the_boxes_they_join,
        test_no_arrow_runs_behind_a_box_that_is_not_its_own,
        test_a_rule_stands_in_no_box,
    ]

    def holds(m: int, n: int) -> bool:
        try:
            for claim in claims:
                claim(first(m, n, orientation))
        except AssertionError:
            return False
        return True

    assert [(m, n) for m, n in product(range(1, 9), range(1, 9)) if holds(m, n)] == FITS[orientation]


def test_only_what_has_no_room_scrolls() -> None:
    for network in NETWORKS.values():
        assert not any(draw(network.graph, network.shapes, orientation).scrolls for orientation in ORIENTATIONS)
    deep = chain("3-4.tanh-4.tanh-2_ce")
    assert draw(deep.graph, deep.shapes, "wide").scrolls
    assert not draw(chain("3-2.sigmoid_mse").graph, chain("3-2.sigmoid_mse").shapes, "wide").scrolls


def test_what_is_drawn_has_up_to_three_layers_of_up_to_five_units() -> None:
    drawn = [*WITH_CHAINS.values(), chain("5-5-5-5_mse"), fitted(chain("5-5-5-5_mse"), 3, ["b1"])]
    too_large = [chain("2-2-2-2-2_mse"), chain("2-6_mse"), chain("6-2_mse"), fitted(chain("2-2_mse"), 4)]
    assert all(is_drawn(network.shapes, network.graph) for network in drawn)
    assert not any(is_drawn(network.shapes, network.graph) for network in too_large)
