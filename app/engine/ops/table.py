"""What a row of the table of ops is made of.

Public names: `Op`, `Vjp`, `Local`, `Formula`, `Entrywise`, `Factor`, `Term`, `Reason`, `Tempting`, `Mistake`,
`Jacobian`, `ShapeError`, the types `Array`, `Saved`, `Shape`, `Shapes`, `Index`, and `size_of`, `square_of`, `row_of`,
`vectors`.

Stacks: what is computed by a pass takes many value sets at once. An op's own (core) dimensions come last, (m, n) for
W and (n,) for a vector; whatever comes before them, the same for all inputs, counts the sets. So each `Op.forward`,
`Vjp.rule`, `Local.numbers` and `combine`, `shut` and `branch` of a stack is the stack of what it is of each set, in the
manner of NumPy's generalized ufuncs: sums run over the last axis, products are `np.matvec`, `np.vecmat` and
`np.vecdot`, and v of a loss is `v[..., None]`. A loss is one number a set. What is for showing one set, `shape`,
`entrywise`, `jacobian`, `tempting` and `mistakes`, knows no stacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod

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


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """A rule that people really use where a VJP's own belongs: its name, and what tells a learner of it.

    `rule(v, saved)` is as a VJP's, but its result may have another shape, and it raises ValueError where the shapes of
    its factors refuse. `says` may name the op's slots. `covers` is the general mistake that this one is the better
    word for, if any: at a loss, a wrong sign is target − prediction.
    """

    name: str
    says: str
    rule: Callable[[Array, Saved], Array]
    covers: str = ""


@dataclass(frozen=True, slots=True)
class Local:
    """The local factor of a VJP: what v is combined with, in symbols and as numbers from what was saved.

    `combine(v, local)` is the VJP once more, as its formula says it: rule(v, saved) = combine(v, numbers(saved)).
    `whole` factors are counts or marks, drawn without decimals. An op's own `local` is an intermediate number on the
    way to its output: `numbers` then takes the inputs, by slot, and where no VJP shares it there is no `combine`.

    One entry is printed as `formula` with the entry's index on each slot. Where that would not be true, because an
    entry is made from the whole of a slot, or not good to read, `entry` is its formula instead; its free letters are
    i, then j.
    """

    formula: Formula
    numbers: Callable[[Saved], Array]
    combine: Callable[[Array, Array], Array] | None = None
    whole: bool = False
    entry: Formula | None = None


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

    `rule(v, saved)` returns ∂L/∂input, with the input's shape, of one set or of a stack. `formula` may name `$v`,
    `$local` and any slot. `reads` are the saved values it uses. `cost(shapes)` is in multiply-adds; an exp, a log and a
    quotient count as one each, and what is done once for a whole array is left out. `shut(saved)` marks entries through
    which nothing flows, whatever v is, and `shut_reason` is the condition for it. `why` derives the formula by indices,
    `tempting` is the mistake next to it, and `mistakes` are those known of this rule; app.engine.diagnosis has those of
    any rule.
    """

    rule: Callable[[Array, Saved], Array]
    reads: tuple[str, ...]
    formula: Formula
    says: str
    cost: Callable[[Shapes], int]
    jacobian: Jacobian
    entrywise: Entrywise
    derivation: tuple[Reason, ...] = ()
    tempting: Tempting | None = None
    local: Local | None = None
    inactive: Callable[[Saved], NDArray[np.bool_]] | None = None
    inactive_reason: str = ""
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Op:
    """A row of the table.

    `forward(*inputs)` takes arrays in the order of `inputs`, or a stack of them (see the top of this file), and returns
    (output, saved); `shape(shapes)` is the output's shape from those of the inputs, by slot. `vjps` holds a rule for
    each input that can take a gradient, in the order in which a backward pass shows them. `local`, if any, is what the
    entries of the output are made with. `branch(saved)`, where the op has a kink, tells which side of it each entry is
    on.
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


def vectors(name: str, first: str, array: Array, target: Array) -> None:
    """Raises ShapeError unless the two inputs of the loss `name` are vectors (or stacks of them) of one shape."""
    if array.shape != target.shape:
        raise ShapeError(f"{name}: {first} {array.shape} and target {target.shape} differ")
    if not array.ndim:
        raise ShapeError(f"{name}: {array.shape} is not the shape of a vector")


def size_of(slot: str) -> Callable[[Shapes], int]:
    """How many entries stand at a slot: one multiply-add for each."""
    return lambda shapes: prod(shapes[slot])


def square_of(slot: str) -> Callable[[Shapes], tuple[int, int]]:
    """The shape of the Jacobian of an op whose output is as large as this slot."""
    return lambda shapes: (prod(shapes[slot]), prod(shapes[slot]))


def row_of(slot: str) -> Callable[[Shapes], tuple[int, int]]:
    """The shape of the Jacobian of an op whose output is one number."""
    return lambda shapes: (1, prod(shapes[slot]))
