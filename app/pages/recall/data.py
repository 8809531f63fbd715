"""Questions to think about before one looks: what there is to go by, what is right, and what an answer looks like."""

from __future__ import annotations

from typing import Literal

import numpy as np

from app.engine import NETWORKS, Claim, Known, Match, Trace, diagnose, known_gradients
from app.engine.networks import CANONICAL, MISMATCH
from app.snapshot import trace_of
from app.snapshot.derivation import Derivation, vjp_derivation
from app.snapshot.formulas import bound, filled, forward_rule, gradient, symbols, vjp_equation
from app.snapshot.grade import explained, feedback_sentences
from app.snapshot.indices import subscripted
from app.snapshot.jacobian import JacobianView, jacobian
from app.snapshot.models import Expression, Frozen, NestedList
from app.state import Invalid, ViewState

from .answers import Answer, NumbersTyped, ShapeTyped, Ticked
from .question import Question

AnswerVerdict = Literal["right", "rough", "wrong"]


class Feedback(Frozen):
    """What an answer is, and what there is to say about it; `rough` is right as far as its digits go."""

    verdict: AnswerVerdict
    sentences: list[str]


class Given(Frozen):
    """What the forward pass has found for one node: `left` = `rule` = `numbers`, without a rule for a leaf."""

    left: Expression
    rule: Expression | None
    numbers: NestedList


class Hint(Frozen):
    """A VJP that the answer comes from, and the upstream gradient that is put into it."""

    equation: Expression
    upstream: Expression
    v: NestedList


class Costs(Frozen):
    """Every Jacobian that a backward pass avoids, and what they all come to."""

    rows: list[JacobianView]
    entries: int
    zeros: int
    multiply_adds: int
    closed_multiply_adds: int


class Derived(Frozen):
    """One VJP derived by indices, and where the stage derives it."""

    equation: Expression
    derivation: Derivation
    address: str


class HeadGradient(Frozen):
    """The last arrow into z of a network: its rule, the sentence about it, its numbers, and where it is derived."""

    network: str
    title: str
    canonical: bool
    equation: Expression
    says: str
    numbers: NestedList
    address: str


def judge(trace: Trace, question: Question, answer: Answer) -> Feedback:
    """What there is to say about an answer. `trace` is of both passes over the numbers that were asked about."""
    known = known_gradients(trace)
    if isinstance(answer, NumbersTyped):
        return _judge_numbers(known, question, answer)
    if isinstance(answer, Ticked):
        return _judge_ticks(known, question.node, answer)
    return _judge_shape(known, question.node, answer)


def _judge_numbers(known: Known, question: Question, answer: NumbersTyped) -> Feedback:
    index = question.index if question.kind == "entry" else None
    values, low, high = (
        np.array([getattr(number, side) for number in answer.numbers]).reshape(answer.shape)
        for side in ("value", "low", "high")
    )
    found = diagnose(known, {question.node: Claim(values, low, high, index)})[question.node]
    if found.is_right:
        return Feedback(verdict="right", sentences=[])
    expected = found.expected if index is None else np.asarray(found.expected[index])
    if expected.shape == answer.shape and found.entries is not None:
        pairs = zip(answer.numbers, expected.ravel().tolist(), found.entries.ravel().tolist(), strict=True)
        if all(ok or (typed.rough and typed.rough[0] <= true <= typed.rough[1]) for typed, true, ok in pairs):
            return Feedback(verdict="rough", sentences=["With one more digit it can be told from a mistake."])
    return Feedback(verdict="wrong", sentences=feedback_sentences(known.trace.graph, found))


