"""The chapter's boards in a browser: on one screen at a desk, in one column on a phone, whole on paper, by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from app.pages.contents import CONTENTS

from .conftest import Opened
from .stage import PHONE, Stage

each_board = pytest.mark.parametrize("key", CONTENTS)
# A sheet of A4, and of letter paper, within its margins, in CSS pixels.
SHEETS = ({"width": 1047, "height": 718}, {"width": 980, "height": 740})
# What reaches over the edge of the sheet, or of a box that cuts it off.
_CUT = """() => [...document.querySelectorAll("#board *")].filter((one) => {
    if (!one.checkVisibility() || one.closest(".unseen, summary")) return false;
    const style = getComputedStyle(one), { right, width } = one.getBoundingClientRect();
    const cuts = !["visible", "clip"].includes(style.overflowX) && one.scrollWidth > one.clientWidth + 1;
    return cuts || (width > 0 && right > innerWidth + 1);
  }).map((one) => `${one.localName}.${one.getAttribute("class")} ${one.textContent.trim().slice(0, 40)}`)"""
_HEIGHT = "() => document.querySelector('#board .see').getBoundingClientRect().bottom"
_OVERLAP = """() => {
  const texts = [...document.querySelectorAll("#board figure svg text")].filter((one) => one.checkVisibility());
  const boxes = texts.map((one) => [one.textContent, one.getBoundingClientRect()]);
  const meet = ([, one], [, other]) => one.left < other.right - 1 && other.left < one.right - 1
    && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 0.45 * Math.min(one.height, other.height);
  return boxes.flatMap((one, i) => boxes.slice(i + 1).filter((other) => meet(one, other))
    .map((other) => `${one[0]} | ${other[0]}`));
}"""


@pytest.mark.sampled(3)
@each_board
def test_a_board_is_one_screen(stage: Stage, key: str) -> None:
    """Words, picture, numbers and the way to its step; what more there is to say stands below."""
    stage.open(f"/chapter/{key}")
    assert stage.page.evaluate(_HEIGHT) <= 720
    assert stage.page.evaluate(_OVERLAP) == []


@pytest.mark.sampled(3)
@each_board
def test_a_board_is_one_column_on_a_phone(opened: Opened, key: str) -> None:
    stage = opened(viewport=PHONE).open(f"/chapter/{key}")
    across = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert stage.page.evaluate(across) <= 0
    assert stage.page.evaluate(_OVERLAP) == []


@pytest.mark.sampled(3)
@each_board
def test_on_paper_a_board_is_a_page_and_nothing_is_cut_off(stage: Stage, key: str) -> None:
    stage.open(f"/chapter/{key}")
    pages = re.findall(rb"/Type\s*/Page\b", stage.page.pdf(prefer_css_page_size=True, format="A4"))
    assert len(pages) <= 2, "the board, and what there is to say in full"
    stage.page.emulate_media(media="print")
    for sheet in SHEETS:
        stage.page.set_viewport_size({"width": sheet["width"], "height": sheet["height"]})
        assert stage.page.evaluate(_CUT) == []
        picture = stage.at("#board figure.picture").bounding_box()
        assert picture is not None
        assert picture["y"] + picture["height"] <= sheet["height"], "the picture is on the first page"
    for hidden in ("#strip", "#step", "#begin"):
        expect(stage.at(hidden)).not_to_be_visible()
    for more in stage.at("#board .more > :not(summary, nav)").all():
        expect(more).to_be_visible()


def test_the_boards_are_gone_through_by_keyboard_from_the_way_in(stage: Stage) -> None:
    stage.open("/chapter?x=2,1")
    stage.at("#begin").press("Enter")
    for key, title in CONTENTS.items():
        expect(stage.page).to_have_url(re.compile(rf"/chapter/{key}\?x=2,1$"))
        expect(stage.at("h1")).to_contain_text(title.title)
        if key != "next":
            stage.at("#next").press("Enter")
    stage.at("#back").press("Enter")
    expect(stage.page).to_have_url(re.compile(r"/chapter/10\?x=2,1$"))


def test_a_number_that_is_typed_changes_the_board_in_place_and_back_undoes_it(stage: Stage) -> None:
    stage.open("/chapter/5")
    before = stage.at("#board figure").inner_text()
    stage.page.evaluate("window.stays = document.querySelector('#board')")
    stage.at("#field-x").fill("2, 1")
    stage.at("#field-x").press("Enter")
    expect(stage.page).to_have_url(re.compile(r"/chapter/5\?x=2,1$"))
    assert stage.at("#board figure").inner_text() != before
    assert stage.page.evaluate("window.stays === document.querySelector('#board')"), "no new page"
    stage.page.go_back()
    expect(stage.at("#field-x")).to_have_value("1, 0.5")
    assert stage.at("#board figure").inner_text() == before


def test_the_step_of_a_board_leads_back_to_it_with_what_was_typed(stage: Stage) -> None:
    stage.open("/chapter/5?x=2,1")
    stage.at("#step").click()
    expect(stage.page).to_have_url(re.compile(r"/backward\?x=2,1"))
    stage.at("#board-5").click()
    expect(stage.page).to_have_url(re.compile(r"/chapter/5\?x=2,1$"))
