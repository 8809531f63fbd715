"""Questions to think about before one looks: what a person has to go by, what is right, and what an answer looks like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import numpy as np

from app.engine import NETWORKS, Array, Claim, Graph, Match, as_arrays, diagnose, known_gradients
from app.engine.networks import CANONICAL, MISMATCH
from app.snapshot.build import snapshot_dict
from app.snapshot.expansion import subscripted
from app.snapshot.formulas import bound, filled, forward_rule, gradient, symbols, vjp_equation
from app.snapshot.grade import explained, feedback_sentences
from app.snapshot.models import Expression, Frozen, NestedList
from app.snapshot.view_models import Derivation, JacobianView
from app.snapshot.views import derivation, jacobian
from app.state import Invalid, ViewState

from .answers import NumbersTyped, ShapeTyped, Ticked
from .question import Question, RecallState

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


def judge(recall: RecallState) -> Feedback | None:
    """What there is to say about the answer; None without one."""
    answer = recall.answer
    if answer is None:
        return None
    if isinstance(answer, NumbersTyped):
        return _judge_numbers(recall, answer)
    if isinstance(answer, Ticked):
        return _judge_ticks(recall, answer)
    return _judge_shape(recall, answer)


def _judge_numbers(recall: RecallState, answer: NumbersTyped) -> Feedback:
    graph, question = recall.view.network.graph, recall.question
    index = question.index if question.kind == "entry" else None
    values, low, high = (
        np.array([getattr(number, side) for number in answer.numbers]).reshape(answer.shape)
        for side in ("value", "low", "high")
    )
    known = known_gradients(graph, as_arrays(recall.view.values))
    found = diagnose(known, {question.node: Claim(values, low, high, index)})[question.node]
    if found.is_right:
        return Feedback(verdict="right", sentences=[])
    expected = found.expected if index is None else np.asarray(found.expected[index])
    if expected.shape == answer.shape and found.entries is not None:
        pairs = zip(answer.numbers, expected.ravel().tolist(), found.entries.ravel().tolist(), strict=True)
        if all(ok or (typed.rough and typed.rough[0] <= true <= typed.rough[1]) for typed, true, ok in pairs):
            return Feedback(verdict="rough", sentences=["With one more digit it can be told from a mistake."])
    return Feedback(verdict="wrong", sentences=feedback_sentences(graph, found))


def _judge_ticks(recall: RecallState, answer: Ticked) -> Feedback:
    graph, name = recall.view.network.graph, recall.question.node
    known = known_gradients(graph, as_arrays(recall.view.values))
    right = known.right[name]
    ticks = np.isin(np.arange(right.size), list(answer.places)).reshape(right.shape)
    zeros = right == 0
    if np.array_equal(ticks, zeros):
        return Feedback(verdict="right", sentences=[])
    called = np.array([name for name, _ in entries(recall.view, name)]).reshape(right.shape)
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
    return Feedback(verdict="wrong", sentences=said + explained(graph, own))


def _judge_shape(recall: RecallState, answer: ShapeTyped) -> Feedback:
    graph, name = recall.view.network.graph, recall.question.node
    shapes = recall.view.network.shapes
    wanted, said = shapes[name], answer.shape
    # a vector written as a column, or a row, is the same numbers; a matrix turned round is not
    if said == wanted or (len(wanted) == 1 and said == (*wanted, 1)):
        return Feedback(verdict="right", sentences=[])
    symbol = graph.by_name[name].symbol
    told = [f"A gradient has the shape of what it belongs to: {wanted}, like {symbol}."]
    known = known_gradients(graph, as_arrays(recall.view.values))
    for node, slot in _uses(graph, name):
        op = graph.by_name[node].op
        assert op is not None
        at = {slot: shapes[there] for slot, there in bound(graph.by_name[node]).items()}
        if op.vjps[slot].jacobian.shape(at) == said:
            told.append(f"{said} is the shape of the Jacobian ∂{graph.by_name[node].symbol}/∂{symbol}, never built.")
    matches = [Match(site, True) for site, grads in known.wrong if site.wrt == name and grads[name].shape == said]
    return Feedback(verdict="wrong", sentences=told + explained(graph, matches))


def _uses(graph: Graph, name: str) -> Iterator[tuple[str, str]]:
    """The VJPs that find a gradient: node and slot of each."""
    for event in graph.timelines["backward"]:
        if event.kind == "vjp" and event.wrt == name:
            yield event.node, event.slot


def given(view: ViewState) -> list[Given]:
    """What a person has to go by: every value. Raises Invalid where numbers overflow."""
    graph = view.network.graph
    values = {node["name"]: node["value"] for node in snapshot_dict(replace(view, step=None, ask=None))["nodes"]}
    return [
        Given(
            left=Expression(text=node.symbol, latex=node.latex),
            rule=forward_rule(graph, node) if node.op else None,
            numbers=values[node.name],
        )
        for node in graph.nodes
    ]


def hints(view: ViewState, question: Question) -> list[Hint]:
    """The rules that find the gradient a question is about, with what goes into them from upstream."""
    graph = view.network.graph
    grads = _grads(view)
    return [
        Hint(
            equation=vjp_equation(graph, graph.by_name[node], slot),
            upstream=gradient(graph, node),
            v=grads[node].tolist(),
        )
        for node, slot in _uses(graph, question.node)
    ]


def entries(view: ViewState, name: str) -> list[tuple[str, bool]]:
    """The entries of a node's gradient, row by row: what each is called, and whether it is 0."""
    symbol, grad = gradient(view.network.graph, name).text, _grads(view)[name]
    return [(subscripted(symbol, index), bool(grad[index] == 0)) for index in np.ndindex(grad.shape)]


