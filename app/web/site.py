"""The site's pages: every subject there is, and the routes at which it answers.

A page takes a few milliseconds, and is made where the requests come in: a thread would cost as much again. One that
says that it is dear, or of a large network, is computed off the loop, and written on it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.pages.answer import Answer, Part, Subject, answer, answer_part, is_dear
from app.pages.chapter.subject import SUBJECTS as CHAPTER
from app.pages.compare.subject import COMPARE
from app.pages.cost.subject import COST
from app.pages.drawn import of_drawn
from app.pages.glossary.subject import GLOSSARY
from app.pages.handout.lecture import handout_of_lecture
from app.pages.handout.lecture_slides import filmstrip_of_lecture
from app.pages.handout.subject import FILMSTRIP, HANDOUT
from app.pages.heads.subject import HEADS
from app.pages.keys.subject import KEYS
from app.pages.lecture.subject import lecture
from app.pages.network.subject import BACKWARD, FORWARD
from app.pages.networks.subject import NETWORKS
from app.pages.published.subject import PUBLISHED
from app.pages.recall.subject import RECALL
from app.pages.speaker.subject import speaker
from app.pages.train.subject import TRAIN
from app.state.codec import FROM, is_from_a_form

from .dear import Dear, is_large_query
from .responses import has, page_of, query_of

_SHOWN: tuple[Subject[Any], ...] = (
    *(FORWARD, BACKWARD, TRAIN, NETWORKS, HEADS, COMPARE, COST, GLOSSARY),
    *PUBLISHED,
    *map(of_drawn, (*CHAPTER, RECALL)),
)
_LECTURE = lecture(_SHOWN)
SUBJECTS: tuple[Subject[Any], ...] = (
    *(*_SHOWN, KEYS, HANDOUT, FILMSTRIP, _LECTURE),
    *(speaker((*_SHOWN, _LECTURE)), handout_of_lecture(_SHOWN), filmstrip_of_lecture(_SHOWN)),
)


def pages() -> APIRouter:
    """A route for each path of each subject, and for each of its parts under /live/."""
    router = APIRouter(include_in_schema=False)
    for subject in SUBJECTS:
        for path in subject.paths:
            router.add_api_route(path, _whole(subject), methods=["GET"])
            if subject.has_long_form:
                router.add_api_route(path, _sent(subject), methods=["POST"])
        for name, part in subject.parts.items():
            router.add_api_route(f"/live/{name}{subject.paths[-1]}", _piece(subject, part), methods=["GET"])
    return router


def _whole(subject: Subject[Any]) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        return await _answered(subject, request, query_of(request))

    return page


def _sent(subject: Subject[Any]) -> Callable[[Request], Awaitable[Response]]:
    """What a form in a body leads to: that which it would in an address, which may not be so long."""

    async def page(request: Request) -> Response:
        form = (await request.body()).decode("utf-8", "replace")
        return await _answered(subject, request, form if is_from_a_form(form) else f"{form}&{FROM}=")

    return page


async def _answered(subject: Subject[Any], request: Request, raw: str) -> Response:
    def answered() -> Answer:
        return answer(subject, raw, lambda address: has(request, address))

    turns: Dear = request.app.state.dear
    is_slow = is_large_query(raw) or is_dear(subject, raw)
    return page_of(request, await turns.run_if(is_slow, request, answered))


def _piece(subject: Subject[Any], part: Part[Any]) -> Callable[[Request], Awaitable[Response]]:
    async def piece(request: Request) -> Response:
        raw = query_of(request)
        turns: Dear = request.app.state.dear
        found = await turns.run_if(is_large_query(raw), request, lambda: answer_part(subject, part, raw))
        return page_of(request, found)

    return piece
