"""Graphs of ops at random, as a program describes them, and what autograd's NumPy makes of them."""

from __future__ import annotations

from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import grad

from app.engine import OPS, Array

from .reference_ops import REFERENCE

# Those of one vector that any vector will do for, and what a loss takes for a target.
ONE = ("relu", "sigmoid", "tanh", "leaky", "softplus", "gelu", "silu", "softmax")
TWO = ("add", "multiply", "max")
LOSSES = ("mse", "sse", "mse-mean", "out", "bce-with-logits", "softmax-cross-entropy", "poisson-nll")


def described(seed: int, most: int = 12) -> tuple[dict[str, Any], dict[str, Array]]:
    """A graph's body and values for its leaves: every vector is used, some of them often; the losses are added."""
    rng = np.random.default_rng(seed)
    nodes: list[dict[str, Any]] = []
    values: dict[str, Array] = {}

    def leaf(shape: tuple[int, ...], letter: str = "t") -> str:
        name = f"{letter}{len(values)}"
        values[name] = np.round(rng.normal(size=shape), 3)
        return name

    def op(name: str, **inputs: str) -> str:
        nodes.append({"name": f"n_{len(nodes)}", "op": name, "inputs": inputs})
        return str(nodes[-1]["name"])

    sizes = {leaf((size,)): size for size in map(int, rng.integers(1, 4, size=2))}
    loose = set(sizes)
    for _ in range(int(rng.integers(1, most))):
        at = str(rng.choice(sorted(sizes)))
        size = sizes[at]
        kind = str(rng.choice(["linear", *ONE, *TWO]))
        if kind == "linear":
            size = int(rng.integers(1, 4))
            made, used = op("linear", W=leaf((size, sizes[at])), x=at, b=leaf((size,))), {at}
        elif kind in ONE:
            made, used = op(kind, z=at), {at}
        else:
            others = [name for name in sorted(sizes) if sizes[name] == size and name != at]
            other = str(rng.choice(others)) if others else leaf((size,))
            made, used = op(kind, a=at, b=other), {at, other}
        sizes[made] = size
        loose = (loose - used) | {made}
    losses = []
    for at in sorted(loose & {str(node["name"]) for node in nodes}):
        kind = str(rng.choice(LOSSES))
        first, second = OPS[kind].inputs
        losses.append(op(kind, **{first: at, second: leaf((sizes[at],))}))
    while len(losses) > 1:
        losses.append(op("add", a=losses.pop(0), b=losses.pop(0)))
    used = {name for node in nodes for name in node["inputs"].values()}
    loss = losses[0]
    nodes = [nodes[place] for place in rng.permutation(len(nodes))]
    return {"nodes": nodes, "loss": loss}, {name: value for name, value in values.items() if name in used}


def computed(graph: dict[str, Any], values: dict[str, Array]) -> Any:
    """The loss, by the reference of each op."""
    by_name = {node["name"]: node for node in graph["nodes"]}

    def at(name: str) -> Any:
        if name in values:
            return values[name]
        node = by_name[name]
        return REFERENCE[node["op"]].function(*(at(node["inputs"][slot]) for slot in OPS[node["op"]].inputs))

    return anp.sum(at(graph["loss"]))


def gradients(graph: dict[str, Any], values: dict[str, Array]) -> dict[str, Array]:
    """The gradient of each leaf, by autograd."""
    return {
        name: np.asarray(grad(lambda one, name=name: computed(graph, {**values, name: one}))(value))
        for name, value in values.items()
    }
