"""The header of every page: the networks to choose from and the other pages, all of which take the numbers along."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from app.engine import DEFAULT, NETWORKS, Network
from app.engine.fitted import biases, fitted
from app.layout import is_drawn
from app.pages.form import Link
from app.pages.hall import way_back
from app.state import AS_IT_COMES, Names, ViewState, carried_parts, field_text
from app.state.codec import address_of, query_of

# The layer z = W x + b that all heads stand on, and what their page knows by names that networks have, too: that layer
# and the target y of one logit.
LAYER = NETWORKS["identity-mse"]
LAYER_NAMES = ("x", "W", "b")
_HEADS_OWN: Names = MappingProxyType({**{name: LAYER.shape(name) for name in LAYER_NAMES}, "y": ()})
OWN_NAMES: Mapping[str, Names] = MappingProxyType({"/heads": _HEADS_OWN})

# The pages that take a network apart or print it, and so none that is too large to be drawn.
_OF_DRAWN = ("/chapter", "/recall", "/handout", "/filmstrip")
# The pages beside the network's, in the order of the header.
_PAGES = (("/chapter", "Chapter"), ("/heads", "Heads"), ("/cost", "Cost"), ("/recall", "Recall"), ("/api", "API"))


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """A network to choose: what it shows in a few words, where its forward pass is, and whether it is the present."""

    name: str
    title: str
    brief: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page of the header, and whether it is the present one, or the present one is part of it."""

    name: str
    title: str
    href: str
    here: bool
    holds_this: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """What the header shows. `view` is the network with its numbers that its links carry along; `typed` is whether any
    of these are not the network's default numbers; `here` is the path of the page, and `away` the way back to the stop
    of a lecture that was left for it."""

    here: str
    title: str
    home: str
    networks: tuple[NetworkChoice, ...]
    gallery: PageLink
    pages: tuple[PageLink, ...]
    typed: bool
    view: ViewState
    away: Link | None = None

    @property
    def in_network(self) -> bool:
        """Whether this is the network's page."""
        return self.here in ("/forward", "/backward")

    @property
    def glossary(self) -> str:
        """The address of the glossary, to which each sign and term leads."""
        return self.to("/glossary")

    def to(self, path: str) -> str:
        """The address of a page, with the network and its numbers."""
        return address_to(path, self.view)


def header(here: str, view: ViewState = AS_IT_COMES) -> Header:
    """The header of the page at the path `here`, which carries a network with its numbers and the way back to a
    lecture."""
    return Header(
        here=here,
        title=view.network.title,
        home=address_to("/forward", view),
        networks=tuple(
            NetworkChoice(network.name, network.title, network.brief, href, network is view.network.base)
            for network, href in _network_addresses(view)
        ),
        gallery=_link("/networks", "All networks with their formulas", here, view),
        pages=tuple(_link(path, title, here, view) for path, title in _PAGES),
        typed=view.values != view.network.defaults or view.network is not view.network.base,
        view=view,
        away=way_back(view.staging),
    )


def address_to(path: str, view: ViewState) -> str:
    """The address of a page that is asked nothing, with the network and its numbers, unless it takes none so large."""
    if path.startswith(_OF_DRAWN) and not is_drawn(view.shapes, view.network.graph):
        return address_of(path, query_of(view.staging.handed_on.parts()))
    own = OWN_NAMES.get(path)
    return address_of(path, view.handed_query if own is None else query_of(carried_parts(view, own)))


def with_network(view: ViewState, network: Network) -> ViewState:
    """Another network, with those numbers that were typed and fit it: for a leaf of the same name and shape. It takes a
    batch along if its inputs are as many, and a bias that is one number."""
    network = _fitted_as(view.network, network)
    typed, shared = _typed(view), _shared(view.network, network)
    fitting = {name: view.values[name] for name in shared if name in typed}
    return replace(view, network=network, values={**network.defaults, **fitting})


def _fitted_as(fit: Network, network: Network) -> Network:
    """A network for a batch as another is, and with one number for the same biases, as far as it has such leaves."""
    if fit is fit.base:
        return network
    inputs = [leaf.name for leaf in fit.graph.leaves if leaf.role == "input"]
    takes = all(name in network.defaults and network.base.shape(name) == fit.base.shape(name) for name in inputs)
    one_bias = [name for name in biases(network) if name in fit.defaults and not fit.shape(name)]
    return fitted(network, fit.batch if takes else 0, one_bias, fit.reduce)


@lru_cache(maxsize=1024)
def _shared(network: Network, other: Network) -> tuple[str, ...]:
    """The leaves that have the same name and shape in both, in the order of the other."""
    both = (leaf.name for leaf in other.graph.leaves if leaf.name in network.defaults)
    return tuple(name for name in both if network.shape(name) == other.shape(name))


def _typed(view: ViewState) -> Collection[str]:
    """The leaves whose numbers are not the network's default ones."""
    return {name for name, numbers in view.values.items() if numbers != view.network.defaults[name]}


def _network_addresses(view: ViewState) -> Iterator[tuple[Network, str]]:
    """Each network with the address of its forward pass, as `with_network` has it: each number is written once."""
    values = view.values
    if view.network is not view.network.base:
        for network in NETWORKS.values():
            yield network, with_network(view, network).go("forward").address()
        return
    away = [query_of(view.staging.handed_on.parts())] if view.staging.away else []
    written = {name: query_of([(name, field_text(values[name], gap=""))]) for name in _typed(view)}
    for network in NETWORKS.values():
        own = [f"network={network.name}"] if network is not DEFAULT else []
        shared = [name for name in _shared(view.network, network) if name in written]
        carried = [written[name] for name in shared if values[name] != network.defaults[name]]
        yield network, address_of("/forward", "&".join(own + carried + away))


def _link(path: str, title: str, here: str, view: ViewState) -> PageLink:
    return PageLink(path.strip("/"), title, address_to(path, view), path == here, here.startswith(f"{path}/"))
