"""What is looked at, as a frozen value: network, numbers, pass and step, and the address that says the same.

Public names: `ViewState`, `FieldError`, `InvalidState`, `from_query`, `from_json`, `state_before`, `overflow_error`,
`number_text`, `field_text`.

One state has one address: defaults are left out, numbers stand in the shortest form that reads back to the same
float, keys in the graph's order. Nothing is computed here, and nothing that a person sent is repeated in a message.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote_plus

from app.engine import DEFAULT, NETWORKS, Network, Numbers, Shape
from app.engine.graph import Direction

# Each digit can be read in one way only, so that a long wrong number is refused in linear time.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_STEP = re.compile(r"[0-9]{1,4}")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_A_NUMBER = "a finite decimal number such as 0.5, -2 or 1e-3"

# What a page's form adds to an address: the good address it was sent from.
FROM = "from"


@dataclass(frozen=True, slots=True)
class FieldError:
    """Where something is wrong, as a path into the query or the body, and a sentence saying what would be right."""

    loc: tuple[str | int, ...]
    msg: str

    @property
    def field(self) -> str:
        """The name of the field beside which a page shows the sentence."""
        names = [part for part in self.loc if isinstance(part, str) and part not in ("query", "body", "values")]
        return names[0] if names else ""


class InvalidState(ValueError):
    """An address or a body that is no state.

    `fallback` is what could be read of it, the rest as it comes; `typed` is what was entered, by field.
    """

    def __init__(self, errors: list[FieldError], fallback: ViewState, typed: Mapping[str, str]) -> None:
        super().__init__("; ".join(error.msg for error in errors))
        self.errors = tuple(errors)
        self.fallback = fallback
        self.typed = dict(typed)


@dataclass(frozen=True)
class ViewState:
    """One picture: a network, a number for each entry of its leaves, a pass, and a step (None: the whole pass)."""

    network: Network
    direction: Direction
    numbers: Mapping[str, Numbers]
    step: int | None = None

    @property
    def steps(self) -> int:
        """How many steps the pass has."""
        return len(self.network.graph.timelines[self.direction])

    @property
    def at(self) -> int:
        """The step that is shown, 0 … steps."""
        return self.steps if self.step is None else self.step

    @property
    def place(self) -> int:
        """Where this is on the one walk; backward's step 0 is where forward's last step left off."""
        return self.at + (len(self.network.graph.timelines["forward"]) if self.direction == "backward" else 0)

    def go(self, direction: Direction, step: int | None = None) -> ViewState:
        """The same numbers at another step."""
        whole = step == len(self.network.graph.timelines[direction])
        return replace(self, direction=direction, step=None if whole else step)

    def with_numbers(self, numbers: Mapping[str, Numbers]) -> ViewState:
        """The same step with the network's own numbers, but for those given."""
        return replace(self, numbers={**self.network.numbers, **numbers})

    def query(self) -> str:
        """The canonical query, without its question mark; empty for a network as it comes."""
        parts = [f"network={self.network.name}"] if self.network is not DEFAULT else []
        parts += [
            f"{leaf.name}={field_text(self.numbers[leaf.name], gap='')}"
            for leaf in self.network.graph.leaves
            if self.numbers[leaf.name] != self.network.numbers[leaf.name]
        ]
        if self.step is not None:
            parts.append(f"step={self.step}")
        return "&".join(parts)

    def address(self, prefix: str = "") -> str:
        """The canonical address of the page, or with the prefix `/api` of its JSON twin."""
        query = self.query()
        return f"{prefix}/{self.direction}" + (f"?{query}" if query else "")


def number_text(number: float) -> str:
    """The shortest decimal that reads back to the same float, in a form an address can hold."""
    text = repr(number).removesuffix(".0")
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


@lru_cache(maxsize=1024)  # a page has some thirty links, all with the same numbers
def field_text(numbers: Numbers, gap: str = " ") -> str:
    """Numbers as a field shows them and an address holds them: commas between numbers, semicolons between rows."""
    if not isinstance(numbers, tuple):
        return number_text(numbers)
    separator = ";" if numbers and isinstance(numbers[0], tuple) else ","
    return f"{separator}{gap}".join(field_text(entry, gap) for entry in numbers)


