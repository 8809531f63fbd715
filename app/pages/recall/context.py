"""The recall page's context: one question, what one has to go by, and once there is an answer, what is right and why.

Nothing is judged here that `data` does not judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.digits import Formatted, formatted
from app.engine import Trace
from app.pages.form import Link, error_beside, loose_errors, typed_text
from app.snapshot import Expression, run, trace_of
from app.snapshot.formulas import gradient
from app.snapshot.indices import grad_entry
from app.snapshot.wording import joined
from app.state import Invalid, ViewState, field_text

from .answers import Ticked
from .data import (
    AnswerVerdict,
    Costs,
    Derived,
    Entry,
    Feedback,
    Given,
    HeadGradient,
    Hint,
    costs,
    derived,
    entries,
    entry_names,
    given,
    heads,
    hints,
    judge,
)
from .question import DRAWN, SPOKEN, DrawnKind, Question, RecallState, SpokenKind, shuffled
from .worked import Answered, answered, in_decimals, step_of

# The spoken questions whose answers are shown on the numbers of the picture one came from.
_SHOWN_ON_NUMBERS = ("why-vjp", "by-indices")
_SPOKEN: dict[SpokenKind, str] = {
    "why-vjp": "Why a VJP, and not the Jacobian?",
    "by-indices": "How do the linear layer’s VJPs follow from the chain rule, index by index?",
    "prediction-target": "Why does every canonical pair end in prediction − target?",
}
_LISTED: dict[SpokenKind | DrawnKind, str] = {
    "why-vjp": "Why a VJP?",
    "by-indices": "The linear layer, by indices",
    "prediction-target": "Prediction − target",
    "shape": "A shape",
    "zeros": "The zeros",
    "entry": "One entry",
    "whole": "A whole gradient",
}
_AROUND: dict[DrawnKind, tuple[str, str]] = {
    "shape": ("What shape is", "?"),
    "zeros": ("Which entries of", "are 0?"),
    "entry": ("What is", "?"),
    "whole": ("What is", "?"),
}
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


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: `what` is typeset between `before` and `after`; it is None in a spoken one."""

    before: str
    what: Expression | None = None
    after: str = ""

    @property
    def text(self) -> str:
        """The question in a line."""
        return (
            f"{self.before} {self.what.text}{'' if self.after == '?' else ' '}{self.after}"
            if self.what
            else self.before
        )


@dataclass(frozen=True, slots=True)
class Recall:
    """All that the page's template sees.

    `feedback` is what an answer is, and `shown` whether one sees what is right: `answered`, `costs`, `derived` or
    `heads`. `chosen` says which numbers are asked about where they are not those of the address.
    """

    heading: str
    kind: SpokenKind | DrawnKind
    asked: Asked
    network: str
    stage: str
    given: tuple[tuple[Given, Formatted], ...]
    chosen: str
    hints: tuple[tuple[Hint, Formatted | None], ...]
    field: str
    hint: str
    error: str
    errors: tuple[str, ...]
    boxes: tuple[TickBox, ...]
    hidden: tuple[tuple[str, str], ...]
    show_me: str
    following: str
    verdict: AnswerVerdict | Literal[""]
    verdict_text: str
    feedback: Feedback | None
    shown: bool
    answered: Answered | None
    costs: Costs | None
    derived: tuple[Derived, ...]
    heads: tuple[tuple[HeadGradient, Formatted], ...]
    see: tuple[tuple[str, str], ...]
    from_numbers: tuple[Link, ...]
    to_think_of: tuple[Link, ...]
    here: str


