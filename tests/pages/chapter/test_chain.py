"""The board “The chain, from the loss”: both brackets give the gradient, at the costs of dense products."""

from __future__ import annotations

import re

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, Array, Trace, VjpUse, as_arrays, backward, forward
from app.pages.chapter.boards.chain import BOARD
from app.pages.chapter.question import board_from_query
from app.pages.contents import CONTENTS, boards_of
from app.snapshot.brackets import jacobian_chain, main_path
from app.snapshot.formulas import forward_equation
from app.snapshot.glossary_parts import MULTIPLY_ADD
from tests.browser.reading import Element, read
from tests.conftest import Lot
from tests.pages.chapter.states import addresses, last_place, number
from tests.web.test_no_negative_zero import found_in

# The networks that have something to bracket; the board shows the others the first of two layers.
LONG = ("relu-mse", "tanh-mse", "softmax-mse", "sigmoid-then-bce", "two-layer", "shared")


def board(client: TestClient, query: str = "") -> Element:
    answer = client.get(f"/chapter/2?{query}")
    assert answer.status_code == 200
    return read(answer.text).by_id("board")


def matrices(part: Element) -> list[list[list[float]]]:
    """The numbers of each matrix that is drawn in a part of the page."""
    return [
        [[number(cell.text) for cell in row.all("td")] for row in box.all("tr")] for box in part.all("table", "array")
    ]


def half_units(part: Element) -> list[list[list[float]]]:
    """Half of what the last printed digit of each of these numbers counts."""
    return [
        [[0.5 * float(last_place(cell.text)) for cell in row.all("td")] for row in box.all("tr")]
        for box in part.all("table", "array")
    ]


def factors(page: Element) -> list[list[list[float]]]:
    (row,) = page.all("div", "factors")
    return matrices(row)


def dense(left: list[list[float]], right: list[list[float]]) -> tuple[list[list[float]], int]:
    """A product of two matrices, multiplication by multiplication, and how many these were."""
    count, rows = 0, []
    for row in left:
        rows.append([0.0] * len(right[0]))
        for k, one in enumerate(row):
            for j, other in enumerate(right[k]):
                rows[-1][j] += one * other
                count += 1
    return rows, count


def test_the_default_network_by_hand(client: TestClient) -> None:
    page = board(client)
    assert factors(page) == [[[0.2, -0.1, 0.1]], np.eye(3).tolist(), [[0.5, -0.2], [0.3, 0.4], [-0.1, 0.6]]]
    loss, other = page.by_id("from-loss"), page.by_id("from-input")
    assert [one.text for one in loss.all("th", "shapes")] == ["(1×3)(3×3)", "(1×3)(3×2)"]
    assert [one.text for one in loss.all("tbody")[0].all("td", "cost")] == ["1·3·3 = 9", "1·3·2 = 6"]
    assert [one.text for one in other.all("th", "shapes")] == ["(3×3)(3×2)", "(1×3)(3×2)"]
    assert [one.text for one in other.all("tbody")[0].all("td", "cost")] == ["3·3·2 = 18", "1·3·2 = 6"]
    assert [one.all("td", "total")[0].text for one in (loss, other)] == ["15", "24"]
    assert matrices(loss)[-1] == matrices(other)[-1] == [[0.06, -0.02]]
    assert loss.all("p", "nested")[0].text.replace(" ", "") == "(∂L/∂h∂h/∂z)∂z/∂x"
    assert other.all("p", "nested")[0].text.replace(" ", "") == "∂L/∂h(∂h/∂z∂z/∂x)"


def test_each_matrix_has_its_name_and_its_colour(client: TestClient) -> None:
    """Orange is what is a derivative of the loss: all of one side, and of the other the last product alone."""
    page = board(client, "network=two-layer")
    named = {
        part["id"]: [
            (row.all("div", "made")[0].all("math")[0].text, row.all("table", "array")[0].classes()) for row in rows
        ]
        for part in (page.by_id("from-loss"), page.by_id("from-input"))
        for rows in [[row for row in part.all("tr") if row.all("table", "array")]]
    }
    grad, value = {"array", "is-grad"}, {"array", "is-value"}
    assert named["from-loss"] == [("∂L/∂h", grad), ("∂L/∂z", grad), ("∂L/∂x", grad)]
    assert named["from-input"] == [("∂h/∂x", value), ("∂s/∂x", value), ("∂L/∂x", grad)]
    (top,) = page.all("div", "factors")
    assert [one.classes() for one in top.all("table", "array")] == [grad, value, value, value]
    assert [one.text for one in top.all("math")] == ["∂L/∂s", "∂s/∂h", "∂h/∂z", "∂z/∂x"]