def from_query(raw: str, direction: Direction, *, strict: bool) -> ViewState:
    """Read the query of a page or, `strict`, of the API, which refuses keys it does not know.

    `raw` is the query as it came, percent-encoded. Raises InvalidState.
    """
    pairs, errors = _pairs(raw)
    known: dict[str, str] = {}
    network = NETWORKS.get(dict(pairs).get("network", DEFAULT.name))
    names = {leaf.name for leaf in (network or DEFAULT).graph.leaves} | {"network", "step"}
    page_only = set() if strict else {FROM}
    for key, value in pairs:
        if key in known:
            errors.append(FieldError(("query", key), f"{key} is given more than once; give it once"))
        elif key in names | page_only:
            known[key] = value
        elif strict:
            errors.append(FieldError(("query",), f"a parameter is unknown; known are {_listed(names)}"))
    if network is None:
        errors.append(_unknown_network(("query", "network")))
        raise InvalidState(errors, ViewState(DEFAULT, direction, DEFAULT.numbers), known)
    numbers = dict(network.numbers)
    for name in numbers:
        if name in known:
            found = _numbers_from_text(known[name], name, network.shape(name))
            if isinstance(found, FieldError):
                errors.append(found)
            else:
                numbers[name] = found
    state = ViewState(network, direction, numbers)
    step = _step_from_text(known.get("step"), state)
    if isinstance(step, FieldError):
        errors.append(step)
    else:
        state = state.go(direction, step)
    if errors:
        raise InvalidState(errors, state, known)
    return state


def state_before(raw: str, direction: Direction) -> ViewState | None:
    """The state a form was sent from, which its address names in `from`; None if there is none to be read."""
    query = dict(_pairs(raw)[0]).get(FROM)
    if query is None or f"{FROM}=" in query:
        return None
    try:
        return from_query(query, direction, strict=False)
    except InvalidState:
        return None


def from_json(body: object, direction: Direction) -> ViewState:
    """Read the parsed body of a POST. Raises InvalidState."""
    errors: list[FieldError] = []
    default = ViewState(DEFAULT, direction, DEFAULT.numbers)
    if not isinstance(body, dict):
        raise InvalidState([FieldError(("body",), "the body must be a JSON object")], default, {})
    if set(body) - {"network", "values", "step"}:
        errors.append(FieldError(("body",), "a field is unknown; known are network, values and step"))
    name = body.get("network", DEFAULT.name)
    network = NETWORKS.get(name) if isinstance(name, str) else None
    if network is None:
        raise InvalidState([*errors, _unknown_network(("body", "network"))], default, {})
    numbers = dict(network.numbers)
    values = body.get("values", {})
    if not isinstance(values, dict):
        errors.append(FieldError(("body", "values"), "values must be an object of arrays of numbers, by name"))
        values = {}
    if set(values) - set(numbers):
        errors.append(FieldError(("body", "values"), f"a name is unknown; known are {_listed(numbers)}"))
    for name in numbers:
        if name in values:
            found = _numbers_from_json(values[name], name, network.shape(name))
            if isinstance(found, FieldError):
                errors.append(found)
            else:
                numbers[name] = found
    state = ViewState(network, direction, numbers)
    step = body.get("step")
    if isinstance(step, float) and step.is_integer():  # JSON knows no whole numbers of their own: 2.0 is 2
        step = int(step)
    if step is not None and (not isinstance(step, int) or isinstance(step, bool) or not 0 <= step <= state.steps):
        errors.append(_wrong_step(("body", "step"), state))
        step = None
    if errors:
        raise InvalidState(errors, default, {})
    return state.go(direction, step)


def overflow_error(state: ViewState, where: str) -> InvalidState:
    """Finite numbers whose result is not: `where` names the quantity that overflowed first."""
    msg = f"{where} overflows: with these numbers it is too large for a float64; take smaller ones"
    typed = {name: field_text(numbers) for name, numbers in state.numbers.items()}
    return InvalidState([FieldError(("values",), msg)], replace(state, numbers=state.network.numbers), typed)


