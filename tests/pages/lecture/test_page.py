"""The page of a lecture: the built-in one, whose stops all answer, one's own, and where one is in it."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from starlette.testclient import TestClient

from app.pages.lecture.chapter import CHAPTER
from app.pages.lecture.places import places
from app.pages.lecture.question import PATHS, LectureState, lecture_from_query
from app.settings import Settings
from app.state.playlist import playlist_from_text
from app.web.site import SUBJECTS
from tests.browser.reading import read

OWN = "title: Two stops\n/chapter/3 2:00 The VJP.\n/backward?step=4 1:30 The gradient of W."


@pytest.mark.parametrize("address", [place.page for place in places(CHAPTER) if place.part == 1])
def test_every_stop_of_the_chapter_s_lecture_is_a_page_that_reads_all_of_its_address(
    client: TestClient, address: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert 'class="unread"' not in answer.text


def test_the_chapter_takes_40_minutes_and_leaves_out_no_board_and_no_question() -> None:
    assert CHAPTER.seconds == 40 * 60
    paths = [stop.address.partition("?")[0] for stop in CHAPTER.stops]
    boards = [path for path in paths if path.startswith("/chapter/")]
    assert boards == [path for path in PATHS if path.startswith("/chapter/")], "each once, in their order"
    asked = [stop.address for stop in CHAPTER.stops if stop.address.startswith("/recall")]
    assert asked == [f"/recall?q={name}" for name in ("why-vjp", "by-indices", "prediction-target")]
    assert any("ask=" in stop.address for stop in CHAPTER.stops)
    steps = [stop.address.removesuffix("&hide=now") for stop in CHAPTER.stops]
    for direction, last in (("forward", 3), ("backward", 6)):
        assert {f"/{direction}?step={step}" for step in range(1, last + 1)} <= {*steps}


def test_the_chapter_s_lecture_is_read_from_its_own_text_and_fits_an_address() -> None:
    assert playlist_from_text(CHAPTER.text(), PATHS) == CHAPTER
    sent = urlencode({"stops": CHAPTER.text(), "from": ""})
    assert len(sent) <= Settings().max_query_bytes
    changed = CHAPTER.text().replace("1:00", "1:05")
    assert len(lecture_from_query(urlencode({"stops": changed})).query()) <= Settings().max_query_bytes


def test_a_stop_may_be_at_every_page_that_one_shows() -> None:
    own = {"/lecture", "/lecture/handout", "/lecture/filmstrip", "/speaker"}
    for_oneself = own | {"/handout", "/filmstrip", "/keys"}
    assert {*PATHS} == {path for subject in SUBJECTS for path in subject.paths} - for_oneself


def test_the_page_names_each_stop_and_where_one_is(client: TestClient) -> None:
    page = read(client.get("/lecture?stop=12").text)
    assert page.by_id("open")["href"] == "/backward?step=4&ask=W.2.1"
    assert page.by_id("back")["href"] == "/lecture?stop=11"
    assert page.by_id("next")["href"] == "/lecture?stop=13"
    assert [one.by_id("stop-12")["href"] for one in page.having("aria-current", "step")] == ["/lecture?stop=12"]
    assert "begins at 14:30" in " ".join(page.text.split())
    whole = read(client.get("/lecture").text)
    assert whole.by_id("next")["href"] == "/lecture?stop=1"
    assert len(whole.all("ol", "stops")[0].all("li")) == len(CHAPTER.stops)
    assert not read(client.get(f"/lecture?stop={len(CHAPTER.stops)}").text).having("id", "next")


def test_back_is_exactly_back(client: TestClient) -> None:
    address, seen = "/lecture", []
    while True:
        seen.append(address)
        onward = read(client.get(address).text).having("id", "next")
        if not onward:
            break
        address = onward[0]["href"]
    assert len(seen) == len(CHAPTER.stops) + 1
    for before in reversed(seen[1:-1]):
        address = read(client.get(address).text).by_id("back")["href"]
        assert address == before


def test_a_lecture_of_one_s_own_is_its_address(client: TestClient) -> None:
    sent = client.get("/lecture?" + urlencode({"stops": OWN.replace("\n", "\r\n"), "from": ""}))
    assert sent.status_code == 303
    there = sent.headers["location"]
    assert there == LectureState(playlist_from_text(OWN, PATHS)).address()
    page = read(client.get(there).text)
    assert page.all("h1")[0].text == "Two stops"
    assert page.by_id("page-2")["href"] == "/backward?step=4"
    second = read(client.get(page.by_id("stop-2")["href"]).text)
    assert second.by_id("open")["href"] == "/backward?step=4"


@pytest.mark.parametrize("stops", ["/nowhere", '/forward?x="><script>alert(1)</script>', "\x00", "nonsense\n" * 9])
def test_stops_that_cannot_be_read_are_told_beside_the_text_that_was_typed(client: TestClient, stops: str) -> None:
    answer = client.get(f"/lecture?stops={quote(stops)}&from=")
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    page = read(answer.text)
    assert "line 1: " in page.by_id("wrong-stops").text
    assert page.by_id("stops").text.split() == stops.split() or "\x00" in stops, "what was typed stays"


@pytest.mark.parametrize("stop", ["0", "31", "-1", "one"])
def test_a_stop_that_is_not_there_is_told(client: TestClient, stop: str) -> None:
    answer = client.get(f"/lecture?stop={stop}")
    assert answer.status_code == 422
    assert "stop" in read(answer.text).all("p", "wrong")[0].text


def test_the_header_takes_network_and_numbers_along(client: TestClient) -> None:
    assert lecture_from_query("network=two-layer&x=2,1&stop=3").address() == "/lecture?network=two-layer&x=2,1&stop=3"
    page = read(client.get("/lecture?network=two-layer&x=2,1").text)
    assert page.by_id("stop-3")["href"] == "/lecture?network=two-layer&x=2,1&stop=3"
