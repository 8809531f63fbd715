"""Refusals in themselves: short, free of the request, and never without a sentence."""

from __future__ import annotations

import asyncio

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import Message

from app.main import create_app
from app.settings import Settings
from app.state import FieldError, Invalid, ViewState, from_query
from app.web.errors import STATUS_TEXTS, problem


def test_a_problem_stays_under_4_kilobytes_whatever_is_wrong() -> None:
    said = problem(422, [FieldError(("query", "x", i), "a rather long sentence, − and so on; " * 8) for i in range(99)])
    assert 1 <= len(said.errors) < 99
    assert len(said.model_dump_json().encode()) < 4096


def test_no_more_errors_are_told_than_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    def invalid(*_args: object, **_options: object) -> ViewState:
        state = from_query("", "forward", strict=True)
        raise Invalid([FieldError(("query", "x", i), "wrong") for i in range(50)] * 2, state, {})

    monkeypatch.setattr("app.web.api.from_query", invalid)
    answer = TestClient(create_app(Settings(max_errors=7))).get("/api/forward")
    assert [error["loc"][2] for error in answer.json()["errors"]] == list(range(7))


@pytest.mark.parametrize("status", STATUS_TEXTS)
def test_every_status_has_a_title_and_a_sentence(status: int) -> None:
    said = problem(status)
    assert said.title
    assert said.detail.endswith(".")
    assert said.status == status


def test_one_thing_that_is_wrong_is_the_detail_and_several_are_counted() -> None:
    one, two = FieldError(("query", "x"), "x needs 2 numbers"), FieldError(("query", "b"), "b needs 3 numbers")
    assert problem(422, [one]).detail == one.msg
    assert problem(422, [one, two]).detail.startswith("2 things are wrong")


@pytest.mark.parametrize("path", ["/", "/api/forward", "/api", "/nothing"])
def test_head_leaves_the_body_to_no_server(app: FastAPI, path: str) -> None:
    """Test clients and uvicorn drop the body of a HEAD by themselves, so this one asks the app directly."""
    sent: list[Message] = []

    async def ask() -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "HEAD",
            "path": path,
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
            "scheme": "http",
        }
        await app(scope, receive, send)

    asyncio.run(ask())
    start, *rest = sent
    assert start["type"] == "http.response.start"
    assert int(dict(start["headers"])[b"content-length"]) > 0
    assert b"".join(message["body"] for message in rest) == b""
