"""Rows over examples: what a row does to each of the N examples of a batch, side by side.

    zₙᵢ      entry i of example n: n counts the examples, and stands before what the row of one is written with

A slot that counts examples has an axis more, the first of its own. Examples do not mix: passes run such a row as they
run a stack, and a Jacobian has a block for each example. What all examples share, W and b, is in `batches`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

import numpy as np

from .table import (
    Array,
    Count,
    Entrywise,
    Factor,
    Formula,
    Jacobian,
    NamedArray,
    Op,
    Reason,
    Rule,
    Saved,
    Shapes,
    Vjp,
)
from .written import Part, Written, by_example, on_arrays

Named = TypeVar("Named", bound=NamedArray)
# A slot, alone or of an entry: $h, $hᵢ; $h, ${h}_i, ${h}_{ij}.
_TEXT = re.compile(r"\$([A-Za-z]+)")
_LATEX = re.compile(r"\$(?:\{([A-Za-z]+)\}|([A-Za-z]+))(?:_\{(\w+)\}|_(\w))?")
# What there is to say of a matrix with a block for each example.
BLOCKS_SAY = "Outside its blocks it is 0: examples do not mix."
# A loss's VJP on whole arrays: of each example, v is one number, and multiplies its row.
_V_TIMES = on_arrays(r"$v \odot $local", v=Part("v"), local=Part("local"))
# Formulas that add up what belongs to one example.
_ADDS_UP = ("Σ", "‖", "·")


@lru_cache(maxsize=64)
def over_examples(op: Op) -> Op:
    """The row of an op all of whose inputs count examples."""
    counts = frozenset({*op.inputs, op.output, *op.made})
    alone = any(mark in op.formula.text for mark in _ADDS_UP)
    return replace(
        op,
        shape=lambda shapes: (_count(shapes), *op.shape(_of_one(shapes))),
        formula=with_n(op.formula, counts),
        says=f"Row by row, {op.says[0].lower()}{op.says[1:]}" if alone else op.says,
        cost=_of_all(op.cost),
        entrywise=_entrywise(op.entrywise, counts),
        vjps={slot: _vjp(vjp, counts, _V_TIMES if _is_loss(op) else None) for slot, vjp in op.vjps.items()},
        made={slot: _named(made, counts) for slot, made in op.made.items()},
        intermediate=_named(op.intermediate, counts) if op.intermediate else None,
        named=with_n(op.named, counts) if op.named else None,
        each=op,
        counts=counts,
        written=_each_loss(op) if _is_loss(op) else None,
    )


def _is_loss(op: Op) -> bool:
    """Whether an op makes one number of its inputs."""
    return op.output == "L"


def _each_loss(op: Op) -> Written:
    """The losses of the examples, one after the other."""
    template = op.formula.latex
    parts = {slot: Part(slot, "column of one") for slot in op.inputs}
    return by_example(template, r",\;\; ", ("(", ")"), **parts)


def with_n(formula: Formula, counts: Collection[str]) -> Formula:
    """A formula of one example as that of example n: n is the first index of what counts examples, and of v."""

    def counted(slot: str) -> bool:
        return slot == "v" or slot in counts

    def latex(found: re.Match[str]) -> str:
        slot, index = found[1] or found[2], found[3] or found[4] or ""
        return f"${{{slot}}}_{{n{index}}}" if counted(slot) else found[0]

    text = _TEXT.sub(lambda found: f"{found[0]}ₙ" if counted(found[1]) else found[0], formula.text)
    return Formula(text, _LATEX.sub(latex, formula.latex))


def each_example(rule: Rule) -> Rule:
    """A rule of one example as that of a batch: the examples one after the other."""

    def found(v: Array, saved: Saved) -> Array:
        return np.stack(
            [rule(np.asarray(v[n]), {slot: part[n] for slot, part in saved.items()}) for n in range(len(v))]
        )

    return found


def _example(arrays: Saved, n: int) -> Saved:
    """What one example has of what stands at slots."""
    return {slot: np.asarray(array[n]) for slot, array in arrays.items()}


def _count(shapes: Shapes) -> int:
    """How many examples there are."""
    return next(iter(shapes.values()))[0]


def _of_one(shapes: Shapes) -> Shapes:
    """The shapes of one example, from those of a batch."""
    return {slot: shape[1:] for slot, shape in shapes.items()}


def _of_all(count: Count) -> Count:
    return lambda shapes: _count(shapes) * count(_of_one(shapes))


def _entrywise(one: Entrywise, counts: Collection[str]) -> Entrywise:
    def terms(index: tuple[int, ...], shapes: Shapes) -> list[tuple[Factor, ...]]:
        n, *place = index
        return [
            tuple(replace(factor, index=(n, *factor.index)) if factor.slot else factor for factor in term)
            for term in one.terms(tuple(place), _of_one(shapes))
        ]

    return Entrywise(with_n(one.formula, counts), f"n{one.free}", terms)


def _named(one: Named, counts: Collection[str]) -> Named:
    """What a row makes on its way; its entry is written with an index on each slot where nothing else is said."""
    entry = with_n(one.entry or one.formula.of_entry(), counts)
    return replace(one, formula=with_n(one.formula, counts), entry=entry, letters=f"n{one.letters}")


def _vjp(one: Vjp, counts: Collection[str], written: Written | None) -> Vjp:
    return replace(
        one,
        written=written,
        formula=with_n(one.formula, counts),
        cost=_of_all(one.cost),
        product=_of_all(one.product) if one.product else None,
        jacobian=_blocks(one.jacobian),
        entrywise=_entrywise(one.entrywise, counts),
        derivation=_derivation(one.derivation, counts),
        local=_named(one.local, counts) if one.local else None,
        mistakes=tuple(replace(mistake, rule=each_example(mistake.rule), tempting=None) for mistake in one.mistakes),
        general=_vjp(one.general, counts, written) if one.general else None,
    )


def _derivation(lines: tuple[Reason, ...], counts: Collection[str]) -> tuple[Reason, ...]:
    found = [replace(line, formula=with_n(line.formula, counts)) for line in lines]
    if found:
        found[0] = replace(found[0], says=f"{found[0].says} Each example has its own.")
    return tuple(found)


def _blocks(one: Jacobian) -> Jacobian:
    """One Jacobian for each example, along a diagonal."""
    if one.kind.startswith(("a diagonal", "the identity")):
        kind, says, avoided = one.kind, one.says, one.avoided
    else:
        block = "a row" if one.kind == "a single row" else "a dense block" if "dense" in one.kind else "a block"
        kind, says, avoided = f"block diagonal, with {block} for each example", BLOCKS_SAY, True
    return Jacobian(
        lambda shapes: _scaled(one.shape(_of_one(shapes)), _count(shapes)),
        kind,
        lambda inputs: block_diagonal(
            [
                one.matrix({slot: part[n] for slot, part in inputs.items()})
                for n in range(len(next(iter(inputs.values()))))
            ]
        ),
        nonzero=_of_all(one.nonzero),
        says=says,
        avoided=avoided,
    )


def _scaled(sides: tuple[int, int], count: int) -> tuple[int, int]:
    return count * sides[0], count * sides[1]


def block_diagonal(blocks: list[Array]) -> Array:
    """The matrices along a diagonal, and 0 elsewhere."""
    rows, columns = sum(len(block) for block in blocks), sum(block.shape[1] for block in blocks)
    whole, row, column = np.zeros((rows, columns)), 0, 0
    for block in blocks:
        below, right = row + len(block), column + block.shape[1]
        whole[row:below, column:right] = block
        row, column = below, right
    return whole
