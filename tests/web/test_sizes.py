"""relu-mse at shapes that are not its own: over the API every m and n up to 64, on pages none."""

from __future__ import annotations

import json
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from starlette.testclient import TestClient

from app.engine import DEFAULT, Array
from app.engine.sizes import DIMENSIONS, MAX_SIDE, SIZE_LEAF, shape_of, sized
from app.snapshot.gradcheck import MAX_ENTRIES
from app.state import from_json, from_query

from .test_bad_input import refused

SHAPES = [(1, 1), (1, 3), (4, 1), (5, 7), (64, 64)]

A_MATRIX = "W must be a matrix of 1 to 64 rows and 1 to 64 columns"
NO_MATRICES: list[tuple[object, str]] = [
    ([], "an empty array"),
    ([[]], "1 row of 0"),
    ([1, 2], "one array of 2"),
    (1, "a number"),
    (None, "null"),
    ("1,2", "a string"),
    ({"0": [1]}, "an object"),
    ([[1, 2], 3], "arrays beside a number"),
    ([[1, 2], [3]], "rows of 2 and 1"),
    ([[0.0]] * 65, "65 rows of 1"),
    ([[0.0] * 65], "1 row of 65"),
]


def drawn(m: int, n: int) -> dict[str, Array]:
    rng = np.random.default_rng([m, n])
    return {
        "x": rng.normal(size=n),
        "W": rng.normal(size=(m, n)),
        "b": rng.normal(size=m),
        "y": rng.normal(size=m),
    }


def listed(values: dict[str, Array]) -> dict[str, Any]:
    return {name: array.tolist() for name, array in values.items()}


def query(values: dict[str, Array]) -> str:
    def text(array: Array) -> str:
        rows = array.tolist() if array.ndim == 2 else [array.tolist()]
        return ";".join(",".join(map(repr, row)) for row in rows)

    return "&".join(f"{name}={text(array)}" for name, array in values.items())


def loss(x: Array, W: Array, b: Array, y: Array) -> Any:
    z = anp.dot(W, x) + b
    return anp.sum((anp.where(z > 0, z, 0.0) - y) ** 2) / 2


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_a_layer_of_any_shape_has_the_gradients_of_autograd(client: TestClient, m: int, n: int) -> None:
    values = drawn(m, n)
    answer = client.post("/api/backward", json={"values": listed(values), "ask": f"W.{m}.{n}"})
    assert answer.status_code == 200, answer.text
    nodes = {node["name"]: node for node in answer.json()["nodes"]}
    assert answer.json()["loss"] == pytest.approx(float(loss(*values.values())), rel=1e-12)
    for i, name in enumerate(("x", "W", "b")):
        theirs = grad(loss, i)(*values.values())
        assert nodes[name]["shape"] == list(theirs.shape)
        assert np.asarray(nodes[name]["grad"]) == pytest.approx(theirs, rel=1e-12, abs=1e-12)
    assert nodes["z"]["shape"] == nodes["h"]["shape"] == [m]
    asked = answer.json()["ask"]
    assert (asked["key"], asked["result"]) == (f"W.{m}.{n}", nodes["W"]["grad"][m - 1][n - 1])


@pytest.mark.parametrize(("m", "n"), SHAPES[:4])
def test_an_address_of_any_shape_says_what_a_body_says(client: TestClient, m: int, n: int) -> None:
    values = drawn(m, n)
    for direction in ("forward", "backward"):
        by_address = client.get(f"/api/{direction}?{query(values)}&ask=z.{m}")
        assert by_address.status_code == 200, by_address.text
        by_body = client.post(f"/api/{direction}", json={"values": listed(values), "ask": f"z.{m}"})
        assert by_address.content == by_body.content


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_a_state_of_any_shape_is_canonical_both_ways(m: int, n: int) -> None:
    body = {"values": listed(drawn(m, n)), "step": 2, "ask": f"W.{m}.1"}
    state = from_json(body, "backward", any_shape=True)
    assert from_query(state.query(), "backward", strict=True, any_shape=True) == state
    assert state.shapes["W"] == (m, n)
    assert state.shapes["h"] == (m,)


