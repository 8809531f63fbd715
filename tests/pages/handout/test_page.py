"""The handout: every step with its numbers, blanks that hide them whole, answers that have them, slips told."""

from __future__ import annotations

import re

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.engine.by_name import network_named
from app.pages.handout.context import HandoutPage, handout_page
from app.pages.handout.question import handout_from_query
from app.snapshot import trace_of
from app.snapshot.formulas import quantity
from app.state import ViewState
from tests.browser.reading import Element, read
from tests.conftest import Lot

# Each number that is given is a whole one, so what has decimals other than 0 was computed.
WHOLE = {
    "relu-mse": "x=2,-1&W=3,1;-2,5;9,1&b=1,2,-4&y=20,1,2",
    "shared": "network=shared&x=2,3&W=3,1;-2,5&b=1,2&y=7,1",
    "two-examples": "x=2,3;-1,1&W=3,1;-2,5;9,1&b=1,2,-4&y=20,1,2;50,40,30",
    "two-layer": "network=two-layer&x=2,-1&W=1,1;2,3;-1,1&b=0,1,2&U=1,2,1;2,1,1&c=1,0&y=0,1",
}
POOL = [*NETWORKS, "3-4.tanh-2_ce", "5-5_ce", "2-2.sigmoid-2.sigmoid_mse"]


def handout(query: str) -> HandoutPage:
    return handout_page(handout_from_query(query))


def shown(client: TestClient, query: str) -> Element:
    answer = client.get(f"/handout?{query}")
    assert answer.status_code == 200
    return read(answer.text)


_PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789", "+")


def number(text: str) -> tuple[float, float]:
    """A number as drawn, and half a unit of its last digit."""
    digits, _, power = text.translate(_PLAIN).partition("×10")
    scale = 10.0 ** int(power or 0)
    return float(digits) * scale, 0.51 * scale * 10.0 ** -len(digits.partition(".")[2])


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", POOL)
def test_every_step_is_there_once_with_the_numbers_of_the_engine(name: str) -> None:
    network = network_named(name)
    assert network
    steps = [step for sheet in handout(f"network={name}&answers=1").sheets for step in sheet.steps]
    states = [
        ViewState(network, direction, network.defaults).go(direction, place)
        for direction, events in network.graph.timelines.items()
        for place in range(1, len(events) + 1)
    ]
    assert len(steps) == len(states)
    for step, state in zip(steps, states, strict=True):
        assert state.event
        trace = trace_of(state)
        assert step.heading.endswith(f": {quantity(network.graph, state.event).text}")
        assert f"Step {state.step} of {state.steps}, {state.direction}" in step.heading
        assert step.current.left
        found = trace.result(state.event).ravel().tolist()
        assert len(found) == len(step.result.texts)
        drawn = [number for box in step.drawing.boxes for cell in box.cells for number in cell.numbers]
        assert len(drawn) >= len(found)
        for text, true in zip(step.result.texts, found, strict=True):
            drawn_number, unsure = number(text)
            assert drawn_number == pytest.approx(true, abs=unsure)


@pytest.mark.parametrize("name", WHOLE)
def test_a_blank_hides_its_number_in_every_place_of_the_page(client: TestClient, name: str) -> None:
    """Numbers of the answers that are not given ones: in no text, no label, no title, nowhere in the source."""
    query = WHOLE[name]
    page = handout(query)
    given = {f"{abs(each):g}" for values in page.state.view.values.values() for each in np.ravel(values)}
    steps = [step for sheet in page.sheets for step in sheet.steps]
    answers = {text.lstrip("−+") for step in steps for text in step.answer.texts}
    computed = {text for text in answers if not (text.rstrip("0").rstrip(".") in given or not text.strip("0."))}
    assert len(computed) >= 3, "else there is little to hide"
    source = client.get(f"/handout?{query}&blanks=1").text
    whole = client.get(f"/handout?{query}&blanks=1&answers=1").text
    for text in computed:
        pattern = rf"(?<![\d.]){re.escape(text)}(?![\d.])"
        assert not re.search(pattern, source), text
        assert re.search(pattern, whole), text
    drawings = [drawing for step in read(source).all("article", "step") for drawing in step.all("svg")]
    assert not any("inactive" in drawing.text for drawing in drawings), "that would tell that a gradient is 0"
    assert "hatch" not in source


