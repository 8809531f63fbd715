"""What all boards have in common: a way through them, a step that leads back, few words, any numbers, any network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, Network, Values
from app.pages.chapter.boards import BOARDS
from app.pages.chapter.data import MINUTES_A_BOARD, chapter
from app.pages.chapter.question import Board, BoardState
from app.pages.contents import CONTENTS, boards_of
from app.state import AS_IT_COMES, ViewState, from_query
from tests.browser.reading import Element, read
from tests.conftest import Lot

each_board = pytest.mark.parametrize("board", BOARDS, ids=[board.title.name for board in BOARDS])
# What is no prose: formulas, code, a table or a picture, ways to other places, and what is revealed.
NO_PROSE = {"math", "svg", "pre", "code", "table", "nav", "form", "details", "textarea"}
MAX_WORDS, WORDS_A_MINUTE = 120, 130
BROKEN = re.compile(r"\b(NaN|nan|inf|Infinity|undefined)\b|[-−]0(?:\.0*)?(?![\d.])")


def like(shape: tuple[int, ...], numbers: Iterator[float]) -> Values:
    return tuple(like(shape[1:], numbers) for _ in range(shape[0])) if shape else next(numbers)


def filled(network: Network, number: float) -> dict[str, Values]:
    """Every input and parameter near one number, no two alike, and every target as it comes."""
    leaves = [leaf for leaf in network.graph.leaves if leaf.role != "target"]
    return {leaf.name: like(network.shape(leaf.name), (number * (1 + 0.01 * i) for i in range(99))) for leaf in leaves}


def numbers_people_bring() -> Iterator[ViewState]:
    for network in NETWORKS.values():
        view = ViewState(network, "forward", network.defaults)
        yield from (view.with_values(example.values) for example in network.examples)
        yield from (view.with_values(filled(network, number)) for number in (0.0, 1e-8, -3.0))
        yield view.with_values({"x": (255.0, 128.0)})
        yield view.with_values({"x": (1e5, 2.5e5), "b": tuple(-1e4 for _ in range(network.shape("b")[0]))})


def prose(page: Element) -> list[str]:
    """The words of a board that are read: all but what is no prose, and what is said of a slip."""
    board = page.by_id("board")
    left_out = {id(one) for over in board.walk() if over.tag in NO_PROSE for one in over.walk()}
    beside = [
        *page.having("id", "terms"),
        *page.having("id", "think"),
        *board.all("div", "foot"),
        *board.all("p", "wrong"),
    ]
    left_out |= {id(one) for over in beside for one in over.walk()}
    words: list[str] = []
    for one in board.walk():
        if id(one) not in left_out:
            own = " ".join(child for child in one.children if isinstance(child, str))
            words += re.findall(r"[^\W\d_]{2,}|\b[aAI]\b", own)
    return words


def test_a_letter_of_the_maths_stands_in_its_italics(client: TestClient) -> None:
    """In the paragraphs of the first three boards, in full too; the titles and sentences are the contents'."""
    for key in "123":
        for name in NETWORKS:
            board = read(client.get(f"/chapter/{key}?network={name}").text).by_id("board")
            upright = board.all("p") + board.all("li") + board.all("small")
            own = [part for one in upright for part in one.children if isinstance(part, str)]
            words = " ".join(own).replace(CONTENTS[key].sentence, "").replace("\N{NO-BREAK SPACE}M", "")
            assert not re.findall(r"(?<![\w’])[b-zB-HJ-Z](?![\w’])", words), (key, name)


@each_board
def test_a_board_has_its_title_its_sentence_and_its_neighbours(client: TestClient, board: Board) -> None:
    page = read(client.get(f"/chapter/{board.title.key}?x=2,1").text)
    (heading,) = page.all("h1")
    assert board.title.title in heading.text
    assert board.title.sentence in page.by_id("board").text
    keys = ["", *CONTENTS]
    at = keys.index(board.title.key)
    assert page.by_id("back")["href"] == "/chapter" + (f"/{keys[at - 1]}" if at > 1 else "") + "?x=2,1"
    following = [link["href"] for link in page.having("rel", "next")]
    assert following == [f"/chapter/{key}?x=2,1" for key in keys[at + 1 : at + 2]]
    strip = page.by_id("strip").all("li")
    assert [link["href"] for one in strip for link in one.all("a")] == [f"/chapter/{key}?x=2,1" for key in CONTENTS]
    (here,) = [link for one in strip for link in one.all("a") if link.attributes.get("aria-current")]
    assert here["aria-label"] == board.title.label


@each_board
def test_a_board_leads_to_a_step_and_that_step_back(client: TestClient, board: Board, lot: Lot) -> None:
    for view in lot.some(numbers_people_bring(), 3):
        state = BoardState(board, view)
        step = board.step(state)
        assert board.title in boards_of(step), step.address()
        page, there = client.get(state.address()), client.get(step.address())
        if 422 in (page.status_code, there.status_code):  # these numbers overflow
            continue
        assert read(page.text).by_id("step")["href"] == step.address()
        back = read(there.text).by_id(f"board-{board.title.key}")
        assert back["href"] == BoardState(board, step).address()


@each_board
def test_a_board_stands_on_any_network_and_any_numbers(client: TestClient, board: Board, lot: Lot) -> None:
    for view in lot.some(numbers_people_bring(), 8):
        address = BoardState(board, view).address()
        answer = client.get(address)
        assert answer.status_code in (200, 422), address
        page = read(answer.text)
        (slate,) = page.all("div", "slate")  # below it, a number that an op has lost may be shown as what it is
        broken = BROKEN.search(slate.text)
        assert not broken, (address, broken)
        if answer.status_code == 422:
            assert page.all("p", "wrong"), address


