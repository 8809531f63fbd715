"""The cost page as it is used: sliders, fields and links, with and without JavaScript, on a screen and a phone."""

from __future__ import annotations

from itertools import combinations

from .stage import Server, Stage


def ready(stage: Stage, path: str = "/cost") -> Stage:
    """The page, its form htmx's."""
    stage.open(path)
    if stage.scripted:
        stage.until("document.querySelector('#scale[data-htmx-powered], [data-htmx-powered] #scale')")
    return stage


def dearest(stage: Stage) -> str:
    """What ∂z/∂W takes."""
    return stage.at(".claim .big").nth(2).inner_text().replace("\u00a0", " ")


# Where the letters of each text of the picture are; a line of the maths font is far higher than they are.
_LETTERS = """() => [...document.querySelectorAll(".curves text")].filter((one) => one.checkVisibility()).map((one) => {
  const { left, right, top, bottom } = one.getBoundingClientRect();
  const half = 0.45 * parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a;
  return [one.textContent, left, right, (top + bottom) / 2 - half, (top + bottom) / 2 + half];
})"""
Letters = tuple[str, float, float, float, float]


def overlap(one: Letters, other: Letters) -> bool:
    """Whether two texts share more than a hair."""
    wide = min(one[2], other[2]) - max(one[1], other[1])
    high = min(one[4], other[4]) - max(one[3], other[3])
    return wide > 1 and high > 1


def test_a_number_is_entered_and_a_link_followed_with_and_without_javascript(either: Stage) -> None:
    stage = ready(either)
    assert dearest(stage) == "275 GB"
    stage.page.fill("#field-n", "1024")
    stage.page.press("#field-n", "Enter")
    stage.page.wait_for_url("**/cost?n=1024")
    stage.settle()
    assert dearest(stage) == "68.7 GB", "4096 · 4096 · 1024 · 4"
    stage.click("#less-m")
    stage.page.wait_for_url("**/cost?n=1024&m=2048")
    assert dearest(stage) == "17.2 GB"
    stage.page.select_option("#field-dtype", "float64")
    if not stage.scripted:
        stage.page.click("#scale button")
    stage.page.wait_for_url("**/cost?n=1024&m=2048&dtype=float64")
    assert dearest(stage) == "34.4 GB"
    assert stage.at("#slider-n").is_visible() == stage.scripted
    stage.click("#show-work")
    stage.page.wait_for_url("**&show=work")
    assert "backward, VJPs" in stage.at("#plot-wide").inner_html()


def test_a_slip_is_told_beside_its_field_and_the_sums_stand(stage: Stage) -> None:
    ready(stage, "/cost?n=1024")
    stage.page.fill("#field-layers", "many")
    stage.page.press("#field-layers", "Enter")
    stage.page.wait_for_selector("#wrong-layers")
    assert stage.at("#wrong-layers").inner_text() == "layers must be a whole number from 1 to 1000"
    assert stage.page.input_value("#field-layers") == "many"
    assert dearest(stage) == "68.7 GB"


def test_a_slider_moves_the_sums_while_it_is_held_and_the_address_when_it_is_let_go(
    stage: Stage, server: Server
) -> None:
    ready(stage)
    entries = stage.page.evaluate("history.length")
    box = stage.at("#slider-n").bounding_box()
    assert box
    x, y = box["x"], box["y"] + box["height"] / 2
    stage.page.mouse.move(x + box["width"] * 12 / 16, y)
    server.clear()
    stage.page.mouse.down()
    stage.page.mouse.move(x + box["width"] * 0.6, y, steps=5)
    stage.page.mouse.move(x + 1, y, steps=5)
    stage.until("document.querySelectorAll('.claim .big')[2].textContent.includes('67.1')")
    assert stage.page.input_value("#field-n") == "1"
    assert stage.address == "/cost", "while it moves, the address rests"
    assert server.most == 1
    stage.page.mouse.up()
    stage.page.wait_for_url("**/cost?n=1")
    stage.settle()
    assert dearest(stage) == "67.1 MB", "4096 · 4096 · 1 · 4"
    assert stage.page.evaluate("history.length") == entries + 1, "a drag is one edit"
    assert stage.at("#live").text_content() == stage.at("#sums").get_attribute("data-announce")


def test_a_slider_follows_the_keys_and_keeps_the_focus(stage: Stage) -> None:
    ready(stage)
    stage.page.focus("#slider-batch")
    for batch in (2048, 4096, 8192):
        stage.page.keyboard.press("ArrowRight")
        stage.page.wait_for_url(f"**/cost?batch={batch}")
        stage.settle()
        assert stage.focus() == "slider-batch"
        assert stage.at("#slider-batch").get_attribute("aria-valuetext") == str(batch)
    assert stage.page.input_value("#field-batch") == "8192"


def test_no_two_labels_overlap_none_is_cut_off_and_nothing_runs_over_the_side(stage: Stage) -> None:
    found = []
    for query in ("", "show=work", "show=time", "n=1&m=65536", "n=3000&m=1&show=work", "n=65536&m=64&layers=many"):
        stage.open(f"/cost?{query}")
        for width in (1280, 390):
            stage.page.set_viewport_size({"width": width, "height": 800})
            texts = stage.page.evaluate(_LETTERS)
            assert len(texts) > 8
            found += [(query, one[0], other[0]) for one, other in combinations(texts, 2) if overlap(one, other)]
            found += [(query, text, "cut off") for text, left, right, *_ in texts if left < 0 or right > width]
            assert stage.page.evaluate("document.documentElement.scrollWidth") <= width
    assert found == []
    stage.page.set_viewport_size({"width": 320, "height": 800})
    assert stage.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_picture_and_the_claims_are_on_the_first_screen(stage: Stage) -> None:
    ready(stage)
    for selector in ("#plot-wide", ".claims"):
        box = stage.at(selector).bounding_box()
        assert box
        assert box["y"] + box["height"] <= 720


def test_lines_are_told_apart_by_more_than_their_colour(stage: Stage) -> None:
    """No two of one picture have the same dashes and the same width."""
    for show in ("bytes", "work", "time"):
        stage.open(f"/cost?show={show}")
        strokes = stage.page.evaluate(
            """() => [...document.querySelectorAll("#plot-wide .trace polyline")].map((line) => {
              const { strokeDasharray, strokeWidth } = getComputedStyle(line);
              return strokeDasharray + " " + strokeWidth;
            })"""
        )
        assert len(strokes) >= 3
        assert len(set(strokes)) == len(strokes), show
