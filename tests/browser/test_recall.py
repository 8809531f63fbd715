"""Recall in a browser: with JavaScript and without, by keyboard, on a phone."""

from __future__ import annotations

import re

import pytest

from .conftest import Opened
from .stage import PHONE, Stage
from .test_access import ACROSS, faults, unmeasured

INACTIVE = "b=0,-0.1,-0.6"


def test_a_question_is_answered_and_the_next_one_asked(either: Stage) -> None:
    """From the stage to the question, a wrong answer, the right one, and on; by keyboard where it types."""
    stage = either.open(f"/backward?{INACTIVE}")
    stage.page.click("#to-recall")
    assert stage.address == f"/recall?{INACTIVE}"
    stage.open(f"/recall?{INACTIVE}&q=z.3")
    stage.page.focus("#answer")
    stage.page.keyboard.type("−0.1")
    stage.page.keyboard.press("Enter")
    stage.page.wait_for_selector("#verdict")
    assert "The mask is missing" in stage.at("#verdict").inner_text()
    assert stage.page.input_value("#answer") == "−0.1"
    assert not stage.at("#answered").count()
    assert stage.focus() == "answer"
    stage.page.fill("#answer", "0")
    stage.page.click("#check")
    stage.page.wait_for_selector("#verdict.is-right")
    stage.page.click("#see-1")
    stage.page.wait_for_selector("#card")
    assert stage.address == f"/backward?{INACTIVE}&step=3&ask=z.3"
    stage.page.go_back()
    stage.page.click("#following")
    stage.page.wait_for_selector("#verdict", state="detached")
    stage.page.keyboard.press("ArrowRight")
    assert stage.address.startswith(f"/recall?{INACTIVE}"), "the keys of the stage are not those of this page"


def test_the_focus_is_back_in_the_field_after_a_wrong_answer_and_the_answer_one_press_away(either: Stage) -> None:
    """However it was sent; what is typed wrongly is no answer, and keeps the focus in the field as well."""
    stage = either.open("/recall?q=W")
    for typed, told in (("1, 2", "#verdict.is-wrong"), ("one", "#wrong-answer")):
        stage.page.fill("#answer", typed)
        stage.page.click("#check")
        stage.page.wait_for_selector(told)
        stage.settle()
        assert stage.focus() == "answer"
        assert stage.page.input_value("#answer") == typed
        assert stage.page.evaluate("scrollY") == 0
    stage.page.click("#show-me")
    stage.page.wait_for_selector("#answered .ladder")


def test_boxes_are_ticked_by_keyboard(either: Stage) -> None:
    stage = either.open(f"/recall?{INACTIVE}&q=zeros.z")
    stage.page.focus("#tick-3")
    stage.page.keyboard.press("Space")
    stage.page.focus("#check")
    stage.page.keyboard.press("Enter")
    stage.page.wait_for_selector("#verdict.is-right")
    assert stage.at("#tick-3").is_checked()


def test_the_menu_stands_beside_the_network_and_the_passes_on_a_phone(opened_on_a_phone: Stage) -> None:
    stage = opened_on_a_phone.open("/backward")
    boxes = [stage.at(part).bounding_box() for part in ("#choose", "#bar", "#menu")]
    middles = [box["y"] + box["height"] / 2 for box in boxes if box]
    assert len(middles) == 3
    assert max(middles) - min(middles) < 2


def test_the_answer_opens_line_by_line_by_keyboard(either: Stage) -> None:
    """One key opens a line, and one leads to the next; what was opened can be closed again where it was."""
    stage = either.open("/recall?q=by-indices")
    assert not stage.at("#line-1 .worked").first.is_visible()
    stage.page.focus("#thought")
    stage.page.keyboard.type("add over every output")
    stage.page.keyboard.press("Tab")
    stage.page.keyboard.press("Enter")
    assert stage.at("#hint-1 > p").is_visible()
    assert not stage.at("#hint-2 > p").is_visible()
    stage.page.keyboard.press("Tab")
    stage.page.keyboard.press("Enter")
    assert stage.at("#hint-2 > p").is_visible()
    for line in (1, 2, 3):
        tab_to(stage, f"#line-{line} > summary")
        stage.page.keyboard.press("Enter")
        assert stage.at(f"#line-{line} > .worked").is_visible()
        assert stage.page.evaluate("document.activeElement.closest('details').id") == f"line-{line}", "focus has stayed"
        assert not stage.at(f"#line-{line + 1} > .worked").is_visible()
        assert stage.at(f"#line-{line + 1} > summary").is_visible()
    assert stage.at("#line-3 > summary").inner_text().split() == ["Line", "3"]
    assert stage.page.input_value("#thought") == "add over every output"
    stage.page.keyboard.press("Enter")
    assert not stage.at("#line-3 > .worked").is_visible()


