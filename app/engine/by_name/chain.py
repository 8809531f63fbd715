"""A chain as a network: its graph, made of the table's ops, its default numbers, and what there is to say of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import cast

from app.engine.graph import Graph, Node, leaf, node
from app.engine.networks import NETWORKS, Example, Network, Values
from app.engine.ops import OPS, Shape

from .defaults import as_values, default_values
from .spelling import Spelling, spelling

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_COUNTS = ("no", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")
# What decides whether two networks are the same, but for their default numbers.
_Likeness = tuple[tuple[str, str, tuple[str, ...], Shape], ...]


@lru_cache(maxsize=64)  # networks are compared by identity, so one name is one network
def chain(name: str) -> Network:
    """The network that the name of a chain stands for: that of the gallery, if one is the same. Raises ChainError."""
    spelled = spelling(name)
    graph = _graph(spelled)
    shapes = graph.shapes(_shapes(spelled, graph))
    same = _gallery().get(_likeness(graph, shapes))
    if same is not None:
        return NETWORKS[same]
    numbers = cast("Mapping[str, Values]", as_values(default_values(name, spelled, graph)))
    own = Example("own", "default numbers", {})
    return Network(name, _title(spelled), graph, numbers, (own,), _about(spelled, graph, shapes), _brief(spelled))


def _graph(spelled: Spelling) -> Graph:
    """Each layer's z = W a + b and its activation, then the target and the loss.

    A lone layer has the letters of the gallery's, x, W, b, z and h; of several, each carries its number.
    """
    nodes: list[Node] = [leaf("x", "input")]
    fed, alone = "x", len(spelled.layers) == 1
    for number, layer in enumerate(spelled.layers, 1):
        place = 0 if alone else number
        weights, bias = _leaf("W", place), _leaf("b", place)
        z = _node("z", place, "linear", W=weights.name, x=fed, b=bias.name)
        nodes += [weights, bias, z]
        fed = z.name
        if layer.activation:
            nodes.append(_node("h" if alone else "a", place, layer.activation, z=z.name))
            fed = nodes[-1].name
    target = leaf("v", "given", symbol="v*", latex="v^{*}") if spelled.loss == "out" else None
    target = target or leaf("y", "target", symbol="y*", latex="y^{*}")
    slots = dict(zip(OPS[spelled.loss_op].inputs, (fed, target.name), strict=True))
    return Graph([*nodes, target, node("L", spelled.loss_op, **slots)])


def _leaf(letter: str, place: int) -> Node:
    return leaf(
        *_named(letter, place)[:1], "parameter", symbol=_named(letter, place)[1], latex=_named(letter, place)[2]
    )


def _node(letter: str, place: int, op: str, **slots: str) -> Node:
    name, symbol, latex = _named(letter, place)
    return node(name, op, symbol=symbol, latex=latex, **slots)


def _named(letter: str, place: int) -> tuple[str, str, str]:
    """A node's name, symbol and LaTeX: W1, W⁽¹⁾ and W^{(1)}; the letter alone for the place 0."""
    if not place:
        return letter, letter, letter
    return f"{letter}{place}", f"{letter}⁽{str(place).translate(_RAISED)}⁾", f"{letter}^{{({place})}}"


def _shapes(spelled: Spelling, graph: Graph) -> dict[str, Shape]:
    """The shape of each leaf."""
    found: dict[str, Shape] = {"x": (spelled.inputs,)}
    names = iter(leaf.name for leaf in graph.leaves if leaf.role == "parameter")
    for inputs, layer in zip(spelled.widths, spelled.layers, strict=False):
        found |= {next(names): (layer.width, inputs), next(names): (layer.width,)}
    return found | {graph.leaves[-1].name: (spelled.layers[-1].width,)}


@lru_cache(maxsize=1)
def _gallery() -> Mapping[_Likeness, str]:
    """The networks of the gallery, by what makes a chain the same as one."""
    return {_likeness(network.graph, network.shapes): network.name for network in NETWORKS.values()}


def _likeness(graph: Graph, shapes: Mapping[str, Shape]) -> _Likeness:
    return tuple(
        (node.name, node.op.name if node.op else node.role, node.inputs, shapes[node.name]) for node in graph.nodes
    )


def _title(spelled: Spelling) -> str:
    """2 → 2 → 1 · sigmoid + linear + squared error."""
    ops = [OPS[layer.activation].title if layer.activation else "linear" for layer in spelled.layers]
    if len(ops) == 1 and spelled.layers[0].activation:
        ops.insert(0, "linear")
    return f"{' → '.join(map(str, spelled.widths))} · {' + '.join([*ops, OPS[spelled.loss_op].title])}"


def _brief(spelled: Spelling) -> str:
    count = len(spelled.layers)
    return f"{_COUNTS[count].lower()} layer{'s' if count > 1 else ''}, {OPS[spelled.loss_op].convention}"


def _about(spelled: Spelling, graph: Graph, shapes: Mapping[str, Shape]) -> str:
    """What to look at: the way back through the layers, and what the loss takes."""
    count = len(spelled.layers)
    loss = graph.loss
    fed = graph.by_name[loss.inputs[0]]
    entries = sum(_size(shapes[leaf.name]) for leaf in graph.leaves if leaf.role == "parameter")
    parameters = f"{entries} parameters"
    if count == 1:
        said = f"One layer with {parameters}: ∂L/∂{fed.symbol} comes first, and every other gradient follows from it."
    else:
        said = (
            f"{_COUNTS[count]} layers with {parameters}: what comes back to the input of one layer is the upstream "
            "gradient of the layer before it."
        )
    likelihood = loss.op.likelihood
    if likelihood and likelihood.activation and spelled.layers[-1].activation:
        said += f" The loss takes {fed.symbol} as logits: it has {_article(likelihood.activation.title)} of its own."
    return said


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _size(shape: Shape) -> int:
    size = 1
    for length in shape:
        size *= length
    return size
