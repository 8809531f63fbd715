"""Printed numbers in a JSON body: a text of lines, or an object that has each number, or array of them, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.state.errors import FieldError
from app.state.nested import kind_in_json
from app.state.numbers import Where

from .lines import MAX_NUMBERS, MAX_TEXT, Statement, Unread, statements, statements_by_key

# So many steps may lie between the numbers and what is printed of them.
MAX_STEPS = 200
_LOC: Where = ("body", "printed")
_NEEDS = "printed must be a text of lines such as dW1.1.1 = 0.000438568, or an object of numbers in texts, by name"


@dataclass(frozen=True, slots=True)
class PrintedLines:
    """Statements, the lines that cannot be read, and how many steps a + in a name means."""

    statements: tuple[Statement, ...]
    unread: Unread
    steps: int = 1


def printed_in_json(body: Mapping[str, Any], errors: list[FieldError]) -> PrintedLines | None:
    """The printed numbers of a body; None where it has none. What is wrong is added to `errors`."""
    steps = _steps(body.get("steps"), errors)
    sent = body.get("printed")
    if sent is None:
        return None
    if isinstance(sent, str):
        if len(sent) > MAX_TEXT:
            errors.append(FieldError(_LOC, f"printed may hold at most {MAX_TEXT} signs"))
            return None
        return PrintedLines(*statements(sent), steps)
    if not isinstance(sent, dict) or not sent:
        seen = "" if sent == {} else f", not {kind_in_json(sent)}"
        errors.append(FieldError(_LOC, f"{_NEEDS}{seen}"))
        return None
    if len(sent) > MAX_NUMBERS:
        errors.append(FieldError(_LOC, f"printed may hold at most {MAX_NUMBERS} names"))
        return None
    texts = {name: as_text(value) for name, value in sent.items()}
    if any(text is None for text in texts.values()):
        errors.append(FieldError(_LOC, _NEEDS))
        return None
    return PrintedLines(*statements_by_key({name: text for name, text in texts.items() if text is not None}), steps)


def as_text(value: object, depth: int = 0) -> str | None:
    """A number in a text, a number, or an array of those in an array or none, as the text of a line; None for what is
    none of these."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | list):
        return None
    if not isinstance(value, list):
        return repr(value)
    parts = [as_text(part, depth + 1) for part in value] if depth < 2 else [None]
    texts = [part for part in parts if part is not None]
    return f"[{', '.join(texts)}]" if parts and len(texts) == len(parts) else None


def _steps(value: object, errors: list[FieldError]) -> int:
    if value is None:
        return 1
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_STEPS:
        return value
    errors.append(FieldError(("body", "steps"), f"steps must be a whole number from 1 to {MAX_STEPS}"))
    return 1
