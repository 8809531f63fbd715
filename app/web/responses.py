"""How a page is answered: kept by caches, refused beside the field, or sent on from a form to its canonical address."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from app.state import FROM

from .render import Renderer

# Every answer to an address is a function of that address and of the build, which each ETag names.
FRESH = "public, max-age=60, stale-while-revalidate=600"
_FROM_A_FORM = re.compile(rf"(?:^|&){FROM}=")
_UNCACHED = {"Cache-Control": "no-store"}


def query_of(request: Request) -> str:
    """The query as it came; bytes that are no UTF-8 become a character that no number or name contains."""
    return str(request.scope["query_string"].decode("utf-8", "replace"))


def is_from_a_form(raw: str) -> bool:
    """Whether a form sent this query: it tells where it was."""
    return _FROM_A_FORM.search(raw) is not None


def cached(request: Request, address: str, template: str, context: Callable[[], dict[str, object]]) -> Response:
    """The page at a canonical address. It is a function of that and of this build, so its tag is known before it is
    drawn, and where the client has it already, `context` is never made."""
    tag = f'"{request.app.state.build}-{hashlib.sha256(address.encode()).hexdigest()[:16]}"'
    if etag_matches(request, tag):
        return not_modified(tag)
    return _rendered(request, template, 200, {"Cache-Control": FRESH, "ETag": tag}, context())


def uncached(request: Request, template: str, status: int, **context: object) -> Response:
    """A page that no cache keeps: one that tells what is wrong, or one that is for this moment alone."""
    return _rendered(request, template, status, _UNCACHED, context)


def see_other(address: str) -> Response:
    """303: a form's address holds every field, the canonical one says the same. What follows is a GET."""
    return RedirectResponse(address, 303, _UNCACHED)


def _rendered(
    request: Request, template: str, status: int, headers: dict[str, str], context: dict[str, object]
) -> Response:
    renderer: Renderer = request.app.state.renderer
    return renderer.html(template, status, headers, **context)


def etag_matches(request: Request, tag: str) -> bool:
    """Whether the client has the answer with this ETag (RFC 9110, section 13.1.2)."""
    entries = [entry.strip().removeprefix("W/") for entry in request.headers.get("if-none-match", "").split(",")]
    return tag in entries or "*" in entries


def not_modified(tag: str) -> Response:
    """304: keep what you have."""
    return Response(status_code=304, headers={"Cache-Control": FRESH, "ETag": tag, "Vary": "Accept-Encoding"})
