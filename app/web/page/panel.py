"""What the card says: the step's ladder, one entry's arithmetic, or another view of the step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from app.digits import LEAST, Line, Printed, difference, entry_line, exact, line, printed
from app.snapshot import Current, Derivation, FactorView, Snapshot, Values
from app.snapshot.derivation import subscripted
from app.snapshot.formulas import gradient
from app.snapshot.views import JacobianView, Kept, Nudge, Proof, ProvenEntry, Why, jacobian, nudge, why
from app.state import FROM, InvalidState, ViewState, number_text

from .cells import Entry, NodeCard
from .seen import Seen


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of the step, and whether it is the one that is open."""

    title: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class StepPanel:
    """The step itself, as a ladder from symbols to numbers."""

    kind = "step"
    line: Line | None


@dataclass(frozen=True, slots=True)
class NudgeText:
    """A nudge in digits that add up: change − foretold = remainder, empty where only rounding is left."""

    name: str
    epsilon: str
    change: str
    foretold: str
    remainder: str


@dataclass(frozen=True, slots=True)
class AskPanel:
    """One entry: where it comes from, whether it is true, what a nudge does, and what it was before the last edit.

    `label` names the entry whatever is asked of it: W₂₁. `hidden` are the fields that the form of a nudge sends along;
    empty where there is nothing to nudge.
    """

    kind = "ask"
    derivation: Derivation
    line: Line | None
    result: str
    check: ProvenEntry | None
    central: str
    left: str
    right: str
    residual: str
    nudge: NudgeText | None
    hidden: tuple[tuple[str, str], ...]
    epsilon: str
    close: str
    label: str
    was: str


@dataclass(frozen=True, slots=True)
class WhyPanel:
    """Where the rule comes from, with the rule next to it that only looks right; `why` is None where no rule ran.

    `line` is the rule with its numbers; `entry` names the one that is lit, `takes` what it is made from: row 1 of W.
    `onward` leads from a forward step to the VJPs of its op, `instead` to the first step that has a rule.
    """

    kind = "why"
    why: Why | None
    line: Line | None
    entry: str
    takes: str
    left: Printed | None
    right: Printed | None
    onward: tuple[tuple[str, str], ...]
    instead: str


