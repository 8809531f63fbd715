"""Keys and quick hands: each press is one step, in order, and none is lost; the focus stays where it was."""

from __future__ import annotations

import re

import pytest

from .stage import Server, Stage

# The one walk of the first network.
STEPS = [
    "/forward",
    *(f"/forward?step={step}" for step in range(4)),
    *(f"/backward?step={step}" for step in range(1, 7)),
    "/backward",
]
SLOW = 0.12  # longer than a person needs from one press to the next


def arrive(stage: Stage, address: str) -> None:
    """Wait until the page is there, and stays."""
    stage.page.wait_for_function("where => location.pathname + location.search === where", arg=address)
    stage.settle()
    assert stage.address == address
    assert stage.at("link[rel=canonical]").count() == 1
    # what is passed on does not tell which step was left
    assert stage.at("#copy").get_attribute("data-copy") == re.sub(r"[?&]resume=[^&]*$", "", address)


# One after the other, with the place that each leads to.
KEYS = [
    ("ArrowRight", 4),
    ("PageUp", 3),
    ("PageDown", 4),
    ("ArrowLeft", 3),
    ("Home", 0),
    ("ArrowLeft", 0),
    ("End", 11),
    ("ArrowRight", 11),
    ("End", 11),
]


def test_a_key_takes_the_step_of_its_control(stage: Stage) -> None:
    stage.open(STEPS[3])
    for key, then in KEYS:
        stage.press(key)
        arrive(stage, STEPS[then])


def test_the_arrow_walks_the_whole_timeline_and_back(stage: Stage) -> None:
    stage.open(STEPS[0])
    for address in STEPS[1:]:
        stage.press("ArrowRight")
        assert stage.address == address
    for address in reversed(STEPS[:-1]):
        stage.press("ArrowLeft")
        assert stage.address == address


@pytest.mark.parametrize("delay", [0.0, SLOW])
def test_four_quick_presses_land_four_steps_on(stage: Stage, server: Server, delay: float) -> None:
    stage.without_walk_ahead().open(STEPS[1])
    server.delay = delay
    for _ in range(4):
        stage.page.keyboard.press("ArrowRight")
    arrive(stage, STEPS[5])


def test_a_key_held_down_walks_a_step_for_each_repeat(stage: Stage, server: Server) -> None:
    stage.without_walk_ahead().open(STEPS[0])
    server.delay = SLOW / 3
    for _ in range(6):
        stage.page.keyboard.down("ArrowRight")  # without a key-up between them, these are repeats
    stage.page.keyboard.up("ArrowRight")
    arrive(stage, STEPS[6])


def test_keys_and_clicks_mix_and_keep_their_order(stage: Stage, server: Server) -> None:
    stage.without_walk_ahead().open(STEPS[2])
    box = stage.at("#next").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    server.delay = SLOW
    stage.page.keyboard.press("ArrowRight")
    stage.page.mouse.click(x, y)
    stage.page.mouse.click(x, y)
    stage.page.keyboard.press("ArrowLeft")
    stage.page.keyboard.press("ArrowRight")
    stage.page.mouse.click(x, y)
    arrive(stage, STEPS[6])


def test_presses_beyond_the_end_are_no_debt(stage: Stage, server: Server) -> None:
    stage.without_walk_ahead().open(STEPS[9])
    server.delay = SLOW / 2
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        stage.page.keyboard.press(key)
    arrive(stage, STEPS[10])


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "jump", ["#stop-8", "#to-backward", "#example-2", "#node-b-wide", "#cell-b-2-wide", "#tab-why"]
)
def test_a_jump_while_a_step_is_under_way_is_not_lost(stage: Stage, server: Server, jump: str) -> None:
    stage.without_walk_ahead().open("/backward?step=1")
    aim = stage.at(jump).get_attribute("href")
    server.delay = SLOW
    stage.page.keyboard.press("ArrowRight")
    stage.page.click(f"{jump} .name" if "node" in jump else jump)
    # an example, a cell or a tab keeps the step it finds, and by then that is the next one
    arrive(stage, (aim or "").replace("step=1", "step=2").replace("resume=backward.1", "resume=backward.2"))


