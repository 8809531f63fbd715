"""Pages that take a network apart number by number, and so take none that is too large to be drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from app.engine import Network
from app.layout import MAX_LAYERS, MAX_SIDE, is_drawn
from app.state import FieldError, Invalid
from app.state.codec import Reader
from app.state.params import NETWORK

from .answer import Subject

S = TypeVar("S")


def too_large(network: Network) -> FieldError | None:
    """What is wrong with a network that is too large to be drawn; None for one that is not."""
    if is_drawn(network.shapes, network.graph):
        return None
    says = f"the chapter and its questions take networks of up to {MAX_LAYERS} layers with up to {MAX_SIDE} units"
    return FieldError(("query", NETWORK.name), says)


def of_drawn(subject: Subject[S]) -> Subject[S]:
    """The same pages, which refuse a network that is too large to be drawn, in a sentence."""

    def read(query: str | Reader) -> S:
        reader = Reader.of(query)
        name = reader.first(NETWORK.name)
        network = None if name is None else NETWORK.read(name)
        if isinstance(network, Network) and (error := too_large(network)):
            raise Invalid([error], subject.read(""))
        return subject.read(reader)

    return replace(subject, read=read)
