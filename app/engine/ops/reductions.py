"""The one loss of a batch, from those of its N examples: their mean or their sum."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np

from .table import (
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
    ShapeError,
    Vjp,
    size_of,
    times,
)
from .written import Part, by_example

Reduce = Literal["mean", "sum"]
REDUCES: tuple[Reduce, ...] = ("mean", "sum")


@lru_cache(maxsize=128)
def reduced(by: Reduce, count: int) -> Op:
    """The row of L, one number, of the losses of so many examples: their sum, or their mean."""
    return _mean(count) if by == "mean" else _sum(count)


def _reduction(name: Reduce, count: int, formula: Formula, says: str, term: tuple[Factor, ...], vjp: Vjp) -> Op:
    """Such a row; `term` has the factors of each term beside the example's loss."""
    divisor = count if name == "mean" else 1
    around = (r"\tfrac{1}{N}\,(", ")") if name == "mean" else ("", "")

    def forward(losses: Array) -> tuple[Array, dict[str, Array]]:
        if losses.shape[-1:] != (count,):
            raise ShapeError(f"{name}: {losses.shape} is not the shape of {count} losses")
        return np.asarray(losses.sum(-1) / divisor), {}

    return Op(
        name,
        f"{name} over examples",
        ("l",),
        "L",
        forward,
        shape=lambda _shapes: (),
        saved=(),
        formula=formula,
        says=says,
        cost=size_of("l"),
        entrywise=Entrywise(formula, "", lambda _at, _shapes: [(*term, Factor("l", (n,))) for n in range(count)]),
        vjps={"l": vjp},
        convention=f"the {name} of {count} losses",
        counts=frozenset({"l"}),
        reduces=True,
        written=by_example("$l", " + ", around, l=Part("l", "column of one")),
    )


def _row_of(number: float, count: int) -> Jacobian:
    """The Jacobian of such a row, all of whose entries are one number."""
    return Jacobian(
        lambda _shapes: (1, count),
        "a single row",
        lambda _inputs: np.full((1, count), number),
        nonzero=size_of("l"),
        says=f"It holds {'1/N' if number != 1.0 else '1'} for each example: there is nothing to avoid.",
        avoided=False,
    )


_CHAIN = Reason(
    Formula("$v ∂$L/∂$lₙ", r"$v\,\frac{\partial $L}{\partial ${l}_{n}}"),
    "There is one output, the loss, so there is nothing to add over.",
)


def _alone(v: Array, count: int) -> Array:
    """The upstream gradient of a loss that is the last example's own."""
    found = np.zeros((*v.shape, count))
    found[..., -1] = v
    return found


def _mean(count: int) -> Op:
    formula = Formula("(1/N) Σₙ $lₙ", r"\tfrac{1}{N} \sum_n ${l}_{n}")
    says = "The loss is the mean of the examples’ losses: each is divided by N, the number of examples."
    return _reduction("mean", count, formula, says, (Factor("", constant=1.0 / count),), _of_mean(count))


def _of_mean(count: int) -> Vjp:
    """The VJP of a mean, with the 1/N that it brings."""
    over_n = 1.0 / count

    def rule(v: Array, _saved: Saved) -> Array:
        return np.asarray(v[..., None] * np.full(count, over_n))

    one = Formula("$v · 1/N", r"$v \cdot \tfrac{1}{N}")
    says = "Only one term of the mean holds $lₙ, and it is divided by N, the number of examples."
    return Vjp(
        rule=rule,
        reads=(),
        formula=Formula("$v · $local", r"$v \cdot $local"),
        local=LocalDerivative(
            Formula("1/N", r"\tfrac{1}{N}"),
            lambda _saved: np.full(count, over_n),
            combine=lambda v, row: v[..., None] * row,
        ),
        says="The mean’s 1/N enters here, and once: each example’s loss has this share in $L.",
        cost=size_of("l"),
        jacobian=_row_of(over_n, count),
        entrywise=Entrywise(one, "n", lambda _at, _shapes: [(Factor("v"), Factor("", constant=over_n))]),
        derivation=(_CHAIN, Reason(one, says)),
        mistakes=_mistakes_at_a_mean(count, rule),
    )


def _mistakes_at_a_mean(count: int, rule: Rule) -> tuple[Mistake, ...]:
    return (
        Mistake(
            "1/N forgotten",
            "The 1/N of the mean is missing: this is the gradient of the sum of the examples’ losses.",
            lambda v, saved: count * rule(v, saved),
        ),
        Mistake(
            "1/N twice",
            "This is divided by the number of examples twice: the 1/N of the mean enters once.",
            lambda v, saved: rule(v, saved) / count,
        ),
        Mistake(
            "last example alone",
            "This is the gradient of the last example’s loss alone: $L is the mean of all.",
            lambda v, _saved: _alone(v, count),
        ),
    )


def _sum(count: int) -> Op:
    def rule(v: Array, _saved: Saved) -> Array:
        return np.asarray(v[..., None] * np.ones(count))

    vjp = Vjp(
        rule=rule,
        reads=(),
        formula=Formula("$v", "$v"),
        says="Each example’s loss is added to $L as it is, so each gets the upstream gradient.",
        cost=times(0, "l"),
        jacobian=_row_of(1.0, count),
        entrywise=Entrywise(Formula("$v", "$v"), "n", lambda _at, _shapes: [(Factor("v"),)]),
        derivation=(_CHAIN, Reason(Formula("$v", "$v"), "Only one term of the sum holds $lₙ, as it is.")),
        mistakes=(
            Mistake(
                "averaged over examples",
                "This is divided by the number of examples: the loss here is the sum of theirs, not the mean.",
                lambda v, saved: rule(v, saved) / count,
            ),
            Mistake(
                "last example alone",
                "This is the gradient of the last example’s loss alone: $L is the sum of all.",
                lambda v, _saved: _alone(v, count),
            ),
        ),
    )
    formula = Formula("Σₙ $lₙ", r"\sum_n ${l}_{n}")
    return _reduction("sum", count, formula, "The loss is the sum of the examples’ losses.", (), vjp)