@pytest.mark.parametrize("name", NETWORKS)
def test_from_the_loss_it_is_a_row_all_the_way_and_costs_less(client: TestClient, name: str) -> None:
    page = board(client, f"network={name}")
    loss, other = page.by_id("from-loss"), page.by_id("from-input")
    assert all(len(matrix) == 1 for matrix in matrices(loss))
    assert all(len(matrix) > 1 for matrix in matrices(other)[:-1])
    costs = [number(side.all("td", "total")[0].text) for side in (loss, other)]
    assert costs[0] < costs[1]
    assert ("x → z" in page.text.replace("𝑥", "x").replace("𝑧", "z")) == (name == "shared"), "which of two paths"


@pytest.mark.parametrize("name", LONG)
def test_each_letter_of_the_chain_is_said_to_be_what_an_op_makes(client: TestClient, name: str) -> None:
    """As h = max(0, z): one formula for each factor behind the loss's, in their order."""
    graph, page = NETWORKS[name].graph, board(client, f"network={name}")
    (ops,) = page.all("ul", "ops")
    made = [one.text.partition("=")[0] for one in ops.all("li")]
    top, *_ = page.all("div", "factors")
    assert made == [one.text.partition("/")[0].removeprefix("∂") for one in top.all("math")][1:]
    formulas = {forward_equation(graph, node).text.replace(" ", "") for node in graph.ops}
    assert {"h=max(0,z)", "z=Wx+b", "p=σ(z)"} & formulas <= {one.text for one in ops.all("li")}


@pytest.mark.parametrize("name", LONG)
def test_the_counts_are_those_of_dense_products(name: str) -> None:
    """Counted one by one, on both sides alike, and the products are the same to rounding."""
    network = NETWORKS[name]
    chain = jacobian_chain(backward(forward(network.graph, as_arrays(network.defaults))))
    given = [one.matrix for one in chain.factors]
    product, counts = given[0], []
    for matrix in given[1:]:
        product, count = dense(product, matrix)
        counts.append(count)
    assert [one.multiply_adds for one in chain.loss_side.products] == counts
    assert product[0] == pytest.approx(chain.gradient)
    product, counts = given[-1], []
    for matrix in given[-2::-1]:
        product, count = dense(matrix, product)
        counts.append(count)
    assert [one.multiply_adds for one in chain.input_side.products] == counts
    assert product[0] == pytest.approx(chain.gradient)
    assert chain.loss_side.agrees
    assert chain.input_side.agrees


def moved(trace: Trace, use: VjpUse, x: Array) -> Array:
    """What the op of a VJP gives where its input is x."""
    slots = zip(use.node.op.inputs, use.node.inputs, strict=True)
    inputs = [x if slot == use.slot else trace.values[at] for slot, at in slots]
    return np.atleast_1d(use.node.op.forward(*inputs)[0])


@pytest.mark.parametrize("name", LONG)
def test_each_factor_is_a_derivative(name: str) -> None:
    """Central differences of each op of the path, one input after the other."""
    network = NETWORKS[name]
    trace = backward(forward(network.graph, as_arrays(network.defaults)))
    for use, factor in zip(main_path(network.graph), jacobian_chain(trace).factors, strict=True):
        x = trace.values[use.wrt]
        steps = 1e-6 * np.eye(x.size)
        columns = [(moved(trace, use, x + step) - moved(trace, use, x - step)) / 2e-6 for step in steps]
        assert np.array(factor.matrix) == pytest.approx(np.array(columns).T, abs=1e-6), factor.symbol.text


def test_with_all_numbers_each_product_follows_from_the_printed_ones(client: TestClient, lot: Lot) -> None:
    shown = 0
    for address in lot.some(addresses("2"), 50):
        answer = client.get(address)
        if answer.status_code == 422:
            assert "sigmoid-then-bce" in address, f"its gradient is lost with these numbers: {address}"
            continue
        assert answer.status_code == 200, address
        page = read(answer.text).by_id("board")
        assert not found_in(page.text), address
        assert not re.search(r"\bnan\b|\binf\b", page.text, re.IGNORECASE), address
        given = [np.array(matrix) for matrix in factors(page)]
        for side, left in (("from-loss", True), ("from-input", False)):
            product = given[0] if left else given[-1]
            half = half_units(page.by_id(side))
            for factor, printed, unit in zip(
                given[1:] if left else given[-2::-1], matrices(page.by_id(side)), half, strict=True
            ):
                product = product @ factor if left else factor @ product
                assert (abs(product - printed) <= 1.001 * np.array(unit)).all(), address
                product = np.array(printed)
        shown += 1
    assert shown > 30


