"""Where one entry comes from: a sum of products, term by term, each number with its name and its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Template

import numpy as np

from app.engine import Array, Formula, Graph, Node
from app.engine.ops import Entrywise, Factor, NamedArray
from app.engine.trace import Step

from .formulas import bound, fan_out, filled, gradient_at, latex_symbols, symbols, via
from .models import Expansion, Expression, FactorView
from .passes import Passes

_PLAIN = {"ᵢ": "i", "ⱼ": "j", "ₖ": "k"}
_LETTERS = {snapshot_dict: lowered for lowered, snapshot_dict in _PLAIN.items()}
_TEXT_INDEX = re.compile(f"[{''.join(_PLAIN)}]+")
_LATEX_INDEX = re.compile(r"_(\{[a-z]+\}|[a-z])")
_PLACES = re.compile(rf"\$([A-Za-z]+)([{''.join(_PLAIN)}]*)")
_SUBSCRIPTS = str.maketrans("0123456789,", "₀₁₂₃₄₅₆₇₈₉,")


def expand(passes: Passes, name: str, index: tuple[int, ...], *, backward: bool, reached: set[str]) -> Expansion:
    """How entry `index` (from 0) of a node came about: its value in a forward pass, its gradient in a backward one."""
    graph = passes.graph
    if not backward:
        left = _entry(graph.by_name[name], index)
        return _value(passes, graph.by_name[name], index, left, reached)
    left = _grad_entry(graph, name, index)
    if name not in graph.requires_grad:
        is_target = graph.by_name[name].role == "target"
        return _without(name, index, "grad", left, f"{'a target' if is_target else 'it'} takes no gradient")
    step = next((step for step in reversed(passes.done) if step.event.target == name), None)
    if step is None or (step.event.kind == "vjp" and fan_out(graph)[name] > 1):
        return _without(name, index, "grad", left, "the backward pass has not reached it yet")
    return _gradient(passes, step, index, left)


def entries(passes: Passes, step: Step) -> list[Expansion]:
    """How each entry of what a step found came about, row by row."""
    graph, event = passes.graph, step.event
    indices = np.ndindex(step.value.shape)
    if event.kind == "forward":
        node = graph.by_name[event.node]
        assert node.op is not None
        own, local = node.op.entrywise, node.op.intermediate
        return [_expansion(passes, node, own, local, node.name, i, _entry(node, i), None, step.value) for i in indices]
    return [_gradient(passes, step, i, via(graph, _grad_entry(graph, event.target, i), event)) for i in indices]


def any_entry(named: Expression, letters: str) -> Expression:
    """A node's name with running indices: Wᵢⱼ for the letters ij."""
    text = "".join(_LETTERS[letter] for letter in letters)
    return Expression(text=named.text + text, latex=f"{{{named.latex}}}_{{{letters}}}" if letters else named.latex)


def place(index: tuple[int, ...]) -> str:
    """An index as a formula prints it, from 1: 21, or 1,12 where a digit is not enough."""
    return ("," if any(i > 8 for i in index) else "").join(str(i + 1) for i in index)


def key(name: str, index: tuple[int, ...]) -> str:
    """How an address names an entry: W.2.1."""
    return ".".join([name, *(str(i + 1) for i in index)])


def subscripted(symbol: str, index: tuple[int, ...]) -> str:
    """W₂₁ in plain text."""
    return symbol + place(index).translate(_SUBSCRIPTS)


def _subscripted_latex(latex: str, index: tuple[int, ...]) -> str:
    return f"{{{latex}}}_{{{place(index)}}}" if index else latex


def _entry(node: Node, index: tuple[int, ...]) -> Expression:
    return Expression(text=subscripted(node.symbol, index), latex=_subscripted_latex(node.latex, index))


def _grad_entry(graph: Graph, name: str, index: tuple[int, ...]) -> Expression:
    return gradient_at(graph, _entry(graph.by_name[name], index))


