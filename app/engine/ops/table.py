"""What a row of the table of ops is made of.

Stacks: what is computed by a pass takes many value sets at once. An op's own (core) dimensions come last, (m, n) for
W and (n,) for a vector; whatever comes before them, the same for all inputs, counts the sets. So each `Op.forward`,
`Vjp.rule`, `NamedArray.numbers`, `combine`, `inactive` and `branch` of a stack is the stack of what it is of each set,
in the manner of NumPy's generalized ufuncs: sums run over the last axis, products are `np.matvec`, `np.vecmat` and
`np.vecdot`, and v of a loss is `v[..., None]`. A loss is one number a set. What is for showing one set, `shape`,
`entrywise`, `jacobian` and `mistakes`, knows no stacks. Of one set `dot` is any of those products, in half the time.

Costs are in multiply-adds: one multiply and one add, or one of them alone. An exp, a log, a tanh, an erf, a comparison
and a quotient count as one each, and what is done once for a whole array is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod

import numpy as np
from numpy.typing import NDArray

from .written import Written

Array = NDArray[np.float64]
Saved = Mapping[str, Array]
Shape = tuple[int, ...]
Index = tuple[int, ...]
Shapes = Mapping[str, Shape]
Count = Callable[[Shapes], int]
Rule = Callable[[Array, Saved], Array]
Marks = Callable[[Saved], NDArray[np.bool_]]
Term = tuple["Factor", ...]

# For arithmetic with small arrays: a float would be made an array each time, which takes as long again.
ZERO: Array = np.zeros(())

# A slot, or one entry of it, to the power of something; one that has braces around it already is none of these.
_BARE_BASE = re.compile(r"(?<!\{)(\$[A-Za-z]+|\$\{[A-Za-z]+\}(?:_(?:\w|\{\w+\}))?)(?=\^)")
_SLOT = re.compile(r"\$([A-Za-z]+)")
_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")


class ShapeError(ValueError):
    """Inputs whose shapes do not fit the op; the message names the shapes."""


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula, twice: as plain text and as LaTeX, each a template whose `$name`s are slots.

    What is raised to a power gets braces in the LaTeX, as in `{$h}^{2}`: a slot may stand for y^{*}.
    """

    text: str
    latex: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "latex", _BARE_BASE.sub(r"{\1}", self.latex))

    def of_entry(self) -> Formula:
        """The formula of entry i of what is computed entry by entry: an index on each slot and sum, plain products."""
        latex = self.latex.replace(r"\sum\,", r"\sum_i ").replace(r" \odot \log", r" \log").replace(r" \odot ", r"\,")
        text = self.text.replace("Σ", "Σᵢ").replace(" ⊙ ", " ")
        return Formula(_SLOT.sub(r"$\1ᵢ", text), _SLOT.sub(r"${\1}_i", latex))

    def as_factor(self) -> Formula:
        """The formula as one factor of a product: in brackets where it is a sum or a difference."""
        outside = self.text
        while (shorter := _BRACKETS.sub("", outside)) != outside:
            outside = shorter
        is_sum = outside.startswith("−") or " + " in outside or " − " in outside
        return Formula(f"({self.text})", f"({self.latex})") if is_sum else self


