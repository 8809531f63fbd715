"""The loss if one number were another: any number of such changes at once, as one stack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .ops import Array
from .trace import Trace


class Moves(NamedTuple):
    """R new values for each of T entries: S = R T copies of the network, in each of which one number is another.

    `names` and `places` (T,) say which entries these are, `thetas` (R, T) what they become.
    """

    names: NDArray[np.str_]
    places: NDArray[np.intp]
    thetas: Array


class Outcome(NamedTuple):
    """What came of moves, each (R, T): the loss; how much was added up to it; and whether a unit left the kink it stood
    exactly at, with a gradient other than 0 (`at_kink`), or any other kink was crossed (`crossed`)."""

    losses: Array
    sums: Array
    at_kink: NDArray[np.bool_]
    crossed: NDArray[np.bool_]


def moved_loss(trace: Trace, name: str, index: Sequence[int], theta: float) -> float:
    """The loss if one entry of one node were theta, and all that does not depend on it as it is."""
    place = int(np.ravel_multi_index(tuple(index), trace.values[name].shape)) if index else 0
    return float(run_moved(trace, Moves(np.array([name]), np.array([place]), np.array([[theta]]))).losses[0, 0])


def run_moved(trace: Trace, moves: Moves) -> Outcome:
    """The forward pass over all copies at once; what a move does not reach stays as in `trace`, to the last bit."""
    graph, shape = trace.graph, moves.thetas.shape
    behind = {name: np.array([name in graph.behind[str(moved)] for moved in moves.names]) for name in graph.by_name}
    values: dict[str, Array] = {}
    at_kink, crossed = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    for leaf in graph.leaves:
        values[leaf.name] = _stacked(trace, moves, leaf.name, behind[leaf.name])
    sums = np.zeros(shape)
    for node in graph.ops:
        inputs = [values[name] for name in node.inputs]
        computed, saved = node.op.forward(*inputs)
        if node.op.branch is not None:
            side = node.op.branch(trace.saved[node.name])
            other = (node.op.branch(saved) != side).reshape(*shape, -1) & behind[node.name][:, None]
            matters = np.broadcast_to(trace.grads[node.name] != 0, side.shape).ravel()
            at_kink |= (other & (side == 0).ravel() & matters).any(-1)
            crossed |= (other & (side != 0).ravel()).any(-1)
        if node is graph.loss:
            sums = np.reshape(
                node.op.magnitude(*inputs) if node.op.magnitude else abs(computed),
                shape,
            )
        values[node.name] = _stacked(trace, moves, node.name, behind[node.name], computed)
    losses = values[graph.loss.name].reshape(shape)
    return Outcome(losses, np.maximum(sums, abs(losses)), at_kink, crossed)


def _stacked(
    trace: Trace,
    moves: Moves,
    name: str,
    is_behind: NDArray[np.bool_],
    computed: Array | None = None,
) -> Array:
    """All copies of one node (S, …): as `computed` behind a moved entry, moved where the entry is its own, else as in
    `trace`."""
    value, (rows, entries) = trace.values[name], moves.thetas.shape
    (mine,) = np.nonzero(moves.names == name)
    if computed is None and not mine.size:
        return np.broadcast_to(value, (moves.thetas.size, *value.shape))
    copies = np.array(np.broadcast_to(value.ravel(), (rows, entries, value.size)))
    if computed is not None:
        copies[:, is_behind] = computed.reshape(copies.shape)[:, is_behind]
    copies[:, mine, moves.places[mine]] = moves.thetas[:, mine]
    return copies.reshape(moves.thetas.size, *value.shape)
