"""The step just taken, explained from its op's row: sentence, formula, the numbers that go into it, what it cost."""

from __future__ import annotations

import re
from functools import lru_cache
from string import Template
from typing import Any

from app.engine import Event, Graph, Node, Op, OpNode, Trace, VjpUse
from app.engine.graph import Direction
from app.engine.ops import Formula, NamedArray, Saved
from app.engine.ops.written import Written

from .expansion import entries
from .formulas import (
    bound,
    each,
    expression,
    filled,
    gradient,
    quantity,
    saved_text,
    sum_step,
    symbols,
    via,
)
from .models import Current, Operand
from .parts import part_of
from .rules import right_side, step_cost

# A slot with an index: ${v}_{n}.
_INDEXED = re.compile(r"\$\{([A-Za-z]+)\}_(?:\{\w+\}|\w)")


def explain(trace: Trace, direction: Direction, event: Event | None) -> Current:
    """What a person reads about an event that has run, or about the start of the pass where it is None."""
    if event is None:
        return _start(trace.graph, direction)
    return {"forward": _forward, "seed": _seed, "vjp": _vjp, "accumulate": _accumulate}[event.kind](trace, event)


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
        sentence=f"The forward pass is complete. The backward pass runs the VJPs of each op, from {loss} back.",
    )


def _forward(trace: Trace, event: Event) -> Current:
    graph, node = trace.graph, trace.graph.computed[event.node]
    return Current(
        kind="forward",
        node=node.name,
        op=node.op.name,
        title=node.op.title,
        sentence=filled(node.op.says, symbols(graph, node)),
        left=quantity(graph, event),
        right=right_side(trace, event),
        **_formula(
            trace,
            node.op.formula,
            {slot: _value(trace, name) for slot, name in bound(node).items() if name != node.name},
            node.op.written,
        ),
        row=_row(node),
        result=trace.result(event).tolist(),
        entries=entries(trace, event),
        local=_local(trace, node, node.op.intermediate, "", _given(trace, node)) if node.op.intermediate else None,
        saved=[saved_text(graph, node, slot) for slot in node.op.saved],
        cost=step_cost(trace, event),
        convention=node.op.convention,
    )


def _examples(trace: Trace) -> int:
    """How many examples a batch has."""
    return len(trace.values[min(trace.graph.by_example)])


def _formula(trace: Trace, formula: Formula, operands: dict[str, Operand], written: Written | None) -> dict[str, Any]:
    """The fields of a step that say its formula in symbols and with numbers."""
    general = _without_indices(formula.latex)
    if written is None:
        return {"template": general, "operands": operands}
    template, parts = written(_examples(trace))
    return {
        "template": template,
        "operands": {name: part_of(operands[part.slot], part) for name, part in parts.items()},
        "general": general,
        "arrays": operands,
    }


def _row(node: OpNode) -> Op | None:
    """The row of a node that is not in the table under its op's name: one of a fitted network."""
    return node.op if node.op.each or node.op.reduces else None


def _without_indices(latex: str) -> str:
    """A formula whose slots stand by themselves, so that each can be a link, or an array: their indices are theirs."""
    return _INDEXED.sub(r"$\1", latex)


def _seed(trace: Trace, event: Event) -> Current:
    loss = trace.graph.loss
    return Current(
        kind="seed",
        node=loss.name,
        title="the seed",
        sentence=f"The backward pass starts with 1: {loss.symbol} changes exactly as fast as itself.",
        left=quantity(trace.graph, event),
        right=right_side(trace, event),
        template="1",
        result=trace.result(event).tolist(),
        entries=entries(trace, event),
        cost=step_cost(trace, event),
    )


