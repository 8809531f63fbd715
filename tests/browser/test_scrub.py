"""Dragging a number, with the pointer and with the arrow keys: the picture follows, in order, one request at a time."""

from __future__ import annotations

import pytest

from tests.conftest import Lot

from .conftest import Opened
from .stage import DRAG, Server, Stage

PIXELS = 6  # of a drag make one step of 0.05


def middle(stage: Stage, key: str) -> tuple[float, float]:
    box = stage.at(f'#drawing-wide [data-cell="{key}"]').bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def whole(stage: Stage) -> list[str]:
    """All numbers of the picture."""
    return [*stage.cells(*"xWbzhyL"), *stage.cells(*"xWbzhyL", kind="grad")]


def assert_as_its_address(stage: Stage, opened: Opened) -> None:
    """The page is the one that its address opens."""
    other = opened()
    other.open(stage.address)
    assert whole(stage) == whole(other)
    for part in ("#card .told", "#table", "#timeline"):
        assert stage.at(part).inner_text() == other.at(part).inner_text()
    for name in "xWby":
        assert stage.page.input_value(f"#field-{name}") == other.page.input_value(f"#field-{name}")


@pytest.mark.parametrize(("address", "delay"), [("/backward?step=4", 0.0), ("/forward", 0.03)])
def test_dragging_for_seconds_ends_on_the_right_picture(
    stage: Stage, opened: Opened, server: Server, lot: Lot, address: str, delay: float
) -> None:
    """60 events a second, for 2 seconds, in a soak 5: never an older answer after a newer one, and one request under
    way at most.
    """
    events = 300 if lot.soak else 120
    stage.open(address)
    entries = stage.page.evaluate("history.length")
    stage.rest()
    server.clear()
    server.delay = delay
    drag = stage.page.evaluate(DRAG, {"key": "x.1", "events": events})
    assert drag["took"] > events / 60 * 1000 - 10, "no faster than 60 events a second, on a busy machine slower"
    shown = [value for value, _ in drag["shown"]]
    assert shown == sorted(shown)
    assert len(set(shown)) >= events / 15, "the picture follows"
    last = 1 + 0.05 * 3 * events / PIXELS
    assert shown[-1] == pytest.approx(last)
    assert server.most == 1
    path, _, query = address.partition("?")
    assert stage.address == f"{path}?x={last:g},0.5" + (f"&{query}" if query else "")
    assert stage.page.evaluate("history.length") == entries + 1, "a drag is one edit"
    server.delay = 0
    assert_as_its_address(stage, opened)


def test_a_drag_back_and_forth_ends_where_the_pointer_is(stage: Stage, opened: Opened, server: Server) -> None:
    stage.open("/backward")
    x, y = middle(stage, "W.2.1")
    server.delay = 0.05
    stage.page.mouse.move(x, y)
    stage.page.mouse.down()
    for away in (30, 90, 200, 60, -40, -100, 24):
        stage.page.mouse.move(x + away, y, steps=4)
    stage.page.mouse.up()
    stage.settle()
    assert stage.cells("W.2.1") == ["0.50"], "0.3 and four steps of 0.05"
    assert stage.address == "/backward?W=0.5,-0.2;0.5,0.4;-0.1,0.6"
    server.delay = 0
    assert_as_its_address(stage, opened)


def test_while_it_is_dragged_all_that_is_looked_at_follows(stage: Stage) -> None:
    stage.open("/backward?ask=W.2.1")
    x, y = middle(stage, "x.1")
    stage.page.mouse.move(x, y)
    stage.page.mouse.down()
    stage.page.mouse.move(x + 20 * PIXELS, y, steps=3)
    stage.until("document.querySelector('#cell-x-1-wide .value').textContent === '2.00'")
    # h₂ = 0.3 · 2 + 0.4 · 0.5 − 0.1 = 0.7, so v₂ = 0.2 and ∂L/∂W₂₁ = 0.2 · 2
    assert stage.cells("W.2.1", kind="grad") == ["+0.40"]
    assert stage.at("#card h2").inner_text() == "Why is ∂L/∂W₂₁ = 0.40?"
    assert stage.page.input_value("#field-x") == "2, 0.5"
    assert stage.at("#cell-x-1-wide title").text_content() == "x₁ = 2, ∂L/∂x₁ = 0.41, checked, was 1.00, gradient 0.06"
    stage.page.mouse.up()
    stage.settle()
    assert stage.address == "/backward?x=2,0.5&ask=W.2.1"


