"""A board on the stage: its links stay there, and what it leaves out it says."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from tests.browser.reading import Element, read

WIDE = "network=5-5.sigmoid-5.sigmoid-5.sigmoid_mse"


def picture(client: TestClient, address: str) -> Element:
    answer = client.get(address)
    assert answer.status_code == 200
    return read(answer.text).by_id("picture")


@pytest.mark.parametrize(("key", "count"), [("1", 6), ("2", 0), ("3", 0), ("4", 2), ("5", 9)])
def test_what_is_chosen_on_a_board_stays_on_the_stage(client: TestClient, key: str, count: int) -> None:
    """Each link of a picture leads to the stage as it is shown, with the lecture that was left and the keys off."""
    links = picture(client, f"/chapter/{key}?stage=1&keys=off&away=7.2").all("a")
    assert len(links) == count
    for link in links:
        address = urlsplit(link["href"])
        asked = parse_qs(address.query)
        assert address.path == f"/chapter/{key}"
        assert (asked["stage"], asked["keys"], asked["away"]) == (["1"], ["off"], ["7.2"])


def test_a_table_that_is_too_wide_says_which_columns_it_shows(client: TestClient) -> None:
    shown = picture(client, f"/chapter/5?{WIDE}&wrt=x&entry=4&stage=1")
    assert [one.text for one in shown.all("p", "shown")] == ["Shown: columns 3 to 4 of 5"]
    assert [one.text for one in shown.all("thead")[0].all("th")] == ["𝑥₃", "𝑥₄"]
    assert len(shown.all("tbody")[0].all("tr")) == 5
    assert picture(client, "/chapter/5?wrt=x&stage=1").all("p", "shown") == []


def test_the_chain_has_numbers_where_they_fit_and_is_drawn_to_scale_elsewhere(client: TestClient) -> None:
    assert len(picture(client, "/chapter/2?stage=1").all("table", "array")) == 7
    assert picture(client, "/chapter/2?stage=1").all("table", "is-empty") == []
    arrays = picture(client, f"/chapter/2?{WIDE}&stage=1").all("table", "is-empty")
    assert [len(one.all("td")) for one in arrays] == [5, *[25] * 6, *[5] * 6, *[25] * 5, 5]


def test_between_long_numbers_the_box_of_the_op_is_smaller(client: TestClient) -> None:
    for query, room in (("", "is-wide"), ("x=0.123456,1e-9&", "is-tight")):
        found = picture(client, f"/chapter/3?{query}stage=1")
        assert len(found.all("div", room)) == len(found.all("div", "box")) == 1


@pytest.mark.parametrize("address", ["/chapter/7?x=2,1", "/recall?x=2,1&q=W.2.1&answer=1", "/backward?x=2,1&step=4"])
def test_each_kind_of_page_leads_to_lecture_mode_and_that_back_to_it(client: TestClient, address: str) -> None:
    there = read(client.get(address).text).by_id("to-lecture")["href"]
    shown = read(client.get(there).text)
    assert shown.by_id("leave")["href"] == address.replace("&answer=1", "")
    assert there == f"{shown.by_id('leave')['href']}&stage=1"
