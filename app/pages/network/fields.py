"""The form: fields, examples, and what a form sends along."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine import DEFAULT
from app.state import FROM, InvalidState, ViewState, field_text


@dataclass(frozen=True, slots=True)
class FieldCard:
    """An input of the form: its text as typed or as it is, and what is wrong with it."""

    name: str
    symbol: str
    shape: tuple[int, ...]
    text: str
    error: str


@dataclass(frozen=True, slots=True)
class ExampleLink:
    """Numbers worth looking at, and whether these are they."""

    title: str
    href: str
    here: bool


def fields(state: ViewState, problem: InvalidState | None) -> tuple[FieldCard, ...]:
    """A field for each leaf."""
    return tuple(
        FieldCard(
            leaf.name,
            leaf.symbol,
            state.network.shape(leaf.name),
            (problem.typed if problem else {}).get(leaf.name, field_text(state.values[leaf.name])),
            next((error.msg for error in problem.errors if error.field == leaf.name), "") if problem else "",
        )
        for leaf in state.network.graph.leaves
    )


def loose_errors(state: ViewState, problem: InvalidState | None) -> tuple[str, ...]:
    """Sentences that belong to no field of the form."""
    names = {leaf.name for leaf in state.network.graph.leaves}
    return tuple(error.msg for error in problem.errors if error.field not in names) if problem else ()


def examples(state: ViewState) -> tuple[ExampleLink, ...]:
    """The network's examples, at the same step."""
    found = ((example.title, state.with_values(example.values)) for example in state.network.examples)
    return tuple(ExampleLink(title, there.address(), there.values == state.values) for title, there in found)


def hidden(state: ViewState) -> tuple[tuple[str, str], ...]:
    """What a form sends along: where it was, and the good address it was sent from."""
    sent = [
        ("network", state.network.name if state.network is not DEFAULT else None),
        ("step", None if state.step is None else str(state.step)),
        ("ask", state.ask),
        ("show", state.show),
        (FROM, state.without_history().query()),
    ]
    return tuple((name, value) for name, value in sent if value is not None)