def _without(name: str, index: tuple[int, ...], quantity: str, left: Expression, note: str) -> Expansion:
    return Expansion(
        key=key(name, index),
        node=name,
        index=[i + 1 for i in index],
        quantity="grad" if quantity == "grad" else "value",
        left=left,
        general=None,
        terms=[],
        result=None,
        note=note,
    )


def _value(passes: Passes, node: Node, index: tuple[int, ...], left: Expression, reached: set[str]) -> Expansion:
    if node.op is None:
        given = _without(node.name, index, "value", left, "given")
        return given.model_copy(update={"result": float(passes.values[node.name][index])})
    if node.name not in reached:
        return _without(node.name, index, "value", left, "the forward pass has not reached it yet")
    value = passes.values[node.name]
    return _expansion(passes, node, node.op.entrywise, node.op.intermediate, node.name, index, left, None, value)


def _gradient(passes: Passes, step: Step, index: tuple[int, ...], left: Expression) -> Expansion:
    graph, event = passes.graph, step.event
    if event.kind == "seed":
        one = FactorView(slot="", symbol="1", latex="1", node=None, key=None, keys=[], quantity="constant", value=1.0)
        seed = _without(event.node, index, "grad", left, "the seed")
        return seed.model_copy(update={"terms": [[one]], "result": 1.0})
    if event.kind == "accumulate":
        return _sum(passes, event.node, index, left, step)
    node = graph.by_name[event.node]
    assert node.op is not None
    rule = node.op.vjps[event.slot]
    # the last there is: of a value that is used twice, the sum
    v = next(entry.value for entry in reversed(passes.done) if entry.event.target == node.name)
    return _expansion(passes, node, rule.entrywise, rule.local, event.wrt, index, left, v, step.value)


def _sum(passes: Passes, name: str, index: tuple[int, ...], left: Expression, step: Step) -> Expansion:
    """A value used more than once: one term for what came back from each use."""
    parts = [entry for entry in passes.done if entry.event.kind == "vjp" and entry.event.wrt == name]
    terms = [
        [
            FactorView(
                slot=f"part{place}",
                symbol=named.text,
                latex=named.latex,
                node=part.event.node,
                key=None,
                keys=[],
                quantity="grad",
                value=float(part.value[index]),
            )
        ]
        for place, part in enumerate(parts)
        for named in [via(passes.graph, left, part.event)]
    ]
    whole = _without(name, index, "grad", left, "the sum over paths")
    return whole.model_copy(update={"terms": terms, "result": float(step.value[index])})


def _expansion(
    passes: Passes,
    node: Node,
    entrywise: Entrywise,
    local: NamedArray | None,
    name: str,
    index: tuple[int, ...],
    left: Expression,
    v: Array | None,
    whole: Array,
) -> Expansion:
    """The op row's terms for one entry of `whole`, with the numbers of this network in them."""
    graph, slots = passes.graph, bound(node)
    saved = next(step.saved for step in passes.run if step.event.node == node.name)
    arrays = {slot: passes.values[at] for slot, at in slots.items()}
    if v is not None:
        arrays["v"] = v
    if local is not None:
        # forward, an intermediate number is made from the inputs; backward, from what was kept of them
        arrays["local"] = local.numbers(arrays if v is None else saved)
    shapes = {slot: array.shape for slot, array in arrays.items()}
    return Expansion(
        key=key(name, index),
        node=name,
        index=[i + 1 for i in index],
        quantity="value" if v is None else "grad",
        left=left,
        general=_general(graph, node, entrywise, index),
        terms=[
            [_factor(graph, node, slots, factor, local, arrays) for factor in term]
            for term in entrywise.terms(index, shapes)
        ],
        result=float(whole[index]),
        note="",
    )


def _general(graph: Graph, node: Node, entrywise: Entrywise, index: tuple[int, ...]) -> Expression:
    """The entry's formula, with its own indices as numbers and the others running: Σᵢ Wᵢ₁ vᵢ."""
    own = dict(zip(entrywise.free, (str(number + 1) for number in index), strict=True))
    return _placed(graph, node, entrywise.formula, own)


