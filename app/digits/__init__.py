"""How a number is written, and how many digits a line of arithmetic needs.

Two promises hold for all that is drawn: a number that is not 0 never reads as 0, and a line of arithmetic, redone from
the digits it shows, gives the result it shows. Only where a person has chosen how many digits there are may it give
another, and then the line knows.

Map: `formatted` the one formatter · `arithmetic` the line of a step or of an entry · `consistent` arrays that follow
from each other · `outcomes` what may be no number · `quantities` counts, bytes and shapes at a glance.
"""

from .arithmetic import Line, Product, entry_line, line
from .consistent import comes_out, consistent_digits
from .formatted import (
    MIN_DECIMALS,
    MIN_DECIMALS_SCALAR,
    Form,
    Formatted,
    difference,
    formatted,
    hides,
    min_decimals,
    significant,
    told_apart,
    with_decimals,
)
from .quantities import counted, grouped, shape_text, si

__all__ = [
    "MIN_DECIMALS",
    "MIN_DECIMALS_SCALAR",
    "Form",
    "Formatted",
    "Line",
    "Product",
    "comes_out",
    "consistent_digits",
    "counted",
    "difference",
    "entry_line",
    "formatted",
    "grouped",
    "hides",
    "line",
    "min_decimals",
    "shape_text",
    "si",
    "significant",
    "told_apart",
    "with_decimals",
]
