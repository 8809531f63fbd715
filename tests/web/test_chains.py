"""Chains through the API: published worked examples, with truth by other people's code, and what is wrong with a name.

worked_chains.json has of each example the numbers it starts from, and the loss, values and gradients that PyTorch's
autograd gives for them, confirmed by JAX.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine.by_name import chain
from app.pages.contents import CONTENTS
from tests.engine.random_chains import SAMPLE

WORKED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "worked_chains.json").read_text())
# Others' truth has been rounded to some sixteen digits, and read back.
NEAR = 1e-9

EVERYWHERE = (
    *("/", "/forward?step=1", "/backward", "/backward?step=2", "/backward?step=3&show=why", "/backward?step=3"),
    *("/backward?step=2&show=jacobian", "/backward?show=check", "/backward?show=saved", "/backward?ask=x.1"),
    *("/backward?node=x", "/networks", "/heads", "/cost", "/recall", "/glossary"),
    *(f"/chapter/{key}" for key in CONTENTS),
    *("/api/forward", "/api/backward?ask=x.1", "/api/check"),
)
LARGE = "64-64.relu-32.tanh-16.sigmoid-9_ce"


def close(ours: object, theirs: object) -> bool:
    one, other = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    return one.shape == other.shape and bool((abs(one - other) <= NEAR * np.maximum(1.0, abs(other))).all())


@pytest.mark.parametrize("worked", WORKED, ids=lambda worked: worked["source"])
def test_a_published_example_has_the_numbers_that_are_true_of_it(client: TestClient, worked: dict[str, Any]) -> None:
    answer = client.post("/api/backward", json={"network": worked["network"], "values": worked["values"]})
    assert answer.status_code == 200, answer.text
    snapshot = answer.json()
    assert close(snapshot["loss"], worked["loss"])
    nodes = {node["name"]: node for node in snapshot["nodes"]}
    for name, value in worked["found"].items():
        assert close(nodes[name]["value"], value), name
    for name, grad in worked["grads"].items():
        assert close(nodes[name]["grad"], grad), name


def test_the_loss_of_the_textbooks_2_2_2(client: TestClient) -> None:
    """Typed from the page that printed it: 0.298371109."""
    network = "2-2.sigmoid-2.sigmoid_mse"
    query = "x=0.05,0.1&W1=0.15,0.2;0.25,0.3&b1=0.35,0.35&W2=0.4,0.45;0.5,0.55&b2=0.6,0.6&y=0.01,0.99"
    snapshot = client.get(f"/api/backward?network={network}&{query}").json()
    assert f"{snapshot['loss']:.9f}" == "0.298371109"
    W2 = next(node for node in snapshot["nodes"] if node["name"] == "W2")
    assert f"{W2['grad'][0][0]:.9f}" == "0.082167041"


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", SAMPLE)
def test_a_chain_is_on_every_page_and_in_every_answer(client: TestClient, name: str) -> None:
    for address in EVERYWHERE:
        answer = client.get(f"{address}{'&' if '?' in address else '?'}network={name}")
        assert answer.status_code == 200, f"{address}: {answer.text[:300]}"


@pytest.mark.parametrize("name", SAMPLE)
def test_a_batch_of_a_chain_is_the_chain_many_times(client: TestClient, name: str) -> None:
    network = chain(name)
    sets = [{}, {"x": [0.3] * network.shape("x")[0]}]
    stacked = client.post("/api/batch/backward", json={"network": name, "sets": sets}).json()
    alone = client.post("/api/backward", json={"network": name, "values": sets[1]}).json()
    assert close(stacked["loss"][1], alone["loss"])


def test_a_batch_of_a_large_chain_is_bounded(client: TestClient) -> None:
    answer = client.post("/api/batch/forward", json={"network": LARGE, "sets": [{}] * 1000})
    assert answer.status_code == 422
    assert "at most" in answer.json()["detail"]
    assert client.post("/api/batch/forward", json={"network": LARGE, "sets": [{}] * 3}).status_code == 200


def test_a_chain_has_its_mistakes_told(client: TestClient) -> None:
    name = "2-2.sigmoid-2.sigmoid_mse"
    nodes = {node["name"]: node for node in client.get(f"/api/backward?network={name}").json()["nodes"]}
    forgotten = {"z2": nodes["a2"]["grad"]}
    graded = client.post("/api/grade", json={"network": name, "gradients": forgotten}).json()
    assert "slope forgotten" in json.dumps(graded)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("2--3", "ends with an underscore and its loss"),
        ("2--3_mse", "a width is missing"),
        ("0-2_mse", "a whole number from 1 to 64"),
        ("-".join(["2"] * 401) + "_mse", "at most 8 layers, not 400"),
        ("2-3.swish_mse", "no such activation"),
        ("2-3._mse", "no such activation"),
        ("2-3_huber", "no such loss"),
        ("2-1_ce", "two classes or more"),
        ("2-65_mse", "a whole number from 1 to 64"),
        ("2.relu-3_mse", "the inputs of a chain have no activation"),
        ("2_mse", "at least one layer"),
        ("_", "no such loss"),
        ("2-²_mse", "a whole number from 1 to 64"),
        ("2-" + "3" * 500 + "_mse", "this name is longer"),
        ("", "there is no such network"),
        ("relu", "there is no such network"),
        ("2-3_mse\n", "no such loss"),
    ],
)
def test_nonsense_gets_one_clear_sentence(client: TestClient, name: str, says: str) -> None:
    sent = [
        client.get("/api/backward", params={"network": name}),
        client.post("/api/backward", json={"network": name}),
        client.post("/api/batch/forward", json={"network": name, "sets": [{}]}),
    ]
    for answer in sent:
        assert answer.status_code == 422, answer.text
        (error,) = answer.json()["errors"]
        assert says in error["msg"]
        assert error["loc"][1:] == ["network"]
        assert len(error["msg"]) < 300
    page = client.get("/backward", params={"network": name})
    assert page.status_code == 422
    assert says in page.text.replace("&#39;", "'")


def test_a_chain_of_the_gallery_has_the_gallerys_address(client: TestClient) -> None:
    page = client.get("/backward?network=2-3.tanh_mse&step=2")
    assert '<link rel="canonical" href="/backward?network=tanh-mse&amp;step=2">' in page.text
    assert client.get("/api/backward?network=2-3.relu_mse").json()["network"] == "relu-mse"


def test_what_is_too_large_for_a_picture_says_so_and_has_its_numbers(client: TestClient) -> None:
    for address in (f"/backward?network={LARGE}", f"/forward?network={LARGE}&step=2"):
        page = client.get(address)
        assert page.status_code == 200
        assert "too large" in page.text
        assert "<svg" not in page.text.partition("<main>")[2]
        assert "4032 more, in the JSON" in page.text
    snapshot = client.get(f"/api/backward?network={LARGE}").json()
    W1 = next(node for node in snapshot["nodes"] if node["name"] == "W1")
    assert np.shape(W1["grad"]) == (64, 64)
    for address in (f"{page}?network={LARGE}" for page in ("/recall", "/chapter/1", "/api/chapter", "/chapter.json")):
        page = client.get(address)
        assert page.status_code == 422
        assert "up to 3 layers with up to 5 units" in page.text


def test_the_networks_of_the_gallery_stay_those_of_the_gallery(client: TestClient) -> None:
    assert len(client.get("/api/networks").json()["networks"]) == 10
