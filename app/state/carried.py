"""A network with its numbers, as an address that is about something else carries it along.

Such a page has no use for them but to hand them on, in its own links and in those of the header. So it refuses nothing
of them: what cannot be read is left aside, and told like a name that was not read. A page may have a name that networks
have, too. Where both mean an array of one shape, it is one and the same; else the network's stands behind `network.`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from app.engine import DEFAULT, Network, Shape

from .codec import Param, Reader, written
from .params import NETWORK, leaf_params
from .value import ViewState

Names = Mapping[str, Shape]
# The names of a page's own that networks have too, with the shapes that they have on it: mostly none.
NO_NAMES: Names = MappingProxyType({})
# What is carried where an address says nothing.
AS_IT_COMES = ViewState(DEFAULT, "forward", DEFAULT.defaults)


def is_shared(network: Network, name: str, own: Names) -> bool:
    """Whether a leaf of a network is the array that a page knows by its name, too."""
    return name in own and name in network.defaults and own[name] == network.shape(name)


def carried_params(network: Network, own: Names) -> tuple[Param[Any], ...]:
    """Those of a network and its numbers, under the names that they have beside a page's own."""
    leaves = (
        replace(leaf, name=f"{NETWORK.name}.{leaf.name}")
        if leaf.name in own and not is_shared(network, leaf.name, own)
        else leaf
        for leaf in leaf_params(network, network.shapes)
    )
    return NETWORK, *leaves


def read_carried(reader: Reader, own: Names = NO_NAMES) -> ViewState:
    """What a query carries along. What it shares with the page is left to that, and has its default here."""
    network = reader.take(NETWORK)
    _, *params = carried_params(network, own)
    values = {
        leaf.name: param.default if param.name in own else reader.take(param)
        for leaf, param in zip(network.graph.leaves, params, strict=True)
    }
    return ViewState(network, "forward", values)


def carried_parts(view: ViewState, own: Names = NO_NAMES) -> list[tuple[str, str]]:
    """The names and texts that carry a network and its numbers along, in their order; the defaults are left out."""
    params = carried_params(view.network, own)
    texts = (view.network, *(view.values[leaf.name] for leaf in view.network.graph.leaves))
    return written(params, {param.name: value for param, value in zip(params, texts, strict=True)})
