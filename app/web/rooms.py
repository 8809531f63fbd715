"""The rooms around the stage: `/chapter`, `/networks`, `/heads`, `/cost`, `/recall`. Each is a function of its address.

Public name: `router`.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.snapshot.cost import cost
from app.snapshot.heads import Heads, take_heads
from app.state import InvalidRecall, InvalidState, RecallState, recall_from_query
from app.state.cost import InvalidCost, cost_before, cost_from_query
from app.state.heads import HeadsState, InvalidHeads, heads_before, heads_from_query

from .answers import is_from_a_form, kept, passing, query_of, sent_on
from .chapter import chapter_page
from .cost import cost_page
from .heads import heads_page
from .networks import network_cards
from .recall import Recall, recall_page

router = APIRouter(include_in_schema=False)


@router.get("/chapter")
def chapter_of_all(request: Request) -> Response:
    """What the chapter is about, with a link to where each claim can be seen."""
    return kept(request, "/chapter", "opening.html", lambda: {"opening": chapter_page()})


@router.get("/networks")
def networks_of_all(request: Request) -> Response:
    """The gallery: every network, what it is made of and what to look at."""
    return kept(request, "/networks", "networks.html", lambda: {"networks": network_cards()})


@router.get("/heads")
def heads_at(request: Request) -> Response:
    """One arrow, four heads; what fusing saves; the Jacobian that cancels."""
    raw = query_of(request)
    try:
        state = heads_from_query(raw, strict=False)
        if is_from_a_form(raw):
            take_heads(state)  # an overflow is told on the spot, beside the form it came from
            return sent_on(state.address())
        return kept(request, state.address(), "heads.html", lambda: {"heads": heads_page(state, take_heads(state))})
    except InvalidHeads as problem:
        return passing(request, "heads.html", 422, heads=heads_page(*_last_good_heads(raw, problem), problem))


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
        return passing(request, "cost.html", 422, cost=cost_page(good, cost(good), problem))
    if is_from_a_form(raw):
        return sent_on(state.address())
    return kept(request, state.address(), "cost.html", lambda: {"cost": cost_page(state, cost(state))})


@router.get("/recall")
def recall_at(request: Request) -> Response:
    """One question about a network's numbers, and once it is answered or given up, what is right."""
    try:
        recall = recall_from_query(query_of(request))
        return kept(request, recall.address(), "recall.html", lambda: {"recall": recall_page(recall)})
    except InvalidState as problem:
        again = problem.recall if isinstance(problem, InvalidRecall) else recall.on_own_numbers()
        return passing(request, "recall.html", 422, recall=_despite(again, problem))


def _despite(recall: RecallState, problem: InvalidState) -> Recall:
    """The question, all the same; where numbers overflow, about the network's own."""
    try:
        return recall_page(recall, problem)
    except InvalidState:
        return recall_page(recall.on_own_numbers(), problem)
