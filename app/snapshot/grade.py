"""Gradients that somebody claims, graded: which are right, and what the wrong ones look like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from app.engine import Array, Claim, Diagnosis, Graph, Known, Match, Shape, Trace, Values, diagnose, known_gradients
from app.engine.claims import Marks
from app.engine.kinks import Kink
from app.state import Claimed

from .build import trace_of
from .formulas import filled, gradient, symbols, vjp_equation
from .indices import entry, key, shape_text
from .models import Frozen, NestedList
from .printed.models import Comparison
from .wording import joined

GradeVerdict = Literal["right", "kink", "wrong"]


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
    """What the number that was sent is: right, wrong, or kink: a subgradient that is not the convention’s."""
    matches: list[MatchView]
    """The known mistakes that give this number; if some give the whole gradient, those. Empty if it is not wrong."""


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
    """What the gradient that was sent is: right, wrong, or kink: a subgradient that is not the convention’s."""
    right_entries: int
    """How many of its entries are right."""
    kink_entries: int
    """How many of its entries come from another slope at a kink."""
    wrong_entries: int
    """How many of its entries are wrong; all of them in a wrong shape, unless all its numbers are right."""
    entries: list[EntryGrade]
    """Its entries, row by row; empty where the shape is wrong."""
    numbers: Literal["row by row", "transposed"] | None
    """How numbers in a wrong shape have to be read to be right, all of them; else null."""
    matches: list[MatchView]
    """The known mistakes that give the whole gradient; if several do, the numbers cannot tell them apart."""
    follows: list[str]
    """The nodes whose gradients were sent wrong, if this one follows from them; else empty."""
    also: list[MatchView]
    """The known mistakes that come on top of what follows from wrong gradients; empty where none does."""
    note: str
    """All of this in sentences; empty for a right gradient."""


class Grade(Frozen):
    """Every gradient that was claimed, graded."""

    network: str | None
    """The network’s name; null for a graph that was sent."""
    tolerance: float
    """How far a right entry may be off, relative to the largest entry of its gradient."""
    verdict: GradeVerdict
    """right if every gradient is right, wrong if one or a printed number is wrong, else kink."""
    right: int
    """How many of the gradients are right."""
    kinks: int
    """How many of the gradients are subgradients at a kink, and not the convention’s."""
    wrong: int
    """How many of the gradients are wrong."""
    right_entries: int
    """How many entries are right, over all gradients."""
    kink_entries: int
    """How many entries come from another slope at a kink, over all gradients."""
    wrong_entries: int
    """How many entries are wrong, over all gradients."""
    nodes: list[NodeGrade]
    """The gradients that were sent, one for each node."""
    printed: Comparison | None = None
    """The numbers that were sent as texts, with their digits; left out where there are none."""


def grade(claimed: Claimed) -> dict[str, Any]:
    """Compare what is claimed with what the numbers give: a Grade as JSON data, since its entries may be thousands.

    Raises Invalid where the numbers overflow, as `trace_of` does.
    """
    state = claimed.state
    trace = trace_of(replace(state, direction="backward"))
    claims = {name: Claim(_array(said), tolerance=claimed.tolerance) for name, said in claimed.gradients.items()}
    known = known_gradients(trace)
    nodes = [_node(known, diagnosis, claims[name]) for name, diagnosis in diagnose(known, claims).items()]
    verdicts = [node["verdict"] for node in nodes]
    return {
        "network": state.network.name or None,
        "tolerance": claimed.tolerance,
        "verdict": next((verdict for verdict in ("wrong", "kink") if verdict in verdicts), "right"),
        "right": verdicts.count("right"),
        "kinks": verdicts.count("kink"),
        "wrong": verdicts.count("wrong"),
        "right_entries": sum(node["right_entries"] for node in nodes),
        "kink_entries": sum(node["kink_entries"] for node in nodes),
        "wrong_entries": sum(node["wrong_entries"] for node in nodes),
        "nodes": nodes,
    }


def _array(said: Values) -> Array:
    """What was claimed, as an array; rows of different lengths are no array, and become one of a shape nothing has."""
    if isinstance(said, tuple) and len({len(row) for row in said if isinstance(row, tuple)}) > 1:
        return np.zeros((0, 0, 0))
    return np.asarray(said, dtype=np.float64)


def _node(known: Known, found: Diagnosis, claim: Claim) -> dict[str, Any]:
    """One gradient, graded: the fields of a NodeGrade as JSON data."""
    graph = known.trace.graph
    entries = _entries(known.trace, found, claim) if found.entries is not None else []
    verdicts = [entry["verdict"] for entry in entries]
    right_entries = found.expected.size if found.reshaped else verdicts.count("right")
    return {
        "name": found.node,
        "shape": list(found.expected.shape),
        "claimed_shape": list(claim.values.shape) if claim.values.ndim <= 2 else None,
        "right": found.expected.tolist(),
        "verdict": verdict(found),
        "right_entries": right_entries,
        "kink_entries": verdicts.count("kink"),
        "wrong_entries": found.expected.size - right_entries - verdicts.count("kink"),
        "entries": entries,
        "numbers": found.reshaped,
        "matches": [match_view(graph, match, known.trace).model_dump() for match in found.matches],
        "follows": list(found.follows),
        "also": [match_view(graph, match, known.trace).model_dump() for match in found.also],
        "note": " ".join(feedback_sentences(known, found, claim)),
    }


def verdict(found: Diagnosis) -> GradeVerdict:
    """What a gradient that was claimed is, in a word."""
    return "right" if found.is_right else "kink" if found.is_subgradient else "wrong"


def _entries(trace: Trace, found: Diagnosis, claim: Claim) -> list[dict[str, Any]]:
    """Each entry of a gradient, graded, row by row: the fields of an EntryGrade as JSON data."""
    assert found.entries is not None
    assert found.wrong is not None
    views: dict[Match, dict[str, Any]] = {}
    for match in {match for matches in found.by_entry.values() for match in matches}:
        views[match] = match_view(trace.graph, match, trace).model_dump()
    return [
        {
            "key": key(found.node, index),
            "claimed": claimed,
            "right": expected,
            "verdict": "right" if right else "wrong" if wrong else "kink",
            "matches": [views[match] for match in found.by_entry.get(index, ())],
        }
        for index, claimed, expected, right, wrong in zip(
            np.ndindex(found.expected.shape),
            claim.values.ravel().tolist(),
            found.expected.ravel().tolist(),
            found.entries.ravel().tolist(),
            found.wrong.ravel().tolist(),
            strict=True,
        )
    ]


def match_view(graph: Graph, match: Match, trace: Trace | None = None) -> MatchView:
    """A known mistake in the graph's own names, with the right rule as it is written for the numbers of a trace."""
    site, node = match.site, graph.computed[match.site.node]
    return MatchView(
        name=site.mistake.name,
        says=filled(site.mistake.says, symbols(graph, node)),
        node=site.node,
        wrt=site.wrt,
        vjp=vjp_equation(graph, node, site.slot, trace.vjp((site.node, site.slot)) if trace else None).text,
        own=match.own,
    )


