"""The pages as HTML: every number on them is the API's, in the digits of the one formatter or in full.

Read by the standard library alone; what a browser makes of them is in tests/browser.
"""

from __future__ import annotations

import random
import re
from itertools import pairwise
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.digits import Formatted, formatted, line, min_decimals
from app.engine import NETWORKS
from app.snapshot import Current
from app.state import VIEWS, from_query
from tests.browser.reading import Element, read
from tests.snapshot.states import explained

ANY = Any  # what JSON holds
SUBSTITUTED = "substitute the local derivative"
STEPS = [("forward", step) for step in range(4)] + [("backward", step) for step in range(7)]


def drawn_queries() -> list[str]:
    """20 sets of numbers: the network's own, its examples, round ones, raw floats, very large and very small ones."""
    lot = random.Random(5)
    queries = ["", "b=0,-0.1,-0.6", "b=0,-0.5,0", "b=-1,-1,-1", "W=0.5,-0.25;0.25,0.5;-0.25,1&b=0,0,0&y=0.375,0.5,0.25"]
    for number in range(15):
        kind = number % 3

        def one(kind: int = kind) -> str:
            if kind == 0:
                return f"{lot.randint(-30, 30) / 10:g}"
            if kind == 1:
                return repr(lot.gauss(0, 2))
            return f"{lot.choice([-1, 1]) * lot.random() * 10 ** lot.randint(-12, 12):.6g}".replace("e+", "e")

        row = ",".join(one() for _ in range(2))
        queries.append(
            f"x={row}&W={';'.join(f'{one()},{one()}' for _ in range(3))}"
            f"&b={one()},{one()},{one()}&y={one()},{one()},{one()}"
        )
    return queries


QUERIES = drawn_queries()
# Every network with its default numbers, at every step of both passes.
PLACES = [
    (name, direction, step)
    for name, network in NETWORKS.items()
    for direction, events in network.graph.timelines.items()
    for step in range(len(events) + 1)
]


def both(client: TestClient, direction: str, query: str) -> tuple[Element, dict[str, ANY]]:
    """A page, and the JSON its own alternate link leads to."""
    answer = client.get(f"/{direction}?{query}")
    assert answer.status_code == 200
    page = read(answer.text)
    (twin,) = [link["href"] for link in page.all("link") if link.attributes.get("rel") == "alternate"]
    assert twin.startswith(f"/api/{direction}")
    told = client.get(twin)
    assert told.status_code == 200
    return page, told.json()


def flat(values: ANY) -> list[float]:
    return [number for entry in values for number in flat(entry)] if isinstance(values, list) else [float(values)]


def in_full(text: str) -> float:
    return float(text.replace("−", "-"))


def signed(values: ANY) -> list[str]:
    texts = formatted(values, least=min_decimals(values, grad=True)).texts
    return ["+" + text if number > 0 else text for text, number in zip(texts, flat(values), strict=True)]


def entries(node: dict[str, ANY]) -> list[str]:
    """The keys of a node's cells, counted from 1."""
    found = [str(node["name"])]
    for size in node["shape"]:
        found = [f"{key}.{i + 1}" for key in found for i in range(size)]
    return found


@pytest.mark.sampled(2, "direction", "step")
@pytest.mark.parametrize(("direction", "step"), STEPS)
@pytest.mark.parametrize("query", QUERIES)
def test_every_number_of_the_page_is_the_apis(client: TestClient, direction: str, step: int, query: str) -> None:
    check_page(client, direction, step, query)


@pytest.mark.sampled(1, "network", "view")
@pytest.mark.parametrize(
    ("network", "direction", "step", "view"),
    [
        (*place, view)
        for place in PLACES
        # a view changes the card; what stands around it is the same at each step, so one step shows that
        for view in ("", *(f"&show={view}" for view in VIEWS if place[2] == 2))
    ],
)
def test_so_is_every_number_of_every_network_in_every_view(
    client: TestClient, network: str, direction: str, step: int, view: str
) -> None:
    check_page(client, direction, step, f"network={network}{view}")


