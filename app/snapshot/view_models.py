"""The shapes of what else one may ask about a step: its derivation, its Jacobian, what is saved, the check, a nudge."""

from __future__ import annotations

from app.engine.gradcheck import Verdict

from .models import Expression, Frozen, NestedList


class DerivationLine(Frozen):
    """One line of a derivation."""

    formula: Expression
    """The right side as it stands on this line."""
    says: str
    """What was done to get there, in a sentence."""


class Tempted(Frozen):
    """The rule that only looks right: its two factors multiplied, and what becomes of them."""

    formula: Expression
    """The rule, in symbols."""
    left: NestedList
    """The left factor’s numbers."""
    right: NestedList
    """The right factor’s numbers."""
    left_shape: list[int]
    """The left factor’s shape."""
    right_shape: list[int]
    """The right factor’s shape."""
    fits: bool
    """Whether the two shapes can be multiplied at all."""
    shape: list[int]
    """The shape that comes out; empty where they cannot."""
    wanted: list[int]
    """The shape that the gradient has."""
    same: bool
    """Whether the numbers happen to be right all the same."""


class Derivation(Frozen):
    """Where the formula of a step comes from, entry by entry."""

    left: Expression
    """One entry of what the step finds, with running indices."""
    reasons: list[DerivationLine]
    """The lines: a VJP’s one after the other, a forward rule’s single one."""
    tempted: Tempted | None
    """The rule that only looks right; null where none does."""


class JacobianView(Frozen):
    """The Jacobian that a VJP avoids, built to be looked at, and vᵀJ beside the VJP’s own result."""

    of: str
    """The symbol of what is differentiated: the rows of J."""
    wrt: str
    """The symbol of what it is differentiated with respect to: the columns of J."""
    kind: str
    """What kind of matrix it is, in words."""
    shape: list[int]
    """Its rows and columns."""
    matrix: list[list[float]]
    """Its entries, row by row."""
    v: list[float]
    """The upstream gradient, flat: one number for each row."""
    product: list[float]
    """vᵀJ, flat: one number for each column."""
    closed: NestedList
    """The VJP’s result, in the input’s shape."""
    closed_shape: list[int]
    """The input’s shape."""
    agrees: bool
    """Whether vᵀJ and the VJP are the same to 1e-12 of |vᵀ| |J|."""
    entries: int
    """How many entries the Jacobian has."""
    zeros: int
    """How many of them are 0."""
    bytes: int
    """Its bytes in float64."""
    multiply_adds: int
    """Multiply-adds of vᵀJ."""
    closed_multiply_adds: int
    """Multiply-adds of the VJP."""


class Reading(Frozen):
    """A VJP, and which saved values it reads."""

    vjp: str
    """The gradient that it finds, as plain text."""
    wrt: str
    """The node it is taken with respect to."""
    names: list[str]
    """The symbols of the saved values that it reads."""


class SavedValue(Frozen):
    """What one node saves for its VJPs."""

    node: str
    """The node’s symbol."""
    op: str
    """The node’s op."""
    names: list[str]
    """The saved values, by symbol."""
    nodes: list[str]
    """Those of them that are nodes, by name."""
    bytes: int
    """Their bytes in float64."""
    read_by: list[Reading]
    """The VJPs that read them."""


class SavedMemory(Frozen):
    """What the forward pass saves for the backward pass."""

    items: list[SavedValue]
    """What each node saves, in topological order."""
    total: int
    """Bytes of all saved values; one that two nodes save is stored once, so this may be less than the sum."""
    made: int
    """Bytes of those that this pass computed, the activations; the rest (inputs, parameters, targets) was given."""


class GradcheckEntry(Frozen):
    """One gradient entry beside a central difference of the loss."""

    key: str
    """The entry, as ask names it: W.2.1."""
    node: str
    """The node it is an entry of."""
    index: list[int]
    """Its place in the node, counted from 1; empty for a scalar."""
    grad: float
    """The gradient that the VJPs gave."""
    central: float
    """The slope of the loss as a central difference measures it, from both sides."""
    left: float
    """The slope of the loss to the left alone."""
    right: float
    """The slope of the loss to the right alone."""
    residual: float
    """|grad − central| / max(1, |grad|, |central|)."""
    verdict: Verdict
    """One of agrees, disagrees and kink: left and right differ and nothing is judged. Pages may also say overflow."""


class Gradcheck(Frozen):
    """Every gradient entry of a network, checked against a finite difference."""

    network: str
    """The network’s name."""
    epsilon: float
    """How far an entry θ is moved to each side, as a multiple of max(1, |θ|)."""
    tolerance: float
    """The residual up to which the two agree, beside what rounding alone explains."""
    entries: list[GradcheckEntry]
    """Every entry of every node that a gradient is taken with respect to, hidden nodes included."""
    agree: int
    """How many entries agree."""
    disagree: int
    """How many entries disagree: a VJP is wrong."""
    kinks: int
    """How many entries are at a kink, and not judged."""


class Nudge(Frozen):
    """One number moved by `epsilon`: what the loss did, and what the gradient foretold."""

    key: str
    """The entry that is moved, as it is printed."""
    epsilon: float
    """How far it is moved."""
    loss: float
    """The loss before."""
    moved: float
    """The loss after."""
    change: float
    """The loss after, minus the loss before."""
    foretold: float
    """The entry’s gradient times epsilon."""
    remainder: float
    """The change minus what was foretold."""
    rounding: float
    """How much of the remainder rounding alone may be: one no larger says nothing."""
