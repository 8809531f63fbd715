"""The activations: ops of one input, with an output of its shape.

Public names: `RELU`, `SIGMOID`, `EXP`, `SOFTMAX`, and `sigmoid`, `softmax`, which the losses and heads use too.
"""

from __future__ import annotations

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
    ShapeError,
    Vjp,
    size_of,
    square_of,
)


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(−z)), entry by entry, in z's shape: exp is taken of −|z| only, so nothing overflows."""
    small = np.exp(-abs(z))
    return np.asarray(np.where(z >= 0.0, 1.0, small) / (1.0 + small))


def softmax(z: Array) -> Array:
    """exp(z) / Σ exp(z) of each vector, in z's shape: the largest entry is taken off first, so nothing overflows."""
    shares = np.exp(z - z.max(-1, keepdims=True))
    return np.asarray(shares / shares.sum(-1, keepdims=True))


def _relu(z: Array) -> tuple[Array, dict[str, Array]]:
    return np.maximum(z, 0.0), {"z": z}


# An array of 0 and 1 by which the ReLU lets entries through, in both directions.
_OPEN = Local(
    Formula("𝟙[$z > 0]", r"\mathbb{1}[$z > 0]"),
    lambda saved: (saved["z"] > 0.0).astype(np.float64),
    lambda v, mask: v * mask,
    whole=True,
)
RELU = Op(
    name="relu",
    title="ReLU",
    inputs=("z",),
    output="h",
    forward=_relu,
    shape=lambda shapes: shapes["z"],
    saved=("z",),
    formula=Formula("max(0, $z)", r"\max(0,\,$z)"),
    says="What is positive passes; what is not becomes 0.",
    cost=size_of("z"),
    entrywise=Entrywise(
        Formula("max(0, $zᵢ)", r"\max(0,\,${z}_i)"), "i", lambda at, _shapes: [(Factor("local", at), Factor("z", at))]
    ),
    local=_OPEN,
    vjps={
        "z": Vjp(
            # where(), not a product with the mask: v · 0 would be NaN for an infinite v, and −0 for a negative one.
            # NB: like PyTorch and JAX, the derivative at exactly 0 is 0.
            rule=lambda v, saved: np.where(saved["z"] > 0.0, v, 0.0),
            reads=("z",),
            formula=Formula("$v ⊙ $local", r"$v \odot $local"),
            local=_OPEN,
            says="Open units pass the upstream gradient; shut units pass exactly 0.",
            cost=size_of("z"),
            jacobian=Jacobian(
                square_of("z"),
                "a diagonal of 0 and 1",
                lambda inputs: np.diag((inputs["z"].ravel() > 0.0).astype(np.float64)),
            ),
            entrywise=Entrywise(
                Formula("$vᵢ 𝟙[$zᵢ > 0]", r"${v}_i\,\mathbb{1}[${z}_i > 0]"),
                "i",
                lambda at, _shapes: [(Factor("v", at), Factor("local", at))],
            ),
            derivation=(
                Reason(
                    Formula("Σₖ $vₖ ∂$hₖ/∂$zᵢ", r"\sum_k ${v}_k\,\frac{\partial ${h}_k}{\partial ${z}_i}"),
                    "Chain rule: add over every output that $z reaches.",
                ),
                Reason(
                    Formula("Σₖ $vₖ δₖᵢ 𝟙[$zᵢ > 0]", r"\sum_k ${v}_k\,\delta_{ki}\,\mathbb{1}[${z}_i > 0]"),
                    "Each output sees its own entry only: slope 1 where it is positive, else 0.",
                ),
                Reason(
                    Formula("$vᵢ 𝟙[$zᵢ > 0]", r"${v}_i\,\mathbb{1}[${z}_i > 0]"),
                    "A product entry by entry: no matrix is left.",
                ),
            ),
            inactive=lambda saved: saved["z"] <= 0.0,
            inactive_reason="$z ≤ 0",
            mistakes=(
                Mistake(
                    "mask forgotten",
                    "The mask is missing: v has passed shut units, too. Where $z ≤ 0, nothing flows back.",
                    lambda v, _saved: v,
                ),
            ),
        ),
    },
    convention="ReLU′(0) = 0",
    branch=lambda saved: saved["z"] > 0.0,
)


def _sigmoid(z: Array) -> tuple[Array, dict[str, Array]]:
    h = sigmoid(z)
    return h, {"h": h}


