"""The gallery page's context: each network, and where its two passes are."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine import NETWORKS
from app.snapshot.gallery import NetworkView, Rule, gallery
from app.state import ViewState


@dataclass(frozen=True, slots=True)
class NetworkCard:
    """A network of the gallery, its VJPs from the loss back to z in the order they run in, and where its passes are."""

    view: NetworkView
    gradients: tuple[Rule, ...]
    forward: str
    backward: str


def network_cards() -> tuple[NetworkCard, ...]:
    """Every network, in the order of the gallery."""
    return tuple(_card(view) for view in gallery())


def _card(view: NetworkView) -> NetworkCard:
    network = NETWORKS[view.name]
    start = ViewState(network, "forward", network.defaults)
    computed = {node.name for node in view.nodes if node.op}
    gradients = tuple(rule for node in reversed(view.nodes) for rule in node.vjps if rule.wrt in computed)
    return NetworkCard(view, gradients, start.address(), start.go("backward").address())
