"""What each step of a pass runs, in symbols, and what it costs: a pass at a glance."""

from __future__ import annotations

from app.engine import Event, OpNode, Trace
from app.engine.cost import DTYPES
from app.engine.graph import Direction
from app.engine.ops import Shapes, Vjp

from .formulas import bound, filled, forward_rule, gradient, quantity, symbols, via, vjp_rule
from .models import Current, Expression, Frozen, NestedList, StepCost
from .wording import joined


class PassRule(Frozen):
    """One step of a pass: `left` = `right`, in symbols, and its numbers."""

    step: int
    """Its number in the pass, from 1."""
    left: Expression
    """What the step finds."""
    right: Expression
    """The formula that finds it, in the network’s names."""
    result: NestedList
    """What it found, as numbers in the shape of what it is."""


class PassCost(Frozen):
    """What the steps of a network cost, and what the backward pass avoids."""

    forward: int
    """The multiply-adds of the forward pass."""
    backward: int
    """The multiply-adds of the backward pass."""
    jacobians: int
    """How many Jacobians are avoided."""
    entries: int
    """How many entries they would have, all together."""
    bytes: int
    """The bytes of those in float64."""


def right_side(trace: Trace, event: Event) -> Expression:
    """The formula by which a step finds what it finds, in the network's names."""
    graph = trace.graph
    if event.kind == "forward":
        return forward_rule(graph, graph.computed[event.node])
    if event.kind == "vjp":
        return vjp_rule(graph, graph.computed[event.node], trace.vjp(event.edge))
    if event.kind == "seed":
        return Expression(latex="1", text="1")
    parts = [via(gradient(graph, use.wrt), use) for use in graph.uses[event.node]]
    return Expression(latex=" + ".join(part.latex for part in parts), text=" + ".join(part.text for part in parts))


def step_cost(trace: Trace, event: Event) -> StepCost:
    """What a step costs and, for a VJP, which Jacobian it avoids."""
    graph = trace.graph
    if event.kind == "seed":
        return StepCost(multiply_adds=0)
    if event.kind == "accumulate":
        return StepCost(multiply_adds=trace.values[event.node].size * (len(graph.uses[event.node]) - 1))
    node = graph.computed[event.node]
    if event.kind == "forward":
        return StepCost(multiply_adds=node.op.cost(_shapes(trace, node)))
    return _vjp_cost(trace, node, trace.vjp(event.edge))


def _vjp_cost(trace: Trace, node: OpNode, rule: Vjp) -> StepCost:
    shapes = _shapes(trace, node)
    (product, local), (rows, columns) = rule.costs(shapes), rule.jacobian.shape(shapes)
    return StepCost(
        multiply_adds=product + local,
        local_multiply_adds=local,
        jacobian_shape=[rows, columns],
        jacobian_entries=rows * columns,
        jacobian_avoided=rule.jacobian.avoided,
        jacobian_kind=filled(rule.jacobian.kind, symbols(trace.graph, node)),
    )


def _shapes(trace: Trace, node: OpNode) -> Shapes:
    return {slot: trace.values[name].shape for slot, name in bound(node).items()}


def whole_pass(trace: Trace, direction: Direction) -> Current:
    """A pass that has run to its end, in a sentence."""
    graph = trace.graph
    if direction == "forward":
        found = joined([node.symbol for node in graph.ops])
        sentence = f"The forward pass computes {found} from {joined([leaf.symbol for leaf in graph.leaves])}."
    else:
        found = joined([graph.by_name[name].symbol for name in _found_gradients(trace)])
        sentence = f"The backward pass finds the gradient of {graph.loss.symbol} with respect to {found}."
    return Current(kind="whole", title=f"The {direction} pass", sentence=sentence)


def _found_gradients(trace: Trace) -> list[str]:
    """The nodes whose gradients the backward pass finds, in its order; the loss, from which it starts, is none."""
    graph = trace.graph
    events = [event for event in graph.timelines["backward"] if event.kind != "seed" and not graph.is_partial(event)]
    return [event.target for event in events]


def pass_rules(trace: Trace, direction: Direction) -> list[PassRule]:
    """Every step of a pass that has run to its end, in order."""
    return [
        PassRule(
            step=step,
            left=quantity(trace.graph, event),
            right=right_side(trace, event),
            result=trace.result(event).tolist(),
        )
        for step, event in enumerate(trace.graph.timelines[direction], 1)
    ]


def pass_cost(trace: Trace) -> PassCost:
    """What both passes cost; `trace` has run to the end of the backward pass."""
    costs = {
        direction: [step_cost(trace, event) for event in events] for direction, events in trace.graph.timelines.items()
    }
    avoided = [cost.jacobian_entries or 0 for cost in costs["backward"] if cost.jacobian_avoided]
    return PassCost(
        forward=sum(cost.multiply_adds for cost in costs["forward"]),
        backward=sum(cost.multiply_adds for cost in costs["backward"]),
        jacobians=len(avoided),
        entries=sum(avoided),
        bytes=sum(avoided) * DTYPES["float64"],
    )
