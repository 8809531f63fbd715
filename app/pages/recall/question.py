"""What is asked at `/recall`, and what was answered: an address ↔ a frozen value.

A question is named in the address, so one address is one page. Which entry, gradient or shape is asked about first, and
which is next, hangs on the network and its numbers alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import prod
from typing import Literal
from urllib.parse import quote

from app.engine import Graph, Shape
from app.state.errors import FieldError, InvalidState
from app.state.numbers import asked
from app.state.query import PAGE_ONLY, PICKS, from_query, pairs_of
from app.state.value import ViewState

from .answers import LOC, Answer, numbers_typed, shape_typed, ticked

SpokenKind = Literal["why-vjp", "by-indices", "prediction-target"]
DrawnKind = Literal["shape", "zeros", "entry", "whole"]
# The three to think through, and what is drawn from the numbers: each from easy to hard.
SPOKEN: tuple[SpokenKind, ...] = ("why-vjp", "by-indices", "prediction-target")
DRAWN: tuple[DrawnKind, ...] = ("shape", "zeros", "entry", "whole")
_OWN = ("q", "answer", "reveal")
# A gradient of more entries than these is no question for a person.
_MAX_TICKS, _MAX_TYPED = 16, 8


@dataclass(frozen=True, slots=True)
class Question:
    """One question: about the gradient of a node, an entry of it, or none of either. `index` counts from 0."""

    kind: SpokenKind | DrawnKind
    node: str = ""
    index: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """How an address names it: by-indices, shape.x, zeros.z, W for the whole gradient, W.2.1 for an entry."""
        if self.kind in SPOKEN:
            return self.kind
        name = ".".join([self.node, *(str(i + 1) for i in self.index)])
        return name if self.kind in ("entry", "whole") else f"{self.kind}.{name}"


@dataclass(frozen=True)
class RecallState:
    """A network with its numbers, a question, and how far one is: `answer` is what was typed, `reveal` a shrug."""

    view: ViewState
    question: Question
    text: str = ""
    answer: Answer | None = None
    reveal: bool = False

    @property
    def shows_answer(self) -> bool:
        """Whether the page tells what is right: once there is an answer, or for the asking."""
        return self.reveal or self.answer is not None

    def with_ask(self, question: Question) -> RecallState:
        """Another question about the same numbers."""
        return RecallState(self.view, question)

    def revealed(self) -> RecallState:
        """The same question, given up."""
        return RecallState(self.view, self.question, reveal=True)

    def on_own_numbers(self) -> RecallState:
        """The same question about the network's own numbers."""
        return RecallState(self.view.with_values({}), self.question)

    def another(self) -> Question | None:
        """The next question of the same kind; None where there is but one."""
        if self.question.kind in SPOKEN:
            return None
        line = shuffled(self.view, self.question.kind)
        at = line.index(self.question) if self.question in line else -1
        return line[(at + 1) % len(line)] if len(line) > 1 or at < 0 else None

    def parts(self) -> list[tuple[str, str]]:
        """The names and values of the canonical query, in its order."""
        parts = [*_numbers(self.view)]
        if self.question != first(self.view):
            parts.append(("q", self.question.key))
        if self.answer is not None:
            parts.append(("answer", self.text))
        elif self.reveal:
            parts.append(("reveal", "1"))
        return parts

    def address(self) -> str:
        """The canonical address."""
        return _address(self.parts())


class InvalidRecall(InvalidState):
    """An address that is no question and answer; `recall` is the question that can be asked all the same."""

    def __init__(self, errors: list[FieldError], recall: RecallState, typed: dict[str, str]) -> None:
        super().__init__(errors, recall.view, typed)
        self.recall = recall


def recall_address(view: ViewState) -> str:
    """Where the questions about a picture's numbers are."""
    return _address(_numbers(view))


def recall_from_query(raw: str) -> RecallState:
    """Read the query of a page. Raises InvalidRecall."""
    parts = raw.split("&")
    own = "&".join(part for part in parts if part.partition("=")[0] in _OWN)
    rest = "&".join(part for part in parts if part.partition("=")[0] not in (*_OWN, *PICKS, *PAGE_ONLY))
    errors: list[FieldError] = []
    try:
        view = from_query(rest, "backward", strict=False, picks=())
    except InvalidState as problem:
        view, errors = problem.fallback, list(problem.errors)
    view = ViewState(view.network, "backward", view.values)
    pairs, broken = pairs_of(own)
    errors += broken
    given = {name: [value for key, value in pairs if key == name] for name in _OWN}
    question = _question(given["q"], view, errors)
    recall = RecallState(view, question, reveal=_reveal(given["reveal"], errors))
    text = ",".join(filter(None, given["answer"])) if question.kind == "zeros" else "".join(given["answer"][:1])
    if given["answer"] and question.kind not in SPOKEN:
        answer = _answer(given["answer"], question, view.network.shape(question.node))
        if isinstance(answer, FieldError):
            errors.append(answer)
        else:
            recall = replace(recall, text=text.strip(" "), answer=answer)
    if errors:
        raise InvalidRecall(errors, replace(recall, text="", answer=None), {"answer": text})
    return recall