def feedback_sentences(known: Known, found: Diagnosis, claim: Claim, *, answered: bool = True) -> list[str]:
    """What there is to say about a claim, in sentences; nothing about a right one.

    `answered` is whether the right gradient stands beside it, so that the two can be compared.
    """
    graph = known.trace.graph
    if found.is_right:
        return []
    if found.is_subgradient:
        return kink_sentences(known, found.node)
    if found.digits:
        return [_rounded_sentence(found.digits, claim.tolerance)]
    said = [] if found.entries is not None else [_shape_sentence(graph, found, claim)]
    if found.follows:
        own = f"your {joined([gradient(graph, name).text for name in found.follows])}"
        is_rounded = found.rounded == found.follows
        if found.also:
            either = [] if is_rounded else [f"It does not follow from {own} either."]
            return [*said, *either, *explained(graph, found.also)]
        are = f"{'is' if len(found.follows) == 1 else 'are'} {'rounded' if is_rounded else 'wrong'}"
        return [*said, f"It follows correctly from {own}, which {are}."]
    if found.matches:
        return [*said, *explained(graph, found.matches)]
    return said if found.entries is None else _entry_by_entry(graph, found, found.entries, answered)


def _rounded_sentence(digits: int, tolerance: float) -> str:
    """That a gradient is right as far as it goes, and what to do."""
    count = "1 digit" if digits == 1 else f"{digits} digits"
    asked = f"{tolerance:g}".replace("e-0", "e-")
    return f"Right to {count}; the tolerance of {asked} asks for more. Send more digits, or a larger tolerance."


