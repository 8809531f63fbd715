"""The speaker's view: this place, the next, the answer before it is shown, and the same ways that the stage has."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

import pytest
from starlette.testclient import TestClient

from app.pages.hall import speaker_of
from app.pages.lecture.question import PATHS, LectureState
from app.snapshot.glossary import spoken
from app.state.playlist import playlist_from_text
from tests.browser.reading import Element, read

# A lecture of four stops, as a name of an address.
OWN = urlencode(
    {
        "stops": "/backward?step=2 1:30 The second step.\n/backward?step=3 1:15 The third step.\n"
        "/backward?step=4 The fourth step.\n/heads Four output heads."
    },
    quote_via=quote,
)


def page_at(client: TestClient, address: str) -> Element:
    """A page that answers, and reads all of its address."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert 'class="unread"' not in answer.text
    return read(answer.text)


def said(page: Element, part: str) -> str:
    """The text of a part of the page, with single blanks."""
    return " ".join(page.by_id(part).text.split())


def ways(page: Element) -> dict[str, str]:
    """Where a page of the stage, or its speaker's view, leads by keys."""
    ids = ("first", "back", "next", "last", "formula", "hide", "predict", "overview", "return")
    found = {
        one["id"]: one["href"] for one in page.walk() if one.attributes.get("id") in ids and "href" in one.attributes
    }
    stops = [one for one in page.having("href") if one.attributes.get("id", "").startswith("stop-")]
    return found | {one["id"]: one["href"] for one in stops}


def test_the_address_is_that_of_the_stage_with_its_path_as_a_name() -> None:
    assert speaker_of("/lecture?stop=7.2&stage=1&away=12") == "/speaker?stop=7.2&away=12"
    assert speaker_of("/lecture?stop=7&stage=formula&keys=off") == "/speaker?stop=7&stage=formula&keys=off"
    assert speaker_of("/backward?step=4&stage=1") == "/speaker?at=%2Fbackward&step=4"


@pytest.mark.parametrize(
    "address",
    [
        "/lecture?stop=17&stage=1&away=12",
        "/lecture?stop=2&stage=formula",
        "/backward?network=two-layer&step=2&stage=1&away=7",
        "/chapter/3?stage=1",
        "/recall?q=W.2.1&stage=1",
    ],
)
def test_it_is_linked_from_the_stage_leads_back_and_has_the_same_ways(client: TestClient, address: str) -> None:
    stage = page_at(client, address)
    there = stage.by_id("speaker")["href"]
    view = page_at(client, there)
    (canonical,) = [link["href"] for link in view.all("link") if link.attributes.get("rel") == "canonical"]
    assert canonical == there
    assert view.by_id("screen")["href"] == address
    own = {name: href for name, href in ways(stage).items() if name != "return" or urlsplit(href).path == "/lecture"}
    assert ways(view) == {name: speaker_of(href) for name, href in own.items()}


def test_this_place_and_the_next_are_shown_with_picture_sentence_and_formula(client: TestClient) -> None:
    page = page_at(client, f"/speaker?{OWN}&stop=2")
    assert [one["src"] for one in page.all("img")] == ["/backward.svg?step=3", "/backward.svg?step=4"]
    assert "The third step." in said(page, "now")
    (formula,) = page.by_id("now").all("div", "formula")
    assert formula["aria-label"] == spoken("∂L/∂z = v ⊙ 𝟙[z > 0]")
    assert "The fourth step." in said(page, "after")
    assert (page.by_id("timeline")["data-begins"], page.by_id("timeline")["data-ends"]) == ("90", "165")
    assert said(page, "stop-1") == "1:30 2 The third step."
    assert said(page_at(client, f"/speaker?{OWN}&stop=4"), "after") == "Next This is the last place."


def test_a_picture_of_every_place_is_there(client: TestClient) -> None:
    for address in ("/speaker?stop=1", "/speaker?at=/forward&network=two-layer", "/speaker?at=/backward&step=6"):
        for one in page_at(client, address).all("img"):
            assert client.get(one["src"]).status_code == 200


