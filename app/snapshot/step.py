"""The step just taken, explained from its op's row: sentence, formula, the numbers that go into it, what it cost."""

from __future__ import annotations

from functools import lru_cache
from string import Template

from app.engine import Event, Graph, Node
from app.engine.graph import Direction
from app.engine.ops import NamedArray, Saved
from app.engine.trace import Step

from .expansion import entries
from .formulas import bound, expression, fan_out, filled, forward_rule, gradient, quantity, symbols, vjp_rule
from .models import Current, Expression, Operand, StepCost
from .passes import Passes


def explain(passes: Passes, direction: Direction, step: Step | None) -> Current:
    """What a person reads about `step`, or about the start of the pass where it is None."""
    if step is None:
        return _start(passes.graph, direction)
    return {"forward": _forward, "seed": _seed, "vjp": _vjp, "accumulate": _accumulate}[step.event.kind](passes, step)


def _start(graph: Graph, direction: Direction) -> Current:
    if direction == "forward":
        given = ", ".join(leaf.symbol for leaf in graph.leaves)
        return Current(
            kind="inputs",
            title="The inputs",
            sentence=f"Given are {given}. Nothing is computed from them yet.",
        )
    loss = graph.loss.symbol
    return Current(
        kind="inputs",
        title="Before the backward pass",
        sentence=f"The forward pass is whole. Going back from {loss}, each op will be asked for its VJPs.",
    )


def _forward(passes: Passes, step: Step) -> Current:
    graph, node = passes.graph, passes.graph.by_name[step.event.node]
    assert node.op is not None
    return Current(
        kind="forward",
        node=node.name,
        op=node.op.name,
        title=node.op.title,
        sentence=filled(node.op.says, symbols(graph, node)),
        left=quantity(graph, step.event),
        right=forward_rule(graph, node),
        template=node.op.formula.latex,
        operands={slot: _value(passes, name) for slot, name in bound(node).items() if name != node.name},
        result=step.value.tolist(),
        entries=entries(passes, step),
        local=_local(passes, node, node.op.intermediate, "", _given(passes, node)) if node.op.intermediate else None,
        saved=saved_names(node),
        cost=StepCost(multiply_adds=node.op.cost(_shapes(passes, node))),
        convention=node.op.convention,
    )


def _seed(passes: Passes, step: Step) -> Current:
    loss = passes.graph.loss
    return Current(
        kind="seed",
        node=loss.name,
        title="the seed",
        sentence=f"The backward pass starts with 1: {loss.symbol} changes exactly as fast as itself.",
        left=quantity(passes.graph, step.event),
        right=Expression(latex="1", text="1"),
        template="1",
        result=step.value.tolist(),
        entries=entries(passes, step),
        cost=StepCost(multiply_adds=0),
    )


def _vjp(passes: Passes, step: Step) -> Current:
    graph, node, slot = passes.graph, passes.graph.by_name[step.event.node], step.event.slot
    assert node.op is not None
    rule = node.op.vjps[slot]
    names = {slot: name for slot, name in bound(node).items() if name != node.name}
    operands = {}
    for named in Template(rule.formula.latex).get_identifiers():  # in the order in which the formula names them
        if named == "v":
            operands["v"] = _upstream(passes, node)
        elif named == "local":
            assert rule.local is not None
            operands["local"] = _local(passes, node, rule.local, rule.reads[0], _saved(passes, node))
        else:
            operands[named] = _value(passes, names[named])
    rows, columns = rule.jacobian.shape(_shapes(passes, node))
    return Current(
        kind="vjp",
        node=node.name,
        wrt=step.event.wrt,
        op=node.op.name,
        slot=slot,
        title=f"{node.op.title}, with respect to {graph.by_name[step.event.wrt].symbol}",
        sentence=filled(rule.says, symbols(graph, node)) + _one_of_several(graph, step.event),
        left=quantity(graph, step.event),
        right=vjp_rule(graph, node, slot),
        template=rule.formula.latex,
        operands=operands,
        result=step.value.tolist(),
        entries=entries(passes, step),
        upstream=gradient(graph, node.name).text,
        saved=[names.get(slot, slot) for slot in rule.reads],
        cost=StepCost(
            multiply_adds=rule.cost(_shapes(passes, node)),
            jacobian_shape=[rows, columns],
            jacobian_entries=rows * columns,
            jacobian_kind=filled(rule.jacobian.kind, symbols(graph, node)),
        ),
        convention=node.op.convention,
    )


