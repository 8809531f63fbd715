"""How live a dragged number is: from a movement of the pointer to the frame that shows the whole answer to it.

In Chromium, 60 movements a second for 5 seconds, beside a bare fetch of such a page in the same run.
"""

from __future__ import annotations

from statistics import median, quantiles

import pytest
from playwright.sync_api import Browser

from tests.browser.stage import DRAG, VIEWPORT, Server, Stage, new_page

from .table import Bound, Row, Tell

# Where even a bare fetch takes this long (median, in s), other work is being measured.
BUSY = 0.02

_FETCH = """async (times) => {
  const taken = [];
  for (let time = 0; time < times; time += 1) {
    const start = performance.now();
    await (await fetch(`/backward?x=${(7 + time / 100).toFixed(2)},0.5&was=`, { cache: "no-store" })).text();
    taken.push(performance.now() - start);
  }
  return taken;
}"""


@pytest.mark.parametrize("address", ["/backward", "/backward?ask=x.1", "/forward"])
def test_the_picture_follows_a_drag_within_40_ms(browser: Browser, server: Server, tell: Tell, address: str) -> None:
    stage = Stage(new_page(browser, viewport=VIEWPORT), server).open(address)
    stage.page.evaluate(DRAG, {"key": "x.1", "events": 60})  # warms up
    stage.open(address)
    bare = [taken / 1000 for taken in stage.page.evaluate(_FETCH, 100)]
    drag = stage.page.evaluate(DRAG, {"key": "x.1", "events": 300})
    late = [latency / 1000 for _, latency in drag["shown"]]
    stage.context.close()
    most = Bound(most=0.04, of="measured")
    what = f"drag on {address}, {len(late) / drag['took'] * 1000:.0f} pictures a second"
    tell(Row(what, median(late), "a bare fetch", median(bare), most, slow=BUSY))
    tell(Row(f"drag on {address}, p95", quantiles(late, n=20)[-1], "a bare fetch", quantiles(bare, n=20)[-1]))
