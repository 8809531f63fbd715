"""The stage from the back row: how large everything is on five screens, and that nothing stands on anything else."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import ViewportSize

from app.engine import NETWORKS
from app.state import from_query, playlist
from tests.conftest import Lot

from .stage import Stage

SCREENS = [(1024, 768), (1280, 720), (1280, 800), (1920, 1080), (3840, 2160)]
# Chains that are shown whole, and such as are too large for it, with the longest of names and numbers.
CHAINS = ["1-1.tanh_mse", "2-2.sigmoid-2.sigmoid_mse", "5-1.sigmoid_bce", "5-5.sigmoid-5.sigmoid-5.sigmoid_mse"]
# What is asked for, as parts of the height of the screen: values, and all else that is written.
VALUE, LEAST = 0.044, 0.033

_MEASURE = (Path(__file__).parent / "hall.js").read_text(encoding="utf-8")


def measured(stage: Stage, address: str) -> dict[str, Any]:
    """What the back row sees of a page, when its fonts are there."""
    stage.open(address).page.evaluate("() => document.fonts.ready.then(() => undefined)")
    found: dict[str, Any] = stage.page.evaluate(_MEASURE)
    return found


def size(screen: tuple[int, int]) -> ViewportSize:
    return {"width": screen[0], "height": screen[1]}


def steps(network: str, shown: str) -> tuple[str, ...]:
    """The address of every place of a network's steps on the stage."""
    return from_query(f"network={network}", "forward", strict=False).staged(shown).walk


def test_the_back_row_reads_all_and_nothing_is_clipped_wrapped_away_or_covered(stage: Stage, lot: Lot) -> None:
    """On all screens; each page is opened on one of them, in turn, and shown on the others."""
    pages = [
        address
        for network in [*NETWORKS, *CHAINS]
        for shown in ("1", "formula")
        for address in lot.some(steps(network, shown), 1)
    ]
    for number, address in enumerate(lot.some(pages, 10)):
        turned = [*SCREENS[number % 5 :], *SCREENS[: number % 5]]
        stage.page.set_viewport_size(size(turned[0]))
        stage.open(address).page.evaluate("() => document.fonts.ready.then(() => undefined)")
        for screen in turned:
            stage.page.set_viewport_size(size(screen))
            found: dict[str, Any] = stage.page.evaluate(_MEASURE)
            where = f"{address} at {screen}"
            assert found["cells"] > 0, where
            assert found["values"] >= VALUE, where
            assert found["least"] >= LEAST, (where, found["smallest"])
            assert (found["overlaps"], found["clipped"]) == ([], []), where
            assert (found["hidden"], found["scrolls"]) == (0, 0), where


# What stands in two lines, of which one is high: a norm, a square in brackets, superscripts, a batch's sums in symbols.
LINES = (
    "/forward?step=3",
    "/backward?network=5-5.sigmoid-5.sigmoid-5.sigmoid_mse&step=14",
    "/forward?x=255,128&W=0.00392,0.5;0.1,0.2;0.3,0.4&step=3&hide=now",
    "/forward?network=2-2.sigmoid_mse&x=1,2;3,4&y=0,1;1,0&step=3&hide=now",
    "/backward?network=two-layer&x=255,128;0,64;1e5,3&y=1,0;0,1;1,1&step=4",
)


def test_two_lines_of_a_formula_do_not_meet_nor_reach_out(stage: Stage) -> None:
    for address, screen in zip(LINES, SCREENS, strict=True):
        stage.page.set_viewport_size(size(screen))
        found = measured(stage, f"{address}&stage=formula")
        assert (found["overlaps"], found["clipped"], found["hidden"]) == ([], [], 0), (address, screen)


