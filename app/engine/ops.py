"""The ops: one row each, with everything that is known about it.

Public names: `Op`, `Vjp`, `Local`, `Formula`, `Entrywise`, `Factor`, `Term`, `Reason`, `Tempting`, `Jacobian`,
`ShapeError`, `OPS`.

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
Index = tuple[int, ...]
Shapes = Mapping[str, Shape]


Term = tuple["Factor", ...]


class ShapeError(ValueError):
    """Inputs whose shapes do not fit the op; the message names the shapes."""


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula, twice: as plain text and as LaTeX, each a template whose `$name`s are slots."""

    text: str
    latex: str


@dataclass(frozen=True, slots=True)
class Factor:
    """One number of a product: an entry of what stands at `slot`, or a constant where the slot is empty.

    The slots are the op's own, `v`, and `local` for the local factor.
    """

    slot: str
    index: Index = ()
    power: int = 1
    constant: float = 1.0


@dataclass(frozen=True, slots=True)
class Entrywise:
    """How one entry comes about: Σ over terms of the product of their factors, in symbols and index by index.

    `formula` is the entry's right side; the letters in `free` are the entry's own indices, in their order, and all
    others run. `terms(index, shapes)` names the numbers.
    """

    formula: Formula
    free: str
    terms: Callable[[Index, Shapes], list[Term]]


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of a derivation by indices, and what is done in it."""

    formula: Formula
    says: str


@dataclass(frozen=True, slots=True)
class Tempting:
    """A rule that looks right and is not: its formula, the factors in their order, and why it fails."""

    formula: Formula
    left: Callable[[Array, Saved], Array]
    right: Callable[[Array, Saved], Array]


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
    """The matrix a VJP avoids: its shape from the slots' shapes, and what kind of matrix it would be.

    `matrix(inputs)` builds it from the arrays at the op's inputs, by slot: a row for each entry of the output, a column
    for each entry of the input, both counted row by row. It is for showing and for tests: no pass calls it.
    """

    shape: Callable[[Shapes], tuple[int, int]]
    kind: str
    matrix: Callable[[Saved], Array]


@dataclass(frozen=True, slots=True, eq=False)
class Vjp:
    """The rule for one input.

    `rule(v, saved)` returns ∂L/∂input, with the input's shape. `formula` may name `$v`, `$local` and any slot.
    `reads` are the saved values it uses. `cost(shapes)` is in multiply-adds. `shut(saved)` marks entries through
    which nothing flows, whatever v is, and `shut_reason` is the condition for it. `why` derives the formula by
    indices, and `tempting` is the mistake next to it.
    """

    rule: Callable[[Array, Saved], Array]
    reads: tuple[str, ...]
    formula: Formula
    says: str
    cost: Callable[[Shapes], int]
    jacobian: Jacobian
    entrywise: Entrywise
    why: tuple[Reason, ...] = ()
    tempting: Tempting | None = None
    local: Local | None = None
    shut: Callable[[Saved], NDArray[np.bool_]] | None = None
    shut_reason: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Op:
    """A row of the table.

    `forward(*inputs)` takes arrays in the order of `inputs` and returns (output, saved); `shape(shapes)` is the
    output's shape from those of the inputs, by slot. `vjps` holds a rule for each input that can take a gradient, in
    the order in which a backward pass shows them. `local`, if any, is what the entries of the output are made with.
    `branch(saved)`, where the op has a kink, tells which side of it each entry is on.
    """

    name: str
    title: str
    inputs: tuple[str, ...]
    output: str
    forward: Callable[..., tuple[Array, dict[str, Array]]]
    shape: Callable[[Shapes], Shape]
    saved: tuple[str, ...]
    formula: Formula
    says: str
    cost: Callable[[Shapes], int]
    entrywise: Entrywise
    vjps: Mapping[str, Vjp]
    local: Local | None = None
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
    shape=lambda shapes: shapes["W"][:1],
    saved=("W", "x"),
    formula=Formula("$W $x + $b", r"$W\,$x + $b"),
    says="Each row of $W weighs $x, and $b is added.",
    cost=_size("W"),
    entrywise=Entrywise(
        Formula("Σⱼ $Wᵢⱼ $xⱼ + $bᵢ", r"\sum_j ${W}_{ij}\,${x}_j + ${b}_i"),
        "i",
        lambda at, shapes: (
            [(Factor("W", (*at, j)), Factor("x", (j,))) for j in range(shapes["x"][0])] + [(Factor("b", at),)]
        ),
    ),
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
            jacobian=Jacobian(
                lambda s: (s["W"][0], prod(s["W"])),
                "mostly zeros",
                lambda inputs: np.asarray(np.kron(np.eye(len(inputs["b"])), inputs["x"]), dtype=np.float64),
            ),
            entrywise=Entrywise(
                Formula("$vᵢ $xⱼ", r"${v}_i\,${x}_j"),
                "ij",
                lambda at, _shapes: [(Factor("v", at[:1]), Factor("x", at[1:]))],
            ),
            why=(
                Reason(
                    Formula("Σₖ $vₖ ∂$zₖ/∂$Wᵢⱼ", r"\sum_k ${v}_k\,\frac{\partial ${z}_k}{\partial ${W}_{ij}}"),
                    "Chain rule: add over every output that $W reaches.",
                ),
                Reason(
                    Formula("Σₖ $vₖ δₖᵢ $xⱼ", r"\sum_k ${v}_k\,\delta_{ki}\,${x}_j"),
                    "Row i of $W touches output i only, and multiplies $x.",
                ),
                Reason(
                    Formula("$vᵢ $xⱼ", r"${v}_i\,${x}_j"),
                    "Column v times row $xᵀ: one number an entry of $W.",
                ),
            ),
            tempting=Tempting(
                Formula("$x $vᵀ", r"$x\,{$v}^{\top}"),
                lambda _v, saved: saved["x"][:, None],
                lambda v, _saved: v[None, :],
            ),
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
            jacobian=Jacobian(lambda s: (s["W"][0], s["W"][1]), "$W itself", lambda inputs: inputs["W"]),
            entrywise=Entrywise(
                Formula("Σᵢ $Wᵢⱼ $vᵢ", r"\sum_i ${W}_{ij}\,${v}_i"),
                "j",
                lambda at, shapes: [(Factor("W", (i, *at)), Factor("v", (i,))) for i in range(shapes["W"][0])],
            ),
            why=(
                Reason(
                    Formula("Σᵢ $vᵢ ∂$zᵢ/∂$xⱼ", r"\sum_i ${v}_i\,\frac{\partial ${z}_i}{\partial ${x}_j}"),
                    "Chain rule: add over every output that $x reaches.",
                ),
                Reason(
                    Formula("Σᵢ $vᵢ $Wᵢⱼ", r"\sum_i ${v}_i\,${W}_{ij}"),
                    "Output i weighs input j with $Wᵢⱼ.",
                ),
                Reason(
                    Formula("Σᵢ ($Wᵀ)ⱼᵢ $vᵢ", r"\sum_i \left({$W}^{\top}\right)_{ji}\,${v}_i"),
                    "Down column j of $W: row j of its transpose.",
                ),
            ),
            tempting=Tempting(Formula("$W $v", r"$W\,$v"), lambda _v, saved: saved["W"], lambda v, _saved: v),
        ),
        "b": Vjp(
            rule=lambda v, _saved: v,
            reads=(),
            formula=Formula("$v", r"$v"),
            says="The bias is only added, so its gradient is the upstream gradient.",
            cost=lambda _shapes: 0,
            jacobian=Jacobian(_square("b"), "the identity", lambda inputs: np.eye(len(inputs["b"]))),
            entrywise=Entrywise(Formula("$vᵢ", "${v}_i"), "i", lambda at, _shapes: [(Factor("v", at),)]),
            why=(
                Reason(
                    Formula("Σₖ $vₖ ∂$zₖ/∂$bᵢ", r"\sum_k ${v}_k\,\frac{\partial ${z}_k}{\partial ${b}_i}"),
                    "Chain rule: add over every output that $b reaches.",
                ),
                Reason(
                    Formula("Σₖ $vₖ δₖᵢ", r"\sum_k ${v}_k\,\delta_{ki}"), "Entry i of $b is added to output i only."
                ),
                Reason(Formula("$vᵢ", "${v}_i"), "So the gradient is v itself."),
            ),
        ),
    },
)

# An array of 0 and 1 by which the ReLU lets entries through, in both directions.
_OPEN = Local(
    Formula("𝟙[$z > 0]", r"\mathbb{1}[$z > 0]"),
    lambda saved: (saved["z"] > 0.0).astype(np.float64),
    lambda v, mask: v * mask,
    whole=True,
)
_ERROR = Local(
    Formula("($h − $y)", r"($h - $y)"),
    lambda saved: saved["h"] - saved["y"],
    lambda v, difference: v * difference,
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
    cost=_size("z"),
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
            cost=_size("z"),
            jacobian=Jacobian(
                _square("z"),
                "a diagonal of 0 and 1",
                lambda inputs: np.diag((inputs["z"].ravel() > 0.0).astype(np.float64)),
            ),
            entrywise=Entrywise(
                Formula("$vᵢ 𝟙[$zᵢ > 0]", r"${v}_i\,\mathbb{1}[${z}_i > 0]"),
                "i",
                lambda at, _shapes: [(Factor("v", at), Factor("local", at))],
            ),
            why=(
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
    shape=lambda _shapes: (),
    saved=("h", "y"),
    formula=Formula("½‖$h − $y‖²", r"\tfrac{1}{2}\,\lVert $h - $y \rVert^{2}"),
    says="The loss is half the sum of the squared differences between prediction and target.",
    cost=_size("h"),
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
            rule=lambda v, saved: v * (saved["h"] - saved["y"]),
            reads=("h", "y"),
            formula=Formula("$v $local", r"$v\,$local"),
            local=_ERROR,
            says="The gradient at the prediction is prediction − target: the ½ cancels the 2 of the square.",
            cost=_size("h"),
            jacobian=Jacobian(
                lambda s: (1, prod(s["h"])),
                "a single row",
                lambda inputs: (inputs["h"] - inputs["y"]).reshape(1, -1),
            ),
            entrywise=Entrywise(
                Formula("$v ($hᵢ − $yᵢ)", r"$v\,(${h}_i - ${y}_i)"),
                "i",
                lambda at, _shapes: [(Factor("v"), Factor("local", at))],
            ),
            why=(
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
        ),
        # no rule for y: a target takes no gradient
    },
    convention="½ and a sum, not a mean",
)

OPS: Mapping[str, Op] = MappingProxyType({op.name: op for op in (LINEAR, RELU, MSE)})
