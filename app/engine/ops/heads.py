"""The heads: an activation and its loss in one op, which takes what comes before the prediction.

Each pairs a loss with its canonical link (McCullagh & Nelder, "Generalized Linear Models", section 2.2), so the slope
of the inverse link (the activation) cancels against that of the loss, and ∂L/∂z is prediction − target. They save the
prediction, which they make on the way.
"""

from __future__ import annotations

import numpy as np

from .activations import EXP, SIGMOID, SOFTMAX, through_softmax
from .kinds import Slope, loss
from .losses import BCE
from .table import (
    Array,
    Condition,
    Factor,
    Formula,
    Index,
    Intermediate,
    Likelihood,
    Mistake,
    Reason,
    Saved,
    ShapeError,
    Shapes,
    Term,
)

_NEGATIVE = Condition(lambda inputs: inputs["y"] < 0.0, "$y is negative", "$y are negative")


def _bce_with_logits(z: Array, y: Array) -> Array:
    # log(1 + exp(z)) − y z with the larger of 0 and z taken out: nothing overflows, and where y z is the nearest
    # number to log(1 + exp(z)), as for z = 40 and y = 1, exp(−40) is left and not 0.
    log, product = _log_and_product(z, y)
    return np.asarray((log + product).sum(-1))


def _log_and_product(z: Array, y: Array) -> tuple[Array, Array]:
    return np.log1p(np.exp(-abs(z))), z * (np.where(z > 0.0, 1.0, 0.0) - y)


def _less_y_z(i: Index, _shapes: Shapes) -> list[Term]:
    """The terms of entry i of A(z) − y z, where A(z) is the intermediate number."""
    return [(Factor("local", i),), (Factor("", constant=-1.0), Factor("y", i), Factor("z", i))]


BCE_WITH_LOGITS = loss(
    "bce-with-logits",
    "sigmoid + binary cross-entropy",
    _bce_with_logits,
    Formula("Σ (log(1 + exp($z)) − $y ⊙ $z)", r"\sum\,(\log(1 + \exp($z)) - $y \odot $z)"),
    of="z",
    says="A target of 1 adds −log σ($z), a target of 0 adds −log(1 − σ($z)): minus the log of its probability.",
    cost=3,
    intermediate=Intermediate(
        Formula("log(1 + exp($z))", r"\log(1 + \exp($z))"), lambda inputs: np.asarray(np.logaddexp(0.0, inputs["z"]))
    ),
    terms=_less_y_z,
    slope=Slope(
        Formula("σ($z) − $y", r"\sigma($z) - $y"),
        lambda saved: saved["p"] - saved["y"],
        says="The gradient is prediction − target: the slope of the activation σ cancels.",
        derivation=Reason(
            Formula("$v (exp($zᵢ) / (1 + exp($zᵢ)) − $yᵢ)", r"$v\,(\exp(${z}_i) \,/\, (1 + \exp(${z}_i)) - ${y}_i)"),
            "Only entry i of the sum holds $zᵢ: the derivative of log is 1 over its argument, and exp is its own.",
        ),
        conclusion="The quotient is σ($zᵢ): prediction − target.",
        mistakes=(
            Mistake(
                "slope not cancelled",
                "This still has the slope σ (1 − σ) in it, which cancels against the slope of the loss.",
                lambda v, saved: v * (saved["p"] - saved["y"]) * (saved["p"] * (1.0 - saved["p"])),
            ),
            Mistake(
                "target forgotten",
                "This is the prediction σ($z) alone: $y has to be subtracted.",
                lambda v, saved: v * saved["p"],
            ),
        ),
    ),
    convention="a sum, not a mean",
    likelihood=Likelihood(
        "Bernoulli",
        "logit",
        SIGMOID,
        BCE,
        outside=(
            Condition(
                lambda inputs: (inputs["y"] < 0.0) | (inputs["y"] > 1.0),
                "$y is not between 0 and 1",
                "$y are not between 0 and 1",
            ),
        ),
    ),
    magnitude=lambda z, y: np.abs(_log_and_product(z, y)).sum((0, -1)),
)


def _surprise(z: Array) -> Array:
    """log Σ exp(z) − z = −log softmax(z) of each vector, in z's shape and finite for any finite z.

    The largest entry is taken out of the sum, and log1p adds the others to its 1: a loss of exp(−40) is not 0.
    """
    below = z - z.max(-1, keepdims=True)
    others = np.exp(np.sort(below)[..., :-1])  # all but the largest, or but one of those that are as large
    return np.asarray(np.log1p(others.sum(-1, keepdims=True)) - below)


def _softmax_cross_entropy(z: Array, y: Array) -> Array:
    if not z.shape[-1]:
        raise ShapeError(f"softmax-cross-entropy: {z.shape} holds no classes")
    return np.asarray(np.vecdot(y, _surprise(z)))


def _sum(y: Array) -> Array:
    """The sum of each vector of targets, on an axis of length 1; exactly 1 where it is 1 but for rounding."""
    total = y.sum(-1, keepdims=True)
    return np.where(abs(total - 1.0) <= (y.shape[-1] - 1) * np.finfo(np.float64).eps, 1.0, total)


def _softmax_slope(saved: Saved) -> Array:
    """p Σ y − y, in the shape of z: for targets that sum to 1 this is p − y, to the last bit."""
    return np.asarray(saved["p"] * _sum(saved["y"]) - saved["y"])


