"""A product as a table: v down its left side, a matrix inside, and what comes of the chosen entry in a line below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from app.digits import Formatted
from app.layout.hall_part import LOW, SIDE_ROOM, WIDE, Part, longest, part, side
from app.snapshot import Expansion, Expression

# On the stage of a lecture hall: between a name and its number, in em; and of a line of arithmetic, how wide signs and
# brackets are, in em, and the size of its type.
_SPACE, _SIGNS, _BRACKETS, _WORKED = 0.4, 0.8, 0.8, 34.0
# How a cell stands to the chosen entry: it is the entry, a part of its sum, or neither.
Mark = Literal["chosen", "part", ""]


@dataclass(frozen=True, slots=True)
class Side:
    """A number beside the table: what it is called, and its text; empty where its name alone is shown."""

    name: Expression
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: a value, if it holds one, a gradient, what the gradient is in symbols, and where choosing it leads."""

    value: str
    grad: str
    symbols: str
    href: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its entry of v, its cells, and the output that the row belongs to on the way forward, if
    it is shown."""

    v: Side
    cells: tuple[Cell, ...]
    mark: Mark
    output: Side | None


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a column: its name, its text, and where choosing it leads."""

    side: Side
    href: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor of a term: in symbols, in digits, and what it is."""

    name: str
    latex: str
    text: str
    quantity: str


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry: what it is called, its sum of products in symbols and in numbers, and its text."""

    left: Expression
    terms: tuple[tuple[Factor, ...], ...]
    result: str

    @property
    def is_sum(self) -> bool:
        """Whether there is anything to work out: more than one number that is handed on."""
        return sum(map(len, self.terms)) > 1

    @property
    def fits_stage(self) -> bool:
        """Whether its numbers stand in a line on the stage of a lecture hall."""
        factors = list(chain.from_iterable(self.terms))
        numbers = sum(longest([one.text]) + (_BRACKETS if one.text.startswith("−") else 0.0) for one in factors)
        return (numbers + longest([self.result]) + _SIGNS * (len(factors) + 2)) * _WORKED <= WIDE - SIDE_ROOM


@dataclass(frozen=True, slots=True)
class StagedProduct:
    """The part of the table that stands on the stage of a lecture hall.

    Where it `is_low`, there is room in its cells for what their gradients are in symbols. Where it `is_worked`, there
    is room below it for the arithmetic of an entry.
    """

    part: Part
    top: tuple[Side, ...]
    rows: tuple[Row, ...]
    sums: tuple[Sum, ...]
    is_low: bool
    is_worked: bool


@dataclass(frozen=True, slots=True)
class Product:
    """The table: `corner` says what v is and `matrix` what stands inside, where that needs to be said; `top` names its
    columns, `sums` are those of columns, if they are summed, `line` is the chosen entry, and where it `cancels`, more
    digits than are shown go into a sum."""

    label: str
    top: tuple[Side, ...]
    rows: tuple[Row, ...]
    sums: tuple[Sum, ...]
    line: EntryLine | None
    corner: str = ""
    matrix: str = ""
    cancels: bool = False

    @property
    def on_stage(self) -> StagedProduct:
        """What of the table the back row of a lecture hall can read."""
        cells = [cell for row in self.rows for cell in row.cells]
        texts = [*(cell.grad for cell in cells), *(cell.value for cell in cells), *(one.side.text for one in self.sums)]
        marked = [cell.mark for cell in cells[: len(self.top)]] if self.sums else [cell.mark for cell in cells]
        chosen = next((at for at, mark in enumerate(marked) if mark == ("part" if self.sums else "chosen")), 0)
        is_low = len(self.rows) <= LOW
        shown = part(
            len(self.top),
            chosen % len(self.top),
            rows=LOW + 1 if self.sums else len(self.rows),
            widest=longest(texts),
            heads=max(max(longest([one.text]), side(one.name.text, "")) for one in self.top),
            sides=[max(side(row.v.name.text, row.v.text, _SPACE) for row in self.rows)],
        )
        return StagedProduct(
            part=shown,
            top=self.top[shown.slice],
            rows=tuple(replace(row, cells=row.cells[shown.slice]) for row in self.rows),
            sums=self.sums[shown.slice],
            is_low=is_low,
            is_worked=self.line is not None and self.line.fits_stage and (is_low or not self.sums),
        )


def entry_line(expansion: Expansion, drawn: Mapping[str, Formatted], result: str) -> EntryLine:
    """The arithmetic of one entry, with the digits that its factors have in the table, by slot."""

    def text(slot: str, key: str) -> str:
        return drawn[slot].at([int(place) - 1 for place in key.split(".")[1:]])

    return EntryLine(
        left=expansion.left,
        terms=tuple(
            tuple(
                Factor(one.symbol, one.latex, text(one.slot, one.key), one.quantity)
                for one in term
                if one.key is not None
            )
            for term in expansion.terms
        ),
        result=result,
    )


def sides(names: Sequence[Expression], texts: Sequence[str]) -> tuple[Side, ...]:
    """Names with their texts."""
    return tuple(Side(name, text) for name, text in zip(names, texts, strict=True))