@each_board
def test_a_board_is_read_in_a_minute_and_looked_at_for_another(client: TestClient, board: Board, lot: Lot) -> None:
    for view in (AS_IT_COMES, *lot.some(list(numbers_people_bring()), 5)):
        page = read(client.get(BoardState(board, view).address()).text)
        words = prose(page)
        assert len(words) <= MAX_WORDS, (len(words), " ".join(words))
        assert len(words) / WORDS_A_MINUTE + 1 <= MINUTES_A_BOARD


@each_board
def test_what_is_typed_changes_the_board_and_a_slip_is_told_beside_its_field(client: TestClient, board: Board) -> None:
    address = f"/chapter/{board.title.key}"
    page = read(client.get(address).text)
    if not board.has_numbers:
        assert not page.having("id", "field-x")
        return
    hidden = {one["name"]: one["value"] for one in page.by_id("fields").having("type", "hidden")}
    typed = {**hidden, "x": "[2, 1]"}
    query = "&".join(f"{name}={quote(text)}" for name, text in typed.items())
    sent = client.get(f"{address}?{query}", follow_redirects=False)
    assert sent.status_code == 303
    assert "x=2,1" in sent.headers["location"]
    assert client.get(sent.headers["location"]).status_code == 200
    slip = client.get(f"{address}?{query.replace(quote('[2, 1]'), 'two')}", follow_redirects=False)
    assert slip.status_code == 422
    field = read(slip.text).by_id("field-x")
    assert (field["value"], field["aria-invalid"]) == ("two", "true")


@each_board
def test_a_name_that_a_board_does_not_know_is_told(client: TestClient, board: Board) -> None:
    text = read(client.get(f"/chapter/{board.title.key}?bord=2").text).by_id("board").text
    assert "The name “bord” in the address was not read" in text


def test_the_data_are_those_of_the_pages(client: TestClient) -> None:
    answer = client.get("/api/chapter?network=shared&x=2,1").json()
    assert answer == client.get("/chapter.json?network=shared&x=2,1").json()
    assert [board["key"] for board in answer["boards"]] == [*map(str, range(1, 11)), "next"]
    for board in answer["boards"]:
        page = read(client.get(board["address"]).text)
        assert board["title"] in page.by_id("title").text
        assert board["sentence"] in page.by_id("board").text
        assert page.by_id("step")["href"] == board["step"]
        assert board["formulas"], board["key"]
        if board["question"]:
            assert client.get(board["question"]).status_code == 200
    assert [board["question"] and board["question"].rpartition("q=")[2] for board in answer["boards"]].count(None) == 8
    assert answer["minutes"] == 10 * MINUTES_A_BOARD
    assert client.get("/api/chapter?bord=2").status_code == 422


def test_every_page_of_the_chapter_names_its_twin(client: TestClient) -> None:
    for path in ("/chapter", "/chapter/1", "/chapter/next"):
        (twin,) = read(client.get(f"{path}?x=2,1").text).having("rel", "alternate")
        assert client.get(twin["href"]).json()["address"] == "/chapter?x=2,1"


def test_the_way_in_leads_to_every_board_and_says_how_long_it_takes(client: TestClient) -> None:
    page = read(client.get("/chapter?network=softmax-ce").text)
    links = [link["href"] for link in page.by_id("opening").all("a")]
    assert [link for link in links if re.match(r"/chapter/\w+\?", link)] == [
        f"/chapter/{key}?network=softmax-ce" for key in ("1", *CONTENTS)
    ]
    numbered = [key for key in CONTENTS if key.isdecimal()]
    said = page.by_id("opening").text
    assert (
        f"{len(numbered)} boards, about {MINUTES_A_BOARD} minutes each: {len(numbered) * MINUTES_A_BOARD} min" in said
    )
    assert chapter(AS_IT_COMES).minutes == len(numbered) * MINUTES_A_BOARD


def test_every_board_has_a_small_picture(client: TestClient) -> None:
    page = read(client.get("/chapter").text)
    uses = [one["href"] for one in page.all("use")]
    names = [use.partition("#")[2] for use in uses if "boards." in use]
    assert names == [board.title.name for board in BOARDS]
    picture = client.get(next(use for use in uses if "boards." in use).partition("#")[0])
    assert picture.headers["content-type"] == "image/svg+xml"
    assert re.findall(r'<symbol id="(\w+)"', picture.text) == names


@each_board
@pytest.mark.parametrize("query", ["x=1,2;3,4&b=0.5", "network=two-layer&x=-1,2;3,4;0,1&reduce=sum", "b=0.25"])
def test_of_a_batch_a_board_shows_the_first_example_and_says_so(client: TestClient, board: Board, query: str) -> None:
    page = client.get(f"/chapter/{board.title.key}?{query}")
    assert page.status_code == 200, page.text
    said = re.search(r"This board shows the first of your (\d) examples", page.text)
    assert (said and said[1]) == {"x=1,2;3,4&b=0.5": "2", "b=0.25": None}.get(query, "3")


def test_one_example_of_a_batch_has_its_row_and_a_bias_for_each_unit() -> None:
    batch = from_query("x=1,2;3,4&y=1,2,3;4,5,6&b=0.5&reduce=sum", "backward", strict=False)
    assert batch.of_one.address() == "/backward?x=1,2&b=0.5,0.5,0.5&y=1,2,3"
    alone = from_query("x=1,2", "backward", strict=False)
    assert alone.of_one is alone
