"""For everyone: axe finds nothing, contrasts are computed, motion is asked for, zoom and phones fit, words are said."""

from __future__ import annotations

import re
from itertools import product
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

from app.pages.contents import CONTENTS
from app.settings import STATIC
from tests.conftest import Lot

from .conftest import Opened
from .stage import Server, Stage

INACTIVE = "b=0,-0.1,-0.6"
# One of each kind. The first three hold all the colours.
PAGES = [
    "/",
    f"/backward?{INACTIVE}",
    "/backward?b=0,-0.5,0&step=3",  # at the kink
    "/backward",
    "/backward?x=1&from=step%3D2",  # a slip
    "/api",
    "/forward?step=0",
    "/backward?step=3",
    "/nowhere",
    "/backward?step=5&show=why",
    "/forward?step=1&show=why",
    "/backward?step=4&show=jacobian",
    "/backward?b=0,-0.5,0&show=check",
    "/forward?show=saved",
    "/backward?x=2,1&ask=x.1&eps=0.1&was=",
    "/backward?x=0.123456,1e-9&W=1.23456,-2222.5;1e5,0.3333;7,8",
    "/chapter",
    *(f"/chapter/{key}" for key in CONTENTS),
    "/networks",
    "/networks?network=3-4.tanh-4.tanh-2_ce&lr=0.5&hold=b1",
    "/networks?network=2-3.relu-2_ce&W1=1,2,3;4,5,6&y=class%207&from=",  # slips
    "/networks/published/mazur-2-2-2",
    "/compare?lr=0&lines=dz.1%3D0.21%0Adz.2%3D0.1%0Aone",
    "/glossary",
    "/keys",
    "/lecture?stop=12",
    "/lecture?stops=nonsense",
    "/handout?blanks=1&answers=1",
    "/filmstrip",
    "/backward?network=two-layer&step=4",
    "/backward?network=shared&step=4",
    "/backward?network=softmax-ce&step=2&show=why",
    "/train?network=two-layer&steps=30",
    "/train?lr=0&hold=b",
    "/backward?lr=0.5",
    "/cost",
    "/cost?show=time&n=1024",
    "/cost?n=0&dtype=float8",
    "/heads?z=1e9&x=1",
    "/heads?unfused=1",
    "/recall",
    f"/recall?{INACTIVE}&q=z.3&answer=-0.1",
    "/recall?q=W&answer=abc",
    f"/recall?{INACTIVE}&q=zeros.z&answer=1",
    "/recall?q=why-vjp&reveal=1",
    "/recall?q=prediction-target&reveal=1",
    "/recall?q=by-indices",
    "/recall?q=bracket.x&answer=24,15",
    "/recall?q=saved&reveal=1",
    "/backward?network=3-4.tanh-4.tanh-2_ce&step=6",
    "/backward?network=5-5.softplus_ce",
    "/backward?network=1-2.silu-5.gelu_out&step=4&show=why",
    "/chapter/2?network=2-2.sigmoid-2.sigmoid_mse",
    "/backward?network=64-64_mse&step=3",
]
# 400 % zoom, and a phone; what lies between them and a desk: 200 % zoom, a tablet, half a screen
NARROW = [(320, 256), (390, 844)]
BETWEEN = [(640, 360), (768, 1024), (960, 540)]
ACROSS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Formulas, signs and numbers in a picture: as WCAG 2.5.3 understands it, they are named as they are said.
MATHS = re.compile(r'^<a [^>]*class="(node|cell|term|factor)\b|^<a id="rule-')
# What scrolls sideways by itself, but for tables, code and rows of matrices, whose columns can't be broken, and for a
# drawing that is too long to be read any smaller, as those of a handout are, and the formula of a whole network.
SIDEWAYS = """() => [...document.querySelectorAll("body *")].filter((one) =>
    one.scrollWidth - one.clientWidth > 1 && /auto|scroll/.test(getComputedStyle(one).overflowX)
    && !one.matches(".scroll, pre, .formula:has(mtable), #picture:has(> .long), .view, .ladder:has(mtable), .whole"))
    .map((one) => `${one.className}: ${one.textContent}`)"""


@pytest.mark.sampled(5)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_for_everyone(stage: Stage, lot: Lot, path: str) -> None:
    """It never scrolls sideways, its texts stand out, and axe finds nothing: at a desk by day or on a phone by night,
    and where all the colours are, both; in a soak all.
    """
    stage.open(path)
    colourful = path in PAGES[:3]
    both = colourful or lot.soak
    if both or PAGES.index(path) % 2:
        assert unmeasured(stage, "light") == []
        assert faults(stage, contrast=both) == ""
    for width, height in (*lot.some(BETWEEN, 1), *NARROW):
        stage.page.set_viewport_size({"width": width, "height": height})
        assert stage.page.evaluate(ACROSS) <= 0, width
        if width == 320:
            assert stage.page.evaluate(SIDEWAYS) == []
    if both or not PAGES.index(path) % 2:
        assert unmeasured(stage, "dark") == []
        assert faults(stage, contrast=both) == ""


