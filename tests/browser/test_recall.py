"""Recall in a browser: with JavaScript and without, by keyboard, on a phone, and for everyone."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

from .conftest import Opened
from .stage import Stage
from .test_access import ACROSS, SCREENS

SHUT = "b=0,-0.1,-0.6"
# What each theme and screen is looked at with; what is not here is made of the same parts.
PAGES = {
    ("light", "desk"): [
        "/recall",
        f"/recall?{SHUT}&q=z.3&answer=-0.1",
        "/recall?q=why-vjp&reveal=1",
        "/recall?q=prediction-target&reveal=1",
    ],
    ("dark", "phone"): [
        "/recall?q=W&answer=abc",
        f"/recall?{SHUT}&q=zeros.z&answer=1",
        "/recall?q=why-vjp&reveal=1",
    ],
}


def test_axe_finds_nothing_and_nothing_scrolls_sideways(opened: Opened) -> None:
    axe = Axe()
    found: dict[str, str] = {}
    for (scheme, screen), paths in PAGES.items():
        stage = opened(viewport=SCREENS[screen], color_scheme=scheme)
        for path in paths:
            stage.open(path)
            assert stage.page.evaluate(ACROSS) <= 0, path
            results = axe.run(stage.page)
            if results.violations_count:
                found[f"{scheme} {path}"] = results.generate_report()
    assert found == {}


def test_a_question_is_answered_and_the_next_one_asked(either: Stage) -> None:
    """From the stage to the question, a wrong answer, the right one, and on; by keyboard where it types."""
    stage = either.open(f"/backward?{SHUT}")
    stage.page.click("#to-recall")
    assert stage.address == f"/recall?{SHUT}"
    stage.open(f"/recall?{SHUT}&q=z.3")
    stage.page.focus("#answer")
    stage.page.keyboard.type("−0.1")
    stage.page.keyboard.press("Enter")
    stage.page.wait_for_selector("#verdict")
    assert "The mask is missing" in stage.at("#verdict").inner_text()
    assert stage.page.input_value("#answer") == "−0.1"
    stage.page.fill("#answer", "0")
    stage.page.click("#check")
    stage.page.wait_for_selector("#verdict.is-right")
    stage.page.click("#see-1")
    stage.page.wait_for_selector("#card")
    assert stage.address == f"/backward?{SHUT}&step=3&ask=z.3"
    stage.page.go_back()
    stage.page.click("#another")
    stage.page.wait_for_selector("#verdict", state="detached")
    stage.page.keyboard.press("ArrowRight")
    assert stage.address.startswith(f"/recall?{SHUT}"), "the keys of the stage are not those of this page"


def test_boxes_are_ticked_by_keyboard(either: Stage) -> None:
    stage = either.open(f"/recall?{SHUT}&q=zeros.z")
    stage.page.focus("#tick-3")
    stage.page.keyboard.press("Space")
    stage.page.focus("#check")
    stage.page.keyboard.press("Enter")
    stage.page.wait_for_selector("#verdict.is-right")
    assert stage.at("#tick-3").is_checked()


def test_the_links_of_the_stage_stand_beside_its_name_on_a_phone(opened_on_a_phone: Stage) -> None:
    stage = opened_on_a_phone.open("/backward")
    name, links = stage.at(".bar h1").bounding_box(), stage.at(".more").bounding_box()
    assert name
    assert links
    assert abs(name["y"] - links["y"]) < name["height"]
