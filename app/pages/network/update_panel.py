"""What the card says of the step that a whole backward pass leads to: each parameter's new value, and the loss."""

from __future__ import annotations

from dataclasses import dataclass

from app.digits import Formatted, formatted
from app.digits.update import loss_digits, parameter_digits
from app.snapshot import Expression
from app.snapshot.formulas import gradient
from app.snapshot.models import ParameterUpdate, Update
from app.snapshot.wording import joined
from app.state import ViewState, number_text
from app.state.training import Training

from .inputs import PageInputs

# The learning rate of a step that none is chosen for: what the page of the step begins with, too.
RATE = Training.lr


@dataclass(frozen=True, slots=True)
class NewValue:
    """A parameter after the step, as a formula and as drawn, and the step of the pass that finds its gradient."""

    left: Expression
    right: Expression
    numbers: Formatted
    href: str


@dataclass(frozen=True, slots=True)
class UpdatePanel:
    """The step: what it does to the loss, its prediction, the new values, and where more of it is. `held` names the
    parameters that it leaves as they are. All of it `holds` but where chosen digits are too few."""

    kind = "update"
    sentence: str
    predicted: str
    change: str
    held: str
    rules: tuple[NewValue, ...]
    train: str
    holds: bool


def update_panel(inputs: PageInputs, update: Update) -> UpdatePanel:
    """The step that is looked at."""
    state, graph = inputs.state, inputs.trace.graph
    digits, rate = loss_digits(update, state.digits), number_text(update.lr)
    symbol = graph.loss.symbol
    goes = f"takes {symbol} from {digits.before} to {digits.after}"
    return UpdatePanel(
        sentence=f"A step with lr = {rate} {goes if digits.before != digits.after else f'leaves {symbol} as it is'}.",
        predicted=digits.predicted,
        change=digits.change,
        held=joined([graph.by_name[name].symbol for name in update.hold]),
        rules=tuple(
            NewValue(
                Expression(text=f"new {node.symbol}", latex=rf"\text{{new }}{node.latex}"),
                Expression(
                    text=f"{node.symbol} − {rate} · {grad.text}", latex=rf"{node.latex} - {rate} \cdot {grad.latex}"
                ),
                _new(one, update.lr, state.digits),
                state.at_gradient_of(one.name).address(),
            )
            for one in update.parameters
            if not one.held
            for node, grad in [(graph.by_name[one.name], gradient(graph, one.name))]
        ),
        train=training_address(state),
        holds=digits.holds,
    )


def _new(one: ParameterUpdate, lr: float, digits: int | None) -> Formatted:
    """A parameter's new value, with as many digits as it takes to follow from the old one, or with those chosen."""
    return parameter_digits(one, lr).new if digits is None else formatted(one.new, digits=digits)


def training_address(state: ViewState) -> str:
    """The page of the step, with these numbers and the step that is looked at."""
    return Training(state.go("backward"), state.lr or RATE, state.hold).address()
