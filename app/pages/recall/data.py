"""Questions to think about before one looks: what there is to go by, what is right, and what an answer looks like."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import isclose
from typing import Literal

from app.engine import NETWORKS, Array, Claim, Known, Match, Trace, diagnose, known_gradients
from app.engine.networks import CANONICAL, MISMATCH
from app.engine.zeros import Zero, zeros
from app.snapshot import trace_of
from app.snapshot.derivation import Derivation, vjp_derivation
from app.snapshot.formulas import bound, filled, forward_rule, gradient, symbols, vjp_equation
from app.snapshot.grade import explained, feedback_sentences, kink_sentences, verdict
from app.snapshot.indices import grad_entry, indices, shape_text
from app.snapshot.jacobian import JacobianView, jacobian
from app.snapshot.models import Expression, Frozen, NestedList
from app.state import Invalid, ViewState

from .answers import Answer, NumbersTyped, ShapeTyped, Ticked
from .question import Question

AnswerVerdict = Literal["right", "rough", "kink", "wrong"]


class Feedback(Frozen):
    """What an answer is, and what there is to say about it.

    `rough` is right as far as its digits go, `kink` what another slope gives where a unit is at its kink.
    """

    verdict: AnswerVerdict
    sentences: list[str]


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


class Costs(Frozen):
    """Every Jacobian of a backward pass, and what they and the VJPs in their place all come to."""

    rows: list[JacobianView]
    entries: int
    zeros: int
    multiply_adds: int
    closed_entries: int
    closed_multiply_adds: int
    local_multiply_adds: int


class Derived(Frozen):
    """One VJP derived by indices, and where the stage derives it."""

    equation: Expression
    derivation: Derivation
    address: str


class HeadGradient(Frozen):
    """The gradient ∂L/∂z of a network: its rule, the sentence about it, its numbers, and where it is derived.

    `on_defaults` is whether its numbers are its own, since those that were asked about do not fit it or overflow.
    """

    network: str
    title: str
    canonical: bool
    on_defaults: bool
    equation: Expression
    says: str
    numbers: NestedList
    address: str


def judge(trace: Trace, question: Question, answer: Answer, found: Sequence[Entry] = ()) -> Feedback:
    """What there is to say about an answer. `trace` is of both passes over the numbers that were asked about, and
    `found` the entries of the gradient, if they are known already."""
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
    if not missed and not not_zero:
        other_slope = any(entry.is_zero == "kink" and ticked != (entry.number == 0) for entry, ticked in rows)
        if other_slope:
            return Feedback(verdict="kink", sentences=kink_sentences(known, name))
        return Feedback(verdict="right", sentences=[])
    return Feedback(verdict="wrong", sentences=_how_many(len(answer.places), not_zero, missed))


def _how_many(ticked: int, not_zero: int, missed: int) -> list[str]:
    """How many of the ticked entries are not 0, and how many that are were missed."""
    said = []
    if not_zero:
        which = f"{not_zero} of the {ticked} ticked entries" if ticked > 1 else "The ticked entry"
        said.append(f"{which} {'is' if not_zero == 1 else 'are'} not 0.")
    if missed:
        said.append(
            "1 entry that is 0 is not ticked." if missed == 1 else f"{missed} entries that are 0 are not ticked."
        )
    return said


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
            left=Expression(text=node.symbol, latex=node.latex),
            rule=forward_rule(graph, node) if node.op else None,
            numbers=trace.values[node.name].tolist(),
        )
        for node in graph.nodes
    ]


def hints(trace: Trace, question: Question) -> list[Hint]:
    """The rules that find the gradient a question is about, with what goes into them from upstream.

    No rule tells a shape; and what the answer can be read off is left out.
    """
    if question.kind == "shape":
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


def entry_names(trace: Trace, name: str) -> list[str]:
    """What the entries of a node's gradient are called, row by row."""
    return [grad_entry(trace.graph, name, index).text for index in indices(trace.grads[name].shape)]


def entries(trace: Trace, name: str) -> list[Entry]:
    """The entries of a node's gradient, row by row."""
    found = zip(entry_names(trace, name), trace.grads[name].ravel().tolist(), zeros(trace, name), strict=True)
    return [Entry(name=called, number=number, is_zero=zero) for called, number, zero in found]


def costs(trace: Trace) -> Costs:
    """Every Jacobian of the backward pass over these numbers, beside its VJP."""
    rows = [jacobian(trace, use) for use in trace.graph.vjps.values()]
    return Costs(
        rows=rows,
        entries=sum(row.entries for row in rows),
        zeros=sum(row.zeros for row in rows),
        multiply_adds=sum(row.multiply_adds for row in rows),
        closed_entries=sum(row.closed_entries for row in rows),
        closed_multiply_adds=sum(row.closed_multiply_adds for row in rows),
        local_multiply_adds=sum(row.local_multiply_adds for row in rows),
    )


def derived(view: ViewState, trace: Trace, op: str = "linear") -> list[Derived]:
    """The VJPs of the first node of an op, derived by indices; none where the network has no such op."""
    graph = trace.graph
    node = next((node for node in graph.ops if node.op.name == op), None)
    return [
        Derived(
            equation=vjp_equation(graph, use.node, use.slot, trace.vjp(use.edge)),
            derivation=vjp_derivation(trace, use),
            address=view.go("backward", use.step).with_view("why").address(),
        )
        for use in graph.vjps.values()
        if use.node is node
    ]


def heads(view: ViewState) -> list[HeadGradient]:
    """What the canonical pairs send back to z, and a pair that is none; all on one x, W and b, those of `view`."""
    return [_head(name, view) for name in (*CANONICAL, MISMATCH)]


def _head_trace(name: str, view: ViewState) -> tuple[ViewState, Trace, bool]:
    """A network of the gallery on the x, W and b of another, if they fit and nothing overflows; else, and then it is
    True, on its own."""
    network = NETWORKS[name]
    own = ViewState(network, "backward", network.defaults)
    layer = {leaf: view.values[leaf] for leaf in ("x", "W", "b") if leaf in view.values}
    if any(view.shapes[leaf] != network.shape(leaf) for leaf in layer):
        return own, trace_of(own), True
    there = own.with_values(layer)
    try:
        return there, trace_of(there), False
    except Invalid:
        return own, trace_of(own), True


def _head(name: str, view: ViewState) -> HeadGradient:
    there, trace, on_defaults = _head_trace(name, view)
    graph = trace.graph
    use = graph.uses["z"][0]
    return HeadGradient(
        network=name,
        title=there.network.title,
        canonical=name in CANONICAL,
        on_defaults=on_defaults,
        equation=vjp_equation(graph, use.node, use.slot, trace.vjp(use.edge)),
        says=filled(trace.vjp(use.edge).says, symbols(graph, use.node)),
        numbers=trace.grads["z"].tolist(),
        address=there.at_gradient_of("z").with_view("why").address(),
    )
