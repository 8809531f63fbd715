"""Keys and clickers on the stage: each does what its row of the list says, on any layout, and no step is lost."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Opened
from .stage import Stage

# Every place of the first network's steps, on the stage.
STEPS = [
    "/forward?stage=1",
    *(f"/forward?step={step}&stage=1" for step in range(4)),
    *(f"/backward?step={step}&stage=1" for step in range(1, 7)),
    "/backward?stage=1",
]

# A key as a layout sends it: what it writes, where it is, and whether Shift is held.
_SEND = """keys => { for (const [key, code, shiftKey] of keys) {
  const target = document.activeElement ?? document.body;
  target.dispatchEvent(new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true, cancelable: true })); } }"""
_SEEN = """() => ({ blank: !document.getElementById("blank").hidden,
                   white: document.getElementById("blank").matches(".is-white"),
                   theme: document.documentElement.dataset.theme ?? "",
                   laser: !document.getElementById("laser").hidden,
                   keys: document.getElementById("keys").open })"""


def seen(stage: Stage) -> dict[str, Any]:
    """What lies over the picture, and in which colours it is."""
    found: dict[str, Any] = stage.page.evaluate(_SEEN)
    return found


def send(stage: Stage, *keys: tuple[str, str] | tuple[str, str, bool]) -> None:
    """Send keys as they come, and wait until what they lead to is there."""
    stage.page.evaluate(_SEND, [(*key, False)[:3] for key in keys])
    stage.settle()


@pytest.fixture
def hall(stage: Stage) -> Stage:
    """The stage at its fifth place, the first step of the backward pass."""
    return stage.open(STEPS[5])


def test_each_key_takes_the_step_that_hands_expect_of_it(hall: Stage) -> None:
    at = 5
    for key, then in [
        *((key, 6) for key in ("ArrowRight", "PageDown", " ", "n", "N", "Enter")),
        *((key, 4) for key in ("ArrowLeft", "PageUp", "Shift+ ", "p", "Backspace")),
        ("Home", 0),
        ("End", 11),
    ]:
        hall.open(STEPS[at]).press(key)
        assert hall.address == STEPS[then], key


def test_the_phases_are_forward_loss_backward_and_the_end(hall: Stage) -> None:
    hall.open(STEPS[0])
    for then in (1, 4, 5, 11, 11):
        hall.press("ArrowDown")
        assert hall.address == STEPS[then]
    for then in (5, 4, 1, 0, 0):
        hall.press("ArrowUp")
        assert hall.address == STEPS[then]


# The full stop, B, W, comma, N and 4 as layouts send them: a clicker sends codes, the layout says what they write.
LAYOUTS = {
    "US and German": [(".", "Period"), ("b", "KeyB"), ("w", "KeyW"), (",", "Comma"), ("n", "KeyN"), ("4", "Digit4")],
    "French": [(":", "Period"), ("b", "KeyB"), ("w", "KeyZ"), (",", "KeyM"), ("n", "KeyN"), ("'", "Digit4")],
    "Dvorak": [("v", "Period"), ("x", "KeyB"), ("w", "Comma"), (",", "KeyW"), ("n", "KeyL"), ("4", "Digit4")],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_key_is_what_it_writes_on_its_layout(hall: Stage, layout: str) -> None:
    dot, b, w, comma, n, four = LAYOUTS[layout]
    for black in (dot, b):
        send(hall, black)
        assert (seen(hall)["blank"], seen(hall)["white"]) == (True, False)
        send(hall, black)
        assert not seen(hall)["blank"]
    for white in (w, comma):
        send(hall, white)
        assert (seen(hall)["blank"], seen(hall)["white"]) == (True, True)
        send(hall, n)
        assert not seen(hall)["blank"]
    assert hall.address == STEPS[5], "what brings the picture back takes no step"
    send(hall, n)
    assert hall.address == STEPS[6]
    send(hall, four, ("Enter", "Enter"))
    assert hall.address == STEPS[8]
    send(hall, ("?", "Slash", True))
    assert seen(hall)["keys"]


def test_a_number_and_enter_lead_to_that_step_of_the_pass(hall: Stage) -> None:
    hall.press("g", "6", "Enter")
    assert hall.address == STEPS[10]
    hall.open(STEPS[0]).press("2", "Enter")
    assert hall.address == STEPS[3]
    hall.press("2", "Escape", "Enter")
    assert hall.address == STEPS[4], "what was typed is gone"
    hall.press("9", "9", "Enter")
    assert hall.address == STEPS[4], "there is no such step"
    assert hall.page.inner_text("#live.trouble") == "There is no place 99 here."
    hall.press("g", "Enter")
    assert hall.address == STEPS[4], "no number was typed after all"


def test_escape_closes_only_what_is_on_top(hall: Stage) -> None:
    hall.press("l", "b")
    assert (seen(hall)["laser"], seen(hall)["blank"]) == (True, True)
    hall.press("Escape")
    assert (seen(hall)["laser"], seen(hall)["blank"]) == (True, False)
    hall.press("Escape", "Escape")
    assert not seen(hall)["laser"]
    hall.press("F1", "ArrowRight", "Escape")
    assert not seen(hall)["keys"]
    hall.press("?", "F5")
    assert seen(hall)["keys"], "a clicker's button loads nothing anew"
    hall.press("?")
    assert not seen(hall)["keys"]
    assert hall.address == STEPS[5]


def test_a_clicker_s_buttons_start_step_and_blank(hall: Stage) -> None:
    send(hall, ("F5", "F5"), ("PageDown", "PageDown"), ("Escape", "Escape"), ("PageUp", "PageUp"), ("PageUp", "PageUp"))
    assert hall.address == STEPS[4]
    hall.open("/backward?step=1").page.keyboard.press("F5")
    hall.page.wait_for_url("**/backward?step=1&stage=1")


def test_themes_change_by_turns_and_stay_while_one_steps_and_when_a_page_is_loaded_anew(hall: Stage) -> None:
    before_the_rest = """() => [document.querySelector("head script").src.includes("/theme."),
                                document.querySelector("head script").matches(":not([defer], [type])")]"""
    for theme in ("light", "dark", "contrast"):
        hall.press("d", "ArrowRight")
        assert seen(hall)["theme"] == theme
        hall.page.reload()
        assert seen(hall)["theme"] == theme
    assert hall.page.evaluate(before_the_rest) == [True, True], "it is there before anything is painted"
    hall.press("l")
    hall.open(STEPS[3])
    assert (seen(hall)["theme"], seen(hall)["laser"]) == ("contrast", True)
    hall.open("/backward")
    assert hall.page.evaluate("() => document.documentElement.dataset.theme") is None, "the stage alone has themes"
    hall.open(STEPS[3]).press("d", "l")
    assert (seen(hall)["theme"], seen(hall)["laser"]) == ("", False)
    assert hall.page.evaluate("() => localStorage.length + sessionStorage.length") == 0


def test_the_formula_comes_and_goes_and_is_kept_while_one_steps(hall: Stage) -> None:
    hall.press("e", "ArrowRight")
    assert hall.address == "/backward?step=2&stage=formula"
    hall.press("e")
    assert hall.address == STEPS[6]


def test_no_key_acts_with_a_modifier_or_where_keys_are_off(hall: Stage) -> None:
    for modifier in ("Control", "Alt", "Meta"):
        hall.press(f"{modifier}+b", f"{modifier}+n", f"{modifier}+PageDown")
    assert (hall.address, seen(hall)["blank"]) == (STEPS[5], False)
    hall.open(f"{STEPS[5]}&keys=off").press("n", "b", "ArrowRight", "PageDown", "4", "?")
    assert (hall.address, seen(hall)["blank"], seen(hall)["keys"]) == (f"{STEPS[5]}&keys=off", False, False)


def test_a_key_held_for_five_seconds_ends_at_the_end_and_in_a_lecture_at_its_start(hall: Stage) -> None:
    held = """async ([key, presses]) => { for (let press = 0; press < presses; press += 1) {
      const init = { key, code: key, repeat: press > 0, bubbles: true, cancelable: true };
      document.body.dispatchEvent(new KeyboardEvent("keydown", init));
      await new Promise((go) => setTimeout(go, 1000 / 30)); } }"""
    hall.page.evaluate(held, ["PageDown", 60])
    hall.settle()
    assert hall.address == STEPS[-1]
    hall.open("/lecture?stop=28&stage=1").page.evaluate(held, ["PageUp", 150])
    hall.settle()
    assert hall.address == "/lecture?stop=1&stage=1", "over stops, questions and their answers"


def test_quick_presses_are_all_taken_in_their_order(hall: Stage) -> None:
    hall.open(STEPS[2])
    send(hall, *[("ArrowRight", "ArrowRight")] * 5, ("ArrowLeft", "ArrowLeft"), ("n", "KeyN"))
    assert hall.address == STEPS[7]
    assert hall.at("#drawing-stage .group.now").count() == 1


def test_the_pointer_is_hidden_when_it_rests_and_so_are_the_controls(hall: Stage) -> None:
    hall.take_clock()
    hall.open(STEPS[5])
    hall.page.mouse.move(100, 100)
    hall.page.clock.run_for(3100)
    assert hall.at("html.idle").count() == 1
    hall.page.mouse.move(120, 100)
    assert hall.at("html.idle").count() == 0


def test_without_a_script_the_stage_steps_by_its_links(opened: Opened) -> None:
    plain = opened(java_script_enabled=False).open(STEPS[5])
    plain.click("#next")
    assert plain.address == STEPS[6]
    plain.click("#formula")
    assert plain.address == "/backward?step=2&stage=formula"
    plain.click("#leave")
    assert plain.address == "/backward?step=2"
