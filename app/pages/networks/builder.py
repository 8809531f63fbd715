"""The builder of networks as it stands: its fields, the formula of the whole, and the network that comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from app.layout import is_drawn
from app.pages.form import HoldBox, hold_boxes, loose_errors, sent_along
from app.snapshot import Expression
from app.snapshot.whole import whole_formula
from app.state import Invalid, number_text
from app.state.training import Training

from .choice import choice_of
from .fields import ArrayField, ChoiceField, ChoiceFields, Fields, array_field, choice_fields
from .question import FIELDS, NEAR, Built

# More numbers than these nobody types, and no address holds twice.
MAX_NUMBERS = 400


@dataclass(frozen=True, slots=True)
class Builder:
    """The builder, as it stands at one network with its numbers.

    `choice` has the fields of what is chosen, `named` is the one for the name of a chain, `hidden` what the forms send
    along. `formula` is that of the whole, `convention` says what its loss adds up, and `batch` of how many examples (0:
    of one that is no batch). A network with more than MAX_NUMBERS has no `arrays`; `count` says how many it has.
    `opens` and `back` are the addresses of the two passes, `step` that of one step of gradient descent.
    """

    name: str
    title: str
    is_chain: bool
    is_drawn: bool
    formula: tuple[Expression, ...]
    convention: str
    batch: int
    choice: ChoiceFields
    named: ChoiceField
    arrays: tuple[ArrayField, ...]
    count: int
    lr: ChoiceField
    hold: tuple[HoldBox, ...]
    hidden: tuple[tuple[str, str], ...]
    reduce: str
    errors: tuple[str, ...]
    opens: str
    back: str
    step: str


def builder(built: Built, problem: Invalid[Built] | None) -> Builder:
    """The builder at a network; with what is wrong beside its fields, if anything is."""
    view, fields = built.view, Fields(problem)
    network, choice = view.network, choice_of(view)
    name = network.name if choice is None else choice.name
    count = sum(prod(network.shape(leaf)) for leaf in network.defaults)
    return Builder(
        name=name,
        title=network.title,
        is_chain=choice is not None,
        is_drawn=is_drawn(view.shapes, network.graph),
        formula=whole_formula(network),
        convention=network.base.graph.loss.op.convention,
        batch=network.batch,
        choice=choice_fields(choice or NEAR, problem),
        named=fields.typed("network", "name", name),
        arrays=tuple(array_field(view, name, problem) for name in network.defaults) if count <= MAX_NUMBERS else (),
        count=count,
        lr=fields.typed("lr", "learning rate lr", "" if view.lr is None else number_text(view.lr)),
        hold=hold_boxes(network, view.hold),
        hidden=sent_along(view.staging.handed_on.parts(), built.query()),
        reduce=network.reduce if network.batch else "",
        errors=loose_errors(problem, ("network", "lr", *FIELDS, *network.defaults)),
        opens=view.go("forward").address(),
        back=view.go("backward").address(),
        step=Training(view.with_step(None), view.lr or Training.lr, view.hold).address(),
    )
