"""What the page of networks looks at: a network with its numbers, which its builder changes; its address ↔ a value.

A form of the builder sends what it has fields for, and leads on to the address of the network that comes of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from app.engine import DEFAULT, Network, Values
from app.engine.by_name import ACTIVATIONS, LOSSES, MAX_LAYERS, MAX_WIDTH, ChainError
from app.engine.ops.reductions import REDUCES
from app.pages.header import with_network
from app.state import FROM, FieldError, Invalid, ViewState, field_text
from app.state.codec import Param, Reader, address_of
from app.state.numbers import numbers_pasted
from app.state.params import NETWORK
from app.state.query import read_view

from .choice import BIASES, EXAMPLES, Choice, LayerChoice, choice_of, chosen, with_layers

# What a button of a field sends: W1.zeros. The name `all` is every field.
PRESS = "set"
# What the button sends that opens the network with the numbers as they stand in the form.
OPEN = "open"
FILLS = ("defaults", "zeros", "ones")
TRANSPOSED = "transposed"
_COUNT = re.compile(r"[0-9]{1,3}")
_CLASS = re.compile(r"\s*class(?:es)?\s*:?\s*([0-9]{1,3}(?:\s*[;,\n]\s*(?:class\s*)?[0-9]{1,3})*)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Built:
    """A network with its numbers, `lr` and `hold`. `choice` is what was chosen anew for it, if anything was; and
    `opens` is whether a form leads to the network itself, and not back to its builder."""

    view: ViewState
    choice: Choice | None = None
    opens: bool = False

    def query(self) -> str:
        """The canonical query, without its question mark."""
        return self.view.query()

    def address(self) -> str:
        """The canonical address of the page, or of the network that is opened."""
        if self.opens:
            return self.view.go("forward").address()
        return address_of("/networks", self.query())


def built_from_query(query: str | Reader) -> Built:
    """Read the query of the page, or what a form of it sent. Raises Invalid."""
    reader = Reader.of(query)
    reader.leave_out_empty("lr")
    _trim(reader)
    network = _network_of(reader)
    _press(reader, network)
    _classes(reader, network)
    view = read_view(reader, "forward", ("lr", "hold", PRESS, OPEN, *FIELDS), many=("hold",))
    reader.errors[:] = [_of_classes(error, reader, network) for error in reader.errors]
    found = _choice(reader, choice_of(view) or NEAR) if {*FIELDS} & {*reader.texts} else None
    if found is not None and not reader.errors:
        try:
            return Built(chosen(found, view), found)
        except ChainError as error:
            reader.errors.append(FieldError(("query", "loss"), str(error)))
    opens = OPEN in reader.texts and reader.first(FROM) is not None
    return reader.checked(Built(view, opens=opens))


def led_to(built: Built, before: Built | None) -> Built:
    """What a form leads to: what was chosen, with what still fits of the numbers that stood before."""
    if before is None:
        return built
    if built.choice is not None:
        return Built(chosen(built.choice, before.view))
    network, view = built.view.network, before.view
    if network.base is view.network.base or built.view.values != network.defaults:
        return built
    hold = tuple(name for name in view.hold if name in network.defaults)
    return Built(replace(with_network(view, network), direction="forward", hold=hold))


def _trim(reader: Reader) -> None:
    """A name may have been typed with blanks around it."""
    text = reader.first(NETWORK.name) or ""
    if text != text.strip():  # one that is given twice is refused as it is
        reader.put(NETWORK.name, text.strip())


def _network_of(reader: Reader) -> Network:
    """The network that a form's fields are of, fitted as it was where the form was sent from."""
    name, sent_from = reader.first(NETWORK.name), reader.first(FROM)
    found = DEFAULT if name is None else NETWORK.read(name)
    network = DEFAULT if isinstance(found, FieldError) else found
    if sent_from is None or f"{FROM}=" in sent_from:
        return network
    try:
        before = built_from_query(sent_from).view.network
    except Invalid:
        return network
    return before if before.base is network else network


def _press(reader: Reader, network: Network) -> None:
    """Do what a button of a field says: fill it, or turn a matrix that was given as in×out."""
    name, _, what = (reader.first(PRESS) or "").partition(".")
    names = tuple(network.defaults) if name == "all" else (name,) if name in network.defaults else ()
    for leaf in names:
        if what in FILLS:
            reader.put(leaf, field_text(filled(network, leaf, what), gap=""))
        elif what == TRANSPOSED and (turned := transposed(reader.first(leaf) or "", network, leaf)):
            reader.put(leaf, turned)


