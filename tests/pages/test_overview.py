"""The overview as a page: its places are those that one steps through, each leads to its page, and one is present."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from app.pages.contents import CONTENTS
from app.pages.lecture.chapter import CHAPTER
from app.state import from_query
from tests.browser.reading import Element, read


def places(client: TestClient, address: str) -> list[Element]:
    """The links of an overview, in their order."""
    answer = client.get(address)
    assert answer.status_code == 200
    return read(answer.text).by_id("places").all("a")


def led_to(links: list[Element]) -> list[str]:
    return [link.attributes["href"] or "" for link in links]


def present(links: list[Element]) -> list[str]:
    """Where those lead that say they are where one is, which also have the focus without a script."""
    return led_to(
        [one for one in links if one.attributes.get("aria-current") == "step" and "autofocus" in one.attributes]
    )


def test_the_steps_of_a_network_are_pictures_of_themselves(client: TestClient) -> None:
    links = places(client, "/backward?x=1,2&step=3&stage=overview")
    walk = from_query("x=1,2", "forward", strict=False).staged("1").walk
    assert led_to(links) == [*walk]
    assert present(links) == ["/backward?x=1,2&step=3&stage=1"]
    pictures = [link.all("img")[0].attributes for link in links]
    assert [one["src"] for one in pictures][:2] == ["/forward.svg?x=1,2", "/forward.svg?x=1,2&step=0"]
    assert all(one["loading"] == "lazy" for one in pictures)
    for one in pictures:
        assert client.get(one["src"] or "").status_code == 200


def test_boards_have_their_signs_and_questions_their_answers(client: TestClient) -> None:
    boards = places(client, "/chapter/3?stage=overview")
    assert led_to(boards) == [f"/chapter/{key}?stage=1" for key in CONTENTS]
    assert present(boards) == ["/chapter/3?stage=1"]
    assert [board.title in link.text for board, link in zip(CONTENTS.values(), boards, strict=True)] == [True] * 11
    both = places(client, "/recall?q=why-vjp&reveal=1&stage=overview")
    assert led_to(both) == ["/recall?q=why-vjp&stage=1", "/recall?q=why-vjp&reveal=1&stage=1"]
    assert present(both) == ["/recall?q=why-vjp&reveal=1&stage=1"]


def test_a_lecture_has_a_picture_of_each_stop_and_the_present_one_leads_back_to_its_part(client: TestClient) -> None:
    links = places(client, "/lecture?stop=17.2&stage=overview")
    assert len(links) == len(CHAPTER.stops) == 30
    assert [link.text.split()[0] for link in links] == [str(number) for number in range(1, 31)]
    assert present(links) == ["/lecture?stop=17.2&stage=1"]
    assert led_to(links)[17] == "/lecture?stop=18&stage=1", "what comes next is no detour"
    assert led_to(links)[11] == "/lecture?stop=12&stage=1&away=17.2"


def test_a_stop_that_has_no_picture_is_told_in_words(client: TestClient) -> None:
    stops = "/heads Four heads.\n/backward?x=one It is wrong.\n/forward?network=16-16.relu-16_mse Large.\n/glossary"
    stops += "\n/backward?step=2&hide=now Hidden."
    links = places(client, f"/lecture?stops={quote(stops)}&stop=1&stage=overview")
    assert [link.text.split(maxsplit=1)[1] for link in links] == [
        "Four heads.",
        "It is wrong.",
        "Large.",
        "/glossary",
        "Hidden.",
    ]
    assert not any(link.all("img") for link in links)


@pytest.mark.parametrize("address", ["/forward?step=2", "/chapter/next", "/recall?q=saved", "/lecture?stop=4"])
def test_there_is_a_way_to_the_overview_and_back(client: TestClient, address: str) -> None:
    join = "&" if "?" in address else "?"
    there = read(client.get(f"{address}{join}stage=1").text).by_id("overview").attributes["href"]
    assert there == f"{address}{join}stage=overview"
    page = read(client.get(there).text)
    assert page.by_id("overview").attributes["href"] == f"{address}{join}stage=1"
