"""The list of the questions beside one: the three to think through, and what is drawn from the numbers, by board."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine import NETWORKS
from app.pages.contents import BY_NAME, BoardTitle
from app.pages.header import with_network
from app.pages.questions import SPOKEN as _TO_THINK_OF
from app.pages.questions import Level

from .question import DrawnKind, Question, RecallState, shuffled

TITLES: Mapping[DrawnKind, str] = {
    "shape": "The shape of a gradient",
    "jacobian": "The shape of a Jacobian",
    "zeros": "The zeros",
    "entry": "One entry",
    "price": "The price of a VJP",
    "sparse": "What can be other than 0",
    "saved": "What is saved",
    "whole": "A whole gradient",
    "bracket": "Two orders of a product",
}
# What is asked of each board, and where the present network lacks its op, on which network.
ASKED: Mapping[str, tuple[tuple[DrawnKind, ...], str]] = {
    "jacobian": (("jacobian",), ""),
    "chain": (("bracket",), ""),
    "vjp": (("shape", "price"), ""),
    "avoided": (("sparse",), ""),
    "linear": (("entry", "whole"), ""),
    "relu": (("zeros",), "relu-mse"),
    "softmax": (("entry", "whole"), "softmax-ce"),
    "canonical": (("entry", "whole"), "sigmoid-bce"),
    "saved": (("saved",), ""),
    "reuse": (("entry", "whole"), "shared"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A question of the list: where it is asked, how hard it is, and whether one is there."""

    title: str
    level: Level
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class OfBoard:
    """The questions that are drawn about one board. They are about another network than the present one where they are
    `elsewhere`, since that has none of the board's ops."""

    title: str
    elsewhere: bool
    questions: tuple[Listed, ...]


def to_think_of(recall: RecallState) -> tuple[Listed, ...]:
    """The three to think through, from easy to hard."""
    return tuple(
        Listed(one.title, one.level, recall.with_ask(Question(kind)).address(), recall.question.kind == kind)
        for kind, one in _TO_THINK_OF.items()
    )


def by_board(recall: RecallState) -> tuple[OfBoard, ...]:
    """What can be drawn about each board, in their order."""
    return tuple(_of_board(recall, BY_NAME[name]) for name in ASKED)


def _of_board(recall: RecallState, board: BoardTitle) -> OfBoard:
    kinds, _ = ASKED[board.name]
    found = [drawn_for(recall, board, kind) for kind in kinds]
    return OfBoard(
        board.label,
        any(one.view.network is not recall.view.network for one in found),
        tuple(
            Listed(TITLES[kind], one.level, one.address(), recall.question.kind == kind and recall.board is board)
            for kind, one in zip(kinds, found, strict=True)
        ),
    )


def drawn_for(recall: RecallState, board: BoardTitle, kind: DrawnKind) -> RecallState:
    """The first question of a kind that is about a board: about the present network, or one that has its op."""
    _, other = ASKED[board.name]
    views = [recall.view, *([with_network(recall.view, NETWORKS[other])] if other else [])]
    for view in views:
        for question in shuffled(view, kind):
            found = RecallState(view, question)
            if found.board is board:
                return found
    raise AssertionError(f"no network asks {kind} about the board {board.name}")
