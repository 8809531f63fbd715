"""The softmax multiplied out: its dense Jacobian against the slope of the cross-entropy, line by line."""

from __future__ import annotations

import math

from app.digits import Formatted, consistent_digits, significant
from app.engine import Array

from .models import Cell, Equation, Line, Table, maths, row
from .pairs import HeadGradient


def multiplied_out(head: HeadGradient) -> tuple[Line, ...]:
    """The softmax by hand: its dense Jacobian against the slope of the loss, term by term."""
    jacobian = maths("pⱼ (δⱼᵢ − pᵢ)", r"p_j\,(\delta_{ji} - p_i)")
    slope = maths("−y*ⱼ / pⱼ", r"-\frac{y^{*}_j}{p_j}")
    chain = maths("Σⱼ −(y*ⱼ / pⱼ) pⱼ (δⱼᵢ − pᵢ)", r"\sum_j -\frac{y^{*}_j}{p_j}\;p_j\,(\delta_{ji} - p_i)")
    cancelled = maths("Σⱼ −y*ⱼ (δⱼᵢ − pᵢ)", r"\sum_j -y^{*}_j\,(\delta_{ji} - p_i)")
    sums = maths("−y*ᵢ + pᵢ Σⱼ y*ⱼ", r"-y^{*}_i + p_i \sum_j y^{*}_j")
    result = maths("pᵢ − y*ᵢ", r"p_i - y^{*}_i")
    return (
        Line(
            "Now the softmax by hand. Every zᵢ moves every pⱼ, so its Jacobian is dense. The loss is −Σⱼ y*ⱼ log pⱼ, so"
            " its slope divides by each pⱼ.",
            (
                Equation(maths("∂pⱼ/∂zᵢ", r"\frac{\partial p_j}{\partial z_i}"), jacobian, "value"),
                Equation(maths("∂L/∂pⱼ", r"\frac{\partial L}{\partial p_j}"), slope),
            ),
        ),
        Line(
            "The chain rule adds over every output j that zᵢ reaches.",
            (Equation(maths("∂L/∂zᵢ", r"\frac{\partial L}{\partial z_i}"), chain),),
        ),
        Line(
            "Each term has pⱼ once below and once above, and it cancels: the dense Jacobian leaves no trace.",
            (Equation(None, cancelled),),
        ),
        Line(
            f"The δ picks the target’s own entry, and the rest is pᵢ times the sum of the targets. {_of_the_sum(head)}",
            (Equation(None, sums), Equation(None, result)),
            table=_terms(head),
        ),
    )


def _of_the_sum(head: HeadGradient) -> str:
    """What the sum of the targets is, and where it is not 1, when the next line holds."""
    if head.sums_to_1:
        return "That sum is 1."
    return (
        "For probabilities that sum is 1, and pᵢ − y*ᵢ is left. Here it is"
        f" {significant(math.fsum(head.target), 6)}, and stays."
    )


def _terms(head: HeadGradient) -> Table:
    """The terms of the first entry with their numbers, after pⱼ has cancelled, and their sum."""
    drawn = _terms_drawn(head)
    left = "p₁ − y*₁" if head.sums_to_1 else "p₁ Σ y* − y*₁"
    p, y = drawn["p"].texts, drawn["y"].texts
    rows = [
        row(
            f"j = {j + 1}",
            Cell(y[j], colour="value"),
            Cell(f"{'1' if j == 0 else '0'} − {_in_brackets(p[0])}", colour="value"),
            Cell(drawn["terms"].texts[j], colour="grad"),
        )
        for j in range(len(p))
    ]
    total = row("sum", "", "", Cell(f"{left} = {drawn['grad'].texts[0]}", colour="grad"), apart=True)
    return Table(
        "Entry 1 term by term, after pⱼ has cancelled", ("term", "y*ⱼ", "δⱼ₁ − p₁", "−y*ⱼ (δⱼ₁ − p₁)"), (*rows, total)
    )


def _terms_drawn(head: HeadGradient) -> dict[str, Formatted]:
    p, y = head.prediction, head.target
    own = [1.0, *[0.0] * (len(p) - 1)]
    terms = [0.0 - one * (delta - p[0]) for one, delta in zip(y, own, strict=True)]

    def redone(seen: dict[str, Array]) -> dict[str, Array]:
        first = seen["p"][0]
        found = seen["y"] * first
        found[0] -= seen["y"][0]
        total = 1.0 if head.sums_to_1 else seen["y"].sum()
        return {"terms": found, "grad": first * total - seen["y"][:1]}

    assert isinstance(head.numbers, list)
    return consistent_digits(
        {"p": p, "y": y}, {"terms": terms, "grad": head.numbers[:1]}, recompute=redone, near_1=("p",)
    )


def _in_brackets(text: str) -> str:
    """A probability that is subtracted: one written as 1 − … needs its brackets."""
    return f"({text})" if " " in text else text
