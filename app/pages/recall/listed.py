"""The list of the questions beside one: the three to think through, and what is drawn from the numbers, by board."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.engine import NETWORKS, Network, Values
from app.pages.contents import BY_NAME, BoardTitle
from app.pages.header import with_network
from app.pages.questions import SPOKEN as _TO_THINK_OF
from app.pages.questions import Level
from app.state import ViewState
from app.state.staging import Staging

from .question import DrawnKind, Question, RecallState, shuffled

TITLES: Mapping[DrawnKind, str] = {
    "shape": "The shape of a gradient",
    "jacobian": "The shape of a Jacobian",
    "zeros": "Zeros of a gradient",
    "entry": "One entry",
    "price": "The price of a VJP",
    "sparse": "Zeros of a Jacobian",
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
    return tuple(
        OfBoard(
            board.label,
            any(one.view.network is not recall.view.network for one, _ in found),
            tuple(
                Listed(TITLES[kind], one.level, address, recall.question.kind == kind and recall.board is board)
                for kind, (one, address) in zip(ASKED[board.name][0], found, strict=True)
            ),
        )
        for board, found in _by_board(recall.view.network, tuple(recall.view.values.items()), recall.view.staging)
    )


@lru_cache(maxsize=128)  # the questions about some numbers all have the same list beside them
def _by_board(
    network: Network, numbers: tuple[tuple[str, Values], ...], handed: Staging
) -> tuple[tuple[BoardTitle, tuple[tuple[RecallState, str], ...]], ...]:
    """Of each board its first question of each kind, with its address."""
    view = ViewState(network, "backward", dict(numbers), staging=handed)
    boards = [BY_NAME[name] for name in ASKED]
    found = {board: [drawn_for(view, board, kind) for kind in ASKED[board.name][0]] for board in boards}
    return tuple((board, tuple((one, one.address()) for one in found[board])) for board in boards)


def drawn_for(view: ViewState, board: BoardTitle, kind: DrawnKind) -> RecallState:
    """The first question of a kind that is about a board: about the network of `view`, or one that has the board's op,
    with those numbers that fit; of a batch whose gradients are too many to ask for, about its first example."""
    _, other = ASKED[board.name]
    others = [with_network(one, NETWORKS[other]) for one in (view, view.of_one)] if other else []
    for there in (view, *others):
        for question in shuffled(there, kind):
            found = RecallState(there, question, staging=there.staging)
            if found.board is board:
                return found
    raise AssertionError(f"no network asks {kind} about the board {board.name}")
