"""What there is to say of printed numbers, as the API and the page have it."""

from __future__ import annotations

from app.snapshot.models import Frozen

from .digits import PrintedVerdict


class PrintedMatch(Frozen):
    """A known mistake that gives a printed number."""

    name: str
    """What the mistake is called."""
    says: str
    """A sentence for the person who printed it."""


class PrintedNumber(Frozen):
    """One printed number, compared."""

    key: str
    """What it was printed as, such as -1*dz2.1 or W2.1.2+; an entry of an array has its own index."""
    symbol: str
    """How a page prints what is meant, such as ∂L/∂z⁽²⁾₁, without a factor, an example, and what + says."""
    line: int
    """The line that it stands in, counted from 1; 0 where no text was sent."""
    printed: str
    """The number as it was printed."""
    right: float
    """The right number, in full."""
    rounded: str
    """The right number, rounded to the digits that were printed, with a real minus."""
    verdict: PrintedVerdict
    """right to its digits; last: right but for the last digit; en-route: rounded on the way; or wrong."""
    matches: list[PrintedMatch]
    """The known mistakes that give this number: those that give all that is wrong of the same array, if there are."""
    note: str
    """All of this in sentences; empty for a right number."""
    node: str
    """The node that it belongs to."""
    gradient: bool
    """Whether it is a gradient, and not a value."""
    shares: bool
    """Whether it is what one example of a batch adds to a gradient."""
    index: list[int]
    """Which entry of the node it is, counted from 1; empty for a scalar."""


class UnreadView(Frozen):
    """A line that could not be compared."""

    line: int
    """The line, counted from 1; 0 where no text was sent."""
    says: str
    """Why, in a sentence."""


class ArrayNote(Frozen):
    """What there is to say of a printed array as a whole."""

    key: str
    """What it was printed as."""
    line: int
    """The line that it begins in, counted from 1; 0 where no text was sent."""
    says: str
    """A sentence, such as that its rows and columns are exchanged."""


class Comparison(Frozen):
    """Printed numbers, compared one by one."""

    numbers: list[PrintedNumber]
    """The numbers, in their order."""
    unread: list[UnreadView]
    """The lines that could not be compared."""
    arrays: list[ArrayNote]
    """What there is to say of printed arrays as a whole: mostly nothing."""

    def count(self, verdict: PrintedVerdict) -> int:
        """How many numbers are that."""
        return sum(number.verdict == verdict for number in self.numbers)
