"""What is saved: each op's forward pass, what it saves, and the VJPs that read it; and what that costs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from app.digits import formatted, shape_text
from app.engine import OPS, OpNode, Trace
from app.engine.graph import Event
from app.layout.columns import BETWEEN, WIDE, letters
from app.pages.chapter.ops import OpRow, op_rows
from app.pages.chapter.question import Board, BoardState
from app.pages.contents import BY_NAME
from app.pages.form import Link
from app.snapshot import Expression, trace_of
from app.snapshot.formulas import bound, forward_equation, gradient, saved_text, via, vjp_equation
from app.snapshot.rules import step_cost
from app.snapshot.saved_memory import Reading, SavedMemory, saved_memory
from app.state import ViewState
from app.state.sizes import size_param

from .first_linear import first_linear
from .saved_scale import AtScale, at_scale

# Layers as wide as those of an ordinary transformer, and enough examples for activations to outgrow parameters.
_SIZES = {"n": 4096, "layers": 32, "batch": 16384}
# So many ops stand below each other on the stage.
_MOST_OPS = 7
# Ops whose saved values are worth a word.
_OPS = ("linear", "relu", "sigmoid", "exp", "softmax-cross-entropy")


@dataclass(frozen=True, slots=True)
class Chip:
    """A saved value: its name, its numbers or its shape where those are many, its bytes, and whether the pass has made
    it."""

    name: str
    numbers: str
    bytes: int
    is_made: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """A VJP, the gradient that it finds, and what it reads, as a list in words."""

    vjp: Expression
    grad: Expression
    reads: str


@dataclass(frozen=True, slots=True)
class OpSaved:
    """An op of the network: its forward formula, what it saves, and its VJPs."""

    forward: Expression
    chips: tuple[Chip, ...]
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class LinearCost:
    """What the first linear op takes in multiply-adds: forward, by its `forward_rule`, for ∂L/∂W and for ∂L/∂x; both
    together, and with the forward pass, as multiples of that, too."""

    forward_rule: Expression
    forward: int
    weights: int
    inputs: int
    backward: int
    step: int
    times_backward: str
    times_step: str


@dataclass(frozen=True, slots=True)
class OpRule:
    """An op of the table: its title, its forward formula, what it saves, and what that is where the name alone does not
    tell."""

    title: str
    forward: str
    saved: str
    says: str


@dataclass(frozen=True, slots=True)
class SavedOnStage:
    """The ops that there is room for on the stage, the last ones, which are read first; `left_out` is how many there
    are before them."""

    ops: tuple[OpSaved, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the board shows; `is_open` is whether sizes were chosen, which stand in full below."""

    ops: tuple[OpSaved, ...]
    memory: SavedMemory
    linear: LinearCost
    scale: AtScale
    rows: tuple[OpRule, ...]
    choices: tuple[Link, ...]
    is_open: bool

    @property
    def staged(self) -> SavedOnStage:
        """The ops for the stage of a lecture hall."""
        shown = self.ops[-_MOST_OPS:]
        return SavedOnStage(tuple(map(_on_stage, shown)), len(self.ops) - len(shown))


def _on_stage(op: OpSaved) -> OpSaved:
    """An op on the stage; a formula that there is no room for is left out, but for what it finds."""
    reads = sum(letters(f"{one.reads} → {one.grad.text}") + 2 * BETWEEN for one in op.readers if one.reads != "nothing")
    if letters(op.forward.text) + reads <= WIDE - BETWEEN:
        return op
    found, left = op.forward.text.partition(" = ")[0], op.forward.latex.partition(" = ")[0]
    return replace(op, forward=Expression(text=f"{found} = …", latex=rf"{left} = \dots"))


def _draw(state: BoardState) -> Drawn:
    trace = trace_of(_step(state))
    memory = saved_memory(trace)
    return Drawn(
        ops=tuple(_op(trace, node, item.read_by) for node, item in zip(trace.graph.ops, memory.items, strict=True)),
        memory=memory,
        linear=_linear(trace, first_linear(state.view).node),
        scale=at_scale(*(state.choice(name) for name in _SIZES)),
        rows=tuple(_rule(row) for row in op_rows() if row.name in _OPS),
        choices=tuple(_choices(state)),
        is_open=bool(state.own_parts()),
    )


def _rule(row: OpRow) -> OpRule:
    output = OPS[row.name].output
    says = ", its output" if output in row.saved else f", p = {row.predicts.text}" if row.predicts else ""
    return OpRule(row.title, f"{output} = {row.formula.text}", ", ".join(row.saved), says)


def _op(trace: Trace, node: OpNode, readings: list[Reading]) -> OpSaved:
    graph, given = trace.graph, {leaf.name for leaf in trace.graph.leaves}
    names, uses = bound(node), [use for use in graph.vjps.values() if use.node is node]
    return OpSaved(
        forward=forward_equation(graph, node),
        chips=tuple(
            Chip(
                name=saved_text(graph, node, slot),
                numbers=_numbers(array.tolist(), array.shape),
                bytes=array.nbytes,
                is_made=names.get(slot) not in given,
            )
            for slot, array in trace.saved[node.name].items()
        ),
        readers=tuple(
            Reader(
                vjp_equation(graph, node, use.slot, trace.vjp(use.edge)),
                via(gradient(graph, use.wrt), use),
                " and ".join(reading.names) or "nothing",
            )
            for use, reading in zip(uses, readings, strict=True)
        ),
    )


def _numbers(values: float | list[float], shape: tuple[int, ...]) -> str:
    """A vector or a number; of a matrix, and of what is not finite, the shape alone."""
    if len(shape) > 1 or not all(map(math.isfinite, values if isinstance(values, list) else [values])):
        return shape_text(shape)
    return formatted(values).in_words()


def _linear(trace: Trace, first: OpNode) -> LinearCost:
    names = bound(first)
    forward = step_cost(trace, Event("forward", first.name)).multiply_adds
    weights, inputs, bias = (
        step_cost(trace, Event("vjp", first.name, names[slot], slot)).multiply_adds for slot in first.op.vjps
    )
    backward = weights + inputs + bias
    return LinearCost(
        forward_rule=forward_equation(trace.graph, first),
        forward=forward,
        weights=weights,
        inputs=inputs,
        backward=backward,
        step=forward + backward,
        times_backward=str(Fraction(backward, forward)),
        times_step=str(Fraction(forward + backward, forward)),
    )


def _choices(state: BoardState) -> Iterator[Link]:
    """Sizes worth looking at."""
    for title, sizes in (("many examples", _SIZES), ("few examples", {**_SIZES, "batch": 64})):
        there = state.but(**sizes)
        yield Link(title, there.address(), there.address() == state.address())


def _formulas(_: BoardState) -> tuple[Expression, ...]:
    return (
        Expression(text="backward / forward = (mn + mn) / mn = 2", latex=r"\frac{m n + m n}{m n} = 2"),
        Expression(text="saved = L (n + m) for each example", latex=r"L \, (n + m)"),
    )


def _step(state: BoardState) -> ViewState:
    return state.view.go("forward").with_view("saved")


BOARD = Board(
    BY_NAME["saved"],
    _draw,
    _formulas,
    _step,
    params=tuple(size_param(name, default) for name, default in _SIZES.items()),
    has_numbers=False,
    terms=("saved", "vjp", "upstream", "transpose", "entrywise", "indicator", "target", "cost"),
)
