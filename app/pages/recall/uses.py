"""What of a network's graph the questions are about."""

from __future__ import annotations

from collections.abc import Iterable

from app.engine import Graph, Shape, VjpUse
from app.snapshot.formulas import saved_text


def jacobians(graph: Graph, kind: str) -> list[VjpUse]:
    """The VJPs whose Jacobians a question of a kind may be about: that of the loss is but a row, and a shape alone is
    worth asking of it."""
    return [use for use in graph.vjps.values() if kind == "jacobian" or use.node is not graph.loss]


def path(graph: Graph, leaf: str) -> tuple[VjpUse, ...]:
    """The VJPs from the loss back to a leaf, the loss's first, by way of the first op that uses it."""
    found = [graph.uses[leaf][-1]]
    while found[-1].node is not graph.loss:
        found.append(graph.uses[found[-1].node.name][-1])
    return tuple(reversed(found))


def may_be_inactive(graph: Graph, name: str) -> bool:
    """Whether an op may let nothing through to a node: of such a gradient it is worth asking what is 0."""
    return any(use.vjp.inactive is not None for use in graph.uses[name])


def indices(shape: Shape) -> Iterable[tuple[int, ...]]:
    """Every index of an array of a shape, from 0, row by row."""
    if not shape:
        yield ()
    else:
        yield from ((i, *rest) for i in range(shape[0]) for rest in indices(shape[1:]))


def saveable(graph: Graph) -> list[tuple[str, str]]:
    """What a forward pass may save, in its order: each value by its node's name and symbol, and what an op makes on its
    way by the name of its node and slot, and with what it is."""
    found = [(node.name, node.symbol) for node in graph.nodes]
    return found + [
        (f"{node.name}:{slot}", saved_text(graph, node, slot)) for node in graph.ops for slot in node.op.made
    ]
