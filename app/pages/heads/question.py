"""What the page of the four heads looks at: its address ↔ a frozen value, canonical both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from app.engine import NETWORKS, Network, Shape, Values
from app.engine.chains import LARGEST_LOGIT
from app.state import FieldError, ViewState, number_text
from app.state.codec import Param, Reader, address_of, query_of, read_query, written
from app.state.numbers import numbers_from_text, numbers_pasted
from app.state.params import leaf_params

# All heads stand on the first one's layer; each has its own default target.
_LAYER = NETWORKS["identity-mse"]
_LEAVES = ("x", "W", "b")
_OWN: Mapping[str, Values] = {name: _LAYER.defaults[name] for name in _LEAVES}


@dataclass(frozen=True)
class HeadsState:
    """The numbers of the layer; one logit `z` with its target `y`, 0 or 1, and whether the chain of two ops stands
    beside the one op; the entry (from 1) of ∂L/∂z that is written out term by term.
    """

    values: Mapping[str, Values] = field(default_factory=lambda: _OWN)
    unfused: bool = False
    z: float = 40.0
    y: int = 0
    entry: int = 1

    def parts(self) -> list[tuple[str, str]]:
        """The names and values of the canonical query, in its order."""
        marks = {name: getattr(self, name) for name in ("unfused", "z", "y", "entry")}
        return written(PARAMS, {**self.values, **marks})

    def query(self) -> str:
        """The canonical query, without its question mark."""
        return query_of(self.parts())

    def address(self, prefix: str = "", part: str = "") -> str:
        """The canonical address of the page (of one part of it), or with the prefix `/api` of its JSON twin."""
        return address_of(f"{prefix}/heads", self.query()) + (f"#{part}" if part else "")

    def view(self, network: Network) -> ViewState:
        """The step of a network's backward pass that finds ∂L/∂z, with the same layer and its own target."""
        return ViewState(network, "backward", {**network.defaults, **self.values}).at_gradient_of("z")


def heads_from_query(query: str | Reader, *, strict: bool) -> HeadsState:
    """Read the query of the page or, `strict`, of the API, which refuses names it does not know. Raises Invalid."""
    return read_query(query, PARAMS, _state, strict=strict)


def _state(found: dict[str, Any]) -> HeadsState:
    layer = {name: found.pop(name) for name in _LEAVES}
    return HeadsState(layer, **found)


def _logit(text: str, read: Callable[[str, str, Shape], Values | FieldError]) -> float | FieldError:
    found = read(text, "z", ())
    if isinstance(found, FieldError):
        return found
    assert isinstance(found, float)
    if abs(found) <= LARGEST_LOGIT:
        return found
    most = number_text(LARGEST_LOGIT)
    return FieldError(("query", "z"), f"z must be a number from -{most} to {most}")


def _count(text: str, name: str, choices: tuple[str, ...]) -> int | FieldError:
    if text in choices:
        return int(text)
    *rest, last = choices
    return FieldError(("query", name), f"{name} must be {', '.join(rest)} or {last}")


def _flag(text: str, name: str) -> bool | FieldError:
    found = _count(text, name, ("0", "1"))
    return found if isinstance(found, FieldError) else found == 1


_ENTRIES = tuple(str(i + 1) for i in range(_LAYER.shape("z")[0]))
PARAMS: tuple[Param[Any], ...] = (
    *(leaf for leaf in leaf_params(_LAYER, _LAYER.shapes) if leaf.name in _LEAVES),
    Param("unfused", partial(_flag, name="unfused"), lambda on: str(int(on)), HeadsState.unfused),
    Param(
        "z",
        partial(_logit, read=numbers_from_text),
        number_text,
        HeadsState.z,
        paste=partial(_logit, read=numbers_pasted),
    ),
    Param("y", partial(_count, name="y", choices=("0", "1")), str, HeadsState.y),
    Param("entry", partial(_count, name="entry", choices=_ENTRIES), str, HeadsState.entry),
)
