"""ReLU with its corner or its flat side bent: leaky ReLU, softplus, GELU and SiLU, entry by entry.

Leaky ReLU is that of Maas et al., "Rectifier nonlinearities improve neural network acoustic models" (2013), GELU that
of Hendrycks & Gimpel, "Gaussian error linear units" (2016), with the normal distribution itself and no approximation,
SiLU that of Elfwing et al., "Sigmoid-weighted linear units" (2018), which is also called swish.
"""

from __future__ import annotations

import math

import numpy as np

from .activations import sigmoid
from .kinds import Slope, forgotten, own_entry, pointwise
from .table import Array, Formula, Mistake

# How much of a number that is not positive a leaky ReLU lets through: PyTorch's and JAX's default.
LEAK = 0.01

_erfc = np.frompyfunc(math.erfc, 1, 1)


def normal_cdf(z: Array) -> Array:
    """Φ(z) of the standard normal distribution, entry by entry, in z's shape.

    It is ½ erfc(−z/√2), and not ½ (1 + erf(z/√2)): far to the left the latter is a difference of two numbers close to
    1, and all digits are lost. NumPy has neither of the two functions, so they are the standard library's.
    """
    if z.dtype == np.object_:
        raise TypeError("there is no erfc of fractions")  # as NumPy says it of its own functions
    return 0.5 * np.asarray(_erfc(z / -math.sqrt(2.0)), dtype=np.float64)


def normal_density(z: Array) -> Array:
    """φ(z) = exp(−z²/2) / √(2π) of the standard normal distribution, entry by entry, in z's shape."""
    with np.errstate(over="ignore"):  # z² may be inf, and φ is 0 then
        return np.asarray(np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi))


def _leaks(z: Array) -> Array:
    return np.where(z > 0.0, 1.0, LEAK)


LEAKY = pointwise(
    "leaky",
    "leaky ReLU",
    lambda z: np.maximum(z, LEAK * z),
    Formula("max(0.01 $z, $z)", r"\max(0.01\,$z,\,$z)"),
    says="A positive number stays as it is; of any other, a hundredth is left.",
    cost=2,
    saves="z",
    slope=Slope(
        Formula("max(0.01, 𝟙[$z > 0])", r"\max(0.01,\,\mathbb{1}[$z > 0])"),
        lambda saved: _leaks(saved["z"]),
        says="Where $z is positive, the upstream gradient passes as it is; elsewhere a hundredth of it does, not 0.",
        derivation=own_entry(
            Formula("max(0.01, 𝟙[$zᵢ > 0])", r"\max(0.01,\,\mathbb{1}[${z}_i > 0])"),
            "Each output depends on its own entry only: slope 1 where it is positive, else 0.01.",
        ),
        conclusion="A product entry by entry: no matrix is left.",
        cost=2,
        mistakes=(
            forgotten("The slope of the leaky ReLU is missing: where $z ≤ 0, only 0.01 v flows back."),
            Mistake(
                "slope of ReLU",
                "This passes nothing where $z ≤ 0, as a ReLU does: a leaky ReLU passes 0.01 v.",
                lambda v, saved: np.where(saved["z"] > 0.0, v, 0.0),
            ),
        ),
    ),
    # NB: as in PyTorch; JAX takes 1.
    convention="slope 0.01 at z = 0, too",
    branch=lambda saved: np.sign(saved["z"]),
)

SOFTPLUS = pointwise(
    "softplus",
    "softplus",
    lambda z: np.asarray(np.logaddexp(0.0, z)),
    Formula("log(1 + exp($z))", r"\log(1 + \exp($z))"),
    says="ReLU with its corner bent: close to 0 for very negative numbers, close to $z for very positive ones.",
    cost=2,
    saves="z",
    slope=Slope(
        Formula("σ($z)", r"\sigma($z)"),
        lambda saved: sigmoid(saved["z"]),
        says="The slope is the sigmoid: ½ where $z is 0, close to 0 to the left of it and close to 1 to the right.",
        derivation=own_entry(
            Formula("exp($zᵢ) / (1 + exp($zᵢ))", r"\exp(${z}_i) \,/\, (1 + \exp(${z}_i))"),
            "Each output depends on its own entry only: the derivative of log is 1 over its argument.",
        ),
        conclusion="The quotient is σ($zᵢ).",
        cost=3,
        mistakes=(
            forgotten("The slope of the softplus is missing: v is multiplied by σ($z)."),
            Mistake(
                "slope of ReLU",
                "This masks v where $z ≤ 0, as a ReLU does: the slope of the softplus is σ($z).",
                lambda v, saved: np.where(saved["z"] > 0.0, v, 0.0),
            ),
            Mistake(
                "slope of the slope",
                "This is v times σ (1 − σ), the slope of the sigmoid: the slope of the softplus is σ($z) itself.",
                lambda v, saved: v * (sigmoid(saved["z"]) * sigmoid(-saved["z"])),
            ),
        ),
    ),
)

