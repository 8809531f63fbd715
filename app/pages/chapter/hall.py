"""A board on the stage of a lecture hall: the boards are its places, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.pages.contents import CONTENTS, BoardTitle
from app.pages.form import Link
from app.pages.hall import Hall, Staged, Tick, progress, way_back
from app.pages.overview import Small, SmallPlace, overview, overview_link
from app.state.staging import OVERVIEW

from .boards import BOARDS
from .context import BoardPage, board_page
from .question import BoardState


@dataclass(frozen=True, slots=True)
class StagedBoard:
    """What a board's templates see on the stage: its page, and whether it shows its formulas."""

    board: BoardPage
    shows_formula: bool


def staged(state: BoardState) -> Staged:
    """A board on the stage. Raises Invalid where finite numbers overflow."""
    if state.staging.stage == OVERVIEW:
        picture = state.staged("1")
        return overview(staged(picture), _places(picture), state.address())
    board, title = board_page(state), state.board.title
    has_formula = state.staging.stage == "formula"
    return Staged(
        hall=_hall(state, has_formula=has_formula),
        body="chapter/stage/body.html",
        page=StagedBoard(board, has_formula),
        heading=title.title,
        sentence=title.sentence,
        announcement=f"{title.title}. {title.sentence}",
        here=state.address(),
        twin=board.twin,
        formula=next(iter(board.formulas), None),
    )


def _hall(state: BoardState, *, has_formula: bool) -> Hall:
    walk = _walk(state)
    at = BOARDS.index(state.board)
    other = state.staged("1" if has_formula else "formula").address()
    return Hall(
        place=_place(state.board.title.key),
        first=walk[0] if at else None,
        back=walk[at - 1] if at else None,
        next=walk[at + 1] if at + 1 < len(walk) else None,
        last=walk[-1] if at + 1 < len(walk) else None,
        ticks=tuple(_ticks(walk, at)),
        leave=state.staged(None).address(),
        other=Link("Picture" if has_formula else "Formula", other, has_formula),
        overview=overview_link(lambda stage: state.staged(stage).address()),
        away=way_back(state.staging),
    )


def _walk(state: BoardState) -> list[str]:
    """The address of each board, with what one came with."""
    return [BoardState(board, state.carried, staging=state.staging).address() for board in BOARDS]


def _places(state: BoardState) -> Iterator[SmallPlace]:
    for board, href in zip(BOARDS, _walk(state), strict=True):
        number = board.title.key if board.title.key.isdecimal() else ""
        small = small_board(board.title)
        yield SmallPlace(number or "End", number, href, board is state.board, small)


def small_board(title: BoardTitle) -> Small:
    """What stands for a board: its sign with its title."""
    return Small(title.title, board=title.name)


def _place(key: str) -> str:
    """Which board it is, in a few words: a title may be longer than the row of places has room for."""
    return f"Board {key} of {sum(one.isdecimal() for one in CONTENTS)}" if key.isdecimal() else "What comes next"


def _ticks(walk: list[str], at: int) -> Iterator[Tick]:
    for place, (href, title) in enumerate(zip(walk, CONTENTS.values(), strict=True)):
        yield Tick(
            title.label, href, progress(place, at), begins=True, number=title.key if title.key.isdecimal() else ""
        )
