"""The recall page's context: one question, what one has to go by, and once there is an answer, what is right and why.

Nothing is judged here that `data` does not judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.digits import Formatted, formatted
from app.engine import Trace
from app.pages.form import error_beside, loose_errors, typed_text
from app.pages.header import address_to
from app.pages.questions import SPOKEN as _TO_THINK_OF
from app.pages.questions import Colour, Level, Line, SpokenKind, Think, think
from app.snapshot import Expression, trace_of
from app.snapshot.formulas import gradient
from app.snapshot.indices import grad_entry
from app.snapshot.wording import joined
from app.state import Invalid, field_text

from . import counts
from .answers import Ticked
from .data import Entry, Given, Hint, boxes, entries, given, hints, judge
from .feedback import AnswerVerdict, Feedback
from .listed import Listed, OfBoard, by_board, to_think_of
from .question import OF_GRADIENT, SPOKEN, TICKED, DrawnKind, Question, RecallState
from .worked import Answered, answered, in_decimals, step_of

# What stands around the formula that a question is about.
_AROUND: Mapping[DrawnKind, tuple[str, str]] = {
    "shape": ("What shape is", "?"),
    "zeros": ("Which entries of", "are 0?"),
    "entry": ("What is", "?"),
    "whole": ("What is", "?"),
    "jacobian": ("What shape is the Jacobian", "?"),
    "price": ("How many multiply-adds does", "take, and how many would vᵀJ with the Jacobian?"),
    "sparse": ("How many entries does", "have, and how many of them can be other than 0?"),
    "bracket": ("How many multiply-adds does", "take from the left, and how many from the right?"),
    "saved": ("Which values does the forward pass save for the backward pass?", ""),
}
# Those whose formula holds no gradient.
_OF_VALUES: tuple[DrawnKind, ...] = ("jacobian", "sparse")
# What may be typed, and what of it is to be known.
_HOW: Mapping[DrawnKind, str] = {
    "shape": "such as 3×2, or 2 for a vector",
    "zeros": "tick each entry that is 0, or none",
    "entry": "a number such as −0.25 or 1/3",
    "jacobian": "rows, then columns, such as 3×2",
    "price": "two numbers with a comma between them; J and local derivatives are given",
    "sparse": "two numbers with a comma between them; for whatever values the network has",
    "bracket": "two numbers with a comma between them; zeros count like all entries",
    "saved": "tick each value that a VJP reads",
}
# What the boxes are for.
_LEGENDS: Mapping[DrawnKind, str] = {"zeros": "Entries that are 0", "saved": "Values that are saved"}
# The answers that are as right as can be: what is right is shown beside them. To another one may be tried.
_SETTLED: tuple[AnswerVerdict, ...] = ("right", "kink")
_VERDICTS: dict[AnswerVerdict, str] = {
    "right": "✓ Right.",
    "rough": "≈ Right to the digits given; give one more to be sure.",
    "kink": "≈ A subgradient, by another convention.",
    "wrong": "✗ Not yet.",
}


@dataclass(frozen=True, slots=True)
class TickBox:
    """An entry to tick: its number in the address, its name, and whether it is ticked."""

    place: int
    name: str
    ticked: bool


# How the LaTeX of a product of Jacobians sets them apart.
_FRACTION = r"\frac"
_APART = rf"\,{_FRACTION}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: `what` is typeset between `before` and `after`; it is None in one that names no formula. It is a
    gradient, or of values alone."""

    before: str
    what: Expression | None = None
    after: str = ""
    colour: Colour = "grad"

    @property
    def text(self) -> str:
        """The question in a line."""
        return (
            f"{self.before} {self.what.text}{'' if self.after == '?' else ' '}{self.after}"
            if self.what
            else self.before
        )

    @property
    def factors(self) -> tuple[str, ...]:
        """The LaTeX of the formula in parts, between which a line may end: the factors of a product of Jacobians."""
        if self.what is None:
            return ()
        first, *others = self.what.latex.split(_APART)
        return (first, *(_FRACTION + other for other in others))


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """Where an answer is given: a field with its text and how it is filled, or boxes to tick, and what is sent along.

    `counts` is whether multiply-adds are asked for; `error` is what is wrong with what was typed.
    """

    field: str
    how: str
    counts: bool
    error: str
    legend: str
    boxes: tuple[TickBox, ...]
    hidden: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What is right where an answer is a count or a choice: in a sentence, and in lines."""

    says: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Recall:
    """All that the page's template sees.

    `think` is the question with its answer where it is one to think through. Of one that is drawn, `feedback` is what
    an answer is, and `shown` whether one sees what is right: `answered` of a gradient, `told` of all else. `chosen`
    says which numbers are asked about where they are not those of the address. `see` is where to look again, and
    `lecture` the question in lecture mode.
    """

    heading: str
    kind: SpokenKind | DrawnKind
    level: Level
    asked: Asked
    think: Think | None
    network: str
    stage: str
    lecture: str
    given: tuple[tuple[Given, Formatted], ...]
    chosen: str
    hints: tuple[tuple[Hint, Formatted | None], ...]
    clue: str
    form: AnswerForm
    errors: tuple[str, ...]
    show_me: str
    following: str
    verdict: AnswerVerdict | Literal[""]
    verdict_text: str
    feedback: Feedback | None
    shown: bool
    answered: Answered | None
    told: Told | None
    board: tuple[str, str]
    see: tuple[tuple[str, str], ...]
    by_board: tuple[OfBoard, ...]
    to_think_of: tuple[Listed, ...]
    here: str


def recall_page(recall: RecallState, problem: Invalid[RecallState] | None = None) -> Recall:
    """The page of a question. `problem` is what was wrong with the address. Raises Invalid on overflow."""
    question, view, asked = recall.question, recall.view, _asked(recall)
    drawn = _drawn(recall)
    shown = recall.reveal or (drawn.feedback is not None and drawn.feedback.verdict in _SETTLED)
    verdict_text = _VERDICTS[drawn.feedback.verdict] if drawn.feedback else "The answer." if shown else ""
    told = drawn.trace if shown else None
    is_gradient = question.kind in OF_GRADIENT
    return Recall(
        heading="Please check the answer" if problem else f"{verdict_text} {asked.text}".strip(),
        kind=question.kind,
        level=recall.level,
        asked=asked,
        think=_think(recall),
        network=view.network.title,
        stage=recall.posed.go("forward").address(),
        lecture=recall.with_ask(question).staged("1").address(),
        given=tuple((row, in_decimals(row.numbers)) for row in given(drawn.trace)) if drawn.trace else (),
        chosen=_chosen(recall),
        hints=_hints(drawn.trace, question) if drawn.trace and not shown else (),
        clue=counts.hint(drawn.trace, question) if drawn.trace and not shown else "",
        form=_form(recall, drawn.trace, problem),
        errors=loose_errors(problem, ("answer",)),
        show_me=recall.revealed().address(),
        following=recall.with_ask(recall.following()).address(),
        verdict=drawn.feedback.verdict if drawn.feedback else "",
        verdict_text=verdict_text,
        feedback=drawn.feedback,
        shown=shown,
        answered=answered(recall, told, drawn.found) if told and is_gradient else None,
        told=Told(*counts.worked(told, question)) if told and not is_gradient else None,
        board=(recall.board.label, recall.board.address(recall.posed)),
        see=_see(recall),
        by_board=by_board(recall),
        to_think_of=to_think_of(recall),
        here=recall.address(),
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A question about numbers: the one pass that the page is about, the entries whose zeros are asked for, and what
    an answer is."""

    trace: Trace | None = None
    found: tuple[Entry, ...] = ()
    feedback: Feedback | None = None


