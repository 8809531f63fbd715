"""How a formula of a batch is written out with numbers: for the arrays whose rows are examples, or example by example.

zₙ = W xₙ + b         on whole arrays, x Wᵀ + b
∂L/∂W = Σₙ vₙ xₙᵀ     a term for each example, v₁ x₁ᵀ + v₂ x₂ᵀ
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, TypeAlias

# What is drawn of the array at a slot: all of it, its rows and columns exchanged, all of it as one row, or what one
# example has of it, as a column or as a row.
How = Literal["whole", "transposed", "row", "column of one", "row of one"]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Part(NamedTuple):
    """What stands for one name of such a formula: `example` counts from 0, where one is meant."""

    slot: str
    how: How = "whole"
    example: int = 0


# For so many examples, a template in LaTeX and the parts that it names.
Written: TypeAlias = Callable[[int], tuple[str, Mapping[str, Part]]]


def on_arrays(template: str, **parts: Part) -> Written:
    """The formula on whole arrays."""
    return lambda _count: (template, parts)


def by_example(term: str, joint: str, around: tuple[str, str] = ("", ""), **parts: Part) -> Written:
    """A term for each example: `term` is that of one, with its parts; `joint` stands between two of them."""

    def written(count: int) -> tuple[str, Mapping[str, Part]]:
        found: dict[str, Part] = {}
        terms = []
        for n in range(count):
            own = term
            for name, part in parts.items():
                own = own.replace(f"${name}", f"$${name}{_letters(n)}".replace("$$", "$"))
                found[f"{name}{_letters(n)}"] = part._replace(example=n)
            terms.append(own)
        return around[0].replace("N", str(count)) + joint.join(terms) + around[1], found

    return written


def _letters(n: int) -> str:
    """A letter or two for an example: names of slots have no figures."""
    return _LETTERS[n // len(_LETTERS)] + _LETTERS[n % len(_LETTERS)]
