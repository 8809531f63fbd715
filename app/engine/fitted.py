"""A network as it is for the numbers that came: many examples in the place of one, one number in the place of a bias.

A fitted network is a `Network` like any other, with the name of the one it was made from, its `base`: only where
numbers are read does anyone ask which of the two it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from .graph import CONSTANT, Graph, Leaf, Node, OpNode
from .networks import Network, Values
from .ops import OPS, Op
from .ops.batches import ONE_BIAS, OVER_EXAMPLES, OVER_EXAMPLES_ONE_BIAS
from .ops.examples import over_examples
from .ops.reductions import Reduce, reduced

# More examples than this are no batch that anybody looks at; programs send stacks of value sets.
MAX_EXAMPLES = 64
# The node of the examples' losses, which a batch has beside L.
LOSSES = "l"


def takes_rows(leaf: Leaf) -> bool:
    """Whether a leaf has a row for each example of a batch: an input, a target, or what is given in its place."""
    return leaf.role == "input" or leaf.role in CONSTANT


@lru_cache(maxsize=256)
def biases(network: Network) -> tuple[str, ...]:
    """The leaves that may be one number for their layer: biases of several units, in the graph's order."""
    linear = [node for node in network.graph.ops if node.op.single is OPS["linear"]]
    at = {name for node in linear for slot, name in zip(node.op.inputs, node.inputs, strict=True) if slot == "b"}
    return tuple(
        leaf.name for leaf in network.graph.leaves if leaf.name in at and network.base.shape(leaf.name) != (1,)
    )


def fitted(network: Network, examples: int, one_bias: Iterable[str] = (), reduce: Reduce = "mean") -> Network:
    """The network for so many examples (0: for one, which is no batch), with the biases of these names one number each.

    It is one object for the same question, as a name is for a network; `network` itself, if nothing is asked of it.
    """
    base = network.base
    names = tuple(name for name in biases(base) if name in one_bias)
    return _fitted(base, examples, names, reduce if examples else "mean") if examples or names else base


@lru_cache(maxsize=256)  # networks are compared by identity
def _fitted(base: Network, examples: int, one_bias: tuple[str, ...], reduce: Reduce) -> Network:
    leaves = {leaf.name: leaf for leaf in base.graph.leaves}
    defaults: dict[str, Values] = dict(base.defaults)
    for name, leaf in leaves.items():
        if examples and takes_rows(leaf):
            defaults[name] = (defaults[name],) * examples
    for name in one_bias:
        own = defaults[name]
        assert isinstance(own, tuple)
        defaults[name] = own[0]
    graph = _graph(base.graph, examples, one_bias, reduce)
    return replace(base, graph=graph, defaults=defaults, examples=(), batch=examples, reduce=reduce, made_from=base)


def _graph(graph: Graph, examples: int, one_bias: tuple[str, ...], reduce: Reduce) -> Graph:
    counting = {leaf.name for leaf in graph.leaves if examples and takes_rows(leaf)}
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.op is None:
            nodes.append(node)
            continue
        op = _row(node, counting, one_bias)
        if counting & {*node.inputs}:
            counting.add(node.name)
        nodes.append(replace(node, op=op))
    if not examples:
        return Graph(nodes)
    loss = nodes.pop()
    assert isinstance(loss, OpNode)
    each = replace(loss, name=LOSSES, role="hidden", symbol="ℓ", latex=r"\ell")
    return Graph([*nodes, each, replace(loss, op=reduced(reduce, examples), inputs=(LOSSES,))])


def _row(node: OpNode, counting: set[str], one_bias: tuple[str, ...]) -> Op:
    """The row of a node's op where the nodes of these names count examples, and these biases are one number."""
    counts = [name in counting for name in node.inputs]
    if node.op is OPS["linear"]:
        is_one = node.inputs[node.op.inputs.index("b")] in one_bias
        if any(counts):
            return OVER_EXAMPLES_ONE_BIAS if is_one else OVER_EXAMPLES
        return ONE_BIAS if is_one else node.op
    if any(counts):
        assert all(counts), f"{node.name}: examples and what they share meet in {node.op.name}"
        return over_examples(node.op)
    return node.op