def _drawn(recall: RecallState) -> _Drawn:
    """What is found for a question about numbers. Raises Invalid where these overflow; one to think through needs none.

    Which entries are 0 is worked out once it is told or something was answered.
    """
    question, answer = recall.question, recall.answer
    if question.kind in SPOKEN:
        return _Drawn()
    trace = trace_of(recall.posed)
    is_told = recall.reveal or answer is not None
    found = tuple(entries(trace, question.node)) if question.kind == "zeros" and is_told else ()
    return _Drawn(trace, found, None if answer is None else judge(trace, question, answer, found))


def _think(recall: RecallState) -> Think | None:
    return next((think(kind, recall.view) for kind in SPOKEN if kind == recall.question.kind), None)


def _asked(recall: RecallState) -> Asked:
    """The question in words, with what is typeset among them."""
    question, graph = recall.question, recall.view.network.graph
    for kind, spoken in _TO_THINK_OF.items():
        if question.kind == kind:
            return Asked(spoken.question)
    what = counts.asked_about(graph, question)
    if question.kind == "entry":
        what = grad_entry(graph, question.node, question.index)
    elif question.kind in OF_GRADIENT:
        what = gradient(graph, question.node)
    before, after = next(around for drawn, around in _AROUND.items() if drawn == question.kind)
    return Asked(before, what, after, "value" if question.kind in _OF_VALUES else "grad")


