"""What can be wrong with an address or a body: where, and a sentence that says what would be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.engine import NETWORKS

from .value import ViewState, field_text


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


class InvalidInput(ValueError):
    """An address or a body that says nothing: `errors` tell why, `typed` is what was entered, by field."""

    def __init__(self, errors: list[FieldError], typed: Mapping[str, str]) -> None:
        super().__init__("; ".join(error.msg for error in errors))
        self.errors = tuple(errors)
        self.typed = dict(typed)


class InvalidState(InvalidInput):
    """An address or a body that is no state. `fallback` is what could be read of it, the rest as it comes."""

    def __init__(self, errors: list[FieldError], fallback: ViewState, typed: Mapping[str, str]) -> None:
        super().__init__(errors, typed)
        self.fallback = fallback


def overflow_error(state: ViewState, where: str) -> InvalidState:
    """Finite numbers whose result is not: `where` names the quantity that overflowed first."""
    msg = f"{where} overflows: with these numbers it is too large for a float64; take smaller ones"
    typed = {name: field_text(numbers) for name, numbers in state.values.items()}
    return InvalidState([FieldError(("values",), msg)], replace(state, values=state.network.defaults), typed)


def too_many_entries(state: ViewState, entries: int, most: int) -> InvalidState:
    """A check of more gradient entries than there may be."""
    msg = f"a check takes at most {most} gradient entries, and with these shapes there are {entries}; take smaller ones"
    return InvalidState([FieldError(("values",), msg)], state, {})


def listed(names: Iterable[str]) -> str:
    """Names in the order of the alphabet, for a sentence that says which there are."""
    return ", ".join(sorted(names, key=str.lower))


def unknown_network(loc: tuple[str, ...]) -> FieldError:
    """A network that is not in the gallery."""
    return FieldError(loc, f"there is no such network; there is {listed(NETWORKS)}")


def wrong_step(loc: tuple[str, ...], state: ViewState) -> FieldError:
    """A step that the pass does not have."""
    return FieldError(loc, f"step must be a whole number from 0 to {state.steps} in the {state.direction} pass")
