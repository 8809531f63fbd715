"""The gallery page's context: each network, and where its two passes are."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine import NETWORKS
from app.snapshot.gallery import NetworkView, gallery
from app.state import ViewState


@dataclass(frozen=True, slots=True)
class NetworkCard:
    """A network of the gallery, and where its two passes are."""

    view: NetworkView
    forward: str
    backward: str


def network_cards() -> tuple[NetworkCard, ...]:
    """Every network, in the order of the gallery."""
    return tuple(_card(view) for view in gallery())


def _card(view: NetworkView) -> NetworkCard:
    network = NETWORKS[view.name]
    start = ViewState(network, "forward", network.defaults)
    return NetworkCard(view, start.address(), start.go("backward").address())
