"""What the builder of networks shows: a field for each choice, the formula of the whole, a field for each array, and
where the network is that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine import Network, Values
from app.engine.by_name import MAX_LAYERS
from app.engine.ops.reductions import REDUCES
from app.layout import is_drawn
from app.pages.form import error_beside, loose_errors, sent_along, typed_text
from app.snapshot import Expression
from app.snapshot.whole import whole_formula
from app.state import Invalid, ViewState, field_text, number_text
from app.state.params import parameters
from app.state.training import Training

from .choice import BIASES, EXAMPLES, Bias, choice_of, titles
from .question import FIELDS, NEAR, Built, transposed

_BIASES: Mapping[Bias, str] = {"unit": "one per unit", "layer": "one for the layer", "none": "none"}


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
class Builder:
    """The builder, as it stands at one network with its numbers.

    `layers` has the fields of each layer, `named` the one for the name of a chain, `hidden` what its forms send along.
    `formula` is that of the whole, `convention` says what its loss adds up, and `each` of how many examples a batch is.
    `opens` are the addresses of the two passes and `step` that of one step of gradient descent.
    """

    name: str
    title: str
    is_chain: bool
    is_drawn: bool
    formula: tuple[Expression, ...]
    convention: str
    each: int
    inputs: ChoiceField
    count: ChoiceField
    layers: tuple[tuple[ChoiceField, ...], ...]
    loss: ChoiceField
    batch: tuple[ChoiceField, ...]
    named: ChoiceField
    arrays: tuple[ArrayField, ...]
    lr: ChoiceField
    hold: tuple[Held, ...]
    hidden: tuple[tuple[str, str], ...]
    reduce: str
    errors: tuple[str, ...]
    opens: str
    back: str
    step: str


def builder(built: Built, problem: Invalid[Built] | None) -> Builder:
    """The builder at a network; with what is wrong beside its fields, if anything is."""
    view = built.view
    network, choice = view.network, choice_of(view)
    fields = _Fields(problem)
    at = choice or NEAR
    activations, losses = titles()
    layers = tuple(
        (
            fields.typed(f"units{place}", "units", str(layer.units)),
            fields.listed(f"act{place}", "activation", layer.activation, activations),
            fields.listed(f"bias{place}", "bias", layer.bias, {one: _BIASES[one] for one in BIASES}),
        )
        for place, layer in enumerate(at.layers, 1)
    )
    counts = {str(one): str(one) for one in range(1, EXAMPLES + 1)}
    own = ("network", "lr", *FIELDS, *network.defaults)
    return Builder(
        name=network.name if choice is None else choice.name,
        title=network.title,
        is_chain=choice is not None,
        is_drawn=is_drawn(view.shapes),
        formula=whole_formula(network),
        convention=network.base.graph.loss.op.convention,
        each=network.batch,
        inputs=fields.typed("inputs", "inputs", str(at.inputs)),
        count=fields.listed(
            "layers", "layers", str(len(at.layers)), {str(one): str(one) for one in range(1, MAX_LAYERS + 1)}
        ),
        layers=layers,
        loss=fields.listed("loss", "loss", at.loss, losses),
        batch=(
            fields.listed("examples", "examples", str(at.examples), counts),
            *([fields.listed("reduce", "their losses", at.reduce, _REDUCES)] if network.batch else []),
        ),
        named=fields.typed("network", "name", network.name if choice is None else choice.name),
        arrays=tuple(_array(view, leaf.name, problem) for leaf in network.graph.leaves),
        lr=fields.typed("lr", "learning rate lr", "" if view.lr is None else number_text(view.lr)),
        hold=tuple(Held(name, _symbol(network, name), name in view.hold) for name in parameters(network)),
        hidden=sent_along((), built.query()),
        reduce=network.reduce if network.batch else "",
        errors=loose_errors(problem, own),
        opens=view.go("forward").address(),
        back=view.go("backward").address(),
        step=Training(view.with_step(None), view.lr or Training.lr, view.hold).address(),
    )


_REDUCES: Mapping[str, str] = {one: f"{one} over examples" for one in REDUCES}


@dataclass(frozen=True, slots=True)
class _Fields:
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


def _symbol(network: Network, name: str) -> str:
    return network.graph.by_name[name].symbol


def _array(view: ViewState, name: str, problem: Invalid[Built] | None) -> ArrayField:
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
