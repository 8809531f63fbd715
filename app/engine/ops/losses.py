"""The losses: ops of a prediction and a target, with one number as output."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .kinds import Slope, loss
from .table import Array, Condition, Factor, Formula, Intermediate, Likelihood, Mistake, Reason


def _half_square(h: Array, y: Array) -> Array:
    error = h - y
    return np.asarray(0.5 * (error.dot(error) if error.ndim == 1 else np.vecdot(error, error)))


_MSE = loss(
    "mse",
    "squared error",
    _half_square,
    Formula("½‖$h − $y‖²", r"\tfrac{1}{2}\,\lVert $h - $y \rVert^{2}"),
    by_entries=Formula("½ Σᵢ ($hᵢ − $yᵢ)²", r"\tfrac{1}{2} \sum_i (${h}_i - ${y}_i)^{2}"),
    of="h",
    says="The loss is half the sum of the squared differences between prediction and target.",
    cost=1,
    intermediate=Intermediate(Formula("$h − $y", "$h - $y"), lambda inputs: inputs["h"] - inputs["y"]),
    terms=lambda i: [(Factor("", constant=0.5), Factor("local", i, power=2))],
    slope=Slope(
        Formula("$h − $y", "$h - $y"),
        lambda saved: saved["h"] - saved["y"],
        says="The gradient at the prediction is prediction − target: the ½ cancels the 2 of the square.",
        derivation=Reason(
            Formula("$v · ½ · 2 ($hᵢ − $yᵢ)", r"$v\cdot\tfrac{1}{2}\cdot 2\,(${h}_i - ${y}_i)"),
            "Only one square of the sum holds entry i; its derivative brings a 2.",
        ),
        conclusion="The 2 cancels the ½: prediction − target.",
        mistakes=(
            Mistake(
                "½ left out",
                "This is twice the gradient: the square brings a 2, and the ½ of the loss cancels it.",
                lambda v, saved: 2.0 * v * (saved["h"] - saved["y"]),
            ),
            Mistake(
                "½ not cancelled",
                "This is half the gradient: the square brings a 2, which cancels the ½ of the loss.",
                lambda v, saved: 0.5 * v * (saved["h"] - saved["y"]),
            ),
            Mistake(
                "mean of squares",
                "This is the gradient of the mean of the squares: the loss here is half their sum.",
                lambda v, saved: 2.0 * v * (saved["h"] - saved["y"]) / saved["y"].size,
            ),
            Mistake(
                "averaged twice",
                "This is divided by the number of entries twice: the loss here is a sum, not a mean.",
                lambda v, saved: v * (saved["h"] - saved["y"]) / saved["y"].size ** 2,
            ),
            Mistake(
                "mean undone",
                "This is multiplied by the number of entries: the loss here is a sum, so no 1/n has to be undone.",
                lambda v, saved: v * (saved["h"] - saved["y"]) * saved["y"].size,
            ),
            Mistake(
                "target forgotten",
                "This is $h alone: $y has to be subtracted.",
                lambda v, saved: v * saved["h"],
            ),
        ),
    ),
    convention="½ and a sum, not a mean",
    likelihood=Likelihood("Gaussian", "identity", None),
)
MSE = replace(_MSE, tidy=True)


def _likelihood(p: Array, y: Array) -> Array:
    """y log p + (1 − y) log(1 − p), entry by entry, and what IEEE makes of it: inf or nan where p is 0 or 1.

    Nothing is clipped: that this happens is why sigmoid and loss are better one op.
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # the passes watch the numbers themselves
        return np.asarray(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


def _bce_magnitude(p: Array, y: Array) -> Array:
    # 1 − p is rounded to a share of 1, also where p is small, and so its logarithm to as much of 1.
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((abs(y * np.log(p)) + abs((1.0 - y) * (1.0 - np.log(1.0 - p)))).sum(-1))


def _bce_slope(p: Array, y: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((p - y) / (p * (1.0 - p)))


# What is NaN comes first: so is a sum with it.
_LEAVES_ITS_DOMAIN = (
    Condition(
        lambda inputs: (inputs["p"] < 0.0) | (inputs["p"] > 1.0),
        "$p is not between 0 and 1, and there is no log of a negative number",
    ),
    Condition(
        lambda inputs: (inputs["p"] == 0.0) & (inputs["y"] == 0.0),
        "$p rounds to 0 and $y is 0, so $y log $p is 0 · log 0",
    ),
    Condition(
        lambda inputs: (inputs["p"] == 1.0) & (inputs["y"] == 1.0),
        "$p rounds to 1 and $y is 1, so (1 − $y) log(1 − $p) is 0 · log 0",
    ),
    Condition(lambda inputs: inputs["p"] == 0.0, "$p rounds to 0, so log $p is log 0 = −∞"),
    Condition(lambda inputs: inputs["p"] == 1.0, "$p rounds to 1, so log(1 − $p) is log 0 = −∞"),
)
_BCE = loss(
    "bce",
    "binary cross-entropy",
    lambda p, y: np.asarray(-_likelihood(p, y).sum(-1)),
    Formula("−Σ ($y ⊙ log $p + (1 − $y) ⊙ log(1 − $p))", r"-\sum\,($y \odot \log $p + (1 - $y) \odot \log(1 - $p))"),
    of="p",
    says="A target of 1 adds −log $p, a target of 0 adds −log(1 − $p): minus the log of its probability.",
    cost=4,
    intermediate=Intermediate(
        Formula("$y ⊙ log $p + (1 − $y) ⊙ log(1 − $p)", r"$y \odot \log $p + (1 - $y) \odot \log(1 - $p)"),
        lambda inputs: _likelihood(inputs["p"], inputs["y"]),
    ),
    terms=lambda i: [(Factor("", constant=-1.0), Factor("local", i))],
    slope=Slope(
        Formula("($p − $y) / ($p ⊙ (1 − $p))", r"\frac{$p - $y}{$p \odot (1 - $p)}"),
        lambda saved: _bce_slope(saved["p"], saved["y"]),
        says="Divided by $p (1 − $p), the difference is huge where $p is almost 0 or 1 and the target is far from $p.",
        derivation=Reason(
            Formula(
                "$v ((1 − $yᵢ) / (1 − $pᵢ) − $yᵢ / $pᵢ)",
                r"$v\,((1 - ${y}_i) \,/\, (1 - ${p}_i) - ${y}_i \,/\, ${p}_i)",
            ),
            "Only entry i of the sum holds $pᵢ, in two logarithms; the derivative of log is 1 over its argument.",
        ),
        conclusion="Both over one denominator: what is left on top is prediction − target.",
        cost=3,
        mistakes=(
            Mistake(
                "denominator forgotten",
                "This is $p − $y: the gradient at $p is that divided by $p (1 − $p).",
                lambda v, saved: v * (saved["p"] - saved["y"]),
            ),
        ),
    ),
    convention="a sum; no log is clipped",
    magnitude=_bce_magnitude,
)
BCE = replace(_BCE, undefined=_LEAVES_ITS_DOMAIN)
