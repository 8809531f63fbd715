"""What each route takes and answers: each function returns the keyword arguments that document one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from app.engine.graph import Direction
from app.pages.chapter.data import ChapterAnswer
from app.pages.cost.data import CostAnswer
from app.pages.heads.models import Heads
from app.snapshot import Snapshot
from app.snapshot.batch import BatchAnswer
from app.snapshot.gradcheck import Gradcheck
from app.snapshot.grade import Grade
from app.snapshot.train import Train

from ..errors import STATUS_TEXTS, Problem
from .bodies import batch_request, grade_request, pass_body, train_request
from .parameters import (
    cost_parameters,
    heads_parameters,
    number_parameters,
    pass_parameters,
    train_parameters,
)
from .values import PassOrCheck, Schema


@dataclass(frozen=True, slots=True)
class Documented:
    """What a question is about, the model of its answer, and a sentence about that."""

    summary: str
    model: type[BaseModel]
    description: str


_PASSES: dict[PassOrCheck, Documented] = {
    "forward": Documented("Forward pass", Snapshot, "The network at that step of the forward pass."),
    "backward": Documented("Backward pass", Snapshot, "The network at that step of the backward pass."),
    "check": Documented("Every gradient, checked", Gradcheck, "Every gradient entry beside a finite difference."),
}


def address(question: PassOrCheck) -> dict[str, Any]:
    """Documentation of the GET of a pass or a check."""
    known = _PASSES[question]
    documented = Documented(f"{known.summary}, from an address", known.model, known.description)
    return _operation(f"get_{question}", documented, (414, 422), parameters=pass_parameters(question))


def body(question: PassOrCheck) -> dict[str, Any]:
    """Documentation of the POST of a pass or a check."""
    known = _PASSES[question]
    documented = Documented(f"{known.summary}, from a JSON body", known.model, known.description)
    statuses = (400, 413, 414, 415, 422, 503)
    return _operation(f"post_{question}", documented, statuses, requestBody=pass_body(question))


_RUN = "The losses step by step, and the parameters before and after the run."


def train_address() -> dict[str, Any]:
    """Documentation of the GET of a run of steps."""
    documented = Documented("Steps of gradient descent, from an address", Train, _RUN)
    return _operation("get_train", documented, (414, 422, 503), parameters=train_parameters())


def train_body() -> dict[str, Any]:
    """Documentation of the POST of a run of steps."""
    documented = Documented("Steps of gradient descent, from a JSON body", Train, _RUN)
    return _operation("post_train", documented, (400, 413, 414, 415, 422, 503), requestBody=train_request())


def batch(direction: Direction) -> dict[str, Any]:
    """Documentation of the POST of many value sets."""
    summary = f"{_PASSES[direction].summary} of many value sets"
    documented = Documented(summary, BatchAnswer, "The values and gradients of all sets, stacked for each node.")
    return _operation(f"post_batch_{direction}", documented, (400, 413, 415, 422, 503), requestBody=batch_request())


def grading() -> dict[str, Any]:
    """Documentation of the POST that grades gradients."""
    documented = Documented("Gradients graded", Grade, "Each gradient that was sent, graded.")
    return _operation("post_grade", documented, (400, 413, 414, 415, 422, 503), requestBody=grade_request())


def heads() -> dict[str, Any]:
    """Documentation of the GET of the heads side by side."""
    documented = Documented("The heads side by side", Heads, "The heads, one logit, and the softmax’s Jacobian.")
    return _operation("heads", documented, (414, 422), parameters=heads_parameters())


def cost() -> dict[str, Any]:
    """Documentation of the GET that computes what layers cost."""
    documented = Documented("What layers cost at scale", CostAnswer, "The sums, as exact integers.")
    return _operation("get_cost", documented, (414, 422), parameters=cost_parameters())


def chapter() -> dict[str, Any]:
    """Documentation of the GET of the chapter's boards."""
    documented = Documented("The chapter’s boards", ChapterAnswer, "The boards, in the order in which they are read.")
    return _operation("chapter", documented, (414, 422), parameters=number_parameters(any_shape=False))


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with, by status: references to what `components` has."""
    return {
        status: {"$ref": f"#/components/responses/{_component(status)}", "description": STATUS_TEXTS[status].sentence}
        for status in statuses
    }


def document(app: FastAPI, base: str) -> Schema:
    """The whole document, for a server at `base`, with the one schema of a problem that all refusals share."""
    found = app.openapi()
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = {**found["components"]["schemas"], **problem.pop("$defs"), Problem.__name__: problem}
    responses = {
        _component(status): {
            "description": text.sentence,
            "content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}},
        }
        for status, text in STATUS_TEXTS.items()
        if status in _refused(found["paths"])
    }
    components = {**found["components"], "schemas": schemas, "responses": responses}
    return {**found, "servers": [{"url": base}], "components": components}


def _refused(paths: Schema) -> set[int]:
    """Every status beyond 399 that some operation may answer with."""
    statuses = {
        int(status) for path in paths.values() for operation in path.values() for status in operation["responses"]
    }
    return {status for status in statuses if status >= 400}


def _component(status: int) -> str:
    """The name of a refusal among the components: UnprocessableContent."""
    return STATUS_TEXTS[status].title.replace(" ", "")


def _operation(name: str, documented: Documented, statuses: tuple[int, ...], **extra: Any) -> dict[str, Any]:
    answer = {"model": documented.model, "description": documented.description}
    return {
        "operation_id": name,
        "summary": documented.summary,
        "responses": {200: answer, **refusals(*statuses)},
        "openapi_extra": extra,
    }