def _grads(view: ViewState) -> dict[str, Array]:
    nodes = snapshot_dict(replace(view, direction="backward", step=None, ask=None))["nodes"]
    return {node["name"]: np.asarray(node["grad"]) for node in nodes if node["grad"] is not None}


def costs(view: ViewState) -> Costs:
    """Every Jacobian that the backward pass over these numbers avoids."""
    steps = enumerate(view.network.graph.timelines["backward"], 1)
    views = [jacobian(view.go("backward", step)) for step, event in steps if event.kind == "vjp"]
    rows = [row for row in views if row is not None]
    return Costs(
        rows=rows,
        entries=sum(row.entries for row in rows),
        zeros=sum(row.zeros for row in rows),
        multiply_adds=sum(row.multiply_adds for row in rows),
        closed_multiply_adds=sum(row.closed_multiply_adds for row in rows),
    )


def derived(view: ViewState, op: str = "linear") -> list[Derived]:
    """The VJPs of the first node of an op, derived by indices; none where the network has no such op."""
    graph = view.network.graph
    node = next((node for node in graph.ops if node.op is not None and node.op.name == op), None)
    found = []
    for step, event in enumerate(graph.timelines["backward"], 1):
        if node is not None and event.kind == "vjp" and event.node == node.name:
            there = view.go("backward", step)
            reasons = derivation(there)
            assert reasons is not None
            equation = vjp_equation(graph, node, event.slot)
            found.append(Derived(equation=equation, derivation=reasons, address=there.with_view("why").address()))
    return found


def heads(view: ViewState) -> list[HeadGradient]:
    """What the canonical pairs send back to z, and a pair that is none; all on one x, W and b, those of `view`."""
    return [_head(name, view) for name in (*CANONICAL, MISMATCH)]


def head_view(name: str, view: ViewState) -> ViewState:
    """A network of the gallery on the x, W and b of another, if they fit and nothing overflows; else on its own."""
    network = NETWORKS[name]
    own = ViewState(network, "backward", network.defaults)
    layer = {leaf: view.values[leaf] for leaf in ("x", "W", "b") if leaf in view.values}
    if any(np.shape(numbers) != network.shape(leaf) for leaf, numbers in layer.items()):
        return own
    there = own.with_values(layer)
    try:
        snapshot_dict(there)
    except Invalid:
        return own
    return there


def _head(name: str, view: ViewState) -> HeadGradient:
    there = head_view(name, view)
    graph = there.network.graph
    (node, slot) = next(_uses(graph, "z"))
    op = graph.by_name[node].op
    assert op is not None
    return HeadGradient(
        network=name,
        title=there.network.title,
        canonical=name in CANONICAL,
        equation=vjp_equation(graph, graph.by_name[node], slot),
        says=filled(op.vjps[slot].says, symbols(graph, graph.by_name[node])),
        numbers=_grads(there)["z"].tolist(),
        address=there.at_gradient_of("z").with_view("why").address(),
    )
