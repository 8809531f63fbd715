"""The JSON API: the same address as a page, with `/api` in front, or a body that says the same.

Its routes read (app.state), compute (app.snapshot) and choose JSON; `/healthz` and
`/readyz` tell a supervisor how the process is.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from jinja2 import TemplateError
from pydantic_core import to_json
from starlette.responses import Response

from app.engine import DEFAULT, gradcheck
from app.engine.graph import Direction
from app.pages.cost.data import cost
from app.pages.cost.question import cost_from_query
from app.pages.header import header
from app.pages.heads.data import take_heads
from app.pages.heads.question import heads_from_query
from app.pages.network.context import page
from app.snapshot import as_json, trace_of
from app.snapshot.batch import batch_as_json
from app.snapshot.gallery import Gallery, gallery
from app.snapshot.gradcheck import gradcheck_or_refuse
from app.snapshot.grade import grade
from app.state import ViewState, batch_from_json, from_json, from_query, gradients_from_json, read_carried
from app.state.codec import Reader

from . import bodies as body
from . import openapi
from .errors import ProblemError
from .place import prefix_of
from .reference import reference
from .render import Renderer
from .responses import FRESH, etag_matches, not_modified, query_of

log = logging.getLogger(__name__)
router = APIRouter()
Body = Annotated[bytes, Depends(body.read)]

_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


@router.get("/api/forward", **openapi.address("forward"))
def get_forward(request: Request) -> Response:
    """Values appear node by node. What is left out has the network's default values."""
    return _from_address(request, "forward")


@router.get("/api/backward", **openapi.address("backward"))
def get_backward(request: Request) -> Response:
    """Gradients appear one VJP at a time. What is left out has the network's default values."""
    return _from_address(request, "backward")


@router.post("/api/forward", **openapi.body("forward"))
def post_forward(sent: Body) -> Response:
    """Values appear node by node. What is left out has the network's default values."""
    return _from_body(sent, "forward")


@router.post("/api/backward", **openapi.body("backward"))
def post_backward(sent: Body) -> Response:
    """Gradients appear one VJP at a time. What is left out has the network's default values."""
    return _from_body(sent, "backward")


@router.get("/api/check", **openapi.address("check"))
def get_check(request: Request) -> Response:
    """Every gradient entry beside the measured slope of the loss. What is left out has the network's default values.
    Numbers that overflow get a 422 that says where."""
    state = from_query(query_of(request), "backward", strict=True, picks=(), any_shape=True)
    return _cached(request, _checked(state), "application/json")


@router.post("/api/check", **openapi.body("check"))
def post_check(sent: Body) -> Response:
    """Every gradient entry beside the measured slope of the loss. What is left out has the network's default values.
    Numbers that overflow get a 422 that says where."""
    return Response(
        _checked(from_json(body.parse(sent), "backward", picks=(), any_shape=True)), media_type="application/json"
    )


@router.post("/api/batch/forward", **openapi.batch("forward"))
def post_batch_forward(sent: Body) -> Response:
    """Every value of each set. What a set leaves out has the network's default values."""
    return _batch(sent, "forward")


@router.post("/api/batch/backward", **openapi.batch("backward"))
def post_batch_backward(sent: Body) -> Response:
    """Every value and gradient of each set. What a set leaves out has the network's default values."""
    return _batch(sent, "backward")


@router.post("/api/grade", **openapi.grading())
def post_grade(sent: Body) -> Response:
    """Gradients that a student found, compared with the right ones, and the wrong ones with what common mistakes give.
    A wrong shape is not an error of the request: it is part of the grade."""
    return Response(to_json(grade(gradients_from_json(body.parse(sent)))), media_type="application/json")


@router.get(
    "/api/networks",
    operation_id="networks",
    summary="The networks there are",
    response_model=Gallery,
    responses=openapi.refusals(422),
)
def get_networks(request: Request) -> Response:
    """Every network with its nodes, shapes and formulas, its default values, and a sentence on what to look at."""
    if query_of(request).strip("&"):
        raise ProblemError(422, "The list of networks takes no fields.", ("query",))
    return _cached(request, Gallery(networks=list(gallery())).model_dump_json().encode(), "application/json")