@dataclass(frozen=True, slots=True)
class Factor:
    """One number of a product: an entry of what stands at `slot`, or a constant where the slot is empty.

    The slots are the op's own, `v`, and `local` for a VJP's local derivative or an op's intermediate number.
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
    """One line of a derivation by indices: what it has come to, and what is done in it.

    `formula` may name `$v` and the op's slots, `says` the slots alone.
    """

    formula: Formula
    says: str


@dataclass(frozen=True, slots=True)
class Tempting:
    """A matrix product that looks like a VJP and is none: its formula, and its two factors in their order.

    `left(v, saved)` is a matrix, `right(v, saved)` a matrix or a vector, and their shapes may refuse each other.
    """

    formula: Formula
    left: Rule
    right: Rule


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """A rule that people really use where a VJP's own belongs: its name, and what tells a learner of it.

    `rule(v, saved)` is as a VJP's, but its result may have another shape, and it raises ValueError where the shapes of
    its factors refuse. `says` may name the op's slots. `covers` is the general mistake that this one is the better
    word for, if any: at a loss, a wrong sign is target − prediction. `tempting` is the rule as a product of two
    factors, of a mistake that is worth showing beside the derivation.
    """

    name: str
    says: str
    rule: Rule
    covers: str = ""
    tempting: Tempting | None = None


@dataclass(frozen=True, slots=True)
class NamedArray:
    """An array that an op makes on its way, in symbols and as numbers.

    `whole` ones are counts or marks, shown without decimals. One entry is printed as `formula` with the entry's index
    on each slot, or as `of_entry` of it where it has a ⊙. Where that would not be true, because an entry is made from
    the whole of a slot, `entry` is its formula instead; its free letters are i, then j. Both stand as factors of a
    product, so a sum gets its brackets here. `letters` are the free ones in their order, if there are others.
    """

    formula: Formula
    numbers: Callable[[Saved], Array]
    whole: bool = False
    entry: Formula | None = None
    letters: str = "ijk"

    def __post_init__(self) -> None:
        object.__setattr__(self, "formula", self.formula.as_factor())
        # ⊙ stands between arrays alone
        entry = self.entry or (self.formula.of_entry() if "⊙" in self.formula.text else None)
        object.__setattr__(self, "entry", entry and entry.as_factor())


@dataclass(frozen=True, slots=True)
class Intermediate(NamedArray):
    """What an op's output is made with: `numbers(inputs)` takes the op's inputs, by slot."""


@dataclass(frozen=True, slots=True)
class LocalDerivative(NamedArray):
    """What v is combined with: `numbers(saved)` takes what the forward pass saved, by slot.

    `combine(v, local)` is the VJP once more, as its formula says it: rule(v, saved) = combine(v, numbers(saved)).
    """

    combine: Callable[[Array, Array], Array] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Jacobian:
    """The matrix a VJP avoids: its shape from the slots' shapes, and what kind of matrix it would be.

    `matrix(inputs)` builds it from the arrays at the op's inputs, by slot: a row for each entry of the output, a column
    for each entry of the input, both counted row by row. It is for showing and for tests: no pass calls it.
    `nonzero(shapes)` is how many of its entries can be other than 0, and `says` what there is in it to be stored. It is
    `avoided` where a VJP does without a matrix that nothing else needs.
    """

    shape: Callable[[Shapes], tuple[int, int]]
    kind: str
    matrix: Callable[[Saved], Array]
    nonzero: Count
    says: str
    avoided: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Vjp:
    """The rule for one input.

    `rule(v, saved)` returns ∂L/∂input, with the input's shape, of one set or of a stack; a `tidy` one leaves no −0
    where it is given none, and from any other the passes clear it away. `formula` may name `$v`,
    `$local` and any slot, and `label` is a shorter name, if it needs one. `reads` are the saved values it uses.
    `cost(shapes)` is in multiply-adds, and `product(shapes)` what of it is the product with v: all of it, if not given.
    `inactive(saved)` marks entries through which nothing flows, whatever v is, and `inactive_reason` is the condition
    for it. `derivation` derives the formula by indices. `mistakes` are those known of this rule; app.engine.mistakes
    has those of any rule.

    A formula that is simple for most numbers and not true of all says where it `holds(saved)`; `general` is then the
    same rule as it is written for all others: `at(saved)` is the one to show. `rule` itself is right for all of them.

    Of a batch, `shares(v, saved)` is what each example adds to the gradient of what all share, along a first axis.
    `written` is how its formula is written with numbers, where these do not just take the places of its slots.
    """

    rule: Rule
    reads: tuple[str, ...]
    formula: Formula
    says: str
    cost: Count
    jacobian: Jacobian
    entrywise: Entrywise
    derivation: tuple[Reason, ...] = ()
    local: LocalDerivative | None = None
    label: str = ""
    inactive: Marks | None = None
    inactive_reason: str = ""
    mistakes: tuple[Mistake, ...] = ()
    product: Count | None = None
    holds: Callable[[Saved], bool] = lambda _saved: True
    general: Vjp | None = None
    tidy: bool = False
    shares: Rule | None = None
    written: Written | None = None

    def at(self, saved: Saved) -> Vjp:
        """The rule as it is written for what was saved: itself, or the general one where its formula does not hold."""
        return self if self.general is None or self.holds(saved) else self.general

    def costs(self, shapes: Shapes) -> tuple[int, int]:
        """The multiply-adds of the product with v, and those that make the local derivative before it."""
        product = (self.product or self.cost)(shapes)
        return product, self.cost(shapes) - product

    @property
    def tempting(self) -> Tempting | None:
        """The mistake that is shown beside the derivation, as a product of two factors."""
        return next((mistake.tempting for mistake in self.mistakes if mistake.tempting), None)


@dataclass(frozen=True, slots=True)
class Likelihood:
    """What a loss of z is the negative log-likelihood of, up to what is constant in z: the loss is A(z) − y z.

    `link` is the distribution's canonical link, and `activation` the op by which the mean comes from z: the inverse of
    the link; None where that is the identity. `loss` is the op that is this loss of that mean, if there is one.
    `outside` are the conditions under which targets are none that the distribution can give.
    """

    distribution: str
    link: str
    activation: Op | None
    loss: Op | None = None
    outside: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that may hold for an op's inputs, `at(inputs)` some of their entries, or for all at once: a scalar.

    `says` what it is; the index of the entry is put on each `$slot`. `all_say` is the same of several entries at once,
    whose names are put in together.
    """

    at: Callable[[Saved], NDArray[np.bool_]]
    says: str
    all_say: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Op:
    """A row of the table.

    `forward(*inputs)` takes arrays in the order of `inputs`, or a stack of them (see the top of this file), and returns
    (output, saved); `shape(shapes)` is the output's shape from those of the inputs, by slot. `vjps` holds a rule for
    each input that can take a gradient, in the order in which a backward pass shows them. `made` has, by slot, what is
    saved that is neither an input nor the output. `intermediate`, if any, is what the entries of the output are made
    with. `branch(saved)`, where the op has a kink, tells which side of it each entry is on: −1 or 1, and 0 exactly at
    it; the kink is where the first input is `corner(*inputs)`, which is 0 unless an op says otherwise.
    `magnitude(*inputs)`, of a loss whose terms may cancel, is the sum of their sizes. `named` is its function by name
    alone, where `formula` spells it out. `undefined` are the conditions under which it has no finite number, though its
    inputs are finite and not by their size: log 0. Those that give NaN come first. `tidy` is as in Vjp.

    A row over the examples of a batch is made from that of one, `each`, and has the slots that count them in `counts`.
    One that `reduces` makes one loss of those of all examples. `written` is as in Vjp.
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
    cost: Count
    entrywise: Entrywise
    vjps: Mapping[str, Vjp]
    made: Mapping[str, Intermediate] = field(default_factory=dict)
    intermediate: Intermediate | None = None
    convention: str = ""
    branch: Callable[[Saved], Array] | None = None
    corner: Callable[..., Array] | None = None
    magnitude: Callable[..., Array] | None = None
    likelihood: Likelihood | None = None
    named: Formula | None = None
    undefined: tuple[Condition, ...] = ()
    tidy: bool = False
    each: Op | None = None
    counts: frozenset[str] = frozenset()
    reduces: bool = False
    written: Written | None = None

    @property
    def single(self) -> Op:
        """The row of one example: itself, but of a row over several."""
        return self.each or self

    def __repr__(self) -> str:
        return f"OPS[{self.name!r}]"  # short, so that a graph can be printed


def times(count: int, slot: str) -> Count:
    """So many multiply-adds for each entry that stands at a slot."""
    return lambda shapes: count * prod(shapes[slot])


def size_of(slot: str) -> Count:
    """How many entries stand at a slot."""
    return times(1, slot)


def square_of(slot: str) -> Callable[[Shapes], tuple[int, int]]:
    """The shape of the Jacobian of an op whose output is as large as this slot."""
    return lambda shapes: (prod(shapes[slot]), prod(shapes[slot]))
