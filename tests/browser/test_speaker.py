"""The speaker's view beside the lecture's screen: both windows are in step, whoever steps; and both show one timer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from app.pages.lecture.chapter import CHAPTER
from app.state.playlist import minutes

from .conftest import Opened
from .stage import Stage

_MEASURE = (Path(__file__).parent / "hall.js").read_text(encoding="utf-8")
# A page as it stands, without what scripts and the browser add.
_OWN = r"""() => document.getElementById("page").outerHTML
                       .replace(/ (data-htmx-powered|tabindex)="[^"]*"/g, "").replace(/ class=""/g, "")"""


@contextmanager
def speaker_of(stage: Stage) -> Iterator[Page]:
    """The window that S opens."""
    with stage.context.expect_page() as opened:
        stage.page.keyboard.press("s")
    view = opened.value
    view.wait_for_selector("[data-htmx-powered]")
    yield view
    view.close()


# A short lecture, so that all of it is soon there ahead of the steps.
_STOPS = (
    "stops=" + "%0A".join(f"/backward?step={step}" for step in (1, 2, 3)).replace("?", "%3F") + "%0A/recall%3Fq=W.2.1"
)


def at(page: Page, address: str) -> None:
    """Wait until a window is there."""
    page.wait_for_function("there => location.pathname + location.search === there", arg=address, timeout=10_000)


def both_at(stage: Stage, view: Page, **names: str) -> None:
    """Wait until both windows are at a place, as these names of their addresses say."""
    there = "names => { const own = new URLSearchParams(location.search); "
    there += "return Object.entries(names).every(([name, text]) => (own.get(name) ?? '') === text); }"
    for page, path in ((stage.page, "/lecture"), (view, "/speaker")):
        page.wait_for_function(there, arg={"away": "", **names}, timeout=10_000)
        assert page.evaluate("() => location.pathname") == path


def test_two_windows_step_together_whoever_steps(stage: Stage) -> None:
    stage.open(f"/lecture?{_STOPS}&stop=1&stage=1")
    with speaker_of(stage) as view:
        both_at(stage, view, stop="1")
        stage.page.keyboard.press("PageDown")
        both_at(stage, view, stop="2")
        view.keyboard.press(" ")
        both_at(stage, view, stop="3")
        for key in ("ArrowLeft", "ArrowRight", "ArrowRight"):  # where they end, they have not been before
            stage.page.keyboard.press(key)
        both_at(stage, view, stop="4")
        assert view.locator("#now .answer").count() == 1
        view.keyboard.press("Home")
        both_at(stage, view, stop="1", away="4")
        walked = view.evaluate(_OWN)
        view.reload()
        view.wait_for_selector("[data-htmx-powered]")
        assert view.evaluate(_OWN) == walked, "a page that one came to is that of its address"
        view.keyboard.press("r")
        both_at(stage, view, stop="4")


def test_a_black_screen_is_known_in_both_windows_and_the_next_key_only_brings_it_back(stage: Stage) -> None:
    stage.open(f"/lecture?{_STOPS}&stop=3&stage=1")
    with speaker_of(stage) as view:
        blank = stage.at("#blank")
        view.keyboard.press("b")
        blank.wait_for(state="visible")
        stage.page.keyboard.press("w")
        view.locator("#blank.is-white").wait_for(state="visible")
        view.keyboard.press("n")
        blank.wait_for(state="hidden")
        both_at(stage, view, stop="3")


def test_a_network_outside_a_lecture_has_a_speaker_s_view_in_step_too(stage: Stage) -> None:
    stage.open("/backward?step=3&keys=off&stage=1")
    stage.press("s")
    assert len(stage.context.pages) == 1, "keys are off"
    stage.open("/backward?step=3&stage=1")
    with speaker_of(stage) as view:
        view.keyboard.press("ArrowRight")
        at(stage.page, "/backward?step=4&stage=1")
        view.keyboard.type("6")
        view.keyboard.press("Enter")
        at(stage.page, "/backward?step=6&stage=1")
        view.goto(stage.server.url + "/speaker?at=/backward&step=3&keys=off")
        before = view.url
        view.keyboard.press("ArrowRight")
        assert view.url == before, "the page in the address says that keys are off"


