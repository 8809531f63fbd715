"""POST /api/backward against a bare FastAPI endpoint that returns the same bytes, in one uvicorn process."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from .race import race
from .table import Bound, Row, Tell

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 40
ROUNDS = 60
# Where a bare endpoint answers less often in a second, other work is being measured.
BUSY = 400


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


def request(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


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


def new_body(chance: random.Random) -> bytes:
    """Numbers nobody has sent before, so that no cache can answer."""
    numbers = [round(chance.uniform(-1, 1), 3) for _ in range(2)]
    return json.dumps({"values": {"x": numbers}}).encode()


BARE = pytest.mark.parametrize(
    ("path", "what", "hold"),
    [
        ("/bare/typed", "a FastAPI endpoint with a typed body", 0.5),
        ("/bare/nothing", "one that reads nothing and needs no thread", None),
    ],
)


@BARE
def test_the_endpoints_return_the_same_bytes(port: int, path: str, what: str, hold: float | None) -> None:
    answers = []
    for asked in ("/api/backward", path):
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", asked, b"{}", {"Content-Type": "application/json"})
        answers.append(connection.getresponse().read())
        connection.close()
    assert answers[0] == answers[1], (what, hold)


@BARE
def test_the_api_answers_at_least_half_as_often_as_a_bare_endpoint(
    port: int, path: str, what: str, hold: float | None, tell: Tell
) -> None:
    chance = random.Random(1)  # numbers, not secrets
    stream = Stream(port)
    sizes: list[int] = []

    def ours() -> None:
        sizes.extend(stream.ask([request("/api/backward", new_body(chance)) for _ in range(AT_ONCE)]))

    def theirs() -> None:
        sizes.extend(stream.ask([request(path, new_body(chance)) for _ in range(AT_ONCE)]))

    found = race(ours, theirs, rounds=ROUNDS)
    stream.close()
    assert min(sizes) > 2000
    rates = (AT_ONCE / found.ours, AT_ONCE / found.theirs)
    bound = None if hold is None else Bound(least=hold)
    tell(Row("POST /api/backward, new numbers", rates[0], f"{what}, same bytes", rates[1], bound, "/s", slow=BUSY))
