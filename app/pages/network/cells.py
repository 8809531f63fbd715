"""Nodes and their entries as drawn: texts, presence, marks, and the question each entry leads to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Literal

from app.engine import Graph
from app.engine.gradcheck import Verdict
from app.snapshot import NestedList, NodeView, Snapshot
from app.snapshot.glossary import spoken
from app.snapshot.indices import key, subscripted
from app.snapshot.wording import joined
from app.state import ViewState

from .inputs import PageInputs
from .texts import drawn, flat, texts

# How a cell's value or gradient stands: the four kinds of empty never look alike, and what is hidden on the stage.
Presence = Literal["there", "waiting", "zero", "inactive", "untaken", "absent", "unknown"]
# How far the steps have come: what was just computed, what comes next.
Progress = Literal["done", "now", "next", "waiting"]
# How many digits more than it needs a number gets at most, to be told from the one it was.
_MORE = 3
# A node with more numbers than this, of a network that is not drawn, shows its first ones.
MOST = 64
# What the check of a gradient entry says; empty where there is no gradient yet.
Mark = Literal["", "agrees", "disagrees", "kink"]
# What stands before a gradient that is not like the others, and what is said of it.
_MARK_SIGNS: Mapping[Mark, str] = {"disagrees": "✗ ", "kink": "∧ "}
_MARKED: Mapping[Mark, str] = {"": "", "agrees": ", checked", "disagrees": ", wrong", "kink": ", at a kink"}
# What is said where there is no gradient, or one that is 0 for a reason.
_EMPTY: Mapping[Presence, str] = {
    "there": "",
    "zero": "",
    "absent": "",
    "inactive": ", inactive",
    "waiting": ", gradient not reached yet",
    "untaken": ", takes no gradient",
    "unknown": "",
}
# What is drawn where there is no gradient.
_NO_GRAD: Mapping[Presence, str] = {
    "waiting": "·",
    "untaken": "—",
    "absent": "",
    "there": "",
    "zero": "",
    "inactive": "",
    "unknown": "?",
}
_MARKS: Mapping[Verdict, Mark] = {"agrees": "agrees", "disagrees": "disagrees", "kink": "kink"}


@dataclass(slots=True)  # not frozen: a page makes some thirty, and that takes four times as long
class Entry:
    """One cell: its name (`W₂₁`), value and gradient as drawn and in full, how each is present, and what marks it.

    `id` is what it goes by in the page, and `looks` are the classes that it has for how it stands. `href` asks where it
    comes from. `value_was` and `grad_was` are what it read before the last
    edit, as drawn, and `was` tells both; empty if the same. What is `listed` has the digits that are chosen, all of
    them, or is in full. `said` is all of it for those who do not see it, rounded as
    drawn, and `title` in full.
    """

    key: str
    id: str
    label: str
    looks: str
    value: str
    value_listed: str
    value_presence: Presence
    grad: str
    grad_listed: str
    grad_presence: Presence
    mark: Mark
    mark_sign: str
    title: str
    said: str
    href: str
    value_was: str
    grad_was: str
    was: str


@dataclass(frozen=True, slots=True)
class NodeCard:
    """A node as drawn: its entries in reading order, and the sentence for those who do not see it.

    `href` explains it in place, or no longer where it is `selected`: explained already. `is_saved` is whether the
    forward pass saves it, where that is shown.
    """

    view: NodeView
    entries: tuple[Entry, ...]
    progress: Progress
    sentence: str
    notes: tuple[str, ...]
    href: str
    selected: bool
    is_saved: bool

    @property
    def left_out(self) -> int:
        """How many of its numbers have no entry here: those of a large one beyond the first."""
        return prod(self.view.shape) - len(self.entries)

    @property
    def is_checked(self) -> bool:
        """Whether a finite difference agrees with all of its gradient."""
        return all(entry.mark == "agrees" for entry in self.entries)


def node_card(inputs: PageInputs, view: NodeView) -> NodeCard:
    """A node with its entries."""
    current, coming = inputs.snapshot.current, inputs.snapshot.next
    progress: Progress = "done" if view.value is not None else "waiting"
    if current.kind != "inputs" and (current.wrt or current.node) == view.name:
        progress = "now"
    elif coming is not None and coming.target == view.name:
        progress = "next"
    entries = tuple(_entries(inputs, view))
    selected = inputs.state.node == view.name
    is_saved = inputs.saved_memory is not None and any(view.name in item.nodes for item in inputs.saved_memory.items)
    return NodeCard(
        view,
        entries,
        progress,
        node_sentence(inputs.trace.graph, view, entries),
        tuple(_notes(inputs, view, entries)),
        inputs.state.with_node(None if selected else view.name).address(),
        selected,
        is_saved,
    )


def step_of(state: ViewState, view: NodeView) -> int:
    """The step that finds this node's number; for what is given, the start, and for a target in the backward pass,
    the step in which it enters."""
    events = state.network.graph.timelines[state.direction]
    steps = [number for number, event in enumerate(events, 1) if event.target == view.name]
    if not steps and state.direction == "backward":
        steps = [use.step for use in state.network.graph.vjps.values() if view.name in use.node.inputs][:1]
    return steps[-1] if steps else 0


@dataclass(frozen=True, slots=True)
class _Name:
    """What a cell goes by, whatever is in it: as `Entry` has it; and its gradient, in symbols and in words."""

    key: str
    id: str
    label: str
    grad: str
    grad_said: str


@lru_cache(maxsize=256)
def _names(name: str, symbol: str, shape: tuple[int, ...], loss: str) -> tuple[_Name, ...]:
    """Those of a node's cells, in reading order: the first MOST of them."""
    found = []
    for index in _indices(shape)[:MOST]:
        label, entry_key = subscripted(symbol, index), key(name, index)
        grad = f"∂{loss}/∂{label}"
        found.append(_Name(entry_key, entry_key.replace(".", "-"), label, grad, spoken(grad)))
    return tuple(found)


