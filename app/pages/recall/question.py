"""What is asked at `/recall`, and what was answered: an address ↔ a frozen value.

A question is named in the address, so one address is one page. Which entry, gradient or shape is asked about first, and
which is next, hangs on the network and its numbers alone. Where the default numbers have no 0 to find, a question about
zeros has other ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from math import prod
from typing import Literal

from app.engine import Network, Values
from app.pages.contents import BY_NAME, BoardTitle, boards_of
from app.pages.questions import SPOKEN as _TO_THINK_OF
from app.pages.questions import Level, SpokenKind
from app.state import FieldError, ViewState
from app.state.codec import Param, Reader, address_of, query_of, written
from app.state.numbers import asked
from app.state.query import read_view
from app.state.staging import NAMES as STAGING
from app.state.staging import OFF_STAGE, Staging

from .answers import LOC, Answer, numbers_typed, shape_typed, ticked
from .posed import numbers_with_zeros
from .uses import indices, jacobians, may_be_inactive, saveable

DrawnKind = Literal["shape", "jacobian", "zeros", "entry", "price", "sparse", "saved", "whole", "bracket"]
# The three to think through, and what is drawn from the numbers: each from easy to hard.
SPOKEN: tuple[SpokenKind, ...] = tuple(_TO_THINK_OF)
_LEVELS: Mapping[DrawnKind, Level] = {
    "shape": "easy",
    "jacobian": "easy",
    "zeros": "easy",
    "entry": "medium",
    "price": "medium",
    "sparse": "medium",
    "saved": "medium",
    "whole": "hard",
    "bracket": "hard",
}
DRAWN: tuple[DrawnKind, ...] = tuple(_LEVELS)
LEVELS: dict[DrawnKind | SpokenKind, Level] = dict(_LEVELS.items())
LEVELS |= {kind: one.level for kind, one in _TO_THINK_OF.items()}
_KINDS = (*DRAWN, *SPOKEN)
# Those about a gradient, about the Jacobian of one use of an op, and those whose answer is ticked.
OF_GRADIENT: tuple[DrawnKind, ...] = ("shape", "zeros", "entry", "whole")
OF_JACOBIAN: tuple[DrawnKind, ...] = ("jacobian", "price", "sparse")
TICKED: tuple[DrawnKind, ...] = ("zeros", "saved")
# How many numbers there are to type where these count something.
COUNTED: Mapping[DrawnKind, int] = {"price": 2, "sparse": 2, "bracket": 2}
# The boards that are not those of the step which the question is about.
_BOARDS: Mapping[DrawnKind, str] = {
    "shape": "vjp",
    "jacobian": "jacobian",
    "price": "vjp",
    "sparse": "avoided",
    "saved": "saved",
    "bracket": "chain",
}
# A gradient of more entries than these is no question for a person.
_MAX_TICKS, _MAX_TYPED = 16, 8


@dataclass(frozen=True, slots=True)
class Question:
    """One question: about the gradient of a node, an entry of it, or none of either. `index` counts from 0.

    One about a Jacobian, ∂of/∂node, has the node `of` too; one about a product of them, the leaf it leads to as `node`.
    """

    kind: SpokenKind | DrawnKind
    node: str = ""
    index: tuple[int, ...] = ()
    of: str = ""

    @property
    def key(self) -> str:
        """How an address names it: by-indices, shape.x, zeros.z, W for the whole gradient, W.2.1 for an entry,
        jacobian.z.x for one about ∂z/∂x, bracket.x, saved."""
        if self.kind in (*SPOKEN, "saved"):
            return self.kind
        if self.of:
            return f"{self.kind}.{self.of}.{self.node}"
        name = ".".join([self.node, *(str(i + 1) for i in self.index)])
        return name if self.kind in ("entry", "whole") else f"{self.kind}.{name}"


@dataclass(frozen=True)
class RecallState:
    """A network with its numbers, a question, and how far one is.

    `answer` is what was typed, `reveal` whether the right one is to be shown whatever was, and `staging` how it is
    shown on the stage.
    """

    view: ViewState
    question: Question
    text: str = ""
    answer: Answer | None = None
    reveal: bool = False
    staging: Staging = OFF_STAGE

    @property
    def posed(self) -> ViewState:
        """The network with the numbers that the question is about: those of the address, or for one about zeros, where
        the default numbers have none, some that have."""
        if self.question.kind != "zeros" or self.view.values != self.view.network.defaults:
            return self.view
        found = numbers_with_zeros(self.view.network, _worth_asking(self.view, "zeros"))
        return found.get(self.question.node, self.view)

    @property
    def level(self) -> Level:
        """How hard it is."""
        return LEVELS[self.question.kind]

    @property
    def board(self) -> BoardTitle:
        """The board that explains what is asked."""
        kind = self.question.kind
        for spoken, one in _TO_THINK_OF.items():
            if kind == spoken:
                return BY_NAME[one.board]
        for drawn, name in _BOARDS.items():
            if kind == drawn:
                return BY_NAME[name]
        return boards_of(self.view.at_gradient_of(self.question.node))[0]

    def with_ask(self, question: Question) -> RecallState:
        """Another question about the same numbers."""
        return RecallState(self.view, question, staging=self.staging)

    def revealed(self) -> RecallState:
        """The same question, with what was answered, and what is right."""
        return replace(self, reveal=True)

    def staged(self, stage: str | None) -> RecallState:
        """The same on the stage, which shows that, or on a page of its own again."""
        return replace(self, staging=self.staging.showing(stage))

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
        return self.view.number_parts() + written(params, own) + self.staging.parts()

    def address(self) -> str:
        """The canonical address."""
        return address_of("/recall", query_of(self.parts()))


def recall_from_query(query: str | Reader) -> RecallState:
    """Read the query of a page. Raises Invalid."""
    reader = Reader.of(query)
    view = read_view(reader, "backward", ("q", "answer", "reveal", *STAGING), many=("answer",))
    staging, view = view.staging, view.with_staging(view.staging.handed_on)
    question = reader.read(_question(view))
    recall = RecallState(view, question, reveal=reader.read(REVEAL), staging=staging)
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
    return list(_shuffled(view.network, tuple(view.values.items()), kind))


@lru_cache(maxsize=512)  # a page has some twenty addresses, each of which leaves out the question that comes first
def _shuffled(
    network: Network, numbers: tuple[tuple[str, Values], ...], kind: DrawnKind | SpokenKind
) -> tuple[Question, ...]:
    view = ViewState(network, "backward", dict(numbers))
    mixed = sorted(_all_of(view, kind), key=lambda question: _mix(view, question))
    if kind == "zeros":
        mixed.sort(key=lambda question: not may_be_inactive(network.graph, question.node))
    return tuple(mixed)


def _all_of(view: ViewState, kind: DrawnKind | SpokenKind) -> list[Question]:
    graph, nodes = view.network.graph, _worth_asking(view, kind)
    if kind == "saved":
        return [Question(kind)]
    if kind in OF_JACOBIAN:
        return [Question(kind, use.wrt, of=use.node.name) for use in jacobians(graph, kind)]
    if kind == "bracket":
        return [Question(kind, leaf.name) for leaf in graph.leaves if leaf.name in graph.requires_grad]
    if kind == "zeros" and view.values == view.network.defaults:
        nodes = tuple(numbers_with_zeros(view.network, nodes)) or nodes
    if kind == "entry":
        return [Question("entry", name, i) for name in nodes for i in indices(view.network.shape(name))]
    return [Question(kind, name) for name in nodes]


def _worth_asking(view: ViewState, kind: DrawnKind | SpokenKind) -> tuple[str, ...]:
    """The nodes whose gradients a question of a kind may be about: those that a person can tick or type all of."""
    graph = view.network.graph
    nodes = [node.name for node in graph.nodes if node.name in graph.requires_grad and node is not graph.loss]
    if kind not in ("zeros", "whole"):
        return tuple(nodes)
    most = _MAX_TICKS if kind == "zeros" else _MAX_TYPED
    return tuple(name for name in nodes if 1 < prod(view.network.shape(name)) <= most) or tuple(nodes)


def _mix(view: ViewState, question: Question) -> bytes:
    return hashlib.sha256(f"{view.numbers_query} {question.key}".encode()).digest()


def _question(view: ViewState) -> Param[Question]:
    """The question about a network's numbers."""
    return Param("q", partial(_read, view=view), lambda question: question.key, first(view))


