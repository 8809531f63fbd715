"""The pages: `/`, `/forward`, `/backward`, `/live/…` of each, and the rooms around the stage, such as `/networks`.

Each is a function of its address alone.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from app.engine.graph import Direction
from app.layout import ORIENTATIONS, Orientation
from app.snapshot import Explained, take
from app.snapshot.cost import cost
from app.state import (
    FROM,
    InvalidRecall,
    InvalidState,
    RecallState,
    ViewState,
    from_query,
    recall_from_query,
    state_before,
)
from app.state.cost import InvalidCost, cost_before, cost_from_query

from .chapter import chapter_page
from .cost import cost_page
from .fresh import FRESH, known, unchanged
from .networks import network_cards
from .page import page
from .recall import Recall, recall_page
from .render import Renderer

_FROM_A_FORM = re.compile(rf"(?:^|&){FROM}=")

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


@router.get("/chapter")
def opening_page(request: Request) -> Response:
    """What the chapter is about, with a link to where each claim can be seen."""
    return _fixed(request, "opening.html", opening=chapter_page())


@router.get("/networks")
def networks_page(request: Request) -> Response:
    """The gallery: every network, what it is made of and what to look at."""
    return _fixed(request, "networks.html", networks=network_cards())


def _fixed(request: Request, template: str, **context: object) -> Response:
    """A page that takes no questions, so that its tag is that of the build."""
    renderer: Renderer = request.app.state.renderer
    tag = f'"{request.app.state.build}-{template}"'
    if known(request, tag):
        return unchanged(tag)
    return renderer.html(template, 200, {"Cache-Control": FRESH, "ETag": tag}, **context)


@router.get("/cost")
def cost_at_scale(request: Request) -> Response:
    """What layers of the address's sizes cost: VJPs beside the Jacobians they avoid."""
    renderer: Renderer = request.app.state.renderer
    raw = _raw(request)
    try:
        state = cost_from_query(raw, strict=False)
    except InvalidCost as problem:
        state = cost_before(raw) or problem.fallback
        context = cost_page(state, cost(state), problem)
        return renderer.html("cost.html", 422, {"Cache-Control": "no-store"}, cost=context)
    if _FROM_A_FORM.search(raw):
        return RedirectResponse(state.address(), 303, {"Cache-Control": "no-store"})
    tag = _etag(state.address(), request.app.state.build)
    if known(request, tag):
        return unchanged(tag)
    headers = {"Cache-Control": FRESH, "ETag": tag}
    return renderer.html("cost.html", 200, headers, cost=cost_page(state, cost(state)))


def _raw(request: Request) -> str:
    """The query; what is no UTF-8 is no number either."""
    return str(request.scope["query_string"].decode("utf-8", "replace"))


@router.get("/recall")
def recall_route(request: Request) -> Response:
    """One question about a network's numbers, and once it is answered or given up, what is right."""
    renderer: Renderer = request.app.state.renderer
    try:
        recall = recall_from_query(_raw(request))
        tag = _etag(recall.address(), request.app.state.build)
        if known(request, tag):
            return unchanged(tag)
        return renderer.html("recall.html", 200, {"Cache-Control": FRESH, "ETag": tag}, recall=recall_page(recall))
    except InvalidState as problem:
        again = problem.recall if isinstance(problem, InvalidRecall) else recall.on_own_numbers()
        return renderer.html("recall.html", 422, {"Cache-Control": "no-store"}, recall=_despite(again, problem))


def _despite(recall: RecallState, problem: InvalidState) -> Recall:
    """The question, all the same; where numbers overflow, about the network's own."""
    try:
        return recall_page(recall, problem)
    except InvalidState:
        return recall_page(recall.on_own_numbers(), problem)


def _answer(request: Request, direction: Direction, only: Orientation | None = None) -> Response:
    renderer: Renderer = request.app.state.renderer
    raw = _raw(request)
    try:
        state = from_query(raw, direction, strict=False)
        if only is not None:
            glance = page(state, take(state), orientations=(only,))
            return renderer.html("live.html", 200, {"Cache-Control": "no-store"}, page=glance)
        if _FROM_A_FORM.search(raw):
            take(state)  # an overflow is told on the spot, beside the form it came from
            before = state_before(raw, direction)
            if before is not None and before.numbers != state.numbers:
                state = replace(state, was=replace(before, step=None, ask=None).query(page=False))
            # The form's address holds every field; the canonical one says the same. See Other: what follows is a GET.
            return RedirectResponse(state.address(), 303, {"Cache-Control": "no-store"})
        tag = _etag(state.address(), request.app.state.build)
        if known(request, tag):
            return unchanged(tag)
        headers = {"Cache-Control": FRESH, "ETag": tag}
        return renderer.html("stage.html", 200, headers, page=page(state, take(state)))
    except InvalidState as problem:
        state, snapshot = _last_good(raw, direction, problem)
        return renderer.html("stage.html", 422, {"Cache-Control": "no-store"}, page=page(state, snapshot, problem))


def _last_good(raw: str, direction: Direction, problem: InvalidState) -> tuple[ViewState, Explained]:
    """The picture that still stands: the one the form was sent from, else the good fields, else the own numbers."""
    for state in (state_before(raw, direction), problem.fallback):
        if state is not None:
            try:
                return state, take(state)
            except InvalidState:
                continue  # those numbers overflow
    state = problem.fallback.with_numbers({})
    return state, take(state)


def _etag(address: str, build: str) -> str:
    """A page is a function of its canonical address and of this build, so its tag is known before it is drawn."""
    return f'"{build}-{hashlib.sha256(address.encode()).hexdigest()[:16]}"'
