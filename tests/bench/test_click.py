"""What a hand feels: from a key to the next step on the screen, and what the wire carries for it.

In Chromium, in one run: with the walk ahead, without it, and as it went before both, when htmx exchanged all of the
page for the answer it had asked for at the press. The numbers of each walk are new, so no answer comes from a cache.
"""

from __future__ import annotations

import random
import re
from statistics import median, quantiles
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.stage import VIEWPORT, Server, Stage, new_page

from .table import Bound, Row, Tell

KB = 1000
STEPS = 9
# Where even the way of before takes this long (median, in s), other work is being measured.
BUSY = 0.09
AHEAD, PATCHED, BEFORE = "with the walk ahead", "without it, patched", "exchanged whole, as before"

# Nine steps of one walk by a key, in milliseconds each until it is painted: the task after a frame's
# requestAnimationFrame runs when that frame has been. A hand rests in between, and animations are over.
_WALK = """async ([steps, ahead]) => {
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(0);
  }));
  window.seen.look = () => {}; // which a test needs, and no hand
  const times = [];
  for (let step = 0; step < steps; step += 1) {
    await (ahead && window.rested());
    await new Promise((resolve) => setTimeout(resolve, 100 + 17 * Math.random()));
    const swapped = new Promise((done) => document.addEventListener("htmx:after:swap", done, { once: true }));
    const start = performance.now();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
    await swapped;
    await painted();
    times.push(performance.now() - start);
    await window.settled();
  }
  return times;
}"""


def p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