def faults(stage: Stage, *, contrast: bool) -> str:
    """What axe says. Its own look at contrasts takes longer than all else, and texts on plain grounds were measured."""
    # the row that stays at the foot of a phone's screen lies over whatever is scrolled under it
    stage.page.evaluate("() => document.getElementById('timeline')?.style.setProperty('position', 'static')")
    asked = {"target-size": True, "label-content-name-mismatch": True, "color-contrast": contrast}
    rules = {name: {"enabled": enabled} for name, enabled in asked.items()}
    found = Axe().run(stage.page, options={"resultTypes": ["violations"], "rules": rules})
    told = [
        f"{violation['id']}: {node['html']}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
        if violation["id"] != "label-content-name-mismatch" or not MATHS.search(node["html"])
    ]
    return "\n".join(told)


def tokens(scheme: str) -> dict[str, str]:
    """The custom properties of a theme, as the stylesheet has them."""
    consistent_digits = (STATIC / "css" / "tokens.css").read_text()
    light = re.search(r"^:root \{(.*?)^\}", consistent_digits, re.MULTILINE | re.DOTALL)
    dark = re.search(r"prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}", consistent_digits, re.DOTALL)
    assert light
    assert dark
    found = dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6});", light.group(1)))
    if scheme == "dark":
        theirs = dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6});", dark.group(1)))
        assert theirs.keys() == found.keys(), "a colour stands in one theme only"
        found = theirs
    return found


