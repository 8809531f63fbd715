"""A network as plain data: nodes in topological order, checked once, and the timeline of its two passes.

No numbers live here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from .ops import OPS, Array, Op, Shape, ShapeError, Vjp
from .ops.table import Rule

Role = Literal["input", "parameter", "target", "given", "hidden", "loss"]
# What takes no gradient: a target, and the upstream gradient that is given where there is no loss.
CONSTANT: frozenset[Role] = frozenset({"target", "given"})
Kind = Literal["forward", "seed", "vjp", "accumulate"]
Direction = Literal["forward", "backward"]
# A VJP in a graph: the node whose op it belongs to, and the slot it is taken with respect to.
Edge: TypeAlias = tuple[str, str]


class GraphError(ValueError):
    """A list of nodes that is not a graph; the message names the node and what is wrong with it."""


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A node that is not computed: an input or a parameter, which take gradients, or one of CONSTANT, which take none.

    `symbol` and `latex` are how the node is printed.
    """

    name: str
    op: None
    inputs: tuple[()]
    role: Role
    symbol: str
    latex: str


@dataclass(frozen=True, slots=True, eq=False)
class OpNode:
    """One use of an op: a node that is computed.

    `inputs` are node names in the op's order of slots. `symbol` and `latex` are how the node is printed.
    """

    name: str
    op: Op
    inputs: tuple[str, ...]
    role: Role
    symbol: str
    latex: str


Node: TypeAlias = Leaf | OpNode


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

    @property
    def edge(self) -> Edge:
        """Where a vjp runs."""
        return self.node, self.slot


@dataclass(frozen=True, slots=True, eq=False)
class VjpUse:
    """One use of a VJP: what the backward pass runs at `step` (from 1), the rule of `node`'s op for `slot`.

    It finds the gradient at the node named `wrt`: all of it, or where it is `partial`, since `wrt` has several uses,
    one of the contributions that an accumulate event adds.
    """

    step: int
    node: OpNode
    slot: str
    wrt: str
    vjp: Vjp
    partial: bool

    @property
    def edge(self) -> Edge:
        """Where it runs: how a graph's VJPs and a trace's contributions name it."""
        return self.node.name, self.slot


Picker: TypeAlias = Callable[[Mapping[str, Array]], tuple[Array, ...]]


class Plan(NamedTuple):
    """Both passes flat, for the sweeps: what they would look up at each step, looked up once for a graph.

    `forward` has of each op its node, what runs, what picks its inputs from the values, and whether it is tidy.
    `backward` has of each VJP its node, its edge, the rule, whether that is tidy, and the node whose gradient it finds;
    then whether that is all of the gradient, and if not, but it is the last part, the edges at which all parts were
    found. `events` are those of both passes.
    """

    forward: tuple[tuple[str, Callable[..., tuple[Array, dict[str, Array]]], Picker, bool], ...]
    backward: tuple[tuple[str, Edge, Rule, bool, str, bool, tuple[Edge, ...]], ...]
    events: tuple[Event, ...]


def leaf(name: str, role: Role, *, symbol: str = "", latex: str = "") -> Leaf:
    """A leaf: an input or parameter, which take gradients, or one of CONSTANT, which take none."""
    return Leaf(name, None, (), role, symbol or name, latex or symbol or name)


