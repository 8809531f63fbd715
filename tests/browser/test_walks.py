"""300 walks, drawn by lot: however one came to a picture, it is the picture of its address.

A walk takes links (Back, Next, First, Last, the toggle, stops, nodes, examples) and, where scripts run, edits.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias
from urllib.request import urlopen

from .conftest import Opened
from .reading import Element, read
from .stage import Server, Stage

LINKS = ["first", "back", "next", "last", "to-forward", "to-backward"]
STOPS = [f"stop-{place}" for place in range(10)]
CELLS = [f"cell-{key}-wide" for key in ("x-1", "W-2-1", "W-3-2", "b-2", "z-1", "h-3", "y-2", "L")]
TABS = [f"tab-{place}" for place in range(1, 6)]
NODES = [f"node-{name}-wide" for name in ("x", "W", "b", "z", "h", "y", "L")]
EXAMPLES = [f"example-{place}" for place in range(1, 5)]
EDITS = [
    ("x", "2, 1"),
    ("x", "-1, 0.25"),
    ("b", "0, -0.1, -0.6"),
    ("W", "1,2;3,4;5,6"),
    ("y", "0.4,0.4,0.2"),
    ("x", "1"),
]

_PICTURE = (Path(__file__).parent / "picture.js").read_text()
# The id of a link, or a field and what is typed.
Move: TypeAlias = "str | tuple[str, str]"


def drawn_walk(lot: random.Random, *, longest: int = 8, edits: bool = False) -> list[Move]:
    """Three moves or more, steps the most often."""
    moves: list[Move] = []
    for _ in range(lot.randint(3, longest)):
        kinds: list[Sequence[Move]] = [
            ["next", "back"],
            LINKS,
            STOPS,
            NODES,
            CELLS,
            TABS,
            EXAMPLES,
            EDITS if edits else LINKS,
        ]
        (kind,) = lot.choices(kinds, weights=[5, 3, 3, 1, 2, 2, 2, 1])
        moves.append(lot.choice(kind))
    return moves


def get(server: Server, path: str) -> str:
    with urlopen(server.url + path) as answer:
        return str(answer.read().decode())


def test_200_walks_along_the_links_of_the_pages_alone(server: Server) -> None:
    """What a browser without JavaScript does: it reads a link and asks for it."""
    lot = random.Random(1)
    known: dict[str, tuple[str, Element]] = {}

    def asked(address: str) -> Element:
        if address not in known:
            text = get(server, address)
            known[address] = text, read(text)
        return known[address][1]

    for number in range(200):
        address = lot.choice(["/", "/backward", "/forward?step=0", "/backward?x=2,1&step=3"])
        walk = drawn_walk(lot)
        for move in walk:
            assert isinstance(move, str)
            # at an end of the walk, Back or Next leads nowhere
            address = asked(address).by_id(move).attributes.get("href", address)
        page = asked(address)
        assert page.having("rel", "canonical")[0]["href"] in (address, "/forward" if address == "/" else address)
        assert get(server, address) == known[address][0], f"walk {number}, {walk}, ends at {address}"
        now = [stop["href"] for stop in page.having("aria-current", "step")]
        assert now == [re.sub(r"[?&]ask=[^&]*", "", page.having("rel", "canonical")[0]["href"])]
    assert len(known) > 100


def test_10_walks_in_a_browser_without_scripts(opened: Opened) -> None:
    lot = random.Random(2)
    stage = opened(java_script_enabled=False)
    for _ in range(10):
        stage.open(lot.choice(["/", "/backward"]))
        for move in drawn_walk(lot, longest=5):
            assert isinstance(move, str)
            link = stage.at(f"#{move}")
            if link.get_attribute("href"):
                (link.locator(".name") if move in NODES else link).click()
        there = read(get(stage.server, stage.address)).by_id("page")
        assert " ".join((stage.at("#page").text_content() or "").split()) == there.text


def test_90_walks_in_a_browser_with_scripts(stage: Stage) -> None:
    """All in one page. The picture at the end is compared with the same address as the server sends it."""
    lot = random.Random(3)
    stage.open("/")
    stage.page.evaluate(f"() => {{ {_PICTURE} }}")
    seen = set()
    for number in range(90):
        walk = drawn_walk(lot, longest=6, edits=True)
        found = stage.page.evaluate("walk => window.walked(walk)", walk)
        assert found["here"] == found["direct"], f"walk {number}, {walk}, ends at {found['address']}"
        assert found["fields"] == found["typed"], f"walk {number}, {walk}: the fields show other numbers"
        assert found["title"] == found["theirs"]
        seen.add(found["address"])
    assert stage.foreign() == []
    assert len(seen) > 40
    assert stage.page.evaluate("seen.swapped") > 300
    assert stage.page.evaluate("history.length") == 2, "about:blank and the one page"


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
