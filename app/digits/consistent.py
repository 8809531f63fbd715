"""Arrays that follow from each other, drawn with so many digits that whoever works them out anew gets what is drawn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache

import numpy as np

from app.engine import Array
from app.snapshot import NestedList

from .formatted import MIN_DECIMALS, MIN_DECIMALS_SCALAR, Formatted, formatted

# By how many digits a stage of a sheet may be ahead of the next one before that gets a digit more, and how many ways to
# draw the whole are tried.
_AHEAD, _TRIES = 4, 14
# From so many added digits on, it is worth a look whether fewer do with one more elsewhere.
_MANY = 3
# Tries the whole with so many digits more at each stage: what it then is, and the stages that do not come out as drawn.
_Tried = Callable[[Sequence[int]], tuple[dict[str, "Formatted"], list[int]]]
# What a reader with a pencil finds: the later arrays, from what is drawn of all.
Recompute = Callable[[dict[str, Array]], Mapping[str, Array]]
# An array is exact if it is off by no more than a float64's own noise.
_EXACT = 1e-13


def consistent_digits(
    *stages: Mapping[str, NestedList],
    recompute: Recompute,
    least: int = MIN_DECIMALS,
    more: int = 0,
    near_1: Collection[str] = (),
    digits: int | None = None,
) -> dict[str, Formatted]:
    """Arrays that follow from each other, with so many digits that whoever works them out anew gets what is drawn.

    The first stage is given, each later one found from those before it, with at most as many digits beyond a cell's.
    `recompute(numbers)` takes what a reader sees, by name, and returns what each array of the later stages comes out
    as. `least` and `more` are as in `formatted`; an array in `near_1` says how far it is from 1 where that is little.
    What is exact with fewer digits has no zeros behind these. Where no way is found in a few tries, as for numbers of
    very different size, it is the one of which most holds. With `digits`, which a person has chosen, there are so many,
    and `comes_out` tells whether all holds.
    """
    if digits is not None:
        return {name: formatted(array, digits=digits) for stage in stages for name, array in stage.items()}
    return _consistent(stages, recompute, least, more, near_1)


def _consistent(
    stages: Sequence[Mapping[str, NestedList]], recompute: Recompute, least: int, more: int, near_1: Collection[str]
) -> dict[str, Formatted]:
    """The same, where no digits are chosen."""
    values = {name: np.asarray(array, dtype=np.float64) for stage in stages for name, array in stage.items()}

    @cache
    def drawn(name: str, extra: int) -> Formatted:
        array = values[name]
        lone = MIN_DECIMALS_SCALAR if least and not array.ndim else least
        return _shortest(array, lone, more + extra, near_1=name in near_1)

    def tried(extras: Sequence[int]) -> tuple[dict[str, Formatted], list[int]]:
        page = {name: drawn(name, extra) for stage, extra in zip(stages, extras, strict=True) for name in stage}
        redone = recompute({name: entry.numbers() for name, entry in page.items()})
        return page, [at for at in range(1, len(stages)) if _fails(stages[at], page, redone)]

    with np.errstate(all="ignore"):
        return _found(tried, len(stages))


def _found(tried: _Tried, stages: int) -> dict[str, Formatted]:
    """The way in which all holds; or, after a few tries, most."""
    extras, least_failing = [0] * stages, stages
    best: dict[str, Formatted] = {}
    for _ in range(_TRIES):
        page, failing = tried(extras)
        if len(failing) < least_failing:
            best, least_failing = page, len(failing)
        if not failing:
            return _shortest_of(page, extras, tried)
        # what it is found from gets a digit more; a result on the edge of rounding may need one itself
        itself = extras[failing[0] - 1] - extras[failing[0]] >= _AHEAD
        for at in range(failing[0] + itself):
            extras[at] += 1
    return best


def comes_out(
    drawn: Mapping[str, Formatted],
    *stages: Iterable[str],
    recompute: Recompute,
) -> bool:
    """Whether whoever works out the arrays of these stages from what is drawn gets what is drawn of them."""
    with np.errstate(all="ignore"):
        redone = recompute({name: entry.numbers() for name, entry in drawn.items()})
    return not any(_fails(stage, drawn, redone) for stage in stages)


def _shortest_of(page: dict[str, Formatted], extras: list[int], tried: _Tried) -> dict[str, Formatted]:
    """The way with the fewest letters of those found from `page`, in which all holds. Of two stages with many digits
    added, it may be one with another digit of a result on the edge of rounding. More than two are tried once, from the
    last to the first, as that takes long enough."""
    upward, downward = range(len(extras)), range(len(extras) - 1, -1, -1)
    if len(extras) > 2:
        return _with_fewer(page, extras, downward, tried)
    pages = [_with_fewer(page, [*extras], order, tried) for order in (upward, downward)]
    if max(extras) >= _MANY:
        other, failing = tried(longer := [extras[0], *(extra + 1 for extra in extras[1:])])
        pages += [] if failing else [_with_fewer(other, longer, upward, tried)]
    return min(pages, key=lambda page: sum(len(text) for one in page.values() for text in one.texts))


def _with_fewer(
    page: dict[str, Formatted], extras: list[int], order: Iterable[int], tried: _Tried
) -> dict[str, Formatted]:
    """The same with fewer digits, stage by stage in that order, as long as all still holds."""
    for at in order:
        while extras[at]:
            extras[at] -= 1
            other, failing = tried(extras)
            if failing:
                extras[at] += 1
                break
            page = other
    return page


def _shortest(array: Array, least: int, more: int, *, near_1: bool) -> Formatted:
    """The array with so many digits more than it would have, or with fewer, if these are exact."""
    ways = (formatted(array, least=least, more=fewer, near_1=near_1) for fewer in range(more))
    short = next((way for way in ways if (abs(way.numbers() - array) <= _EXACT * abs(array)).all()), None)
    return short or formatted(array, least=least, more=more, near_1=near_1)


def _fails(stage: Iterable[str], page: Mapping[str, Formatted], redone: Mapping[str, Array]) -> bool:
    return any(page[name].recompute(np.asarray(redone[name])) != page[name].texts for name in stage)