def _vjp(trace: Trace, event: Event) -> Current:
    graph, use = trace.graph, trace.graph.vjps[event.edge]
    node, rule = use.node, trace.vjp(event.edge)
    names = {slot: name for slot, name in bound(node).items() if name != node.name}
    operands = {}
    for named in Template(rule.formula.latex).get_identifiers():  # in the order in which the formula names them
        if named == "v":
            operands["v"] = _upstream(trace, node)
        elif named == "local":
            assert rule.local is not None
            operands["local"] = _local(trace, node, rule.local, next(iter(rule.reads), ""), trace.saved[node.name])
        else:
            operands[named] = _value(trace, names[named])
    return Current(
        kind="vjp",
        node=node.name,
        wrt=use.wrt,
        op=node.op.name,
        slot=use.slot,
        title=f"{node.op.title}, with respect to {graph.by_name[use.wrt].symbol}",
        sentence=filled(rule.says, symbols(graph, node)) + _one_of_several(graph, use.wrt),
        left=quantity(graph, event),
        right=right_side(trace, event),
        **_formula(trace, rule.formula, operands, rule.written),
        row=_row(node),
        result=trace.result(event).tolist(),
        entries=entries(trace, event),
        upstream=gradient(graph, node.name).text,
        saved=[saved_text(graph, node, slot) for slot in rule.reads],
        cost=step_cost(trace, event),
        convention=node.op.convention,
    )


def _one_of_several(graph: Graph, wrt: str) -> str:
    """What is added to a VJP's sentence where it finds only a part of the gradient."""
    uses, symbol = len(graph.uses[wrt]), graph.by_name[wrt].symbol
    if uses < 2:
        return ""
    often, all_of_them = ("twice", "both") if uses == 2 else (f"{uses} times", "all")
    return (
        f" {symbol} is used {often}. This is one contribution; {all_of_them} are added at step {sum_step(graph, wrt)}."
    )


def _accumulate(trace: Trace, event: Event) -> Current:
    """A value that was used more than once: what came back from each use is added."""
    graph, name = trace.graph, event.node
    operands = {f"part{i}": _contribution(trace, use) for i, use in enumerate(graph.uses[name])}
    symbol = graph.by_name[name].symbol
    often = "twice, so its two" if len(operands) == 2 else f"{len(operands)} times, so its {len(operands)}"
    return Current(
        kind="accumulate",
        node=name,
        title="the sum over paths",
        sentence=f"{symbol} is used {often} contributions are added.",
        left=quantity(graph, event),
        right=right_side(trace, event),
        template=" + ".join(f"${key}" for key in operands),
        operands=operands,
        result=trace.result(event).tolist(),
        entries=entries(trace, event),
        cost=step_cost(trace, event),
    )


@lru_cache(maxsize=256)
def saved_names(node: Node) -> list[str]:
    """What a node saves for its VJPs: node names where it is an input or the output, else the op's own names."""
    names = bound(node)
    return [names.get(slot, slot) for slot in node.op.saved] if node.op else []


def _value(trace: Trace, name: str) -> Operand:
    named, numbers = each(trace.graph, name), trace.values[name]
    return Operand(
        symbol=named.text,
        latex=named.latex,
        node=name,
        colour="value",
        shape=list(numbers.shape),
        numbers=numbers.tolist(),
    )


def _upstream(trace: Trace, node: Node) -> Operand:
    """v: the gradient at the node's output, which the backward pass finished before it asked for this VJP."""
    v = trace.grads[node.name]
    symbol, latex = ("vₙ", "v_{n}") if node.name in trace.graph.by_example else ("v", "v")
    return Operand(symbol=symbol, latex=latex, node=node.name, colour="grad", shape=list(v.shape), numbers=v.tolist())


def _contribution(trace: Trace, use: VjpUse) -> Operand:
    """What came back from one use of a value that has several."""
    found = trace.contributions[use.edge]
    named = via(gradient(trace.graph, use.wrt), use)
    return Operand(
        symbol=named.text,
        latex=named.latex,
        node=use.node.name,
        colour="grad",
        shape=list(found.shape),
        numbers=found.tolist(),
    )


def _given(trace: Trace, node: OpNode) -> Saved:
    """What stands at the inputs of a node's op, by slot."""
    return {slot: trace.values[name] for slot, name in zip(node.op.inputs, node.inputs, strict=True)}


def _local(trace: Trace, node: OpNode, local: NamedArray, source: str, at: Saved) -> Operand:
    """The local derivative, made from `at`, as an operand; it is shown as `source`'s, or where that is no node's slot,
    as the first input's."""
    numbers = local.numbers(at)
    right = expression(local.formula, trace.graph, node)
    return Operand(
        symbol=right.text,
        latex=right.latex,
        node=bound(node).get(source) or node.inputs[0],
        colour="value",
        shape=list(numbers.shape),
        numbers=numbers.tolist(),
        whole=local.whole,
    )
