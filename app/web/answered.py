"""How the API answers: what an address asks is kept, what a body asks is not, and what is dear waits for its turn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeAlias

from fastapi import Request
from starlette.responses import Response

from .dear import Dear, is_large_body, is_large_query
from .kept import Kept, Key, finished, in_form, key_of, respond
from .place import prefix_of
from .responses import query_of

JSON = "application/json"
# A canonical address, and what makes the answer at it.
Asked: TypeAlias = tuple[str, Callable[[], bytes]]


async def computed(
    request: Request, sent: bytes, compute: Callable[[bytes], bytes], *, in_bulk: bool = False
) -> Response:
    """The answer to a body, computed in its turn off the loop where it may be dear: compressed there, too."""
    if not in_bulk and not is_large_body(sent):
        return Response(compute(sent), media_type=JSON)
    dear: Dear = request.app.state.dear
    return await dear.run(request, lambda: in_form(request.headers, compute(sent), JSON))


async def answered(request: Request, asked: Callable[[str], Asked], *, dear: bool = False) -> Response:
    """The answer to an address, computed in its turn off the loop where it is `dear`; where its query is large, which
    may be dear to read, it is read there, too."""
    query = query_of(request)
    kept: Kept = request.app.state.kept
    turns: Dear = request.app.state.dear
    if is_large_query(query):

        def found() -> tuple[str, bytes | None]:
            address, make = asked(query)
            return address, None if _key(request, address) in kept else make()

        address, content = await turns.run(request, found)
        return kept_answer(request, address, lambda: asked(query)[1]() if content is None else content)
    address, make = asked(query)
    if not dear or _key(request, address) in kept:
        return kept_answer(request, address, make)
    made = await turns.run(request, make)
    return kept_answer(request, address, lambda: made)


def _key(request: Request, address: str) -> Key:
    return key_of(prefix_of(request.scope), address)


def kept_answer(
    request: Request, address: str, make: Callable[[], bytes], media_type: str = JSON, way: str = ""
) -> Response:
    """The answer at a canonical address, which a cache may keep for a minute, and the server for longer."""
    kept: Kept = request.app.state.kept
    key = key_of(way or prefix_of(request.scope), address)
    found = kept.find(key)
    if found is None:
        content = make()
        tag = f'"{request.app.state.build}-{hashlib.sha256(content).hexdigest()[:16]}"'
        found = finished(tag, media_type, content)
        kept.keep(key, found)
    return respond(request.headers, found)
