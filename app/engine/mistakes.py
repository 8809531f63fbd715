"""What a gradient that somebody claims looks like: right, or one of the known mistakes, made here or further up.

A mistake is made at one VJP, and everything behind it in the backward pass is wrong with it. So each known mistake is
planted in a graph of its own, where one rule is replaced, and the ordinary `backward` runs over that: the passes know
of no mistakes. A claim is compared with the right gradient first, and then with each of those.

    rel = |a − b| / max(1, |a|, |b|)        how far apart two numbers are, as in app.engine.gradcheck
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .graph import Graph, VjpUse
from .ops import Array, Index, Mistake, Saved, Vjp
from .trace import Trace, backward

TOLERANCE = 1e-6

# What can go wrong with any rule, made from the rule itself, so that a new op has these too.
GENERIC: tuple[tuple[str, str, Callable[[Vjp], Callable[[Array, Saved], Array]]], ...] = (
    (
        "sign",
        "The sign is turned round.",
        lambda vjp: lambda v, saved: -vjp.rule(v, saved),
    ),
    (
        "upstream forgotten",
        "The upstream gradient v is missing: the op's own derivative is not yet the gradient of the loss.",
        lambda vjp: lambda v, saved: vjp.rule(np.ones_like(v), saved),
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A known mistake at one VJP of a graph: that of `node`, through `slot`, with respect to the node `wrt`."""

    node: str
    slot: str
    wrt: str
    mistake: Mistake


def mistakes_of(vjp: Vjp) -> tuple[Mistake, ...]:
    """The rule's own mistakes, then those that any rule has, but for those that an own one is the better word for."""
    covered = {mistake.covers for mistake in vjp.mistakes}
    general = (Mistake(name, says, made(vjp)) for name, says, made in GENERIC if name not in covered)
    return (*vjp.mistakes, *general)


