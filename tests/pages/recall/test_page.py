"""The recall page: one question, the answer one press away, and whatever is typed, a page that stands."""

from __future__ import annotations

import dataclasses
import html
import re
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.pages.contents import CONTENTS
from app.pages.recall.context import Recall, recall_page
from app.pages.recall.question import (
    DRAWN,
    LEVELS,
    SPOKEN,
    DrawnKind,
    Question,
    RecallState,
    recall_from_query,
    shuffled,
)
from app.settings import TEMPLATES
from tests.browser.reading import Element, read
from tests.conftest import Lot

SHUT = "b=0,-0.1,-0.6"
CANARY = "canary7f3a"
HOSTILE = ["<script>canary7f3a</script>", '"onload="canary7f3a', "]]>canary7f3a", "{{ canary7f3a }}", "\x00", "١"]


def opened(client: TestClient, query: str = "", status: int = 200) -> Element:
    answer = client.get(f"/recall?{query}")
    assert answer.status_code == status, answer.text
    assert not re.search(r"<style|\sstyle=|<[a-z][^>]*\son\w+=", answer.text)
    return read(answer.text)


def ids(page: Element) -> set[str]:
    return {one["id"] for one in page.having("id")}


def test_a_question_stands_alone_with_what_one_has_to_go_by(client: TestClient) -> None:
    page = opened(client, "q=W.2.1")
    assert page.by_id("question").text.startswith("What is")
    assert page.by_id("answer")["value"] == ""
    assert "0.60" in page.by_id("given").text
    assert not {"answered", "verdict", "see-1"} & ids(page), "nothing is given away"
    assert "−0.10" not in page.by_id("question").text
    assert page.by_id("show-me")["href"] == "/recall?q=W.2.1&reveal=1"


@pytest.mark.parametrize("query", [f"{SHUT}&q=z.3", f"{SHUT}&q=z", f"{SHUT}&q=zeros.z", "q=shape.x", "q=why-vjp"])
def test_the_answer_is_always_one_press_away(client: TestClient, query: str) -> None:
    page = opened(client, query)
    revealed = read(client.get(page.by_id("show-me")["href"]).text)
    assert "answered" in ids(revealed)
    assert not {"verdict", "show-me"} & ids(revealed), "who did not answer is not judged"
    assert client.get(revealed.by_id("following")["href"]).status_code == 200


def test_a_right_answer_is_told_and_worked_and_leads_on(client: TestClient) -> None:
    right = opened(client, "q=W.2.1&answer=−0.1")
    assert right.by_id("verdict").text == "✓ Right."
    assert right.all("title")[0].text.startswith("✓ Right. What is ∂L/∂W₂₁?")
    assert right.by_id("answer")["value"] == "−0.1"
    ladder = right.all("div", "ladder")[0]
    assert [label.text for label in ladder.all("small")] == ["entry", "terms", "numbers", "result"]
    assert ladder.text.endswith("=−0.10")
    following = opened(client, right.by_id("following")["href"].partition("?")[2])
    assert following.by_id("question").text != right.by_id("question").text
    assert "answered" not in ids(following)


SHOWS = {"answered", "see-1", "following"}


def test_a_wrong_answer_gets_its_diagnosis_and_another_try_before_any_solution(client: TestClient) -> None:
    wrong = opened(client, f"{SHUT}&q=z.3&answer=-0.1")
    said = wrong.by_id("verdict").text
    assert said.startswith("✗ Not yet. The mask is missing")
    assert said.endswith("Try again, or choose “Show me”.")
    assert wrong.by_id("verdict")["data-announce"].endswith("Try again.")
    assert not SHOWS & ids(wrong)
    field = wrong.by_id("answer")
    assert (field["value"], field["aria-invalid"], "autofocus" in field.attributes) == ("-0.1", "true", True)
    assert "verdict" in field["aria-describedby"].split()
    shown = read(client.get(wrong.by_id("show-me")["href"]).text)
    assert ids(shown) >= SHOWS, "the answer, beside what was typed and what there is to say about that"
    assert shown.by_id("answer")["value"] == "-0.1"
    assert shown.by_id("verdict").text.startswith("✗ Not yet. The mask is missing")
    assert "Try again" not in shown.by_id("verdict").text


