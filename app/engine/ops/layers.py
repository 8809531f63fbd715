"""The layers: ops that combine values: with parameters, or with each other."""

from __future__ import annotations

from math import prod

import numpy as np

from .kinds import chain_rule
from .shapes import alike, said
from .table import (
    ZERO,
    Array,
    Entrywise,
    Factor,
    Formula,
    Jacobian,
    LocalDerivative,
    Mistake,
    Op,
    Reason,
    Rule,
    Saved,
    Shape,
    ShapeError,
    Shapes,
    Tempting,
    Vjp,
    size_of,
    square_of,
    times,
)

# So many numbers are in a processor's cache when they have been made: 2 MB.
_CACHED = 1 << 18


def _linear(W: Array, x: Array, b: Array) -> tuple[Array, dict[str, Array]]:
    if W.ndim < 2:
        raise ShapeError(f"linear: W {W.shape} is not the shape of a matrix, beside x {x.shape} and b {b.shape}")
    shape = W.shape
    columns, rows = shape[:-2] + shape[-1:], shape[:-1]
    if x.shape != columns or b.shape != rows:
        raise ShapeError(f"linear: W {W.shape} needs x {columns} and b {rows}, not {x.shape}, {b.shape}")
    return (W.dot(x) if W.ndim == 2 else np.matvec(W, x)) + b, {"W": W, "x": x}


def _layer_shape(shapes: Shapes) -> Shape:
    W, x, b = (shapes[slot] for slot in ("W", "x", "b"))
    if len(W) != 2 or x != W[1:] or b != W[:1]:
        raise ShapeError(
            "linear takes a matrix at W, at x as many numbers as W has columns, and at b as many as it has rows, "
            f"not {said(shapes, ('W', 'x', 'b'))}"
        )
    return b


def _outer(v: Array, saved: Saved) -> Array:
    """v xᵀ, without a −0 where a product is 0."""
    x = saved["x"]
    if v.ndim == 1 and v.size * x.size > _CACHED and np.isfinite(x).all():
        return _large_outer(v, x)
    found = v[..., None] * (x if x.ndim == 1 else x[..., None, :])
    found += ZERO
    return found


def _large_outer(v: Array, x: Array) -> Array:
    """The same for a matrix that no cache holds, to add 0 to which takes half as long as to make it. So rows in which v
    is 0 are not so much as touched, x being finite, and 0 is added only where another product may be 0."""
    found, live = np.zeros((v.size, x.size)), v != 0.0
    for start, stop in np.diff(live, prepend=False, append=False).nonzero()[0].reshape(-1, 2):  # of rows side by side
        np.multiply(v[start:stop, None], x, out=found[start:stop])
    if not abs(v[live]).min(initial=1.0) * abs(x).min() > 0.0:
        found += ZERO
    return found


def _product(name: str, says: str, formula: Formula, left: Rule, right: Rule) -> Mistake:
    """A mistake that is a matrix product, and worth showing beside the derivation."""
    return Mistake(
        name, says, lambda v, saved: left(v, saved) @ right(v, saved), tempting=Tempting(formula, left, right)
    )


def _summand(slot: str, output: str, says: str, so: str) -> Vjp:
    """The rule for what is only added to something: v is handed on."""
    return Vjp(
        rule=lambda v, _saved: v,
        tidy=True,
        reads=(),
        formula=Formula("$v", r"$v"),
        says=says,
        cost=times(0, slot),
        jacobian=Jacobian(
            square_of(slot),
            "the identity",
            lambda inputs: np.eye(inputs[slot].size),
            nonzero=size_of(slot),
            says="All it does is hand v on.",
        ),
        entrywise=Entrywise(Formula("$vᵢ", "${v}_i"), "i", lambda at, _shapes: [(Factor("v", at),)]),
        derivation=(
            chain_rule(output, slot, "i", over="k"),
            Reason(
                Formula("Σₖ $vₖ δₖᵢ", r"\sum_k ${v}_k\,\delta_{ki}"), f"Entry i of ${slot} is added to output i only."
            ),
            Reason(Formula("$vᵢ", "${v}_i"), so),
        ),
    )


