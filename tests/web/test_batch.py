"""Many value sets at once: the answer is that of the singles, and whatever is wrong is named by its set."""

from __future__ import annotations

import http.client
import json
import math
import resource
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import httpx2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.engine import NETWORKS, as_arrays
from app.snapshot.batch import BatchAnswer
from app.state.batch import MAX_ERRORS, MAX_SETS
from app.web import bodies
from app.web.errors import ProblemError

from .test_bad_input import CANARY, JSON, refused

PASSES = ("forward", "backward")
Sets = list[dict[str, Any]]


def drawn(network: str, count: int, seed: int = 1) -> Sets:
    """Random sets, each without some of its leaves; targets as they are, between 0 and 1."""
    rng = np.random.default_rng(seed)
    own = as_arrays(NETWORKS[network].defaults)
    return [
        {name: rng.uniform(0.0, 1.0, array.shape).tolist() for name, array in own.items() if rng.uniform() < 0.7}
        for _ in range(count)
    ]


def post(client: TestClient, direction: str, network: str, sets: Sets) -> dict[str, Any]:
    answer = client.post(f"/api/batch/{direction}", json={"network": network, "sets": sets})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    BatchAnswer.model_validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    return found


def compare(client: TestClient, direction: str, network: str, sets: Sets) -> None:
    """Every number of a batch against the snapshots of its sets, to 1e-12."""
    batch = post(client, direction, network, sets)
    assert (batch["network"], batch["pass"], batch["count"]) == (network, direction, len(sets))
    for i, values in enumerate(sets):
        single = client.post(f"/api/{direction}", json={"network": network, "values": values}).json()
        assert batch["loss"][i] == pytest.approx(single["loss"], rel=1e-12, abs=1e-12)
        assert [node["name"] for node in batch["nodes"]] == [node["name"] for node in single["nodes"]]
        for ours, theirs in zip(batch["nodes"], single["nodes"], strict=True):
            assert ours["shape"] == theirs["shape"]
            for field in ("value", "grad"):
                assert (ours[field] is None) == (theirs[field] is None)
                if ours[field] is not None:
                    assert len(ours[field]) == len(sets)
                    one, other = np.asarray(ours[field][i]), np.asarray(theirs[field])
                    assert one.shape == other.shape == tuple(ours["shape"])
                    assert abs(one - other).max() <= 1e-12 * max(1.0, abs(other).max())


@pytest.mark.parametrize(("direction", "network"), list(product(PASSES, NETWORKS)))
def test_a_batch_is_the_stack_of_its_singles(client: TestClient, direction: str, network: str) -> None:
    compare(client, direction, network, drawn(network, 12))


def test_one_set_and_an_empty_one_are_a_batch(client: TestClient) -> None:
    compare(client, "backward", "relu-mse", [{}])
    compare(client, "backward", "relu-mse", [{}, {"x": [1, -2]}, {}])
    assert client.post("/api/batch/forward", json={"sets": [{}]}).json()["loss"] == [pytest.approx(0.03)]


def test_a_batch_of_another_shape_is_the_stack_of_its_singles(client: TestClient) -> None:
    rng = np.random.default_rng(3)
    shapes = {"x": (5,), "W": (4, 5), "b": (4,), "y": (4,)}
    sets = [{name: rng.normal(size=shape).tolist() for name, shape in shapes.items()} for _ in range(6)]
    compare(client, "backward", "relu-mse", sets)
    # three rows: b and y may be left out, x may not
    compare(client, "backward", "relu-mse", [{"x": [i], "W": [[1], [2], [i]]} for i in range(4)])


def test_a_thousand_sets_keep_their_order(client: TestClient) -> None:
    sets: Sets = [{"x": [0, 0], "b": [i, 0, 0], "y": [0, 0, 0]} for i in range(MAX_SETS)]
    batch = post(client, "backward", "identity-mse", sets)
    assert batch["loss"] == [i * i / 2 for i in range(MAX_SETS)]
    z = next(node for node in batch["nodes"] if node["name"] == "z")
    assert z["grad"] == [[i, 0, 0] for i in range(MAX_SETS)]


def test_numbers_come_back_as_the_very_floats_that_were_sent(client: TestClient) -> None:
    x = [[5e-324, 1e150], [0.1 + 0.2, 1 / 3], [3, -0.0], [1, 2]]
    (node,) = (n for n in post(client, "forward", "relu-mse", [{"x": one} for one in x])["nodes"] if n["name"] == "x")
    assert [[str(number) for number in one] for one in node["value"]] == [
        ["5e-324", "1e+150"],
        [repr(0.1 + 0.2), repr(1 / 3)],
        ["3.0", "0.0"],
        ["1.0", "2.0"],
    ]


