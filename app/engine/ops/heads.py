"""The heads: an activation and its loss in one op, which takes what comes before the prediction.

Public names: `BCE_WITH_LOGITS`, `SOFTMAX_CROSS_ENTROPY`, `POISSON_NLL`.

Each pairs a loss with its canonical link (McCullagh & Nelder, "Generalized Linear Models", section 2.2), so the slope
of the link and that of the loss cancel, and ∂L/∂z is prediction − target. They keep the prediction, made on the way.
"""

from __future__ import annotations

import numpy as np

from .activations import sigmoid, softmax
from .losses import usual
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
    ShapeError,
    Vjp,
    row_of,
    size_of,
    vectors,
)


def _bce_with_logits(z: Array, y: Array) -> tuple[Array, dict[str, Array]]:
    vectors("bce-with-logits", "input", z, y)
    # log(1 + exp(z)) − y z with the larger of 0 and z taken out: nothing overflows, and where y z is the nearest
    # number to log(1 + exp(z)), as for z = 40 and y = 1, exp(−40) is left and not 0.
    losses = np.log1p(np.exp(-abs(z))) + z * (np.where(z > 0.0, 1.0, 0.0) - y)
    return np.asarray(losses.sum(-1)), {"p": sigmoid(z), "y": y}


BCE_WITH_LOGITS = Op(
    name="bce-with-logits",
    title="sigmoid + binary cross-entropy",
    inputs=("z", "y"),
    output="L",
    forward=_bce_with_logits,
    shape=lambda _shapes: (),
    saved=("p", "y"),
    formula=Formula("Σ (log(1 + exp($z)) − $y ⊙ $z)", r"\sum\,(\log(1 + \exp($z)) - $y \odot $z)"),
    says="The loss is minus the log of the probability that σ($z) gives to the target.",
    cost=lambda shapes: 3 * size_of("z")(shapes),
    entrywise=Entrywise(
        Formula("Σᵢ (log(1 + exp($zᵢ)) − $yᵢ $zᵢ)", r"\sum_i (\log(1 + \exp(${z}_i)) - ${y}_i\,${z}_i)"),
        "",
        lambda _at, shapes: [
            term
            for index in np.ndindex(shapes["z"])
            for term in (
                (Factor("local", index),),
                (Factor("", constant=-1.0), Factor("y", index), Factor("z", index)),
            )
        ],
    ),
    local=Local(
        Formula("log(1 + exp($z))", r"\log(1 + \exp($z))"), lambda inputs: np.asarray(np.logaddexp(0.0, inputs["z"]))
    ),
    vjps={
        "z": Vjp(
            rule=lambda v, saved: v[..., None] * (saved["p"] - saved["y"]),
            reads=("p", "y"),
            formula=Formula("$v $local", r"$v\,$local"),
            local=Local(
                Formula("(σ($z) − $y)", r"(\sigma($z) - $y)"),
                lambda saved: saved["p"] - saved["y"],
                lambda v, difference: v[..., None] * difference,
            ),
            says="The gradient is prediction − target: the slope of σ cancels.",
            cost=size_of("z"),
            jacobian=Jacobian(
                row_of("z"), "a single row", lambda inputs: (sigmoid(inputs["z"]) - inputs["y"]).reshape(1, -1)
            ),
            entrywise=Entrywise(
                Formula("$v (σ($zᵢ) − $yᵢ)", r"$v\,(\sigma(${z}_i) - ${y}_i)"),
                "i",
                lambda at, _shapes: [(Factor("v"), Factor("local", at))],
            ),
            derivation=(
                Reason(
                    Formula("$v ∂$L/∂$zᵢ", r"$v\,\frac{\partial $L}{\partial ${z}_i}"),
                    "There is one output, the loss, so there is nothing to add over.",
                ),
                Reason(
                    Formula(
                        "$v (exp($zᵢ) / (1 + exp($zᵢ)) − $yᵢ)",
                        r"$v\,(\exp(${z}_i) \,/\, (1 + \exp(${z}_i)) - ${y}_i)",
                    ),
                    "Only entry i of the sum holds $zᵢ: log has slope 1 over what is in it, and exp is its own slope.",
                ),
                Reason(
                    Formula("$v (σ($zᵢ) − $yᵢ)", r"$v\,(\sigma(${z}_i) - ${y}_i)"),
                    "The quotient is σ($zᵢ): prediction − target.",
                ),
            ),
            mistakes=(
                *usual(lambda saved: saved["p"] - saved["y"]),
                Mistake(
                    "slope of the head kept",
                    "The slope σ (1 − σ) is still in it: the slope of the loss cancels it.",
                    lambda v, saved: v * (saved["p"] - saved["y"]) * (saved["p"] * (1.0 - saved["p"])),
                ),
            ),
        ),
        # no rule for y: a target takes no gradient
    },
    convention="a sum, not a mean",
)


