"""What the card says: the pass as a whole, the step's ladder, one entry's arithmetic, a node, or another view."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from app.digits import (
    Formatted,
    Line,
    comes_out,
    consistent_digits,
    difference,
    entry_line,
    formatted,
    line,
    significant,
)
from app.layout import is_drawn
from app.pages.form import Link, sent_along
from app.snapshot import Current, Expansion, FactorView, NestedList, Snapshot
from app.snapshot.derivation import Derivation, derivation
from app.snapshot.formulas import gradient
from app.snapshot.gradcheck import GradcheckEntry
from app.snapshot.jacobian import JacobianView, jacobian, recompute
from app.snapshot.perturbation import Perturbation, perturb
from app.snapshot.saved_memory import SavedMemory
from app.snapshot.wording import joined
from app.state import ViewState, number_text

from .cells import Entry, NodeCard
from .check import CheckPanel, check_panel, verdict_text
from .inputs import PageInputs
from .ladder import ROOM, ladder_width
from .large import LargePanel, large_panel
from .node_panel import NodePanel, node_panel
from .pass_panel import PassPanel, pass_panel
from .update_panel import RATE, UpdatePanel, update_panel


@dataclass(frozen=True, slots=True)
class StepPanel:
    """The step itself, as a ladder from symbols to numbers.

    `is_long` is whether it needs more than one line of the card, and so writes out the arithmetic of its first entry
    alone; `has_v` is whether there is room for v to be substituted before all else.
    """

    kind = "step"
    line: Line | None
    is_long: bool
    has_v: bool


@dataclass(frozen=True, slots=True)
class PerturbationText:
    """A perturbation in digits that add up: change − foretold is the difference that `comparison` tells, if it
    is more than rounding."""

    name: str
    epsilon: str
    change: str
    foretold: str
    comparison: str


@dataclass(frozen=True, slots=True)
class AskPanel:
    """One entry: where it comes from, what its check says, what a perturbation does, and what it was before the last
    edit.

    `label` names the entry whatever is asked of it: W₂₁. `hidden` are the fields that the form of a perturbation sends
    along; empty where there is nothing to perturb.
    """

    kind = "ask"
    expansion: Expansion
    line: Line | None
    result: str
    check: GradcheckEntry | None
    verdict: str
    perturbation: PerturbationText | None
    hidden: tuple[tuple[str, str], ...]
    epsilon: str
    close: str
    label: str
    was: str


@dataclass(frozen=True, slots=True)
class DerivationPanel:
    """Where the rule comes from, with the rule next to it that only looks right.

    `derivation` is None where no rule ran. `line` is the rule with its numbers; `entry` names the one that is
    highlighted, `takes` what it depends on: row 1 of W.
    `onward` leads from a forward step to the VJPs of its op, `instead` to the first step that has a rule.
    """

    kind = "why"
    derivation: Derivation | None
    line: Line | None
    entry: str
    takes: str
    left: Formatted | None
    right: Formatted | None
    onward: tuple[tuple[str, str], ...]
    instead: str


@dataclass(frozen=True, slots=True)
class JacobianPanel:
    """The Jacobian that was not built, and the same result both ways; None where no VJP ran."""

    kind = "jacobian"
    view: JacobianView | None
    matrix: Formatted | None
    v: Formatted | None
    product: Formatted | None
    closed: Formatted | None
    instead: str
    holds: bool = True


@dataclass(frozen=True, slots=True)
class SavedPanel:
    """What the forward pass saves for the backward pass; `given` are the bytes of it that it has not made itself."""

    kind = "saved"
    saved_memory: SavedMemory
    given: int


Panel: TypeAlias = (
    PassPanel
    | StepPanel
    | AskPanel
    | NodePanel
    | DerivationPanel
    | JacobianPanel
    | CheckPanel
    | SavedPanel
    | LargePanel
    | UpdatePanel
)

TABS = (("Step", None), ("Why", "why"), ("Jacobian", "jacobian"), ("Check", "check"), ("Saved", "saved"))
# A pass as a whole runs no rule of its own.
PASS_TABS = (("Pass", None), ("Check", "check"), ("Saved", "saved"))


def tabs(inputs: PageInputs) -> tuple[Link, ...]:
    """The views of a step, or of a pass. That of an entry or of a node opens from the picture."""
    state = inputs.state
    if not is_drawn(state.shapes, state.network.graph):
        return ()
    is_own = state.ask is None and state.node is None
    found = [
        Link(title, state.with_view(view).address(), view == _view(state) and is_own)
        for title, view in (PASS_TABS if state.whole else TABS)
    ]
    if not (state.whole and state.direction == "backward"):
        return tuple(found)
    first, *others = found
    is_step = state.lr is not None and first.here
    step = state.with_view(None).with_step(state.lr or RATE, state.hold).address()
    gradients = Link(first.title, state.with_view(None).with_step(None).address(), first.here and not is_step)
    return gradients, *others, Link("Take the step", step, is_step)


def _view(state: ViewState) -> str | None:
    """The view that is shown: a pass as a whole has none of a rule, which stays chosen for its steps."""
    return None if state.whole and state.show in ("why", "jacobian") else state.show


def panel(inputs: PageInputs, cards: Sequence[NodeCard]) -> Panel:
    """The view that the address asks for."""
    state = inputs.state
    if (large := large_panel(inputs)) is not None:
        return large
    if inputs.snapshot.ask is not None:
        key = inputs.snapshot.ask.key
        entry = next(entry for card in cards for entry in card.entries if entry.key == key)
        return _ask(inputs, inputs.snapshot.ask, entry)
    if state.node is not None:
        return node_panel(inputs, cards)
    view = _view(state)
    if view == "why":
        return _derivation(inputs)
    if view == "jacobian":
        return _jacobian(inputs)
    if view == "check" and inputs.gradcheck is not None:
        return check_panel(inputs.state, inputs.gradcheck)
    if view == "saved" and inputs.saved_memory is not None:
        return SavedPanel(inputs.saved_memory, inputs.saved_memory.total - inputs.saved_memory.made)
    if inputs.snapshot.update is not None and state.whole:
        return update_panel(inputs, inputs.snapshot.update)
    return pass_panel(inputs) if state.whole else _step(inputs.snapshot.current, state.digits)


def _step(current: Current, digits: int | None) -> StepPanel:
    drawn = line(current, digits)
    if drawn is None:
        return StepPanel(None, is_long=False, has_v=False)
    is_long = drawn.is_long or ladder_width(current, drawn, with_v=False) > ROOM
    several = "v" in current.operands and len(current.operands) > 1
    return StepPanel(drawn, is_long, several and not is_long and ladder_width(current, drawn, with_v=True) <= ROOM)


def _ask(inputs: PageInputs, expansion: Expansion, entry: Entry) -> AskPanel:
    state = inputs.state
    shape = inputs.snapshot.node(expansion.node).shape
    drawn = entry_line(expansion, scalar=not shape, digits=state.digits)
    check = inputs.gradcheck_entry(expansion.key) if expansion.result is not None else None
    moved = perturb(state, inputs.trace) if check is not None else None
    if drawn is not None:
        result = drawn.result.texts[0]
    else:
        result = "" if expansion.result is None else formatted(expansion.result, digits=state.digits).texts[0]
    return AskPanel(
        expansion=expansion,
        line=drawn,
        result=result,
        check=check,
        verdict=verdict_text(inputs.gradcheck, check, inputs.trace.graph) if inputs.gradcheck and check else "",
        perturbation=_perturbation_text(moved) if moved else None,
        hidden=_perturbation_fields(state) if check is not None else (),
        epsilon=number_text(state.eps or 0.01),
        close=state.with_ask(None).address(),
        label=entry.label,
        was=entry.was,
    )


def _perturbation_fields(state: ViewState) -> tuple[tuple[str, str], ...]:
    """What a perturbation's form sends along: all of the state but ε, and the good address it was sent from."""
    without = replace(state, eps=None, was=None)
    return sent_along(without.parts(), without.query())


