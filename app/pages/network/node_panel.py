"""What the card says of one node: what it is, its rule and its numbers, and where it is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.digits import Formatted, formatted, min_decimals
from app.pages.form import Link
from app.snapshot import Expression, NestedList, NodeView, Snapshot
from app.snapshot.formulas import gradient, quantity
from app.snapshot.wording import joined
from app.state import ViewState

from .cells import NodeCard, step_of
from .inputs import PageInputs


@dataclass(frozen=True, slots=True)
class NodePanel:
    """A node, explained in place.

    `formula` is its rule, or its name alone where it is given. `grad_says` says why there is no gradient, where there
    is none; `upstream` that the gradient is v for the node's own op, where that has come so far. `used` are the nodes
    that are computed from it, each with its own explanation. `go` leads to the node's step; None where one is there.
    """

    kind = "node"
    name: str
    symbol: str
    says: str
    formula: Expression
    value: Formatted | None
    grad: Formatted | None
    grad_symbol: Expression
    grad_says: str
    upstream: str
    used: tuple[Link, ...]
    go: Link | None
    close: str


def node_panel(inputs: PageInputs, cards: Sequence[NodeCard]) -> NodePanel:
    """The node that the address names."""
    state, graph = inputs.state, inputs.trace.graph
    view = next(card.view for card in cards if card.view.name == state.node)
    node, found = graph.by_name[view.name], gradient(graph, view.name)
    return NodePanel(
        name=view.name,
        symbol=view.symbol,
        says=_says(inputs.snapshot, view, node.op.title if node.op else ""),
        formula=view.forward or Expression(latex=node.latex, text=node.symbol),
        value=None if view.value is None else _formatted(view.value, state, grad=False),
        grad=None if view.grad is None else _formatted(view.grad, state, grad=True),
        grad_symbol=found,
        grad_says=_grad_says(view),
        upstream=f"{found.text}, in the VJPs of its op" if view.vjps and view.grad is not None else "",
        used=tuple(
            Link(card.view.symbol, state.with_node(card.view.name).address(), here=False)
            for card in cards
            if view.name in card.view.inputs
        ),
        go=_go(inputs, view),
        close=state.with_node(None).address(),
    )


def _formatted(values: NestedList, state: ViewState, *, grad: bool) -> Formatted:
    return formatted(values, least=min_decimals(values, grad=grad), digits=state.digits)


def _says(snapshot: Snapshot, view: NodeView, op: str) -> str:
    """What a node is, in a sentence."""
    if not op:
        what, more = {
            "input": ("an input", ""),
            "parameter": ("a parameter", ", and training changes it"),
            "target": ("the target", ", and takes no gradient"),
            "given": ("the upstream gradient of the network’s output", ", and takes no gradient"),
        }[view.role]
        return f"{view.symbol} is {what}: it is given{more}."
    sources = joined([snapshot.node(name).symbol for name in view.inputs])
    is_loss = view.role == "loss" and all(node.role != "given" for node in snapshot.nodes)
    what = "the loss: " if is_loss else ""
    return f"{view.symbol} is {what}the output of the op {op}, computed from {sources}."


def _grad_says(view: NodeView) -> str:
    if view.grad is not None:
        return ""
    return "not reached yet" if view.requires_grad else "none is taken"


def _go(inputs: PageInputs, view: NodeView) -> Link | None:
    """The step that finds the node's number, by what it finds; none where one is there."""
    state = inputs.state
    there = state.go(state.direction, step_of(state, view))
    if there.step == state.step:
        return None
    event = there.event
    if event is None:
        return Link("Go to the inputs", there.address(), here=False)
    whose = "its step" if event.target == view.name else "the step that reads it"
    return Link(f"Go to {whose}: {quantity(state.network.graph, event).text}", there.address(), here=False)