@pytest.mark.parametrize(
    ("query", "shows"),
    [
        (f"{SHUT}&q=zeros.z&answer=1", False),
        ("q=shape.x&answer=3", False),
        ("q=h&answer=0.2,0.1,0.1", False),
        ("q=x.1&answer=0.1", False),  # right to its one digit, so another is to be found
        ("b=0,-0.5,0&q=z.2&answer=-0.5", True),  # a subgradient: as right as the one shown
        (f"{SHUT}&q=zeros.z&answer=3", True),
        ("q=shape.x&answer=2", True),
    ],
)
def test_what_is_right_is_shown_once_it_is_found_and_not_before(client: TestClient, query: str, shows: bool) -> None:
    page = opened(client, query)
    assert SHOWS & ids(page) == (SHOWS if shows else set())
    assert ("show-me" in ids(page)) is not shows
    assert ("hint" in ids(page)) is not shows


def test_the_question_about_zeros_has_one_to_find_and_says_with_which_numbers(client: TestClient) -> None:
    page = opened(client, "q=zeros.z")
    assert page.by_id("chosen").text == (
        "This is asked with b = 0, −0.1, −0.6: with the default numbers, none of these entries is 0."
    )
    assert "−0.60" in page.by_id("given").text
    assert page.by_id("to-network")["href"] == f"/forward?{SHUT}"
    shown = opened(client, "q=zeros.z&reveal=1")
    assert "∂𝐿/∂𝑧₃: inactive" in shown.by_id("answered").text
    assert shown.by_id("see-1")["href"].startswith(f"/backward?{SHUT}")
    assert shown.by_id("following")["href"].startswith("/recall?q=zeros."), "back on the numbers of the address"
    assert "chosen" not in ids(opened(client, "x=2,1&q=zeros.z")), "numbers that were typed are asked about as they are"


def test_the_boxes_that_were_ticked_stay_ticked(client: TestClient) -> None:
    page = opened(client, f"{SHUT}&q=zeros.z&answer=&answer=1&answer=3")
    assert [box["id"] for box in page.having("type", "checkbox") if "checked" in box.attributes] == ["tick-1", "tick-3"]
    assert page.by_id("verdict").text.startswith("✗ Not yet. 1 of the 2 ticked entries is not 0.")
    assert "inactive, since" in opened(client, f"{SHUT}&q=zeros.z&answer=1,3&reveal=1").by_id("answered").text


def test_a_head_that_stands_on_other_numbers_says_so(client: TestClient) -> None:
    said = "This head stands on its default numbers"
    assert said not in opened(client, "q=prediction-target&reveal=1").by_id("answered").text
    assert opened(client, "x=4000,1&q=prediction-target&reveal=1").by_id("answered").text.count(said) == 1


def test_an_answer_of_too_few_digits_is_told_to_give_one_more(client: TestClient) -> None:
    page = opened(client, "q=x.1&answer=0.1")
    assert page.by_id("verdict").text.startswith("≈ Right to the digits given; give one more to be sure.")


def test_what_a_float_makes_of_an_exact_0_and_what_rounding_hides_is_said(client: TestClient) -> None:
    exact = opened(client, "y=0.4,0.4,0.2&q=zeros.h&answer=1,2,3").by_id("answered").text
    assert "∂𝐿/∂ℎ₃ is exactly 0: the −2.78×10⁻¹⁷ that a float64 gives is rounding." in exact
    saturated = "network=sigmoid-bce&W=0,0;0,0;0,0&b=40,40,-40"
    hidden = opened(client, f"{saturated}&q=zeros.z&answer=").by_id("answered").text
    assert hidden.startswith("None of them for certain.")
    assert "Rounding hides whether ∂𝐿/∂𝑧₁ is 0, so ticking it counts neither for nor against you." in hidden
    none = opened(client, "x=2,1&q=zeros.z&reveal=1").by_id("answered").text
    assert none.startswith("None of them.")


