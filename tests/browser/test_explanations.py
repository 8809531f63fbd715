"""Every number explains itself and proves itself: questions, links between picture and formula, marks that turn red."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from app.engine import DEFAULT, NETWORKS, OPS, Array
from app.engine.ops import Saved
from tests.engine.random_networks import outer

from .conftest import Opened
from .stage import Server, Stage

INACTIVE = "b=0,-0.1,-0.6"


def marked(stage: Stage, mark: str) -> set[str]:
    """The keys of the cells of the wide drawing that carry a mark."""
    cells = stage.at(f"#drawing-wide .cell:has(.mark.{mark})")
    return set(cells.evaluate_all("(all) => all.map((one) => one.dataset.cell)"))


def checked(stage: Stage) -> set[str]:
    """The keys of the cells of the wide drawing that say they are checked; a node has a tick where all of its do."""
    groups = stage.at("#drawing-wide .group").evaluate_all(
        """(all) => all.map((one) => [
             one.querySelector(".tick:not(.unticked)") !== null,
             ...[...one.querySelectorAll(".cell")].map((cell) =>
               [cell.dataset.cell, cell.querySelector("title").textContent.includes(", checked")])])"""
    )
    for ticked, *cells in groups:
        assert ticked == all(agrees for _, agrees in cells), cells
    return {key for _, *cells in groups for key, agrees in cells if agrees}


def highlighted(stage: Stage) -> set[str]:
    """The keys of what is highlighted in the wide drawing."""
    found = stage.at("#drawing-wide .highlighted").evaluate_all(
        "(all) => all.map((one) => one.dataset.cell ?? one.dataset.lights)"
    )
    return set(found)


def whole(*names: str) -> set[str]:
    """The keys of all entries of nodes."""
    shapes = {"x": (2,), "W": (3, 2), "L": ()}
    return {
        ".".join([name, *map(str, index)])
        for name in names
        for index in product(*(range(1, size + 1) for size in shapes.get(name, (3,))))
    }


# --- is it true? --------------------------------------------------------------------------------------------


def test_every_gradient_that_is_there_is_marked_as_checked(stage: Stage) -> None:
    stage.open("/backward")
    assert checked(stage) == whole(*"xWbzhL")
    assert stage.at("#drawing-wide .mark").count() == 0, "a tick at its node is enough"
    stage.open("/backward?step=3")
    assert checked(stage) == whole(*"zhL")
    stage.open("/forward")
    assert checked(stage) == set()


def not_quite(v: Array, saved: Saved) -> Array:
    return 1.0005 * outer(v, saved["x"])


def without_mask(v: Array, _saved: Saved) -> Array:
    return v


def w_for_its_transpose(v: Array, saved: Saved) -> Array:
    """W's numbers in W's own order, in the shape that fits."""
    return np.asarray(np.matvec(saved["W"].reshape(*saved["W"].shape[:-2], *saved["W"].shape[:-3:-1]), v))


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("op", "slot", "rule", "wrong"),
    [
        (
            "linear",
            "W",
            not_quite,
            whole("W") - {"W.3.1", "W.3.2"},
        ),  # of an inactive unit all is 0 and 0 · 1.0005 is right
        ("relu", "z", without_mask, {"z.3", "b.3", "W.3.1", "W.3.2", "x.1", "x.2"}),
        ("linear", "x", w_for_its_transpose, {"x.1", "x.2"}),
    ],
    ids=["× 1.0005", "a missing mask", "W for Wᵀ"],
)
def test_a_broken_vjp_turns_its_marks_red(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, op: str, slot: str, rule: object, wrong: set[str]
) -> None:
    row = OPS[op]
    assert marked(opened().open(f"/backward?{INACTIVE}"), "disagrees") == set()
    assert DEFAULT.graph.plan  # made once for all, from the rows as they are then: so they are made anew, and put back
    monkeypatch.setitem(row.vjps, slot, replace(row.vjps[slot], rule=rule))  # type: ignore[arg-type]
    for made in ("vjps", "uses", "plan"):
        monkeypatch.delitem(vars(DEFAULT.graph), made)
    # numbers that no other page has: a server keeps what it has made, and so does a browser
    numbers = f"{INACTIVE}{'Wzx'.index(slot) + 1}"
    stage = opened().open(f"/backward?{numbers}")
    assert marked(stage, "disagrees") == wrong
    assert checked(stage) == whole(*"xWbzhL") - wrong
    red = stage.page.evaluate(
        """() => { const probe = document.createElement("i"); probe.className = "is-wrong"; document.body.append(probe);
                   return getComputedStyle(probe).color; }"""
    )
    marks = stage.at("#drawing-wide .mark.disagrees")
    assert set(marks.evaluate_all("(all) => all.map((one) => getComputedStyle(one).fill)")) == {red}
    assert {mark.strip() for mark in marks.all_text_contents()} == {"✗"}
    stage.click(".tabs >> text=Check")
    assert stage.at("#card h2").inner_text().startswith(f"✗ {len(wrong)} of 18 gradient entries are wrong.")
    assert stage.at("#card .findings li").count() == len(wrong)
    stage.click("#found-1")
    assert "This gradient is wrong" in stage.at("#card .verdict.disagrees").inner_text()
    step = {"W": 4, "z": 3, "x": 5}[slot]
    stage.open(f"/backward?{numbers}&step={step}&show=jacobian")
    assert stage.at("#card .same").inner_text() == "✗ not the same as"


def test_at_a_kink_the_verdict_is_no_failure(either: Stage) -> None:
    either.open("/backward?b=0,-0.5,0")
    kinks = {"z.2", "b.2", "W.2.1", "W.2.2", "x.1", "x.2"}
    assert marked(either, "kink") == kinks
    assert marked(either, "disagrees") == set()
    assert checked(either) == whole(*"xWbzhL") - kinks
    either.page.click("#cell-z-2-wide")
    either.page.wait_for_url("**ask=z.2")
    either.settle()
    # h₂ = 0 and y₂ = 0.5: to the left nothing moves, to the right the loss falls with slope 0 − 0.5
    assert either.at("#card .verdict").inner_text() == (
        "∧ Not differentiable here: z₂ is exactly at its kink. The loss has slope 0 to the left and −0.5 to the right; "
        "by the convention ReLU′(0) = 0, the gradient is 0."
    )
    either.page.click(".tabs >> text=Check")
    either.page.wait_for_url("**show=check")
    either.settle()
    assert either.at("#card h2").inner_text() == "✓ 12 of 18 gradient entries agree with finite differences."
    assert "6 are at a kink, where the loss is not differentiable" in either.at("#card .told p").inner_text()
    assert either.at("#card .findings li").count() == 6


# --- why is it this? ----------------------------------------------------------------------------------------


def test_an_entry_is_asked_about_answered_perturbed_and_closed(either: Stage) -> None:
    either.open("/backward")
    either.page.click("#cell-W-2-1-wide")
    either.page.wait_for_url("**/backward?ask=W.2.1")
    either.settle()
    assert either.at("#card h2").inner_text() == "Why is ∂L/∂W₂₁ = −0.10?"
    texts = [" ".join(text.split()) for text in either.at("#card .rung > span").all_text_contents()]
    assert [text.replace(" ", "") for text in texts[1:]] == ["=v2x1", "=−0.10·1.00", "=−0.10"]
    uses = "(all) => all.map((one) => one.dataset.cell)"
    assert either.at("#drawing-wide .uses-grad").evaluate_all(uses) == ["z.2"]
    assert either.at("#drawing-wide .uses-value").evaluate_all(uses) == ["x.1"]
    assert either.at("#drawing-wide .traced").evaluate_all(uses) == ["W.2.1"]
    assert either.at("#card .verdict").inner_text().startswith("✓ A finite difference gives −0.1. The two differ by")
    either.page.fill("#eps", "0,01")
    either.page.press("#eps", "Enter")
    either.page.wait_for_url("**from=**")
    either.settle()
    assert either.page.inner_text("#page .wrong").endswith("must be a finite number other than 0, such as 0.01")
    either.page.fill("#eps", "0.01")
    either.page.press("#eps", "Enter")
    either.page.wait_for_url("**eps=0.01**")
    either.settle()
    # h₂ = 0.41: L = ½ (0.2² + 0.09² + 0.1²) = 0.02905
    assert either.at("#card .perturbed").inner_text() == (
        "Moving W₂₁ by 0.01 changes the loss by −0.0009500. The gradient times ε predicts −0.0010000; "
        "the difference is 0.0000500."
    )
    either.page.click("#close")
    either.page.wait_for_url("**/backward")
    either.settle()
    assert either.at("#card .rules").count() == 1


def test_every_view_of_a_step_is_a_link_away(either: Stage) -> None:
    either.open("/backward?step=5")
    for view, told in (
        ("why", "Where Wᵀ v comes from, index by index"),
        (
            "jacobian",
            f"The Jacobian ∂z/∂x is W itself. {OPS['linear'].vjps['x'].jacobian.says.replace('$', '')}",
        ),
        ("check", "✓ All 18 gradient entries agree with finite differences."),
        ("saved", "For the backward pass, the forward pass saves 136 bytes."),
    ):
        either.page.click(f"#tab-{view}")
        either.page.wait_for_url(f"**/backward?step=5&show={view}")
        either.settle()
        assert either.at("#card h2").inner_text() == told
        assert either.at(".tabs [aria-current]").get_attribute("id") == f"tab-{view}"
        assert either.at("#drawing-wide .group.now").count() == 1, "the step is still marked"
    either.page.click("#tab-step")
    either.page.wait_for_url("**/backward?step=5")


def test_where_the_transpose_comes_from(stage: Stage) -> None:
    """Forward, an output takes a row of W; backward, an input takes a column; and W itself does not fit."""
    stage.open("/forward?step=1&show=why")
    assert stage.at("#card .side .shapes").all_inner_texts() == [
        "Highlighted: z₁ depends on row 1 of W, all of x and b₁."
    ]
    uses = "(all) => all.map((one) => one.dataset.cell)"
    assert stage.at("#drawing-wide .uses-value").evaluate_all(uses) == ["x.1", "x.2", "W.1.1", "W.1.2", "b.1"]
    stage.click("#onward-2")
    assert stage.address == "/backward?step=5&show=why"
    assert stage.at("#card .side .shapes").all_inner_texts() == [
        "Highlighted: ∂L/∂x₁ depends on column 1 of W and all of v.",
        "Shapes do not fit: 2 columns meet 3 rows.",
    ]
    assert stage.at("#drawing-wide .uses-value").evaluate_all(uses) == ["W.1.1", "W.2.1", "W.3.1"]
    assert stage.at("#drawing-wide .uses-grad").evaluate_all(uses) == ["z.1", "z.2", "z.3"]
    assert stage.at("#card .side .dims").all_text_contents() == ["2×3", "3", "2", "3×2", "3"]
    assert stage.at("#card .reasons li").count() == 3


def test_a_factor_and_its_place_light_each_other(stage: Stage) -> None:
    stage.open("/backward?ask=W.2.1")
    stage.page.hover("#card .factor[data-lights='z.2'] >> nth=0")
    assert highlighted(stage) == {"z.2"}
    stage.page.hover("#card h2")
    assert highlighted(stage) == set()
    stage.page.focus("#card .factor[data-lights='x.1'] >> nth=0")
    assert highlighted(stage) == {"x.1"}
    stage.page.focus("#next")
    stage.page.hover("#cell-z-2-wide")
    factors = "(all) => all.map((one) => one.dataset.lights)"
    assert set(stage.at("#card .factor.highlighted").evaluate_all(factors)) == {"z.2"}
    stage.open("/backward?step=5")
    stage.page.hover("#card .factor[data-lights='W'] >> nth=0")
    assert highlighted(stage) == {"W"}
    stage.page.hover("#cell-W-3-2-wide")
    assert set(stage.at("#card .factor.highlighted").evaluate_all(factors)) == {"W"}
    stage.open("/forward?ask=L")
    stage.page.hover("#card .factor[data-lights='h.2 y.2'] >> nth=0")
    assert highlighted(stage) == {"h.2", "y.2"}


def test_a_factor_leads_to_where_it_comes_from(either: Stage) -> None:
    either.open("/backward?ask=W.2.1")
    either.at("#card .factor[data-lights='z.2']").first.click()
    either.page.wait_for_url("**/backward?ask=z.2")
    either.settle()
    assert either.at("#card h2").inner_text() == "Why is ∂L/∂z₂ = −0.10?"


def test_a_factor_and_a_node_are_explained_in_place_and_going_to_the_step_is_an_act_of_its_own(either: Stage) -> None:
    either.open("/backward?step=5")
    either.at("#card a.factor[data-lights='W'][href*='node=']").first.click()
    either.page.wait_for_url("**/backward?step=5&node=W")
    either.settle()
    assert either.at("#card h2").inner_text() == "W is a parameter: it is given, and training changes it."
    assert either.at("#drawing-wide .group.selected .node").get_attribute("data-lights") == "W"
    assert either.at("#drawing-wide .group.now .node").get_attribute("data-lights") == "x", "the step is still marked"
    either.at("#node-z-wide .name").click()
    either.page.wait_for_url("**/backward?step=5&node=z")
    either.settle()
    assert either.at("#card h2").inner_text() == "z is the output of the op linear, computed from W, x and b."
    maths = ["".join(text.split()) for text in either.at("#card .rung > span").all_text_contents()]
    assert maths == ["z=Wx+b=[0.400.400.20]", "∂L∂z=[0.20−0.100.10]"]
    assert either.at("#card .facts").inner_text().endswith("∂L/∂z, in the VJPs of its op")
    assert either.at("#go").inner_text() == "Go to its step: ∂L/∂z"
    either.page.click("#close")
    either.page.wait_for_url("**/backward?step=5")
    either.settle()
    either.at("#node-z-wide .name").click()
    either.page.wait_for_url("**/backward?step=5&node=z")
    either.settle()
    either.page.click("#go")
    either.page.wait_for_url("**/backward?step=3")
    either.settle()
    assert either.at("#drawing-wide .group.selected").count() == 0


def test_what_changed_says_from_what(either: Stage) -> None:
    either.open("/forward")
    either.fill("x", "1.5, 0.5")
    either.page.wait_for_url("**/forward?x=1.5,0.5&was=**")
    either.settle()
    changed = "(all) => all.map((one) => one.dataset.cell)"
    assert either.at("#drawing-wide .changed").evaluate_all(changed) == [
        "x.1",
        *sorted(whole("z")),
        *sorted(whole("h")),
        "L",
    ]
    assert either.at("#card .edited").inner_text() == "L 0.03000 → 0.10375 x was 1, 0.5 Undo"
    assert either.at("#cell-z-1-wide title").text_content() == "z₁ = 0.65, was 0.40"
    either.page.click("#cell-z-1-wide")
    either.page.wait_for_url("**ask=z.1**")
    either.settle()
    assert either.at("#card .check .edited").inner_text() == "Before the edit: 0.40"
    either.page.click("#undo")
    either.page.wait_for_url("**/forward?ask=z.1")
    either.settle()
    assert either.at(".changed, .edited").count() == 0


def test_all_of_it_by_keyboard(stage: Stage) -> None:
    stage.open("/backward")
    stage.press("Tab", "Tab")
    stage.page.focus("#skip")
    assert stage.at("#skip").is_visible()
    stage.page.focus("#cell-z-3-wide")
    stage.press("Enter")
    assert stage.address == "/backward?ask=z.3"
    assert stage.focus() == "cell-z-3-wide"
    assert stage.at("#exact").inner_text().startswith("z₃ = ")
    stage.page.focus("#eps")
    stage.page.keyboard.press("Control+a")
    stage.page.keyboard.type("-0.5")
    stage.press("Enter")
    assert stage.address == "/backward?ask=z.3&eps=-0.5"
    stage.page.focus("#close")
    stage.press("Enter")
    assert stage.address == "/backward"
    stage.press("ArrowLeft")
    stage.page.focus("#tab-jacobian")
    stage.press("Enter", "ArrowLeft")
    assert stage.address == "/backward?step=5&show=jacobian", "the view stays from step to step"


def test_what_is_saved_is_coloured_and_counted(either: Stage) -> None:
    either.open("/forward?show=saved")
    saved = "(all) => all.map((one) => one.querySelector('.node').dataset.lights)"
    assert either.at("#drawing-wide .group.is-saved").evaluate_all(saved) == ["x", "W", "z", "h", "y"]
    told = either.at("#card .told p").inner_text()
    assert told.startswith("48 were computed: the activation memory. 88 were given")
    assert either.at("#card .counts tbody tr").all_inner_texts()[0].split("\t") == [
        "z", "W, x", "64", "∂L/∂W = v xᵀ reads x, ∂L/∂x = Wᵀ v reads W, ∂L/∂b = v reads nothing",
    ]  # fmt: skip
    either.page.click("#reads-z-x")
    either.page.wait_for_url("**/forward?node=x")


def test_the_json_twin_of_a_question_has_its_terms(stage: Stage, server: Server) -> None:
    stage.open("/backward?ask=x.1")
    twin = stage.at("link[rel=alternate]").get_attribute("href")
    assert twin == "/api/backward?ask=x.1"
    asked = stage.page.request.get(server.url + twin).json()["ask"]
    total = sum(np.prod([factor["value"] for factor in term]) for term in asked["terms"])
    assert total == pytest.approx(asked["result"], rel=1e-12) == pytest.approx(0.06)


def outside(stage: Stage) -> list[str]:
    """What of the card reaches out of the screen to the side, but for what can be scrolled in a place of its own."""
    found = stage.page.evaluate(
        """() => {
          const scrolls = (one) => one && one !== document.body
            && (["auto", "scroll"].includes(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
          return [...document.querySelectorAll("#card *")].filter((one) => {
            const box = one.getBoundingClientRect();
            return (box.left < 0 || box.right > innerWidth + 0.5) && !scrolls(one);
          }).map((one) => one.outerHTML.slice(0, 80));
        }"""
    )
    return list(found)


def test_on_a_phone_each_view_fits_and_is_reached(opened_on_a_phone: Stage) -> None:
    stage = opened_on_a_phone.open("/backward?step=4")
    for view in ("step", "why", "jacobian", "check", "saved"):
        stage.page.tap(f"#tab-{view}")
        stage.settle()
        across = stage.page.evaluate("() => document.documentElement.scrollWidth")
        assert across == 390, stage.address
        assert outside(stage) == [], stage.address
    stage.page.tap("#cell-W-2-1-tall")
    stage.settle()
    assert stage.address == "/backward?step=4&ask=W.2.1"
    assert stage.page.evaluate("() => document.documentElement.scrollWidth") == 390
    told, controls = stage.at("#card h2").bounding_box(), stage.at("#timeline").bounding_box()
    assert told
    assert controls
    assert told["y"] > 0
    assert told["y"] + told["height"] <= controls["y"], "the answer is in sight"


def test_the_gallery_leads_to_each_network_and_back(either: Stage) -> None:
    either.open("/backward?x=2,1")
    either.page.click("#choose")
    either.page.click("#to-networks")
    either.page.wait_for_url("**/networks?x=2,1")
    assert either.at(".network-card").count() == len(NETWORKS)
    either.page.click("#name-softmax-ce a")
    either.page.wait_for_url("**/forward?network=softmax-ce&x=2,1")
    either.page.click("#to-backward")
    either.page.wait_for_url("**/backward?network=softmax-ce&x=2,1")
    either.settle()
    # softmax(0.8, 0.9, 0.4) is (0.360, 0.398, 0.242), and the target is the second class
    assert either.cells("z", kind="grad") == ["+0.360", "−0.602", "+0.242"]
    assert checked(either) == whole(*"xWbzL")


def test_an_edit_and_a_drag_stay_in_their_network(stage: Stage) -> None:
    stage.open("/backward?network=sigmoid-bce&step=2")
    stage.fill("y", "0, 0, 1")
    assert stage.address == "/backward?network=sigmoid-bce&y=0,0,1&step=2"
    stage.page.focus("#cell-x-1-wide")
    stage.press("+")
    assert stage.address == "/backward?network=sigmoid-bce&x=1.05,0.5&y=0,0,1&step=2"
    stage.click("#cell-z-1-wide")
    assert stage.at("#card h2").inner_text().startswith("Why is ∂L/∂z₁ = 0.6")
