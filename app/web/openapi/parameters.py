"""What an address may ask: the parameters of each GET, with their patterns and the default network's own examples."""

from __future__ import annotations

from app.engine import DEFAULT, NETWORKS
from app.engine.by_name import PATTERN
from app.engine.chains import LARGEST_LOGIT
from app.engine.cost import DTYPES
from app.engine.descent import MAX_STEPS
from app.engine.fitted import MAX_EXAMPLES
from app.engine.graph import Direction
from app.engine.sizes import DIMENSIONS
from app.pages.cost.question import CostState
from app.pages.heads.question import HeadsState
from app.state import field_text
from app.state.params import parameters
from app.state.sizes import SIZES
from app.state.training import Training

from .values import (
    ANY_SHAPE,
    ASK,
    CHAIN_NAMES,
    CHAINS,
    HOLD,
    LR,
    REDUCE,
    TRAIL,
    TRAIN_LR,
    PassOrCheck,
    Schema,
    any_leaf_pattern,
    ask_pattern,
    entries,
    is_in_rows,
    is_one_number,
    leaf_pattern,
    pattern,
    reduce_schema,
    shapes_text,
)

_SEPARATED = "Commas separate numbers, semicolons separate rows."
_ROWS = f" Several rows, up to {MAX_EXAMPLES}, are the examples of a batch."
_ONE = " One number alone is the bias of all units of its layer."
_SIZES = {
    "n": "The inputs of a layer.",
    "m": "The outputs of a layer.",
    "layers": "How many layers there are, all of that shape.",
    "batch": "How many examples there are.",
}


def pass_parameters(question: PassOrCheck) -> list[Schema]:
    """The query of a pass or a check, which is that of the network's page; a check takes values alone."""
    parameters = number_parameters(any_shape=True)
    if question != "check":
        ask = {"type": "string", "pattern": ask_pattern([*NETWORKS.values(), *CHAINS])}
        parameters += [
            _parameter("step", _step(question), "The step to stop at; left out, the whole pass.", 1),
            _parameter("ask", ask, ASK, next(iter(entries(DEFAULT)))),
        ]
    # what only the whole backward pass leads to, and so without an example that would go with that of step
    return parameters + (_update_parameters(LR, None) if question == "backward" else [])


def _update_parameters(says: str, example: float | None) -> list[Schema]:
    every = dict.fromkeys(name for network in (*NETWORKS.values(), *CHAINS) for name in parameters(network))
    one = f" *({'|'.join(every)}) *"
    hold = {"type": "string", "pattern": f"^({one}(,{one})*)?$"}
    return [
        _parameter("lr", {"type": "number", "exclusiveMinimum": 0}, says, example),
        _parameter("hold", hold, f"{HOLD} Commas separate them.", None),
    ]


def train_parameters() -> list[Schema]:
    """The query of a run of steps, which is that of its page, and whether there is to be a trail."""
    steps = {"type": "integer", "minimum": 1, "maximum": MAX_STEPS, "default": Training.steps}
    trail = {"type": "integer", "enum": [0, 1], "default": 0}
    return [
        *number_parameters(any_shape=True),
        *_update_parameters(TRAIN_LR, Training.lr),
        _parameter("steps", steps, "How many steps to take.", 10),
        _parameter("trail", trail, f"1 asks for {TRAIL}", 1),
    ]


def number_parameters(*, any_shape: bool) -> list[Schema]:
    """A network and its numbers; with `any_shape`, in the other shapes too that it takes."""
    every = (*NETWORKS.values(), *CHAINS)
    leaves = {leaf.name: leaf.symbol for network in every for leaf in network.graph.leaves}
    network = {"type": "string", "pattern": f"^({'|'.join(NETWORKS)}|{PATTERN})$"}
    which = f"Which network: {', '.join(NETWORKS)}, or a chain; left out, {DEFAULT.name}. {CHAIN_NAMES}"
    return [
        _parameter("network", network, which, DEFAULT.name),
        *(_leaf_parameter(name, symbol, any_shape=any_shape) for name, symbol in leaves.items()),
        _parameter("reduce", reduce_schema(), REDUCE, None),
    ]


def _leaf_parameter(name: str, symbol: str, *, any_shape: bool) -> Schema:
    """The values of a leaf, in any network that has it.

    Together the examples make one request, so there is none for what the default network does not have.
    """
    known = [network for network in NETWORKS.values() if name in network.defaults]
    resizable = [network for network in known if any_shape and network.name in DIMENSIONS]
    chains = [network for network in CHAINS if name in network.defaults]
    patterns = dict.fromkeys(
        [leaf_pattern(network, name) for network in known]
        + [any_leaf_pattern(network, name) for network in (*resizable, *chains)]
    )
    shapes = [shapes_text(known, name)] if known else []
    shapes += ["as a chain’s name says"] if chains else []
    text = f"The values of {symbol}, of shape {' or '.join(shapes)}; left out, its default values. {_SEPARATED}"
    anywhere = [*known, *chains]
    text += _ROWS if any(is_in_rows(network, name) for network in anywhere) else ""
    text += _ONE if any(is_one_number(network, name) for network in anywhere) else ""
    example = field_text(DEFAULT.defaults[name], gap="") if DEFAULT in known else None
    schema = {"type": "string", "pattern": f"^({'|'.join(patterns)})$"}
    return _parameter(name, schema, f"{text} {ANY_SHAPE}" if resizable else text, example)


def heads_parameters() -> list[Schema]:
    """The query of the heads side by side, which is that of their page."""
    own = HeadsState()
    layer = NETWORKS["identity-mse"]
    leaves = [
        _parameter(
            name,
            {"type": "string", "pattern": f"^({pattern(layer.shape(name))})$"},
            f"The values of {name}, of shape {shapes_text([layer], name)}; left out, its default values. {_SEPARATED}",
            field_text(numbers, gap=""),
        )
        for name, numbers in own.values.items()
    ]
    flag: Schema = {"type": "integer", "enum": [0, 1]}
    logit = {"type": "number", "minimum": -LARGEST_LOGIT, "maximum": LARGEST_LOGIT}
    place = {"type": "integer", "minimum": 1, "maximum": layer.shape("z")[0]}
    return [
        *leaves,
        _parameter("unfused", flag, "1 runs the chains of two separate ops, too; 0 only the one op.", 1),
        _parameter("z", logit, "One logit, which each chain takes to the loss and back.", own.z),
        _parameter("y", flag, "The target y* of that logit.", own.y),
        _parameter("entry", place, "The entry of ∂L/∂z, counted from 1, whose terms are listed.", own.entry),
    ]


def cost_parameters() -> list[Schema]:
    """The query of the cost of layers, which is that of its page."""
    own = CostState()
    sizes = [
        _parameter(name, {"type": "integer", "minimum": 1, "maximum": most}, _SIZES[name], getattr(own, name))
        for name, most in SIZES.items()
    ]
    types = {"type": "string", "enum": list(DTYPES)}
    return [*sizes, _parameter("dtype", types, "The type of every number, which decides its bytes.", own.dtype)]


def _parameter(name: str, schema: Schema, description: str, example: object | None) -> Schema:
    documented = {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
    return documented if example is None else {**documented, "example": example}


def _step(direction: Direction) -> Schema:
    most = max(len(network.graph.timelines[direction]) for network in (*NETWORKS.values(), *CHAINS))
    return {"type": "integer", "minimum": 0, "maximum": most + 1}  # of a batch
