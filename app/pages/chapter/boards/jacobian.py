"""The board “From a scalar to a vector”: the Jacobian of the first linear op, and what an entry of it says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from app.digits import Formatted, consistent_digits, grouped, shape_text, si
from app.engine import OpNode, Trace, VjpUse
from app.engine.cost import layer_cost
from app.layout.hall_part import LOW, Part, longest, part, side
from app.pages.chapter.question import Board, BoardState
from app.pages.contents import BY_NAME
from app.snapshot import Expression, run
from app.snapshot.formulas import bound, forward_equation
from app.snapshot.indices import entry, subscripted
from app.snapshot.jacobian import jacobian_matrix
from app.snapshot.limits import why_not_finite
from app.snapshot.raised import Raised, raised, recompute_raised
from app.state import FieldError, Invalid, ViewState, overflow_error
from app.state.codec import Param

from .first_linear import first_linear

# What a real layer is taken to be: as many units as an ordinary transformer layer has, and a batch of examples.
_WIDTH, _BATCH = 4096, 1024
# Between an arrow and its number, in em.
_SPACE = 0.4
# How many digits more are tried, until a number reads differently before and after by the change that is shown, of
# which a reader who subtracts the two may miss this share. What takes more digits is too little to be seen.
_MORE, _MISSED = 5, 0.02
_ENTRY = re.compile(r"([1-9][0-9]?)\.([1-9][0-9]?)")


@dataclass(frozen=True, slots=True)
class JacobianCell:
    """An entry of the Jacobian: its number, what it is called, its place in words, and where it is chosen."""

    text: str
    symbol: str
    place: str
    href: str
    here: bool
    in_column: bool


@dataclass(frozen=True, slots=True)
class OutputRow:
    """An output: its value, its entries of the Jacobian, and what it does when the input is raised; `after` is empty
    where that is too little to be seen."""

    symbol: str
    value: str
    cells: tuple[JacobianCell, ...]
    after: str
    here: bool


@dataclass(frozen=True, slots=True)
class InputColumn:
    """An input and its value; `after` is what it is raised to, empty where it is not the one."""

    symbol: str
    value: str
    after: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the chosen entry says, in digits that multiply and add up; `after` is empty where that is too little to be
    seen."""

    row: int
    column: int
    entry: str
    wrt: str
    of: str
    step: str
    change: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StagedJacobian:
    """The part of the grid that stands on the stage of a lecture hall.

    Where there is room, its entries are `named`, and it is shown what each output `moves` to.
    """

    part: Part
    columns: tuple[InputColumn, ...]
    rows: tuple[OutputRow, ...]
    named: bool
    moves: bool


@dataclass(frozen=True, slots=True)
class JacobianBoard:
    """What the board shows. The letters are the network's own, `weights` is W."""

    forward: Expression
    of: str
    wrt: str
    weights: str
    outputs: int
    inputs: int
    shape: str
    weights_shape: str
    columns: tuple[InputColumn, ...]
    rows: tuple[OutputRow, ...]
    meaning: Meaning
    width: str
    batch: str
    side: str
    side_in_full: str

    @property
    def on_stage(self) -> StagedJacobian:
        """What of the grid the back row of a lecture hall can read."""
        rows, found = self.rows, partial(self._part, max(side(row.symbol, row.value) for row in self.rows))
        whole = found(max(side("→", row.after, _SPACE) for row in rows))
        shown = whole if whole.is_whole else found()
        return StagedJacobian(
            part=shown,
            columns=self.columns[shown.slice],
            rows=tuple(replace(row, cells=row.cells[shown.slice]) for row in rows),
            named=len(rows) <= LOW,
            moves=shown is whole,
        )

    def _part(self, *sides: float) -> Part:
        return part(
            self.inputs,
            self.meaning.column - 1,
            rows=self.outputs,
            widest=longest(cell.text for row in self.rows for cell in row.cells),
            heads=max(max(longest([one.value]), side("↑", one.after, _SPACE)) for one in self.columns),
            sides=sides,
        )


