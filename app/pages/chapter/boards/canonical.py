"""The board of canonical pairs: why they send back prediction − target, four of them in numbers, and another pair."""

from __future__ import annotations

from dataclasses import dataclass

from app.digits import consistent_digits, significant
from app.engine import NETWORKS, Array
from app.engine.networks import CANONICAL
from app.layout.saturation import SaturationChart, chart, logits
from app.pages.chapter.question import Board, BoardState
from app.pages.contents import BY_NAME
from app.pages.form import Link
from app.pages.header import with_network
from app.pages.questions import LOG_PARTITION, HeadGradient, head_gradients
from app.snapshot import Expression
from app.snapshot.pairs import Pair, pair_of, saturation
from app.state import FieldError, ViewState
from app.state.codec import Param

# The logits of the wrong class that can be chosen.
STOPS = (0, 2, 5, 10)
# Two ways to one gradient are called equal up to this share of its largest entry.
_EQUAL = 1e-12


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the argument, and what is said of it."""

    formula: Expression
    says: str


@dataclass(frozen=True, slots=True)
class Row:
    """A pair of an activation and a loss, with its numbers, entry by entry.

    `partition` is A(η) of its family, None where it is no canonical pair; `note` what there is to say of its numbers;
    `here` whether it is the network that the board stands on. `first` are prediction, target and gradient of the first
    entry, which stands for all `entries` on the stage.
    """

    name: str
    pairing: str
    partition: Expression | None
    predicts: Expression
    prediction: str
    target: str
    grad: str
    is_difference: bool
    note: str
    href: str
    here: bool
    first: tuple[str, str, str]
    entries: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the board shows; `gradients` are those of both losses at the chosen logit."""

    steps: tuple[Step, ...]
    rows: tuple[Row, ...]
    non_canonical: Expression
    notes: tuple[str, ...]
    chart: SaturationChart
    stops: tuple[Link, ...]
    logit: str
    gradients: tuple[str, str]


FAMILY = Expression(text="L = A(η) − y* η + const", latex=r"L = A(\eta) - y^{*}\,\eta + \mathrm{const}")
MEAN = Expression(text="A′(η) = mean = prediction", latex=r"A'(\eta) = \text{mean} = \text{prediction}")
GRADIENT = Expression(
    text="∂L/∂η = A′(η) − y* = prediction − target",
    latex=r"\frac{\partial L}{\partial \eta} = A'(\eta) - y^{*} = \text{prediction} - \text{target}",
)
NON_CANONICAL = Expression(
    text="∂L/∂z = p ⊙ ((p − y*) − (p − y*)·p)",
    latex=r"\frac{\partial L}{\partial z} = p \odot ((p - y^{*}) - (p - y^{*})\cdot p)",
)
_STEPS = (
    Step(FAMILY, "Minus the log of an exponential family’s density; η is its natural parameter."),
    Step(MEAN, "Since the density integrates to 1, whatever η is."),
    Step(GRADIENT, "If the output of the network is η itself: the canonical link."),
)


def _stands_on(view: ViewState) -> ViewState:
    """The same network if its loss and its activation are a canonical pair, else the regression, with what fits."""
    return view if view.network.name in CANONICAL else with_network(view, NETWORKS["identity-mse"])


def _step(state: BoardState) -> ViewState:
    return state.view.at_gradient_of("z")


def _draw(state: BoardState) -> Drawn:
    rows = tuple(_row(head, state.view.network.name) for head in head_gradients(state.view))
    chosen = float(state.choice("logit"))
    curves, here = saturation(logits()), saturation([chosen])
    names = ("cross-entropy", "squared error")
    plotted = dict(zip(names, (curves.cross_entropy, curves.squared_error), strict=True))
    at = dict(zip(names, (here.cross_entropy[0], here.squared_error[0]), strict=True))
    return Drawn(
        steps=_STEPS,
        rows=rows,
        non_canonical=NON_CANONICAL,
        notes=tuple(row.note for row in rows if row.note),
        chart=chart(chosen, plotted, at),
        stops=tuple(Link(str(stop), state.but(logit=stop).address(), float(stop) == chosen) for stop in STOPS),
        logit=str(state.choice("logit")),
        gradients=(significant(at[names[0]], 5), significant(at[names[1]], 4)),
    )


