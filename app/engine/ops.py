"""The ops: one row each, with everything that is known about it.

Public names: `Op`, `Vjp`, `Local`, `Formula`, `Jacobian`, `ShapeError`, `OPS`.

Notation, here and in every formula of the project:

    v        upstream gradient ∂L/∂output, with the output's shape; first argument of every VJP
    (m, n)   shape of W in z = W x + b: m rows (outputs), n columns (inputs)
    ⊙        product entry by entry            𝟙[c]  1 where c holds, else 0
    saved    what the forward pass hands to the VJPs, by slot
    slot     an op's own name for an input, its output or a saved value; a graph binds slots to its nodes

Formulas are templates over slots (`$W $x + $b`), so one row serves any node names.
The rules are the vector-Jacobian products of Griewank & Walther, "Evaluating Derivatives" (2nd ed., 2008),
chapter 3, in the closed forms that Goodfellow et al., "Deep Learning" (2016), section 6.5, gives for these layers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Saved = Mapping[str, Array]
Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]


class ShapeError(ValueError):
    """Inputs whose shapes do not fit the op; the message names the shapes."""


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula, twice: as plain text and as LaTeX, each a template whose `$name`s are slots."""

    text: str
    latex: str


@dataclass(frozen=True, slots=True)
class Local:
    """The local factor of a VJP: what v is combined with, in symbols and as numbers from what was saved.

    `combine(v, local)` is the VJP once more, as its formula says it: rule(v, saved) = combine(v, numbers(saved)).
    `whole` factors are counts or marks, drawn without decimals.
    """

    formula: Formula
    numbers: Callable[[Saved], Array]
    combine: Callable[[Array, Array], Array]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Jacobian:
    """The matrix a VJP avoids: its shape from the slots' shapes, and what kind of matrix it would be."""

    shape: Callable[[Shapes], tuple[int, int]]
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Vjp:
    """The rule for one input.

    `rule(v, saved)` returns ∂L/∂input, with the input's shape. `formula` may name `$v`, `$local` and any slot.
    `reads` are the saved values it uses. `cost(shapes)` is in multiply-adds. `shut(saved)` marks entries through
    which nothing flows, whatever v is, and `shut_reason` is the condition for it.
    """

    rule: Callable[[Array, Saved], Array]
    reads: tuple[str, ...]
    formula: Formula
    says: str
    cost: Callable[[Shapes], int]
    jacobian: Jacobian
    local: Local | None = None
    shut: Callable[[Saved], NDArray[np.bool_]] | None = None
    shut_reason: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Op:
    """A row of the table.

    `forward(*inputs)` takes arrays in the order of `inputs` and returns (output, saved). `vjps` holds a rule for
    each input that can take a gradient, in the order in which a backward pass shows them. `branch(saved)`, where
    the op has a kink, tells which side of it each entry is on.
    """

    name: str
    title: str
    inputs: tuple[str, ...]
    output: str
    forward: Callable[..., tuple[Array, dict[str, Array]]]
    saved: tuple[str, ...]
    formula: Formula
    says: str
    cost: Callable[[Shapes], int]
    vjps: Mapping[str, Vjp]
    convention: str = ""
    branch: Callable[[Saved], NDArray[np.bool_]] | None = None

    def __repr__(self) -> str:
        return f"OPS[{self.name!r}]"  # short, so that a graph can be printed


def _linear(W: Array, x: Array, b: Array) -> tuple[Array, dict[str, Array]]:
    if W.ndim != 2 or x.shape != W.shape[1:] or b.shape != W.shape[:1]:
        raise ShapeError(
            f"linear: W {W.shape} needs x ({W.shape[-1]},) and b ({W.shape[0]},), not {x.shape}, {b.shape}"
        )
    return W @ x + b, {"W": W, "x": x}


def _relu(z: Array) -> tuple[Array, dict[str, Array]]:
    return np.maximum(z, 0.0), {"z": z}


def _mse(h: Array, y: Array) -> tuple[Array, dict[str, Array]]:
    if h.shape != y.shape:
        raise ShapeError(f"mse: prediction {h.shape} and target {y.shape} differ")
    error = (h - y).ravel()
    return np.asarray(0.5 * (error @ error)), {"h": h, "y": y}


def _size(slot: str) -> Callable[[Shapes], int]:
    return lambda shapes: prod(shapes[slot])


def _square(slot: str) -> Callable[[Shapes], tuple[int, int]]:
    return lambda shapes: (prod(shapes[slot]), prod(shapes[slot]))


