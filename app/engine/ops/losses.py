"""The losses: ops of a prediction and a target, with one number as output; and `out`, where there is none."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from .kinds import Slope, loss
from .shapes import one_number
from .table import (
    Array,
    Condition,
    Entrywise,
    Factor,
    Formula,
    Intermediate,
    Jacobian,
    Likelihood,
    LocalDerivative,
    Mistake,
    Op,
    Reason,
    Saved,
    ShapeError,
    Vjp,
    size_of,
)


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
    terms=lambda i, _shapes: [(Factor("", constant=0.5), Factor("local", i, power=2))],
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
    terms=lambda i, _shapes: [(Factor("", constant=-1.0), Factor("local", i))],
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


def _square(h: Array, y: Array) -> Array:
    return np.asarray(2.0 * _half_square(h, y))


def _difference(inputs: Saved) -> Array:
    return inputs["h"] - inputs["y"]


_DIFFERENCE = Intermediate(Formula("$h − $y", "$h - $y"), _difference)
_TARGET_FORGOTTEN = "$h stands here without $y: the gradient has prediction − target in it."
_HALF_ASSUMED = Mistake(
    "½ assumed",
    "This is half the gradient: the square brings a 2, and this loss has no ½ to cancel it.",
    lambda v, saved: v * _difference(saved),
)

_SSE = loss(
    "sse",
    "sum of squares",
    _square,
    Formula("‖$h − $y‖²", r"\lVert $h - $y \rVert^{2}"),
    by_entries=Formula("Σᵢ ($hᵢ − $yᵢ)²", r"\sum_i (${h}_i - ${y}_i)^{2}"),
    of="h",
    says="The loss is the sum of the squared differences between prediction and target, without a ½.",
    cost=1,
    intermediate=_DIFFERENCE,
    terms=lambda i, _shapes: [(Factor("local", i, power=2),)],
    slope=Slope(
        Formula("2 ($h − $y)", r"2\,($h - $y)"),
        lambda saved: 2 * _difference(saved),
        says="The gradient at the prediction is 2 (prediction − target): no ½ cancels the 2 of the square.",
        derivation=None,
        conclusion="Only one square of the sum holds entry i; its derivative brings a 2, which stays.",
        cost=2,
        mistakes=(
            _HALF_ASSUMED,
            Mistake(
                "mean of half squares",
                "This is divided by the number of entries, and has no 2: the loss here is the sum of squares itself.",
                lambda v, saved: v * _difference(saved) / saved["y"].size,
            ),
            Mistake("target forgotten", _TARGET_FORGOTTEN, lambda v, saved: 2.0 * v * saved["h"]),
        ),
    ),
    convention="a sum, without ½",
)
SSE = replace(_SSE, tidy=True)

_MSE_MEAN = loss(
    "mse-mean",
    "mean squared error",
    lambda h, y: np.asarray(_square(h, y) / h.shape[-1]),
    Formula("(1/m) ‖$h − $y‖²", r"\tfrac{1}{m}\,\lVert $h - $y \rVert^{2}"),
    by_entries=Formula("(1/m) Σᵢ ($hᵢ − $yᵢ)²", r"\tfrac{1}{m} \sum_i (${h}_i - ${y}_i)^{2}"),
    of="h",
    says="The loss is the mean of the squared differences between the m entries of prediction and target.",
    cost=1,
    intermediate=_DIFFERENCE,
    terms=lambda i, shapes: [(Factor("", constant=1.0 / prod(shapes["h"])), Factor("local", i, power=2))],
    slope=Slope(
        Formula("(2/m) ($h − $y)", r"\tfrac{2}{m}\,($h - $y)"),
        lambda saved: 2 * _difference(saved) / saved["y"].shape[-1],
        says="The gradient at the prediction is prediction − target, times the 2 of the square and the mean’s 1/m.",
        of_mean=True,
        derivation=None,
        conclusion="Only one square of the mean holds entry i; its derivative brings a 2, and the 1/m stays.",
        cost=2,
        mistakes=(
            Mistake(
                "mean forgotten",
                "This is the gradient of the sum of squares: the mean divides it by the number of entries, m.",
                lambda v, saved: 2.0 * v * _difference(saved),
            ),
            Mistake(
                "½ assumed",
                "This is half the gradient: the square brings a 2, and this loss has no ½ to cancel it.",
                lambda v, saved: v * _difference(saved) / saved["y"].size,
            ),
            Mistake(
                "½ and a sum assumed",
                "This is $h − $y: the loss here is a mean of squares, so 2/m multiplies that.",
                lambda v, saved: v * _difference(saved),
            ),
            Mistake(
                "averaged twice",
                "This is divided by the number of entries twice: the 1/m of the mean comes once.",
                lambda v, saved: 2.0 * v * _difference(saved) / saved["y"].size ** 2,
            ),
            Mistake("target forgotten", _TARGET_FORGOTTEN, lambda v, saved: 2.0 * v * saved["h"] / saved["y"].size),
        ),
    ),
    convention="a mean over entries, without ½",
)
MSE_MEAN = replace(_MSE_MEAN, tidy=True)


def _weighted(h: Array, y: Array) -> tuple[Array, dict[str, Array]]:
    if h.shape != y.shape:
        raise ShapeError(f"out: output {h.shape} and upstream gradient {y.shape} differ")
    if not h.ndim:
        raise ShapeError(f"out: {h.shape} is not the shape of a vector")
    return np.asarray(h.dot(y) if h.ndim == 1 else np.vecdot(h, y)), {"y": y}


OUT = Op(
    "out",
    "weighted sum",
    ("h", "y"),
    "L",
    _weighted,
    shape=one_number("out", "h", "y"),
    saved=("y",),
    formula=Formula("$y · $h", r"$y \cdot $h"),
    says="There is no loss: each entry of $h is multiplied by the gradient $y that is given for it, and all are added.",
    cost=size_of("h"),
    entrywise=Entrywise(
        Formula("Σᵢ $yᵢ $hᵢ", r"\sum_i ${y}_i\,${h}_i"),
        "",
        lambda _at, shapes: [(Factor("y", i), Factor("h", i)) for i in np.ndindex(shapes["h"])],
    ),
    vjps={
        "h": Vjp(
            rule=lambda v, saved: (v[..., None] if v.ndim else v) * saved["y"],
            reads=("y",),
            formula=Formula("$v $local", r"$v\,$local"),
            local=LocalDerivative(
                Formula("$y", "$y"), lambda saved: saved["y"], combine=lambda v, y: (v[..., None] if v.ndim else v) * y
            ),
            says="The gradient at the output is the one that was given, $y: no loss has a part in it.",
            cost=size_of("h"),
            jacobian=Jacobian(
                lambda shapes: (1, prod(shapes["h"])),
                "a single row",
                lambda inputs: inputs["y"].reshape(1, -1),
                nonzero=size_of("h"),
                says="It is the gradient itself, but for v: there is nothing to avoid.",
                avoided=False,
            ),
            entrywise=Entrywise(
                Formula("$v $yᵢ", r"$v\,${y}_i"), "i", lambda at, _shapes: [(Factor("v"), Factor("local", at))]
            ),
            derivation=(
                Reason(
                    Formula("$v ∂$L/∂$hᵢ", r"$v\,\frac{\partial $L}{\partial ${h}_i}"),
                    "There is one output, the sum, so there is nothing to add over.",
                ),
                Reason(
                    Formula("$v $yᵢ", r"$v\,${y}_i"),
                    "Only one product of the sum holds entry i, and its factor is $yᵢ.",
                ),
            ),
            mistakes=(
                Mistake(
                    "given gradient forgotten",
                    "This is 1 for each entry: the gradient that is given, $y, multiplies it.",
                    lambda v, saved: v * np.ones_like(saved["y"]),
                ),
            ),
        )
    },
    convention="no loss: v* is given",
)
