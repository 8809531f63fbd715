"""The stage: one screen without scrolling, nothing on top of anything else, and nothing that moves."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import ViewportSize

from app.engine import DEFAULT, NETWORKS
from tests.conftest import Lot

from .conftest import Opened
from .stage import PHONE, VIEWPORT, Stage

# Every place of the walk, and the start of the backward pass.
STEPS = [
    "/forward",
    *(f"/forward?step={step}" for step in range(4)),
    *(f"/backward?step={step}" for step in range(7)),
    "/backward",
]
# As many digits as a cell is ever asked to show.
LONG = [
    "x=0.123456,1e-9&W=1.23456,-2222.5;1e5,0.3333;7,8",
    "x=-1.234e-11,-9999.95&W=-123456,-1e150;-0.00123456,999999.5;-1e-300,1e12&b=-1e100,1e-5,-654321.5&y=-1e100,-7.77e-77,0",
    "x=-1e100,-1.5e-300&y=-999.125,-12345.678,-0.000999",
]
VIEWS = ["show=why", "show=jacobian", "show=check", "show=saved"]
ASKED = [
    "ask=x.1",
    "ask=W.2.1",
    "ask=b.3",
    "ask=z.1",
    "ask=h.2",
    "ask=y.1",
    "ask=L",
    "ask=x.2&eps=0.01",
    "ask=L&eps=-1.5",
    "node=W",
    "node=L",
]
NUMBERS = ["", "b=0,-0.1,-0.6&", "b=0,-0.5,0&", "x=1.5,0.5&was=&"]
SCREENS = [(1280, 720), (1024, 768), (1280, 800), (1920, 1080)]

# Rectangles of all that is drawn, each with its owner. A text's rectangle has room above and below for letters with
# accents and tails: what is really inked is its middle.
_DRAWN = """drawing => {
  const found = [];
  const add = (kind, owner, element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const slack = kind === "box" ? 0 : height * 0.2;
    found.push({ kind, owner, text: element.textContent.trim().slice(0, 30), x, y: y + slack,
                 right: x + width, bottom: y + height - slack });
  };
  for (const node of document.querySelectorAll(`#drawing-${drawing} .group`)) {
    for (const kind of ["box", "name", "note"]) {
      for (const element of node.querySelectorAll(`.${kind}`)) add(kind, node.querySelector(".node").id, element);
    }
  }
  document.querySelectorAll(`#drawing-${drawing} .rule`).forEach((rule, i) => add("rule", `rule ${i}`, rule));
  return found;
}"""

# Texts that reach out of their cells, by more than a pixel.
_OUT = """drawing => [...document.querySelectorAll(`#drawing-${drawing} .cell`)].flatMap((cell) => {
  const room = cell.querySelector("rect").getBoundingClientRect();
  return [...cell.querySelectorAll("text")].filter((text) => {
    const ink = text.getBoundingClientRect();
    const slack = ink.height * 0.2;
    return ink.left < room.left - 1 || ink.right > room.right + 1
      || ink.top + slack < room.top - 1 || ink.bottom - slack > room.bottom + 1;
  }).map((text) => `${cell.dataset.cell}: ${text.textContent} is ${text.getBoundingClientRect().width} wide`);
})"""


def overlaps(things: list[dict[str, Any]]) -> list[str]:
    """Pairs that lie on each other by more than a pixel."""
    found = []
    for place, one in enumerate(things):
        for other in things[place + 1 :]:
            across = min(one["right"], other["right"]) - max(one["x"], other["x"])
            down = min(one["bottom"], other["bottom"]) - max(one["y"], other["y"])
            inside = one["owner"] == other["owner"] and {one["kind"], other["kind"]} == {"box", "name"}
            if across > 1 and down > 1 and not inside:  # on a phone a title stands in its own box
                found.append(f"{one['kind']} {one['text']!r} and {other['kind']} {other['text']!r}")
    return found


def size(screen: tuple[int, int]) -> ViewportSize:
    return {"width": screen[0], "height": screen[1]}


def direction_of(path: str) -> str:
    """forward or backward."""
    return path.strip("/").partition("?")[0]


# Where each part of the stage is, and how wide the page is.
_PARTS = """() => [document.documentElement.scrollWidth,
  Object.fromEntries(
   [".top", ".picture", ".card", ".timeline", ".numbers", ".legend ul", "#drawing-wide"].map((part) => {
    const { x, y, width, height } = document.querySelector(part).getBoundingClientRect();
    return [part, { x, y, width, height }];
  }))]"""


def test_the_stage_is_one_screen(stage: Stage) -> None:
    for path in ("/", "/backward", "/backward?step=3", f"/backward?{LONG[0]}&step=4", "/backward?b=0,-0.1,-0.6&step=5"):
        stage.open(path)
        for across, down in SCREENS:
            stage.page.set_viewport_size(size((across, down)))
            width, parts = stage.page.evaluate(_PARTS)
            assert width <= across, path
            assert parts[".numbers"]["y"] + parts[".numbers"]["height"] <= down, path
            assert [part for part, box in parts.items() if box["height"] <= 10] == [], path
            assert parts["#drawing-wide"]["height"] > min(down * 0.4, across * 0.29), "the picture is the product"


def test_what_was_not_read_is_told_without_moving_anything_until_the_next_step(either: Stage) -> None:
    found = []
    for query in ("", "&X=2,1", f"&{'&'.join(f'no-such-name-{letter}=1' for letter in 'abcd')}"):
        either.open(f"/backward?step=3{query}")
        found.append(either.page.evaluate(_PARTS))
        line = either.at(".unread")
        assert line.count() == bool(query)
        assert not query or line.is_visible()
    assert found[1:] == found[:1] * 2
    either.page.click("#next")
    either.page.wait_for_url("**/backward?step=4")
    assert either.at(".unread").count() == 0


def test_nothing_lies_on_anything_else(stage: Stage, lot: Lot) -> None:
    for path in (
        *lot.some(STEPS, 2, of_each=direction_of),
        "/backward?b=-1,-1,-1",
        *(f"/backward?{query}" for query in LONG),
    ):
        stage.open(path)
        for screen in SCREENS[:2]:
            stage.page.set_viewport_size(size(screen))
            things = stage.page.evaluate(_DRAWN, "wide")
            assert {"box", "name"} <= {thing["kind"] for thing in things}
            assert overlaps(things) == [], path
            assert stage.page.evaluate(_OUT, "wide") == [], path


def test_nothing_lies_on_anything_else_on_a_phone(opened_on_a_phone: Stage, lot: Lot) -> None:
    for path in (*lot.some(STEPS, 1, of_each=direction_of), *(f"/backward?{query}" for query in ("b=-1,-1,-1", *LONG))):
        stage = opened_on_a_phone.open(path)
        assert overlaps(stage.page.evaluate(_DRAWN, "tall")) == [], path
        assert stage.page.evaluate(_OUT, "tall") == [], path
        assert stage.at("#drawing-wide").is_hidden()


def test_the_parts_of_the_stage_lie_under_each_other(stage: Stage) -> None:
    for path in (
        "/forward?step=3",
        "/backward?step=4",
        f"/backward?{LONG[1].split('&y')[0].replace('-1e150', '-1e15')}&step=4",
    ):
        stage.open(path)
        boxes = [stage.at(part).bounding_box() for part in (".top", ".picture", ".card", ".timeline", ".numbers")]
        for above, below in pairwise(boxes):
            assert above is not None
            assert below is not None
            assert above["y"] + above["height"] <= below["y"] + 0.5, path
        told, facts = stage.at(".told").bounding_box(), stage.at(".facts").bounding_box()
        assert told is not None
        assert facts is not None
        assert told["y"] + told["height"] <= facts["y"] + 0.5


def test_nothing_is_cut_off_in_the_card(stage: Stage) -> None:
    """A formula too wide may scroll sideways; nothing is hidden below or beside."""
    for path in (*STEPS, f"/backward?{LONG[0]}&step=4", f"/backward?{LONG[0]}&step=5"):
        stage.open(path)
        cut = stage.page.evaluate(
            """() => [...document.querySelectorAll(".card, .card h2, .card dd, .told")]
              .filter((one) => one.scrollHeight > one.clientHeight + 1 && one.clientHeight)
              .map((one) => one.className || one.localName)"""
        )
        assert cut == [], path
        assert stage.page.evaluate(
            """() => [...document.querySelectorAll(".card math, .card dl")].every((one) => {
              const card = document.getElementById("card").getBoundingClientRect();
              const box = one.getBoundingClientRect();
              return box.top >= card.top - 1 && box.bottom <= card.bottom + 1;
            })"""
        ), path


@pytest.mark.parametrize("drawing", ["wide", "tall"])
def test_a_step_moves_nothing(opened: Opened, drawing: str) -> None:
    stage = opened(viewport=VIEWPORT if drawing == "wide" else PHONE)
    stage.open(STEPS[0])
    where = (
        """drawing => ["#top", "#picture", "#card", "#timeline", "#numbers", `#drawing-${drawing} .box`,
          `#drawing-${drawing} .cell > rect:first-of-type`, `#drawing-${drawing} .name`,
          "#timeline a", "#fields p input"]
          .flatMap((selector) => [...document.querySelectorAll(selector)]).map((one) => {
            const { x, y, width } = one.getBoundingClientRect();
            return [one.id || one.className.baseVal, x, y + scrollY, width];
          })"""
        if drawing == "wide"
        else """drawing => [`#drawing-${drawing} .box`, `#drawing-${drawing} .cell > rect:first-of-type`, "#timeline a"]
          .flatMap((selector) => [...document.querySelectorAll(selector)]).map((one) => {
            const { x, y, width } = one.getBoundingClientRect();
            const { top = 0 } = one.ownerSVGElement?.getBoundingClientRect() ?? {}; // its frame scrolls
            return [one.id, x, Math.round(y - top), width];
          })"""
    )
    first = stage.page.evaluate(where, drawing)
    assert len(first) > 20
    for place in range(1, 12):
        stage.press("ArrowRight")
        assert stage.page.evaluate(where, drawing) == first, f"place {place}"


def test_no_view_moves_the_picture_or_the_controls(stage: Stage, lot: Lot) -> None:
    """And in none is anything cut off, or the stage taller than the screen."""
    stage.open("/forward")
    where = """() => ["bar", "picture", "card", "timeline", "numbers"].map((name) => {
      const { x, y, width, height } = document.getElementById(name).getBoundingClientRect();
      return [name, x, y, width, height];
    })"""
    cut = """() => {
      const end = document.getElementById("card").getBoundingClientRect().bottom;
      return [...document.querySelectorAll("#card *")]
        .filter((one) => one.getBoundingClientRect().bottom > end).map((one) => one.outerHTML.slice(0, 90));
    }"""
    places = stage.page.evaluate(where)
    # A place with each view, a question with each direction: of some numbers those of every kind, in a soak all.
    views = [(place, view) for place in STEPS for view in VIEWS]
    questions = [(path, ask) for path in ("/forward", "/backward") for ask in ASKED]
    for numbers in lot.some(NUMBERS, 2):
        for place, view in lot.some(views, 1, of_each=lambda pair: pair[1]):
            path, _, query = place.partition("?")
            stage.open(f"{path}?{numbers}{query}&{view}")
            assert stage.page.evaluate(where) == places, stage.address
            assert stage.page.evaluate(cut) == [], stage.address
        for path, ask in (
            lot.some(questions, 1, of_each=lambda pair: pair[1]) if not numbers else lot.some(questions, 2)
        ):
            stage.open(f"{path}?{numbers}{ask}")
            assert stage.page.evaluate(where) == places, stage.address
            assert stage.page.evaluate(cut) == [], stage.address


@pytest.mark.sampled(1)
@pytest.mark.parametrize("numbers", LONG)
def test_long_numbers_in_any_view_leave_the_stage_on_one_screen(stage: Stage, lot: Lot, numbers: str) -> None:
    views = [(view, f"step={step}&{view}") for view in VIEWS for step in (2, 4, 5)]
    for _, query in (*lot.some(views, 1, of_each=lambda pair: pair[0]), *lot.some([("", ask) for ask in ASKED], 4)):
        stage.open(f"/backward?{numbers}&{query}")
        width, parts = stage.page.evaluate(_PARTS)
        assert width == 1280, stage.address
        assert parts[".numbers"]["y"] + parts[".numbers"]["height"] <= 720, stage.address
        assert parts["#drawing-wide"]["height"] > 720 * 0.3, stage.address


def places(network: str) -> list[str]:
    """The addresses of a network's passes as wholes and of their steps, those of the backward pass last."""
    return [
        f"/{direction}?network={network}{step}"
        for direction, events in NETWORKS[network].graph.timelines.items()
        for step in ("", *(f"&step={step}" for step in range(len(events) + 1)))
    ]


