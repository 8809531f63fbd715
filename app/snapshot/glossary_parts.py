"""What the glossary is made of: entries, and sections of them."""

from __future__ import annotations

from dataclasses import dataclass

MULTIPLY_ADD = (
    "one multiplication and one addition, or one of them alone; an exp, a log, an erf, a comparison and a division "
    "count as one each."
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One sign or term: the id that links lead to, the sign as text and in LaTeX, what it is called, what it means.

    A term that has no sign is called by its name alone. `signs` are the texts by which it is found in a formula, and
    `spoken` is what is said instead of the first of them; empty where that can be said as it stands.
    """

    id: str
    text: str
    latex: str
    name: str
    says: str
    signs: tuple[str, ...] = ()
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Entries that belong together, under one title."""

    title: str
    entries: tuple[Entry, ...]