def test_what_other_steps_find_is_given_where_only_some_are_to_be_filled_in(client: TestClient) -> None:
    """The backward pass alone: the forward pass's numbers stand there, and none of the gradients."""
    steps = [step for sheet in handout("pass=backward&blanks=1").sheets for step in sheet.steps]
    values = {number.text for box in steps[-1].drawing.boxes for cell in box.cells for number in cell.numbers}
    assert {"0.40", "0.20", "0.030"} <= values
    assert not {text for text in values if text.startswith("+")}
    assert [text for step in steps for text in step.result.texts if "_" not in text] == []
    (first,) = handout("pass=backward&steps=4&blanks=1").sheets[0].steps
    assert first.operands["v"].texts == ("0.20", "−0.10", "0.10"), "v was found before, so it is given"
    assert first.result.texts == ("____",) * 6
    assert "Your working" in shown(client, "pass=backward&steps=4&blanks=1").text


def test_answers_stand_on_sheets_of_their_own_at_the_end(client: TestClient) -> None:
    page = handout("blanks=1&answers=1")
    kinds = [bool(sheet.steps) for sheet in page.sheets]
    assert kinds == [True] * 5 + [False]
    assert [sheet.number for sheet in page.sheets] == [1, 2, 3, 4, 5, 6]
    assert page.count == "6 sheets of A4"
    text = shown(client, "blanks=1&answers=1").text
    assert "6 sheets of A4" in text
    assert "6 of 6" in text
    assert handout("pass=forward&steps=1&paper=letter").count == "1 sheet of Letter"


def test_each_sheet_says_its_number_and_each_drawing_has_a_name(client: TestClient) -> None:
    page = shown(client, "network=two-layer")
    sheets = page.all("section", "sheet")
    assert [sheet["aria-label"] for sheet in sheets] == [f"Sheet {place} of 7" for place in range(1, 8)]
    assert all(drawing["aria-label"].startswith("The network at Step") for drawing in page.all("svg", "drawing"))
    ids = [one["id"] for one in page.having("id")]
    assert len(ids) == len(set(ids))


def test_a_form_leads_to_the_canonical_address_and_a_slip_keeps_what_was_typed(client: TestClient) -> None:
    sent = client.get("/handout?pass=backward&steps=2+-3&paper=letter&from=x%3D2%2C1&x=2,1")
    assert sent.status_code == 303
    assert sent.headers["location"] == "/handout?x=2,1&pass=backward&steps=2-3&paper=letter"
    slip = client.get("/handout?pass=backward&steps=1-99&from=")
    assert slip.status_code == 422
    page = read(slip.text)
    assert page.by_id("steps")["value"] == "1-99"
    assert "has the steps 1 to 6" in page.by_id("wrong-steps").text


@pytest.mark.parametrize(
    "query", ["x=1e200,1e200", "x=1e200,1e200&pass=backward", "network=64-64_mse", "network=none", "x=1,2;3,4;5,6;7,8"]
)
def test_what_cannot_be_printed_is_refused_in_a_sentence(client: TestClient, query: str) -> None:
    answer = client.get(f"/handout?{query}")
    assert answer.status_code == 422
    page = read(answer.text)
    assert page.all("strong", "wrong") or page.all("p", "wrong")
    assert page.all("section", "sheet"), "a page stands all the same"


def test_a_kink_and_an_inactive_unit_are_drawn_without_blanks(client: TestClient) -> None:
    page = shown(client, "b=0,-0.1,-0.6&pass=backward")
    assert page.all("path", "hatch")
    assert "inactive: z₃ = −0.40 ≤ 0" in page.text


def test_a_sample_of_handouts_answers(client: TestClient, lot: Lot) -> None:
    for name in lot.some(POOL, 3):
        for more in ("", "&blanks=1", "&answers=1&paper=letter"):
            assert client.get(f"/handout?network={name}{more}").status_code == 200, (name, more)
