"""The ops: one row each, with everything that is known about it.

Notation, here and in every formula of the project:

    v        upstream gradient ∂L/∂output, with the output's shape; first argument of every VJP
    (m, n)   shape of W in z = W x + b: m rows (outputs), n columns (inputs)
    ⊙        product entry by entry            𝟙[c]  1 where c holds, else 0
    v·p      Σᵢ vᵢ pᵢ, one number              Σ t   the sum over all entries of t
    saved    what the forward pass hands to the VJPs, by slot
    m        in a loss that is a mean, how many entries it is the mean of
    slot     an op's own name for an input, its output or a saved value; a graph binds slots to its nodes

A function of an array (exp, log, σ, Φ, φ) is taken entry by entry, and so is a quotient.
Formulas are templates over slots (`$W $x + $b`), so one row serves any node names.
The rules are the vector-Jacobian products of Griewank & Walther, "Evaluating Derivatives" (2nd ed., 2008),
chapter 3, in the closed forms that Goodfellow et al., "Deep Learning" (2016), sections 6.2.2 and 6.5, gives for these
layers, and McCullagh & Nelder, "Generalized Linear Models" (2nd ed., 1989), section 2.2, for losses with their
canonical link.

Map: `table` what a row is made of · `shapes` it takes · `kinds` rows that follow from a slope · `layers` · `gates` of
two values · `activations` · `bends` of ReLU · `losses` of a prediction · `heads` losses of what comes before the
prediction, which they make themselves · `examples` any row over the examples of a batch · `batches` what these share ·
`reductions` their losses as one.
"""

from collections.abc import Mapping
from types import MappingProxyType

from .activations import EXP, RELU, SIGMOID, SOFTMAX, TANH
from .bends import GELU, LEAKY, SILU, SOFTPLUS
from .gates import MAX, MULTIPLY
from .heads import BCE_WITH_LOGITS, POISSON_NLL, SOFTMAX_CROSS_ENTROPY
from .kinds import Slope, pointwise
from .layers import ADD, LINEAR
from .losses import BCE, MSE, MSE_MEAN, OUT, SSE
from .table import (
    Array,
    Condition,
    Entrywise,
    Factor,
    Formula,
    Index,
    Jacobian,
    Likelihood,
    LocalDerivative,
    Mistake,
    NamedArray,
    Op,
    Reason,
    Saved,
    Shape,
    ShapeError,
    Shapes,
    Tempting,
    Term,
    Vjp,
)

__all__ = [
    "OPS",
    "Array",
    "Condition",
    "Entrywise",
    "Factor",
    "Formula",
    "Index",
    "Jacobian",
    "Likelihood",
    "LocalDerivative",
    "Mistake",
    "NamedArray",
    "Op",
    "Reason",
    "Saved",
    "Shape",
    "ShapeError",
    "Shapes",
    "Slope",
    "Tempting",
    "Term",
    "Vjp",
    "pointwise",
]

OPS: Mapping[str, Op] = MappingProxyType(
    {
        op.name: op
        for op in (
            LINEAR,
            ADD,
            MULTIPLY,
            MAX,
            RELU,
            SIGMOID,
            TANH,
            LEAKY,
            SOFTPLUS,
            GELU,
            SILU,
            EXP,
            SOFTMAX,
            MSE,
            SSE,
            MSE_MEAN,
            OUT,
            BCE,
            BCE_WITH_LOGITS,
            SOFTMAX_CROSS_ENTROPY,
            POISSON_NLL,
        )
    }
)
