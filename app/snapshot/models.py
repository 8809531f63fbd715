"""The shapes of a snapshot, for templates and JSON alike. Numbers are full float64; null means not there (yet)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SkipValidation

from app.engine.graph import Direction, Kind, Role

# A number, vector or matrix as JSON has it. They come from the engine's own arrays, so that going through them number
# by number would cost more than computing them did.
NestedList = Annotated[float | list[float] | list[list[float]], SkipValidation]
# What a number of a formula is.
Quantity = Literal["value", "grad", "constant"]


class Frozen(BaseModel):
    """A value: no field of it changes, and none is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Expression(Frozen):
    """A formula with the network's own names in it."""

    latex: str
    text: str


class VjpView(Frozen):
    """One VJP of a node: its formula, and the contribution it left once the backward pass has been there."""

    wrt: str
    latex: str
    text: str
    value: NestedList | None


class Inactive(Frozen):
    """The entries (row by row) of a gradient that are 0 because the op lets nothing through, and the condition."""

    entries: list[bool]
    reason: str


class NodeView(Frozen):
    """A node at this step.

    `value` and `grad` are null until their pass reaches them, and `grad` stays null where `requires_grad` is false:
    a target takes none. `inactive` is null until the gradient is there, and where no op shuts anything.
    """

    name: str
    symbol: str
    op: str | None
    role: Role
    inputs: list[str]
    shape: list[int]
    value: NestedList | None
    grad: NestedList | None
    requires_grad: bool
    inactive: Inactive | None
    saved: list[str]
    forward: Expression | None
    vjps: list[VjpView]


class Operand(Frozen):
    """What stands for one `$slot` of a formula: its symbol, its numbers (whole ones?), the node they come from."""

    symbol: str
    latex: str
    node: str
    colour: Literal["value", "grad"]
    shape: list[int]
    numbers: NestedList
    whole: bool = False


class FactorView(Frozen):
    """One factor of a term: what it is called, which entry it is (`key` as in `ask`), its number, and its power.

    `slot` is the op's own name for what it is an entry of: an input, `v`, or `local` for the local factor. That one is
    made from the entries in `keys`, of which `key` is the first; any other is the one entry itself.
    """

    slot: str
    symbol: str
    latex: str
    node: str | None
    key: str | None
    keys: list[str]
    quantity: Quantity
    value: float
    power: int = 1
    whole: bool = False


class Expansion(Frozen):
    """Where one entry comes from: the sum over `terms` of the product of their factors is `result`.

    `index` counts from 1, as formulas do. `general` is the right side with running indices. Where there is nothing to
    derive, `terms` is empty and `note` says why; `result` is null if there is no number at this step either.
    """

    key: str
    node: str
    index: list[int]
    quantity: Literal["value", "grad"]
    left: Expression
    general: Expression | None
    terms: list[list[FactorView]]
    result: float | None
    note: str


class StepCost(Frozen):
    """Multiply-adds of this step and, for a VJP, the Jacobian that it did not build: shape, entries, kind."""

    multiply_adds: int
    jacobian_shape: list[int] | None = None
    jacobian_entries: int | None = None
    jacobian_kind: str | None = None


class Current(Frozen):
    """The step just taken, explained: `left` = `right`, in symbols.

    `template` is the right side's LaTeX with a `$name` for each of `operands`; put the numbers in and it gives
    `result`. `slot` is the op's own name for what a VJP is taken with respect to. `upstream` says what v is. `saved`
    are the values the rule reads from (or keeps in) the forward pass. `entries` derives each entry of the result, row
    by row; `local` is what they are made with where the formula itself does not name it.
    """

    kind: Literal["inputs", Kind]
    node: str | None = None
    wrt: str | None = None
    op: str | None = None
    slot: str = ""
    title: str
    sentence: str
    left: Expression | None = None
    right: Expression | None = None
    template: str = ""
    operands: dict[str, Operand] = {}
    result: NestedList | None = None
    local: Operand | None = None
    entries: list[Expansion] = []
    upstream: str | None = None
    saved: list[str] = []
    cost: StepCost | None = None
    convention: str = ""


class Moment(Frozen):
    """One place on the timeline: a step of a pass, the `node` whose rule it runs, the `target` that gets the number."""

    direction: Direction = Field(alias="pass")
    step: int
    kind: Literal["inputs", Kind]
    node: str | None
    target: str | None
    text: str


class Snapshot(Frozen):
    """The network at one step of one pass: what a program gets.

    `nodes` stand in topological order. `loss` is null until the forward pass reaches it. `ask` is the
    derivation of the entry that was asked about, null if none was.
    """

    network: str
    title: str
    direction: Direction = Field(alias="pass")
    step: int
    steps: int
    loss: float | None
    nodes: list[NodeView]
    ask: Expansion | None

    def node(self, name: str) -> NodeView:
        """The node of that name. Raises StopIteration if there is none."""
        return next(view for view in self.nodes if view.name == name)


class Explained(Snapshot):
    """A snapshot with all that a person is told about it: what a page gets.

    `current` is the step just taken; `next` is the following place on the one walk from the inputs to the last
    gradient, null at its end; `timeline` is that walk.
    """

    current: Current
    next: Moment | None
    timeline: list[Moment]
