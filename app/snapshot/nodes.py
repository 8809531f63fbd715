"""Each node as it stands at a step: what has been reached, what not yet, what is inactive and why."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, reduce
from operator import and_
from typing import Any, TypeVar

from app.engine import Array, Graph, Node, Trace, VjpUse
from app.engine.graph import Edge
from app.engine.ops import Vjp

from .formulas import filled, forward_equation, symbols, vjp_equation
from .models import NestedList
from .shares import shares
from .step import saved_names

_Key = TypeVar("_Key", str, Edge)


def nodes(trace: Trace, reached: Trace) -> list[dict[str, Any]]:
    """The fields of a NodeView for each node, in topological order, with the numbers that `reached` has of `trace`.

    Plain data, since most of it goes straight to JSON.
    """
    graph = trace.graph
    return [
        {
            **_always(graph, node),
            "shape": list(trace.values[node.name].shape),
            "value": _numbers(reached.values, node.name),
            "grad": _numbers(reached.grads, node.name),
            "inactive": _inactive(reached, node.name) if node.name in reached.grads else None,
            "vjps": [
                {
                    **_vjp(graph, use, trace.vjp(use.edge)),
                    "value": _numbers(reached.contributions, use.edge),
                    **_shares(reached, use),
                }
                for use in _uses(graph, node)
            ],
        }
        for node in graph.nodes
    ]


def _numbers(arrays: Mapping[_Key, Array], key: _Key) -> NestedList | None:
    array = arrays.get(key)
    return None if array is None else array.tolist()


def _shares(reached: Trace, use: VjpUse) -> dict[str, list[NestedList]]:
    """What each example adds to the gradient of what all share; nothing at all where there is no batch."""
    if use.vjp.shares is None or use.edge not in reached.contributions:
        return {}
    return {"shares": shares(reached, use).tolist()}


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
        "requires_grad": node.name in graph.requires_grad,
        "saved": saved_names(node),
        "forward": {"latex": forward.latex, "text": forward.text} if forward else None,
    }


@lru_cache(maxsize=256)
def _uses(graph: Graph, node: Node) -> tuple[VjpUse, ...]:
    """The VJPs of a node that the backward pass runs, in their order."""
    return tuple(use for use in graph.vjps.values() if use.node is node)


@lru_cache(maxsize=256)
def _vjp(graph: Graph, use: VjpUse, rule: Vjp) -> dict[str, str]:
    """A VJP as `rule` is written, without numbers."""
    equation = vjp_equation(graph, use.node, use.slot, rule)
    return {"wrt": use.wrt, "latex": equation.latex, "text": equation.text}


def _inactive(trace: Trace, name: str) -> dict[str, Any] | None:
    """The entries that are 0 because every use of the value is inactive there, and the conditions."""
    uses = trace.graph.uses[name]
    marks = [use.vjp.inactive(trace.saved[use.node.name]) for use in uses if use.vjp.inactive is not None]
    if not marks or len(marks) < len(uses):  # some use always lets something through
        return None
    entries = reduce(and_, marks).ravel().tolist()
    reasons = [filled(use.vjp.inactive_reason, symbols(trace.graph, use.node)) for use in uses]
    return {"entries": entries, "reason": " and ".join(dict.fromkeys(reasons))} if any(entries) else None
