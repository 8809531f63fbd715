"""Why a number of a pass is not finite: it is too large for a float64, or an op has no number where its inputs are."""

from __future__ import annotations

import numpy as np

from app.engine import NETWORKS, OPS, Array, Event, OpNode, Trace
from app.engine.ops import Undefined

from .formulas import filled, gradient, quantity, symbols, via
from .indices import subscripted


def why_not_finite(trace: Trace, event: Event) -> str:
    """A sentence, without its full stop, on the first event of a pass whose numbers are not all finite.

    It names the quantity, what made it so, and what to look at.
    """
    what = quantity(trace.graph, event).text
    if event.kind == "forward" and (found := _undefined(trace, trace.graph.computed[event.node])):
        return f"{what} {found}"
    name, number = _most_extreme(trace, event)
    return f"{what} overflows: with these numbers it is too large for a float64; look at {name} = {number:.4g}"


def _undefined(trace: Trace, node: OpNode) -> str:
    """What is said where one of an op's conditions holds under which it has no number; empty where none does.

    A sum with NaN in it is NaN, so those conditions that give it come first in the op's row.
    """
    inputs = {slot: trace.values[name] for slot, name in zip(node.op.inputs, node.inputs, strict=True)}
    for undefined in node.op.undefined:
        places = np.argwhere(undefined.at(inputs))
        if len(places):
            return _said(trace, node, undefined, tuple(map(int, places[0])))
    return ""


def _said(trace: Trace, node: OpNode, undefined: Undefined, index: tuple[int, ...]) -> str:
    names = {slot: subscripted(symbol, index) for slot, symbol in symbols(trace.graph, node).items()}
    is_nan = np.isnan(trace.values[node.name]).any()
    state = "is not a number (NaN)" if is_nan else "is infinite, and not by its size"
    return f"{state}: {filled(undefined.says, names)}{_true_value(trace, node)}"


def _true_value(trace: Trace, node: OpNode) -> str:
    """What a loss really is, by the op that is it and the activation before it at once; empty where there is none."""
    given = trace.graph.by_name[node.inputs[0]]
    fused = next((op for op in OPS.values() if op.likelihood and op.likelihood.loss is node.op), None)
    if fused is None or fused.likelihood is None or given.op is not fused.likelihood.activation:
        return ""
    with np.errstate(over="ignore", invalid="ignore"):
        value, _ = fused.forward(*(trace.values[name] for name in (*given.inputs, *node.inputs[1:])))
    if not np.isfinite(value):
        return ""
    network = next(name for name, network in NETWORKS.items() if network.graph.loss.op is fused)
    return f". The true {node.symbol} is about {value:.4g}: the network {network} gives it, and /heads shows why"


def _most_extreme(trace: Trace, event: Event) -> tuple[str, float]:
    """Of the numbers that an event takes, the one that is farthest from 1 in size, other than 0: its name, itself."""
    entries = [
        (subscripted(name, index), float(array[index]))
        for name, array in _taken(trace, event)
        for index in np.ndindex(array.shape)
    ]
    return max((entry for entry in entries if entry[1]), key=lambda entry: abs(np.log(abs(entry[1]))))


def _taken(trace: Trace, event: Event) -> list[tuple[str, Array]]:
    """What an event computes with: what stands at its op's inputs, v and what was saved, or all contributions."""
    graph, node = trace.graph, trace.graph.by_name[event.node]
    if event.kind == "accumulate":
        whole = gradient(graph, event.node)
        return [(via(whole, use).text, trace.contributions[use.edge]) for use in graph.uses[event.node]]
    if event.kind == "vjp":
        saved, text = trace.saved[event.node], symbols(graph, node)
        reads = [(text[slot], saved[slot]) for slot in graph.vjps[event.edge].vjp.reads]
        return [(gradient(graph, event.node).text, trace.grads[event.node]), *reads]
    return [(graph.by_name[name].symbol, trace.values[name]) for name in node.inputs]
