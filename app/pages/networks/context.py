"""The context of the page of networks: the builder, and each network of the gallery with its two passes."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine import NETWORKS, Formula, Graph
from app.pages.header import with_network
from app.snapshot import Expression
from app.snapshot.formulas import expression
from app.snapshot.gallery import NetworkView, Rule, gallery
from app.state import AS_IT_COMES, Invalid, ViewState

from .builder import Builder, builder
from .question import Built


@dataclass(frozen=True, slots=True)
class NetworkCard:
    """A network of the gallery, and where its two passes are.

    `prediction` says what p is, where the loss makes it itself; `gradients` are the VJPs from the loss back to z, in
    their order.
    """

    view: NetworkView
    prediction: Expression | None
    gradients: tuple[Rule, ...]
    forward: str
    backward: str


@dataclass(frozen=True, slots=True)
class NetworksPage:
    """The page: where it is, the builder, and the networks of the gallery."""

    here: str
    builder: Builder
    cards: tuple[NetworkCard, ...]


def networks_page(built: Built, problem: Invalid[Built] | None) -> NetworksPage:
    """What the page shows; with what is wrong with what was sent, if anything is."""
    return NetworksPage(built.address(), builder(built, problem), network_cards(built.view))


def network_cards(carried: ViewState = AS_IT_COMES) -> tuple[NetworkCard, ...]:
    """Every network, in the order of the gallery, with those numbers that are carried along and fit it."""
    return tuple(_card(view, with_network(carried, NETWORKS[view.name])) for view in gallery())


def _card(view: NetworkView, start: ViewState) -> NetworkCard:
    network = start.network
    computed = {node.name for node in view.nodes if node.op}
    gradients = tuple(rule for node in reversed(view.nodes) for rule in node.vjps if rule.wrt in computed)
    return NetworkCard(view, _prediction(network.graph), gradients, start.address(), start.go("backward").address())


def _prediction(graph: Graph) -> Expression | None:
    made = graph.loss.op.likelihood.activation if graph.loss.op.likelihood else None
    if made is None:
        return None
    formula = made.named or made.formula
    return expression(Formula(f"p = {formula.text}", f"p = {formula.latex}"), graph, graph.loss)