def node(name: str, op: str, *, symbol: str = "", latex: str = "", **slots: str) -> OpNode:
    """One use of the op named `op`; `slots` binds each of its input slots to a node name.

    Raises GraphError for an unknown op, or slots that are not exactly the op's.
    """
    if op not in OPS:
        raise GraphError(f"{name}: there is no op {op!r}")
    row = OPS[op]
    if set(slots) != set(row.inputs):
        raise GraphError(f"{name}: {op} takes {', '.join(row.inputs)}, not {', '.join(slots) or 'nothing'}")
    inputs = tuple(slots[slot] for slot in row.inputs)
    return OpNode(name, row, inputs, "hidden", symbol or name, latex or symbol or name)


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in topological order; the last one is the loss, a scalar.

    Raises GraphError if a name occurs twice, an input is not defined before its use, or a node leads nowhere. What
    follows from the nodes is worked out when it is first asked for.
    """

    nodes: tuple[Node, ...]
    by_name: Mapping[str, Node] = field(init=False, repr=False, compare=False)
    loss: OpNode = field(init=False, repr=False, compare=False)

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
        loss = replace(listed[-1], role="loss")
        by_name[loss.name] = loss
        used = {name for entry in listed for name in entry.inputs}
        for entry in listed[:-1]:
            if entry.name not in used:
                raise GraphError(f"{entry.name}: nothing uses it")
        object.__setattr__(self, "nodes", (*listed[:-1], loss))
        object.__setattr__(self, "by_name", MappingProxyType(by_name))
        object.__setattr__(self, "loss", loss)

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """The leaves, in the order in which addresses and fields name them."""
        return tuple(entry for entry in self.nodes if entry.op is None)

    @cached_property
    def ops(self) -> tuple[OpNode, ...]:
        """The nodes that compute, in the order in which the forward pass runs them."""
        return tuple(entry for entry in self.nodes if entry.op is not None)

    @cached_property
    def computed(self) -> Mapping[str, OpNode]:
        """The nodes that compute, by name."""
        return MappingProxyType({entry.name: entry for entry in self.ops})

    @cached_property
    def head(self) -> OpNode:
        """The node that compares with the target: the loss itself, or of a batch, that of the examples' losses."""
        return self.computed[self.loss.inputs[0]] if self.loss.op.reduces else self.loss

    @cached_property
    def by_example(self) -> frozenset[str]:
        """Of a batch the nodes that count examples, along their first axis."""
        return frozenset(
            name
            for entry in self.ops
            for slot, name in zip((*entry.op.inputs, entry.op.output), (*entry.inputs, entry.name), strict=True)
            if slot in entry.op.counts
        )

    @cached_property
    def requires_grad(self) -> frozenset[str]:
        """The nodes that lead from a leaf that is no target to the loss, through inputs that have a VJP."""
        return _requires_grad(self)

    @cached_property
    def behind(self) -> Mapping[str, frozenset[str]]:
        """For each node the nodes that its value reaches, without itself."""
        found: dict[str, frozenset[str]] = {}
        for entry in reversed(self.nodes):
            users = [user.name for user in self.ops if entry.name in user.inputs]
            found[entry.name] = frozenset(users).union(*(found[name] for name in users))
        return MappingProxyType(found)

    @cached_property
    def timelines(self) -> Mapping[Direction, tuple[Event, ...]]:
        """What each pass does, step by step."""
        forward = tuple(Event("forward", entry.name) for entry in self.ops)
        return MappingProxyType({"forward": forward, "backward": tuple(_backward(self))})

    @cached_property
    def vjps(self) -> Mapping[Edge, VjpUse]:
        """The VJPs that the backward pass runs, in its order."""
        runs = [(step, event) for step, event in enumerate(self.timelines["backward"], 1) if event.kind == "vjp"]
        fan_out = Counter(event.wrt for _, event in runs)
        found = {}
        for step, event in runs:
            node, partial = self.computed[event.node], fan_out[event.wrt] > 1
            found[event.node, event.slot] = VjpUse(step, node, event.slot, event.wrt, node.op.vjps[event.slot], partial)
        return MappingProxyType(found)

    @cached_property
    def uses(self) -> Mapping[str, tuple[VjpUse, ...]]:
        """For each node the VJPs that find its gradient, in the order of the backward pass; none for the loss."""
        every = self.vjps.values()
        return MappingProxyType({name: tuple(use for use in every if use.wrt == name) for name in self.by_name})

    @cached_property
    def plan(self) -> Plan:
        """What the sweeps run. An accumulate event comes right after the last of the VJPs whose findings it adds."""
        ops = ((entry.name, entry.op.forward, _picker(entry.inputs), entry.op.tidy) for entry in self.ops)
        vjps = []
        for edge, use in self.vjps.items():
            every = self.uses[use.wrt]
            parts = tuple(each.edge for each in every) if use.partial and use is every[-1] else ()
            vjps.append((use.node.name, edge, use.vjp.rule, use.vjp.tidy, use.wrt, not use.partial, parts))
        return Plan(tuple(ops), tuple(vjps), self.timelines["forward"] + self.timelines["backward"])

    def is_partial(self, event: Event) -> bool:
        """Whether an event finds one contribution of several, and so not yet a gradient."""
        use = self.vjps.get(event.edge)
        return use is not None and use.partial

    def shapes(self, leaves: Mapping[str, Shape]) -> dict[str, Shape]:
        """The shape of every node, in topological order, from those of the leaves.

        Raises ShapeError, which names the node, where an op refuses them.
        """
        found: dict[str, Shape] = {}
        for entry in self.nodes:
            if entry.op is None:
                found[entry.name] = leaves[entry.name]
            else:
                slots = zip(entry.op.inputs, entry.inputs, strict=True)
                try:
                    found[entry.name] = entry.op.shape({slot: found[name] for slot, name in slots})
                except ShapeError as error:
                    raise ShapeError(f"{entry.name}: {error}") from None
        return found


def _picker(names: tuple[str, ...]) -> Picker:
    """What takes the arrays of these names from others. `itemgetter` does in half the time of a loop, but it gives a
    single one bare."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: (values[names[0]],)


def _requires_grad(graph: Graph) -> frozenset[str]:
    wants = {entry.name for entry in graph.leaves if entry.role not in CONSTANT}
    for entry in graph.ops:
        if any(name in wants for name, _ in _through(entry)):
            wants.add(entry.name)
    receives = {graph.loss.name}
    for entry in reversed(graph.ops):
        if entry.name in receives:
            receives.update(name for name, _ in _through(entry))
    return frozenset(wants & receives)


def _through(entry: OpNode) -> list[tuple[str, str]]:
    """(input name, slot) for each input that has a VJP, in the order of the op's table row."""
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
