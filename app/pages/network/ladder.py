"""How wide a step's ladder is, so that it is told before it is drawn whether it fits on one line of the card."""

from __future__ import annotations

from app.digits import Formatted, Line, Product
from app.snapshot import Current

# How many em of the card's maths stand side by side at 1280 × 720, where a card is 1248 pixels wide inside.
ROOM = 51.0
# About the widths in em of a letter of a formula, of a figure, of a pair of brackets, of what is free around a column,
# of a parenthesis or a dot or a sign between figures, and of an equals sign with the gap before it.
LETTER, FIGURE, BRACKETS, COLUMN, SIGN, EQUALS = 0.52, 0.49, 1.0, 0.44, 0.5, 1.6


def ladder_width(current: Current, line: Line, *, with_v: bool) -> float:
    """About how wide a step's ladder is, in em: symbols, substitution, arithmetic and result, and with `with_v` the
    rung between them in which v alone is substituted."""
    left = len(current.left.text) * LETTER * 0.6 if current.left else 0.0  # a fraction, one half over the other
    symbols = len(current.right.text) * LETTER if current.right else 0.0
    names = sum(len(operand.symbol) for operand in current.operands.values()) * LETTER
    matrices = sum(_matrix(line.operands[slot]) for slot in current.operands)
    whole = left + symbols + (symbols - names + matrices) + _arithmetic(line) + _matrix(line.result) + 4 * EQUALS
    if current.general:
        whole += EQUALS + len(current.operands) / max(1, len(current.arrays)) * symbols
    if with_v:
        whole += symbols + _matrix(line.operands["v"]) + EQUALS
    return whole


def _matrix(drawn: Formatted) -> float:
    if not drawn.shape:
        return len(drawn.texts[0]) * FIGURE
    columns = list(zip(*drawn.rows(), strict=True)) if len(drawn.shape) == 2 else [drawn.texts]
    return BRACKETS + sum(max(map(len, column)) * FIGURE + COLUMN for column in columns)


def _arithmetic(line: Line) -> float:
    """The sums of all entries, in as many columns as the result has."""
    columns = line.result.shape[1] if len(line.result.shape) == 2 else 1
    widest = max(map(_sum, line.arithmetic))
    return BRACKETS + columns * (widest + COLUMN)


def _sum(products: tuple[Product, ...]) -> float:
    shown = [text for product in products for _, text in product.shown]
    negative = sum(text.startswith("−") for text in shown)
    return sum(map(len, shown)) * FIGURE + (len(shown) + len(products) + negative) * SIGN * 0.8
