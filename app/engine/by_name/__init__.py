"""Networks by name: those of the gallery, and chains of layers, which are what their name says: 2-2.sigmoid-2_mse.

A chain is a `Network` like any other; nothing beyond this folder knows that it was made here.

Map: `spelling` what a name says, and what is wrong with one that says nothing · `defaults` a chain's default numbers ·
`chain` the network itself.
"""

from __future__ import annotations

from app.engine.networks import NETWORKS, Network

from .chain import chain
from .spelling import (
    ACTIVATIONS,
    EXAMPLE,
    LOSSES,
    MAX_LAYERS,
    MAX_WIDTH,
    PATTERN,
    ChainError,
    looks_like_a_chain,
    parameters_named,
)

__all__ = [
    "ACTIVATIONS",
    "EXAMPLE",
    "LOSSES",
    "MAX_LAYERS",
    "MAX_WIDTH",
    "PATTERN",
    "ChainError",
    "chain",
    "looks_like_a_chain",
    "network_named",
    "parameters_named",
]


def network_named(name: str) -> Network | None:
    """The network of that name, in the gallery or as a chain, one object for a name; None where it is like neither.

    Raises ChainError for a name that is like a chain's and is none.
    """
    return NETWORKS.get(name) or (chain(name) if looks_like_a_chain(name) else None)
