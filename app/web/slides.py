"""Slides: a step of a network as an SVG file that needs nothing else, and the colours and fonts that are in it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import get_args

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.engine.graph import Direction
from app.pages.handout.slides import slide, slide_from_query
from app.pages.overview import slide_address
from app.settings import STATIC
from app.state import Invalid

from .errors import answer
from .kept import finished, respond
from .render import Renderer
from .responses import query_of, tag_of

SVG = "image/svg+xml"
# Its fonts are in it, and so is the style that names them; it runs nothing and asks nobody.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; frame-ancestors 'none'"
_TOKEN = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")


@lru_cache(maxsize=1)
def light_palette() -> Mapping[str, str]:
    """The colours of the light theme by name, as the tokens have them: the first that is said of each."""
    found: dict[str, str] = {}
    for name, colour in _TOKEN.findall((STATIC / "css" / "tokens.css").read_text(encoding="utf-8")):
        found.setdefault(name, colour)
    return found


@lru_cache(maxsize=4)
def inlined(font: str) -> str:
    """A font of the site as an address that holds all of it."""
    return "data:font/woff2;base64," + b64encode((STATIC / "vendor" / font).read_bytes()).decode()


def slides() -> APIRouter:
    """A route for the slides of each pass."""
    router = APIRouter(include_in_schema=False)
    every: tuple[Direction, ...] = get_args(Direction)
    for direction in every:
        router.add_api_route(f"/{direction}.svg", _of(direction), methods=["GET"])
    return router


def _of(direction: Direction) -> Callable[[Request], Awaitable[Response]]:
    async def of_pass(request: Request) -> Response:
        try:
            state = slide_from_query(query_of(request), direction)
            made = slide(state)
        except Invalid as problem:
            return answer(request.scope, 422, problem.errors)
        renderer: Renderer = request.app.state.renderer
        text = renderer.text("handout/slide.svg", slide=made, ink=light_palette(), inlined=inlined)
        response = respond(request.headers, finished(tag_of(request, slide_address(state)), SVG, text.encode()))
        response.headers["Content-Security-Policy"] = _POLICY
        return response

    return of_pass
