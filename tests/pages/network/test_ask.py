"""One entry explained: the API names every number that was multiplied and added to give it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from itertools import cycle, product
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.engine import DEFAULT, NETWORKS, Network
from tests.conftest import Lot
from tests.engine.random_chains import SAMPLE, WITH_CHAINS
from tests.web.test_bad_input import CANARY, refused

PASSES = ("forward", "backward")


def filled(shape: tuple[int, ...], numbers: Iterator[float]) -> Any:
    """Nested lists of that shape with the next of those numbers in them."""
    return [filled(shape[1:], numbers) for _ in range(shape[0])] if shape else next(numbers)


def values_of(network: Network, which: str) -> dict[str, Any]:
    """Its default numbers, with the last unit of the first layer far below 0, or with others for x and y."""
    if which == "shut":
        bias = next(leaf.name for leaf in network.graph.leaves if leaf.name.startswith("b"))
        return {bias: [0.0] * (network.shape(bias)[0] - 1) + [-0.9]}
    drawn = cycle([-1.7, 0.3, 3.0, -2.0, 1e3])
    leaves = [leaf.name for leaf in network.graph.leaves if leaf.role != "parameter"]
    return {name: filled(network.shape(name), drawn) for name in leaves if which == "others"}


# (network, node, index from 1) of every entry of every node, hidden ones, targets and the loss included.
ENTRIES = [
    (network.name, name, [i + 1 for i in index])
    for network in WITH_CHAINS.values()
    for name, shape in network.shapes.items()
    for index in product(*map(range, shape))
]


def key_of(name: str, index: list[int]) -> str:
    return ".".join([name, *map(str, index)])


def asked(client: TestClient, direction: str, **body: object) -> dict[str, Any]:
    """The field ask of an answer."""
    answer = client.post(f"/api/{direction}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["ask"]
    return found


def at(numbers: Any, index: list[int]) -> Any:
    for i in index:
        numbers = numbers[i - 1]
    return numbers


def total(terms: list[list[dict[str, Any]]]) -> float:
    products = [[float(factor["value"]) ** int(factor["power"]) for factor in term] for term in terms]
    return math.fsum(math.prod(product) for product in products)


@pytest.mark.sampled(1, "direction", "network", "name")
@pytest.mark.parametrize("direction", PASSES)
@pytest.mark.parametrize(
    ("which", "network", "name", "index"),
    [
        (which, *entry)
        for entry in ENTRIES
        for which in ("own", "shut", "others")
        # a unit is inactive where there is a ReLU; for the others, one set of other numbers will do
        if which == "others" or "relu" in {node.op.name for node in WITH_CHAINS[entry[0]].graph.ops}
    ],
    ids=lambda part: str(part).replace(" ", ""),
)
def test_every_entry_of_every_node_is_answered_and_its_terms_add_up(
    client: TestClient, direction: str, which: str, network: str, name: str, index: list[int]
) -> None:
    body = {"network": network, "values": values_of(WITH_CHAINS[network], which), "ask": key_of(name, index)}
    snapshot = client.post(f"/api/{direction}", json=body).json()
    ask, nodes = snapshot["ask"], {node["name"]: node for node in snapshot["nodes"]}
    field = {"forward": "value", "backward": "grad"}[direction]
    assert (ask["key"], ask["node"], ask["index"], ask["quantity"]) == (body["ask"], name, index, field)
    whole = nodes[name][field]
    assert ask["result"] == (None if whole is None else at(whole, index))
    assert ask["terms"] or ask["note"], "what has no terms says why"
    if ask["terms"]:
        assert total(ask["terms"]) == pytest.approx(ask["result"], rel=1e-12, abs=1e-12)
    for factor in (factor for term in ask["terms"] for factor in term):
        if factor["key"] is not None and factor["slot"] != "local":
            where, *places = factor["key"].split(".")
            assert where == factor["node"]
            assert factor["value"] == at(nodes[where][factor["quantity"]], [int(place) for place in places])


def test_nearly_every_entry_has_terms(client: TestClient, lot: Lot) -> None:
    """Were all of them empty, the sums above would hold by themselves."""
    without = {
        direction: {
            (network, name)
            for network, name, index in lot.some(ENTRIES, 1, of_each=lambda entry: entry[:2])
            if not asked(client, direction, network=network, ask=key_of(name, index))["terms"]
        }
        for direction in PASSES
    }
    leaves = {(network.name, leaf.name) for network in WITH_CHAINS.values() for leaf in network.graph.leaves}
    assert without["forward"] == leaves
    assert without["backward"] == {(network, name) for network, name in leaves if name in ("y", "v")}


@pytest.mark.parametrize("direction", PASSES)
@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("ask=W.2.1", {"ask": "W.2.1"}),
        ("ask=L", {"ask": "L"}),
        ("x=2,1&step=2&ask=h.3", {"values": {"x": [2, 1]}, "step": 2, "ask": "h.3"}),
        ("network=relu-mse&ask=x.2", {"network": "relu-mse", "ask": "x.2"}),
        ("ask=%57.2%2E1", {"ask": "W.2.1"}),
        ("step=1", {"step": 1, "ask": None}),
    ],
)
def test_an_address_and_a_body_that_ask_the_same_get_the_same_bytes(
    client: TestClient, direction: str, query: str, body: dict[str, object]
) -> None:
    by_address, by_body = client.get(f"/api/{direction}?{query}"), client.post(f"/api/{direction}", json=body)
    assert by_address.status_code == by_body.status_code == 200
    assert by_address.content == by_body.content
    assert (by_address.json()["ask"] is None) == ("ask" not in query)


def test_a_question_changes_nothing_else_in_the_answer(client: TestClient) -> None:
    snapshot_dict, with_ask = (
        client.get("/api/backward?step=4").json(),
        client.get("/api/backward?step=4&ask=W.2.1").json(),
    )
    assert snapshot_dict["ask"] is None
    assert with_ask["ask"]
    assert snapshot_dict == with_ask | {"ask": None}


def test_a_weight_s_gradient_is_one_product(client: TestClient) -> None:
    ask = asked(client, "backward", ask="W.2.1")
    assert ask["left"]["text"] == "∂L/∂W₂₁"
    assert [[(f["symbol"], f["key"], f["quantity"]) for f in term] for term in ask["terms"]] == [
        [("v₂", "z.2", "grad"), ("x₁", "x.1", "value")]
    ]
    assert ask["result"] == pytest.approx(-0.1, rel=1e-12)


def test_an_input_s_gradient_is_a_sum_over_the_units_it_feeds(client: TestClient) -> None:
    ask = asked(client, "backward", ask="x.1")
    assert [[factor["key"] for factor in term] for term in ask["terms"]] == [
        ["W.1.1", "z.1"],
        ["W.2.1", "z.2"],
        ["W.3.1", "z.3"],
    ]
    products = [math.prod(factor["value"] for factor in term) for term in ask["terms"]]
    assert products == pytest.approx([0.10, -0.03, -0.01], rel=1e-12)
    assert ask["result"] == pytest.approx(0.06, rel=1e-12)


def test_a_hidden_value_is_a_sum_in_the_forward_pass(client: TestClient) -> None:
    ask = asked(client, "forward", ask="z.2")
    assert [[factor["key"] for factor in term] for term in ask["terms"]] == [
        ["W.2.1", "x.1"],
        ["W.2.2", "x.2"],
        ["b.2"],
    ]
    assert ask["result"] == pytest.approx(0.4, rel=1e-12)


def test_an_inactive_unit_multiplies_by_0(client: TestClient) -> None:
    ((v, local),) = asked(client, "backward", values=values_of(DEFAULT, "shut"), ask="z.3")["terms"]
    assert (v["key"], v["value"] != 0) == ("h.3", True)
    assert (local["slot"], local["value"], local["whole"]) == ("local", 0, True)


@pytest.mark.parametrize(
    ("direction", "body", "note", "result"),
    [
        ("forward", {"ask": "x.1"}, "given", 1.0),
        ("forward", {"ask": "y.2", "step": 0}, "given", 0.5),
        ("forward", {"ask": "h.1", "step": 1}, "the forward pass has not reached it yet", None),
        ("forward", {"ask": "L", "step": 2}, "the forward pass has not reached it yet", None),
        ("backward", {"ask": "y.1"}, "a target takes no gradient", None),
        ("backward", {"ask": "W.3.2", "step": 3}, "the backward pass has not reached it yet", None),
        ("backward", {"ask": "L", "step": 0}, "the backward pass has not reached it yet", None),
        ("backward", {"ask": "L"}, "the seed", 1.0),
        ("backward", {"ask": "L", "step": 1}, "the seed", 1.0),
    ],
)
def test_what_there_is_nothing_to_derive_for_says_why(
    client: TestClient, direction: str, body: dict[str, object], note: str, result: float | None
) -> None:
    ask = asked(client, direction, **body)
    assert (ask["note"], ask["result"]) == (note, result)
    assert [[factor["value"] for factor in term] for term in ask["terms"]] == ([[1.0]] if note == "the seed" else [])


# --- wrong questions ----------------------------------------------------------------------------------------

WRONG = {
    "row 0": "W.0.1",
    "a row too many": "W.4.1",
    "a column too many": "W.1.3",
    "a matrix whole": "W",
    "a row": "W.1",
    "a vector whole": "x",
    "an index too many": "W.1.1.1",
    "an entry of a scalar": "L.1",
    "a scalar and a dot": "L.",
    "an empty index": "W..1",
    "another node": CANARY,
    "another case": "w.1.1",
    "brackets": "W[2][1]",
    "commas": "W.2,1",
    "a sign": "W.+2.1",
    "a minus": "x.-1",
    "a blank": "W.2.1 ",
    "an end of line": "x.1\n",
    "full-width digits": "W.２.１",
    "Arabic digits": "W.٢.١",
    "a superscript": "x.²",
    "a nul": "W.2.1\x00",
    "a large index": "x." + "9" * 500,
    "markup": "<script>" + CANARY,
    "nothing": "",
}


@pytest.mark.parametrize("direction", PASSES)
@pytest.mark.parametrize("key", WRONG.values(), ids=WRONG.keys())
def test_a_question_about_no_entry_is_a_422_that_says_what_an_entry_is(
    client: TestClient, direction: str, key: str
) -> None:
    for answer, loc in (
        (client.get(f"/api/{direction}", params={"ask": key}), ["query", "ask"]),
        (client.post(f"/api/{direction}", json={"ask": key}), ["body", "ask"]),
    ):
        (error,) = refused(answer, 422, loc)["errors"]
        assert error["msg"] == "ask names an entry such as W.2.1, counted from 1; the nodes are b, h, L, W, x, y, z"


@pytest.mark.parametrize(
    "sent",
    ["1", "2.1", "0", "true", "false", '["W.2.1"]', "[]", '["W", 2, 1]', "{}", f'{{"{CANARY}": 1}}', "NaN", "1e999"],
)
def test_a_question_that_is_no_text_is_a_422(client: TestClient, sent: str) -> None:
    content = f'{{"ask": {sent}}}'
    answer = client.post("/api/backward", content=content, headers={"Content-Type": "application/json"})
    assert len(refused(answer, 422, ["body", "ask"])["errors"]) == 1


@pytest.mark.parametrize("key", ["W." * 2500, "1" * 5000, "W.2.1" + "0" * 5000, CANARY * 500])
def test_a_question_of_5000_characters_is_refused(client: TestClient, key: str) -> None:
    refused(client.post("/api/forward", json={"ask": key}), 422, ["body", "ask"])
    refused(client.get("/api/forward", params={"ask": key}), 414, ["query"])


def test_two_questions_at_once_are_refused(client: TestClient) -> None:
    refused(client.get("/api/forward?ask=W.2.1&ask=W.2.1"), 422, ["query", "ask"])


def test_a_wrong_question_and_a_wrong_number_are_each_named(client: TestClient) -> None:
    problem = refused(client.post("/api/forward", json={"ask": "W", "values": {"x": [1]}, "step": 9}), 422)
    assert [error["loc"] for error in problem["errors"]] == [["body", "values", "x"], ["body", "step"], ["body", "ask"]]


# --- as documented ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", PASSES)
def test_the_document_lists_every_entry_that_may_be_asked_about(client: TestClient, direction: str) -> None:
    path = client.get("/openapi.json").json()["paths"][f"/api/{direction}"]
    keys = [key_of(name, index) for _, name, index in ENTRIES]
    (parameter,) = [entry for entry in path["get"]["parameters"] if entry["name"] == "ask"]
    # of any shape, so that no list could hold them: the default network takes others than its own
    pattern = re.compile(parameter["schema"]["pattern"])
    assert all(pattern.search(key) for key in [*keys, "W.64.64", "h.10", "x.3.1", "l.2"])  # of a batch, too
    assert not any(pattern.search(key) for key in ("W", "W.1", "x.0", "x.1.1.1", "L.1", "q.1", "x.1 ", "ax.1"))
    *bodies, other, chains, _graph = path["post"]["requestBody"]["content"]["application/json"]["schema"]["anyOf"]
    for network, body in zip(NETWORKS, bodies, strict=True):
        pattern = re.compile(body["properties"]["ask"]["pattern"])
        assert all(pattern.search(key_of(name, index)) for of, name, index in ENTRIES if of == network)
        assert pattern.search("z.3.2")
        assert not pattern.search("q.1")
    pattern = re.compile(other["properties"]["ask"]["pattern"])
    assert all(pattern.search(key) for key in ("W.64.64", "x.3", "h.10", "L"))
    assert not pattern.search("p.1"), "softmax-mse has a p, relu-mse has none"
    pattern = re.compile(chains["properties"]["ask"]["pattern"])
    assert all(pattern.search(key_of(name, index)) for network, name, index in ENTRIES if network in SAMPLE)
    assert not any(pattern.search(key) for key in ("p.1", "W1.1", "W9.1.1", "a9.1", "z0.1"))


@pytest.mark.parametrize("question", ["forward", "backward", "check"])
def test_the_document_s_own_examples_are_answered(client: TestClient, question: str) -> None:
    path = client.get("/openapi.json").json()["paths"][f"/api/{question}"]
    examples = path["post"]["requestBody"]["content"]["application/json"]["examples"]
    assert len(examples) >= 2
    for example in examples.values():
        assert client.post(f"/api/{question}", json=json.loads(json.dumps(example["value"]))).status_code == 200
    params = {entry["name"]: entry["example"] for entry in path["get"]["parameters"] if "example" in entry}
    assert params.keys() >= {"network", *DEFAULT.defaults}
    assert client.get(f"/api/{question}", params=params).status_code == 200