def check_page(client: TestClient, direction: str, step: int, query: str) -> None:
    page, told = both(client, direction, f"{query}&step={step}".lstrip("&"))
    assert (told["pass"], told["step"]) == (direction, step)
    rows = page.by_id("table").all("tbody")[0].all("tr")
    for node, row in zip(told["nodes"], rows, strict=True):
        for drawing in ("wide", "tall"):
            check_cells(page.by_id(f"drawing-{drawing}"), node, direction)
            check_sentence(page.by_id(f"node-{node['name']}-{drawing}")["aria-label"], node, direction)
        check_row(row, node)
    if "show=" not in query:
        check_card(page, told, explained(from_query(query, told["pass"], strict=True).go(told["pass"], step)).current)


def check_cells(drawing: Element, node: dict[str, ANY], direction: str) -> None:
    cells = [drawing.having("data-cell", key) for key in entries(node)]
    assert [len(found) for found in cells] == [1] * len(cells)
    values = [text.text for (cell,) in cells for text in cell.all("text", "value")]
    grads = [text.text for (cell,) in cells for text in cell.all("text", "grad")]
    titles = [title.text for (cell,) in cells for title in cell.all("title")]
    value, grad = node["value"], node["grad"]
    # what is said is rounded as what is seen is
    names = [re.findall(r" = ([^,]+)", cell["aria-label"]) for (cell,) in cells]
    shown = [*([values] if value is not None else []), *([grads] if grad is not None else [])]
    plain = [[text.removeprefix("∧ ").removeprefix("✗ ").removeprefix("+") for text in texts] for texts in shown]
    assert names == ([list(one) for one in zip(*plain, strict=True)] or [[]] * len(cells))
    if value is None:
        assert values == ["·"] * len(cells)
    else:
        assert values == list(formatted(value, least=min_decimals(value, grad=False)).texts)
        said = [re.search(r"[^,]* = ([^,]+)", title) for title in titles]
        assert [in_full(found[1]) for found in said if found] == flat(value)
    if grad is not None:
        assert [text.removeprefix("∧ ").removeprefix("✗ ") for text in grads] == signed(grad)
        snapshot_dict = [re.sub(", (checked|at a kink)$", "", title) for title in titles]
        assert [in_full(title.rpartition(" = ")[2]) for title in snapshot_dict] == flat(grad)
    elif direction == "forward":
        assert grads == []
    else:
        assert grads == ["·" if node["requires_grad"] else "—"] * len(cells)


def check_sentence(sentence: str, node: dict[str, ANY], direction: str) -> None:
    """The sentence of a screen reader has the digits of the picture."""
    if node["value"] is None:
        assert "not computed yet" in sentence
    else:
        texts = formatted(node["value"], least=min_decimals(node["value"], grad=False)).texts
        assert f"value {', '.join(texts)}" in sentence
    if node["grad"] is not None:
        said = re.sub(r" \(inactive\)", "", sentence.partition("gradient ")[2].partition(", from ")[0])
        assert said == ", ".join(text.removeprefix("+") for text in signed(node["grad"]))
    elif direction == "backward":
        assert ("takes no gradient" in sentence) == (not node["requires_grad"])
        assert ("gradient not reached yet" in sentence) == node["requires_grad"]


def check_row(row: Element, node: dict[str, ANY]) -> None:
    """The table has the numbers in full: read back, they are the very floats."""
    value, grad = (cell.all("span") for cell in row.all("td", "number"))
    assert [in_full(one.text) for one in value] == ([] if node["value"] is None else flat(node["value"]))
    inactive = [one.text.endswith(" (inactive)") for one in grad]
    assert [in_full(one.text.removesuffix(" (inactive)")) for one in grad] == (
        [] if node["grad"] is None else flat(node["grad"])
    )
    assert [place for place, mark in enumerate(inactive) if mark] == [
        place for place, mark in enumerate(node["inactive"]["entries"] if node["inactive"] else []) if mark
    ]
    assert row.all("th")[0].text == node["symbol"]


