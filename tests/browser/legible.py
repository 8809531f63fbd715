"""How legible the network's page is, read from the DOM: `python -m tests.browser.legible` prints it as tables.

Sizes are in CSS pixels as they are drawn. A browser zoom of z is a window of so many times fewer CSS pixels, each z
times as large: sizes that do not shrink on the glass are those that times z do not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from app.engine import NETWORKS

from .stage import FLAGS, chromium, new_page, serving

SCREENS = ((1024, 768), (1280, 720), (1920, 1080), (390, 844), (844, 390), (640, 360), (320, 256))
WINDOWS = ((1280, 720), (1920, 1080))
ZOOMS = (1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
# A step with all there is to show: a rule with numbers, an arrow that was just followed, some that are to come.
STEP = "/backward?step=3"

_MEASURE = (Path(__file__).parent / "legible.js").read_text(encoding="utf-8")
# What has the focus, and whether any of it is to be seen.
_FOCUSED = """() => {
  const element = document.activeElement;
  const { left, top, width, height } = element.getBoundingClientRect();
  const at = [0.02, 0.26, 0.5, 0.74, 0.98];
  const points = at.flatMap((x) => at.map((y) => [left + x * width, top + y * height]));
  const seen = points.some(([x, y]) => element.contains(document.elementFromPoint(x, y)));
  return [element.id || element.tagName, seen]; }"""
_MANY = 150


@dataclass(frozen=True)
class Legible:
    """What was measured of one page on one screen. Of what the page does not show, None.

    `sentence`, `row` and `now` are which part of the card's sentence, of Back and Next, and of the box just computed is
    in sight as the page arrives, from 0 to 1; `stuck` is which part of the height is under bars that do not scroll, and
    `sideways` by how many pixels the page is too wide. `lines` are contrasts with the ground, by the state of a line.
    """

    smallest: float
    smallest_text: str
    card_numbers: float | None
    card_formula: float | None
    values: float | None
    gradients: float | None
    sentence: float
    row: float
    now: float | None
    stuck: float
    sideways: float
    lines: dict[str, float]


def measure(page: Page) -> Legible:
    """Measure the page that is open, when its fonts are there."""
    page.evaluate("() => document.fonts.ready.then(() => undefined)")
    found: dict[str, Any] = page.evaluate(_MEASURE)
    return Legible(**found)


def stops_before_next(page: Page) -> tuple[list[str], list[str]]:
    """What a page that has just arrived gives the focus to before Next, pressing Tab; and what of it is not seen."""
    passed: list[str] = []
    hidden: list[str] = []
    for _ in range(_MANY):
        page.keyboard.press("Tab")
        name, seen = page.evaluate(_FOCUSED)
        if not seen:
            hidden.append(name)
        if name == "next":
            return passed, hidden
        passed.append(name)
    return passed, hidden


def states(network: str) -> Iterator[str]:
    """The address of every state on the walk through a network: the opening, each step, the close."""
    graph = NETWORKS[network].graph
    name = f"network={network}"
    yield f"/?{name}"
    yield from (f"/forward?{name}&step={step}" for step in range(len(graph.timelines["forward"]) + 1))
    yield from (f"/backward?{name}&step={step}" for step in range(1, len(graph.timelines["backward"]) + 1))
    yield f"/backward?{name}"


def _opened(browser: Browser, width: float, height: float, *, zoom: float = 1, scheme: str = "light") -> Page:
    viewport = {"width": round(width / zoom), "height": round(height / zoom)}
    return new_page(
        browser,
        viewport=viewport,
        device_scale_factor=zoom,
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="en-GB",
    )


def _go(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_timeout(150)  # a script may scroll a box into view
    return page


def _cells(numbers: Iterable[float | None], digits: int = 1) -> list[str]:
    return ["–" if number is None else f"{number:.{digits}f}" for number in numbers]


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    for row in (titles, ["---"] * len(titles), *rows):
        print("| " + " | ".join(row) + " |")
    print()


def _row(found: Legible) -> list[str]:
    sizes = _cells([found.smallest, found.card_numbers, found.card_formula, found.values, found.gradients])
    sizes[0] += f" “{found.smallest_text}”".replace("|", "¦")
    return [*sizes, *_cells([found.sentence, found.row, found.now, found.stuck], 2), f"{found.sideways:.0f}"]


_TITLES = [
    "smallest text",
    "card numbers",
    "card formula",
    "values",
    "gradients",
    "sentence",
    "row",
    "now",
    "stuck",
    "wide",
]


def _screens(browser: Browser, url: str, address: str) -> None:
    print(f"### Screens, {address}\n")
    rows = []
    for width, height in SCREENS:
        page = _go(_opened(browser, width, height), url + address)
        found = measure(page)
        stops, hidden = stops_before_next(page)
        rows.append([f"{width}×{height}", *_row(found), str(len(stops)), ", ".join(hidden) or "0"])
        page.context.close()
    _table(["screen", *_TITLES, "stops before Next", "hidden focus"], rows)


def _zooms(browser: Browser, url: str, address: str) -> None:
    print(f"### Zoom, {address}: sizes on the glass\n")
    rows = []
    for width, height in WINDOWS:
        for zoom in ZOOMS:
            page = _go(_opened(browser, width, height, zoom=zoom), url + address)
            found = measure(page)
            sizes = (found.smallest, found.card_numbers, found.values, found.gradients)
            on_glass = _cells([None if size is None else size * zoom for size in sizes])
            share = _cells([found.sentence, found.row, found.now, found.stuck], 2)
            rows.append([f"{width}×{height}", f"{zoom:.0%}", *on_glass, *share])
            page.context.close()
    shares = ["sentence", "row", "now", "stuck"]
    _table(["window", "zoom", "smallest text", "card numbers", "values", "gradients", *shares], rows)


def _lines(browser: Browser, url: str, address: str) -> None:
    print(f"### Contrast of lines, {address}\n")
    found = {}
    for scheme in ("light", "dark"):
        page = _go(_opened(browser, *WINDOWS[0], scheme=scheme), url + address)
        found[scheme] = measure(page).lines
        page.context.close()
    _table(["line", *found], ([name, *_cells(each[name] for each in found.values())] for name in found["light"]))


def _walks(browser: Browser, url: str) -> None:
    print("### Every state of every network: how many have it in sight as they arrive\n")
    rows = []
    for width, height in SCREENS:
        page = _opened(browser, width, height)
        all_found = [measure(_go(page, url + address)) for name in NETWORKS for address in states(name)]
        page.context.close()
        numbers = [found.card_numbers for found in all_found if found.card_numbers is not None]
        counts = [
            sum(found.sentence == 1 for found in all_found),
            sum(found.row == 1 for found in all_found),
            sum(found.now is None or found.now > 0.9 for found in all_found),
        ]
        least = [
            min(found.smallest for found in all_found),
            min(numbers),
            min(found.values or 99 for found in all_found),
        ]
        rows.append([f"{width}×{height}", *(f"{count} of {len(all_found)}" for count in counts), *_cells(least)])
    _table(["screen", "sentence", "row", "now", "smallest text", "card numbers", "values"], rows)


def main(asked: Sequence[str]) -> None:
    """Print the tables; with --all, also those of every state of every network."""
    with serving() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for address in (STEP, "/", "/backward?network=two-layer&step=4"):
            _screens(browser, server.url, address)
        _zooms(browser, server.url, STEP)
        _lines(browser, server.url, STEP)
        if "--all" in asked:
            _walks(browser, server.url)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
