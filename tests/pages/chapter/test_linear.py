"""The board of the linear layer: its three VJPs by hand, by indices and as tables, their shapes, and what they cost."""

from __future__ import annotations

import re

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, OPS, as_arrays, backward, forward
from app.pages.chapter.boards.linear import BOARD
from app.pages.chapter.question import BoardState
from app.snapshot.formulas import vjp_equation
from app.state import ViewState
from tests.browser.reading import Element, read
from tests.conftest import Lot

from .test_boards import numbers_people_bring

SLOTS = ("W", "x", "b")


def number(text: str) -> float:
    """A number as the page writes it, read again."""
    plain = text.replace("−", "-").strip("()").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    mantissa, _, exponent = plain.partition("×10")
    return float(f"{mantissa}e{exponent or 0}")


def decimals(text: str) -> float:
    """Half a unit of the last digit of a number as the page writes it."""
    mantissa, _, exponent = text.partition("×10")
    power = number(f"1×10{exponent}") if exponent else 1.0
    return 0.5 * power * 10.0 ** -len(mantissa.partition(".")[2])


def board(client: TestClient, wrt: str, query: str = "") -> Element:
    answer = client.get(f"/chapter/5?wrt={wrt}&{query}")
    assert answer.status_code == 200
    return read(answer.text).by_id("board")


def table(page: Element) -> tuple[list[str], list[list[list[str]]], list[str]]:
    """v down the side, the numbers of each cell, and the sums below."""
    (found,) = page.all("table", "product")
    rows = found.all("tbody")[0].all("tr")
    v = [row.all("th")[0].all("b")[0].text for row in rows]
    numbers = [
        [[one.text for one in cell.walk() if one.tag in ("b", "span")] for cell in row.all("td", "entry")]
        for row in rows
    ]
    sums = [cell.all("b")[0].text for cell in found.all("td", "sum")]
    return v, numbers, sums


def test_the_outer_product_by_hand(client: TestClient) -> None:
    """v = (0.2, −0.1, 0.1) and x = (1, 0.5), from spec.md."""
    page = board(client, "W")
    v, cells, sums = table(page)
    assert [number(one) for one in v] == [0.2, -0.1, 0.1]
    assert [[number(cell[-1]) for cell in row] for row in cells] == [[0.2, 0.1], [-0.1, -0.05], [0.1, 0.05]]
    assert not sums


def test_the_product_with_the_transpose_by_hand(client: TestClient) -> None:
    """Down the first column of W: 0.5 · 0.2 − 0.3 · 0.1 − 0.1 · 0.1 = 0.06."""
    page = board(client, "x")
    _, cells, sums = table(page)
    assert [number(row[0][0]) for row in cells] == [0.5, 0.3, -0.1]
    assert [number(row[0][1]) for row in cells] == [0.1, -0.03, -0.01]
    assert [number(one) for one in sums] == [0.06, -0.02]
    assert "first index" in page.text


def test_the_bias_hands_on_v(client: TestClient) -> None:
    v, cells, sums = table(board(client, "b"))
    assert [[cell[0] for cell in row] for row in cells] == [["1", "0", "0"], ["0", "1", "0"], ["0", "0", "1"]]
    assert sums == v


@pytest.mark.parametrize("wrt", SLOTS)
def test_it_is_derived_by_indices_as_the_row_of_the_op_has_it(client: TestClient, wrt: str) -> None:
    page = board(client, wrt)
    (reasons,) = page.all("ol", "reasons")
    rule = OPS["linear"].vjps[wrt]
    assert len(reasons.all("li")) == len(rule.derivation)
    said = [re.sub(r"\$(\w)", r"\1", reason.says) for reason in rule.derivation]
    assert all(sentence in reasons.text for sentence in said)
    first = reasons.all("span", "line-of-maths")[0]["aria-label"]
    assert first.startswith(f"∂L by ∂{wrt}")


def test_every_formula_is_the_row_of_the_op() -> None:
    graph = NETWORKS["relu-mse"].graph
    (use,) = graph.uses["W"]
    state = BoardState(BOARD)
    assert BOARD.formulas(state) == tuple(vjp_equation(graph, use.node, slot) for slot in SLOTS)
    assert [one.text for one in BOARD.formulas(state)] == ["∂L/∂W = v xᵀ", "∂L/∂x = Wᵀ v", "∂L/∂b = v"]


