"""What the steps of a handout find, and so what is left to be filled in: then it stands nowhere on the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import prod

from app.digits import Formatted
from app.snapshot import Current, Operand
from app.state import ViewState

# What stands in the place of a number.
BLANK = "____"


@dataclass(frozen=True)
class Blanks:
    """The nodes whose value or whose gradient is to be found, and of a value used more than once the contributions,
    each by the node that it comes back from and the one that it goes to. Empty where nothing is left out."""

    values: frozenset[str] = field(default_factory=frozenset)
    grads: frozenset[str] = field(default_factory=frozenset)
    parts: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def __or__(self, other: Blanks) -> Blanks:
        """What either of them leaves out."""
        return Blanks(self.values | other.values, self.grads | other.grads, self.parts | other.parts)

    def hides(self, operand: Operand, current: Current) -> bool:
        """Whether an operand of a step is itself to be found."""
        if operand.colour == "value":
            return operand.node in self.values
        if current.kind == "accumulate":
            return (operand.node, current.node) in self.parts
        return operand.node in self.grads


def blanks_of(steps: Iterable[ViewState]) -> Blanks:
    """All that these steps find."""
    values, grads, parts = set(), set(), set()
    for state in steps:
        event = state.event
        assert event is not None
        if event.kind == "forward":
            values.add(event.target)
        elif state.network.graph.is_partial(event):
            parts.add((event.node, event.target))
        else:
            grads.add(event.target)
    return Blanks(frozenset(values), frozenset(grads), frozenset(parts))


def to_fill(drawn: Formatted) -> Formatted:
    """An array as drawn, with a blank for each of its numbers."""
    return replace(drawn, texts=(BLANK,) * prod(drawn.shape))
