"""A step of gradient descent with digits: θ − lr·g, redone by hand from what is shown, gives the new value shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.snapshot import NestedList
from app.snapshot.models import ParameterUpdate, Update

from .consistent import comes_out, consistent_digits
from .formatted import Formatted, difference, formatted

# A parameter that moves by more than this share of itself reads differently after the step; so many digits more than a
# cell's are tried for that.
_SEEN, _MORE = 1e-6, 6
# What lies between these is written without a power of ten.
_PLAIN = (1e-3, 1e6)


@dataclass(frozen=True, slots=True)
class ParameterDigits:
    """A parameter before and after a step as drawn: θ, g, lr·g and θ − lr·g; `scaled` is None where it is held."""

    value: Formatted
    grad: Formatted
    scaled: Formatted | None
    new: Formatted


@dataclass(frozen=True, slots=True)
class LossDigits:
    """The loss before and after a step as drawn, and its change; ‖g‖², and −lr‖g‖², which that predicts. All of it
    `holds`, but where a person has chosen so few digits that one does not follow from the others."""

    before: str
    after: str
    change: str
    squared: str
    predicted: str
    holds: bool = True


def parameter_digits(one: ParameterUpdate, lr: float) -> ParameterDigits:
    """The four arrays of a parameter: both lr times g and θ minus that come out as shown, at once and one by one."""
    return digits_of(lr, one.value, one.grad, one.scaled, one.new)


def digits_of(
    lr: float, value: NestedList, grad: NestedList, scaled: NestedList | None, new: NestedList
) -> ParameterDigits:
    """The same of arrays that are all of a parameter, or some entries of it."""
    if scaled is None:
        return ParameterDigits(formatted(value), formatted(grad), None, formatted(new))
    given: Mapping[str, NestedList] = {"value": value, "grad": grad}
    old, size = np.asarray(value), abs(np.asarray(scaled))
    visible = size > _SEEN * abs(old)
    for more in range(_MORE):
        drawn = consistent_digits(
            given,
            {"scaled": scaled},
            {"new": new, "at_once": new},
            recompute=lambda seen: {
                "scaled": lr * seen["grad"],
                "new": seen["value"] - seen["scaled"],
                "at_once": seen["value"] - lr * seen["grad"],
            },
            more=more,
        )
        if (drawn["new"].numbers() != drawn["value"].numbers())[visible].all():
            break
    return ParameterDigits(drawn["value"], drawn["grad"], drawn["scaled"], drawn["new"])


def loss_digits(update: Update, digits: int | None = None) -> LossDigits:
    """The losses of a step, which subtract, and what was predicted, which is −lr times what is shown of ‖g‖²; with so
    many `digits`, where a person has chosen that."""
    if digits is not None:
        return _with_digits(update, digits)
    before, after, change = _losses(update.loss, update.loss_after)
    drawn = consistent_digits(
        {"squared": update.squared_norm},
        {"predicted": update.predicted},
        recompute=lambda seen: {"predicted": -update.lr * seen["squared"]},
    )
    return LossDigits(before, after, change, drawn["squared"].texts[0], drawn["predicted"].texts[0])


def _with_digits(update: Update, digits: int) -> LossDigits:
    """The same with so many digits."""
    numbers: dict[str, NestedList] = {
        "before": update.loss,
        "after": update.loss_after,
        "change": update.loss_after - update.loss,
        "squared": update.squared_norm,
        "predicted": update.predicted,
    }
    drawn = {name: formatted(number, digits=digits) for name, number in numbers.items()}
    holds = comes_out(
        drawn,
        ("change", "predicted"),
        recompute=lambda seen: {
            "change": seen["after"] - seen["before"],
            "predicted": -update.lr * seen["squared"],
        },
    )
    before, after, change, squared, predicted = (drawn[name].texts[0] for name in numbers)
    return LossDigits(before, after, change, squared, predicted, holds)


def _losses(before: float, after: float) -> tuple[str, str, str]:
    """Two losses and after − before; where one of them needs a power of ten, so have all that do."""
    if all(loss == 0.0 or _PLAIN[0] <= abs(loss) < _PLAIN[1] for loss in (before, after)):
        texts = difference(after, before)
        return texts[1], texts[0], texts[2]
    drawn = consistent_digits(
        {"before": before, "after": after},
        {"change": after - before},
        recompute=lambda seen: {"change": seen["after"] - seen["before"]},
    )
    return drawn["before"].texts[0], drawn["after"].texts[0], drawn["change"].texts[0]
