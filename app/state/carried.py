"""A network with its numbers, and the way back to a lecture that was left, as an address that is about something else
carries them along.

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
from .errors import FieldError
from .fit import REDUCE, fit_texts
from .params import NETWORK, leaf_params, written_leaves
from .staging import OFF_STAGE, take_handed_on
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
    leaves = (replace(leaf, name=_name(network, leaf.name, own)) for leaf in written_leaves(network))
    return NETWORK, *leaves, *(() if network is network.base else (REDUCE,))


def _name(network: Network, leaf: str, own: Names) -> str:
    """What a leaf is called in an address of a page that has these names of its own."""
    return f"{NETWORK.name}.{leaf}" if leaf in own and not is_shared(network, leaf, own) else leaf


def read_carried(reader: Reader, own: Names = NO_NAMES, *, in_hall: bool = False) -> ViewState:
    """What a query carries along. What it shares with the page is left to that, and has its default here; and so is
    what it says of the stage, where the page stands there itself (`in_hall`)."""
    network = _fitted(reader, reader.take(NETWORK), own)
    values = {}
    for leaf in leaf_params(network, network.shapes):
        param = replace(leaf, name=_name(network, leaf.name, own))
        values[leaf.name] = param.default if param.name in own else reader.take(param)
    staging = OFF_STAGE if in_hall else take_handed_on(reader)
    return ViewState(network, "forward", values, staging=staging)


def _fitted(reader: Reader, network: Network, own: Names) -> Network:
    """The network that the numbers are for which a query carries along; as it comes, where they fit none."""
    texts = {leaf.name: _carried_text(reader, leaf.name, own) for leaf in network.graph.leaves}
    given = {name: text for name, text in texts.items() if text is not None}
    reduce = reader.take(REDUCE)
    found = fit_texts(network, given, network.shapes, reduce, strict=False) if given else network
    return network if isinstance(found, FieldError) else found


def _carried_text(reader: Reader, leaf: str, own: Names) -> str | None:
    """What a query has for a leaf of the network that it carries along, and not for what the page calls so."""
    behind = reader.first(f"{NETWORK.name}.{leaf}")
    return behind if behind is not None or leaf in own else reader.first(leaf)


def carried_parts(view: ViewState, own: Names = NO_NAMES) -> list[tuple[str, str]]:
    """The names and texts that carry a network and its numbers along, in their order, and the way back to a lecture;
    the defaults are left out."""
    params = carried_params(view.network, own)
    fitted = () if view.network is view.network.base else (view.network.reduce,)
    values = (view.network.base, *(view.values[leaf.name] for leaf in view.network.graph.leaves), *fitted)
    numbers = written(params, {param.name: value for param, value in zip(params, values, strict=True)})
    return numbers + view.staging.handed_on.parts()