def _entry(text: str) -> tuple[int, int] | FieldError:
    found = _ENTRY.fullmatch(text)
    if found:
        return int(found[1]), int(found[2])
    return FieldError(("query", "entry"), "entry must be a row and a column, such as 2.1")


ENTRY: Param[tuple[int, int]] = Param("entry", _entry, lambda at: f"{at[0]}.{at[1]}", (2, 1))


def _draw(state: BoardState) -> JacobianBoard:
    view, use = _step(state), first_linear(state.view)
    trace = run(view)
    failed = trace.until("forward", view.at).overflow  # what comes behind the op is another board's
    if failed is not None:
        raise overflow_error(view, why_not_finite(trace, failed))
    matrix = jacobian_matrix(trace, use)
    row, column = _chosen(state, len(matrix), len(matrix[0]))
    found = raised(view, trace, use.node.name, use.wrt, column - 1, matrix)
    drawn = _digits(trace, use, matrix, found, column - 1)
    weights = view.network.graph.by_name[bound(use.node)["W"]].symbol
    layer = layer_cost(_WIDTH, _WIDTH)
    side = next(one.shape[0] for one in layer.jacobians if one.wrt == "x") * _BATCH
    after = _after(drawn, found, column - 1)
    return JacobianBoard(
        forward=forward_equation(trace.graph, use.node),
        of=use.node.symbol,
        wrt=trace.graph.by_name[use.wrt].symbol,
        weights=weights,
        outputs=len(matrix),
        inputs=len(matrix[0]),
        shape=shape_text((len(matrix), len(matrix[0]))),
        weights_shape=shape_text((len(matrix), len(matrix) * len(matrix[0]))),
        columns=tuple(_columns(trace, use, drawn, column - 1)),
        rows=tuple(_rows(state, use.node, weights, drawn, after, (row - 1, column - 1))),
        meaning=_meaning(trace, use, drawn, after, (row - 1, column - 1)),
        width=grouped(_WIDTH),
        batch=grouped(_BATCH),
        side=si(side),
        side_in_full=grouped(side),
    )


def _chosen(state: BoardState, rows: int, columns: int) -> tuple[int, int]:
    """The row and the column of the entry that is looked at. Raises Invalid where there is no such entry."""
    row, column = state.choice("entry")
    if (row, column) == ENTRY.default:  # which a chain's first layer may be too small for
        row, column = min(row, rows), min(column, columns)
    if row <= rows and column <= columns:
        return row, column
    msg = f"entry names a row from 1 to {rows} and a column from 1 to {columns}, such as 2.1"
    raise Invalid([FieldError(("query", "entry"), msg)], state)


def _digits(
    trace: Trace, use: VjpUse, matrix: list[list[float]], found: Raised, column: int
) -> Mapping[str, Formatted]:
    """All numbers of the board as drawn: a change is an entry times the step, an output after it the sum; each reads
    differently before and after, if so many digits are enough for that."""
    seen = [row for row, output in enumerate(found.outputs) if output.seen]
    fewest = _with_digits(trace, use, matrix, found, column, 0)
    tries = (_with_digits(trace, use, matrix, found, column, more) for more in range(1, _MORE))
    every = (drawn for drawn in chain([fewest], tries) if len(_after(drawn, found, column)) == len(seen))
    return next(every, fewest)


def _with_digits(
    trace: Trace, use: VjpUse, matrix: list[list[float]], found: Raised, column: int, more: int
) -> Mapping[str, Formatted]:
    """All numbers of the board, with so many digits more than they would have."""
    seen = {row: output for row, output in enumerate(found.outputs) if output.seen}
    return consistent_digits(
        {
            "x": trace.values[use.wrt].tolist(),
            "z": trace.values[use.node.name].tolist(),
            "matrix": matrix,
            "step": [found.step],
        },
        {"raised": [found.after], **{f"change{row}": [output.foretold] for row, output in seen.items()}},
        {f"after{row}": [output.after] for row, output in seen.items()},
        recompute=recompute_raised(found, column),
        more=more,
    )


