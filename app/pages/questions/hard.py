"""The hard question, why every canonical pair sends back prediction − target: by the family, and by the softmax.

The argument is that of McCullagh & Nelder, "Generalized Linear Models", 2nd ed., section 2.2, at unit dispersion.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.digits import consistent_digits, formatted
from app.engine import NETWORKS, Array, OpNode
from app.engine.networks import CANONICAL, MISMATCH
from app.snapshot import Expression
from app.snapshot.pairs import PAIRS
from app.state import ViewState

from .by_hand import multiplied_out
from .models import Cell, Equation, Line, Piece, Row, Table, equals, lone, maths, numbers, row, seen, sign, written
from .pairs import CONFIDENT, SOFTMAX, HeadGradient, head_gradients, saturated

PROMPT = (
    "Squared error, sigmoid with binary cross-entropy, softmax with cross-entropy, exp with the Poisson loss: each"
    " sends prediction − target back to z. Find one reason for all four. Then multiply out the softmax, and name a pair"
    " that does not do it."
)
_FIRST = (
    "Each of these losses is −log of a density. Write the density so that the observation y multiplies one number, the"
    " natural parameter η, and call what remains of η a function A."
)
_SECOND = (
    "A density integrates to 1: differentiate that with respect to η to see what the slope of A is. For the softmax,"
    " multiply ∂L/∂pⱼ by ∂pⱼ/∂zᵢ, add over j, and look at what divides in one and multiplies in the other."
)
HINTS = (_FIRST, _SECOND)
# A(η) of each distribution whose canonical pair is in the gallery, and what such a head is for.
LOG_PARTITION: Mapping[str, Expression] = {
    "Gaussian": maths("η²/2", r"\eta^{2} / 2"),
    "Bernoulli": maths("log(1 + exp(η))", r"\log(1 + \exp(\eta))"),
    "multinomial": maths("log Σⱼ exp(ηⱼ)", r"\log \sum_j \exp(\eta_j)"),
    "Poisson": maths("exp(η)", r"\exp(\eta)"),
}
# Said of a head, behind what else there is to say of it.
_ON_DEFAULTS = " This head stands on its default numbers: the others do not fit it, or overflow."
_FOR = {
    "Gaussian": "a number",
    "Bernoulli": "yes or no",
    "multinomial": "one of many",
    "Poisson": "a count",
}


def lines(view: ViewState) -> tuple[Line, ...]:
    """The answer, on the x, W and b of `view`."""
    found = {head.network: head for head in head_gradients(view)}
    pairs = [found[name] for name in CANONICAL]
    return (
        *_family(),
        _four_pairs(),
        _four_with_numbers(pairs),
        _slopes(),
        *multiplied_out(found[SOFTMAX]),
        _consequences(),
        _contrast(found[MISMATCH]),
        _saturated(),
        _short(),
    )


def _family() -> tuple[Line, ...]:
    """L = A(η) − y η + const, A′ is the mean, and so the gradient."""
    loss = maths("A(η) − y* η + const", r"A(\eta) - y^{*}\,\eta + \mathrm{const}")
    mean = maths(
        "∫ y exp(y η + c(y)) dy / ∫ exp(y η + c(y)) dy",
        r"\frac{\int y\,\exp(y\,\eta + c(y))\,dy}{\int \exp(y\,\eta + c(y))\,dy}",
    )
    difference = maths("A′(η) − y*", r"A'(\eta) - y^{*}")
    return (
        Line(
            "Take an exponential family with natural parameter η and unit dispersion: the density of an observation y"
            " is exp(y η − A(η) + c(y)). The loss is −log of the density of the target y*, and what has no η in it is"
            " a constant.",
            (Equation(maths("L", "L"), loss, ""),),
        ),
        Line(
            "A makes the density integrate to 1, so it is the log of an integral. Its derivative is the mean of y, and"
            " the mean is what such a model predicts. (For counts and classes, the integrals are sums.)",
            (
                Equation(
                    maths("A(η)", r"A(\eta)"),
                    maths("log ∫ exp(y η + c(y)) dy", r"\log \int \exp(y\,\eta + c(y))\,dy"),
                    "",
                ),
                Equation(maths("A′(η)", r"A'(\eta)"), mean, ""),
                Equation(None, maths("E[y] = prediction", r"E[y] = \text{prediction}")),
            ),
        ),
        Line(
            "With the canonical link the network’s output z is η itself. Then nothing stands between z and A, and the"
            " gradient is what is left of two terms.",
            (
                Equation(maths("∂L/∂z", r"\frac{\partial L}{\partial z}"), difference),
                Equation(None, maths("prediction − y*", r"\text{prediction} - y^{*}")),
            ),
        ),
    )


def _loss(name: str) -> OpNode:
    return NETWORKS[name].graph.loss


def _four_pairs() -> Line:
    rows = []
    for pair in PAIRS:
        if pair.likelihood is None:
            continue
        kind = pair.likelihood.distribution
        rows.append(
            row(
                kind[0].upper() + kind[1:],
                _FOR[kind],
                pair.likelihood.link,
                written(LOG_PARTITION[kind]),
                written(pair.predicts(), "value"),
                _loss(pair.network).op.title,
            )
        )
    return Line(
        "The four usual heads are of this kind: each has a distribution, whose canonical link decides the activation,"
        " and whose −log likelihood is the loss. For the Gaussian the constant, ½ y², is part of the loss; Poisson’s"
        " log y! is left out.",
        table=Table(
            "Four canonical pairs",
            ("distribution", "the target is", "canonical link", "A(η)", "prediction A′(z)", "activation and loss"),
            tuple(rows),
        ),
    )


def _four_with_numbers(pairs: list[HeadGradient]) -> Line:
    return Line(
        "With numbers: each head below has the same x, W and b, unless it says otherwise, and a target of its own kind."
        " The last column is the gradient that the backward pass finds.",
        table=Table(
            "Prediction − target in four networks",
            ("network", "rule", "prediction", "target y*", "∂L/∂z"),
            tuple(_pair_row(head) for head in pairs),
        ),
    )


def _pair_row(head: HeadGradient) -> Row:
    drawn = consistent_digits(
        {"p": head.prediction, "y": head.target},
        {"grad": head.numbers},
        recompute=lambda seen: {"grad": seen["p"] - seen["y"]},
        near_1=("p",) if 1.0 in head.target else (),
    )
    note = _ON_DEFAULTS if head.on_defaults else ""
    return row(
        Cell(f"{head.title}.{note}" if note else head.title, href=head.address),
        written(head.equation, "grad"),
        Cell(drawn["p"].in_words(), colour="value"),
        Cell(drawn["y"].in_words(), colour="value"),
        Cell(drawn["grad"].in_words(), colour="grad"),
    )


def _slopes() -> Line:
    return Line(
        "Seen through the chain rule, two slopes cancel. That of the inverse link, the activation, is A″, the variance;"
        " and the loss divides by the variance. For a sigmoid and binary cross-entropy:",
        (
            Equation(
                maths("∂L/∂z", r"\frac{\partial L}{\partial z}"),
                maths("(p − y*) / (p (1 − p)) · p (1 − p)", r"\frac{p - y^{*}}{p\,(1 - p)} \cdot p\,(1 - p)"),
            ),
            Equation(None, maths("p − y*", "p - y^{*}")),
        ),
    )


def _consequences() -> Line:
    return Line(
        "What follows in practice. The head’s backward pass is one subtraction. Activation and loss belong in one"
        " op, as frameworks have them (F.cross_entropy, binary_cross_entropy_with_logits): the fused form never divides"
        " by a small p, and takes log p from z with the maximum subtracted. And the gradient is as large as the error:"
        " a model that is confident and wrong learns.",
        (
            Equation(
                maths("log p", r"\log p"),
                maths("z − log Σ exp(z)", r"z - \log \sum \exp(z)"),
                "value",
            ),
        ),
    )


def _through_softmax(drawn: dict[str, Array]) -> dict[str, Array]:
    """The mean v·p and ∂L/∂z, from what is drawn."""
    return {"mean": drawn["v"] @ drawn["p"], "grad": drawn["p"] * (drawn["v"] - drawn["mean"])}


def _contrast(head: HeadGradient) -> Line:
    """The pair that is not canonical, with its numbers."""
    assert head.upstream is not None
    mean = sum(one * other for one, other in zip(head.upstream, head.prediction, strict=True))
    drawn = consistent_digits(
        {"p": head.prediction, "v": head.upstream}, {"mean": mean}, {"grad": head.numbers}, recompute=_through_softmax
    )
    note = _ON_DEFAULTS if head.on_defaults else ""
    named = Piece(maths("∂L/∂z", r"\frac{\partial L}{\partial z}"), colour="grad")
    return Line(
        "For contrast, softmax with squared error. Here ∂L/∂p is prediction − target, but nothing in the loss divides"
        f" by p, so the Jacobian of the softmax stays.{note}",
        (
            Equation(
                maths("∂L/∂z", r"\frac{\partial L}{\partial z}"),
                maths("p ⊙ ((p − y*) − (p − y*)·p)", r"p \odot \left((p - y^{*}) - (p - y^{*}) \cdot p\right)"),
            ),
        ),
        (
            (
                named,
                sign("="),
                numbers(drawn["p"], "value"),
                sign("⊙ (", r"\odot\;("),
                numbers(drawn["v"], "grad"),
                sign("−", "-"),
                lone(drawn["mean"].texts[0], "grad", behind=True),
                sign(")"),
                equals(drawn, _through_softmax(seen(drawn)), "grad"),
                numbers(drawn["grad"], "grad"),
            ),
        ),
    )


def _saturated() -> Line:
    fused, other = saturated()
    z = [f"{number:g}" for number in CONFIDENT]
    return Line(
        f"It saturates, too. Let the scores be confident of the first class, z = ({', '.join(z)}), where the target is"
        " the second: the canonical pair sends back almost all of the error, and the other one almost nothing.",
        table=Table(
            "Confident and wrong",
            ("pair", "∂L/∂z"),
            tuple(
                row(
                    Cell(_loss(head.network).op.title if head.canonical else "softmax, then squared error"),
                    Cell(formatted(head.numbers).in_words(), colour="grad"),
                    apart=not head.canonical,
                )
                for head in (fused, other)
            ),
        ),
    )


def _short() -> Line:
    return Line(
        "In short: the canonical link makes z the natural parameter, the loss A(z) − y* z, and its slope mean − target."
        " So take the head from the kind of target: a number, squared error on z itself; yes or no, a sigmoid with"
        " binary cross-entropy; one of many, a softmax with cross-entropy; a count, exp with the Poisson loss. Where"
        " people deviate, as with focal or contrastive losses, they have a reason, and mostly they stay close to"
        " prediction − target."
    )
