"""The page's one context: a snapshot, where everything on the page leads, and the view that is open.

Public names: `Page`, `page`. Map: `seen` what the parts are made from · `cells` nodes and their entries · `pictures`
the two drawings · `walk` controls and timeline · `form` fields and examples · `panel` what the card says.
Nothing is computed here that `app.snapshot` does not compute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.layout import ORIENTATIONS, Orientation
from app.snapshot import Explained
from app.state import InvalidState, ViewState

from .cells import NodeCard, node_card
from .form import Example, FieldCard, examples, fields, hidden, loose_errors
from .panel import Panel, Tab, announcement, heading, panel, tabs
from .pictures import Picture, picture
from .seen import look
from .walk import Links, Stop, links, stops


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page's templates see."""

    snapshot: Explained
    heading: str
    announcement: str
    links: Links
    pictures: tuple[Picture, ...]
    nodes: tuple[NodeCard, ...]
    stops: tuple[Stop, ...]
    fields: tuple[FieldCard, ...]
    errors: tuple[str, ...]
    examples: tuple[Example, ...]
    hidden: tuple[tuple[str, str], ...]
    panel: Panel
    tabs: tuple[Tab, ...]
    was: tuple[str, ...]
    roomy: bool
    state: ViewState

    def ask(self, key: str) -> str:
        """Where the question about an entry leads."""
        return self.state.asking(key).address()

    def symbol(self, name: str) -> str:
        """How a saved value is printed: a node by its symbol, what is no node by the op's own name."""
        return next((card.view.symbol for card in self.nodes if card.view.name == name), name)

    def href_of(self, name: str) -> str:
        """Where a node leads."""
        return next(card.href for card in self.nodes if card.view.name == name)


# Formulas of more letters than these do not leave the line to their numbers.
_LONG_FORMULA = 20


def _roomy(snapshot: Explained) -> bool:
    """Whether the card needs more room at some step of this network, and so at all of them: a step moves nothing."""
    texts = [node.forward.text for node in snapshot.nodes if node.forward]
    return max(map(len, texts)) > _LONG_FORMULA


def page(
    state: ViewState,
    snapshot: Explained,
    problem: InvalidState | None = None,
    orientations: Sequence[Orientation] = ORIENTATIONS,
) -> Page:
    """Everything around a snapshot of `state`, with those drawings.

    `problem` is what was wrong with the address that led here.
    """
    seen = look(state, snapshot)
    cards = tuple(node_card(seen, view) for view in snapshot.nodes)
    opened = panel(seen, cards)
    return Page(
        snapshot=snapshot,
        heading=heading(seen, opened, problem),
        announcement=announcement(seen, opened, problem),
        links=links(seen),
        pictures=tuple(picture(seen, cards, orientation) for orientation in orientations),
        nodes=cards,
        stops=stops(seen),
        fields=fields(state, problem),
        errors=loose_errors(state, problem),
        examples=examples(state),
        hidden=hidden(state),
        panel=opened,
        tabs=tabs(seen),
        was=seen.changes(),
        roomy=_roomy(snapshot),
        state=state,
    )
