"""The fields: what is typed is taken at once and in order, a slip is told beside its field, nonsense does no harm."""

from __future__ import annotations

import random
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request

from ..conftest import Lot
from .conftest import Opened
from .stage import Server, Stage

NONSENSE = [
    "<script>alert(1)</script>",
    '"onload=alert(1) x="',
    "'><img src=x onerror=alert(1)>",
    "]]><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "9" * 3000,
    "",
    " ",
    "1e999",
    "NaN, Infinity",
    "1,,2",
    "0x10, 1_000",
    "1;2;3;4",
    "%00%ff&step=1#x",
    "٣,٤",
    "1½,2",
]


def drawn_nonsense(count: int) -> list[str]:
    """Characters from all planes; no controls, which a field of one line would drop."""
    lot = random.Random(4)
    planes = [(0x20, 0x7E), (0xA0, 0x2FFF), (0x3000, 0xD7FF), (0x1F000, 0x1FAFF)]
    return ["".join(chr(lot.randint(*lot.choice(planes))) for _ in range(lot.randint(1, 30))) for _ in range(count)]


def picture(stage: Stage) -> list[str]:
    return stage.cells("x", "W", "b", "z", "h", "y", "L")


def test_a_new_number_is_taken_at_once(stage: Stage) -> None:
    stage.open("/forward")
    stage.page.fill("#field-x", "2, 1")
    stage.page.keyboard.press("Tab")
    stage.settle()
    assert stage.cells("x", "z") == ["2.00", "1.00", "0.80", "0.90", "0.40"]
    assert stage.address == "/forward?x=2,1"
    assert stage.focus() == "field-W"


def test_enter_takes_a_number_and_stays_in_the_field(stage: Stage) -> None:
    stage.open("/backward?step=3")
    stage.fill("x", "2, 1")
    assert stage.address == "/backward?x=2,1&step=3"
    assert stage.focus() == "field-x"
    assert stage.page.input_value("#field-x") == "2, 1"


def test_the_address_follows_in_its_canonical_form(stage: Stage) -> None:
    stage.open("/forward")
    for name, typed, address in (
        ("x", " 2.0 ,+1e0 ", "/forward?x=2,1"),
        ("x", "−0.50, 1e-9", "/forward?x=-0.5,1e-9"),
        ("b", "0,0,-0.6", "/forward?x=-0.5,1e-9&b=0,0,-0.6"),
        ("x", "1.00, 0.5", "/forward?b=0,0,-0.6"),
        ("b", "0, -0.1, 0", "/forward"),
        ("W", "1,2;3,4;5,6", "/forward?W=1,2;3,4;5,6"),
        ("y", ".2, .5, .25", "/forward?W=1,2;3,4;5,6&y=0.2,0.5,0.25"),
    ):
        stage.fill(name, typed)
        assert stage.address == address
        assert urlsplit(stage.at("#copy").get_attribute("data-copy") or "").query == urlsplit(address).query


def test_without_javascript_enter_and_apply_do_the_same(opened: Opened) -> None:
    stage = opened(java_script_enabled=False).open("/backward?step=3")
    stage.page.fill("#field-x", "2.0,1")
    stage.page.press("#field-x", "Enter")
    stage.page.wait_for_url("**/backward?x=2,1&step=3&was=**")
    stage.page.fill("#field-y", "0,0,0")
    stage.page.get_by_role("button", name="Apply").click()
    stage.page.wait_for_url("**/backward?x=2,1&y=0,0,0&step=3&was=**")
    assert stage.cells("x", "z") == ["2.00", "1.00", "0.80", "0.90", "0.40"]
    stage.page.fill("#field-b", "0,zero,0")
    stage.page.press("#field-b", "Enter")
    stage.page.wait_for_url("**/backward?*from=*")
    assert stage.page.input_value("#field-b") == "0,zero,0"
    assert "entry 2 of b must be a finite decimal number" in stage.page.inner_text("#wrong-b")
    assert stage.cells("x", "z") == ["2.00", "1.00", "0.80", "0.90", "0.40"]


