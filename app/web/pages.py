"""The pages: `/`, `/forward`, `/backward`. Each is a function of its address alone."""

from __future__ import annotations

import hashlib
import re

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.engine.graph import Direction
from app.snapshot import Snapshot, take
from app.state import FROM, InvalidState, ViewState, from_query, state_before

from .page import page
from .render import Renderer

_FROM_A_FORM = re.compile(rf"(?:^|&){FROM}=")
_FRESH = "public, max-age=60, stale-while-revalidate=600"

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
@router.api_route("/forward", methods=["GET", "HEAD"])
def forward_page(request: Request) -> Response:
    """The forward pass at the address's step."""
    return _answer(request, "forward")


@router.api_route("/backward", methods=["GET", "HEAD"])
def backward_page(request: Request) -> Response:
    """The backward pass at the address's step."""
    return _answer(request, "backward")


def _answer(request: Request, direction: Direction) -> Response:
    renderer: Renderer = request.app.state.renderer
    raw = request.scope["query_string"].decode("latin-1")
    try:
        state = from_query(raw, direction, strict=False)
        if _FROM_A_FORM.search(raw):
            take(state)  # an overflow is told on the spot, beside the form it came from
            # The form's address holds every field; the canonical one says the same. See Other: what follows is a GET.
            return RedirectResponse(state.address(), 303, {"Cache-Control": "no-store"})
        headers = {"Cache-Control": _FRESH, "ETag": _etag(state, request.app.state.build)}
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return renderer.html("stage.html", 200, headers, page=page(state, take(state)))
    except InvalidState as problem:
        state, snapshot = _last_good(raw, direction, problem)
        return renderer.html("stage.html", 422, {"Cache-Control": "no-store"}, page=page(state, snapshot, problem))


def _last_good(raw: str, direction: Direction, problem: InvalidState) -> tuple[ViewState, Snapshot]:
    """The picture that still stands: the one the form was sent from, else the good fields, else the own numbers."""
    for state in (state_before(raw, direction), problem.fallback):
        if state is not None:
            try:
                return state, take(state)
            except InvalidState:
                continue  # those numbers overflow
    state = problem.fallback.with_numbers({})
    return state, take(state)


def _etag(state: ViewState, build: str) -> str:
    """A page is a function of its canonical address and of this build, so its tag is known before it is drawn."""
    return f'"{build}-{hashlib.sha256(state.address().encode()).hexdigest()[:16]}"'
