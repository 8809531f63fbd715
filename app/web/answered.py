"""How the API answers: what an address asks is kept, what a body asks is not, and what is dear waits for its turn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from fastapi import Request
from starlette.responses import Response

from .dear import Dear, is_large_body, is_large_query
from .kept import Finished, Kept, Key, finished, in_form, key_of, respond
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
    """The answer to an address, computed in its turn off the loop where it is `dear`, and compressed there, too; where
    its query is large, which may be dear to read, it is read there as well."""
    query = query_of(request)
    kept: Kept = request.app.state.kept
    if not is_large_query(query):
        address, make = asked(query)
        if not dear or _key(request, address) in kept:
            return kept_answer(request, address, make)

    def found(*, whatever: bool = False) -> tuple[str, Finished | None]:
        address, make = asked(query)
        is_kept = not whatever and _key(request, address) in kept
        return address, None if is_kept else _finished(request, make(), JSON)

    turns: Dear = request.app.state.dear
    address, made = await turns.run(request, found)
    if made is None and (made := kept.find(_key(request, address))) is None:  # it has gone meanwhile
        address, made = await turns.run(request, partial(found, whatever=True))
    assert made is not None
    kept.keep(_key(request, address), made)
    return respond(request.headers, made)


def kept_answer(
    request: Request, address: str, make: Callable[[], bytes], media_type: str = JSON, way: str = ""
) -> Response:
    """The answer at a canonical address, which a cache may keep for a minute, and the server for longer."""
    kept: Kept = request.app.state.kept
    key = _key(request, address, way)
    found = kept.find(key)
    if found is None:
        found = _finished(request, make(), media_type)
        kept.keep(key, found)
    return respond(request.headers, found)


def _key(request: Request, address: str, way: str = "") -> Key:
    return key_of(way or prefix_of(request.scope), address)


def _finished(request: Request, content: bytes, media_type: str) -> Finished:
    tag = f'"{request.app.state.build}-{hashlib.sha256(content).hexdigest()[:16]}"'
    return finished(tag, media_type, content)
