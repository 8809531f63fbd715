"""The chapter's pages, as subjects: the way in, and a page for each board."""

from __future__ import annotations

from functools import partial
from typing import Any

from app.pages.answer import Subject, unasked
from app.state import Invalid

from .boards import BOARDS
from .context import BoardPage, board_page
from .hall import small_board, staged
from .opening import opening
from .question import Board, BoardState, board_from_query

CHAPTER = unasked("/chapter", "chapter/page.html", "opening", opening)


def _page(state: BoardState, problem: Invalid[BoardState] | None) -> BoardPage:
    try:
        return board_page(state, problem)
    except Invalid as overflow:
        raise Invalid(overflow.errors, _start(state), overflow.typed) from None


def _start(state: BoardState) -> BoardState:
    """The same board on the default numbers of its network, as it comes."""
    return BoardState(state.board, state.view.with_values({}))


def _subject(board: Board) -> Subject[BoardState]:
    return Subject(
        paths=(f"/chapter/{board.title.key}",),
        template="chapter/board.html",
        name="page",
        read=partial(board_from_query, board),
        address=BoardState.address,
        carried=lambda state: state.carried,
        page=_page,
        check=lambda state: _page(state, None),
        start=_start,
        has_form=board.has_numbers or bool(board.params),
        staging=lambda state: state.staging,
        staged=staged,
        small=lambda state: small_board(state.board.title),
    )


SUBJECTS: tuple[Subject[Any], ...] = (CHAPTER, *map(_subject, BOARDS))
