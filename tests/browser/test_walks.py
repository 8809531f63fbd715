"""Walks in a browser, of the same pool as those of tests/web/test_walks.py: without scripts, and with edits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

from app.engine import DEFAULT, NETWORKS, Network
from tests.conftest import Lot
from tests.pages.network.test_walks import Move, drawn_walk, pool, seeded

from .conftest import Opened
from .reading import read
from .stage import Server, Stage

_PICTURE = (Path(__file__).parent / "picture.js").read_text()


def get(server: Server, path: str) -> str:
    with urlopen(server.url + path) as answer:
        return str(answer.read().decode())


def test_walks_in_a_browser_without_scripts(opened: Opened, lot: Lot) -> None:
    stage = opened(java_script_enabled=False)
    for network, chance in lot.some(pool("without scripts", 10), 4):
        stage.open(f"/{chance.choice(['forward', 'backward'])}?network={network.name}")
        for move in drawn_walk(chance, network, longest=5):
            assert isinstance(move, str)
            link = stage.at(f"#{move}")
            if link.count() and link.get_attribute("href"):
                (link.locator(".name") if move.startswith("node-") else link).click()
        there = read(get(stage.server, stage.address)).by_id("page")
        assert " ".join((stage.at("#page").text_content() or "").split()) == there.text


def test_walks_in_a_browser_with_scripts(stage: Stage, lot: Lot) -> None:
    """All of a network in one page. The picture at the end is compared with the same address as the server sends it."""
    seen, swapped, count = set(), 0, 0
    for network, walks in walks_of_networks(lot):
        stage.open(f"/forward?network={network.name}")
        stage.page.evaluate(f"() => {{ {_PICTURE} }}")
        length, edits = stage.page.evaluate("history.length"), 0
        for walk in walks:
            found = stage.page.evaluate("walk => window.walked(walk)", walk)
            place = f"{network.name}, {walk}, ends at {found['address']}"
            assert found["here"] == found["direct"], place
            assert found["fields"] == found["typed"], f"{place}: the fields show other numbers"
            assert found["title"] == found["theirs"]
            seen.add(found["address"])
            count += 1
            edits += sum(not isinstance(move, str) or move.startswith(("example-", "undo")) for move in walk)
        assert stage.page.evaluate("history.length") <= min(length + edits, 50), "steps are no entries"
        assert stage.page.evaluate("seen.foreign") == []
        swapped += stage.page.evaluate("seen.swapped")
    assert len(seen) > count * 2 / 3
    assert swapped > count * 3


def walks_of_networks(lot: Lot) -> Iterator[tuple[Network, list[list[Move]]]]:
    """Each network with some walks that have edits; in a soak 28 of the first and 4 of each other."""
    for network in NETWORKS.values():
        walks = [drawn_walk(chance, network, longest=6, edits=True) for chance in seeded(network.name, 28)]
        yield network, lot.some(walks if network is DEFAULT else walks[:4], 6 if network is DEFAULT else 1)


# Where each element is and how it is painted; an element in the wrong namespace has no place.
_LOOKS = """() => [...document.querySelectorAll("#page, #page *")].map((element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const paint = ["color", "backgroundColor", "borderColor", "fill", "stroke", "strokeWidth", "fontSize", "opacity"];
  return [element.localName, x, y, width, height, ...paint.map((name) => style[name])].join(" ");
})"""


def test_a_picture_reached_by_clicks_looks_the_same_as_its_address_opened(opened: Opened) -> None:
    walked, direct = opened(), opened()
    walked.open("/")
    for control in ("#example-2", "#to-backward", "#stop-7", "#back", "#next"):
        walked.click(control)
    walked.page.evaluate("document.activeElement.blur()")
    walked.page.mouse.move(640, 62)
    direct.open(walked.address)
    direct.page.mouse.move(640, 62)
    assert walked.address == "/backward?b=0,-0.1,-0.6&step=4"
    assert walked.page.evaluate(_LOOKS) == direct.page.evaluate(_LOOKS)
