"""One row for each thing measured, beside what it is measured against in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from app.digits import si

HEAD = ("what", "measured", "beside", "ratio", "bound", "held?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The least and the most that a number may be, of the measured one or of its ratio to what it stands beside.

    An `aim` is told like any bound, and nothing fails for it.
    """

    least: float | None = None
    most: float | None = None
    of: Literal["measured", "ratio"] = "ratio"
    aim: bool = False

    def holds(self, number: float) -> bool:
        """Whether a number is within."""
        return (self.least is None or self.least <= number) and (self.most is None or number <= self.most)


@dataclass(frozen=True, slots=True)
class Row:
    """`what` took `ours`, and `beside` it, in the same run, something took `theirs`, both in `unit` (s, B, pages/s).

    `slow` is from where on what it stands beside is itself slow, in the same unit (of so many a second: up to where):
    the machine is busy then, and no bound is judged. Without `theirs` there is no ratio, and a bound of it is not
    judged either: a library that is not installed is told in the words of `beside`.
    """

    what: str
    ours: float
    beside: str = ""
    theirs: float | None = None
    bound: Bound | None = None
    unit: str = "s"
    slow: float | None = None

    @property
    def held(self) -> Literal["yes", "no", "busy", ""]:
        """Whether the bound was held; nothing where none was to be judged."""
        number = self.ours if self.bound and self.bound.of == "measured" else self._ratio
        if self.bound is None or number is None:
            return ""
        if self.slow is not None and self.theirs is not None:
            rate = self.unit.endswith("/s")
            if self.theirs < self.slow if rate else self.theirs > self.slow:
                return "busy"
        return "yes" if self.bound.holds(number) else "no"

    @property
    def failed(self) -> bool:
        """Whether a bound that is no mere aim was not held."""
        return self.held == "no" and self.bound is not None and not self.bound.aim

    @property
    def cells(self) -> tuple[str, ...]:
        """What is printed, a text for each of HEAD."""
        theirs = "" if self.theirs is None else self._measured(self.theirs)
        beside = ": ".join(filter(None, (self.beside, theirs)))
        ratio = "" if self._ratio is None else _times(self._ratio)
        return self.what, self._measured(self.ours), beside, ratio, self._bound, self.held

    @property
    def _ratio(self) -> float | None:
        return None if self.theirs is None else self.ours / self.theirs

    @property
    def _bound(self) -> str:
        if self.bound is None:
            return ""
        write = self._measured if self.bound.of == "measured" else _times
        ends = (("≥", self.bound.least), ("≤", self.bound.most))
        texts = [f"{sign} {write(end)}" for sign, end in ends if end is not None]
        return "aim " * self.bound.aim + ", ".join(texts)

    def _measured(self, number: float) -> str:
        return si(float(f"{number:.3g}"), self.unit).replace("\u00a0", " ")


Tell: TypeAlias = Callable[[Row], None]


def lines(rows: Iterable[Row]) -> list[str]:
    """The table, a text for each line, its columns aligned."""
    table = [HEAD, *(row.cells for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    padded = [" │ ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    return [padded[0], "─┼─".join("─" * width for width in widths), *padded[1:]]


def _times(ratio: float) -> str:
    return f"{float(f'{ratio:.3g}'):,.10g} ×"
