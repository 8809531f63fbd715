"""What is asked at `/recall`, and what was answered: an address ↔ a frozen value.

A question is named in the address, so one address is one page. Which entry, gradient or shape is asked about first, and
which is next, hangs on the network and its numbers alone. Where the default numbers have no 0 to find, a question about
zeros has other ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from math import prod
from typing import Literal

from app.engine import Graph, Shape
from app.state import FieldError, ViewState
from app.state.codec import Param, Reader, address_of, query_of, written
from app.state.numbers import asked
from app.state.query import read_view

from .answers import LOC, Answer, numbers_typed, shape_typed, ticked
from .posed import numbers_with_zeros

SpokenKind = Literal["why-vjp", "by-indices", "prediction-target"]
DrawnKind = Literal["shape", "zeros", "entry", "whole"]
# The three to think through, and what is drawn from the numbers: each from easy to hard.
SPOKEN: tuple[SpokenKind, ...] = ("why-vjp", "by-indices", "prediction-target")
DRAWN: tuple[DrawnKind, ...] = ("shape", "zeros", "entry", "whole")
_KINDS = (*DRAWN, *SPOKEN)
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
    """A network with its numbers, a question, and how far one is.

    `answer` is what was typed, and `reveal` whether the right one is to be shown whatever was.
    """

    view: ViewState
    question: Question
    text: str = ""
    answer: Answer | None = None
    reveal: bool = False

    @property
    def posed(self) -> ViewState:
        """The network with the numbers that the question is about: those of the address, or for one about zeros, where
        the default numbers have none, some that have."""
        if self.question.kind != "zeros" or self.view.values != self.view.network.defaults:
            return self.view
        found = numbers_with_zeros(self.view.network, _worth_asking(self.view, "zeros"))
        return found.get(self.question.node, self.view)

    def with_ask(self, question: Question) -> RecallState:
        """Another question about the same numbers."""
        return RecallState(self.view, question)

    def revealed(self) -> RecallState:
        """The same question, with what was answered, and what is right."""
        return replace(self, reveal=True)

    def on_default_numbers(self) -> RecallState:
        """The same question about the network's default numbers."""
        return RecallState(self.view.with_values({}), self.question)

    def following(self) -> Question:
        """The next question of the same kind, and after the last the first of the next kind."""
        line = [self.question] if self.question.kind in SPOKEN else shuffled(self.view, self.question.kind)
        after = line.index(self.question) + 1 if self.question in line else 0
        if after < len(line):
            return line[after]
        kind = _KINDS[(_KINDS.index(self.question.kind) + 1) % len(_KINDS)]
        return Question(kind) if kind in SPOKEN else shuffled(self.view, kind)[0]

    def parts(self) -> list[tuple[str, str]]:
        """The names and values of the canonical query, in its order."""
        found = None if self.answer is None else (self.text, self.answer)
        own = {"q": self.question, "answer": found, "reveal": self.reveal}
        params = (_question(self.view), _answer(self.question, self.view), REVEAL)
        return self.view.number_parts() + written(params, own)

    def address(self) -> str:
        """The canonical address."""
        return address_of("/recall", query_of(self.parts()))


def recall_from_query(query: str | Reader) -> RecallState:
    """Read the query of a page. Raises Invalid."""
    reader = Reader.of(query)
    view = read_view(reader, "backward", ("q", "answer", "reveal"), many=("answer",))
    question = reader.read(_question(view))
    recall = RecallState(view, question, reveal=reader.read(REVEAL))
    if question.kind not in SPOKEN:
        answered = reader.read(_answer(question, view))
        if answered is not None and not reader.errors:
            text, answer = answered
            recall = replace(recall, text=text, answer=answer)
    return reader.checked(recall)


def first(view: ViewState) -> Question:
    """The question that an address without one asks."""
    return shuffled(view, "entry")[0]


def shuffled(view: ViewState, kind: DrawnKind | SpokenKind) -> list[Question]:
    """All questions of a kind about a network's numbers, in an order that hangs on these. It is never empty."""
    graph, nodes = view.network.graph, _worth_asking(view, kind)
    if kind == "zeros" and view.values == view.network.defaults:
        nodes = tuple(numbers_with_zeros(view.network, nodes)) or nodes
    if kind == "entry":
        found = [Question("entry", name, i) for name in nodes for i in _indices(view.network.shape(name))]
    else:
        found = [Question(kind, name) for name in nodes]
    mixed = sorted(found, key=lambda question: _mix(view, question))
    return sorted(mixed, key=lambda question: kind == "zeros" and not _may_be_inactive(graph, question.node))


def _worth_asking(view: ViewState, kind: DrawnKind | SpokenKind) -> tuple[str, ...]:
    """The nodes whose gradients a question of a kind may be about: those that a person can tick or type all of."""
    graph = view.network.graph
    nodes = [node.name for node in graph.nodes if node.name in graph.requires_grad and node is not graph.loss]
    if kind not in ("zeros", "whole"):
        return tuple(nodes)
    most = _MAX_TICKS if kind == "zeros" else _MAX_TYPED
    return tuple(name for name in nodes if 1 < prod(view.network.shape(name)) <= most) or tuple(nodes)


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


def _question(view: ViewState) -> Param[Question]:
    """The question about a network's numbers."""
    return Param("q", partial(_read, view=view), lambda question: question.key, first(view))


def _read(key: str, view: ViewState) -> Question | FieldError:
    msg = "q names an entry such as W.2.1, a gradient such as W, or shape.W, zeros.W, or "
    return _named(key, view) or FieldError(("query", "q"), msg + ", ".join(SPOKEN))


def _named(key: str, view: ViewState) -> Question | None:
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
    entry = asked(key, ("query", "q"), view.shapes)
    if isinstance(entry, FieldError) or not _takes_one(view, entry.partition(".")[0]):
        return None
    name, *places = entry.split(".")
    return Question("entry", name, tuple(int(place) - 1 for place in places))


def _takes_one(view: ViewState, name: str) -> bool:
    """Whether a node has a gradient that a VJP finds."""
    graph = view.network.graph
    return name in graph.requires_grad and name != graph.loss.name


def _answer(question: Question, view: ViewState) -> Param[tuple[str, Answer] | None]:
    """The answer to a question, with its text; the entries of a gradient that are 0 may be given one by one."""
    return Param(
        "answer",
        partial(_answered, question=question, view=view),
        lambda found: "" if found is None else found[0],
        None,
        many=question.kind == "zeros",
    )


def _answered(text: str, question: Question, view: ViewState) -> tuple[str, Answer] | FieldError:
    answer = _typed(text, question, view.network.shape(question.node))
    return answer if isinstance(answer, FieldError) else (text.strip(" "), answer)


def _typed(text: str, question: Question, shape: Shape) -> Answer | FieldError:
    if question.kind == "zeros":
        return ticked([text], prod(shape))
    if not text.strip(" "):
        return FieldError(LOC, "there is no answer yet; type one, or choose “Show me”")
    if question.kind == "shape":
        return shape_typed(text)
    return numbers_typed(text, () if question.kind == "entry" else shape)


def _reveal(text: str) -> bool | FieldError:
    return text == "1" or FieldError(("query", "reveal"), "reveal is 1 or left out")


REVEAL: Param[bool] = Param("reveal", _reveal, lambda _: "1", False)
