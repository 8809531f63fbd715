"""The chapter's lecture as it is given: through all of it and back, with questions that come late."""

from __future__ import annotations

from itertools import pairwise

from app.pages.lecture.chapter import CHAPTER
from app.pages.lecture.question import LectureState

from .conftest import Opened

# How far the caption and the foot reach beyond their places, and what of the foot lies on what comes before it.
_BEYOND = """() => {
  const caption = document.getElementById("caption"), foot = document.getElementById("timeline");
  const texts = [...foot.querySelectorAll("a, button, .place")].filter((one) => one.textContent.trim());
  const sides = texts.map((one) => one.getBoundingClientRect()).filter((one) => one.width);
  sides.sort((one, other) => one.left - other.left);
  return Math.max(
    caption.scrollHeight - caption.clientHeight,
    caption.scrollWidth - caption.clientWidth,
    sides.at(-1).right - innerWidth,
    -sides[0].left,
    ...sides.slice(1).map((one, place) => sides[place].right - one.left),
  ); }"""

# Notes each page that one passes.
_NOTE = """() => { window.passed = []; document.addEventListener("htmx:after:swap", () =>
  window.passed.push(document.head.querySelector("[rel=canonical]").getAttribute("href"))); }"""


def test_next_goes_through_all_of_it_and_back_exactly_back_and_all_that_is_said_fits(opened: Opened) -> None:
    hall = opened(viewport={"width": 1024, "height": 768})
    lecture = LectureState(CHAPTER)
    places = [lecture.showing("1").at(place).address() for place in lecture.places]
    hall.open(places[0])
    for before, after in pairwise(places):
        assert hall.page.evaluate(_BEYOND) <= 0.5, before
        hall.press("PageDown")
        assert hall.address == after
    hall.press("PageDown")
    assert hall.address == places[-1], "there is nothing after the end"
    hall.page.evaluate(_NOTE)
    for _ in places[1:]:
        hall.page.keyboard.press("PageUp")  # as quickly as they come
    hall.until(f"window.passed.length >= {len(places) - 1}")
    assert hall.page.evaluate("() => window.passed") == places[-2::-1]
    assert hall.address == places[0]


def test_a_late_question_is_answered_and_one_key_comes_back(opened: Opened) -> None:
    hall = opened(viewport={"width": 1024, "height": 768})
    stop = "/lecture?stop=7&stage=1"
    hall.open(stop).click("#drawing-narrow [data-cell='W.2.1']")
    assert hall.address == "/backward?step=1&ask=W.2.1&stage=1&away=7"
    hall.press("PageDown", "e", "Escape", "PageDown")
    assert hall.address == "/backward?step=3&ask=W.2.1&stage=formula&away=7"
    assert hall.page.evaluate(_BEYOND) <= 0.5
    hall.press("e", "r")
    assert hall.address == stop
    hall.press("2", "2", "Enter")
    assert hall.address == "/lecture?stop=22&stage=1&away=7"
    hall.press("PageDown", "PageUp", "PageUp", "r")
    assert hall.address == stop
    with hall.page.expect_navigation(wait_until="load"):
        hall.page.click("#leave")
    assert hall.address == "/backward?step=1&away=7"
    hall.fill("x", "2,1")
    assert hall.address == "/backward?x=2,1&step=1&away=7"
    hall.page.evaluate("() => document.activeElement.blur()")  # in a field, F is a letter
    with hall.page.expect_navigation():
        hall.page.keyboard.press("f")
    assert hall.address == "/backward?x=2,1&step=1&stage=1&away=7"
    with hall.page.expect_navigation(wait_until="load"):
        hall.page.click("#leave")
    with hall.page.expect_navigation(wait_until="load"):
        hall.page.keyboard.press("r")
    assert hall.address == stop


def test_up_and_down_go_from_stop_to_stop_over_their_parts(opened: Opened) -> None:
    hall = opened().open("/lecture?stop=16&stage=1")
    hall.press("ArrowDown", "PageDown")
    assert hall.address == "/lecture?stop=17.2&stage=1"
    hall.press("ArrowDown")
    assert hall.address == "/lecture?stop=18&stage=1"
    hall.press("ArrowUp", "ArrowUp")
    assert hall.address == "/lecture?stop=16&stage=1"
    hall.press("End", "r", "Home", "r")
    assert hall.address == "/lecture?stop=16&stage=1"
