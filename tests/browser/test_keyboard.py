"""The page by keys alone: what Tab stops at and what it need not, what the arrows do in a box, what Escape closes."""

from __future__ import annotations

import pytest

from .conftest import Opened
from .stage import Stage

# Where one is after a press of Tab: its id, whether it is seen there, whether nothing lies over its middle, and
# whether one sees that the focus is on it.
_HERE = """() => {
  const focus = "rgb(106, 31, 176)";
  const here = document.activeElement;
  const name = here.id || here.className || here.localName;
  if (here === document.body) return [name, true, true, true];
  const { left, top, right, bottom } = here.getBoundingClientRect();
  const middle = (low, high, most) => (Math.max(low, 0) + Math.min(high, most)) / 2;
  const inside = left < innerWidth && top < innerHeight && right > 0 && bottom > 0;
  const over = document.elementFromPoint(middle(left, right, innerWidth), middle(top, bottom, innerHeight));
  const group = here.closest(".group");
  const met = over && (here.contains(over) || over.contains(here) || (group && over.closest(".group") === group));
  const box = here.querySelector(":scope > rect");
  const style = getComputedStyle(box ?? here);
  const [wide, colour] = [box ? style.strokeWidth : style.outlineWidth, box ? style.stroke : style.outlineColor];
  const drawn = parseFloat(wide) >= 2 && (box || style.outlineStyle !== "none");
  const marked = drawn && [focus, style.color].includes(colour);
  return [name, inside && here.checkVisibility({ visibilityProperty: true }), !!met, marked];
}"""
# How many things have a place in the order of Tab.
_STOPS = """() => [...document.querySelectorAll(
  "a[href], button, summary, input:not([type=hidden]), select, [tabindex]")]
  .filter((one) => one.checkVisibility() && one.tabIndex >= 0).length"""


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "address", ["/", "/backward?step=4", "/backward?step=4&ask=W.2.1", "/forward?network=shared&step=2"]
)
def test_everything_that_takes_the_focus_is_seen_and_few_stops_stand_before_next(stage: Stage, address: str) -> None:
    stage.open(address)
    met = []
    for _ in range(stage.page.evaluate(_STOPS)):
        stage.page.keyboard.press("Tab")
        name, seen, uncovered, marked = stage.page.evaluate(_HERE)
        assert seen, f"the focus is on {name}, which is not seen"
        assert uncovered, f"something lies over {name}"
        assert marked, f"nothing shows that the focus is on {name}"
        met.append(name)
    assert met[0] == "skip"
    assert met.index("next") <= 15, met[: met.index("next")]
    boxes = [name for name in met if name.startswith("node-")]
    in_flow = stage.at("#drawing-wide .node").evaluate_all("(all) => all.map((one) => one.id)")
    assert boxes == in_flow, "all of them, in the order in which data flows"
    assert not [name for name in met if name.startswith("cell-")], "a box is one stop"
    assert len([name for name in met if name.startswith("stop-")]) == 1, "the timeline is one stop"


def test_without_a_script_every_cell_and_every_step_is_a_stop(opened: Opened) -> None:
    stage = opened(java_script_enabled=False).open("/backward?step=4")
    assert stage.at("a[href][tabindex='-1']").count() == 0


def test_the_skip_link_leads_to_next_and_scrolls_nothing(either: Stage) -> None:
    either.open("/backward?step=2")
    either.page.keyboard.press("Tab")
    assert either.focus() == "skip"
    either.page.keyboard.press("Enter")
    if either.scripted:
        assert either.focus() == "next"
    else:  # the place from which Tab goes on
        either.page.keyboard.press("Tab")
        assert either.focus() == "last"
    assert either.page.evaluate("window.scrollY") == 0


def test_arrows_lead_into_a_box_and_to_no_other(stage: Stage) -> None:
    stage.open("/backward?step=4")
    stage.page.focus("#node-W-wide")
    places = ["node-W", *(f"cell-W-{row}-{column}" for row in (1, 2, 3) for column in (1, 2))]
    for name in [*places[1:], places[-1]]:
        stage.press("ArrowDown")
        assert stage.focus() == f"{name}-wide"
    for name in [*reversed(places[:-1]), places[0]]:
        stage.press("ArrowUp")
        assert stage.focus() == f"{name}-wide"
    assert stage.address == "/backward?step=4", "nothing was changed"
    stage.press("ArrowDown", "ArrowRight")
    assert (stage.address, stage.focus()) == ("/backward?step=5", "cell-W-1-1-wide"), "to the side is a step"
    stage.press("Tab")
    assert stage.focus() == "node-b-wide", "the next box"
    stage.press("Shift+Tab", "ArrowDown", "Shift+Tab")
    assert stage.focus() == "node-W-wide", "its own box"


