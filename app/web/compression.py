"""How an answer is packed for the way: gzip where it is wanted, each form under an ETag of its own."""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .kept import LEVEL, MIN_GZIP, Kept, Remembered

_MARK = '-gzip"'
_NOTHING = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")


class Compression:
    """Starlette's GZipMiddleware with two corrections: ETags stay strong, and `gzip;q=0` means no.

    The gzipped form of an answer is another one and has its own ETag. Routes, and the answers that are kept, know only
    the plain one: its mark is put on and taken off here. What is kept is packed already, and never comes to GZip.
    """

    def __init__(self, app: ASGIApp, kept: Kept) -> None:
        self.plain = app
        self.app = Remembered(GZipMiddleware(app, minimum_size=MIN_GZIP, compresslevel=LEVEL), kept)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] == "POST" and not any(name == b"accept-encoding" for name, _ in scope["headers"]):
            await self.plain(scope, receive, send)  # a program that wants it plain, and whose answer is not stored
            return
        scope = {**scope, "headers": list(scope["headers"])}
        headers = MutableHeaders(scope=scope)
        headers["accept-encoding"] = "gzip" if _takes_gzip(headers.get("accept-encoding", "")) else "identity"
        known = headers.get("if-none-match", "")
        if _MARK in known:
            headers["if-none-match"] = known.replace(_MARK, '"')

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                _mark(message, _MARK in known)
            await send(message)

        await self.app(scope, receive, send_marked)


def _mark(start: Message, known: bool) -> None:
    """Put the mark on the ETag of a compressed answer, or of a 304 to one who knows the compressed form."""
    headers = MutableHeaders(scope=start)
    tag = headers.get("etag", "")
    gzipped = known if start["status"] == 304 else headers.get("content-encoding") == "gzip"
    if gzipped and tag.endswith('"'):
        headers["etag"] = tag[:-1] + _MARK


def _takes_gzip(accepted: str) -> bool:
    """Whether Accept-Encoding names gzip, and not with a weight of nothing."""
    for entry in accepted.lower().split(","):
        coding, _, weight = entry.partition(";")
        if coding.strip() == "gzip":
            return not _NOTHING.fullmatch(weight)
    return False
