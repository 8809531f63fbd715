"""The recall page's context: one question, what one has to go by, and once there is an answer, what is right and why.

Nothing is judged here that `data` does not judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.digits import Formatted, Line, entry_line, formatted, line, min_decimals
from app.engine import Trace
from app.pages.form import Link, error_beside, loose_errors, typed_text
from app.snapshot import Current, Expansion, Expression, NestedList, NodeView, explained_snapshot, run, trace_of
from app.snapshot.formulas import gradient
from app.snapshot.indices import grad_entry, key
from app.state import Invalid, ViewState

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
class Zeros:
    """Which entries are 0, by name: all of them, and those whose units are inactive, for the `reason`.

    `hidden` are those that cannot be told from 0 for rounding, and `rounded` those that are 0 where a float64 gives
    something else, each with that number.
    """

    names: tuple[str, ...]
    inactive: tuple[str, ...]
    reason: str
    hidden: tuple[str, ...]
    rounded: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What is right about a gradient: the step that finds it, with its numbers, and one of its entries term by term.

    `href_of` a node and `ask` for an entry lead to the network’s page; the macros that draw formulas call them.
    """

    current: Current
    line: Line | None
    asked: Expansion | None
    entry: Line | None
    result: str
    shape: tuple[int, ...]
    like: str
    zeros: Zeros | None
    view: ViewState

    def ask(self, entry: str) -> str:
        """Where the network’s page says how an entry came about."""
        return self.view.with_ask(entry).address()

    def href_of(self, name: str) -> str:
        """Where the network’s page finds a node's gradient; for what takes none, where this step is."""
        takes = name in self.view.network.graph.requires_grad
        return (self.view.at_gradient_of(name) if takes else self.view).address()