def check_card(page: Element, told: dict[str, ANY], current: Current) -> None:
    """The step explained: its result is the API's, its digits are those of the one line of arithmetic."""
    card = page.by_id("card")
    drawn = line(current)
    assert current.sentence in card.all("h2")[0].text
    if drawn is None:
        assert card.all("math") == []
        return
    nodes = {node["name"]: node for node in told["nodes"]}
    if current.kind == "vjp":
        (part,) = [vjp["value"] for vjp in nodes[current.node]["vjps"] if vjp["wrt"] == current.wrt]
        # of a value with several uses this is one part, and the whole comes with a step of its own
        alone = sum(vjp["wrt"] == current.wrt for node in told["nodes"] for vjp in node["vjps"]) == 1
        assert current.result == part
        assert nodes[current.wrt]["grad"] == (part if alone else None)
    else:
        assert current.result == nodes[current.node]["value" if current.kind == "forward" else "grad"]
    if current.operands:
        rungs = {rung.all("small")[0].text: numbers(rung) for rung in card.all("span", "rung")}
        assert rungs["result"] == list(drawn.result.texts)
        slots = re.findall(r"\$(\w+)", current.template)
        put_in = next(shown for name, shown in rungs.items() if name in (SUBSTITUTED, "substitute numbers"))
        # what the formula has of its own, such as the 0 in max(0, z), stands between them
        assert contains(put_in, [text for slot in slots for text in drawn.operands[slot].texts])
        if "arithmetic" in rungs:
            said = [text for row in drawn.arithmetic for product in row for _, text in product.shown]
            assert contains(rungs["arithmetic"], said)
    assert drawn.result.in_words() in card["data-announce"]
    loss = [cell.text for cell in page.by_id("drawing-wide").having("data-cell", "L")[0].all("text", "value")]
    assert loss == (["·"] if told["loss"] is None else list(formatted(told["loss"], least=3).texts))


def numbers(maths: Element) -> list[str]:
    return [one.text for one in maths.all("mn")]


def contains(shown: list[str], expected: list[str]) -> bool:
    """Whether the expected numbers stand there in their order."""
    left = iter(shown)
    return all(text in left for text in expected)


def test_the_numbers_of_the_formula_are_coloured_by_what_they_are(client: TestClient) -> None:
    page, _ = both(client, "backward", "step=4")
    rungs = {rung.all("small")[0].text: rung for rung in page.by_id("card").all("span", "rung")}
    operands, result = rungs[SUBSTITUTED], rungs["result"]
    assert [set(numbers(one)) for one in operands.all("mrow", "is-grad")] == [{"0.20", "−0.10", "0.10"}]
    assert [numbers(one) for one in operands.all("mrow", "is-value")] == [["1.00", "0.50"]]
    assert result.all("mrow", "is-value") == []


@pytest.mark.sampled(4)
@pytest.mark.parametrize("query", QUERIES)
def test_the_links_of_a_page_are_canonical_and_keep_its_numbers(client: TestClient, query: str) -> None:
    page, told = both(client, "backward", f"{query}&step=2".lstrip("&"))
    hrefs = {link["href"] for link in page.by_id("timeline").all("a") if "href" in link.attributes}
    assert len(hrefs) == 12
    for href in hrefs:
        there = read(client.get(href).text)
        assert [link["href"] for link in there.all("link") if link.attributes.get("rel") == "canonical"] == [href]
        assert [field["value"] for field in there.having("id") if field["id"].startswith("field-")] == [
            field["value"] for field in page.having("id") if field["id"].startswith("field-")
        ]
    assert told["step"] == 2


