"""What goes wrong, said twice: problem+json (RFC 9457) for programs, the same sentence on a page for people.

Nothing of a request is repeated in a sentence: it comes from `STATUS_TEXTS`, `app.state` or a `ProblemError`. The
header's links carry the numbers of the address along, as far as they could be read.
"""

from __future__ import annotations

import logging
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match
from starlette.types import Scope

from app.pages.header import header
from app.settings import Settings
from app.snapshot.models import Frozen
from app.state import FieldError, Invalid, read_carried
from app.state.codec import Reader

from .place import prefix_of
from .render import Renderer

log = logging.getLogger(__name__)

MAX_PROBLEM_BYTES = 4000
_IN_QUERY = "%!$&'()*+,;=:@/?[]"  # what stays as it is where a query is sent on
METHODS = ("GET", "POST")  # all that this site answers; HEAD goes where GET goes


class ProblemItem(Frozen):
    """One thing that is wrong with a request."""

    loc: list[str | int]
    """The way to the field: names, and places in a list counted from 0."""
    msg: str
    """A sentence that says what would be right."""


class Problem(Frozen):
    """A refusal, as RFC 9457 has it."""

    type: Literal["about:blank"]
    """Always about:blank: the problem has no meaning beyond its status."""
    title: str
    """The status in words."""
    status: int
    """The status of the response, repeated."""
    detail: str
    """What is wrong, in a sentence."""
    errors: list[ProblemItem]
    """Each thing that is wrong; not all of them, where they are many."""


@dataclass(frozen=True, slots=True)
class StatusText:
    """A status: its title in HTTP, the headline of its page, its sentence, and what it speaks of."""

    title: str
    headline: str
    sentence: str
    loc: tuple[str, ...] = ()


# Titles are spelled out: http.HTTPStatus words some of them differently from one Python to the next.
STATUS_TEXTS: Mapping[int, StatusText] = {
    400: StatusText("Bad Request", "This request cannot be read", "The request is not well formed.", ("body",)),
    404: StatusText("Not Found", "There is nothing here", "This address leads nowhere.", ("path",)),
    405: StatusText("Method Not Allowed", "Not in this way", "This address does not take that method.", ("method",)),
    413: StatusText("Content Too Large", "This is too much", "The body of the request is too large.", ("body",)),
    414: StatusText("URI Too Long", "This address is too long", "The query of the address is too long.", ("query",)),
    415: StatusText(
        "Unsupported Media Type",
        "Not in this format",
        "The body must be plain JSON in UTF-8.",
        ("header", "Content-Type"),
    ),
    422: StatusText("Unprocessable Content", "These numbers cannot be used", "A field of the request is wrong."),
    500: StatusText(
        "Internal Server Error", "That was our mistake", "Something failed on the server; it has been logged."
    ),
    503: StatusText(
        "Service Unavailable",
        "Not at the moment",
        "The server is not ready to answer; try again in a moment.",
    ),
}


class ProblemError(HTTPException):
    """A request that cannot be served: `detail` is a sentence of ours, `loc` says what it is about."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        loc: tuple[str, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.loc = loc


def answer(
    scope: Scope,
    status: int,
    errors: Sequence[FieldError] = (),
    detail: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The refusal of a request: problem+json where programs ask, else a page. Never stored."""
    headers = {**(headers or {}), "Cache-Control": "no-store"}
    if status == 503:
        headers["Retry-After"] = "5"
    said = problem(status, errors, detail)
    if _for_programs(scope["path"]):
        return Response(said.model_dump_json(), status, headers, media_type="application/problem+json")
    return _page(scope, said, headers)


def problem(status: int, errors: Sequence[FieldError] = (), detail: str = "") -> Problem:
    """What is wrong, in less than MAX_PROBLEM_BYTES of JSON.

    Without `errors` there is one, made of the status's own sentence (or `detail`) and the part it speaks of.
    """
    kind = _kind(status)
    if not errors and kind.loc:
        errors = [FieldError(kind.loc, detail or kind.sentence)]
    several = f"{len(errors)} things are wrong with the request; errors names each."
    detail = detail or (several if len(errors) > 1 else errors[0].msg if errors else kind.sentence)
    items = [ProblemItem(loc=list(error.loc), msg=error.msg) for error in errors]
    while True:
        said = Problem(type="about:blank", title=kind.title, status=status, detail=detail, errors=items)
        if len(said.model_dump_json().encode()) <= MAX_PROBLEM_BYTES:
            return said
        items = items[:-1]


def _kind(status: int) -> StatusText:
    return STATUS_TEXTS.get(status, STATUS_TEXTS[500 if status >= 500 else 400])


def _for_programs(path: str) -> bool:
    """Whether programs ask for this path; `/api` itself is a page about them."""
    return path.startswith("/api/") or path in ("/healthz", "/readyz", "/openapi.json")


def _page(scope: Scope, said: Problem, headers: Mapping[str, str]) -> Response:
    renderer: Renderer = scope["app"].state.renderer
    kind = _kind(said.status)
    sentences = [item.msg for item in said.errors] or [said.detail]
    try:
        query = "" if said.status == 414 else scope["query_string"].decode("utf-8", "replace")
        carried = read_carried(Reader(query))
        shown = {"headline": kind.headline, "sentences": sentences, "header": header(scope["path"], carried)}
        return renderer.html("shared/error.html", prefix_of(scope), said.status, headers, **shown)
    except Exception:  # whatever broke the page may break this one too
        log.exception("the error page failed")
        return HTMLResponse(f"<!doctype html><title>{kind.title}</title><p>{kind.sentence}", said.status, headers)


def install(app: FastAPI, settings: Settings, paths: Container[str]) -> None:
    """Let `answer` speak for every exception that a route or the router raises on purpose.

    `paths` are those of the routes, to which a slash too many leads.
    """

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        scope, status = request.scope, error.status_code
        if status == 404 and (address := _without_slash(scope, paths)):
            return Response(status_code=308, headers={"Location": address})
        if not isinstance(error, ProblemError):  # Starlette's own, whose detail is but the status's name
            headers = {"Allow": ", ".join(_allowed(app, request))} if status == 405 else None
            return answer(scope, status, headers=headers)
        errors = [FieldError(error.loc, error.detail)] if error.loc and error.detail else []
        return answer(scope, status, errors, error.detail, error.headers)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, Invalid)
        errors = list(dict.fromkeys(error.errors))[: settings.max_errors]
        return answer(request.scope, 422, errors)

    async def unforeseen(request: Request, _error: Exception) -> Response:
        # FastAPI validates nothing here (app.state does); should it ever, its report would echo the input.
        return answer(request.scope, 422)

    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(Invalid, invalid)
    app.add_exception_handler(RequestValidationError, unforeseen)


def _without_slash(scope: Scope, paths: Container[str]) -> str:
    """Where a path leads that has but a slash too many at its end, with the query; nothing, if nowhere.

    Relative to the path that was asked for: it needs no Host header, which anyone may write, and no prefix.
    """
    path, slash = scope["path"][:-1], scope["path"][-1:]
    if slash != "/" or path not in paths:
        return ""
    query = quote(scope["query_string"], safe=_IN_QUERY)
    return f"../{path.rpartition('/')[2]}" + (f"?{query}" if query else "")


def _allowed(app: FastAPI, request: Request) -> list[str]:
    """The methods of a path, of all its routes: Starlette's own Allow names those of the first one only."""
    found = []
    for method in METHODS:
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in app.router.routes):
            found += [method, "HEAD"] if method == "GET" else [method]
    return found