@dataclass(frozen=True, slots=True)
class JacobianPanel:
    """The Jacobian that was not built, and the same result both ways; None where no VJP ran."""

    kind = "jacobian"
    view: JacobianView | None
    matrix: Printed | None
    v: Printed | None
    product: Printed | None
    closed: Printed | None
    instead: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A gradient entry that does not agree, at a kink or wrong: ∂L/∂W₂₁, what the rule says, and what was measured."""

    key: str
    name: str
    href: str
    grad: str
    central: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class CheckPanel:
    """Every gradient entry beside its central difference; `worst` is the largest residual,
    and `unknown` counts the entries whose moved numbers overflow."""

    kind = "check"
    proof: Proof
    epsilon: str
    worst: str
    unknown: int
    kinks: tuple[Finding, ...]
    wrong: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class SavedPanel:
    """What the forward pass keeps for the backward pass."""

    kind = "saved"
    kept: Kept


Panel: TypeAlias = StepPanel | AskPanel | WhyPanel | JacobianPanel | CheckPanel | SavedPanel

_TABS = (("Step", None), ("Why", "why"), ("Jacobian", "jacobian"), ("Proof", "check"), ("Saved", "saved"))


def tabs(seen: Seen) -> tuple[Tab, ...]:
    """The views of a step. The one of an entry opens from its cell."""
    state = seen.state
    return tuple(
        Tab(title, state.showing(view).address(), view == state.show and state.ask is None) for title, view in _TABS
    )


def panel(seen: Seen, cards: Sequence[NodeCard]) -> Panel:
    """The view that the address asks for."""
    state = seen.state
    if seen.snapshot.ask is not None:
        entry = next(entry for card in cards for entry in card.entries if entry.traced)
        return _ask(seen, seen.snapshot.ask, entry)
    if state.show == "why":
        return _why(seen)
    if state.show == "jacobian":
        return _jacobian(state)
    if state.show == "check" and seen.proof is not None:
        return _check(state, seen.proof)
    if state.show == "saved" and seen.kept is not None:
        return SavedPanel(seen.kept)
    return StepPanel(line(seen.snapshot.current))


def _ask(seen: Seen, derivation: Derivation, entry: Entry) -> AskPanel:
    state = seen.state
    shape = seen.snapshot.node(derivation.node).shape
    drawn = entry_line(derivation, scalar=not shape)
    check = seen.proofs.get(derivation.key) if derivation.result is not None else None
    measured = check if check is not None and check.verdict != "overflow" else None
    moved = nudge(state) if check is not None else None
    if drawn is not None:
        result = drawn.result.texts[0]
    else:
        result = "" if derivation.result is None else printed(derivation.result).texts[0]
    return AskPanel(
        derivation=derivation,
        line=drawn,
        result=result,
        check=check,
        central=exact(measured.central) if measured else "",
        left=exact(measured.left, 4) if measured else "",
        right=exact(measured.right, 4) if measured else "",
        residual=exact(measured.residual, 2) if measured else "",
        nudge=_nudge_text(moved) if moved else None,
        hidden=_nudge_fields(state) if check is not None else (),
        epsilon=number_text(state.eps or 0.01),
        close=state.asking(None).address(),
        label=entry.label,
        was=entry.was,
    )


def _nudge_fields(state: ViewState) -> tuple[tuple[str, str], ...]:
    """What a nudge's form sends along: the whole state but for the nudge, and the good address it was sent from."""
    plain = replace(state, eps=None, was=None)
    return (*plain.parts(), (FROM, plain.query()))


def _nudge_text(moved: Nudge) -> NudgeText:
    if abs(moved.remainder) <= moved.rounding:
        return NudgeText(moved.key, exact(moved.epsilon), exact(moved.change), exact(moved.foretold), "")
    change, foretold, remainder = difference(moved.change, moved.foretold)
    return NudgeText(moved.key, exact(moved.epsilon), change, foretold, remainder)


def _first_vjp(state: ViewState) -> str:
    """The first step that runs a VJP, in the same view."""
    events = state.network.graph.timelines["backward"]
    step = next(number for number, event in enumerate(events, 1) if event.kind == "vjp")
    there = state.go("backward", step)
    return there.showing(state.show).address()


def _why(seen: Seen) -> WhyPanel:
    state, current = seen.state, seen.snapshot.current
    found = why(state)
    tempted = found.tempted if found else None
    return WhyPanel(
        found,
        line(current) if found else None,
        seen.traced.left.text if seen.traced else "",
        _takes(seen) if found else "",
        printed(tempted.left) if tempted else None,
        printed(tempted.right) if tempted else None,
        tuple(_onward(state, current.node)) if found and current.kind == "forward" and current.node else (),
        _first_vjp(state),
    )


def _onward(state: ViewState, node: str) -> Iterable[tuple[str, str]]:
    """The VJPs of a node's op: what each finds, and the step that derives it."""
    graph = state.network.graph
    for step, event in enumerate(graph.timelines["backward"], 1):
        if event.kind == "vjp" and event.node == node:
            yield gradient(graph, event.target).text, state.go("backward", step).showing(state.show).address()


def _takes(seen: Seen) -> str:
    """What the traced entry is made from, in words: row 1 of W, x and b₁."""
    traced, current = seen.traced, seen.snapshot.current
    assert traced is not None
    slots: dict[str, list[FactorView]] = {}
    for factor in (factor for term in traced.terms for factor in term if factor.key):
        slots.setdefault(factor.slot, []).append(factor)
    *rest, last = [_span(seen.snapshot, factors, _whole(current, slot)) for slot, factors in slots.items()]
    return f"{', '.join(rest)} and {last}" if rest else last


