"""What each example of a batch adds to the gradient of what all of them share."""

from __future__ import annotations

from app.engine import Array, Trace, VjpUse


def shares(trace: Trace, use: VjpUse) -> Array:
    """The part of each example in what a VJP found, with an axis in front that counts them; their sum is the whole."""
    assert use.vjp.shares is not None
    return use.vjp.shares(trace.grads[use.node.name], trace.saved[use.node.name]) + 0.0  # no −0
