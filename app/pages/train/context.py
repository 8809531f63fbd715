"""The context of the page of the step: the step with its numbers, what it did to the loss, and the run so far.

Map: `steps` the table of the step and that of the losses · `sentences` what they mean, in words. Nothing is computed
here that `app.snapshot` does not compute.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.digits.update import LossDigits, loss_digits
from app.engine.descent import Descent
from app.layout.loss_curve import LossCurve, loss_curve
from app.pages.form import Link, error_beside, loose_errors, sent_along, typed_text
from app.pages.header import address_to
from app.settings import Settings
from app.snapshot import trace_of
from app.snapshot.train import end_values, halved, run_of, why_ended
from app.snapshot.update import as_update
from app.state import Invalid, number_text
from app.state.params import parameters
from app.state.training import Training

from .sentences import axis_labels, described, outcome, second_order
from .steps import LossRow, ParameterRow, loss_rows, parameter_rows

_MAX_QUERY = Settings().max_query_bytes
# So many steps more, a press each.
_MORE = (1, 10, 100)
# So many letters of the arrays of a parameter stand side by side on a screen.
_ROOM = 110


@dataclass(frozen=True, slots=True)
class HoldBox:
    """A parameter that may be held, by its name and in symbols, and whether it is."""

    name: str
    symbol: str
    latex: str
    held: bool


@dataclass(frozen=True, slots=True)
class TrainField:
    """A field of the form: its text as typed or as it is, and what is wrong with it."""

    text: str
    error: str


@dataclass(frozen=True, slots=True)
class TrainForm:
    """The form of a run; `hidden` is what it sends along, and `errors` are those of no field of its own."""

    lr: TrainField
    steps: TrainField
    hold: tuple[HoldBox, ...]
    hold_error: str
    errors: tuple[str, ...]
    hidden: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TrainPage:
    """All that the page's templates see.

    `number` is that of the step which is shown, and `is_wide` whether its arrays have no room side by side. `further`
    leads to more steps from the same start, and `start` to one step from there; the links in `onward` take the new
    values along, unless these are too many. `why` is why the run ended early, empty where it did not.
    """

    heading: str
    here: str
    twin: str
    form: TrainForm
    number: int
    taken: int
    rate: str
    symbol: str
    parameters: tuple[ParameterRow, ...]
    is_wide: bool
    loss: LossDigits
    outcome: str
    second_order: str
    why: str
    further: tuple[Link, ...]
    start: Link
    onward: tuple[Link, ...]
    curve: LossCurve
    described: str
    rows: tuple[LossRow, ...]


def train_page(training: Training, problem: Invalid[Training] | None = None) -> TrainPage:
    """Everything that is shown of a run. `problem` is what was wrong with the address that led here.

    Raises Invalid where the passes over its first numbers overflow, or its first step.
    """
    trace = trace_of(training.view)
    run, graph = run_of(training, trace), trace.graph
    update = as_update(run, training.lr, training.hold)
    digits, told, rows = loss_digits(update), described(run), parameter_rows(training, update, graph)
    half = halved(run, training.lr, training.hold)
    return TrainPage(
        heading="Please check the numbers" if problem else "Take the step",
        here=training.address(),
        twin=training.address("/api"),
        form=_form(training, problem),
        number=max(run.taken, 1),
        taken=run.taken,
        rate=number_text(training.lr),
        symbol=graph.loss.symbol,
        parameters=rows,
        is_wide=any(row.letters > _ROOM for row in rows),
        loss=digits,
        outcome=outcome(run, digits),
        second_order=second_order(update, half) if half else "",
        why=why_ended(training, run) or "",
        further=_further(training, run),
        start=Link("Same start again", training.but(steps=1).address(), training.steps == 1),
        onward=_onward(training, run),
        curve=loss_curve(run.losses, axis_labels),
        described=told,
        rows=loss_rows(training, run),
    )


def _form(training: Training, problem: Invalid[Training] | None) -> TrainForm:
    by_name = training.network.graph.by_name
    return TrainForm(
        lr=_field(problem, "lr", number_text(training.lr)),
        steps=_field(problem, "steps", str(training.steps)),
        hold=tuple(
            HoldBox(name, by_name[name].symbol, by_name[name].latex, name in training.hold)
            for name in parameters(training.network)
        ),
        hold_error=error_beside(problem, "hold"),
        errors=loose_errors(problem, ("lr", "steps", "hold")),
        hidden=_hidden(training),
    )


def _field(problem: Invalid[Training] | None, name: str, own: str) -> TrainField:
    return TrainField(typed_text(problem, name, own), error_beside(problem, name))


def _hidden(training: Training) -> tuple[tuple[str, str], ...]:
    """The numbers, and the address that the form is sent from, if both fit into one."""
    parts = training.view.number_parts()
    whole = sent_along(parts, training.query())
    fits = sum(len(name) + 3 * len(text) for name, text in whole) < _MAX_QUERY  # each sign of the two may be escaped
    return whole if fits else tuple(parts)


def _further(training: Training, run: Descent) -> tuple[Link, ...]:
    """More steps from the same start, where the run would not end before them anyhow."""
    if run.stopped is not None:
        return ()
    totals = (training.steps + more for more in _MORE)
    return tuple(
        Link(f"{more} more", training.but(steps=steps).address(), here=False)
        for more, steps in zip(_MORE, totals, strict=True)
        if steps <= training.most_steps
    )


def _onward(training: Training, run: Descent) -> tuple[Link, ...]:
    """Where the new values lead, unless they are too many for an address: a step from there, and their two passes."""
    if sum(numbers.size for numbers in run.end.values.values()) > _MAX_QUERY:  # each takes more than a letter
        return ()
    new = replace(training.view, values=end_values(training, run))
    links = (
        ("Continue from here", training.but(view=new, steps=1).address()),
        ("Forward from here", address_to("/forward", new)),
        ("Backward from here", address_to("/backward", new)),
    )
    return tuple(Link(title, href, here=False) for title, href in links if len(href) <= _MAX_QUERY)