def _read(key: str, view: ViewState) -> Question | FieldError:
    return _named(key, view) or FieldError(("query", "q"), _what_there_is(view))


def _what_there_is(view: ViewState) -> str:
    """What `q` may be, an example of each kind."""
    first_of: dict[DrawnKind | SpokenKind, str] = {}
    for key, one in named_questions(view).items():
        first_of.setdefault(one.kind, key)
    examples: list[str] = [first_of[kind] for kind in DRAWN if kind in first_of]
    *others, last = examples + [str(kind) for kind in SPOKEN]
    return f"q names an entry such as W.2.1, a gradient such as W, or {', '.join(others)} or {last}"


def _named(key: str, view: ViewState) -> Question | None:
    for spoken in SPOKEN:
        if key == spoken:
            return Question(spoken)
    if key in named_questions(view):
        return named_questions(view)[key]
    if _takes_one(view, key) and view.network.shape(key):
        return Question("whole", key)
    entry = asked(key, ("query", "q"), view.shapes)
    if isinstance(entry, FieldError) or not _takes_one(view, entry.partition(".")[0]):
        return None
    name, *places = entry.split(".")
    return Question("entry", name, tuple(int(place) - 1 for place in places))


def named_questions(view: ViewState) -> Mapping[str, Question]:
    """The questions whose addresses begin with their kind, by how an address names them."""
    graph = view.network.graph
    nodes = [node.name for node in graph.nodes if _takes_one(view, node.name)]
    kinds: tuple[DrawnKind, ...] = ("shape", "zeros")
    found = [Question(kind, name) for kind in kinds for name in nodes]
    found += [Question(kind, use.wrt, of=use.node.name) for kind in OF_JACOBIAN for use in jacobians(graph, kind)]
    found += [*_all_of(view, "bracket"), *_all_of(view, "saved")]
    return {one.key: one for one in found}


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
        many=question.kind in TICKED,
    )


def _answered(text: str, question: Question, view: ViewState) -> tuple[str, Answer] | FieldError:
    answer = _typed(text, question, view)
    return answer if isinstance(answer, FieldError) else (text.strip(" "), answer)


def _typed(text: str, question: Question, view: ViewState) -> Answer | FieldError:
    if question.kind == "saved":
        return ticked([text], len(saveable(view.network.graph)))
    if question.kind == "zeros":
        return ticked([text], prod(view.network.shape(question.node)))
    if not text.strip(" "):
        return FieldError(LOC, "there is no answer yet; type one, or choose “Show me”")
    if question.kind in ("shape", "jacobian"):
        return shape_typed(text)
    for kind, count in COUNTED.items():
        if question.kind == kind:
            return numbers_typed(text, (count,))
    return numbers_typed(text, () if question.kind == "entry" else view.network.shape(question.node))


def _reveal(text: str) -> bool | FieldError:
    return text == "1" or FieldError(("query", "reveal"), "reveal is 1 or left out")


REVEAL: Param[bool] = Param("reveal", _reveal, lambda _: "1", False)
