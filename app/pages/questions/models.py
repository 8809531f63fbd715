"""What a question to think about is made of: the question, two hints, and an answer in lines, each a thought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.digits import Formatted
from app.engine import Array
from app.pages.contents import BoardTitle
from app.snapshot import Expression

Level = Literal["easy", "medium", "hard"]
SpokenKind = Literal["why-vjp", "by-indices", "prediction-target"]
# What a number or a symbol is shown as; neither for an operator between them.
Colour = Literal["value", "grad", ""]


@dataclass(frozen=True, slots=True)
class Equation:
    """`left` = `right` in symbols; without a left side, it goes on from the equation before it."""

    left: Expression | None
    right: Expression
    colour: Colour = "grad"

    @property
    def text(self) -> str:
        """It as plain text."""
        return f"{self.left.text} = {self.right.text}" if self.left else f"= {self.right.text}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a line with numbers: these, as drawn, or what stands between them. Its zeros may be `quiet`."""

    symbols: Expression | None = None
    drawn: Formatted | None = None
    colour: Colour = ""
    quiet: bool = False

    @property
    def text(self) -> str:
        """It as plain text."""
        return self.drawn.in_words() if self.drawn else self.symbols.text if self.symbols else ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: a text, which may lead somewhere, a formula, or code."""

    text: str
    latex: str = ""
    colour: Colour = ""
    href: str = ""
    code: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; its first cell is its head. `apart` is whether it stands for contrast with the others."""

    cells: tuple[Cell, ...]
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what it is of, the heads of its columns, and its rows."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an answer: what is said, as equations, with the reader's numbers, and as a table."""

    says: str
    equations: tuple[Equation, ...] = ()
    numbers: tuple[tuple[Piece, ...], ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Think:
    """A question to think about. `whole` is the address that shows all of its answer at once, and `board` the board
    that it belongs to, at `board_address` with the reader's numbers. `terms` are what the glossary explains of it."""

    kind: SpokenKind
    level: Level
    question: str
    prompt: str
    hints: tuple[str, str]
    lines: tuple[Line, ...]
    terms: tuple[str, ...]
    whole: str
    board: BoardTitle
    board_address: str


def maths(text: str, latex: str) -> Expression:
    """A formula that stands in no row of the table of ops."""
    return Expression(text=text, latex=latex)


def sign(text: str, latex: str = "") -> Piece:
    """What stands between numbers."""
    return Piece(Expression(text=text, latex=latex or text))


def equals(drawn: Mapping[str, Formatted], redone: Mapping[str, Array], name: str) -> Piece:
    """What stands before the result `name`: that it is equal, where whoever works it out anew from the digits that are
    drawn gets just that, as `redone` has it; else that it is nearly so, as where large numbers cancel."""
    return sign("=") if drawn[name].recompute(redone[name]) == drawn[name].texts else sign("≈", r"\approx")


def seen(drawn: Mapping[str, Formatted]) -> dict[str, Array]:
    """The numbers that a reader sees, by name."""
    return {name: one.numbers() for name, one in drawn.items()}


def numbers(drawn: Formatted, colour: Colour) -> Piece:
    """Numbers as drawn."""
    return Piece(drawn=drawn, colour=colour)


def lone(text: str, colour: Colour, *, behind: bool = False) -> Piece:
    """A number by itself; a negative one `behind` a sign stands in brackets."""
    shown = f"({text})" if behind and text.startswith("−") else text
    return Piece(drawn=Formatted((shown,), (), ()), colour=colour)


def written(found: Expression, colour: Colour = "") -> Cell:
    """A formula in a cell."""
    return Cell(found.text, found.latex, colour)


def row(*cells: Cell | str, apart: bool = False) -> Row:
    """A row of these cells, texts among them."""
    return Row(tuple(Cell(cell) if isinstance(cell, str) else cell for cell in cells), apart)