def _surprise(z: Array) -> Array:
    """log Σ exp(z) − z = −log softmax(z) of each vector, in z's shape and finite for any finite z.

    The largest entry is taken out of the sum, and log1p adds the others to its 1: a loss of exp(−40) is not 0.
    """
    below = z - z.max(-1, keepdims=True)
    others = np.exp(np.sort(below)[..., :-1])  # all but the largest, or but one of those that are as large
    return np.asarray(np.log1p(others.sum(-1, keepdims=True)) - below)


def _softmax_cross_entropy(z: Array, y: Array) -> tuple[Array, dict[str, Array]]:
    vectors("softmax-cross-entropy", "input", z, y)
    if not z.shape[-1]:
        raise ShapeError(f"softmax-cross-entropy: {z.shape} holds no classes")
    return np.asarray(np.vecdot(y, _surprise(z))), {"p": softmax(z), "y": y}


def _share_error(p: Array, y: Array) -> Array:
    return np.asarray(p * y.sum(-1, keepdims=True) - y)


def _through_softmax(v: Array, p: Array) -> Array:
    return np.asarray(p * (v - np.vecdot(v, p)[..., None]))


SOFTMAX_CROSS_ENTROPY = Op(
    name="softmax-cross-entropy",
    title="softmax + cross-entropy",
    inputs=("z", "y"),
    output="L",
    forward=_softmax_cross_entropy,
    shape=lambda _shapes: (),
    saved=("p", "y"),
    formula=Formula("−Σ $y ⊙ log softmax($z)", r"-\sum $y \odot \log \operatorname{softmax}($z)"),
    says="The loss is minus the log of the share that softmax($z) gives to the target.",
    cost=lambda shapes: 2 * size_of("z")(shapes),
    entrywise=Entrywise(
        Formula("Σᵢ $yᵢ (log Σⱼ exp($zⱼ) − $zᵢ)", r"\sum_i ${y}_i\,(\log \sum_j \exp(${z}_j) - ${z}_i)"),
        "",
        lambda _at, shapes: [(Factor("y", index), Factor("local", index)) for index in np.ndindex(shapes["z"])],
    ),
    local=Local(
        Formula("(log Σ exp($z) − $z)", r"(\log \sum \exp($z) - $z)"),
        lambda inputs: _surprise(inputs["z"]),
        entry=Formula("(log Σⱼ exp($zⱼ) − $zᵢ)", r"(\log \sum_j \exp(${z}_j) - ${z}_i)"),
    ),
    vjps={
        "z": Vjp(
            # With targets that sum to 1 this is p − y, to the last bit. It is written for any targets, since that is
            # the derivative of the formula above: one of p − y alone would be wrong for targets that do not.
            rule=lambda v, saved: v[..., None] * _share_error(saved["p"], saved["y"]),
            reads=("p", "y"),
            formula=Formula("$v $local", r"$v\,$local"),
            local=Local(
                Formula("(softmax($z) Σ $y − $y)", r"(\operatorname{softmax}($z) \sum $y - $y)"),
                lambda saved: _share_error(saved["p"], saved["y"]),
                lambda v, difference: v[..., None] * difference,
                entry=Formula("(softmax($z)ᵢ Σⱼ $yⱼ − $yᵢ)", r"(\operatorname{softmax}($z)_i \sum_j ${y}_j - ${y}_i)"),
            ),
            says="For targets that sum to 1 the gradient is softmax($z) − $y: prediction − target.",
            cost=lambda shapes: 3 * size_of("z")(shapes),
            jacobian=Jacobian(
                row_of("z"),
                "a single row",
                lambda inputs: _share_error(softmax(inputs["z"]), inputs["y"]).reshape(1, -1),
            ),
            entrywise=Entrywise(
                Formula("$v (softmax($z)ᵢ Σⱼ $yⱼ − $yᵢ)", r"$v\,(\operatorname{softmax}($z)_i \sum_j ${y}_j - ${y}_i)"),
                "i",
                lambda at, _shapes: [(Factor("v"), Factor("local", at))],
            ),
            derivation=(
                Reason(
                    Formula("$v ∂$L/∂$zᵢ", r"$v\,\frac{\partial $L}{\partial ${z}_i}"),
                    "There is one output, the loss, so there is nothing to add over.",
                ),
                Reason(
                    Formula(
                        "$v Σⱼ $yⱼ (exp($zᵢ) / Σₖ exp($zₖ) − δⱼᵢ)",
                        r"$v \sum_j ${y}_j\,(\exp(${z}_i) \,/\, \sum_k \exp(${z}_k) - \delta_{ji})",
                    ),
                    "Entry $zᵢ stands in the log Σ exp($z) of every class j, and is taken off in class i alone.",
                ),
                Reason(
                    Formula(
                        "$v (softmax($z)ᵢ Σⱼ $yⱼ − $yᵢ)",
                        r"$v\,(\operatorname{softmax}($z)_i \sum_j ${y}_j - ${y}_i)",
                    ),
                    "The quotient is softmax($z)ᵢ; where the targets sum to 1, this is prediction − target.",
                ),
            ),
            mistakes=(
                *usual(lambda saved: _share_error(saved["p"], saved["y"])),
                Mistake(
                    "slope of the head kept",
                    "The Jacobian of the softmax is still in it: the slope of the loss cancels it.",
                    lambda v, saved: _through_softmax(v * (saved["p"] - saved["y"]), saved["p"]),
                ),
                Mistake(
                    "target's entry only",
                    "Only the class of the target has a gradient here: the others share the sum, and have theirs.",
                    lambda v, saved: v * saved["y"] * (saved["p"] - 1.0),
                ),
            ),
        ),
        # no rule for y: a target takes no gradient
    },
    convention="a sum, not a mean",
)


