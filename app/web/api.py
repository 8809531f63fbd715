"""The JSON API: the same address as a page, with `/api` in front, or a body that says the same.

Its routes read (app.state), compute (app.snapshot) and choose JSON; `/healthz` and `/readyz` tell a supervisor how the
process is. What takes a few milliseconds is computed where the requests come in, and what may take longer off the loop
(app.web.dear): batches, long runs of steps, and bodies that are larger than an address can be.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from jinja2 import TemplateError
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.responses import Response

from app.engine import DEFAULT, gradcheck
from app.engine.graph import Direction
from app.pages.chapter.data import chapter
from app.pages.cost.data import cost
from app.pages.cost.question import cost_from_query
from app.pages.header import address_to, header
from app.pages.heads.data import take_heads
from app.pages.heads.question import heads_from_query
from app.pages.network.context import page
from app.snapshot import as_json, trace_of
from app.snapshot.batch import batch_as_json
from app.snapshot.gallery import Gallery, gallery
from app.snapshot.gradcheck import gradcheck_or_refuse
from app.snapshot.graded import graded
from app.snapshot.train import train
from app.state import ViewState, batch_from_json, from_json, from_query, gradients_from_json, read_carried
from app.state.codec import Reader, address_of
from app.state.training import Training, training_from_json, training_from_query

from . import bodies as body
from . import openapi
from .dear import MAX_CHEAP_BYTES, Dear
from .errors import ProblemError
from .kept import Kept, finished, in_form, key_of, respond
from .place import prefix_of
from .reference import reference
from .render import Renderer
from .responses import HTML, query_of

log = logging.getLogger(__name__)
router = APIRouter()
Body = Annotated[bytes, Depends(body.read)]
JSON = "application/json"

_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


@router.get("/api/forward", **openapi.address("forward"))
async def get_forward(request: Request) -> Response:
    """Values appear node by node. What is left out has the network's default values."""
    return _pass(request, "forward")


@router.get("/api/backward", **openapi.address("backward"))
async def get_backward(request: Request) -> Response:
    """Gradients appear one VJP at a time. What is left out has the network's default values."""
    return _pass(request, "backward")


@router.post("/api/forward", **openapi.body("forward"))
async def post_forward(request: Request, sent: Body) -> Response:
    """Values appear node by node. What is left out has the network's default values."""
    return await _computed(request, sent, partial(_pass_of, direction="forward"))


@router.post("/api/backward", **openapi.body("backward"))
async def post_backward(request: Request, sent: Body) -> Response:
    """Gradients appear one VJP at a time. What is left out has the network's default values."""
    return await _computed(request, sent, partial(_pass_of, direction="backward"))


@router.get("/api/check", **openapi.address("check"))
async def get_check(request: Request) -> Response:
    """Every gradient entry beside the measured slope of the loss. What is left out has the network's default values.
    Numbers that overflow get a 422 that says where."""
    state = from_query(query_of(request), "backward", strict=True, picks=(), any_shape=True)
    return _kept(request, address_of("/api/check", state.query(page=False)), lambda: _checked(state))


@router.post("/api/check", **openapi.body("check"))
async def post_check(request: Request, sent: Body) -> Response:
    """Every gradient entry beside the measured slope of the loss. What is left out has the network's default values.
    Numbers that overflow get a 422 that says where."""
    return await _computed(request, sent, _check_of)


@router.get("/api/train", **openapi.train_address())
async def get_train(request: Request) -> Response:
    """Steps of gradient descent from these values: the loss before and after each, beside what −lr‖g‖² predicted, and
    the parameters before the first and after the last. The run ends before a step that would overflow, and after one
    by which the loss has grown a million times; the answer says why."""
    training = training_from_query(query_of(request), strict=True)
    address, make = training.address("/api"), partial(_trained, training)
    kept: Kept = request.app.state.kept
    if not training.is_dear or key_of(prefix_of(request.scope), address) in kept:
        return _kept(request, address, make)
    dear: Dear = request.app.state.dear
    content = await dear.run(request, make)
    return _kept(request, address, lambda: content)


