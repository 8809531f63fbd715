"""The board of ReLU: the mask and the diagonal, the kink, and the graph with the reader's points on it."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from app.engine import OPS
from app.layout import relu_graph as drawing
from app.pages.chapter.boards.relu import BOARD
from app.pages.chapter.question import BoardState
from tests.browser.reading import Element, read
from tests.conftest import Lot

from .test_boards import numbers_people_bring
from .test_linear import number

# z = (0.4, 0, −0.4), so one unit is active, one at the kink and one below.
EACH = "b=0,-0.5,-0.6"


def board(client: TestClient, query: str = "") -> Element:
    answer = client.get(f"/chapter/6?{query}")
    assert answer.status_code == 200
    return read(answer.text).by_id("board")


def rows(page: Element) -> list[list[float]]:
    """z, the mask, v, and what goes back, each entry by entry."""
    (table,) = page.all("table", "mask")
    return [[number(cell.text) for cell in row.all("td")] for row in table.all("tbody")[0].all("tr")]


def test_v_passes_where_z_is_positive(client: TestClient) -> None:
    z, mask, v, grad = rows(board(client, EACH))
    assert z == [0.4, 0, -0.4]
    assert mask == [1, 0, 0]
    assert v == [0.2, -0.5, -0.1]  # h − y*: 0.4 − 0.2, 0 − 0.5, 0 − 0.1
    assert grad == [0.2, 0, 0]


def test_the_kink_is_told_and_which_number_is_taken_there(client: TestClient) -> None:
    page = board(client, EACH)
    assert "z₂ is exactly 0, at the kink, and counts as inactive" in page.text
    assert "Any number from 0 to 1 is a subgradient; frameworks take 0" in page.text
    assert OPS["relu"].convention == "ReLU′(0) = 0"
    assert page.all("circle", "kink")


def test_the_diagonal_says_with_n_squared_numbers_what_the_mask_says_with_n(client: TestClient) -> None:
    page = board(client, EACH)
    (diagonal,) = page.all("p", "diagonal")
    assert [one.text for one in diagonal.all("mn")] == list("100000000")
    assert "9 entries for what the mask says with 3" in diagonal.text


def test_no_activation_is_cheaper_on_the_way_back(client: TestClient) -> None:
    assert "3 multiply-adds for 3 entries, O(n)" in board(client).text
    shapes = dict.fromkeys(("z", "h", "p"), (3,))
    pointwise = [op for op in OPS.values() if op.inputs == ("z",)]
    assert len(pointwise) > 3
    assert all(op.vjps["z"].cost(shapes) >= 3 for op in pointwise)
    assert OPS["relu"].vjps["z"].cost(shapes) == 3


def test_dead_is_said_of_a_unit_that_is_inactive_for_all_data(client: TestClient) -> None:
    more = board(client).by_id("more").text
    assert "inactive for all of the data is dead" in more


def test_what_is_masked_is_v_as_it_is_shown(client: TestClient, lot: Lot) -> None:
    for view in lot.some(list(numbers_people_bring()), 2, of_each=lambda one: one.network.name):
        state = BoardState(BOARD, view)
        answer = client.get(state.address())
        if answer.status_code == 422:
            continue
        z, mask, v, grad = rows(read(answer.text).by_id("board"))
        assert mask == [float(one > 0) for one in z]
        assert grad == [one * m for one, m in zip(v, mask, strict=True)], state.address()


def test_it_stands_on_a_network_with_a_relu(client: TestClient) -> None:
    assert "linear + ReLU + squared error" in board(client, "network=softmax-ce").text
    assert board(client, "network=two-layer").by_id("step")["href"].startswith("/backward?network=two-layer")


# --- the graph ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "z", [(0.4, 0.4, 0.2), (0.0, 0.0), (-3.0, 5e5), (1e-8,), (5e-324,), (1.7e308, -1.7e308), (-1.0, -1.0001)]
)
def test_every_point_lies_on_the_graph_and_in_the_picture(z: tuple[float, ...]) -> None:
    graph = drawing.relu_graph(z, "1")
    low, kink, high = graph.line
    assert kink == graph.kink
    rise = (kink[1] - high[1]) / (high[0] - kink[0])
    for number_, mark in zip(z, graph.marks, strict=True):
        x, y = mark.at
        assert 0 <= x <= graph.width
        assert graph.top <= y <= graph.bottom
        assert low[1] == kink[1]
        assert y == pytest.approx(kink[1] - max(0.0, x - kink[0]) * rise)
        assert (mark.is_active, mark.is_kink) == (number_ > 0, number_ == 0)
        (left, up), (right, down) = mark.slope
        assert (up - down) / (right - left) == pytest.approx(rise if number_ > 0 else 0.0, abs=1e-9)
    assert sorted(i for label in graph.labels for i in label.points) == list(range(len(z)))


@pytest.mark.parametrize(
    ("z", "far"), [((0.4,), 0.5), ((2.0, -7.0), 10.0), ((0.0,), 1.0), ((1.0,), 1.0), ((130.0,), 200.0)]
)
def test_the_axis_reaches_as_far_as_a_round_number(z: tuple[float, ...], far: float) -> None:
    assert drawing.reach(z) == pytest.approx(far)


def test_points_side_by_side_share_a_label() -> None:
    labels = drawing.relu_graph((0.4, -0.4, 0.401), "1").labels
    assert [label.points for label in labels] == [(1,), (0, 2)]


def test_the_slopes_at_the_kink_go_from_0_to_1() -> None:
    graph = drawing.relu_graph((1.0,), "1")
    _, kink, high = graph.line
    one = (kink[1] - high[1]) / (high[0] - kink[0])
    slopes = [(up - down) / (right - left) / one for (left, up), (right, down) in graph.fan]
    assert slopes == pytest.approx([0, 0.25, 0.5, 0.75, 1])