def _perturbation_text(moved: Perturbation) -> PerturbationText:
    if abs(moved.remainder) <= moved.rounding:
        change, foretold = significant(moved.change), significant(moved.foretold)
        comparison = "they are equal" if moved.change == moved.foretold else "they differ by rounding alone"
    else:
        change, foretold, remainder = difference(moved.change, moved.foretold)
        comparison = f"the difference is {remainder}"
    return PerturbationText(moved.key, significant(moved.epsilon), change, foretold, comparison)


def _first_vjp(state: ViewState) -> str:
    """The first step that runs a VJP, in the same view."""
    first = next(iter(state.network.graph.vjps.values()))
    return state.go("backward", first.step).with_view(state.show).address()


def _derivation(inputs: PageInputs) -> DerivationPanel:
    state, current = inputs.state, inputs.snapshot.current
    found = derivation(inputs.trace, state.event)
    tempted = found.tempted if found else None
    return DerivationPanel(
        found,
        line(current, state.digits) if found else None,
        inputs.traced.left.text if inputs.traced else "",
        _takes(inputs) if found else "",
        formatted(tempted.left, digits=state.digits) if tempted else None,
        formatted(tempted.right, digits=state.digits) if tempted else None,
        tuple(_onward(state, current.node)) if found and current.kind == "forward" and current.node else (),
        _first_vjp(state),
    )


