"""The fields of the builder of networks: those of a choice, one for each array, and the parameters that are held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine import Network, Values
from app.engine.by_name import MAX_LAYERS
from app.engine.ops.reductions import REDUCES
from app.pages.form import error_beside, typed_text
from app.state import Invalid, ViewState, field_text
from app.state.params import parameters

from .choice import BIASES, EXAMPLES, Bias, Choice, titles
from .question import Built, transposed

_BIASES: Mapping[Bias, str] = {"unit": "per unit", "layer": "per layer", "none": "none"}
_REDUCES: Mapping[str, str] = {one: f"{one} over examples" for one in REDUCES}


@dataclass(frozen=True, slots=True)
class Option:
    """What a list has to choose: what it sends, what it says, and whether it is chosen."""

    value: str
    title: str
    here: bool


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """A field of a choice: a number that is typed, or where there are `options`, a list."""

    name: str
    label: str
    text: str
    error: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class ArrayField:
    """A field for the numbers of a leaf, with as many `rows` as it has, one below the other. `says` is its shape in
    words. A matrix that `turns` can be turned with one press: it is square, or was given as in×out."""

    name: str
    symbol: str
    says: str
    text: str
    rows: int
    error: str
    turns: bool
    wants_class: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A parameter that a step of gradient descent moves, or leaves as it is."""

    name: str
    symbol: str
    here: bool


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields, with what was typed where something is wrong."""

    problem: Invalid[Built] | None

    def typed(self, name: str, label: str, own: str) -> ChoiceField:
        """A field to type in."""
        return ChoiceField(name, label, typed_text(self.problem, name, own), error_beside(self.problem, name))

    def listed(self, name: str, label: str, own: str, titles: Mapping[str, str]) -> ChoiceField:
        """A list to choose from."""
        at = typed_text(self.problem, name, own)
        at = at if at in titles else own
        options = tuple(Option(value, title, value == at) for value, title in titles.items())
        return ChoiceField(name, label, at, error_beside(self.problem, name), options)


@dataclass(frozen=True, slots=True)
class ChoiceFields:
    """The fields of a choice: inputs, how many layers, those of each layer, the loss, and what a batch needs."""

    inputs: ChoiceField
    count: ChoiceField
    layers: tuple[tuple[ChoiceField, ...], ...]
    loss: ChoiceField
    batch: tuple[ChoiceField, ...]


def choice_fields(choice: Choice, problem: Invalid[Built] | None) -> ChoiceFields:
    """The fields of a choice; how the losses of a batch add up is asked where there are several."""
    fields = Fields(problem)
    activations, losses = titles()
    layers = tuple(
        (
            fields.typed(f"units{place}", "units", str(layer.units)),
            fields.listed(f"act{place}", "activation", layer.activation, activations),
            fields.listed(f"bias{place}", "bias", layer.bias, {one: _BIASES[one] for one in BIASES}),
        )
        for place, layer in enumerate(choice.layers, 1)
    )
    batch = [fields.listed("examples", "examples", str(choice.examples), _up_to(EXAMPLES))]
    if choice.examples > 1:
        batch.append(fields.listed("reduce", "their losses", choice.reduce, _REDUCES))
    return ChoiceFields(
        inputs=fields.typed("inputs", "inputs", str(choice.inputs)),
        count=fields.listed("layers", "layers", str(len(choice.layers)), _up_to(MAX_LAYERS)),
        layers=layers,
        loss=fields.listed("loss", "loss", choice.loss, losses),
        batch=tuple(batch),
    )


def _up_to(most: int) -> Mapping[str, str]:
    return {str(one): str(one) for one in range(1, most + 1)}


def held(view: ViewState) -> tuple[Held, ...]:
    """Each parameter, and whether a step leaves it as it is."""
    graph = view.network.graph
    return tuple(Held(name, graph.by_name[name].symbol, name in view.hold) for name in parameters(view.network))


def array_field(view: ViewState, name: str, problem: Invalid[Built] | None) -> ArrayField:
    """The field for the numbers of a leaf."""
    network = view.network
    shape, leaf = network.shape(name), network.graph.by_name[name]
    text, error = typed_text(problem, name, _laid_out(view.values[name])), error_beside(problem, name)
    is_square = len(shape) == 2 and leaf.role == "parameter" and shape[0] == shape[1] > 1
    turns = leaf.role == "parameter" and ((bool(error) and bool(transposed(text, network, name))) or is_square)
    return ArrayField(
        name=name,
        symbol=leaf.symbol,
        says=_says(network, name),
        text=text,
        rows=max(text.count("\n") + 1, shape[0] if len(shape) == 2 else 1),
        error=error,
        turns=turns,
        wants_class=leaf.role == "target" and network.base.graph.loss.op.name == "softmax-cross-entropy",
    )


def _laid_out(numbers: Values) -> str:
    """Numbers as a field shows them, each row of a matrix on a line of its own."""
    return field_text(numbers).replace("; ", ";\n")


def _says(network: Network, name: str) -> str:
    shape = network.shape(name)
    if not shape:
        return "one number for the layer" if network.base.shape(name) else "one number"
    if len(shape) == 1:
        return f"{shape[0]} number{'s' if shape[0] > 1 else ''}"
    if network.graph.by_name[name].role == "parameter":
        return f"{shape[0]}×{shape[1]}: a row for each unit, a column for each input"
    return f"{shape[0]} examples, a row each"
