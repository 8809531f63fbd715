"""Finished answers, kept by address: what was made once is given again without being made.

Kept is what follows from its address and from the program alone. What follows from anything else has that in its key,
as the reference has the host that it names; an error, the way on from a form and a page for the moment are never kept.
"""

from __future__ import annotations

import sys
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .place import prefix_of

# Every answer to an address is a function of that address and of the build, which each ETag names.
FRESH = "public, max-age=60, stale-while-revalidate=600"

MIN_GZIP = 500  # a shorter body is sent as it is
# Level 6: half a millisecond more than 4, for 5 % fewer bytes; a step keeps to 10 KB with it.
LEVEL = 6
VARY = MappingProxyType({"Vary": "Accept-Encoding"})
GZIPPED = MappingProxyType({"Content-Encoding": "gzip", **VARY})

# The way to the site, a path and a query. The way is the prefix, or where the host matters, all that leads there.
Key = tuple[str, str, str]

_LINKS = 200  # bytes that an OrderedDict has for each entry, which no object owns up to


@dataclass(frozen=True, slots=True)
class Finished:
    """An answer whose status is 200: its ETag, without the mark of the compressed form, its type and its body.

    That is `zipped` unless it is short: the plain form is ten times as large, and comes out of it in a moment.
    """

    tag: str
    media_type: str
    body: bytes
    zipped: bool


def finished(tag: str, media_type: str, content: bytes) -> Finished:
    """An answer with that content, ready to be sent in either form."""
    large = len(content) >= MIN_GZIP
    return Finished(tag, media_type, zipped(content) if large else content, large)


def zipped(content: bytes) -> bytes:
    """The gzip form; without a time in it, so that it is the same whenever it is made."""
    return zlib.compress(content, LEVEL, wbits=31)


def respond(headers: Headers, found: Finished) -> Response:
    """A finished answer for who asks with these headers, as `Compression` has weighed them: 304, or 200 in one form.

    To the plain form it adds Vary.
    """
    if etag_matches(headers, found.tag):
        return not_modified(found.tag)
    said = {"Cache-Control": FRESH, "ETag": found.tag}
    body = found.body
    if found.zipped and takes_gzip(headers):
        said |= GZIPPED
    elif found.zipped:
        body = zlib.decompress(body, wbits=31)
    return Response(body, headers=said, media_type=found.media_type)


def in_form(headers: Headers, content: bytes, media_type: str) -> Response:
    """An answer that is not kept, in the form that is asked for, so that nobody after this need compress it."""
    if takes_gzip(headers) and len(content) >= MIN_GZIP:
        return Response(zipped(content), headers=GZIPPED, media_type=media_type)
    return Response(content, media_type=media_type)


def takes_gzip(headers: Headers) -> bool:
    """Whether the answer may be gzipped, as `Compression` has weighed it."""
    return headers.get("accept-encoding") == "gzip"


def etag_matches(headers: Headers, tag: str) -> bool:
    """Whether the client has the answer with this ETag (RFC 9110, section 13.1.2)."""
    entries = [entry.strip().removeprefix("W/") for entry in headers.get("if-none-match", "").split(",")]
    return tag in entries or "*" in entries


def not_modified(tag: str) -> Response:
    """304: keep what you have."""
    return Response(status_code=304, headers={"Cache-Control": FRESH, "ETag": tag, **VARY})


def key_of(way: str, address: str) -> Key:
    """The key of the answer at a canonical address, at the end of `way`."""
    path, _, query = address.partition("?")
    return way, path, query


class Kept:
    """The answers that are kept, at most so many bytes of them; the one that was used longest ago goes first.

    It belongs to one event loop, so that nobody else is in it meanwhile.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.bytes = 0
        self._found: OrderedDict[Key, Finished] = OrderedDict()

    def __contains__(self, key: Key) -> bool:
        return key in self._found

    def __len__(self) -> int:
        return len(self._found)

    def find(self, key: Key) -> Finished | None:
        """The answer with this key, which is then the one used last."""
        found = self._found.get(key)
        if found is not None:
            self._found.move_to_end(key)
        return found

    def keep(self, key: Key, answer: Finished) -> None:
        """Keep an answer, and let go of as many others as it takes; one that is too large by itself is not kept."""
        if (size := _size(key, answer)) > self.most:
            return
        if (former := self._found.pop(key, None)) is not None:  # two may have made it at once
            self.bytes -= _size(key, former)
        self._found[key] = answer
        self.bytes += size
        while self.bytes > self.most:
            self.bytes -= _size(*self._found.popitem(last=False))


def _size(key: Key, answer: Finished) -> int:
    """Bytes that an answer takes up with all that is there for its sake."""
    return _LINKS + sum(map(sys.getsizeof, (key, *key, answer, answer.tag, answer.body)))


class Remembered:
    """Answers by itself what is asked for at a canonical address and is kept; the rest goes on to the routes."""

    def __init__(self, app: ASGIApp, kept: Kept) -> None:
        self.app = app
        self.kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "GET":
            query = scope["query_string"].decode("latin-1")  # a canonical one is ASCII
            found = self.kept.find((prefix_of(scope), scope["path"], query))
            if found is not None:
                answer = respond(Headers(scope=scope), found)
                if found.zipped:
                    answer.headers.update(VARY)
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)
