"""Gradients that somebody claims, graded: which are right, and what the wrong ones look like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from app.engine import Array, Claim, Diagnosis, Graph, Match, Values, diagnose, known_gradients
from app.state import Claimed

from .build import trace_of
from .formulas import filled, gradient, symbols, vjp_equation
from .indices import key
from .models import Frozen, NestedList

GradeVerdict = Literal["right", "wrong"]


class MatchView(Frozen):
    """A known mistake that gives what was claimed, and the VJP it is made at."""

    name: str
    """What the mistake is called."""
    says: str
    """A sentence for the person who made it."""
    node: str
    """The node whose VJP it is made at."""
    wrt: str
    """The input of that node which the VJP is taken with respect to."""
    vjp: str
    """The rule as it should be, as plain text."""
    own: bool
    """Whether that VJP finds this very gradient; false where the mistake was made on the way to it."""


class EntryGrade(Frozen):
    """One entry of a gradient, graded."""

    key: str
    """The entry, as ask names it: W.2.1."""
    claimed: float
    """The number that was sent."""
    right: float
    """The number that is right."""
    verdict: GradeVerdict
    """What the number that was sent is: right or wrong."""
    matches: list[MatchView]
    """The known mistakes that give this number; if some give the whole gradient, those. Empty for a right entry."""


class NodeGrade(Frozen):
    """One gradient, graded."""

    name: str
    """The node that the gradient is taken with respect to."""
    shape: list[int]
    """The shape that the gradient has to have: the node’s own."""
    claimed_shape: list[int] | None
    """The shape that was sent; null where rows differ in length."""
    right: NestedList
    """The right gradient, in its shape."""
    verdict: GradeVerdict
    """What the gradient that was sent is: right or wrong."""
    right_entries: int
    """How many of its entries are right."""
    wrong_entries: int
    """How many of its entries are wrong; all of them, if the shape is."""
    entries: list[EntryGrade]
    """Its entries, row by row; empty where the shape is wrong."""
    matches: list[MatchView]
    """The known mistakes that give the whole gradient; if several do, the numbers cannot tell them apart."""
    follows: list[str]
    """The nodes whose gradients were sent wrong, if this one follows from them; else empty."""
    also: list[MatchView]
    """The known mistakes that come on top of what follows from wrong gradients; empty where none does."""
    note: str
    """The same in sentences; empty for a right gradient."""


class Grade(Frozen):
    """Every gradient that was claimed, graded."""

    network: str
    """The network’s name."""
    tolerance: float
    """How far |claimed − right| / max(1, |claimed|, |right|) may be off."""
    verdict: GradeVerdict
    """right if every gradient is right, else wrong."""
    right: int
    """How many of the gradients are right."""
    wrong: int
    """How many of the gradients are wrong."""
    right_entries: int
    """How many entries are right, over all gradients."""
    wrong_entries: int
    """How many entries are wrong, over all gradients."""
    nodes: list[NodeGrade]
    """The gradients that were sent, one for each node."""


def grade(claimed: Claimed) -> dict[str, Any]:
    """Compare what is claimed with what the numbers give: a Grade as JSON data, since its entries may be thousands.

    Raises Invalid where the numbers overflow, as `trace_of` does.
    """
    state = claimed.state
    trace = trace_of(replace(state, direction="backward"))
    graph = trace.graph
    claims = {name: Claim(_array(said), tolerance=claimed.tolerance) for name, said in claimed.gradients.items()}
    found = diagnose(known_gradients(trace), claims)
    nodes = [_node(graph, diagnosis, claims[name]) for name, diagnosis in found.items()]
    wrong = sum(node["verdict"] == "wrong" for node in nodes)
    return {
        "network": state.network.name,
        "tolerance": claimed.tolerance,
        "verdict": "wrong" if wrong else "right",
        "right": len(nodes) - wrong,
        "wrong": wrong,
        "right_entries": sum(node["right_entries"] for node in nodes),
        "wrong_entries": sum(node["wrong_entries"] for node in nodes),
        "nodes": nodes,
    }


def _array(said: Values) -> Array:
    """What was claimed, as an array; rows of different lengths are no array, and become one of a shape nothing has."""
    if isinstance(said, tuple) and len({len(row) for row in said if isinstance(row, tuple)}) > 1:
        return np.zeros((0, 0, 0))
    return np.asarray(said, dtype=np.float64)


def _node(graph: Graph, found: Diagnosis, claim: Claim) -> dict[str, Any]:
    """One gradient, graded: the fields of a NodeGrade as JSON data."""
    entries = _entries(graph, found, claim) if found.entries is not None else []
    right_entries = sum(entry["verdict"] == "right" for entry in entries)
    return {
        "name": found.node,
        "shape": list(found.expected.shape),
        "claimed_shape": list(claim.values.shape) if claim.values.ndim <= 2 else None,
        "right": found.expected.tolist(),
        "verdict": "right" if found.is_right else "wrong",
        "right_entries": right_entries,
        "wrong_entries": found.expected.size - right_entries,
        "entries": entries,
        "matches": [match_view(graph, match).model_dump() for match in found.matches],
        "follows": list(found.follows),
        "also": [match_view(graph, match).model_dump() for match in found.also],
        "note": " ".join(feedback_sentences(graph, found)),
    }


def _entries(graph: Graph, found: Diagnosis, claim: Claim) -> list[dict[str, Any]]:
    """Each entry of a gradient, graded, row by row: the fields of an EntryGrade as JSON data."""
    assert found.entries is not None
    views: dict[Match, dict[str, Any]] = {}
    for match in {match for matches in found.by_entry.values() for match in matches}:
        views[match] = match_view(graph, match).model_dump()
    return [
        {
            "key": key(found.node, index),
            "claimed": claimed,
            "right": expected,
            "verdict": "right" if right else "wrong",
            "matches": [] if right else [views[match] for match in found.by_entry[index]],
        }
        for index, claimed, expected, right in zip(
            np.ndindex(found.expected.shape),
            claim.values.ravel().tolist(),
            found.expected.ravel().tolist(),
            found.entries.ravel().tolist(),
            strict=True,
        )
    ]


def match_view(graph: Graph, match: Match) -> MatchView:
    """A known mistake in the graph's own names, with the rule as it should be."""
    site, node = match.site, graph.computed[match.site.node]
    return MatchView(
        name=site.mistake.name,
        says=filled(site.mistake.says, symbols(graph, node)),
        node=site.node,
        wrt=site.wrt,
        vjp=vjp_equation(graph, node, site.slot).text,
        own=match.own,
    )