def test_a_slip_is_told_beside_its_field_and_the_picture_stands(either: Stage) -> None:
    either.open("/backward?x=2,1&step=3")
    before = picture(either), either.cells("L", "h", "z", kind="grad")
    either.fill("b", "0, two, 0")
    if not either.scripted:
        either.page.wait_for_url("**from=**")
    field = either.at("#field-b")
    assert field.input_value() == "0, two, 0"
    assert field.get_attribute("aria-invalid") == "true"
    assert field.get_attribute("aria-describedby") == "wrong-b"
    told = either.at("#wrong-b")
    assert told.text_content() == "entry 2 of b must be a finite decimal number such as 0.5, -2 or 1e-3"
    assert told.is_visible()
    beside, of = field.bounding_box(), told.bounding_box()
    assert beside is not None
    assert of is not None
    assert of["x"] <= beside["x"] + beside["width"]
    assert of["x"] + of["width"] >= beside["x"]
    assert 0 <= beside["y"] - (of["y"] + of["height"]) < 5, "right above it"
    assert (picture(either), either.cells("L", "h", "z", kind="grad")) == before
    assert either.page.title() == "Please check the numbers · BackpropFlow"
    if either.scripted:
        assert "entry 2 of b" in (either.at("#live").text_content() or "")
        assert either.focus() == "field-b"
    either.fill("b", "0, 2, 0")
    either.page.wait_for_url("**/backward?x=2,1&b=0,2,0&step=3&was=**")
    assert either.at("[aria-invalid], .wrong").count() == 0
    assert either.cells("b") == ["0.00", "2.00", "0.00"]


def test_two_slips_are_told_each_beside_its_own(stage: Stage) -> None:
    stage.open("/forward")
    stage.fill("x", "1")
    stage.fill("W", "one")
    assert stage.at("#wrong-x").text_content() == "x needs 2 numbers, not 1"
    assert "W needs 3 rows of 2 numbers" in (stage.at("#wrong-W").text_content() or "")
    stage.fill("x", "3, 1")
    assert stage.at("#wrong-x").count() == 0
    assert stage.page.input_value("#field-W") == "one"
    stage.fill("W", "1,0;0,1;1,1")
    assert stage.address == "/forward?x=3,1&W=1,0;0,1;1,1"
    assert stage.cells("z") == ["3.00", "0.90", "4.00"]


def test_numbers_that_overflow_are_told_and_the_picture_stands(stage: Stage) -> None:
    stage.open("/forward")
    before = picture(stage)
    stage.fill("x", "1e200, 1e200")
    assert stage.at(".wrong").inner_text() == (
        "L overflows: with these numbers it is too large for a float64; look at h₂ = 7×10¹⁹⁹"
    )
    assert stage.page.input_value("#field-x") == "1e200, 1e200"
    assert picture(stage) == before


PLACED = "#bar, #card, .drawing, #timeline a, #fields input:not([type=hidden]), #fields label, .examples a"
# Where things stand while the page is at its top, for one of them sticks to the bottom of the screen.
PLACES = """(all) => (scrollTo(0, 0), all.filter((one) => one.checkVisibility()).map((one) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    return [one.id || one.textContent, ...[x, y, width, height].map(Math.round)]; }))"""


