"""What a page is called, and the one sentence that is heard when it arrives."""

from __future__ import annotations

from app.state import Invalid, ViewState

from .inputs import PageInputs
from .panel import TABS, AskPanel, DerivationPanel, Panel, StepPanel


def heading(inputs: PageInputs, opened: Panel, problem: Invalid[ViewState] | None) -> str:
    """The page's title: what is looked at, and at which step."""
    snapshot = inputs.snapshot
    if problem is not None:
        return "Please check the numbers"
    what = snapshot.current.left.text if snapshot.current.left else snapshot.current.title
    if isinstance(opened, AskPanel):
        what = f"Why {opened.expansion.left.text}?"
    elif not isinstance(opened, StepPanel):
        what = f"{what}: {next(title for title, view in TABS if view == opened.kind)}"
    return f"{what} · step {snapshot.step} of {snapshot.steps} {snapshot.direction}"


def announcement(inputs: PageInputs, opened: Panel, problem: Invalid[ViewState] | None) -> str:
    """The one sentence a screen reader hears after a step, a question or an edit."""
    if problem is not None:
        return " ".join(f"{error.msg}." for error in problem.errors)
    snapshot = inputs.snapshot
    if isinstance(opened, AskPanel):
        asked = opened.expansion
        right = f" = {asked.general.text}" if asked.general else ""
        return f"{asked.left.text}{right} = {opened.result}." if opened.result else f"{asked.left.text}: {asked.note}."
    current = snapshot.current
    said = f"Step {snapshot.step} of {snapshot.steps}, {snapshot.direction}. {current.sentence}"
    if isinstance(opened, DerivationPanel) and opened.derivation is not None:
        lines = " = ".join(reason.formula.text for reason in opened.derivation.reasons)
        said += f" {opened.derivation.left.text} = {lines}."
    if not isinstance(opened, StepPanel) or opened.line is None or current.left is None or current.right is None:
        return said
    return f"{said} {current.left.text} = {current.right.text} = {opened.line.result.in_words()}."
