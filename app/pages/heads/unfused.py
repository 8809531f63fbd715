"""One logit through the chains, as drawn: one op beside two, in sentences, in a table and as a curve."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.digits import consistent_digits, significant
from app.digits.outcomes import near_1, outcome_text
from app.layout.gradient_curve import CurveChart, chart, logits
from app.pages.form import Link, error_beside, sent_along, typed_text
from app.snapshot.unfused import ChainView, Logit, curves, recompute_chain
from app.state import Invalid, number_text

from .question import HeadsState
from .sentences import how_far, sentences

# The slider's ends; the field takes larger logits too.
SLIDE = 50
# Logits worth looking at.
STOPS = (2.0, 30.0, 36.0, 40.0, -40.0)
_ROWS = (
    ("p", "p = σ(z)", "value"),
    ("one_minus_p", "1 − p", "value"),
    ("loss", "L", "value"),
    ("grad_p", "∂L/∂p", "grad"),
    ("slope", "σ′(z) = p (1 − p)", "value"),
    ("grad_z", "∂L/∂z", "grad"),
)


def hidden(state: HeadsState, *shown: str) -> tuple[tuple[str, str], ...]:
    """What a form sends along that shows these fields: the rest of the state, and the good address it was sent from."""
    return sent_along(((name, text) for name, text in state.parts() if name not in shown), state.query())


@dataclass(frozen=True, slots=True)
class ChainCell:
    """A number of a chain: its text, how far off it is if it is wrong, and whether it is there and right."""

    text: str
    off: str
    kind: str


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A quantity: how it is called, its colour, its true value, and what each chain gives."""

    text: str
    colour: str
    reference: str
    cells: tuple[ChainCell, ...]


@dataclass(frozen=True, slots=True)
class LogitCard:
    """One logit through the chains, in sentences, a table and a picture; `hidden` is what each of its forms sends."""

    sentences: tuple[str, ...]
    view: Logit
    rows: tuple[ChainRow, ...]
    chart: CurveChart
    z: str
    error: str
    slide: int
    slid: str
    hidden: tuple[tuple[str, str], ...]
    switch: str
    stops: tuple[Link, ...]
    targets: tuple[Link, ...]


def logit_card(state: HeadsState, logit: Logit, problem: Invalid[HeadsState] | None) -> LogitCard:
    texts = {chain.name: _chain_texts(chain, logit) for chain in logit.chains}
    true = {name: outcome_text(reading) for name, reading in logit.reference.items()}
    rest = true["p"] if logit.y else true["one_minus_p"]  # 1 − |∂L/∂z|
    true["p"] = near_1(logit.reference["p"], true["one_minus_p"], true["p"])
    true["grad_z"] = near_1(logit.reference["grad_z"], rest, true["grad_z"])
    found = curves(logit.y, logits(logit.z), unfused=state.unfused)
    return LogitCard(
        sentences=sentences(logit, texts, true),
        view=logit,
        rows=tuple(
            ChainRow(text, colour, true[name], tuple(_cell(chain, name, texts[chain.name]) for chain in logit.chains))
            for name, text, colour in _ROWS
        ),
        chart=chart(
            logit.z,
            logit.y,
            {curve.name: curve.grads for curve in found},
            {chain.name: chain.readings["grad_z"].value for chain in logit.chains},
        ),
        z=typed_text(problem, "z", number_text(logit.z)),
        error=error_beside(problem, "z"),
        slide=SLIDE,
        slid=number_text(max(-SLIDE, min(SLIDE, logit.z))),
        hidden=hidden(state, "z"),
        switch=replace(state, unfused=not state.unfused).address(part="unfused"),
        stops=tuple(
            Link(f"z = {number_text(z).replace('-', '−')}", replace(state, z=z).address(part="unfused"), z == state.z)
            for z in STOPS
        ),
        targets=tuple(Link(f"y* = {y}", replace(state, y=y).address(part="unfused"), y == state.y) for y in (0, 1)),
    )


def _chain_texts(chain: ChainView, logit: Logit) -> dict[str, str]:
    """The numbers of a chain with digits that follow from each other, where they are numbers at all."""
    values = {name: reading.value for name, reading in chain.readings.items() if reading.value is not None}
    if "one_minus_p" in values and len(values) == len(chain.readings):
        given = "one_minus_p" if logit.z >= 0 else "p"
        factors = {name: values[name] for name in ("grad_p", "slope")}
        others = {name: number for name, number in values.items() if name not in (given, *factors)}
        drawn = consistent_digits(
            {given: values[given]}, factors, others, recompute=recompute_chain(chain.name, logit), least=0, more=1
        )
        texts = {name: entry.texts[0] for name, entry in drawn.items()}
    else:
        texts = {name: outcome_text(reading) for name, reading in chain.readings.items()}
    # in two ops ∂L/∂z has the digits of its factors
    for name in ("p",) if "one_minus_p" in values else ("p", "grad_z"):
        reading = chain.readings[name]
        assert reading.value is not None  # a sigmoid is a number, whatever becomes of it
        texts[name] = near_1(reading, significant(1.0 - abs(reading.value), 5), texts[name])
    return texts


def _cell(chain: ChainView, name: str, texts: dict[str, str]) -> ChainCell:
    reading = chain.readings.get(name)
    if reading is None:
        return ChainCell("—", "", "absent")
    return ChainCell(texts[name], how_far(reading), "holds" if reading.right else "fails")