def _judge_ticks(known: Known, name: str, answer: Ticked) -> Feedback:
    right = known.right[name]
    ticks = np.isin(np.arange(right.size), list(answer.places)).reshape(right.shape)
    zeros = right == 0
    if np.array_equal(ticks, zeros):
        return Feedback(verdict="right", sentences=[])
    called = np.array([name for name, _ in entries(known.trace, name)]).reshape(right.shape)
    said = []
    for which, word in ((zeros & ~ticks, "is 0, too"), (ticks & ~zeros, "is not 0")):
        names = called[which].tolist()
        if names:
            said.append(f"{', '.join(names)} {word if len(names) == 1 else word.replace('is', 'are')}.")
    matches = [
        Match(site, site.wrt == name)
        for site, grads in known.wrong
        if grads[name].shape == right.shape and np.array_equal(grads[name] == 0, ticks)
    ]
    own = [match for match in matches if match.own] or matches
    return Feedback(verdict="wrong", sentences=said + explained(known.trace.graph, own))


def _judge_shape(known: Known, name: str, answer: ShapeTyped) -> Feedback:
    graph, values = known.trace.graph, known.trace.values
    wanted, said = values[name].shape, answer.shape
    # a vector written as a column, or a row, is the same numbers; a matrix turned round is not
    if said == wanted or (len(wanted) == 1 and said == (*wanted, 1)):
        return Feedback(verdict="right", sentences=[])
    symbol = graph.by_name[name].symbol
    told = [f"A gradient has the shape of what it belongs to: {wanted}, like {symbol}."]
    for use in graph.uses[name]:
        at = {slot: values[there].shape for slot, there in bound(use.node).items()}
        if use.vjp.jacobian.shape(at) == said:
            told.append(f"{said} is the shape of the Jacobian ∂{use.node.symbol}/∂{symbol}, never built.")
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
    """The rules that find the gradient a question is about, with what goes into them from upstream."""
    graph = trace.graph
    return [
        Hint(
            equation=vjp_equation(graph, use.node, use.slot, trace.vjp(use.edge)),
            upstream=gradient(graph, use.node.name),
            v=trace.grads[use.node.name].tolist(),
        )
        for use in graph.uses[question.node]
    ]


def entries(trace: Trace, name: str) -> list[tuple[str, bool]]:
    """The entries of a node's gradient, row by row: what each is called, and whether it is 0."""
    symbol, grad = gradient(trace.graph, name).text, trace.grads[name]
    return [(subscripted(symbol, index), bool(grad[index] == 0)) for index in np.ndindex(grad.shape)]


def costs(trace: Trace) -> Costs:
    """Every Jacobian that the backward pass over these numbers avoids."""
    rows = [jacobian(trace, use) for use in trace.graph.vjps.values()]
    return Costs(
        rows=rows,
        entries=sum(row.entries for row in rows),
        zeros=sum(row.zeros for row in rows),
        multiply_adds=sum(row.multiply_adds for row in rows),
        closed_multiply_adds=sum(row.closed_multiply_adds for row in rows),
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


def _head_trace(name: str, view: ViewState) -> tuple[ViewState, Trace]:
    """A network of the gallery on the x, W and b of another, if they fit and nothing overflows; else on its own."""
    network = NETWORKS[name]
    own = ViewState(network, "backward", network.defaults)
    layer = {leaf: view.values[leaf] for leaf in ("x", "W", "b") if leaf in view.values}
    if any(np.shape(numbers) != network.shape(leaf) for leaf, numbers in layer.items()):
        return own, trace_of(own)
    there = own.with_values(layer)
    try:
        return there, trace_of(there)
    except Invalid:
        return own, trace_of(own)


def _head(name: str, view: ViewState) -> HeadGradient:
    there, trace = _head_trace(name, view)
    graph = trace.graph
    use = graph.uses["z"][0]
    return HeadGradient(
        network=name,
        title=there.network.title,
        canonical=name in CANONICAL,
        equation=vjp_equation(graph, use.node, use.slot, trace.vjp(use.edge)),
        says=filled(trace.vjp(use.edge).says, symbols(graph, use.node)),
        numbers=trace.grads["z"].tolist(),
        address=there.at_gradient_of("z").with_view("why").address(),
    )