def _whole(current: Current, slot: str) -> str:
    """What a slot of the step's formula is called as a whole."""
    operand = current.local if slot == "local" and current.local else current.operands.get(slot)
    return operand.symbol if operand else slot


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


def _jacobian(state: ViewState) -> JacobianPanel:
    view = jacobian(state)
    if view is None:
        return JacobianPanel(None, None, None, None, None, _first_vjp(state))
    row: Values = [view.v]
    marks = all(number in (0, 1) for line in view.matrix for number in line)
    return JacobianPanel(
        view,
        printed(view.matrix, least=0 if marks else LEAST),
        printed(row),
        printed([view.product]),
        printed(view.closed),
        _first_vjp(state),
    )


def _check(state: ViewState, proof: Proof) -> CheckPanel:
    judged = [entry.residual for entry in proof.entries if entry.verdict == "agrees"]
    return CheckPanel(
        proof,
        exact(proof.epsilon, 2),
        exact(max(judged, default=0.0), 2),
        sum(entry.verdict == "overflow" for entry in proof.entries),
        tuple(_finding(state, entry) for entry in proof.entries if entry.verdict == "kink"),
        tuple(_finding(state, entry) for entry in proof.entries if entry.verdict == "disagrees"),
    )


def _finding(state: ViewState, entry: ProvenEntry) -> Finding:
    whole = gradient(state.network.graph, entry.node).text
    return Finding(
        entry.key,
        subscripted(whole, tuple(place - 1 for place in entry.index)),
        state.asking(entry.key).address(),
        exact(entry.grad, 4),
        exact(entry.central, 6),
        exact(entry.left, 4),
        exact(entry.right, 4),
    )


def heading(seen: Seen, opened: Panel, problem: InvalidState | None) -> str:
    """The page's title: what is looked at, and where on the walk."""
    snapshot = seen.snapshot
    if problem is not None:
        return "Please check the numbers"
    what = snapshot.current.left.text if snapshot.current.left else snapshot.current.title
    if isinstance(opened, AskPanel):
        what = f"Why {opened.derivation.left.text}?"
    elif not isinstance(opened, StepPanel):
        what = f"{what}: {next(title for title, view in _TABS if view == opened.kind)}"
    return f"{what} · step {snapshot.step} of {snapshot.steps} {snapshot.direction}"


def announcement(seen: Seen, opened: Panel, problem: InvalidState | None) -> str:
    """The one sentence a screen reader hears after a step, a question or an edit."""
    if problem is not None:
        return " ".join(f"{error.msg}." for error in problem.errors)
    snapshot = seen.snapshot
    if isinstance(opened, AskPanel):
        asked = opened.derivation
        right = f" = {asked.general.text}" if asked.general else ""
        return f"{asked.left.text}{right} = {opened.result}." if opened.result else f"{asked.left.text}: {asked.note}."
    current = snapshot.current
    said = f"Step {snapshot.step} of {snapshot.steps}, {snapshot.direction}. {current.sentence}"
    if isinstance(opened, WhyPanel) and opened.why is not None:
        said += f" {opened.why.left.text} = {' = '.join(reason.formula.text for reason in opened.why.reasons)}."
    if not isinstance(opened, StepPanel) or opened.line is None or current.left is None or current.right is None:
        return said
    return f"{said} {current.left.text} = {current.right.text} = {in_words(opened.line.result)}."


def in_words(drawn: Printed) -> str:
    """Numbers in a row: a scalar alone, a vector in parentheses, a matrix row by row."""
    if not drawn.shape:
        return drawn.texts[0]
    if len(drawn.shape) == 1:
        return f"({', '.join(drawn.texts)})"
    return f"({'; '.join(', '.join(row) for row in drawn.rows())})"
