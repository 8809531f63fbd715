"""A graph's formulas: the op rows' templates with the nodes' own names put in.

They depend on the graph alone, so each is made once.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import Template

from app.engine import Event, Formula, Graph, Node, OpNode, VjpUse
from app.engine.ops import Vjp

from .models import Expression

# What is squared: a slot, or an entry of one.
_SQUARED = re.compile(
    r"\$(?P<text>[A-Za-z]+)(?P<at>[ₙᵢⱼₖ₀-₉,]*)²|\{\$\{?(?P<latex>[A-Za-z]+)\}?(?P<low>(?:_\w|_\{\w+\})?)\}\^\{2\}"
)
# A transposed matrix with the number of its layer: both are raised, side by side.
_RAISED_TWICE = re.compile(r"\{(\w)\^\{(\([0-9]+\))\}(_\{n\})?\}\^\{\\top\}")


def filled(template: str, names: dict[str, str]) -> str:
    """A template with its `$slot`s put in; the square of one that carries the number of its layer gets brackets.

    Raises KeyError for a slot without a name: a row that is wrong.
    """
    if "²" in template or "^{2}" in template:
        template = _SQUARED.sub(lambda found: _squared(found, names), template)
    return _RAISED_TWICE.sub(r"\1^{\2\\top}\3", Template(template).substitute(names))


def _squared(found: re.Match[str], names: dict[str, str]) -> str:
    slot = found["text"] or found["latex"]
    if not names[slot].endswith(("⁾", ")}")):
        return found[0]
    return f"(${slot}{found['at']})²" if found["text"] else f"(${{{slot}}}{found['low']})^{{2}}"


@lru_cache(maxsize=256)
def bound(node: Node) -> dict[str, str]:
    """Which node stands at each slot of a node's op, its output included; empty for a leaf."""
    if node.op is None:
        return {}
    return {**dict(zip(node.op.inputs, node.inputs, strict=True)), node.op.output: node.name}


@lru_cache(maxsize=256)
def symbols(graph: Graph, node: Node) -> dict[str, str]:
    """How each slot of a node's op is printed in plain text."""
    return _own(node) | {slot: graph.by_name[name].symbol for slot, name in bound(node).items()}


@lru_cache(maxsize=256)
def latex_symbols(graph: Graph, node: Node) -> dict[str, str]:
    """How each slot of a node's op is printed in LaTeX."""
    return _own(node) | {slot: graph.by_name[name].latex for slot, name in bound(node).items()}


def _own(node: Node) -> dict[str, str]:
    """What is no node and has one name in every graph: v, and what a node's op makes to save it, such as p."""
    return {"v": "v"} | ({slot: slot for slot in node.op.made} if node.op else {})


@lru_cache(maxsize=256)
def saved_text(graph: Graph, node: OpNode, slot: str) -> str:
    """How a value that a node saves is printed: a node by its symbol, what the op makes with what it is: p = σ(z)."""
    text = symbols(graph, node)
    return f"{text[slot]} = {filled(node.op.made[slot].formula.text, text)}" if slot in node.op.made else text[slot]


def expression(formula: Formula, graph: Graph, node: Node, local: Formula | None = None) -> Expression:
    """A formula of a node's op in the graph's names; `local` is written out where it says `$local`."""
    text, latex = dict(symbols(graph, node)), dict(latex_symbols(graph, node))
    if local is not None:
        text["local"], latex["local"] = filled(local.text, text), filled(local.latex, latex)
    return Expression(latex=filled(formula.latex, latex), text=filled(formula.text, text))


@lru_cache(maxsize=256)
def each(graph: Graph, name: str) -> Expression:
    """How an equation names a node: of a batch, what counts examples as that of example n, zₙ."""
    node = graph.by_name[name]
    if name not in graph.by_example:
        return Expression(latex=node.latex, text=node.symbol)
    below = node.latex if node.latex.endswith("}") else f"{{{node.latex}}}"
    return Expression(latex=f"{below}_{{n}}", text=f"{node.symbol}ₙ")


@lru_cache(maxsize=256)
def gradient(graph: Graph, name: str) -> Expression:
    """∂L/∂name."""
    return gradient_at(graph, each(graph, name))


def gradient_at(graph: Graph, named: Expression) -> Expression:
    """∂L by what is named: a node, or an entry of one."""
    return Expression(
        latex=rf"\frac{{\partial {graph.loss.latex}}}{{\partial {named.latex}}}",
        text=f"∂{graph.loss.symbol}/∂{named.text}",
    )


def via(whole: Expression, use: VjpUse | None) -> Expression:
    """A gradient, or an entry of one, as a VJP finds it: of a value with several uses, what came back from one."""
    if use is None or not use.partial:
        return whole
    node = use.node
    return Expression(latex=rf"{whole.latex}\,\text{{via }}{node.latex}", text=f"{whole.text} via {node.symbol}")


def sum_step(graph: Graph, name: str) -> int:
    """The step of the backward pass at which the contributions to a node's gradient are added."""
    events = graph.timelines["backward"]
    return next(step for step, event in enumerate(events, 1) if event.kind == "accumulate" and event.node == name)


def held_fixed(use: VjpUse) -> tuple[str, ...]:
    """The inputs that the partial derivative of one use of several leaves as they are; none where a use is the only."""
    return tuple(name for name in use.node.inputs if name != use.wrt) if use.partial else ()


def quantity(graph: Graph, event: Event) -> Expression:
    """What an event finds: the value of a node, or the gradient at one."""
    if event.kind != "forward":
        return via(gradient(graph, event.target), graph.vjps.get(event.edge))
    return each(graph, event.node)


def _equation(left: Expression, right: Expression) -> Expression:
    return Expression(latex=f"{left.latex} = {right.latex}", text=f"{left.text} = {right.text}")


@lru_cache(maxsize=256)
def forward_rule(graph: Graph, node: OpNode) -> Expression:
    """The right side of a node's forward formula."""
    return expression(node.op.formula, graph, node)


@lru_cache(maxsize=256)
def forward_equation(graph: Graph, node: OpNode) -> Expression:
    """A node's forward formula, as z = W x + b."""
    return _equation(each(graph, node.name), forward_rule(graph, node))


@lru_cache(maxsize=256)
def vjp_rule(graph: Graph, node: OpNode, rule: Vjp) -> Expression:
    """The right side of a VJP of a node, as `rule` is written: `Trace.vjp` has the form that holds for its numbers."""
    return expression(rule.formula, graph, node, rule.local.formula if rule.local else None)


@lru_cache(maxsize=256)
def vjp_equation(graph: Graph, node: OpNode, slot: str, rule: Vjp | None = None) -> Expression:
    """A node's VJP for one slot, as ∂L/∂W = v xᵀ; as `rule` is written, or without numbers as the op's row has it."""
    wrt = bound(node)[slot]
    left = via(gradient(graph, wrt), graph.vjps.get((node.name, slot)))
    return _equation(left, vjp_rule(graph, node, rule or node.op.vjps[slot]))
