"""What a gradient that somebody claims looks like: right, or one of the known mistakes, made here or further up.

A mistake is made at one VJP, and everything behind it in the backward pass is wrong with it. So for each known mistake
the ordinary `backward` runs with its rule in the place of the right one: the passes know of no mistakes. A claim is
compared with the right gradient first, with what it may be at a kink, and then with each of those: see `Claim` for what
is right, and `same` in app.engine.closeness for what is near.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from .claims import Claim, Marks, Reading
from .graph import Edge, Graph, VjpUse
from .kinks import Kinks, kinks_of
from .ops import Array, Index, Mistake, Vjp
from .ops.table import Rule
from .rounding import changed, gradient_rounding
from .trace import Trace, backward

# What can go wrong with any rule, made from the rule itself, so that a new op has these too.
GENERIC: tuple[tuple[str, str, Callable[[Vjp], Rule]], ...] = (
    (
        "sign",
        "The sign is reversed.",
        lambda vjp: lambda v, saved: -vjp.rule(v, saved),
    ),
    (
        "upstream forgotten",
        "The upstream gradient v is missing: the op’s own derivative is not yet the gradient of the loss.",
        lambda vjp: lambda v, saved: vjp.rule(np.ones_like(v), saved),
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A known mistake at one VJP of a graph: that of `node`, through `slot`, with respect to the node `wrt`.

    `rules` are those that run in the place of the right ones: the mistake's, and any of others that it changes, too.
    """

    node: str
    slot: str
    wrt: str
    mistake: Mistake
    rules: Mapping[Edge, Rule]


def mistakes_of(vjp: Vjp) -> tuple[Mistake, ...]:
    """The rule's own mistakes, then those that any rule has, but for those that an own one is the better word for."""
    covered = {mistake.covers for mistake in vjp.mistakes}
    general = (Mistake(name, says, made(vjp)) for name, says, made in GENERIC if name not in covered)
    return (*vjp.mistakes, *general)


@lru_cache(maxsize=32)
def sites(graph: Graph) -> tuple[Site, ...]:
    """Every known mistake at every VJP of a graph, in the order of the backward pass."""
    return tuple(site for use in graph.vjps.values() for site in _sites_at(graph, use))


def _sites_at(graph: Graph, use: VjpUse) -> Iterable[Site]:
    for mistake in mistakes_of(use.vjp):
        yield Site(use.node.name, use.slot, use.wrt, mistake, {use.edge: mistake.rule})
    if not use.partial:
        return
    every = graph.uses[use.wrt]
    count = {2: "two", 3: "three"}.get(len(every), str(len(every)))
    says = f"One of the {count} contributions is missing, the one via ${use.node.op.output}; the gradient is their sum."
    left_out = Mistake("path left out", says, lambda v, saved: np.zeros_like(use.vjp.rule(v, saved)))
    yield Site(use.node.name, use.slot, use.wrt, left_out, {use.edge: left_out.rule})
    if use is every[0]:
        says = f"This is the mean of the {count} contributions; the gradient is their sum."
        rules = {each.edge: _divided(each.vjp, len(every)) for each in every}
        averaged = Mistake("paths averaged", says, rules[use.edge])
        yield Site(use.node.name, use.slot, use.wrt, averaged, rules)


def _divided(vjp: Vjp, count: int) -> Rule:
    return lambda v, saved: vjp.rule(v, saved) / count


@dataclass(frozen=True, slots=True)
class Known:
    """What each node's gradient is, by both passes as they are, and what it would be with each known mistake made.

    A mistake whose shapes refuse is left out: nobody gets a number from it. `rounding` is how far each gradient may be
    off by rounding alone, and `kinks` are the units that stand at their kinks. `other_slopes` holds, for each of
    `wrong`, what it would be with the slopes of their right sides; it is empty where there are no kinks.
    """

    trace: Trace
    wrong: tuple[tuple[Site, Mapping[str, Array]], ...]
    other_slopes: tuple[Mapping[str, Array], ...]
    rounding: Mapping[str, Array]
    kinks: Kinks

    @property
    def right(self) -> Mapping[str, Array]:
        """The gradients, by node."""
        return self.trace.grads


