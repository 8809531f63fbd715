"""What the parts of a page are made from: the state, its snapshot, and what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.engine import GradcheckResult, Trace, gradcheck
from app.engine.gradcheck import Verdict
from app.layout import is_drawn
from app.snapshot import Expansion, Explained, NestedList, explained_snapshot, snapshot_dict, trace_of
from app.snapshot.gradcheck import Gradcheck, GradcheckEntry, gradcheck_of
from app.snapshot.indices import key
from app.snapshot.models import Quantity
from app.snapshot.saved_memory import SavedMemory, saved_memory
from app.state import Invalid, ViewState, from_query


@dataclass(frozen=True)
class PageInputs:
    """A state with the trace of its pass, its snapshot, the checks of its gradients where some are shown or asked for,
    each node's value and gradient before the last edit if the address tells of one, with the pass they are of, and what
    the forward pass saves if that is asked for."""

    state: ViewState
    trace: Trace
    snapshot: Explained
    checks: Sequence[GradcheckResult]
    before_state: ViewState | None
    before_trace: Trace | None
    before: Mapping[str, Mapping[str, NestedList | None]]
    saved_memory: SavedMemory | None

    @cached_property
    def walk(self) -> tuple[str, ...]:
        """The address of every place of the walk."""
        return self.state.walk

    @cached_property
    def asking(self) -> tuple[str, str]:
        """What stands before and behind an entry's key in the address that asks where it comes from."""
        return self.state.asking()

    @cached_property
    def unasked(self) -> str:
        """The address of the page without a question."""
        return self.state.with_ask(None).address()

    @cached_property
    def verdicts(self) -> Mapping[str, Verdict]:
        """What the check says of each entry, by key, where the backward pass has begun."""
        return {
            key(check.node, check.index): check.verdict for check in self.checks if self.state.direction == "backward"
        }

    @cached_property
    def gradcheck(self) -> Gradcheck | None:
        """The check in full, where one was made: few pages show more of it than the verdicts."""
        return gradcheck_of(self.state, self.trace, self.checks) if self.checks else None

    def gradcheck_entry(self, entry_key: str) -> GradcheckEntry | None:
        """The check of one entry; None where the backward pass has not begun, or takes no gradient."""
        if self.gradcheck is None or entry_key not in self.verdicts:
            return None
        return next(entry for entry in self.gradcheck.entries if entry.key == entry_key)

    @property
    def traced(self) -> Expansion | None:
        """The entry whose factors are highlighted: the one asked about; where the rule is derived, the step's first."""
        if self.snapshot.ask is not None:
            return self.snapshot.ask
        return next(iter(self.snapshot.current.entries), None) if self.state.show == "why" else None

    @property
    def used(self) -> Mapping[str, Quantity]:
        """The entries that the traced one is made from, by key, and which of their two numbers it takes."""
        terms = self.traced.terms if self.traced else []
        return {key: factor.quantity for term in terms for factor in term for key in factor.keys}


def gather(state: ViewState, trace: Trace) -> PageInputs:
    """Gather what a page of `state` shows of its trace."""
    is_small = is_drawn(state.shapes, state.network.graph)
    begun = state.direction == "backward" and state.at > 0 and is_small
    before_state, before_trace, before = _before(state)
    return PageInputs(
        state,
        trace,
        explained_snapshot(state, trace),
        gradcheck(trace) if begun or (state.show == "check" and is_small) else (),
        before_state,
        before_trace,
        before,
        saved_memory(trace) if state.show == "saved" else None,
    )


def _before(
    state: ViewState,
) -> tuple[ViewState | None, Trace | None, Mapping[str, Mapping[str, NestedList | None]]]:
    """The same step with the numbers before the last edit, if they are told and do not overflow: a pass of its own."""
    if state.was is None:
        return None, None, {}
    try:
        before = from_query(state.was, state.direction, strict=True).go(state.direction, state.step)
        trace = trace_of(before)
        return before, trace, {node["name"]: node for node in snapshot_dict(before, trace)["nodes"]}
    except Invalid:
        return None, None, {}
