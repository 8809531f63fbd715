"""70 walks in a browser, drawn by lot as those of tests/web/test_walks.py: without scripts, and with edits."""

from __future__ import annotations

import random
from pathlib import Path
from urllib.request import urlopen

from app.engine import DEFAULT
from tests.pages.network.test_walks import OTHERS, drawn_walk

from .conftest import Opened
from .reading import read
from .stage import Server, Stage

_PICTURE = (Path(__file__).parent / "picture.js").read_text()


def get(server: Server, path: str) -> str:
    with urlopen(server.url + path) as answer:
        return str(answer.read().decode())


def test_10_walks_in_a_browser_without_scripts(opened: Opened) -> None:
    lot = random.Random(2)
    stage = opened(java_script_enabled=False)
    for _ in range(10):
        network = lot.choice([DEFAULT, lot.choice(OTHERS)])
        stage.open(f"/{lot.choice(['forward', 'backward'])}?network={network.name}")
        for move in drawn_walk(lot, network, longest=5):
            assert isinstance(move, str)
            link = stage.at(f"#{move}")
            if link.get_attribute("href"):
                (link.locator(".name") if move.startswith("node-") else link).click()
        there = read(get(stage.server, stage.address)).by_id("page")
        assert " ".join((stage.at("#page").text_content() or "").split()) == there.text


def test_60_walks_in_a_browser_with_scripts(stage: Stage) -> None:
    """All of a network in one page. The picture at the end is compared with the same address as the server sends it."""
    lot = random.Random(3)
    inputs, swapped = set(), 0
    for network, walks in ((DEFAULT, 28), *((other, 4) for other in OTHERS)):
        stage.open(f"/forward?network={network.name}")
        stage.page.evaluate(f"() => {{ {_PICTURE} }}")
        length = stage.page.evaluate("history.length")
        for number in range(walks):
            walk = drawn_walk(lot, network, longest=6, edits=True)
            found = stage.page.evaluate("walk => window.walked(walk)", walk)
            place = f"{network.name}, walk {number}, {walk}, ends at {found['address']}"
            assert found["here"] == found["direct"], place
            assert found["fields"] == found["typed"], f"{place}: the fields show other numbers"
            assert found["title"] == found["theirs"]
            inputs.add(found["address"])
        assert stage.page.evaluate("history.length") == length, "one page, whatever the walk"
        swapped += stage.page.evaluate("seen.swapped")
    assert stage.foreign() == []
    assert len(inputs) > 40
    assert swapped > 200


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
