"""The form of the cost page: a number, a slider and two links for each size, and a choice for the type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine.cost import DTYPES
from app.pages.form import error_beside, sent_along, typed_text
from app.state import Invalid, carried_parts
from app.state.sizes import SIZES

from .question import CostState

LABELS: Mapping[str, tuple[str, str]] = {
    "n": ("n", "inputs of a layer"),
    "m": ("m", "outputs of a layer"),
    "layers": ("layers", "of this shape"),
    "batch": ("batch", "examples at once"),
}


@dataclass(frozen=True, slots=True)
class SizeField:
    """A field: its text as typed or as it is, and what is wrong with it.

    `stops` are what its slider, or its list, can choose, `at` which of them that is (the last one below, where it is
    none); `less` and `more` lead to the next of them, and are empty at the end.
    """

    name: str
    label: str
    says: str
    text: str
    error: str
    stops: tuple[str, ...]
    at: int
    less: str
    more: str

    @property
    def last(self) -> int:
        """The last place of the slider."""
        return len(self.stops) - 1


def stops(most: int) -> tuple[int, ...]:
    """The powers of two up to the most a size may be, and that one."""
    return tuple(sorted({*(2**power for power in range(most.bit_length())), most}))


def size_fields(state: CostState, problem: Invalid[CostState] | None) -> tuple[SizeField, ...]:
    """A field for each size."""
    return tuple(_size(state, name, problem) for name in SIZES)


def _size(state: CostState, name: str, problem: Invalid[CostState] | None) -> SizeField:
    value, found = getattr(state, name), stops(SIZES[name])
    below, above = [one for one in found if one < value], [one for one in found if one > value]
    label, says = LABELS[name]
    return SizeField(
        name=name,
        label=label,
        says=says,
        text=typed_text(problem, name, str(value)),
        error=error_beside(problem, name),
        stops=tuple(map(str, found)),
        at=sum(one <= value for one in found) - 1,
        less=state.but(**{name: below[-1]}).address() if below else "",
        more=state.but(**{name: above[0]}).address() if above else "",
    )


def type_field(state: CostState, problem: Invalid[CostState] | None) -> SizeField:
    """The choice of the type of all numbers."""
    return SizeField(
        name="dtype",
        label="type",
        says="of every number",
        text=state.dtype,
        error=error_beside(problem, "dtype"),
        stops=tuple(DTYPES),
        at=list(DTYPES).index(state.dtype),
        less="",
        more="",
    )


def hidden(state: CostState) -> tuple[tuple[str, str], ...]:
    """What the form sends along: the picture, the numbers that it hands on, and the good address it was sent from."""
    return sent_along([("show", state.show), *carried_parts(state.carried)], state.query())
