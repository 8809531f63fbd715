"""The API to the letter of its contract."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, GradcheckResult, as_arrays, backward, forward, gradcheck
from app.snapshot import Snapshot
from app.state import from_query
from tests.snapshot.states import explained

PASSES = ("forward", "backward")
# The numbers that the product's description promises; W's gradient is that of b times x.
VALUES = {"z": [0.4, 0.4, 0.2], "h": [0.4, 0.4, 0.2], "L": 0.03}
GRADS = {
    "h": [0.2, -0.1, 0.1],
    "z": [0.2, -0.1, 0.1],
    "b": [0.2, -0.1, 0.1],
    "W": [[0.2, 0.1], [-0.1, -0.05], [0.1, 0.05]],
    "x": [0.06, -0.02],
    "L": 1.0,
}


def post(client: TestClient, direction: str, **body: object) -> dict[str, Any]:
    answer = client.post(f"/api/{direction}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def get(client: TestClient, address: str) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def nodes(snapshot: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in snapshot["nodes"]}


def flat(numbers: Any) -> list[float]:
    return [one for entry in numbers for one in flat(entry)] if isinstance(numbers, list) else [numbers]


def test_an_empty_object_is_the_whole_pass_of_the_default_network(client: TestClient) -> None:
    snapshot = post(client, "backward")
    assert (snapshot["network"], snapshot["pass"], snapshot["step"], snapshot["steps"]) == (
        "relu-mse",
        "backward",
        6,
        6,
    )
    assert snapshot["loss"] == pytest.approx(0.03, rel=1e-12)
    for name, value in VALUES.items():
        assert flat(nodes(snapshot)[name]["value"]) == pytest.approx(flat(value), rel=1e-12)
    for name, grad in GRADS.items():
        assert flat(nodes(snapshot)[name]["grad"]) == pytest.approx(flat(grad), rel=1e-12)


def test_a_node_has_the_fields_that_were_promised(client: TestClient) -> None:
    z = nodes(post(client, "backward"))["z"]
    assert (z["op"], z["inputs"], z["shape"], z["saved"]) == ("linear", ["W", "x", "b"], [3], ["W", "x"])
    assert z["forward"]["text"] == "z = W x + b"
    assert z["forward"]["latex"]
    assert {vjp["wrt"]: vjp["text"] for vjp in z["vjps"]}["W"] == "∂L/∂W = v xᵀ"
    assert flat({vjp["wrt"]: vjp["value"] for vjp in z["vjps"]}["W"]) == pytest.approx(flat(GRADS["W"]))


def test_the_pass_is_called_pass_and_not_what_python_calls_it(client: TestClient) -> None:
    text = client.get("/api/forward").text
    assert '"pass":"forward"' in text
    assert "direction" not in text


def test_leaves_have_no_op_and_nodes_stand_in_topological_order(client: TestClient) -> None:
    inputs: set[str] = set()
    for node in post(client, "forward")["nodes"]:
        assert set(node["inputs"]) <= inputs
        assert (node["op"] is None) == (node["inputs"] == [])
        inputs.add(node["name"])


def test_step_0_of_the_forward_pass_knows_the_inputs_alone(client: TestClient) -> None:
    snapshot = post(client, "forward", step=0)
    assert snapshot["loss"] is None
    for node in snapshot["nodes"]:
        assert (node["value"] is None) == (node["op"] is not None)
        assert node["grad"] is None


def test_step_0_of_the_backward_pass_has_every_value_and_no_gradient(client: TestClient) -> None:
    snapshot = post(client, "backward", step=0)
    assert snapshot["loss"] == pytest.approx(0.03)
    assert all(node["value"] is not None and node["grad"] is None for node in snapshot["nodes"])


@pytest.mark.parametrize("direction", PASSES)
def test_each_step_reaches_one_quantity_more(client: TestClient, direction: str) -> None:
    field = {"forward": "value", "backward": "grad"}[direction]
    steps = post(client, direction)["steps"]
    reached = [
        sum(node[field] is not None for node in post(client, direction, step=step)["nodes"])
        for step in range(steps + 1)
    ]
    assert [after - before for before, after in pairwise(reached)] == [1] * steps


@pytest.mark.parametrize("direction", PASSES)
def test_step_null_and_the_last_step_are_the_whole_pass(client: TestClient, direction: str) -> None:
    whole = post(client, direction)
    assert post(client, direction, step=None) == whole
    assert post(client, direction, step=whole["steps"]) == whole
    assert get(client, f"/api/{direction}?step={whole['steps']}") == whole


def test_a_target_takes_no_gradient(client: TestClient) -> None:
    y = nodes(post(client, "backward"))["y"]
    assert y["grad"] is None
    assert y["requires_grad"] is False


def test_a_shut_unit_has_a_gradient_of_exactly_zero(client: TestClient) -> None:
    snapshot = nodes(post(client, "backward", values={"b": [0, -0.1, -0.6]}))
    assert snapshot["z"]["value"][2] < 0
    assert snapshot["z"]["grad"][2] == 0
    assert snapshot["z"]["inactive"] == {"entries": [False, False, True], "reason": "z ≤ 0"}


@pytest.mark.parametrize("direction", PASSES)
@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", {}),
        ("step=2", {"step": 2}),
        ("x=2,1", {"network": "relu-mse", "values": {"x": [2, 1]}}),
        (
            "x=1e-3,-2&W=1,2;3,4;5,6&b=.5,0,-1.&y=9,9,9&step=1",
            {
                "values": {
                    "x": [1e-3, -2],
                    "W": [[1, 2], [3, 4], [5, 6]],
                    "b": [0.5, 0, -1],
                    "y": [9, 9, 9],
                },
                "step": 1,
            },
        ),
    ],
)
def test_an_address_and_a_body_that_say_the_same_get_the_same_bytes(
    client: TestClient, direction: str, query: str, body: dict[str, object]
) -> None:
    by_address = client.get(f"/api/{direction}?{query}")
    by_body = client.post(f"/api/{direction}", json=body)
    assert by_address.status_code == by_body.status_code == 200
    assert by_address.content == by_body.content


def test_values_that_are_left_out_fall_back_to_the_network(client: TestClient) -> None:
    own = nodes(post(client, "forward"))
    other = nodes(post(client, "forward", values={"x": [2, 1]}))
    assert other["x"]["value"] == [2.0, 1.0]
    for name in ("W", "b", "y"):
        assert other[name]["value"] == own[name]["value"]


def test_whole_numbers_are_numbers_and_a_whole_float_is_a_step(client: TestClient) -> None:
    assert post(client, "forward", values={"x": [1, 0]}) == post(client, "forward", values={"x": [1.0, 0.0]})
    raw = client.post("/api/forward", content=b'{"step": 2.0}', headers={"Content-Type": "application/json"})
    assert raw.json() == post(client, "forward", step=2)


def test_minus_zero_is_zero(client: TestClient) -> None:
    assert client.post("/api/backward", json={"values": {"x": [-0.0, 1]}}).content == (
        client.post("/api/backward", json={"values": {"x": [0, 1]}}).content
    )
    assert client.get("/api/backward?x=-0,1").content == client.get("/api/backward?x=0,1").content


def test_numbers_come_back_as_the_very_floats_that_were_computed(client: TestClient) -> None:
    network = NETWORKS["relu-mse"]
    awkward = (0.1 + 0.2, 1 / 3)
    trace = backward(forward(network.graph, as_arrays({**network.defaults, "x": awkward})))
    grads = {name: grad.tolist() for name, grad in trace.grads.items()}
    answered = nodes(post(client, "backward", values={"x": list(awkward)}))
    assert answered["x"]["value"] == list(awkward)
    assert {name: answered[name]["grad"] for name in grads} == grads


def test_a_subnormal_and_a_very_large_number_are_not_rounded(client: TestClient) -> None:
    assert nodes(post(client, "forward", values={"x": [5e-324, 1e150]}))["x"]["value"] == [5e-324, 1e150]


def test_the_answer_is_the_snapshot_of_the_page(client: TestClient) -> None:
    query = "x=2,1&step=3"
    answer = Snapshot.model_validate(client.get(f"/api/backward?{query}").json())
    shown = explained(from_query(query, "backward", strict=False))
    assert answer.model_dump() == shown.model_dump(include=set(Snapshot.model_fields))


def test_head_has_the_headers_of_get_and_no_body(client: TestClient) -> None:
    whole, head = client.get("/api/forward?step=1"), client.head("/api/forward?step=1")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers == whole.headers


def test_an_answer_to_an_address_may_be_kept_and_is_found_unchanged(client: TestClient) -> None:
    first = client.get("/api/backward")
    assert first.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=600"
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    recompute = client.get("/api/backward", headers={"If-None-Match": tag})
    assert (recompute.status_code, recompute.content, recompute.headers["ETag"]) == (304, b"", tag)
    assert client.get("/api/backward?x=2,1", headers={"If-None-Match": tag}).status_code == 200


def test_the_compressed_answer_has_a_tag_of_its_own(client: TestClient) -> None:
    snapshot_dict = client.get("/api/backward", headers={"Accept-Encoding": "identity"})
    gzipped = client.get("/api/backward", headers={"Accept-Encoding": "gzip"})
    assert gzipped.headers["Content-Encoding"] == "gzip"
    assert snapshot_dict.content == gzipped.content
    assert snapshot_dict.headers["ETag"] != gzipped.headers["ETag"]
    for answer in (snapshot_dict, gzipped):
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_an_answer_to_a_body_is_not_stored(client: TestClient) -> None:
    assert client.post("/api/forward", json={}).headers["Cache-Control"] == "no-store"


def test_the_server_says_that_it_lives_and_is_ready(client: TestClient) -> None:
    for path in ("/healthz", "/readyz"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_server_about_to_stop_is_alive_and_not_ready(client: TestClient) -> None:
    state = client.app.state  # type: ignore[attr-defined]  # a FastAPI
    state.stopping = True
    try:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
        assert int(answer.headers["Retry-After"]) > 0
        assert client.get("/healthz").status_code == 200
    finally:
        state.stopping = False


def test_a_wrong_gradient_makes_the_server_unready(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*arguments: Any) -> list[GradcheckResult]:
        return [replace(check, verdict="disagrees") for check in gradcheck(*arguments)]

    monkeypatch.setattr("app.web.api.gradcheck", wrong)
    assert client.get("/readyz").status_code == 503


def test_a_page_that_lacks_something_makes_the_server_unready(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.api.page", lambda *_: object())
    assert client.get("/readyz").status_code == 503
