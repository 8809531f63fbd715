"""The gallery: a page for people and a list for programs, which say the same of every network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape
from starlette.testclient import TestClient

from app.engine import DEFAULT, NETWORKS, Array, Trace, backward, forward
from app.pages.networks.context import network_cards
from tests.browser.reading import read
from tests.web.test_bad_input import refused


def listed(client: TestClient) -> dict[str, dict[str, Any]]:
    answer = client.get("/api/networks")
    assert answer.status_code == 200
    return {network["name"]: network for network in answer.json()["networks"]}


def test_all_networks_are_listed_the_first_one_first(client: TestClient) -> None:
    assert list(listed(client)) == list(NETWORKS)
    assert next(iter(NETWORKS)) == DEFAULT.name == "relu-mse"


def test_the_network_everyone_meets_first_by_hand(client: TestClient) -> None:
    found = listed(client)["relu-mse"]
    assert found["defaults"] == {
        "x": [1, 0.5],
        "W": [[0.5, -0.2], [0.3, 0.4], [-0.1, 0.6]],
        "b": [0, -0.1, 0],
        "y": [0.2, 0.5, 0.1],
    }
    assert found["steps"] == {"forward": 3, "backward": 6}
    assert [node["name"] for node in found["nodes"]] == ["x", "W", "b", "z", "h", "y", "L"]
    assert [node["shape"] for node in found["nodes"]] == [[2], [3, 2], [3], [3], [3], [3], []]
    assert [node["forward"]["text"] for node in found["nodes"] if node["forward"]] == [
        "z = W x + b",
        "h = max(0, z)",
        "L = ½‖h − y*‖²",
    ]
    assert [rule["text"] for node in found["nodes"] for rule in node["vjps"]] == [
        "∂L/∂W = v xᵀ",
        "∂L/∂x = Wᵀ v",
        "∂L/∂b = v",
        "∂L/∂z = v ⊙ 𝟙[z > 0]",
        "∂L/∂h = v (h − y*)",
    ]
    assert found["last_arrow"]["text"] == "∂L/∂h = v (h − y*)"


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_listed_is_what_the_network_answers(client: TestClient, name: str) -> None:
    found = listed(client)[name]
    assert found["title"]
    assert found["about"].endswith(".")
    for direction, steps in found["steps"].items():
        body = {"network": name, "values": found["defaults"]}
        snapshot = client.post(f"/api/{direction}", json=body).json()
        assert snapshot == client.get(f"/api/{direction}?network={name}").json()
        assert (snapshot["title"], snapshot["steps"]) == (found["title"], steps)
        for node, said in zip(snapshot["nodes"], found["nodes"], strict=True):
            assert {key: node[key] for key in ("name", "symbol", "op", "role", "inputs", "shape", "forward")} == {
                key: said[key] for key in ("name", "symbol", "op", "role", "inputs", "shape", "forward")
            }
            assert list(np.shape(node["value"])) == said["shape"]
            offered = {vjp["wrt"]: vjp["text"] for vjp in node["vjps"]}
            assert {rule["wrt"]: rule["text"] for rule in said["vjps"]}.items() <= offered.items()


def test_the_page_shows_the_same_and_leads_to_both_passes(client: TestClient) -> None:
    answer = client.get("/networks")
    assert answer.status_code == 200
    page = read(answer.text)
    for name, found in listed(client).items():
        (title,) = page.by_id(f"name-{name}").all("a")
        assert title.text == found["title"]
        start = "/forward" if name == DEFAULT.name else f"/forward?network={name}"
        assert title["href"] == start
        assert client.get(start).status_code == 200
        assert escape(found["about"]) in answer.text
        assert start.replace("forward", "backward") in answer.text
    twin = [link["href"] for link in page.all("link") if link.attributes.get("rel") == "alternate"]
    assert twin == ["/api/networks"]


PREDICTS = {
    "sigmoid-bce": "p = σ(z)",
    "softmax-ce": "p = softmax(z)",
    "exp-poisson": "p = exp(z)",
    "two-layer": "p = softmax(s)",
}


def test_the_gradients_are_printed_back_to_z_and_what_is_said_of_them_is_true(client: TestClient) -> None:
    page = read(client.get("/networks").text)
    for card in network_cards():
        name, rules = card.view.name, [rule.text for rule in card.gradients]
        section = next(one for one in page.all("section") if one["aria-labelledby"] == f"name-{name}")
        printed = [paragraph for paragraph in section.all("p") if {"equations", "is-grad"} <= paragraph.classes()]
        assert len(printed[0].all("math")) == len(rules) == sum(node.op is not None for node in card.view.nodes) - 1
        assert rules[0] == card.view.last_arrow.text
        assert rules[-1].startswith("∂L/∂z = "), name
        assert bool(card.prediction) == (name in PREDICTS)
        if card.prediction:
            assert card.prediction.text == PREDICTS[name]
            assert section.all("p")[1].all("math")[-1].text.replace(" ", "") == PREDICTS[name].replace(" ", "")
    rules = next([rule.text for rule in card.gradients] for card in network_cards() if card.view.name == "softmax-mse")
    assert rules == ["∂L/∂p = v (p − y*)", "∂L/∂z = p ⊙ (v − v·p)"]


@settings(deadline=None, max_examples=30)
@given(st.tuples(*[st.floats(-5, 5)] * 3), st.integers(0, 2))
def test_in_softmax_mse_the_difference_is_the_gradient_of_p_and_not_that_of_z(
    z: tuple[float, float, float], target: int
) -> None:
    y = np.eye(3)[target]
    trace = traced("softmax-mse", z, y)
    difference = trace.values["p"] - y
    assert trace.grads["p"] == pytest.approx(difference, abs=0)
    assert trace.grads["z"] != pytest.approx(difference, rel=0.1)


@pytest.mark.parametrize("y", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("z", [37.0, 40.0, 800.0, -746.0, -800.0])
def test_in_sigmoid_then_bce_the_gradient_is_nan_where_p_rounds_to_0_or_1(z: float, y: float) -> None:
    trace = traced("sigmoid-then-bce", (z, z, z), np.full(3, y))
    assert set(trace.values["p"]) <= {0.0, 1.0}
    assert np.isnan(trace.grads["z"]).all()


def traced(name: str, z: tuple[float, float, float], y: Array) -> Trace:
    """Both passes of a network whose layer gives z itself."""
    values = {"x": np.zeros(2), "W": np.zeros((3, 2)), "b": np.array(z), "y": y}
    return backward(forward(NETWORKS[name].graph, values))


def test_each_stage_leads_to_the_gallery_and_the_chapter(client: TestClient) -> None:
    for name in NETWORKS:
        page = read(client.get(f"/backward?network={name}").text)
        query = "" if name == DEFAULT.name else f"?network={name}"
        assert page.by_id("to-networks")["href"] == f"/networks{query}"
        assert page.by_id("to-chapter")["href"] == f"/chapter{query}"


def test_the_gallery_may_be_kept_by_a_cache(client: TestClient) -> None:
    for path in ("/networks", "/api/networks"):
        answer = client.get(path)
        assert "max-age=60" in answer.headers["cache-control"]
        recompute = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert recompute.status_code == 304


def test_the_list_takes_no_questions(client: TestClient) -> None:
    refused(client.get("/api/networks?network=relu-mse"), 422, ["query"])


def test_both_parts_of_a_gradient_that_is_a_sum_are_gradients_on_the_page(client: TestClient) -> None:
    """By hand: r − y* = (0.4, −0.1) comes back over the skip, and Wᵀ (0.4, −0.1) = (0.17, −0.12) through the layer."""
    page = read(client.get("/backward?network=shared&ask=x.1").text)
    rungs = {rung.all("small")[0].text: rung for rung in page.by_id("card").all("span", "rung")}
    assert [part.text for part in rungs["numbers"].all("mrow", "is-grad")] == ["0.40", "0.17"]
    assert rungs["result"].all("mn", "is-grad")[0].text == "0.57"
    assert all("via" in part.text for part in rungs["terms"].all("mrow", "is-grad"))
