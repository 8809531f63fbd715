"""A network as plain data: nodes in topological order, checked once, and the timeline of its two passes.

No numbers live here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from .ops import OPS, Op, Shape

Role = Literal["input", "parameter", "target", "hidden", "loss"]
Kind = Literal["forward", "seed", "vjp", "accumulate"]
Direction = Literal["forward", "backward"]


class GraphError(ValueError):
    """A list of nodes that is not a graph; the message names the node and what is wrong with it."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One use of an op, or a leaf (`op` is None).

    `inputs` are node names in the op's order of slots. `symbol` and `latex` are how the node is printed.
    """

    name: str
    op: Op | None
    inputs: tuple[str, ...]
    role: Role
    symbol: str
    latex: str


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a timeline, without numbers. `wrt` is the node whose gradient a vjp finds, through `slot`."""

    kind: Kind
    node: str
    wrt: str = ""
    slot: str = ""

    @property
    def target(self) -> str:
        """The node at which this event leaves a value or a gradient."""
        return self.wrt or self.node


def leaf(name: str, role: Role, *, symbol: str = "", latex: str = "") -> Node:
    """A leaf: an input or parameter, which take gradients, or a target, which takes none."""
    return Node(name, None, (), role, symbol or name, latex or symbol or name)


def node(name: str, op: str, *, symbol: str = "", latex: str = "", **slots: str) -> Node:
    """One use of the op named `op`; `slots` binds each of its input slots to a node name.

    Raises GraphError for an unknown op, or slots that are not exactly the op's.
    """
    if op not in OPS:
        raise GraphError(f"{name}: there is no op {op!r}")
    row = OPS[op]
    if set(slots) != set(row.inputs):
        raise GraphError(f"{name}: {op} takes {', '.join(row.inputs)}, not {', '.join(slots) or 'nothing'}")
    inputs = tuple(slots[slot] for slot in row.inputs)
    return Node(name, row, inputs, "hidden", symbol or name, latex or symbol or name)


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in topological order; the last one is the loss, a scalar.

    Raises GraphError if a name occurs twice, an input is not defined before its use, or a node leads nowhere.
    """

    nodes: tuple[Node, ...]
    by_name: Mapping[str, Node] = field(init=False, repr=False, compare=False)
    requires_grad: frozenset[str] = field(init=False, repr=False, compare=False)
    timelines: Mapping[Direction, tuple[Event, ...]] = field(init=False, repr=False, compare=False)

    def __init__(self, nodes: Iterable[Node]) -> None:
        listed = tuple(nodes)
        by_name: dict[str, Node] = {}
        for entry in listed:
            if entry.name in by_name:
                raise GraphError(f"{entry.name}: the name occurs twice")
            for name in entry.inputs:
                if name not in by_name:
                    raise GraphError(f"{entry.name}: its input {name} is not defined before it")
            by_name[entry.name] = entry
        if not listed or listed[-1].op is None:
            raise GraphError("the last node must be an op: the loss")
        listed = (*listed[:-1], replace(listed[-1], role="loss"))
        by_name[listed[-1].name] = listed[-1]
        used = {name for entry in listed for name in entry.inputs}
        for entry in listed[:-1]:
            if entry.name not in used:
                raise GraphError(f"{entry.name}: nothing uses it")
        object.__setattr__(self, "nodes", listed)
        object.__setattr__(self, "by_name", MappingProxyType(by_name))
        object.__setattr__(self, "requires_grad", _requires_grad(listed))
        forward = tuple(Event("forward", entry.name) for entry in self.ops)
        object.__setattr__(
            self, "timelines", MappingProxyType({"forward": forward, "backward": tuple(_backward(self))})
        )

    @property
    def leaves(self) -> tuple[Node, ...]:
        """The leaves, in the order in which addresses and fields name them."""
        return tuple(entry for entry in self.nodes if entry.op is None)

    @property
    def ops(self) -> tuple[Node, ...]:
        """The nodes that compute, in the order in which the forward pass runs them."""
        return tuple(entry for entry in self.nodes if entry.op is not None)

    def shapes(self, leaves: Mapping[str, Shape]) -> dict[str, Shape]:
        """The shape of every node, in topological order, from those of the leaves."""
        found: dict[str, Shape] = {}
        for entry in self.nodes:
            if entry.op is None:
                found[entry.name] = leaves[entry.name]
            else:
                slots = zip(entry.op.inputs, entry.inputs, strict=True)
                found[entry.name] = entry.op.shape({slot: found[name] for slot, name in slots})
        return found

    @property
    def loss(self) -> Node:
        """The last node."""
        return self.nodes[-1]


def _requires_grad(nodes: tuple[Node, ...]) -> frozenset[str]:
    """The nodes that lead from a leaf that is no target to the loss, through inputs that have a VJP."""
    wants: set[str] = set()
    for entry in nodes:
        if entry.op is None:
            if entry.role != "target":
                wants.add(entry.name)
        elif any(name in wants for name, _ in _through(entry)):
            wants.add(entry.name)
    receives = {nodes[-1].name}
    for entry in reversed(nodes):
        if entry.op is not None and entry.name in receives:
            receives.update(name for name, _ in _through(entry))
    return frozenset(wants & receives)


def _through(entry: Node) -> list[tuple[str, str]]:
    """(input name, slot) for each input that has a VJP, in the order of the op's table row."""
    assert entry.op is not None
    bound = dict(zip(entry.op.inputs, entry.inputs, strict=True))
    return [(bound[slot], slot) for slot in entry.op.vjps]


def _backward(graph: Graph) -> Iterable[Event]:
    """The seed, then each node's VJPs from the loss back; the sum of a value used twice is a step of its own."""
    wants = graph.requires_grad
    edges = [(entry, name, slot) for entry in graph.ops for name, slot in _through(entry)]
    awaited = Counter(name for entry, name, _ in edges if entry.name in wants and name in wants)
    fan_out = dict(awaited)
    yield Event("seed", graph.loss.name)
    for entry in reversed(graph.ops):
        if entry.name not in wants:
            continue
        for name, slot in _through(entry):
            if name not in wants:
                continue
            yield Event("vjp", entry.name, name, slot)
            awaited[name] -= 1
            if awaited[name] == 0 and fan_out[name] > 1:
                yield Event("accumulate", name)
