"""A text of printed numbers, statement by statement; what cannot be read is told line by line, and the rest is read.

    loss = 0.298371109
    dW1 = [[0.000438568, 0.000877135], [0.000497713, 0.000995425]]

A number keeps its text: how many digits it is printed with says how near it has to be.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from app.state.notations import NUMBER, Grid, NotationError, grid_of, number_of, plain, with_points

from .keys import PATTERN, PrintedKey, as_lines_have_it, key_of, printed_key

# So many numbers are looked at, of a text of so many signs, in lines of at most so many; a number has at most so many.
MAX_NUMBERS, MAX_TEXT, MAX_LINE, _LONGEST_NUMBER = 1000, 40_000, 8000, 60
# No float is larger or smaller than what these exponents say.
_MAX_EXPONENT = 330
_STATEMENT = re.compile(rf"(?:^|[,;{{][^\S\n]{{0,8}}){PATTERN}[^\S\n]{{0,8}}(?::?=|:|≈)(?![=:])", re.VERBOSE)
# What a line holds that goes on with an array.
_GOES_ON = re.compile(r"[-+0-9.eE,;/\s\[\](){}|&\\]+")
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """What one name is printed as: the texts of its numbers by rows. `line` counts from 1; 0 is no line of a text."""

    line: int
    key: PrintedKey
    grid: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """A line that cannot be read, and a sentence that says why. `line` counts from 1; 0 is no line of a text."""

    line: int
    says: str


Unread: TypeAlias = "tuple[UnreadLine, ...]"
_HOW = "A line needs a name, = and a number, as in dW1.1.1 = 0.000438568."


def statements(text: str) -> tuple[tuple[Statement, ...], Unread]:
    """The statements of a text in their order, and the lines that cannot be read."""
    found: list[tuple[int, PrintedKey, list[str]]] = []
    unread: list[UnreadLine] = []
    for number, line in enumerate(_lines(text), 1):
        starts = list(_STATEMENT.finditer(line)) if len(line) <= MAX_LINE else []
        before = line[: starts[0].start()] if starts else line
        if before.strip(" \t{}"):
            if found and _GOES_ON.fullmatch(before) and len(line) <= MAX_LINE:
                found[-1][2].append(before)
            elif len(line) > MAX_LINE:
                unread.append(_too_long(number))
            else:
                unread.append(UnreadLine(number, f"This is no printed number. {_HOW}"))
        ends = [*(start.start() for start in starts[1:]), len(line)]
        found += [(number, key_of(start), [line[start.end() : end]]) for start, end in zip(starts, ends, strict=False)]
    read: list[Statement] = []
    count = 0
    for number, key, parts in found:
        one = _statement(number, key, "\n".join(parts))
        count += sum(map(len, one.grid)) if isinstance(one, Statement) else 0
        if isinstance(one, Statement) and count > MAX_NUMBERS:
            unread.append(
                UnreadLine(number, f"At most {MAX_NUMBERS} numbers are looked at; this one and all below are not.")
            )
            break
        if isinstance(one, Statement):
            read.append(one)
        else:
            unread.append(one)
    return tuple(read), tuple(sorted(unread, key=lambda one: one.line))


def statements_by_key(printed: Mapping[str, str]) -> tuple[tuple[Statement, ...], Unread]:
    """The same of an object: by name, the text of a number or of an array."""
    read: list[Statement] = []
    unread: list[UnreadLine] = []
    strange = 0
    for name, text in printed.items():
        key = printed_key(plain(name))
        if key is None:
            strange += 1
            continue
        found = _statement(0, key, plain(text)) if len(text) <= MAX_LINE else _too_long(0)
        if isinstance(found, Statement):
            read.append(found)
        else:
            unread.append(found)
    if strange:
        says = f"{strange} of the names {'is' if strange == 1 else 'are'} no name of a number, such as dW1.1.1."
        unread.append(UnreadLine(0, says))
    return tuple(read), tuple(unread)


def _too_long(line: int) -> UnreadLine:
    return UnreadLine(line, f"The line is longer than {MAX_LINE} signs.")


def _lines(text: str) -> list[str]:
    """The lines of a text with one kind of minus, blank and digit, and without the quotation marks of JSON and code."""
    text = as_lines_have_it(plain(text[:MAX_TEXT])).replace('"', "").replace("'", "")
    return text.replace("\t", " ").split("\n")


def _statement(line: int, key: PrintedKey, text: str) -> Statement | UnreadLine:
    """One statement; of several signs of equality, as in z = 0.5 * 2 = 1, the last one counts."""
    text = re.split(r"[=≈]", text)[-1].strip(" \n").rstrip(",;}").strip()
    if text.count("[") < text.count("]"):  # of a list of statements
        text = text.rstrip("]")
    try:
        grid = grid_of(text) if text else []
    except NotationError as error:
        return UnreadLine(line, f"What stands behind {key.text} cannot be read: {error}.")
    numbers = [entry for row in grid for entry in row]
    if not numbers or not all(map(is_number, numbers)):
        comma = with_points(text)
        says = f" If there is a decimal comma, write {comma}." if comma and NUMBER.fullmatch(comma) else ""
        return UnreadLine(
            line, f"Behind {key.text} there is no number.{says}" if text else f"{key.text} has no number."
        )
    if len(numbers) == 2 and key.index and (comma := with_points(text)) and NUMBER.fullmatch(comma):
        return UnreadLine(line, f"Behind {key.text} there are two numbers. If that is a decimal comma, write {comma}.")
    return Statement(line, key, _frozen(grid))


def _frozen(grid: Grid) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in grid)


def is_number(entry: str) -> bool:
    """Whether a text is a decimal number that a float could be, or a fraction of two."""
    if len(entry) > _LONGEST_NUMBER:
        return False
    parts = entry.split("/")
    if len(parts) > 2 or not all(NUMBER.fullmatch(part) for part in parts):
        return False
    if any(abs(int(found)) > _MAX_EXPONENT for found in _EXPONENT.findall(entry)):
        return False
    return all(math.isfinite(float(part)) for part in parts) and (len(parts) == 1 or math.isfinite(number_of(entry)))