OTHERS = [name for name in NETWORKS if name != DEFAULT.name]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("network", OTHERS)
def test_every_network_is_drawn_without_overlap_and_stands_still(stage: Stage, lot: Lot, network: str) -> None:
    boxes = """() => ["picture", "card", "timeline", "numbers"].map((name) => {
      const { y, height } = document.getElementById(name).getBoundingClientRect();
      return [name, y, height];
    })"""
    first = None
    last = places(network)[-1]
    views = [last + view for view in ("&show=why", "&show=jacobian", "&show=saved", "&ask=z.1")]
    # each step has a card of its own, and any of them may be too long for its place; the first says where things stand
    for place in (*lot.some(places(network), 3, of_each=direction_of), *lot.some(views, 1)):
        stage.open(place)
        assert stage.page.evaluate("document.documentElement.scrollWidth") == 1280, place
        here = stage.page.evaluate(boxes)
        first = first or here
        assert here == first, f"{place}: a step or a view moves something"
        assert stage.page.evaluate("() => { const c = document.getElementById('card'); "
                                   "return c.scrollHeight - c.clientHeight; }") == 0, place  # fmt: skip
        assert overlaps(stage.page.evaluate(_DRAWN, "wide")) == [], place
        assert stage.page.evaluate(_OUT, "wide") == [], place


@pytest.mark.sampled(2)
@pytest.mark.parametrize("network", OTHERS)
def test_every_network_is_drawn_without_overlap_on_a_phone(opened_on_a_phone: Stage, lot: Lot, network: str) -> None:
    for place in (*lot.some(places(network)[:-1], 1, of_each=direction_of), places(network)[-1]):
        stage = opened_on_a_phone.open(place)
        assert overlaps(stage.page.evaluate(_DRAWN, "tall")) == [], place
        assert stage.page.evaluate(_OUT, "tall") == [], place
        assert stage.page.evaluate("document.documentElement.scrollWidth") == 390, place