def known_gradients(trace: Trace) -> Known:
    """Run the backward pass once with each known mistake. `trace` is of both passes, as they are."""
    copies = changed(trace)
    kinks = kinks_of(trace, copies)
    wrong, other_slopes = [], []
    for site in sites(trace.graph):
        try:
            wrong.append((site, backward(trace, site.rules).grads))
        except ValueError:
            continue
        if kinks.right is not None:
            other_slopes.append(backward(kinks.right, site.rules).grads)
    rounding = gradient_rounding(trace, same_sides=True, copies=copies)
    return Known(trace, tuple(wrong), tuple(other_slopes), rounding, kinks)


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A known mistake that gives what was claimed. `own` is whether it is made at the very VJP that was asked about."""

    site: Site
    own: bool


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis:
    """What one claim looks like.

    `entries` says which entries are right, None where the claim has another shape. `at_kink` marks those that are not,
    and come of another slope at a kink: there any between those of its two sides is a subgradient; None where there are
    none. `digits` is to how many digits all that is wrong is right but for rounding; 0 where it is not. `is_right` is
    whether all are right, and in the right shape; `reshaped` says how numbers of another shape are to be read to be
    right. `matches` are the mistakes that give the whole claim: several, if the numbers can't tell them apart, none, if
    none is known. `by_entry` has, for each entry that is wrong, those that give this entry; where the whole matches,
    these alone.

    `follows` names the nodes whose gradients were claimed wrongly, if the claim is what the right rule makes of them,
    and `rounded` those of them that were only rounded; where a known mistake comes on top of that, `also` holds it.
    """

    node: str
    expected: Array
    is_right: bool
    entries: Marks | None
    matches: tuple[Match, ...] = ()
    by_entry: Mapping[Index, tuple[Match, ...]] = field(default_factory=dict)
    follows: tuple[str, ...] = ()
    also: tuple[Match, ...] = ()
    at_kink: Marks | None = None
    reshaped: Reading | None = None
    digits: int = 0
    rounded: tuple[str, ...] = ()

    @property
    def wrong(self) -> Marks | None:
        """Which entries are neither right nor of another slope at a kink; None where the claim has another shape."""
        if self.entries is None:
            return None
        return ~self.entries if self.at_kink is None else ~(self.entries | self.at_kink)

    @property
    def is_subgradient(self) -> bool:
        """Whether all that is not right comes of another slope at a kink."""
        return not self.is_right and self.wrong is not None and not self.wrong.any()


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
    entries: Marks | None
    fits: bool


def _compared(known: Known, claim: Claim, name: str) -> list[_Compared]:
    """A claim beside every known mistake, in their order; at kinks, with the slopes that suit it better."""
    rounding = known.rounding[name]
    compared = []
    for (site, grads), other in zip(known.wrong, known.other_slopes or [None] * len(known.wrong), strict=True):
        ways = [claim.agrees(way[name], rounding, closely=True) for way in (grads, other) if way is not None]
        found = max(ways, key=lambda marks: 0 if marks is None else int(marks.sum()))
        compared.append(_Compared(site, found, found is not None and bool(found.all())))
    return compared


def _diagnosis(
    known: Known, claims: Mapping[str, Claim], compared: Mapping[str, list[_Compared]], name: str
) -> Diagnosis:
    claim, expected = claims[name], known.right[name]
    entries = claim.agrees(expected, known.rounding[name])
    if entries is not None and entries.all():
        return Diagnosis(name, expected, True, entries)
    plain = Diagnosis(name, expected, False, entries, at_kink=_at_kink(known, claim, name, entries))
    if plain.is_subgradient:
        return plain
    candidates = _candidates(known, compared, name, claim.tolerance)
    giving = [Match(one.site, one.site.wrt == name) for one in candidates if one.fits]
    matches = tuple(sorted(giving, key=lambda match: not match.own))  # those made right here first
    if not matches and plain.wrong is not None and (digits := claim.digits(expected, plain.wrong)):
        return replace(plain, digits=digits)
    follows, also = _from_own(known, claims, name)
    return replace(
        plain,
        matches=matches,
        by_entry={} if plain.wrong is None else _by_entry(candidates, name, plain.wrong, matches),
        follows=follows,
        also=also,
        rounded=tuple(up for up in follows if _is_rounded(known, claims[up], up)),
        reshaped=claim.reading(expected, known.rounding[name]),
    )


def _is_rounded(known: Known, claim: Claim, name: str) -> bool:
    """Whether all that is wrong of a claim is the right number, rounded."""
    entries = claim.agrees(known.right[name], known.rounding[name])
    return entries is not None and claim.digits(known.right[name], ~entries) > 0


def _at_kink(known: Known, claim: Claim, name: str, entries: Marks | None) -> Marks | None:
    """Which entries of a claim are not right, but come of another slope at a kink; None if none does."""
    if entries is None or not known.kinks.that_reach(name):
        return None
    other = claim.agrees(known.kinks.nearest(name, claim.values, claim.index), known.rounding[name])
    return other & ~entries if other is not None and (other & ~entries).any() else None


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
        and not Claim(grads[name], tolerance=tolerance).fits(known.right[name], known.rounding[name])
    ]
    agreeing = [one for one, agrees in different if agrees]
    return agreeing if any(one.fits for one in agreeing) else [one for one, _ in different]


def _by_entry(
    candidates: Iterable[_Compared], name: str, marks: Marks, matches: tuple[Match, ...]
) -> dict[Index, tuple[Match, ...]]:
    """For each wrong entry, those in `marks`, the mistakes that give it."""
    wrong: list[Index] = [(*map(int, index),) for index in np.argwhere(marks)]
    if matches:
        return dict.fromkeys(wrong, matches)
    giving = [
        (Match(one.site, one.site.wrt == name), one.entries)
        for one in candidates
        if one.entries is not None and one.entries.shape == marks.shape and (one.entries & marks).any()
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
        and not claims[up].fits(right[up], known.rounding[up])
    }
    if not own:
        return (), ()
    up = dict(right) | own
    if _carried(known, uses, up, claim):
        return tuple(own), ()
    also = tuple(
        Match(site, True)
        for site in sites(known.trace.graph)
        if site.wrt == name and _carried(known, uses, up, claim, site.rules)
    )
    return (tuple(own), also) if also else ((), ())


def _carried(
    known: Known,
    uses: Sequence[VjpUse],
    up: Mapping[str, Array],
    claim: Claim,
    rules: Mapping[Edge, Rule] = MappingProxyType({}),
) -> bool:
    """Whether the claim is what the VJPs make of the upstream gradients `up`, some of them perhaps with other rules."""
    total: Array | None = None
    with np.errstate(all="ignore"):
        try:
            for use in uses:
                rule = rules.get(use.edge, use.vjp.rule)
                part = rule(up[use.node.name], known.trace.saved[use.node.name])
                total = part if total is None else total + part
        except ValueError:
            return False
    return total is not None and claim.fits(total, known.rounding[uses[0].wrt])


@lru_cache(maxsize=256)
def _above(graph: Graph, name: str) -> frozenset[str]:
    """The nodes whose gradients that of `name` is made from."""
    ways = [{use.node.name} | _above(graph, use.node.name) for use in graph.uses[name]]
    return frozenset().union(*ways)