@router.post("/api/train", **openapi.train_body())
async def post_train(request: Request, sent: Body) -> Response:
    """Steps of gradient descent from these values: the loss before and after each, beside what −lr‖g‖² predicted, and
    the parameters before the first and after the last. The run ends before a step that would overflow, and after one
    by which the loss has grown a million times; the answer says why."""
    is_long = len(sent) <= MAX_CHEAP_BYTES and training_from_json(body.parse(sent)).is_dear
    return await _computed(request, sent, _train_of, in_bulk=is_long)


@router.post("/api/batch/forward", **openapi.batch("forward"))
async def post_batch_forward(request: Request, sent: Body) -> Response:
    """Every value of each set. What a set leaves out has the network's default values."""
    return await _computed(request, sent, partial(_batch_of, direction="forward"), in_bulk=True)


@router.post("/api/batch/backward", **openapi.batch("backward"))
async def post_batch_backward(request: Request, sent: Body) -> Response:
    """Every value and gradient of each set. What a set leaves out has the network's default values."""
    return await _computed(request, sent, partial(_batch_of, direction="backward"), in_bulk=True)


@router.post("/api/grade", **openapi.grading())
async def post_grade(request: Request, sent: Body) -> Response:
    """Gradients that a student found, compared with the right ones, and the wrong ones with what common mistakes give.
    A wrong shape is not an error of the request: it is part of the grade."""
    return await _computed(request, sent, lambda sent: to_json(graded(gradients_from_json(body.parse(sent)))))


@router.get(
    "/api/networks",
    operation_id="networks",
    summary="The networks there are",
    response_model=Gallery,
    responses=openapi.refusals(422),
)
async def get_networks(request: Request) -> Response:
    """Every network with its nodes, shapes and formulas, its default values, and a sentence on what to look at."""
    if query_of(request).strip("&"):
        raise ProblemError(422, "The list of networks takes no fields.", ("query",))
    return _kept(request, "/api/networks", lambda: _as_bytes(Gallery(networks=list(gallery()))))


@router.get("/api/heads", **openapi.heads())
async def get_heads(request: Request) -> Response:
    """Five heads on the same layer, each with its own target: ∂L/∂z by the VJP, and prediction − target. One logit
    through sigmoid and cross-entropy, as one op and as two, beside the true values. The Jacobian of softmax, and how it
    cancels. A number that is not finite is null, and its `word` says what it is."""
    state = heads_from_query(query_of(request), strict=True)
    return _kept(request, state.address("/api"), lambda: _as_bytes(take_heads(state)))


@router.get("/api/cost", **openapi.cost())
async def get_cost(request: Request) -> Response:
    """What layers z = W x + b, each followed by a ReLU, cost: multiply-adds, the memory that they need, and the memory
    of the Jacobians that are avoided. What is left out has the page's default sizes."""
    state = cost_from_query(query_of(request), strict=True)
    return _kept(request, state.address("/api"), lambda: _as_bytes(cost(state)))


@router.get("/api/chapter", **openapi.chapter())
async def get_chapter(request: Request) -> Response:
    """The chapter's boards, in their order: title, sentence, formulas, and the addresses of each board, of the step
    that it explains, and of the question to think about, all relative to the server. What is left out has the network's
    default values."""
    return _chapter(request, "/api/chapter")


@router.get("/chapter.json", include_in_schema=False)
async def get_chapter_file(request: Request) -> Response:
    """The same, as a file beside the chapter's page."""
    return _chapter(request, "/chapter.json")


def _chapter(request: Request, path: str) -> Response:
    view = from_query(query_of(request), "forward", strict=True, picks=())
    return _kept(request, address_to(path, view), lambda: _as_bytes(chapter(view)))


def _as_bytes(answer: BaseModel) -> bytes:
    """An answer as JSON."""
    return answer.model_dump_json().encode()


def _checked(state: ViewState) -> bytes:
    return _as_bytes(gradcheck_or_refuse(state))


def _trained(training: Training) -> bytes:
    return _as_bytes(train(training))


def _train_of(sent: bytes) -> bytes:
    return _trained(training_from_json(body.parse(sent)))


def _pass(request: Request, direction: Direction) -> Response:
    state = from_query(query_of(request), direction, strict=True, any_shape=True)
    return _kept(request, state.address("/api"), lambda: as_json(state))


def _pass_of(sent: bytes, direction: Direction) -> bytes:
    return as_json(from_json(body.parse(sent), direction, any_shape=True))