def made(browser: Browser, server: Server, way: str) -> Stage:
    """A page that goes one of the three ways; only here can it go another than the first."""
    stage = Stage(new_page(browser, viewport=VIEWPORT), server)

    def exchanged(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(
            response=answer, body=answer.text().replace("outerPatch show:none", "outerHTML show:none settle:0")
        )

    if way != AHEAD:
        stage.without_walk_ahead()
    if way == BEFORE:
        stage.page.route("**/patch.*.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
        stage.page.route(re.compile(r"/forward\?.*step=0$"), exchanged)
    return stage


def walked(stages: dict[str, Stage], chance: random.Random, walks: int) -> dict[str, list[float]]:
    """Seconds from key to painted step, each way, in walks that take turns. The first of each warms up."""
    times: dict[str, list[float]] = {way: [] for way in stages}
    for walk in range(walks + 1):
        for way, stage in stages.items():
            stage.open(f"/forward?x={chance.uniform(-2, 2):.6f},{chance.uniform(-2, 2):.6f}&step=0")
            taken = [time / 1000 for time in stage.page.evaluate(_WALK, [STEPS, way == AHEAD])]
            times[way] += taken if walk else []
    return times


@pytest.mark.parametrize(
    ("where", "delay", "throttled", "most"),
    [("", 0, 1, 0.4), (" at 150 ms distance", 0.15, 1, 0.15), (" with a quarter of the CPU", 0, 4, 0.35)],
)
def test_a_step_is_on_the_screen_before_the_hand_is_off_the_key(
    browser: Browser, server: Server, tell: Tell, where: str, delay: float, throttled: int, most: float
) -> None:
    ways = (AHEAD, BEFORE) if where else (AHEAD, PATCHED, BEFORE)
    stages = {way: made(browser, server, way) for way in ways}
    for stage in stages.values():
        stage.context.new_cdp_session(stage.page).send("Emulation.setCPUThrottlingRate", {"rate": throttled})
    server.delay = delay
    times = walked(stages, random.Random(6), walks=2 if where else 5)
    server.delay = 0
    for stage in stages.values():
        stage.context.close()
    before = median(times[BEFORE])
    slow = BUSY * throttled + delay
    tell(Row(f"a step{where}, {AHEAD}", median(times[AHEAD]), BEFORE, before, Bound(most=most), slow=slow))
    if where:
        return
    tell(Row(f"a step, {PATCHED}", median(times[PATCHED]), BEFORE, before, Bound(most=0.6), slow=slow))
    for what, aim, of in (("median", 0.020, median), ("p95", 0.033, p95)):
        bound = Bound(most=aim, of="measured", aim=True)
        tell(Row(f"a step, {AHEAD}, {what}", of(times[AHEAD]), BEFORE, of(times[BEFORE]), bound, slow=slow))


ON_STAGE, CUT_OFF = "in lecture mode", "in lecture mode, the server gone"
# All places of the walk have been asked for.
_WHOLE_WALK = """[...document.querySelectorAll("#timeline li a:not([aria-current])")]
  .every(({ href }) => performance.getEntriesByName(href).length)"""


def test_a_step_in_lecture_mode_is_as_instant_as_on_the_page_with_the_server_or_without(
    browser: Browser, server: Server, tell: Tell
) -> None:
    stages = {way: Stage(new_page(browser, viewport=VIEWPORT), server) for way in (AHEAD, ON_STAGE, CUT_OFF)}
    times: dict[str, list[float]] = {way: [] for way in stages}
    chance = random.Random(16)
    for walk in range(5):
        for way, stage in stages.items():
            stage.context.set_offline(False)
            numbers = f"x={chance.uniform(-2, 2):.6f},{chance.uniform(-2, 2):.6f}"
            stage.open(f"/forward?{numbers}&step=0{'' if way == AHEAD else '&stage=1'}")
            if way == CUT_OFF:
                stage.until(_WHOLE_WALK)
                stage.rest()
                stage.context.set_offline(True)
            taken = [time / 1000 for time in stage.page.evaluate(_WALK, [STEPS, True])]
            times[way] += taken if walk else []
    for stage in stages.values():
        stage.context.close()
    page = median(times[AHEAD])
    for way in (ON_STAGE, CUT_OFF):
        tell(Row(f"a step {way}", median(times[way]), "on the page", page, Bound(most=1.5), slow=BUSY))
        for what, aim, of in (("median", 0.020, median), ("p95", 0.033, p95)):
            bound = Bound(most=aim, of="measured", aim=True)
            tell(Row(f"a step {way}, {what}", of(times[way]), "on the page", of(times[AHEAD]), bound, slow=BUSY))


def visited(browser: Browser, server: Server, *, saving: bool) -> tuple[Stage, list[float]]:
    """A page that has settled, and the bytes of each answer as Chromium counts them, headers included."""
    stage = Stage(new_page(browser, viewport=VIEWPORT), server)
    received: list[float] = []

    def count(event: dict[str, Any]) -> None:
        received.append(event["encodedDataLength"])

    wire = stage.context.new_cdp_session(stage.page)
    wire.send("Network.enable")
    wire.send("Emulation.setDataSaverOverride", {"dataSaverEnabled": saving})
    wire.on("Network.loadingFinished", count)
    stage.open("/forward?step=0").rest()
    stage.page.wait_for_load_state("networkidle")
    return stage, received


def test_the_wire_carries_100_kb_for_a_visit_and_10_for_a_step(browser: Browser, server: Server, tell: Tell) -> None:
    """A visit and steps of one who saves data; and what anyone else is sent ahead of a step, who may never take it."""
    ahead, more = visited(browser, server, saving=False)
    stage, received = visited(browser, server, saving=True)
    visit, files = sum(received), len(received)
    steps = []
    for _ in range(STEPS):
        received.clear()
        stage.press("ArrowRight")
        stage.page.wait_for_load_state("networkidle")
        steps.append(sum(received))
    for page in (ahead, stage):
        page.context.close()
    assert files >= 5
    assert min(steps) > 0
    for what, size, most in (
        (f"first visit in Chromium, {files} answers", visit, 100),
        ("the largest step of nine", max(steps), 10),
        (f"asked for ahead of a step, {len(more) - files} answers", sum(more) - visit, 20),
    ):
        tell(Row(what, size, bound=Bound(most=most * KB, of="measured"), unit="B"))
