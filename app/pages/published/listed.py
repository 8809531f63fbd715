"""The published examples as the gallery of networks lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from .examples import GROUPS, Published, published


@dataclass(frozen=True, slots=True)
class ListedExample:
    """An example of the list: its source, what it is, how many numbers it prints, and where its page is."""

    title: str
    about: str
    count: int
    href: str
    steps: str


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """The examples of one kind, under a heading."""

    id: str
    title: str
    examples: tuple[ListedExample, ...]


@lru_cache(maxsize=1)
def published_groups() -> tuple[ListedGroup, ...]:
    """All published examples by their kind."""
    kinds: Mapping[str, list[Published]] = {group: [] for group in GROUPS}
    for example in published():
        kinds[example.group].append(example)
    return tuple(
        ListedGroup(f"published-{group}", GROUPS[group], tuple(map(_listed, examples)))
        for group, examples in kinds.items()
        if examples
    )


def _listed(example: Published) -> ListedExample:
    count = example.steps if example.lr is not None else 0
    steps = "" if not count else "a step" if count == 1 else f"{count} steps"
    return ListedExample(example.title, example.about, len(example.printed), example.address, steps)
