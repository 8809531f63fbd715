"""The context of a board's page: what the board draws, and around it what all boards have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.pages.contents import CONTENTS, BoardTitle
from app.pages.form import FieldCard, Link, error_beside, loose_errors, sent_along, typed_text
from app.pages.header import address_to
from app.pages.questions import Think, think
from app.snapshot import Expression
from app.snapshot.formulas import quantity
from app.state import Invalid, ViewState, field_text
from app.state.codec import Param, address_of, query_of

from .question import BoardState


@dataclass(frozen=True, slots=True)
class StepLink:
    """A step of the network: what is found there, where it is on the walk, and its address."""

    what: str
    where: str
    href: str


@dataclass(frozen=True, slots=True)
class BoardPage:
    """All that a board's template sees.

    `drawn` is what the board itself found. `strip` leads to all boards, `back` and `next` to those beside this one;
    None at an end, but for the chapter's own page before the first. `fields` are the numbers that it stands on, on the
    network `network`, which is another than one came with where it `is_other`; of a `batch` of so many examples (0: no
    batch) they are those of the first. `asked` are what else is asked on it, by name, each as the text of a field;
    `think` is the question to think about on it, if it has one.
    """

    title: BoardTitle
    heading: str
    announcement: str
    drawn: object
    formulas: tuple[Expression, ...]
    strip: tuple[Link, ...]
    back: Link
    next: Link | None
    step: StepLink
    network: str
    is_other: bool
    batch: int
    fields: tuple[FieldCard, ...]
    asked: Mapping[str, FieldCard]
    examples: tuple[Link, ...]
    errors: tuple[str, ...]
    hidden: tuple[tuple[str, str], ...]
    think: Think | None
    terms: tuple[str, ...]
    is_wide: bool
    here: str
    twin: str
    state: BoardState


def board_page(state: BoardState, problem: Invalid[BoardState] | None = None) -> BoardPage:
    """Everything that is shown of a board; `problem` is what was wrong with the address that led here.

    Raises Invalid where finite numbers overflow.
    """
    board, view = state.board, state.view
    names = list(view.values) if board.has_numbers else []
    strip = tuple(Link(one.label, _at_board(state, one), one is board.title) for one in CONTENTS.values())
    at = next(place for place, one in enumerate(strip) if one.here)
    to_think = think(board.thinks, view) if board.thinks else None
    return BoardPage(
        title=board.title,
        heading="Please check the numbers" if problem else board.title.title,
        announcement=" ".join(f"{error.msg}." for error in problem.errors) if problem else board.title.title,
        drawn=board.draw(state),
        formulas=board.formulas(state),
        strip=strip,
        back=strip[at - 1] if at else Link("The chapter", address_to("/chapter", state.carried), False),
        next=strip[at + 1] if at + 1 < len(strip) else None,
        step=step_link(board.step(state).with_staging(state.staging)),
        network=view.network.title,
        is_other=view.network is not state.carried.network.base,
        batch=state.carried.network.batch,
        fields=tuple(_fields(view, names, problem)),
        asked={param.name: _asked(state, param, problem) for param in board.params},
        examples=tuple(_examples(state)) if board.has_numbers else (),
        errors=loose_errors(problem, (*names, *(param.name for param in board.params if param.paste))),
        hidden=_hidden(state),
        think=to_think,
        terms=tuple(dict.fromkeys((*board.terms, *(to_think.terms if to_think else ())))),
        is_wide=board.is_wide,
        here=state.address(),
        twin=address_of("/api/chapter", state.carried.numbers_query),
        state=state,
    )


def _at_board(state: BoardState, title: BoardTitle) -> str:
    """The address of another board, shown as this one is."""
    parts = [*state.carried.number_parts(), *state.staging.parts()]
    return address_of(f"/chapter/{title.key}", query_of(parts))


def step_link(step: ViewState) -> StepLink:
    """The link to a step of the network."""
    if step.event is None:
        whole = "the whole" if step.whole else "the inputs of the"
        return StepLink("", f"{whole} {step.direction} pass", step.address())
    what = quantity(step.network.graph, step.event).text
    return StepLink(what, f"step {step.step} of {step.steps}, {step.direction}", step.address())


def _fields(view: ViewState, names: Iterable[str], problem: Invalid[BoardState] | None) -> Iterable[FieldCard]:
    for name in names:
        leaf = view.network.graph.by_name[name]
        text = typed_text(problem, name, field_text(view.values[name]))
        yield FieldCard(name, leaf.symbol, view.network.shape(name), text, error_beside(problem, name))


def _asked(state: BoardState, param: Param[Any], problem: Invalid[BoardState] | None) -> FieldCard:
    text = typed_text(problem, param.name, param.write(state.choice(param.name)))
    return FieldCard(param.name, param.name, (), text, error_beside(problem, param.name))


def _examples(state: BoardState) -> Iterable[Link]:
    """The network's examples on this board; the first leads back to the default numbers."""
    for example in state.view.network.examples:
        there = state.with_view(state.view.with_values(example.values))
        title = example.title if example.values else "Reset"
        yield Link(title, there.address(), there.view.values == state.view.values)


def _hidden(state: BoardState) -> tuple[tuple[str, str], ...]:
    """What the form of the numbers sends along: the network that they are of, what is chosen on the board, and the good
    address it was sent from. A form without numbers sends along all that it hands on."""
    carried = [("network", state.view.network.name)] if state.board.has_numbers else state.carried.number_parts()
    own = state.own_parts() if state.board.has_numbers else []
    return sent_along([*carried, *own, *state.staging.parts()], state.query())
