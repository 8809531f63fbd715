"""The walk ahead: a step's page is there before the step is taken, and it is the page that would have come."""

from __future__ import annotations

import re

from playwright.sync_api import Route

from .stage import Server, Stage
from .test_keys import SLOW, STEPS

# All of the timeline's addresses have been asked for.
_WHOLE_WALK = """[...document.querySelectorAll("#timeline a[href]:not([aria-current])")]
  .every(({ href }) => performance.getEntriesByName(href).length)"""


def test_what_a_step_leads_to_is_asked_for_ahead_and_the_rest_once_one_walks(stage: Stage, server: Server) -> None:
    stage.open(STEPS[2]).rest()
    assert server.asked == [STEPS[step] for step in (2, 3, 1)]
    for key, step in (("ArrowRight", 3), ("ArrowLeft", 2), ("ArrowLeft", 1)):
        stage.press(key)
        assert stage.address == STEPS[step]
        assert stage.page.title().startswith(stage.at("h1").text_content() or "nothing")
        assert stage.at("link[rel=canonical]").get_attribute("href") == STEPS[step]
        assert stage.at("link[rel=alternate]").get_attribute("href") == f"/api{STEPS[step]}"
        assert stage.at("#live").text_content() == stage.at("#card").get_attribute("data-announce")
    stage.until(_WHOLE_WALK)
    stage.rest()
    for stop in ("#stop-8", "#last", "#first", "#stop-4"):
        stage.click(stop)
    assert stage.address == STEPS[5]
    assert sorted(server.asked) == sorted(step if "?" in step else f"{step}?" for step in STEPS), "each once"


def test_four_quick_presses_are_four_steps_and_a_key_held_down_ends_where_it_is_let_go(stage: Stage) -> None:
    stage.open(STEPS[1])
    for _ in range(4):
        stage.page.keyboard.press("ArrowRight")
    stage.settle()
    assert stage.address == STEPS[5]
    for direction, ends in (("ArrowRight", 11), ("ArrowLeft", 3)):
        times = abs(ends - STEPS.index(stage.address))
        stage.page.evaluate(_HELD, [direction, times])
        stage.settle()
        assert stage.address == STEPS[ends]


# As often as a key repeats, 30 times a second, whether or not a frame is ready.
_HELD = """async ([key, times]) => {
  for (let time = 0; time < times; time += 1) {
    const repeat = time > 0;
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, repeat }));
    await new Promise((resolve) => setTimeout(resolve, 33));
  }
}"""


def test_a_step_that_is_on_its_way_ahead_is_not_asked_for_again(stage: Stage, server: Server) -> None:
    stage.open(STEPS[2])
    server.delay = SLOW
    stage.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    server.delay = 0
    assert stage.address == STEPS[6]
    assert [server.asked.count(step) for step in STEPS[3:7]] == [1, 1, 1, 1]


def test_nobody_who_saves_data_is_sent_what_was_not_asked_for(stage: Stage, server: Server) -> None:
    saving = stage.context.new_cdp_session(stage.page)
    saving.send("Emulation.setDataSaverOverride", {"dataSaverEnabled": True})
    stage.open(STEPS[2]).rest()
    assert stage.page.evaluate("navigator.connection.saveData")
    assert server.asked == [STEPS[2]]
    stage.press("ArrowRight")
    stage.rest()
    assert server.asked == [STEPS[2], STEPS[3]]
    saving.detach()


def test_the_walk_is_given_up_when_the_numbers_change(stage: Stage, server: Server) -> None:
    stage.open(STEPS[2])
    server.delay = SLOW
    stage.press("ArrowRight")
    stage.fill("x", "2,1")
    asked = len(server.asked)
    stage.rest()
    since = server.asked[asked:]
    assert since
    assert all("x=2,1" in address for address in since), since
    assert len(since) <= 2, "only what is beside it, until somebody steps"
    server.delay = 0
    stage.click("#next")
    assert stage.address == "/forward?x=2,1&step=3"
    assert stage.cells("x") == ["2.00", "1.00"]


def test_who_waits_goes_first_what_was_asked_for_ahead_is_given_up(stage: Stage, server: Server) -> None:
    stage.open(STEPS[2]).rest()
    given_up: list[str] = []
    stage.page.on("requestfailed", lambda request: given_up.append(request.url.removeprefix(server.url)))
    server.delay = 5 * SLOW
    stage.press("ArrowRight")
    while STEPS[4] not in server.asked:
        stage.page.wait_for_timeout(10)
    stage.page.evaluate("document.getElementById('tab-why').click()")
    stage.settle()
    assert given_up == [STEPS[4]]


def test_a_walk_goes_on_where_the_server_is_gone_as_far_as_it_came_and_says_so_there(stage: Stage) -> None:
    stage.open(STEPS[1]).rest()
    stage.press("ArrowRight")
    stage.until(_WHOLE_WALK)
    stage.rest()
    stage.context.set_offline(True)
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "End", "ArrowLeft", "Home", "ArrowRight"):
        stage.press(key)
    assert stage.address == STEPS[1]
    before = stage.page.inner_text("#picture")
    stage.click("#tab-why")
    assert stage.at("#live").inner_text() == "The server does not answer. Try again."
    assert stage.address == STEPS[1]
    assert stage.page.inner_text("#picture") == before
    stage.context.set_offline(False)
    stage.click("#tab-why")
    assert stage.address == f"{STEPS[1]}&show=why"
    assert stage.at("#live").get_attribute("class") == "unseen"
    stage.complaints.clear()  # the browser says what failed, and htmx does


def test_a_page_of_another_build_takes_the_place_of_all(stage: Stage) -> None:
    """Ahead or not: what its scripts and styles expect is not what is there."""

    def renamed(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r"/static/js/tips\.\w+\.js", r"\g<0>?2", answer.text()))

    stage.page.route("**/forward?step=3", renamed)
    stage.open(STEPS[2]).rest()
    stage.page.evaluate("window.same = true")
    for ahead in (True, False):
        stage.press("ArrowRight")
        assert stage.page.evaluate("window.same")
        if ahead:
            stage.rest()
        stage.page.keyboard.press("ArrowRight")
        stage.until("!window.same && document.querySelector('[data-htmx-powered]')")
        assert stage.address == STEPS[4]
        assert (stage.at("script[src*='/tips.']").get_attribute("src") or "").endswith("?2")
        if ahead:
            stage.without_walk_ahead().open(STEPS[2]).page.evaluate("window.same = true")
    stage.page.unroute_all(behavior="wait")


def test_what_has_the_focus_and_what_is_open_stays_what_it_is(stage: Stage) -> None:
    """An element that is there before and after a step, an edit and an answer of Back is the same element."""
    stage.open("/backward?step=3").rest()
    stage.page.evaluate(
        """() => { window.before = ["picture", "card", "cell-W-2-1-wide", "field-x", "next", "choice"]
                     .map((name) => document.getElementById(name)); }"""
    )
    stage.page.click("#choose")
    stage.page.focus("#cell-W-2-1-wide")
    stage.page.evaluate("document.getElementById('next').click()")
    stage.settle()
    assert stage.address == "/backward?step=4"
    assert stage.focus() == "cell-W-2-1-wide"
    assert stage.at("#choice").is_visible(), "a step closes nothing"
    assert "∂L/∂W₂₁" in (stage.at("#exact").text_content() or ""), "what is told of the focus is of this step"
    stage.page.evaluate("document.getElementById('choice').hidePopover()")
    stage.fill("x", "2,1")
    stage.page.go_back()
    stage.settle()
    assert stage.page.evaluate("window.before.every((one) => one === document.getElementById(one.id))")
