"""What the card says of the step that a whole backward pass leads to: each parameter's new value, and the loss."""

from __future__ import annotations

from dataclasses import dataclass

from app.digits import Formatted, formatted
from app.digits.update import loss_digits, parameter_digits, rate_text
from app.snapshot import Expansion, Expression, FactorView, NestedList
from app.snapshot.formulas import gradient
from app.snapshot.indices import entry, grad_entry, key
from app.snapshot.models import ParameterUpdate, Quantity, Update
from app.snapshot.wording import joined
from app.state import ViewState
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
    digits, rate = loss_digits(update, state.digits), rate_text(update.lr)
    symbol = graph.loss.symbol
    goes = f"takes {symbol} from {digits.before} to {digits.after}"
    if not digits.is_seen:
        goes = f"moves {symbol} by {digits.change}" if update.loss != update.loss_after else f"leaves {symbol} as it is"
    return UpdatePanel(
        sentence=f"A step with lr = {rate} {goes}.",
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
    return Training(state.go("backward"), state.lr or RATE, state.hold, digits=state.digits).address()


def unseen(update: Update) -> str:
    """What the step does, without its numbers."""
    return f"A step with lr = {rate_text(update.lr)} subtracts lr times its gradient from each parameter."


def first_new(inputs: PageInputs, update: Update) -> Expansion | None:
    """The first entry of the first parameter that the step changes: its new value is θ − lr·g, a sum of products."""
    one = next((one for one in update.parameters if not one.held), None)
    if one is None:
        return None
    graph = inputs.trace.graph
    index = (0,) * len(inputs.state.shapes[one.name])
    old, grad, place = entry(graph.by_name[one.name], index), grad_entry(graph, one.name, index), key(one.name, index)
    lr = Expression(text=rate_text(update.lr), latex=rate_text(update.lr))
    return Expansion(
        key=place,
        node=one.name,
        index=[1 for _ in index],
        quantity="value",
        left=Expression(text=f"new {old.text}", latex=rf"\text{{new }}{old.latex}"),
        general=None,
        terms=[
            [_factor(old, place, "value", _first(one.value))],
            [
                _factor(_MINUS, None, "constant", -1.0),
                _factor(lr, None, "constant", update.lr),
                _factor(grad, place, "grad", _first(one.grad)),
            ],
        ],
        result=_first(one.new),
        note="",
    )


_MINUS = Expression(text="−1", latex="-1")


def _factor(named: Expression, place: str | None, quantity: Quantity, number: float) -> FactorView:
    return FactorView(
        slot="",
        symbol=named.text,
        latex=named.latex,
        node=place and place.partition(".")[0],
        key=place,
        keys=[place] if place else [],
        quantity=quantity,
        value=number,
    )


def _first(numbers: NestedList) -> float:
    """The first of an array."""
    while isinstance(numbers, list):
        numbers = numbers[0]
    return numbers