def first(view: ViewState) -> Question:
    """The question that an address without one asks."""
    return shuffled(view, "entry")[0]


def shuffled(view: ViewState, kind: DrawnKind | SpokenKind) -> list[Question]:
    """All questions of a kind about a network's numbers, in an order that hangs on these. It is never empty."""
    graph = view.network.graph
    nodes = [node.name for node in graph.nodes if node.name in graph.requires_grad and node is not graph.loss]
    sizes = {name: prod(view.network.shape(name)) for name in nodes}
    if kind == "entry":
        found = [Question("entry", name, i) for name in nodes for i in _indices(view.network.shape(name))]
    elif kind in ("zeros", "whole"):
        most = _MAX_TICKS if kind == "zeros" else _MAX_TYPED
        small = [name for name in nodes if 1 < sizes[name] <= most]
        found = [Question(kind, name) for name in small or nodes]
    else:
        found = [Question("shape", name) for name in nodes]
    mixed = sorted(found, key=lambda question: _mix(view, question))
    return sorted(mixed, key=lambda question: kind == "zeros" and not _may_be_inactive(graph, question.node))


def _mix(view: ViewState, question: Question) -> bytes:
    return hashlib.sha256(f"{view.query(page=False)} {question.key}".encode()).digest()


def _may_be_inactive(graph: Graph, name: str) -> bool:
    """Whether an op may let nothing through to a node: of such a gradient it is worth asking what is 0."""
    return any(use.vjp.inactive is not None for use in graph.uses[name])


def _indices(shape: Shape) -> Iterable[tuple[int, ...]]:
    if not shape:
        yield ()
    else:
        yield from ((i, *rest) for i in range(shape[0]) for rest in _indices(shape[1:]))


def _question(given: list[str], view: ViewState, errors: list[FieldError]) -> Question:
    loc = ("query", "q")
    if len(given) > 1:
        errors.append(FieldError(loc, "q is given more than once; give it once"))
    if len(given) != 1:
        return first(view)
    found = _read(given[0], view)
    if found is None:
        msg = "q names an entry such as W.2.1, a gradient such as W, or shape.W, zeros.W, or "
        errors.append(FieldError(loc, msg + ", ".join(SPOKEN)))
    return found or first(view)


def _read(key: str, view: ViewState) -> Question | None:
    for spoken in SPOKEN:
        if key == spoken:
            return Question(spoken)
    kinds: tuple[Literal["shape", "zeros"], ...] = ("shape", "zeros")
    for kind in kinds:
        name = key.removeprefix(f"{kind}.")
        if name != key and _takes_one(view, name):
            return Question(kind, name)
    if _takes_one(view, key) and view.network.shape(key):
        return Question("whole", key)
    entry = asked(key, ("query", "q"), view)
    if isinstance(entry, FieldError) or not _takes_one(view, entry.partition(".")[0]):
        return None
    name, *places = entry.split(".")
    return Question("entry", name, tuple(int(place) - 1 for place in places))


def _takes_one(view: ViewState, name: str) -> bool:
    """Whether a node has a gradient that a VJP finds."""
    graph = view.network.graph
    return name in graph.requires_grad and name != graph.loss.name


def _reveal(given: list[str], errors: list[FieldError]) -> bool:
    if given and given != ["1"]:
        errors.append(FieldError(("query", "reveal"), "reveal is 1 or left out"))
    return given == ["1"]


def _answer(given: list[str], question: Question, shape: Shape) -> Answer | FieldError:
    if question.kind == "zeros":
        return ticked(given, prod(shape))
    if len(given) > 1:
        return FieldError(LOC, "answer is given more than once; give it once")
    if not given[0].strip(" "):
        return FieldError(LOC, "there is no answer yet; type one, or choose “Not sure yet”")
    if question.kind == "shape":
        return shape_typed(given[0])
    return numbers_typed(given[0], () if question.kind == "entry" else shape)


def _numbers(view: ViewState) -> list[tuple[str, str]]:
    return ViewState(view.network, "backward", view.values).parts(page=False)


def _address(parts: list[tuple[str, str]]) -> str:
    query = "&".join(f"{name}={quote(value, safe=',;-')}" for name, value in parts)
    return "/recall" + (f"?{query}" if query else "")
