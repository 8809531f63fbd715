"""The layers: ops that combine values: with parameters, or with each other.

Public names: `LINEAR`, `ADD`.
"""

from __future__ import annotations

from math import prod

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
    Tempting,
    Vjp,
    size_of,
    square_of,
)


def _linear(W: Array, x: Array, b: Array) -> tuple[Array, dict[str, Array]]:
    if W.ndim < 2:
        raise ShapeError(f"linear: W {W.shape} is not the shape of a matrix, beside x {x.shape} and b {b.shape}")
    columns, rows = W.shape[:-2] + W.shape[-1:], W.shape[:-1]
    if x.shape != columns or b.shape != rows:
        raise ShapeError(f"linear: W {W.shape} needs x {columns} and b {rows}, not {x.shape}, {b.shape}")
    return np.matvec(W, x) + b, {"W": W, "x": x}


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
    cost=size_of("W"),
    entrywise=Entrywise(
        Formula("Σⱼ $Wᵢⱼ $xⱼ + $bᵢ", r"\sum_j ${W}_{ij}\,${x}_j + ${b}_i"),
        "i",
        lambda at, shapes: (
            [(Factor("W", (*at, j)), Factor("x", (j,))) for j in range(shapes["x"][0])] + [(Factor("b", at),)]
        ),
    ),
    vjps={
        "W": Vjp(
            rule=lambda v, saved: v[..., None] * saved["x"][..., None, :],
            reads=("x",),
            formula=Formula("$v $local", r"$v\,$local"),
            local=Local(
                Formula("$xᵀ", r"{$x}^{\top}"),
                lambda saved: saved["x"][..., None, :],
                lambda v, row: v[..., None] @ row,
            ),
            says="Each weight collects the upstream gradient of its row times the input of its column.",
            cost=size_of("W"),
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
            derivation=(
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
            mistakes=(
                Mistake(
                    "outer product transposed",
                    "This is $x vᵀ: the outer product is turned round. v xᵀ has a row for each output, as $W has.",
                    lambda v, saved: saved["x"][..., :, None] * v[..., None, :],
                ),
            ),
        ),
        "x": Vjp(
            rule=lambda v, saved: np.vecmat(v, saved["W"]),
            reads=("W",),
            formula=Formula("$local $v", r"$local\,$v"),
            local=Local(
                Formula("$Wᵀ", r"{$W}^{\top}"),
                lambda saved: saved["W"].mT,
                lambda v, transposed: np.matvec(transposed, v),
            ),
            says="Each input collects the upstream gradient through the column of $W it fed.",
            cost=size_of("W"),
            jacobian=Jacobian(lambda s: (s["W"][0], s["W"][1]), "$W itself", lambda inputs: inputs["W"]),
            entrywise=Entrywise(
                Formula("Σᵢ $Wᵢⱼ $vᵢ", r"\sum_i ${W}_{ij}\,${v}_i"),
                "j",
                lambda at, shapes: [(Factor("W", (i, *at)), Factor("v", (i,))) for i in range(shapes["W"][0])],
            ),
            derivation=(
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
            mistakes=(
                Mistake(
                    "W for its transpose",
                    "This is $W v: on the way back the weights act transposed, as $Wᵀ v.",
                    lambda v, saved: (saved["W"] @ v[..., None])[..., 0],  # fits where W is square
                ),
            ),
        ),
        "b": Vjp(
            rule=lambda v, _saved: v,
            reads=(),
            formula=Formula("$v", r"$v"),
            says="The bias is only added, so its gradient is the upstream gradient.",
            cost=lambda _shapes: 0,
            jacobian=Jacobian(square_of("b"), "the identity", lambda inputs: np.eye(len(inputs["b"]))),
            entrywise=Entrywise(Formula("$vᵢ", "${v}_i"), "i", lambda at, _shapes: [(Factor("v", at),)]),
            derivation=(
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


def _add(a: Array, b: Array) -> tuple[Array, dict[str, Array]]:
    if a.shape != b.shape:
        raise ShapeError(f"add: {a.shape} and {b.shape} differ")
    return a + b, {}


def _summand(slot: str) -> Vjp:
    """The rule for one side of a sum, which is that of the other."""
    entry = f"${{{slot}}}_i"
    return Vjp(
        rule=lambda v, _saved: v,
        reads=(),
        formula=Formula("$v", r"$v"),
        says=f"A sum passes the upstream gradient to both sides as it is, so to ${slot} too.",
        cost=lambda _shapes: 0,
        jacobian=Jacobian(square_of(slot), "the identity", lambda inputs: np.eye(inputs[slot].size)),
        entrywise=Entrywise(Formula("$vᵢ", "${v}_i"), "i", lambda at, _shapes: [(Factor("v", at),)]),
        derivation=(
            Reason(
                Formula(f"Σₖ $vₖ ∂$rₖ/∂${slot}ᵢ", rf"\sum_k ${{v}}_k\,\frac{{\partial ${{r}}_k}}{{\partial {entry}}}"),
                f"Chain rule: add over every output that ${slot} reaches.",
            ),
            Reason(
                Formula("Σₖ $vₖ δₖᵢ", r"\sum_k ${v}_k\,\delta_{ki}"), f"Entry i of ${slot} is added to output i only."
            ),
            Reason(Formula("$vᵢ", "${v}_i"), "So the gradient is v itself, on this way."),
        ),
    )


ADD = Op(
    name="add",
    title="sum",
    inputs=("a", "b"),
    output="r",
    forward=_add,
    shape=lambda shapes: shapes["a"],
    saved=(),
    formula=Formula("$a + $b", "$a + $b"),
    says="$a and $b are added, entry by entry.",
    cost=size_of("a"),
    entrywise=Entrywise(
        Formula("$aᵢ + $bᵢ", "${a}_i + ${b}_i"), "i", lambda at, _shapes: [(Factor("a", at),), (Factor("b", at),)]
    ),
    vjps={"a": _summand("a"), "b": _summand("b")},
)
