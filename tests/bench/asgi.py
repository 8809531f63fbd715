"""A request put to an application directly: no socket, no client library, nothing decoded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `wire` is the size of the head and the body as HTTP/1.1 sends them, but for the date."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def wire(self) -> int:
        """Bytes on the wire."""
        head = len("HTTP/1.1 200 OK\r\n\r\n") + sum(len(n) + len(v) + 4 for n, v in self.headers.items())
        return head + len(self.body)


async def get(app: ASGIApp, address: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> Answer:
    """The answer to a GET of `address`, a path with its query."""
    return await ask(app, "GET", address, headers)


async def post(app: ASGIApp, address: str, content: bytes) -> Answer:
    """The answer to a POST of JSON."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    return await ask(app, "POST", address, headers, content)


async def ask(
    app: ASGIApp, method: str, address: str, headers: Iterable[tuple[bytes, bytes]] = (), content: bytes = b""
) -> Answer:
    """The answer to a request, in which no header stands twice."""
    path, _, query = address.partition("?")
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
        "state": {},
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    names = [name for name, _ in start["headers"]]
    assert len({*names}) == len(names)
    return Answer(start["status"], {n.decode(): v.decode() for n, v in start["headers"]}, body)
