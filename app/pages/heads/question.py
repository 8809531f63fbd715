"""What the page of the four heads looks at: its address ↔ a frozen value, canonical both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

from app.engine import Network, Shape, Values
from app.engine.chains import LARGEST_LOGIT
from app.pages.header import LAYER, LAYER_NAMES, OWN_NAMES
from app.state import (
    AS_IT_COMES,
    FieldError,
    ViewState,
    carried_parts,
    is_shared,
    number_text,
    read_carried,
)
from app.state.codec import Param, Reader, address_of, query_of, read_query, written
from app.state.numbers import numbers_from_text, numbers_pasted
from app.state.params import leaf_params

# All heads stand on one layer; each has its own default target.
_OWN = OWN_NAMES["/heads"]


def _layer_of(name: str, network: Network) -> Network:
    """Whose default numbers a leaf of the layer has: those of the network that is carried along, where they fit."""
    return network if is_shared(network, name, _OWN) else LAYER


def _defaults(network: Network) -> Mapping[str, Values]:
    return {name: _layer_of(name, network).defaults[name] for name in LAYER_NAMES}


@dataclass(frozen=True)
class HeadsState:
    """The numbers of the layer; one logit `z` with its target `y`, 0 or 1, and whether the chain of two ops stands
    beside the one op; the entry (from 1) of ∂L/∂z that is written out term by term.

    `carried` is for the page: the network with its numbers that it hands on. What of its layer has the same name and
    shape as here is the same.
    """

    values: Mapping[str, Values] = field(default_factory=lambda: _defaults(LAYER))
    unfused: bool = False
    z: float = 40.0
    y: int = 0
    entry: int = 1
    carried: ViewState = AS_IT_COMES

    def parts(self, *, page: bool = True) -> list[tuple[str, str]]:
        """The names and values of the canonical query, in its order; without `page`, nothing that is carried along."""
        marks = {name: getattr(self, name) for name in ("unfused", "z", "y", "entry")}
        if not page:
            return written(PARAMS, {**self.values, **marks})
        network = self.carried.network
        own = [param for param in _params(network) if not is_shared(network, param.name, _OWN)]
        return carried_parts(self.network_view(), _OWN) + written(own, {**self.values, **marks})

    def query(self, *, page: bool = True) -> str:
        """The canonical query, without its question mark."""
        return query_of(self.parts(page=page))

    def address(self, prefix: str = "", part: str = "") -> str:
        """The canonical address of the page (of one part of it), or with the prefix `/api` of its JSON twin."""
        return address_of(f"{prefix}/heads", self.query(page=not prefix)) + (f"#{part}" if part else "")

    def with_layer(self, values: Mapping[str, Values]) -> HeadsState:
        """The same with the default numbers of the layer, but for those given."""
        return replace(self, values={**_defaults(self.carried.network), **values})

    def network_view(self) -> ViewState:
        """The network that is carried along, with what of the layer is its own."""
        shared = {name: own for name, own in self.values.items() if is_shared(self.carried.network, name, _OWN)}
        return replace(self.carried, values={**self.carried.values, **shared})

    def view(self, network: Network) -> ViewState:
        """The step of a network's backward pass that finds ∂L/∂z, with the same layer and its own target."""
        staging = self.carried.staging
        return ViewState(network, "backward", {**network.defaults, **self.values}, staging=staging).at_gradient_of("z")


def heads_from_query(query: str | Reader, *, strict: bool) -> HeadsState:
    """Read the query of the page or, `strict`, of the API, which carries nothing along and refuses names it does not
    know. Raises Invalid."""
    if strict:
        return read_query(query, PARAMS, partial(_state, carried=AS_IT_COMES), strict=True)
    reader = Reader.of(query)
    carried = read_carried(reader, _OWN)
    return read_query(reader, _params(carried.network), partial(_state, carried=carried), strict=False)


def _state(found: dict[str, Any], carried: ViewState) -> HeadsState:
    layer = {name: found.pop(name) for name in LAYER_NAMES}
    return HeadsState(layer, **found, carried=carried)


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


_ENTRIES = tuple(str(i + 1) for i in range(LAYER.shape("z")[0]))
_MARKS: tuple[Param[Any], ...] = (
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


@lru_cache(maxsize=64)
def _params(network: Network) -> tuple[Param[Any], ...]:
    """The parameters beside a network that is carried along."""
    leaves = (
        next(leaf for leaf in leaf_params(layer, layer.shapes) if leaf.name == name)
        for name, layer in ((name, _layer_of(name, network)) for name in LAYER_NAMES)
    )
    return *leaves, *_MARKS


PARAMS = _params(LAYER)
