"""The two tables: the step, a parameter in each row, and the losses of the run, a step in each row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.digits import significant
from app.digits.update import ParameterDigits, digits_of, parameter_digits
from app.engine import Graph
from app.engine.descent import Descent
from app.layout import is_drawn
from app.snapshot import Expression, NestedList
from app.snapshot.formulas import gradient
from app.snapshot.indices import indices, subscripted
from app.snapshot.models import ParameterUpdate, Update
from app.snapshot.train import changes
from app.state.training import Training

# Of a parameter that is too large to be drawn as a matrix, so many entries are listed.
_LISTED = 6
# The steps whose losses are listed: all of the first, then 20, 50, 100 and so on.
_FIRST = 10
_STRIDES = (2.0, 2.5, 2.0)
# What brackets and the gap to the next array take, in letters.
_GAP = 4


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A parameter in the table of the step: its name and its gradient in symbols, and the four arrays as drawn.

    `entries` names the entries where these are only some of it, and `left_out` counts the others.
    """

    symbol: Expression
    grad: Expression
    shape: tuple[int, ...]
    held: bool
    digits: ParameterDigits
    entries: tuple[str, ...]
    left_out: int

    @property
    def letters(self) -> int:
        """How many letters its four arrays have side by side, with what stands between them."""
        drawn = (self.digits.value, self.digits.grad, self.digits.scaled, self.digits.new)
        return sum(_GAP + max(sum(map(len, row)) + len(row) for row in array.rows()) for array in drawn if array)


@dataclass(frozen=True, slots=True)
class LossRow:
    """A step in the table of losses: the loss after it, what it was predicted to change and did, and its address.

    The start has no change. `marks` says what is special about it.
    """

    step: int
    loss: str
    predicted: str
    change: str
    href: str
    marks: str


def parameter_rows(training: Training, update: Update, graph: Graph) -> tuple[ParameterRow, ...]:
    """Every parameter, in the order of the graph."""
    whole = is_drawn(training.view.shapes, training.view.network.graph)
    return tuple(_row(one, update.lr, graph, whole=whole) for one in update.parameters)


def _row(one: ParameterUpdate, lr: float, graph: Graph, *, whole: bool) -> ParameterRow:
    node = graph.by_name[one.name]
    symbol, grad = Expression(text=node.symbol, latex=node.latex), gradient(graph, one.name)
    shape = _shape(one.value)
    places = indices(shape)
    if whole or len(places) <= _LISTED:
        return ParameterRow(symbol, grad, shape, one.held, parameter_digits(one, lr), (), 0)
    listed = places[:_LISTED]
    some = [[_entry(array, index) for index in listed] for array in (one.value, one.grad, one.new)]
    value, grads, new = some
    scaled = None if one.scaled is None else [_entry(one.scaled, index) for index in listed]
    digits = digits_of(lr, value, grads, scaled, new)
    names = tuple(subscripted(node.symbol, index) for index in listed)
    return ParameterRow(symbol, grad, shape, one.held, digits, names, len(places) - len(listed))


def _shape(array: NestedList) -> tuple[int, ...]:
    return (len(array), *_shape(array[0])) if isinstance(array, list) else ()


def _entry(array: NestedList, index: tuple[int, ...]) -> float:
    for place in index:
        assert isinstance(array, list)
        array = array[place]
    assert isinstance(array, float)
    return array


def loss_rows(training: Training, run: Descent) -> tuple[LossRow, ...]:
    """The start, the first steps, some of the others, the one with the lowest loss, and the last."""
    moved, lowest = changes(run), min(range(len(run.losses)), key=run.losses.__getitem__)
    listed = sorted({*_listed(run.taken), lowest, run.taken})
    return tuple(_loss_row(training, run, moved, step, lowest) for step in listed)


def _loss_row(training: Training, run: Descent, moved: list[float], step: int, lowest: int) -> LossRow:
    marks = [("start", step == 0), ("lowest", step == lowest and run.taken > 0), ("now", step == run.taken > 0)]
    return LossRow(
        step,
        significant(run.losses[step], 6),
        significant(run.predicted[step - 1], 4) if step else "",
        significant(moved[step - 1], 4) if step else "",
        training.but(steps=step).address() if step else "",
        ", ".join(name for name, is_so in marks if is_so),
    )


def _listed(taken: int) -> Iterator[int]:
    """0, 1, … 10, then 20, 50, 100, 200, 500 and so on, up to so many."""
    yield from range(min(taken, _FIRST) + 1)
    step, place = float(_FIRST), 0
    while (step := step * _STRIDES[place % len(_STRIDES)]) <= taken:
        yield int(step)
        place += 1
