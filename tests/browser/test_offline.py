"""The server goes in the middle of a lecture: what is on the machine goes on, and what is not says so."""

from __future__ import annotations

from .stage import Server, Stage
from .test_hall_keys import STEPS

# What the page has to say where all see it.
_TROUBLE = """() => { const live = document.getElementById("live");
                      return live.matches(".trouble") ? live.textContent : ""; }"""


def on_the_machine(stage: Stage, server: Server, *addresses: str) -> None:
    """Wait until these have been asked for ahead."""
    for _ in range(300):
        if {*addresses} <= {asked.removesuffix("?") for asked in server.asked}:
            break
        stage.page.wait_for_timeout(50)
    stage.rest()


def cut_off(stage: Stage) -> None:
    """From here on nobody answers, and nothing is answered from the browser's own cache."""
    session = stage.context.new_cdp_session(stage.page)
    session.send("Network.clearBrowserCache")
    session.detach()
    stage.context.set_offline(True)


def test_every_step_of_a_network_is_on_the_machine_once_it_is_on_the_stage(stage: Stage, server: Server) -> None:
    stage.open(STEPS[5])
    on_the_machine(stage, server, *STEPS, "/backward?step=1&stage=formula")
    asked = len(server.asked)
    cut_off(stage)
    for key, then in [
        *(("n", 6), ("n", 7), ("End", 11), ("ArrowUp", 5), ("Home", 0), ("ArrowRight", 1), ("ArrowLeft", 0)),
        ("ArrowDown", 1),
    ]:
        stage.press(key)
        assert stage.address == STEPS[then], key
    stage.press("2", "Enter", "b", "b", "d", "l")
    assert (stage.address, stage.page.evaluate(_TROUBLE)) == (STEPS[3], "")
    assert len(server.asked) == asked
    before = stage.page.inner_text("#picture")
    stage.press("o")
    says = "The server does not answer, and “Overview” is not on this machine. "
    says += "These still work: Back, Next, 10 of 10 places."
    assert (stage.address, stage.page.evaluate(_TROUBLE)) == (STEPS[3], says)
    assert stage.page.inner_text("#picture") == before
    stage.page.locator("#leave").dispatch_event("click")
    stage.page.locator("#live", has_text="“Leave” is not on this machine").wait_for()
    assert stage.address == STEPS[3], "the browser has no page of its own instead"
    stage.press("ArrowRight")
    assert (stage.address, stage.page.evaluate(_TROUBLE)) == (STEPS[4], "")
    stage.context.set_offline(False)
    stage.press("o")
    assert (stage.address, stage.page.evaluate(_TROUBLE)) == ("/forward?step=3&stage=overview", "")
    stage.complaints.clear()  # the browser says what failed, and htmx does


def test_a_lecture_goes_on_from_stop_to_stop_by_its_number_and_back(stage: Stage, server: Server) -> None:
    stage.open("/lecture?stop=16&stage=1")
    on_the_machine(stage, server, *(f"/lecture?stop={stop}&stage=1" for stop in ("17", "17.2", "19.2", "20", "14")))
    cut_off(stage)
    for key, stop in (("n", "17"), ("n", "17.2"), ("n", "18"), ("p", "17.2"), ("p", "17"), ("p", "16"), ("p", "15")):
        stage.press(key)
        assert stage.address == f"/lecture?stop={stop}&stage=1"
    stage.press("2", "0", "Enter")
    assert stage.address == "/lecture?stop=20&stage=1", "the way back is not on the machine, and the stop is"
    stage.context.set_offline(False)
    stage.press("1", "0", "Enter")
    assert stage.address == "/lecture?stop=10&stage=1&away=20"
    stage.complaints.clear()


def test_a_page_that_is_old_or_that_a_proxy_refuses_is_shown_as_it_was(stage: Stage, server: Server) -> None:
    stage.take_clock()
    stage.open(STEPS[5])
    for _ in range(60):
        stage.page.clock.run_for(300)
        if {*STEPS[4:7]} <= {*server.asked}:
            break
        stage.page.wait_for_timeout(30)
    stage.page.clock.run_for(3000)
    stage.page.clock.fast_forward(700_000)
    stage.page.route("**/backward?step=2*", lambda route: route.fulfill(status=502, body="bad gateway"), times=1)
    stage.page.keyboard.press("n")
    stage.page.clock.run_for(500)
    stage.page.wait_for_url(f"**{STEPS[6]}")
    assert stage.page.evaluate(_TROUBLE) == ""
    stage.settle()
    stage.page.wait_for_timeout(50)
    stage.complaints.clear()  # the browser's, of the refusal