LINEAR = Op(
    "linear",
    "linear",
    ("W", "x", "b"),
    "z",
    _linear,
    tidy=True,
    shape=_layer_shape,
    saved=("W", "x"),
    formula=Formula("$W $x + $b", r"$W\,$x + $b"),
    says="Each row of $W multiplies $x, and $b is added.",
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
            rule=_outer,
            tidy=True,
            reads=("x",),
            formula=Formula("$v $local", r"$v\,$local"),
            local=LocalDerivative(
                Formula("$xᵀ", r"{$x}^{\top}"),
                lambda saved: saved["x"][..., None, :],
                combine=lambda v, row: v[..., None] @ row,
            ),
            says="Each entry is the upstream gradient of its row times the input of its column.",
            cost=size_of("W"),
            jacobian=Jacobian(
                lambda s: (s["W"][0], prod(s["W"])),
                "block diagonal",
                lambda inputs: np.asarray(np.kron(np.eye(len(inputs["b"])), inputs["x"]), dtype=np.float64),
                nonzero=size_of("W"),
                says="Row k holds $x once, and is 0 elsewhere.",
            ),
            entrywise=Entrywise(
                Formula("$vᵢ $xⱼ", r"${v}_i\,${x}_j"),
                "ij",
                lambda at, _shapes: [(Factor("v", at[:1]), Factor("x", at[1:]))],
            ),
            derivation=(
                chain_rule("z", "W", "ij", over="k"),
                Reason(
                    Formula("Σₖ $vₖ δₖᵢ $xⱼ", r"\sum_k ${v}_k\,\delta_{ki}\,${x}_j"),
                    "Row i of $W touches output i only, and multiplies $x.",
                ),
                Reason(
                    Formula("$vᵢ $xⱼ", r"${v}_i\,${x}_j"), "Column v times row $xᵀ: one number for each entry of $W."
                ),
            ),
            mistakes=(
                _product(
                    "outer product transposed",
                    "This is $x vᵀ: the outer product is transposed. v $xᵀ has a row for each output, as $W has.",
                    Formula("$x $vᵀ", r"$x\,{$v}^{\top}"),
                    lambda _v, saved: saved["x"][:, None],
                    lambda v, _saved: v[None, :],
                ),
            ),
        ),
        "x": Vjp(
            rule=lambda v, saved: v.dot(saved["W"]) if v.ndim == 1 else np.vecmat(v, saved["W"]),
            reads=("W",),
            formula=Formula("$local $v", r"$local\,$v"),
            local=LocalDerivative(
                Formula("$Wᵀ", r"{$W}^{\top}"),
                lambda saved: saved["W"].mT,
                combine=lambda v, transposed: np.matvec(transposed, v),
            ),
            says="Each entry is the dot product of its column of $W with the upstream gradient.",
            cost=size_of("W"),
            jacobian=Jacobian(
                lambda s: (s["W"][0], s["W"][1]),
                "$W itself",
                lambda inputs: inputs["W"],
                nonzero=size_of("W"),
                says="It is the same for every example and in memory already: there is nothing to avoid.",
                avoided=False,
            ),
            entrywise=Entrywise(
                Formula("Σᵢ $Wᵢⱼ $vᵢ", r"\sum_i ${W}_{ij}\,${v}_i"),
                "j",
                lambda at, shapes: [(Factor("W", (i, *at)), Factor("v", (i,))) for i in range(shapes["W"][0])],
            ),
            derivation=(
                chain_rule("z", "x", "j", over="i"),
                Reason(Formula("Σᵢ $vᵢ $Wᵢⱼ", r"\sum_i ${v}_i\,${W}_{ij}"), "In output i, $Wᵢⱼ multiplies $xⱼ."),
                Reason(
                    Formula("Σᵢ ($Wᵀ)ⱼᵢ $vᵢ", r"\sum_i \left({$W}^{\top}\right)_{ji}\,${v}_i"),
                    "This is column j of $W: row j of $Wᵀ.",
                ),
            ),
            mistakes=(
                _product(
                    "W for its transpose",
                    "This is $W v: the gradient is $Wᵀ v, with $W transposed.",
                    Formula("$W $v", r"$W\,$v"),
                    lambda _v, saved: saved["W"],  # fits where W is square
                    lambda v, _saved: v,
                ),
            ),
        ),
        "b": _summand(
            "b",
            "z",
            "The bias is only added, so its gradient is the upstream gradient.",
            "So the gradient is v itself.",
        ),
    },
)


def _add(a: Array, b: Array) -> tuple[Array, dict[str, Array]]:
    if a.shape != b.shape:
        raise ShapeError(f"add: {a.shape} and {b.shape} differ")
    return np.asarray(a + b), {}


ADD = Op(
    "add",
    "sum",
    ("a", "b"),
    "r",
    _add,
    tidy=True,
    shape=alike("add", "a", "b"),
    saved=(),
    formula=Formula("$a + $b", "$a + $b"),
    says="$a and $b are added, entry by entry.",
    cost=size_of("a"),
    entrywise=Entrywise(
        Formula("$aᵢ + $bᵢ", "${a}_i + ${b}_i"), "i", lambda at, _shapes: [(Factor("a", at),), (Factor("b", at),)]
    ),
    vjps={
        slot: _summand(
            slot,
            "r",
            f"A sum hands the upstream gradient to each of its terms unchanged, so to ${slot}, too.",
            "So what comes back is v itself.",
        )
        for slot in ("a", "b")
    },
)
