"""The worked answer of a question about a gradient: the step that finds it, and one of its entries term by term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.digits import Formatted, Line, entry_line, formatted, line, min_decimals
from app.engine import Trace
from app.snapshot import Current, Expansion, NestedList, NodeView, explained_snapshot
from app.snapshot.indices import key
from app.state import ViewState

from .counts import use_of
from .data import Entry
from .question import RecallState


@dataclass(frozen=True, slots=True)
class Zeros:
    """Which entries are 0, by name: all of them, and those whose units are inactive, for the `reason`.

    `hidden` are those that cannot be told from 0 for rounding, and `rounded` those that are 0 where a float64 gives
    something else, each with that number.
    """

    names: tuple[str, ...]
    inactive: tuple[str, ...]
    reason: str
    hidden: tuple[str, ...]
    rounded: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What is right about a gradient: the step that finds it, with its numbers, and one of its entries term by term.

    `href_of` a node and `ask` for an entry lead to the network’s page; the macros that draw formulas call them.
    """

    current: Current
    line: Line | None
    asked: Expansion | None
    entry: Line | None
    result: str
    shape: tuple[int, ...]
    like: str
    zeros: Zeros | None
    view: ViewState

    def ask(self, entry: str) -> str:
        """Where the network’s page says how an entry came about."""
        return self.view.with_ask(entry).address()

    def href_of(self, name: str) -> str:
        """Where the network’s page finds a node's gradient; for what takes none, where this step is."""
        takes = name in self.view.network.graph.requires_grad
        return (self.view.at_gradient_of(name) if takes else self.view).address()


def step_of(recall: RecallState) -> ViewState:
    """Where the network’s page shows what is asked: the step that finds it, with the entry's own question if it is one,
    or the Jacobian of a step, what is saved, the backward pass as a whole."""
    question, view = recall.question, recall.posed
    if question.kind == "saved":
        return view.go("forward").with_view("saved")
    if question.kind == "bracket":
        return view.go("backward")
    if question.of:
        return view.go("backward", use_of(view.network.graph, question).step).with_view("jacobian")
    there = view.at_gradient_of(question.node)
    return there.with_ask(key(question.node, question.index)) if question.kind == "entry" else there


def answered(recall: RecallState, trace: Trace, found: Sequence[Entry]) -> Answered:
    """What is right about the gradient asked about; `found` are its entries, where its zeros are asked for."""
    question, there = recall.question, step_of(recall)
    if question.kind == "whole":  # its first entry stands for all of them
        shape = recall.view.network.shape(question.node)
        there = there.with_ask(key(question.node, (0,) * len(shape)))
    snapshot = explained_snapshot(there, trace)
    node = snapshot.node(question.node)
    drawn_entry = entry_line(snapshot.ask, scalar=not node.shape) if snapshot.ask else None
    current = snapshot.current
    result = in_decimals(current.result) if current.result is not None else None
    return Answered(
        current=current,
        line=line(current),
        asked=snapshot.ask,
        entry=drawn_entry,
        result=drawn_entry.result.texts[0] if drawn_entry else "",
        shape=result.shape if result else (),
        like=node.symbol,
        zeros=_zeros(node, found) if question.kind == "zeros" else None,
        view=there.with_ask(None),
    )


def _zeros(node: NodeView, found: Sequence[Entry]) -> Zeros:
    is_inactive = node.inactive.entries if node.inactive else [False] * len(found)
    zero = [entry.is_zero == "zero" or (entry.is_zero == "kink" and entry.number == 0) for entry in found]
    return Zeros(
        names=tuple(entry.name for entry, is_zero in zip(found, zero, strict=True) if is_zero),
        inactive=tuple(entry.name for entry, inactive in zip(found, is_inactive, strict=True) if inactive),
        reason=node.inactive.reason if node.inactive else "",
        hidden=tuple(entry.name for entry in found if entry.is_zero == "hidden"),
        rounded=tuple(
            (entry.name, formatted(entry.number).texts[0])
            for entry in found
            if entry.is_zero == "zero" and entry.number != 0
        ),
    )


def in_decimals(values: NestedList) -> Formatted:
    """Numbers as drawn, with as many decimals as values have in the picture."""
    return formatted(values, least=min_decimals(values, grad=False))
