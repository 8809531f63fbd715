"""What a page answers, as HTTP: stored by caches, refused with a page that none stores, or sent on from a form."""

from __future__ import annotations

import hashlib

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from app.pages.answer import Answer, Had, Passing, Rejected, SeeOther, Shown

from .place import location, prefix_of
from .render import Renderer

# Every answer to an address is a function of that address and of the build, which each ETag names.
FRESH = "public, max-age=60, stale-while-revalidate=600"
_UNCACHED = {"Cache-Control": "no-store"}


def query_of(request: Request) -> str:
    """The query as it came; bytes that are no UTF-8 become a character that no number or name contains."""
    return str(request.scope["query_string"].decode("utf-8", "replace"))


def has(request: Request, address: str) -> bool:
    """Whether the client has the page at a canonical address already."""
    return etag_matches(request, _tag(request, address))


def page_of(request: Request, found: Answer | Passing) -> Response:
    """An answer of a page as a response: 200 with an ETag, 304, 303, or 200 and 422 that no cache keeps."""
    renderer: Renderer = request.app.state.renderer
    prefix = prefix_of(request.scope)
    match found:
        case Had(address):
            return not_modified(_tag(request, address))
        case SeeOther(address):  # a form's address holds every field, the canonical one says the same; a GET follows
            return RedirectResponse(location(request.scope, address), 303, _UNCACHED)
        case Shown(address, template, context):
            headers = {"Cache-Control": FRESH, "ETag": _tag(request, address)}
            return renderer.html(template, prefix, 200, headers, **context)
        case Passing(template, context):
            return renderer.html(template, prefix, 200, _UNCACHED, **context)
        case Rejected(template, context):
            return renderer.html(template, prefix, 422, _UNCACHED, **context)


def etag_matches(request: Request, tag: str) -> bool:
    """Whether the client has the answer with this ETag (RFC 9110, section 13.1.2)."""
    entries = [entry.strip().removeprefix("W/") for entry in request.headers.get("if-none-match", "").split(",")]
    return tag in entries or "*" in entries


def not_modified(tag: str) -> Response:
    """304: keep what you have."""
    return Response(status_code=304, headers={"Cache-Control": FRESH, "ETag": tag, "Vary": "Accept-Encoding"})


def _tag(request: Request, address: str) -> str:
    """The ETag of the page at a canonical address: a function of that, with its prefix, and of this build, known before
    it is drawn."""
    whole = prefix_of(request.scope) + address
    return f'"{request.app.state.build}-{hashlib.sha256(whole.encode()).hexdigest()[:16]}"'
