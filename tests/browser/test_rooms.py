"""The pages around the network's: no text is too small to be read, and no table is cut off at a desk."""

from __future__ import annotations

import pytest

from app.pages.contents import CONTENTS

from .stage import Stage

PAGES = (
    "/chapter",
    *(f"/chapter/{key}" for key in CONTENTS),
    "/networks",
    "/api",
    "/nowhere",
    "/heads?unfused=1",
    "/train?network=two-layer&steps=30",
    "/cost",
    "/cost?show=time",
    "/glossary",
    "/keys",
    "/lecture?stop=12",
    "/handout?steps=9",
    "/filmstrip",
)
SCREENS = ((1280, 720), (390, 844), (320, 256))
# What is smaller than 13 px as it stands on the screen, pictures that are scaled included; and how much of all is seen.
_SMALL = """() => {
  const found = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !one.checkVisibility() || one.closest(".unseen, script")) continue;
    const { a = 1, b = 0 } = one.getScreenCTM?.() ?? {};
    const size = parseFloat(getComputedStyle(one).fontSize) * Math.hypot(a, b);
    if (size < 12.99) found.add(`${size.toFixed(1)} ${texts.currentNode.textContent.trim().slice(0, 20)}`);
  }
  return [...found];
}"""
_CLIPPED = """() => [...document.querySelectorAll(".scroll, .equations, .formula")]
  .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.getAttribute("aria-label") ?? one.textContent.trim().slice(0, 40))"""
# What is wider than the screen and cannot be scrolled by keyboard.
_STUCK = """() => [...document.querySelectorAll("main table")].filter((one) => {
    const region = one.closest(".scroll, .box");
    return one.checkVisibility() && one.getBoundingClientRect().right > innerWidth && region?.tabIndex !== 0;
  }).map((one) => one.textContent.trim().slice(0, 40))"""


@pytest.mark.sampled(7)
@pytest.mark.parametrize("path", PAGES)
def test_no_text_is_too_small_and_no_table_is_cut_off(stage: Stage, path: str) -> None:
    stage.open(path)
    for width, height in SCREENS:
        stage.page.set_viewport_size({"width": width, "height": height})
        assert stage.page.evaluate(_SMALL) == [], width
        assert stage.page.evaluate(_STUCK) == [], width
        if width == 1280:
            assert stage.page.evaluate(_CLIPPED) == []


def test_a_wide_screen_is_used(stage: Stage) -> None:
    """What stands farthest to the right reaches over most of it, and the cards of the gallery stand side by side."""
    for path in ("/chapter", "/networks", "/api", "/nowhere"):
        stage.open(path)
        for width, height in ((1280, 720), (1920, 1080), (3840, 2160)):
            stage.page.set_viewport_size({"width": width, "height": height})
            reach = stage.page.evaluate(
                "() => Math.max(...[...document.querySelectorAll('main section, main li, main td')]"
                ".map((one) => one.getBoundingClientRect().right))"
            )
            assert reach > 0.9 * width, (path, width)
