"""`CostState`: the sizes that the cost page is about, as a frozen value, and the address that says the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote

from app.engine.cost import DTYPES
from app.state.errors import FieldError, InvalidInput, listed
from app.state.query import sent_from

# The most that each size may be; the least is 1.
SIZES: Mapping[str, int] = MappingProxyType({"n": 65536, "m": 65536, "layers": 1000, "batch": 65536})
# What the picture draws against the width.
SHOWS = ("bytes", "work", "time")
_SIZE = re.compile(r"0*([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class CostState:
    """Layers z = W x + b of n inputs and m outputs, as many examples as `batch`, and the type of their numbers.

    `show` is for the page: what its picture draws.
    """

    n: int = 4096
    m: int = 4096
    layers: int = 32
    batch: int = 1024
    dtype: str = "float32"
    show: str = SHOWS[0]

    def but(self, **changes: Any) -> CostState:
        """The same sizes, but for these."""
        return replace(self, **changes)

    def query(self, *, page: bool = True) -> str:
        """The canonical query, without its question mark; empty where nothing was chosen."""
        chosen = {name: getattr(self, name) for name in NAMES if page or name != "show"}
        return "&".join(f"{name}={quote(str(value))}" for name, value in chosen.items() if value != _OWN[name])

    def address(self, prefix: str = "") -> str:
        """The canonical address of the page, or with the prefix `/api` of its JSON twin."""
        query = self.query(page=not prefix)
        return f"{prefix}/cost" + (f"?{query}" if query else "")


NAMES = tuple(field.name for field in fields(CostState))
_OWN = {name: getattr(CostState(), name) for name in NAMES}


class InvalidCost(InvalidInput):
    """An address that is no state. `fallback` is what could be read of it, the rest as it comes."""

    def __init__(self, errors: list[FieldError], fallback: CostState, typed: Mapping[str, str]) -> None:
        super().__init__(errors, typed)
        self.fallback = fallback


def cost_from_query(raw: str, *, strict: bool) -> CostState:
    """Read the query of the page or, `strict`, of the API, which knows no `show` and refuses what it does not know.

    Raises InvalidCost. What is no UTF-8 becomes a character that no size contains.
    """
    errors: list[FieldError] = []
    typed: dict[str, str] = {}
    names = [name for name in NAMES if not (strict and name == "show")]
    for name, text in parse_qsl(raw, keep_blank_values=True):
        if name in typed:
            errors.append(FieldError(("query", name), f"{name} is given more than once; give it once"))
        elif name in names:
            typed[name] = text
        elif strict:
            errors.append(FieldError(("query",), f"a parameter is unknown; known are {listed(names)}"))
    state = CostState()
    for name, text in typed.items():
        found = _read(name, text.strip(" "))
        if isinstance(found, FieldError):
            errors.append(found)
        else:
            state = state.but(**{name: found})
    if errors:
        raise InvalidCost(errors, state, typed)
    return state


def cost_before(raw: str) -> CostState | None:
    """The state a form was sent from, which its address names in `from`; None if there is none to be read."""
    query = sent_from(raw)
    try:
        return None if query is None else cost_from_query(query, strict=False)
    except InvalidCost:
        return None


def _read(name: str, text: str) -> int | str | FieldError:
    choices = {"dtype": tuple(DTYPES), "show": SHOWS}.get(name)
    if choices is not None:
        return text if text in choices else FieldError(("query", name), f"{name} must be one of {', '.join(choices)}")
    digits = _SIZE.fullmatch(text)
    if digits and 1 <= int(digits[1]) <= SIZES[name]:
        return int(digits[1])
    return FieldError(("query", name), f"{name} must be a whole number from 1 to {SIZES[name]}")
