"""What output heads send back to z, on one x, W and b: the canonical pairs, and one that is none."""

from __future__ import annotations

from functools import lru_cache

from app.engine import NETWORKS, Trace
from app.engine.networks import CANONICAL, MISMATCH
from app.snapshot import Expression, NestedList, trace_of
from app.snapshot.formulas import filled, symbols, vjp_equation
from app.snapshot.models import Frozen
from app.state import Invalid, ViewState

SOFTMAX = "softmax-ce"
# Scores that are confident of the first class, where the target is the second.
CONFIDENT = (10.0, 0.0, 0.0)


class HeadGradient(Frozen):
    """The gradient ∂L/∂z of a network: its rule, the sentence about it, its numbers, and where it is derived.

    `on_defaults` is whether its numbers are its own, since those that were asked about do not fit it or overflow.
    `prediction` is what the head makes of z, and `upstream` ∂L/∂prediction where that is a step of its own. `sums_to_1`
    is False where its rule is another one because the targets of a softmax do not sum to 1.
    """

    network: str
    title: str
    canonical: bool
    on_defaults: bool
    sums_to_1: bool
    equation: Expression
    says: str
    prediction: list[float]
    target: list[float]
    upstream: list[float] | None
    numbers: NestedList
    address: str


def head_gradients(view: ViewState) -> list[HeadGradient]:
    """What the canonical pairs send back to z, and a pair that is none; all on one x, W and b, those of `view`, whose
    network, if it is one of these, keeps its own target as well."""
    return [_head(name, view) for name in (*CANONICAL, MISMATCH)]


def _head_trace(name: str, view: ViewState) -> tuple[ViewState, Trace, bool]:
    """A network of the gallery on the x, W and b of another, if they fit and nothing overflows; else, and then it is
    True, on its own."""
    network = NETWORKS[name]
    own = ViewState(network, "backward", network.defaults)
    shared = view.values if name == view.network.name else ("x", "W", "b")
    layer = {leaf: view.values[leaf] for leaf in shared if leaf in view.values}
    if any(view.shapes[leaf] != network.shape(leaf) for leaf in layer):
        return own, trace_of(own), True
    there = own.with_values(layer)
    try:
        return there, trace_of(there), False
    except Invalid:
        return own, trace_of(own), True


def _head(name: str, view: ViewState) -> HeadGradient:
    there, trace, on_defaults = _head_trace(name, view)
    return _found(there, trace, on_defaults=on_defaults)


def _found(there: ViewState, trace: Trace, *, on_defaults: bool) -> HeadGradient:
    graph, name = trace.graph, there.network.name
    use = graph.uses["z"][0]
    first = graph.loss.op.saved[0]
    upstream = None if use.node is graph.loss else trace.grads[use.node.name].tolist()
    return HeadGradient(
        network=name,
        title=there.network.title,
        canonical=name in CANONICAL,
        on_defaults=on_defaults,
        sums_to_1=trace.vjp(use.edge) is use.vjp,
        equation=vjp_equation(graph, use.node, use.slot, trace.vjp(use.edge)),
        says=filled(trace.vjp(use.edge).says, symbols(graph, use.node)),
        prediction=trace.saved[graph.loss.name][first].tolist(),
        target=trace.values["y"].tolist(),
        upstream=upstream,
        numbers=trace.grads["z"].tolist(),
        address=there.at_gradient_of("z").with_view("why").address(),
    )


@lru_cache(maxsize=1)
def saturated() -> tuple[HeadGradient, HeadGradient]:
    """Softmax with cross-entropy and with squared error, both confident of a class that is not the target’s."""
    network = NETWORKS[SOFTMAX]
    view = ViewState(network, "backward", network.defaults).with_values({"W": ((0.0, 0.0),) * 3, "b": CONFIDENT})
    return _head(SOFTMAX, view), _head(MISMATCH, view)
