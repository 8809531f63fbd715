"""The board of softmax with cross-entropy: the dense Jacobian, the sum term by term, and what two ops lose."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, OPS
from app.engine.chains import reference
from app.pages.chapter.boards.softmax import BOARD, LOG_SOFTMAX
from app.pages.chapter.question import BoardState
from app.state import ViewState
from tests.browser.reading import Element, read
from tests.conftest import Lot

from .test_boards import numbers_people_bring
from .test_linear import decimals, number, table

# The probabilities of the logits 0.4, 0.4 and 0.2.
POWERS = [math.exp(z) for z in (0.4, 0.4, 0.2)]
P = [power / sum(POWERS) for power in POWERS]


def board(client: TestClient, query: str = "") -> Element:
    answer = client.get(f"/chapter/7?{query}")
    assert answer.status_code == 200
    return read(answer.text).by_id("board")


def near(text: str, value: float) -> bool:
    return abs(number(text) - value) <= 1.001 * decimals(text)


def quotient(text: str) -> float:
    """A number, or one by another: −1.00/0.355."""
    above, _, below = text.partition("/")
    below = below.strip("()")
    if below.startswith("1 − "):
        return number(above) / (1 - number(below[4:]))
    return number(above) / number(below or "1")


def test_the_jacobian_by_hand(client: TestClient) -> None:
    _, cells, _ = table(board(client))
    for j, row in enumerate(cells):
        for i, cell in enumerate(row):
            assert near(cell[0], P[j] * ((i == j) - P[i]))
            assert number(cell[0]) != 0, "dense"


def test_the_columns_add_up_to_prediction_minus_target(client: TestClient) -> None:
    v, cells, sums = table(board(client))
    for j, y in enumerate((0, 1, 0)):
        assert quotient(v[j]) == pytest.approx(-y / P[j], rel=2e-3)
        assert near(sums[j], P[j] - y)
        assert sum(number(row[j][1]) for row in cells) == pytest.approx(number(sums[j]), abs=1e-9)


@pytest.mark.parametrize("entry", [1, 2, 3])
def test_an_entry_is_written_out_term_by_term_and_each_p_is_struck(client: TestClient, entry: int) -> None:
    page = board(client, f"entry={entry}")
    (terms,) = page.all("table", "terms")
    rows = terms.all("tr")
    assert [row.all("th")[0].text for row in rows] == ["𝑗 = 1", "𝑗 = 2", "𝑗 = 3"]
    for j, row in enumerate(rows):
        struck = row.all("mn", "struck")
        assert len(struck) == 2
        assert struck[0].text == struck[1].text
        assert near(struck[0].text, P[j])
        delta = row.all("mn")[-3].text
        assert delta == str(int(j == entry - 1))
        assert near(row.all("td")[1].all("mn")[0].text, -(j == 1) * ((j == entry - 1) - P[entry - 1]))


def test_the_cancelling_is_an_identity() -> None:
    """Σⱼ −(yⱼ/pⱼ) pⱼ (δⱼᵢ − pᵢ) = pᵢ Σⱼ yⱼ − yᵢ, in fractions; pᵢ − yᵢ where the targets sum to 1, and only there."""
    p = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]
    for fourths in ((0, 4, 0), (1, 1, 2), (2, 0, 0)):
        y = [Fraction(one, 4) for one in fourths]
        for i in range(3):
            whole = sum(-(y[j] / p[j]) * p[j] * ((i == j) - p[i]) for j in range(3))
            assert whole == p[i] * sum(y) - y[i]
            assert (whole == p[i] - y[i]) == (sum(y) == 1)


def test_targets_that_do_not_sum_to_1_are_told_and_the_rule_is_theirs(client: TestClient) -> None:
    usual, other = board(client), board(client, "y=0.5,0.3,-0.1")
    assert len(usual.all("ol", "reasons")[0].all("li")) == 4
    assert len(other.all("ol", "reasons")[0].all("li")) == 3
    assert "sum to 0.7, not to 1" in other.text
    assert "not to 1" not in usual.all("section", "said")[0].text
    for text, p, y in zip(table(other)[2], P, (0.5, 0.3, -0.1), strict=True):
        assert near(text, 0.7 * p - y)
    tenth = board(client, "y=0.1,0.2,0.7")  # 1 but for rounding
    assert "not to 1" not in tenth.all("section", "said")[0].text


def test_negative_targets_are_told(client: TestClient) -> None:
    said = board(client, "y=1.5,-0.5,0").all("section", "said")[0].text
    assert "y*₂ is negative: outside the multinomial likelihood" in said


def test_a_probability_of_0_has_no_quotient_and_the_fused_rule_needs_none(client: TestClient) -> None:
    """softmax(0, −1000, 0) has a 0 in a float64."""
    page = board(client, "W=0,0;0,0;0,0&b=0,-1000,0")
    assert "In a float64, p₂ is 0" in page.text
    assert "(0.50, −1.00, 0.50)" in page.text


def test_what_is_shown_follows_from_what_is_shown(client: TestClient, lot: Lot) -> None:
    for view in lot.some(list(numbers_people_bring()), 2, of_each=lambda one: one.network.name):
        state = BoardState(BOARD, view)
        answer = client.get(state.address())
        if answer.status_code == 422:
            continue
        page = read(answer.text).by_id("board")
        if not page.all("table", "product"):
            assert "cannot be formed" in page.text
            continue
        v, cells, sums = table(page)
        for i, below in enumerate(sums):
            products = [number(row[i][1]) for row in cells]
            assert abs(sum(products) - number(below)) <= 1.001 * decimals(below), state.address()
            for j, row in enumerate(cells):
                slack = 1.001 * decimals(row[i][1]) + 1e-12
                assert abs(quotient(v[j]) * number(row[i][0]) - number(row[i][1])) <= slack, state.address()


# --- in full ----------------------------------------------------------------------------------------------------


def test_log_sum_exp_with_the_maximum_subtracted(client: TestClient) -> None:
    more = board(client).by_id("more")
    assert LOG_SOFTMAX in BOARD.formulas(BoardState(BOARD))
    assert "log" in more.text
    assert "F.cross_entropy" in more.text
    z = np.array([1000.0, 998.0, 0.0])
    stable = z - z.max() - np.log(np.exp(z - z.max()).sum())
    assert np.isfinite(stable).all()
    assert np.exp(stable).sum() == pytest.approx(1)


@pytest.mark.parametrize(("logit", "word"), [(40, "NaN"), (36, ""), (2, "")])
def test_what_two_ops_lose(client: TestClient, logit: int, word: str) -> None:
    (ways,) = board(client, f"logit={logit}").all("table", "ways")
    p, loss, grad = (row.all("td") for row in ways.all("tbody")[0].all("tr"))
    true = reference(float(logit), 0)
    assert near(loss[0].text, float(true["loss"]))
    assert near(loss[1].text, float(true["loss"])), "the one op"
    if word:
        assert word in grad[2].text
        assert grad[2].all("b", "is-wrong")
        # PyTorch's BCELoss: loss 100, gradient 0
        assert loss[3].text.split()[0] == "100"
        assert grad[3].text.split()[0] == "0"
        assert grad[1].text == "exactly 1"
    wrong = [bool(cell.all("b", "is-wrong")) for cell in grad[1:]]
    assert wrong == {40: [False, True, True], 36: [False, False, True], 2: [False, False, False]}[logit]
    assert p[0].text.startswith("1 − ") == (logit > 30)


def test_it_stands_on_the_present_network_if_that_ends_in_softmax_with_cross_entropy(client: TestClient) -> None:
    page = board(client, "network=two-layer")
    network = NETWORKS["two-layer"]
    view = ViewState(network, "backward", network.defaults)
    assert page.by_id("step")["href"] == view.at_gradient_of("s").address()
    assert len(page.having("aria-label", "Entry")[0].all("a")) == 2
    assert "softmax with cross-entropy" in board(client, "network=tanh-mse").text


def test_three_vector_operations_and_no_entry_of_the_jacobian(client: TestClient) -> None:
    said = board(client).all("section", "said")[0].text
    assert "needs none of its 9 entries" in said
    assert "exp, divide, subtract" in said
    p = np.array(P)
    shapes = dict.fromkeys(("z", "y", "p"), (3,))
    assert OPS["softmax-cross-entropy"].vjps["z"].cost(shapes) < p.size**2


def test_what_p_and_the_loss_are_stands_on_the_board(client: TestClient) -> None:
    said = board(client).all("p", "given")[0]
    op = OPS["softmax-cross-entropy"]
    assert op.likelihood is not None
    assert op.likelihood.activation is OPS["softmax"]
    shown = "".join(said.text.split())
    assert "p=softmax(z)" in shown
    assert "L=" + "".join(op.formula.text.replace("$", "").split()).replace("y⊙", "y*⊙").replace("Σ", "∑") in shown
