"""The two sweeps, which know no op by name, and the trace that they leave.

    trace = backward(forward(graph, values))

A pass is run once; all that is shown of it, or checked, is read from its trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from .graph import Direction, Edge, Event, Graph
from .ops import Array, Saved, Vjp
from .ops.table import ZERO, Rule


class Step(NamedTuple):
    """An event that has run, and the numbers it left: see `Trace.result`."""

    event: Event
    value: Array


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What the forward pass over a graph left, or both passes. Every array has the shape of its node; of stacks, an
    axis that counts the sets before it.

    `events` are those that have run, in their order. `values` holds the value of each node, leaves included; `saved`,
    by node and slot, what each op hands its VJPs. `grads` holds ∂L/∂node where the backward pass has all of it: never
    one contribution of several. `contributions` holds, by edge, what each VJP found.
    """

    graph: Graph
    events: tuple[Event, ...]
    values: Mapping[str, Array]
    saved: Mapping[str, Saved]
    grads: Mapping[str, Array]
    contributions: Mapping[Edge, Array]

    @property
    def loss(self) -> Array:
        """The loss, a scalar; of stacks, one number a set."""
        return self.values[self.graph.loss.name]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The events that have run, each with its numbers."""
        return tuple(Step(event, self.result(event)) for event in self.events)

    @property
    def overflow(self) -> Event | None:
        """The first event whose numbers are not all finite, or None."""
        results = [self.result(event) for event in self.events]
        if results and np.isfinite(np.concatenate([result.ravel() for result in results])).all():
            return None  # one look at all of them is the common case, and several times cheaper than one at each
        return next((event for event, value in self.steps if not np.isfinite(value).all()), None)

    def result(self, event: Event) -> Array:
        """The numbers that an event left: a value, 1 at the seed, what a VJP found, the sum of an accumulate."""
        if event.kind == "forward":
            return self.values[event.node]
        return self.contributions[event.edge] if event.kind == "vjp" else self.grads[event.node]

    def vjp(self, edge: Edge) -> Vjp:
        """The rule that runs at an edge, as it is written for the numbers at hand."""
        return self.graph.vjps[edge].vjp.at(self.saved[edge[0]])

    def until(self, direction: Direction, step: int) -> Trace:
        """The same as it stood after `step` steps of a pass (0: before the first): what had been reached by then."""
        graph = self.graph
        count = step + (len(graph.timelines["forward"]) if direction == "backward" else 0)
        if count >= len(self.events):
            return self
        events = self.events[:count]
        run = {event.node for event in events if event.kind == "forward"}
        swept = [event for event in events if event.kind != "forward"]
        return Trace(
            graph,
            events,
            {name: value for name, value in self.values.items() if name in run or name not in graph.computed},
            {name: saved for name, saved in self.saved.items() if name in run},
            {event.target: self.grads[event.target] for event in swept if not graph.is_partial(event)},
            {event.edge: self.contributions[event.edge] for event in swept if event.kind == "vjp"},
        )


@np.errstate(over="ignore", invalid="ignore")
def forward(graph: Graph, values: Mapping[str, Array]) -> Trace:
    """Run every op once, in order. `values` holds a float64 array for each leaf.

    Raises KeyError for a missing leaf and ShapeError for shapes that do not fit. Overflow is left in the numbers
    as inf or nan: `Trace.overflow` says where it began.
    """
    found, saved = dict(values), {}
    for name, run, pick, tidy in graph.plan.forward:
        value, saved[name] = run(*pick(found))
        if not tidy:
            value += ZERO  # in place: no −0 leaves a pass, and what is saved of the output is still the output
        found[name] = value
    return Trace(graph, graph.timelines["forward"], found, saved, {}, {})


@np.errstate(over="ignore", invalid="ignore")
def backward(trace: Trace, rules: Mapping[Edge, Rule] = MappingProxyType({})) -> Trace:
    """Walk the graph from the loss to the leaves: one VJP at a time, and never a Jacobian.

    `trace` is what `forward` returned; `rules` run in the place of the ops' own, at their edges. A value with one use
    takes its only contribution as gradient; a value with several waits for the last of them, and then they are added.
    """
    graph, saved = trace.graph, trace.saved
    seed = trace.loss.copy()
    seed.fill(1.0)
    grads = {graph.loss.name: seed}
    contributions: dict[Edge, Array] = {}
    swept = graph.plan.backward
    if rules:
        swept = tuple(
            (name, edge, rules[edge], False, wrt, alone, parts) if edge in rules else each
            for each in swept
            for name, edge, _, _, wrt, alone, parts in [each]
        )
    for name, edge, rule, tidy, wrt, alone, parts in swept:
        found = contributions[edge] = rule(grads[name], saved[name])
        if not tidy:
            found += ZERO
        if alone:
            grads[wrt] = found
        elif parts:
            first, *others = [contributions[part] for part in parts]
            grads[wrt] = sum(others, first)
    return Trace(graph, graph.plan.events, trace.values, saved, grads, contributions)