def test_a_zero_is_put_down_to_an_inactive_unit_only_where_one_is(client: TestClient) -> None:
    """z₃ = −0.4 is inactive; ∂L/∂z₁ is 0 since h₁ is y₁."""
    found = opened(client, "b=0,-0.1,-0.6&y=0.4,0.5,0.1&q=zeros.z&reveal=1").by_id("answered").text
    assert found.startswith("∂𝐿/∂𝑧₁, ∂𝐿/∂𝑧₃; at ∂𝐿/∂𝑧₃ the unit is inactive, since 𝑧 ≤ 0 there.")


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_question_of_every_network_can_be_asked_and_given_up(client: TestClient, lot: Lot, name: str) -> None:
    view = recall_from_query(f"network={name}").view
    keys = [*SPOKEN, *(question.key for kind in DRAWN for question in lot.some(shuffled(view, kind)[:4], 1))]
    for key in keys:
        assert "answered" not in ids(opened(client, f"network={name}&q={key}"))
        assert "answered" in ids(opened(client, f"network={name}&q={key}&reveal=1"))


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("name", ["relu-mse", "shared"])
def test_each_drawn_question_says_how_hard_it_is_and_at_its_end_where_to_look_again(
    client: TestClient, kind: DrawnKind, name: str
) -> None:
    recall = RecallState(recall_from_query(f"network={name}&x=2,1").view, Question("why-vjp"))
    recall = recall.with_ask(shuffled(recall.view, kind)[0])
    page = read(client.get(recall.address()).text)
    assert [level.text for level in page.all("p", "about")[0].all("span", "level")] == [LEVELS[kind]]
    assert not {"see-board", "see-1"} & ids(page), "where to look would tell what is right"
    shown = read(client.get(recall.revealed().address()).text)
    assert shown.by_id("see-board").text == recall.board.label
    assert shown.by_id("see-board")["href"] == recall.board.address(recall.posed)
    for link in ("see-board", "see-1", "following"):
        assert client.get(shown.by_id(link)["href"]).status_code == 200


def test_the_list_has_the_three_and_every_board_each_question_with_its_level(client: TestClient) -> None:
    page = opened(client, "q=saved")
    listed = page.by_id("questions")
    boards = listed.all("ul", "boards")[0]
    titles = [one.all("span")[0].text for one in boards.children if isinstance(one, Element)]
    numbered = [board.label for key, board in CONTENTS.items() if key.isdecimal()]
    assert [title.removesuffix(" another network") for title in titles] == numbered
    links = [link for link in listed.all("a") if link.attributes.get("id") != "another"]
    assert len(listed.all("span", "level")) == len(links) >= 13
    (here,) = listed.having("aria-current", "page")
    assert here.text == "What is saved"
    for link in links:
        assert client.get(link["href"]).status_code == 200, link["href"]


def test_the_page_shows_what_the_stage_and_the_api_say(client: TestClient) -> None:
    """The right answer, put back in, is right; and the links lead to the step with the same entry."""
    nodes = {node["name"]: node for node in client.get(f"/api/backward?{SHUT}").json()["nodes"]}
    for name in ("x", "b", "z", "h"):
        for place, number in enumerate(nodes[name]["grad"], 1):
            page = opened(client, f"{SHUT}&q={name}.{place}&answer={number!r}")
            assert page.by_id("verdict").text == "✓ Right."
            stage = page.by_id("see-1")["href"]
            ask = client.get(f"/api{stage}").json()["ask"]
            assert (ask["key"], ask["result"]) == (f"{name}.{place}", number)


def test_stage_and_questions_lead_to_each_other_with_the_same_numbers(client: TestClient) -> None:
    stage = read(client.get("/backward?network=softmax-ce&x=2,1&step=3&show=why").text)
    address = stage.by_id("to-recall")["href"]
    assert address == "/recall?network=softmax-ce&x=2,1"
    assert opened(client, address.partition("?")[2]).by_id("to-network")["href"] == "/forward?network=softmax-ce&x=2,1"
    assert read(client.get("/forward").text).by_id("to-recall")["href"] == "/recall"


def test_all_links_of_the_page_lead_somewhere(client: TestClient) -> None:
    queries = ["", "q=x.1&reveal=1", f"{SHUT}&q=h&answer=0", *(f"q={key}&reveal=1" for key in SPOKEN)]
    inputs = {link["href"] for query in queries for link in opened(client, query).all("a")}
    assert len(inputs) > 30
    for address in inputs:
        assert client.get(address).status_code == 200, address


