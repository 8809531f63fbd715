"""The three questions to think about: from a kind and the reader's numbers to all that is shown of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.pages.contents import BY_NAME
from app.state import ViewState
from app.state.codec import address_of, query_of

from . import easy, hard, medium
from .models import Level, Line, SpokenKind, Think


@dataclass(frozen=True, slots=True)
class Spoken:
    """A question to think about: in a list it is called `title`. `lines` make its answer; `board` names its board, and
    `terms` are what the glossary explains of it."""

    level: Level
    title: str
    question: str
    board: str
    prompt: str
    hints: tuple[str, str]
    terms: tuple[str, ...]
    lines: Callable[[ViewState], tuple[Line, ...]]


# From easy to hard.
SPOKEN: Mapping[SpokenKind, Spoken] = {
    "why-vjp": Spoken(
        "easy",
        "Why a VJP?",
        "Why a VJP, and not the Jacobian?",
        "avoided",
        easy.PROMPT,
        easy.HINTS,
        ("jacobian", "vjp", "gradient", "upstream", "transpose", "entrywise", "indicator", "dot", "cost", "saved"),
        easy.lines,
    ),
    "by-indices": Spoken(
        "medium",
        "The linear layer, by indices",
        "How do the linear layer’s VJPs follow from the chain rule, index by index?",
        "linear",
        medium.PROMPT,
        medium.HINTS,
        ("gradient", "upstream", "partial", "sum", "delta", "index", "transpose", "shape"),
        medium.lines,
    ),
    "prediction-target": Spoken(
        "hard",
        "Prediction − target",
        "Why does every canonical pair end in prediction − target?",
        "canonical",
        hard.PROMPT,
        hard.HINTS,
        (
            "gradient",
            "link",
            "target",
            "prediction",
            "sigmoid",
            "softmax",
            "exp",
            "log",
            "sum",
            "delta",
            "entrywise",
            "dot",
        ),
        hard.lines,
    ),
}


def think(kind: SpokenKind, view: ViewState) -> Think:
    """A question to think about with its whole answer, on the network and the numbers of `view`.

    It needs none of these: where they overflow, it stands on the network's default ones.
    """
    spoken, board = SPOKEN[kind], BY_NAME[SPOKEN[kind].board]
    asked = query_of([*view.number_parts(), ("q", kind), ("reveal", "1")])
    return Think(
        kind=kind,
        level=spoken.level,
        question=spoken.question,
        prompt=spoken.prompt,
        hints=spoken.hints,
        lines=spoken.lines(view.of_one),
        terms=spoken.terms,
        whole=address_of("/recall", asked),
        board=board,
        board_address=board.address(view),
    )
