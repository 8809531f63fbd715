"""A value used twice: its contributions add, in the digits that are shown, and are those of a finite difference."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, Values, as_arrays, forward
from app.pages.chapter.boards.reuse import BOARD, stands_on
from app.pages.chapter.question import BoardState
from app.state import ViewState
from tests.browser.reading import Element, read
from tests.conftest import Lot

from .figures import picture, said
from .test_boards import numbers_people_bring

SHARED = NETWORKS["shared"]
# Each array rounded by itself, the digits of the contributions do not add up to those of the sum.
ROUNDED: tuple[Mapping[str, Values], ...] = (
    {"x": (-7.311, -8.49), "W": ((0.672, 0.7), (0.1, -0.1345))},
    {"x": (5.106, 5.769), "W": ((0.772, 0.7), (0.1, 0.481))},
)
POWERS = str.maketrans({"−": "-", **{sup: digit for digit, sup in zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True)}})


def number(text: str) -> float:
    return float(text.translate(POWERS).replace("×10", "e"))


def decimals(text: str) -> float:
    """Half a unit in the last digit of a number as it is shown."""
    figure, _, power = text.translate(POWERS).partition("×10")
    return 0.5 * 10.0 ** (int(power or 0) - len(figure.partition(".")[2]))


def page_of(client: TestClient, query: str = "") -> Element:
    answer = client.get(f"/chapter/10{query}")
    assert answer.status_code == 200
    return read(answer.text)


def matrices(page: Element) -> list[list[str]]:
    """The entries of each matrix in the line of numbers, from left to right."""
    return [[cell.text for cell in table.all("mn")] for table in said(page).all("mtable")]


def test_the_numbers_by_hand(client: TestClient) -> None:
    # r − y* = (0.4, −0.1) past the layer; through it, both units active, 0.5·0.4 − 0.3·0.1 and −0.2·0.4 − 0.4·0.1
    assert matrices(page_of(client)) == [["0.40", "−0.10"], ["0.17", "−0.12"], ["0.57", "−0.22"]]
    text = said(page_of(client)).text
    assert "(1.14, −0.44) after a second backward pass, twice the gradient" in text


def test_it_stands_on_a_network_that_uses_a_value_twice() -> None:
    for name, network in NETWORKS.items():
        found = stands_on(ViewState(network, "forward", network.defaults))
        names = [source for node in found.network.graph.ops for source in node.inputs]
        assert len(set(names)) < len(names), name
        assert (found.network is network) == (name == "shared")


def test_typed_numbers_go_along(client: TestClient) -> None:
    page = page_of(client, "?x=2,1")
    assert page.by_id("field-x")["value"] == "2, 1"
    assert "stands on 2 → 2" in page.by_id("board").text
    assert "stands on" not in page_of(client, "?network=shared&x=2,1").by_id("board").text


def test_the_sum_is_the_sum_of_the_digits_that_are_shown(client: TestClient, lot: Lot) -> None:
    views = lot.some(list(numbers_people_bring()), 2, of_each=lambda one: one.network.name)
    for view in (*views, *(ViewState(SHARED, "forward", {**SHARED.defaults, **values}) for values in ROUNDED)):
        page = page_of(client, BoardState(BOARD, view).address().removeprefix("/chapter/10"))
        *parts, total = matrices(page)
        assert len(parts) == 2
        for entry, text in enumerate(total):
            assert abs(sum(number(part[entry]) for part in parts) - number(text)) <= 1.001 * decimals(text), view
        twice = re.search(r"has \(([^)]*)\) after", said(page).text)
        assert bool(twice) == any(map(number, total))
        for once, double in zip(total, twice[1].split(", ") if twice else (), strict=bool(twice)):
            assert abs(2 * number(once) - number(double)) <= 1.001 * decimals(double), view


def test_the_sum_is_the_gradient_by_finite_differences(client: TestClient) -> None:
    values = {**as_arrays(SHARED.defaults), "x": np.array([0.7, 0.9])}
    slopes = []
    for entry in range(2):
        step = np.eye(2)[entry] * 1e-6
        ends = [forward(SHARED.graph, {**values, "x": values["x"] + sign * step}).loss for sign in (1, -1)]
        slopes.append((ends[0] - ends[1]) / 2e-6)
    total = matrices(page_of(client, "?network=shared&x=0.7,0.9"))[-1]
    assert [number(text) for text in total] == pytest.approx([float(slope) for slope in slopes], abs=0.005)


def test_a_gradient_of_0_is_not_said_to_be_twice_itself(client: TestClient) -> None:
    page = page_of(client, "?network=shared&x=0,0&b=0,0&y=0,0")
    assert matrices(page)[-1] == ["0.00", "0.00"]
    assert "twice the gradient" not in said(page).text


def test_where_nothing_comes_through_the_layer_the_skip_carries_it(client: TestClient) -> None:
    past, through, total = matrices(page_of(client, "?network=shared&b=-1,-1"))
    assert through == ["0.00", "0.00"]
    assert past == total


def test_the_rule_its_reason_and_where_it_is_met(client: TestClient) -> None:
    page = page_of(client)
    assert "".join(said(page).all("math")[0].text.split()) == "∂L∂x=∂L∂xviar+∂L∂xviaz"
    text = said(page).text
    for fact in ("two paths", "multivariate chain rule", "+=", "zero the gradients"):
        assert fact in text
    for example in ("residual connections", "shared weights", "a word used twice in a sentence"):
        assert example in text
    more = page.by_id("more")
    steps = [link["href"] for link in more.all("a")]
    assert len(steps) == 2
    for step in steps:
        assert client.get(step).status_code == 200
        assert "is one contribution; both are added at step 8" in read(client.get(step).text).by_id("card").text


def test_the_picture_is_the_networks_at_the_sum(client: TestClient) -> None:
    page = page_of(client, "?network=shared&x=2,1")
    node = picture(page).by_id("node-x-wide")
    there = read(client.get(page.by_id("step")["href"]).text)
    assert node["aria-label"] == there.by_id("node-x-wide")["aria-label"]
    assert "step=8" in page.by_id("step")["href"]