def _placed(graph: Graph, node: Node, formula: Formula, own: Mapping[str, str]) -> Expression:
    """A formula by indices in the graph's names, with the letters of `own` replaced by their numbers."""
    text = _TEXT_INDEX.sub(lambda found: _numbered(found[0], own).translate(_SUBSCRIPTS), formula.text)
    latex = _LATEX_INDEX.sub(lambda found: f"_{{{_numbered(found[1].strip('{}'), own)}}}", formula.latex)
    return Expression(text=filled(text, symbols(graph, node)), latex=filled(latex, latex_symbols(graph, node)))


def _local_entry(graph: Graph, node: Node, local: NamedArray, index: tuple[int, ...]) -> Expression:
    """One entry of a local factor, as it is printed."""
    if local.entry is not None:
        own = dict(zip(_PLAIN.values(), (str(number + 1) for number in index), strict=False))
        return _placed(graph, node, local.entry, own)
    text_names = {slot: subscripted(name, index) for slot, name in symbols(graph, node).items()}
    latex_names = {slot: _subscripted_latex(name, index) for slot, name in latex_symbols(graph, node).items()}
    return Expression(text=filled(local.formula.text, text_names), latex=filled(local.formula.latex, latex_names))


def _made_from(slot: str, local: NamedArray, index: tuple[int, ...], array: Array) -> list[tuple[int, ...]]:
    """The entries of a slot that one entry of a local factor is made from: its own one first, and others if any are."""
    own = "".join(list(_LETTERS.values())[: len(index)])
    places = {found[2] for found in _PLACES.finditer(local.entry.text) if found[1] == slot} if local.entry else {own}
    return [index, *(at for at in np.ndindex(array.shape) if at != index and places != {own})]


def _numbered(letters: str, own: Mapping[str, str]) -> str:
    """The letters of an index, those of `own` replaced by their numbers: i2, or i,12 where a digit is not enough."""
    places = [own.get(_PLAIN.get(letter, letter), letter) for letter in letters]
    return ("," if any(len(place) > 1 for place in places) else "").join(places)


def _factor(
    graph: Graph,
    node: Node,
    slots: Mapping[str, str],
    factor: Factor,
    local: NamedArray | None,
    arrays: Mapping[str, Array],
) -> FactorView:
    if not factor.slot:
        return FactorView(
            slot="",
            symbol=_constant(factor.constant, r"{}/{}"),
            latex=_constant(factor.constant, r"\tfrac{{{}}}{{{}}}"),
            node=None,
            key=None,
            keys=[],
            quantity="constant",
            value=factor.constant,
            power=factor.power,
        )
    if factor.slot == "v":
        keys = [key(node.name, factor.index)]
        symbol, latex = subscripted("v", factor.index), _subscripted_latex("v", factor.index)
    elif factor.slot == "local":
        assert local is not None
        named = _local_entry(graph, node, local, factor.index)
        symbol, latex = named.text, named.latex
        read = [slot for slot in slots if slot in Template(local.formula.text).get_identifiers()]
        keys = [key(slots[slot], at) for slot in read for at in _made_from(slot, local, factor.index, arrays[slot])]
    else:
        named = _entry(graph.by_name[slots[factor.slot]], factor.index)
        symbol, latex = named.text, named.latex
        keys = [key(slots[factor.slot], factor.index)]
    return FactorView(
        slot=factor.slot,
        symbol=symbol,
        latex=latex,
        node=keys[0].partition(".")[0],
        key=keys[0],
        keys=keys,
        quantity="grad" if factor.slot == "v" else "value",
        value=float(arrays[factor.slot][factor.index]),
        power=factor.power,
        whole=factor.slot == "local" and local is not None and local.whole,
    )


def _constant(number: float, fraction: str) -> str:
    """A constant of a formula as a fraction: all that occur are. In LaTeX a negative one stands in brackets."""
    if number == 0.5 and "frac" not in fraction:
        return "½"
    top, bottom = number.as_integer_ratio()
    written = str(top) if bottom == 1 else fraction.format(top, bottom)
    if number < 0:
        return f"({written})" if "frac" in fraction else written.replace("-", "−")
    return written
