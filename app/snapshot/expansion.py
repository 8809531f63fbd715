"""Where one entry comes from: a sum of products, term by term, each number with its name and its place."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from string import Template

import numpy as np

from app.engine import Array, Event, Graph, Node, OpNode, Trace, VjpUse
from app.engine.graph import Direction
from app.engine.ops import Factor, NamedArray

from .formulas import bound, via
from .indices import entry, entry_formula, grad_entry, key, local_entry, made_from, v_entry
from .models import Expansion, Expression, FactorView

# The m of a mean is no larger.
_LARGEST_DENOMINATOR = 4096
# So many entries are written out: nobody reads more sums, and what draws none of them needs none.
MOST = 256


def expand(trace: Trace, direction: Direction, name: str, index: tuple[int, ...]) -> Expansion:
    """How entry `index` (from 0) of a node came about: its value in a forward pass, its gradient in a backward one.

    `trace` is cut off where one looks: what it has not reached is not told.
    """
    graph, node = trace.graph, trace.graph.by_name[name]
    if direction == "forward":
        return _value(trace, node, index, entry(node, index))
    left = grad_entry(graph, name, index)
    if name not in graph.requires_grad:
        who = {"target": "a target", "given": "what is given as a gradient"}.get(node.role, "it")
        return _without(name, index, "grad", left, f"{who} takes no gradient")
    if name not in trace.grads:
        return _without(name, index, "grad", left, "the backward pass has not reached it yet")
    event = next(event for event in reversed(trace.events) if event.target == name)
    return _gradient(trace, event, index, left)


def entries(trace: Trace, event: Event) -> list[Expansion]:
    """How each entry of what an event found came about, row by row; of more than MOST, the first alone."""
    graph, result = trace.graph, trace.result(event)
    indices = np.ndindex(result.shape) if result.size <= MOST else iter([(0,) * result.ndim])
    if event.kind == "forward":
        node = graph.computed[event.node]
        return [_expansion(trace, node, None, index, entry(node, index)) for index in indices]
    use = graph.vjps.get(event.edge)
    return [_gradient(trace, event, i, via(grad_entry(graph, event.target, i), use)) for i in indices]


def _without(name: str, index: tuple[int, ...], quantity: str, left: Expression, note: str) -> Expansion:
    return Expansion(
        key=key(name, index),
        node=name,
        index=[i + 1 for i in index],
        quantity="grad" if quantity == "grad" else "value",
        left=left,
        general=None,
        terms=[],
        result=None,
        note=note,
    )


def _value(trace: Trace, node: Node, index: tuple[int, ...], left: Expression) -> Expansion:
    if node.op is None:
        given = _without(node.name, index, "value", left, "given")
        return given.model_copy(update={"result": float(trace.values[node.name][index])})
    if node.name not in trace.values:
        return _without(node.name, index, "value", left, "the forward pass has not reached it yet")
    return _expansion(trace, node, None, index, left)


def _gradient(trace: Trace, event: Event, index: tuple[int, ...], left: Expression) -> Expansion:
    if event.kind == "seed":
        one = FactorView(slot="", symbol="1", latex="1", node=None, key=None, keys=[], quantity="constant", value=1.0)
        seed = _without(event.node, index, "grad", left, "the seed")
        return seed.model_copy(update={"terms": [[one]], "result": 1.0})
    if event.kind == "accumulate":
        return _sum(trace, event.node, index, left)
    use = trace.graph.vjps[event.edge]
    return _expansion(trace, use.node, use, index, left)


def _sum(trace: Trace, name: str, index: tuple[int, ...], left: Expression) -> Expansion:
    """A value used more than once: one term for what came back from each use."""
    terms = [
        [
            FactorView(
                slot=f"part{place}",
                symbol=named.text,
                latex=named.latex,
                node=use.node.name,
                key=None,
                keys=[],
                quantity="grad",
                value=float(trace.contributions[use.edge][index]),
            )
        ]
        for place, use in enumerate(trace.graph.uses[name])
        for named in [via(left, use)]
    ]
    whole = _without(name, index, "grad", left, "the sum over paths")
    return whole.model_copy(update={"terms": terms, "result": float(trace.grads[name][index])})


def _expansion(trace: Trace, node: OpNode, use: VjpUse | None, index: tuple[int, ...], left: Expression) -> Expansion:
    """The op row's terms for one entry of a node's value, or of what one of its VJPs found: of its `use`."""
    graph = trace.graph
    whole = trace.contributions[use.edge] if use else trace.values[node.name]
    rule = trace.vjp(use.edge) if use else None
    entrywise, local = (rule.entrywise, rule.local) if rule else (node.op.entrywise, node.op.intermediate)
    arrays = {slot: trace.values[at] for slot, at in bound(node).items()}
    if use is not None:
        arrays["v"] = trace.grads[node.name]
    if local is not None:
        # forward, an intermediate number is made from the inputs; backward, from what was saved of them
        arrays["local"] = local.numbers(trace.saved[node.name] if use else arrays)
    shapes = {slot: array.shape for slot, array in arrays.items()}
    name = use.wrt if use else node.name
    return Expansion(
        key=key(name, index),
        node=name,
        index=[i + 1 for i in index],
        quantity="grad" if use else "value",
        left=left,
        general=entry_formula(graph, node, entrywise, index),
        terms=[
            [_factor(graph, node, factor, local, arrays) for factor in term] for term in entrywise.terms(index, shapes)
        ],
        result=float(whole[index]),
        note="",
    )


def _factor(
    graph: Graph,
    node: OpNode,
    factor: Factor,
    local: NamedArray | None,
    arrays: Mapping[str, Array],
) -> FactorView:
    """One factor with its name, its number, and the entries it is made from: itself, or those of a local derivative."""
    slots, index = bound(node), factor.index
    if not factor.slot:
        return _constant(factor)
    if factor.slot == "v":
        named = v_entry(index)
        keys = [key(node.name, index)]
    elif factor.slot == "local":
        assert local is not None
        named = local_entry(graph, node, local, index)
        keys = _made_from(node, local, index, arrays)
    else:
        named = entry(graph.by_name[slots[factor.slot]], index)
        keys = [key(slots[factor.slot], index)]
    return FactorView(
        slot=factor.slot,
        symbol=named.text,
        latex=named.latex,
        node=keys[0].partition(".")[0],
        key=keys[0],
        keys=keys,
        quantity="grad" if factor.slot == "v" else "value",
        value=float(arrays[factor.slot][index]),
        power=factor.power,
        whole=factor.slot == "local" and local is not None and local.whole,
    )


def _made_from(node: OpNode, made: NamedArray, index: tuple[int, ...], arrays: Mapping[str, Array]) -> list[str]:
    """The entries that one entry of what an op makes is made from, by key."""
    slots, keys = bound(node), []
    for slot in Template(made.formula.text).get_identifiers():
        if slot in slots:
            keys += [key(slots[slot], at) for at in made_from(slot, made, index, arrays[slot].shape)]
        else:
            keys += _made_from(node, node.op.made[slot], index, arrays)
    return keys


def _constant(factor: Factor) -> FactorView:
    return FactorView(
        slot="",
        symbol=_fraction(factor.constant, r"{}/{}"),
        latex=_fraction(factor.constant, r"\tfrac{{{}}}{{{}}}"),
        node=None,
        key=None,
        keys=[],
        quantity="constant",
        value=factor.constant,
        power=factor.power,
    )


def _fraction(number: float, fraction: str) -> str:
    """A constant of a formula as a fraction: all are, but for rounding. In LaTeX a negative one stands in brackets."""
    if number == 0.5 and "frac" not in fraction:
        return "½"
    top, bottom = Fraction(number).limit_denominator(_LARGEST_DENOMINATOR).as_integer_ratio()
    written = str(top) if bottom == 1 else fraction.format(top, bottom)
    if number < 0:
        return f"({written})" if "frac" in fraction else written.replace("-", "−")
    return written
