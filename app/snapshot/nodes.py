"""Each node as it stands at a step: what has been reached, what not yet, what is shut and why."""

from __future__ import annotations

from functools import lru_cache, reduce
from operator import and_
from typing import Any

from app.engine import Array, Graph, Node

from .current import saved_names
from .formulas import bound, fan_out, filled, forward_equation, symbols, vjp_equation
from .passes import Passes


def nodes(passes: Passes, reached: set[str]) -> list[dict[str, Any]]:
    """The fields of a NodeView for each node, in topological order; values only where the forward pass has `reached`.

    Plain data, since most of it goes straight to JSON.
    """
    uses = fan_out(passes.graph)
    # One contribution of several is not the gradient yet: that comes with its accumulate step.
    grads = {
        step.event.target: step.value for step in passes.done if step.event.kind != "vjp" or uses[step.event.wrt] == 1
    }
    parts = {(step.event.node, step.event.slot): step.value for step in passes.done if step.event.kind == "vjp"}
    return [_node(passes, node, reached, grads, parts) for node in passes.graph.nodes]


def _node(
    passes: Passes,
    node: Node,
    reached: set[str],
    grads: dict[str, Array],
    parts: dict[tuple[str, str], Array],
) -> dict[str, Any]:
    graph, value, grad = passes.graph, passes.values[node.name], grads.get(node.name)
    return {
        **_always(graph, node),
        "shape": list(value.shape),
        "value": value.tolist() if node.name in reached else None,
        "grad": None if grad is None else grad.tolist(),
        "shut": None if grad is None or node.name not in _can_be_shut(graph) else _shut(passes, node.name),
        "vjps": [
            {**vjp, "value": None if (part := parts.get((node.name, slot))) is None else part.tolist()}
            for slot, vjp in _vjps(graph, node).items()
        ],
    }


@lru_cache(maxsize=256)
def _always(graph: Graph, node: Node) -> dict[str, Any]:
    """What is the same at every step and for all numbers."""
    forward = forward_equation(graph, node) if node.op else None
    return {
        "name": node.name,
        "symbol": node.symbol,
        "op": node.op.name if node.op else None,
        "role": node.role,
        "inputs": list(node.inputs),
        "takes_grad": node.name in graph.wants_grad,
        "saved": saved_names(node),
        "forward": {"latex": forward.latex, "text": forward.text} if forward else None,
    }


@lru_cache(maxsize=256)
def _vjps(graph: Graph, node: Node) -> dict[str, dict[str, str]]:
    """A node's VJPs by slot, without numbers."""
    names, found = bound(node), {}
    for slot in node.op.vjps if node.op else ():
        if names[slot] in graph.wants_grad:
            equation = vjp_equation(graph, node, slot)
            found[slot] = {"wrt": names[slot], "latex": equation.latex, "text": equation.text}
    return found


@lru_cache(maxsize=64)
def _can_be_shut(graph: Graph) -> frozenset[str]:
    """The nodes of which every use can let nothing through."""
    ways: dict[str, list[bool]] = {}
    for event in graph.timelines["backward"]:
        op = graph.by_name[event.node].op
        if event.kind == "vjp" and op is not None:
            ways.setdefault(event.wrt, []).append(op.vjps[event.slot].inactive is not None)
    return frozenset(name for name, found in ways.items() if all(found))


def _shut(passes: Passes, name: str) -> dict[str, Any] | None:
    """The entries that are 0 because every use of the value is shut there, and the conditions."""
    marks, reasons = [], []
    for step in passes.done:
        event = step.event
        if event.kind != "vjp" or event.wrt != name:
            continue
        node = passes.graph.by_name[event.node]
        assert node.op is not None
        rule = node.op.vjps[event.slot]
        assert rule.inactive is not None  # of _can_be_shut
        saved = next(before.saved for before in passes.run if before.event.node == node.name)
        marks.append(rule.inactive(saved))
        reasons.append(filled(rule.inactive_reason, symbols(passes.graph, node)))
    entries = reduce(and_, marks).ravel().tolist() if marks else []
    return {"entries": entries, "reason": " and ".join(dict.fromkeys(reasons))} if any(entries) else None
