"""What forms of all pages are made of: fields, numbers worth looking at, what is sent along, and what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from app.engine import Network
from app.engine.descent import parameters
from app.state import FROM, Invalid


@dataclass(frozen=True, slots=True)
class FieldCard:
    """An input of a form: its text as typed or as it is, and what is wrong with it."""

    name: str
    symbol: str
    shape: tuple[int, ...]
    text: str
    error: str


@dataclass(frozen=True, slots=True)
class Link:
    """Where a choice leads, such as an example, a view or a question, and whether one is there."""

    title: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class HoldBox:
    """A parameter that a step of gradient descent may hold, by its name and in symbols, and whether it does."""

    name: str
    symbol: str
    latex: str
    held: bool


def hold_boxes(network: Network, hold: Collection[str]) -> tuple[HoldBox, ...]:
    """A box for each parameter of a network, in the graph's order."""
    nodes = network.graph.by_name
    return tuple(
        HoldBox(name, nodes[name].symbol, nodes[name].latex, name in hold) for name in parameters(network.graph)
    )


def typed_text(problem: Invalid[Any] | None, name: str, own: str) -> str:
    """What was typed into a field, where something was wrong; else its own text."""
    return problem.typed.get(name, own) if problem else own


def error_beside(problem: Invalid[Any] | None, name: str) -> str:
    """What is wrong with a field; empty where nothing is."""
    return next((error.msg for error in problem.errors if error.field == name), "") if problem else ""


def loose_errors(problem: Invalid[Any] | None, names: Collection[str]) -> tuple[str, ...]:
    """What is wrong beside the fields of these names, which say themselves what is wrong with them."""
    return tuple(error.msg for error in problem.errors if error.field not in names) if problem else ()


def sent_along(parts: Iterable[tuple[str, str]], query: str) -> tuple[tuple[str, str], ...]:
    """What a form sends along: `parts`, which it shows no field for, and the query of the good address it is sent
    from."""
    return (*parts, (FROM, query))
