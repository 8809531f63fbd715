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


def of_drawn(subject: Subject[S]) -> Subject[S]:
    """The same pages, which refuse a network that is too large to be drawn, in a sentence."""

    def read(query: str | Reader) -> S:
        reader = Reader.of(query)
        name = reader.first(NETWORK.name)
        network = None if name is None else NETWORK.read(name)
        if isinstance(network, Network) and not is_drawn(network.shapes):
            says = f"this page takes networks of up to {MAX_LAYERS} layers with up to {MAX_SIDE} units"
            raise Invalid([FieldError(("query", NETWORK.name), says)], subject.read(""))
        return subject.read(reader)

    return replace(subject, read=read)
