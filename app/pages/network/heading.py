"""What a page is called, and the one sentence that is heard when it arrives."""

from __future__ import annotations

from app.snapshot.glossary import spoken
from app.state import Invalid, ViewState

from .edit import Edit
from .inputs import PageInputs
from .large import LargePanel
from .node_panel import NodePanel
from .panel import TABS, AskPanel, DerivationPanel, Panel, StepPanel
from .pass_panel import PassPanel
from .update_panel import UpdatePanel


def heading(inputs: PageInputs, opened: Panel, problem: Invalid[ViewState] | None) -> str:
    """The page's title: what is looked at, and at which step or in which pass."""
    snapshot = inputs.snapshot
    if problem is not None:
        return "Please check the numbers"
    whole = f"{snapshot.direction} pass"
    where = whole if inputs.state.whole else f"step {snapshot.step} of {snapshot.steps} {snapshot.direction}"
    if isinstance(opened, PassPanel):
        return f"{whole.capitalize()} · {snapshot.title.rpartition(' · ')[2]}"
    if isinstance(opened, UpdatePanel):
        return f"A step · {where}"
    if isinstance(opened, AskPanel):
        return f"Why {opened.expansion.left.text}? · {where}"
    if isinstance(opened, NodePanel):
        return f"What is {opened.symbol}? · {where}"
    what = snapshot.current.left.text if snapshot.current.left else snapshot.current.title
    if isinstance(opened, StepPanel | LargePanel):
        return f"{what} · {where}"
    view = next(title for title, view in TABS if view == opened.kind)
    return f"{view} · {where}" if inputs.state.whole else f"{what}: {view} · {where}"


def announcement(inputs: PageInputs, opened: Panel, edit: Edit | None, problem: Invalid[ViewState] | None) -> str:
    """The one sentence a screen reader hears after a step, a question or an edit: what that did, and what is asked."""
    if problem is not None:
        return " ".join(f"{error.msg}." for error in problem.errors)
    shown = spoken(_shown(inputs, opened))
    if edit is None:
        return shown
    return f"{edit.said} {shown}" if isinstance(opened, AskPanel) else edit.said


def _shown(inputs: PageInputs, opened: Panel) -> str:
    snapshot = inputs.snapshot
    if isinstance(opened, AskPanel):
        asked = opened.expansion
        right = f" = {asked.general.text}" if asked.general else ""
        return f"{asked.left.text}{right} = {opened.result}." if opened.result else f"{asked.left.text}: {asked.note}."
    current = snapshot.current
    if isinstance(opened, NodePanel):
        return _node_said(opened)
    if isinstance(opened, UpdatePanel):
        return opened.sentence
    if inputs.state.whole:
        return current.sentence
    said = f"Step {snapshot.step} of {snapshot.steps}, {snapshot.direction}. {current.sentence}"
    if isinstance(opened, DerivationPanel) and opened.derivation is not None:
        lines = " = ".join(reason.formula.text for reason in opened.derivation.reasons)
        said += f" {opened.derivation.left.text} = {lines}."
    if not isinstance(opened, StepPanel) or opened.line is None or current.left is None or current.right is None:
        return said
    return f"{said} {current.left.text} = {current.right.text} = {opened.line.result.in_words()}."


def _node_said(panel: NodePanel) -> str:
    said = panel.says
    if panel.value is not None:
        said += f" {panel.symbol} = {panel.value.in_words()}."
    if panel.grad is not None:
        said += f" {panel.grad_symbol.text} = {panel.grad.in_words()}."
    return said
