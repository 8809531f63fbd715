"""What takes long goes off the event loop, one request at a time: the loop has all the others to answer meanwhile.

Which ones do is decided by what a request is, not by what it turns out to cost. A second one beside the first would
only fight it for the interpreter, so the others wait; and more than so many are not let in.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from urllib.parse import unquote_plus

from starlette.requests import ClientDisconnect, Request

from app.engine.by_name import parameters_named

from .errors import ProblemError

T = TypeVar("T")

# What fits into an address takes about as long as a page, a grade twice that; a body may hold thirty times as much.
MAX_CHEAP_BYTES = 4096
# So large may a chain be, in parameters, and a graph, in nodes, that others need not wait while it is read and run: its
# default numbers are found by running it, and each mistake of a grade runs it once.
MAX_CHEAP_PARAMETERS, MAX_CHEAP_NODES = 1000, 10
_LIKE_A_CHAIN = re.compile(r"[1-9][0-9]*(?:-[1-9][0-9]*(?:\.[a-z]+)?)+_[a-z]+(?:-[a-z]+)?")
# How often a query may be percent-encoded: one in `was` stands in one that stands in `from`.
_ENCODED = 4


def is_large_query(query: str) -> bool:
    """Whether a query asks for something that may be dear: it names a large chain anywhere in it."""
    for _ in range(_ENCODED):
        query = unquote_plus(query)
    return _names_a_large_chain(query)


def is_large_body(body: bytes) -> bool:
    """Whether a body may be dear: it is long, has a large graph, or names a large chain, perhaps by escapes."""
    if len(body) > MAX_CHEAP_BYTES or b"\\" in body or body.count(b'"op"') > MAX_CHEAP_NODES:
        return True
    return _names_a_large_chain(body.decode("ascii", "replace"))


def _names_a_large_chain(text: str) -> bool:
    return any(parameters_named(name) > MAX_CHEAP_PARAMETERS for name in _LIKE_A_CHAIN.findall(text))


class Dear:
    """The one place off the loop, and the queue before it, in which at most `most_waiting` requests stand."""

    def __init__(self, most_waiting: int) -> None:
        self._most = most_waiting + 1
        self._inside = 0
        self._turn = asyncio.Lock()
        self._one = ThreadPoolExecutor(1, "dear")

    async def run_if(self, is_dear: bool, request: Request, work: Callable[[], T]) -> T:
        """The same where it is dear, and at once where it is not."""
        return await self.run(request, work) if is_dear else work()

    async def run(self, request: Request, work: Callable[[], T]) -> T:
        """What `work` returns, in its turn. Raises ProblemError, with status 503, where too many wait already, and
        ClientDisconnect where whoever asked has not waited for it."""
        if self._inside >= self._most:
            raise ProblemError(503, "Too many large requests wait for their turn already; try again in a moment.")
        self._inside += 1
        try:
            await request.is_disconnected()  # lets uvicorn listen on, which stops behind a body of more than 64 KB
            async with self._turn:
                if await request.is_disconnected():
                    raise ClientDisconnect
                return await asyncio.get_running_loop().run_in_executor(self._one, work)
        finally:
            self._inside -= 1