def _check_of(sent: bytes) -> bytes:
    return _checked(from_json(body.parse(sent), "backward", picks=(), any_shape=True))


def _batch_of(sent: bytes, direction: Direction) -> bytes:
    found = body.parse_fast(sent)
    batch = batch_from_json(body.parse(sent) if found is None else found, direction)
    del found  # some thousand lists, whose room the answer's can have
    return batch_as_json(batch)


async def _computed(
    request: Request, sent: bytes, compute: Callable[[bytes], bytes], *, in_bulk: bool = False
) -> Response:
    """The answer to a body, computed in its turn off the loop where it may be dear: compressed there, too."""
    if not in_bulk and len(sent) <= MAX_CHEAP_BYTES:
        return Response(compute(sent), media_type=JSON)
    dear: Dear = request.app.state.dear
    return await dear.run(request, lambda: in_form(request.headers, compute(sent), JSON))


def _kept(request: Request, address: str, make: Callable[[], bytes], media_type: str = JSON, way: str = "") -> Response:
    """The answer at a canonical address, which a cache may keep for a minute, and the server for longer."""
    kept: Kept = request.app.state.kept
    key = key_of(way or prefix_of(request.scope), address)
    found = kept.find(key)
    if found is None:
        content = make()
        tag = f'"{request.app.state.build}-{hashlib.sha256(content).hexdigest()[:16]}"'
        found = finished(tag, media_type, content)
        kept.keep(key, found)
    return respond(request.headers, found)


@router.get("/api", include_in_schema=False)
async def reference_page(request: Request) -> Response:
    """The API's reference page, whose examples ask the host that it was asked of."""
    carried, base = read_carried(Reader(query_of(request))), _base(request)
    renderer: Renderer = request.app.state.renderer

    def text() -> bytes:
        shown = {"reference": reference(base, request.app.state.settings), "header": header("/api", carried)}
        return renderer.text("reference/page.html", prefix=prefix_of(request.scope), **shown).encode()

    return _kept(request, address_to("/api", carried), text, HTML, way=base)


def _base(request: Request) -> str:
    """Where this server is, for examples to copy; a Host header that is no host name is not repeated."""
    host = request.headers.get("host", "")
    # not request.url, which would read the query, and fail where that is no UTF-8
    server = f"{request.scope['scheme']}://{host}" if _HOST.fullmatch(host) else "http://127.0.0.1:8000"
    return server + prefix_of(request.scope)


@router.get("/openapi.json", include_in_schema=False)
async def schema(request: Request) -> Response:
    """This API as OpenAPI."""
    base = _base(request)

    def document() -> bytes:
        return json.dumps(openapi.document(request.app, base), ensure_ascii=False).encode()

    return _kept(request, "/openapi.json", document, way=base)


_HEALTHY = {"content": {"application/json": {"example": {"status": "ok"}}}, "description": "Yes."}


@router.get("/healthz", operation_id="healthz", summary="Is the server alive?", responses={200: _HEALTHY})
async def healthz() -> Response:
    """The event loop turns."""
    return Response('{"status":"ok"}', media_type=JSON)


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="May it be sent requests?",
    responses={200: _HEALTHY, **openapi.refusals(503)},
)
async def readyz(request: Request) -> Response:
    """The default page can be drawn, its gradients agree with the numeric check, and no stop is near."""
    if getattr(request.app.state, "stopping", False):
        raise ProblemError(503, "The server is about to stop.")
    _try_out(request.app.state.renderer)
    return Response('{"status":"ok"}', media_type=JSON)


def _try_out(renderer: Renderer) -> None:
    """Raises ProblemError if the default page is not as it must be."""
    own = ViewState(DEFAULT, "backward", DEFAULT.defaults)
    trace = trace_of(own)
    checks = gradcheck(trace)
    if not checks or any(check.verdict == "disagrees" for check in checks):
        raise ProblemError(503, "A gradient disagrees with its numeric check.")
    try:
        renderer.text("network/page.html", page=page(own, trace), header=header("/backward", own))
    except (TemplateError, AttributeError):  # a name that an object lacks is no error of Jinja's own
        log.exception("the default page cannot be drawn")
        raise ProblemError(503, "A page cannot be drawn.") from None
