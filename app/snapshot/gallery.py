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
    latex: str
    text: str


class NetworkNode(Frozen):
    """A node of a network: its op (null for what is given), the formula of its value, and its VJPs."""

    name: str
    symbol: str
    op: str | None
    role: Role
    inputs: list[str]
    shape: list[int]
    forward: Expression | None
    vjps: list[Rule]


class NetworkView(Frozen):
    """A network of the gallery. `defaults` are its own, by name; `last_arrow` is the first VJP a backward pass runs."""

    name: str
    title: str
    about: str
    defaults: dict[str, NestedList]
    nodes: list[NetworkNode]
    steps: dict[Direction, int]
    last_arrow: Expression


class Gallery(Frozen):
    """All networks."""

    networks: list[NetworkView]


@lru_cache(maxsize=1)
def gallery() -> tuple[NetworkView, ...]:
    """Every network, in the order of the gallery."""
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