def feedback_sentences(graph: Graph, found: Diagnosis) -> list[str]:
    """What there is to say about a claim, in sentences; nothing about a right one."""
    if found.is_right:
        return []
    said = []
    if found.entries is None:
        symbol = graph.by_name[found.node].symbol
        said.append(f"A gradient has the shape of what it belongs to: {found.expected.shape}, like {symbol}.")
    if found.follows:
        own = f"your own {_listed([gradient(graph, name).text for name in found.follows])}"
        said.append(f"From {own}, this:" if found.also else f"It is right, given {own}.")
        said += explained(graph, found.also)
    elif found.matches:
        said += explained(graph, found.matches)
    elif found.entries is not None:
        said += _entry_by_entry(graph, found, found.entries.size)
    return said


def _entry_by_entry(graph: Graph, found: Diagnosis, size: int) -> list[str]:
    """What there is to say where no mistake gives the whole: how much is right, and what the rest has in common."""
    wrong = list(found.by_entry.values())
    said = [f"{size - len(wrong)} of {size} entries are right."] if len(wrong) < size else []
    shared = [match for match in wrong[0] if all(match.site in [m.site for m in other] for other in wrong[1:])]
    if not shared:
        return [*said, "No mistake that is known here gives this."]
    return [*said, *(["What is wrong looks like this."] if said else []), *explained(graph, shared)]


def explained(graph: Graph, matches: Iterable[Match]) -> list[str]:
    """Each mistake once, with the places where it may have been made; several are told as what it could be."""
    places: dict[tuple[str, str], list[str]] = {}
    for match in matches:
        view = match_view(graph, match)
        where = "" if match.own else gradient(graph, view.wrt).text
        places.setdefault((view.name, view.says), []).append(where)
    told = [f"{says}{_made(where)}" for (_, says), where in places.items()]
    return told if len(told) < 2 else ["It could be either of these.", *told]


def _made(where: list[str]) -> str:
    """Where a mistake was made, if not right here: a sentence of its own."""
    further = [name for name in where if name]
    if not further:
        return ""
    return f" It happened {'here, or ' if '' in where else ''}already at {_listed(further, 'or')}."


def _listed(names: list[str], word: str = "and") -> str:
    *rest, last = names
    return f"{', '.join(rest)} {word} {last}" if rest else last