@lru_cache(maxsize=64)
def sites(graph: Graph) -> tuple[Site, ...]:
    """Every known mistake at every VJP of a graph, in the order of the backward pass."""
    return tuple(
        Site(use.node.name, use.slot, use.wrt, mistake)
        for use in graph.vjps.values()
        for mistake in mistakes_of(use.vjp)
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What each node's gradient is, by both passes as they are, and what it would be with each known mistake made.

    A mistake whose shapes refuse is left out: nobody gets a number from it.
    """

    trace: Trace
    wrong: tuple[tuple[Site, Mapping[str, Array]], ...]

    @property
    def right(self) -> Mapping[str, Array]:
        """The gradients, by node."""
        return self.trace.grads


def known_gradients(trace: Trace) -> Known:
    """Run the backward pass once with each known mistake. `trace` is of both passes, as they are."""
    wrong = []
    for site, planted in zip(sites(trace.graph), _planted(trace.graph), strict=True):
        try:
            wrong.append((site, backward(replace(trace, graph=planted)).grads))
        except ValueError:
            continue
    return Known(trace, tuple(wrong))


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """What somebody says a gradient is: all of it, or the entry at `index` alone, `values` then being that number.

    A number that was rounded stands for all from `low` to `high`; without those, for itself alone. In both cases the
    tolerance comes on top.
    """

    values: Array
    low: Array | None = None
    high: Array | None = None
    index: Index | None = None
    tolerance: float = TOLERANCE

    def agrees(self, expected: Array, shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
        """Which entries are as `expected`, a gradient of a node of that `shape`; None where no entry can be compared.

        An entry that does not exist, of a gradient of the wrong shape, agrees with nothing.
        """
        if self.index is not None:
            if expected.shape != shape:
                return None
            expected = np.asarray(expected[self.index])
        if self.values.shape != expected.shape:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            scale = np.maximum(1.0, np.maximum(abs(self.values), abs(expected)))
            near = np.isfinite(expected) & (abs(self.values - expected) <= self.tolerance * scale)
        if self.low is not None and self.high is not None:
            near |= (self.low <= expected) & (expected <= self.high)
        return np.asarray(near, dtype=np.bool_)

    def fits(self, expected: Array, shape: tuple[int, ...]) -> bool:
        """Whether all of it is as `expected`."""
        found = self.agrees(expected, shape)
        return found is not None and bool(found.all())


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A known mistake that gives what was claimed. `own` is whether it is made at the very VJP that was asked about."""

    site: Site
    own: bool


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis:
    """What one claim looks like.

    `entries` says which entries are right, None where the claim has another shape. `matches` are the mistakes that give
    the whole claim: several, if the numbers can't tell them apart, none, if none is known. `by_entry` has, for each
    entry that is wrong, those that give this entry; where the whole matches, these alone.

    `follows` names the nodes whose gradients were claimed wrongly, if the claim is what the right rule makes of them;
    where a known mistake comes on top of that, `also` holds it.
    """

    node: str
    expected: Array
    is_right: bool
    entries: NDArray[np.bool_] | None
    matches: tuple[Match, ...]
    by_entry: Mapping[Index, tuple[Match, ...]]
    follows: tuple[str, ...] = ()
    also: tuple[Match, ...] = ()


def diagnose(known: Known, claims: Mapping[str, Claim]) -> dict[str, Diagnosis]:
    """Look at each claim by itself, and then at how it goes with the others. A right one is never called wrong.

    Where a person has claimed the gradients on the way, too, only mistakes that agree with those are named.
    """
    compared = {name: _compared(known, claim, name) for name, claim in claims.items()}
    return {name: _diagnosis(known, claims, compared, name) for name in claims}


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """One claim beside what one mistake would give: which entries agree, and whether all of them do."""

    site: Site
    entries: NDArray[np.bool_] | None
    fits: bool


def _compared(known: Known, claim: Claim, name: str) -> list[_Compared]:
    """A claim beside every known mistake, in their order."""
    shape = known.right[name].shape
    agreed = [(site, claim.agrees(grads[name], shape)) for site, grads in known.wrong]
    return [_Compared(site, found, found is not None and bool(found.all())) for site, found in agreed]


def _diagnosis(
    known: Known, claims: Mapping[str, Claim], compared: Mapping[str, list[_Compared]], name: str
) -> Diagnosis:
    claim, expected = claims[name], known.right[name]
    entries = claim.agrees(expected, expected.shape)
    if entries is not None and entries.all():
        return Diagnosis(name, expected, True, entries, (), {})
    candidates = _candidates(known, compared, name, claim.tolerance)
    giving = [Match(one.site, one.site.wrt == name) for one in candidates if one.fits]
    matches = tuple(sorted(giving, key=lambda match: not match.own))  # those made right here first
    follows, also = _from_own(known, claims, name)
    by_entry = {} if entries is None else _by_entry(candidates, name, entries, matches)
    return Diagnosis(name, expected, False, entries, matches, by_entry, follows, also)


def _candidates(known: Known, compared: Mapping[str, list[_Compared]], name: str, tolerance: float) -> list[_Compared]:
    """The mistakes that could be behind a wrong claim.

    One that makes no difference with these numbers is none of them; and those that agree with what is claimed further
    up go before all others.
    """
    above = [compared[up] for up in compared if up in _above(known.trace.graph, name)]
    different = [
        (one, all(up[place].fits for up in above))
        for place, (one, (_, grads)) in enumerate(zip(compared[name], known.wrong, strict=True))
        if one.entries is not None
        and one.entries.any()
        and not Claim(grads[name], tolerance=tolerance).fits(known.right[name], known.right[name].shape)
    ]
    agreeing = [one for one, agrees in different if agrees]
    return agreeing if any(one.fits for one in agreeing) else [one for one, _ in different]


def _by_entry(
    candidates: Iterable[_Compared], name: str, entries: NDArray[np.bool_], matches: tuple[Match, ...]
) -> dict[Index, tuple[Match, ...]]:
    """For each wrong entry the mistakes that give it."""
    wrong: list[Index] = [(*map(int, index),) for index in np.argwhere(~entries)]
    if matches:
        return dict.fromkeys(wrong, matches)
    giving = [
        (Match(one.site, one.site.wrt == name), one.entries)
        for one in candidates
        if one.entries is not None and one.entries.shape == entries.shape and (one.entries & ~entries).any()
    ]
    giving.sort(key=lambda pair: not pair[0].own)
    return {index: tuple(match for match, agreed in giving if agreed[index]) for index in wrong}


def _from_own(known: Known, claims: Mapping[str, Claim], name: str) -> tuple[tuple[str, ...], tuple[Match, ...]]:
    """Whether a wrong claim follows from what was wrongly claimed one step up: those nodes, and a mistake on top."""
    claim, right = claims[name], known.right
    uses = known.trace.graph.uses[name]
    own = {
        up: claims[up].values
        for up in (use.node.name for use in uses)
        if up in claims
        and claims[up].index is None
        and claims[up].values.shape == right[up].shape
        and not claims[up].fits(right[up], right[up].shape)
    }
    if not own:
        return (), ()
    up = dict(right) | own
    if _carried(known, uses, up, claim):
        return tuple(own), ()
    also = tuple(
        Match(Site(use.node.name, use.slot, name, mistake), True)
        for use in uses
        for mistake in mistakes_of(use.vjp)
        if _carried(known, uses, up, claim, use, mistake)
    )
    return (tuple(own), also) if also else ((), ())


def _carried(
    known: Known,
    uses: Sequence[VjpUse],
    up: Mapping[str, Array],
    claim: Claim,
    where: VjpUse | None = None,
    mistake: Mistake | None = None,
) -> bool:
    """Whether the claim is what the VJPs make of the upstream gradients `up`, one of them perhaps with a mistake."""
    total: Array | None = None
    with np.errstate(all="ignore"):
        try:
            for use in uses:
                rule = mistake.rule if mistake and use is where else use.vjp.rule
                part = rule(up[use.node.name], known.trace.saved[use.node.name])
                total = part if total is None else total + part
        except ValueError:
            return False
    return total is not None and claim.fits(total, known.right[uses[0].wrt].shape)


@lru_cache(maxsize=256)
def _above(graph: Graph, name: str) -> frozenset[str]:
    """The nodes whose gradients that of `name` is made from."""
    ways = [{use.node.name} | _above(graph, use.node.name) for use in graph.uses[name]]
    return frozenset().union(*ways)


@lru_cache(maxsize=64)
def _planted(graph: Graph) -> tuple[Graph, ...]:
    """The graph with each of `sites` made in it: one rule is replaced, all else is as it was."""
    return tuple(_with(graph, site) for site in sites(graph))


def _with(graph: Graph, site: Site) -> Graph:
    op = graph.computed[site.node].op
    vjps = {**op.vjps, site.slot: replace(op.vjps[site.slot], rule=site.mistake.rule)}
    changed = replace(op, vjps=vjps)
    return Graph(replace(node, op=changed) if node is graph.computed[site.node] else node for node in graph.nodes)
