"""The losses: ops of a prediction and a target, with one number as output.

Public names: `MSE`, `BCE`, and `usual`, the mistakes that people make at any loss.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .table import (
    Array,
    Entrywise,
    Factor,
    Formula,
    Jacobian,
    Local,
    Mistake,
    Op,
    Reason,
    Saved,
    Vjp,
    row_of,
    size_of,
    vectors,
)


def usual(slope: Callable[[Saved], Array]) -> tuple[Mistake, ...]:
    """The mistakes people make at a loss whose gradient is v `slope(saved)`, a slope with a difference in it."""
    return (
        Mistake(
            "target − prediction",
            "The difference is turned round: the gradient of a loss has prediction − target in it.",
            lambda v, saved: -v * slope(saved),
            covers="sign",
        ),
        Mistake(
            "loss averaged",
            "This is divided by the number of entries: the loss here is a sum, not a mean.",
            lambda v, saved: v * slope(saved) / slope(saved).size,
        ),
    )


def _mse(h: Array, y: Array) -> tuple[Array, dict[str, Array]]:
    vectors("mse", "prediction", h, y)
    error = h - y
    return np.asarray(0.5 * np.vecdot(error, error)), {"h": h, "y": y}


_ERROR = Local(
    Formula("($h − $y)", r"($h - $y)"),
    lambda saved: saved["h"] - saved["y"],
    lambda v, difference: v[..., None] * difference,
)

MSE = Op(
    name="mse",
    title="squared error",
    inputs=("h", "y"),
    output="L",
    forward=_mse,
    shape=lambda _shapes: (),
    saved=("h", "y"),
    formula=Formula("½‖$h − $y‖²", r"\tfrac{1}{2}\,\lVert $h - $y \rVert^{2}"),
    says="The loss is half the sum of the squared differences between prediction and target.",
    cost=size_of("h"),
    entrywise=Entrywise(
        Formula("½ Σᵢ ($hᵢ − $yᵢ)²", r"\tfrac{1}{2} \sum_i (${h}_i - ${y}_i)^{2}"),
        "",
        lambda _at, shapes: [
            (Factor("", constant=0.5), Factor("local", index, power=2)) for index in np.ndindex(shapes["h"])
        ],
    ),
    local=_ERROR,
    vjps={
        "h": Vjp(
            rule=lambda v, saved: v[..., None] * (saved["h"] - saved["y"]),
            reads=("h", "y"),
            formula=Formula("$v $local", r"$v\,$local"),
            local=_ERROR,
            says="The gradient at the prediction is prediction − target: the ½ cancels the 2 of the square.",
            cost=size_of("h"),
            jacobian=Jacobian(
                row_of("h"),
                "a single row",
                lambda inputs: (inputs["h"] - inputs["y"]).reshape(1, -1),
            ),
            entrywise=Entrywise(
                Formula("$v ($hᵢ − $yᵢ)", r"$v\,(${h}_i - ${y}_i)"),
                "i",
                lambda at, _shapes: [(Factor("v"), Factor("local", at))],
            ),
            derivation=(
                Reason(
                    Formula("$v ∂$L/∂$hᵢ", r"$v\,\frac{\partial $L}{\partial ${h}_i}"),
                    "There is one output, the loss, so there is nothing to add over.",
                ),
                Reason(
                    Formula("$v · ½ · 2 ($hᵢ − $yᵢ)", r"$v\cdot\tfrac{1}{2}\cdot 2\,(${h}_i - ${y}_i)"),
                    "Only one square of the sum holds entry i; its derivative brings a 2.",
                ),
                Reason(Formula("$v ($hᵢ − $yᵢ)", r"$v\,(${h}_i - ${y}_i)"), "The 2 meets the ½: prediction − target."),
            ),
            mistakes=(
                *usual(_ERROR.numbers),
                Mistake(
                    "½ left out",
                    "This is twice too much: the square brings a 2, and the ½ of the loss cancels it.",
                    lambda v, saved: 2.0 * v * (saved["h"] - saved["y"]),
                ),
                Mistake(
                    "½ kept",
                    "This is half of it: the square brings a 2, which cancels the ½ of the loss.",
                    lambda v, saved: 0.5 * v * (saved["h"] - saved["y"]),
                ),
            ),
        ),
        # no rule for y: a target takes no gradient
    },
    convention="½ and a sum, not a mean",
)


def _likelihood(p: Array, y: Array) -> Array:
    """y log p + (1 − y) log(1 − p), entry by entry, and what IEEE makes of it: inf or nan where p is 0 or 1.

    Nothing is clipped: that this happens is why sigmoid and loss are better one op.
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # the passes watch the numbers themselves
        return np.asarray(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


def _bce_slope(p: Array, y: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((p - y) / (p * (1.0 - p)))


def _bce(p: Array, y: Array) -> tuple[Array, dict[str, Array]]:
    vectors("bce", "prediction", p, y)
    return np.asarray(-_likelihood(p, y).sum(-1)), {"p": p, "y": y}


BCE = Op(
    name="bce",
    title="binary cross-entropy",
    inputs=("p", "y"),
    output="L",
    forward=_bce,
    shape=lambda _shapes: (),
    saved=("p", "y"),
    formula=Formula(
        "−Σ ($y ⊙ log $p + (1 − $y) ⊙ log(1 − $p))",
        r"-\sum\,($y \odot \log $p + (1 - $y) \odot \log(1 - $p))",
    ),
    says="The loss is minus the log of the probability that $p gives to the target.",
    cost=lambda shapes: 4 * size_of("p")(shapes),
    entrywise=Entrywise(
        Formula(
            "−Σᵢ ($yᵢ log $pᵢ + (1 − $yᵢ) log(1 − $pᵢ))",
            r"-\sum_i (${y}_i \log ${p}_i + (1 - ${y}_i) \log(1 - ${p}_i))",
        ),
        "",
        lambda _at, shapes: [(Factor("", constant=-1.0), Factor("local", index)) for index in np.ndindex(shapes["p"])],
    ),
    local=Local(
        Formula("($y ⊙ log $p + (1 − $y) ⊙ log(1 − $p))", r"($y \odot \log $p + (1 - $y) \odot \log(1 - $p))"),
        lambda inputs: _likelihood(inputs["p"], inputs["y"]),
        entry=Formula(
            "($yᵢ log $pᵢ + (1 − $yᵢ) log(1 − $pᵢ))",
            r"(${y}_i \log ${p}_i + (1 - ${y}_i) \log(1 - ${p}_i))",
        ),
    ),
    vjps={
        "p": Vjp(
            rule=lambda v, saved: v[..., None] * _bce_slope(saved["p"], saved["y"]),
            reads=("p", "y"),
            formula=Formula("$v $local", r"$v\,$local"),
            local=Local(
                Formula("($p − $y) / ($p ⊙ (1 − $p))", r"\frac{$p - $y}{$p \odot (1 - $p)}"),
                lambda saved: _bce_slope(saved["p"], saved["y"]),
                lambda v, slope: v[..., None] * slope,
                entry=Formula("($pᵢ − $yᵢ) / ($pᵢ (1 − $pᵢ))", r"\frac{${p}_i - ${y}_i}{${p}_i\,(1 - ${p}_i)}"),
            ),
            says="The difference is divided by $p (1 − $p): huge where $p is almost 0 or 1, and a division by 0 there.",
            cost=lambda shapes: 3 * size_of("p")(shapes),
            jacobian=Jacobian(
                row_of("p"),
                "a single row",
                lambda inputs: _bce_slope(inputs["p"], inputs["y"]).reshape(1, -1),
            ),
            entrywise=Entrywise(
                Formula("$v ($pᵢ − $yᵢ) / ($pᵢ (1 − $pᵢ))", r"$v\,\frac{${p}_i - ${y}_i}{${p}_i\,(1 - ${p}_i)}"),
                "i",
                lambda at, _shapes: [(Factor("v"), Factor("local", at))],
            ),
            derivation=(
                Reason(
                    Formula("$v ∂$L/∂$pᵢ", r"$v\,\frac{\partial $L}{\partial ${p}_i}"),
                    "There is one output, the loss, so there is nothing to add over.",
                ),
                Reason(
                    Formula(
                        "$v ((1 − $yᵢ) / (1 − $pᵢ) − $yᵢ / $pᵢ)",
                        r"$v\,((1 - ${y}_i) \,/\, (1 - ${p}_i) - ${y}_i \,/\, ${p}_i)",
                    ),
                    "Only entry i of the sum holds $pᵢ, in two logarithms; log has slope 1 over what is in it.",
                ),
                Reason(
                    Formula("$v ($pᵢ − $yᵢ) / ($pᵢ (1 − $pᵢ))", r"$v\,\frac{${p}_i - ${y}_i}{${p}_i\,(1 - ${p}_i)}"),
                    "Both over one denominator: what is left on top is prediction − target.",
                ),
            ),
            mistakes=(
                *usual(lambda saved: _bce_slope(saved["p"], saved["y"])),
                Mistake(
                    "denominator forgotten",
                    "This is $p − $y: it has to be divided by $p (1 − $p) as long as $p is what is asked about.",
                    lambda v, saved: v * (saved["p"] - saved["y"]),
                ),
            ),
        ),
        # no rule for y: a target takes no gradient
    },
    convention="a sum; no log is clipped",
)