def test_the_longest_sentence_that_one_may_say_at_a_stop_is_seen_whole(stage: Stage) -> None:
    said = ("Each entry of the gradient of the matrix is a product of two numbers. " * 4)[: playlist.MAX_SENTENCE - 1]
    for screen in (SCREENS[0], SCREENS[1]):
        stage.page.set_viewport_size(size(screen))
        found = measured(stage, f"/lecture?stop=1&stage=1&stops={quote(f'/backward?step=4 1:00 {said}.')}")
        assert (found["overlaps"], found["clipped"], found["hidden"]) == ([], [], 0), screen
        assert found["least"] >= LEAST, screen
        beyond = stage.at("#caption").evaluate("one => one.scrollHeight - one.clientHeight")
        assert beyond == 0, screen
    # above the arithmetic of an entry there is room for a line alone
    asked = quote(f"/backward?step=4&ask=W.2.1 1:00 {said}.")
    assert measured(stage, f"/lecture?stop=1&stage=formula&stops={asked}")["hidden"] == 0


def test_every_network_of_the_gallery_is_drawn_whole_and_no_step_moves_it(stage: Stage, lot: Lot) -> None:
    places = "() => [...document.querySelectorAll('.drawing .cell, .drawing .name')].map(one => "
    places += "one.getAttribute('transform') ?? `${one.getAttribute('x')} ${one.getAttribute('y')}`)"
    for name in lot.some(NETWORKS, 3):
        network = NETWORKS[name]
        first, *_, last = steps(name, "1")
        before = stage.open(first).page.evaluate(places)
        assert stage.at("#drawing-stage .node").count() == stage.at("#drawing-narrow .node").count()
        assert stage.at("#drawing-stage .node").count() == len(network.graph.nodes)
        assert stage.open(last).page.evaluate(places) == before


# Numbers that people bring: long ones, pixels, prices, small gradients; batches; one number for a bias.
BROUGHT = (
    "x=0.123456,1e-9&W=1.23456,-2222.5;1e5,0.3333;7,8",
    "x=255,128&W=0.00392,0.5;0.1,0.2;0.3,0.4",
    "x=100000,250000&W=0.5,0.25;1,2;3,4&y=120000,0,0",
    "x=1e-4,2e-4&y=0.00001,0,0&W=1e-4,1;1e-4,1;1e-5,2",
    "network=2-2.sigmoid_mse&x=1,2;3,4&y=0,1;1,0",
    "network=2-2.sigmoid_mse&x=1,2;3,4;5,6&y=0,1;1,0;1,1&b=0.5",
    "network=two-layer&x=255,128;0,64;1e5,3&y=1,0;0,1;1,1",
)


def test_numbers_that_were_typed_are_as_high_as_any_however_long(stage: Stage, lot: Lot) -> None:
    stage.page.set_viewport_size(size(lot.choice(SCREENS)))
    shown = lot.choice(("1", "formula"))
    walks = [from_query(f"{numbers}&stage={shown}", "forward", strict=False).walk for numbers in BROUGHT]
    for place in lot.some([address for walk in walks for address in walk], 5):
        address = place + lot.choice(("", "&hide=now"))
        found = measured(stage, address)
        assert found["values"] >= VALUE, address
        assert found["least"] >= LEAST, (address, found["smallest"])
        assert (found["overlaps"], found["clipped"]) == ([], []), address
        assert (found["hidden"], found["scrolls"]) == (0, 0), address


def test_the_stage_at_another_step_is_what_its_address_gives(stage: Stage) -> None:
    """Stepping changes in place, and ends at the page that a direct visit gives."""
    stage.open("/forward?step=0&stage=1")
    for key in ("ArrowRight", "End", "ArrowLeft", "e", "PageUp", "ArrowUp", "e"):
        stage.press(key)
    address, there = stage.address, stage.page.evaluate("() => document.getElementById('page').outerHTML")
    stage.open(address)
    own = r"""html => html.replace(/ (data-htmx-powered|tabindex)="[^"]*"/g, "").replace(/ class=""/g, "")"""
    fresh = stage.page.evaluate("() => document.getElementById('page').outerHTML")
    assert stage.page.evaluate(own, there) == stage.page.evaluate(own, fresh)
