"""What the page of the four heads looks at: its address ↔ a frozen value, canonical both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.engine import NETWORKS, Network, Values
from app.engine.chains import LARGEST_LOGIT
from app.state.errors import FieldError, InvalidInput
from app.state.numbers import numbers_from_text, numbers_of
from app.state.query import known_of, pairs_of, sent_from
from app.state.value import ViewState, field_text, number_text

# All heads stand on the first one's layer; each keeps its own target.
_LAYER = NETWORKS["identity-mse"]
_LEAVES = ("x", "W", "b")
_OWN: Mapping[str, Values] = {name: _LAYER.defaults[name] for name in _LEAVES}
_NAMES = (*_LEAVES, "unfused", "z", "y", "entry")


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
        own = HeadsState()
        found = [
            (name, field_text(self.values[name], gap="")) for name in _LEAVES if self.values[name] != own.values[name]
        ]
        if self.unfused:
            found.append(("unfused", "1"))
        if self.z != own.z:
            found.append(("z", number_text(self.z)))
        return [
            *found,
            *(
                (name, str(now))
                for name, now, was in [("y", self.y, own.y), ("entry", self.entry, own.entry)]
                if now != was
            ),
        ]

    def query(self) -> str:
        """The canonical query, without its question mark. Nothing in it needs an escape."""
        return "&".join(f"{name}={text}" for name, text in self.parts())

    def address(self, prefix: str = "", part: str = "") -> str:
        """The canonical address of the page (of one part of it), or with the prefix `/api` of its JSON twin."""
        query = self.query()
        return f"{prefix}/heads" + (f"?{query}" if query else "") + (f"#{part}" if part else "")

    def view(self, network: Network) -> ViewState:
        """The step of a network's backward pass that finds ∂L/∂z, with the same layer and its own target."""
        return ViewState(network, "backward", {**network.defaults, **self.values}).at_gradient_of("z")


class InvalidHeads(InvalidInput):
    """An address that is no such state. `fallback` is what could be read of it, the rest as it comes."""

    def __init__(self, errors: list[FieldError], fallback: HeadsState, typed: Mapping[str, str]) -> None:
        super().__init__(errors, typed)
        self.fallback = fallback


def heads_from_query(raw: str, *, strict: bool) -> HeadsState:
    """Read the query of the page or, `strict`, of the API, which refuses keys it does not know. Raises InvalidHeads."""
    pairs, errors = pairs_of(raw, _NAMES)
    known = known_of(pairs, _NAMES, errors, strict=strict)
    layer = {name: text for name, text in known.items() if name in _LEAVES}
    read = numbers_of(_LAYER, layer, numbers_from_text, errors)
    state = HeadsState(values={name: read[name] for name in _LEAVES})
    state = replace(state, z=_logit(known.get("z"), state.z, errors))
    marks = {
        name: _one_of(known.get(name), name, choices, errors)
        for name, choices in {"unfused": ("0", "1"), "y": ("0", "1"), "entry": _entries()}.items()
    }
    state = replace(
        state,
        unfused=marks["unfused"] == 1,
        y=state.y if marks["y"] is None else marks["y"],
        entry=marks["entry"] or state.entry,
    )
    if errors:
        raise InvalidHeads(errors, state, known)
    return state


def heads_before(raw: str) -> HeadsState | None:
    """The state a form was sent from, which its address names in `from`; None if there is none to be read."""
    query = sent_from(raw)
    if query is None:
        return None
    try:
        return heads_from_query(query, strict=False)
    except InvalidHeads:
        return None


def _entries() -> tuple[str, ...]:
    return tuple(str(i + 1) for i in range(_LAYER.shape("z")[0]))


def _logit(text: str | None, own: float, errors: list[FieldError]) -> float:
    if text is None:
        return own
    found = numbers_from_text(text, "z", ())
    if isinstance(found, FieldError):
        errors.append(found)
        return own
    assert isinstance(found, float)
    if abs(found) > LARGEST_LOGIT:
        most = number_text(LARGEST_LOGIT)
        errors.append(FieldError(("query", "z"), f"z must be a number from -{most} to {most}"))
        return own
    return found


def _one_of(text: str | None, name: str, choices: tuple[str, ...], errors: list[FieldError]) -> int | None:
    if text is None:
        return None
    if text not in choices:
        *rest, last = choices
        errors.append(FieldError(("query", name), f"{name} must be {', '.join(rest)} or {last}"))
        return None
    return int(text)
