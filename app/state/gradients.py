"""The body of a POST that wants numbers graded: a network with its numbers, and what somebody says they give.

Gradients are numbers, which are compared as such; printed numbers are texts, whose digits say how near they have to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine import Values
from app.engine.claims import TOLERANCE
from app.engine.sizes import MAX_SIDE

from .body import from_json
from .errors import FieldError, Invalid, listed
from .nested import kind_in_json, number_from_json
from .numbers import Where
from .printed import PrintedLines, printed_in_json
from .value import ViewState

# What a body may hold beside a network and its numbers.
_PICKS = ("gradients", "tolerance", "printed", "lr", "hold", "steps")
# The least and the most that a right answer may be off.
TOLERANCES = (1e-12, 0.1)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Gradients by node, in whatever shape they were sent: a number, a list, or rows, perhaps of different lengths.

    `printed` are numbers that were sent with their digits; None where there are none.
    """

    state: ViewState
    gradients: Mapping[str, Values]
    tolerance: float
    printed: PrintedLines | None = None


def gradients_from_json(body: object) -> Claimed:
    """Read the parsed body of a POST. A wrong shape is no error here but part of the grade. Raises Invalid."""
    state = from_json(body, "backward", picks=_PICKS, any_shape=True)
    assert isinstance(body, dict)  # else from_json has raised
    errors: list[FieldError] = []
    lines = printed_in_json(body, errors)
    sent = body.get("gradients", {})
    gradients = {} if sent == {} and lines else _gradients(sent, state, errors)
    tolerance = _tolerance(body.get("tolerance", TOLERANCE), errors)
    if errors:
        raise Invalid(errors, state)
    return Claimed(state, gradients, tolerance, lines)


def _gradients(sent: object, state: ViewState, errors: list[FieldError]) -> dict[str, Values]:
    takes = state.network.graph.requires_grad
    if not isinstance(sent, dict) or not sent:
        msg = "gradients must be an object of arrays of numbers, by name"
        msg += ", not " + kind_in_json(sent) if sent != {} else f", and hold at least one of {listed(takes)}"
        errors.append(FieldError(("body", "gradients"), msg))
        return {}
    found: dict[str, Values] = {}
    strange = set(sent) - takes
    for name in sorted(strange & set(state.network.shapes)):
        msg = f"{name} takes no gradient; those that do are {listed(takes)}"
        errors.append(FieldError(("body", "gradients", name), msg))
    if strange - set(state.network.shapes):
        errors.append(FieldError(("body", "gradients"), f"a name is unknown; known are {listed(takes)}"))
    for name in (node.name for node in state.network.graph.nodes if node.name in sent and node.name in takes):
        numbers = _numbers(sent[name], name, ())
        if isinstance(numbers, FieldError):
            errors.append(numbers)
        else:
            found[name] = numbers
    return found


def _numbers(value: object, name: str, index: tuple[int, ...]) -> Values | FieldError:
    """A number, a list of numbers, or a list of lists of them; nothing is empty, or larger than a gradient can be."""
    loc: Where = ("body", "gradients", name, *index)
    if isinstance(value, list) and len(index) < 2:
        if not value:
            return FieldError(loc, f"the gradient of {name} must not hold an empty list")
        if len({isinstance(entry, list) for entry in value}) > 1:
            return FieldError(loc, f"the gradient of {name} must hold either numbers or rows of numbers, not both")
        if len(value) > (MAX_SIDE if index or isinstance(value[0], list) else MAX_SIDE * MAX_SIDE):
            most = f"{MAX_SIDE} rows of {MAX_SIDE} numbers, or {MAX_SIDE * MAX_SIDE} in one list"
            return FieldError(loc, f"the gradient of {name} may hold at most {most}")
        found: list[Values] = []
        for place, entry in enumerate(value):
            inner = _numbers(entry, name, (*index, place))
            if isinstance(inner, FieldError):
                return inner
            found.append(inner)
        return tuple(found)
    kind = kind_in_json(value)
    if not index and kind != "a number":
        return FieldError(loc, f"the gradient of {name} must be numbers in arrays, or one number, not {kind}")
    where = f"entry {', '.join(str(i + 1) for i in index)} of " if index else ""
    return number_from_json(value, loc, f"{where}the gradient of {name}")


def _tolerance(value: object, errors: list[FieldError]) -> float:
    loc, (least, most) = ("body", "tolerance"), TOLERANCES
    number = number_from_json(value, loc, "tolerance")
    if isinstance(number, float) and not least <= number <= most:
        number = FieldError(loc, f"tolerance must be a number from {least:g} to {most:g}")
    if isinstance(number, FieldError):
        errors.append(number)
        return TOLERANCE
    return number