@router.get("/api/heads", **openapi.heads())
def get_heads(request: Request) -> Response:
    """Five heads on the same layer, each with its own target: ∂L/∂z by the VJP, and prediction − target. One logit
    through sigmoid and cross-entropy, as one op and as two, beside the true values. The Jacobian of softmax, and how it
    cancels. A number that is not finite is null, and its `word` says what it is."""
    state = heads_from_query(query_of(request), strict=True)
    return _cached(request, take_heads(state).model_dump_json().encode(), "application/json")


@router.get("/api/cost", **openapi.cost())
def get_cost(request: Request) -> Response:
    """What layers z = W x + b, each followed by a ReLU, cost: multiply-adds, the memory that they need, and the memory
    of the Jacobians that are avoided. What is left out has the page's default sizes."""
    return _cached(
        request, cost(cost_from_query(query_of(request), strict=True)).model_dump_json().encode(), "application/json"
    )


def _checked(state: ViewState) -> bytes:
    return gradcheck_or_refuse(state).model_dump_json().encode()


def _from_address(request: Request, direction: Direction) -> Response:
    return _cached(
        request, as_json(from_query(query_of(request), direction, strict=True, any_shape=True)), "application/json"
    )


def _from_body(sent: bytes, direction: Direction) -> Response:
    return Response(as_json(from_json(body.parse(sent), direction, any_shape=True)), media_type="application/json")


def _batch(sent: bytes, direction: Direction) -> Response:
    found = body.parse_fast(sent)
    batch = batch_from_json(body.parse(sent) if found is None else found, direction)
    del found  # some thousand lists, whose room the answer's can have
    return Response(batch_as_json(batch), media_type="application/json")


def _cached(request: Request, content: bytes, media_type: str) -> Response:
    """An answer that a cache may keep for a minute; 304 where the client has it already."""
    tag = f'"{request.app.state.build}-{hashlib.sha256(content).hexdigest()[:16]}"'
    if etag_matches(request, tag):
        return not_modified(tag)
    return Response(content, headers={"Cache-Control": FRESH, "ETag": tag}, media_type=media_type)


@router.get("/api", include_in_schema=False)
def reference_page(request: Request) -> Response:
    """The API's reference page, with an answer that was computed just now."""
    renderer: Renderer = request.app.state.renderer
    text = renderer.text(
        "reference/page.html",
        prefix=prefix_of(request.scope),
        reference=reference(_base(request), request.app.state.settings),
        header=header("/api", read_carried(Reader(query_of(request)))),
    )
    return _cached(request, text.encode(), "text/html; charset=utf-8")


def _base(request: Request) -> str:
    """Where this server is, for examples to copy; a Host header that is no host name is not repeated."""
    host = request.headers.get("host", "")
    server = f"{request.url.scheme}://{host}" if _HOST.fullmatch(host) else "http://127.0.0.1:8000"
    return server + prefix_of(request.scope)


@router.get("/openapi.json", include_in_schema=False)
def schema(request: Request) -> Response:
    """This API as OpenAPI."""
    document = openapi.document(request.app, _base(request))
    return _cached(request, json.dumps(document, ensure_ascii=False).encode(), "application/json")


_HEALTHY = {"content": {"application/json": {"example": {"status": "ok"}}}, "description": "Yes."}


@router.get("/healthz", operation_id="healthz", summary="Is the server alive?", responses={200: _HEALTHY})
async def healthz() -> Response:
    """The event loop turns."""
    return Response('{"status":"ok"}', media_type="application/json")


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="May it be sent requests?",
    responses={200: _HEALTHY, **openapi.refusals(503)},
)
def readyz(request: Request) -> Response:
    """The default page can be drawn, its gradients agree with the numeric check, and no stop is near."""
    if getattr(request.app.state, "stopping", False):
        raise ProblemError(503, "The server is about to stop.")
    own = ViewState(DEFAULT, "backward", DEFAULT.defaults)
    trace = trace_of(own)
    checks = gradcheck(trace)
    if not checks or any(check.verdict == "disagrees" for check in checks):
        raise ProblemError(503, "A gradient disagrees with its numeric check.")
    renderer: Renderer = request.app.state.renderer
    try:
        renderer.text("network/page.html", page=page(own, trace), header=header("/backward", own))
    except TemplateError:
        log.exception("the default page cannot be drawn")
        raise ProblemError(503, "A page cannot be drawn.") from None
    return Response('{"status":"ok"}', media_type="application/json")