def test_undo_after_a_drag_leads_to_where_it_began(stage: Stage) -> None:
    stage.open("/backward?b=1,1,1")
    x, y = middle(stage, "b.2")
    stage.page.mouse.move(x, y)
    stage.page.mouse.down()
    stage.page.mouse.move(x - 60, y, steps=20)
    stage.page.mouse.up()
    stage.settle()
    assert stage.address == "/backward?b=1,0.5,1"
    assert stage.at(".edited").inner_text() == "L 1.825 → 1.450 b was 1, 1, 1 Undo"
    stage.click("#undo")
    assert stage.address == "/backward?b=1,1,1"
    assert stage.at(".edited, .changed").count() == 0


def test_a_press_without_a_drag_asks(stage: Stage) -> None:
    stage.open("/forward")
    stage.click("#cell-x-1-wide")
    assert stage.address == "/forward?ask=x.1"
    stage.click("#cell-W-1-1-wide")
    assert stage.address == "/forward?ask=W.1.1"


def test_only_given_numbers_can_be_dragged(stage: Stage, server: Server) -> None:
    stage.open("/backward").rest()
    server.clear()
    for key in ("z.1", "h.2", "L"):
        x, y = middle(stage, key)
        stage.page.mouse.move(x, y)
        stage.page.mouse.down()
        stage.page.mouse.move(x + 60, y, steps=4)
        stage.page.mouse.up()
        stage.settle()
    assert server.asked == []


def test_plus_and_minus_on_a_number_move_it_and_keep_the_focus(stage: Stage, opened: Opened) -> None:
    stage.open("/backward?step=3")
    stage.page.focus("#cell-b-2-wide")
    stage.press("+", "=", "+", "-")
    assert stage.cells("b") == ["0.00", "0.00", "0.00"]
    assert stage.address == "/backward?b=0,0,0&step=3"
    assert stage.focus() == "cell-b-2-wide"
    stage.press("Shift+ArrowDown")
    assert stage.cells("b") == ["0.00", "−0.01", "0.00"]
    stage.press("ArrowRight")
    assert stage.address == "/backward?b=0,-0.01,0&step=4", "to the side is still a step"
    assert_as_its_address(stage, opened)


def test_a_key_held_down_loses_no_step(stage: Stage, server: Server) -> None:
    stage.open("/forward")
    stage.page.focus("#cell-y-1-wide")
    server.delay = 0.04
    for _ in range(12):
        stage.page.keyboard.down("+")  # without a key-up between them, these are repeats
    stage.page.keyboard.up("+")
    stage.settle()
    assert stage.address == "/forward?y=0.8,0.5,0.1"
    assert stage.cells("y.1") == ["0.80"]


def test_a_drag_into_numbers_that_overflow_keeps_the_last_good_picture(stage: Stage) -> None:
    """x₁ times 1e156 squared is beyond a float64 as soon as x₁ is not 0."""
    stage.open("/forward?x=0,0.5&W=1e156,0;0,0;0,0")
    before = stage.cells("z", "h")
    x, y = middle(stage, "x.1")
    stage.page.mouse.move(x, y)
    stage.page.mouse.down()
    with stage.page.expect_response(lambda answer: answer.status == 422):
        stage.page.mouse.move(x + 60, y, steps=5)
    stage.painted()
    assert stage.cells("z", "h") == before
    stage.page.mouse.up()
    stage.settle()
    assert "L overflows" in stage.at(".wrong").first.inner_text()
    assert stage.cells("z", "h") == before
    assert stage.page.input_value("#field-x") == "0.5, 0.5"


def test_a_finger_drags_a_number_too(opened_on_a_phone: Stage) -> None:
    stage = opened_on_a_phone.open("/backward")
    box = stage.at("#cell-x-1-tall").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = stage.context.new_cdp_session(stage.page)

    def finger(kind: str, at: float) -> None:
        points = [] if kind == "touchEnd" else [{"x": at, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    finger("touchStart", x)
    for event in range(1, 31):
        finger("touchMove", x + 2 * event)
    finger("touchEnd", x + 60)
    stage.settle()
    assert stage.address == "/backward?x=1.5,0.5"
    assert stage.cells("x.1", drawing="tall") == ["1.50"]