@dataclass(frozen=True, slots=True)
class Recall:
    """All that the page's template sees. `what` is typeset between `before` and `after`, None in a spoken question.

    `feedback` is what an answer is, `answered`, `costs`, `derived` and `heads` what is right, once it is to be seen.
    """

    heading: str
    kind: SpokenKind | DrawnKind
    before: str
    what: Expression | None
    after: str
    network: str
    stage: str
    given: tuple[tuple[Given, Formatted], ...]
    hints: tuple[tuple[Hint, Formatted], ...]
    field: str
    hint: str
    error: str
    errors: tuple[str, ...]
    boxes: tuple[TickBox, ...]
    hidden: tuple[tuple[str, str], ...]
    unsure: str
    another: str | None
    verdict: AnswerVerdict | Literal[""]
    verdict_text: str
    feedback: Feedback | None
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
    question, view, answer = recall.question, recall.view, recall.answer
    trace, (before, what, after) = _trace(recall), _asked(recall)
    found = entries(trace, question.node) if trace and question.kind == "zeros" and recall.shows_answer else []
    feedback = judge(trace, question, answer, found) if trace and answer is not None else None
    another = recall.another()
    verdict_text = _VERDICTS[feedback.verdict] if feedback else "The answer." if recall.shows_answer else ""
    typed = typed_text(problem, "answer", "" if problem else recall.text)
    text = f"{before} {what.text}{'' if after == '?' else ' '}{after}" if what else before
    return Recall(
        heading=f"{verdict_text} {text}".strip() if problem is None else "Please check the answer",
        kind=question.kind,
        before=before,
        what=what,
        after=after,
        network=view.network.title,
        stage=view.go("forward").address(),
        given=tuple((row, _formatted(row.numbers)) for row in given(trace)) if trace and what else (),
        hints=tuple((hint, formatted(hint.v)) for hint in hints(trace, question)) if trace and what else (),
        field=typed,
        hint=_how(recall),
        error=error_beside(problem, "answer"),
        errors=loose_errors(problem, ("answer",)),
        boxes=_boxes(recall, trace, typed) if trace and question.kind == "zeros" else (),
        hidden=tuple(recall.with_ask(question).parts()),
        unsure=recall.revealed().address(),
        another=recall.with_ask(another).address() if another else None,
        verdict=feedback.verdict if feedback else "",
        verdict_text=verdict_text,
        feedback=feedback,
        answered=_answered(recall, trace, found) if trace and what and recall.shows_answer else None,
        costs=costs(trace) if trace and question.kind == "why-vjp" else None,
        derived=tuple(derived(view, trace)) if trace and question.kind == "by-indices" else (),
        heads=_heads(view) if recall.shows_answer and question.kind == "prediction-target" else (),
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
        return trace_of(recall.view)
    return run(recall.view) if recall.shows_answer and kind in _SHOWN_ON_NUMBERS else None


def _choice(recall: RecallState, kind: SpokenKind | DrawnKind, question: Question) -> Link:
    return Link(_LISTED[kind], recall.with_ask(question).address(), recall.question.kind == kind)


def _asked(recall: RecallState) -> tuple[str, Expression | None, str]:
    """The question: words, what is typeset, words."""
    question, graph = recall.question, recall.view.network.graph
    for kind, text in _SPOKEN.items():
        if question.kind == kind:
            return text, None, ""
    whole = gradient(graph, question.node)
    for drawn_kind, (before, after) in _AROUND.items():
        if question.kind == drawn_kind:
            return before, grad_entry(graph, question.node, question.index) if drawn_kind == "entry" else whole, after
    raise AssertionError("a question that nobody asks")


def _there(recall: RecallState) -> ViewState:
    """The step of the network’s page that finds what is asked, with the entry's own question if it is one."""
    question = recall.question
    there = recall.view.at_gradient_of(question.node)
    return there.with_ask(key(question.node, question.index)) if question.kind == "entry" else there


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
    return ""


def _boxes(recall: RecallState, trace: Trace, typed: str) -> tuple[TickBox, ...]:
    places = recall.answer.places if isinstance(recall.answer, Ticked) else frozenset()
    return tuple(
        TickBox(place + 1, name, place in places or str(place + 1) in typed.split(","))
        for place, name in enumerate(entry_names(trace, recall.question.node))
    )


def _answered(recall: RecallState, trace: Trace, found: list[Entry]) -> Answered:
    question, there = recall.question, _there(recall)
    if question.kind == "whole":  # its first entry stands for all of them
        shape = recall.view.network.shape(question.node)
        there = there.with_ask(key(question.node, (0,) * len(shape)))
    snapshot = explained_snapshot(there, trace)
    node = snapshot.node(question.node)
    drawn_entry = entry_line(snapshot.ask, scalar=not node.shape) if snapshot.ask else None
    current = snapshot.current
    result = _formatted(current.result) if current.result is not None else None
    return Answered(
        current=current,
        line=line(current),
        asked=snapshot.ask,
        entry=drawn_entry,
        result=drawn_entry.result.texts[0] if drawn_entry else "",
        shape=result.shape if result else (),
        like=node.symbol,
        zeros=_zeros(node, found) if question.kind == "zeros" else None,
        view=there.with_ask(None),
    )


def _zeros(node: NodeView, found: list[Entry]) -> Zeros:
    is_inactive = node.inactive.entries if node.inactive else [False] * len(found)
    zero = [entry.is_zero == "zero" or (entry.is_zero == "kink" and entry.number == 0) for entry in found]
    return Zeros(
        names=tuple(entry.name for entry, is_zero in zip(found, zero, strict=True) if is_zero),
        inactive=tuple(entry.name for entry, inactive in zip(found, is_inactive, strict=True) if inactive),
        reason=node.inactive.reason if node.inactive else "",
        hidden=tuple(entry.name for entry in found if entry.is_zero == "hidden"),
        rounded=tuple(
            (entry.name, formatted(entry.number).texts[0])
            for entry in found
            if entry.is_zero == "zero" and entry.number != 0
        ),
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
    there = view.at_gradient_of(recall.question.node)
    shown = ("See it on the network’s page", _there(recall).address())
    return (shown, ("Why the rule holds", there.with_view("why").address()))


def _formatted(values: NestedList) -> Formatted:
    return formatted(values, least=min_decimals(values, grad=False))
