"""What the page of a network says that is too large to be drawn: its steps in symbols, and where the numbers are."""

from __future__ import annotations

from dataclasses import dataclass

from app.layout import MAX_EXAMPLES, MAX_LAYERS, MAX_SIDE, is_drawn
from app.snapshot import Expression
from app.snapshot.rules import pass_rules

from .inputs import PageInputs
from .update_panel import training_address

# A form with more numbers than this would be longer than what it is for.
_MOST_FIELDS = 300


@dataclass(frozen=True, slots=True)
class RuleInSymbols:
    """A rule of the pass, and the step that runs it."""

    left: Expression
    right: Expression
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class LargePanel:
    """A step, or a pass, in a sentence, with the rules of the pass in symbols. `bounds` says what would be drawn, and
    `train` leads from the whole backward pass to the step that it is made for; elsewhere it is empty."""

    kind = "large"
    sentence: str
    bounds: str
    rules: tuple[RuleInSymbols, ...]
    train: str


def large_panel(inputs: PageInputs) -> LargePanel | None:
    """What stands in the place of all panels; None for a network that is drawn."""
    state = inputs.state
    if is_drawn(state.shapes, state.network.graph):
        return None
    rules = tuple(
        RuleInSymbols(rule.left, rule.right, state.go(state.direction, rule.step).address(), rule.step == state.step)
        for rule in pass_rules(inputs.trace, state.direction)
    )
    train = training_address(state) if state.whole and state.direction == "backward" else ""
    return LargePanel(inputs.snapshot.current.sentence, bounds(), rules, train)


def bounds() -> str:
    """What is drawn, and where the numbers of larger networks are."""
    return (
        f"Networks of up to {MAX_LAYERS} layers with up to {MAX_SIDE} units are drawn, for up to {MAX_EXAMPLES} "
        "examples. This one is larger: its numbers stand in the table below, and all of them in the JSON."
    )


def has_fields(inputs: PageInputs) -> bool:
    """Whether there is a field for each leaf: not where these would hold more numbers than anyone types."""
    return sum(inputs.trace.values[leaf.name].size for leaf in inputs.trace.graph.leaves) <= _MOST_FIELDS
