"""The names under which numbers are printed: dW2.1.2, -1*dz2.1, 3:z1.2, W2.1.2+, ∂L/∂W⁽¹⁾₁₁.

    [factor*][example:][last.]name[.index…][+][#label]

Indices count from 1. Which number of a network a name stands for is not decided here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from app.state.notations import NUMBER

_DIGITS_OF = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789")
_LAYER = re.compile(r"⁽([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})⁾")
_LOW = "₀₁₂₃₄₅₆₇₈₉"
_LOWERED = re.compile(rf"[{_LOW}]{{1,4}}(?:,[{_LOW}]{{1,4}})*")
_BLANK = r"[^\S\n]{0,8}"
# Its groups have names, so that the pattern of a whole statement can hold it.
PATTERN = rf"""
    (?P<sign>[+-])?{_BLANK}
    (?:(?P<factor>{NUMBER.pattern}){_BLANK}[*·×]{_BLANK})?
    (?:(?P<lr>lr|η){_BLANK}[*·×]{_BLANK})?
    (?:(?P<example>[0-9]{{1,4}}){_BLANK}:{_BLANK})?
    (?P<last>last\.)?
    (?P<grad>[∂d][A-Za-z]{_BLANK}/{_BLANK}[∂d]|grad[._\ ]{_BLANK}|∇)?
    (?P<name>[A-Za-z][A-Za-z0-9_]{{0,15}})
    (?P<index>(?:\.[0-9]{{1,4}}){{0,3}})
    (?P<after>{_BLANK}\+)?
    (?:\#(?P<label>[A-Za-z0-9_]{{0,16}}))?
"""
_KEY = re.compile(PATTERN, re.VERBOSE)


@dataclass(frozen=True, slots=True)
class PrintedKey:
    """What a name says: `factor` times the number, and once more the learning rate where `times_lr`.

    `gradient` is whether it says in so many signs that a gradient is meant, as ∂L/∂ does; a d before the name may mean
    that, too. `index` and `example` count from 1. `after` is whether the number is one after the step, and `last`
    whether it is one of the last of several. `text` is the name as it is told again.
    """

    text: str
    name: str
    index: tuple[int, ...] = ()
    factor: Fraction = Fraction(1)
    times_lr: bool = False
    example: int | None = None
    gradient: bool = False
    after: bool = False
    last: bool = False


def as_lines_have_it(text: str) -> str:
    """The same text with W⁽¹⁾ as W1 and W₁₁ as W.1.1: raised numbers of layers, and indices below the line."""
    text = _LAYER.sub(lambda found: found[1].translate(_DIGITS_OF), text)
    return _LOWERED.sub(lambda found: _dotted(found[0]), text)


def _dotted(lowered: str) -> str:
    """Indices below the line with points before them: each digit is one, unless commas say which belong together."""
    parts = lowered.split(",") if "," in lowered else list(lowered)
    return "".join(f".{part.translate(_DIGITS_OF)}" for part in parts)


def printed_key(text: str) -> PrintedKey | None:
    """What a name says; None for what is none."""
    found = _KEY.fullmatch(as_lines_have_it(text.strip()))
    return key_of(found) if found else None


def key_of(found: re.Match[str]) -> PrintedKey:
    """What a match of PATTERN says."""
    factor = Fraction(found["factor"]) if found["factor"] else Fraction(1)
    return PrintedKey(
        text=_told(found),
        name=found["name"],
        index=tuple(int(place) for place in found["index"].split(".")[1:]),
        factor=-factor if found["sign"] == "-" else factor,
        times_lr=found["lr"] is not None,
        example=int(found["example"]) if found["example"] else None,
        gradient=found["grad"] is not None,
        after=found["after"] is not None,
        last=found["last"] is not None,
    )


def _told(found: re.Match[str]) -> str:
    """The name as the keys of this product have it."""
    parts = (
        "-" if found["sign"] == "-" else "",
        f"{found['factor']}*" if found["factor"] else "",
        "lr*" if found["lr"] else "",
        f"{found['example']}:" if found["example"] else "",
        found["last"] or "",
        "d" if found["grad"] else "",
        found["name"],
        found["index"],
        "+" if found["after"] else "",
        f"#{found['label']}" if found["label"] else "",
    )
    return "".join(parts)
