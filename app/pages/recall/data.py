"""Questions to think about before one looks: what there is to go by, what is right, and what an answer looks like."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import isclose

from app.engine import Array, Claim, Known, Match, Trace, diagnose, known_gradients
from app.engine.zeros import Zero, zeros
from app.snapshot.formulas import bound, each, forward_rule, gradient, vjp_equation
from app.snapshot.grade import explained, feedback_sentences, kink_sentences, verdict
from app.snapshot.indices import grad_entry, indices, shape_text
from app.snapshot.models import Expression, Frozen, NestedList

from . import counts
from .answers import Answer, NumbersTyped, ShapeTyped, Ticked
from .feedback import Feedback, judged_ticks
from .question import OF_GRADIENT, Question


class Given(Frozen):
    """What the forward pass has found for one node: `left` = `rule` = `numbers`, without a rule for a leaf."""

    left: Expression
    rule: Expression | None
    numbers: NestedList


class Hint(Frozen):
    """A VJP that the answer comes from, and the upstream gradient that is put into it.

    `v` are its numbers; None where one of them is a number of the answer, which is to be found first.
    """

    equation: Expression
    upstream: Expression
    v: NestedList | None


class Entry(Frozen):
    """An entry of a gradient: what it is called, the number that a float64 gives, and whether it is 0 in truth."""

    name: str
    number: float
    is_zero: Zero

    @property
    def is_told(self) -> bool:
        """Whether it can be told if it is 0."""
        return self.is_zero in ("zero", "not zero")


def judge(trace: Trace, question: Question, answer: Answer, found: Sequence[Entry] = ()) -> Feedback:
    """What there is to say about an answer. `trace` is of both passes over the numbers that were asked about, and
    `found` the entries of the gradient, if they are known already."""
    if question.kind not in OF_GRADIENT:
        return counts.judge(trace, question, answer)
    known = known_gradients(trace)
    if isinstance(answer, NumbersTyped):
        return _judge_numbers(known, question, answer)
    if isinstance(answer, Ticked):
        return _judge_ticks(known, question.node, answer, found or entries(trace, question.node))
    return _judge_shape(known, question.node, answer)


def _judge_numbers(known: Known, question: Question, answer: NumbersTyped) -> Feedback:
    index = question.index if question.kind == "entry" else None
    numbers = [(number.value, number.low, number.high) for number in answer.numbers]
    claim = Claim.typed(numbers, answer.shape, index)
    found = diagnose(known, {question.node: claim})[question.node]
    if found.wrong is not None and found.wrong.any():
        expected = found.expected if index is None else found.expected[index]
        pairs = zip(answer.numbers, expected.ravel().tolist(), found.wrong.ravel().tolist(), strict=True)
        wrong = [(typed, number) for typed, number, is_wrong in pairs if is_wrong]
        if all(typed.rough and typed.rough[0] <= number <= typed.rough[1] for typed, number in wrong):
            if all(typed.value for typed, _ in wrong):
                return Feedback(verdict="rough", sentences=[])
            return Feedback(verdict="wrong", sentences=["What rounds to 0 is not 0: give its first digits."])
    return Feedback(verdict=verdict(found), sentences=feedback_sentences(known, found, claim, answered=False))


def _judge_ticks(known: Known, name: str, answer: Ticked, found: Sequence[Entry]) -> Feedback:
    """What was ticked, judged; of a wrong answer it is said how much is wrong, and not which entries are 0."""
    rows = [(entry, place in answer.places) for place, entry in enumerate(found)]
    missed = sum(entry.is_zero == "zero" and not ticked for entry, ticked in rows)
    not_zero = sum(entry.is_zero == "not zero" and ticked for entry, ticked in rows)
    other_slope = any(entry.is_zero == "kink" and ticked != (entry.number == 0) for entry, ticked in rows)
    if other_slope and not missed and not not_zero:
        return Feedback(verdict="kink", sentences=kink_sentences(known, name))
    return judged_ticks(missed, not_zero, len(answer.places), noun="entry", is_so="0")


def _judge_shape(known: Known, name: str, answer: ShapeTyped) -> Feedback:
    graph, values = known.trace.graph, known.trace.values
    wanted, said = values[name].shape, answer.shape
    if said == wanted:
        return Feedback(verdict="right", sentences=[])
    symbol = graph.by_name[name].symbol
    told = [f"{shape_text(said)} is not the shape of {symbol}." if said else f"{symbol} is not a scalar."]
    if len(wanted) == 1 < len(said) and 1 in said:  # a column or a row
        told = [f"{told[0][:-1]}: {symbol} is a vector, and a vector has one size."]
    for use in graph.uses[name]:
        at = {slot: values[there].shape for slot, there in bound(use.node).items()}
        if use.vjp.jacobian.shape(at) == said:
            told.append(
                f"{shape_text(said)} is the shape of the Jacobian ∂{use.node.symbol}/∂{symbol}, which the VJP avoids."
            )
    matches = [Match(site, True) for site, grads in known.wrong if site.wrt == name and grads[name].shape == said]
    return Feedback(verdict="wrong", sentences=told + explained(graph, matches))


def given(trace: Trace) -> list[Given]:
    """What a person has to go by: every value."""
    graph = trace.graph
    return [
        Given(
            left=each(graph, node.name) if node.op else Expression(text=node.symbol, latex=node.latex),
            rule=forward_rule(graph, node) if node.op else None,
            numbers=trace.values[node.name].tolist(),
        )
        for node in graph.nodes
    ]


def hints(trace: Trace, question: Question) -> list[Hint]:
    """The rules that find the gradient a question is about, with what goes into them from upstream.

    No rule tells a shape; and what the answer can be read off is left out.
    """
    if question.kind == "shape" or question.kind not in OF_GRADIENT:
        return []
    graph = trace.graph
    grad = trace.grads[question.node]
    answer = grad[question.index] if question.kind == "entry" else grad
    return [
        Hint(
            equation=vjp_equation(graph, use.node, use.slot, trace.vjp(use.edge)),
            upstream=gradient(graph, use.node.name),
            v=None if _shares(trace.grads[use.node.name], answer) else trace.grads[use.node.name].tolist(),
        )
        for use in graph.uses[question.node]
    ]


def _shares(v: Array, answer: Array) -> bool:
    """Whether two arrays share a number, but for its sign, as far as a hand that rounds can tell."""
    pairs = product(v.ravel().tolist(), answer.ravel().tolist())
    return any(isclose(abs(one), abs(other), rel_tol=0.01, abs_tol=1e-12) for one, other in pairs)


def boxes(trace: Trace, question: Question) -> list[str]:
    """What there is to tick, by name: the entries of a gradient, row by row, or what a forward pass may save."""
    if question.kind == "saved":
        return [name for name, _ in counts.saved_values(trace.graph)]
    return entry_names(trace, question.node)


def entry_names(trace: Trace, name: str) -> list[str]:
    """What the entries of a node's gradient are called, row by row."""
    return [grad_entry(trace.graph, name, index).text for index in indices(trace.grads[name].shape)]


def entries(trace: Trace, name: str) -> list[Entry]:
    """The entries of a node's gradient, row by row."""
    found = zip(entry_names(trace, name), trace.grads[name].ravel().tolist(), zeros(trace, name), strict=True)
    return [Entry(name=called, number=number, is_zero=zero) for called, number, zero in found]
