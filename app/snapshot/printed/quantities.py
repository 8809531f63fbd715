"""Which number of a network a printed name stands for: a value, a gradient, a term of the loss, before a step or after.

Beside the names of the network's own nodes stand those that books use of layers: W1, b1, z1 and a1 are of the first
linear layer, whatever the network calls them; where no activation follows, a1 is z1. `loss` is the loss, `out` what it
takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Literal

import numpy as np

from app.engine import Array, Graph, Op, OpNode, Trace
from app.engine.descent import descend, moved_by
from app.engine.fitted import LOSSES
from app.snapshot.indices import shape_text
from app.snapshot.shares import shares
from app.state import ViewState
from app.state.printed import PrintedKey

# A value of a node, the gradient at one, what each example of a batch adds to it, the terms of the loss, or the
# probabilities that the loss makes of its logits.
Kind = Literal["value", "gradient", "shares", "terms", "probabilities"]
_CLOSE = 1e-9
# So many numbers are moved at most on the way to what is printed: a few dozen milliseconds.
_MAX_MOVES = 1_000_000


class NoQuantity(ValueError):
    """A name that stands for nothing here; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is printed: of the node `name` its value or gradient, or the terms or probabilities of the loss.

    `after` is after the step, `last` at the last of several.
    """

    kind: Kind
    name: str
    after: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Stepped:
    """What steps lead to. `before_last` are both passes that the last step starts from, `after` those behind it."""

    before_last: Trace
    after: Trace


@dataclass(frozen=True)
class Truths:
    """A network with its numbers and both passes over them, and the numbers after `steps` steps, if there is an lr."""

    state: ViewState
    trace: Trace
    steps: int = 1

    @property
    def graph(self) -> Graph:
        """The network's graph."""
        return self.trace.graph

    @cached_property
    def stepped(self) -> Stepped | None:
        """What the steps lead to; None without a learning rate, and where numbers overflow or diverge on the way."""
        if self.state.lr is None or self.is_too_long:
            return None
        before = descend(self.trace, self.moved, self.state.lr, self.steps - 1)
        last = descend(before.end, self.moved, self.state.lr, 1)
        arrived = before.taken == self.steps - 1 or before.stopped == "still"
        return Stepped(before.end, last.end) if arrived and last.overflow is None else None

    @property
    def is_too_long(self) -> bool:
        """Whether there are too many steps for so large a network."""
        return self.steps > 1 and self.steps * sum(self.trace.values[name].size for name in self.moved) > _MAX_MOVES

    @property
    def moved(self) -> tuple[str, ...]:
        """The parameters that a step moves."""
        return moved_by(self.graph, self.state.hold)

    def at(self, quantity: Quantity) -> Trace:
        """The passes that a quantity is of. Raises NoQuantity where it is of a step and there is none."""
        if not (quantity.after or quantity.last):
            return self.trace
        if self.stepped is None:
            if self.state.lr is None:
                raise NoQuantity("A number after the step needs a learning rate lr.")
            if self.is_too_long:
                raise NoQuantity(f"{self.steps} steps are too many here for so large a network.")
            raise NoQuantity("After this step, the numbers overflow or diverge.")
        return self.stepped.after if quantity.after else self.stepped.before_last

    def array(self, quantity: Quantity) -> Array:
        """All entries of a quantity, as the numbers give them."""
        return found_in(self.at(quantity), quantity)

    def step_of(self, quantity: Quantity) -> Array | None:
        """How far the last step moved a new parameter, entry by entry; None for what is no parameter after a step."""
        node = self.graph.by_name[quantity.name]
        if not quantity.after or quantity.kind != "value" or node.role != "parameter" or self.stepped is None:
            return None
        return abs(self.array(quantity) - self.trace.values[quantity.name])


def found_in(trace: Trace, quantity: Quantity) -> Array:
    """All entries of a quantity in a trace of both passes."""
    if quantity.kind == "terms":
        terms = terms_of(trace)
        assert terms is not None
        return terms
    if quantity.kind == "probabilities":
        return trace.saved[quantity.name]["p"]
    if quantity.kind == "shares":
        return shares(trace, trace.graph.uses[quantity.name][0])
    return (trace.grads if quantity.kind == "gradient" else trace.values)[quantity.name]


def meant(truths: Truths, key: PrintedKey) -> Quantity:
    """What a name stands for. Raises NoQuantity."""
    graph = truths.graph
    names = names_of(graph)
    name = key.name
    last = key.last
    loss = loss_of(graph)
    if key.gradient or (name not in names and name not in ("E", "p") and name.startswith("d")):
        name = name if key.gradient else name[1:]
        if name not in names:
            raise NoQuantity(f"{key.text} stands for no gradient here; {_known(names)}")
        node = names[name]
        if node not in graph.requires_grad:
            raise NoQuantity(f"No gradient is taken with respect to {graph.by_name[node].symbol}.")
        kind: Kind = "shares" if _is_share(truths, key, node) else "gradient"
        return Quantity(kind, node, key.after, last)
    if key.example is not None and not key.index and names.get(name) == graph.loss.name:
        return Quantity("value", loss.name, key.after, last)
    if name in names:
        return Quantity("value", names[name], key.after, last)
    if name == "E":
        return _terms(truths, key, last=last)
    if name == "p" and "p" in truths.trace.saved[loss.name]:
        return Quantity("probabilities", loss.name, key.after, last)
    raise NoQuantity(f"{key.text} stands for nothing here; {_known(names)}")


