"""`BoardState`: what a board looks at, as a frozen value, and the address that says the same.

A board stands on the network and the numbers that one came with. Where it needs another network, such as one that ends
in a softmax, it stands on that, with those numbers that fit; what is handed on stays as it was until one edits it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.pages.contents import BoardTitle
from app.pages.questions import SpokenKind
from app.snapshot import Expression
from app.state import AS_IT_COMES, ViewState, read_carried
from app.state.codec import Param, Reader, address_of, query_of, written
from app.state.query import read_view
from app.state.staging import NAMES as STAGING
from app.state.staging import OFF_STAGE, Staging, read_staging


@dataclass(frozen=True, slots=True)
class Board:
    """What makes a board.

    `draw` finds all that its template shows of a state, and raises Invalid where the numbers overflow; `formulas` are
    its formulas in symbols, the first of them the board's own. `step` is the step of the network that it explains,
    which leads back to it (`contents.boards_of`). `stands_on` makes of what one came with what the board needs, and
    `params` are what else can be chosen on it. `has_numbers` is whether it is about numbers that can be edited, and
    `thinks` the question to think about on it, as /recall calls it. `terms` are what the glossary explains of it. The
    picture stands beside the words, or where it `is_wide`, below them.
    """

    title: BoardTitle
    draw: Callable[[BoardState], object]
    formulas: Callable[[BoardState], tuple[Expression, ...]]
    step: Callable[[BoardState], ViewState]
    stands_on: Callable[[ViewState], ViewState] = lambda view: view
    params: tuple[Param[Any], ...] = ()
    has_numbers: bool = True
    thinks: SpokenKind | None = None
    terms: tuple[str, ...] = ()
    is_wide: bool = False


@dataclass(frozen=True)
class BoardState:
    """A board with the network and numbers that one came with, what is chosen on it by name, and how it is shown on the
    stage of a lecture hall."""

    board: Board
    carried: ViewState = AS_IT_COMES
    chosen: Mapping[str, Any] = field(default_factory=dict)
    staging: Staging = OFF_STAGE

    @property
    def view(self) -> ViewState:
        """The network with the numbers that the board stands on: of a batch, the first example's."""
        return self.board.stands_on(self.carried.of_one)

    def choice(self, name: str) -> Any:
        """What is chosen for one of the board's params."""
        own = next(param for param in self.board.params if param.name == name)
        return self.chosen.get(name, own.default)

    def but(self, **chosen: Any) -> BoardState:
        """The same board and numbers with other choices."""
        return replace(self, chosen={**self.chosen, **chosen})

    def with_view(self, view: ViewState) -> BoardState:
        """The same board and choices with another network or other numbers."""
        return replace(self, carried=view)

    def staged(self, stage: str | None) -> BoardState:
        """The same on the stage, which shows that, or on a page of its own again."""
        return replace(self, staging=self.staging.showing(stage))

    def own_parts(self) -> list[tuple[str, str]]:
        """The names and texts of what is chosen on the board, without its defaults."""
        params = self.board.params
        return written(params, {param.name: self.choice(param.name) for param in params})

    def query(self) -> str:
        """The canonical query, without its question mark."""
        return query_of([*self.carried.number_parts(), *self.own_parts(), *self.staging.parts()])

    def address(self) -> str:
        """The canonical address."""
        return address_of(f"/chapter/{self.board.title.key}", self.query())


def board_from_query(board: Board, query: str | Reader) -> BoardState:
    """Read the query of a board's page. Raises Invalid.

    Numbers that are fields of the board are judged as such; of others, what cannot be read is left aside and told.
    """
    reader = Reader.of(query)
    names = [*(param.name for param in board.params), *STAGING]
    if board.has_numbers:
        carried = read_view(reader, "forward", names)
    else:
        carried = read_carried(reader, in_hall=True)
        reader.expect(names, strict=False)
        if not board.params:  # it is asked nothing but how it is shown, so nothing else is wrong
            reader.errors.clear()
        carried = carried.with_staging(read_staging(reader))
    staging, carried = carried.staging, carried.with_staging(carried.staging.handed_on)
    return reader.checked(BoardState(board, carried, reader.read_all(board.params), staging))
