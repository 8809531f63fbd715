"""Each node as it stands at a step: what has been reached, what not yet, what is shut and why."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from operator import and_

from app.engine import Array, Node

from .current import saved_names
from .formulas import bound, filled, forward_equation, symbols, vjp_equation
from .models import NodeView, Shut, VjpView
from .passes import Passes


def view_nodes(passes: Passes, reached: set[str]) -> list[NodeView]:
    """All nodes, in topological order; values only where the forward pass has `reached`."""
    fan_out = Counter(event.wrt for event in passes.graph.timelines["backward"] if event.kind == "vjp")
    # One contribution of several is not the gradient yet: that comes with its accumulate step.
    grads = {
        step.event.target: step.value
        for step in passes.done
        if step.event.kind != "vjp" or fan_out[step.event.wrt] == 1
    }
    parts = {(step.event.node, step.event.slot): step.value for step in passes.done if step.event.kind == "vjp"}
    return [_view(passes, node, reached, grads, parts) for node in passes.graph.nodes]


def _view(
    passes: Passes,
    node: Node,
    reached: set[str],
    grads: dict[str, Array],
    parts: dict[tuple[str, str], Array],
) -> NodeView:
    graph, value = passes.graph, passes.values[node.name]
    return NodeView(
        name=node.name,
        symbol=node.symbol,
        op=node.op.name if node.op else None,
        role=node.role,
        inputs=list(node.inputs),
        shape=list(value.shape),
        value=value.tolist() if node.name in reached else None,
        grad=grads[node.name].tolist() if node.name in grads else None,
        takes_grad=node.name in graph.wants_grad,
        shut=_shut(passes, node.name) if node.name in grads else None,
        saved=saved_names(node),
        forward=forward_equation(graph, node) if node.op else None,
        vjps=_vjps(passes, node, parts),
    )


def _vjps(passes: Passes, node: Node, parts: dict[tuple[str, str], Array]) -> list[VjpView]:
    names = bound(node)
    views = []
    for slot in node.op.vjps if node.op else ():
        if names[slot] not in passes.graph.wants_grad:
            continue
        equation, part = vjp_equation(passes.graph, node, slot), parts.get((node.name, slot))
        views.append(
            VjpView(
                wrt=names[slot],
                latex=equation.latex,
                text=equation.text,
                value=None if part is None else part.tolist(),
            )
        )
    return views


def _shut(passes: Passes, name: str) -> Shut | None:
    """The entries that are 0 because every use of the value is shut there, and the conditions."""
    marks, reasons = [], []
    for step in passes.done:
        event = step.event
        if event.kind != "vjp" or event.wrt != name:
            continue
        node = passes.graph.by_name[event.node]
        assert node.op is not None
        rule = node.op.vjps[event.slot]
        if rule.shut is None:
            return None
        saved = next(before.saved for before in passes.run if before.event.node == node.name)
        marks.append(rule.shut(saved))
        reasons.append(filled(rule.shut_reason, symbols(passes.graph, node)))
    entries = reduce(and_, marks).ravel().tolist() if marks else []
    return Shut(entries=entries, reason=" and ".join(dict.fromkeys(reasons))) if any(entries) else None
