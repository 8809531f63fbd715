"""The handout's context: every step with its drawing and its formula, on sheets, and the form that chooses them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.digits import Formatted, Line
from app.engine import Trace
from app.pages.form import error_beside, loose_errors, sent_along, typed_text
from app.pages.network.context import page as network_page
from app.pages.network.panel import StepPanel
from app.snapshot import Current, trace_of
from app.state import Invalid, ViewState

from .blanks import Blanks, blanks_of, to_fill
from .drawing import PaperDrawing, paper_drawing
from .question import NAMES, HandoutState
from .sheets import answer_sheets, per_sheet, step_sheets

_PASSES = {"both": "both passes", "forward": "the forward pass", "backward": "the backward pass"}
PAPERS = {"a4": "A4", "letter": "Letter"}


@dataclass(frozen=True, slots=True)
class PaperStep:
    """A step on paper: what it is called, its drawing, and its formula with the numbers.

    `operands` are those numbers by slot and `result` what they give, with blanks for what is to be found. `line` has
    the arithmetic, which is written out only where `is_worked`; `is_long` is whether that is of the first entry alone.
    `answer` is the result in any case.
    """

    direction: str
    heading: str
    current: Current
    drawing: PaperDrawing
    operands: dict[str, Formatted]
    result: Formatted
    line: Line
    is_worked: bool
    is_long: bool
    answer: Formatted


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its number, and what is on it, steps or answers."""

    number: int
    steps: tuple[PaperStep, ...] = ()
    answers: tuple[PaperStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of the form, and whether it is made."""

    value: str
    title: str
    here: bool


@dataclass(frozen=True, slots=True)
class HandoutPage:
    """All that the handout's template sees. `subtitle` says what of the network it is of, `count` what it is printed
    on: 5 sheets of A4; `is_lying` is whether these lie on their side, `paper` names the styles that say so, and
    `is_alone` is whether each step has a sheet to itself."""

    title: str
    subtitle: str
    count: str
    sheets: tuple[Sheet, ...]
    is_lying: bool
    is_alone: bool
    paper: str
    state: HandoutState
    passes: tuple[Choice, ...]
    papers: tuple[Choice, ...]
    steps: str
    wrong_steps: str
    errors: tuple[str, ...]
    is_wrong: bool
    hidden: tuple[tuple[str, str], ...]
    here: str
    step_by_step: str


def handout_page(state: HandoutState, problem: Invalid[HandoutState] | None = None) -> HandoutPage:
    """Everything that is printed of a network's steps; `problem` is what was wrong with the address that led here.

    Raises Invalid where finite numbers overflow.
    """
    steps = _paper_steps(state)
    drawing = steps[0].drawing
    count = per_sheet(drawing.width, drawing.height, is_lying=drawing.is_long)
    sheets = tuple(_sheets(state, steps, count, is_lying=drawing.is_long))
    several = "s" if len(sheets) != 1 else ""
    what = _PASSES[state.passes] if state.steps is None else f"chosen steps of {_PASSES[state.passes]}"
    return HandoutPage(
        title=state.view.network.title,
        subtitle=what,
        count=f"{len(sheets)} sheet{several} of {PAPERS[state.paper]}",
        sheets=sheets,
        is_lying=drawing.is_long,
        is_alone=count == 1,
        paper=f"{state.paper}_lying" if drawing.is_long else state.paper,
        state=state,
        passes=tuple(Choice(name, title, name == state.passes) for name, title in _PASSES.items()),
        papers=tuple(Choice(name, title, name == state.paper) for name, title in PAPERS.items()),
        steps=typed_text(problem, "steps", dict(state.own_parts()).get("steps", "")),
        wrong_steps=error_beside(problem, "steps"),
        errors=loose_errors(problem, ("steps",)),
        is_wrong=problem is not None,
        hidden=sent_along(state.view.handed_parts(), state.query()),
        here=state.address(),
        step_by_step=state.chosen[0].address(),
    )


def check(state: HandoutState) -> None:
    """Raises Invalid where finite numbers overflow."""
    for whole in {step.direction: step for step in state.chosen}.values():
        _traced(state, whole)


def _traced(state: HandoutState, step: ViewState) -> Trace:
    """The pass that a step is of; where it overflows, the page that still stands has the default numbers."""
    try:
        return trace_of(step)
    except Invalid as overflow:
        start = HandoutState(state.view.with_values({}), *(state.choice(name) for name in NAMES))
        raise Invalid(overflow.errors, start, overflow.typed) from None


def _sheets(state: HandoutState, steps: tuple[PaperStep, ...], count: int, *, is_lying: bool) -> Iterable[Sheet]:
    with_steps = step_sheets(steps, count)
    yield from (Sheet(number, steps=on_it) for number, on_it in enumerate(with_steps, 1))
    if state.answers:
        with_answers = answer_sheets(((step, len(step.answer.rows())) for step in steps), is_lying=is_lying)
        for number, answers in enumerate(with_answers, len(with_steps) + 1):
            yield Sheet(number, answers=answers)


def _paper_steps(state: HandoutState) -> tuple[PaperStep, ...]:
    chosen = state.chosen
    blanks = blanks_of(chosen) if state.blanks else Blanks()
    traces = {step.direction: _traced(state, step) for step in chosen}
    return tuple(paper_step(state, step, traces[step.direction], blanks) for step in chosen)


def paper_step(state: HandoutState, step: ViewState, trace: Trace, blanks: Blanks) -> PaperStep:
    """A step of a drawn network on paper, as is chosen for a handout."""
    shown = network_page(step, trace, orientations=("wide",))
    panel, current, snapshot = shown.panel, shown.snapshot.current, shown.snapshot
    assert isinstance(panel, StepPanel), "the address of a step asks for nothing else"
    assert panel.line is not None, "step 0 is none that is printed"
    assert current.left is not None
    line = panel.line
    return PaperStep(
        direction=step.direction,
        heading=f"Step {snapshot.step} of {snapshot.steps}, {step.direction}: {current.left.text}",
        current=current,
        drawing=paper_drawing(shown.pictures[0], blanks),
        operands={
            slot: to_fill(line.operands[slot]) if blanks.hides(operand, current) else line.operands[slot]
            for slot, operand in current.operands.items()
        },
        result=to_fill(line.result) if state.blanks else line.result,
        line=line,
        is_worked=not state.blanks and (len(current.operands) > 1 or current.local is not None),
        is_long=panel.is_long and bool(line.result.shape),
        answer=line.result,
    )