def _entries(inputs: PageInputs, view: NodeView) -> Iterable[Entry]:
    snapshot, ask, used = inputs.snapshot, inputs.state.ask, inputs.used
    traced = inputs.traced.key if inputs.traced else None
    numbers, grad_numbers = flat(view.value)[:MOST], flat(view.grad)[:MOST]
    values = texts(_first(view.value, numbers), grad=False, digits=inputs.state.digits)
    grads = texts(_first(view.grad, grad_numbers), grad=True, digits=inputs.state.digits)
    were = _both_were(inputs, view, values.drawn, grads.drawn)
    before, after = inputs.asking
    names = _names(view.name, view.symbol, tuple(view.shape), snapshot.nodes[-1].symbol)
    for place, name in enumerate(names):
        (value, in_full, value_listed), (grad, grad_in_full, grad_listed) = values.at(place), grads.at(place)
        presence = _grad_presence(snapshot, view, place, grad_numbers)
        mark = _mark(inputs, name.key) if grad else ""
        was = _was(*were[place]) if were else ""
        remarks = _MARKED[mark] + (f", was {was}" if was else "")
        yield Entry(
            key=name.key,
            id=name.id,
            label=name.label,
            looks=_looks(used.get(name.key, ""), name.key == traced, bool(was), mark),
            value=value or "·",
            value_listed=value_listed,
            value_presence="there" if value else "waiting",
            grad=grad or _NO_GRAD[presence],
            grad_listed=grad_listed,
            grad_presence=presence,
            mark=mark,
            mark_sign=_MARK_SIGNS.get(mark, ""),
            title=_named(name.label, in_full, f"{name.grad} = {grad_in_full}" if grad else "") + remarks,
            said=_named(name.label, value, f"{name.grad_said} = {grad.removeprefix('+')}" if grad else "")
            + (_EMPTY[presence] if value else ", not reached yet")
            + remarks,
            href=inputs.unasked if name.key == ask else f"{before}{name.key}{after}",
            value_was=were[place][0] if were else "",
            grad_was=were[place][1] if were else "",
            was=was,
        )


def _first(values: NestedList | None, first: list[float]) -> NestedList | None:
    """The numbers of a node, or of a large one its first."""
    return list(first) if values is not None and len(first) == MOST else values


def _looks(used: str, is_traced: bool, is_changed: bool, mark: Mark) -> str:
    """The classes of a cell, each behind a blank: that the traced entry is made from its value or grad, as `used` says;
    that it is that entry; that an edit changed it; that its gradient is wrong."""
    return (
        (f" uses-{used}" if used else "")
        + (" traced" if is_traced else "")
        + (" changed" if is_changed else "")
        + (" wrong-grad" if mark == "disagrees" else "")
    )


