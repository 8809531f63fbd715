"""The activations: ops of one input, with an output of its shape; `sigmoid` and `softmax` serve the heads, too.

Those that are a smooth bend of ReLU stand in `bends`.
"""

from __future__ import annotations

import numpy as np

from .kinds import Slope, chain_rule, forgotten, own_entry, pointwise
from .shapes import said
from .table import (
    ZERO,
    Array,
    Entrywise,
    Factor,
    Formula,
    Intermediate,
    Jacobian,
    LocalDerivative,
    Mistake,
    Op,
    Reason,
    Saved,
    Shape,
    ShapeError,
    Shapes,
    Vjp,
    square_of,
    times,
)


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(−z)), entry by entry, in z's shape: exp is taken of −|z| only, so nothing overflows."""
    small = np.exp(-abs(z))
    return np.asarray(np.where(z >= 0.0, 1.0, small) / (1.0 + small))


def softmax(z: Array) -> Array:
    """exp(z) / Σ exp(z) of each vector, in z's shape: the largest entry is subtracted first, so nothing overflows."""
    powers = np.exp(z - z.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def _where_positive(v: Array, saved: Saved) -> Array:
    """v where z > 0, and 0 elsewhere: no product with 0, which is NaN for an infinite v, and −0 for a negative one."""
    found = np.zeros(v.shape)
    np.putmask(found, saved["z"] > ZERO, v)
    return found


RELU = pointwise(
    "relu",
    "ReLU",
    lambda z: np.maximum(z, ZERO),
    Formula("max(0, $z)", r"\max(0,\,$z)"),
    says="A positive number stays as it is; any other becomes 0.",
    saves="z",
    slope=Slope(
        Formula("𝟙[$z > 0]", r"\mathbb{1}[$z > 0]"),
        lambda saved: (saved["z"] > 0.0).astype(np.float64),
        is_mask=True,
        # NB: like PyTorch and JAX, the derivative at exactly 0 is 0.
        rule=_where_positive,
        tidy=True,
        says="Active units pass the upstream gradient on; inactive units pass exactly 0.",
        derivation=own_entry(
            Formula("𝟙[$zᵢ > 0]", r"\mathbb{1}[${z}_i > 0]"),
            "Each output depends on its own entry only: slope 1 where it is positive, else 0.",
        ),
        conclusion="A product entry by entry: no matrix is left.",
        inactive=lambda saved: saved["z"] <= 0.0,
        inactive_reason="$z ≤ 0",
        mistakes=(
            forgotten(
                "The mask is missing: v has passed inactive units, too. Where $z ≤ 0, nothing flows back.",
                "mask forgotten",
            ),
            Mistake(
                "mask from v",
                "This masks by the sign of v, as guided backpropagation does: the mask of the gradient is $z > 0.",
                lambda v, _saved: np.where(v > 0.0, v, 0.0),
            ),
        ),
    ),
    convention="ReLU′(0) = 0",
    branch=lambda saved: np.sign(saved["z"]),
    tidy=True,
)

SIGMOID = pointwise(
    "sigmoid",
    "sigmoid",
    sigmoid,
    Formula("σ($z)", r"\sigma($z)"),
    says="Each number is mapped to one between 0 and 1, and 0 to ½.",
    cost=2,
    tidy=True,
    slope=Slope(
        Formula("$h ⊙ (1 − $h)", r"$h \odot (1 - $h)"),
        lambda saved: saved["h"] * (1.0 - saved["h"]),
        says="The slope follows from the output: at most ¼, and close to 0 where $h is close to 0 or 1.",
        derivation=own_entry(
            Formula("exp(−$zᵢ) / (1 + exp(−$zᵢ))²", r"\exp(-${z}_i) \,/\, (1 + \exp(-${z}_i))^{2}"),
            "Each output depends on its own entry only; this is the slope of 1 / (1 + exp(−$zᵢ)).",
        ),
        conclusion="One factor 1 / (1 + exp(−$zᵢ)) is $hᵢ, and what is left is 1 − $hᵢ.",
        cost=2,
        mistakes=(
            forgotten("The slope of the sigmoid is missing: v is multiplied by $h (1 − $h)."),
            Mistake(
                "output for slope",
                "This is v times $h: the slope of the sigmoid is $h (1 − $h), not $h.",
                lambda v, saved: v * saved["h"],
            ),
        ),
    ),
)

TANH = pointwise(
    "tanh",
    "tanh",
    np.tanh,
    Formula("tanh($z)", r"\tanh($z)"),
    says="Each number is mapped to one between −1 and 1, and 0 to 0.",
    tidy=True,
    slope=Slope(
        Formula("1 − $h²", "1 - $h^{2}"),
        lambda saved: 1.0 - saved["h"] ** 2,
        says="The slope follows from the output: 1 where $h is 0, and close to 0 where $h is close to −1 or 1.",
        derivation=own_entry(
            Formula("(1 − tanh($zᵢ)²)", r"(1 - \tanh(${z}_i)^{2})"),
            "Each output depends on its own entry only, and the slope of tanh is 1 − tanh².",
        ),
        conclusion="The output is tanh($zᵢ), and it was saved.",
        cost=2,
        mistakes=(forgotten("The slope of tanh is missing: v is multiplied by 1 − $h²."),),
    ),
)

EXP = pointwise(
    "exp",
    "exponential",
    np.exp,
    Formula("exp($z)", r"\exp($z)"),
    says="e is raised to the power of each number: the result is always positive.",
    tidy=True,
    slope=Slope(
        Formula("$h", "$h"),
        lambda saved: saved["h"],
        says="The exponential is its own derivative, so the slope is the output itself.",
        derivation=own_entry(
            Formula("exp($zᵢ)", r"\exp(${z}_i)"),
            "Each output depends on its own entry only, and exp is its own derivative.",
        ),
        conclusion="The output is exp($zᵢ), and it was saved.",
        mistakes=(forgotten("The slope of the exponential is missing: v is multiplied by $h."),),
    ),
)


def _softmax(z: Array) -> tuple[Array, dict[str, Array]]:
    if not z.ndim or not z.shape[-1]:
        raise ShapeError(f"softmax: {z.shape} is not the shape of a vector")
    p = softmax(z)
    return p, {"p": p}


def _softmax_matrix(p: Array) -> Array:
    return np.asarray(np.diag(p) - np.outer(p, p))


def through_softmax(v: Array, p: Array) -> Array:
    """vᵀJ of a softmax that gave p, in p's shape: p ⊙ (v − v·p)."""
    return np.asarray(p * (v - np.vecdot(v, p)[..., None]))


def _shape(shapes: Shapes) -> Shape:
    if len(shapes["z"]) != 1:
        raise ShapeError(f"softmax takes a vector at z, not {said(shapes, ('z',))}")
    return shapes["z"]


_BY_ENTRIES = Formula("exp($zᵢ) / Σⱼ exp($zⱼ)", r"\exp(${z}_i) \,/\, \sum_j \exp(${z}_j)")
SOFTMAX = Op(
    "softmax",
    "softmax",
    ("z",),
    "p",
    _softmax,
    shape=_shape,
    saved=("p",),
    formula=Formula("exp($z) / Σ exp($z)", r"\exp($z) \,/\, \sum \exp($z)"),
    named=Formula("softmax($z)", r"\operatorname{softmax}($z)"),
    says="Each number becomes a probability: e to its power, divided by the sum of all of these.",
    cost=times(2, "z"),
    entrywise=Entrywise(_BY_ENTRIES, "i", lambda at, _shapes: [(Factor("local", at),)]),
    intermediate=Intermediate(
        Formula("exp($z) / Σ exp($z)", r"\exp($z) \,/\, \sum \exp($z)"),
        lambda inputs: softmax(inputs["z"]),
        entry=_BY_ENTRIES,
    ),
    vjps={
        "z": Vjp(
            rule=lambda v, saved: through_softmax(v, saved["p"]),
            reads=("p",),
            formula=Formula("$local ⊙ ($v − $v·$local)", r"$local \odot ($v - $v \cdot $local)"),
            local=LocalDerivative(Formula("$p", "$p"), lambda saved: saved["p"], combine=through_softmax),
            says="The mean v·$p is subtracted from each upstream entry, and $p multiplies what is left.",
            cost=times(2, "z"),
            jacobian=Jacobian(
                square_of("z"),
                "dense and symmetric",
                lambda inputs: _softmax_matrix(softmax(inputs["z"])),
                nonzero=lambda shapes: shapes["z"][0] ** 2,
                says="Every entry of it follows from $p.",
            ),
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
                chain_rule("p", "z", "i", over="j", remark=" Here $zᵢ reaches all of them."),
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
                    "mean not subtracted",
                    "This is $p ⊙ v: the mean v·$p has to be subtracted from v first.",
                    lambda v, saved: v * saved["p"],
                ),
                forgotten("The softmax is left out: v has passed as if $p were $z."),
            ),
        ),
    },
)
