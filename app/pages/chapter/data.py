"""The chapter as data: what a course page needs to link to each board, with the numbers that its readers see there."""

from __future__ import annotations

from app.pages.drawn import too_large
from app.pages.header import address_to
from app.snapshot import Expression
from app.snapshot.models import Frozen
from app.state import Invalid, ViewState
from app.state.codec import address_of, query_of

from .boards import BOARDS
from .question import BoardState

TITLE = "Backpropagation without a Jacobian"
# What a board may take, in minutes: to be read aloud and looked at.
MINUTES_A_BOARD = 2


class BoardAnswer(Frozen):
    """A board of the chapter. Addresses are relative to the server."""

    key: str
    """What it goes by in its address: 1 … 10, and `next` for the one that looks ahead."""
    name: str
    """Its name, the same whatever its place."""
    title: str
    """Its title."""
    sentence: str
    """Its idea, in one sentence."""
    formulas: list[Expression]
    """Its formulas in symbols, the board’s own first."""
    address: str
    """Where it is, with these numbers."""
    step: str
    """The step of the network that it explains, with these numbers."""
    question: str | None
    """The question to think about on it; null where there is none."""


class ChapterAnswer(Frozen):
    """The chapter’s boards, in their order, on a network and its numbers."""

    title: str
    """The chapter’s title."""
    minutes: int
    """About how long its numbered boards take, read one after the other."""
    address: str
    """Where it begins, with these numbers."""
    boards: list[BoardAnswer]
    """The boards, in the order in which they are read."""


def chapter(view: ViewState) -> ChapterAnswer:
    """Every board, on a network and its numbers. Raises Invalid where these overflow, and for a network that is too
    large for the boards."""
    if error := too_large(view.network):
        raise Invalid([error], view)
    found = [_board(BoardState(board, view)) for board in BOARDS]
    return ChapterAnswer(
        title=TITLE,
        minutes=MINUTES_A_BOARD * sum(board.key.isdecimal() for board in found),
        address=address_to("/chapter", view),
        boards=found,
    )


def _board(state: BoardState) -> BoardAnswer:
    board, title = state.board, state.board.title
    return BoardAnswer(
        key=title.key,
        name=title.name,
        title=title.title,
        sentence=title.sentence,
        formulas=list(board.formulas(state)),
        address=state.address(),
        step=board.step(state).address(),
        question=_question(state) if board.thinks else None,
    )


def _question(state: BoardState) -> str:
    """Where the question to think about is asked, with the numbers that the board stands on."""
    return address_of("/recall", query_of([*state.view.number_parts(), ("q", state.board.thinks or "")]))
