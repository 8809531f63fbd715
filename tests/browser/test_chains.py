"""Chains as they are drawn, on a screen and on a phone: all is read, nothing meets, and what is long scrolls."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine.by_name import chain
from app.engine.fitted import biases, fitted
from app.state import ViewState
from tests.engine.random_chains import random_chains

from ..conftest import Lot
from .conftest import Opened
from .stage import PHONE, VIEWPORT, Stage

WRONG = (Path(__file__).parent / "chains.js").read_text()
NAMES = random_chains(60, seed=3)
LONG = "3-4.tanh-4.tanh-2_ce"
# How far the middle of what is in sight may be from that of its frame, where both ends are far.
NEAR = 2.0
OFFSET = """(selector) => {
  const box = document.querySelector(selector).getBoundingClientRect();
  const frame = document.querySelector("#picture").getBoundingClientRect();
  return { middle: box.left + box.width / 2 - frame.left - frame.width / 2,
           inside: box.left >= frame.left && box.right <= frame.right };
}"""


@pytest.mark.parametrize("size", [VIEWPORT, PHONE], ids=["screen", "phone"])
def test_in_drawings_of_random_chains_nothing_meets_and_all_can_be_read(
    stage: Stage, lot: Lot, size: dict[str, int]
) -> None:
    stage.page.set_viewport_size({"width": size["width"], "height": size["height"]})
    for place, name in enumerate(lot.some(NAMES, 5)):
        base = chain(name)
        one_bias = biases(base) if place % 4 == 3 else ()  # large, so that no unit is inactive
        network = fitted(base, place % 2 * (2 + place // 2 % 2), one_bias)
        view = ViewState(network, "forward", {**network.defaults, **dict.fromkeys(one_bias, 2.0)})
        for state in (view.go("backward"), view.go("forward", 1)):
            stage.open(state.address())
            assert stage.page.evaluate(WRONG) == [], state.address()


def test_a_long_drawing_scrolls_in_its_frame_and_the_page_does_not(stage: Stage) -> None:
    stage.open(f"/backward?network={LONG}")
    widths = stage.page.evaluate(
        "() => [document.documentElement.scrollWidth, innerWidth, picture.scrollWidth, picture.clientWidth]"
    )
    assert widths[0] <= widths[1]
    assert widths[2] > widths[3]


def test_what_was_just_computed_is_brought_into_sight(stage: Stage) -> None:
    stage.open(f"/forward?network={LONG}&step=1")
    for _ in range(12):
        stage.page.keyboard.press("ArrowRight")
        stage.settle()
        found = stage.page.evaluate(OFFSET, "#drawing-wide .group.now .box")
        assert found["inside"], stage.page.url
    stage.open(f"/backward?network={LONG}&step=6")
    assert abs(stage.page.evaluate(OFFSET, "#drawing-wide .group.now .box")["middle"]) <= NEAR
    here = stage.at("#timeline .now a").bounding_box()
    row = stage.at("#timeline ol").bounding_box()
    assert here is not None
    assert row is not None
    assert row["x"] <= here["x"]
    assert here["x"] + here["width"] <= row["x"] + row["width"]


def test_without_a_script_a_chain_is_drawn_too_and_its_steps_lead_on(opened: Opened) -> None:
    stage = opened(java_script_enabled=False)
    stage.open(f"/forward?network={LONG}&step=2")
    assert stage.at("#drawing-wide").is_visible()
    stage.at("#next").click()
    assert "step=3" in stage.page.url


@pytest.mark.parametrize("size", [VIEWPORT, PHONE], ids=["screen", "phone"])
def test_without_a_script_too_what_was_just_computed_is_in_sight(opened: Opened, size: dict[str, int]) -> None:
    stage = opened(java_script_enabled=False)
    stage.page.set_viewport_size({"width": size["width"], "height": size["height"]})
    seen = """() => {
      const inside = (box, frame) => box.left >= frame.left && box.right <= frame.right
        && box.top >= frame.top && box.bottom <= frame.bottom;
      const place = (selector) => [...document.querySelectorAll(selector)]
        .find((one) => one.checkVisibility())?.getBoundingClientRect();
      const [box, frame] = [place(".group.now .box"), place("#picture")];
      const [stop, row] = [place("#timeline .now a"), place("#timeline ol")];
      return inside(box, frame) && (!row || (stop.left >= row.left - 1 && stop.right <= row.right + 1));
    }"""
    for step in (1, 6, 10):
        stage.open(f"/backward?network={LONG}&step={step}")
        stage.page.wait_for_function(seen)


def test_what_is_too_large_to_draw_says_so(stage: Stage) -> None:
    stage.open("/backward?network=6-7.relu-2_ce&step=2")
    assert stage.at(".drawing").count() == 0
    assert stage.at("#picture").inner_text().startswith("No picture")
    assert "up to 5 units" in stage.at("#card").inner_text()
