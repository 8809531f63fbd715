"""A lecture on the stage: Next through all of it and exactly back, and how a stop that was left is come back to."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from app.pages.lecture.chapter import CHAPTER
from app.pages.lecture.places import places
from app.pages.lecture.question import PATHS, lecture_from_query
from tests.browser.reading import Element, read

OWN = """/forward?step=1-3 One
/chapter/3 Two
/recall?q=why-vjp Three
/backward?step=4&stage=formula Four
/chapter/3 Five"""


def shown(client: TestClient, address: str) -> Element:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return read(answer.text)


def led(page: Element, name: str) -> str:
    """Where the link with that id leads; empty where there is none."""
    found = page.having("id", name)
    return str(found[0].attributes.get("href", "")) if found else ""


@pytest.mark.parametrize("stops", ["", OWN], ids=["the chapter", "one's own"])
def test_next_goes_through_all_of_it_and_back_exactly_back(client: TestClient, stops: str) -> None:
    lecture = lecture_from_query(urlencode({"stops": stops, "stage": "1"}))
    address, seen = lecture.address(), list[str]()
    while address:
        seen.append(address)
        page = shown(client, address)
        assert "cannot be shown" not in page.text
        address = led(page, "next")
    assert len(seen) == len(lecture.places)
    for before in reversed(seen[:-1]):
        address = led(page, "back")
        assert address == before
        page = shown(client, address)


def test_a_stop_says_its_sentence_where_it_begins_and_its_page_s_own_on_its_further_parts(client: TestClient) -> None:
    lecture = lecture_from_query(urlencode({"stops": OWN, "stage": "1", "stop": "1"}))
    assert shown(client, lecture.address()).by_id("caption").text.strip() == "One"
    second = shown(client, led(shown(client, lecture.address()), "next"))
    assert second.by_id("caption").text.strip() not in ("One", "")
    assert second.all("p", "place")[0].text.startswith("1.2 of 5")


def test_the_formula_stays_within_a_stop_and_the_next_begins_as_it_says() -> None:
    first = lecture_from_query(urlencode({"stops": OWN, "stage": "formula"}))
    last_part = first.at(first.places[2])
    assert (last_part.staging.stage, last_part.at(first.places[3]).staging.stage) == ("formula", "1")
    assert last_part.at(first.places[6]).staging.stage == "formula", "as the address of stop 4 says"


def test_where_each_step_comes_hidden_first_next_shows_it_and_back_hides_it_again(client: TestClient) -> None:
    """As on a network; what hides something by itself has its own two places, and what is no step has one."""
    stops = "/forward?step=1-2\n/chapter/3\n/backward?step=2&hide=dh\n/backward?step=3"
    lecture = lecture_from_query(urlencode({"stops": stops, "stage": "1"}))
    address = led(shown(client, lecture.address()), "predict")
    seen = list[tuple[str, str]]()
    while address:
        state = lecture_from_query(address.partition("?")[2])
        assert state.place
        seen.append((state.place.key, state.hide))
        page = shown(client, address)
        if seen[-1] == ("1.2", "next"):
            assert led(page, "hide") == state.hiding("now,next").address()
            assert led(shown(client, led(page, "predict")), "predict") == address
        if len(seen) > 1 and seen[-1] != ("2", "now,next"):
            back = lecture_from_query(led(page, "back").partition("?")[2])
            assert back.place
            assert (back.place.key, back.hide) == seen[-2]
        address = led(page, "next")
    assert seen == [
        ("1", "next"),
        ("1.2", "now,next"),
        ("1.2", "next"),
        ("2", "next"),
        ("3", "next"),
        ("3.2", "next"),
        ("4", "now,next"),
        ("4", "next"),
    ]


def test_what_a_stop_says_does_not_tell_what_is_hidden_for_the_moment(client: TestClient) -> None:
    says = "The backward pass starts with 1"
    assert says in shown(client, "/lecture?stop=7&stage=1&hide=next").by_id("caption").text
    page = shown(client, "/lecture?stop=7&stage=1&hide=now,next")
    assert says not in page.text
    assert "how fast does L change" in page.by_id("caption").text


def test_a_cell_that_one_looks_into_leads_back_from_every_step_of_its_network(client: TestClient) -> None:
    page = shown(client, "/lecture?stop=7&stage=1")
    asked = led(page, "node-W-stage")
    assert asked == "/backward?step=1&node=W&stage=1&away=7"
    page = shown(client, asked)
    for name in ("next", "next", "formula", "back", "stop-0"):
        page = shown(client, led(page, name))
        assert led(page, "return").startswith("/lecture?stop=7&stage=")
    assert led(shown(client, led(page, "return")), "next").startswith("/lecture?stop=8&")


def test_the_ordinary_page_with_its_forms_and_examples_keeps_the_way_back(client: TestClient) -> None:
    plain = led(shown(client, "/lecture?stop=7&stage=1"), "leave")
    assert plain == "/backward?step=1&away=7"
    page = shown(client, plain)
    assert page.by_id("return").text == "Return to stop 7"
    sent = [(one["name"], one["value"]) for one in page.having("type", "hidden")]
    edited = client.get("/backward?" + urlencode([*sent, ("x", "2,1")]), follow_redirects=False)
    assert edited.headers["location"].endswith("&away=7")
    page = shown(client, edited.headers["location"])
    assert led(page, "return") == "/lecture?stop=7&stage=1"
    assert led(page, "undo").endswith("&away=7")
    assert led(page, "example-2").endswith("&away=7")
    assert all("away=7" in one["href"] for one in page.all("nav", "choice")[0].all("li")[0].all("a"))
    again = shown(client, edited.headers["location"] + "&stage=1")
    assert led(again, "return") == "/lecture?stop=7&stage=1"
    assert not shown(client, "/backward?step=1").having("id", "return")


@pytest.mark.parametrize("plain", ["/chapter/3?away=5", "/recall?q=W.2.1&away=5"])
def test_boards_and_questions_keep_the_way_back_in_their_forms(client: TestClient, plain: str) -> None:
    page = shown(client, plain)
    assert led(page, "return") == "/lecture?stop=5&stage=1"
    assert ("away", "5") in [(one["name"], one["value"]) for one in page.having("type", "hidden")]
    if plain.startswith("/chapter"):
        assert (led(page, "next"), led(page, "step")) == ("/chapter/4?away=5", "/backward?step=5&away=5")


def test_a_stop_that_one_jumped_to_and_left_leads_back_in_two_steps(client: TestClient) -> None:
    page = shown(client, led(shown(client, "/lecture?stop=7&stage=1"), "stop-22"))
    assert led(page, "return") == "/lecture?stop=7&stage=1"
    page = shown(client, led(page, "leave"))
    there = led(page, "return")
    assert there.endswith("&stage=1&away=7"), "first the stop that one had jumped to"
    assert led(shown(client, there), "return") == "/lecture?stop=7&stage=1"
    assert not shown(client, "/lecture?stop=7&stage=1&away=7").having("id", "return"), "one is there"


def test_a_lecture_of_one_s_own_goes_along(client: TestClient) -> None:
    lecture = lecture_from_query(urlencode({"stops": OWN, "stage": "1", "stop": "2"}))
    plain = led(shown(client, lecture.address()), "leave")
    assert led(shown(client, plain), "return") == lecture.address()


def test_the_same_address_at_two_stops_is_two_places(client: TestClient) -> None:
    lecture = lecture_from_query(urlencode({"stops": OWN, "stage": "1", "stop": "5"}))
    assert lecture.place == lecture.places[-1]
    assert not led(shown(client, lecture.address()), "next")


def test_numbers_lead_to_stops_and_the_arrows_up_and_down_from_one_to_the_next(client: TestClient) -> None:
    page = shown(client, "/lecture?stop=7&stage=1")
    ticks = page.by_id("timeline").all("li")
    numbers = [one["data-number"] for tick in ticks for one in tick.having("data-number")]
    assert numbers == [str(number + 1) for number in range(len(CHAPTER.stops))]
    assert len(ticks) == len(numbers), "a question's answer has a tick only where one is at it"
    assert all("data-phase" in tick.attributes for tick in ticks)


def test_a_lecture_of_200_stops_has_each_of_them_and_one_stop_alone_no_way_on(client: TestClient) -> None:
    many = lecture_from_query(urlencode({"stops": "/heads\n/cost\n" * 100, "stage": "1", "stop": "100"}))
    page = shown(client, many.address())
    assert len(page.by_id("timeline").all("li")) == 200
    alone = shown(client, lecture_from_query(urlencode({"stops": "/forward", "stage": "1"})).address())
    assert (led(alone, "next"), led(alone, "back")) == ("", "")


def test_a_page_that_has_no_stage_is_a_title_with_a_link(client: TestClient) -> None:
    page = shown(client, lecture_from_query(urlencode({"stops": "/heads?z=3 Four heads.", "stage": "1"})).address())
    assert "Four heads." in page.by_id("picture").text
    assert led(page, "elsewhere") == led(page, "leave")
    there = shown(client, led(page, "elsewhere"))
    assert there.having("id", "return")[0].text == "Return to stop 1"
    assert led(there, "return").endswith("&stop=1&stage=1")


# Links that mean a page as it comes, whatever one came with.
_AS_IT_COMES = ("/forward", "/compare")


@pytest.mark.parametrize(
    "path",
    [
        *("/forward", "/backward", "/chapter", "/chapter/3", "/chapter/next", "/networks", "/heads", "/glossary"),
        *("/train", "/compare", "/cost", "/recall", "/handout", "/filmstrip", "/keys", "/api", PATHS[-1]),
    ],
)
def test_every_page_of_the_site_hands_the_way_back_on(client: TestClient, path: str) -> None:
    page = shown(client, f"{path}?away=7.2")
    assert led(page, "return") == "/lecture?stop=7.2&stage=1"
    links = {one["href"].partition("#")[0] for one in page.having("href")} - set(_AS_IT_COMES)
    assert [link for link in links if link.partition("?")[0] in PATHS and "away=7.2" not in link] == []
    for form in page.all("form"):
        assert [one["value"] for one in form.having("name", "away")] == ["7.2"]


def test_every_place_of_the_chapter_fits_its_own_key() -> None:
    assert len({place.key for place in places(CHAPTER)}) == len(places(CHAPTER))
