"""The loss if one number were another: any number of such changes at once, as one stack."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .graph import Graph
from .ops import Array, Index
from .rounding import added_up, loss_rounding
from .trace import Trace

Marks = NDArray[np.bool_]


class Entries(NamedTuple):
    """T entries of the values of a network, each array (T,): the node of each, counted in the graph's order, its place
    there, counted row by row, and its value."""

    nodes: NDArray[np.intp]
    places: NDArray[np.intp]
    at: Array

    def only(self, marks: Marks) -> Entries:
        """Those that are marked."""
        return Entries(self.nodes[marks], self.places[marks], self.at[marks])


class Outcome(NamedTuple):
    """What came of R moves of T entries, each array (R, T).

    `losses` are the losses, and `sums` how much was added up to each. `still` marks moves that no input of the loss has
    noticed. `at_kink` marks moves by which a unit left the kink that it stood exactly at, with a gradient other than 0,
    and `crossed` those by which another was crossed.
    """

    losses: Array
    sums: Array
    still: Marks
    at_kink: Marks
    crossed: Marks


def moved_loss(trace: Trace, name: str, index: Index, theta: float) -> tuple[float, float]:
    """The loss if one entry of one node were theta, and all that does not depend on it as it is; and how far rounding
    alone may have moved what that differs by from the loss of `trace`, which is of both passes."""
    value = trace.values[name]
    node, place = list(trace.graph.by_name).index(name), np.arange(value.size).reshape(value.shape)[index]
    entry = Entries(np.array([node]), np.array([place]), value[index].reshape(1))
    moved = run_moved(trace, entry, np.array([[theta]]))
    return float(moved.losses[0, 0]), loss_rounding(added_up(trace)[name], float(moved.sums[0, 0]))


def run_moved(trace: Trace, entries: Entries, thetas: Array) -> Outcome:
    """One forward pass over R T copies of a network, in each of which one of the entries is another number (R, T).

    `trace` is of both passes over one set of numbers. What a move does not reach stays as in it, to the last bit.
    """
    graph, shape = trace.graph, thetas.shape
    behind = _behind(graph)[:, entries.nodes]
    values: dict[str, Array] = {}
    at_kink, crossed, sums = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_), np.zeros(shape)
    still = np.zeros(shape, np.bool_)
    for number, node in enumerate(graph.nodes):
        value = trace.values[node.name]
        if node.op is None:
            copies = np.broadcast_to(value, (*shape, *value.shape))
        else:
            inputs, reached = [values[name] for name in node.inputs], behind[number]
            computed, saved = node.op.forward(*inputs)
            copies = np.where(reached.reshape(-1, *[1] * value.ndim), computed, value)
            if node.op.branch is not None:
                side = node.op.branch(trace.saved[node.name]).ravel()
                other = (node.op.branch(saved).reshape(*shape, -1) != side) & reached[:, None]
                at_kink |= np.logical_or.reduce(other & (side == 0) & (trace.grads[node.name] != 0).ravel(), -1)
                crossed |= np.logical_or.reduce(other & (side != 0), -1)
            if node is graph.head:
                sums = node.op.magnitude(*inputs) if node.op.magnitude else abs(computed)
                still = np.broadcast_to(reached, shape)
                for at in node.inputs:
                    still = still & np.logical_and.reduce((values[at] == trace.values[at]).reshape(*shape, -1), -1)
            elif node is graph.loss:  # of a batch, as the losses of its examples are added up
                sums, _ = node.op.forward(sums)
        (mine,) = (entries.nodes == number).nonzero()
        if mine.size:
            flat = np.array(copies).reshape(*shape, -1)
            flat[:, mine, entries.places[mine]] = thetas[:, mine]
            copies = flat.reshape(copies.shape)
        values[node.name] = copies
    losses = values[graph.loss.name]
    return Outcome(losses, np.maximum(sums, abs(losses)), still, at_kink, crossed)


@lru_cache(maxsize=32)
def _behind(graph: Graph) -> Marks:
    """For each node (rows) whether it lies behind each node (columns), both in the graph's order."""
    return np.array([[node in graph.behind[moved] for moved in graph.by_name] for node in graph.by_name])