def test_a_page_may_be_kept_and_names_its_canonical_address(client: TestClient) -> None:
    answer = client.get("/recall?q=W.2.1&answer=%2D0.1&utm_source=lms")
    (canonical,) = (link for link in read(answer.text).all("link") if link.attributes.get("rel") == "canonical")
    assert canonical["href"] == "/recall?q=W.2.1&answer=-0.1"
    assert "max-age=60" in answer.headers["cache-control"]
    tag = answer.headers["etag"]
    assert client.get(canonical["href"], headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/recall?q=W.2.1", headers={"If-None-Match": tag}).status_code == 200
    assert "set-cookie" not in answer.headers


# --- what is typed wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["abc", "0,5", "1/0", "", " ", *HOSTILE])
def test_garbage_gets_a_sentence_beside_the_field_and_is_kept(client: TestClient, typed: str) -> None:
    answer = client.get(f"/recall?q=W.2.1&answer={quote(typed)}")
    assert (answer.status_code, answer.headers["cache-control"]) == (422, "no-store")
    page = read(answer.text)
    field = page.by_id("answer")
    assert field["aria-invalid"] == "true"
    assert page.by_id("wrong-answer").text
    assert "wrong-answer" in field["aria-describedby"].split()
    assert CANARY not in page.by_id("wrong-answer").text
    assert field["value"] == typed or typed == "\x00"
    assert f"<script>{CANARY}" not in answer.text
    assert answer.text.count(CANARY) <= 1
    assert "0.60" in page.by_id("given").text, "the question still stands"
    assert "answered" not in ids(page)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("q=nothing", "q names an entry such as W.2.1"),
        ("q=" + quote("<b>canary7f3a"), "q names an entry such as W.2.1"),
        ("reveal=2", "reveal is 1 or left out"),
        ("x=1", "x needs 2 numbers"),
        ("x=abc,1", "entry 1 of x must be a finite decimal number"),
        ("network=canary7f3a", "there is no such network"),
        ("q=%zz", "is not valid percent-encoded UTF-8"),
        ("x=1e200,1&q=z.1", "overflows"),
        ("x=1e200,1&answer=1", "overflows"),
        ("x=1e200,1&q=nothing", "q names an entry"),
        ("y=1e300,0,0&q=h&answer=1,2,3", "overflows"),
    ],
)
def test_an_address_that_is_no_question_gets_a_page_that_asks_one(client: TestClient, query: str, said: str) -> None:
    answer = client.get(f"/recall?{query}")
    assert answer.status_code == 422
    assert CANARY not in answer.text
    page = read(answer.text)
    assert page.by_id("question").text
    assert said in " ".join(one.text for one in page.all("p", "wrong"))


@pytest.mark.parametrize("network", NETWORKS)
def test_what_is_no_question_is_told_one_of_each_kind(client: TestClient, network: str) -> None:
    """Each name in the message is that of a question, and no kind is left out."""
    answer = client.get(f"/recall?network={network}&q=foo")
    (said,) = [one.text for one in read(answer.text).all("p", "wrong") if "q names" in one.text]
    listed = said.partition(" or ")[2].rstrip(".").replace(" or ", ", ").split(", ")
    questions = [recall_from_query(f"network={network}&q={key}").question for key in ("W.2.1", "W", *listed)]
    assert [one.key for one in questions] == ["W.2.1", "W", *listed]
    assert {one.kind for one in questions} == {*DRAWN, *SPOKEN}


def test_numbers_that_overflow_spoil_no_question_that_needs_none_of_them(client: TestClient) -> None:
    for key in SPOKEN:
        assert "answered" in ids(opened(client, f"y=1e300,0,0&q={key}&reveal=1"))


def test_only_get_and_head_are_taken(client: TestClient) -> None:
    assert client.head("/recall").status_code == 200
    assert client.post("/recall").status_code == 405
    assert client.get("/recall//").status_code == 404
    assert client.get(f"/recall?answer={'1' * 5000}").status_code == 414


# --- the context --------------------------------------------------------------------------------------------


def test_every_field_of_the_context_is_named_in_a_template() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in (TEMPLATES / "recall").glob("*.html"))
    text = re.sub(r'"recall/\w+\.html"', "", text)
    named = set(re.findall(r"\brecall\.(\w+)", text)) - {"css"}
    fields = {field.name for field in dataclasses.fields(Recall)}
    assert named == fields


def test_what_a_page_shows_is_computed_anew_from_the_address_alone() -> None:
    one, other = (recall_page(recall_from_query(f"{SHUT}&q=z&answer=1,2,3")) for _ in range(2))
    assert repr(one) == repr(other)


def test_a_plain_apostrophe_of_what_was_typed_survives(client: TestClient) -> None:
    answer = client.get("/recall?q=x.1&answer=%26lt%3B'")
    assert html.unescape(read(answer.text).by_id("answer")["value"]) == "<'"