def _after(drawn: Mapping[str, Formatted], found: Raised, column: int) -> dict[int, tuple[str, str]]:
    """By row, the change and the output after it as drawn: of those whose digits show the change, and add up."""
    redone = recompute_raised(found, column)({name: one.numbers() for name, one in drawn.items()})
    shown: dict[int, tuple[str, str]] = {}
    for row, output in enumerate(found.outputs):
        if not output.seen:
            continue
        change, after = drawn[f"change{row}"], drawn[f"after{row}"]
        holds = all(
            drawn[name].recompute(redone[name]) == drawn[name].texts for name in (f"change{row}", f"after{row}")
        )
        read = after.numbers()[0] - drawn["z"].numbers()[row]
        if not output.foretold:
            shown[row] = change.texts[0], drawn["z"].texts[row]
        elif holds and abs(read - change.numbers()[0]) <= _MISSED * abs(change.numbers()[0]):
            shown[row] = change.texts[0], after.texts[0]
    return shown


def _columns(trace: Trace, use: VjpUse, drawn: Mapping[str, Formatted], column: int) -> list[InputColumn]:
    symbol = trace.graph.by_name[use.wrt].symbol
    return [
        InputColumn(subscripted(symbol, (j,)), text, drawn["raised"].texts[0] if j == column else "")
        for j, text in enumerate(drawn["x"].texts)
    ]


def _rows(
    state: BoardState,
    node: OpNode,
    weights: str,
    drawn: Mapping[str, Formatted],
    after: Mapping[int, tuple[str, str]],
    chosen: tuple[int, int],
) -> list[OutputRow]:
    return [
        OutputRow(
            symbol=subscripted(node.symbol, (i,)),
            value=drawn["z"].texts[i],
            cells=tuple(_cells(state, weights, i, texts, chosen)),
            after=after[i][1] if i in after else "",
            here=i == chosen[0],
        )
        for i, texts in enumerate(drawn["matrix"].rows())
    ]


def _cells(
    state: BoardState, weights: str, row: int, texts: Sequence[str], chosen: tuple[int, int]
) -> list[JacobianCell]:
    return [
        JacobianCell(
            text=text,
            symbol=subscripted(weights, (row, column)),
            place=f"row {row + 1}, column {column + 1}",
            href=state.but(entry=(row + 1, column + 1)).address(),
            here=(row, column) == chosen,
            in_column=column == chosen[1],
        )
        for column, text in enumerate(texts)
    ]


def _meaning(
    trace: Trace,
    use: VjpUse,
    drawn: Mapping[str, Formatted],
    after: Mapping[int, tuple[str, str]],
    chosen: tuple[int, int],
) -> Meaning:
    row, column = chosen
    change, moved = after.get(row, ("", ""))
    return Meaning(
        row=row + 1,
        column=column + 1,
        entry=drawn["matrix"].at(chosen),
        wrt=entry(trace.graph.by_name[use.wrt], (column,)).text,
        of=entry(use.node, (row,)).text,
        step=drawn["step"].texts[0],
        change=change,
        before=drawn["z"].texts[row],
        after=moved,
    )


def _formulas(state: BoardState) -> tuple[Expression, ...]:
    """The Jacobian in general, and that of the network's first linear op."""
    graph, use = state.view.network.graph, first_linear(state.view)
    of, wrt = use.node.symbol, graph.by_name[use.wrt].symbol
    weights = graph.by_name[bound(use.node)["W"]].symbol
    general = Expression(
        text="Jᵢⱼ = ∂fᵢ/∂xⱼ", latex=r"J_{ij} = \frac{\partial f_i}{\partial x_j},\quad f: \mathbb{R}^n \to \mathbb{R}^m"
    )
    own = Expression(text=f"∂{of}/∂{wrt} = {weights}", latex=rf"\frac{{\partial {of}}}{{\partial {wrt}}} = {weights}")
    return general, own


def _step(state: BoardState) -> ViewState:
    """The forward step of the first linear op."""
    view, node = state.view, first_linear(state.view).node.name
    events = view.network.graph.timelines["forward"]
    return view.go("forward", next(step for step, event in enumerate(events, 1) if event.node == node))


BOARD = Board(BY_NAME["jacobian"], _draw, _formulas, _step, params=(ENTRY,), terms=("jacobian", "partial", "shape"))