SIGMOID = Op(
    name="sigmoid",
    title="sigmoid",
    inputs=("z",),
    output="h",
    forward=_sigmoid,
    shape=lambda shapes: shapes["z"],
    saved=("h",),
    formula=Formula("σ($z)", r"\sigma($z)"),
    says="Each number is squeezed between 0 and 1, and 0 becomes ½.",
    cost=lambda shapes: 2 * size_of("z")(shapes),
    entrywise=Entrywise(Formula("σ($zᵢ)", r"\sigma(${z}_i)"), "i", lambda at, _shapes: [(Factor("local", at),)]),
    local=Local(Formula("σ($z)", r"\sigma($z)"), lambda inputs: sigmoid(inputs["z"])),
    vjps={
        "z": Vjp(
            rule=lambda v, saved: v * (saved["h"] * (1.0 - saved["h"])),
            reads=("h",),
            formula=Formula("$v ⊙ $local", r"$v \odot $local"),
            local=Local(
                Formula("$h ⊙ (1 − $h)", r"$h \odot (1 - $h)"),
                lambda saved: saved["h"] * (1.0 - saved["h"]),
                lambda v, slope: v * slope,
                entry=Formula("$hᵢ (1 − $hᵢ)", r"${h}_i\,(1 - ${h}_i)"),
            ),
            says="The slope comes from the output alone: at most ¼, and close to 0 where $h is close to 0 or 1.",
            cost=lambda shapes: 2 * size_of("z")(shapes),
            jacobian=Jacobian(
                square_of("z"),
                "a diagonal",
                lambda inputs: np.diag((sigmoid(inputs["z"]) * (1.0 - sigmoid(inputs["z"]))).ravel()),
            ),
            entrywise=Entrywise(
                Formula("$vᵢ $hᵢ (1 − $hᵢ)", r"${v}_i\,${h}_i\,(1 - ${h}_i)"),
                "i",
                lambda at, _shapes: [(Factor("v", at), Factor("local", at))],
            ),
            derivation=(
                Reason(
                    Formula("Σₖ $vₖ ∂$hₖ/∂$zᵢ", r"\sum_k ${v}_k\,\frac{\partial ${h}_k}{\partial ${z}_i}"),
                    "Chain rule: add over every output that $z reaches.",
                ),
                Reason(
                    Formula(
                        "Σₖ $vₖ δₖᵢ exp(−$zᵢ) / (1 + exp(−$zᵢ))²",
                        r"\sum_k ${v}_k\,\delta_{ki}\,\exp(-${z}_i) \,/\, (1 + \exp(-${z}_i))^{2}",
                    ),
                    "Each output sees its own entry only; this is the slope of 1 / (1 + exp(−$zᵢ)).",
                ),
                Reason(
                    Formula("$vᵢ $hᵢ (1 − $hᵢ)", r"${v}_i\,${h}_i\,(1 - ${h}_i)"),
                    "One factor 1 / (1 + exp(−$zᵢ)) is $hᵢ, and what is left is 1 − $hᵢ.",
                ),
            ),
            mistakes=(
                Mistake(
                    "slope forgotten",
                    "The slope of the sigmoid is missing: v is multiplied by $h (1 − $h).",
                    lambda v, _saved: v,
                ),
                Mistake(
                    "output for slope",
                    "This is v times $h: the slope of the sigmoid is $h (1 − $h), not $h.",
                    lambda v, saved: v * saved["h"],
                ),
            ),
        ),
    },
)


def _exp(z: Array) -> tuple[Array, dict[str, Array]]:
    h = np.exp(z)
    return h, {"h": h}


EXP = Op(
    name="exp",
    title="exponential",
    inputs=("z",),
    output="h",
    forward=_exp,
    shape=lambda shapes: shapes["z"],
    saved=("h",),
    formula=Formula("exp($z)", r"\exp($z)"),
    says="Each number becomes e to its power, which is positive whatever the number.",
    cost=size_of("z"),
    entrywise=Entrywise(Formula("exp($zᵢ)", r"\exp(${z}_i)"), "i", lambda at, _shapes: [(Factor("local", at),)]),
    local=Local(Formula("exp($z)", r"\exp($z)"), lambda inputs: np.exp(inputs["z"])),
    vjps={
        "z": Vjp(
            rule=lambda v, saved: v * saved["h"],
            reads=("h",),
            formula=Formula("$v ⊙ $local", r"$v \odot $local"),
            local=Local(Formula("$h", "$h"), lambda saved: saved["h"], lambda v, slope: v * slope),
            says="The exponential is its own slope, so the output is used once more.",
            cost=size_of("z"),
            jacobian=Jacobian(square_of("z"), "a diagonal", lambda inputs: np.diag(np.exp(inputs["z"].ravel()))),
            entrywise=Entrywise(
                Formula("$vᵢ $hᵢ", r"${v}_i\,${h}_i"),
                "i",
                lambda at, _shapes: [(Factor("v", at), Factor("local", at))],
            ),
            derivation=(
                Reason(
                    Formula("Σₖ $vₖ ∂$hₖ/∂$zᵢ", r"\sum_k ${v}_k\,\frac{\partial ${h}_k}{\partial ${z}_i}"),
                    "Chain rule: add over every output that $z reaches.",
                ),
                Reason(
                    Formula("Σₖ $vₖ δₖᵢ exp($zᵢ)", r"\sum_k ${v}_k\,\delta_{ki}\,\exp(${z}_i)"),
                    "Each output sees its own entry only, and exp is its own derivative.",
                ),
                Reason(Formula("$vᵢ $hᵢ", r"${v}_i\,${h}_i"), "The output is exp($zᵢ), and it was kept."),
            ),
            mistakes=(
                Mistake(
                    "slope forgotten",
                    "The slope of the exponential is missing: v is multiplied by $h.",
                    lambda v, _saved: v,
                ),
            ),
        ),
    },
)