def test_a_training_step_costs_three_forward_passes(client: TestClient) -> None:
    m, n = 3, 2
    said = board(client, "W").all("figcaption")[0].text
    assert f"{m} · {n} = {m * n} forward, {2 * m * n} backward. A training step, {3 * m * n}," in said
    more = board(client, "W").by_id("more").text
    assert f"Here these are {m * n}, {m * n}, {m * n} and 0." in more


@pytest.mark.parametrize(("wrt", "tempting"), [("W", "x vᵀ"), ("x", "W v")])
def test_shapes_tell_the_rule_from_the_one_that_looks_right_unless_W_is_square(
    client: TestClient, wrt: str, tempting: str
) -> None:
    tall, square = board(client, wrt), board(client, wrt, "network=shared")
    plain = str.maketrans("𝑊𝑥𝑣", "Wxv")
    assert "would" in tall.all("section", "said")[0].text
    assert f"But {tempting} has this shape, too" in square.all("section", "said")[0].text.translate(plain)
    assert "only the indices tell" in square.text
    assert "right shape and wrong numbers" in square.by_id("more").text
    network = NETWORKS["shared"]
    trace = backward(forward(network.graph, as_arrays(network.defaults)))
    v, x, W = trace.grads["z"], trace.values["x"], trace.values["W"]
    wrong = np.outer(x, v) if wrt == "W" else W @ v
    right = np.outer(v, x) if wrt == "W" else W.T @ v
    assert wrong.shape == right.shape
    assert not np.allclose(wrong, right)


def test_several_examples_are_a_sum_of_outer_products_and_one_matrix_product(client: TestClient) -> None:
    assert "sum of their outer products" in board(client, "W").by_id("more").text
    rng = np.random.default_rng(5)
    V, X = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
    assert pytest.approx(sum(np.outer(v, x) for v, x in zip(V, X, strict=True))) == V.T @ X


def test_each_cell_leads_to_its_entry_written_out(client: TestClient) -> None:
    page = board(client, "W")
    cells = [cell.all("a")[0]["href"] for cell in page.all("td", "entry")]
    assert len(set(cells)) == 6
    for place, href in enumerate(cells):
        chosen = read(client.get(href).text).by_id("board")
        (line,) = chosen.all("p", "worked")
        i, j = divmod(place, 2)
        assert line["aria-label"].startswith(f"∂L by ∂W{'₁₂₃'[i]}{'₁₂'[j]}")
        (mark,) = chosen.all("td", "is-chosen")
        assert mark is chosen.all("td", "entry")[place]


@pytest.mark.parametrize("wrt", SLOTS)
def test_the_arithmetic_shown_gives_what_is_shown(client: TestClient, wrt: str, lot: Lot) -> None:
    for view in lot.some(list(numbers_people_bring()), 1, of_each=lambda one: one.network.name):
        answer = client.get(BoardState(BOARD, view).but(wrt=wrt).address())
        if answer.status_code == 422:
            continue
        page = read(answer.text).by_id("board")
        v, cells, sums = table(page)
        if wrt == "W":
            x = [cell.all("b")[0].text for cell in page.all("table", "product")[0].all("thead")[0].all("th")]
            for i, row in enumerate(cells):
                for j, cell in enumerate(row):
                    assert abs(number(v[i]) * number(x[j]) - number(cell[-1])) <= 1.001 * decimals(cell[-1])
            continue
        for j, below in enumerate(sums):
            for i, row in enumerate(cells):
                value, product = row[j]
                assert abs(number(v[i]) * number(value) - number(product)) <= 1.001 * decimals(product), view
            if page.all("p", "cancels"):
                assert abs(number(below)) < 1e-6 * max(abs(number(row[j][1])) for row in cells)
                continue
            total = sum(number(row[j][1]) for row in cells)
            assert abs(total - number(below)) <= 1.001 * decimals(below), (view, wrt)


def test_a_value_used_twice_is_told_to_be_one_contribution(client: TestClient) -> None:
    assert "via z" in board(client, "x", "network=shared").text


@pytest.mark.parametrize("wrt", SLOTS)
def test_it_leads_to_the_derivation_of_the_chosen_gradient(client: TestClient, wrt: str) -> None:
    href = board(client, wrt).by_id("step")["href"]
    view = ViewState(NETWORKS["relu-mse"], "backward", NETWORKS["relu-mse"].defaults)
    assert href == view.at_gradient_of(wrt).with_view("why").address()


def test_what_is_no_choice_is_refused_in_a_sentence(client: TestClient) -> None:
    for query in ("wrt=y", "entry=0", "entry=two"):
        answer = client.get(f"/chapter/5?{query}")
        assert answer.status_code == 422
        assert "must be" in read(answer.text).by_id("board").text
