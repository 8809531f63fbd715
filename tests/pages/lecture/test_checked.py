"""What is wrong with a stop's page is told by the stop's line, when the lecture is sent, and what was typed stays."""

from __future__ import annotations

import random
import re
from urllib.parse import urlencode

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.pages.lecture.question import lecture_from_query
from app.state.playlist import ADDRESS_BYTES, FILE_BYTES
from tests.browser.reading import read


def sent(client: TestClient, stops: str) -> Response:
    """What the form of the page leads to."""
    return client.post("/lecture", data={"stops": stops, "from": ""}, follow_redirects=False)


@pytest.mark.parametrize(
    ("stop", "says"),
    [
        ("/backward?step=1-8 All of it.", "step=1-8 goes beyond the backward pass, whose last step is 6"),
        ("/forward?step=3-99", "step=3-99 goes beyond the forward pass, whose last step is 3"),
        ("/backward?step=6-1", "step=6-1 counts down"),
        ("/backward?step=3-", "step must be a whole number from 0 to 6"),
        ("/backward?step=a-b", "a range of steps is written as step=1-6"),
        ("/forward?step=2&stage=forumla", "stage=formula the formula"),
        ("/chapter/3?step=2", "“step” in the address was not read"),
        ("/forward?W=1,2", "W needs 3 rows of 2 numbers"),
        ("/forward?x=1e200,1e200", "overflows"),
        ("/forward?stp=2", "“stp” in the address was not read; did you mean step?"),
        ("/recall?q=nothing", "q names an entry"),
        ("/heads?z=none", "z must be a finite decimal number"),
    ],
)
def test_a_wrong_number_is_told_with_its_line(client: TestClient, stop: str, says: str) -> None:
    text = f"# mine\ntitle: Mine\n\n/forward Fine.\n{stop}\n/chapter/1"
    answer = sent(client, text)
    assert answer.status_code == 422
    page = read(answer.text)
    assert page.by_id("wrong-stops").text.startswith("line 5: ")
    assert says in page.by_id("wrong-stops").text
    assert page.by_id("stops").text.split() == text.split()


def test_each_stop_that_is_wrong_is_told_once(client: TestClient) -> None:
    answer = sent(client, "/forward?step=7-9\n/forward\n/forward?step=9\n/nowhere")
    assert read(answer.text).by_id("wrong-stops").text.startswith("line 4: "), "first what is no stop at all"
    told = read(sent(client, "/forward?step=7-9\n/forward\n/forward?step=9").text).by_id("wrong-stops").text
    assert re.findall("line .:", told) == ["line 1:", "line 3:"]


def test_a_lecture_that_has_been_right_is_shown_but_for_the_stop_that_is_not(client: TestClient) -> None:
    lecture = lecture_from_query(urlencode({"stops": "/forward\n/forward?step=9", "stage": "1", "stop": "2"}))
    answer = client.get(lecture.address())
    assert answer.status_code == 200
    assert "This stop cannot be shown: step must be" in answer.text


def test_hidden_numbers_are_those_of_the_stop_s_network(client: TestClient) -> None:
    assert sent(client, "/backward?step=4&hide=now,dW.2.1\n/backward?step=2-4&hide=now").status_code == 303
    assert "hide names numbers" in read(sent(client, "/backward?hide=q.7").text).by_id("wrong-stops").text


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\u2028"])
def test_text_from_other_programs_is_read(client: TestClient, end: str) -> None:
    lines = [
        "\ufefftitle: Mine",
        "“/backward?step=4”\t1:30\tThe “gradient” of W.",
        "https://example.org/user/me/proxy/8000/forward?step=2&stage=formula&keys=off 0:30 ReLU.",
    ]
    answer = sent(client, end.join(lines))
    assert answer.status_code == 303
    lecture = lecture_from_query(answer.headers["location"].partition("?")[2])
    assert [(stop.address, stop.seconds, stop.sentence) for stop in lecture.playlist.stops] == [
        ("/backward?step=4", 90, "The “gradient” of W."),
        ("/forward?step=2&stage=formula&keys=off", 30, "ReLU."),
    ]
    assert [(place.address, place.stage) for place in lecture.places] == [
        ("/backward?step=4", "1"),
        ("/forward?step=2", "formula"),
    ]


def test_two_hundred_stops_fit_an_address_and_what_does_not_is_told(client: TestClient) -> None:
    stops = "\n".join(f"/backward?step={at % 6 + 1} 1:00 The gradient of W is an outer product." for at in range(200))
    answer = sent(client, stops)
    assert answer.status_code == 303
    assert len(answer.headers["location"]) < ADDRESS_BYTES
    page = read(client.get(answer.headers["location"]).text)
    assert len(page.all("ol", "stops")[0].all("li")) == 200
    chance = random.Random(3)  # letters, not secrets
    long = "\n".join(f"/forward {chance.randbytes(60).hex()}" for _ in range(200))
    assert "longer than an address can hold" in read(sent(client, long).text).by_id("wrong-stops").text
    too_long = sent(client, "/forward\n" * (FILE_BYTES // 9 + 1))
    assert too_long.status_code == 422
    assert client.get("/lecture?stops=~bVZ").status_code == 422
    assert client.get(answer.headers["location"][:-9]).status_code == 422, "an address that was cut off"
