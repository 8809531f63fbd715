"""Many value sets of one network as stacks: arrays whose first axis counts the sets.

The passes take stacks as they take single arrays:
see `ops.table`.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from .graph import Direction, Event
from .networks import Values
from .ops import Array, Shape
from .trace import Trace


def stacked(entries: list[Any], shape: Shape) -> Array | None:
    """Nested lists or tuples, one of this shape a set, as one array (sets, *shape); −0 becomes 0.

    None where one of them has another shape or holds anything but finite ints and floats. It does not say where: each
    look is at all entries at once, so that good ones cost next to nothing.
    """
    flat = entries
    try:
        for size in shape:
            if set(map(len, flat)) != {size}:
                return None
            flat = list(chain.from_iterable(flat))
        # What has a length and holds no numbers (a text, an object) leaves texts behind; a bool is an int to NumPy.
        if not set(map(type, flat)) <= {int, float}:
            return None
        array = np.array(flat, dtype=np.float64)
    except (TypeError, OverflowError):  # what has no length; an int beyond all floats
        return None
    if not np.isfinite(array).all():
        return None
    array += 0.0
    return array.reshape(len(entries), *shape)


def repeated(numbers: Values, sets: int) -> Array:
    """The same numbers for all sets: a view, which takes no more memory than one of them, and is not to be changed."""
    array = np.asarray(numbers, dtype=np.float64)
    return np.broadcast_to(array, (sets, *array.shape))


def overflows(trace: Trace, direction: Direction, most: int) -> list[tuple[int, Event]]:
    """The first `most` sets whose numbers are not all finite, each with the event of that pass at which it began.

    `trace` is of stacks with one leading axis.
    """
    events = trace.graph.timelines[direction]
    results = [trace.result(event) for event in events]
    if np.isfinite(np.concatenate([result.ravel() for result in results])).all():
        return []
    sets = len(trace.loss)
    finite = np.array([np.isfinite(result.reshape(sets, -1)).all(-1) for result in results])
    failed = np.flatnonzero(~finite.all(0))[:most]
    return [(int(one), events[int(finite[:, one].argmin())]) for one in failed]
