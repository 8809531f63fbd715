"""The shapes of a snapshot, for templates and JSON alike. Numbers are full float64; null means not there (yet)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SkipValidation

from app.engine.graph import Direction, Kind, Role

# A number, vector or matrix as JSON has it. They come from the engine's own arrays, so that going through them number
# by number would cost more than computing them did.
NestedList = Annotated[float | list[float] | list[list[float]], SkipValidation]
# What a number of a formula is.
Quantity = Literal["value", "grad", "constant"]


class Frozen(BaseModel):
    """A value: no field of it changes, and none is unknown. What a field means stands under it, and in every schema."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True)


class Expression(Frozen):
    """A formula with the network’s own names in it."""

    latex: str
    """The formula in LaTeX, for typesetting."""
    text: str
    """The same formula as plain text."""


class VjpView(Frozen):
    """One vector-Jacobian product of a node."""

    wrt: str
    """The input that it is taken with respect to: a node’s name."""
    latex: str
    """The formula in LaTeX, for typesetting."""
    text: str
    """The formula as plain text."""
    value: NestedList | None
    """What it adds to that input’s gradient, in the input’s shape; null until the backward pass reaches it."""
    shares: SkipValidation[list[NestedList]] = Field([], exclude_if=lambda shares: not shares)
    """What each example of a batch adds to the value of what all share, such as W; left out for all else."""


class Inactive(Frozen):
    """The entries of a gradient that are 0 because the op passes no gradient there."""

    entries: list[bool]
    """For each entry of the node, row by row: true where it is inactive."""
    reason: str
    """The condition under which an entry is inactive, such as z ≤ 0."""


class NodeView(Frozen):
    """A node of the network at one step."""

    name: str
    """The node’s name; inputs, wrt and every other field that names a node use it."""
    symbol: str
    """How the node is printed, such as h; the target y is printed y*."""
    op: str | None
    """The op that computes it; null for a leaf: an input, a parameter or a target."""
    role: Role
    """What the node is in the network: input, parameter, target, hidden or loss."""
    inputs: list[str]
    """The names of the nodes it is computed from, in the order of the op’s inputs; empty for a leaf."""
    shape: list[int]
    """The shape of its value and of its gradient: rows and columns, a length, or nothing for a scalar."""
    value: NestedList | None
    """Its value, in that shape; null until the forward pass reaches it."""
    grad: NestedList | None
    """∂L/∂ this node, in the same shape; null until the backward pass has all of it, and where none is taken."""
    requires_grad: bool
    """Whether a gradient is taken with respect to it; a target has none."""
    inactive: Inactive | None
    """Which entries of the gradient are 0 because an activation is inactive there; null where none is."""
    saved: list[str]
    """What the forward pass saves here for the backward pass: names of nodes, or the op’s own intermediate values."""
    forward: Expression | None
    """The op’s formula in this network’s names; null for a leaf."""
    vjps: list[VjpView]
    """One vector-Jacobian product for each input that a gradient is taken with respect to; empty for a leaf."""


class Operand(Frozen):
    """What stands for one `$slot` of a formula."""

    symbol: str
    """How it is printed, as plain text."""
    latex: str
    """How it is printed, in LaTeX."""
    node: str
    """The node that the numbers come from."""
    colour: Literal["value", "grad"]
    """Whether they are shown as values or as gradients."""
    shape: list[int]
    """The shape of the numbers."""
    numbers: NestedList
    """The numbers, in that shape."""
    whole: bool = False
    """Whether they are whole numbers by nature, such as a ReLU’s 0 and 1."""
    of: str = ""
    """The slot of the array that they are a part of; empty where they are all of one."""
    places: list[int] = []
    """Where they stand in that array, counted row by row from 0."""


class FactorView(Frozen):
    """One factor of a term: what it is called, which entry it is, and its number."""

    slot: str
    """What it is an entry of, in the op’s own names: an input, v, or local for the local derivative; else empty."""
    symbol: str
    """The factor as plain text."""
    latex: str
    """The factor in LaTeX, for typesetting."""
    node: str | None
    """The node that the number comes from; null for a constant."""
    key: str | None
    """The entry it is, as ask would name it; null for a constant and for the contribution of one use of a value."""
    keys: list[str]
    """That entry alone, or every entry that a local derivative is computed from, key first; empty where key is null."""
    quantity: Quantity
    """What the number is: value, grad or constant."""
    value: float
    """The number."""
    power: int = 1
    """How often the number is multiplied: value to this power is the factor."""
    whole: bool = False
    """Whether it is a whole number by nature, such as a ReLU’s 0 or 1."""


class Expansion(Frozen):
    """Where one entry comes from: `result` is the sum over `terms` of the product of their factors."""

    key: str
    """The entry, as ask names it: W.2.1, or the name alone for a scalar."""
    node: str
    """The node it is an entry of."""
    index: list[int]
    """Its place in the node, counted from 1 as in formulas; empty for a scalar."""
    quantity: Literal["value", "grad"]
    """What is expanded: value in a forward pass, grad in a backward pass."""
    left: Expression
    """The entry in symbols, such as ∂L/∂W₂₁."""
    general: Expression | None
    """The sum it is, with running indices; null where nothing is computed or several gradients are added."""
    terms: list[list[FactorView]]
    """The terms of the sum, each a list of factors; empty where there is nothing to expand."""
    result: float | None
    """The entry’s number; null where the step has not reached it, or where no gradient is taken."""
    note: str
    """Why there are no terms (given, takes no gradient, not reached yet), or what kind of sum it is; else empty."""


