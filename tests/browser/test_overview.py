"""The overview under the hands: the focus goes over small pictures, and all of a lecture is seen at once."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from .conftest import Opened
from .stage import Stage

_LECTURE = "/lecture?stop=7&stage="
# Whether all pictures are seen without scrolling, how high their letters are at least, as a part of the screen, and
# which of them lie over each other or reach out of their frame.
_SEEN = """() => {
  const frame = document.getElementById("places");
  const places = [...frame.querySelectorAll("a")];
  const boxes = places.map((one) => one.getBoundingClientRect());
  const sizes = [...frame.querySelectorAll(".number, .title")].map((one) => parseFloat(getComputedStyle(one).fontSize));
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return {
    scrolls: frame.scrollHeight > frame.clientHeight || document.documentElement.scrollWidth > innerWidth,
    least: Math.min(...sizes) / innerHeight,
    over: boxes.filter((one, at) => boxes.some((other, place) => place > at && meet(one, other))).length,
    outside: boxes.filter(({ left, right }) => left < 0 || right > innerWidth).length,
    hidden: boxes.filter(({ top, bottom }) => top < 0 || bottom > innerHeight).length,
  };
}"""
ALL_SEEN = {"scrolls": False, "over": 0, "outside": 0, "hidden": 0}


def test_keys_go_over_the_pictures_and_enter_goes_there(stage: Stage) -> None:
    stage.open(f"{_LECTURE}1").press("o")
    assert (stage.address, stage.focus()) == (f"{_LECTURE}overview", "place-6")
    for key, there in [
        *(("ArrowRight", 7), ("PageDown", 8), ("Space", 9), ("n", 10), ("ArrowLeft", 9), ("PageUp", 8)),
        *(("ArrowDown", 13), ("ArrowUp", 8), ("ArrowUp", 3), ("ArrowUp", 3), ("Home", 0), ("ArrowLeft", 0)),
        *(("End", 29), ("ArrowDown", 29), ("ArrowUp", 24)),
    ]:
        stage.press(key)
        assert stage.focus() == f"place-{there}", key
    stage.press("b", "n")
    assert stage.focus() == "place-24", "what brings the picture back takes no step"
    stage.press("Enter")
    assert stage.address == f"{_LECTURE.replace('7', '25')}1&away=7"
    stage.press("Space")
    assert "stop=26&" in stage.address, "the focus stands in the way of no key"
    stage.press("o", "3", "Enter")
    assert "stop=3&stage=1" in stage.address
    here = stage.address
    for way_back in ("Escape", "o"):
        stage.press("o", "ArrowRight", "l", way_back, *(["Escape"] if way_back == "Escape" else ["l"]))
        assert stage.address == here, "first the dot goes, then the overview"


@pytest.mark.parametrize("screen", [(1280, 720), (1024, 768)], ids=lambda screen: f"{screen[0]}x{screen[1]}")
def test_a_lecture_of_thirty_stops_is_seen_at_once_from_the_back_row(opened: Opened, screen: tuple[int, int]) -> None:
    stage = opened(viewport={"width": screen[0], "height": screen[1]})
    for address in (f"{_LECTURE}overview", "/backward?step=3&stage=overview", "/chapter/9?stage=overview"):
        found = stage.open(address).page.evaluate(_SEEN)
        assert found.pop("least") >= 0.033, address
        assert found == ALL_SEEN, address


def test_two_hundred_stops_are_scrolled_and_the_present_one_is_in_sight(stage: Stage) -> None:
    stops = quote("/glossary\n" * 200, safe="/")
    stage.open(f"/lecture?stops={stops}&stop=150&stage=overview")
    found = stage.page.evaluate(_SEEN)
    assert (found["scrolls"], found["over"], found["outside"]) == (True, 0, 0)
    assert found["least"] >= 0.033
    assert stage.focus() == "place-149"
    in_sight = "id => { const { top, bottom } = document.getElementById(id).getBoundingClientRect();"
    in_sight += " return top >= 0 && bottom <= innerHeight - 40; }"
    assert stage.page.evaluate(in_sight, "place-149")
    stage.press("Home")
    assert stage.page.evaluate(in_sight, "place-0")


def test_without_a_script_and_on_a_phone_the_overview_is_links(opened: Opened, opened_on_a_phone: Stage) -> None:
    plain = opened(java_script_enabled=False).open("/forward?step=1&stage=1")
    plain.page.click("#overview")
    assert plain.address == "/forward?step=1&stage=overview"
    plain.page.click("#place-4")
    assert plain.address == "/forward?step=3&stage=1"
    phone = opened_on_a_phone.open(f"{_LECTURE}overview")
    found = phone.page.evaluate(_SEEN)
    assert (found["over"], found["outside"], found["scrolls"]) == (0, 0, True)
    phone.page.tap("#place-8")
    phone.settle()
    assert phone.address == "/lecture?stop=9&stage=1&away=7"
