"""A mistake that many make who take a step by hand: the gradient goes back through weights that were moved already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .ops import Array
from .trace import Trace, backward


def with_moved_weights(trace: Trace, new: Mapping[str, Array]) -> Trace:
    """Both passes, where the backward pass reads the `new` values of leaves in the place of those that were saved.

    `trace` is of both passes, as they are.
    """
    saved = dict(trace.saved)
    for node in trace.graph.ops:
        slots = zip(node.op.inputs, node.inputs, strict=True)
        moved = {slot: new[name] for slot, name in slots if name in new and slot in saved[node.name]}
        if moved:
            saved[node.name] = {**saved[node.name], **moved}
    return backward(replace(trace, saved=saved))
