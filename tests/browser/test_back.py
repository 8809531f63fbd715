"""The browser's Back undoes an edit; steps and what else one looks at are no entries. And where the focus goes."""

from __future__ import annotations

import re

from .stage import Server, Stage
from .test_scrub import middle


def back(stage: Stage) -> str:
    """Go back, and return the address."""
    stage.page.go_back()
    stage.settle()
    return stage.address


def entries(stage: Stage) -> int:
    return int(stage.page.evaluate("history.length"))


def test_three_edits_are_undone_one_by_one_and_then_the_page_is_left(either: Stage) -> None:
    """With steps between, which are no entries where there are scripts."""
    stage = either.open("/api").open("/backward?step=3")
    for name, text in (("x", "2, 1"), ("b", "1, 1, 1"), ("y", "0, 0, 0")):
        stage.fill(name, text)
        stage.page.wait_for_url(re.compile(rf"[?&]{name}=.*&was="))
    for left in ("x=2,1&b=1,1,1&step=3", "x=2,1&step=3", "step=3"):
        stage.page.go_back()
        stage.page.wait_for_function("there => location.search.replace(/&was=.*/, '') === `?${there}`", arg=left)
        stage.settle()
        shown = stage.page.request.get(f"{stage.server.url}/api/backward?{left}").json()["nodes"]
        values = next(node["value"] for node in shown if node["name"] == "x")
        assert [float(text) for text in stage.cells("x")] == values
    stage.page.go_back()
    stage.page.wait_for_url("**/api")


def test_an_edit_is_undone_from_wherever_one_has_stepped_and_can_be_had_again(stage: Stage) -> None:
    stage.open("/forward?step=1")
    stage.fill("x", "2, 1")
    stage.click("#to-backward")
    stage.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert stage.address == "/backward?x=2,1&step=4"
    assert back(stage) == "/forward?step=1"
    assert stage.cells("x") == ["1.00", "0.50"]
    assert stage.page.input_value("#field-x") == "1, 0.5"
    stage.page.go_forward()
    stage.settle()
    assert stage.address == "/backward?x=2,1&step=4"
    assert stage.cells("x") == ["2.00", "1.00"]
    stage.press("ArrowRight")
    assert stage.address == "/backward?x=2,1&step=5", "all goes on working"


def test_an_example_a_reset_and_undo_are_entries_and_views_are_not(stage: Stage) -> None:
    stage.open("/backward")
    count = entries(stage)
    for pressed in ("#example-2", "#tab-check", "#cell-x-1-wide", "#close", "#example-1"):
        stage.click(pressed)
    stage.fill("x", "2, 1")
    stage.click("#undo")
    assert entries(stage) == count + 4
    assert [back(stage) for _ in range(4)] == [
        "/backward?x=2,1",
        "/backward",
        "/backward?b=0,-0.1,-0.6",
        "/backward",
    ]


def test_what_changes_nothing_is_no_entry(stage: Stage) -> None:
    stage.open("/backward?x=2,1")
    count = entries(stage)
    stage.page.press("#field-x", "Enter")
    stage.settle()
    stage.fill("x", "2.0,  1.00")
    assert entries(stage) == count
    stage.fill("x", "3, 1")
    stage.fill("x", "3, 1")
    stage.click("#example-1")
    stage.click("#example-1")
    assert entries(stage) == count + 2


def test_a_slip_is_an_entry_until_it_is_mended(stage: Stage) -> None:
    stage.open("/backward")
    count = entries(stage)
    for typed in ("2, one", "two, one", "2", "2, 1"):
        stage.fill("x", typed)
    assert stage.at(".wrong").count() == 0
    assert entries(stage) == count + 1
    assert back(stage) == "/backward"
    stage.fill("x", "two")
    assert stage.at("#wrong-x").is_visible()
    assert back(stage) == "/backward"
    assert stage.at("#wrong-x").count() == 0


def test_a_drag_is_one_edit(stage: Stage) -> None:
    stage.open("/backward?step=3")
    count = entries(stage)
    for key in ("b.2", "b.2", "x.1"):
        x, y = middle(stage, key)
        stage.page.mouse.move(x, y)
        stage.page.mouse.down()
        stage.page.mouse.move(x + 60, y, steps=8)
        stage.page.mouse.up()
        stage.settle()
    assert stage.address == "/backward?x=1.5,0.5&b=0,0.9,0&step=3"
    assert entries(stage) == count + 3
    assert back(stage) == "/backward?b=0,0.9,0&step=3"
    assert back(stage) == "/backward?b=0,0.4,0&step=3"
    assert back(stage) == "/backward?step=3"


