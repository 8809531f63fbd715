"""The handout of a lecture: each stop once, with its sentence and its numbers, blanks that hide, answers at the end."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from app.pages.lecture.chapter import CHAPTER
from app.pages.lecture.places import places
from tests.browser.reading import Element, read

OWN = """title: Mine
/backward?step=2-4&hide=now The way back.
/chapter/3 An op offers its VJP.
/recall?q=by-indices Derive it.
/heads Four heads.
/backward The end."""


def shown(client: TestClient, **choices: str) -> Element:
    answer = client.get(f"/lecture/handout?{urlencode(choices)}")
    assert answer.status_code == 200
    return read(answer.text)


def headings(page: Element) -> list[str]:
    return [article.all("h2")[0].text for article in page.all("article", "step")]


def test_every_stop_is_printed_once_with_what_is_said_there(client: TestClient) -> None:
    page = shown(client)
    pages = {(place.stop, place.page) for place in places(CHAPTER) if "reveal" not in place.address}
    assert len(headings(page)) == len(pages)
    assert [heading.partition(" ")[0] for heading in headings(page)] == [str(n + 1) for n in range(len(CHAPTER.stops))]
    said = [article.all("p", "sentence")[0].text for article in page.all("article", "step")]
    assert said == [stop.sentence for stop in CHAPTER.stops]
    assert f"{len(page.all('section', 'sheet'))} sheets of A4" in page.by_id("choices").text


def test_steps_have_pictures_boards_formulas_and_questions_room(client: TestClient) -> None:
    page = shown(client, stops=OWN)
    assert [heading.partition(" ")[0] for heading in headings(page)] == ["1", "1.3", "1.5", "2", "3", "4", "5"]
    steps = page.all("article", "step")
    assert [len(one.all("svg")) for one in steps] == [1, 1, 1, 0, 0, 0, 1]
    assert "+0.20" in steps[0].all("svg")[0].text, "what the room predicts is printed"
    assert steps[3].all("p", "alone")
    assert "Your answer" in steps[4].text
    assert "/heads" in steps[5].text


def test_blanks_hide_what_steps_find_and_the_answer_sheets_have_it(client: TestClient) -> None:
    blank = shown(client, stops=OWN, blanks="1")
    assert not re.search(r"\+0\.20", " ".join(one.text for one in blank.all("article", "step")))
    told = shown(client, stops=OWN, blanks="1", answers="1")
    answers = " ".join(one.text for one in told.all("div", "answers"))
    assert "0.20" in answers
    assert "How do the linear layer’s VJPs follow" in answers
    assert len(told.all("section", "sheet")) > len(blank.all("section", "sheet"))


@pytest.mark.parametrize("query", ["stops=%2Fnowhere", "stops=%2Fforward&paper=none", "blanks=2"])
def test_what_cannot_be_printed_is_refused_and_a_page_stands(client: TestClient, query: str) -> None:
    answer = client.get(f"/lecture/handout?{query}")
    assert answer.status_code == 422
    assert read(answer.text).all("p", "wrong")
    assert read(answer.text).all("section", "sheet")


def test_a_stop_that_cannot_be_shown_is_named_and_the_form_leads_to_the_canonical_address(client: TestClient) -> None:
    page = shown(client, stops="/forward?step=9 Gone.\n/forward?network=64-64_mse Large.")
    assert headings(page) == ["1 · Gone.", "2 · Large."]
    sent = client.get("/lecture/handout?stops=%2Fforward&blanks=1&from=", follow_redirects=False)
    assert sent.headers["location"] == "/lecture/handout?stops=%2Fforward%201%3A00%20&blanks=1"
