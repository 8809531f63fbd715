"""Many value sets of one network as stacks: arrays whose first axis counts the sets.

The passes take stacks as they take single arrays:
see `ops.table`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from .graph import Event
from .networks import Values
from .ops import Array, Shape
from .trace import Step


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


def overflows(steps: Sequence[Step], most: int) -> list[tuple[int, Event]]:
    """The first `most` sets whose numbers are not all finite, each with the event at which that began.

    `steps` are of a pass over stacks with one leading axis.
    """
    if np.isfinite(np.concatenate([step.value.ravel() for step in steps])).all():
        return []
    sets = len(steps[0].value)
    finite = np.array([np.isfinite(step.value.reshape(sets, -1)).all(-1) for step in steps])
    failed = np.flatnonzero(~finite.all(0))[:most]
    return [(int(one), steps[int(finite[:, one].argmin())].event) for one in failed]