GELU = pointwise(
    "gelu",
    "GELU",
    lambda z: np.asarray(z * normal_cdf(z)),
    Formula("$z ⊙ Φ($z)", r"$z \odot \Phi($z)"),
    says="Each number is multiplied by Φ of itself: how much of a standard normal distribution lies to its left.",
    cost=2,
    saves="z",
    slope=Slope(
        Formula("Φ($z) + $z ⊙ φ($z)", r"\Phi($z) + $z \odot \varphi($z)"),
        lambda saved: normal_cdf(saved["z"]) + saved["z"] * normal_density(saved["z"]),
        says="A product has two slopes: Φ($z) for the factor $z, and $z φ($z) for the factor Φ($z).",
        derivation=own_entry(
            Formula(
                "(Φ($zᵢ) + $zᵢ exp(−$zᵢ² / 2) / √(2π))",
                r"(\Phi(${z}_i) + ${z}_i\,\exp(-${z}_i^{2} \,/\, 2) \,/\, \sqrt{2\pi})",
            ),
            "Each output depends on its own entry only. By the product rule, with the bell curve as the slope of Φ.",
        ),
        conclusion="The bell curve exp(−$zᵢ² / 2) / √(2π) is φ($zᵢ).",
        cost=5,
        mistakes=(
            forgotten("The slope of the GELU is missing: v is multiplied by Φ($z) + $z φ($z)."),
            Mistake(
                "one factor only",
                "This is v times Φ($z): the factor Φ($z) depends on $z, too, and adds $z φ($z) to the slope.",
                lambda v, saved: v * normal_cdf(saved["z"]),
            ),
        ),
    ),
    # NB: PyTorch's default, too; JAX's is an approximation by tanh.
    convention="exact: Φ by erf, not by tanh",
)

SILU = pointwise(
    "silu",
    "SiLU",
    lambda z: np.asarray(z * sigmoid(z)),
    Formula("$z ⊙ σ($z)", r"$z \odot \sigma($z)"),
    says="Each number is multiplied by its sigmoid: close to 0 where $z is very negative, and close to $z far above 0.",
    cost=3,
    saves="z",
    slope=Slope(
        Formula("σ($z) ⊙ (1 + $z ⊙ (1 − σ($z)))", r"\sigma($z) \odot (1 + $z \odot (1 - \sigma($z)))"),
        lambda saved: sigmoid(saved["z"]) * (1.0 + saved["z"] * sigmoid(-saved["z"])),
        says="A product has two slopes: σ($z) for the factor $z, and $z σ (1 − σ) for the factor σ($z).",
        derivation=own_entry(
            Formula(
                "(σ($zᵢ) + $zᵢ σ($zᵢ) (1 − σ($zᵢ)))", r"(\sigma(${z}_i) + ${z}_i\,\sigma(${z}_i)\,(1 - \sigma(${z}_i)))"
            ),
            "Each output depends on its own entry only. By the product rule, with σ (1 − σ) as the slope of σ.",
        ),
        conclusion="Both terms have the factor σ($zᵢ), which is taken out.",
        cost=5,
        mistakes=(
            forgotten("The slope of the SiLU is missing: v is multiplied by σ (1 + $z (1 − σ)), where σ = σ($z)."),
            Mistake(
                "one factor only",
                "This is v times σ($z): the factor σ($z) depends on $z, too, and adds $z σ (1 − σ) to the slope.",
                lambda v, saved: v * sigmoid(saved["z"]),
            ),
        ),
    ),
)
