"""The heads as a person has them: the slider, the fields, a phone, no JavaScript."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import expect

from .stage import PHONE, VIEWPORT, Stage

UNFUSED = "/heads?unfused=1"


def opened_at(stage: Stage, path: str) -> Stage:
    stage.open(path)
    if stage.scripted:
        stage.until("document.querySelector('#slide[data-htmx-powered], #slide [data-htmx-powered]')")
    return stage


def test_long_numbers_have_room_on_a_screen_and_never_widen_a_phone(stage: Stage) -> None:
    stage.open("/heads?W=0,0;0,0;0,0&b=0,12,0")
    stage.page.set_viewport_size(VIEWPORT)
    for box in stage.at(".head .box, .head table").all():
        assert box.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 1
    stage.page.set_viewport_size(PHONE)
    assert stage.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for box in stage.at(".head .box").all():
        assert box.evaluate(
            "(one) => one.querySelector('table') === null || getComputedStyle(one).overflowX === 'auto'"
        )


@pytest.mark.parametrize("path", ["/heads?z=1e9&x=1", UNFUSED])
def test_nothing_is_clipped(stage: Stage, path: str) -> None:
    stage.open(path)
    for screen in (VIEWPORT, PHONE):
        stage.page.set_viewport_size(screen)
        for box in stage.at(".head .box, .head table").all():
            assert box.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 1


def test_the_five_columns_fit_on_one_screen_and_stand_side_by_side(stage: Stage) -> None:
    opened_at(stage, "/heads")
    boxes = [box for head in stage.at(".head").all() if (box := head.bounding_box())]
    assert len(boxes) == 5
    assert len({round(box["y"]) for box in boxes}) == 1
    assert all(one["x"] + one["width"] <= other["x"] for one, other in itertools.pairwise(boxes))
    assert max(box["y"] + box["height"] for box in boxes) <= 720 - 40, "and the sentence that says why"


def test_a_gradient_goes_up_on_a_dashed_line_past_the_prediction_but_through_it_in_the_non_canonical_pair(
    stage: Stage,
) -> None:
    opened_at(stage, "/heads")
    dashed = "(all) => all.map((one) => getComputedStyle(one).borderLeftStyle)"
    assert stage.at(".back").evaluate_all(dashed) == ["dashed"] * 6
    assert set(stage.at(".down").evaluate_all(dashed)) == {"solid"}
    for head in stage.at(".head").all():
        between, back = head.locator(".between").bounding_box(), head.locator(".back").first.bounding_box()
        assert between
        assert back
        through = "non-canonical" in (head.get_attribute("class") or "")
        assert (back["y"] + back["height"] > between["y"] + between["height"]) is not through
        assert through or back["x"] >= between["x"] + between["width"]


def test_the_slider_moves_the_logit_and_only_what_depends_on_it(stage: Stage) -> None:
    opened_at(stage, f"{UNFUSED}#unfused")
    stage.page.evaluate("() => { document.getElementById('slider').kept = true; }")
    stage.page.focus("#slider")
    for _ in range(8):
        stage.page.keyboard.press("ArrowLeft")
    stage.settle()
    stage.until("location.search === '?unfused=1&z=36'")
    assert stage.focus() == "slider"
    assert stage.page.evaluate("document.getElementById('slider').kept"), "it is not exchanged under the finger"
    assert stage.at("#field-z").input_value() == "36"
    assert "4.27 % off" in (stage.at(".sentences").text_content() or "")
    assert "4.27 % off" in (stage.at("#live").text_content() or "")
    assert stage.at("#fields [name=z]").get_attribute("value") == "36", "what other forms send along follows"
    assert stage.at("#to-json").get_attribute("href") == "/api/heads?unfused=1&z=36"
    assert stage.at("#entry-2").get_attribute("href") == "/heads?unfused=1&z=36&entry=2#jacobian"


def test_fields_switch_and_stops_work_with_and_without_javascript(either: Stage) -> None:
    stage = opened_at(either, "/heads")
    assert stage.at(".chains thead th").count() == 2
    stage.click("#switch")
    assert stage.at(".chains thead th").count() == 4
    stage.click("#stop-3")
    assert stage.address == "/heads?unfused=1&z=36"
    stage.fill("z", "-1000.5")
    assert "from -1000 to 1000" in (stage.at("#wrong-z").text_content() or "")
    assert stage.at("#field-z").input_value() == "-1000.5"
    assert "4.27 % off" in (stage.at(".sentences").text_content() or ""), "the last good picture stands"
    stage.fill("z", "2")
    stage.fill("b", "3, 0, -3")
    assert stage.address == "/heads?b=3,0,-3&unfused=1&z=2"
    assert stage.at("#field-z").input_value() == "2"
    assert "3.40" in (stage.at("#columns").text_content() or "")
    assert stage.at("#slide").is_visible() is stage.scripted
    stage.click("#network-softmax-mse")
    assert stage.address == "/backward?network=softmax-mse&b=3,0,-3&step=3"


def test_what_is_typed_goes_along_in_the_links_of_the_header_at_once(stage: Stage) -> None:
    stage.open("/heads")
    stage.fill("x", "2, 1")
    expect(stage.at("#to-cost")).to_have_attribute("href", "/cost?x=2,1")
    expect(stage.at(".brand")).to_have_attribute("href", "/forward?x=2,1")
