"""The header: one on every page, whose links never lose the network or the numbers that someone typed."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.layout import draw
from app.pages.header import header, with_network
from app.pages.thumbnails import thumbnails
from app.state import AS_IT_COMES, ViewState, from_query
from app.web.site import SUBJECTS
from tests.browser.reading import Element, read
from tests.conftest import Lot

# The speaker's view has no header, as the stage has none.
EVERY_PATH = (*dict.fromkeys(path for subject in SUBJECTS for path in subject.paths if path not in ("/", "/speaker")),)
# A published example's page has the network and the numbers of the example.
PUBLISHED = tuple(path for path in EVERY_PATH if path.startswith("/networks/published/"))
PATHS = ("/", *(path for path in EVERY_PATH if path not in PUBLISHED), "/api", "/nowhere")
# What the header has no room to lead to.
_UNLINKED = (
    "/nowhere",
    "/glossary",
    "/keys",
    "/train",
    "/compare",
    "/handout",
    "/filmstrip",
    "/lecture",
    "/lecture/handout",
    "/lecture/filmstrip",
)
every_path = pytest.mark.parametrize("path", PATHS)
# A network and numbers that are not its own: of each kind of shape, with names that /heads has too.
TYPED = {
    "relu-mse": "x=2,1&y=1,0,0.25",
    "softmax-ce": "network=softmax-ce&W=1,0;0,1;2,2&y=0,0,1",
    "tanh-mse": "network=tanh-mse&b=1,1,1",
    "two-layer": "network=two-layer&x=2,1&U=1,2,3;4,5,6&c=1,1&y=0,1",
    "shared": "network=shared&x=2,1&W=1,2;3,4&b=1,1&y=2,2",
}


def at(client: TestClient, address: str) -> Element:
    """A page, whatever its status."""
    return read(client.get(address).text)


def links(page: Element) -> dict[str, str]:
    """Where the header's links to other pages lead, by their ids."""
    found = [link for part in ("pages", "choice") for link in page.by_id(part).all("a")]
    return {link["id"]: link["href"] for link in found if "id" in link.attributes}


def network_at(client: TestClient, address: str) -> tuple[str, str]:
    """The network that a page has and the address of its forward pass, as its brand says."""
    page = at(client, address)
    brand = page.by_id("top").all("a", "brand")[0]["href"]
    state = from_query(urlsplit(brand).query, "forward", strict=True)
    return state.network.name, state.query()


@every_path
def test_every_page_has_a_banner_its_pages_and_one_main_part(client: TestClient, path: str) -> None:
    page = at(client, path)
    (banner,) = page.all("header", "top")
    assert banner not in [inner for main in page.all("main") for inner in main.walk()], "else it is no landmark"
    assert len(page.all("main")) == 1
    assert {"Networks", "Pages"} <= {nav["aria-label"] for nav in banner.all("nav")}
    first = next(one for one in page.all("body")[0].walk() if one.tag in ("a", "button", "input"))
    assert first["id"] == "skip"
    assert first["href"].removeprefix("#") in {one["id"] for one in page.having("id")}


@every_path
def test_the_present_page_is_marked_and_no_other(client: TestClient, path: str) -> None:
    banner = at(client, path).by_id("top")
    first, *others = [link for one in banner.by_id("choice").all("li") for link in one.all("a")]
    in_network = path in ("/", "/forward", "/backward")
    assert first["aria-current"] == ("page" if in_network else "true"), "the network that the page has"
    assert not any("aria-current" in other.attributes for other in others)
    marked = [one.attributes.get("id") for one in banner.having("aria-current", "page") if one is not first]
    unlinked = in_network or path in _UNLINKED or path.startswith(("/chapter/", "/networks/"))
    assert marked == ([] if unlinked else [f"to-{path.strip('/')}"])
    (pages,) = [one for one in banner.all("nav") if one["aria-label"] == "Pages"]
    part_of = [one["id"] for one in pages.having("aria-current", "true")]
    assert part_of == (["to-chapter"] if path.startswith("/chapter/") else [])


@pytest.mark.sampled(4, "name")
@every_path
@pytest.mark.parametrize("name", TYPED)
def test_a_link_of_the_header_takes_network_and_numbers_along(client: TestClient, path: str, name: str) -> None:
    """From any page to any other: the numbers are still those that were typed."""
    typed = from_query(TYPED[name], "forward", strict=True)
    onward = header("/", typed)
    here = f"{path}?{typed.query()}" if path in ("/", "/forward", "/backward", "/nowhere") else onward.to(path)
    assert network_at(client, here) == (name, typed.query())
    found = links(at(client, here))
    assert found == {f"to-{page.name}": page.href for page in (*onward.pages, onward.gallery)}
    if path == "/":
        assert {network_at(client, href) for href in found.values()} == {(name, typed.query())}


