"""What to see at one logit, in sentences made from the numbers of the table below them: a few kinds, each true of them.

the one op      right · the nearest float · off, as p − y* cancels
two ops         all right · the gradient right, others off · the gradient off · the gradient no number
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from app.digits import significant
from app.snapshot.unfused import ChainView, Logit, Outcome
from app.snapshot.wording import joined

# The numbers of a chain of two ops, and how each is called.
NAMES: Mapping[str, str] = {
    "p": "p",
    "one_minus_p": "1 − p",
    "loss": "L",
    "grad_p": "∂L/∂p",
    "slope": "σ′(z)",
    "grad_z": "∂L/∂z",
}
_PER_CENT = 100.0
# What is off by less is told as a power of ten; what is off by more has next to no digit left.
_MIN_IN_PER_CENT, _NEARLY_ALL = 1e-3, 0.9995

# What is off by less than that and more than 1e-9 is off in one of these digits, the first being number 0.
_ORDINALS = dict(enumerate(("fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), 3))

# A chain's numbers as drawn, by their names.
Texts = Mapping[str, str]


def sentences(logit: Logit, texts: Mapping[str, Texts], true: Texts) -> tuple[str, ...]:
    """What to see: of the one op, and of the two ops where they were asked for. `texts` are each chain's numbers as
    drawn, `true` are those of the reference."""
    one, *two = logit.chains
    found = [f"The true ∂L/∂z is {true['grad_z']}.", _one_op(one.readings, texts[one.name], logit.reference["grad_z"])]
    if two:
        plain, clipped = two
        found += [*_rounded(plain.readings, logit.y), *_two_ops("In two ops", plain, texts[plain.name])]
        if clipped.readings == plain.readings:
            found.append("Clipping as in PyTorch’s BCELoss changes none of these numbers.")
        else:
            found += _two_ops("Clipped as in PyTorch’s BCELoss", clipped, texts[clipped.name])
    return tuple(found)


def how_far(reading: Outcome) -> str:
    """How far a number is from the true value, in words; empty where it is right or no number."""
    if reading.right or reading.off is None:
        return ""
    if reading.off < _MIN_IN_PER_CENT:
        return f"relative error {significant(reading.off, 3)}"
    if reading.value and _NEARLY_ALL <= reading.off <= 1:  # nearly all is not all
        return "over 99.9 % off"
    return f"{significant(_PER_CENT * reading.off, 3)} % off"


def _one_op(readings: Mapping[str, Outcome], texts: Texts, true: Outcome) -> str:
    grad, p = readings["grad_z"], readings["p"]
    given = f"The one op gives {texts['grad_z']}"
    if not grad.right:
        rounded = "rounds to 1" if p.value == 1.0 else "is rounded"
        return f"{given} ({how_far(grad)}): the p that it saves {rounded}, and p − y* cancels."
    return f"{given}, {'the float nearest to it' if true.value is None else 'right to nine digits'}."


def _rounded(readings: Mapping[str, Outcome], y: int) -> list[str]:
    """What all else follows from, where it is so: p at one of its ends, or few digits of 1 − p or of its log."""
    p, rest, loss = readings["p"], readings["one_minus_p"], readings["loss"]
    if p.value == 1.0:
        return ["In a float64, p rounds to 1, and 1 − p is 0."]
    if p.value == 0.0:
        return ["In a float64, p rounds to 0."]
    if not rest.right:
        return [f"In a float64, p is so near 1 that 1 − p has lost digits ({how_far(rest)})."]
    if loss.right:
        return []
    if y:  # L is −log p, and p a subnormal number
        return ["In a float64, p is so near 0 that few of its digits are left."]
    so = "rounds to 1, so log(1 − p) is 0" if rest.value == 1.0 else "is rounded, and log(1 − p) with it"
    return [f"In a float64, 1 − p {so}."]


def _two_ops(how: str, chain: ChainView, texts: Texts) -> list[str]:
    """The gradient, then what else is wrong: p and 1 − p have had their sentence."""
    readings = chain.readings
    wrong = [name for name in ("loss", "grad_p", "slope") if not readings[name].right]
    grad = readings["grad_z"]
    if grad.value is None:
        given = f"∂L/∂p is {texts['grad_p']} and σ′(z) is {texts['slope']}"
        product = f"∂L/∂z = {texts['grad_p']} · {texts['slope']} is {texts['grad_z']}"
        loss = f"; L is {_with_error(readings['loss'], texts['loss'])}" if "loss" in wrong else ""
        return [f"{how}, {given}, so that {product}{loss}."]
    others = joined([f"{NAMES[name]} is {_with_error(readings[name], texts[name])}" for name in wrong])
    if not grad.right:
        also = f"; {others}" if others else ""
        return [f"{how}, ∂L/∂z is {_how_wrong(grad)}: {_with_error(grad, texts['grad_z'])}{also}."]
    if not others:
        return [f"{how}, L, ∂L/∂p, σ′(z) and ∂L/∂z are right."]
    cancel = "∂L/∂p divides by the rounded p (1 − p), σ′(z) multiplies by the same number, and the rounding cancels."
    return [
        f"{how}, ∂L/∂z is right, but {others}.",
        *([cancel] if {"grad_p", "slope"} <= set(wrong) else []),
    ]


def _how_wrong(grad: Outcome) -> str:
    """What to call a gradient that is a number and not right: off in a late digit, or wrong."""
    assert grad.value is not None
    assert grad.off is not None
    if grad.off >= _MIN_IN_PER_CENT:
        return "a number, but a wrong one"
    first, off = (math.floor(math.log10(abs(number))) for number in (grad.value, grad.value * grad.off))
    return f"off in the {_ORDINALS[first - off]} digit"


def _with_error(reading: Outcome, text: str) -> str:
    far = how_far(reading)
    return f"{text} ({far})" if far else text
