"""Every kind of answer carries every header, errors and static files included."""

from __future__ import annotations

import logging
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.state import ViewState

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
JSON = {"Content-Type": "application/json"}
LONG = "a" * (Settings().max_query_bytes + 1)

ANSWERS: list[tuple[str, str, int, dict[str, Any]]] = [
    ("GET", "/", 200, {}),
    ("HEAD", "/", 200, {}),
    ("GET", "/forward?step=2", 200, {}),
    ("HEAD", "/backward", 200, {}),
    ("GET", "/forward?x=nan,1", 422, {}),
    ("GET", "/cost", 200, {}),
    ("GET", "/cost?n=0", 422, {}),
    ("GET", "/nothing", 404, {}),
    ("POST", "/forward", 405, {}),
    ("GET", f"/?{LONG}", 414, {}),
    ("POST", "/", 413, {"content": b" " * 140_000}),
    ("GET", "/api", 200, {}),
    ("GET", "/api/backward", 200, {}),
    ("HEAD", "/api/backward", 200, {}),
    ("POST", "/api/backward", 200, {"json": {}}),
    ("POST", "/api/backward", 400, {"content": b"{", "headers": JSON}),
    ("GET", "/api/nothing", 404, {}),
    ("DELETE", "/api/backward", 405, {}),
    ("POST", "/api/backward", 413, {"content": b" " * 140_000, "headers": JSON}),
    ("GET", f"/api/backward?{LONG}", 414, {}),
    ("POST", "/api/backward", 415, {"content": b"{}"}),
    ("GET", "/api/backward?x=1", 422, {}),
    ("OPTIONS", "/api/backward", 204, {}),
    ("GET", "/openapi.json", 200, {}),
    ("GET", "/healthz", 200, {}),
    ("GET", "/readyz", 200, {}),
    ("GET", "/static/css/base.css", 404, {}),
]


def check(answer: httpx2.Response) -> None:
    headers = answer.headers
    assert headers["Content-Security-Policy"] == CSP
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] in ("same-origin", "cross-origin")  # which, test_origins.py knows
    assert "Access-Control-Allow-Credentials" not in headers
    for feature in ("camera", "microphone", "geolocation", "payment", "usb"):
        assert f"{feature}=()" in headers["Permissions-Policy"]
    for unwanted in ("Server", "Set-Cookie", "X-Powered-By"):
        assert unwanted not in headers
    assert headers["Cache-Control"]
    if answer.status_code >= 400:
        assert headers["Cache-Control"] == "no-store"
    names = [name.lower() for name, _ in headers.multi_items()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("method", "path", "status", "more"), ANSWERS)
def test_an_answer_carries_every_header(
    client: TestClient, method: str, path: str, status: int, more: dict[str, Any]
) -> None:
    answer = client.request(method, path, **more)
    assert answer.status_code == status, answer.text
    check(answer)


def test_static_files_carry_them_too_and_may_be_kept_for_ever(client: TestClient) -> None:
    for address in client.app.state.assets.addresses:  # type: ignore[attr-defined]  # a FastAPI
        answer = client.get(address)
        assert answer.status_code == 200
        check(answer)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/forward", "/api/forward"])
def test_a_500_carries_them_too(
    afresh: TestClient, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_state: ViewState) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("app.web.api.as_json", broken)
    monkeypatch.setattr("app.pages.network.subject.trace_of", broken)
    with caplog.at_level(logging.ERROR):
        answer = afresh.get(path)
    assert answer.status_code == 500
    assert "broken on purpose" not in answer.text
    assert "broken on purpose" in caplog.text
    check(answer)


def test_a_304_carries_them_too(client: TestClient) -> None:
    for path in ("/", "/api/backward", "/api", "/openapi.json"):
        tag = client.get(path).headers["ETag"]
        answer = client.get(path, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
        check(answer)


def test_a_real_server_adds_nothing_of_its_own(live: str) -> None:
    answer = httpx2.get(f"{live}/api/backward")
    assert answer.status_code == 200
    check(answer)


def test_a_head_over_the_wire_has_no_body_and_the_connection_goes_on(live: str) -> None:
    with httpx2.Client(base_url=live) as wire:
        for path in ("/", "/api/backward", "/api", "/nothing"):
            whole, head = wire.get(path), wire.head(path)
            assert head.status_code == whole.status_code
            assert head.content == b""
            assert head.headers.get("Content-Length") == whole.headers.get("Content-Length")