@pytest.mark.sampled(2)
@pytest.mark.parametrize("size", [(1280, 720), (1024, 768), (390, 844), (320, 640)])
def test_a_message_stands_in_a_place_of_its_own_and_moves_nothing(stage: Stage, size: tuple[int, int]) -> None:
    """One beside a field, of two lines on a phone, and one about no field; neither covers a field it is about."""
    stage.page.set_viewport_size({"width": size[0], "height": size[1]})
    stage.open("/backward?step=3")
    places = stage.at(PLACED).evaluate_all(PLACES)
    width = stage.page.evaluate("document.documentElement.scrollWidth")
    for name, typed, told in (("b", "0, two, 0", "#wrong-b"), ("x", "1e200, 1e200", ".is-loose")):
        stage.page.fill("#field-b", "0, -0.1, 0")
        stage.fill(name, typed)
        assert stage.at(PLACED).evaluate_all(PLACES) == places
        message, field = stage.at(told).bounding_box(), stage.at(f"#field-{name}").bounding_box()
        assert message
        assert field
        above = message["y"] + message["height"] <= field["y"] + 0.1
        assert above or message["y"] >= field["y"] + field["height"]
        if size[0] >= 1024:
            assert message["y"] + message["height"] <= size[1], "in sight where all is on one screen"
        assert message["x"] >= 0
        assert message["x"] + message["width"] <= size[0]
        assert float(stage.at(told).evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")) >= 13
        assert stage.page.evaluate("document.documentElement.scrollWidth") == width


def typed_in(request: Request) -> bool:
    """Whether it comes of what was typed: what else is asked for is so ahead of a step."""
    return "hx-request" in request.headers


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", ["x", "W", "b", "y"])
def test_nonsense_runs_nothing_and_breaks_nothing(stage: Stage, server: Server, lot: Lot, name: str) -> None:
    """A dialog, an error in the console or a request elsewhere would fail the test in the fixture."""
    stage.open("/forward?step=1")
    states: list[int] = []
    stage.page.on("response", lambda answer: states.append(answer.status) if typed_in(answer.request) else None)
    before = picture(stage)
    # all fields are made by one macro, so one of them is enough for all that may be typed
    for typed in NONSENSE + lot.some(drawn_nonsense(12), 3) if name == "x" else lot.some(NONSENSE[:7], 2):
        stage.fill(name, typed)
        assert stage.page.input_value(f"#field-{name}") == typed, "what was typed stays"
        assert stage.at(f"#wrong-{name}").is_visible()
        assert picture(stage) == before
        assert stage.at("#page script, #page img, #page [onload], #page [onerror]").count() == 0
    assert server.asked
    assert set(states) == {422}
    stage.click("#example-1")
    assert stage.address == "/forward?step=1"


def test_a_text_too_long_for_an_address_is_told_and_kept(stage: Stage) -> None:
    stage.open("/forward?x=2,1")
    stage.fill("b", "1," * 2000)
    assert stage.at("#live").inner_text() == "The numbers are too long for an address (4096 bytes): use fewer digits."
    assert stage.at("#live").is_visible()
    assert stage.page.input_value("#field-b") == "1," * 2000
    assert stage.cells("x", "b") == ["2.00", "1.00", "0.00", "−0.10", "0.00"]
    stage.fill("b", "1,1,1")
    assert stage.address == "/forward?x=2,1&b=1,1,1"
    assert stage.at("#live").get_attribute("class") == "unseen"


def test_a_server_that_is_gone_leaves_the_picture_and_a_sentence(opened: Opened) -> None:
    stage = opened().open("/forward?step=1")
    stage.page.fill("#field-x", "2,1")
    stage.context.set_offline(True)
    stage.press("Tab")
    assert stage.at("#live").inner_text() == "The server does not answer. Try again."
    assert stage.page.input_value("#field-x") == "2,1"
    stage.context.set_offline(False)
    stage.fill("x", "2,1")
    assert stage.address == "/forward?x=2,1&step=1"
    stage.press("Tab", "ArrowRight")
    assert stage.address == "/forward?x=2,1&step=1", "the focus is in a field"
    # Chromium and htmx both say in the console that the network was gone
    stage.complaints[:] = [told for told in stage.complaints if "htmx:error" not in told and "net::ERR" not in told]


def test_each_example_shows_what_it_is_for(stage: Stage) -> None:
    stage.open("/backward")
    stage.click(".examples >> text=an inactive unit")
    assert stage.at("#drawing-wide [data-cell='z.3'] rect.inactive").is_visible()
    assert stage.at("#drawing-wide .inactive.grad, #drawing-wide text.inactive").all_text_contents() == ["0.00"]
    assert stage.at("#drawing-wide .note").all_text_contents() == [
        "inactive: z₃ = −0.40 ≤ 0",
        "target: takes no gradient",
    ]
    stage.click(".examples >> text=at the kink")
    assert stage.cells("z") == ["0.40", "0.00", "0.20"]
    assert "inactive: z₂ = 0.00 ≤ 0" in stage.at("#drawing-wide .note").all_text_contents()
    stage.click(".examples >> text=loss 0")
    assert stage.cells("L") == ["0.000"]
    assert stage.cells("h", "z", "b", kind="grad") == ["0.00"] * 9
    assert stage.at("#drawing-wide rect.inactive").count() == 0
    assert stage.at("#drawing-wide [data-cell^='h.'] .grad.zero").count() == 3
    assert stage.page.request.get(stage.server.url + "/api" + stage.address).json()["loss"] == 0
    assert stage.at("[aria-current=true]").all_inner_texts() == ["← Backward", "Pass", "loss 0"]
    stage.click(".examples >> text=Reset")
    assert stage.address == "/backward"
    assert stage.cells("L") == ["0.030"]


def test_own_numbers_resets_fields_and_keeps_the_step(stage: Stage) -> None:
    stage.open("/backward?x=2,1&b=1,1,1&y=0,0,0&step=2")
    stage.click(".examples >> text=Reset")
    assert stage.address == "/backward?step=2"
    assert stage.page.input_value("#field-x") == "1, 0.5"
    assert stage.page.input_value("#field-b") == "0, -0.1, 0"


def test_the_copied_link_is_the_canonical_address(opened: Opened) -> None:
    stage = opened(permissions=["clipboard-read", "clipboard-write"])
    stage.open("/backward?b=0,-0.1,0&x=2.0,1.00&step=4")
    stage.page.click("#copy")
    stage.until("document.getElementById('live').textContent === 'Link copied'")
    assert stage.page.evaluate("navigator.clipboard.readText()") == stage.server.url + "/backward?x=2,1&step=4"
    assert stage.page.inner_text("#copy") == "Copied"
    stage.until("document.getElementById('copy').textContent === 'Copy link'")
    stage.click("#next")
    stage.page.click("#copy")
    stage.until("document.getElementById('live').textContent === 'Link copied'")
    assert stage.page.evaluate("navigator.clipboard.readText()") == stage.server.url + "/backward?x=2,1&step=5"


def test_an_edit_while_a_step_is_under_way_is_taken(stage: Stage, server: Server) -> None:
    stage.without_walk_ahead().open("/forward?step=1")
    server.delay = 0.25
    stage.page.keyboard.press("ArrowRight")
    stage.page.fill("#field-x", "2,1")
    stage.page.keyboard.press("Tab")
    stage.settle()
    server.delay = 0
    assert stage.cells("x") == ["2.00", "1.00"]
    assert stage.address.startswith("/forward?x=2,1&step=")


def test_what_is_being_typed_when_a_step_arrives_is_not_lost(stage: Stage, server: Server) -> None:
    stage.without_walk_ahead().open("/forward?step=1")
    server.delay = 0.25
    stage.page.keyboard.press("ArrowRight")
    stage.page.focus("#field-x")
    stage.page.keyboard.press("Control+a")
    stage.page.keyboard.type("2,")
    stage.until("location.search === '?step=2'")
    assert stage.page.input_value("#field-x") == "2,"
    assert stage.focus() == "field-x"
    stage.page.keyboard.type("1")
    stage.page.keyboard.press("Tab")
    stage.settle()
    assert stage.address == "/forward?x=2,1&step=2"
    assert stage.focus() == "field-W"


def test_what_was_typed_whole_before_a_step_arrives_is_taken_on_leaving(stage: Stage, server: Server) -> None:
    stage.without_walk_ahead().open("/forward?step=1")
    server.delay = 0.25
    stage.page.keyboard.press("ArrowRight")
    stage.page.fill("#field-x", "2,1")
    stage.until("location.search === '?step=2'")
    server.delay = 0
    stage.page.keyboard.press("Tab")
    stage.settle()
    assert stage.address == "/forward?x=2,1&step=2"
    stage.press("ArrowLeft")
    stage.page.focus("#to-api")
    stage.press("ArrowLeft")
    assert stage.address == "/forward?x=2,1&step=1"


def test_a_click_on_next_takes_the_edit_along(stage: Stage, server: Server) -> None:
    stage.open("/forward?step=1")
    server.delay = 0.1
    stage.page.fill("#field-x", "2,1")
    stage.page.click("#next")
    stage.until("location.search === '?x=2,1&step=2'")
    stage.settle()
    assert stage.address == "/forward?x=2,1&step=2"


PASTE = """(field, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    field.focus();
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def test_rows_that_are_pasted_from_a_spreadsheet_stay_rows(stage: Stage) -> None:
    stage.open("/backward?x=2,1")
    stage.at("#field-W").evaluate(PASTE, "1\t2\r\n3\t4\r\n5\t6\r\n")
    stage.page.wait_for_url("**/backward?x=2,1&W=1,2;3,4;5,6&was=**")
    assert stage.page.input_value("#field-W") == "1, 2; 3, 4; 5, 6"


def test_a_block_that_names_several_arrays_fills_their_fields_from_any_of_them(stage: Stage) -> None:
    stage.open("/backward")
    stage.at("#field-b").evaluate(PASTE, "x = np.array([2.0, 1.0])\nW = [[1, 2],\n     [3, 4], [5, 6]]\n")
    stage.page.wait_for_url("**/backward?x=2,1&W=1,2;3,4;5,6&was=**")
    assert [stage.page.input_value(f"#field-{name}") for name in "xWb"] == ["2, 1", "1, 2; 3, 4; 5, 6", "0, -0.1, 0"]


def test_numbers_that_are_pasted_into_the_midst_of_others_stay_there(stage: Stage) -> None:
    stage.open("/backward")
    stage.at("#field-x").evaluate(PASTE, "0.25")
    assert stage.address == "/backward"