def _how(recall: RecallState) -> str:
    """What may be typed."""
    kind = recall.question.kind
    if kind == "whole":
        shape = recall.view.network.shape(recall.question.node)
        rows = ", semicolons between rows" if len(shape) == 2 else ""
        return f"commas between numbers{rows}"
    return next((text for one, text in _HOW.items() if one == kind), "")


def _chosen(recall: RecallState) -> str:
    """Which numbers are asked about, where these are not those of the address."""
    own, posed, leaves = recall.view.values, recall.posed.values, recall.view.network.graph.leaves
    changed = [
        f"{leaf.symbol} = {field_text(posed[leaf.name])}" for leaf in leaves if posed[leaf.name] != own[leaf.name]
    ]
    if not changed:
        return ""
    numbers = joined(changed).replace("-", "−")
    return f"This is asked with {numbers}: with the default numbers, none of these entries is 0."


def _hints(trace: Trace, question: Question) -> tuple[tuple[Hint, Formatted | None], ...]:
    return tuple((hint, None if hint.v is None else formatted(hint.v)) for hint in hints(trace, question))


def _form(recall: RecallState, trace: Trace | None, problem: Invalid[RecallState] | None) -> AnswerForm:
    question = recall.question
    typed = typed_text(problem, "answer", "" if problem else recall.text)
    return AnswerForm(
        field=typed,
        how=_how(recall),
        counts=question.kind in ("price", "bracket"),
        error=error_beside(problem, "answer"),
        legend=next((text for kind, text in _LEGENDS.items() if kind == question.kind), ""),
        boxes=_boxes(recall, trace, typed) if trace and question.kind in TICKED else (),
        hidden=tuple(recall.with_ask(question).parts()),
    )


def _boxes(recall: RecallState, trace: Trace, typed: str) -> tuple[TickBox, ...]:
    places = recall.answer.places if isinstance(recall.answer, Ticked) else frozenset()
    return tuple(
        TickBox(place + 1, name, place in places or str(place + 1) in typed.split(","))
        for place, name in enumerate(boxes(trace, recall.question))
    )


def _see(recall: RecallState) -> tuple[tuple[str, str], ...]:
    """Where it is shown beside its board, on the network’s page and on others: titles and addresses."""
    view, kind = recall.view, recall.question.kind
    if kind == "why-vjp":
        first = next(iter(view.network.graph.vjps.values()))
        beside = ("See a Jacobian beside its VJP", view.at_gradient_of(first.wrt).with_view("jacobian").address())
        return (beside, ("What both cost at scale", address_to("/cost", view)))
    if kind == "by-indices":
        graph = view.network.graph
        first = next(graph.vjps[op.name, "W"] for op in graph.ops if "W" in op.op.vjps)  # a chain has several
        there = view.at_gradient_of(first.wrt).with_view("why")
        return (("See the rule derived on the network’s page", there.address()),)
    if kind == "prediction-target":
        return (("Four output heads, one gradient", "/heads"),)
    shown = ("See it on the network’s page", step_of(recall).address())
    if kind not in OF_GRADIENT:
        return (shown,)
    there = recall.posed.at_gradient_of(recall.question.node)
    return (shown, ("Why the rule holds", there.with_view("why").address()))
