"""Graphs that somebody describes: ops of the table by name, in any order, put in order and found sound, or refused.

    assembled((Described("z", "linear", (("W", "W"), ("x", "x"), ("b", "b"))), …), "L")

What no node computes is a leaf. One at a slot through which its op takes no gradient, as y of a loss, takes none at
all; one that stands nowhere but at the x of linear ops is an input, and any other a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from .graph import CONSTANT, Graph, Leaf, Node, OpNode, Role, leaf, node
from .ops import OPS

MAX_NODES, MAX_NAME = 64, 32
# No name needs care in an address, in an entry's key or in LaTeX, but for its underscores.
NAME = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{MAX_NAME - 1}}}")
# What a formula calls the upstream gradient: a leaf has this name only at the op that is given one.
_UPSTREAM, _GIVEN = "v", "out"
_NO_NAME = f"no node can be named {_UPSTREAM}, which every formula calls the upstream gradient: take another name"
# Where data stands that a step of gradient descent leaves as it is; and the roles of a leaf, the weaker ones first.
_DATA = ("linear", "x")
_STRONGER: tuple[Role, ...] = ("input", "parameter", "given", "target")
_OF_A_LAYER = re.compile(r"([A-Za-z])(0|[1-9][0-9]?)")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class AssemblyError(ValueError):
    """A description of no graph; the message is a sentence that names the node and says what would be right.

    `place` is that of the node in the description, None where it is the loss that is wrong, and `part` the field.
    """

    def __init__(self, place: int | None, part: str, says: str) -> None:
        super().__init__(says)
        self.place, self.part = place, part


@dataclass(frozen=True, slots=True)
class Described:
    """A node as it is described: the op that computes it, and which node stands at each of its slots."""

    name: str
    op: str
    inputs: tuple[tuple[str, str], ...]


@lru_cache(maxsize=16)  # what is asked again finds all that was worked out from the graph
def assembled(described: tuple[Described, ...], loss: str) -> Graph:
    """The graph that is described, in topological order: among nodes that could come next, the first described.

    All names fit NAME, all ops are in OPS, and all slots are their op's. Raises AssemblyError.
    """
    places = _places(described)
    if loss not in places:
        raise AssemblyError(None, "loss", f"the loss must be one of the nodes that are computed: {', '.join(places)}")
    for place, each in enumerate(described):
        _refuse_inputs(place, each, places)
    order = _in_order(described, places)
    _refuse_what_leads_nowhere(described, places, loss)
    roles = _roles(described, places)
    found: dict[str, Node] = {}
    for each in (described[place] for place in order):
        names = dict(each.inputs)
        inputs = [names[slot] for slot in OPS[each.op].inputs]
        found |= {name: _leaf(name, roles[name]) for name in inputs if name not in found}
        found[each.name] = _op(each)
    graph = Graph(found.values())
    if graph.requires_grad <= {loss}:
        says = "depends on targets alone, which take no gradient: at least one leaf must be another"
        raise AssemblyError(None, "loss", f"{loss} {says}")
    return graph


def _places(described: tuple[Described, ...]) -> dict[str, int]:
    """Where each node stands in the description, by name."""
    places: dict[str, int] = {}
    for place, each in enumerate(described):
        if each.name in places:
            raise AssemblyError(place, "name", f"{each.name} is computed twice: each node needs a name of its own")
        if each.name == _UPSTREAM:
            raise AssemblyError(place, "name", _NO_NAME)
        places[each.name] = place
    return places


def _refuse_inputs(place: int, each: Described, computed: Mapping[str, int]) -> None:
    """Raise AssemblyError where something stands at a slot that takes no such thing."""
    row = OPS[each.op]
    for slot, name in each.inputs:
        if name in computed and slot not in row.vjps:
            says = f"{slot} of {each.name} hands no gradient on, so it takes a leaf, and {name} is computed"
            raise AssemblyError(place, "inputs", says)
        if name == _UPSTREAM and each.op != _GIVEN:
            raise AssemblyError(place, "inputs", _NO_NAME)
    if row.corner is not None and len({name for _, name in each.inputs}) == 1:
        raise AssemblyError(place, "inputs", f"{each.name}: {each.op} takes two different nodes")


def _in_order(described: tuple[Described, ...], places: Mapping[str, int]) -> list[int]:
    """The places of the nodes in topological order."""
    needs = {place: {places[name] for _, name in each.inputs if name in places} for place, each in enumerate(described)}
    order: list[int] = []
    while needs:
        ready = next((place for place, needed in needs.items() if needed <= {*order}), None)
        if ready is None:
            raise _cycle(described, {place: needed - {*order} for place, needed in needs.items()})
        order.append(ready)
        del needs[ready]
    return order


def _cycle(described: tuple[Described, ...], needs: Mapping[int, set[int]]) -> AssemblyError:
    """What is wrong with nodes each of which needs another of them."""
    way = [min(needs)]
    while (before := min(needs[way[-1]])) not in way:
        way.append(before)
    around = [*way[way.index(before) :], before]
    names = " needs ".join(described[place].name for place in around)
    return AssemblyError(around[0], "inputs", f"{names}: a graph must have no cycle")


def _refuse_what_leads_nowhere(described: tuple[Described, ...], places: Mapping[str, int], loss: str) -> None:
    reached, ahead = {loss}, [loss]
    while ahead:
        new = {name for _, name in described[places[ahead.pop()]].inputs if name in places} - reached
        reached |= new
        ahead += new
    for place, each in enumerate(described):
        if each.name not in reached:
            raise AssemblyError(place, "name", f"{each.name} leads nowhere: {loss}, the loss, does not depend on it")


def _roles(described: Iterable[Described], computed: Mapping[str, int]) -> dict[str, Role]:
    """The role of each leaf, by what it stands at."""
    roles: dict[str, Role] = {}
    for each in described:
        for slot, name in each.inputs:
            if name not in computed:
                role: Role = "parameter"
                if slot not in OPS[each.op].vjps:
                    role = "given" if each.op == _GIVEN else "target"
                elif (each.op, slot) == _DATA:
                    role = "input"
                roles[name] = max(roles.get(name, role), role, key=_STRONGER.index)
    return roles


def _leaf(name: str, role: Role) -> Leaf:
    symbol, latex = printed(name)
    if role in CONSTANT:
        symbol, latex = f"{symbol}*", f"{{{latex}}}^{{*}}" if "^" in latex else f"{latex}^{{*}}"
    return leaf(name, role, symbol=symbol, latex=latex)


def _op(each: Described) -> OpNode:
    symbol, latex = printed(each.name)
    return node(each.name, each.op, symbol=symbol, latex=latex, **dict(each.inputs))


def printed(name: str) -> tuple[str, str]:
    """How a node of this name is printed, as text and in LaTeX: W1 is W⁽¹⁾, as in a chain; Wxh is Wxh, upright."""
    if numbered := _OF_A_LAYER.fullmatch(name):
        letter, number = numbered.groups()
        return f"{letter}⁽{number.translate(_RAISED)}⁾", f"{letter}^{{({number})}}"
    escaped = name.replace("_", r"\_")
    return name, name if len(name) == 1 else rf"\mathrm{{{escaped}}}"