def _softmax(z: Array) -> tuple[Array, dict[str, Array]]:
    if not z.ndim or not z.shape[-1]:
        raise ShapeError(f"softmax: {z.shape} is not the shape of a vector")
    p = softmax(z)
    return p, {"p": p}


def _softmax_matrix(z: Array) -> Array:
    p = softmax(z)
    return np.asarray(np.diag(p) - np.outer(p, p))


SOFTMAX = Op(
    name="softmax",
    title="softmax",
    inputs=("z",),
    output="p",
    forward=_softmax,
    shape=lambda shapes: shapes["z"],
    saved=("p",),
    formula=Formula("exp($z) / Σ exp($z)", r"\exp($z) \,/\, \sum \exp($z)"),
    says="Each number becomes a share: e to its power, divided by the sum of them all.",
    cost=lambda shapes: 2 * size_of("z")(shapes),
    entrywise=Entrywise(
        Formula("exp($zᵢ) / Σⱼ exp($zⱼ)", r"\exp(${z}_i) \,/\, \sum_j \exp(${z}_j)"),
        "i",
        lambda at, _shapes: [(Factor("local", at),)],
    ),
    local=Local(
        Formula("exp($z) / Σ exp($z)", r"\exp($z) \,/\, \sum \exp($z)"),
        lambda inputs: softmax(inputs["z"]),
        entry=Formula("exp($zᵢ) / Σⱼ exp($zⱼ)", r"\exp(${z}_i) \,/\, \sum_j \exp(${z}_j)"),
    ),
    vjps={
        "z": Vjp(
            rule=lambda v, saved: saved["p"] * (v - np.vecdot(v, saved["p"])[..., None]),
            reads=("p",),
            formula=Formula("$local ⊙ ($v − $v·$local)", r"$local \odot ($v - $v \cdot $local)"),
            local=Local(
                Formula("$p", "$p"), lambda saved: saved["p"], lambda v, p: p * (v - np.vecdot(v, p)[..., None])
            ),
            says="From each upstream entry the mean v·$p is taken off, and $p weighs what is left.",
            cost=lambda shapes: 2 * size_of("z")(shapes),
            jacobian=Jacobian(square_of("z"), "dense and symmetric", lambda inputs: _softmax_matrix(inputs["z"])),
            entrywise=Entrywise(
                Formula("$pᵢ ($vᵢ − Σⱼ $vⱼ $pⱼ)", r"${p}_i\,(${v}_i - \sum_j ${v}_j\,${p}_j)"),
                "i",
                lambda at, shapes: [
                    (Factor("local", at), Factor("v", at)),
                    *(
                        (Factor("", constant=-1.0), Factor("local", at), Factor("v", j), Factor("local", j))
                        for j in np.ndindex(shapes["v"])
                    ),
                ],
            ),
            derivation=(
                Reason(
                    Formula("Σⱼ $vⱼ ∂$pⱼ/∂$zᵢ", r"\sum_j ${v}_j\,\frac{\partial ${p}_j}{\partial ${z}_i}"),
                    "Chain rule: add over every output that $z reaches. Here $zᵢ reaches all of them.",
                ),
                Reason(
                    Formula("Σⱼ $vⱼ $pⱼ (δⱼᵢ − $pᵢ)", r"\sum_j ${v}_j\,${p}_j\,(\delta_{ji} - ${p}_i)"),
                    "Entry $zᵢ stands in the numerator of $pᵢ, and in the sum below every $pⱼ.",
                ),
                Reason(
                    Formula("$pᵢ ($vᵢ − Σⱼ $vⱼ $pⱼ)", r"${p}_i\,(${v}_i - \sum_j ${v}_j\,${p}_j)"),
                    "The δ picks entry i of v; the other part is one number for all entries: v·$p.",
                ),
            ),
            mistakes=(
                Mistake(
                    "diagonal only",
                    "This takes the diagonal of the Jacobian alone: each entry of $z moves every entry of $p.",
                    lambda v, saved: v * (saved["p"] * (1.0 - saved["p"])),
                ),
                Mistake(
                    "mean not taken off",
                    "This is $p ⊙ v: the mean v·$p has to be taken off v first.",
                    lambda v, saved: v * saved["p"],
                ),
                Mistake(
                    "slope forgotten",
                    "The softmax is left out: v has passed as if $p were $z.",
                    lambda v, _saved: v,
                ),
            ),
        ),
    },
)
