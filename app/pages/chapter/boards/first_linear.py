"""The op that several boards look at: the network's first linear one."""

from __future__ import annotations

from app.engine import VjpUse
from app.state import ViewState


def first_linear(view: ViewState) -> VjpUse:
    """The VJP of the network's first linear op with respect to its input."""
    graph = view.network.graph
    node = next(node for node in graph.ops if node.op.name == "linear")
    return graph.vjps[node.name, "x"]