def test_a_shut_unit_and_a_kink_pass_exactly_zero(client: TestClient) -> None:
    sets: Sets = [{"b": [0, -0.1, -0.6]}, {"b": [0, -0.5, 0]}, {}]
    z = next(node for node in post(client, "backward", "relu-mse", sets)["nodes"] if node["name"] == "z")
    assert [[str(g) for g in grad].count("0.0") for grad in z["grad"]] == [1, 1, 0]
    assert (z["grad"][0][2], z["grad"][1][1]) == (0, 0)


# --- what is wrong ------------------------------------------------------------------------------------------


def send(client: TestClient, content: bytes | str, path: str = "backward") -> httpx2.Response:
    return client.post(f"/api/batch/{path}", content=content, headers=JSON)


SETS = ["body", "sets"]


@pytest.mark.parametrize(
    ("text", "loc"),
    [
        ("{}", SETS),
        ('{"sets": []}', SETS),
        ('{"sets": {}}', SETS),
        ('{"sets": null}', SETS),
        (f'{{"sets": [{",".join(["{}"] * 1001)}]}}', SETS),
        ('{"sets": [{}, []]}', [*SETS, 1]),
        ('{"sets": [{}, null]}', [*SETS, 1]),
        ('{"sets": [{}, "x"]}', [*SETS, 1]),
        ('{"sets": [1, {}]}', [*SETS, 0]),
        (f'{{"sets": [{{}}, {{"{CANARY}": [1]}}]}}', [*SETS, 1]),
        ('{"sets": [{}, {"z": [1, 2, 3]}]}', [*SETS, 1]),
        ('{"sets": [{}, {"x": [1]}]}', [*SETS, 1, "x"]),
        ('{"sets": [{}, {"x": 1}]}', [*SETS, 1, "x"]),
        ('{"sets": [{}, {"x": null}]}', [*SETS, 1, "x"]),
        ('{"sets": [{}, {"x": "12"}]}', [*SETS, 1, "x"]),
        ('{"sets": [{}, {"x": {"0": 1, "1": 2}}]}', [*SETS, 1, "x"]),
        ('{"sets": [{}, {"x": [1, true]}]}', [*SETS, 1, "x", 1]),
        ('{"sets": [{}, {"x": [1, "2"]}]}', [*SETS, 1, "x", 1]),
        ('{"sets": [{}, {"x": [1, null]}]}', [*SETS, 1, "x", 1]),
        ('{"sets": [{}, {"x": [NaN, 1]}]}', [*SETS, 1, "x", 0]),
        ('{"sets": [{}, {"x": [1, -Infinity]}]}', [*SETS, 1, "x", 1]),
        ('{"sets": [{}, {"x": [1, 1e999]}]}', [*SETS, 1, "x", 1]),
        (f'{{"sets": [{{}}, {{"x": [1, {"9" * 400}]}}]}}', [*SETS, 1, "x", 1]),
        (f'{{"sets": [{{}}, {{"x": [1, {"1" * 1001}]}}]}}', [*SETS, 1, "x", 1]),
        (f'{{"sets": [{{}}, {{"x": {"[" * 30}{"]" * 30}}}]}}', [*SETS, 1, "x"]),
        (f'{{"sets": [{{}}, {"[" * 30}{"]" * 30}]}}', [*SETS, 1]),
        ('{"sets": [{}, {"W": [[1, 2], [3], [5, 6]]}]}', [*SETS, 1, "W"]),
        ('{"sets": [{"W": [[0, 0], [0, 0], [0, 0]]}, {"W": [[1, 2], [3], [5, 6]]}]}', [*SETS, 1, "W", 1]),
        ('{"sets": [{"W": [[1, 2]], "b": [0], "y": [0]}, {"W": [[1, 2]], "b": [0]}]}', [*SETS, 1, "y"]),
        ('{"sets": [{"W": [[1, 2]], "b": [0], "y": [0]}, {}]}', [*SETS, 1, "W"]),
        ('{"sets": [{}, {"W": [[]]}]}', [*SETS, 1, "W"]),
        ('{"network": "softmax-ce", "sets": [{}, {"W": [[1, 2]]}]}', [*SETS, 1, "W"]),
        (f'{{"network": "{CANARY}", "sets": [{{}}]}}', ["body", "network"]),
        ('{"network": null, "sets": [{}]}', ["body", "network"]),
        (f'{{"sets": [{{}}], "{CANARY}": 1}}', ["body"]),
        ('{"sets": [{}], "step": 1}', ["body"]),
        ('{"sets": [{}], "values": {}}', ["body"]),
        ("[]", ["body"]),
        ("null", ["body"]),
        ("NaN", ["body"]),
    ],
)
def test_a_batch_that_is_none_is_a_422_that_names_the_set_and_the_field(
    client: TestClient, text: str, loc: list[Any]
) -> None:
    for direction in PASSES:
        assert refused(send(client, text, direction), 422, loc)["errors"][0]["loc"] == loc


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"sets": [{}]',
        b'{"sets": [{}],}',
        b'{"sets": [{}]} {}',
        b'{"sets": [{"x": [01, 2]}]}',
        b'{"sets": [{"x": [+1, 2]}]}',
        b'{"sets": [{"x": [.5, 2]}]}',
        b'{"sets": [{"x": [1., 2]}]}',
        b'{"sets": [{}], "sets": [{}]}',
        b'{"sets": [{"x": [1, 2], "x": [1, 2]}]}',
        b'{"sets": [{"x": [1, 2], "\\u0078": [1, 2]}]}',
        b'{"network": "relu-mse", "network": "relu-mse", "sets": [{}]}',
        b'\xef\xbb\xbf\xef\xbb\xbf{"sets": [{}]}',
        '{"sets": [{}]}'.encode("utf-16"),
        b'{"sets": [{"\xff": [1]}]}',
        b'{"sets": [{"\\ud800": [1]}]}',
        b'{"sets": ["' + b"[" * 30 + b'", ' + b"[" * 30 + b"]" * 30 + b"]}",
        b"[" * 100_000,
    ],
    ids=lambda content: content[:40],
)
def test_a_body_that_is_no_json_is_a_400(client: TestClient, content: bytes) -> None:
    refused(send(client, content), 400, ["body"])