def clock(page: Page) -> tuple[str, ...]:
    """What the timer of the speaker's view says: elapsed, planned, and how far from the plan."""
    return tuple(page.locator(f"#timer .{name}").inner_text() for name in ("elapsed", "planned", "pace"))


def test_the_timer_starts_with_the_first_step_and_goes_on_over_a_reload_until_it_is_stopped(stage: Stage) -> None:
    stage.take_clock()
    stage.open(f"/speaker?{_STOPS}&stop=2")
    page = stage.page
    assert clock(page) == ("0:00", "plan 1:00", "")
    stage.press("ArrowRight")
    assert stage.at("#timer-go").inner_text() == "Pause"
    page.clock.fast_forward(65_000)
    page.wait_for_function("() => document.querySelector('#timer .elapsed').textContent >= '1:05'")
    assert clock(page)[1] == "plan 2:00"
    assert clock(page)[2] in ("0:55 early", "0:54 early", "0:53 early")
    page.reload()
    stage.press("t")
    assert stage.at("#timer-go").inner_text() == "Go on"
    stopped = clock(page)
    assert stopped[0] in ("1:05", "1:06", "1:07")
    page.clock.fast_forward(600_000)
    assert clock(page) == stopped
    stage.click("#timer-go")
    page.clock.fast_forward(600_000)
    page.wait_for_function("() => document.querySelector('#timer .elapsed').textContent >= '11:05'")
    assert clock(page)[2].endswith(" late")
    stage.click("#timer-reset")
    assert clock(page) == ("0:00", "plan 2:00", "")


def test_t_shows_the_timer_on_the_screen_where_it_covers_nothing(stage: Stage) -> None:
    stops = CHAPTER.stops
    number = next(at for at, stop in enumerate(stops, 1) if stop.address.startswith("/recall"))
    begins, ends = (minutes(sum(stop.seconds for stop in stops[:at])) for at in (number - 1, number))
    for width, height in ((1024, 768), (1280, 720)):
        stage.page.set_viewport_size({"width": width, "height": height})
        stage.open(f"/lecture?stop={number}.2&stage=1&away=12")
        assert not stage.at("#clock").is_visible()
        stage.press("t")
        assert stage.at("#clock .elapsed").inner_text() in ("0:00", "0:01", "0:02", "0:03", "0:04")
        assert stage.at("#clock .planned").inner_text() == f"plan {begins}"
        found: dict[str, Any] = stage.page.evaluate(_MEASURE)
        assert (found["overlaps"], found["clipped"]) == ([], [])
        assert found["least"] >= 0.033
        stage.page.evaluate("() => localStorage.removeItem('timer')")
    stage.press("ArrowRight")
    assert stage.at("#clock .planned").inner_text() == f"plan {ends}"
    stage.page.mouse.move(200, 200)
    assert not stage.at("#clock").is_visible(), "the controls are back"
    stage.press("t")
    assert stage.at("#clock").get_attribute("hidden") is not None


def test_back_and_next_are_large_on_tablets_and_phones_and_nothing_is_wider_than_the_screen(stage: Stage) -> None:
    for stop, width, height in (("26", 390, 844), ("10", 1024, 768), ("17", 768, 1024)):
        stage.page.set_viewport_size({"width": width, "height": height})
        stage.open(f"/speaker?stop={stop}")
        for name in ("#back", "#next"):
            box = stage.at(name).bounding_box()
            assert box is not None
            assert box["height"] >= 64
            assert box["width"] >= 140
            assert box["y"] + box["height"] <= height
        assert stage.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_without_javascript_it_steps_by_its_links_and_has_no_timer(opened: Opened) -> None:
    stage = opened(java_script_enabled=False)
    stage.open("/speaker?at=/recall&q=W.2.1").click("#next")
    assert stage.address == "/speaker?at=%2Frecall&q=W.2.1&reveal=1"
    assert stage.at("#now .answer").is_visible()
    assert not stage.at("#timer").is_visible()
    assert not stage.open("/lecture?stop=16&stage=1").at("#clock").is_visible()
    assert stage.at("#speaker").get_attribute("href") == "/speaker?stop=16"