def recall_page(recall: RecallState, problem: Invalid[RecallState] | None = None) -> Recall:
    """The page of a question. `problem` is what was wrong with the address. Raises Invalid on overflow."""
    question, view = recall.question, recall.view
    trace, asked = _trace(recall), _asked(recall)
    found = _found(recall, trace)
    feedback = judge(trace, question, recall.answer, found) if trace and recall.answer is not None else None
    shown = recall.reveal or (feedback is not None and feedback.verdict in _SETTLED)
    verdict_text = _VERDICTS[feedback.verdict] if feedback else "The answer." if shown else ""
    typed = typed_text(problem, "answer", "" if problem else recall.text)
    return Recall(
        heading="Please check the answer" if problem else f"{verdict_text} {asked.text}".strip(),
        kind=question.kind,
        asked=asked,
        network=view.network.title,
        stage=recall.posed.go("forward").address(),
        given=tuple((row, in_decimals(row.numbers)) for row in given(trace)) if trace and asked.what else (),
        chosen=_chosen(recall),
        hints=_hints(trace, question) if trace and asked.what and not shown else (),
        field=typed,
        hint=_how(recall),
        error=error_beside(problem, "answer"),
        errors=loose_errors(problem, ("answer",)),
        boxes=_boxes(recall, trace, typed) if trace and question.kind == "zeros" else (),
        hidden=tuple(recall.with_ask(question).parts()),
        show_me=recall.revealed().address(),
        following=recall.with_ask(recall.following()).address(),
        verdict=feedback.verdict if feedback else "",
        verdict_text=verdict_text,
        feedback=feedback,
        shown=shown,
        answered=answered(recall, trace, found) if trace and asked.what and shown else None,
        costs=costs(trace) if trace and question.kind == "why-vjp" else None,
        derived=tuple(derived(view, trace)) if trace and question.kind == "by-indices" else (),
        heads=_heads(view) if shown and question.kind == "prediction-target" else (),
        see=_see(recall),
        from_numbers=tuple(_choice(recall, kind, shuffled(view, kind)[0]) for kind in DRAWN),
        to_think_of=tuple(_choice(recall, kind, Question(kind)) for kind in SPOKEN),
        here=recall.address(),
    )


def _trace(recall: RecallState) -> Trace | None:
    """The one pass that the page is about. Raises Invalid where a question about numbers finds that they overflow.

    A question to think through needs no numbers; two of them are answered with some, whatever these are.
    """
    kind = recall.question.kind
    if kind not in SPOKEN:
        return trace_of(recall.posed)
    return run(recall.view) if recall.reveal and kind in _SHOWN_ON_NUMBERS else None


def _found(recall: RecallState, trace: Trace | None) -> list[Entry]:
    """The entries of a gradient whose zeros are asked for, once it is told which they are or what was answered."""
    is_told = recall.reveal or recall.answer is not None
    return entries(trace, recall.question.node) if trace and recall.question.kind == "zeros" and is_told else []


def _choice(recall: RecallState, kind: SpokenKind | DrawnKind, question: Question) -> Link:
    return Link(_LISTED[kind], recall.with_ask(question).address(), recall.question.kind == kind)


def _asked(recall: RecallState) -> Asked:
    """The question in words, with what is typeset among them."""
    question, graph = recall.question, recall.view.network.graph
    for kind, text in _SPOKEN.items():
        if question.kind == kind:
            return Asked(text)
    whole = gradient(graph, question.node)
    for drawn_kind, (before, after) in _AROUND.items():
        if question.kind == drawn_kind:
            entry = grad_entry(graph, question.node, question.index) if drawn_kind == "entry" else whole
            return Asked(before, entry, after)
    raise AssertionError("a question that nobody asks")


def _how(recall: RecallState) -> str:
    """What may be typed."""
    kind = recall.question.kind
    if kind == "shape":
        return "such as 3×2, or 2 for a vector"
    if kind == "entry":
        return "a number such as −0.25 or 1/3"
    if kind == "whole":
        shape = recall.view.network.shape(recall.question.node)
        rows = ", semicolons between rows" if len(shape) == 2 else ""
        return f"commas between numbers{rows}"
    return "tick each entry that is 0, or none"


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


def _boxes(recall: RecallState, trace: Trace, typed: str) -> tuple[TickBox, ...]:
    places = recall.answer.places if isinstance(recall.answer, Ticked) else frozenset()
    return tuple(
        TickBox(place + 1, name, place in places or str(place + 1) in typed.split(","))
        for place, name in enumerate(entry_names(trace, recall.question.node))
    )


def _heads(view: ViewState) -> tuple[tuple[HeadGradient, Formatted], ...]:
    return tuple((head, formatted(head.numbers)) for head in heads(view))


def _see(recall: RecallState) -> tuple[tuple[str, str], ...]:
    """Where it is shown, on the network’s page and on others: titles and addresses."""
    view, kind = recall.view, recall.question.kind
    if kind == "why-vjp":
        first = next(iter(view.network.graph.vjps.values()))
        beside = ("See a Jacobian beside its VJP", view.at_gradient_of(first.wrt).with_view("jacobian").address())
        return (beside, ("What both cost at scale", "/cost"))
    if kind == "prediction-target":
        return (("Four output heads, one gradient", "/heads"),)
    if kind in SPOKEN:
        return ()
    there = recall.posed.at_gradient_of(recall.question.node)
    shown = ("See it on the network’s page", step_of(recall).address())
    return (shown, ("Why the rule holds", there.with_view("why").address()))