def _named(label: str, value: str, grad: str) -> str:
    """A cell by its name, with its value and its gradient where it has them: h₂ = 0.40, ∂L by ∂h₂ = −0.10."""
    return label + (f" = {value}" if value else "") + (f", {grad}" if grad else "")


def _mark(inputs: PageInputs, entry_key: str) -> Mark:
    """What the check says of an entry; nothing where it was not made, or could not measure."""
    return _MARKS.get(inputs.verdicts[entry_key], "") if entry_key in inputs.verdicts else ""


def _both_were(
    inputs: PageInputs, view: NodeView, values: Sequence[str], grads: Sequence[str]
) -> list[tuple[str, str]]:
    """What the value and the gradient of each cell of a node read before the last edit, where they have changed.

    Empty where no edit is told of.
    """
    if not inputs.before or prod(view.shape) > MOST:
        return []
    before, size = inputs.before.get(view.name, {}), prod(view.shape)
    values_were = _were(before.get("value"), flat(view.value), values, size=size, grad=False)
    return list(zip(values_were, _were(before.get("grad"), flat(view.grad), grads, size=size, grad=True), strict=True))


def _were(
    before: NestedList | None, numbers: Sequence[float], now: Sequence[str], *, size: int, grad: bool
) -> list[str]:
    """What the cells of a node read before an edit; empty where the number is the same, or where there was or is none.

    One that would read as it does now gets a few more digits.
    """
    old, found = flat(before), [""] * size
    changed = {place for place in range(len(found)) if old and numbers and old[place] != numbers[place]}
    for more in range(_MORE + 1):
        old_texts = drawn(before, grad=grad, more=more) if changed else ()
        for place in changed:
            found[place] = old_texts[place]
        changed = {place for place in changed if old_texts[place] == now[place]}
    return found


def _was(value: str, grad: str) -> str:
    """What a cell read before, in words: its value, its gradient, or both."""
    return ", ".join(part for part in (value, f"gradient {grad.removeprefix('+')}" if grad else "") if part)


def _grad_presence(snapshot: Snapshot, view: NodeView, place: int, numbers: Sequence[float]) -> Presence:
    if snapshot.direction == "forward":
        return "absent"
    if not view.requires_grad:
        return "untaken"
    if view.grad is None:
        return "waiting"
    if view.inactive is not None and view.inactive.entries[place]:
        return "inactive"
    return "zero" if numbers[place] == 0 else "there"


def _indices(shape: Sequence[int]) -> list[tuple[int, ...]]:
    """Every index of an array of that shape, in reading order."""
    found: list[tuple[int, ...]] = [()]
    for size in shape:
        found = [(*index, i) for index in found for i in range(size)]
    return found


def node_sentence(graph: Graph, view: NodeView, entries: Sequence[Entry]) -> str:
    """A node in words: z, linear, 3 numbers, value 0.40, 0.40, 0.20, gradient …, from W, x and b."""
    dims = " by ".join(map(str, view.shape)) + " numbers" if view.shape else "a scalar"
    parts = [view.symbol, graph.computed[view.name].op.title if view.op else view.role, dims]
    known = view.value is not None
    parts.append("value " + ", ".join(entry.value for entry in entries) if known else "not computed yet")
    presence = {entry.grad_presence for entry in entries}
    if "untaken" in presence:
        parts.append("takes no gradient")
    elif "waiting" in presence:
        parts.append("gradient not reached yet")
    elif "absent" not in presence:
        words = [
            entry.grad.removeprefix("+") + (" (inactive)" if entry.grad_presence == "inactive" else "")
            for entry in entries
        ]
        parts.append("gradient " + ", ".join(words))
    if view.inputs:
        parts.append("from " + joined([graph.by_name[name].symbol for name in view.inputs]))
    return ", ".join(parts)


def _notes(inputs: PageInputs, view: NodeView, entries: Sequence[Entry]) -> Iterable[str]:
    """What is written under a box: why an entry is inactive, or that a node takes no gradient."""
    if inputs.snapshot.direction == "backward" and not view.requires_grad:
        yield f"{'target: ' if view.role == 'target' else ''}takes no gradient"
    for entry in entries:
        if entry.grad_presence == "inactive":
            condition = view.inactive.reason.replace(view.symbol, "", 1).strip() if view.inactive else ""
            yield f"inactive: {entry.label} = {entry.value} {condition}"
