"""Steps through the API: published ones with truth by other people's code, and what is refused.

worked_steps.json has of each published example with a step the numbers it starts from, and the parameters and the loss
that PyTorch's autograd gives after it, confirmed by JAX.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.engine.descent import MAX_STEPS
from app.snapshot.train import MAX_TRAIL
from app.state.training import training_from_query

from .test_chains import close

WORKED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "worked_steps.json").read_text())
LARGE = "64-64.relu-32.tanh-16.sigmoid-9_ce"


def asked(worked: dict[str, Any]) -> dict[str, Any]:
    return {name: worked[name] for name in ("network", "values", "lr", "hold", "steps")}


@pytest.mark.parametrize("worked", WORKED, ids=lambda worked: worked["source"])
def test_a_published_step_leads_to_what_is_true(client: TestClient, worked: dict[str, Any]) -> None:
    answer = client.post("/api/train", json=asked(worked))
    assert answer.status_code == 200, answer.text
    run = answer.json()
    assert close(run["loss"][-1], worked["loss_new"])
    end = {one["name"]: one["end"] for one in run["parameters"]}
    for name, value in worked["new"].items():
        assert close(end[name], value), name
    body = {**asked(worked)}
    assert body.pop("steps") == 1
    update = client.post("/api/backward", json=body).json()["update"]
    assert update["loss_after"] == run["loss"][-1]
    assert update["predicted"] == run["predicted"][0]
    for one in update["parameters"]:
        assert one["new"] == end[one["name"]]
        assert one["held"] == (one["name"] in worked["hold"])
        if one["held"]:
            assert (one["scaled"], one["new"]) == (None, one["value"])
        else:
            assert close(one["scaled"], worked["lr"] * np.array(one["grad"]))


def test_without_lr_no_byte_of_an_answer_is_another(client: TestClient) -> None:
    plain, with_lr = client.get("/api/backward").json(), client.get("/api/backward?lr=0.5&hold=b").json()
    assert "update" not in plain
    assert "update" not in client.get("/api/forward").json()
    assert {**with_lr, "update": None} == {**plain, "update": None}
    assert with_lr["update"]["hold"] == ["b"]
    assert client.get("/api/backward?lr=0.5&step=3").json()["update"] is None, "not all gradients are there"
    assert client.get("/api/forward?lr=0.5").json()["update"] is None


def test_the_address_and_the_body_ask_for_the_same_and_again_for_the_same(client: TestClient) -> None:
    query = "network=two-layer&lr=0.25&hold=b&steps=12&trail=1"
    body = {"network": "two-layer", "lr": 0.25, "hold": ["b"], "steps": 12, "trail": True}
    one, other = client.get(f"/api/train?{query}"), client.post("/api/train", json=body)
    assert one.json() == other.json() == client.get(f"/api/train?{query}").json()
    run = one.json()
    assert (run["taken"], run["steps"], run["stopped"], run["why"]) == (12, 12, None, None)
    assert len(run["loss"]) == 13
    assert run["change"] == pytest.approx(np.diff(run["loss"]))
    for one in run["parameters"]:
        assert one["trail"][0] == one["start"]
        assert one["trail"][-1] == one["end"]
        assert len(one["trail"]) == 13
        if one["held"]:
            assert one["start"] == one["end"]
        else:
            assert close(np.array(one["trail"][-2]) - 0.25 * np.array(one["last_grad"]), one["end"])


def test_the_new_values_of_a_page_lead_on_to_the_same_run(client: TestClient) -> None:
    """Numbers in the shortest form that reads back to the same float: 3 steps and 4 more are 7."""
    whole = client.get("/api/train?lr=0.3&steps=7").json()
    first = client.get("/api/train?lr=0.3&steps=3").json()
    values = {one["name"]: one["end"] for one in first["parameters"]}
    more = client.post("/api/train", json={"values": values, "lr": 0.3, "steps": 4}).json()
    assert first["loss"] + more["loss"][1:] == whole["loss"]
    assert [one["end"] for one in more["parameters"]] == [one["end"] for one in whole["parameters"]]


@pytest.mark.parametrize(
    ("query", "stopped", "says"),
    [
        ("network=identity-mse&lr=1000&steps=50", "diverged", "grown to more than a million."),
        ("hold=W,b&steps=50", "still", "Every parameter is held"),
        ("b=-9,-9,-9&steps=50", "still", "every gradient is 0"),
        ("hold=b&lr=1e-30&steps=50", "still", "too small"),
        ("network=1-1-1_out&lr=0.5&steps=1000", "unbounded", "falls without a bound"),
        ("network=exp-poisson&b=5,5,5&y=3,3,3&lr=400&steps=1000", "overflow", "overflows"),
    ],
)
def test_why_a_run_ended_is_said_and_all_numbers_are_finite(
    client: TestClient, query: str, stopped: str, says: str
) -> None:
    answer = client.get(f"/api/train?{query}")
    assert answer.status_code == 200, answer.text
    run = answer.json()
    assert run["stopped"] == stopped
    assert says in run["why"]
    assert run["taken"] < run["steps"]
    assert np.isfinite(run["loss"]).all()
    assert "NaN" not in answer.text
    assert "Infinity" not in answer.text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *(("lr=0", "lr"), ("lr=-1", "lr"), ("lr=nan", "lr"), ("lr=1e400", "lr"), ("lr=1e200", "lr")),
        *(("steps=0", "steps"), ("steps=1001", "steps"), ("steps=1.5", "steps"), ("steps=", "steps")),
        *(("hold=x", "hold"), ("hold=W,y", "hold"), ("trail=2", "trail"), ("x=1", "x"), ("x=1e200,1", "values")),
        ("step=3", "query"),
    ],
)
def test_what_is_wrong_is_named(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/api/train?{query}")
    assert answer.status_code == 422
    assert [field in error["loc"] for error in answer.json()["errors"]] == [True]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        *(({"lr": "0.5"}, "lr"), ({"lr": True}, "lr"), ({"lr": 0}, "lr"), ({"steps": 0}, "steps")),
        *(({"steps": True}, "steps"), ({"steps": "10"}, "steps"), ({"steps": 1.5}, "steps")),
        *(({"trail": 1}, "trail"), ({"hold": "W"}, "hold"), ({"hold": ["x"]}, "hold"), ({"hold": [1]}, "hold")),
    ],
)
def test_what_is_wrong_in_a_body_is_named(client: TestClient, body: dict[str, Any], field: str) -> None:
    answer = client.post("/api/train", json=body)
    assert answer.status_code == 422
    assert [field in error["loc"] for error in answer.json()["errors"]] == [True]
    assert client.post("/api/train", json={**body, "x": 1}).status_code == 422


def test_all_that_is_wrong_in_a_body_is_named_at_once(client: TestClient) -> None:
    answer = client.post("/api/train", json={"lr": -1, "steps": 0, "trail": "no", "hold": ["q"]})
    assert {error["loc"][-1] for error in answer.json()["errors"]} == {"lr", "hold", "steps", "trail"}


def test_of_a_large_network_a_run_takes_fewer_steps(client: TestClient) -> None:
    name = "64-64.tanh-64.tanh-64.tanh-64.tanh-64.tanh-64.tanh-64.tanh-64.tanh_mse"
    answer = client.get(f"/api/train?network={name}&steps=1000")
    assert answer.status_code == 422
    most = int(answer.json()["detail"].partition("at most ")[2].split()[0])
    assert 500 < most < MAX_STEPS
    assert client.post("/api/train", json={"network": name, "steps": most + 1}).status_code == 422
    page = client.get(f"/train?network={name}&steps={most + 1}")
    assert (page.status_code, "a run takes at most" in page.text) == (422, True)
    assert "1 more" not in client.get(f"/train?network={name}&lr=1e-9&steps={most}").text


def test_a_graph_of_ones_own_takes_steps_too(client: TestClient) -> None:
    """The 2-2-2 of the textbook as a graph, with other names."""
    layers = (
        {"name": "p", "op": "linear", "inputs": {"W": "A", "x": "x", "b": "c"}},
        {"name": "h", "op": "sigmoid", "inputs": {"z": "p"}},
        {"name": "q", "op": "linear", "inputs": {"W": "B", "x": "h", "b": "d"}},
        {"name": "o", "op": "sigmoid", "inputs": {"z": "q"}},
        {"name": "E", "op": "mse", "inputs": {"h": "o", "y": "t"}},
    )
    worked = next(one for one in WORKED if one["source"] == "mazur-2-2-2")
    names = {"x": "x", "W1": "A", "b1": "c", "W2": "B", "b2": "d", "y": "t"}
    body = {
        "network": {"nodes": layers, "loss": "E"},
        "values": {names[name]: value for name, value in worked["values"].items()},
        "lr": 0.5,
        "hold": ["c", "d"],
        "steps": 1,
    }
    answer = client.post("/api/train", json=body)
    assert answer.status_code == 200, answer.text
    assert close(answer.json()["loss"][-1], worked["loss_new"])


def test_a_long_trail_is_refused_with_what_would_be_right(client: TestClient) -> None:
    answer = client.post("/api/train", json={"network": LARGE, "steps": 100, "trail": True})
    assert answer.status_code == 422
    most = int(answer.json()["detail"].partition("at most ")[2].split()[0])
    run = client.post("/api/train", json={"network": LARGE, "steps": most, "trail": True}).json()
    numbers = sum(np.size(one["trail"]) for one in run["parameters"])
    assert numbers <= MAX_TRAIL < numbers * (most + 2) / (most + 1)


def test_a_long_run_is_computed_off_the_loop() -> None:
    """By what is asked for alone: a class at its hundredth step does not queue."""
    for query, dear in (("", False), ("steps=100", False), (f"steps={MAX_STEPS}", True), (f"network={LARGE}", False)):
        assert training_from_query(query, strict=True).is_dear == dear, query
    for name in NETWORKS:
        training = training_from_query(f"network={name}&steps=40", strict=True)
        assert (training.is_dear, training.most_steps) == (False, MAX_STEPS), name
