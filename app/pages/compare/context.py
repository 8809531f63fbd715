"""The context of the page that compares printed numbers: the form, and a row for each number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.pages.form import HoldBox, error_beside, hold_boxes, loose_errors, sent_along, typed_text
from app.pages.printed import NumberRow, number_row, summary
from app.snapshot.formulas import forward_equation
from app.snapshot.indices import key
from app.snapshot.printed.compare import compared
from app.snapshot.printed.models import ArrayNote, Comparison, UnreadView
from app.snapshot.printed.quantities import names_of
from app.state import Invalid, ViewState, number_text
from app.state.printed import statements

from .question import CompareState

# So many signs of lines an address holds, escaped and beside a network with its numbers.
MAX_LINES = 2000


@dataclass(frozen=True, slots=True)
class NameRow:
    """A name that a line may have, and what it means."""

    name: str
    means: str


@dataclass(frozen=True, slots=True)
class ComparePage:
    """What the page shows. `convention` is how the loss is meant; `summary` says how many numbers are what."""

    here: str
    title: str
    network: str
    loss: str
    lines: str
    lr: str
    lr_error: str
    steps: str
    steps_error: str
    boxes: tuple[HoldBox, ...]
    hidden: tuple[tuple[str, str], ...]
    errors: tuple[str, ...]
    rows: tuple[NumberRow, ...]
    arrays: tuple[ArrayNote, ...]
    unread: tuple[UnreadView, ...]
    summary: str
    names: tuple[NameRow, ...]
    most: int
    example: str


def compare_page(state: CompareState, problem: Invalid[CompareState] | None) -> ComparePage:
    """The page of a state. Raises Invalid where the numbers overflow."""
    view = state.view
    found = _compared(state)
    graph = view.network.graph
    own = ("lr", "steps", "lines")
    return ComparePage(
        here=state.address(),
        title=view.network.title,
        network=replace(view, step=None).address(),
        loss=forward_equation(graph, graph.loss).text,
        lines=typed_text(problem, "lines", state.lines),
        lr=typed_text(problem, "lr", number_text(view.lr) if view.lr else ""),
        lr_error=error_beside(problem, "lr"),
        steps=typed_text(problem, "steps", str(state.steps)),
        steps_error=error_beside(problem, "steps"),
        boxes=hold_boxes(view.network, view.hold),
        hidden=sent_along(view.handed_parts(), state.query()),
        errors=loose_errors(problem, own),
        rows=tuple(number_row(view, number) for number in found.numbers),
        arrays=tuple(found.arrays),
        unread=tuple(found.unread),
        summary=summary(found),
        names=tuple(_names(view)),
        most=MAX_LINES,
        example=f"d{names_for(view)[0]} = 0.20",
    )


def _compared(state: CompareState) -> Comparison:
    try:
        return compared(state.view, *statements(state.lines), state.steps)
    except Invalid as overflow:
        raise Invalid(overflow.errors, state.on_default_numbers(), overflow.typed) from None


def _names(view: ViewState) -> Iterator[NameRow]:
    """Some names that a line may have, with what each means here."""
    graph = view.network.graph
    names = names_of(graph)
    symbols = {name: graph.by_name[node].symbol for name, node in names.items()}
    own = ", ".join(name for name in names if name not in ("loss", "C", "J", "out"))
    yield NameRow(own, "a value; an entry has its indices behind it, counted from 1, as in z1.2")
    first = names_for(view)[0].partition(".")[0]
    yield NameRow(f"d{first}", f"the gradient ∂L/∂{symbols[first]}, and so on")
    yield NameRow("loss, out", f"{graph.loss.symbol}, and what it is computed from")
    yield NameRow("E.1, p.1", "the first term of the loss, and the first probability that it makes of logits")
    yield NameRow(f"{first}+", f"{symbols[first]} after the step, which needs lr")
    yield NameRow(f"-1*d{first}, lr*d{first}", "with a factor in front: minus the gradient, lr times it")


def names_for(view: ViewState) -> tuple[str, ...]:
    """The names of first entries, such as W1.1.1, of all that takes a gradient: parameters first."""
    graph = view.network.graph
    takes = [node for node in graph.nodes if node.name in graph.requires_grad and node.name != graph.loss.name]
    takes.sort(key=lambda node: node.role != "parameter")
    return tuple(key(node.name, (0,) * len(view.shapes[node.name])) for node in takes)
