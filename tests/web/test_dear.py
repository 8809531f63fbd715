"""What is dear is computed off the event loop, one at a time, and more than may wait are sent away for a moment."""

from __future__ import annotations

import asyncio
import json
import math
import sys
import threading
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import Message, Receive, Scope, Send

from app.engine.by_name import chain, parameters_named
from app.engine.by_name.defaults import default_values
from app.engine.descent import Descent, descend
from app.main import create_app
from app.settings import Settings
from app.web import answered, api, assets, bodies, site
from app.web.dear import is_large_body
from app.web.kept import finished
from tests.bench.asgi import Answer, get, post

chain_module = sys.modules["app.engine.by_name.chain"]  # the name is that of the function in its package, too
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


LARGEST = "64" + "-64.gelu" * 8 + "_mse"
SMALL = "5-5.gelu-5.gelu-5.gelu_mse"
NODES = [{"name": f"n{i}", "op": "relu", "inputs": {"z": f"n{i - 1}" if i else "x"}} for i in range(11)]


@pytest.fixture
def read_in(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads in which default numbers of chains are found from now on, which is by running them."""
    threads: list[str] = []

    def noted(*args: Any) -> Any:
        threads.append(threading.current_thread().name)
        return default_values(*args)

    monkeypatch.setattr(chain_module, "default_values", noted)
    chain.cache_clear()
    return threads


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    "path",
    [
        *("/api/forward", "/api/backward", "/api/check", "/api/train", "/api/chapter", "/chapter.json", "/api", "/"),
        *("/forward", "/backward", "/train", "/recall", "/networks", "/heads", "/cost", "/glossary", "/chapter"),
        *("/live/wide/backward", "/live/tall/forward", "/compare"),
    ],
)
def test_a_large_chain_is_read_and_run_off_the_loop_wherever_it_is_named(read_in: list[str], path: str) -> None:
    app = create_app(Settings(kept_bytes=0))
    for name, off_the_loop in ((LARGEST, True), (SMALL, False)):
        read_in.clear()
        chain.cache_clear()
        asyncio.run(get(app, f"{path}?network={name}"))
        assert read_in, "the chain was made"
        assert {thread.startswith("dear") for thread in read_in} == {off_the_loop}


def test_its_json_is_compressed_off_the_loop_too_and_kept(read_in: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte and a half takes longer to compress than to compute."""

    def noted(*args: Any) -> Any:
        read_in.append(threading.current_thread().name)
        return finished(*args)

    monkeypatch.setattr(answered, "finished", noted)
    app = create_app(Settings(kept_bytes=10_000_000))
    address = f"/api/backward?network={LARGEST}"
    first = asyncio.run(get(app, address))
    assert len(read_in) == 2
    assert all(thread.startswith("dear") for thread in read_in)
    again = asyncio.run(get(app, address))
    assert (len(read_in), again.body) == (2, first.body), "nothing is made twice"


@pytest.mark.parametrize(
    "address",
    [
        f"/backward?network={LARGEST.replace('-', '%2D')}",
        f"/backward?x=2,1&from={quote(f'network={LARGEST}')}",
        f"/backward?x=2,1&from={quote('was=' + quote(f'network={LARGEST}'))}",
        f"/api/backward?network={LARGEST}&step=1",
    ],
)
def test_nor_is_one_read_on_it_that_an_address_names_in_other_letters(
    app: FastAPI, read_in: list[str], address: str
) -> None:
    asyncio.run(get(app, address))
    assert all(thread.startswith("dear") for thread in read_in)


def test_how_large_a_chain_is_is_told_by_its_name_as_the_chain_tells_it() -> None:
    for name in (SMALL, LARGEST, "2-3.relu-1_mse", "64-64_ce"):
        network = chain(name)
        leaves = [leaf.name for leaf in network.graph.leaves if leaf.role == "parameter"]
        assert parameters_named(name) == sum(math.prod(network.shape(leaf)) for leaf in leaves)
    assert parameters_named("64-64") == 0


@pytest.mark.parametrize(
    ("content", "large"),
    [
        (b"{}", False),
        (json.dumps({"network": SMALL}).encode(), False),
        (json.dumps({"network": LARGEST}).encode(), True),
        (json.dumps({"network": LARGEST}).replace("-", "\\u002d").encode(), True),
        (json.dumps({"network": {"nodes": NODES, "loss": "n10"}}).encode(), True),
        (json.dumps({"network": {"nodes": NODES[:3], "loss": "n2"}}).encode(), False),
        (LARGE, True),
    ],
)
def test_a_body_is_large_by_its_length_its_chain_or_its_graph(content: bytes, large: bool) -> None:
    assert is_large_body(content) == large


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
