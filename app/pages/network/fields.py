"""The form: a field for each leaf, examples, and what is sent along."""

from __future__ import annotations

from functools import lru_cache

from app.engine import Network
from app.pages.form import FieldCard, Link, error_beside, sent_along, typed_text
from app.state import Invalid, ViewState, field_text
from app.state.staging import NAMES as STAGING

# Where a form was sent from, it leads back to: the same network at the same step, in the same view, away from the same
# lecture.
_SENT = ("network", "step", "ask", "show", "node", "resume", "lr", "hold", "digits", *STAGING)


def fields(state: ViewState, problem: Invalid[ViewState] | None) -> tuple[FieldCard, ...]:
    """A field for each leaf."""
    return tuple(
        FieldCard(
            leaf.name,
            leaf.symbol,
            state.network.shape(leaf.name),
            typed_text(problem, leaf.name, field_text(state.values[leaf.name])),
            error_beside(problem, leaf.name),
        )
        for leaf in state.network.graph.leaves
    )


def examples(state: ViewState) -> tuple[Link, ...]:
    """The network's examples, at the same step; the first leads back to the default numbers."""
    return tuple(
        Link(title, example.looked_at_as(state).address(), example.values == state.values)
        for title, example in _examples(state.network)
    )


@lru_cache(maxsize=64)
def _examples(network: Network) -> tuple[tuple[str, ViewState], ...]:
    """The title and the numbers of each, whose part of the address is written once for all pages."""
    start = ViewState(network, "forward", network.defaults)
    return tuple(
        (example.title if example.values else "Reset", start.with_values(example.values))
        for example in network.base.examples
    )


def hidden(state: ViewState) -> tuple[tuple[str, str], ...]:
    """What a form sends along: where it was, and the good address it was sent from."""
    sent = ((name, text) for name, text in state.parts() if name in _SENT)
    return sent_along(sent, state.without_history().query())