def kink_sentences(known: Known, name: str) -> list[str]:
    """Why a gradient of a node is not wrong, though not the one shown: which units it hangs on are at their kinks."""
    graph, kinks = known.trace.graph, known.kinks.that_reach(name)
    units = [_from_kink(graph, kink) for kink in kinks]
    exactly = all(kink.exactly for kink in kinks)
    are = f"{joined(units)} {'is' if len(units) == 1 else 'are'} {'exactly 0' if exactly else '0 up to rounding'}"
    ops = joined(list(dict.fromkeys(kink.node.op.title for kink in kinks)))
    first = f"{are}, at the kink of {ops}, where any slope from 0 to v is a subgradient."
    if not exactly:
        return [first, "Rounding alone decides which of them is taken here, and this is another."]
    conventions = joined(list(dict.fromkeys(kink.node.op.convention for kink in kinks)))
    return [first, f"The convention here is {conventions}; this comes from another slope."]


def _from_kink(graph: Graph, kink: Kink) -> str:
    """What is 0 at a kink: a unit, or where it is between two, their difference."""
    inputs = kink.node.inputs if kink.node.op.corner else kink.node.inputs[:1]
    return " − ".join(entry(graph.by_name[name], kink.index).text for name in inputs)


def needed_shape(graph: Graph, name: str, shape: Shape) -> str:
    """Which shape a gradient has to have."""
    return f"A gradient has the shape of what it belongs to: {shape_text(shape)}, like {graph.by_name[name].symbol}."


def _shape_sentence(graph: Graph, found: Diagnosis, claim: Claim) -> str:
    """Which shape a gradient has to have, and whether its numbers are right in the wrong one."""
    needed = needed_shape(graph, found.node, found.expected.shape)
    if found.reshaped is None:
        return needed
    how = ", but transposed" if found.reshaped == "transposed" else ""
    return f"The numbers are right{how}; the shape, {shape_text(claim.values.shape)}, is not. {needed}"


def _entry_by_entry(graph: Graph, found: Diagnosis, entries: Marks, answered: bool) -> list[str]:
    """What there is to say where no mistake gives the whole: how much is right, and what the rest has in common."""
    wrong, right, size = list(found.by_entry.values()), int(entries.sum()), entries.size
    counts = [f"{right} of {size} entries {'is' if right == 1 else 'are'} right"] if right else []
    if kinks := size - right - len(wrong):
        of_all = "" if right else f" of {size} entries"
        counts.append(f"{kinks}{of_all} {'comes' if kinks == 1 else 'come'} from another slope at a kink")
    said = [f"{', '.join(counts)}."] if counts else []
    shared = [match for match in wrong[0] if all(match.site in [m.site for m in other] for other in wrong[1:])]
    if not shared:
        compare = "; compare the worked answer" if answered else ""
        return [*said, f"This matches no common mistake{compare}."]
    others = "The other one has this mistake." if len(wrong) == 1 else "The others have this mistake."
    return [*said, *([others] if counts else []), *explained(graph, shared)]


def explained(graph: Graph, matches: Iterable[Match]) -> list[str]:
    """Each mistake once, with the places where it may have been made; several are told as what it could be."""
    places: dict[tuple[str, str], list[str]] = {}
    for match in matches:
        view = match_view(graph, match)
        where = "" if match.own else gradient(graph, view.wrt).text
        places.setdefault((view.name, view.says), []).append(where)
    told = [_placed(says, where) for (_, says), where in places.items()]
    return told if len(told) < 2 else ["It could be one of these.", *told]


def _placed(says: str, where: list[str]) -> str:
    """What a mistake is, and where it was made, if not right here."""
    further = list(dict.fromkeys(name for name in where if name))
    if not further:
        return says
    return f"{'Here, or already' if '' in where else 'Already'} at {joined(further, 'or')}, {says[0].lower()}{says[1:]}"
