"""Walks, drawn by lot: however one came to a picture, it is the picture of its address.

Here are those that follow links alone; tests/browser/test_walks.py has those in a browser. Half are through the first
network, the others through all the others. A walk takes links (Back, Next, First, Last, the toggle, stops, nodes,
cells, examples) and, where scripts run, edits.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import TypeAlias

import numpy as np
from starlette.testclient import TestClient

from app.engine import DEFAULT, NETWORKS, Network
from app.snapshot.indices import key
from tests.browser.reading import read
from tests.conftest import Lot

LINKS = ["first", "back", "next", "last", "to-forward", "to-backward"]
TABS = [f"tab-{place}" for place in range(1, 6)]
OTHERS = [network for network in NETWORKS.values() if network is not DEFAULT]

# The id of a link, or a field and what is typed.
Move: TypeAlias = "str | tuple[str, str]"


def seeded(name: str, count: int) -> Iterator[random.Random]:
    """For each walk a chance of its own, so that it is the same walk whichever others are taken."""
    return (random.Random(f"{name} {number}") for number in range(count))


def pool(name: str, count: int) -> list[tuple[Network, random.Random]]:
    """So many walks to be drawn: every other one in the first network, the rest in all the others in turn."""
    return [
        (OTHERS[number // 2 % len(OTHERS)] if number % 2 else DEFAULT, lot)
        for number, lot in enumerate(seeded(name, count))
    ]


def drawn_walk(lot: random.Random, network: Network, *, longest: int = 8, edits: bool = False) -> list[Move]:
    """Three moves or more, steps the most often."""
    entries = [key(name, index) for name, shape in network.shapes.items() for index in np.ndindex(*shape)]
    events = sum(len(timeline) for timeline in network.graph.timelines.values())
    stops = [f"stop-{place}" for place in range(events + 1)]
    examples = [f"example-{place}" for place in range(1, len(network.examples) + 1)]
    moves: list[Move] = []
    for _ in range(lot.randint(3, longest)):
        kinds: list[Sequence[Move]] = [
            ["next", "back"],
            LINKS,
            stops,
            [f"node-{name}-wide" for name in network.shapes],
            [f"cell-{entry.replace('.', '-')}-wide" for entry in entries],
            TABS,
            examples,
            edits_of(lot, network) if edits else LINKS,
        ]
        (kind,) = lot.choices(kinds, weights=[5, 3, 3, 1, 2, 2, 2, 1])
        moves.append(lot.choice(kind))
    return moves


def edits_of(lot: random.Random, network: Network) -> list[Move]:
    """Other numbers for each field, with and without blanks, and one slip."""
    typed: list[Move] = [("x", "1")]
    for name in network.defaults:
        *_, columns = shape = network.shape(name)
        rows = [",".join(str(lot.randint(-20, 20) / 10) for _ in range(columns)) for _ in range(math.prod(shape[:-1]))]
        typed.append((name, lot.choice([";", "; "]).join(rows)))
    return typed


def without(address: str, name: str) -> str:
    """The address without a parameter."""
    path, _, query = address.partition("?")
    left = "&".join(part for part in query.split("&") if not part.startswith(f"{name}="))
    return f"{path}?{left}" if left else path


def test_walks_along_the_links_of_the_pages_alone(client: TestClient, lot: Lot) -> None:
    """What a browser without JavaScript does: it reads a link and asks for it. In a soak 230 times."""
    walks = lot.some(pool("links", 230), 2, of_each=lambda walk: walk[0].name)
    known: dict[str, str] = {}

    def asked(address: str) -> str:
        if address not in known:
            known[address] = client.get(address).text
        return known[address]

    for network, chance in walks:
        address = chance.choice(["/forward", "/backward", "/forward?step=0", "/backward?step=3"])
        if network is not DEFAULT:
            address = (
                address.replace("?", f"?network={network.name}&")
                if "?" in address
                else f"{address}?network={network.name}"
            )
        walk = drawn_walk(chance, network)
        for move in walk:
            tags = re.findall(rf'<a id="{move}"[^>]*>', asked(address))
            assert len(tags) == 1 or move in TABS, move  # a pass as a whole has fewer views
            # at an end of the walk, Back or Next leads nowhere
            address = next(map(unescape, re.findall('href="([^"]*)"', "".join(tags))), address)
        page = read(asked(address))
        assert page.having("rel", "canonical")[0]["href"] == without(address, "resume")
        assert client.get(address).text == known[address], f"{walk} ends at {address}"
        now = [stop.attributes.get("href") for stop in page.having("aria-current", "step")]
        whole = "step=" not in address
        assert now == [None if whole else without(address, "node")], f"{walk} ends at {address}"
    assert len(known) > len(walks)