def _row(head: HeadGradient, here: str) -> Row:
    pair = pair_of(head.network)
    total = sum(head.target)
    drawn = consistent_digits(
        {"prediction": head.prediction, "target": head.target},
        {"grad": head.numbers},
        recompute=lambda given: {"grad": _gradient(pair, given["prediction"], given["target"])},
        least=0,
        near_1=("prediction",) if 1.0 in head.target else (),
    )
    op = NETWORKS[head.network].graph.loss.op
    family = pair.likelihood.distribution if pair.likelihood else ""
    return Row(
        name=f"{family[:1].upper()}{family[1:]}" if family else "Not canonical",
        pairing=_pairing(pair, op.title),
        partition=LOG_PARTITION[family] if family else None,
        predicts=pair.predicts(),
        prediction=", ".join(text.replace(" ", "\u00a0") for text in drawn["prediction"].texts),  # 1 − … in one line
        target=", ".join(drawn["target"].texts),
        grad=", ".join(drawn["grad"].texts),
        is_difference=_is_difference(head),
        note=_note(head, total, family),
        href=head.address,
        here=head.network == here,
        first=(drawn["prediction"].texts[0], drawn["target"].texts[0], drawn["grad"].texts[0]),
        entries=len(drawn["grad"].texts),
    )


def _gradient(pair: Pair, p: Array, y: Array) -> Array:
    """∂L/∂z from the prediction and the target."""
    if pair.likelihood is None:
        error = p - y
        return p * (error - error @ p)
    return p * y.sum() - y if pair.network == "softmax-ce" else p - y


def _pairing(pair: Pair, title: str) -> str:
    if pair.likelihood is None:
        return f"softmax + {title}"
    title = title.replace("binary cross-entropy", "BCE").replace("exponential", "exp")
    return title if pair.activation else f"linear + ½ {title}"


def _is_difference(head: HeadGradient) -> bool:
    differences = [p - y for p, y in zip(head.prediction, head.target, strict=True)]
    most = max(map(abs, differences))
    return all(abs(one - g) <= _EQUAL * most for one, g in zip(differences, _flat(head), strict=True))


def _flat(head: HeadGradient) -> list[float]:
    assert isinstance(head.numbers, list)
    return [number for number in head.numbers if isinstance(number, float)]


def _note(head: HeadGradient, total: float, family: str) -> str:
    """What is unusual about a row's numbers; empty where nothing is."""
    if head.on_defaults:
        return f"{head.network} stands on its default numbers: with yours it overflows."
    if head.canonical and not _is_difference(head):
        return f"The {family} targets sum to {significant(total, 6)}: the mean is p Σ y*, and ∂L/∂z = p Σ y* − y*."
    return ""


def _formulas(_: BoardState) -> tuple[Expression, ...]:
    return FAMILY, MEAN, GRADIENT, NON_CANONICAL


def _read_logit(text: str) -> int | FieldError:
    if text in map(str, STOPS):
        return int(text)
    *rest, last = map(str, STOPS)
    return FieldError(("query", "logit"), f"logit must be {', '.join(rest)} or {last}")


BOARD = Board(
    BY_NAME["canonical"],
    _draw,
    _formulas,
    _step,
    stands_on=_stands_on,
    params=(Param("logit", _read_logit, str, STOPS[-1]),),
    thinks="prediction-target",
    terms=(
        "gradient",
        "prediction",
        "target",
        "head",
        "link",
        "family",
        "likelihood",
        "logits",
        "sigmoid",
        "softmax",
        "entrywise",
        "dot",
    ),
)