def _onward(state: ViewState, node: str) -> Iterable[tuple[str, str]]:
    """The VJPs of a node's op: what each finds, and the step that derives it."""
    graph = state.network.graph
    for use in graph.vjps.values():
        if use.node.name == node:
            yield gradient(graph, use.wrt).text, state.go("backward", use.step).with_view(state.show).address()


def _takes(inputs: PageInputs) -> str:
    """What the traced entry is made from, in words: row 1 of W, x and b₁."""
    traced, current = inputs.traced, inputs.snapshot.current
    assert traced is not None
    slots: dict[str, list[FactorView]] = {}
    for factor in (factor for term in traced.terms for factor in term if factor.key):
        slots.setdefault(factor.slot, []).append(factor)
    snapshot = inputs.snapshot
    return joined([_span(snapshot, factors, _whole(snapshot, current, factors[0])) for factors in slots.values()])


def _whole(snapshot: Snapshot, current: Current, factor: FactorView) -> str:
    """What the array is called that a factor is an entry of: by the step's formula, or as the node it is."""
    operand = current.local if factor.slot == "local" else current.operands.get(factor.slot)
    return operand.symbol if operand else snapshot.node(factor.node or "").symbol


def _span(snapshot: Snapshot, factors: Sequence[FactorView], whole: str) -> str:
    """Entries of one array in words: one of them, a row, a column, or all."""
    indices = {tuple(map(int, (factor.key or "").split(".")[1:])) for factor in factors}
    first = factors[0]
    if len(indices) == 1:
        return first.symbol
    size = math.prod(snapshot.node(first.node).shape) if first.node else 0
    rows, columns = {index[0] for index in indices}, {index[-1] for index in indices}
    if len(indices) < size and len(rows) == 1:
        return f"row {min(rows)} of {whole}"
    if len(indices) < size and len(columns) == 1:
        return f"column {min(columns)} of {whole}"
    return f"all of {whole}"


def _jacobian(inputs: PageInputs) -> JacobianPanel:
    state, trace = inputs.state, inputs.trace
    use = trace.graph.vjps.get(state.event.edge) if state.event else None
    if use is None:
        return JacobianPanel(None, None, None, None, None, _first_vjp(state))
    view = jacobian(trace, use)
    drawn = _consistent(view, state.digits)
    results = drawn["product"], drawn["closed"]
    holds = comes_out(drawn, ("product", "closed"), recompute=recompute(view))
    return JacobianPanel(view, drawn["matrix"], drawn["v"], *results, _first_vjp(state), state.digits is None or holds)


def _consistent(view: JacobianView, digits: int | None) -> dict[str, Formatted]:
    """v, J and the two results as drawn: vᵀJ, redone from the digits of v and J, gives the result, and so the VJP's,
    but where a person has chosen how many there are."""
    marks = all(number in (0, 1) for line in view.matrix for number in line)
    given: dict[str, NestedList] = {"v": [view.v]}
    if not marks:
        given["matrix"] = view.matrix
    results: dict[str, NestedList] = {"product": [view.product], "closed": view.closed}
    drawn = consistent_digits(given, results, recompute=recompute(view), digits=digits)
    return drawn | ({"matrix": formatted(view.matrix, least=0)} if marks else {})
