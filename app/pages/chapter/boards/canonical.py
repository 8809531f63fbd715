"""The board “canonical”: to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

from app.pages.chapter.question import Board, BoardState
from app.pages.contents import BY_NAME
from app.pages.network.context import Page, page
from app.snapshot import Expression, trace_of
from app.state import ViewState


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the board shows."""

    network: Page


def _draw(state: BoardState) -> Drawn:
    step = _step(state)
    return Drawn(page(step, trace_of(step)))


def _formulas(_: BoardState) -> tuple[Expression, ...]:
    return ()


def _step(state: BoardState) -> ViewState:
    return state.view.go("backward")


BOARD = Board(BY_NAME["canonical"], _draw, _formulas, _step, thinks="prediction-target")
