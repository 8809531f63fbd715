"""What the parts of a page are made from: the state, its snapshot, and what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.snapshot import Derivation, Explained, Snapshot, take
from app.snapshot.models import Quantity
from app.snapshot.views import Kept, ProvenEntry, kept, prove
from app.state import InvalidState, ViewState, field_text, from_query


@dataclass(frozen=True)
class Seen:
    """A state with its snapshot, the proofs of its gradients by key, the picture before the last edit if the address
    tells of one, and what the forward pass keeps if that is asked for."""

    state: ViewState
    snapshot: Explained
    proofs: Mapping[str, ProvenEntry]
    before: Snapshot | None
    before_state: ViewState | None
    kept: Kept | None

    @property
    def traced(self) -> Derivation | None:
        """The entry whose makings are lit: the one asked about; where the rule is derived, the step's first."""
        if self.snapshot.ask is not None:
            return self.snapshot.ask
        return next(iter(self.snapshot.current.entries), None) if self.state.show == "why" else None

    @property
    def used(self) -> Mapping[str, Quantity]:
        """The entries that the traced one is made from, by key, and which of their two numbers it takes."""
        terms = self.traced.terms if self.traced else []
        return {key: factor.quantity for term in terms for factor in term for key in factor.keys}

    def changes(self) -> tuple[str, ...]:
        """What the last edit changed: x was 1, 0.5."""
        if self.before_state is None:
            return ()
        old, new = self.before_state.numbers, self.state.numbers
        leaves = self.state.network.graph.leaves
        return tuple(
            f"{leaf.symbol} was {field_text(old[leaf.name])}".replace("-", "−")
            for leaf in leaves
            if old[leaf.name] != new[leaf.name]
        )


def look(state: ViewState, snapshot: Explained) -> Seen:
    """Gather what a page of `state` shows."""
    proven = prove(state).entries if state.direction == "backward" and state.at > 0 else []
    before_state, before = _before(state)
    return Seen(
        state,
        snapshot,
        {entry.key: entry for entry in proven},
        before,
        before_state,
        kept(state) if state.show == "saved" else None,
    )


def _before(state: ViewState) -> tuple[ViewState | None, Snapshot | None]:
    """The same step with the numbers before the last edit, if they are told and do not overflow."""
    if state.was is None:
        return None, None
    try:
        before = from_query(state.was, state.direction, strict=True).go(state.direction, state.at)
        return before, take(before)
    except InvalidState:
        return None, None
