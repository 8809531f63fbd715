"""Both passes once more in exact arithmetic, as far as they only add, multiply and compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .graph import Edge, OpNode, VjpUse
from .ops import Entrywise, Factor, NamedArray, Shape
from .trace import Trace

MAX_ENTRIES = 1000
# An array of fractions; None stands for what is no fraction.
Exact: TypeAlias = NDArray[np.object_]


def exact_gradients(trace: Trace) -> Mapping[str, Exact]:
    """The gradients by node as fractions, from the leaves' decimals as a person writes them: 0.1 is a tenth.

    An entry is None where an exp or the like has a part in it. That is found out by standing in any numbers for what
    such an op gives, twice: where both lead to the same, they have no part. So are all entries of a network with more
    than MAX_ENTRIES, for which this would take seconds.
    """
    if sum(grad.size for grad in trace.grads.values()) > MAX_ENTRIES:
        return {name: np.full(grad.shape, None, dtype=np.object_) for name, grad in trace.grads.items()}
    one, other = (_gradients(trace, np.random.default_rng(seed)) for seed in (1, 2))
    unknown = np.array(None)
    return {name: np.where(one[name] == other[name], one[name], unknown) for name in one}


def _gradients(trace: Trace, lots: np.random.Generator) -> dict[str, Exact]:
    """The gradients by node as fractions, with any numbers for what is none."""
    graph = trace.graph

    def computed(found: Callable[[Shape], Exact], shape: Shape) -> Exact:
        try:
            return found(shape)
        except (TypeError, KeyError):  # a function that no fraction has, or a number that such a one has made
            return _filled([Fraction(int(lot), 10**9 + 7) for lot in lots.integers(1, 10**9, prod(shape))], shape)

    values = {leaf.name: _decimals(trace.values[leaf.name].tolist()) for leaf in graph.leaves}
    for node in graph.ops:
        if node is not graph.loss:  # no gradient is made from the loss itself
            values[node.name] = computed(_forward(node, values), trace.values[node.name].shape)
    grads = {graph.loss.name: _decimals(1.0)}
    parts: dict[Edge, Exact] = {}
    for event in graph.timelines["backward"]:
        if event.kind == "vjp":
            use = graph.vjps[event.edge]
            parts[use.edge] = computed(_vjp(use, values, grads[event.node]), trace.values[use.wrt].shape)
            if not use.partial:
                grads[use.wrt] = parts[use.edge]
        elif event.kind == "accumulate":
            first, *others = [parts[use.edge] for use in graph.uses[event.node]]
            grads[event.node] = sum(others, first)
    return grads


def _decimals(numbers: Any) -> Exact:
    """Nested lists of floats as fractions of the shortest decimals that read back to the same floats."""
    array = np.asarray(numbers, dtype=np.float64)
    return _filled([Fraction(repr(float(number))) for number in array.ravel()], array.shape)


def _filled(numbers: Sequence[Fraction], shape: Shape) -> Exact:
    array = np.empty(prod(shape), dtype=np.object_)
    array[:] = numbers
    return array.reshape(shape)


def _inputs(node: OpNode, values: Mapping[str, Exact]) -> dict[str, Exact]:
    """What stands at each input of a node's op, by slot."""
    return {slot: values[name] for slot, name in zip(node.op.inputs, node.inputs, strict=True)}


def _forward(node: OpNode, values: Mapping[str, Exact]) -> Callable[[Shape], Exact]:
    arrays = _inputs(node, values)
    return _entries(node.op.entrywise, node.op.intermediate, arrays, arrays)


def _vjp(use: VjpUse, values: Mapping[str, Exact], v: Exact) -> Callable[[Shape], Exact]:
    """What a VJP finds. Of what its op has saved it may read the inputs alone: an output comes of a function."""
    arrays = _inputs(use.node, values)
    return _entries(use.vjp.entrywise, use.vjp.local, arrays, arrays | {"v": v})


def _entries(
    entrywise: Entrywise, local: NamedArray | None, made_from: Any, arrays: Mapping[str, Exact]
) -> Callable[[Shape], Exact]:
    """Each entry, in a shape, as the sum of products that an op's row says it is."""

    def entries(shape: Shape) -> Exact:
        seen = dict(arrays)
        if local is not None:
            seen["local"] = np.asarray(local.numbers(made_from), dtype=np.object_)
        shapes = {slot: array.shape for slot, array in seen.items()}

        def number(factor: Factor) -> Fraction:
            return Fraction(seen[factor.slot][factor.index] if factor.slot else factor.constant) ** factor.power

        terms = [entrywise.terms(index, shapes) for index in np.ndindex(shape)]
        return _filled([Fraction(sum(prod(map(number, term)) for term in entry)) for entry in terms], shape)

    return entries