@pytest.mark.parametrize("network", ["relu-mse", "softmax-ce", "two-layer", "shared"])
def test_next_walks_from_the_opening_through_every_step_to_the_close_and_back_returns(
    client: TestClient, network: str
) -> None:
    address: str | None = "/" if network == "relu-mse" else f"/forward?network={network}"
    walk = []
    while address is not None:
        walk.append(address)
        page = read(client.get(address).text)
        assert (page.by_id("first").attributes.get("href") is None) == (len(walk) == 1)
        address = page.by_id("next").attributes.get("href")
        assert (page.by_id("last").attributes.get("href") is None) == (address is None)
    forward, backward = (len(events) for events in NETWORKS[network].graph.timelines.values())
    prefix = "" if network == "relu-mse" else f"network={network}&"
    assert walk[1:] == [
        *(f"/forward?{prefix}step={step}" for step in range(forward + 1)),
        *(f"/backward?{prefix}step={step}" for step in range(1, backward + 1)),
        f"/backward?{prefix}".rstrip("?&"),
    ]
    for before, after in pairwise(walk):
        assert read(client.get(after).text).by_id("back")["href"] == before.replace("/", "/forward", before == "/")


def test_the_controls_at_the_ends_say_that_one_is_there(client: TestClient) -> None:
    for address, end, text in (("/", "first", "Start"), ("/backward", "last", "End")):
        timeline = read(client.get(address).text).by_id("timeline")
        assert [here["id"] for here in timeline.having("aria-current", "step")] == [end]
        assert timeline.all("p", "place")[0].text.strip() == text
        assert "primary" in timeline.all("a", "primary")[0].classes() if end == "first" else True
    beside = read(client.get("/backward?step=0").text).by_id("timeline")
    assert [beside.having("id", name)[0]["href"] for name in ("back", "next")] == [
        "/forward?step=3",
        "/backward?step=1",
    ]


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("/forward?step=0", "inputs"),
        ("/forward?step=2", "2 of 3 ℎ"),
        ("/backward?step=3", "3 of 6 ∂𝐿/∂𝑧"),
        ("/backward?step=0", "0 of 6"),
    ],
)
def test_the_narrow_row_says_where_one_is(client: TestClient, address: str, text: str) -> None:
    assert read(client.get(address).text).by_id("timeline").all("p", "place")[0].text.strip() == text


@pytest.mark.parametrize("network", ["relu-mse", "two-layer", "shared"])
def test_toggling_comes_back_to_the_step_one_was_at(client: TestClient, network: str) -> None:
    """Whichever of the two links of the passes one takes, and however often."""
    for direction, events in NETWORKS[network].graph.timelines.items():
        other = {"forward": "backward", "backward": "forward"}[direction]
        query = f"network={network}&step=2&show=why" if network != "relu-mse" else "step=2&show=why"
        start = f"/{direction}?{query}"
        for path in ([direction], [other], [other, other, other], [direction, other]):
            address = start
            for way in path:
                address = follow(client, address, f"to-{way}")
                assert "step=" not in address
            assert follow(client, address, f"to-{direction}") == start, (path, len(events))


@pytest.mark.parametrize("view", ["", "ask=x.1", "node=z", *(f"show={view}" for view in VIEWS)])
def test_a_number_can_be_dragged_whatever_is_open(client: TestClient, view: str) -> None:
    """A drag tells where it began with the query that the form was sent from."""
    page = read(client.get(f"/backward?step=3&{view}").text)
    sent = [field["value"] for field in page.by_id("fields").all("input") if field.attributes.get("name") == "from"]
    there = client.get("/live/wide/backward", params={"x": "2,1", "step": 3, "was": sent[0]})
    assert there.status_code == 200
    assert "was 1" in there.text


def follow(client: TestClient, address: str, link: str) -> str:
    return read(client.get(address).text).by_id(link)["href"]


@pytest.mark.parametrize("kept", ["ask=W.2.1", "show=jacobian"])
def test_a_question_and_a_view_stay_while_one_steps_and_a_node_closes(client: TestClient, kept: str) -> None:
    for link in ("first", "back", "next", "last", "stop-1", "stop-8"):
        assert follow(client, f"/backward?step=3&{kept}", link).endswith(kept), link
        assert "node=" not in follow(client, "/backward?step=3&node=z", link), link