def test_home_and_end_after_quick_steps_have_the_last_word(stage: Stage, server: Server) -> None:
    stage.without_walk_ahead().open(STEPS[4])
    server.delay = SLOW / 2
    for key in ("ArrowRight", "ArrowRight", "Home", "ArrowRight"):
        stage.page.keyboard.press(key)
    arrive(stage, STEPS[1])


def test_keys_do_nothing_in_a_field_but_edit(stage: Stage, server: Server) -> None:
    stage.open("/forward?step=1")
    stage.page.focus("#field-x")
    stage.rest()
    server.asked.clear()
    stage.press("Home", "ArrowRight", "PageDown", "ArrowLeft", "PageUp", "End", "ArrowLeft")
    assert (stage.address, server.asked) == ("/forward?step=1", [])
    assert stage.page.evaluate("document.activeElement.selectionStart") == len("1, 0.5") - 1


def test_a_modified_key_belongs_to_the_browser(stage: Stage, server: Server) -> None:
    stage.open("/forward?step=1")
    stage.rest()
    server.asked.clear()
    for modifier in ("Control", "Shift", "Meta"):
        stage.press(f"{modifier}+ArrowRight", f"{modifier}+End", f"{modifier}+PageDown")
    assert (stage.address, server.asked) == ("/forward?step=1", [])


def test_other_keys_do_nothing(stage: Stage, server: Server) -> None:
    stage.open("/forward?step=1")
    stage.rest()
    server.asked.clear()
    stage.press("ArrowDown", "ArrowUp", "n", "1", "Escape", "Delete", "+")
    assert (stage.address, server.asked) == ("/forward?step=1", [])


def test_one_back_leaves_the_page_after_steps_and_jumps(stage: Stage) -> None:
    stage.open("/api").open("/")
    stage.press("Home", "ArrowRight", "ArrowRight")
    stage.click("#to-backward")
    stage.click("#stop-6")
    stage.page.go_back()
    stage.page.wait_for_url("**/api")
    assert stage.at("main#api").count() == 1
    stage.page.go_forward()
    stage.page.wait_for_url("**/backward?step=3")


def test_a_reload_shows_the_same_picture(stage: Stage) -> None:
    stage.open("/")
    stage.press("ArrowLeft", "ArrowLeft")
    before = stage.page.inner_text("#page")
    stage.page.reload()
    assert stage.page.inner_text("#page") == before


def test_the_focus_stays_on_next(stage: Stage) -> None:
    stage.open(STEPS[0])
    stage.page.focus("#next")
    for address in STEPS[1:]:
        stage.press("Enter")
        assert (stage.address, stage.focus()) == (address, "next")
    stage.press("Enter")
    assert stage.address == STEPS[-1]
    stage.press("ArrowLeft")
    assert (stage.address, stage.focus()) == (STEPS[-2], "next")
    stage.press("Enter")
    assert stage.address == STEPS[-1]


def test_the_focus_stays_on_what_was_pressed(stage: Stage) -> None:
    stage.open("/backward?step=5")
    for name in ("node-W-wide", "stop-2", "to-backward", "example-3"):
        stage.page.focus(f"#{name}")
        stage.press("Enter")
        assert stage.focus() == name
        assert stage.page.evaluate("document.activeElement.matches(':focus-visible')")


# All that can be worked, in document order.
_REACHABLE = """() => [...document.querySelectorAll(
  "a[href], button, summary, input:not([type=hidden]), [tabindex='0']")]
  .filter((one) => one.checkVisibility() && one.tabIndex >= 0)
  .map((one) => one.id || one.className || one.localName)"""


def test_tab_stops_at_no_drawing_that_is_not_shown(opened_on_a_phone: Stage) -> None:
    stage = opened_on_a_phone.open("/")
    names = stage.page.evaluate(_REACHABLE)
    assert "node-z-tall" in names
    assert not [name for name in names if name.endswith("-wide")]
