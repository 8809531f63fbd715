"""What a handout is of, as a frozen value, and the address that says the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias, get_args

from app.engine.graph import Direction
from app.layout import MAX_EXAMPLES, MAX_LAYERS, MAX_SIDE, is_drawn
from app.state import AS_IT_COMES, FieldError, ViewState
from app.state.codec import Param, Reader, address_of, query_of, written
from app.state.query import read_view

Passes: TypeAlias = Literal["both", "forward", "backward"]
Paper: TypeAlias = Literal["a4", "letter"]
# A list of steps with ranges in it: 1-3,5.
_STEPS = re.compile(r"[0-9]{1,3}(?:-[0-9]{1,3})?(?:,[0-9]{1,3}(?:-[0-9]{1,3})?){0,99}")


@dataclass(frozen=True)
class HandoutState:
    """The network with its numbers, which passes, and which steps of one (None: all of them).

    With `blanks`, what the steps find is left to be filled in; with `answers`, it stands at the end, on sheets of its
    own. `paper` is what it is printed on.
    """

    view: ViewState = AS_IT_COMES
    passes: Passes = "both"
    steps: tuple[int, ...] | None = None
    blanks: bool = False
    answers: bool = False
    paper: Paper = "a4"

    @property
    def chosen(self) -> tuple[ViewState, ...]:
        """The steps that are printed, in their order."""
        every: tuple[Direction, ...] = get_args(Direction)
        directions = [direction for direction in every if self.passes in ("both", direction)]
        whole = [self.view.go(direction) for direction in directions]
        return tuple(
            state.go(state.direction, step) for state in whole for step in self.steps or range(1, state.steps + 1)
        )

    def own_parts(self) -> list[tuple[str, str]]:
        """The names and texts of what is chosen for the handout, without its defaults."""
        return written(PARAMS, {param.name: self.choice(param.name) for param in PARAMS})

    def choice(self, name: str) -> Any:
        """What is chosen under a name of the address."""
        return self.passes if name == "pass" else getattr(self, name)

    def query(self) -> str:
        """The canonical query, without its question mark."""
        return query_of([*self.view.handed_parts(), *self.own_parts()])

    def address(self) -> str:
        """The canonical address."""
        return address_of("/handout", self.query())


def handout_from_query(query: str | Reader) -> HandoutState:
    """Read the query of the page. Raises Invalid."""
    reader = Reader.of(query)
    view = drawn(reader, read_view(reader, "forward", NAMES))
    found = reader.read_all(PARAMS)
    passes, steps = found.pop("pass"), found.pop("steps")
    if steps is not None and (error := _misplaced(steps, passes, view)):
        reader.errors.append(error)
        steps = None
    return reader.checked(HandoutState(view, passes, steps, **found))


def drawn(reader: Reader, view: ViewState) -> ViewState:
    """A view, if it is small enough to be drawn; else the first network, and the reader has what is wrong."""
    error = too_large(view)
    if error is None:
        return view
    reader.errors.append(error)
    return AS_IT_COMES


def too_large(view: ViewState) -> FieldError | None:
    """What is wrong with a view of more numbers than are drawn; None with one that is drawn."""
    if is_drawn(view.shapes, view.network.graph):
        return None
    says = f"there are drawings of networks of up to {MAX_LAYERS} layers with up to {MAX_SIDE} units"
    several = f", and of up to {MAX_EXAMPLES} examples" if view.network.graph.by_example else ""
    return FieldError(("query", "network"), says + several)


def _misplaced(steps: tuple[int, ...], passes: Passes, view: ViewState) -> FieldError | None:
    """What is wrong with steps that can be read."""
    if passes == "both":
        return FieldError(("query", "steps"), "steps belong to one pass: choose the forward or the backward pass too")
    last = view.go(passes).steps
    if min(steps) < 1 or max(steps) > last:
        return FieldError(("query", "steps"), f"the {passes} pass has the steps 1 to {last}; choose some, such as 1-2")
    return None


def _steps(text: str) -> tuple[int, ...] | FieldError | None:
    """Steps as 1-3,5, each once and in order; none where nothing is said."""
    plain = re.sub(r"\s+", "", text).replace("–", "-")
    if not plain:
        return None
    if not _STEPS.fullmatch(plain):
        return FieldError(("query", "steps"), "steps must be whole numbers or ranges, with commas between, as 1-3,5")
    parts = (part.partition("-") for part in plain.split(","))
    ends = [(int(first), int(last or first)) for first, _, last in parts]
    if any(first > last for first, last in ends):
        return FieldError(("query", "steps"), "a range begins with its lower end, such as 1-3")
    return tuple(sorted({step for first, last in ends for step in range(first, last + 1)}))


def _steps_text(steps: tuple[int, ...] | None) -> str:
    """The same, as short as it can be written."""
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in _runs(steps or ()))


def _runs(steps: Iterable[int]) -> list[list[int]]:
    """Steps that follow each other, together."""
    runs: list[list[int]] = []
    for step in steps:
        if runs and runs[-1][-1] == step - 1:
            runs[-1].append(step)
        else:
            runs.append([step])
    return runs


def _one_of(text: str, name: str, choices: Mapping[str, Any]) -> Any | FieldError:
    if text in choices:
        return choices[text]
    *rest, last = choices
    return FieldError(("query", name), f"{name} must be {', '.join(rest)} or {last}")


def _choice(name: str, choices: Iterable[str], default: str) -> Param[Any]:
    return Param(name, partial(_one_of, name=name, choices={choice: choice for choice in choices}), str, default)


def _flag(name: str) -> Param[Any]:
    return Param(name, partial(_one_of, name=name, choices={"0": False, "1": True}), lambda on: str(int(on)), False)


PARAMS: tuple[Param[Any], ...] = (
    _choice("pass", get_args(Passes), "both"),
    Param("steps", _steps, _steps_text, None),
    _flag("blanks"),
    _flag("answers"),
    _choice("paper", get_args(Paper), "a4"),
)
NAMES = tuple(param.name for param in PARAMS)
