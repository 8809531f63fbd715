"""Where it goes on: the network's tape, the order in which it is played backward, and the memory meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from app.digits import si
from app.layout.steps import TALL, WIDE, StepChart, steps
from app.pages.chapter.question import Board, BoardState
from app.pages.contents import BY_NAME, CONTENTS
from app.pages.header import address_to
from app.snapshot import Expression, trace_of
from app.snapshot.tape import TapeEntry, tape
from app.snapshot.wording import joined
from app.state import ViewState

from .reuse import stands_on, used_twice

# So many entries of the tape stand below each other on the stage.
_MOST_ENTRIES = 7


@dataclass(frozen=True, slots=True)
class Played:
    """An entry of the tape and its place on it, counted from 1."""

    place: int
    entry: TapeEntry


@dataclass(frozen=True, slots=True)
class TapeOnStage:
    """The entries that there is room for on the stage, the last ones, which are played first, and these from the end;
    `left_out` is how many there are before them."""

    recorded: tuple[Played, ...]
    played: tuple[Played, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the board shows: the tape, from the first op to the last, and the memory meanwhile.

    `waiting` is a node that is used by several ops, `users`.
    """

    entries: tuple[TapeEntry, ...]
    charts: tuple[StepChart, ...]
    most: str
    waiting: str
    users: str
    saved: str
    cost: str

    @property
    def staged(self) -> TapeOnStage:
        """The tape for the stage of a lecture hall."""
        shown = tuple(Played(place, entry) for place, entry in enumerate(self.entries, 1))[-_MOST_ENTRIES:]
        return TapeOnStage(shown, shown[::-1], len(self.entries) - len(shown))


def _draw(state: BoardState) -> Drawn:
    view = state.view
    entries = tuple(tape(trace_of(_step(state))))
    forward = [(entry.symbol, entry.held) for entry in entries]
    backward = [(entry.symbol, entry.left) for entry in reversed(entries)]
    graph, name = view.network.graph, used_twice(view.network.graph)
    assert name is not None, "the network stood on uses a value twice"
    return Drawn(
        entries=entries,
        charts=tuple(steps(frame, forward, backward, lambda count: si(count, "B")) for frame in (WIDE, TALL)),
        most=si(max(entry.held for entry in entries), "B"),
        waiting=graph.by_name[name].symbol,
        users=joined([use.node.symbol for use in reversed(graph.uses[name])]),
        saved=CONTENTS["9"].address(state.carried),
        cost=address_to("/cost", state.carried),
    )


def _formulas(_: BoardState) -> tuple[Expression, ...]:
    return (
        Expression(
            text="∂L/∂x = Σ over all u that use x: vjp of u (∂L/∂u)",
            latex=r"\frac{\partial L}{\partial x} = \sum_{u \text{ uses } x} "
            r"\text{vjp}_{u}\left(\frac{\partial L}{\partial u}\right)",
        ),
    )


def _step(state: BoardState) -> ViewState:
    return state.view.go("backward", 1)


BOARD = Board(
    BY_NAME["onward"],
    _draw,
    _formulas,
    _step,
    stands_on=stands_on,
    has_numbers=False,
    terms=("op", "saved", "seed", "vjp", "gradient", "contribution", "sum", "target"),
)