def filled(network: Network, name: str, what: str) -> Values:
    """A leaf's default numbers, or as many zeros or ones."""
    own = network.defaults[name]
    return own if what == "defaults" else _each(own, float(what == "ones"))


def _each(own: Values, number: float) -> Values:
    return tuple(_each(one, number) for one in own) if isinstance(own, tuple) else number


def transposed(text: str, network: Network, name: str) -> str:
    """A matrix that was given with its shape the other way round, turned; empty for what is none."""
    shape = network.shape(name)
    found = numbers_pasted(text, name, shape[::-1]) if len(shape) == 2 else 0.0
    if not isinstance(found, tuple):
        return ""
    rows = [row for row in found if isinstance(row, tuple)]
    return field_text(tuple(zip(*rows, strict=True)), gap="")


def _classes(reader: Reader, network: Network) -> None:
    """A target that is given by the numbers of classes, counted from 1, as its one-hot rows: class 2 is 0, 1, 0."""
    for leaf in network.graph.leaves:
        given = _CLASS.fullmatch(reader.first(leaf.name) or "")
        if leaf.role != "target" or given is None:
            continue
        width = network.base.shape(leaf.name)[-1]
        numbers = [int(text) for text in re.findall("[0-9]+", given[1])]
        if all(0 < number <= width for number in numbers):
            rows = [[float(place == number) for place in range(1, width + 1)] for number in numbers]
            reader.put(leaf.name, ";".join(field_text(tuple(row), gap="") for row in rows))


def _of_classes(error: FieldError, reader: Reader, network: Network) -> FieldError:
    """What is wrong with a field; of a target that was given by the number of a class, which classes there are."""
    if error.field not in network.defaults or not _CLASS.fullmatch(reader.first(error.field) or ""):
        return error
    width = network.base.shape(error.field)[-1]
    says = f"{error.field} has a place for each class: give its numbers, or one from class 1 to class {width}"
    return FieldError(error.loc, says)


def _choice(reader: Reader, near: Choice) -> Choice:
    """What the fields say; what they do not say is as in `near`. What is wrong is left with the reader."""
    count = sum(f"units{place}" in reader.texts for place in range(1, MAX_LAYERS + 1)) or len(near.layers)
    rows = [_layer(reader, place, near) for place in range(1, count + 1)]
    layers = reader.read(_size("layers", len(rows), MAX_LAYERS, "the number of layers"))
    return Choice(
        reader.read(_size("inputs", near.inputs, MAX_WIDTH, "the number of inputs")),
        with_layers(rows, layers),
        reader.read(_one_of("loss", near.loss, tuple(LOSSES))),
        reader.read(_size("examples", near.examples, EXAMPLES, "the number of examples")),
        reader.read(_one_of("reduce", near.reduce, REDUCES)),
    )


def _layer(reader: Reader, place: int, near: Choice) -> LayerChoice:
    own = near.layers[min(place, len(near.layers)) - 1]
    return LayerChoice(
        reader.read(_size(f"units{place}", own.units, MAX_WIDTH, f"the number of units of layer {place}")),
        reader.read(_one_of(f"act{place}", own.activation, ("", *ACTIVATIONS))),
        reader.read(_one_of(f"bias{place}", own.bias, BIASES)),
    )


def _size(name: str, own: int, most: int, what: str) -> Param[int]:
    def read(text: str) -> int | FieldError:
        if _COUNT.fullmatch(text.strip()) and 1 <= int(text) <= most:
            return int(text)
        return FieldError(("query", name), f"{what} must be a whole number from 1 to {most}")

    return Param(name, read, str, own)


def _one_of(name: str, own: Any, choices: tuple[Any, ...]) -> Param[Any]:
    def read(text: str) -> str | FieldError:
        says = f"{name} must be one of {', '.join(filter(None, choices))}"
        return text if text in choices else FieldError(("query", name), says)

    return Param(name, read, str, own)


_ROW = ("units", "act", "bias")
# The names of the fields of a choice; `reduce` is the network's own.
FIELDS = (
    *("inputs", "layers", "loss", "examples"),
    *(f"{name}{place}" for place in range(1, MAX_LAYERS + 1) for name in _ROW),
)
# What is chosen from where a network is no chain.
NEAR = Choice(2, (LayerChoice(2, "sigmoid"), LayerChoice(2, "sigmoid")), "mse")
