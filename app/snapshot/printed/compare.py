"""Printed numbers, each compared with what the network gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from app.engine import Array
from app.snapshot.build import trace_of
from app.snapshot.indices import grad_entry, shape_text, subscripted
from app.state import ViewState
from app.state.printed import Printed, PrintedKey, Statement, UnreadLine, printed

from .digits import PrintedVerdict, Truth, is_cut_off, judged, share, to_its_digits
from .looks_like import Likeness, Mistakes
from .models import ArrayNote, Comparison, PrintedMatch, PrintedNumber, UnreadView
from .quantities import NoQuantity, Quantity, Truths, entry_at, meant

# So many mistakes are told of one number.
_MOST_TOLD = 3


@dataclass(frozen=True, eq=False)
class _Number:
    """One printed number with what it is compared with."""

    key: str
    line: int
    text: str
    symbol: str
    printed: Printed
    factor: Fraction
    quantity: Quantity
    index: tuple[int, ...]
    truth: Truth
    verdict: PrintedVerdict

    @cached_property
    def in_floats(self) -> tuple[float, float, float]:
        """The factor, the number, and two units of its last digit."""
        return float(self.factor), float(self.printed.value), 2.0 * float(self.printed.unit)


def compared(
    state: ViewState, said: Sequence[Statement], unread: Sequence[UnreadLine] = (), steps: int = 1
) -> Comparison:
    """Compare statements with what a network gives with its numbers; `steps` is how many steps + means.

    `unread` are lines that could not be read, and are told with those that stand for nothing here. Raises Invalid where
    the numbers overflow, as `trace_of` does.
    """
    truths = Truths(state, trace_of(replace(state, direction="backward", step=None)), steps)
    mistakes = Mistakes(truths)
    told = [UnreadView(line=one.line, says=one.says) for one in unread]
    numbers: list[_Number] = []
    notes: list[ArrayNote] = []
    for statement in said:
        try:
            found, note = _numbers(truths, mistakes, statement)
        except NoQuantity as why:
            told.append(UnreadView(line=statement.line, says=str(why)))
            continue
        numbers += found
        if note:
            notes.append(ArrayNote(key=statement.key.text, line=statement.line, says=note))
    matches = _matches(mistakes, numbers)
    return Comparison(
        numbers=[_view(number, matches.get(place, [])) for place, number in enumerate(numbers)],
        unread=sorted(told, key=lambda one: one.line),
        arrays=notes,
    )


def _numbers(truths: Truths, mistakes: Mistakes, statement: Statement) -> tuple[list[_Number], str]:
    """The numbers of a statement, and what there is to say of them as an array. Raises NoQuantity."""
    key, grid = statement.key, statement.grid
    quantity = meant(truths, key)
    array = truths.array(quantity)
    symbol = truths.graph.by_name[quantity.name].symbol
    if len(grid) == 1 and len(grid[0]) == 1 and (key.index or not array.ndim or array.size > 1):
        index = entry_at(key, array, symbol)
        return [_number(truths, mistakes, statement, (quantity, index), key.text, grid[0][0])], ""
    if key.index or key.example is not None:
        raise NoQuantity(f"{key.text} is one number, and behind it stand {sum(map(len, grid))}.")
    texts, note = _laid_out(grid, array, symbol)
    entries = [
        _number(truths, mistakes, statement, (quantity, index), _entry_text(key, index), text)
        for index, text in zip(np.ndindex(array.shape), texts, strict=True)
    ]
    return entries, note


def _entry_text(key: PrintedKey, index: tuple[int, ...]) -> str:
    """The name of an entry of a printed array: W1.2.1+ for W1+."""
    places = "".join(f".{i + 1}" for i in index)
    text, plus, _ = key.text.partition("#")[0].partition("+")
    return f"{text}{places}{plus}"


def _laid_out(grid: tuple[tuple[str, ...], ...], array: Array, symbol: str) -> tuple[list[str], str]:
    """The texts of an array row by row, and a sentence where rows and columns are exchanged. Raises NoQuantity."""
    rows, columns = len(grid), len(grid[0])
    needs = f"{symbol} has the shape {shape_text(array.shape)}"
    if len({*map(len, grid)}) > 1:
        raise NoQuantity(f"The rows differ in length; {needs}.")
    flat = [text for row in grid for text in row]
    if array.ndim < 2:
        if array.size != len(flat) or (rows > 1 and columns > 1):
            raise NoQuantity(f"This is {rows}×{columns}; {needs}.")
        return flat, ""
    if (rows, columns) == array.shape:
        return flat, ""
    if (columns, rows) == array.shape:
        turned = [text for column in zip(*grid, strict=True) for text in column]
        return turned, f"This is {rows}×{columns}, in × out; it is read with rows and columns exchanged, as {needs}."
    raise NoQuantity(f"This is {rows}×{columns}; {needs}.")


def _number(
    truths: Truths,
    mistakes: Mistakes,
    statement: Statement,
    of: tuple[Quantity, tuple[int, ...]],
    key: str,
    text: str,
) -> _Number:
    quantity, index = of
    found = printed(text)
    right = float(truths.array(quantity)[index])
    if not np.isfinite(right):
        raise NoQuantity(f"The right number for {key} is beyond all floats.")
    factor = statement.key.factor
    if statement.key.times_lr:
        if truths.state.lr is None:
            raise NoQuantity(f"{key} needs a learning rate lr.")
        factor *= Fraction(truths.state.lr)
    step = truths.step_of(quantity)
    truth = Truth.of(right, 0.0, factor, None if step is None else float(step[index]))
    verdict = judged(found, truth)
    noise = mistakes.noise(quantity) if verdict != "right" and found.significant > 10 else None
    if noise is not None:
        truth = Truth.of(right, float(noise[index]), factor, None if step is None else float(step[index]))
        verdict = judged(found, truth)
    unit = index[1:] if statement.key.example is not None and len(index) > len(statement.key.index) else index
    symbol = _symbol(truths, quantity, unit)
    return _Number(key, statement.line, text, symbol, found, factor, quantity, index, truth, verdict)


def _symbol(truths: Truths, quantity: Quantity, index: tuple[int, ...]) -> str:
    """How a page prints the name of a number: ∂L/∂W⁽¹⁾₁₁, E₁."""
    graph = truths.graph
    if quantity.kind in ("gradient", "shares"):
        return grad_entry(graph, quantity.name, index).text
    letters = {"terms": "E", "probabilities": "p", "value": graph.by_name[quantity.name].symbol}
    return subscripted(letters[quantity.kind], index)


def _matches(mistakes: Mistakes, numbers: Sequence[_Number]) -> dict[int, list[Likeness]]:
    """The known mistakes that give what is wrong, by the place of the number.

    Of several wrong numbers of one array, those that give all of them are told alone.
    """
    groups: dict[Quantity, list[int]] = {}
    for place, number in enumerate(numbers):
        if number.verdict in ("wrong", "en-route"):
            groups.setdefault(number.quantity, []).append(place)
    found: dict[int, list[Likeness]] = {}
    for quantity, places in groups.items():
        likely: list[tuple[Likeness, list[int]]] = []
        for one in mistakes.of(quantity):
            given = [place for place in places if _gives(one, numbers[place])]
            if given and not (one.weak and any(np.array_equal(one.array, other.array) for other, _ in likely)):
                likely.append((one, given))
        wrong = [place for place in places if numbers[place].verdict == "wrong"]
        whole = [one for one in likely if wrong and {*wrong} <= {*one[1]}] if len(wrong) > 1 else []
        for one, given in sorted(whole or likely, key=lambda pair: not pair[0].own):
            for place in given:
                found.setdefault(place, []).append(one)
    return {place: list(_different(ones)) for place, ones in found.items()}


def _different(ones: Sequence[Likeness]) -> Iterator[Likeness]:
    """Each sentence once, and not too many."""
    said: set[str] = set()
    for one in ones:
        if len(said) < _MOST_TOLD and one.sentence not in said:
            said.add(one.sentence)
            yield one


def _gives(mistake: Likeness, number: _Number) -> bool:
    """Whether a mistake gives a printed number, and not just the truth; a single digit tells nothing but the sign."""
    array = mistake.array
    try:
        value = float(array[number.index] if array.ndim else array)
    except IndexError:
        return False
    factor, claimed, far = number.in_floats
    if not abs(value * factor - claimed) <= far + 1e-9 * abs(claimed):  # this look spares nearly all the fractions
        return False
    if not np.isfinite(value) or (number.printed.significant < 2 and not mistake.of_sign):
        return False
    would_be = Truth.of(value, factor=number.factor)
    if number.verdict == "en-route" and number.printed.significant < 4:
        return False
    apart = abs(would_be.value - number.truth.value) > 3 * number.printed.unit + number.truth.noise
    return apart and judged(number.printed, would_be) in ("right", "last")


def _view(number: _Number, matches: Sequence[Likeness]) -> PrintedNumber:
    truth = number.truth.value
    return PrintedNumber(
        key=number.key,
        symbol=number.symbol,
        line=number.line,
        printed=number.text,
        right=float(truth),
        rounded=to_its_digits(number.printed, truth),
        verdict=number.verdict,
        matches=[PrintedMatch(name=one.name, says=one.sentence) for one in matches],
        note=" ".join(_sentences(number, matches)),
        node=number.quantity.name,
        gradient=number.quantity.kind in ("gradient", "shares"),
        shares=number.quantity.kind == "shares",
        index=[i + 1 for i in number.index],
    )


def _sentences(number: _Number, matches: Sequence[Likeness]) -> list[str]:
    """What there is to say of a number."""
    if number.verdict == "right":
        return []
    if number.verdict == "last":
        if is_cut_off(number.printed, number.truth):
            return ["The digits were cut off, not rounded."]
        return ["Right but for the last digit."]
    if number.factor == -1 and judged(number.printed, replace(number.truth, value=-number.truth.value)) != "wrong":
        return [f"This is {number.symbol}, not −{number.symbol}."]
    either = ["It could be one of these."] if len(matches) > 1 else []
    said = [*either, *(one.sentence for one in matches)]
    if number.verdict == "en-route":
        return [_how_far(number), *(["Or it is a mistake.", *said] if said else [])]
    return said or ["This matches no common mistake."]


def _how_far(number: _Number) -> str:
    """How far a number is off that was rounded on the way."""
    off, truth = number.printed.off(number.truth.value), number.truth
    if truth.step is not None:
        return f"It is off by {share(off, truth.step)} of its step: rounded on the way."
    return f"It is off by {share(off, truth.value)}: rounded on the way."
