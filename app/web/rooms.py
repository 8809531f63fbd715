"""The rooms around the stage: `/chapter`, `/networks`, `/heads`, `/cost`, `/recall`. Each is a function of its address."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.pages.chapter.context import chapter_page
from app.pages.cost.context import cost_page
from app.pages.cost.data import cost
from app.pages.cost.question import InvalidCost, cost_before, cost_from_query
from app.pages.heads.context import heads_page
from app.pages.heads.data import take_heads
from app.pages.heads.models import Heads
from app.pages.heads.question import HeadsState, InvalidHeads, heads_before, heads_from_query
from app.pages.networks import network_cards
from app.pages.recall.context import Recall, recall_page
from app.pages.recall.question import InvalidRecall, RecallState, recall_from_query
from app.state import InvalidState

from .responses import cached, is_from_a_form, query_of, see_other, uncached

router = APIRouter(include_in_schema=False)


@router.get("/chapter")
def chapter_of_all(request: Request) -> Response:
    """What the chapter is about, with a link to where each claim can be seen."""
    return cached(request, "/chapter", "chapter/page.html", lambda: {"opening": chapter_page()})


@router.get("/networks")
def networks_of_all(request: Request) -> Response:
    """The gallery: every network, what it is made of and what to look at."""
    return cached(request, "/networks", "networks/page.html", lambda: {"networks": network_cards()})


@router.get("/heads")
def heads_at(request: Request) -> Response:
    """One arrow, four heads; what fusing saves; the Jacobian that cancels."""
    raw = query_of(request)
    try:
        state = heads_from_query(raw, strict=False)
        if is_from_a_form(raw):
            take_heads(state)  # an overflow is told on the spot, beside the form it came from
            return see_other(state.address())
        return cached(
            request, state.address(), "heads/page.html", lambda: {"heads": heads_page(state, take_heads(state))}
        )
    except InvalidHeads as problem:
        return uncached(request, "heads/page.html", 422, heads=heads_page(*_last_good_heads(raw, problem), problem))


def _last_good_heads(raw: str, problem: InvalidHeads) -> tuple[HeadsState, Heads]:
    """What still stands: where the form was sent from, else the good fields, else the own numbers."""
    for state in (heads_before(raw), problem.fallback):
        if state is not None:
            try:
                return state, take_heads(state)
            except InvalidHeads:
                continue  # those numbers overflow
    return HeadsState(), take_heads(HeadsState())


@router.get("/cost")
def cost_at(request: Request) -> Response:
    """What layers of the address's sizes cost: VJPs beside the Jacobians they avoid."""
    raw = query_of(request)
    try:
        state = cost_from_query(raw, strict=False)
    except InvalidCost as problem:
        good = cost_before(raw) or problem.fallback
        return uncached(request, "cost/page.html", 422, cost=cost_page(good, cost(good), problem))
    if is_from_a_form(raw):
        return see_other(state.address())
    return cached(request, state.address(), "cost/page.html", lambda: {"cost": cost_page(state, cost(state))})


@router.get("/recall")
def recall_at(request: Request) -> Response:
    """One question about a network's numbers, and once it is answered or given up, what is right."""
    try:
        recall = recall_from_query(query_of(request))
        return cached(request, recall.address(), "recall/page.html", lambda: {"recall": recall_page(recall)})
    except InvalidState as problem:
        recompute = problem.recall if isinstance(problem, InvalidRecall) else recall.on_own_numbers()
        return uncached(request, "recall/page.html", 422, recall=_despite(recompute, problem))


def _despite(recall: RecallState, problem: InvalidState) -> Recall:
    """The question, all the same; where numbers overflow, about the network's own."""
    try:
        return recall_page(recall, problem)
    except InvalidState:
        return recall_page(recall.on_own_numbers(), problem)
