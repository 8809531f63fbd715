"""Walks in a browser, of the same pool as those of tests/web/test_walks.py: without scripts, and with edits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from urllib.request import urlopen

from app.engine import DEFAULT, NETWORKS, Network
from app.snapshot.indices import key
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


def test_a_document_that_was_walked_to_is_the_one_its_address_opens(stage: Stage, lot: Lot) -> None:
    """All of it, head and attributes included, whatever was clicked, pressed, dragged and typed on the way."""
    seen, swapped, count = set(), 0, 0
    for network, walks in walks_of_networks(lot):
        stage.open(f"/forward?network={network.name}")
        length, edits = stage.page.evaluate("history.length"), 0
        for walk in walks:
            stage.page.evaluate(f"() => {{ {_PICTURE} }}")
            stage.page.evaluate("walk => window.walked(walk)", walk)
            here, address = stage.page.evaluate("window.shown()"), stage.page.url.removeprefix(stage.server.url)
            swapped += stage.page.evaluate("window.seen.look(), window.seen.swapped")
            assert stage.page.evaluate("window.seen.foreign") == [], f"{walk} ends at {address}"
            stage.open(address).page.evaluate(f"() => {{ {_PICTURE} }}")
            direct = stage.page.evaluate("window.shown()")
            assert here == direct, f"{network.name}, {walk}, ends at {address}: {first_difference(here, direct)}"
            seen.add(address)
            count += 1
            edits += sum(not isinstance(move, str) or move.startswith(EDITS) for move in walk)
        assert stage.page.evaluate("history.length") <= min(length + edits, 50), "steps are no entries"
    assert len(seen) > count * 2 / 3
    assert swapped > count * 3


def first_difference(here: list[str], direct: list[str]) -> str:
    """Where two documents part, with what is around it."""
    one, other = next((pair for pair in zip(here, direct, strict=True) if pair[0] != pair[1]), ("", ""))
    place = next((at for at, (mine, theirs) in enumerate(zip(one, other, strict=False)) if mine != theirs), len(one))
    return f"{one[place - 150 : place + 60]!r}, and not {other[place : place + 60]!r}"


# How a move begins that leads to other numbers, beside one that types.
EDITS = ("example-", "undo", "drag", "scrub")


def walks_of_networks(lot: Lot) -> Iterator[tuple[Network, list[list[Move]]]]:
    """Some networks, each with walks that have edits; in a soak all of them, with 300 in all."""
    for network in (DEFAULT, *lot.some([one for one in NETWORKS.values() if one is not DEFAULT], 1)):
        first = network is DEFAULT
        walks = [[*moves_of(chance, network)] for chance in seeded(network.name, 180 if first else 10)]
        yield network, lot.some(walks, 2 if first else 1)


def moves_of(chance: Random, network: Network) -> Iterator[Move]:
    """A walk whose steps are taken by keys, too, at once or after a while, and whose numbers are dragged, too."""
    for move in drawn_walk(chance, network, longest=6, edits=True):
        if chance.random() < 0.5:
            yield "rest"
        yield move
        leaf = key(name := chance.choice([*network.defaults]), tuple(size - 1 for size in network.shape(name)))
        if chance.random() < 0.5:
            yield chance.choice([*(f"key {name}" for name in KEYS), f"drag {leaf}", f"scrub {leaf}", "undo"])


KEYS = ["ArrowRight", "ArrowRight", "ArrowLeft", "PageDown", "Home", "End", "Escape"]


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
