"""Answers a second, of the API and of pages seen before, beside those of bare FastAPI endpoints in one process."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from .race import race
from .table import Bound, Row, Tell

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 40
ROUNDS = 60
SLOW = 500  # bare answers a second: where there are fewer, the machine is busy


@pytest.fixture
def port() -> Iterator[int]:
    """A uvicorn of the kind that `make run` starts, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "tests.bench.beside_bare:app", "--port", str(port)]
    command += ["--no-access-log", "--log-level", "warning", "--lifespan", "off"]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"})
    try:
        for _ in range(200):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, "uvicorn did not start"
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def post(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


def get(address: str, accept: str = "identity") -> bytes:
    return f"GET {address} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {accept}\r\n\r\n".encode()


class Stream:
    """One kept-alive connection. Requests go out many at once, so that the server, not the client, is timed."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")

    def ask(self, requests: list[bytes]) -> list[int]:
        """The sizes of the answers, all of them 200."""
        self.socket.sendall(b"".join(requests))
        return [self._answer() for _ in requests]

    def _answer(self) -> int:
        assert self.file.readline().startswith(b"HTTP/1.1 200")
        length = 0
        while (line := self.file.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        assert len(self.file.read(length)) == length
        return length

    def close(self) -> None:
        self.file.close()
        self.socket.close()


def new_numbers(chance: random.Random) -> list[float]:
    """Numbers nobody has sent before, so that no cache can answer."""
    return [round(chance.uniform(-1, 1), 6) for _ in range(2)]


def new_body(chance: random.Random) -> bytes:
    return json.dumps({"values": {"x": new_numbers(chance)}}).encode()


def rates(port: int, ours: Callable[[], bytes], theirs: Callable[[], bytes]) -> tuple[float, float]:
    """Answers a second to requests of the one kind and of the other, asked for in turn."""
    stream = Stream(port)
    try:
        found = race(
            lambda: stream.ask([ours() for _ in range(AT_ONCE)]),
            lambda: stream.ask([theirs() for _ in range(AT_ONCE)]),
            rounds=ROUNDS,
        )
    finally:
        stream.close()
    return AT_ONCE / found.ours, AT_ONCE / found.theirs


def test_the_endpoints_return_the_same_bytes(port: int) -> None:
    answers = []
    for path in ("/api/backward", "/bare/typed", "/bare/nothing"):
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", path, b"{}", {"Content-Type": "application/json"})
        answers.append(connection.getresponse().read())
        connection.close()
    assert len({*answers}) == 1


def test_the_api_answers_at_least_half_as_often_as_a_bare_endpoint(port: int, tell: Tell) -> None:
    chance = random.Random(1)  # numbers, not secrets
    for path, beside, bound in (
        ("/bare/typed", "FastAPI with a typed body", Bound(least=0.5)),
        ("/bare/nothing", "one that reads nothing", None),
    ):
        found = rates(port, lambda: post("/api/backward", new_body(chance)), lambda: post(path, new_body(chance)))  # noqa: B023 - called at once
        tell(Row("POST /api/backward, new numbers", found[0], beside, found[1], bound, "/s", SLOW))


@pytest.mark.parametrize(
    ("what", "address", "accept", "least"),
    [
        ("page seen before, gzipped", "/backward?step=3", "gzip", 1 / 3),
        ("page seen before, plain", "/backward?step=3", "identity", 1 / 3),
        ("page seen before, in other words", "/backward?step=3&utm_source=lms", "gzip", None),
        ("JSON seen before", "/api/backward?step=3", "identity", 0.5),
    ],
)
def test_what_was_seen_before_is_given_nearly_as_fast_as_a_bare_answer(
    port: int, tell: Tell, what: str, address: str, accept: str, least: float | None
) -> None:
    ours, theirs = rates(port, lambda: get(address, accept), lambda: get("/bare/hello", accept))
    bound = None if least is None else Bound(least=least)
    tell(Row(what, ours, "a bare FastAPI answer", theirs, bound, "/s", SLOW))