def test_a_batch_is_told_what_came_in_place_of_what_it_needs(client: TestClient) -> None:
    sets = "sets must be an array of 1 to 1000 objects, each with numbers by name"
    for text, says in (
        ("{}", sets),
        ('{"sets": null}', f"{sets}, not null"),
        ('{"sets": {"x": [1, 2]}}', f"{sets}, not an object"),
        ('{"sets": []}', f"{sets}, and this one holds 0"),
        ('{"sets": [{}, [1, 2]]}', "set 2 must be an object of arrays of numbers, by name, not an array"),
        ('{"sets": [{}, {"x": [[2], [1]]}]}', "set 2: x needs 2 numbers, not 2 rows of 1"),
        ('{"sets": [{}], "network": ["softmax-ce"]}', "network must be a string, or a graph, not an array"),
        ("[]", "the body must be a JSON object, not an array"),
    ):
        assert refused(send(client, text), 422)["detail"] == says


def test_a_batch_is_refused_as_everything_else_is(client: TestClient) -> None:
    refused(client.post("/api/batch/forward", content=b"{}"), 415)
    refused(client.get("/api/batch/forward"), 405, ["method"])
    refused(client.post("/api/batch/sideways", json={}), 404, ["path"])
    refused(client.post("/api/batch", json={}), 404, ["path"])


def test_every_wrong_set_is_named_up_to_twenty(client: TestClient) -> None:
    sets: Sets = [{"x": [1, "2"], "b": [1]} if i % 3 == 0 else {} for i in range(30)]
    errors = refused(send(client, json.dumps({"sets": sets})), 422)["errors"]
    assert [error["loc"][2:] for error in errors[:4]] == [[0, "x", 1], [0, "b"], [3, "x", 1], [3, "b"]]
    assert errors[2]["msg"] == "set 4: entry 2 of x must be a number, not a string"
    assert errors[3]["msg"] == "set 4: b needs 3 numbers, not 1"
    for wrong in ([{"x": [1]}], [{CANARY: 1}], [None], [{"x": [True, 1]}]):
        problem = refused(send(client, json.dumps({"sets": wrong * MAX_SETS})), 422)
        assert 10 <= len(problem["errors"]) <= MAX_ERRORS