LINEAR = Op(
    name="linear",
    title="linear",
    inputs=("W", "x", "b"),
    output="z",
    forward=_linear,
    saved=("W", "x"),
    formula=Formula("$W $x + $b", r"$W\,$x + $b"),
    says="Each row of $W weighs $x, and $b is added.",
    cost=_size("W"),
    vjps={
        "W": Vjp(
            rule=lambda v, saved: v[:, None] * saved["x"],
            reads=("x",),
            formula=Formula("$v $local", r"$v\,$local"),
            local=Local(
                Formula("$xᵀ", r"{$x}^{\top}"),
                lambda saved: saved["x"][None, :],
                lambda v, row: v[:, None] @ row,
            ),
            says="Each weight collects the upstream gradient of its row times the input of its column.",
            cost=_size("W"),
            jacobian=Jacobian(lambda s: (s["W"][0], prod(s["W"])), "mostly zeros"),
        ),
        "x": Vjp(
            rule=lambda v, saved: saved["W"].T @ v,
            reads=("W",),
            formula=Formula("$local $v", r"$local\,$v"),
            local=Local(
                Formula("$Wᵀ", r"{$W}^{\top}"),
                lambda saved: saved["W"].T,
                lambda v, transposed: transposed @ v,
            ),
            says="Each input collects the upstream gradient through the column of $W it fed.",
            cost=_size("W"),
            jacobian=Jacobian(lambda s: (s["W"][0], s["W"][1]), "$W itself"),
        ),
        "b": Vjp(
            rule=lambda v, _saved: v,
            reads=(),
            formula=Formula("$v", r"$v"),
            says="The bias is only added, so its gradient is the upstream gradient.",
            cost=lambda _shapes: 0,
            jacobian=Jacobian(_square("b"), "the identity"),
        ),
    },
)

RELU = Op(
    name="relu",
    title="ReLU",
    inputs=("z",),
    output="h",
    forward=_relu,
    saved=("z",),
    formula=Formula("max(0, $z)", r"\max(0,\,$z)"),
    says="What is positive passes; what is not becomes 0.",
    cost=_size("z"),
    vjps={
        "z": Vjp(
            # where(), not a product with the mask: v · 0 would be NaN for an infinite v, and −0 for a negative one.
            # NB: like PyTorch and JAX, the derivative at exactly 0 is 0.
            rule=lambda v, saved: np.where(saved["z"] > 0.0, v, 0.0),
            reads=("z",),
            formula=Formula("$v ⊙ $local", r"$v \odot $local"),
            local=Local(
                Formula("𝟙[$z > 0]", r"\mathbb{1}[$z > 0]"),
                lambda saved: (saved["z"] > 0.0).astype(np.float64),
                lambda v, mask: v * mask,
                whole=True,
            ),
            says="Open units pass the upstream gradient; shut units pass exactly 0.",
            cost=_size("z"),
            jacobian=Jacobian(_square("z"), "a diagonal of 0 and 1"),
            shut=lambda saved: saved["z"] <= 0.0,
            shut_reason="$z ≤ 0",
        ),
    },
    convention="ReLU′(0) = 0",
    branch=lambda saved: saved["z"] > 0.0,
)

MSE = Op(
    name="mse",
    title="squared error",
    inputs=("h", "y"),
    output="L",
    forward=_mse,
    saved=("h", "y"),
    formula=Formula("½‖$h − $y‖²", r"\tfrac{1}{2}\,\lVert $h - $y \rVert^{2}"),
    says="The loss is half the sum of the squared differences between prediction and target.",
    cost=_size("h"),
    vjps={
        "h": Vjp(
            rule=lambda v, saved: v * (saved["h"] - saved["y"]),
            reads=("h", "y"),
            formula=Formula("$v $local", r"$v\,$local"),
            local=Local(
                Formula("($h − $y)", r"($h - $y)"),
                lambda saved: saved["h"] - saved["y"],
                lambda v, difference: v * difference,
            ),
            says="The gradient at the prediction is prediction − target: the ½ cancels the 2 of the square.",
            cost=_size("h"),
            jacobian=Jacobian(lambda s: (1, prod(s["h"])), "a single row"),
        ),
        # no rule for y: a target takes no gradient
    },
    convention="½ and a sum, not a mean",
)

OPS: Mapping[str, Op] = MappingProxyType({op.name: op for op in (LINEAR, RELU, MSE)})