SOFTMAX_CROSS_ENTROPY = loss(
    "softmax-cross-entropy",
    "softmax + cross-entropy",
    _softmax_cross_entropy,
    Formula("−Σ $y ⊙ log softmax($z)", r"-\sum $y \odot \log \operatorname{softmax}($z)"),
    by_entries=Formula("Σᵢ $yᵢ (log Σⱼ exp($zⱼ) − $zᵢ)", r"\sum_i ${y}_i\,(\log \sum_j \exp(${z}_j) - ${z}_i)"),
    of="z",
    says="Each class adds −log of its probability, an entry of softmax($z), times its target.",
    cost=2,
    intermediate=Intermediate(
        Formula("log Σ exp($z) − $z", r"\log \sum \exp($z) - $z"),
        lambda inputs: _surprise(inputs["z"]),
        entry=Formula("log Σⱼ exp($zⱼ) − $zᵢ", r"\log \sum_j \exp(${z}_j) - ${z}_i"),
    ),
    terms=lambda i, _shapes: [(Factor("y", i), Factor("local", i))],
    slope=Slope(
        Formula("$p − $y", "$p - $y"),
        _softmax_slope,
        says="The gradient is prediction − target, where $p = softmax($z): the softmax’s own Jacobian cancels.",
        derivation=None,
        conclusion="The targets sum to 1: what is left is prediction − target.",
        holds=lambda saved: bool((_sum(saved["y"]) == 1.0).all()),
        general=Slope(
            Formula("$p Σ $y − $y", r"$p \sum $y - $y"),
            _softmax_slope,
            entry=Formula("$pᵢ Σⱼ $yⱼ − $yᵢ", r"${p}_i \sum_j ${y}_j - ${y}_i"),
            says="These targets do not sum to 1, so their sum multiplies $p = softmax($z): $p − $y would be wrong.",
            derivation=Reason(
                Formula(
                    "$v Σⱼ $yⱼ (exp($zᵢ) / Σₖ exp($zₖ) − δⱼᵢ)",
                    r"$v \sum_j ${y}_j\,(\exp(${z}_i) \,/\, \sum_k \exp(${z}_k) - \delta_{ji})",
                ),
                "Entry $zᵢ stands in the log Σ exp($z) of every class j, and is subtracted in class i alone.",
            ),
            conclusion="The quotient is $pᵢ, entry i of softmax($z), for every class j: this holds for any targets.",
            cost=3,
        ),
        mistakes=(
            Mistake(
                "slope not cancelled",
                "This still has the Jacobian of the softmax in it, which cancels against the slope of the loss.",
                lambda v, saved: through_softmax(v * (saved["p"] - saved["y"]), saved["p"]),
            ),
            Mistake(
                "target’s entry only",
                "This has a gradient in the target’s class alone: the other classes are in the sum, and have theirs.",
                lambda v, saved: v * saved["y"] * (saved["p"] - 1.0),
            ),
            Mistake(
                "target forgotten",
                "This is the prediction softmax($z) alone: the target $y has a part in the gradient, too.",
                lambda v, saved: v * saved["p"],
            ),
        ),
    ),
    convention="a sum, not a mean",
    likelihood=Likelihood(
        "multinomial",
        "multinomial logit",
        SOFTMAX,
        outside=(
            _NEGATIVE,
            Condition(lambda inputs: _sum(inputs["y"])[..., 0] != 1.0, "$y does not sum to 1"),
        ),
    ),
    magnitude=lambda z, y: np.vecdot(abs(y), _surprise(z)),
)


POISSON_NLL = loss(
    "poisson-nll",
    "exponential + Poisson loss",
    lambda z, y: np.asarray((np.exp(z) - y * z).sum(-1)),
    Formula("Σ (exp($z) − $y ⊙ $z)", r"\sum\,(\exp($z) - $y \odot $z)"),
    of="z",
    says="The loss is minus the log-likelihood of the counts $y at the rates exp($z), without the constant Σ log($y!).",
    cost=2,
    intermediate=Intermediate(Formula("exp($z)", r"\exp($z)"), lambda inputs: np.exp(inputs["z"])),
    terms=_less_y_z,
    slope=Slope(
        Formula("exp($z) − $y", r"\exp($z) - $y"),
        lambda saved: saved["p"] - saved["y"],
        says="The gradient is prediction − target: expected count minus count.",
        derivation=None,
        conclusion="Only entry i of the sum holds $zᵢ, and exp is its own derivative: prediction − target.",
        mistakes=(
            Mistake(
                "slope not cancelled",
                "This still has the slope exp($z) in it, which cancels against the slope of the loss.",
                lambda v, saved: v * (saved["p"] - saved["y"]) * saved["p"],
            ),
            Mistake(
                "target forgotten",
                "This is exp($z) alone: the term − $y ⊙ $z of the loss has a slope, too.",
                lambda v, saved: v * saved["p"],
            ),
        ),
    ),
    convention="a sum, without Σ log(y*!)",
    likelihood=Likelihood(
        "Poisson",
        "log",
        EXP,
        outside=(
            _NEGATIVE,
            Condition(
                lambda inputs: (inputs["y"] >= 0.0) & (inputs["y"] != np.floor(inputs["y"])),
                "$y is not a whole number",
                "$y are not whole numbers",
            ),
        ),
    ),
    magnitude=lambda z, y: (np.exp(z) + abs(y * z)).sum(-1),
)
