"""What is lost where an activation and its loss are two ops: one logit through a sigmoid and a cross-entropy."""

from __future__ import annotations

from dataclasses import dataclass

from app.digits import significant
from app.digits.outcomes import near_1, outcome_text
from app.engine.chains import MIN_LOG
from app.pages.chapter.question import BoardState
from app.pages.form import Link
from app.snapshot.unfused import Outcome, rounds_from, take_logit
from app.state import FieldError, number_text

# Logits worth looking at; the target is 0, so that a large one is confident and wrong.
STOPS = (2, 36, 40)
# Nobody has chosen a logit: the last one is shown, to those who look.
NOT_CHOSEN = 0
_QUANTITIES = (("p", "p = σ(z)", "value"), ("loss", "L", "value"), ("grad_z", "∂L/∂z", "grad"))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one way gives for a quantity, and whether it is right, to nine digits."""

    text: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity: its symbol, what it is, the true value, and what each way gives."""

    symbol: str
    colour: str
    true: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Unfused:
    """One logit through the one op and through two; `ways` are titles, each with what runs.

    `rounds_from` is the first whole logit whose sigmoid is 1 as a float64, `least_log` where PyTorch's BCELoss clips.
    """

    is_chosen: bool
    rounds_from: int
    least_log: str
    most_loss: str
    z: str
    stops: tuple[Link, ...]
    ways: tuple[tuple[str, str], ...]
    quantities: tuple[Quantity, ...]


def read_logit(text: str) -> int | FieldError:
    """One of STOPS."""
    if text in map(str, STOPS):
        return int(text)
    *rest, last = map(str, STOPS)
    return FieldError(("query", "logit"), f"logit must be {', '.join(rest)} or {last}")


def unfused(state: BoardState) -> Unfused:
    """The logit that is chosen on the board, with target 0."""
    chosen = state.choice("logit") or STOPS[-1]
    logit = take_logit(float(chosen), 0, unfused=True)
    rest = outcome_text(logit.reference["one_minus_p"])

    def true(name: str) -> str:
        reading = logit.reference[name]
        return near_1(reading, rest, outcome_text(reading)) if name != "loss" else outcome_text(reading)

    return Unfused(
        is_chosen=state.choice("logit") != NOT_CHOSEN,
        rounds_from=rounds_from(),
        least_log=number_text(MIN_LOG).replace("-", "−"),
        most_loss=number_text(-MIN_LOG),
        z=number_text(float(chosen)),
        stops=tuple(Link(f"z = {stop}", state.but(logit=stop).address(), stop == chosen) for stop in STOPS),
        ways=tuple((chain.title, chain.runs) for chain in logit.chains),
        quantities=tuple(
            Quantity(
                symbol,
                colour,
                true(name),
                tuple(
                    Reading(_given(name, chain.readings[name]), chain.readings[name].right) for chain in logit.chains
                ),
            )
            for name, symbol, colour in _QUANTITIES
        ),
    )


def _given(name: str, reading: Outcome) -> str:
    """What a way gives; a probability of almost 1 by what is missing to it."""
    text = outcome_text(reading)
    if name == "loss" or reading.value is None:
        return text
    return near_1(reading, significant(1.0 - abs(reading.value), 4), text)
