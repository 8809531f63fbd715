"""The board of canonical pairs: the family, four pairs in numbers, the one that is none, and how it saturates."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, Array
from app.engine.networks import CANONICAL
from app.layout import saturation as drawing
from app.pages.chapter.boards.canonical import BOARD, STOPS
from app.pages.chapter.question import BoardState
from app.pages.contents import BY_NAME, boards_of
from app.pages.questions import LOG_PARTITION
from app.snapshot.pairs import saturation
from app.state import ViewState
from tests.browser.reading import Element, read
from tests.conftest import Lot

from .test_boards import numbers_people_bring
from .test_linear import decimals, number

Z = np.array([0.4, 0.4, 0.2])


def softmax(z: Array) -> Array:
    powers = np.exp(z - z.max())
    return np.asarray(powers / powers.sum())


def board(client: TestClient, query: str = "") -> Element:
    answer = client.get(f"/chapter/8?{query}")
    assert answer.status_code == 200
    return read(answer.text).by_id("board")


def numbers(text: str) -> list[tuple[float, float]]:
    """Each number of a row, and half a unit of its last digit."""
    found = []
    for one in text.replace("\u00a0", " ").split(", "):
        if one.startswith(("1 − ", "1 + ")):
            sign = -1 if one[2] == "−" else 1
            found.append((1 + sign * number(one[4:]), decimals(one[4:])))
        else:
            found.append((number(one), decimals(one)))
    return found


def rows(page: Element) -> dict[str, list[str]]:
    """The prediction, the target and the gradient of each pair, by its name, as they are written."""
    found = {}
    for row in page.all("table", "pairs")[0].all("tbody")[0].all("tr"):
        _, prediction, target, grad = row.all("td")
        texts = [str(prediction.children[0]), str(target.children[0]), grad.all("b")[0].text]
        found[row.all("th")[0].all("a")[0].text] = texts
    return found


def test_four_pairs_by_hand(client: TestClient) -> None:
    means = {
        "Gaussian": (Z, (0.2, 0.5, 0.1)),
        "Bernoulli": (1 / (1 + np.exp(-Z)), (1, 0, 1)),
        "Multinomial": (softmax(Z), (0, 1, 0)),
        "Poisson": (np.exp(Z), (1, 2, 0)),
    }
    found = rows(board(client))
    assert list(found) == [*means, "Not canonical"]
    for name, (mean, target) in means.items():
        p, y, grad = map(numbers, found[name])
        for i in range(3):
            assert abs(p[i][0] - mean[i]) <= 1.001 * p[i][1]
            assert y[i][0] == target[i]
            assert abs(grad[i][0] - (mean[i] - target[i])) <= 1.001 * grad[i][1]


def test_the_pair_that_is_not_canonical_by_hand(client: TestClient) -> None:
    page = board(client)
    p, y = softmax(Z), np.array([0, 1, 0])
    error = p - y
    wanted = p * (error - error @ p)
    for (shown, half), true in zip(numbers(rows(page)["Not canonical"][2]), wanted, strict=True):
        assert abs(shown - true) <= 1.001 * half
    (row,) = page.all("tr", "non-canonical")
    assert "not prediction − target" in row.text
    assert page.text.count("not prediction − target") == 1


@pytest.mark.parametrize("family", LOG_PARTITION)
def test_the_slope_of_A_is_the_mean(family: str) -> None:
    """A′ by central differences of A, as it is printed, against the mean of the distribution with parameter η."""
    partition: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
        "Gaussian": (lambda eta: eta**2 / 2, lambda eta: eta),
        "Bernoulli": (lambda eta: math.log(1 + math.exp(eta)), lambda eta: 1 / (1 + math.exp(-eta))),
        "multinomial": (
            lambda eta: math.log(math.exp(eta) + 1 + math.exp(0.5)),
            lambda eta: math.exp(eta) / (math.exp(eta) + 1 + math.exp(0.5)),
        ),
        "Poisson": (math.exp, math.exp),
    }
    A, mean = partition[family]
    for eta in (-1.5, 0.0, 0.7):
        assert (A(eta + 1e-5) - A(eta - 1e-5)) / 2e-5 == pytest.approx(mean(eta), rel=1e-8)


def test_the_argument_stands_in_three_lines(client: TestClient) -> None:
    steps = board(client).all("ol", "steps")[0].all("li")
    assert len(steps) == 3
    said = " ".join(step.text for step in steps)
    assert "exponential family" in said
    assert "canonical link" in said
    first, mean, gradient, other = BOARD.formulas(BoardState(BOARD))
    assert first.text == "L = A(η) − y* η + const"
    assert mean.text.startswith("A′(η) = mean")
    assert gradient.text == "∂L/∂η = A′(η) − y* = prediction − target"
    assert other.text == "∂L/∂z = p ⊙ ((p − y*) − (p − y*)·p)"


def test_what_is_left_out_and_what_is_assumed_is_said(client: TestClient) -> None:
    more = board(client).by_id("more").text
    for fact in ("log y!", "unit dispersion", "focal", "contrastive", "is a subtraction", "regression", "counts"):
        assert fact in more


@pytest.mark.parametrize("logit", STOPS)
def test_confident_and_wrong_is_a_gradient_for_one_loss_and_none_for_the_other(client: TestClient, logit: int) -> None:
    p, y = softmax(np.array([0.0, logit, 0.0])), np.array([1.0, 0.0, 0.0])
    error = p - y
    wanted = error[1], (p * (error - error @ p))[1]
    (contrast,) = board(client, f"logit={logit}").all("div", "contrast")
    shown = [one.text for one in contrast.all("b", "is-grad")]
    assert all(abs(number(one) - true) <= 1.001 * decimals(one) for one, true in zip(shown, wanted, strict=True))
    if logit == STOPS[-1]:
        assert wanted[0] > 0.99
        assert wanted[1] < 1e-3


def test_the_curves_are_those_of_the_two_losses() -> None:
    at = drawing.logits()
    found = saturation(at)
    for logit, one, other in zip(at[::20], found.cross_entropy[::20], found.squared_error[::20], strict=True):
        p, y = softmax(np.array([0.0, logit, 0.0])), np.array([1.0, 0.0, 0.0])
        assert one == pytest.approx((p - y)[1])
        assert other == pytest.approx((p * ((p - y) - (p - y) @ p))[1])
    chart = drawing.chart(10.0, {"one": [0.0, *found.cross_entropy[1:]]}, {"one": 1.0})
    left, top, right, bottom = chart.frame
    points = chart.losses[0].points
    assert points[0] == (left, bottom)
    assert points[-1][0] == pytest.approx(right)
    assert all(top <= y <= bottom for _, y in points)
    assert chart.losses[0].here == (chart.here, top)


@pytest.mark.parametrize("name", CANONICAL)
def test_it_stands_on_the_present_pair_with_its_target(client: TestClient, name: str) -> None:
    network = NETWORKS[name]
    view = ViewState(network, "backward", network.defaults).with_values({"y": (0.25, 0.5, 0.25)})
    page = read(client.get(BoardState(BOARD, view).address()).text).by_id("board")
    likelihood = network.graph.loss.op.likelihood
    assert likelihood is not None
    distribution = likelihood.distribution
    target = rows(page)[distribution[0].upper() + distribution[1:]][1]
    assert [shown for shown, _ in numbers(target)] == [0.25, 0.5, 0.25]
    step = view.at_gradient_of("z")
    assert page.by_id("step")["href"] == step.address()
    assert BY_NAME["canonical"] in boards_of(step)


def test_counts_of_classes_have_another_mean_and_it_is_told(client: TestClient) -> None:
    page = board(client, "network=softmax-ce&y=2,1,0")
    p = softmax(Z)
    for (shown, half), true in zip(numbers(rows(page)["Multinomial"][2]), 3 * p - (2, 1, 0), strict=True):
        assert abs(shown - true) <= 1.001 * half
    assert "The multinomial targets sum to 3: the mean is p Σ y*" in page.text
    shown_p, _, shown_grad = map(numbers, rows(page)["Multinomial"])
    for one, target, grad in zip(shown_p, (2, 1, 0), shown_grad, strict=True):
        assert abs(3 * one[0] - target - grad[0]) <= 1.001 * grad[1], "redone from what is shown"


def test_a_pair_that_overflows_is_told_to_stand_on_its_default_numbers(client: TestClient) -> None:
    page = board(client, "x=1000,2000")
    assert "exp-poisson stands on its default numbers" in page.text


def test_what_is_shown_follows_from_what_is_shown(client: TestClient, lot: Lot) -> None:
    for view in lot.some(list(numbers_people_bring()), 2, of_each=lambda one: one.network.name):
        state = BoardState(BOARD, view)
        answer = client.get(state.address())
        if answer.status_code == 422:
            continue
        for name, texts in rows(read(answer.text).by_id("board")).items():
            p, y, grad = map(numbers, texts)
            if name == "Not canonical":
                mean = sum((p[i][0] - y[i][0]) * p[i][0] for i in range(3))
                redone = [p[i][0] * (p[i][0] - y[i][0] - mean) for i in range(3)]
            else:
                redone = [p[i][0] - y[i][0] for i in range(3)]
            for one, (shown, half) in zip(redone, grad, strict=True):
                assert abs(one - shown) <= 1.001 * half + 1e-12 * abs(shown), (state.address(), name)
