"""`/api/check`: every gradient entry beside a difference, and no number that is none."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.engine import DEFAULT, Array, Graph
from app.engine.ops import Saved
from app.snapshot.gradcheck import Gradcheck
from tests.conftest import Lot
from tests.engine.random_networks import outer

from .test_bad_input import CANARY, refused

KINK = {"b": [0, -0.5, 0]}


def check(client: TestClient, **values: object) -> dict[str, Any]:
    answer = client.post("/api/check", json={"values": values})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counts(gradcheck: dict[str, Any]) -> dict[str, int]:
    return {name: gradcheck[name] for name in ("agree", "disagree", "kinks", "near_kinks", "unmeasurable")}


def by_key(gradcheck: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["key"]: entry for entry in gradcheck["entries"]}


def test_all_entries_of_the_default_network_agree(client: TestClient) -> None:
    gradcheck = client.get("/api/check").json()
    assert counts(gradcheck) == {"agree": 18, "disagree": 0, "kinks": 0, "near_kinks": 0, "unmeasurable": 0}
    assert (gradcheck["network"], gradcheck["share"], gradcheck["at_kinks"]) == ("relu-mse", 1e-6, [])
    for entry in gradcheck["entries"]:
        assert entry["verdict"] == "agrees"
        assert entry["difference"] == abs(entry["grad"] - entry["slope"]) <= entry["error"] < entry["resolution"] < 1e-6
        assert entry["left"] is entry["right"] is None


def test_every_entry_that_takes_a_gradient_is_checked_once_hidden_ones_too(client: TestClient) -> None:
    wanted = [
        ".".join([name, *(str(i + 1) for i in index)])
        for name, shape in DEFAULT.shapes.items()
        if name in DEFAULT.graph.requires_grad
        for index in product(*map(range, shape))
    ]
    entries = client.get("/api/check").json()["entries"]
    assert [entry["key"] for entry in entries] == wanted
    assert [".".join([entry["node"], *map(str, entry["index"])]) for entry in entries] == wanted


def test_the_gradients_that_are_checked_are_those_of_the_backward_pass(client: TestClient) -> None:
    query = "x=2,-1&y=3,1,0.5"
    entries = by_key(client.get(f"/api/check?{query}").json())
    for key, entry in entries.items():
        assert entry["grad"] == client.get(f"/api/backward?{query}&ask={key}").json()["ask"]["result"]


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", {}),
        ("network=relu-mse", {"network": "relu-mse"}),
        ("b=0,-0.5,0", {"values": KINK}),
        ("x=2,1&W=1,2;3,4;5,6&y=9,9,9", {"values": {"x": [2, 1], "W": [[1, 2], [3, 4], [5, 6]], "y": [9, 9, 9]}}),
    ],
)
def test_an_address_and_a_body_that_say_the_same_get_the_same_check(
    client: TestClient, query: str, body: dict[str, object]
) -> None:
    by_address, by_body = client.get(f"/api/check?{query}"), client.post("/api/check", json=body)
    assert by_address.status_code == by_body.status_code == 200
    assert by_address.content == by_body.content
    assert by_address.headers["Content-Type"] == by_body.headers["Content-Type"] == "application/json"
    Gradcheck.model_validate_json(by_address.content)


def test_at_a_kink_both_slopes_are_told_and_nothing_is_judged(client: TestClient) -> None:
    gradcheck = check(client, **KINK)
    assert counts(gradcheck) == {"agree": 12, "disagree": 0, "kinks": 6, "near_kinks": 0, "unmeasurable": 0}
    assert gradcheck["at_kinks"] == ["z.2"]
    entries = by_key(gradcheck)
    assert {key for key, entry in entries.items() if entry["verdict"] == "kink"} == {
        *("x.1", "x.2", "W.2.1", "W.2.2", "b.2", "z.2"),
    }
    for key, slope in (("z.2", -0.5), ("b.2", -0.5), ("W.2.1", -0.5), ("W.2.2", -0.25)):
        assert entries[key]["grad"] == 0
        assert entries[key]["left"] == 0
        assert entries[key]["right"] == pytest.approx(slope, rel=1e-9)


def test_a_vjp_that_is_wrong_disagrees_where_it_shows(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_its_half(v: Array, saved: Saved) -> Array:
        return 0.5 * outer(v, saved["x"])

    graph = DEFAULT.graph
    z = graph.computed["z"]
    op = z.op
    broken = replace(op, vjps={**op.vjps, "W": replace(op.vjps["W"], rule=without_its_half)})
    nodes = [replace(node, op=broken) if node is z else node for node in graph.nodes]
    monkeypatch.setitem(vars(DEFAULT), "graph", Graph(nodes))
    gradcheck = check(client)
    assert counts(gradcheck) == {"agree": 12, "disagree": 6, "kinks": 0, "near_kinks": 0, "unmeasurable": 0}
    wrong = [entry for entry in gradcheck["entries"] if entry["verdict"] == "disagrees"]
    assert {entry["node"] for entry in wrong} == {"W"}
    for entry in wrong:
        assert entry["slope"] == pytest.approx(2 * entry["grad"], rel=1e-9)
        assert entry["difference"] == abs(entry["grad"] - entry["slope"]) > entry["resolution"]


# --- how it is asked ----------------------------------------------------------------------------------------


def test_a_check_may_be_kept_and_is_found_unchanged(client: TestClient) -> None:
    first = client.get("/api/check")
    assert first.headers["Cache-Control"] == client.get("/api/backward").headers["Cache-Control"]
    recompute = client.get("/api/check", headers={"If-None-Match": first.headers["ETag"]})
    assert (recompute.status_code, recompute.content) == (304, b"")
    assert client.post("/api/check", json={}).headers["Cache-Control"] == "no-store"
    head = client.head("/api/check")
    assert (head.status_code, head.content, head.headers) == (200, b"", first.headers)


@pytest.mark.parametrize("field", ["step", "ask", "eps", "show", CANARY])
def test_a_check_has_no_use_for_a_step_or_a_question_and_says_what_it_takes(client: TestClient, field: str) -> None:
    known = {
        "query": "a parameter is unknown; known are b, network, reduce, W, x, y",
        "body": "a field is unknown; known are network, reduce, values",
    }
    for value in (1, 99, "W.2.1"):
        for part, answer in (
            ("query", client.get("/api/check", params={field: value})),
            ("body", client.post("/api/check", json={field: value})),
        ):
            assert refused(answer, 422)["errors"] == [{"loc": [part], "msg": known[part]}]
    refused(client.post("/api/check", json={field: None}), 422, ["body"])


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"network": CANARY}, ["body", "network"]),
        ({"values": {"x": [1]}}, ["body", "values", "x"]),
        ({"values": {"x": [True, 1]}}, ["body", "values", "x", 0]),
        ({"values": {"z": [1, 2, 3]}}, ["body", "values"]),
        ([], ["body"]),
    ],
)
def test_a_wrong_body_is_a_422_that_names_the_field(client: TestClient, body: object, loc: list[Any]) -> None:
    refused(client.post("/api/check", json=body), 422, loc)


@pytest.mark.parametrize(
    ("query", "loc"),
    [("x=1", ["query", "x"]), ("x=nan,1", ["query", "x", 0]), ("network=", ["query", "network"])],
)
def test_a_wrong_address_is_a_422_that_names_the_parameter(client: TestClient, query: str, loc: list[Any]) -> None:
    refused(client.get(f"/api/check?{query}"), 422, loc)


def test_a_check_is_refused_as_everything_else_is(client: TestClient) -> None:
    refused(client.post("/api/check", content=b"{}"), 415)
    refused(client.post("/api/check", content=b"{", headers={"Content-Type": "application/json"}), 400, ["body"])
    refused(client.get("/api/check?x=" + "1" * 5000), 414, ["query"])
    refused(client.get("/api/check//"), 404, ["path"])
    answer = client.delete("/api/check")
    refused(answer, 405, ["method"])
    assert answer.headers["Allow"] == "GET, HEAD, POST"


def test_where_every_move_overflows_the_check_says_that_it_cannot_measure(client: TestClient) -> None:
    gradcheck = check(client, x=[1.7976931348623157e308, 0], W=[[0, 0]] * 3, b=[-1, -1, -1])
    entry = by_key(gradcheck)["x.1"]
    assert (entry["verdict"], entry["slope"], entry["error"]) == ("unmeasurable", None, None)
    assert gradcheck["disagree"] == 0


# --- numbers that are too large -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"x": [1e200, 1e200], "W": [[1e200, 1e200]] * 3}, "z overflows"),
        ({"y": [1e200, 0, 0]}, "L overflows"),
        (
            {"x": [1e300, 0], "W": [[0, 0]] * 3, "b": [1, 1, 1], "y": [-1e100, 0, 0]},
            "∂L/∂W overflows",
        ),
    ],
)
def test_numbers_that_overflow_are_a_422_that_says_where(
    client: TestClient, values: dict[str, object], where: str
) -> None:
    (error,) = refused(client.post("/api/check", json={"values": values}), 422, ["values"])["errors"]
    assert error["msg"].startswith(where)


def test_no_size_of_numbers_makes_an_answer_that_is_no_json(client: TestClient, lot: Lot) -> None:
    """Up to the largest float, on the way to where L overflows and beyond."""
    statuses = set()
    for exponent in [*range(0, 150, 25), *range(150, 156), 200, 250, 300, 307, 308]:
        for mantissa in ("1", "-1.34", "1.3407", "1.79"):
            queries = ("y={},0,0", "b={},0,0", "b=-{},-1,-1", "x={},0", "x={},0&W=0,0;0,0;0,0", "W={},0;0,0;0,0")
            for query in lot.some(queries, 1):
                answer = client.get("/api/check?" + query.format(f"{mantissa}e{exponent}").replace("--", ""))
                statuses.add(answer.status_code)
                if answer.status_code == 422:
                    refused(answer, 422, ["values"])
                else:
                    gradcheck = json.loads(answer.text, parse_constant=pytest.fail)
                    assert gradcheck["disagree"] == 0, query
                    slopes = [
                        entry[name]
                        for entry in gradcheck["entries"]
                        for name in ("slope", "difference", "error", "resolution", "left", "right")
                    ]
                    assert all(slope is None or math.isfinite(slope) for slope in slopes)
    assert statuses == {200, 422}
