"""A graph in the place of a network's name: every POST answers it, or says what is wrong with it; none fails."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.engine import OPS
from app.web.openapi.graphs import a_graph
from tests.conftest import examples
from tests.engine import random_graphs

PASSES = ("forward", "backward")


def node(name: str, op: str, **inputs: str) -> dict[str, Any]:
    return {"name": name, "op": op, "inputs": inputs}


def sent(seed: int) -> dict[str, Any]:
    """A body with a graph at random, and values for its leaves."""
    graph, values = random_graphs.described(seed)
    return {"network": graph, "values": {name: value.tolist() for name, value in values.items()}}


def flat(numbers: Any) -> float:
    while isinstance(numbers, list):
        (numbers,) = numbers
    return float(numbers)


# --- two published examples that are no chains: see /networks#published for those that are -------------------------

# CS231n, notes on backpropagation, the figure of the gates: f = 2 (x y + max(z, w)).
GATES: dict[str, Any] = {
    "network": {
        "nodes": [
            node("f", "multiply", a="two", b="s"),
            node("s", "add", a="p", b="m"),
            node("p", "multiply", a="x", b="y"),
            node("m", "max", a="z", b="w"),
        ],
        "loss": "f",
    },
    "values": {"x": 3, "y": -4, "z": 2, "w": -1, "two": 2},
}
GATES_VALUES = {"p": -12, "m": 2, "s": -10, "f": -20}
GATES_GRADS = {"x": -8, "y": 6, "z": 2, "w": 0, "p": 2, "m": 2, "s": 2, "f": 1}


def _rnn() -> dict[str, Any]:
    """Hinton, Neural Networks for Machine Learning, quiz of lecture 7: a recurrent net of three steps, whose weights
    are shared by the steps."""
    nodes, numbers = [], {"x": (18, 9, -8), "t": (0.1, -0.1, -0.2)}
    for i in range(3):
        nodes += [node(f"u{i}", "multiply", a="Wxh", b=f"x{i}")]
        fed = f"u{i}"
        if i:
            nodes += [node(f"r{i}", "multiply", a="Whh", b=f"h{i - 1}"), node(f"q{i}", "add", a=fed, b=f"r{i}")]
            fed = f"q{i}"
        nodes += [node(f"z{i}", "add", a=fed, b="hb"), node(f"h{i}", "sigmoid", z=f"z{i}")]
        nodes += [node(f"y{i}", "multiply", a="Why", b=f"h{i}"), node(f"E{i}", "mse", h=f"y{i}", y=f"t{i}")]
    nodes += [node("E01", "add", a="E0", b="E1"), node("E", "add", a="E01", b="E2")]
    values = {f"{name}{i}": [number] for name, three in numbers.items() for i, number in enumerate(three)}
    values |= {"Wxh": [-0.1], "Whh": [0.5], "Why": [0.25], "hb": [0.4]}
    return {"network": {"nodes": nodes, "loss": "E"}, "values": values}


RNN_VALUES = {"z0": -1.4, "z1": -0.40109194427929085, "z2": 1.4005250084175342, "E": 0.10155686219977425}
RNN_GRADS = {
    "Wxh": -0.01787351813106581,
    "Whh": 0.009127459132490495,
    "Why": 0.39167806980913167,
    "hb": 0.028920464852201466,
    "z0": -0.0008996486173452568,
    "z1": 0.0139341802786778,
    "h2": 0.10014169914053044,
}


@pytest.mark.parametrize(
    ("body", "values", "grads"),
    [
        pytest.param(GATES, GATES_VALUES, GATES_GRADS, id="gates"),
        pytest.param(_rnn(), RNN_VALUES, RNN_GRADS, id="rnn"),
    ],
)
def test_published_examples_that_are_no_chains(
    client: TestClient, body: dict[str, Any], values: dict[str, float], grads: dict[str, float]
) -> None:
    answer = client.post("/api/backward", json=body)
    assert answer.status_code == 200
    snapshot = answer.json()
    nodes = {each["name"]: each for each in snapshot["nodes"]}
    assert snapshot["network"] is None
    for name, number in values.items():
        assert flat(nodes[name]["value"]) == pytest.approx(number, abs=1e-12)
    for name, number in grads.items():
        assert flat(nodes[name]["grad"]) == pytest.approx(number, abs=1e-12)
    check = client.post("/api/check", json=body).json()
    assert (check["disagree"], check["unmeasurable"], check["kinks"]) == (0, 0, 0)


def test_single_numbers_have_formulas_without_an_index(client: TestClient) -> None:
    asked = client.post("/api/forward", json={**GATES, "ask": "m"}).json()["ask"]
    assert (asked["general"]["text"], asked["left"]["text"], asked["result"]) == ("max(z, w)", "m", 2)
    asked = client.post("/api/backward", json={**GATES, "ask": "z"}).json()["ask"]
    assert (asked["general"]["text"], asked["general"]["latex"]) == ("v 𝟙[z ≥ w]", r"v\,\mathbb{1}[z \ge w]")


def test_two_equal_candidates_are_a_kink_and_either_choice_is_a_subgradient(client: TestClient) -> None:
    tied = {**GATES, "values": {**GATES["values"], "z": 2, "w": 2}}
    nodes = {each["name"]: each for each in client.post("/api/backward", json=tied).json()["nodes"]}
    assert (nodes["z"]["grad"], nodes["w"]["grad"]) == (2, 0)
    assert client.post("/api/check", json=tied).json()["kinks"] == 2
    graded = client.post("/api/grade", json={**tied, "gradients": {"z": 1, "w": 1}}).json()
    assert graded["verdict"] == "kink"
    assert "z − w is exactly 0, at the kink of maximum" in graded["nodes"][0]["note"]
    wrong = client.post("/api/grade", json={**GATES, "gradients": {"w": 2}}).json()["nodes"][0]
    assert [match["name"] for match in wrong["matches"]][:1] == ["mask forgotten"]


# --- all that there is for networks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(100, 106))
def test_every_question_that_a_network_answers_a_graph_does_too(client: TestClient, seed: int) -> None:
    body = sent(seed)
    snapshot = client.post("/api/backward", json=body).json()
    right = {each["name"]: each["grad"] for each in snapshot["nodes"] if each["requires_grad"]}
    for each in snapshot["nodes"]:
        asked = ".".join([each["name"], *["1"] * len(each["shape"])])
        for direction in PASSES:
            answer = client.post(f"/api/{direction}", json={**body, "ask": asked, "step": snapshot["steps"] // 4})
            assert answer.status_code == 200, answer.text
    graded = client.post("/api/grade", json={**body, "gradients": right}).json()
    assert (graded["verdict"], graded["network"]) == ("right", None)
    wrong = {name: (3 * np.array(grad) + 7).tolist() for name, grad in right.items()}
    graded = client.post("/api/grade", json={**body, "gradients": wrong})
    assert (graded.status_code, graded.json()["right"]) == (200, 0)
    batch = client.post("/api/batch/backward", json={"network": body["network"], "sets": [body["values"], {}]}).json()
    for column, each in zip(batch["nodes"], snapshot["nodes"], strict=True):
        assert np.allclose(column["value"][1], each["value"], rtol=1e-12)
        assert column["grad"] is None or np.allclose(column["grad"][0], each["grad"], rtol=1e-12)


def test_a_graph_takes_steps_and_what_is_no_data_moves(client: TestClient) -> None:
    body = {**_rnn(), "lr": 0.1, "hold": ["x0", "x1", "x2"]}
    answer = client.post("/api/train", json={**body, "steps": 5}).json()
    assert answer["network"] is None
    assert answer["loss"] == sorted(answer["loss"], reverse=True)
    assert {each["name"]: each["held"] for each in answer["parameters"]} == {
        **dict.fromkeys(("x0", "x1", "x2"), True),
        **dict.fromkeys(("Wxh", "Whh", "hb", "Why"), False),
    }
    update = client.post("/api/backward", json=body).json()["update"]
    assert update["loss_after"] == answer["loss"][1]


def test_the_example_of_the_document_is_answered(client: TestClient) -> None:
    graph, values = a_graph()
    answer = client.post("/api/backward", json={"network": graph, "values": values}).json()
    assert answer["loss"] == 0.5  # ½ (2 · 3 − 5)²
    assert {each["name"]: each["grad"] for each in answer["nodes"]} == {
        "a": [3.0],
        "b": [2.0],
        "p": [1.0],
        "y": None,
        "L": 1.0,
    }


# --- what is wrong ----------------------------------------------------------------------------------------------------

GRAPH, VALUES = a_graph()
LAYER = {"nodes": [node("z", "linear", W="W", x="x", b="b"), node("L", "mse", h="z", y="y")], "loss": "L"}
FITTING = {"W": [[1, 2]], "x": [1, 2], "b": [0], "y": [1]}
REFUSED: dict[str, tuple[Any, Any, list[str | int], str]] = {
    "a list": ([], {}, ["network"], "network must be a string, or a graph, not an array"),
    "empty": (
        {},
        {},
        ["network", "nodes"],
        "nodes must be an array of 1 to 64 objects, each with name, op, inputs, not nothing",
    ),
    "too many": (
        {"nodes": [node(f"n{i}", "relu", z="a") for i in range(65)], "loss": "n1"},
        {},
        ["network", "nodes"],
        "and this one holds 65",
    ),
    "no op": (
        {"nodes": [node("z", "conv", x="x")], "loss": "z"},
        {},
        ["network", "nodes", 0, "op"],
        f"z: there is no such op; the ops are {', '.join(sorted(OPS))}",
    ),
    "slots": (
        {"nodes": [node("z", "linear", W="W", x="x")], "loss": "z"},
        {},
        ["network", "nodes", 0, "inputs"],
        "z: the inputs of linear are W, x and b, an object with the name of a node for each",
    ),
    "a name": (
        {"nodes": [node("1z", "relu", z="x")], "loss": "z"},
        {},
        ["network", "nodes", 0, "name"],
        "the name of node 1 must be a text: a name is 1 to 32 letters, digits and underscores",
    ),
    "an input": (
        {"nodes": [node("z", "relu", z="$x")], "loss": "z"},
        {},
        ["network", "nodes", 0, "inputs", "z"],
        "z: what stands at z must be the name of a node",
    ),
    "a field": ({**GRAPH, "layers": 2}, VALUES, ["network"], "known are loss, nodes"),
    "a leaf": (GRAPH, {"a": [2.0]}, ["values", "b"], "b, y must be given: no node computes them"),
    "computed": (GRAPH, {**VALUES, "p": [1]}, ["values"], "the leaves are a, b, y"),
    "unknown": (GRAPH, {**VALUES, "q": [1]}, ["values"], "a name is unknown; known are a, b, y"),
    "no shape": (LAYER, {**FITTING, "W": [[1, 2], [3]]}, ["values", "W"], "W must be a number, 1 to 64 numbers, or"),
    "wide": (LAYER, {**FITTING, "x": [0] * 65}, ["values", "x"], "x must be a number, 1 to 64 numbers, or"),
    "no number": (LAYER, {**FITTING, "W": [[1, "a"]]}, ["values", "W", 0, 1], "must be a number, not a string"),
    "a shape": (
        LAYER,
        {**FITTING, "x": [1, 2, 3]},
        ["values"],
        "as many numbers as W has columns, and at b as many as it has rows, not 1×2 and 3 and 1",
    ),
    "a target": (
        GRAPH,
        {**VALUES, "y": 1},
        ["values"],
        "L: mse takes vectors of one length at h and y, not 1 and scalar",
    ),
    "a vector": (
        {"nodes": [node("L", "relu", z="x")], "loss": "L"},
        {"x": [1, 2]},
        ["network", "loss"],
        "L is the loss and must be one number, not 2",
    ),
    "a matrix": (
        {"nodes": [node("L", "relu", z="x")], "loss": "L"},
        {"x": [[1, 2]]},
        ["values"],
        "L: relu takes a vector or one number at z, not 1×2",
    ),
    "overflow": (GRAPH, {**VALUES, "a": [1e200], "b": [1e200]}, ["values"], "p overflows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_with_a_graph_is_said_in_a_sentence_that_names_the_node(client: TestClient, case: str) -> None:
    graph, values, loc, says = REFUSED[case]
    for question in ("backward", "batch/backward"):
        in_bulk = question.startswith("batch")
        body = {"network": graph, "sets": [values]} if in_bulk else {"network": graph, "values": values}
        answer = client.post(f"/api/{question}", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        places = [each["loc"] for each in answer.json()["errors"]]
        where = ["body", *(["sets", 0, *loc[1:]] if in_bulk and loc[0] == "values" else loc)]
        assert where in places or case == "overflow", places
        assert says in answer.text.replace('\\"', '"'), answer.text


def test_a_step_and_an_entry_that_a_graph_has_not_are_refused(client: TestClient) -> None:
    body = {"network": GRAPH, "values": VALUES}
    answer = client.post("/api/backward", json={**body, "step": 9})
    assert "step must be a whole number from 0 to 4 in the backward pass" in answer.text
    answer = client.post("/api/forward", json={**body, "ask": "W.1"})
    assert "the nodes are a, b, L, p, y" in answer.text
    answer = client.post("/api/grade", json={**body, "gradients": {"y": [1]}})
    assert "y takes no gradient; those that do are a, b, L, p" in answer.text


def broken(draw: st.DrawFn, body: Any) -> Any:
    """Something in it, at any depth, in the place of something else, left out or there twice."""
    odd = st.sampled_from(
        [None, True, -1, 0.5, "L", "x", "", [], {}, [1], "relu", 1e300, ["a"], {"a": 1}, [[1], [2, 3]]]
    )
    if not isinstance(body, dict | list) or not body or draw(st.booleans()) is draw(st.booleans()) is True:
        return draw(odd)
    keys = list(body) if isinstance(body, dict) else list(range(len(body)))
    key = draw(st.sampled_from(keys))
    action = draw(st.sampled_from(("into", "into", "into", "gone", "swap", "twice")))
    if action == "into":
        body[key] = broken(draw, body[key])
    elif action == "gone":
        del body[key]
    elif action == "swap":
        other = draw(st.sampled_from(keys))
        body[key], body[other] = body[other], body[key]
    elif isinstance(body, list):
        body.append(deepcopy(body[key]))
    return body


@st.composite
def broken_bodies(draw: st.DrawFn) -> dict[str, Any]:
    """A good body, broken in up to three places."""
    body = sent(draw(st.integers(0, 200)))
    for _ in range(draw(st.integers(1, 3))):
        part = draw(st.sampled_from(("network", "values")))
        body[part] = broken(draw, body[part])
    return body


@given(body=broken_bodies(), question=st.sampled_from((*PASSES, "check", "grade", "batch/backward")))
@settings(max_examples=examples(150, 3000), deadline=None)
def test_a_broken_graph_is_answered_or_refused_and_never_fails(
    client: TestClient, body: dict[str, Any], question: str
) -> None:
    if question == "grade":
        body = {**body, "gradients": {"n_0": [1.0], "t0": 1}}
    if question.startswith("batch"):
        body = {"network": body["network"], "sets": [body["values"], {}]}
    answer = client.post(f"/api/{question}", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 422:
        assert all(each["msg"] and each["loc"][0] in ("body", "values") for each in answer.json()["errors"])
