"""The legend: what the marks in the picture mean, of those alone that are in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.snapshot.glossary import ENTRIES

from .cells import NodeCard


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One mark: its id in the glossary, the sign as it is drawn (empty for a frame), its look, and what it means."""

    id: str
    sign: str
    look: str
    text: str


# In the order of the legend: the sign, and the classes that give it the look it has in the picture.
_LOOKS = {
    "value": "is-value swatch",
    "gradient-arrow": "is-grad swatch",
    "now": "mark is-now",
    "next": "mark is-next",
    "changed": "sample",
    "waiting": "sample",
    "zero": "sample is-grad",
    "inactive": "sample is-grad is-inactive",
    "untaken": "sample",
    "agrees": "sample",
    "disagrees": "sample is-wrong",
    "kink": "sample",
}


def legend(cards: Sequence[NodeCard]) -> tuple[LegendEntry, ...]:
    """What is in the picture, in the legend's order."""
    there = _there(cards)
    return tuple(
        LegendEntry(name, ENTRIES[name].text, look, ENTRIES[name].name)
        for name, look in _LOOKS.items()
        if name in there
    )


def _there(cards: Sequence[NodeCard]) -> Collection[str]:
    """The marks that the cards have, by their ids in the glossary; and what the legend passes over."""
    entries = [entry for card in cards for entry in card.entries]
    grads = {entry.grad_presence for entry in entries}
    return (
        {"value", *grads, *(entry.value_presence for entry in entries)}
        | {card.progress for card in cards}
        | {entry.mark for entry in entries if entry.mark != "agrees"}
        | ({"agrees"} if any(card.is_checked for card in cards) else set())
        | ({"changed"} if any(entry.was for entry in entries) else set())
        | ({"gradient-arrow"} if "absent" not in grads else set())
    )
