"""The page's one context: a snapshot, where everything on the page leads, and the view that is open.

Layout: `inputs` what the parts are made from · `cells` nodes and their entries · `pictures` the two drawings ·
`controls` links and timeline · `fields` the form and its examples · `panel` what the card says · `legend` the marks
in the picture · `heading` the title, and what is read out. Nothing is computed here that `app.snapshot` does not
compute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.engine import Trace
from app.layout import ORIENTATIONS, Orientation
from app.pages.form import FieldCard, Link, loose_errors
from app.snapshot import Explained
from app.snapshot.limits import target_note
from app.state import Invalid, ViewState

from .cells import NodeCard, node_card
from .controls import Links, Stop, links, stops
from .fields import examples, fields, hidden
from .heading import announcement, heading
from .inputs import gather
from .legend import LegendEntry, legend
from .panel import Panel, panel, tabs
from .pictures import Picture, picture

# How much more than the ordinary room the card takes.
CardSize = Literal["", "roomy", "roomiest"]


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
    examples: tuple[Link, ...]
    hidden: tuple[tuple[str, str], ...]
    panel: Panel
    tabs: tuple[Link, ...]
    legend: tuple[LegendEntry, ...]
    was: tuple[str, ...]
    card_size: CardSize
    note: str
    state: ViewState

    def ask(self, key: str) -> str:
        """Where the question about an entry leads."""
        return self.state.with_ask(key).address()

    def href_of(self, name: str) -> str:
        """Where a node leads."""
        return next(card.href for card in self.nodes if card.view.name == name)


# Formulas of more letters than the first do not leave the line to their numbers; beyond the second, these take two.
_LONG_FORMULA, _LONGER_FORMULA = 20, 38


def _card_size(snapshot: Explained) -> CardSize:
    """How much more room the card needs at some step of this network, and so at all of them: a step moves nothing."""
    longest = max(len(node.forward.text) for node in snapshot.nodes if node.forward)
    return "roomiest" if longest > _LONGER_FORMULA else "roomy" if longest > _LONG_FORMULA else ""


def page(
    state: ViewState,
    trace: Trace,
    problem: Invalid[ViewState] | None = None,
    orientations: Sequence[Orientation] = ORIENTATIONS,
) -> Page:
    """Everything that is shown of a state and its trace, with those drawings.

    `problem` is what was wrong with the address that led here.
    """
    inputs = gather(state, trace)
    snapshot = inputs.snapshot
    cards = tuple(node_card(inputs, view) for view in snapshot.nodes)
    opened = panel(inputs, cards)
    return Page(
        snapshot=snapshot,
        heading=heading(inputs, opened, problem),
        announcement=announcement(inputs, opened, problem),
        links=links(inputs),
        pictures=tuple(picture(inputs, cards, orientation) for orientation in orientations),
        nodes=cards,
        stops=stops(inputs),
        fields=fields(state, problem),
        errors=loose_errors(problem, state.values),
        examples=examples(state),
        hidden=hidden(state),
        panel=opened,
        tabs=tabs(inputs),
        legend=legend(cards),
        was=inputs.changes(),
        card_size=_card_size(snapshot),
        note=target_note(trace),
        state=state,
    )
