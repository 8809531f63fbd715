"""The stage's pages: `/`, `/forward`, `/backward`, and `/live/…` of each. Each is a function of its address alone."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from app.engine import Trace
from app.engine.graph import Direction
from app.layout import ORIENTATIONS, Orientation
from app.snapshot import trace_of
from app.state import InvalidState, ViewState, from_query, state_before
from app.web.responses import cached, is_from_a_form, query_of, see_other, uncached

from .context import page

router = APIRouter(include_in_schema=False)


@router.get("/")
@router.get("/forward")
def forward_page(request: Request) -> Response:
    """The forward pass at the address's step."""
    return _answer(request, "forward")


@router.get("/backward")
def backward_page(request: Request) -> Response:
    """The backward pass at the address's step."""
    return _answer(request, "backward")


@router.get("/live/{orientation}/forward")
def live_forward(request: Request, orientation: str) -> Response:
    """One drawing and the card of a page, wide or tall: what one looks at while a number is dragged.

    It costs half of what the page does. Nothing leads here, so it is no canonical address of anything.
    """
    return _answer(request, "forward", _drawing(orientation))


@router.get("/live/{orientation}/backward")
def live_backward(request: Request, orientation: str) -> Response:
    """The same of the backward pass."""
    return _answer(request, "backward", _drawing(orientation))


def _drawing(name: str) -> Orientation:
    for orientation in ORIENTATIONS:
        if name == orientation:
            return orientation
    raise HTTPException(404)


def _answer(request: Request, direction: Direction, only: Orientation | None = None) -> Response:
    raw = query_of(request)
    try:
        state = from_query(raw, direction, strict=False)
        if only is not None:
            return uncached(request, "network/live.html", 200, page=page(state, trace_of(state), orientations=(only,)))
        if is_from_a_form(raw):
            trace_of(state)  # an overflow is told on the spot, beside the form it came from
            before = state_before(raw, direction)
            if before is not None and before.values != state.values:
                state = replace(state, was=replace(before, step=None, ask=None).query(page=False))
            return see_other(state.address())
        return cached(request, state.address(), "network/page.html", lambda: {"page": page(state, trace_of(state))})
    except InvalidState as problem:
        good, trace = _last_good(raw, direction, problem)
        return uncached(request, "network/page.html", 422, page=page(good, trace, problem))


def _last_good(raw: str, direction: Direction, problem: InvalidState) -> tuple[ViewState, Trace]:
    """The picture that still stands: the one the form was sent from, else the good fields, else the own numbers."""
    for state in (state_before(raw, direction), problem.fallback):
        if state is not None:
            try:
                return state, trace_of(state)
            except InvalidState:
                continue  # those numbers overflow
    state = problem.fallback.with_values({})
    return state, trace_of(state)
