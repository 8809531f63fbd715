"""Numbers for a question about zeros, where a network's default numbers have none to find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from app.engine import Network, Values
from app.engine.zeros import zeros
from app.snapshot import run
from app.state import ViewState


@lru_cache(maxsize=32)
def numbers_with_zeros(network: Network, nodes: tuple[str, ...]) -> Mapping[str, ViewState]:
    """For each of the nodes whose gradient can have an entry that is 0, the numbers where it has, the defaults first.

    Some zeros go before all: where every entry is 0, less is asked.
    """
    found: dict[str, ViewState] = {}
    for enough in (_some, _every):
        for view in _candidates(network):
            trace = run(view)
            for name in nodes:
                if name not in found and enough(zeros(trace, name)):
                    found[name] = view
    return MappingProxyType(found)


def _some(entries: Sequence[str]) -> bool:
    return set(entries) == {"zero", "not zero"}


def _every(entries: Sequence[str]) -> bool:
    return set(entries) == {"zero"}


def _candidates(network: Network) -> Iterator[ViewState]:
    """The default numbers, the examples, and the default numbers with the last entry of each input 0."""
    view = ViewState(network, "backward", network.defaults)
    for example in network.examples:
        yield view.with_values(example.values)
    for leaf in network.graph.leaves:
        value = network.defaults[leaf.name]
        if leaf.role == "input" and isinstance(value, tuple):
            yield view.with_values({leaf.name: _ending_in_0(value)})


def _ending_in_0(value: tuple[Values, ...]) -> tuple[Values, ...]:
    *others, last = value
    return (*others, _ending_in_0(last) if isinstance(last, tuple) else 0.0)
