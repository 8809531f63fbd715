"""The page's one context: a snapshot, where everything on the page leads, and the view that is open.

Layout: `inputs` what the parts are made from · `cells` nodes and their entries, with `texts` · `pictures` the two
drawings, `stage` those of the stage, `caption` what stands under them, `hidden` what is hidden there · `controls` links
and timeline · `digits` how many are shown · `fields` the form and its examples · `panel` what the card says, with
`pass_panel`, `update_panel`, `node_panel` and `check` · `legend` the marks in the picture · `heading` the title, and
what is read out. Nothing is computed here that `app.snapshot` does not compute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.engine import Trace
from app.layout import ORIENTATIONS, Orientation, is_drawn
from app.pages.contents import boards_of
from app.pages.form import FieldCard, Link, loose_errors
from app.snapshot import Explained
from app.snapshot.limits import target_note
from app.state import Invalid, ViewState

from .caption import Caption, caption
from .cells import NodeCard, node_card
from .controls import Links, Position, Stop, links, position, stops
from .digits import DigitsChoice, digits_choice
from .edit import Edit, last_edit
from .fields import examples, fields, hidden
from .heading import announcement, heading
from .hidden import hidden_numbers
from .inputs import gather
from .large import has_fields
from .legend import LegendEntry, legend
from .panel import Panel, panel, tabs
from .pictures import Picture, pictures
from .stage import stage_pictures


@dataclass(frozen=True, slots=True)
class BoardLink:
    """A board of the chapter that explains what is shown, with the numbers that are."""

    key: str
    href: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page's templates see."""

    snapshot: Explained
    heading: str
    announcement: str
    links: Links
    pictures: tuple[Picture, ...]
    nodes: tuple[NodeCard, ...]
    position: Position
    stops: tuple[Stop, ...]
    fields: tuple[FieldCard, ...]
    errors: tuple[str, ...]
    examples: tuple[Link, ...]
    hidden: tuple[tuple[str, str], ...]
    panel: Panel
    tabs: tuple[Link, ...]
    legend: tuple[LegendEntry, ...]
    edit: Edit | None
    note: str
    digits: DigitsChoice
    boards: tuple[BoardLink, ...]
    state: ViewState
    stage: Caption | None

    def ask(self, key: str) -> str:
        """Where the question about an entry leads."""
        return self.state.with_ask(key).address()

    def href_of(self, name: str) -> str:
        """Where a node is explained."""
        return next(card.href for card in self.nodes if card.view.name == name)


def _boards(state: ViewState) -> tuple[BoardLink, ...]:
    """The boards that explain what is shown, which take networks that are drawn."""
    boards = boards_of(state) if is_drawn(state.shapes, state.network.graph) else ()
    return tuple(BoardLink(board.key, board.address(state)) for board in boards)


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
    opened, edit, staged = panel(inputs, cards), last_edit(inputs), state.staging.stage is not None and problem is None
    unknown = hidden_numbers(inputs)
    drawn = stage_pictures(inputs, unknown.cards(trace.graph, cards)) if staged else ()
    drawn = drawn or pictures(inputs, cards, orientations)
    return Page(
        snapshot=snapshot,
        heading=heading(inputs, opened, problem),
        announcement=announcement(inputs, opened, edit, problem),
        links=links(inputs),
        pictures=drawn,
        nodes=cards,
        position=position(inputs),
        stops=stops(inputs),
        fields=fields(state, problem) if has_fields(inputs) else (),
        errors=loose_errors(problem, state.values),
        examples=examples(state),
        hidden=hidden(state),
        panel=opened,
        tabs=tabs(inputs),
        legend=legend(cards),
        edit=edit,
        note=target_note(trace),
        digits=digits_choice(inputs),
        boards=_boards(state),
        state=state,
        stage=caption(inputs, opened, drawn, unknown) if staged else None,
    )
