"""The networks there are, without a pass over any: what each is made of, what it starts with, what to look at."""

from __future__ import annotations

from functools import lru_cache

from app.engine import NETWORKS, Graph, Network, Node, as_arrays
from app.engine.graph import Direction, Role

from .formulas import bound, forward_equation, vjp_equation
from .models import Expression, Frozen, NestedList


class Rule(Frozen):
    """A VJP of a node, with respect to one of its inputs."""

    wrt: str
    """The input that it is taken with respect to: a node’s name."""
    latex: str
    """The formula in LaTeX, for typesetting."""
    text: str
    """The formula as plain text."""


class NetworkNode(Frozen):
    """A node of a network, without numbers."""

    name: str
    """The node’s name; inputs and wrt refer to it."""
    symbol: str
    """How the node is printed, such as h; the target y is printed y*."""
    op: str | None
    """The op that computes it; null for a leaf: an input, a parameter or a target."""
    role: Role
    """What the node is in the network: input, parameter, target, hidden or loss."""
    inputs: list[str]
    """The names of the nodes it is computed from, in the order of the op’s inputs; empty for a leaf."""
    shape: list[int]
    """The shape of its value: rows and columns, a length, or nothing for a scalar."""
    forward: Expression | None
    """The op’s formula in this network’s names; null for a leaf."""
    vjps: list[Rule]
    """One vector-Jacobian product for each input that a gradient is taken with respect to; empty for a leaf."""


class NetworkView(Frozen):
    """A network that a page shows."""

    name: str
    """The network’s name, as an address has it."""
    title: str
    """Its name for people."""
    about: str
    """A sentence on what to look at."""
    defaults: dict[str, NestedList]
    """The default values of its leaves, by name: what a request that gives none gets."""
    nodes: list[NetworkNode]
    """Its nodes, in topological order."""
    steps: dict[Direction, int]
    """How many steps each pass has, by pass."""
    last_arrow: Expression
    """The first VJP that its backward pass runs after the seed: that of the loss."""


class Gallery(Frozen):
    """The networks there are."""

    networks: list[NetworkView]
    """Every network, in the order in which the page lists them."""


@lru_cache(maxsize=1)
def gallery() -> tuple[NetworkView, ...]:
    """Every network without a pass over it, in the order in which the page lists them."""
    return tuple(_view(network) for network in NETWORKS.values())


def _view(network: Network) -> NetworkView:
    graph = network.graph
    nodes = [_node(graph, node, network) for node in graph.nodes]
    head = nodes[-1].vjps[0]
    return NetworkView(
        name=network.name,
        title=network.title,
        about=network.about,
        defaults={name: array.tolist() for name, array in as_arrays(network.defaults).items()},
        nodes=nodes,
        steps={direction: len(events) for direction, events in graph.timelines.items()},
        last_arrow=Expression(latex=head.latex, text=head.text),
    )


def _node(graph: Graph, node: Node, network: Network) -> NetworkNode:
    names = bound(node)
    rules = [(slot, vjp_equation(graph, node, slot)) for slot in node.op.vjps] if node.op else []
    return NetworkNode(
        name=node.name,
        symbol=node.symbol,
        op=node.op.name if node.op else None,
        role=node.role,
        inputs=list(node.inputs),
        shape=list(network.shape(node.name)),
        forward=forward_equation(graph, node) if node.op else None,
        vjps=[
            Rule(wrt=names[slot], latex=rule.latex, text=rule.text)
            for slot, rule in rules
            if names[slot] in graph.requires_grad
        ],
    )
