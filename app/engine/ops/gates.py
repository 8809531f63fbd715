"""The gates: ops of two values of one shape, entry by entry: their product, and the larger of the two.

Vectors or single numbers; where one value feeds both inputs of a product, its gradient is the sum of both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .kinds import chain_rule, forgotten, own_entry
from .shapes import alike
from .table import (
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
    ShapeError,
    Vjp,
    size_of,
    square_of,
    times,
)

_Gate = Callable[[Array, Array], Array]
Marks = NDArray[np.bool_]


def _forward(name: str, gate: _Gate) -> Callable[[Array, Array], tuple[Array, dict[str, Array]]]:
    """A gate's forward pass, which saves both of its inputs."""

    def forward(a: Array, b: Array) -> tuple[Array, dict[str, Array]]:
        if a.shape != b.shape:
            raise ShapeError(f"{name}: {a.shape} and {b.shape} differ")
        return np.asarray(gate(a, b)), {"a": a, "b": b}

    return forward


def _times_v(slot: str, output: str, local: LocalDerivative, entry: Formula, *, kind: str, says: str) -> Vjp:
    """The rule for one input of a gate: v times `local`, whose entry is `entry`, entry by entry."""

    def diagonal(inputs: Saved) -> Array:
        return np.diag(local.numbers(inputs).ravel())

    v_entry = Formula(f"$vᵢ {entry.text}", rf"${{v}}_i\,{entry.latex}")
    return Vjp(
        rule=lambda v, saved: local.combine(v, local.numbers(saved)),
        reads=("a", "b") if local.whole else (_other(slot),),
        formula=Formula("$v ⊙ $local", r"$v \odot $local"),
        local=local,
        says=says,
        cost=times(2 if local.whole else 1, slot),
        product=size_of(slot),
        jacobian=Jacobian(
            square_of(slot), kind, diagonal, nonzero=size_of(slot), says="Its diagonal alone holds as much."
        ),
        entrywise=Entrywise(v_entry, "i", lambda at, _shapes: [(Factor("v", at), Factor("local", at))]),
        derivation=(
            chain_rule(output, slot, "i", over="k"),
            own_entry(entry, f"Output i depends on entry i of ${slot} only, and this is its derivative."),
            Reason(v_entry, "A product entry by entry: no matrix is left."),
        ),
    )


def _other(slot: str) -> str:
    return "b" if slot == "a" else "a"


def _factor(slot: str) -> Vjp:
    """The rule for one factor of a product: v times the other."""
    other = _other(slot)
    rule = _times_v(
        slot,
        "p",
        LocalDerivative(Formula(f"${other}", f"${other}"), lambda saved: saved[other], combine=lambda v, b: v * b),
        Formula(f"${other}ᵢ", f"${{{other}}}_i"),
        kind="a diagonal",
        says=f"A product is as steep in ${slot} as ${other} is large: each factor’s gradient is v times the other.",
    )
    own = Mistake(
        "own factor",
        f"This is v times ${slot} itself: the gradient of a factor is v times the other one, ${other}.",
        lambda v, saved: v * saved[slot],
    )
    return replace(rule, mistakes=(forgotten(f"The other factor is missing: v is multiplied by ${other}."), own))


def _candidate(slot: str, sign: str, latex: str, loses: str, wins: Callable[[Array, Array], Marks]) -> Vjp:
    """The rule for one of two values of which the larger is taken: v where it is the one, 0 elsewhere.

    `sign` says when it `wins`, `latex` the same, and `loses` when it does not.
    """
    other = _other(slot)
    mask = Formula(f"𝟙[${slot} {sign} ${other}]", rf"\mathbb{{1}}[${slot} {latex} ${other}]")
    rule = _times_v(
        slot,
        "m",
        LocalDerivative(
            mask,
            lambda saved: wins(saved[slot], saved[other]).astype(np.float64),
            True,
            combine=lambda v, marks: np.where(marks != 0.0, v, 0.0),  # no product with 0: v may be infinite
        ),
        Formula(f"𝟙[${slot}ᵢ {sign} ${other}ᵢ]", rf"\mathbb{{1}}[${{{slot}}}_i {latex} ${{{other}}}_i]"),
        kind="a diagonal of 0 and 1",
        says="The upstream gradient goes to the larger of the two, and the other gets exactly 0.",
    )
    to_both = forgotten("The mask is missing: v goes to the larger of the two only.", "mask forgotten")
    to_smaller = Mistake(
        "to the smaller",
        "This hands v to the smaller of the two: the output follows the larger one.",
        lambda v, saved: np.where(wins(saved[slot], saved[other]), 0.0, v),
    )
    return replace(
        rule,
        mistakes=(to_both, to_smaller),
        inactive=lambda saved: ~wins(saved[slot], saved[other]),
        inactive_reason=f"${slot} {loses} ${other}",
    )


MULTIPLY = Op(
    "multiply",
    "product",
    ("a", "b"),
    "p",
    _forward("multiply", lambda a, b: a * b),
    shape=alike("multiply", "a", "b"),
    saved=("a", "b"),
    formula=Formula("$a ⊙ $b", r"$a \odot $b"),
    says="$a and $b are multiplied, entry by entry.",
    cost=size_of("a"),
    entrywise=Entrywise(
        Formula("$aᵢ $bᵢ", r"${a}_i\,${b}_i"), "i", lambda at, _shapes: [(Factor("a", at), Factor("b", at))]
    ),
    vjps={slot: _factor(slot) for slot in ("a", "b")},
)

MAX = Op(
    "max",
    "maximum",
    ("a", "b"),
    "m",
    _forward("max", np.maximum),
    shape=alike("max", "a", "b"),
    saved=("a", "b"),
    formula=Formula("max($a, $b)", r"\max($a,\,$b)"),
    says="Of each entry of $a and the entry of $b in its place, the larger is taken.",
    cost=size_of("a"),
    entrywise=Entrywise(
        Formula("max($aᵢ, $bᵢ)", r"\max(${a}_i,\,${b}_i)"), "i", lambda at, _shapes: [(Factor("local", at),)]
    ),
    intermediate=Intermediate(
        Formula("max($a, $b)", r"\max($a,\,$b)"),
        lambda inputs: np.asarray(np.maximum(inputs["a"], inputs["b"])),
        entry=Formula("max($aᵢ, $bᵢ)", r"\max(${a}_i,\,${b}_i)"),
    ),
    vjps={
        "a": _candidate("a", "≥", r"\ge", "<", np.greater_equal),
        "b": _candidate("b", ">", ">", "≤", np.greater),
    },
    # NB: PyTorch and JAX give half of it to each.
    convention="v goes to the first where both are equal",
    branch=lambda saved: np.sign(saved["a"] - saved["b"]),
    corner=lambda _a, b: b,
)