def _terms(truths: Truths, key: PrintedKey, *, last: bool) -> Quantity:
    loss = loss_of(truths.graph)
    if not key.index:
        return Quantity("value", truths.graph.loss.name if key.example is None else loss.name, key.after, last)
    if terms_of(truths.trace) is None:
        raise NoQuantity(f"{loss.symbol} is no sum of terms that E could name.")
    return Quantity("terms", loss.name, key.after, last)


def _is_share(truths: Truths, key: PrintedKey, node: str) -> bool:
    """Whether what is meant is what one example of a batch adds to the gradient of what all of them share."""
    if key.example is None or len(key.index) != truths.trace.values[node].ndim or not truths.state.network.batch:
        return False
    uses = truths.graph.uses[node]
    return len(uses) == 1 and uses[0].vjp.shares is not None


def loss_of(graph: Graph) -> OpNode:
    """The op that compares prediction and target: of a batch the one that does so for each example, and else L."""
    each = graph.computed.get(LOSSES)
    return each if each is not None and graph.loss.inputs == (LOSSES,) else graph.loss


def _known(names: Mapping[str, str]) -> str:
    return f"the names are {', '.join(names)}, each with d before it for its gradient."


@lru_cache(maxsize=64)
def names_of(graph: Graph) -> Mapping[str, str]:
    """The node of each name: its own, and those that books use of layers."""
    found = {name: name for name in graph.by_name}
    layers = [node for node in graph.ops if "W" in node.op.inputs and "x" in node.op.inputs]
    for number, layer in enumerate(layers, 1):
        slots = dict(zip(layer.op.inputs, layer.inputs, strict=True))
        names = {"W": slots["W"], "z": layer.name, "a": _activation(graph, layer)}
        names |= {"b": slots["b"]} if "b" in slots else {}
        for letter, node in names.items():
            found.setdefault(f"{letter}{number}", node)
    found.setdefault("out", loss_of(graph).inputs[0])
    for letter in ("loss", "C", "J"):
        found.setdefault(letter, graph.loss.name)
    return MappingProxyType(found)


def _activation(graph: Graph, layer: OpNode) -> str:
    """The node of the activation behind a layer; the layer itself, where nothing but a layer or the loss follows."""
    uses = [use.node for use in graph.uses[layer.name] if use.node is not loss_of(graph)]
    ops = [node for node in uses if len(node.op.inputs) == 1]
    return ops[0].name if len(ops) == 1 else layer.name


def terms_of(trace: Trace) -> Array | None:
    """The terms, one for each unit, whose sum the loss is; None where it is no such sum.

    A term is the loss of one unit alone, divided by their number where the loss is a mean; and where the units depend
    on each other, as those of softmax do, what the loss is with the target of that unit alone.
    """
    loss = loss_of(trace.graph)
    inputs = [trace.values[name] for name in loss.inputs]
    if loss is trace.graph.loss:
        return _terms_of_one(loss.op, inputs, float(trace.loss))
    rows = zip(*inputs, trace.values[loss.name].tolist(), strict=True)
    found = [_terms_of_one(loss.op.single, list(row), total) for *row, total in rows]
    return None if any(row is None for row in found) else np.array(found)


def _terms_of_one(op: Op, inputs: list[Array], total: float) -> Array | None:
    """The terms of the loss of one example."""
    if any(array.ndim != 1 for array in inputs):
        return None
    count = inputs[0].size
    with np.errstate(all="ignore"):
        alone = np.array([float(op.forward(*(array[i : i + 1] for array in inputs))[0]) for i in range(count)])
        *others, target = inputs
        masked = np.array([float(op.forward(*others, one)[0]) for one in np.eye(count) * target])
    for terms in (alone, alone / count, masked):
        if abs(terms.sum() - total) <= _CLOSE * max(abs(total), float(abs(terms).max())):
            return np.asarray(terms)
    return None


def entry_at(key: PrintedKey, array: Array, symbol: str) -> tuple[int, ...]:
    """The index, from 0, of the one entry that a name means; of a batch, the example comes first. Raises NoQuantity
    where there is none."""
    index = (*([] if key.example is None else [key.example]), *key.index)
    if key.example == 1 and len(key.index) == array.ndim:
        index = key.index
    if len(index) != array.ndim or any(not 0 < i <= size for i, size in zip(index, array.shape, strict=True)):
        of_example = key.example is None and array.ndim == len(key.index) + 1
        says = f"; say which example, as in 1:{key.text}" if of_example else ""
        raise NoQuantity(f"{key.text} is no entry: {symbol} has the shape {shape_text(array.shape)}{says}.")
    return tuple(i - 1 for i in index)
