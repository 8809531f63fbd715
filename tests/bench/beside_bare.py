"""The product, and beside it bare FastAPI endpoints that return the bytes of one of its answers.

    uvicorn tests.bench.beside_bare:app

serves them from one process: all is the product's, but for what begins with /bare/.
"""

from __future__ import annotations

from fastapi import FastAPI
from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.main import create_app

from .asgi import get

product = create_app()
bare = FastAPI(openapi_url=None)
bare.state.same = b""  # the product's answer, asked for before the first request here is answered


class Asked(BaseModel):
    """The product's request body, as one would type it."""

    network: str = "relu-mse"
    values: dict[str, list[float] | list[list[float]]] = {}
    step: int | None = None


@bare.post("/bare/typed")
def same_bytes_for_a_body(sent: Asked) -> Response:  # noqa: ARG001  # read and checked, as every API must
    """An endpoint as FastAPI's tutorial writes it: a typed body, and `def`, since what it stands for computes."""
    return Response(bare.state.same, media_type="application/json")


@bare.post("/bare/nothing")
async def same_bytes() -> Response:
    """The floor: no input, no thread."""
    return Response(bare.state.same, media_type="application/json")


@bare.get("/bare/hello")
async def hello() -> Response:
    """The least an answer can be."""
    return Response("Hello", media_type="text/plain")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Send each request to the one or the others."""
    if scope["type"] == "lifespan":
        return
    if not bare.state.same:
        bare.state.same = (await get(product, "/api/backward")).body
    await (bare if scope["path"].startswith("/bare/") else product)(scope, receive, send)
