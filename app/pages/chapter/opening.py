"""The way into the chapter: its boards in their order, each with a small picture, and the table of all ops."""

from __future__ import annotations

from dataclasses import dataclass

from app.pages.contents import CONTENTS, BoardTitle
from app.pages.lecture.chapter import CHAPTER
from app.state import ViewState
from app.state.codec import address_of

from .data import MINUTES_A_BOARD, TITLE
from .ops import OpRow, op_rows


@dataclass(frozen=True, slots=True)
class BoardCard:
    """A board to begin with, and where it is."""

    title: BoardTitle
    href: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What the page shows: the numbered `boards`, the one that looks ahead, and every op there is. As a lecture, the
    chapter takes so many minutes, and has so many stops."""

    title: str
    minutes_a_board: int
    minutes: int
    boards: tuple[BoardCard, ...]
    ahead: BoardCard
    lecture_minutes: int
    lecture_stops: int
    network: str
    twin: str
    ops: tuple[OpRow, ...]


def opening(view: ViewState) -> Opening:
    """The page, for a network and numbers that its links hand on."""
    *boards, ahead = (BoardCard(title, title.address(view)) for title in CONTENTS.values())
    return Opening(
        title=TITLE,
        minutes_a_board=MINUTES_A_BOARD,
        minutes=MINUTES_A_BOARD * len(boards),
        boards=tuple(boards),
        ahead=ahead,
        lecture_minutes=round(CHAPTER.seconds / 60),
        lecture_stops=len(CHAPTER.stops),
        network=view.network.title,
        twin=address_of("/api/chapter", view.numbers_query),
        ops=op_rows(),
    )