def luminance(colour: str) -> float:
    """As WCAG 2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_wcag_says() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_seven_to_one_and_lines_three_to_one(scheme: str) -> None:
    colours = tokens(scheme)
    texts, lines = ("ink", "quiet", "value", "grad", "wrong"), ("edge", "value-line", "grad-line", "focus")
    pairs = [
        *((text, ground, 7.0) for text, ground in product(texts, ("ground", "surface"))),
        # numbers and formulas stand on these too
        ("ink", "value-soft", 7.0),
        ("ink", "grad-soft", 7.0),
        ("value", "value-soft", 7.0),
        ("grad", "grad-soft", 7.0),
        ("on-accent", "value", 7.0),
        ("on-accent", "grad", 7.0),
        *((line, ground, 3.0) for line, ground in product(lines, ("ground", "surface"))),
    ]
    weak = [
        f"--{one} on --{other}: {ratio:.2f}, not {least}"
        for one, other, least in pairs
        if (ratio := contrast(colours[f"--{one}"], colours[f"--{other}"])) < least
    ]
    assert weak == []


# Every text that is seen: how it begins, its colour, how opaque it is, and the ground of an HTML text.
_PAINTED = """() => {
  const byte = (n) => (+n).toString(16).padStart(2, "0");
  const hex = (rgb) => "#" + rgb.match(/\\d+/g).slice(0, 3).map(byte).join("");
  const says = (one) => [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  const clear = "rgba(0, 0, 0, 0)";
  const ground = (one) => {
    const { backgroundColor } = getComputedStyle(one);
    return backgroundColor === clear && one.parentElement ? ground(one.parentElement) : backgroundColor;
  };
  return [...document.querySelectorAll("body, body *")]
    .filter((one) => one.checkVisibility() && says(one))
    .map((one) => [one.outerHTML.slice(0, 80), getComputedStyle(one), one.ownerSVGElement, ground(one)])
    .map(([html, style, svg, below]) =>
      [html, hex(svg ? style.fill : style.color), +style.opacity, svg || below === clear ? null : hex(below)]);
}"""


def unmeasured(stage: Stage, scheme: Literal["light", "dark"]) -> list[tuple[str, str, float, str | None]]:
    """The texts that a theme paints in a colour from nowhere, not opaque, or on a ground of almost that colour."""
    measured = {tokens(scheme)[f"--{name}"] for name in ("ink", "quiet", "value", "grad", "wrong", "on-accent")}
    stage.page.emulate_media(color_scheme=scheme)
    painted = stage.page.evaluate(_PAINTED)
    assert painted
    return [
        one
        for one in painted
        if one[1] not in measured or one[2] != 1 or (one[3] is not None and contrast(one[1], one[3]) < 4.5)
    ]


# What moves right after the swap of a step.
_MOTION = """async () => {
  const swapped = new Promise((resolve) => document.addEventListener("htmx:after:swap", () => resolve(
    document.getAnimations().map((one) => one.effect.getComputedTiming().endTime)), { once: true }));
  document.getElementById("next").click();
  const first = await swapped;
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  return [first, document.getAnimations().length];
}"""


def test_nothing_moves_for_those_who_asked_for_less_motion(stage: Stage) -> None:
    stage.open("/forward?step=0")
    for _ in range(9):
        assert stage.page.evaluate(_MOTION) == [[], 0]


def test_motion_is_short_and_only_an_addition(opened: Opened) -> None:
    stage = opened(reduced_motion="no-preference").open("/forward?step=0")
    for step in range(9):
        (ends, _) = stage.page.evaluate(_MOTION)
        assert all(end < 300 for end in ends)
        assert ends or step == 3, "each step shows its direction, but the seed, which runs along no arrow"
    numbers = stage.page.evaluate("() => getComputedStyle(document.querySelector('.cell .value')).transitionDuration")
    assert numbers == "0s", "a number is never delayed"


def test_on_a_phone_the_controls_stay_within_reach(opened_on_a_phone: Stage) -> None:
    stage = opened_on_a_phone.open("/forward?step=0")
    for place in range(1, 10):
        stage.page.tap("#next")
        stage.settle()
        assert stage.at("#timeline [aria-current=step]").get_attribute("id") == f"stop-{place}"
        for control in ("#back", "#next"):
            box = stage.at(control).bounding_box()
            assert box is not None
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= 844
            assert min(box["width"], box["height"]) >= 24


def test_one_sentence_is_said_for_each_step(stage: Stage) -> None:
    stage.open("/forward?step=0")
    assert stage.at("#live").get_attribute("aria-live") == "polite"
    assert stage.at("#live").text_content() == "", "a page that is read anyway is not said twice"
    for _ in range(9):
        stage.press("ArrowRight")
    said = stage.page.evaluate("seen.said")
    assert len(said) == 9
    assert said[0].startswith("Step 1 of 3, forward. ")
    assert said[0].endswith("z = W x + b = (0.40, 0.40, 0.20).")
    assert said[8].startswith("Step 6 of 6, backward. ")
    assert len(set(said)) == 9
    stage.fill("x", "2")
    assert stage.page.evaluate("seen.said").pop() == "x needs 2 numbers, not 1."


def test_nobody_is_interrupted_by_quick_steps(stage: Stage, server: Server) -> None:
    stage.open("/forward?step=0")
    server.delay = 0.03
    for _ in range(3):
        stage.page.keyboard.press("ArrowRight")
    stage.settle()
    assert len(stage.page.evaluate("seen.said")) <= 3


def test_each_node_is_a_link_with_a_whole_sentence(stage: Stage) -> None:
    tree: Any = stage.open("/backward").at("#drawing-wide").aria_snapshot()
    named = {name: said for name, said in re.findall(r'link "([^,"]+), (.*?)"', tree) if " = " not in name}
    assert list(named) == ["x", "W", "b", "z", "h", "y*", "L"]
    assert named["z"] == "linear, 3 numbers, value 0.40, 0.40, 0.20, gradient 0.20, −0.10, 0.10, from W, x and b"
    assert named["W"] == (
        "parameter, 3 by 2 numbers, value 0.50, −0.20, 0.30, 0.40, −0.10, 0.60,"
        " gradient 0.20, 0.10, −0.10, −0.05, 0.10, 0.05"
    )
    assert named["y*"] == "target, 3 numbers, value 0.20, 0.50, 0.10, takes no gradient"
    assert named["L"] == "squared error, a scalar, value 0.030, gradient 1.00, from h and y*"
    stage.open("/backward?b=0,-0.1,-0.6&step=3")
    assert "gradient 0.20, −0.10, 0.00 (inactive)" in (stage.at("#node-z-wide").get_attribute("aria-label") or "")
    assert "gradient not reached yet" in (stage.at("#node-W-wide").get_attribute("aria-label") or "")
    cells = {one: stage.at(f"#cell-{one}-wide").get_attribute("aria-label") for one in ("z-2", "z-3", "W-1-1", "y-1")}
    assert cells == {
        "z-2": "z₂ = 0.40, ∂L by ∂z₂ = −0.10, checked",
        "z-3": "z₃ = −0.40, ∂L by ∂z₃ = 0.00, inactive, checked",
        "W-1-1": "W₁₁ = 0.50, gradient not reached yet",
        "y-1": "y*₁ = 0.20, takes no gradient",
    }
    stage.open("/forward?step=1")
    assert stage.at("#cell-h-1-wide").get_attribute("aria-label") == "h₁, not reached yet"
    assert "not computed yet" in (stage.at("#node-h-wide").get_attribute("aria-label") or "")


def test_roles_are_ordinary(stage: Stage) -> None:
    stage.open("/backward")
    assert stage.at("[role=application], [role=img] a").count() == 0
    assert stage.at("svg.drawing").first.get_attribute("role") == "group"
    assert stage.at("h1").count() == 1
    assert [stage.page.get_by_role(role).count() for role in ("banner", "main")] == [1, 1]
    navs = stage.page.get_by_role("navigation").evaluate_all("(all) => all.map((one) => one.ariaLabel)")
    assert {"Pass", "Steps"} <= set(navs)
    assert len(set(navs)) == len(navs), "each has a name of its own"
    tab = stage.at("#table table")
    assert tab.locator("thead th").all_text_contents()[:2] == ["node", "op"]
    assert tab.locator("tbody th[scope=row]").all_text_contents() == ["x", "W", "b", "z", "h", "y*", "L"]


def test_sign_and_dash_say_what_colour_says(stage: Stage) -> None:
    """A gradient has its sign, its arrow its dashes, an inactive zero its hatching."""
    stage.open("/backward?b=0,-0.1,-0.6")
    assert all(re.match(r"[+−]|0\.00$", text) for text in stage.cells("x", "W", "b", "z", "h", kind="grad"))
    dashes = "(all) => all.map((one) => getComputedStyle(one).strokeDasharray)"
    assert stage.at("#drawing-wide .arrow.is-value").evaluate_all(dashes) == ["none"] * 6
    assert "none" not in stage.at("#drawing-wide .arrow.is-grad").evaluate_all(dashes)
    assert stage.at("#drawing-wide rect.inactive").count() == 1


def test_a_focused_node_tells_its_numbers_in_full_and_moves_nothing(stage: Stage) -> None:
    stage.open("/backward?x=0.1234567,1&step=6")
    before = stage.at("#legend").bounding_box()
    stage.page.focus("#node-x-wide")
    told = stage.at("#exact").inner_text()
    assert told.startswith("x₁ = 0.1234567, ∂L/∂x₁ = ")
    assert stage.at("#legend").bounding_box() == before
    stage.press("ArrowLeft")
    assert stage.at("#exact").inner_text() == told, "the focus has stayed, and so has what it tells"
    stage.page.focus("#next")
    assert stage.at("#exact").text_content() == ""


# Of each of these, its line or its text, and the ground it stands on.
_FORCED = """() => {
  const canvas = getComputedStyle(document.body).backgroundColor;
  const styles = (selector) => [...document.querySelectorAll(selector)].map((one) => getComputedStyle(one));
  const lines = styles(".drawing.wide :is(.arrow, .box, .cell rect:not(.inactive))").map((style) => style.stroke);
  const texts = styles(".drawing.wide text").map((style) => style.fill);
  const current = styles(".toggle [aria-current], .timeline .now a, .tabs [aria-current]");
  return {
    lost: [...lines, ...texts].filter((colour) => colour === canvas),
    current: current.map((style) => [style.color, style.backgroundColor]), canvas };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_lose_no_line_and_nothing_that_is_current(opened: Opened, scheme: str) -> None:
    stage = opened(forced_colors="active", color_scheme=scheme).open("/backward?step=4")
    found = stage.page.evaluate(_FORCED)
    assert found["lost"] == []
    assert len(found["current"]) == 3
    for colour, ground in found["current"]:
        assert len({colour, ground, found["canvas"]}) == 3 or colour == found["canvas"] != ground
        assert colour != ground


def test_on_paper_the_step_is_one_page_and_the_table_the_next(stage: Stage) -> None:
    stage.open("/backward?step=4")
    assert len(re.findall(rb"/Type\s*/Page\b", stage.page.pdf(prefer_css_page_size=True))) == 2
    stage.page.emulate_media(media="print")
    stage.page.set_viewport_size({"width": 980, "height": 740})  # a sheet of letter paper within its margins
    for hidden in ("#next", "#field-x", "#choose", "#tab-step"):
        assert not stage.at(hidden).is_visible(), hidden
    for shown in ("#card", "#table"):
        assert stage.at(shown).is_visible(), shown
    assert stage.at("#drawing-wide").is_visible()
    assert stage.at("#card .rung").last.is_visible()
    table = stage.at("#table").bounding_box()
    assert table is not None
    assert table["y"] <= 740, "all before it is the first page"
    assert table["width"] <= 980
