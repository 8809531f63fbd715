"""Numbers that a board is to be right with, whichever network one comes with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from app.engine import NETWORKS
from app.state import ViewState

# What is typed into the fields, for layers of three units and of two: ordinary numbers, the bounds of what is ordinary,
# zeros, a kink (z = 0), inactive units, thirds, and numbers near the ends of a float64.
_TYPED = {
    3: (
        "x=255,-255",
        "x=1e5,1e-8",
        "x=0,0",
        "x=1,2&W=0.5,-0.25;0.3,0.4;-0.1,0.6&b=0,-1.1,0",
        "b=-9,-9,-9",
        "W=0,0;0,0;0,0&b=0,0,0",
        "x=0.333333333333,-0.1&W=-0.123456789,1;2,3;4,5",
        "W=1e5,1e-8;-1e5,0;255,1&x=1e-8,1",
        "x=1e-150,1e-200",
        "x=5e-324,1&W=1e150,-1e-150;1,1;0,1e-300&b=0,-1,0",
    ),
    2: (
        "x=255,-255",
        "x=1e5,1e-8",
        "x=0,0",
        "b=-9,-9",
        "W=0,0;0,0&b=0,0",
        "x=0.333333333333,-0.1&W=-0.123456789,1;2,3",
        "W=1e5,1e-8;-1e5,0&x=1e-8,1",
        "x=1e-150,1e-200",
    ),
}
NAMES = tuple(NETWORKS)


def addresses(key: str, more: str = "") -> Iterator[str]:
    """The address of a board for every network, as it comes, with its examples and with numbers of all kinds; `more` is
    what else is asked."""
    for name, network in NETWORKS.items():
        for example in network.examples:
            view = ViewState(network, "forward", {**network.defaults, **example.values})
            yield f"/chapter/{key}?{view.numbers_query}{more}"
        for typed in _TYPED[network.shape("W")[0]]:
            yield f"/chapter/{key}?network={name}&{typed}{more}"


# A number as it is printed: a real minus, digits, a power of ten.
_NUMBER = re.compile(r"(?<![\w₀-₉])−?\d+(?:\.\d+)?(?:×10⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")
_PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")


def plain_numbers(text: str) -> list[str]:
    """The numbers that a text shows, each as Python writes it: −1.5×10⁻³ is -1.5e-3."""
    return [found.replace("×10", "e").translate(_PLAIN) for found in _NUMBER.findall(text)]


def number(text: str) -> float:
    """The one number that a text shows."""
    (found,) = plain_numbers(text)
    return float(found)


def last_place(text: str) -> Decimal:
    """What the last digit of the one number that a text shows counts: 0.01 for 3.20."""
    (found,) = plain_numbers(text)
    exponent = Decimal(found).as_tuple().exponent
    assert isinstance(exponent, int)
    return Decimal(1).scaleb(exponent)
