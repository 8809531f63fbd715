"""What the examples of a batch share: W and b of a linear layer.

The layer is written as it is for one example, zₙ = W xₙ + b, and what comes back to W and b is a sum over examples.
Beside it stands the layer of one example or of many whose bias is one number, b for every unit.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from .examples import BLOCKS_SAY, with_n
from .layers import LINEAR
from .table import (
    ZERO,
    Array,
    Entrywise,
    Factor,
    Formula,
    Index,
    Jacobian,
    LocalDerivative,
    Mistake,
    Reason,
    Rule,
    Saved,
    ShapeError,
    Shapes,
    Vjp,
    size_of,
)
from .written import Part, by_example, on_arrays

_COUNTS = frozenset({"x", "z"})


def _last_example(slot: str, shares: Rule) -> Mistake:
    """What a loop over examples leaves that sets a gradient where it should add to it."""
    return Mistake(
        "last example only",
        f"This is what the last example adds: the gradient at ${slot} is the sum over all examples.",
        lambda v, saved: shares(v, saved)[-1],
    )


# --- one number as the bias of all units


def _one_bias(W: Array, x: Array, b: Array) -> tuple[Array, dict[str, Array]]:
    return LINEAR.forward(W, x, np.broadcast_to(b[..., None], W.shape[:-1]))


_OVER_UNITS = Vjp(
    rule=lambda v, _saved: np.asarray(v.sum(-1)),
    reads=(),
    formula=Formula("Σᵢ $vᵢ", r"\sum_i ${v}_i"),
    says="The one bias is added in every unit, so its gradient is the sum of the upstream gradient over units.",
    cost=size_of("z"),
    jacobian=Jacobian(
        lambda shapes: (prod(shapes["z"]), 1),
        "a column of ones",
        lambda inputs: np.ones((inputs["z"].size, 1)),
        nonzero=size_of("z"),
        says="All it does is add up v.",
    ),
    entrywise=Entrywise(
        Formula("Σᵢ $vᵢ", r"\sum_i ${v}_i"),
        "",
        lambda _at, shapes: [(Factor("v", i),) for i in np.ndindex(shapes["v"])],
    ),
    derivation=(
        Reason(
            Formula("Σᵢ $vᵢ ∂$zᵢ/∂$b", r"\sum_i ${v}_i\,\frac{\partial ${z}_i}{\partial $b}"),
            "Chain rule: add over every output that $b reaches.",
        ),
        Reason(Formula("Σᵢ $vᵢ", r"\sum_i ${v}_i"), "In every output, $b is added as it is: its derivative is 1."),
    ),
    mistakes=(
        Mistake(
            "sum over units forgotten",
            "This has a number for each unit: $b is one number for all of them, so v is added up.",
            lambda v, _saved: v,
        ),
        Mistake(
            "averaged over units",
            "This is the mean of v over the units: the gradient of the one bias is the sum.",
            lambda v, _saved: np.asarray(v.mean(-1)),
        ),
    ),
)
ONE_BIAS = replace(
    LINEAR,
    forward=_one_bias,
    tidy=False,
    shape=lambda shapes: LINEAR.shape({**shapes, "b": shapes["W"][:1]}),
    says="Each row of $W multiplies $x, and $b, one number, is added in every unit.",
    entrywise=Entrywise(
        Formula("Σⱼ $Wᵢⱼ $xⱼ + $b", r"\sum_j ${W}_{ij}\,${x}_j + $b"),
        "i",
        lambda at, shapes: [*LINEAR.entrywise.terms(at, shapes)[:-1], (Factor("b"),)],
    ),
    vjps={
        **LINEAR.vjps,
        "W": replace(
            LINEAR.vjps["W"],
            jacobian=replace(
                LINEAR.vjps["W"].jacobian,
                matrix=lambda inputs: np.asarray(np.kron(np.eye(len(inputs["W"])), inputs["x"]), dtype=np.float64),
            ),
        ),
        "b": _OVER_UNITS,
    },
    each=LINEAR,
)


# --- a linear layer of many examples


def _linear(W: Array, x: Array, b: Array) -> tuple[Array, dict[str, Array]]:
    """z = x Wᵀ + b, with a row for each example; b has a number for each unit."""
    if x.ndim != W.ndim or x.shape[-1] != W.shape[-1] or b.shape != W.shape[:-1]:
        raise ShapeError(f"linear: W {W.shape} needs a row of {W.shape[-1]} for each example, not {x.shape}, {b.shape}")
    # as for each example alone, to the last bit
    return np.matvec(W[..., None, :, :], x) + b[..., None, :], {"W": W, "x": x}


def _linear_one_bias(W: Array, x: Array, b: Array) -> tuple[Array, dict[str, Array]]:
    return _linear(W, x, np.broadcast_to(b[..., None], W.shape[:-1]))


def _outer(v: Array, saved: Saved) -> Array:
    """Each example's v xᵀ."""
    return np.asarray(v[..., :, None] * saved["x"][..., None, :] + ZERO)


def _count(shapes: Shapes) -> int:
    return shapes["x"][0]


