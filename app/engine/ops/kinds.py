"""The two kinds of op that most rows are of: such a row says its own maths, and what follows from it follows here.

    pointwise    h = f(z), entry by entry       VJP: v ⊙ f′(z)     Jacobian: a diagonal
    loss         L, one number, of a and y      VJP: v ∂L/∂a       Jacobian: a single row

Of a loss, `terms(index, shapes)` are those of one entry and `cost` its multiply-adds; one whose likelihood has an
activation makes its prediction p by that, from z itself; `magnitude` is as in Op.

An op of any other kind is written out, as `Op(...)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import TypeAlias

import numpy as np

from .shapes import alike, one_number
from .table import (
    Array,
    Entrywise,
    Factor,
    Formula,
    Index,
    Intermediate,
    Jacobian,
    Likelihood,
    LocalDerivative,
    Marks,
    Mistake,
    Op,
    Reason,
    Rule,
    Saved,
    ShapeError,
    Shapes,
    Term,
    Vjp,
    size_of,
    square_of,
    times,
)

# What a loss saves, by slot, of its prediction (or what that is made from) and its target.
_Saves: TypeAlias = Callable[[Array, Array], dict[str, Array]]
_LOWERED = str.maketrans("ijk", "ᵢⱼₖ")
_FIGURES = "0123456789"


@dataclass(frozen=True, slots=True)
class Slope:
    """The derivative of such an op, entry by entry, and what there is to say of it; v times it is the VJP.

    `formula` and `numbers` make it from what was saved; `entry` is the formula of one entry where an index on each slot
    is not enough. `says` is what is worth knowing of it. The derivation goes from the chain rule over `derivation`, a
    line that may be missing, to the rule of an entry, of which `conclusion` is said. `cost` counts multiply-adds for
    each entry, the product with v included; `mistakes` are those people make with this slope.

    A mask of 0 and 1 (`is_mask`) is what z itself is multiplied by on the way forward. `rule` stands for the plain
    product with v where that is not exact; `tidy`, `inactive` and its reason, `holds` and `general` are as in Vjp. The
    derivation of a slope that is a case of a general one goes on where that of the general one ends. One `of_mean` is
    that of a loss which divides by the number of entries itself.
    """

    formula: Formula
    numbers: Callable[[Saved], Array]
    _: KW_ONLY
    says: str
    derivation: Reason | None
    conclusion: str
    cost: int = 1
    entry: Formula | None = None
    is_mask: bool = False
    rule: Rule | None = None
    tidy: bool = False
    inactive: Marks | None = None
    inactive_reason: str = ""
    mistakes: tuple[Mistake, ...] = ()
    of_mean: bool = False
    holds: Callable[[Saved], bool] = lambda _saved: True
    general: Slope | None = None


def chain_rule(of: str, wrt: str, free: str, over: str, remark: str = "") -> Reason:
    """The first line of a derivation, Σ v ∂of/∂wrt over the letter `over`, for an entry of wrt with the letters `free`.

    `remark` is added to what is said of it.
    """
    k, at = over.translate(_LOWERED), free.translate(_LOWERED)
    entry = f"{{{free}}}" if len(free) > 1 else free
    partial = rf"\frac{{\partial ${{{of}}}_{over}}}{{\partial ${{{wrt}}}_{entry}}}"
    return Reason(
        Formula(f"Σ{k} $v{k} ∂${of}{k}/∂${wrt}{at}", rf"\sum_{over} ${{v}}_{over}\,{partial}"),
        f"Chain rule: add over every output that ${wrt} reaches.{remark}",
    )


def own_entry(derivative: Formula, says: str) -> Reason:
    """The line of a derivation in which output i alone is left: Σₖ vₖ δₖᵢ times the `derivative` ∂hᵢ/∂zᵢ."""
    return Reason(_beside(Formula("Σₖ $vₖ δₖᵢ", r"\sum_k ${v}_k\,\delta_{ki}"), derivative), says)


def forgotten(says: str, name: str = "slope forgotten") -> Mistake:
    """The mistake of handing v on as it is."""
    return Mistake(name, says, lambda v, _saved: v)


def _beside(first: Formula, second: Formula) -> Formula:
    """The product of two factors, with a dot before one that begins with a number: v · 2 (h − y)."""
    if second.text[0] in _FIGURES:
        return Formula(f"{first.text} · {second.text}", rf"{first.latex} \cdot {second.latex}")
    return Formula(f"{first.text} {second.text}", rf"{first.latex}\,{second.latex}")


def pointwise(
    name: str,
    title: str,
    function: Callable[[Array], Array],
    formula: Formula,
    *,
    says: str,
    slope: Slope,
    cost: int = 1,
    saves: str = "h",
    convention: str = "",
    branch: Callable[[Saved], Array] | None = None,
    tidy: bool = False,
) -> Op:
    """The row of h = function(z), entry by entry; it saves "h" or "z", whichever the slope is made from."""

    def forward(z: Array) -> tuple[Array, dict[str, Array]]:
        h = np.asarray(function(z))  # NumPy makes no array of a single number
        return h, {saves: h if saves == "h" else z}

    mask = Intermediate(slope.formula, slope.numbers, whole=True) if slope.is_mask else None
    slots = ("local", "z") if mask else ("local",)
    return Op(
        name,
        title,
        ("z",),
        "h",
        forward,
        saved=(saves,),
        shape=alike(name, "z"),
        formula=formula,
        says=says,
        cost=times(cost, "z"),
        entrywise=Entrywise(formula.of_entry(), "i", lambda at, _shapes: [tuple(Factor(slot, at) for slot in slots)]),
        intermediate=mask or Intermediate(formula, lambda inputs: function(inputs["z"])),
        vjps={"z": _diagonal(slope, saves, function)},
        convention=convention,
        branch=branch,
        tidy=tidy,
    )


def _diagonal(slope: Slope, saves: str, function: Callable[[Array], Array]) -> Vjp:
    """The VJP of an op entry by entry."""

    def slopes(z: Array) -> Array:
        return slope.numbers({saves: function(z) if saves == "h" else z})

    jacobian = Jacobian(
        square_of("z"),
        "a diagonal of 0 and 1" if slope.is_mask else "a diagonal",
        lambda inputs: np.diag(slopes(inputs["z"]).ravel()),
        nonzero=size_of("z"),
        says=f"Its diagonal alone holds as much: {'the mask' if slope.is_mask else 'the slopes'}.",
    )
    return _v_times(slope, "z", (saves,), jacobian, chain_rule("h", "z", "i", over="k"), one_v=False)


def loss(
    name: str,
    title: str,
    function: Callable[[Array, Array], Array],
    formula: Formula,
    *,
    of: str,
    says: str,
    cost: int,
    intermediate: Intermediate,
    terms: Callable[[Index, Shapes], list[Term]],
    slope: Slope,
    convention: str,
    by_entries: Formula | None = None,
    likelihood: Likelihood | None = None,
    magnitude: Callable[[Array, Array], Array] | None = None,
) -> Op:
    """The row of a loss, a sum over entries, of what stands at the slot `of` and a target y, which takes no gradient
    and is saved with the prediction. The other parameters are explained at the top of this file."""
    made = {"p": _prediction(likelihood.activation)} if likelihood and likelihood.activation else {}
    saved, saves = (*(made or (of,)), "y"), _saves(of, made)
    return Op(
        name,
        title,
        (of, "y"),
        "L",
        _forward(name, function, "input" if made else "prediction", saves),
        saved=saved,
        shape=one_number(name, of, "y"),
        formula=formula,
        says=says,
        cost=times(cost, of),
        entrywise=Entrywise(by_entries or formula.of_entry(), "", _over_entries(terms, of)),
        intermediate=intermediate,
        vjps={of: _single_row(slope, of, saved, saves)},
        made=made,
        convention=convention,
        likelihood=likelihood,
        magnitude=magnitude,
    )


def _prediction(activation: Op) -> Intermediate:
    """What an activation makes of z, in a loss that does it itself."""
    return Intermediate(
        activation.named or activation.formula,
        lambda inputs: np.asarray(activation.forward(inputs["z"])[0]),
        entry=activation.entrywise.formula,
    )


def _saves(of: str, made: Mapping[str, Intermediate]) -> _Saves:
    """What a loss saves of its inputs: the prediction, which it makes itself or is given, and the target."""

    if not made:
        return lambda a, y: {of: a, "y": y}

    def saved(a: Array, y: Array) -> dict[str, Array]:
        return {slot: one.numbers({of: a}) for slot, one in made.items()} | {"y": y}

    return saved


def _forward(
    name: str, function: Callable[[Array, Array], Array], first: str, saves: _Saves
) -> Callable[[Array, Array], tuple[Array, dict[str, Array]]]:
    """A loss's forward pass, which refuses what are no two vectors of one shape, or stacks of them; `first` is what one
    of them is called."""

    def forward(a: Array, y: Array) -> tuple[Array, dict[str, Array]]:
        if a.shape != y.shape:
            raise ShapeError(f"{name}: {first} {a.shape} and target {y.shape} differ")
        if not a.ndim:
            raise ShapeError(f"{name}: {a.shape} is not the shape of a vector")
        return function(a, y), saves(a, y)

    return forward


def _over_entries(terms: Callable[[Index, Shapes], list[Term]], of: str) -> Callable[[Index, Shapes], list[Term]]:
    """The terms of a sum over all entries of a slot, from those of one."""
    return lambda _at, shapes: [term for index in np.ndindex(shapes[of]) for term in terms(index, shapes)]


def _single_row(slope: Slope, of: str, reads: tuple[str, ...], saves: _Saves) -> Vjp:
    """The VJP of a loss, which reads the prediction and the target."""
    chain = Formula(f"$v ∂$L/∂${of}ᵢ", rf"$v\,\frac{{\partial $L}}{{\partial ${{{of}}}_i}}")
    jacobian = Jacobian(
        lambda shapes: (1, size_of(of)(shapes)),
        "a single row",
        lambda inputs: slope.numbers(saves(inputs[of], inputs["y"])).reshape(1, -1),
        nonzero=size_of(of),
        says="It is the gradient itself, but for v: there is nothing to avoid.",
        avoided=False,
    )
    mistakes = (*_usual(slope.numbers)[: 1 if slope.of_mean else 2], *slope.mistakes)
    one_output = Reason(chain, "There is one output, the loss, so there is nothing to add over.")
    return _v_times(replace(slope, mistakes=mistakes), of, reads, jacobian, one_output, one_v=True)


def _usual(slope: Callable[[Saved], Array]) -> tuple[Mistake, ...]:
    """The mistakes people make at any loss, whose slope has prediction − target in it; the second where it is a sum."""
    return (
        Mistake(
            "target − prediction",
            "The difference is reversed: the gradient of a loss has prediction − target in it.",
            lambda v, saved: -v * slope(saved),
            covers="sign",
        ),
        Mistake(
            "loss averaged",
            "This is divided by the number of entries: the loss here is a sum, not a mean.",
            lambda v, saved: v * slope(saved) / slope(saved).size,
        ),
    )


def _times_local(local: LocalDerivative) -> Formula:
    """v, one number, times a local derivative: with a dot where that begins with a number, as in `_beside`."""
    is_number = local.formula.text[0] in _FIGURES
    return Formula("$v · $local", r"$v \cdot $local") if is_number else Formula("$v $local", r"$v\,$local")


def _v_times(slope: Slope, of: str, reads: tuple[str, ...], jacobian: Jacobian, chain: Reason, *, one_v: bool) -> Vjp:
    """The VJP that multiplies by a slope: v is one number (`one_v`, behind a loss), or one for each of the slope's."""

    def combine(v: Array, slopes: Array) -> Array:
        return (v[..., None] if one_v and v.ndim else v) * slopes

    local = LocalDerivative(slope.formula, slope.numbers, slope.is_mask, slope.entry, combine=combine)
    v = Formula("$v", "$v") if one_v else Formula("$vᵢ", "${v}_i")
    entry = _beside(v, local.entry or local.formula.of_entry())
    general = _v_times(slope.general, of, reads, jacobian, chain, one_v=one_v) if slope.general else None
    lines = general.derivation if general else (chain,)
    return Vjp(
        rule=slope.rule or (lambda v, saved: combine(v, slope.numbers(saved))),
        reads=reads,
        formula=_times_local(local) if one_v else Formula("$v ⊙ $local", r"$v \odot $local"),
        local=local,
        says=slope.says,
        cost=times(slope.cost, of),
        product=size_of(of),
        jacobian=jacobian,
        entrywise=Entrywise(entry, "i", lambda at, _shapes: [(Factor("v", () if one_v else at), Factor("local", at))]),
        derivation=(*lines, *([slope.derivation] if slope.derivation else []), Reason(entry, slope.conclusion)),
        label="mask of $z" if slope.is_mask else "",
        inactive=slope.inactive,
        inactive_reason=slope.inactive_reason,
        mistakes=slope.mistakes,
        holds=slope.holds,
        general=general,
        tidy=slope.tidy,
    )