def _one_of_several(graph: Graph, event: Event) -> str:
    """What is added to a VJP's sentence where it finds only a part of the gradient."""
    uses, symbol = fan_out(graph)[event.wrt], graph.by_name[event.wrt].symbol
    return f" {symbol} has {uses} uses: this came back from one of them, and is added later." if uses > 1 else ""


def _accumulate(passes: Passes, step: Step) -> Current:
    """A value that was used more than once: what came back from each use is added."""
    graph, name = passes.graph, step.event.node
    parts = [entry for entry in passes.done if entry.event.kind == "vjp" and entry.event.wrt == name]
    operands = {
        f"part{i}": Operand(
            symbol=quantity(graph, part.event).text,
            latex=quantity(graph, part.event).latex,
            node=part.event.node,
            colour="grad",
            shape=list(part.value.shape),
            numbers=part.value.tolist(),
        )
        for i, part in enumerate(parts)
    }
    symbol = graph.by_name[name].symbol
    return Current(
        kind="accumulate",
        node=name,
        title="the sum over paths",
        sentence=f"{symbol} was used {len(parts)} times, so what comes back from its uses is added.",
        left=quantity(graph, step.event),
        right=Expression(
            latex=" + ".join(part.latex for part in operands.values()),
            text=" + ".join(part.symbol for part in operands.values()),
        ),
        template=" + ".join(f"${key}" for key in operands),
        operands=operands,
        result=step.value.tolist(),
        entries=entries(passes, step),
        cost=StepCost(multiply_adds=step.value.size * (len(parts) - 1)),
    )


@lru_cache(maxsize=256)
def saved_names(node: Node) -> list[str]:
    """What a node keeps for its VJPs: node names where it is an input or the output, else the op's own names."""
    names = bound(node)
    return [names.get(slot, slot) for slot in node.op.saved] if node.op else []


def _shapes(passes: Passes, node: Node) -> dict[str, tuple[int, ...]]:
    return {slot: passes.values[name].shape for slot, name in bound(node).items()}


def _value(passes: Passes, name: str) -> Operand:
    node, numbers = passes.graph.by_name[name], passes.values[name]
    return Operand(
        symbol=node.symbol,
        latex=node.latex,
        node=name,
        colour="value",
        shape=list(numbers.shape),
        numbers=numbers.tolist(),
    )


def _upstream(passes: Passes, node: Node) -> Operand:
    """v: the gradient at the node's output, which the backward pass finished before it asked for this VJP."""
    v = next(step.value for step in reversed(passes.done) if step.event.target == node.name)
    return Operand(symbol="v", latex="v", node=node.name, colour="grad", shape=list(v.shape), numbers=v.tolist())


def _given(passes: Passes, node: Node) -> Saved:
    """What stands at the inputs of a node's op, by slot."""
    assert node.op is not None
    return {slot: passes.values[name] for slot, name in zip(node.op.inputs, node.inputs, strict=True)}


def _saved(passes: Passes, node: Node) -> Saved:
    return next(step.saved for step in passes.run if step.event.node == node.name)


def _local(passes: Passes, node: Node, local: NamedArray, source: str, at: Saved) -> Operand:
    """The local factor, made from `at`, as an operand; it is shown as `source`'s, or where that is no node's slot, as
    the first input's."""
    numbers = local.numbers(at)
    right = expression(local.formula, passes.graph, node)
    return Operand(
        symbol=right.text,
        latex=right.latex,
        node=bound(node).get(source) or node.inputs[0],
        colour="value",
        shape=list(numbers.shape),
        numbers=numbers.tolist(),
        whole=local.whole,
    )