def test_the_answer_is_read_before_it_is_shown(client: TestClient) -> None:
    asked = page_at(client, "/speaker?at=/recall&q=price.z.W")
    assert "6 multiply-adds in closed form, and 18 with the Jacobian" in said(asked, "now")  # 3·2, and 3 times 3·2
    assert "not shown yet" in said(asked, "now")
    told = page_at(client, asked.by_id("next")["href"])
    assert "6 multiply-adds in closed form" in said(told, "now")
    assert "not shown yet" not in said(told, "now")
    for question in ("why-vjp", "by-indices", "prediction-target"):
        assert page_at(client, f"/speaker?at=/recall&q={question}").by_id("now").all("div", "answer")
    assert "6 multiply-adds" not in client.get("/recall?q=price.z.W&stage=1").text, "the audience does not have it"


def test_the_number_that_is_hidden_from_the_audience_is_told(client: TestClient) -> None:
    # W₂₁ x₁ + W₂₂ x₂ + b₂ = 0.3 · 1 + 0.4 · 0.5 − 0.1, and of its gradient h₂ − y*₂ = 0.4 − 0.5
    page = page_at(client, "/speaker?at=/backward&step=3&hide=z.2,dz.2")
    assert "Hidden from the audience: z₂ = 0.40, ∂L/∂z₂ = −0.10" in said(page, "now")
    assert "Hidden" not in said(page_at(client, page.by_id("next")["href"]), "now")


def test_a_place_that_is_no_page_of_the_stage_is_its_sentence(client: TestClient) -> None:
    assert said(page_at(client, f"/speaker?{OWN}&stop=4"), "now") == "Four output heads."


def test_where_the_next_step_overflows_this_one_is_shown(client: TestClient) -> None:
    # b alone goes through W = 0, so v is 1e150; and v xᵀ is 1e350
    page = page_at(client, "/speaker?at=/forward&x=1e200,1&W=0,0;0,0;0,0&b=1e150,0,0&step=3")
    assert said(page, "after") == "Next The numbers of the next step overflow."


def test_why_a_stop_cannot_be_shown_is_told_to_the_speaker_too(client: TestClient) -> None:
    stops = urlencode({"stops": "/backward?x=1e200,1&step=2 Too large."})
    assert "This stop cannot be shown: L overflows" in said(page_at(client, f"/speaker?{stops}"), "now")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("at=/nowhere", "at is the path of a page"),
        ("at=/cost", "at is the path of a page"),
        ("at=/backward&step=99", "step must be a whole number"),
        ("at=/backward&x=one", "x needs 2 numbers"),
        ("at=/forward&x=1e200,1e200", "overflows"),
        ("stop=99", "there is no stop 99; the stops of this lecture are 1 to 30"),
        ("stops=/nowhere", "line 1"),
        ("at=/recall&q=zz", "q"),
        ("at=/chapter/1&network=9-9.relu_mse", "networks of up to"),
    ],
)
def test_what_is_wrong_is_told_above_a_page_that_works(client: TestClient, query: str, says: str) -> None:
    answer = client.get(f"/speaker?{query}")
    assert answer.status_code == 422
    page = read(answer.text)
    assert says in " ".join(one.text for one in page.all("p", "wrong"))
    assert client.get(page.by_id("screen")["href"]).status_code == 200


def test_of_a_lecture_of_one_s_own_each_place_fits_an_address(client: TestClient) -> None:
    lines = [f"/backward?step={1 + n % 6} 1:00 This is the sentence of stop number {n} of mine." for n in range(30)]
    own = LectureState(playlist_from_text("\n".join(lines), PATHS))
    address = own.at(own.places[6]).showing("1").address()
    page = page_at(client, speaker_of(address))
    assert "stop number 7" in said(page, "after")
    away = read(client.get(address).text)
    left = next(one for one in away.having("href") if one["href"].startswith("/backward"))["href"]
    view = page_at(client, speaker_of(left))
    assert view.by_id("return")["href"].startswith("/speaker?stops=")
