"""How a page is answered: kept by caches, refused beside the field, or sent on from a form to its canonical address.

Public names: `query_of`, `is_from_a_form`, `kept`, `passing`, `sent_on`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from app.state import FROM

from .fresh import FRESH, known, unchanged
from .render import Renderer

_FROM_A_FORM = re.compile(rf"(?:^|&){FROM}=")
_NOT_KEPT = {"Cache-Control": "no-store"}


def query_of(request: Request) -> str:
    """The query as it came; bytes that are no UTF-8 become a character that no number or name contains."""
    return str(request.scope["query_string"].decode("utf-8", "replace"))


def is_from_a_form(raw: str) -> bool:
    """Whether a form sent this query: it tells where it was."""
    return _FROM_A_FORM.search(raw) is not None


def kept(request: Request, address: str, template: str, context: Callable[[], dict[str, object]]) -> Response:
    """The page at a canonical address. It is a function of that and of this build, so its tag is known before it is
    drawn, and where the client has it already, `context` is never made."""
    tag = f'"{request.app.state.build}-{hashlib.sha256(address.encode()).hexdigest()[:16]}"'
    if known(request, tag):
        return unchanged(tag)
    return _drawn(request, template, 200, {"Cache-Control": FRESH, "ETag": tag}, context())


def passing(request: Request, template: str, status: int, **context: object) -> Response:
    """A page that no cache keeps: one that tells what is wrong, or one that is for this moment alone."""
    return _drawn(request, template, status, _NOT_KEPT, context)


def sent_on(address: str) -> Response:
    """303: a form's address holds every field, the canonical one says the same. What follows is a GET."""
    return RedirectResponse(address, 303, _NOT_KEPT)


def _drawn(
    request: Request, template: str, status: int, headers: dict[str, str], context: dict[str, object]
) -> Response:
    renderer: Renderer = request.app.state.renderer
    return renderer.html(template, status, headers, **context)
