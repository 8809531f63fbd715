"""Whatever is sent to the API: a 4xx that names the field, says what would be right, and repeats nothing."""

from __future__ import annotations

import http.client
import json
import resource
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from app.main import create_app
from app.settings import Settings
from app.web.errors import STATUS_TEXTS
from app.web.site import SUBJECTS
from tests.conftest import Lot

JSON = {"Content-Type": "application/json"}
CANARY = "canary7f3a"
NETWORK, X, STEP = ["body", "network"], ["body", "values", "x"], ["body", "step"]


def refused(answer: httpx2.Response, status: int, loc: list[Any] | None = None) -> dict[str, Any]:
    """Check what every refusal keeps to; return the problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.content) < 4096
    for forbidden in (CANARY, "Traceback", "/app/", ".py", "python", "starlette", "pydantic"):
        assert forbidden not in answer.text
    problem: dict[str, Any] = answer.json()
    assert (problem["type"], problem["title"], problem["status"]) == (
        "about:blank",
        STATUS_TEXTS[status].title,
        status,
    )
    assert problem["detail"]
    assert 1 <= len(problem["errors"]) <= 20
    assert all(set(error) == {"loc", "msg"} and error["msg"] for error in problem["errors"])
    if loc is not None:
        assert loc in [error["loc"] for error in problem["errors"]]
    return problem


def send(client: TestClient, body: bytes | str, **headers: str) -> httpx2.Response:
    content = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/api/backward", content=content, headers={**JSON, **named})


# --- what is JSON, and wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ('{"values": {"x": [NaN, 1]}}', [*X, 0]),
        ('{"values": {"x": [1, Infinity]}}', [*X, 1]),
        ('{"values": {"x": [1, -Infinity]}}', [*X, 1]),
        ('{"values": {"x": [1, 1e999]}}', [*X, 1]),
        (f'{{"values": {{"x": [1, {"9" * 400}]}}}}', [*X, 1]),
        ('{"values": {"W": [[1, 2], [3, NaN], [5, 6]]}}', ["body", "values", "W", 1, 1]),
        ('{"values": {"x": ["nan", 1]}}', [*X, 0]),
        ('{"values": {"x": ["1", 1]}}', [*X, 0]),
        ('{"values": {"x": [true, 1]}}', [*X, 0]),
        ('{"values": {"x": [1, false]}}', [*X, 1]),
        ('{"values": {"x": [null, 1]}}', [*X, 0]),
        ('{"values": {"x": [[1], 1]}}', [*X, 0]),
        ('{"values": {"x": []}}', X),
        ('{"values": {"x": [1]}}', X),
        ('{"values": {"x": [1, 2, 3]}}', X),
        ('{"values": {"x": 1}}', X),
        ('{"values": {"x": "1,2"}}', X),
        ('{"values": {"x": null}}', X),
        ('{"values": {"x": {"0": 1, "1": 2}}}', X),
        ('{"values": {"W": [[1, 2], [3], [5, 6]]}}', ["body", "values", "W"]),
        ('{"network": "softmax-ce", "values": {"W": [[1, 2], [3], [5, 6]]}}', ["body", "values", "W", 1]),
        ('{"values": {"W": [[1, 2, 3], [4, 5, 6]]}}', X),  # W may have any shape, and then x must fit it
        ('{"network": "softmax-ce", "values": {"W": [[1, 2, 3], [4, 5, 6]]}}', ["body", "values", "W"]),
        ('{"values": {"W": [1, 2, 3, 4, 5, 6]}}', ["body", "values", "W"]),
        (f'{{"values": {{"{CANARY}": [1]}}}}', ["body", "values"]),
        ('{"values": {"z": [1, 2, 3]}}', ["body", "values"]),
        ('{"values": []}', ["body", "values"]),
        ('{"values": null}', ["body", "values"]),
        (f'{{"network": "{CANARY}"}}', NETWORK),
        ('{"network": null}', NETWORK),
        ('{"network": 1}', NETWORK),
        ('{"network": ["relu-mse"]}', NETWORK),
        ('{"network": "RELU-MSE"}', NETWORK),
        ('{"step": -1}', STEP),
        ('{"step": 7}', STEP),
        ('{"step": 1.5}', STEP),
        ('{"step": true}', STEP),
        ('{"step": "2"}', STEP),
        ('{"step": NaN}', STEP),
        ('{"step": 1e999}', STEP),
        ('{"step": []}', STEP),
        (f'{{"{CANARY}": 1}}', ["body"]),
        ("[]", ["body"]),
        ("null", ["body"]),
        ("1", ["body"]),
        ("NaN", ["body"]),
        (f'"{CANARY}"', ["body"]),
    ],
)
def test_json_that_is_no_state_is_a_422_that_names_the_field(client: TestClient, body: str, loc: list[Any]) -> None:
    refused(send(client, body), 422, loc)


def test_a_wrong_shape_is_told_the_right_one(client: TestClient) -> None:
    problem = refused(send(client, '{"network": "softmax-ce", "values": {"W": [[1, 2]]}}'), 422)
    assert problem["detail"] == "W needs 3 rows of 2 numbers, not 1 row of 2"


def test_several_wrong_fields_are_each_named(client: TestClient) -> None:
    problem = refused(send(client, '{"values": {"x": [1], "b": [true, 0, 0]}, "step": 99}'), 422)
    assert [error["loc"] for error in problem["errors"]] == [X, ["body", "values", "b", 0], STEP]


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_numbers_that_overflow_say_where(client: TestClient, direction: str) -> None:
    body = {"values": {"x": [1e200, 1e200], "W": [[1e200, 1e200]] * 3}}
    problem = refused(client.post(f"/api/{direction}", json=body), 422)
    assert "z overflows" in problem["errors"][0]["msg"]
    loss = refused(client.post(f"/api/{direction}", json={"values": {"y": [1e200, 0, 0]}}), 422)
    assert "L overflows" in loss["errors"][0]["msg"]
    refused(client.get(f"/api/{direction}?y=1e200,0,0"), 422)


def test_a_gradient_that_overflows_is_named_where_the_loss_does_not(client: TestClient) -> None:
    query = "x=1e300,0&W=0,0;0,0;0,0&b=0,0,0&y=-1e100,0,0"
    assert client.get(f"/api/forward?{query}").status_code == 200
    # every unit is shut at its kink, so nothing flows and nothing overflows
    assert client.get(f"/api/backward?{query}").status_code == 200
    open_units = "x=1e300,0&W=0,0;0,0;0,0&b=1,1,1&y=-1e100,0,0"
    problem = refused(client.get(f"/api/backward?{open_units}"), 422)
    assert "∂L/∂W overflows" in problem["errors"][0]["msg"]


# --- what is not JSON ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"values": {"x": [1, 2]}',
        b'{"values": {"x": [1, 2,]}}',
        b"{'step': 1}",
        b'{"step": 1} {"step": 2}',
        b'{"step": 01}',
        b'{"step": +1}',
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b"{}\xef\xbb\xbf",
        b'{"network": "\xff"}',
        b'{"network": "\xed\xa0\x80"}',
        '{"step": 1}'.encode("utf-16"),
        '{"step": 1}'.encode("utf-16-le"),
        '{"step": 1}'.encode("utf-32"),
        b'{"network": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"network": "relu\x00mse"}',
        b'{"step": 1, "step": 2}',
        b'{"values": {"x": [1, 2], "x": [3, 4]}}',
        b'{"step": 1' + b"0" * 5000 + b"}",
        b"[" * 2000,
        b"[" * 30_000 + b"]" * 30_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"values": {"x": ' + b"[" * 100 + b"]" * 100 + b"}}",
        b"\x80\x04K\x01.",
    ],
)
def test_a_body_that_is_no_json_is_a_400(client: TestClient, body: bytes) -> None:
    refused(send(client, body), 400, ["body"])


def test_the_mark_that_windows_puts_in_front_of_utf_8_is_no_part_of_the_json(client: TestClient) -> None:
    for path, text in (("/api/backward", b'{"step": 1}'), ("/api/batch/forward", b'{"sets": [{"x": [1, 2]}]}')):
        marked = client.post(path, content=b"\xef\xbb\xbf" + text, headers=JSON)
        assert (marked.status_code, marked.content) == (200, client.post(path, content=text, headers=JSON).content)


def test_an_emoji_by_its_pair_of_surrogates_is_json(client: TestClient) -> None:
    refused(send(client, '{"network": "\\ud83d\\ude00"}'), 422, NETWORK)


def test_brackets_in_a_string_are_not_depth(client: TestClient) -> None:
    refused(send(client, json.dumps({"network": "[" * 500})), 422, NETWORK)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('{"a":[', "]}"), ('[{"b":', "}]")])
def test_a_body_may_be_16_deep_and_no_deeper(client: TestClient, opening: str, closing: str) -> None:
    for depth in range(10, 40, 2):
        times = depth // (opening.count("[") + opening.count("{"))
        text = opening * times + "1" + closing * times
        problem = refused(send(client, text), 422 if depth <= 16 else 400)
        assert ("16 deep" in problem["detail"]) == (depth > 16)
    seventeen = "[" * 15 + "[1],[[2]]" + "]" * 15
    refused(send(client, seventeen.replace("[[2]]", "[2]")), 422)
    assert "16 deep" in refused(send(client, seventeen), 400)["detail"]


def test_a_body_that_was_cut_off_is_not_called_too_deep(client: TestClient) -> None:
    text = json.dumps({"values": {"W": [[1, 2], [3, 4], [5, 6]]}, "step": [[]] * 20})
    for end in range(1, len(text)):
        assert "not valid JSON" in refused(send(client, text[:end]), 400)["detail"]


def test_a_body_made_to_be_slow_to_scan_is_not(client: TestClient) -> None:
    start = time.perf_counter()
    refused(send(client, '"' + '\\"' * 30_000 + "[" * 20), 400)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("part", [b"[],", b"[" * 15 + b"]" * 15 + b",", b"{},"])
def test_a_batch_of_nothing_but_arrays_is_not_made_of_lists(client: TestClient, part: bytes) -> None:
    body = b'{"sets": [' + part * (1_000_000 // len(part)) + b"0]}"
    start = time.process_time()
    problem = refused(client.post("/api/batch/forward", content=body, headers=JSON), 400)
    assert "80,000 arrays" in problem["detail"]
    assert time.process_time() - start < 0.2


def test_a_batch_of_the_most_arrays_that_can_be_meant_is_answered(client: TestClient) -> None:
    one = {"W": [[1]] * 64, "x": [1], "b": [0] * 64, "y": [0] * 64}
    assert client.post("/api/batch/forward", json={"sets": [one] * 1000}).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/octet-stream",
        "application/jsonp",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        "",
        "json",
        "application/json, text/plain",
    ],
)
def test_another_format_is_a_415(client: TestClient, content_type: str) -> None:
    refused(send(client, "{}", Content_Type=content_type), 415, ["header", "Content-Type"])


def test_a_body_without_a_format_is_a_415(client: TestClient) -> None:
    refused(client.post("/api/forward", content=b"{}"), 415)


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", 'Application/JSON;Charset="UTF-8"', "application/json;"],
)
def test_json_by_another_spelling_is_json(client: TestClient, content_type: str) -> None:
    assert send(client, "{}", Content_Type=content_type).status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity", CANARY])
def test_a_compressed_body_is_a_415(client: TestClient, encoding: str) -> None:
    refused(send(client, "{}", Content_Encoding=encoding), 415, ["header", "Content-Encoding"])


# --- what is too much ---------------------------------------------------------------------------------------


def test_two_hundred_thousand_items_are_a_413(client: TestClient) -> None:
    refused(send(client, json.dumps({"values": {"x": [1.5] * 200_000}})), 413, ["body"])


def test_a_body_of_exactly_the_limit_is_read(client: TestClient) -> None:
    assert send(client, b"{}" + b" " * (131_072 - 2)).status_code == 200
    refused(send(client, b"{}" + b" " * (131_072 - 1)), 413)


def test_chunks_beyond_the_limit_are_a_413(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 1000

    refused(client.post("/api/forward", content=chunks(), headers=JSON), 413, ["body"])


@pytest.mark.parametrize("chunked", [False, True])
def test_forty_megabytes_are_refused_in_flat_memory(live: str, chunked: bool) -> None:
    piece = b" " * 65536
    connection = http.client.HTTPConnection(urlsplit(live).netloc, timeout=30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    framing = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(640 * len(piece))}
    headers = JSON | framing
    pieces = (piece for _ in range(640))
    connection.request("POST", "/api/backward", pieces, headers, encode_chunked=chunked)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (413, "application/problem+json")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024
    connection.close()


@pytest.mark.parametrize("path", ["/api/forward", "/api/backward", "/api/nothing", "/healthz", "/openapi.json"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query_over_the_limit_is_a_414(client: TestClient, path: str, method: str) -> None:
    refused(client.request(method, f"{path}?x={'1' * 5000}"), 414, ["query"])


def test_an_address_of_65_kilobytes_is_refused(live: str) -> None:
    for address in (f"/api/forward?x={'1' * 65_000}", f"/api/{'a' * 65_000}"):
        assert 400 <= httpx2.get(live + address).status_code < 500


# --- addresses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "loc"),
    [
        ("step=2&step=3", ["query", "step"]),
        ("x=1,2&x=1,2", ["query", "x"]),
        ("step=%EF%BC%92", ["query", "step"]),
        ("x=%EF%BC%91,2", ["query", "x", 0]),
        ("x=%zz,1", ["query", "x"]),
        ("x=%ff,1", ["query", "x"]),
        ("x=%00,1", ["query", "x", 0]),
        ("x=1,2%00", ["query", "x", 1]),
        ("x=%ED%A0%80,1", ["query", "x"]),
        ("x=nan,1", ["query", "x", 0]),
        ("x=1,inf", ["query", "x", 1]),
        ("x=1,1e999", ["query", "x", 1]),
        ("x=0x10,1", ["query", "x", 0]),
        ("x=1_0,1", ["query", "x", 0]),
        ("x=true,1", ["query", "x", 0]),
        ("x=1", ["query", "x"]),
        ("x=", ["query", "x"]),
        ("x=1,2,3", ["query", "x"]),
        ("x=1;2", ["query", "x"]),
        ("W=1,2;3,4", ["query", "b"]),  # W may have any shape, and then b must fit it
        ("network=softmax-ce&W=1,2;3,4", ["query", "W"]),
        ("W=1,2;3;5,6", ["query", "W"]),
        ("step=-1", ["query", "step"]),
        ("step=7", ["query", "step"]),
        ("step=", ["query", "step"]),
        ("step=1.0", ["query", "step"]),
        ("step=" + "9" * 3000, ["query", "step"]),
        (f"network={CANARY}", ["query", "network"]),
        ("network=", ["query", "network"]),
        (f"{CANARY}=1", ["query"]),
        ("utm_source=lms", ["query"]),
        ("from=x", ["query"]),
        ("X=1,2", ["query"]),
        ("=1", ["query"]),
        (f"{CANARY}", ["query"]),
        ("%zz=1", ["query"]),
    ],
)
def test_an_address_that_is_no_state_is_a_422_that_names_the_parameter(
    client: TestClient, query: str, loc: list[Any]
) -> None:
    refused(client.get(f"/api/backward?{query}"), 422, loc)


@pytest.mark.parametrize("raw", [b"x=\xff,1", "x=１,2".encode(), "step=−1".encode()])
def test_raw_bytes_in_an_address_are_refused(live: str, raw: bytes) -> None:
    assert over_the_wire(live, b"/api/forward?" + raw, b"localhost").startswith((b"HTTP/1.1 4",))


@pytest.mark.parametrize("path", ["/", "/recall", "/api", "/openapi.json", "/healthz"])
def test_bytes_that_are_no_text_are_passed_over_where_no_name_is_read(app: FastAPI, path: str) -> None:
    async def with_bytes(scope: Scope, receive: Receive, send: Send) -> None:  # as some servers hand them on
        await app({**scope, "query_string": b"utm_source=\xe9"}, receive, send)

    assert TestClient(with_bytes).get(path).status_code == 200


def over_the_wire(live: str, target: bytes, host: bytes) -> bytes:
    """The whole answer to a GET that no client would let one send."""
    with socket.create_connection(("127.0.0.1", urlsplit(live).port or 0), timeout=10) as wire:
        wire.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        return wire.makefile("rb").read()


def test_two_thousand_wrong_parameters_make_a_short_answer(client: TestClient) -> None:
    refused(client.get("/api/forward?" + "&".join(f"a{i}=1" for i in range(500))), 422)
    refused(client.get("/api/forward?" + "&".join(["x=1"] * 900)), 422)


def test_nothing_that_was_sent_comes_back(client: TestClient) -> None:
    for hostile in (
        "<script>canary7f3a</script>",
        '"onload="canary7f3a',
        "]]>canary7f3a",
        "canary7f3a\r\nX: y",
    ):
        for answer in (
            client.get("/api/forward", params={"x": hostile, hostile: "1"}),
            client.get("/api/forward", params={"network": hostile, "step": hostile}),
            client.post("/api/forward", json={"network": hostile, hostile: hostile}),
            client.post("/api/forward", json={"values": {hostile: [1], "x": hostile}, "step": hostile}),
        ):
            refused(answer, 422)
        refused(client.get(f"/api/{CANARY}"), 404)


# --- where nothing is ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/api//", "/api/forward//", "/api//forward", "/api//forward/", "/api/batch/", "/api/sideways/", "/api/forward/x"],
)
def test_an_unknown_path_of_the_api_is_a_404(client: TestClient, path: str) -> None:
    refused(client.get(path), 404, ["path"])


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/api/forward", "/api/backward"])
def test_another_method_is_a_405_that_says_which_do(client: TestClient, path: str, method: str) -> None:
    answer = client.request(method, path)
    refused(answer, 405, ["method"])
    assert answer.headers["Allow"] == "GET, HEAD, POST"


def test_a_post_to_what_is_only_read_is_a_405(client: TestClient) -> None:
    answer = client.post("/healthz")
    refused(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("query", ["", "?x=1,2&step=3", "?a=%2F..%2F%22&b=//evil.example/"])
def test_a_slash_too_many_leads_to_the_address_without_it(
    client: TestClient, app: FastAPI, query: str, lot: Lot
) -> None:
    pages = [path for subject in SUBJECTS for path in subject.paths if path != "/"]
    for path in [*lot.some(pages, 9), "/live/wide/backward", "/api", *lot.some(app.openapi()["paths"], 5)]:
        for method in ("GET", "HEAD", "POST"):
            answer = client.request(method, f"{path}/{query}")
            assert (answer.status_code, answer.content) == (308, b""), path
            assert urljoin(f"http://testserver{path}/", answer.headers["Location"]) == f"http://testserver{path}{query}"
            assert answer.headers["Location"].startswith("../")


@pytest.mark.parametrize("path", ["/user/jane/api/forward/?step=1", "/api/forward/?step=1"])
def test_behind_a_prefix_a_slash_too_many_leads_to_the_same_prefix(path: str) -> None:
    placed = TestClient(create_app(Settings(root_path="/user/jane")), follow_redirects=False)
    answer = placed.get(path)
    assert answer.status_code == 308
    assert urljoin("/user/jane/api/forward/", answer.headers["Location"]) == "/user/jane/api/forward?step=1"


def test_a_body_goes_where_a_slash_too_many_leads(client: TestClient) -> None:
    answer = client.post("/api/forward/?", json={"step": 1}, follow_redirects=True)
    assert answer.content == client.post("/api/forward", json={"step": 1}).content


@pytest.mark.parametrize("target", [b"/api/forward/", b"/healthz/", b"/forward/?x=//evil.example/", b"/%66orward/"])
def test_a_slash_too_many_never_leads_to_another_host(live: str, target: bytes) -> None:
    answer = over_the_wire(live, target, b"evil.example")
    assert answer.startswith(b"HTTP/1.1 308 ")
    (location,) = [line for line in answer.lower().splitlines() if line.startswith(b"location:")]
    assert location.startswith(b"location: ../")


@pytest.mark.parametrize(
    "target",
    [
        b"//evil.example/",
        b"//evil.example/forward/",
        b"//forward/",
        b"/\\evil.example/",
        b"/%5cevil.example/",
        b"/api//",
        b"/evil.example/%2e%2e/",
        b"//evil.example/%2e%2e",
    ],
)
def test_a_foreign_host_is_never_redirected_to(live: str, target: bytes) -> None:
    answer = over_the_wire(live, target, b"evil.example")
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"evil" not in answer
    assert b"\nlocation:" not in answer.lower()


@pytest.fixture(scope="module")
def guarded() -> TestClient:
    """A site that answers to two names only."""
    return TestClient(create_app(Settings(allowed_hosts=("bp.example.org", "*.campus.example"))))


@pytest.mark.parametrize("host", ["bp.example.org", "BP.example.org:8000", "a.campus.example", "a.b.campus.example"])
def test_a_name_of_ours_is_answered(guarded: TestClient, host: str) -> None:
    assert guarded.get("/api/forward", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "bp.example.org.evil.example", "campus.example", "", "[::1]", "a@b"])
def test_a_name_that_is_not_ours_is_a_400(guarded: TestClient, host: str) -> None:
    refused(guarded.get("/api/forward", headers={"Host": host}), 400, ["header", "Host"])
    page = guarded.get("/forward", headers={"Host": host})
    assert (page.status_code, page.headers["Content-Type"]) == (400, "text/html; charset=utf-8")


def test_what_fails_inside_is_logged_and_told_without_a_trace(
    afresh: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from app.web import api

    def broken(*_args: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(api, "as_json", broken)
    answer = afresh.get("/api/forward")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert CANARY not in answer.text
    assert CANARY in caplog.text
