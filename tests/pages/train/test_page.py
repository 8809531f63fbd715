"""The page of the step: what it shows is what the API says, its lines hold, and each press leads to an address."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.engine.descent import MAX_STEPS
from app.settings import Settings
from tests.browser.reading import Element, read
from tests.conftest import Lot
from tests.digits.test_consistent_digits import exactly, fits
from tests.pages.network.test_bad_pages import HOSTILE as ALL_HOSTILE

MAZUR = (
    "network=2-2.sigmoid-2.sigmoid_mse&x=0.05,0.1&W1=0.15,0.2;0.25,0.3&b1=0.35,0.35"
    "&W2=0.4,0.45;0.5,0.55&b2=0.6,0.6&y=0.01,0.99&lr=0.5"
)
HOSTILE = ALL_HOSTILE[0]
LARGE = "network=64-64.relu-32.tanh-16.sigmoid-9_ce"


def page_of(client: TestClient, query: str, status: int = 200) -> Element:
    answer = client.get(f"/train?{query}")
    assert answer.status_code == status, answer.text
    return read(answer.text)


def section(page: Element, name: str) -> Element:
    return next(one for one in page.all("section") if name in (one.attributes.get("class") or "").split())


def links(page: Element) -> dict[str, str]:
    """Where the buttons of the run lead, by their text."""
    nav = next(one for one in page.all("nav") if one.attributes.get("aria-label") == "More steps")
    return {link.text: unescape(link["href"]) for link in nav.all("a")}


def numbers(cell: Element) -> list[str]:
    """The numbers of an array as they are read aloud."""
    (said,) = cell.all("span", "unseen")
    return re.split(r"[,;] ", said.text.strip("()"))


@pytest.mark.parametrize(
    "query", [MAZUR, f"{MAZUR}&hold=b1,b2", f"{MAZUR}&steps=17", "lr=0.5&steps=3", "network=shared&lr=2"]
)
def test_each_line_of_the_step_holds_and_is_what_the_api_says(client: TestClient, query: str) -> None:
    step = section(page_of(client, query), "the-step")
    run = client.get(f"/api/train?{query}&trail=1").json()
    (body,) = step.all("tbody")
    for row, one in zip(body.all("tr"), run["parameters"], strict=True):
        cells = row.all("td")
        before, after = one["trail"][-2:]
        shown = [numbers(cell) for cell in cells if cell.all("span", "unseen")]
        assert (len(shown) == 3) == one["held"]
        for (text, other), number in zip(((shown[0], before), (shown[-1], after)), ("value", "new"), strict=True):
            entries = re.findall(r"[-+.e0-9]+", str(other))
            assert all(fits(exactly(entry), drawn) for entry, drawn in zip(entries, text, strict=True)), number
        if not one["held"]:
            rate = exactly(str(run["lr"]))
            for value, grad, scaled, new in zip(*shown, strict=True):
                assert fits(rate * exactly(grad), scaled)
                assert fits(exactly(value) - rate * exactly(grad), new)
    change, predicted = step.all("dd")
    for line in (change, predicted):
        left, right = line.text.split(" = ")
        if line is change:
            one, other = left.split(" − ")
            assert fits(exactly(one) - exactly(other), right)
        else:
            one, other = left.split(" · ")
            assert fits(exactly(one) * exactly(other), right)
    assert fits(exactly(str(run["loss"][-1])), change.text.split(" − ")[0])


def test_the_textbook_s_step_is_on_the_page(client: TestClient) -> None:
    held, moving = (section(page_of(client, query), "the-step").text for query in (f"{MAZUR}&hold=b1,b2", MAZUR))
    assert "Step 1: L falls from 0.29837 to 0.29103." in held
    assert "Step 1: L falls from 0.2984 to 0.2805." in moving


def test_each_press_leads_to_an_address_from_the_same_start(client: TestClient) -> None:
    page = page_of(client, "lr=0.3&hold=b&steps=5")
    found = links(page)
    assert [found[f"{more} more"] for more in (1, 10, 100)] == [
        f"/train?lr=0.3&hold=b&steps={steps}" for steps in (6, 15, 105)
    ]
    assert found["Same start again"] == "/train?lr=0.3&hold=b"
    there = dict(parse_qsl(urlsplit(found["Continue from here"]).query))
    assert (there["lr"], there["hold"], "steps" in there) == ("0.3", "b", False)
    end = client.get("/api/train?lr=0.3&hold=b&steps=5").json()["parameters"][0]["end"]
    assert there["W"] == ";".join(",".join(map(repr, row)) for row in end)
    for title in ("Forward from here", "Backward from here"):
        assert f"W={there['W']}" in found[title]
        assert client.get(found[title]).status_code == 200
    more = client.get(f"/api{found['Continue from here']}&steps=2").json()["loss"]
    assert more[1:] == client.get("/api/train?lr=0.3&hold=b&steps=7").json()["loss"][-2:]
    for row in section(page, "the-run").all("tbody")[0].all("tr")[1:]:
        (link,) = row.all("a")
        assert link["href"].endswith(f"steps={link.text}") or link.text == "1"


def test_at_the_most_steps_and_where_a_run_has_ended_no_more_are_offered(client: TestClient) -> None:
    assert "1 more" in links(page_of(client, f"lr=0.001&steps={MAX_STEPS - 1}"))
    assert "10 more" not in links(page_of(client, f"lr=0.001&steps={MAX_STEPS - 1}"))
    for query in (f"lr=0.001&steps={MAX_STEPS}", "hold=W,b", "network=identity-mse&lr=1000&steps=9"):
        assert not {"1 more", "10 more", "100 more"} & links(page_of(client, query)).keys(), query


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("hold=W,b", "Every parameter is held, so no step moves anything."),
        ("b=-9,-9,-9&steps=4", "Here, every gradient is 0, so no step moves anything."),
        ("network=identity-mse&lr=1000&steps=9", "The run diverges and stops after step"),
        ("network=exp-poisson&b=5,5,5&y=3,3,3&lr=400&steps=1000", "after the step L overflows"),
        ("lr=0.5&steps=40", "every gradient is 0, so no step moves anything."),
    ],
)
def test_why_a_run_has_ended_is_said(client: TestClient, query: str, says: str) -> None:
    (told,) = section(page_of(client, query), "the-run").all("p", "stopped")
    assert says in told.text
    assert not section(page_of(client, "steps=4"), "the-run").all("p", "stopped")


def test_a_form_leads_to_the_canonical_address(client: TestClient) -> None:
    sent = "lr=0.50&steps=1&hold=b&hold=W&from=lr%3D0.3"
    answer = client.get(f"/train?{sent}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/train?lr=0.5&hold=W,b")
    page = page_of(client, "lr=0.5&hold=b&x=2,1&steps=3")
    (form,) = page.all("form")
    fields = {(one["name"], one["value"]) for one in form.all("input") if "value" in one.attributes}
    assert ("x", "2,1") in fields
    assert {"lr", "steps", "from"} <= {name for name, _ in fields}
    boxes = [one for one in form.all("input") if one.attributes.get("type") == "checkbox"]
    assert [(one["value"], "checked" in one.attributes) for one in boxes] == [("W", False), ("b", True)]


@pytest.mark.parametrize("name", ["lr", "steps", "hold"])
def test_what_is_wrong_stands_beside_its_field_and_the_last_good_numbers_still_stand(
    client: TestClient, name: str
) -> None:
    page = page_of(client, f"{name}={quote(HOSTILE)}&from={quote('lr=0.3&steps=4')}", 422)
    (wrong,) = page.all("strong", "wrong")
    assert wrong["id"] == f"wrong-{name}"
    if name != "hold":
        assert page.by_id(f"field-{name}").attributes["value"] == HOSTILE
        assert page.by_id(f"field-{name}").attributes["aria-describedby"] == f"wrong-{name}"
    assert "Step 4:" in section(page, "the-step").text
    assert HOSTILE not in client.get(f"/train?{name}={quote(HOSTILE)}").text


def test_an_lr_with_which_the_first_step_overflows_is_refused_beside_its_field(client: TestClient) -> None:
    page = page_of(client, "network=identity-mse&lr=1e160&x=2,1", 422)
    (wrong,) = page.all("strong", "wrong")
    assert wrong["id"] == "wrong-lr"
    assert "overflows" in wrong.text
    assert page.by_id("field-lr").attributes["value"] == "1e160"
    assert client.get("/train?network=identity-mse&lr=1e160&from=lr%3D0.5").status_code == 422, "and not sent on"
    assert client.get("/train?x=1e200,1").status_code == 422
    assert client.get("/backward?network=identity-mse&lr=1e160").status_code == 422


def test_every_network_has_its_step(client: TestClient, lot: Lot) -> None:
    for name in lot.some(NETWORKS, 4):
        for more in ("", "&lr=0.7&steps=30"):
            page = page_of(client, f"network={name}{more}")
            assert len(section(page, "the-step").all("tbody")[0].all("tr")) >= 2


@pytest.mark.parametrize("size", ["255,0", "1e5,-1e5", "1e-8,3e-8"])
def test_numbers_of_any_size_have_their_step(client: TestClient, size: str) -> None:
    for lr in ("1e-12", "0.1", "100"):
        answer = client.get(f"/train?x={size}&lr={lr}&steps=20")
        assert answer.status_code == 200
        assert "nan" not in answer.text
        assert ">inf" not in answer.text


def test_a_large_network_shows_some_entries_and_says_how_many_more(client: TestClient) -> None:
    page = page_of(client, f"{LARGE}&steps=2")
    (body,) = section(page, "the-step").all("tbody")
    first = body.all("tr")[0]
    assert len(numbers(first.all("td")[0])) == 6
    assert "and 4090 more, in the JSON" in first.text
    assert "The new values are too many for an address" in page.text
    assert not {"Continue from here"} & links(page).keys()


def test_new_values_that_fit_no_address_are_led_to_by_none(client: TestClient) -> None:
    """Of a network with 90 numbers, each with 17 digits, an address still holds all; of one with 250 it does not."""
    for name, fits_in in (("5-5.tanh-5.tanh-5_mse", True), ("15-15_mse", False)):
        found = links(page_of(client, f"network={name}&lr=0.3&steps=9"))
        assert ("Continue from here" in found) == fits_in
        for href in found.values():
            assert len(href) <= Settings().max_query_bytes + len("/train?")
            assert client.get(href).status_code == 200


def test_the_curve_says_in_words_what_it_shows(client: TestClient) -> None:
    run = section(page_of(client, f"{MAZUR}&steps=100"), "the-run")
    (chart,) = [one for one in run.all("svg") if one.attributes.get("role") == "img"]
    assert chart["aria-label"].startswith("L against the step. In 100 steps, L falls from 0.298 to ")
    assert "falls in every step" in chart["aria-label"]
    bounces = section(page_of(client, "network=exp-poisson&lr=0.5&steps=30"), "the-run").text
    losses = client.get("/api/train?network=exp-poisson&lr=0.5&steps=30").json()["loss"]
    rises = sum(after > before for before, after in pairwise(losses))
    assert f"It rises in {rises} of them." in bounces
    assert f"It is lowest after step {losses.index(min(losses))}:" in bounces


def test_the_whole_backward_pass_leads_to_the_step_and_shows_it_with_lr(client: TestClient) -> None:
    """The pages of single steps know nothing of it."""
    plain = client.get("/backward").text
    assert 'href="/backward?lr=0.1"' in plain
    assert "Take the step" not in client.get("/backward?step=3").text
    assert "Take the step" not in client.get("/forward").text
    shown = read(client.get(f"/backward?{MAZUR}&hold=b1,b2").text).by_id("card")
    assert "A step with lr = 0.5 takes L from 0.29837 to 0.29103." in shown.text
    assert "Held: b⁽¹⁾ and b⁽²⁾." in shown.text
    assert len(shown.all("ol")[0].all("li")) == 2
    assert unescape(shown.by_id("train")["href"]) == f"/train?{MAZUR}&hold=b1,b2"
    assert 'id="train"' in client.get(f"/backward?{LARGE}").text