def test_what_fits_may_be_left_out(client: TestClient) -> None:
    """Three rows fit the network's own b and y, two columns its own x."""
    wide = [[1.0, 2.0, 3.0, 4.0]] * 3
    answer = client.post("/api/forward", json={"values": {"W": wide, "x": [1, 0, 0, 1]}})
    assert answer.status_code == 200
    z = next(node for node in answer.json()["nodes"] if node["name"] == "z")
    assert z["value"] == pytest.approx([5 + own for own in (0.0, -0.1, 0.0)])
    assert client.post("/api/forward", json={"values": {"W": [[1, 2]], "b": [0], "y": [1]}}).status_code == 200
    assert client.get("/api/forward?W=1,2&b=0&y=1").status_code == 200


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        (
            {"W": [[1, 2, 3]]},
            {
                "x": "x must be given too: with this W it needs 3 numbers",
                "b": "b must be given too: with this W it needs 1 number",
                "y": "y must be given too: with this W it needs 1 number",
            },
        ),
        (
            {"W": [[1], [2]], "x": [1, 2], "b": [1, 2], "y": [1, 2, 3]},
            {
                "x": "x needs 1 number, not 2",
                "y": "y needs 2 numbers, not 3",
            },
        ),
        ({"x": [1, 2, 3]}, {"x": "x needs 2 numbers, not 3"}),
        *(({"W": wrong}, {"W": f"{A_MATRIX}, not {seen}"}) for wrong, seen in NO_MATRICES),
        # of a W that cannot be read, nobody knows which shape was meant: x, b and y are not judged by it
        ({"W": [["1,2"], ["3,4"]]}, {"W.0.0": "entry 1, 1 of W must be a number, not a string"}),
        ({"W": [[[1, 2], [3, 4]]], "x": [1]}, {"W.0.0": "entry 1, 1 of W must be a number, not an array"}),
        (
            {"W": [[1, 2, 3, 4]] * 4 + [[1, 2]], "x": [0] * 4, "b": [0] * 5, "y": [0] * 5},
            {"W": f"{A_MATRIX}, not 4 in row 1 and 2 in row 5"},
        ),
    ],
)
def test_shapes_that_do_not_fit_are_told_the_right_one(
    client: TestClient, values: dict[str, object], errors: dict[str, str]
) -> None:
    """And so they are where an entry is asked about, which is judged by the shapes that were meant."""
    answer = client.post("/api/backward", json={"values": values, "ask": "b.1"})
    found = {".".join(map(str, error["loc"][2:])): error["msg"] for error in refused(answer, 422)["errors"]}
    assert found == errors


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        (
            "W=1,2;3,4",
            {
                "b": "b must be given too: with this W it needs 2 numbers",
                "y": "y must be given too: with this W it needs 2 numbers",
            },
        ),
        ("W=1;2;3&x=1,2", {"x": "x needs 1 number, not 2"}),
        ("W=" + ";".join(["0"] * 65), {"W": "W must be a matrix of 1 to 64 rows and 1 to 64 columns"}),
        ("W=1,2,3;4,5;6,7,8&x=1,2,3", {"W": "W must be a matrix of 1 to 64 rows and 1 to 64 columns"}),
        ("W=1,2,a;4,5,6&x=1", {"W": "W must be a matrix of 1 to 64 rows and 1 to 64 columns"}),
    ],
)
def test_an_address_whose_shapes_do_not_fit_is_told_the_right_one(
    client: TestClient, text: str, errors: dict[str, str]
) -> None:
    found = {error["loc"][1]: error["msg"] for error in refused(client.get(f"/api/forward?{text}"), 422)["errors"]}
    assert found == errors


def test_an_entry_beyond_the_shape_is_refused(client: TestClient) -> None:
    values = listed(drawn(4, 1))
    assert client.post("/api/backward", json={"values": values, "ask": "W.4.1"}).status_code == 200
    for key in ("W.5.1", "W.4.2", "x.2", "z.5"):
        refused(client.post("/api/backward", json={"values": values, "ask": key}), 422, ["body", "ask"])


def test_other_networks_keep_to_their_own_shapes(client: TestClient) -> None:
    values = listed(drawn(2, 2))
    refused(client.post("/api/backward", json={"network": "softmax-ce", "values": values}), 422)
    refused(client.get(f"/api/backward?network=softmax-ce&{query(drawn(2, 2))}"), 422)


@pytest.mark.parametrize("path", ["/forward", "/backward", "/live/wide/backward", "/live/tall/forward"])
def test_a_page_keeps_to_the_network_s_own_shapes(client: TestClient, path: str) -> None:
    answer = client.get(f"{path}?{query(drawn(2, 2))}")
    assert answer.status_code == 422
    assert "W needs 3 rows of 2 numbers" in answer.text


def test_the_numbers_before_an_edit_have_the_network_s_own_shapes(client: TestClient) -> None:
    was = query(drawn(2, 2)).replace("&", "%26").replace("=", "%3D").replace(";", "%3B").replace(",", "%2C")
    answer = client.get(f"/backward?was={was}")
    assert answer.status_code == 422
    assert "was must be the query of an address of this network" in answer.text


def test_a_check_takes_up_to_200_entries(client: TestClient) -> None:
    """m (n + 3) + n + 1 of them: x, W, b, z, h and L."""
    for (m, n), status in (((9, 17), 200), ((9, 18), 422), ((64, 64), 422)):
        values = listed(drawn(m, n))
        entries = m * (n + 3) + n + 1
        answer = client.post("/api/check", json={"values": values})
        assert answer.status_code == status, entries
        if status == 200:
            assert len(answer.json()["entries"]) == entries <= MAX_ENTRIES
            assert answer.json()["disagree"] == 0
        else:
            assert f"at most {MAX_ENTRIES} gradient entries" in refused(answer, 422)["detail"]
            assert str(entries) in answer.json()["detail"]


def test_numbers_of_17_digits_for_the_largest_shape_fit_into_a_body(client: TestClient) -> None:
    longest = -2.2250738585072014e-308
    values = {name: np.full(array.shape, longest).tolist() for name, array in drawn(MAX_SIDE, MAX_SIDE).items()}
    body = json.dumps({"network": "relu-mse", "values": values, "step": None, "ask": "W.64.64"})
    assert client.post("/api/backward", content=body, headers={"Content-Type": "application/json"}).status_code == 200


def test_the_dimensions_are_those_of_the_graph() -> None:
    for name, dimensions in DIMENSIONS.items():
        assert name == DEFAULT.name
        for m, n in SHAPES:
            shapes = sized(DEFAULT, (m, n))
            assert shapes is not None
            assert shapes[SIZE_LEAF] == (m, n)
            assert set(shapes) == set(dimensions) == set(DEFAULT.defaults)
            found = DEFAULT.graph.shapes(shapes)
            assert (found["z"], found["h"], found["L"]) == ((m,), (m,), ())
        assert sized(DEFAULT, DEFAULT.shape(SIZE_LEAF)) == {leaf: DEFAULT.shape(leaf) for leaf in DEFAULT.defaults}
    assert shape_of(2.0) == ()
    assert shape_of(((1.0, 2.0, 3.0),)) == (1, 3)
