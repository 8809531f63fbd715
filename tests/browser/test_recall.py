"""Recall in a browser: with JavaScript and without, by keyboard, on a phone."""

from __future__ import annotations

from .stage import Stage

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