def test_what_float64_cannot_hold_is_said_so(client: TestClient) -> None:
    """U and W of 10²⁰⁰ with a gradient of 0 behind them: their product alone is too large."""
    query = "network=two-layer&x=1e-200,0&W=1e200,0;1e200,0;0,1&U=1e200,0,0;0,0,0&b=0,0,0&c=0,0&y=1,0"
    page = board(client, query)
    assert "too large for float64" in page.by_id("from-input").text
    assert "too large" not in page.by_id("from-loss").text
    assert "the product from the input differs from what the VJPs find" in page.text
    assert "✗ not what the VJPs find" in page.by_id("from-input").text


@pytest.mark.parametrize("name", NETWORKS)
def test_there_is_something_to_bracket(client: TestClient, name: str) -> None:
    """A network of two Jacobians has one product; the board then stands on a longer one, with the typed numbers."""
    state = board_from_query(BOARD, f"network={name}&x=3,-2")
    assert len(main_path(state.view.network.graph)) >= 3
    assert state.view.network.name == (name if name in LONG else "two-layer")
    assert np.array(state.view.values["x"]).tolist() == [3, -2]
    assert ("This board stands on" in board(client, f"network={name}").text) == (name not in LONG)


def test_its_facts_are_on_it(client: TestClient) -> None:
    page = board(client)
    assert "J(f∘g)=J(f)J(g)" in page.text
    assert "(1×m)(m×k)⋯(p×n)" in page.text
    assert "about one forward pass for each output, forward mode about one for each input" in page.text
    assert "A loss is one output; 𝑥, 𝑊 and 𝑏 together are 11 numbers." in page.text  # 2 + 6 + 3
    assert f"Multiply-add: {MULTIPLY_ADD}" in page.text
    terms = [one["data-term"] for one in page.all("a", "term") if one.text == "multiply-adds"]
    assert terms == ["cost", "cost"], "each column of counts says what it counts"
    more = page.by_id("more").text
    assert "the backward pass of a linear layer takes 2 times as many as its forward pass (boards 5 and 9)" in more
    assert [CONTENTS[name].title for name in "59"] == ["Linear", "What is saved, and what it costs"]
    assert "it would run 11 times" in more


@pytest.mark.parametrize(
    ("name", "closed"),
    [
        ("relu-mse", 3 + 6),  # a slope of each h, and Wᵀ v
        ("tanh-mse", 3 + 6),
        ("sigmoid-then-bce", 3 + 6),
        ("softmax-mse", 2 * 3 + 6),  # v·p, and p ⊙ (v − v·p)
        ("two-layer", 6 + 3 + 6),  # Uᵀ v first
        ("shared", 0 + 2 + 4),  # the sum hands v on
    ],
)
def test_the_closed_form_is_counted_as_the_brackets_are(client: TestClient, name: str, closed: int) -> None:
    """The loss's gradient and the local derivatives are given on both sides, so that neither number has in it what the
    other has not."""
    page = board(client, f"network={name}")
    total = page.by_id("from-loss").all("td", "total")[0].text
    said = f"the VJPs on this path take {closed} multiply-adds, where the bracket from the loss takes {total}."
    assert said in page.by_id("more").text
    assert closed < number(total)


@pytest.mark.parametrize("name", NETWORKS)
def test_its_step_leads_back_to_it(client: TestClient, name: str) -> None:
    step = BOARD.step(board_from_query(BOARD, f"network={name}"))
    assert (step.direction, step.whole) == ("backward", True)
    assert BOARD.title in boards_of(step)
    assert client.get(step.address()).status_code == 200


def test_its_formulas() -> None:
    rule, own = BOARD.formulas(board_from_query(BOARD, "network=two-layer"))
    assert (rule.text, own.text) == ("J(f∘g) = J(f) J(g)", "∂L/∂s ∂s/∂h ∂h/∂z ∂z/∂x")
