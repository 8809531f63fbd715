"""A question to think about as a page shows it: on its board and at /recall, a line at a time, without a script."""

from __future__ import annotations

from itertools import pairwise

import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.pages.chapter.boards import BOARDS
from app.pages.questions import SPOKEN, SpokenKind, think
from app.state import ViewState
from tests.browser.reading import Element, read

BOARD_OF = {
    kind: think(kind, ViewState(NETWORKS["relu-mse"], "forward", {**NETWORKS["relu-mse"].defaults})).board
    for kind in SPOKEN
}
every_kind = pytest.mark.parametrize("kind", SPOKEN)
every_page = pytest.mark.parametrize(
    "address", [*(f"/chapter/{board.key}" for board in BOARD_OF.values()), *(f"/recall?q={kind}" for kind in SPOKEN)]
)


def opened(client: TestClient, address: str) -> Element:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return read(answer.text)


def lines(page: Element) -> list[Element]:
    return page.by_id("think").all("details", "reveal")


def test_the_boards_ask_the_three_questions_each_its_own() -> None:
    asked = {board.title.name: board.thinks for board in BOARDS if board.thinks}
    assert asked == {board.name: kind for kind, board in BOARD_OF.items()}


@every_page
def test_the_box_to_write_in_has_a_label_and_no_name_and_is_in_no_form(client: TestClient, address: str) -> None:
    page = opened(client, address)
    (box,) = page.all("textarea")
    assert "name" not in box.attributes
    assert "value" not in box.attributes
    assert box.text == ""
    assert not [form for form in page.all("form") if form.all("textarea")]
    (label,) = page.having("for", box["id"])
    assert label.text == "Your answer stored nowhere, graded by nobody"


@every_page
def test_hints_come_one_inside_the_other_and_all_is_closed_at_first(client: TestClient, address: str) -> None:
    page = opened(client, address)
    first, second = page.by_id("hint-1"), page.by_id("hint-2")
    assert second in list(first.walk()), "the second is seen once the first is open"
    assert [one for one in page.by_id("think").all("details") if "open" in one.attributes] == []


@every_page
def test_each_line_holds_the_next_so_that_they_open_one_by_one(client: TestClient, address: str) -> None:
    found = lines(opened(client, address))
    assert len(found) >= 7
    for place, (one, inner) in enumerate(pairwise(found), 1):
        assert one["id"] == f"line-{place}"
        own = [child for child in one.children if isinstance(child, Element)]
        assert own[0].tag == "summary", "what opens it stands first, for keys and for screen readers"
        assert own[-1] is inner
        assert [child.tag for child in own] == ["summary", "div", "details"]
    said = [one.all("summary")[0].all("span", "to-open")[0].text for one in found]
    assert said == ["The answer, line by line", *["Next line"] * (len(found) - 1)]


@every_kind
def test_reveal_opens_every_line_and_stays_the_address_of_the_whole_answer(
    client: TestClient, kind: SpokenKind
) -> None:
    asked = opened(client, f"/recall?x=2,1&q={kind}")
    assert asked.by_id("show-me")["href"] == f"/recall?x=2,1&q={kind}&reveal=1"
    whole = opened(client, asked.by_id("show-me")["href"])
    assert all("open" in one.attributes for one in lines(whole))
    assert whole.by_id("answered").all("details", "reveal") == lines(whole)
    assert [one.text for one in lines(whole)] == [one.text for one in lines(asked)], "the same, but for what is open"
    assert "open" not in whole.by_id("hint-1").attributes
    board = opened(client, f"/chapter/{BOARD_OF[kind].key}?x=2,1")
    leads = board.by_id("all-lines")["href"]
    assert leads.startswith("/recall?")
    assert leads.endswith(f"x=2,1&q={kind}&reveal=1")


@every_kind
def test_the_answer_on_the_board_is_that_at_recall(client: TestClient, kind: SpokenKind) -> None:
    """On the numbers of the address, if the board stands on its network, too."""
    board = opened(client, f"/chapter/{BOARD_OF[kind].key}?x=2,1")
    recall = opened(client, f"/recall?x=2,1&q={kind}")
    assert [one.text for one in lines(board)] == [one.text for one in lines(recall)]
    assert board.by_id("think-question").text.endswith(f"{recall.by_id('question').text} {think_level(kind)}")


def think_level(kind: SpokenKind) -> str:
    return SPOKEN[kind].level


def test_the_easy_answer_and_its_board_have_the_same_figures(client: TestClient) -> None:
    """The board starts at the sizes of the answer."""
    board = opened(client, "/chapter/4")
    figures = {
        cell.text
        for line in lines(board)[:2]
        for table in line.all("table")[:1]
        for cell in table.all("td")
        if cell.text.endswith("B")
    }
    assert len(figures) == 4
    parts = [one for one in board.by_id("board").children if isinstance(one, Element)]
    outside = " ".join(one.text for one in parts if one.attributes.get("id") != "think")
    assert [figure for figure in figures if figure not in outside] == []


@every_kind
def test_at_recall_one_is_led_back_to_the_board_with_the_numbers(client: TestClient, kind: SpokenKind) -> None:
    page = opened(client, f"/recall?x=2,1&q={kind}")
    assert page.by_id("see-board")["href"] == f"/chapter/{BOARD_OF[kind].key}?x=2,1"
    assert page.by_id("see-board").text == BOARD_OF[kind].label
    assert SPOKEN[kind].level in [level.text for level in page.all("p", "about")[0].all("span", "level")]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", NETWORKS)
def test_the_three_are_asked_of_every_network(client: TestClient, name: str) -> None:
    for kind in SPOKEN:
        page = opened(client, f"/recall?network={name}&q={kind}&reveal=1")
        for link in page.by_id("think").all("a"):
            if "term" not in link.classes():
                assert client.get(link["href"]).status_code == 200, link["href"]


def test_formulas_are_named_tables_have_captions_and_the_glossary_explains_the_signs(client: TestClient) -> None:
    page = opened(client, "/recall?q=prediction-target&reveal=1")
    think_part = page.by_id("think")
    assert not think_part.all("a", "term"), "Tab goes from line to line"
    assert len(page.by_id("terms").all("a", "term")) >= 8
    on_board = {link["data-term"] for link in opened(client, "/chapter/8").by_id("terms").all("a", "term")}
    assert {link["data-term"] for link in page.by_id("terms").all("a", "term")} <= on_board
    assert [table for table in think_part.all("table") if not table.all("caption")] == []
    for equation in think_part.all("div", "equation"):
        assert equation["aria-label"].strip()
        assert equation["role"] == "group"
