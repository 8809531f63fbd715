"""What the builder lets one choose of a chain: inputs, layers with their units, activations and biases, the loss, the
examples; and the network and numbers that a choice stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from app.engine import Network, Values
from app.engine.by_name import ACTIVATIONS, LOSSES, ChainError, network_named
from app.engine.fitted import fitted, takes_rows
from app.engine.graph import CONSTANT
from app.engine.ops import OPS
from app.engine.ops.reductions import REDUCES, Reduce
from app.state import ViewState

Bias = Literal["unit", "layer", "none"]
BIASES: tuple[Bias, ...] = get_args(Bias)
# What a batch may have, for its numbers to be typed in and seen.
EXAMPLES = 3
# What a hidden layer has that was not chosen yet.
_HIDDEN = "sigmoid"


@dataclass(frozen=True, slots=True)
class LayerChoice:
    """A layer: its units, its activation as a chain's name has it (empty: none), and its bias: a number for each unit,
    one for the layer, or none."""

    units: int
    activation: str
    bias: Bias = "unit"


@dataclass(frozen=True, slots=True)
class Choice:
    """A chain, and how many examples it is shown with; `reduce` says how their losses become one."""

    inputs: int
    layers: tuple[LayerChoice, ...]
    loss: str
    examples: int = 1
    reduce: Reduce = REDUCES[0]

    @property
    def name(self) -> str:
        """The chain's name."""
        layers = (f"{one.units}{'.' if one.activation else ''}{one.activation}" for one in self.layers)
        return f"{'-'.join([str(self.inputs), *layers])}_{self.loss}"

    def network(self) -> Network:
        """The network that is chosen, for so many examples and with such biases. Raises ChainError."""
        base = network_named(self.name)
        if base is None:
            raise ChainError("there is no such chain")
        named = zip(_biases(base), self.layers, strict=True)
        one_bias = [name for name, layer in named if layer.bias == "layer"]
        return fitted(base, self.examples if self.examples > 1 else 0, one_bias, self.reduce)


def with_layers(rows: Sequence[LayerChoice], count: int) -> tuple[LayerChoice, ...]:
    """So many layers: the last stays the last, and hidden ones come or go before it."""
    if count <= len(rows):
        return (*rows[: count - 1], rows[-1])
    like = rows[-2] if len(rows) > 1 else replace(rows[-1], activation=rows[-1].activation or _HIDDEN)
    return (*rows[:-1], *[like] * (count - len(rows)), rows[-1])


def choice_of(view: ViewState) -> Choice | None:
    """The choice that a network with its numbers is; None for a network that is no chain."""
    base = view.network.base
    ops = list(base.graph.ops)
    loss = next((name for name, op in LOSSES.items() if ops[-1].op is OPS[op]), None)
    layers: list[LayerChoice] = []
    for node in ops[:-1]:
        if node.op is OPS["linear"]:
            bias = node.inputs[node.op.inputs.index("b")]
            layers.append(LayerChoice(base.shape(node.name)[0], "", _bias_of(view, bias)))
        elif node.op.name in ACTIVATIONS and layers and not layers[-1].activation:
            layers[-1] = replace(layers[-1], activation=node.op.name)
        else:
            return None
    if loss is None:
        return None
    inputs = base.shape(base.graph.leaves[0].name)[0]
    return Choice(inputs, tuple(layers), loss, max(view.network.batch, 1), view.network.reduce)


def _bias_of(view: ViewState, name: str) -> Bias:
    if name in view.hold and not any(_flat(view.values[name])):
        return "none"
    return "unit" if view.network.shape(name) else "layer"


def chosen(choice: Choice, before: ViewState) -> ViewState:
    """The network of a choice, with those numbers that were typed before and fit it. Raises ChainError."""
    network = choice.network()
    old, base = before.network.base, network.base
    values: dict[str, Values] = {}
    for leaf in network.graph.leaves:
        name = leaf.name
        stays = name in old.defaults and old.shape(name) == base.shape(name)
        stays = stays and before.values[name] != before.network.defaults[name]
        # a target means something else to another loss
        stays = stays and (leaf.role not in CONSTANT or old.graph.loss.op is base.graph.loss.op)
        own = before.values[name] if stays else base.defaults[name]
        values[name] = _rows(own, network.batch) if takes_rows(leaf) else own
    held = [name for name in before.hold if name in base.defaults]
    for name, layer in zip(_biases(base), choice.layers, strict=True):
        was_none = name in before.values and name in old.defaults and _bias_of(before, name) == "none"
        if layer.bias == "none":
            values[name] = (0.0,) * layer.units
            held.append(name)
        else:
            own = base.defaults[name] if was_none else values[name]
            values[name] = _as_bias(own, network.shape(name))
            held = [one for one in held if not (was_none and one == name)]
    hold = tuple(name for name in base.defaults if name in held)
    return ViewState(network, "forward", values, lr=before.lr, hold=hold)


def _biases(network: Network) -> tuple[str, ...]:
    """The bias of each layer."""
    linear = (node for node in network.graph.ops if node.op is OPS["linear"])
    return tuple(node.inputs[node.op.inputs.index("b")] for node in linear)


def _as_bias(own: Values, shape: tuple[int, ...]) -> Values:
    """A bias as one number, or as one for each unit."""
    first, *_ = _flat(own)
    if not shape:
        return first
    return own if isinstance(own, tuple) else (first,) * shape[0]


def _rows(own: Values, count: int) -> Values:
    """The numbers of an example, or of a batch, for so many (0: for one that is no batch). Rows that are missing are
    the first with its numbers moved on by a place."""
    assert isinstance(own, tuple)
    rows = list(own) if isinstance(own[0], tuple) else [own]
    if not count:
        return rows[0]
    first = rows[0]
    assert isinstance(first, tuple)
    for place in range(len(rows), count):
        rows.append((*first[place % len(first) :], *first[: place % len(first)]))
    return tuple(rows[:count])


def _flat(numbers: Values) -> Iterator[float]:
    if isinstance(numbers, tuple):
        for one in numbers:
            yield from _flat(one)
    else:
        yield numbers


def titles() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """What people call the activations and the losses, by what a chain's name calls them."""
    activations = {"": "none", **{name: OPS[name].title for name in ACTIVATIONS}}
    return activations, {name: OPS[op].title for name, op in LOSSES.items()}
