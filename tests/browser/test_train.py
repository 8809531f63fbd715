"""The step, as a person takes it: by the form and by presses, with JavaScript and without, by keyboard alone."""

from __future__ import annotations

from .stage import Stage


def test_a_step_is_chosen_and_taken_again_and_its_start_is_one_press_away(either: Stage) -> None:
    stage, page = either, either.page
    stage.open("/backward")
    page.get_by_role("link", name="Take the step").click()
    page.wait_for_url("**/backward?lr=0.1")
    page.locator("#train").click()
    page.wait_for_url("**/train")
    page.fill("#field-lr", "0.5")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/train?lr=0.5&hold=b")
    assert "Step 1: L falls from" in page.locator("#the-step").inner_text()
    page.get_by_role("link", name="10 more").press("Enter")
    page.wait_for_url("**/train?lr=0.5&hold=b&steps=11")
    assert page.locator("#the-run").inner_text() == "11 steps from the start"
    page.get_by_role("link", name="Same start again").press("Enter")
    page.wait_for_url("**/train?lr=0.5&hold=b")
    page.go_back()
    page.get_by_role("link", name="Backward from here").press("Enter")
    page.wait_for_url("**/backward?W=*")
    page.go_back()
    page.fill("#field-lr", "-1")
    page.get_by_role("button", name="Take the steps").click()
    assert "must be a finite number above 0" in page.locator("#wrong-lr").inner_text()
    assert page.locator("#field-lr").input_value() == "-1"
    assert page.locator("#the-run").inner_text() == "11 steps from the start", "the last good numbers still stand"
