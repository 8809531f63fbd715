"""The published examples as the gallery of networks lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.state.codec import address_of

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


@lru_cache(maxsize=8)
def published_groups(handed: str = "") -> tuple[ListedGroup, ...]:
    """All published examples by their kind, at addresses that hand on this query."""
    kinds: Mapping[str, list[Published]] = {group: [] for group in GROUPS}
    for example in published():
        kinds[example.group].append(example)
    return tuple(
        ListedGroup(f"published-{group}", GROUPS[group], tuple(_listed(one, handed) for one in examples))
        for group, examples in kinds.items()
        if examples
    )


def _listed(example: Published, handed: str) -> ListedExample:
    count = example.steps if example.lr is not None else 0
    steps = "" if not count else "a step" if count == 1 else f"{count} steps"
    return ListedExample(example.title, example.about, len(example.printed), address_of(example.address, handed), steps)
