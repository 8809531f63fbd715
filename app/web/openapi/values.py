"""What an address and a body say alike about a network's values: their shapes, their entries, and their patterns."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any, Literal

from app.digits import shape_text
from app.engine import Network, Shape
from app.engine.by_name import ACTIVATIONS, EXAMPLE, LOSSES, MAX_LAYERS, MAX_WIDTH, chain
from app.engine.fitted import MAX_EXAMPLES, biases, fitted, takes_rows
from app.engine.graph import Direction
from app.engine.ops.reductions import REDUCES
from app.engine.sizes import DIMENSIONS, MAX_SIDE, SIZE_LEAF
from app.snapshot.indices import key
from app.snapshot.train import MAX_TRAIL
from app.state import number_text
from app.state.training import Training

Schema = dict[str, Any]
PassOrCheck = Literal[Direction, "check"]

ASK = (
    "An entry to explain, counted from 1, such as W.2.1; a scalar is its name alone. The answer’s ask says which terms "
    "its value (in the forward pass) or gradient (in the backward pass) is the sum of."
)
LR = (
    "The learning rate of a step of gradient descent from these values. With it, the answer’s update has the step, if "
    "the backward pass is complete; without it, there is no such field."
)
TRAIN_LR = f"The learning rate of the steps; left out, {number_text(Training.lr)}."
HOLD = "The parameters that a step leaves as they are, by name; left out, none."
TRAIL = f"the values of all parameters at every step, if these are {MAX_TRAIL} numbers at most."
ANY_SHAPE = (
    f"{' and '.join(DIMENSIONS)} takes {SIZE_LEAF} of any shape m×n, with m and n from 1 to {MAX_SIDE}. All other "
    "values must fit it, and those whose default values do not must be given."
)
# Chains that together have every name that a leaf or a node of a chain can have, and the most steps.
CHAINS = tuple(map(chain, (f"1{'-1.relu' * MAX_LAYERS}_mse", f"1{'-1.relu' * MAX_LAYERS}_out", "1-1.relu_out")))
CHAIN_NAMES = (
    "A chain’s name has its widths and activations, joined by -, and behind the underscore its loss, as in "
    f"{EXAMPLE}: up to {MAX_LAYERS} layers of up to {MAX_WIDTH} units, with {', '.join(ACTIVATIONS)} or no activation, "
    f"and {', '.join(LOSSES)}. The values of a chain have the shapes that its name says."
)
REDUCE = "How the losses of a batch become one; left out, their mean."
# As app.state reads it: blanks at the ends and the page's own minus sign are welcome.
_NUMBER = r" *[-+−]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)? *"


def reduce_schema() -> Schema:
    """How the losses of a batch become one."""
    return {"type": "string", "enum": list(REDUCES)}


def shapes_text(networks: Iterable[Network], name: str) -> str:
    """The shapes that a leaf has in several networks: 3×2 or 2×2."""
    return " or ".join(dict.fromkeys(shape_text(network.shape(name)) for network in networks))


def entries(network: Network) -> Iterable[str]:
    """Every entry of every node, hidden ones included, as `ask` names it."""
    for name, shape in network.shapes.items():
        yield from (key(name, index) for index in product(*map(range, shape)))


def ask_pattern(networks: Iterable[Network]) -> str:
    """A regular expression for the entries of these networks by name, of any size that there may be."""
    every = [fit for network in networks for fit in (network, *_fits(network))]
    ranks = dict.fromkeys((name, len(shape)) for network in every for name, shape in network.shapes.items())
    return "^(" + "|".join(name + r"\.[1-9][0-9]?" * rank for name, rank in ranks) + ")$"


def _fits(network: Network) -> tuple[Network, ...]:
    """The network for a batch, with biases that have a number for each unit, and with such that are one number."""
    return fitted(network, MAX_EXAMPLES), fitted(network, MAX_EXAMPLES, biases(network))


def is_in_rows(network: Network, name: str) -> bool:
    """Whether a leaf has a row for each example of a batch."""
    return any(takes_rows(leaf) for leaf in network.graph.leaves if leaf.name == name)


def is_one_number(network: Network, name: str) -> bool:
    """Whether a leaf may be one number in the place of one for each unit."""
    return name in biases(network)


def leaf_pattern(network: Network, name: str) -> str:
    """A regular expression for the numbers of a leaf as text, as they are for one example or in the rows of a batch."""
    one = pattern(network.shape(name))
    if is_in_rows(network, name):
        return f"{one}(;{one}){{0,{MAX_EXAMPLES - 1}}}"
    return f"{one}|{pattern(())}" if is_one_number(network, name) else one


def any_leaf_pattern(network: Network, name: str) -> str:
    """The same of a leaf whose dimensions are each from 1 to MAX_SIDE: one number is among them."""
    one = any_pattern(any_dimensions(network, name))
    return f"{one}(;{one}){{0,{MAX_EXAMPLES - 1}}}" if is_in_rows(network, name) else one


def pattern(shape: Shape) -> str:
    """A regular expression for the numbers of a leaf of this shape, as text."""
    row = _NUMBER + "".join(f"(,{_NUMBER}){{{shape[-1] - 1}}}" for _ in shape[-1:])
    return row + (f"(;{row}){{{shape[0] - 1}}}" if len(shape) == 2 else "")


def any_pattern(dimensions: str) -> str:
    """A regular expression for the numbers of a leaf with these dimensions, each from 1 to MAX_SIDE, as text."""
    more = f"{{0,{MAX_SIDE - 1}}}"
    row = f"{_NUMBER}(,{_NUMBER}){more}"
    return f"{row}(;{row}){more}" if len(dimensions) == 2 else row


def any_dimensions(network: Network, name: str) -> str:
    """A letter for each dimension of a leaf, of a network that takes it in other shapes or stands for all chains."""
    return DIMENSIONS.get(network.name, {}).get(name) or "mn"[-len(network.shape(name)) :]


def leaf_schema(network: Network, name: str, one: Schema) -> Schema:
    """The schema of a leaf's numbers, from that for one example with a number for each unit."""
    if is_in_rows(network, name):
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 2, "maxItems": MAX_EXAMPLES}]}
    return {"anyOf": [one, array(())]} if is_one_number(network, name) else one


def array(shape: Shape) -> Schema:
    """The schema of numbers in nested lists of this shape."""
    if not shape:
        return {"type": "number", "format": "double"}
    return {"type": "array", "items": array(shape[1:]), "minItems": shape[0], "maxItems": shape[0]}


def any_array(dimensions: str) -> Schema:
    """The schema of numbers in nested lists with these dimensions, each from 1 to MAX_SIDE."""
    if not dimensions:
        return array(())
    return {"type": "array", "items": any_array(dimensions[1:]), "minItems": 1, "maxItems": MAX_SIDE}