@pytest.mark.parametrize("name", TYPED)
def test_a_choice_and_a_form_of_a_page_keep_what_it_carries(client: TestClient, lot: Lot, name: str) -> None:
    typed = from_query(TYPED[name], "forward", strict=True)
    for path in ("/heads", "/cost", "/recall"):
        (main,) = at(client, header("/", typed).to(path)).all("main")
        # but for lecture mode, which has no header, and the questions of a board about what the network does not have
        elsewhere = [link for link in main.all("a") if link.attributes.get("id") == "to-lecture"]
        elsewhere += [link for one in main.all("li") if "another network" in one.text for link in one.all("a")]
        links = [link for link in main.all("a") if link not in elsewhere or not link["href"].startswith("/recall")]
        ways = [link["href"] for link in links if link["href"].startswith(path)]
        assert ways
        for way in lot.some(ways, 4):
            assert network_at(client, way)[0] == name, way
        for form in lot.some(main.all("form"), 3):
            fields = [one for one in (*form.all("input"), *form.all("select")) if one.attributes.get("name")]
            query = "&".join(f"{one['name']}={quote(one.attributes.get('value', ''))}" for one in fields)
            sent = client.get(f"{form['action']}?{query}")
            if sent.status_code == 303:  # an answer that is not given yet is no state
                assert network_at(client, sent.headers["Location"]) == (name, typed.query())


@pytest.mark.parametrize("path", ["/forward", "/chapter", "/heads", "/cost"])
def test_a_term_leads_to_the_glossary_with_the_numbers(client: TestClient, path: str) -> None:
    typed = from_query(TYPED["tanh-mse"], "forward", strict=True)
    here = f"{path}?{typed.query()}" if path == "/forward" else header("/", typed).to(path)
    found = {link["href"].partition("#")[0] for link in at(client, here).all("a", "term")}
    assert found == {header("/", typed).to("/glossary")}


def test_on_the_page_of_the_heads_the_layer_is_that_of_the_network(client: TestClient) -> None:
    """What has the same name and shape there is the same; the rest stands behind the network's name."""
    page = at(client, "/heads?network=softmax-ce&x=2,1&network.y=0,0,1&y=1")
    assert page.by_id("field-x")["value"] == "2, 1"
    assert page.all("link")
    assert links(page)["to-recall"] == "/recall?network=softmax-ce&x=2,1&y=0,0,1"
    assert header("/", from_query(TYPED["shared"], "forward", strict=True)).to("/heads") == (
        "/heads?network=shared&x=2,1&network.W=1,2;3,4&network.b=1,1&network.y=2,2"
    )
    own = NETWORKS["tanh-mse"].defaults["W"]
    assert at(client, "/heads?network=tanh-mse").by_id("field-W")["value"].startswith("0.5, -1")
    assert own == from_query("network=tanh-mse", "forward", strict=True).values["W"]


@pytest.mark.parametrize("path", ["/cost", "/chapter", "/api", "/nowhere"])
@pytest.mark.parametrize("query", ["x=one", "x=1,2,3", "x=1,2&x=1,2", "x=%zz", "network=nosuch", "U=1"])
def test_carried_numbers_that_cannot_be_read_are_left_aside(client: TestClient, path: str, query: str) -> None:
    found = client.get(f"{path}?{query}&b=1,1,1")
    assert found.status_code == (404 if path == "/nowhere" else 200)
    assert network_at(client, f"{path}?{query}&b=1,1,1") == ("relu-mse", "b=1,1,1")
    name = query.partition("=")[0]
    told = [line.text for line in read(found.text).all("p", "unread")]
    if path not in ("/api", "/nowhere"):
        assert told == [f"The name “{name}” in the address was not read."]


def test_the_api_carries_nothing(client: TestClient) -> None:
    for path in ("/api/cost", "/api/heads"):
        assert client.get(f"{path}?network=relu-mse").status_code == 422
    assert client.get("/api/cost?x=1,2").status_code == 422
    assert client.get(read(client.get("/heads?network=tanh-mse&network.y=1,1,1").text).by_id("to-json")["href"]).json()[
        "W"
    ] == [[0.5, -1.0], [0.8, 0.4], [-1.5, 0.6]]


