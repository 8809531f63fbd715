"""A lecture as a text file, to be saved, changed, and loaded into its page again."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.pages.lecture.question import LectureState, lecture_from_query, text_address
from app.state import Invalid

from .errors import answer
from .kept import finished, respond
from .responses import query_of, tag_of

TEXT = "text/plain; charset=utf-8"


def playlists() -> APIRouter:
    """The route of the file."""
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/lecture.txt", _text, methods=["GET"])
    return router


async def _text(request: Request) -> Response:
    try:
        state: LectureState = lecture_from_query(query_of(request))
    except Invalid as problem:
        return answer(request.scope, 422, problem.errors)
    text = f"{state.playlist.text()}\n"
    response = respond(request.headers, finished(tag_of(request, text_address(state.playlist)), TEXT, text.encode()))
    response.headers["Content-Disposition"] = 'attachment; filename="lecture.txt"'
    return response