def test_the_canonical_address_has_a_node_and_not_the_step_that_was_left(client: TestClient) -> None:
    page = read(client.get("/backward?node=z&resume=backward.2").text)
    assert [link["href"] for link in page.having("rel", "canonical")] == ["/backward?node=z"]


@pytest.mark.parametrize(("address", "same"), [("/", "/forward"), ("/?step=1", "/forward?step=1")])
def test_the_front_door_is_the_forward_pass(client: TestClient, address: str, same: str) -> None:
    assert client.get(address).text == client.get(same).text


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("/forward?from=&x=2.0%2C+1&W=0.5,-0.2;0.3,0.4;-0.1,0.6&b=0,-0.1,0&y=0.2,0.5,0.1", "/forward?x=2,1&was="),
        ("/backward?from=step%3D2&x=1,0.5&step=2", "/backward?step=2"),
        ("/backward?from=&step=6", "/backward?step=6"),
        ("/backward?from=&resume=forward.2&node=z", "/backward?node=z&resume=forward.2"),
        ("/forward?x=1e-9,%E2%88%923&from=", "/forward?x=1e-9,-3&was="),
    ],
)
def test_a_form_that_is_sent_leads_to_the_canonical_address(client: TestClient, sent: str, canonical: str) -> None:
    answer = client.get(sent)
    assert (answer.status_code, answer.headers["location"]) == (303, canonical)


def test_the_timeline_marks_one_stop_and_the_next(client: TestClient) -> None:
    for place, (direction, step) in enumerate([*STEPS[:4], *STEPS[5:]]):
        timeline = read(client.get(f"/{direction}?step={step}").text).by_id("timeline")
        assert [stop["id"] for stop in timeline.having("aria-current", "step")] == [f"stop-{place}"]
        marks = [
            mark for item in timeline.all("li") for mark in ("done", "now", "next", "waiting") if mark in item.classes()
        ]
        assert marks == (["done"] * place + ["now", "next"] + ["waiting"] * 10)[:10]


def test_the_four_kinds_of_empty_are_told_apart(client: TestClient) -> None:
    page, _ = both(client, "backward", "b=0,-0.1,-0.6&y=0.4,0.4,-0&step=3")
    wide = page.by_id("drawing-wide")

    def grad(key: str) -> tuple[str, set[str]]:
        (text,) = wide.having("data-cell", key)[0].all("text", "grad")
        return text.text, text.classes() - {"grad"}

    assert grad("W.1.1") == ("·", {"waiting"})
    assert grad("h.1") == ("0.00", {"zero"})
    assert grad("z.3") == ("0.00", {"inactive"})
    assert grad("y.1") == ("—", {"untaken"})
    assert [cell["data-cell"] for cell in wide.having("data-cell") if cell.all("rect", "inactive")] == ["z.3"]
    assert [note.text for note in wide.all("text", "note")] == ["inactive: z₃ = −0.40 ≤ 0", "target: takes no gradient"]


def test_a_printed_result_can_be_said_in_a_row() -> None:
    drawn: Formatted = formatted([[0.2, 0.1], [-0.1, -0.05]])
    assert drawn.in_words() == "(0.20, 0.10; −0.10, −0.05)"
    assert formatted(0.03, least=3).in_words() == "0.030"


@pytest.mark.parametrize("view", ["", "show=why", "show=jacobian", "show=check", "show=saved", "ask=x.1&eps=0.01"])
def test_no_page_is_more_than_12_kb_on_the_wire(client: TestClient, view: str) -> None:
    """Gzipped, at every step, after an edit to numbers of many digits."""
    numbers = "x=1.234567,-0.512345&W=0.512345,-0.212345;0.312345,0.412345;-0.112345,0.612345"
    for direction, step in STEPS:
        answer = client.get(
            f"/{direction}?{numbers}&step={step}&was=step%3D{step}&{view}", headers={"Accept-Encoding": "gzip"}
        )
        assert answer.status_code == 200
        assert answer.headers["content-encoding"] == "gzip"
        assert 2_000 < int(answer.headers["content-length"]) <= 12_000