def test_the_chooser_leads_to_each_networks_opening_and_keeps_what_fits(client: TestClient) -> None:
    page = at(client, "/backward?x=2,1&y=1,0,0.25&step=3")
    chosen = {link["href"] for link in page.by_id("choice").all("li") for link in link.all("a")}
    assert "/forward?x=2,1&y=1,0,0.25" in chosen
    assert "/forward?network=softmax-ce&x=2,1&y=1,0,0.25" in chosen
    assert "/forward?network=two-layer&x=2,1" in chosen, "its target has two entries"
    assert len(chosen) == len(NETWORKS)
    assert "go along where their shapes fit" in page.by_id("choice").text
    assert "go along" not in at(client, "/backward").by_id("choice").text, "nothing was typed"


def test_another_network_takes_the_typed_numbers_alone() -> None:
    relu, tanh = NETWORKS["relu-mse"], NETWORKS["tanh-mse"]
    typed = ViewState(relu, "forward", {**relu.defaults, "x": (2.0, 1.0)})
    assert with_network(typed, tanh).values == {**tanh.defaults, "x": (2.0, 1.0)}
    assert with_network(AS_IT_COMES, tanh).values == tanh.defaults
    assert with_network(typed, relu) == typed


def test_every_network_has_a_small_picture_of_its_own_drawing(client: TestClient) -> None:
    address = client.app.state.assets.address("networks.svg")  # type: ignore[attr-defined]  # a FastAPI
    sent = client.get(address)
    assert sent.headers["Content-Type"] == "image/svg+xml"
    symbols = {one["id"]: one for one in read(sent.text).all("symbol")}
    assert list(symbols) == list(NETWORKS) == [one.name for one in thumbnails()]
    for network, one in zip(NETWORKS.values(), thumbnails(), strict=True):
        drawing = draw(network.graph, network.shapes, "wide")
        assert one.boxes.count("M") == len(drawing.boxes)
        assert one.arrows.count("M") == one.tips.count("M") == len(drawing.arrows)
        assert f"{address}#{network.name}" in {use["href"] for use in at(client, "/").all("use")}
    assert "text" not in sent.text


def test_a_published_example_hands_on_its_own_network_and_numbers(client: TestClient, lot: Lot) -> None:
    for path in lot.some(PUBLISHED, 4):
        page = at(client, path)
        opens = [link["href"] for link in page.all("a") if link.text == "Open this network with its numbers"]
        if not opens:  # a graph, which has no address
            continue
        name, numbers = network_at(client, path)
        state = from_query(urlsplit(opens[0]).query, "forward", strict=False)
        assert (name, numbers) == (state.network.name, state.go("forward").numbers_query)
        assert {network_at(client, href)[0] for href in links(page).values()} == {name}


def test_what_the_header_does_not_lead_to_is_led_to_where_it_is_looked_for(client: TestClient) -> None:
    """With the numbers, wherever one comes from; a network that is too large for paper does not go along."""
    typed = "network=tanh-mse&b=1,1,1"
    for path, link, there in [
        ("/forward", "to-paper", f"/handout?{typed}"),
        ("/backward", "to-lecture", f"/backward?{typed}&stage=1"),
        ("/backward", "show-keys", f"/keys?{typed}"),
        ("/chapter", "as-lecture", f"/lecture?{typed}"),
        ("/lecture", "to-handout", f"/handout?{typed}"),
        ("/lecture", "to-filmstrip", f"/filmstrip?{typed}"),
        ("/handout", "to-filmstrip", f"/filmstrip?{typed}"),
        ("/filmstrip", "to-handout", f"/handout?{typed}"),
    ]:
        assert at(client, f"{path}?{typed}").by_id(link)["href"] == there, path
    large = "network=64-64_mse"
    assert not at(client, f"/forward?{large}").having("id", "to-paper")
    assert at(client, f"/lecture?{large}").by_id("to-handout")["href"] == "/handout"
    cards = at(client, f"/networks?{typed}").all("p", "ways")
    assert f"/handout?{typed}" in [link["href"] for card in cards for link in card.all("a")]


def test_the_chapter_says_how_long_its_lecture_is(client: TestClient) -> None:
    said = " ".join(at(client, "/chapter").by_id("as-lecture").text.split())
    assert said == "Give it as a lecture: 40 minutes, 30 stops"
    assert len(at(client, "/lecture").all("ol", "stops")[0].all("li")) == 30
