"""Autoplay: it steps at its pace, until anything is done; and not at all where motion is not wanted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Opened
from .stage import Stage
from .test_hall_keys import STEPS


@pytest.fixture
def moving(opened: Opened) -> Stage:
    """A page whose reader has nothing against motion, with a clock that runs and that the test winds on."""
    stage = opened(reduced_motion="no-preference")
    stage.take_clock()
    return stage


def wound(stage: Stage, seconds: float) -> str:
    """Where the page is when that time has passed."""
    stage.page.clock.run_for(round(seconds * 1000))
    stage.page.clock.run_for(50)  # what comes is asked for and put in by timers, too
    return stage.address


def plays(stage: Stage) -> bool:
    return stage.at("#pace").is_visible()


def test_it_steps_every_eight_seconds_or_as_many_as_were_typed_until_the_end(moving: Stage) -> None:
    moving.open(STEPS[8])
    moving.page.keyboard.press("a")
    assert moving.page.inner_text("#pace") == "▶ 8 s"
    assert wound(moving, 4) == STEPS[8]
    moving.page.clock.run_for(4_000)
    moving.page.wait_for_url(f"**{STEPS[9]}")
    for key in ("a", "1", "2", "a"):
        moving.page.keyboard.press(key)
    assert moving.page.inner_text("#pace") == "▶ 12 s"
    assert wound(moving, 8) == STEPS[9]
    for there in STEPS[10:]:
        moving.settle()
        assert plays(moving)
        moving.page.clock.run_for(12_100)
        moving.page.wait_for_url(f"**{there}")
    moving.settle()
    assert not plays(moving), "there is no place after the last"


def test_a_stop_of_a_lecture_takes_its_own_time_which_its_parts_share(moving: Stage) -> None:
    for stop, pace in (("7", 45), ("17", 45), ("17.2", 45), ("18", 120)):
        moving.open(f"/lecture?stop={stop}&stage=1").page.keyboard.press("a")
        assert moving.page.inner_text("#pace") == f"▶ {pace} s"


def test_whatever_is_done_stops_it_but_for_a_pointer_that_moves(moving: Stage) -> None:
    moving.open(STEPS[3])
    inputs: dict[str, Callable[[], object]] = {
        "a key of it": lambda: moving.page.keyboard.press("a"),
        "any key": lambda: moving.page.keyboard.press("Shift"),
        "a press": lambda: moving.page.mouse.click(640, 20),
        "the wheel": lambda: moving.page.mouse.wheel(0, 10),
        "a page out of sight": lambda: moving.page.evaluate(
            """() => { Object.defineProperty(document, "hidden", { value: true, configurable: true });
                       document.dispatchEvent(new Event("visibilitychange")); delete document.hidden; }"""
        ),
    }
    for name, done in inputs.items():
        moving.page.keyboard.press("a")
        moving.page.mouse.move(500, 300)
        moving.page.mouse.move(600, 320)
        assert plays(moving), name
        done()
        moving.page.wait_for_function("() => document.getElementById('pace').hidden")
    assert wound(moving, 30) == STEPS[3]


def test_where_motion_is_not_wanted_it_does_not_start_and_says_so(stage: Stage) -> None:
    stage.open(STEPS[3]).press("a")
    says = "Autoplay is off, since this device asks for reduced motion."
    assert (stage.page.inner_text("#pace"), stage.at("#live").text_content()) == (says, says)
    stage.press("l")
    assert not plays(stage)