def test_a_given_number_is_changed_by_plus_and_minus_and_finer_with_shift(stage: Stage) -> None:
    stage.open("/forward?step=1")
    stage.page.focus("#cell-x-1-wide")
    stage.press("+")
    assert stage.cells("x.1") == ["1.05"]
    stage.press("-", "Shift+ArrowUp")
    assert stage.cells("x.1") == ["1.01"]
    assert stage.focus() == "cell-x-1-wide"
    stage.page.focus("#cell-z-1-wide")
    before = stage.address
    stage.press("+", "Shift+ArrowUp")
    assert stage.address == before, "what is computed cannot be changed"


def test_space_steps_where_nothing_else_has_it(stage: Stage) -> None:
    stage.open("/forward?step=1")
    stage.press(" ")
    assert stage.address == "/forward?step=2"
    stage.press("Shift+ ")
    assert stage.address == "/forward?step=1"
    stage.page.click("#next")
    stage.settle()
    stage.press(" ")
    assert stage.address == "/forward?step=3", "Next still has the focus"
    stage.page.focus("#field-x")
    stage.press("End", " ")
    assert stage.address == "/forward?step=3"
    assert stage.page.input_value("#field-x") == "1, 0.5 "
    stage.page.focus("#copy")
    stage.press(" ")
    assert stage.address == "/forward?step=3", "a button is pressed by it"


def test_escape_closes_what_is_open_the_last_first(stage: Stage) -> None:
    stage.open("/backward?step=4&ask=W.2.1")
    stage.page.focus("#cell-W-2-1-wide")
    stage.press("?")
    stage.at("#keys").wait_for()
    stage.press("ArrowRight")
    assert stage.address == "/backward?step=4&ask=W.2.1", "what is open has the keys"
    stage.press("Escape")
    assert stage.at("#keys").is_hidden()
    assert stage.focus() == "cell-W-2-1-wide"
    stage.page.hover("#card .term >> nth=0")
    stage.until("document.querySelector('#tip:popover-open')")
    stage.press("Escape")
    assert stage.at("#tip").is_hidden()
    stage.page.mouse.move(0, 0)
    assert stage.address == "/backward?step=4&ask=W.2.1"
    stage.press("Escape")
    assert stage.address == "/backward?step=4"
    assert stage.focus() == "cell-W-2-1-wide"
    stage.press("Escape")
    assert stage.focus() == "next"
    stage.press("Escape")
    assert (stage.address, stage.focus()) == ("/backward?step=4", "next")


def test_the_focus_goes_along_the_timeline(stage: Stage) -> None:
    stage.open("/forward?step=1")
    stage.page.focus("#timeline [aria-current=step]")
    stage.press("ArrowRight")
    assert stage.at("#timeline [aria-current=step]").get_attribute("id") == stage.focus()
    stage.press("ArrowRight", "ArrowRight")
    assert stage.at("#timeline [aria-current=step]").get_attribute("id") == stage.focus()


def test_the_keys_open_over_the_page_that_one_is_at_and_without_a_script_as_a_page(either: Stage) -> None:
    either.open("/forward?x=2,1&step=1")
    either.page.click("#show-keys")
    told = either.at("#keys-title")
    told.wait_for()
    assert told.inner_text() == "On the page of a network"
    if not either.scripted:
        assert either.address == "/keys?x=2,1"
        return
    assert either.address == "/forward?x=2,1&step=1"
    either.page.click("#close-keys")
    assert either.at("#keys").count() == 0, "the page is as it was"
    assert either.focus() == "show-keys"
    either.page.route("**/keys?*", lambda route: route.abort())
    either.page.click("#show-keys")
    either.page.locator("#live", has_text="The list of keys did not come. Try again.").wait_for()
    either.page.unroute("**/keys?*")
    either.complaints.clear()


@pytest.mark.parametrize("key", ["f", "F5"])
def test_lecture_mode_is_one_key_away_and_keeps_the_place(stage: Stage, key: str) -> None:
    stage.open("/backward?x=2,1&step=4&show=why").press("Shift+F5" if key == "F5" else "Control+f")
    assert stage.address == "/backward?x=2,1&step=4&show=why"
    stage.page.keyboard.press(key)
    stage.page.wait_for_url("**&stage=1")
    assert stage.address == "/backward?x=2,1&step=4&show=why&stage=1"
