"""What the forward pass saves for the backward pass, and which VJP reads it."""

from __future__ import annotations

from collections import Counter

from app.engine import Graph, OpNode, Trace

from .formulas import bound, saved_text, symbols, vjp_equation
from .models import Frozen


class Reading(Frozen):
    """A VJP, and which saved values it reads."""

    vjp: str
    """The gradient that it finds, and how: as plain text."""
    wrt: str
    """The node it is taken with respect to."""
    names: list[str]
    """The saved values that it reads, by symbol."""


class SavedValue(Frozen):
    """What one node saves for its VJPs."""

    node: str
    """The node’s symbol."""
    op: str
    """The node’s op."""
    names: list[str]
    """The saved values: a node by its symbol, what the op makes itself with what it is, as p = σ(z)."""
    nodes: list[str | None]
    """The name of each that is a node; null where the op makes it."""
    bytes: int
    """Their bytes in float64."""
    read_by: list[Reading]
    """The VJPs that read them."""


class SharedValue(Frozen):
    """A value that several nodes save: it is stored once."""

    symbol: str
    """Its symbol."""
    rows: int
    """How many nodes save it."""
    vjps: int
    """How many VJPs read it."""
    bytes: int
    """Its bytes in float64, which count once."""


class SavedMemory(Frozen):
    """What the forward pass saves for the backward pass."""

    items: list[SavedValue]
    """What each node saves, in topological order."""
    total: int
    """Bytes of all saved values; one that two nodes save is stored once, so this may be less than the sum."""
    shared: list[SharedValue]
    """The values for which it is less."""
    made: int
    """Bytes of those that this pass computed, the activations; the rest (inputs, parameters, targets) was given."""


def saved_memory(trace: Trace) -> SavedMemory:
    """What the forward pass saves for the backward pass."""
    graph, given = trace.graph, {leaf.name for leaf in trace.graph.leaves}
    stored = {
        name: array.nbytes
        for node in graph.ops
        for name, array in zip(saved_names(node), trace.saved[node.name].values(), strict=True)
    }
    rows = Counter(name for node in graph.ops for name in saved_names(node))
    return SavedMemory(
        items=[_saved_value(trace, node) for node in graph.ops],
        total=sum(stored.values()),
        shared=[_shared(graph, name, stored[name], rows[name]) for name in rows if rows[name] > 1],
        made=sum(size for name, size in stored.items() if name not in given),
    )


def _shared(graph: Graph, name: str, size: int, rows: int) -> SharedValue:
    vjps = sum(name in {bound(use.node).get(slot) for slot in use.vjp.reads} for use in graph.vjps.values())
    return SharedValue(symbol=graph.by_name[name].symbol, rows=rows, vjps=vjps, bytes=size)


def saved_names(node: OpNode) -> list[str]:
    """What a node saves, each by a name that is its own in the graph: that of a node, or L:p."""
    names = bound(node)
    return [names.get(slot, f"{node.name}:{slot}") for slot in node.op.saved]


def _saved_value(trace: Trace, node: OpNode) -> SavedValue:
    graph, names, saved = trace.graph, bound(node), trace.saved[node.name]
    return SavedValue(
        node=node.symbol,
        op=node.op.name,
        names=[saved_text(graph, node, slot) for slot in node.op.saved],
        nodes=[names.get(slot) for slot in node.op.saved],
        bytes=sum(array.nbytes for array in saved.values()),
        read_by=[
            Reading(
                vjp=vjp_equation(graph, node, use.slot, trace.vjp(use.edge)).text,
                wrt=use.wrt,
                names=[symbols(graph, node)[slot] for slot in use.vjp.reads],
            )
            for use in graph.vjps.values()
            if use.node is node
        ],
    )
