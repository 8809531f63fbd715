"""A lecture as a text file: what its page shows, which that page reads again."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from starlette.testclient import TestClient

from app.pages.lecture.chapter import CHAPTER
from app.pages.lecture.question import LectureState, lecture_from_query
from app.state.playlist import Playlist, Stop
from tests.browser.reading import read

OWN = Playlist((Stop("/chapter/3", "The VJP: v − y*.", 120), Stop("/backward?W=1,0;0,1;2,2&step=4", "W")), "Two stops")


@pytest.mark.parametrize("lecture", [CHAPTER, OWN], ids=["the chapter", "one's own"])
def test_the_file_that_the_page_offers_is_its_lecture_again(client: TestClient, lecture: Playlist) -> None:
    page = read(client.get(LectureState(lecture).address()).text)
    file = client.get(page.by_id("as-text")["href"])
    assert file.headers["content-type"] == "text/plain; charset=utf-8"
    assert file.headers["content-disposition"] == 'attachment; filename="lecture.txt"'
    assert file.text.endswith("\n")
    assert file.text.split() == page.by_id("stops").text.split()
    sent = client.get("/lecture?" + urlencode({"stops": file.text, "from": ""}))
    assert sent.status_code == 303
    assert lecture_from_query(sent.headers["location"].partition("?")[2]).playlist == lecture
    assert client.get("/lecture.txt", headers={"If-None-Match": file.headers["etag"]}).status_code == (
        304 if lecture == CHAPTER else 200
    )


@pytest.mark.parametrize(
    "query", ["stops=%2Fnowhere", f"stops={quote('<script>alert(1)</script>')}", "stop=99", "stops=%ff"]
)
def test_stops_that_cannot_be_read_are_refused_in_a_sentence(client: TestClient, query: str) -> None:
    answer = client.get(f"/lecture.txt?{query}", headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert "content-disposition" not in answer.headers
    assert "<script>alert" not in answer.text
    assert read(answer.text).by_id("error").all("p")
