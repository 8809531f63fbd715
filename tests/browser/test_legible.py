"""What is on the screen can be read there, on every screen and at every zoom: what `legible` measures has bounds."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.engine import NETWORKS
from app.pages.contents import CONTENTS

from ..conftest import Lot
from .conftest import Opened
from .legible import SCREENS, STEP, WINDOWS, ZOOMS, Legible, measure, states, stops_before_next
from .stage import Stage

SMALLEST, LARGE, CONTRAST = 13, 22, 3
# Layout rounds to 1/64 of a pixel.
ROUNDING = 0.05
EVERY_STATE = [address for name in NETWORKS for address in states(name)]
STEPS = [address for address in EVERY_STATE if "step=" in address]
PAGES = [
    "/networks",
    "/heads",
    "/cost",
    "/recall?q=W&answer=1&reveal=1",
    "/recall?q=why-vjp&reveal=1",
    "/chapter",
    *(f"/chapter/{key}" for key in CONTENTS),
    "/api",
]


def measured(stage: Stage, address: str, size: tuple[int, int] = (1280, 720)) -> Legible:
    """What is measured at an address of the site on a screen, once a script has scrolled there what it will."""
    stage.page.set_viewport_size({"width": size[0], "height": size[1]})
    stage.open(address).settle()
    stage.painted()
    return measure(stage.page)


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_no_text_of_any_page_is_too_small_to_read(stage: Stage, lot: Lot, size: tuple[int, int]) -> None:
    for address in ["/", STEP, *lot.some([*PAGES, "/no-such-page"], 3), *lot.some(EVERY_STATE, 2)]:
        found = measured(stage, address, size)
        assert found.smallest >= SMALLEST - ROUNDING, (address, found.smallest_text)


def test_formula_and_numbers_of_a_step_are_as_large_as_what_one_looks_at(stage: Stage, lot: Lot) -> None:
    for address in [STEP, *lot.some(STEPS, 5)]:
        found = measured(stage, address)
        assert (found.card_formula or LARGE) >= LARGE - ROUNDING, address
        assert (found.values or LARGE) >= LARGE - ROUNDING, address


def test_the_rules_of_a_whole_pass_are_no_smaller(stage: Stage, lot: Lot) -> None:
    for address in lot.some([address for address in EVERY_STATE if "step=" not in address], 3):
        found = measured(stage, address)
        assert (found.card_numbers or LARGE) >= LARGE - ROUNDING, address
        assert (found.values or LARGE) >= LARGE - ROUNDING, address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_line_stands_out_in_every_state(opened: Opened, scheme: str) -> None:
    stage = opened(color_scheme=scheme)
    for address in (STEP, "/forward?step=2"):
        lines = measured(stage, address).lines
        assert len(lines) > 18
        assert {name: contrast for name, contrast in lines.items() if contrast < CONTRAST} == {}, address


@pytest.mark.sampled(2)
@pytest.mark.parametrize("size", SCREENS)
def test_sentence_row_and_box_are_in_sight_on_every_screen(stage: Stage, lot: Lot, size: tuple[int, int]) -> None:
    """As the page arrives, before anybody scrolls; and no bar takes more than a fifth of the height.

    Where 256 pixels are all there is, a box may be higher than what the sentence and the row leave of them.
    """
    least = 0.9 if size[1] > 300 else 0.5
    for address in lot.some(EVERY_STATE, 3):
        found = measured(stage, address, size)
        assert (found.sentence, found.row, found.sideways) == (1, 1, 0), address
        assert found.now is None or found.now >= least, address
        assert found.stuck <= 0.2, address


@pytest.mark.sampled(1)
@pytest.mark.parametrize("window", WINDOWS)
def test_zooming_in_never_makes_a_digit_smaller(stage: Stage, lot: Lot, window: tuple[int, int]) -> None:
    """Zoom by z leaves a window of so many times fewer CSS pixels, each z times as large on the glass."""
    glass: list[tuple[float, float, float, float]] = []
    for zoom in [1.0, *lot.some(ZOOMS[1:], 4)]:
        found = measured(stage, STEP, (round(window[0] / zoom), round(window[1] / zoom)))
        assert found.values
        assert found.gradients
        assert found.card_numbers
        sizes = (found.values, found.gradients, found.card_numbers, found.smallest)
        glass.append((zoom * sizes[0], zoom * sizes[1], zoom * sizes[2], zoom * sizes[3]))
    for before, after in pairwise(glass):
        # half a CSS pixel of the window is lost to rounding
        assert all(then >= 0.995 * now for now, then in zip(before, after, strict=True)), glass


@pytest.mark.sampled(1)
@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_next_is_few_tabs_away_and_no_focus_is_hidden_on_the_way(stage: Stage, size: tuple[int, int]) -> None:
    for address in ("/", STEP, "/backward?network=two-layer&step=4"):
        measured(stage, address, size)
        stops, hidden = stops_before_next(stage.page)
        assert len(stops) <= 15, stops
        assert hidden == []


def test_what_is_too_small_too_pale_or_in_the_way_would_be_found(stage: Stage) -> None:
    good = measured(stage, STEP)
    assert good.smallest > 9
    stage.page.evaluate("""() => {
        const style = (selector) => document.querySelector(selector).style;
        style("#card h2").fontSize = "9px";
        style("#drawing-wide .value").fontSize = "8px";
        for (const arrow of document.querySelectorAll(".arrow")) arrow.style.strokeOpacity = 0.2;
        Object.assign(style("#bar"), { position: "fixed", top: 0, height: "50vh" });
        style("#back").visibility = "hidden";
    }""")
    found = measure(stage.page)
    scale = (good.values or 0) / 24
    assert found.smallest < 9.1
    assert found.values is not None
    assert abs(found.values - 8 * scale) < 8 * scale
    assert min(contrast for name, contrast in found.lines.items() if name.startswith("arrow")) < CONTRAST
    assert found.stuck >= 0.5
    assert found.row == 0