def _forward_terms(at: Index, shapes: Shapes) -> list[tuple[Factor, ...]]:
    n, i = at
    products = [(Factor("W", (i, j)), Factor("x", (n, j))) for j in range(shapes["x"][1])]
    return [*products, (Factor("b", (i,) if shapes["b"] else ()),)]


def _with_one_W(rule: Rule) -> Rule:
    """A rule of one example as that of a batch, whose examples share W."""
    return lambda v, saved: np.stack([rule(one, saved) for one in v])


_WITH_W = Vjp(
    rule=lambda v, saved: v.mT @ saved["x"],
    reads=("x",),
    formula=Formula("Σₙ $vₙ $local", r"\sum_n ${v}_{n}\,$local"),
    local=LocalDerivative(
        Formula("$xₙᵀ", r"{${x}_{n}}^{\top}"), lambda saved: saved["x"], combine=lambda v, x: v.mT @ x
    ),
    says="Each example adds the outer product of its upstream gradient and its input: all share one $W.",
    cost=lambda shapes: _count(shapes) * prod(shapes["W"]),
    jacobian=Jacobian(
        lambda shapes: (prod(shapes["z"]), prod(shapes["W"])),
        "a block diagonal matrix for each example, one below the other",
        lambda inputs: np.concatenate([np.kron(np.eye(len(inputs["W"])), x) for x in inputs["x"]]),
        nonzero=lambda shapes: _count(shapes) * prod(shapes["W"]),
        says="Row k of example n holds that row of $x once, and is 0 elsewhere.",
    ),
    entrywise=Entrywise(
        Formula("Σₙ $vₙᵢ $xₙⱼ", r"\sum_n ${v}_{ni}\,${x}_{nj}"),
        "ij",
        lambda at, shapes: [(Factor("v", (n, at[0])), Factor("x", (n, at[1]))) for n in range(_count(shapes))],
    ),
    derivation=(
        Reason(
            Formula(
                "Σₙ Σₖ $vₙₖ ∂$zₙₖ/∂$Wᵢⱼ",
                r"\sum_n \sum_k ${v}_{nk}\,\frac{\partial ${z}_{nk}}{\partial ${W}_{ij}}",
            ),
            "Chain rule: add over every output that $W reaches, which are those of all examples.",
        ),
        Reason(
            Formula("Σₙ Σₖ $vₙₖ δₖᵢ $xₙⱼ", r"\sum_n \sum_k ${v}_{nk}\,\delta_{ki}\,${x}_{nj}"),
            "Row i of $W touches output i of each example only, and multiplies that example’s row of $x.",
        ),
        Reason(
            Formula("Σₙ $vₙᵢ $xₙⱼ", r"\sum_n ${v}_{ni}\,${x}_{nj}"),
            "One outer product for each example, and their sum.",
        ),
    ),
    mistakes=(
        Mistake(
            "outer product transposed",
            "This is the sum of $x vᵀ: the outer product is transposed. v $xᵀ has a row for each output, as $W has.",
            lambda v, saved: saved["x"].mT @ v,
        ),
        _last_example("W", _outer),
    ),
    shares=_outer,
    written=by_example(r"$v\,$x", " + ", v=Part("v", "column of one"), x=Part("local", "row of one")),
)
_WITH_X = Vjp(
    rule=lambda v, saved: np.vecmat(v, saved["W"][..., None, :, :]),
    reads=("W",),
    formula=Formula("$local $vₙ", r"$local\,${v}_{n}"),
    local=LocalDerivative(
        Formula("$Wᵀ", r"{$W}^{\top}"),
        lambda saved: saved["W"].mT,
        combine=lambda v, transposed: np.matvec(transposed[..., None, :, :], v),
    ),
    says="Of each example, each entry is the dot product of its column of $W with that example’s upstream gradient.",
    cost=lambda shapes: _count(shapes) * prod(shapes["W"]),
    jacobian=Jacobian(
        lambda shapes: (prod(shapes["z"]), prod(shapes["x"])),
        "block diagonal, with $W itself for each example",
        lambda inputs: np.asarray(np.kron(np.eye(len(inputs["x"])), inputs["W"]), dtype=np.float64),
        nonzero=lambda shapes: _count(shapes) * prod(shapes["W"]),
        says=BLOCKS_SAY,
    ),
    entrywise=Entrywise(
        Formula("Σᵢ $Wᵢⱼ $vₙᵢ", r"\sum_i ${W}_{ij}\,${v}_{ni}"),
        "nj",
        lambda at, shapes: [(Factor("W", (i, at[1])), Factor("v", (at[0], i))) for i in range(shapes["W"][0])],
    ),
    derivation=tuple(
        replace(line, formula=with_n(line.formula, _COUNTS), says=f"{line.says}{more}")
        for line, more in zip(LINEAR.vjps["x"].derivation, (" Each example has its own.", "", ""), strict=True)
    ),
    mistakes=tuple(
        replace(mistake, rule=_with_one_W(mistake.rule), tempting=None) for mistake in LINEAR.vjps["x"].mistakes
    ),
    written=on_arrays(r"$v\,$W", v=Part("v"), W=Part("local", "transposed")),
)
_WITH_B = Vjp(
    rule=lambda v, _saved: np.asarray(v.sum(-2)),
    reads=(),
    formula=Formula("Σₙ $vₙ", r"\sum_n ${v}_{n}"),
    says="The bias is added in every example, so its gradient is the sum of the upstream gradient over examples.",
    cost=size_of("z"),
    jacobian=Jacobian(
        lambda shapes: (prod(shapes["z"]), prod(shapes["b"])),
        "the identity for each example, one below the other",
        lambda inputs: np.tile(np.eye(inputs["b"].size), (len(inputs["x"]), 1)),
        nonzero=size_of("z"),
        says="All it does is add up v over the examples.",
    ),
    entrywise=Entrywise(
        Formula("Σₙ $vₙᵢ", r"\sum_n ${v}_{ni}"),
        "i",
        lambda at, shapes: [(Factor("v", (n, *at)),) for n in range(_count(shapes))],
    ),
    derivation=(
        Reason(
            Formula("Σₙ Σₖ $vₙₖ ∂$zₙₖ/∂$bᵢ", r"\sum_n \sum_k ${v}_{nk}\,\frac{\partial ${z}_{nk}}{\partial ${b}_i}"),
            "Chain rule: add over every output that $b reaches, which are those of all examples.",
        ),
        Reason(
            Formula("Σₙ Σₖ $vₙₖ δₖᵢ", r"\sum_n \sum_k ${v}_{nk}\,\delta_{ki}"),
            "Entry i of $b is added to output i of each example only.",
        ),
        Reason(Formula("Σₙ $vₙᵢ", r"\sum_n ${v}_{ni}"), "What is left is v, added up over the examples."),
    ),
    mistakes=(
        Mistake(
            "sum over examples forgotten",
            "This has a row for each example: all of them share $b, so v is added up over the examples.",
            lambda v, _saved: v,
        ),
        _last_example("b", lambda v, _saved: v),
    ),
    shares=lambda v, _saved: v,
    written=by_example("$v", " + ", v=Part("v", "column of one")),
)
OVER_EXAMPLES = replace(
    LINEAR,
    forward=_linear,
    tidy=False,
    shape=lambda shapes: (_count(shapes), shapes["W"][0]),
    formula=with_n(LINEAR.formula, _COUNTS),
    says="Of each example, each row of $W multiplies its row of $x, and $b is added: all examples share $W and $b.",
    cost=lambda shapes: _count(shapes) * prod(shapes["W"]),
    entrywise=Entrywise(with_n(LINEAR.entrywise.formula, _COUNTS), "ni", _forward_terms),
    vjps={"W": _WITH_W, "x": _WITH_X, "b": _WITH_B},
    each=LINEAR,
    counts=_COUNTS,
    written=on_arrays(r"$x\,$W + $b", x=Part("x"), W=Part("W", "transposed"), b=Part("b", "row")),
)
_OVER_BOTH = replace(
    _OVER_UNITS,
    rule=lambda v, _saved: np.asarray(v.sum((-2, -1))),
    formula=Formula("Σₙ Σᵢ $vₙᵢ", r"\sum_n \sum_i ${v}_{ni}"),
    says="The one bias is added in every unit of every example, so its gradient is the sum over both.",
    entrywise=replace(_OVER_UNITS.entrywise, formula=Formula("Σₙ Σᵢ $vₙᵢ", r"\sum_n \sum_i ${v}_{ni}")),
    derivation=(
        Reason(
            Formula("Σₙ Σᵢ $vₙᵢ ∂$zₙᵢ/∂$b", r"\sum_n \sum_i ${v}_{ni}\,\frac{\partial ${z}_{ni}}{\partial $b}"),
            "Chain rule: add over every output that $b reaches, which are those of all examples.",
        ),
        Reason(
            Formula("Σₙ Σᵢ $vₙᵢ", r"\sum_n \sum_i ${v}_{ni}"),
            "In every output, $b is added as it is: its derivative is 1.",
        ),
    ),
    mistakes=(
        Mistake(
            "sum over units forgotten",
            "This has a number for each unit: $b is one number for all of them, so v is added up over units, too.",
            lambda v, _saved: np.asarray(v.sum(-2)),
        ),
        Mistake(
            "sum over examples forgotten",
            "This has a number for each example: all of them share $b, so v is added up over examples, too.",
            lambda v, _saved: np.asarray(v.sum(-1)),
        ),
        _last_example("b", lambda v, _saved: np.asarray(v.sum(-1))),
    ),
    shares=lambda v, _saved: np.asarray(v.sum(-1)),
)
OVER_EXAMPLES_ONE_BIAS = replace(
    OVER_EXAMPLES,
    forward=_linear_one_bias,
    entrywise=Entrywise(with_n(ONE_BIAS.entrywise.formula, _COUNTS), "ni", _forward_terms),
    vjps={**OVER_EXAMPLES.vjps, "b": _OVER_BOTH},
)
