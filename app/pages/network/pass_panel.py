"""What the card says of a pass as a whole: what it does, every rule that it runs, and what that cost."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.digits import Formatted, formatted, min_decimals
from app.snapshot import Expression
from app.snapshot.rules import PassCost, PassRule, pass_cost, pass_rules
from app.snapshot.wording import joined

from .inputs import PageInputs


@dataclass(frozen=True, slots=True)
class RuleLink:
    """A rule of a pass with its numbers as drawn, and the step that runs it."""

    left: Expression
    right: Expression
    numbers: Formatted
    href: str


@dataclass(frozen=True, slots=True)
class PassPanel:
    """A pass as a whole.

    `given` names what the forward pass starts from, and `inputs` leads there; both are empty for the backward pass.
    `about` says what the network is, for the forward pass; `cost` is None there.
    """

    kind = "pass"
    sentence: str
    given: str
    inputs: str
    rules: tuple[RuleLink, ...]
    about: str
    cost: PassCost | None


def pass_panel(inputs: PageInputs) -> PassPanel:
    """The pass that is looked at."""
    state, graph = inputs.state, inputs.trace.graph
    is_forward = state.direction == "forward"
    return PassPanel(
        sentence=inputs.snapshot.current.sentence,
        given=", ".join(leaf.symbol for leaf in graph.leaves) if is_forward else "",
        inputs=state.go("forward", 0).address() if is_forward else "",
        rules=tuple(_rule_link(inputs, rule) for rule in pass_rules(inputs.trace, state.direction)),
        about=_about(inputs) if is_forward else "",
        cost=None if is_forward else pass_cost(inputs.trace),
    )


def _rule_link(inputs: PageInputs, rule: PassRule) -> RuleLink:
    state = inputs.state
    least = min_decimals(rule.result, grad=state.direction == "backward")
    numbers = formatted(rule.result, least=least, digits=state.digits)
    return RuleLink(rule.left, rule.right, numbers, state.go(state.direction, rule.step).address())


def _about(inputs: PageInputs) -> str:
    """What one looks at, in a sentence: the network's size and its ops, and what the colours are."""
    graph, shapes = inputs.trace.graph, inputs.state.shapes
    batch = inputs.state.network.batch
    size = sum(math.prod(shapes[leaf.name]) for leaf in graph.leaves if leaf.role == "input") // (batch or 1)
    ops = [node.op.title for node in graph.ops]
    goes, given = "s go" if size != 1 else " goes", any(leaf.role == "given" for leaf in graph.leaves)
    examples, loss = f"{batch} examples, a row each: " if batch else "", "" if given else "the loss "
    return (
        f"{examples}{size} input{goes} through {joined(ops)} to {loss}{graph.loss.symbol}. "
        "Values, in blue, follow the arrows; in the backward pass gradients, in orange, come back."
    )
