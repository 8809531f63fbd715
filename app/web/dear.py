"""What takes long goes off the event loop, one request at a time: the loop has all the others to answer meanwhile.

Which ones do is decided by what a request is, not by what it turns out to cost. A second one beside the first would
only fight it for the interpreter, so the others wait; and more than so many are not let in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from .errors import ProblemError

T = TypeVar("T")

# What fits into an address takes about as long as a page, a grade twice that; a body may hold thirty times as much.
MAX_CHEAP_BYTES = 4096


class Dear:
    """The one place off the loop, and the queue before it, in which at most `most_waiting` requests stand."""

    def __init__(self, most_waiting: int) -> None:
        self._most = most_waiting + 1
        self._inside = 0
        self._turn = asyncio.Lock()
        self._one = ThreadPoolExecutor(1, "dear")

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
