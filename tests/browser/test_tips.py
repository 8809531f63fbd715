"""Signs and terms explain themselves: by the mouse, by the keyboard, by touch, and without a script by a link."""

from __future__ import annotations

import pytest

from .stage import Server, Stage

TERM = "#card .rung .term[data-term=entrywise]"
_PLACED = """() => {
  const tip = document.getElementById("tip").getBoundingClientRect();
  return tip.left >= 0 && tip.top >= 0 && tip.right <= innerWidth && tip.bottom <= innerHeight;
}"""
OPEN = "document.querySelector('#tip:popover-open')"


def opened(stage: Stage) -> str:
    """The tip's text, once it is there."""
    stage.until(OPEN)
    return stage.at("#tip").inner_text()


def test_the_mouse_opens_a_tip_that_can_be_gone_over(stage: Stage, server: Server) -> None:
    stage.open("/backward?step=3").rest()
    server.asked.clear()
    stage.page.hover(TERM)
    said = opened(stage)
    assert "entrywise product" in said
    assert "(0.20, −0.10, 0.10) ⊙ (1, 1, 1)" in said
    assert stage.at(TERM).get_attribute("aria-describedby") == "tip"
    stage.page.hover("#tip a")
    stage.page.wait_for_timeout(300)
    assert stage.at("#tip").is_visible()
    stage.page.mouse.move(0, 0)
    stage.until(f"!{OPEN}")
    assert stage.at(TERM).get_attribute("aria-describedby") is None
    stage.page.hover("#card .term[data-term=indicator]")
    assert "1 in each entry where the condition" in opened(stage)
    assert server.asked == ["/glossary?"], "the glossary is asked for once"


def test_the_focus_opens_a_tip_and_enter_leads_on(stage: Stage) -> None:
    stage.open("/backward?step=3")
    stage.page.focus(".facts .term >> nth=0")  # Tab goes on from here
    stage.press("Tab")
    assert "upstream gradient" in opened(stage)
    assert stage.page.evaluate("document.activeElement.dataset.term") == "upstream"
    stage.press("Escape")
    assert stage.at("#tip").is_hidden()
    assert stage.page.evaluate("document.activeElement.dataset.term") == "upstream"
    stage.press("Tab")
    assert "saves, reads (saved)" in opened(stage)
    stage.press("ArrowRight")
    assert stage.address == "/backward?step=4"
    assert stage.at("#tip").is_hidden(), "what it spoke of is gone"
    stage.page.focus(".facts .term >> nth=3")
    stage.press("Tab")
    opened(stage)
    stage.page.keyboard.press("Enter")
    stage.page.wait_for_url("**/glossary#jacobian-avoided")
    assert stage.at("#jacobian-avoided").is_visible()


def test_a_tap_opens_a_tip_whose_link_leads_to_the_glossary(opened_on_a_phone: Stage) -> None:
    stage = opened_on_a_phone.open("/backward?step=3")
    stage.page.tap(TERM)
    assert "entrywise product" in opened(stage)
    assert stage.page.evaluate(_PLACED)
    assert stage.address == "/backward?step=3"
    stage.page.touchscreen.tap(195, 100)
    stage.until(f"!{OPEN}")
    stage.page.tap(TERM)
    opened(stage)
    stage.page.tap("#tip a")
    stage.page.wait_for_url("**/glossary#entrywise")
    assert stage.at("#entrywise").is_visible()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (320, 256)])
def test_a_tip_is_never_cut_off(stage: Stage, width: int, height: int) -> None:
    stage.page.set_viewport_size({"width": width, "height": height})
    stage.open("/backward?b=0,-0.1,-0.6&step=3")
    terms = stage.at("[data-term]:visible").all()
    for term in (terms[0], terms[len(terms) // 2], terms[-1]):
        stage.press("Escape")  # no tip lies over it
        term.evaluate("(one) => one.scrollIntoView({ block: 'center' })")
        term.hover()
        stage.until(OPEN)
        assert stage.page.evaluate(_PLACED), term.get_attribute("data-term")


def test_without_a_script_a_term_is_a_link_to_its_entry(stage: Stage) -> None:
    """And so it is while the server has no glossary for the tip."""
    stage.open("/backward?step=3")
    assert stage.at(TERM).get_attribute("href") == "/glossary#entrywise"
    stage.page.route("**/glossary", lambda route: route.abort())
    stage.page.hover(TERM)
    stage.page.wait_for_timeout(100)
    assert stage.at("#tip").is_hidden()
    stage.page.unroute("**/glossary")
    stage.complaints.clear()
    stage.page.mouse.move(0, 0)
    stage.page.hover(TERM)
    assert "entrywise product" in opened(stage)