def _pairs(raw: str) -> tuple[list[tuple[str, str]], list[FieldError]]:
    """The query's keys and values, decoded; what can't be decoded is named and left out."""
    pairs: list[tuple[str, str]] = []
    errors: list[FieldError] = []
    for part in raw.split("&"):
        if not part:
            continue
        key, _, value = part.partition("=")
        try:
            if _BROKEN_ESCAPE.search(part):
                raise ValueError
            pairs.append((unquote_plus(key, errors="strict"), unquote_plus(value, errors="strict")))
        except ValueError:
            name = key if key.isidentifier() and key.isascii() and key in _all_names() else ""
            loc = ("query", name) if name else ("query",)
            errors.append(FieldError(loc, f"{name or 'the address'} is not valid percent-encoded UTF-8"))
    return pairs, errors


def _all_names() -> set[str]:
    return {"network", "step"} | {leaf.name for network in NETWORKS.values() for leaf in network.graph.leaves}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names, key=str.lower))


def _unknown_network(loc: tuple[str, ...]) -> FieldError:
    return FieldError(loc, f"there is no such network; there is {_listed(NETWORKS)}")


def _wrong_step(loc: tuple[str, ...], state: ViewState) -> FieldError:
    return FieldError(loc, f"step must be a whole number from 0 to {state.steps} in the {state.direction} pass")


def _step_from_text(text: str | None, state: ViewState) -> int | FieldError | None:
    if text is None:
        return None
    if _STEP.fullmatch(text) and int(text) <= state.steps:
        return int(text)
    return _wrong_step(("query", "step"), state)


def _shape_sentence(name: str, shape: Shape) -> str:
    if not shape:
        return f"{name} must be one number"
    if len(shape) == 1:
        return f"{name} needs {shape[0]} numbers"
    return f"{name} needs {shape[0]} rows of {shape[1]} numbers"


def _numbers_from_text(text: str, name: str, shape: Shape) -> Numbers | FieldError:
    """Numbers from a field or an address. Blanks and the page's own minus sign are welcome."""
    rows = [row.split(",") for row in text.replace("−", "-").split(";")]
    hint = "commas between numbers" + (", semicolons between rows" if len(shape) == 2 else "")
    wanted = (1, 1) if not shape else shape if len(shape) == 2 else (1, shape[0])
    if len(rows) != wanted[0] or any(len(row) != wanted[1] for row in rows):
        return FieldError(("query", name), f"{_shape_sentence(name, shape)}, with {hint}")
    found: list[tuple[float, ...]] = []
    for i, row in enumerate(rows):
        numbers: list[float] = []
        for j, entry in enumerate(row):
            number = float(entry) if _NUMBER.fullmatch(entry.strip(" ")) else math.nan
            if not math.isfinite(number):
                index = (i, j)[2 - len(shape) :]
                return FieldError(("query", name, *index), f"{_entry(name, index)} must be {_A_NUMBER}")
            numbers.append(number + 0.0)  # −0 becomes 0: equal states have equal addresses
        found.append(tuple(numbers))
    return tuple(found) if len(shape) == 2 else found[0] if shape else found[0][0]


def _numbers_from_json(value: object, name: str, shape: Shape, index: tuple[int, ...] = ()) -> Numbers | FieldError:
    loc: tuple[str | int, ...] = ("body", "values", name, *index)
    if not shape[len(index) :]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return FieldError(loc, f"{_entry(name, index)} must be {_A_NUMBER}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            return FieldError(loc, f"{_entry(name, index)} must be {_A_NUMBER}")
        return number + 0.0
    if not isinstance(value, list) or len(value) != shape[len(index)]:
        dims = " × ".join(map(str, shape))
        return FieldError(loc, f"{name} must be an array of shape {dims}: {_shape_sentence(name, shape)}")
    found: list[Numbers] = []
    for i, entry in enumerate(value):
        inner = _numbers_from_json(entry, name, shape, (*index, i))
        if isinstance(inner, FieldError):
            return inner
        found.append(inner)
    return tuple(found)


def _entry(name: str, index: tuple[int, ...]) -> str:
    """How a sentence names an entry: counted from 1, as in a formula."""
    return f"entry {', '.join(str(i + 1) for i in index)} of {name}" if index else name