def _poisson_nll(z: Array, y: Array) -> tuple[Array, dict[str, Array]]:
    vectors("poisson-nll", "input", z, y)
    rate = np.exp(z)
    return np.asarray((rate - y * z).sum(-1)), {"rate": rate, "y": y}


POISSON_NLL = Op(
    name="poisson-nll",
    title="exponential + Poisson loss",
    inputs=("z", "y"),
    output="L",
    forward=_poisson_nll,
    shape=lambda _shapes: (),
    saved=("rate", "y"),
    formula=Formula("Σ (exp($z) − $y ⊙ $z)", r"\sum\,(\exp($z) - $y \odot $z)"),
    says="The loss is minus the log-probability of the counts $y where exp($z) are expected.",
    cost=lambda shapes: 2 * size_of("z")(shapes),
    entrywise=Entrywise(
        Formula("Σᵢ (exp($zᵢ) − $yᵢ $zᵢ)", r"\sum_i (\exp(${z}_i) - ${y}_i\,${z}_i)"),
        "",
        lambda _at, shapes: [
            term
            for index in np.ndindex(shapes["z"])
            for term in (
                (Factor("local", index),),
                (Factor("", constant=-1.0), Factor("y", index), Factor("z", index)),
            )
        ],
    ),
    local=Local(Formula("exp($z)", r"\exp($z)"), lambda inputs: np.exp(inputs["z"])),
    vjps={
        "z": Vjp(
            rule=lambda v, saved: v[..., None] * (saved["rate"] - saved["y"]),
            reads=("rate", "y"),
            formula=Formula("$v $local", r"$v\,$local"),
            local=Local(
                Formula("(exp($z) − $y)", r"(\exp($z) - $y)"),
                lambda saved: saved["rate"] - saved["y"],
                lambda v, difference: v[..., None] * difference,
            ),
            says="The gradient is prediction − target: expected count minus count.",
            cost=size_of("z"),
            jacobian=Jacobian(
                row_of("z"), "a single row", lambda inputs: (np.exp(inputs["z"]) - inputs["y"]).reshape(1, -1)
            ),
            entrywise=Entrywise(
                Formula("$v (exp($zᵢ) − $yᵢ)", r"$v\,(\exp(${z}_i) - ${y}_i)"),
                "i",
                lambda at, _shapes: [(Factor("v"), Factor("local", at))],
            ),
            derivation=(
                Reason(
                    Formula("$v ∂$L/∂$zᵢ", r"$v\,\frac{\partial $L}{\partial ${z}_i}"),
                    "There is one output, the loss, so there is nothing to add over.",
                ),
                Reason(
                    Formula("$v (exp($zᵢ) − $yᵢ)", r"$v\,(\exp(${z}_i) - ${y}_i)"),
                    "Only entry i of the sum holds $zᵢ, and exp is its own derivative: prediction − target.",
                ),
            ),
            mistakes=(
                *usual(lambda saved: saved["rate"] - saved["y"]),
                Mistake(
                    "slope of the head kept",
                    "The slope exp($z) is still in it: the slope of the loss cancels it.",
                    lambda v, saved: v * (saved["rate"] - saved["y"]) * saved["rate"],
                ),
                Mistake(
                    "target forgotten",
                    "This is exp($z) alone: the term − $y ⊙ $z of the loss has a slope, too.",
                    lambda v, saved: v * saved["rate"],
                ),
            ),
        ),
        # no rule for y: a target takes no gradient
    },
    convention="a sum, log-factorials left out",
)
