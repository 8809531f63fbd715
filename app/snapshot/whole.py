"""The formula of a whole network: each op's own put into that of the op it feeds, as far as that can be read."""

from __future__ import annotations

import re
from functools import lru_cache

from app.engine import Formula, Network, OpNode

from .formulas import bound, filled, forward_equation, latex_symbols, symbols
from .models import Expression

_BRACKETS = re.compile(r"\([^()]*\)|‖[^‖]*‖")
# How a batch names the loss of one of its examples.
_OF_EXAMPLE = ("ℓ", r"\ell")


@lru_cache(maxsize=64)
def whole_formula(network: Network) -> tuple[Expression, ...]:
    """Equations from the loss back: L = ½‖σ(W x + b) − y*‖². A value that a formula has twice, or that two ops use, is
    not written out twice: it keeps its symbol, and has an equation of its own. Of a batch, the first says what L is of
    its examples' losses, and the others hold for each example."""
    graph, base = network.graph, network.base.graph
    (loss, names), *others = _equations(base.loss, network.base)
    if network.batch:
        names = Expression(text=_OF_EXAMPLE[0], latex=_OF_EXAMPLE[1])
    head = (forward_equation(graph, graph.loss),) if network.batch else ()
    return *head, *(
        Expression(text=f"{left.text} = {right.text}", latex=f"{left.latex} = {right.latex}")
        for right, left in [(loss, names), *others]
    )


def _equations(node: OpNode, network: Network) -> list[tuple[Expression, Expression]]:
    """What a node is, with the node it is of, and the same of those that keep their symbol in it."""
    kept: list[OpNode] = []
    found = [(_written_out(node, network, kept), Expression(text=node.symbol, latex=node.latex))]
    for other in kept:
        found += _equations(other, network)
    return found


def _written_out(node: OpNode, network: Network, kept: list[OpNode]) -> Expression:
    """The right side of a node's formula; `kept` gets the nodes that keep their symbol in it."""
    graph, formula = network.graph, node.op.named or node.op.formula
    text, latex = dict(symbols(graph, node)), dict(latex_symbols(graph, node))
    for slot, name in bound(node).items():
        fed = graph.by_name[name]
        if fed.op is None or fed is node:
            continue
        if len(_places(formula, slot)) > 1 or sum(fed.name in other.inputs for other in graph.ops) > 1:
            kept.append(fed)
            continue
        inner = _written_out(fed, network, kept)
        if _is_open(inner.text) and not _is_argument(formula, slot):
            inner = Expression(text=f"({inner.text})", latex=f"({inner.latex})")
        text[slot], latex[slot] = inner.text, inner.latex
    return Expression(text=filled(formula.text, text), latex=filled(formula.latex, latex))


def _places(formula: Formula, slot: str) -> list[re.Match[str]]:
    """Where a slot stands in a formula's text."""
    return list(re.finditer(rf"\${slot}(?![A-Za-z])", formula.text))


def _is_open(text: str) -> bool:
    """Whether a formula has signs or blanks outside its brackets, so that it needs some to be put into another."""
    while (shorter := _BRACKETS.sub("", text)) != text:
        text = shorter
    return " " in text or text.startswith("−")


def _is_argument(formula: Formula, slot: str) -> bool:
    """Whether a slot stands alone between brackets, or between a bracket and a comma."""
    (place,) = _places(formula, slot)
    before, after = formula.text[: place.start()].rstrip(), formula.text[place.end() :].lstrip()
    return before.endswith(("(", ",")) and after.startswith((")", ","))
