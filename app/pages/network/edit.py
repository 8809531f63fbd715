"""What the last edit did: what was changed, and where the loss went."""

from __future__ import annotations

from dataclasses import dataclass

from app.digits import MIN_DECIMALS_SCALAR, told_apart
from app.engine import Values
from app.snapshot.indices import subscripted
from app.snapshot.wording import joined
from app.state import field_text

from .inputs import PageInputs


@dataclass(frozen=True, slots=True)
class Edit:
    """The loss by its symbol, `before` and `now`, with digits that tell the two apart; what was changed (x was 1, 0.5);
    and all of it as it is `said`, with what it is now.

    `moved` is whether the loss is another one at all.
    """

    symbol: str
    before: str
    now: str
    moved: bool
    was: tuple[str, ...]
    said: str


def last_edit(inputs: PageInputs) -> Edit | None:
    """What the last edit did, if the address tells of one that changed something."""
    if inputs.before_state is None or inputs.before_trace is None:
        return None
    old, new = inputs.before_state.values, inputs.state.values
    changed = [leaf for leaf in inputs.state.network.graph.leaves if old[leaf.name] != new[leaf.name]]
    if not changed:
        return None
    loss = inputs.state.network.graph.loss
    left, right = inputs.before_trace.values[loss.name].item(), inputs.trace.values[loss.name].item()
    before, now = told_apart(left, right, least=MIN_DECIMALS_SCALAR, digits=inputs.state.digits)
    went = f"went from {before} to {now}" if left != right else f"stays {now}"
    is_now = joined([_is_now(leaf.symbol, old[leaf.name], new[leaf.name]) for leaf in changed])
    return Edit(
        symbol=loss.symbol,
        before=before,
        now=now,
        moved=left != right,
        was=tuple(f"{leaf.symbol} was {_text(old[leaf.name])}" for leaf in changed),
        said=f"{is_now}: {loss.symbol} {went}.",
    )


def _is_now(symbol: str, old: Values, new: Values) -> str:
    """What a leaf is now: x₁ is now 2, if it is the one entry that is another; else all of it."""
    entries = [(index, number) for index, number in _entries(new) if dict(_entries(old))[index] != number]
    if len(entries) == 1:
        ((index, number),) = entries
        return f"{subscripted(symbol, index)} is now {_text(number)}"
    return f"{symbol} is now {_text(new)}"


def _entries(values: Values) -> list[tuple[tuple[int, ...], float]]:
    if not isinstance(values, tuple):
        return [((), values)]
    return [((place, *index), number) for place, part in enumerate(values) for index, number in _entries(part)]


def _text(values: Values) -> str:
    return field_text(values).replace("-", "−")
