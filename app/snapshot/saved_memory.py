"""What the forward pass keeps for the backward pass, and which VJP reads it."""

from __future__ import annotations

from app.engine import OpNode, Trace

from .formulas import bound, gradient
from .models import Frozen


class Reading(Frozen):
    """A VJP, and which saved values it reads."""

    vjp: str
    """The gradient that it finds, as plain text."""
    wrt: str
    """The node it is taken with respect to."""
    names: list[str]
    """The symbols of the saved values that it reads."""


class SavedValue(Frozen):
    """What one node saves for its VJPs."""

    node: str
    """The node’s symbol."""
    op: str
    """The node’s op."""
    names: list[str]
    """The saved values, by symbol."""
    nodes: list[str]
    """Those of them that are nodes, by name."""
    bytes: int
    """Their bytes in float64."""
    read_by: list[Reading]
    """The VJPs that read them."""


class SavedMemory(Frozen):
    """What the forward pass saves for the backward pass."""

    items: list[SavedValue]
    """What each node saves, in topological order."""
    total: int
    """Bytes of all saved values; one that two nodes save is stored once, so this may be less than the sum."""
    made: int
    """Bytes of those that this pass computed, the activations; the rest (inputs, parameters, targets) was given."""


def saved_memory(trace: Trace) -> SavedMemory:
    """What the forward pass keeps for the backward pass."""
    graph, given = trace.graph, {leaf.name for leaf in trace.graph.leaves}
    stored = {
        name: array.nbytes
        for node in graph.ops
        for name, array in zip(_names(node), trace.saved[node.name].values(), strict=True)
    }
    return SavedMemory(
        items=[_saved_value(trace, node) for node in graph.ops],
        total=sum(stored.values()),
        made=sum(size for name, size in stored.items() if name not in given),
    )


def _names(node: OpNode) -> list[str]:
    """What a node keeps, each by a name that is its own in the graph: that of a node, or L:p."""
    names = bound(node)
    return [names.get(slot, f"{node.name}:{slot}") for slot in node.op.saved]


def _saved_value(trace: Trace, node: OpNode) -> SavedValue:
    graph, names, stored = trace.graph, bound(node), _names(node)
    return SavedValue(
        node=node.symbol,
        op=node.op.name,
        names=[graph.by_name[name].symbol if name in graph.by_name else name for name in stored],
        nodes=[name for name in stored if name in graph.by_name],
        bytes=sum(array.nbytes for array in trace.saved[node.name].values()),
        read_by=[
            Reading(
                vjp=gradient(graph, names[slot]).text,
                wrt=names[slot],
                names=[graph.by_name[names[at]].symbol for at in rule.reads if at in names],
            )
            for slot, rule in node.op.vjps.items()
            if names[slot] in graph.requires_grad
        ],
    )