class StepCost(Frozen):
    """What one step costs and, for a VJP, which Jacobian it avoids."""

    multiply_adds: int
    """The step’s multiply-adds."""
    local_multiply_adds: int = 0
    """How many of them make a VJP’s local derivative; the others are of its product with v."""
    jacobian_shape: list[int] | None = None
    """Rows and columns of the Jacobian avoided; null where the step is no VJP."""
    jacobian_entries: int | None = None
    """How many entries that Jacobian has; null where the step is no VJP."""
    jacobian_avoided: bool = False
    """Whether nothing else needs that matrix: it is neither W nor the gradient itself."""
    jacobian_kind: str | None = None
    """What kind of matrix it is, in words; null where the step is no VJP."""


class Current(Frozen):
    """The step just taken, explained: `left` = `right`, in symbols; or the pass as a whole, in a sentence alone."""

    kind: Literal["whole", "inputs", Kind]
    """What the step does: nothing yet (inputs), an op forward, the seed, a VJP, or a sum over uses (accumulate); whole
    where it is no step."""
    node: str | None = None
    """The node whose rule it runs; null at the inputs."""
    wrt: str | None = None
    """The input that a VJP is taken with respect to; null for every other kind."""
    op: str | None = None
    """The op whose rule it runs; null where none does."""
    slot: str = ""
    """The op’s own name for that input; empty where the step is no VJP."""
    title: str
    """What the step is called."""
    sentence: str
    """What the step does, in a sentence."""
    left: Expression | None = None
    """What the step finds, in symbols; null at the inputs."""
    right: Expression | None = None
    """The formula that finds it, in the network’s names; null at the inputs."""
    template: str = ""
    """The right side in LaTeX with a `$slot` for each operand: with the numbers substituted, it gives the result."""
    operands: dict[str, Operand] = {}
    """The operands of the template, by slot."""
    general: str = ""
    """The right side as it is for each example, where the template writes it out for a batch; else empty."""
    arrays: dict[str, Operand] = {}
    """The operands of `general`, by slot: the arrays that those of the template are parts of."""
    result: NestedList | None = None
    """What the step found, as numbers in the shape of what it is; null at the inputs."""
    local: Operand | None = None
    """An intermediate value that the entries are computed with and the formula does not name; null where none is."""
    entries: list[Expansion] = []
    """Where each entry of the result comes from, row by row."""
    upstream: str | None = None
    """What v is, as plain text; null where the step is no VJP."""
    saved: list[str] = []
    """The values that a VJP reads, or that a forward step saves for the backward pass, as they are printed."""
    cost: StepCost | None = None
    """What the step costs; null at the inputs."""
    row: Any = Field(None, exclude=True, repr=False)
    """The op’s row where it is not the table’s: of a batch, or with one number for a bias."""
    convention: str = ""
    """What the op’s loss adds up, and how; empty where there is nothing to agree on."""


class Moment(Frozen):
    """One place on the timeline: a step of a pass."""

    direction: Direction = Field(alias="pass")
    """The pass that the step belongs to: forward or backward."""
    step: int
    """Its number in that pass; 0 is the inputs."""
    kind: Literal["inputs", Kind]
    """What the step does."""
    node: str | None
    """The node whose rule it runs; null at the inputs."""
    target: str | None
    """The node that gets the number; null at the inputs."""
    text: str
    """What the step finds, in symbols."""


class ParameterUpdate(Frozen):
    """A parameter before and after a step."""

    name: str
    """The parameter’s name."""
    held: bool
    """Whether the step leaves it as it is."""
    value: NestedList
    """Its value θ before the step."""
    grad: NestedList
    """Its gradient g = ∂L/∂θ there."""
    scaled: NestedList | None
    """lr·g, which the step subtracts; null where it is held."""
    new: NestedList
    """Its value after the step: θ − lr·g, or θ where it is held."""


class Update(Frozen):
    """One step of gradient descent: θ − lr·g for every parameter that is not held, all at once from the old values."""

    lr: float
    """The learning rate."""
    hold: list[str]
    """The parameters that the step leaves as they are."""
    parameters: list[ParameterUpdate]
    """Every parameter, in the order of the graph."""
    squared_norm: float
    """‖g‖², the sum of the squares of all gradient entries of the parameters that move."""
    loss: float
    """The loss before the step."""
    loss_after: float
    """The loss after the step."""
    predicted: float
    """−lr‖g‖²: the change of the loss to first order in lr."""


class Snapshot(Frozen):
    """The network at one step of one pass: what a program gets."""

    network: str | None
    """The network’s name, as an address has it; null for a graph that was sent."""
    title: str
    """The network’s name for people."""
    direction: Direction = Field(alias="pass")
    """The pass: forward or backward."""
    step: int
    """The step that is shown, from 0 to steps; step 0 of a pass is where nothing of it has run yet."""
    steps: int
    """How many steps the pass has."""
    loss: float | None
    """The loss L, a scalar; null until the forward pass reaches it."""
    nodes: list[NodeView]
    """The nodes of the network, in topological order."""
    ask: Expansion | None
    """Where the entry that was asked about comes from; null where none was asked about."""
    update: Update | None = None
    """With lr, the step of gradient descent that the whole backward pass leads to; null before it is complete."""

    def node(self, name: str) -> NodeView:
        """The node of that name. Raises StopIteration if there is none."""
        return next(view for view in self.nodes if view.name == name)


class Explained(Snapshot):
    """A snapshot with all that a person is told about it: what a page gets."""

    current: Current
    """The step just taken, explained."""
    next: Moment | None
    """The step that follows on the timeline; null at its end, and for a pass as a whole."""
    timeline: list[Moment]
    """Every step from the inputs to the last gradient, in order."""
