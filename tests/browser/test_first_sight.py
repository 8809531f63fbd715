"""What a first visitor sees, with JavaScript and without: the numbers of the specification, from this host alone."""

from __future__ import annotations

from .stage import Stage


def test_the_whole_forward_pass_greets_a_visitor(either: Stage) -> None:
    either.open("/")
    assert either.cells("x") == ["1.00", "0.50"]
    assert either.cells("W") == ["0.50", "−0.20", "0.30", "0.40", "−0.10", "0.60"]
    assert either.cells("b") == ["0.00", "−0.10", "0.00"]
    assert either.cells("z") == either.cells("h") == ["0.40", "0.40", "0.20"]
    assert either.cells("y") == ["0.20", "0.50", "0.10"]
    assert either.cells("L") == ["0.030"]
    assert either.cells("x", "W", "b", "z", "h", "y", "L", kind="grad") == []


def test_the_whole_backward_pass_shows_every_gradient(either: Stage) -> None:
    either.open("/backward")
    assert either.cells("L", kind="grad") == ["+1.00"]
    for name in ("h", "z", "b"):
        assert either.cells(name, kind="grad") == ["+0.20", "−0.10", "+0.10"]
    assert either.cells("W", kind="grad") == ["+0.20", "+0.10", "−0.10", "−0.05", "+0.10", "+0.05"]
    assert either.cells("x", kind="grad") == ["+0.06", "−0.02"]
    assert either.cells("y", kind="grad") == ["—", "—", "—"]
    assert either.cells("h") == ["0.40", "0.40", "0.20"]


def test_the_opening_says_what_this_is_and_lists_every_rule_with_its_numbers(either: Stage) -> None:
    either.open("/")
    assert either.at("#card h2").text_content() == "The forward pass computes z, h and L from x, W, b and y*."
    lead = " ".join(either.at("#card .lead").inner_text().split())
    assert lead.startswith("2 inputs go through linear, ReLU and squared error to the loss L.")
    how = "Press → or Next to go step by step." if either.scripted else "Press Next to go step by step."
    assert how in lead
    assert ("Drag a given number" in lead) == either.scripted, "a drag needs a script"
    rules = either.at("#card .rules li")
    texts = ["".join(text.split()) for text in rules.locator(".symbols").all_text_contents()]
    assert texts == ["z=Wx+b", "h=max(0,z)", "L=12‖h−y*‖2"]
    assert rules.locator(".result").nth(0).inner_text() == "(0.40, 0.40, 0.20)"
    assert either.at("#drawing-wide .group.now, #drawing-wide .group.next").count() == 0
    assert "primary" in (either.at("#next").get_attribute("class") or "").split()
    either.page.click("#rule-2")
    either.page.wait_for_url("**/forward?step=2")


def test_the_close_lists_every_gradient_and_says_what_it_cost(either: Stage) -> None:
    either.open("/backward")
    assert either.at("#card h2").text_content() == (
        "The backward pass finds the gradient of L with respect to h, z, W, x and b."
    )
    assert " ".join(either.at("#card .lead").inner_text().split()) == (
        "The forward pass took 12 multiply-adds, the backward pass 18. "
        "It avoided 3 Jacobians, which would have 36 entries: 288 bytes in float64."
    )
    rules = either.at("#card .rules li")
    assert rules.locator("a").evaluate_all("(all) => all.map((one) => one.id)") == [f"rule-{n}" for n in range(1, 7)]
    assert rules.locator(".result").last.inner_text() == "(0.20, −0.10, 0.10)"
    assert either.at("#next").get_attribute("aria-disabled") == "true"
    assert either.at("#last").get_attribute("aria-current") == "step"


def test_the_formula_is_maths_with_its_numbers(either: Stage) -> None:
    either.open("/forward?step=3")
    rungs = either.at("#card .rung")
    assert rungs.locator("small").all_text_contents() == ["symbols", "substitute numbers", "arithmetic", "result"]
    symbols, numbers, arithmetic, result = rungs.locator(":scope > span").all()
    assert "".join((symbols.text_content() or "").split()) == "L=12‖h−y*‖2"
    assert numbers.locator("mtable").first.locator("mn").all_text_contents() == ["0.40", "0.40", "0.20"]
    assert numbers.locator(".dims").all_text_contents() == ["3", "3"]
    assert "".join((arithmetic.text_content() or "").split()) == "=½·0.202+½·(−0.10)2+½·0.102"
    assert result.locator("mn").all_text_contents() == ["0.030"]
    assert either.at("#card h2").text_content() == (
        "The loss is half the sum of the squared differences between prediction and target."
    )


def test_the_title_follows_the_step(either: Stage) -> None:
    either.open("/forward?step=3")
    assert either.page.title() == "L · step 3 of 3 forward · BackpropFlow"
    for control, title in (
        ("#back", "h · step 2 of 3 forward · BackpropFlow"),
        ("#to-backward", "Backward pass · linear + ReLU + squared error · BackpropFlow"),
        ("#back", "∂L/∂b · step 6 of 6 backward · BackpropFlow"),
        ("#first", "Forward pass · linear + ReLU + squared error · BackpropFlow"),
        ("#next", "The inputs · step 0 of 3 forward · BackpropFlow"),
    ):
        either.page.click(control)
        either.page.wait_for_function("title => document.title === title", arg=title)


def test_a_walk_asks_this_host_alone_and_leaves_nothing_behind(either: Stage) -> None:
    """Who else is asked, and what the console says, the fixture watches in every test."""
    either.open("/")
    for control in ("#last", "#first", "#next", "#to-backward", "#example-2", "#rule-3", "#node-x-wide .name", "#go"):
        either.click(control)
    assert either.requests
    assert either.context.cookies() == []
    assert either.context.storage_state() == {"cookies": [], "origins": []}


def test_scripts_store_nothing(stage: Stage) -> None:
    stage.open("/")
    for key in ("Home", "ArrowRight", "End"):
        stage.press(key)
    stage.fill("x", "2, 1")
    assert stage.page.evaluate(
        """async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
                        (await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length]"""
    ) == [0, 0, 0, 0, 0]


def test_the_page_names_its_twin_and_the_twin_answers(stage: Stage) -> None:
    stage.open("/backward?x=2,1&step=4")
    twin = stage.at('link[rel="alternate"][type="application/json"]').get_attribute("href")
    assert twin == "/api/backward?x=2,1&step=4"
    answer = stage.page.request.get(stage.server.url + twin)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["step"] == 4
