"""Other origins: their pages may read the API and what it says of mistakes, of all origins or of a list; no page."""

from __future__ import annotations

import logging
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.web.errors import ProblemError

from .test_headers import ANSWERS, JSON, check

ELSEWHERE = {"Origin": "https://course.example.org"}
COURSE, OTHER = "https://course.example.org", "https://other.example"
PREFLIGHT = {
    **ELSEWHERE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type",
}
OPEN = [answer for answer in ANSWERS if answer[1].startswith(("/api/", "/openapi.json"))]
CLOSED = [answer for answer in ANSWERS if answer not in OPEN]


def allowed(answer: httpx2.Response) -> dict[str, str]:
    """What an answer says to other origins."""
    return {name: value for name, value in answer.headers.items() if name.lower().startswith("access-control-")}


@pytest.fixture(scope="module")
def narrowed() -> TestClient:
    """A site that lets the pages of one origin read its API."""
    return TestClient(create_app(Settings(allowed_origins=(COURSE, "http://127.0.0.1:8888"))))


@pytest.mark.parametrize(("method", "path", "status", "more"), OPEN)
def test_every_answer_of_the_api_may_be_read_from_anywhere(
    client: TestClient, method: str, path: str, status: int, more: dict[str, Any]
) -> None:
    answer = client.request(method, path, **{**more, "headers": {**more.get("headers", {}), **ELSEWHERE}})
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert "Origin" not in answer.headers.get("Vary", "")
    check(answer)


def test_they_are_of_every_kind() -> None:
    assert {status for _, _, status, _ in OPEN} == {200, 204, 400, 404, 405, 413, 414, 415, 422}


@pytest.mark.parametrize(("method", "path", "status", "more"), CLOSED)
def test_pages_and_files_stay_with_their_own_origin(
    client: TestClient, method: str, path: str, status: int, more: dict[str, Any]
) -> None:
    answer = client.request(method, path, **{**more, "headers": {**more.get("headers", {}), **ELSEWHERE}})
    assert answer.status_code == status
    assert allowed(answer) == {}
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/static/nothing.svg", "/live/wide/forward", "/readyz", "/apiary", "/openapi.jsonl"])
def test_what_only_looks_like_it_is_not_open(client: TestClient, path: str) -> None:
    answer = client.get(path, headers=ELSEWHERE)
    assert allowed(answer) == {}
    assert client.options(path, headers=PREFLIGHT).status_code == 405 or answer.status_code in (404, 308)


@pytest.mark.parametrize("path", ["/api/grade", "/api/backward?x=1", "/api/nothing", "/openapi.json"])
def test_a_preflight_is_a_204_that_is_kept_for_a_day(client: TestClient, path: str) -> None:
    answer = client.options(path, headers=PREFLIGHT)
    assert (answer.status_code, answer.content) == (204, b"")
    found = allowed(answer)
    assert found.pop("access-control-expose-headers")
    assert found == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, HEAD, POST",
        "access-control-allow-headers": "Content-Type, If-None-Match",
        "access-control-max-age": "86400",
    }
    check(answer)
    assert client.options(path).status_code == 204, "without an Origin, too"


def test_a_page_takes_no_options(client: TestClient) -> None:
    for path in ("/", "/forward", "/api", "/chapter"):
        answer = client.options(path, headers=PREFLIGHT)
        assert answer.status_code == 405
        assert allowed(answer) == {}


def test_a_304_and_a_500_may_be_read_too(
    afresh: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tag = afresh.get("/api/backward").headers["ETag"]
    answer = afresh.get("/api/backward", headers={"If-None-Match": tag, **ELSEWHERE})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (304, "*")
    monkeypatch.setattr("app.web.api.as_json", lambda _state: 1 / 0)
    with caplog.at_level(logging.CRITICAL):
        answer = afresh.get("/api/backward", headers=ELSEWHERE)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (500, "*")
    assert answer.json()["detail"] == "Something failed on the server; it has been logged."


def test_a_503_may_be_read_too_where_the_api_gives_one(afresh: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_state: object) -> None:
        raise ProblemError(503)

    monkeypatch.setattr("app.web.api.as_json", busy)
    answer = afresh.get("/api/backward", headers=ELSEWHERE)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (503, "*")
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(("method", "path", "status", "more"), OPEN)
def test_an_operator_may_narrow_it_to_a_list(
    narrowed: TestClient, method: str, path: str, status: int, more: dict[str, Any]
) -> None:
    for origin, found in ((COURSE, COURSE), (OTHER, None), ("null", None), ("", None), (COURSE + ".evil", None)):
        headers = {**more.get("headers", {}), **({"Origin": origin} if origin else {})}
        answer = narrowed.request(method, path, **{**more, "headers": headers})
        assert answer.status_code == status, "the list decides who may read, not what is answered"
        assert answer.headers.get("Access-Control-Allow-Origin") == found
        assert "Origin" in answer.headers["Vary"].split(", "), "a cache must not give one origin's answer to another"
        check(answer)


def test_a_compressed_answer_varies_by_both(narrowed: TestClient) -> None:
    answer = narrowed.get("/api/backward", headers={**ELSEWHERE, "Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert set(answer.headers["Vary"].split(", ")) == {"Accept-Encoding", "Origin"}


def test_a_list_opens_no_page(narrowed: TestClient) -> None:
    answer = narrowed.get("/forward", headers=ELSEWHERE)
    assert allowed(answer) == {}
    assert "Origin" not in answer.headers["Vary"]


def test_a_body_that_came_from_elsewhere_is_judged_as_any_other(client: TestClient) -> None:
    sent = {"gradients": {"W": [[1.0, 2.0]]}, "nonsense": 1}
    mine = client.post("/api/grade", json=sent)
    theirs = client.post("/api/grade", json=sent, headers={**ELSEWHERE, **JSON})
    assert (mine.status_code, mine.content) == (theirs.status_code, theirs.content)
    assert mine.status_code == 422
