"""The header of every page: the networks to choose from and the other pages, all of which take the numbers along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from app.engine import NETWORKS, Network
from app.state import AS_IT_COMES, Names, ViewState, carried_parts
from app.state.codec import address_of, query_of

# The layer z = W x + b that all heads stand on, and what their page knows by names that networks have, too: that layer
# and the target y of one logit.
LAYER = NETWORKS["identity-mse"]
LAYER_NAMES = ("x", "W", "b")
_HEADS_OWN: Names = MappingProxyType({**{name: LAYER.shape(name) for name in LAYER_NAMES}, "y": ()})
OWN_NAMES: Mapping[str, Names] = MappingProxyType({"/heads": _HEADS_OWN})

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
    """A page of the header, and whether it is the present one."""

    name: str
    title: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class Header:
    """What the header shows. `view` is the network with its numbers that its links carry along; `typed` is whether any
    of these are not the network's default numbers; `here` is the path of the page."""

    here: str
    title: str
    home: str
    networks: tuple[NetworkChoice, ...]
    gallery: PageLink
    pages: tuple[PageLink, ...]
    typed: bool
    view: ViewState

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
    """The header of the page at the path `here`, which carries a network with its numbers."""
    return Header(
        here=here,
        title=view.network.title,
        home=address_to("/forward", view),
        networks=tuple(
            NetworkChoice(
                network.name,
                network.title,
                network.brief,
                address_to("/forward", with_network(view, network)),
                network is view.network,
            )
            for network in NETWORKS.values()
        ),
        gallery=_link("/networks", "All networks with their formulas", here, view),
        pages=tuple(_link(path, title, here, view) for path, title in _PAGES),
        typed=view.values != view.network.defaults,
        view=view,
    )


def address_to(path: str, view: ViewState) -> str:
    """The address of a page that is asked nothing, with the network and its numbers."""
    return address_of(path, query_of(carried_parts(view, OWN_NAMES.get(path, MappingProxyType({})))))


def with_network(view: ViewState, network: Network) -> ViewState:
    """Another network, with those numbers that were typed and fit it: for a leaf of the same name and shape."""
    own = view.network
    fitting = {
        name: numbers
        for name, numbers in view.values.items()
        if numbers != own.defaults[name] and name in network.defaults and network.shape(name) == own.shape(name)
    }
    return replace(view, network=network, values={**network.defaults, **fitting})


def _link(path: str, title: str, here: str, view: ViewState) -> PageLink:
    return PageLink(path.strip("/"), title, address_to(path, view), path == here)
