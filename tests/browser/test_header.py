"""The header in a browser: low, never wider than the screen, and its chooser works by keyboard and without a script."""

from __future__ import annotations

import pytest

from app.engine import NETWORKS

from .conftest import Opened
from .stage import PHONE, Stage

PAGES = ("/backward?step=4", "/chapter", "/heads", "/cost", "/recall", "/api", "/networks", "/glossary", "/nowhere")
SCREENS = {(320, 256): 44, (390, 844): 44, (640, 360): 44, (1024, 768): 48, (1280, 720): 48}
# How high the header is, what in it reaches out of it or lies on its neighbour, and how far the page reaches beyond.
_SIZES = """() => {
  const box = (one) => one.getBoundingClientRect();
  const header = box(document.querySelector("header.top"));
  const parts = [...document.querySelectorAll(".top .brand, .top .opens, .top .toggle a, .top .pages a")];
  const shown = parts.filter((one) => one.checkVisibility()).map((one) => [one, box(one)]);
  const amiss = shown.filter(([one, { left, right, top, bottom }], place) =>
    left < 0 || right > innerWidth + 0.5 || one.scrollWidth > one.clientWidth + 1
    || top < header.top - 0.5 || bottom > header.bottom + 0.5 || shown.slice(place + 1).some(([, other]) =>
      other.left < right - 0.5 && left < other.right - 0.5));
  return [header.height, amiss.map(([one]) => one.textContent.trim()),
    document.documentElement.scrollWidth - document.documentElement.clientWidth];
}"""


@pytest.mark.sampled(6)
@pytest.mark.parametrize("path", PAGES)
def test_the_header_is_one_low_row_and_no_page_scrolls_sideways(stage: Stage, path: str) -> None:
    stage.open(path)
    for (width, height), most in SCREENS.items():
        stage.page.set_viewport_size({"width": width, "height": height})
        tall, amiss, beyond = stage.page.evaluate(_SIZES)
        assert tall <= most, (width, tall)
        assert amiss == [], width
        assert beyond <= 0, width


@pytest.mark.sampled(1, "scripted")
@pytest.mark.parametrize("phone", [False, True], ids=["at a desk", "on a phone"])
@pytest.mark.parametrize("scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_chooser_is_worked_by_keyboard(opened: Opened, scripted: bool, phone: bool) -> None:
    stage = opened(java_script_enabled=scripted, **({"viewport": PHONE} if phone else {}))
    stage.open("/backward?x=2,1&step=3")
    stage.page.keyboard.press("Tab")
    assert stage.at("#skip").is_visible(), "the first thing that has the focus"
    stage.page.focus("#choose")
    assert stage.at("#choice").is_hidden()
    stage.page.keyboard.press("Enter")
    assert stage.at("#choice").is_visible()
    assert stage.at("#choice li").count() == len(NETWORKS)
    for picture in stage.at("#choice .thumbnail").all()[:3]:
        assert picture.bounding_box()["height"] > 30  # type: ignore[index]
    stage.page.keyboard.press("Escape")
    assert stage.at("#choice").is_hidden()
    stage.page.keyboard.press("Enter")
    stage.page.keyboard.press("Tab")
    stage.page.keyboard.press("Tab")
    stage.page.keyboard.press("Enter")
    stage.page.wait_for_url("**/forward?network=tanh-mse&x=2,1")
    assert stage.at("#choice").is_hidden()
    assert stage.page.title().endswith("BackpropFlow")


def test_a_click_beside_the_chooser_closes_it(either: Stage) -> None:
    either.open("/cost")
    either.page.click("#choose")
    assert either.at("#choice").is_visible()
    either.page.mouse.click(1270, 700)
    assert either.at("#choice").is_hidden()


def test_on_a_phone_the_other_pages_are_behind_the_menu(opened: Opened) -> None:
    stage = opened(viewport=PHONE, java_script_enabled=False).open("/heads?x=2,1")
    assert stage.at("#to-cost").is_hidden()
    stage.page.click("#menu")
    stage.page.click("#to-cost")
    stage.page.wait_for_url("**/cost?x=2,1")
    stage.page.click("#menu")
    stage.page.click("#to-recall")
    stage.page.wait_for_url("**/recall?x=2,1")


def test_small_pictures_are_drawn_in_the_colours_of_the_page(stage: Stage) -> None:
    """They come from a file of their own, whose boxes have no colour but that which the page names."""
    stage.open("/nowhere")
    picture = stage.at(".gallery .thumbnail").first
    shots = []
    for scheme in ("light", "dark"):
        stage.page.emulate_media(color_scheme=scheme)
        shots.append(picture.screenshot())
    assert shots[0] != shots[1]
    assert min(map(len, shots)) > 500, "there is something in it"
