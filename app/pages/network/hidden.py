"""What is hidden on the stage, so that the room can predict it: where each such number would stand there is a “?”."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.digits import Line, Product
from app.engine import Graph
from app.snapshot import Expansion, FactorView, NestedList
from app.snapshot.indices import indices, key
from app.snapshot.models import Quantity
from app.state import ViewState
from app.state.hiding import NEXT, NOW, names_number

from .cells import Entry, NodeCard, node_sentence
from .inputs import PageInputs

# What stands for a hidden number.
UNKNOWN = "?"
_SIDES: tuple[Quantity, Quantity] = ("value", "grad")


@dataclass(frozen=True)
class Hidden:
    """The numbers that are hidden: the entries, as `ask` names them, of which the value is, or the gradient; and
    whether the `update` is, which a whole backward pass leads to. `new` is whether there are numbers that were just
    computed, and `cover` the same state with more hidden: the entry that is asked about, else those; None for neither.
    """

    entries: Mapping[Quantity, Collection[str]]
    update: bool
    new: bool
    cover: ViewState | None

    def __bool__(self) -> bool:
        return self.update or any(self.entries.values())

    def has(self, key: str, quantity: Quantity) -> bool:
        """Whether a number of an entry is hidden."""
        return key in self.entries.get(quantity, ())

    def takes(self, factor: FactorView) -> bool:
        """Whether a factor of a sum is a hidden number, or is computed from one."""
        return any(self.has(key, factor.quantity) for key in factor.keys)

    def line(self, line: Line) -> Line:
        """A line of arithmetic without what is hidden among its factors."""
        return replace(line, arithmetic=tuple(tuple(map(self._product, row)) for row in line.arithmetic))

    def _product(self, product: Product) -> Product:
        return Product(tuple((one, UNKNOWN if self.takes(one) else text) for one, text in product.factors))

    def cards(self, graph: Graph, cards: Sequence[NodeCard]) -> tuple[NodeCard, ...]:
        """The nodes without what is hidden: neither as drawn, nor as it is told."""
        return tuple(self._card(graph, card) for card in cards)

    def _card(self, graph: Graph, card: NodeCard) -> NodeCard:
        if not any(self.has(entry.key, side) for entry in card.entries for side in _SIDES):
            return card
        entries = tuple(self._entry(entry) for entry in card.entries)
        return replace(card, entries=entries, sentence=node_sentence(graph, card.view, entries))

    def _entry(self, entry: Entry) -> Entry:
        has_grad = entry.grad_presence in ("there", "zero", "inactive")  # a contribution to one is in no cell
        value, grad = self.has(entry.key, "value"), has_grad and self.has(entry.key, "grad")
        if not value and not grad:
            return entry
        parts = [f"{entry.label} = {UNKNOWN if value else entry.value}"]
        if has_grad:
            parts.append(f"gradient {UNKNOWN if grad else entry.grad.removeprefix('+')}")
        shown = replace(entry, title=", ".join(parts), said=", ".join(parts), value_was="", grad_was="", was="")
        if value:
            shown.looks += " hides-value"
            shown.value = shown.value_listed = UNKNOWN
            shown.value_presence = "unknown"
        if grad:
            shown.looks += " hides-grad"
            shown.grad = shown.grad_listed = UNKNOWN
            shown.grad_presence, shown.mark, shown.mark_sign = "unknown", "", ""
            shown.looks = shown.looks.replace(" wrong-grad", "")
        return shown


def hidden_numbers(inputs: PageInputs) -> Hidden:
    """What an address hides, as far as it is there: of what is not computed yet, there is nothing to hide."""
    state, update = inputs.state, inputs.snapshot.update is not None
    entries: dict[Quantity, set[str]] = {"value": set(), "grad": set()}
    if state.staging.stage is None:
        return Hidden(entries, update=False, new=False, cover=None)
    new = _new(inputs)
    for side, place in _there(inputs) if state.hide else ():
        if any(names_number(one, place, grad=side == "grad") for one in state.hide):
            entries[side].add(place)
    for one in new if NOW in state.hide else ():
        entries[one.quantity].add(one.key)
    is_new = bool(new) or update
    return Hidden(entries, update=update and NOW in state.hide, new=is_new, cover=_cover(inputs, is_new=is_new))


def _new(inputs: PageInputs) -> Sequence[Expansion]:
    """The entries that the step has just computed; none at the start, nor where a pass is looked at as a whole. A
    contribution to a gradient is in no cell, and stands in the formula alone."""
    state, current = inputs.state, inputs.snapshot.current
    if state.whole or not current.entries:
        return ()
    first = current.entries[0]
    in_cells = first.quantity == "value" or inputs.snapshot.node(first.node).grad is not None
    return current.entries if in_cells or state.staging.stage == "formula" else ()


def _there(inputs: PageInputs) -> Iterable[tuple[Quantity, str]]:
    """Every number that there is by now: whether it is a value or a gradient, and its entry."""
    for view in inputs.snapshot.nodes:
        keys = [key(view.name, index) for index in indices(tuple(view.shape))]
        sides: dict[Quantity, NestedList | None] = {"value": view.value, "grad": view.grad}
        yield from ((side, one) for side, numbers in sides.items() if numbers is not None for one in keys)


def uncover(state: ViewState) -> ViewState:
    """The same with all of it shown; what comes next stays hidden, where it is."""
    return state.hiding(*(one for one in state.hide if one == NEXT))


def _cover(inputs: PageInputs, *, is_new: bool) -> ViewState | None:
    state, asked = inputs.state, inputs.snapshot.ask
    after = [one for one in state.hide if one == NEXT]
    if asked is not None and asked.result is not None:
        return state.hiding(f"d{asked.key}" if asked.quantity == "grad" else asked.key, *after)
    return state.hiding(NOW, *after) if is_new else None


def predicting(state: ViewState) -> ViewState:
    """The same where each step comes hidden first, or no longer."""
    kept = [one for one in state.hide if one != NEXT]
    return state.hiding(*kept) if NEXT in state.hide else state.hiding(*kept, NEXT)
