"""A network's ops in the order in which they run: what each saves, what its VJPs find on the way back, and when."""

from __future__ import annotations

from app.engine import OpNode, Trace

from .formulas import forward_equation, gradient, saved_text, via
from .models import Expression, Frozen
from .saved_memory import saved_names


class Found(Frozen):
    """A gradient that a VJP finds, or one contribution of several to it."""

    symbol: str
    """The symbol of the node whose gradient it is."""
    left: Expression
    """What is found, as ∂L/∂x via r for a contribution."""
    partial: bool
    """Whether it is one contribution of several."""
    waits_for: list[str]
    """The symbols of the ops whose contributions are still to come; none where the gradient is complete."""


class TapeEntry(Frozen):
    """One op on the tape."""

    symbol: str
    """The symbol of its node."""
    forward: Expression
    """Its forward formula."""
    saved: list[str]
    """What it saves for its VJPs, as it is printed."""
    held: int
    """Bytes of activations that are in memory once it has run forward."""
    left: int
    """Bytes of them that are left once its VJPs have run."""
    found: list[Found]
    """What its VJPs find, in their order."""


def tape(trace: Trace) -> list[TapeEntry]:
    """The tape that the forward pass of `trace` leaves, in its order; the backward pass goes through it from the end.

    An activation is a saved value that the pass has made. It counts from the op on that saves it, once however many
    save it, until the VJPs of the first of these have run, which are the last to read it.
    """
    given = {leaf.name for leaf in trace.graph.leaves}
    sizes: dict[str, int] = {}
    found = []
    for node in trace.graph.ops:
        left = sum(sizes.values())
        saved = zip(saved_names(node), trace.saved[node.name].values(), strict=True)
        sizes |= {name: array.nbytes for name, array in saved if name not in given}
        found.append(
            TapeEntry(
                symbol=node.symbol,
                forward=forward_equation(trace.graph, node),
                saved=[saved_text(trace.graph, node, slot) for slot in node.op.saved],
                held=sum(sizes.values()),
                left=left,
                found=_found(trace, node),
            )
        )
    return found


def _found(trace: Trace, node: OpNode) -> list[Found]:
    graph = trace.graph
    return [
        Found(
            symbol=graph.by_name[use.wrt].symbol,
            left=via(gradient(graph, use.wrt), use),
            partial=use.partial,
            waits_for=[later.node.symbol for later in graph.uses[use.wrt] if later.step > use.step],
        )
        for use in graph.vjps.values()
        if use.node is node
    ]
