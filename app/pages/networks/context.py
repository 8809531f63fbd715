"""The context of the page of networks: the builder, and each network of the gallery with its two passes."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine import NETWORKS, Formula, Graph
from app.pages.header import address_to, with_network
from app.pages.published.listed import ListedGroup, published_groups
from app.snapshot import Expression
from app.snapshot.formulas import expression
from app.snapshot.gallery import NetworkView, Rule, gallery
from app.state import AS_IT_COMES, Invalid, ViewState
from app.state.codec import query_of
from app.state.training import Training

from .builder import Builder, builder
from .question import Built


@dataclass(frozen=True, slots=True)
class NetworkCard:
    """A network of the gallery, and where its two passes are, the step after them, and all of it on paper.

    `prediction` says what p is, where the loss makes it itself; `gradients` are the VJPs from the loss back to z, in
    their order.
    """

    view: NetworkView
    prediction: Expression | None
    gradients: tuple[Rule, ...]
    forward: str
    backward: str
    train: str
    paper: str


@dataclass(frozen=True, slots=True)
class NetworksPage:
    """The page: where it is, the builder, the networks of the gallery, and the published examples by their kind."""

    here: str
    builder: Builder
    cards: tuple[NetworkCard, ...]
    published: tuple[ListedGroup, ...]


def networks_page(built: Built, problem: Invalid[Built] | None) -> NetworksPage:
    """What the page shows; with what is wrong with what was sent, if anything is."""
    listed = published_groups(query_of(built.view.staging.handed_on.parts()))
    return NetworksPage(built.address(), builder(built, problem), network_cards(built.view), listed)


def network_cards(carried: ViewState = AS_IT_COMES) -> tuple[NetworkCard, ...]:
    """Every network, in the order of the gallery, with those numbers that are carried along and fit it."""
    return tuple(_card(view, with_network(carried, NETWORKS[view.name])) for view in gallery())


def _card(view: NetworkView, start: ViewState) -> NetworkCard:
    network = start.network
    computed = {node.name for node in view.nodes if node.op}
    gradients = tuple(rule for node in reversed(view.nodes) for rule in node.vjps if rule.wrt in computed)
    back = start.go("backward")
    return NetworkCard(
        view=view,
        prediction=_prediction(network.graph),
        gradients=gradients,
        forward=start.address(),
        backward=back.address(),
        train=Training(back).address(),
        paper=address_to("/handout", start),
    )


def _prediction(graph: Graph) -> Expression | None:
    made = graph.loss.op.likelihood.activation if graph.loss.op.likelihood else None
    if made is None:
        return None
    formula = made.named or made.formula
    return expression(Formula(f"p = {formula.text}", f"p = {formula.latex}"), graph, graph.loss)
