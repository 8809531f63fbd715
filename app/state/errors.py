"""What can be wrong with an address or a body: where, and a sentence that says what would be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.engine import NETWORKS, Network
from app.engine.by_name import EXAMPLE, ChainError, network_named

S = TypeVar("S")


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


class Invalid(ValueError, Generic[S]):
    """An address or a body that is no state: `errors` tell why, and `typed` is what was entered, by field.

    `fallback` is the state that could be read of it, with what is wrong as it comes.
    """

    def __init__(self, errors: Iterable[FieldError], fallback: S, typed: Mapping[str, str] | None = None) -> None:
        self.errors = tuple(errors)
        self.fallback = fallback
        self.typed = dict(typed or {})
        super().__init__("; ".join(error.msg for error in self.errors))


def listed(names: Iterable[str]) -> str:
    """Names in the order of the alphabet, for a sentence that says which there are."""
    return ", ".join(sorted(names, key=str.lower))


def network_of(name: str, loc: tuple[str, ...]) -> Network | FieldError:
    """The network of that name, of the gallery or a chain; what is wrong at `loc`, if there is none."""
    try:
        network = network_named(name)
    except ChainError as error:
        return FieldError(loc, str(error))
    says = f"there is no such network; the networks are {listed(NETWORKS)}, and chains such as {EXAMPLE}"
    return network or FieldError(loc, says)


def wrong_step(loc: tuple[str, ...], steps: int, direction: str) -> FieldError:
    """A step that the pass does not have."""
    return FieldError(loc, f"step must be a whole number from 0 to {steps} in the {direction} pass")
