"""What the card says: the step's ladder, one entry's arithmetic, or another view of the step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from app.digits import LEAST, Line, Printed, difference, entry_line, exact, line, printed
from app.snapshot import Derivation, Values
from app.snapshot.views import JacobianView, Kept, Nudge, Proof, ProvenEntry, Why, jacobian, nudge, prove, why
from app.state import FROM, InvalidState, ViewState, number_text

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
    """A nudge in digits that add up: change − foretold = remainder."""

    name: str
    epsilon: str
    change: str
    foretold: str
    remainder: str


@dataclass(frozen=True, slots=True)
class AskPanel:
    """One entry: where it comes from, whether it is true, and what a nudge does.

    `hidden` are the fields that the form of a nudge sends along; empty where there is nothing to nudge.
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


@dataclass(frozen=True, slots=True)
class WhyPanel:
    """Where the rule comes from, with the rule next to it that only looks right; `why` is None where no VJP ran."""

    kind = "why"
    why: Why | None
    left: Printed | None
    right: Printed | None
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
class CheckPanel:
    """Every gradient entry beside its central difference; `worst` is the largest residual,
    and `unknown` counts the entries whose moved numbers overflow."""

    kind = "check"
    proof: Proof
    epsilon: str
    worst: str
    unknown: int
    kinks: tuple[tuple[ProvenEntry, str, str, str], ...]
    wrong: tuple[tuple[ProvenEntry, str, str], ...]


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


def panel(seen: Seen) -> Panel:
    """The view that the address asks for."""
    state = seen.state
    if seen.snapshot.ask is not None:
        return _ask(seen, seen.snapshot.ask)
    if state.show == "why":
        return _why(state)
    if state.show == "jacobian":
        return _jacobian(state)
    if state.show == "check":
        return _check(state)
    if state.show == "saved" and seen.kept is not None:
        return SavedPanel(seen.kept)
    return StepPanel(line(seen.snapshot.current))


def _ask(seen: Seen, derivation: Derivation) -> AskPanel:
    state = seen.state
    shape = seen.snapshot.node(derivation.node).shape
    drawn = entry_line(derivation, scalar=not shape)
    check = seen.proofs.get(derivation.key) if derivation.result is not None else None
    measured = check if check is not None and check.verdict != "overflow" else None
    moved = nudge(state)
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
    )


def _nudge_fields(state: ViewState) -> tuple[tuple[str, str], ...]:
    """What a nudge's form sends along: the whole state but for the nudge, and the good address it was sent from."""
    plain = replace(state, eps=None, was=None)
    return (*plain.parts(), (FROM, plain.query()))


def _nudge_text(moved: Nudge) -> NudgeText:
    change, foretold, remainder = difference(moved.change, moved.foretold)
    return NudgeText(moved.key, exact(moved.epsilon), change, foretold, remainder)


def _first_vjp(state: ViewState) -> str:
    """The first step that runs a VJP, in the same view."""
    events = state.network.graph.timelines["backward"]
    step = next(number for number, event in enumerate(events, 1) if event.kind == "vjp")
    there = state.go("backward", step)
    return there.showing(state.show).address()


def _why(state: ViewState) -> WhyPanel:
    found = why(state)
    tempted = found.tempted if found else None
    return WhyPanel(
        found,
        printed(tempted.left) if tempted else None,
        printed(tempted.right) if tempted else None,
        _first_vjp(state),
    )


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


def _check(state: ViewState) -> CheckPanel:
    proof = prove(state)
    judged = [entry.residual for entry in proof.entries if entry.verdict == "agrees"]
    return CheckPanel(
        proof,
        exact(proof.epsilon, 2),
        exact(max(judged, default=0.0), 2),
        sum(entry.verdict == "overflow" for entry in proof.entries),
        tuple(
            (entry, exact(entry.left, 4), exact(entry.right, 4), exact(entry.grad, 4))
            for entry in proof.entries
            if entry.verdict == "kink"
        ),
        tuple(
            (entry, exact(entry.grad), exact(entry.central)) for entry in proof.entries if entry.verdict == "disagrees"
        ),
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
