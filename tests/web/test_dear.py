"""What is dear is computed off the event loop, one at a time, and more than may wait are sent away for a moment."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import Message, Receive, Scope, Send

from app.engine.descent import Descent, descend
from app.main import create_app
from app.settings import Settings
from app.web import api, assets, bodies, site
from tests.bench.asgi import Answer, get, post

BATCH = b'{"sets":[{}]}'
FLAT = {"x": [1.0] * 40, "W": [[0.5] * 40] * 40, "b": [0.0] * 40, "y": [1.0] * 40}
LARGE = json.dumps({"values": FLAT}).encode()
LARGE_GRADE = json.dumps({"values": FLAT, "gradients": {"W": FLAT["W"]}}).encode()


def test_no_request_but_a_dear_one_is_given_to_a_thread() -> None:
    """A route that is a plain `def` would run in Starlette's pool, where a page costs twice as much."""
    routes = [route for router in (site.pages(), api.router, assets.router) for route in router.routes]
    assert len(routes) > 20
    assert [route for route in routes if isinstance(route, APIRoute) and not iscoroutinefunction(route.endpoint)] == []


@pytest.mark.parametrize(
    ("path", "content", "off_the_loop"),
    [
        ("/api/backward", b"{}", False),
        ("/api/backward", LARGE, True),
        ("/api/forward", LARGE, True),
        ("/api/check", b"{}", False),
        ("/api/check", LARGE, True),
        ("/api/grade", b'{"gradients":{"z":[1,2,3]}}', False),
        ("/api/grade", LARGE_GRADE, True),
        ("/api/batch/forward", BATCH, True),
        ("/api/batch/backward", BATCH, True),
        ("/api/batch/backward", b"[" * 5000, True),
    ],
)
def test_which_are_dear_is_told_by_what_they_are(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, path: str, content: bytes, off_the_loop: bool
) -> None:
    where = []
    for name in ("parse", "parse_fast"):
        real: Callable[[bytes], object] = getattr(bodies, name)

        def noted(sent: bytes, real: Callable[[bytes], object] = real) -> object:
            where.append(threading.current_thread().name)
            return real(sent)

        monkeypatch.setattr(bodies, name, noted)
    asyncio.run(post(app, path, content))
    assert where
    assert all(name.startswith("dear") for name in where) == off_the_loop


@pytest.mark.parametrize(("query", "off_the_loop"), [("steps=3", False), ("steps=100", False), ("steps=1000", True)])
def test_a_long_run_of_steps_is_dear_on_its_page_and_in_the_api(
    monkeypatch: pytest.MonkeyPatch, query: str, off_the_loop: bool
) -> None:
    app, where = create_app(Settings(kept_bytes=0)), []

    def noted(*arguments: Any, **named: Any) -> Descent:
        where.append(threading.current_thread().name)
        return descend(*arguments, **named)

    monkeypatch.setattr("app.snapshot.train.descend", noted)
    body = json.dumps({"steps": int(query.partition("=")[2])}).encode()
    answers = [
        asyncio.run(get(app, f"/train?{query}")),
        asyncio.run(get(app, f"/train?{query}&lr=-1&from={query.replace('=', '%3D')}")),
        asyncio.run(get(app, f"/api/train?{query}")),
        asyncio.run(post(app, "/api/train", body)),
    ]
    assert [answer.status for answer in answers] == [200, 422, 200, 200]
    assert [name.startswith("dear") for name in where] == [off_the_loop] * len(where)
    assert len(where) >= 4


class Gate:
    """Holds up whoever comes by, until it is opened; counts who is held up."""

    def __init__(self) -> None:
        self.inside = self.most = self.passed = 0
        self.opened = threading.Event()

    def __call__(self, _batch: Any) -> bytes:
        self.inside += 1
        self.most = max(self.most, self.inside)
        assert self.opened.wait(5)
        self.inside -= 1
        self.passed += 1
        return b"[]"


def test_more_than_may_wait_are_sent_away_while_all_else_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    site, gate = create_app(Settings(max_waiting=2)), Gate()
    monkeypatch.setattr(api, "batch_as_json", gate)

    async def a_class_at_once() -> tuple[list[Answer], list[Answer]]:
        batches = [asyncio.create_task(post(site, "/api/batch/forward", BATCH)) for _ in range(5)]
        done, waiting = await asyncio.wait(batches, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 2:
            more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            done |= more
        meanwhile = [
            await get(site, "/healthz"),
            await get(site, "/forward?x=1,2"),
            await post(site, "/api/grade", b"{}"),
        ]
        gate.opened.set()
        served = await asyncio.gather(*waiting)
        later = await post(site, "/api/batch/forward", BATCH)
        assert [answer.status for answer in [*served, later]] == [200] * 4
        return [task.result() for task in done], meanwhile

    refused, meanwhile = asyncio.run(a_class_at_once())
    assert [answer.status for answer in refused] == [503, 503]
    assert [answer.status for answer in meanwhile] == [200, 200, 422]
    assert gate.most == 1, "one at a time"
    for answer in refused:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert int(answer.headers["retry-after"]) > 0
        assert "wait" in json.loads(answer.body)["detail"]


def test_nothing_is_computed_for_one_that_has_hung_up_while_it_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    site, gate = create_app(Settings(max_waiting=1)), Gate()
    monkeypatch.setattr(api, "batch_as_json", gate)
    messages: list[Message] = [{"type": "http.request", "body": BATCH}, {"type": "http.disconnect"}]
    answered: list[Message] = []

    async def impatient(scope: Scope, _receive: Receive, send: Send) -> None:
        async def receive() -> Message:
            return messages.pop(0)

        async def noted(message: Message) -> None:
            answered.append(message)

        await site(scope, receive, noted)
        await send({"type": "http.response.start", "status": 499, "headers": []})

    async def two_of_which_one_stays() -> list[int]:
        stays = asyncio.create_task(post(site, "/api/batch/forward", BATCH))
        await asyncio.sleep(0.01)
        leaves = asyncio.create_task(post(impatient, "/api/batch/forward", BATCH))
        await asyncio.sleep(0.01)
        gate.opened.set()
        later = await asyncio.gather(stays, leaves)
        return [answer.status for answer in [*later, await post(site, "/api/batch/forward", BATCH)]]

    assert asyncio.run(two_of_which_one_stays()) == [200, 499, 200]
    assert (gate.passed, messages, answered) == (2, [], [])


def test_one_that_fails_leaves_its_place_to_the_next() -> None:
    site = create_app(Settings(max_waiting=0))
    for _ in range(3):
        assert asyncio.run(post(site, "/api/batch/forward", b"[" * 5000)).status == 400
    assert asyncio.run(post(site, "/api/batch/forward", BATCH)).status == 200


def test_the_document_tells_of_it(app: FastAPI) -> None:
    document = json.loads(asyncio.run(get(app, "/openapi.json")).body)
    told = {path for path, one in document["paths"].items() if "503" in one.get("post", {}).get("responses", {})}
    assert told == {path for path, one in document["paths"].items() if "post" in one}
    assert len(told) == 7