def test_the_sets_that_overflow_are_named_with_the_place(client: TestClient) -> None:
    sets: Sets = [{} for _ in range(8)]
    sets[2] = {"y": [1e200, 0, 0]}
    sets[5] = {"x": [1e200, 1e200], "W": [[1e200, 1e200]] * 3}
    errors = refused(send(client, json.dumps({"sets": sets}), "forward"), 422)["errors"]
    assert [error["loc"] for error in errors] == [[*SETS, 2], [*SETS, 5]]
    assert errors[0]["msg"].startswith("set 3: L overflows")
    assert errors[1]["msg"].startswith("set 6: z overflows")
    sets = [{}, {"x": [1e300, 0], "W": [[0, 0]] * 3, "b": [1, 1, 1], "y": [-1e100, 0, 0]}]
    assert send(client, json.dumps({"sets": sets}), "forward").status_code == 200
    (error,) = refused(send(client, json.dumps({"sets": sets})), 422)["errors"]
    assert error["loc"] == [*SETS, 1]
    assert error["msg"].startswith("set 2: ∂L/∂W overflows")
    refused(send(client, json.dumps({"sets": [{"y": [1e200, 0, 0]}] * MAX_SETS})), 422, [*SETS, 0])


# --- what is too much ---------------------------------------------------------------------------------------


def test_a_batch_may_be_larger_than_other_bodies_and_has_its_own_limit(client: TestClient) -> None:
    text = b'{"sets": [{}]}'
    assert send(client, text + b" " * (1_048_576 - len(text))).status_code == 200
    refused(send(client, text + b" " * (1_048_577 - len(text))), 413, ["body"])
    pieces = (b" " * 65_536 for _ in range(17))
    refused(client.post("/api/batch/forward", content=pieces, headers=JSON), 413, ["body"])
    for path in ("/api/backward", "/api/batch", "/api/batchforward"):
        refused(client.post(path, content=b" " * 131_073, headers=JSON), 413, ["body"])


def test_a_thousand_sets_of_17_digits_fit_into_a_body(client: TestClient) -> None:
    longest = -2.2250738585072014e-308
    for network in NETWORKS.values():
        full = {name: np.full(array.shape, longest).tolist() for name, array in as_arrays(network.defaults).items()}
        content = json.dumps({"network": network.name, "sets": [full] * MAX_SETS})
        assert len(content) < 1_048_576
    assert send(client, json.dumps({"sets": [full] * MAX_SETS})).status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_forty_megabytes_are_refused_in_flat_memory(live: str, chunked: bool) -> None:
    piece = b" " * 65536
    connection = http.client.HTTPConnection(urlsplit(live).netloc, timeout=30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    framing = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(640 * len(piece))}
    connection.request(
        "POST", "/api/batch/backward", (piece for _ in range(640)), JSON | framing, encode_chunked=chunked
    )
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (413, "application/problem+json")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024
    connection.close()


# --- the fast reader ----------------------------------------------------------------------------------------

LITTLE = [
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"1",
    b"0",
    b"-",
    b".",
    b"e",
    b" ",
    b'"x"',
    b"true",
    b"NaN",
    b"\xff",
]
GOOD = b'{"network":"relu-mse","sets":[{"x":[1,-2.5e-3],"b":[0.1,2,3]},{}]}'


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 3), st.sampled_from(LITTLE)), min_size=1, max_size=3)
)
def test_what_the_fast_reader_gives_is_what_the_exact_one_gives(changes: list[tuple[int, int, bytes]]) -> None:
    content = GOOD
    for place, gone, come in changes:
        content = content[:place] + come + content[place + gone :]
    found = bodies.parse_fast(content)
    try:
        significant = repr(bodies.parse(content))
    except ProblemError:
        significant = None
    assert found is None or repr(found) == significant


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_the_fast_reader_reads_every_float_as_python_does(numbers: list[float]) -> None:
    found = bodies.parse_fast(json.dumps({"sets": [{"x": numbers}]}).encode())
    assert repr(found) == repr({"sets": [{"x": numbers}]})


def test_the_fast_reader_takes_good_batches_and_leaves_doubtful_ones() -> None:
    assert bodies.parse_fast(GOOD) == json.loads(GOOD)
    assert bodies.parse_fast(b'{"sets":[{"x":[1,2]}]}') == {"sets": [{"x": [1, 2]}]}
    for doubtful in (b'{"sets":[{"x":[1],"x":[2]}]}', b'{"sets":[],"sets":[]}', b'{"sets":["\\""]}', b"[]", b"{", b"1"):
        assert bodies.parse_fast(doubtful) is None
    assert math.isnan(bodies.parse_fast(b'{"x": NaN}')["x"])  # type: ignore[index]  # left to who refuses it