def tab_to(stage: Stage, selector: str) -> None:
    """Go on by Tab until there; formulas and tables that scroll, and signs that lead to the glossary, lie between."""
    for _ in range(40):
        stage.page.keyboard.press("Tab")
        if stage.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no Tab leads to {selector}")


def test_what_is_typed_and_opened_survives_an_edit_of_the_numbers_on_a_board(stage: Stage) -> None:
    """The board is patched, its picture and the numbers of the answer are other ones, and the page is the same."""
    stage.open("/chapter/5")
    stage.page.fill("#thought", "first index")
    stage.page.click("#hint-1 > summary")
    for line in range(1, 6):
        stage.page.click(f"#line-{line} > summary")
    before = stage.at("#line-5 > .worked").inner_text()
    stage.fill("x", "3, 0.5")
    stage.settle()
    assert "x=3,0.5" in stage.address
    assert stage.page.input_value("#thought") == "first index"
    assert stage.at("#hint-1 > p").is_visible()
    assert stage.at("#line-5 > .worked").is_visible()
    assert not stage.at("#line-6 > .worked").is_visible()
    assert stage.at("#line-5 > .worked").inner_text() != before
    assert "3.00" in stage.at("#line-5 > .worked").inner_text()


def test_what_was_written_goes_nowhere(stage: Stage) -> None:
    stage.open("/chapter/5")
    stage.page.fill("#thought", "secret3141")
    stage.fill("x", "3, 0.5")
    stage.settle()
    assert "secret3141" not in stage.page.url
    assert (
        stage.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])").count("3141")
        == 0
    )
    stage.page.reload()
    assert stage.page.input_value("#thought") == ""


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "address", ["/recall?q=why-vjp", "/recall?q=by-indices", "/recall?q=prediction-target", "/chapter/5"]
)
def test_every_line_can_be_read_by_everyone(stage: Stage, address: str) -> None:
    """All open: nothing is wider than a phone, all stands out from its ground, and axe finds nothing."""
    stage.open(address)
    stage.page.evaluate("() => { for (const one of document.querySelectorAll('.think details')) one.open = true; }")
    assert faults(stage, contrast=False) == ""
    for scheme in ("light", "dark"):
        assert unmeasured(stage, scheme) == []
    stage.page.set_viewport_size(PHONE)
    assert stage.page.evaluate(ACROSS) <= 0


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "address", ["/recall?q=saved&answer=1", "/recall?q=bracket.x&reveal=1", "/recall?q=sparse.z.W&answer=18,12"]
)
def test_questions_about_boards_can_be_answered_by_everyone(stage: Stage, address: str) -> None:
    stage.open(address)
    assert faults(stage, contrast=False) == ""
    stage.page.set_viewport_size({"width": 320, "height": 568})
    assert stage.page.evaluate(ACROSS) <= 0


def test_values_are_ticked_and_the_board_is_one_press_away(either: Stage) -> None:
    stage = either.open("/recall?q=saved")
    for box in (1, 2, 4, 5, 6):
        stage.page.check(f"#tick-{box}")
    stage.page.click("#check")
    stage.page.wait_for_selector("#verdict.is-right")
    stage.page.click("#see-board")
    stage.page.wait_for_selector("#board")
    assert stage.address == "/chapter/9"


def test_on_paper_only_what_is_open_is_shown(opened: Opened) -> None:
    stage = opened().open("/recall?q=by-indices")
    for line in (1, 2):
        stage.page.click(f"#line-{line} > summary")
    stage.page.emulate_media(media="print")
    assert stage.at("#line-2 > .worked").is_visible()
    for gone in ("#thought", "#line-3 > summary", "#hint-1 > summary", "#show-me"):
        assert not stage.at(gone).is_visible(), gone
    assert len(re.findall(rb"/Type\s*/Page\b", stage.page.pdf(prefer_css_page_size=True, format="A4"))) <= 2


# What reaches over the edge of the sheet, or of a box that cuts it off.
_CUT = """() => [...document.querySelectorAll("main *")].filter((one) => {
    if (!one.checkVisibility() || one.closest(".unseen, summary")) return false;
    const style = getComputedStyle(one), { right, width } = one.getBoundingClientRect();
    const cuts = !["visible", "clip"].includes(style.overflowX) && one.scrollWidth > one.clientWidth + 1;
    return cuts || (width > 0 && right > innerWidth + 1);
  }).map((one) => `${one.localName} ${one.textContent.trim().slice(0, 40)}`)"""


@pytest.mark.parametrize("kind", ["why-vjp", "by-indices", "prediction-target"])
def test_on_paper_a_whole_answer_is_not_cut_off(stage: Stage, kind: str) -> None:
    """A4, upright and on its side, within its margins."""
    stage.open(f"/recall?q={kind}&reveal=1")
    stage.page.emulate_media(media="print")
    for width in (718, 1047):
        stage.page.set_viewport_size({"width": width, "height": 718})
        assert stage.page.evaluate(_CUT) == []
    assert not stage.at("#questions").is_visible()
