"""What a page answers, as HTTP: stored by caches, refused with a page that none stores, or sent on from a form."""

from __future__ import annotations

import hashlib

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from app.pages.answer import Answer, Had, Passing, Rejected, SeeOther, Shown

from .kept import Kept, Key, etag_matches, finished, key_of, not_modified, respond
from .place import location, prefix_of
from .render import Renderer

HTML = "text/html; charset=utf-8"
_UNCACHED = {"Cache-Control": "no-store"}


def query_of(request: Request) -> str:
    """The query as it came; bytes that are no UTF-8 become a character that no number or name contains."""
    return str(request.scope["query_string"].decode("utf-8", "replace"))


def has(request: Request, address: str) -> bool:
    """Whether the page at a canonical address need not be made: the client has it already, or it is kept."""
    kept: Kept = request.app.state.kept
    return etag_matches(request.headers, tag_of(request, address)) or _key(request, address) in kept


def page_of(request: Request, found: Answer | Passing) -> Response:
    """An answer of a page as a response: 200 with an ETag, 304, 303, or 200 and 422 that no cache keeps."""
    renderer: Renderer = request.app.state.renderer
    kept: Kept = request.app.state.kept
    prefix = prefix_of(request.scope)
    match found:
        case Had(address):
            page = kept.find(_key(request, address))
            return respond(request.headers, page) if page else not_modified(tag_of(request, address))
        case SeeOther(address):  # a form's address holds every field, the canonical one says the same; a GET follows
            return RedirectResponse(location(request.scope, address), 303, _UNCACHED)
        case Shown(address, template, context):
            text = renderer.text(template, prefix=prefix, **context)
            page = finished(tag_of(request, address), HTML, text.encode())
            kept.keep(_key(request, address), page)
            return respond(request.headers, page)
        case Passing(template, context):
            return renderer.html(template, prefix, 200, _UNCACHED, **context)
        case Rejected(template, context):
            return renderer.html(template, prefix, 422, _UNCACHED, **context)


def tag_of(request: Request, address: str) -> str:
    """The ETag of the page at a canonical address: a function of that, with its prefix, and of this build, known before
    it is drawn."""
    whole = prefix_of(request.scope) + address
    return f'"{request.app.state.build}-{hashlib.sha256(whole.encode()).hexdigest()[:16]}"'


def _key(request: Request, address: str) -> Key:
    return key_of(prefix_of(request.scope), address)
