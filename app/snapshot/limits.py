"""What there is to say of numbers that an op's formula is not made for.

A number of a pass that is not finite is too large for a float64, or an op has none where its inputs are. A target that
a loss computes with may be none that its distribution can give.
"""

from __future__ import annotations

import numpy as np

from app.engine import NETWORKS, OPS, Array, Event, Op, OpNode, Trace
from app.engine.ops import Condition

from .formulas import filled, gradient, quantity, symbols, via
from .indices import power_of_ten, subscripted
from .wording import joined


def why_not_finite(trace: Trace, event: Event) -> str:
    """A sentence, without its full stop, on the first event of a pass whose numbers are not all finite.

    It names the quantity, what made it so, and what to look at.
    """
    what = quantity(trace.graph, event).text
    if event.kind == "forward" and (found := _undefined(trace, trace.graph.computed[event.node])):
        return f"{what} {found}"
    name, number = _most_extreme(trace, event)
    return f"{what} overflows: with these numbers it is too large for a float64; look at {name} = {_brief(number)}"


def _brief(number: float) -> str:
    """A number to four digits, written as on every page: 1×10²⁰⁰."""
    text = f"{number:.4g}"
    return power_of_ten(text) if "e" in text else text.replace("-", "−")


def _undefined(trace: Trace, node: OpNode) -> str:
    """What is said where one of an op's conditions holds under which it has no number; empty where none does.

    A sum with NaN in it is NaN, so those conditions that give it come first in the op's row.
    """
    said = _first_that_holds(trace, node, node.op.undefined)
    if not said:
        return ""
    is_nan = np.isnan(trace.values[node.name]).any()
    return (
        f"{'is not a number (NaN)' if is_nan else 'is infinite, and not by its size'}: {said}{_true_value(trace, node)}"
    )


def _first_that_holds(trace: Trace, node: OpNode, conditions: tuple[Condition, ...]) -> str:
    """The first condition that holds for a node's inputs, said of the first entry of which it does; empty if none."""
    inputs = {slot: trace.values[name] for slot, name in zip(node.op.inputs, node.inputs, strict=True)}
    for condition in conditions:
        places = np.argwhere(condition.at(inputs))
        if len(places):
            index = tuple(map(int, places[0]))
            names = {slot: subscripted(symbol, index) for slot, symbol in symbols(trace.graph, node).items()}
            return filled(condition.says, names)
    return ""


def target_note(trace: Trace) -> str:
    """That the targets are outside what the loss is the likelihood of, and why; empty where they are not."""
    loss = trace.graph.head.op.single
    row = loss if loss.likelihood else _fused(loss)
    if row is None or row.likelihood is None:
        return ""
    said = joined([text for condition in row.likelihood.outside if (text := _of_all_targets(trace, condition))])
    return f"{said}: outside the {row.likelihood.distribution} likelihood" if said else ""


def _of_all_targets(trace: Trace, condition: Condition) -> str:
    """What a condition says of the targets for which it holds; empty where it holds for none."""
    y = trace.graph.by_name[trace.graph.head.inputs[1]]
    places = np.argwhere(condition.at({"y": trace.values[y.name]}))
    names = [subscripted(y.symbol, tuple(map(int, place))) for place in places]
    says = condition.says if len(names) == 1 else condition.all_say
    return filled(says, {"y": joined(names)}) if names else ""


def _fused(loss: Op) -> Op | None:
    """The op that is a loss and the activation before it at once; None where there is none."""
    return next((op for op in OPS.values() if op.likelihood and op.likelihood.loss is loss), None)


def _true_value(trace: Trace, node: OpNode) -> str:
    """What a loss really is, by the op that is it and the activation before it at once; empty where there is none."""
    given, fused = trace.graph.by_name[node.inputs[0]], _fused(node.op)
    if fused is None or fused.likelihood is None or given.op is not fused.likelihood.activation:
        return ""  # a batch has a loss for each example, and no true one
    with np.errstate(over="ignore", invalid="ignore"):
        value, _ = fused.forward(*(trace.values[name] for name in (*given.inputs, *node.inputs[1:])))
    if not np.isfinite(value):
        return ""
    network = next(name for name, network in NETWORKS.items() if network.graph.loss.op is fused)
    about = _brief(float(value))
    return f". The true {node.symbol} is about {about}: the network {network} gives it, and /heads shows why"


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