def test_a_key_held_down_on_a_number_is_one_edit_and_after_back_it_starts_from_what_is_there(
    stage: Stage, server: Server
) -> None:
    stage.open("/forward?step=1")
    count = entries(stage)
    stage.page.focus("#cell-b-2-wide")
    server.delay = 0.03
    for _ in range(6):
        stage.page.keyboard.down("+")
    stage.page.keyboard.up("+")
    stage.settle()
    stage.press("+", "+")
    assert stage.address == "/forward?b=0,0.3,0&step=1"
    assert entries(stage) == count + 1
    assert back(stage) == "/forward?step=1"
    assert stage.focus() == "cell-b-2-wide"
    stage.press("+")
    assert stage.address == "/forward?b=0,-0.05,0&step=1"
    stage.page.focus("#cell-b-1-wide")
    stage.press("+")
    assert back(stage) == "/forward?b=0,-0.05,0&step=1", "another number is another edit"


def test_back_while_an_answer_is_on_its_way_shows_what_its_address_says(stage: Stage, server: Server) -> None:
    stage.open("/forward?step=1")
    stage.fill("x", "2, 1")
    server.delay = 0.3
    stage.page.keyboard.press("Tab")
    stage.page.locator("#next").focus()
    stage.page.keyboard.press("Enter")
    stage.page.go_back()
    server.delay = 0
    stage.page.wait_for_url("**/forward?step=1")
    stage.until("document.querySelector('#cell-x-1-wide .value')?.textContent === '1.00'")
    stage.settle()
    assert stage.address == "/forward?step=1"
    assert stage.cells("x") == ["1.00", "0.50"]


def test_the_other_pages_undo_their_edits_too(stage: Stage) -> None:
    stage.open("/heads")
    stage.until("document.querySelector('#switch[data-htmx-powered]')")
    stage.fill("x", "2, 1")
    stage.click("#switch")
    stage.click("#stop-1")
    assert back(stage) == "/heads?x=2,1&unfused=1"
    assert back(stage) == "/heads"
    stage.page.focus("#slider")
    stage.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    stage.page.wait_for_url("**/heads?z=*")
    assert back(stage) == "/heads"
    stage.open("/cost")
    stage.until("document.querySelector('#scale [data-htmx-powered]')")
    stage.fill("n", "1024")
    stage.click("#more-m")
    assert back(stage) == "/cost?n=1024"
    assert back(stage) == "/cost"


def test_the_focus_returns_from_close_to_what_was_asked_from(stage: Stage) -> None:
    stage.open("/backward")
    stage.page.focus("#cell-W-2-1-wide")
    stage.press("Enter")
    stage.page.fill("#eps", "-0.1")
    stage.page.press("#eps", "Enter")
    stage.settle()
    stage.page.focus("#close")
    stage.press("Enter")
    assert stage.address == "/backward"
    assert stage.focus() == "cell-W-2-1-wide"


def test_the_focus_returns_from_undo_to_what_was_edited(stage: Stage) -> None:
    stage.open("/backward")
    stage.fill("b", "1, 1, 1")
    stage.page.focus("#undo")
    stage.press("Enter")
    assert (stage.address, stage.focus()) == ("/backward", "field-b")
    stage.page.focus("#cell-x-1-wide")
    stage.press("+")
    stage.page.focus("#undo")
    stage.press("Enter")
    assert (stage.address, stage.focus()) == ("/backward", "cell-x-1-wide")
    stage.page.focus("#example-2")
    stage.press("Enter")
    assert back(stage) == "/backward"
    assert stage.focus() == "example-2"


def test_after_a_wrong_answer_the_focus_is_in_the_field_to_try_again(stage: Stage) -> None:
    stage.open("/recall?q=W.2.1")
    stage.until("document.querySelector('#answering[data-htmx-powered]')")
    stage.page.fill("#answer", "one")
    stage.page.press("#answer", "Enter")
    stage.page.wait_for_selector("#wrong-answer")
    assert stage.focus() == "answer"
    stage.page.fill("#answer", "3")
    stage.page.focus("#check")
    stage.press("Enter")
    stage.page.wait_for_selector("#verdict")
    assert stage.focus() == "answer"
    assert stage.page.input_value("#answer") == "3"
    verdict = stage.at("#verdict p").first.inner_text()
    told = stage.at("#live").text_content() or ""
    assert told == f"{verdict} Try again.", "what a page that comes whole would have told"
    assert back(stage) == "/recall?q=W.2.1"
    assert stage.at("#verdict, #wrong-answer").count() == 0
