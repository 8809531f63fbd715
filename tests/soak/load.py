"""The load: requests by raw HTTP/1.1 from a process of its own, which tells what came back as JSON.

It shares the cores of this machine with the server, at some 0.1 ms for each request. So that it never waits for a
server that is late, a request's time begins when it was due, not when there was time to send it.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvloop

from app.settings import ROOT

from . import asked

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_HEALTH = b"GET %s/healthz HTTP/1.1\r\nHost: soak.example\r\n\r\n"
PATIENCE = 30  # seconds after which an answer is given up


class _Connection(asyncio.Protocol):
    """One connection, on which one request is asked at a time."""

    def __init__(self) -> None:
        self.came = bytearray()
        self.used = self.closed = False
        self.answered: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def ask(self, request: bytes) -> asyncio.Future[tuple[int, bytes]]:
        """The status and the head of the answer, when all of it has come."""
        self.came.clear()
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answered

    def data_received(self, data: bytes) -> None:
        self.came += data
        end = self.came.find(b"\r\n\r\n")
        if end < 0 or self.answered is None or self.answered.done():
            return
        head = bytes(self.came[: end + 4])
        length = _LENGTH.search(head)
        if len(self.came) >= end + 4 + (int(length[1]) if length else 0):
            self.used = True
            self.closed = self.closed or b"\r\nconnection: close" in head.lower()
            self.answered.set_result((int(head[9:12]), head))

    def connection_lost(self, _error: Exception | None) -> None:
        self.closed = True
        if self.answered is not None and not self.answered.done():
            self.answered.set_exception(ConnectionResetError("cut" if self.came else "closed"))


@dataclass
class Tally:
    """What came of the requests: how many by status and by error, and how long they took, in ms."""

    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    without_retry_after: int = 0

    def told(self) -> dict[str, Any]:
        """The same, for JSON."""
        ordered = sorted(self.times) or [0.0]
        at = {name: ordered[min(len(ordered) - 1, int(len(ordered) * q))] for name, q in (("p50", 0.5), ("p99", 0.99))}
        return {
            "statuses": self.statuses,
            "errors": self.errors,
            "without_retry_after": self.without_retry_after,
            **at,
            "p90": ordered[min(len(ordered) - 1, int(len(ordered) * 0.9))],
            "worst": ordered[-1],
        }


class Load:
    """Requests to one server, on connections that are kept and used again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.free: list[_Connection] = []

    async def _once(self, request: bytes, connection: _Connection | None) -> tuple[int, bytes]:
        if connection is None:
            _, connection = await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", self.port)
        answer = await connection.ask(request)
        if not connection.closed:
            self.free.append(connection)
        return answer

    async def ask(self, request: bytes, due: float, tally: Tally) -> None:
        """Ask, and count what comes; a kept connection that the server had closed is no error, as in any browser."""
        kept = None
        while self.free and (kept is None or kept.closed):
            kept = self.free.pop()
        kept = None if kept is None or kept.closed else kept
        try:
            async with asyncio.timeout(PATIENCE):
                try:
                    status, head = await self._once(request, kept)
                except ConnectionResetError as error:
                    if kept is None or str(error) != "closed":
                        raise
                    status, head = await self._once(request, None)
        except (OSError, TimeoutError) as error:
            tally.errors[f"{type(error).__name__} {error}".strip()] += 1
            return
        tally.times.append((time.monotonic() - due) * 1000)
        tally.statuses[status] += 1
        tally.without_retry_after += status == 503 and b"\r\nretry-after:" not in head.lower()

    async def at_rate(self, requests: Iterable[bytes], rate: float, tally: Tally) -> None:
        """One every 1/rate seconds, whether those before are answered or not."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for place, request in enumerate(requests):
                due = began + place / rate
                if due > time.monotonic():
                    await asyncio.sleep(due - time.monotonic())
                group.create_task(self.ask(request, due, tally))

    async def at_once(self, requests: Iterable[bytes], tally: Tally) -> None:
        """All at the same moment, each on a connection of its own."""
        due = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for request in requests:
                group.create_task(self.ask(request, due, tally))

    async def in_turn(self, requests: Iterable[bytes], clients: int, tally: Tally) -> None:
        """As fast as so many clients get answers."""
        left = iter(requests)

        async def client() -> None:
            while (request := next(left, None)) is not None:
                await self.ask(request, time.monotonic(), tally)

        await asyncio.gather(*(client() for _ in range(clients)))


def _requests(plan: dict[str, Any]) -> Iterable[bytes]:
    count, prefix = plan["count"], plan.get("prefix", "")
    kinds: dict[str, Callable[[], Iterable[bytes]]] = {
        "pages": lambda: asked.pages(count, new=plan["new"], prefix=prefix, seed=plan.get("seed", 1)),
        "everything": lambda: asked.everything(count),
        "health": lambda: [_HEALTH % prefix.encode()] * count,
        "dear": lambda: asked.dear(plan["name"], count),
    }
    return list(kinds[plan["kind"]]()) if count <= 20_000 else kinds[plan["kind"]]()


async def _run(plan: dict[str, Any]) -> dict[str, Any]:
    load, tally, health = Load(plan["port"]), Tally(), Tally()
    requests = _requests(plan)
    print("begun", flush=True)
    probing = asyncio.create_task(_probe(plan, health)) if plan.get("probe") else None
    began = time.monotonic()
    if "rate" in plan:
        await load.at_rate(requests, plan["rate"], tally)
    elif "clients" in plan:
        await load.in_turn(requests, plan["clients"], tally)
    else:
        await load.at_once(requests, tally)
    seconds = time.monotonic() - began
    if probing:
        probing.cancel()
    return {**tally.told(), "seconds": seconds, "own": time.process_time(), "health": health.told()}


async def _probe(plan: dict[str, Any], tally: Tally) -> None:
    """Ask /healthz 50 times a second, until there is nothing more to be disturbed by."""
    request = _HEALTH % plan.get("prefix", "").encode()
    await Load(plan["port"]).at_rate(iter(lambda: request, None), 50, tally)


class Running:
    """A load that runs beside the test."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def result(self) -> dict[str, Any]:
        """What came back, when all of it has."""
        out, _ = self._process.communicate(timeout=900)
        assert self._process.returncode == 0, "the generator failed"
        found: dict[str, Any] = json.loads(out)
        return found


@contextmanager
def loading(address: str, **plan: Any) -> Iterator[Running]:
    """Begin a load on a server, given as the URL that it printed; what is to be asked is said as `_run` reads it."""
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(.*)/", address)
    assert found
    plan = {"port": int(found[1]), "prefix": found[2], **plan}
    command = [sys.executable, "-m", "tests.soak.load", json.dumps(plan)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        try:
            yield Running(process)
        finally:
            process.kill()


def load(address: str, **plan: Any) -> dict[str, Any]:
    """The same, from its beginning to its end."""
    with loading(address, **plan) as running:
        return running.result()


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_run(json.loads(sys.argv[1])))))
