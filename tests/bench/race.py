"""Two things timed turn by turn, so that noise of the machine hits both."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Race:
    """Seconds of one call of each, the median unless asked otherwise."""

    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        """How many times theirs ours takes; below 1 ours is the faster."""
        return self.ours / self.theirs


def race(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    rounds: int,
    calls: int = 1,
    clock: Callable[[], float] = time.perf_counter,
    of: Callable[[list[float]], float] = median,
) -> Race:
    """Call both in turn for so many rounds, in changing order, after a tenth as many to warm up.

    What takes microseconds gets some `calls` a turn: else each would find the processor's caches full of the other.
    """
    times: dict[Callable[[], object], list[float]] = {ours: [], theirs: []}
    for turn in range(-max(1, rounds // 10), rounds):
        for runner in (ours, theirs) if turn % 2 else (theirs, ours):
            start = clock()
            for _ in range(calls):
                runner()
            if turn >= 0:
                times[runner].append((clock() - start) / calls)
        if turn == -1:
            gc.collect()
    return Race(of(times[ours]), of(times[theirs]))
