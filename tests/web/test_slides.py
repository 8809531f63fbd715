"""Slides: files that need nothing else, with the engine's numbers in the colours of the light theme."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS
from app.pages.handout.slides import filmstrip
from app.settings import STATIC
from app.snapshot import trace_of
from app.state import ViewState
from app.web.slides import light_palette
from tests.browser.reading import read
from tests.conftest import Lot

SVG = "{http://www.w3.org/2000/svg}"
POOL = [
    f"/{direction}.svg?network={name}&step={step}"
    for name, network in NETWORKS.items()
    for direction, events in network.graph.timelines.items()
    for step in range(len(events) + 1)
]


def texts(svg: str) -> list[str]:
    return ["".join(one.itertext()) for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - our own


def test_a_slide_needs_no_sheet_of_styles_and_asks_nobody(client: TestClient, lot: Lot) -> None:
    colours = {*light_palette().values(), "none"}
    for address in lot.some(POOL, 4):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["content-type"] == "image/svg+xml"
        root = ElementTree.fromstring(answer.text)  # noqa: S314 - our own
        for one in root.iter():
            assert {one.get(name) for name in ("fill", "stroke")} - {None} <= colours, address
            assert one.get("class") in (None, "raised"), "what a class alone would say is lost"
            assert one.tag.removeprefix(SVG) not in ("a", "marker", "use", "image", "script"), (
                "not every program has it"
            )
        drawn = [one for kind in ("rect", "text") for one in root.iter(f"{SVG}{kind}")]
        assert all(one.get("fill") for one in drawn)
        assert (
            len(re.findall(r"url\(", answer.text)) == len(re.findall(r"url\(data:font/woff2;base64,", answer.text)) == 2
        )


def test_a_slide_says_its_step_and_has_the_numbers_of_the_engine(client: TestClient) -> None:
    network = NETWORKS["two-layer"]
    state = ViewState(network, "backward", network.defaults, 6)
    answer = client.get("/backward.svg?network=two-layer&step=6")
    root = ElementTree.fromstring(answer.text)  # noqa: S314 - our own
    assert root.findtext(f"{SVG}title") == "Step 6 of 9, backward: ∂L/∂z"
    assert root.findtext(f"{SVG}desc") == "Active units pass the upstream gradient on; inactive units pass exactly 0."
    assert state.event
    shown = texts(answer.text)
    for number in np.ravel(trace_of(state).result(state.event)).tolist():
        assert f"{number:+.3f}".replace("-", "−") in shown


def test_the_palette_of_slides_is_that_of_the_light_theme() -> None:
    light = (STATIC / "css" / "tokens.css").read_text().partition("@media")[0]
    assert light_palette()["value"] in light
    assert all(f"--{name}: {colour};" in light for name, colour in light_palette().items())


def test_a_slide_is_the_same_at_each_address_of_its_step_and_need_not_be_sent_again(client: TestClient) -> None:
    first = client.get("/backward.svg?step=3")
    other = client.get("/backward.svg?step=3&show=why&digits=9&x=1.0,0.50")
    assert first.text == other.text
    assert first.headers["etag"] == other.headers["etag"]
    assert client.get("/backward.svg?step=3", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert first.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert first.headers["x-content-type-options"] == "nosniff"
    assert client.get("/backward.svg").text != client.get("/backward.svg?step=6").text, "a pass as a whole has one, too"


@pytest.mark.parametrize("query", ["x=one", "step=99", "network=none", "network=64-64_mse", "x=1e200,1e200"])
def test_what_has_no_slide_is_refused_in_a_sentence(client: TestClient, query: str) -> None:
    answer = client.get(f"/forward.svg?{query}")
    assert answer.status_code == 422
    assert read(answer.text).by_id("error").all("p")


def test_the_filmstrip_has_a_slide_of_each_step(client: TestClient) -> None:
    page = read(client.get("/filmstrip?x=2,1").text)
    defaults = NETWORKS["relu-mse"].defaults
    frames = filmstrip(ViewState(NETWORKS["relu-mse"], "forward", {**defaults, "x": (2.0, 1.0)})).frames
    assert [frame.heading.partition(":")[0] for frame in frames] == [
        *(f"Step {step} of 3, forward" for step in (1, 2, 3)),
        *(f"Step {step} of 6, backward" for step in range(1, 7)),
    ]
    images = page.all("img")
    assert [image["src"] for image in images] == [frame.href for frame in frames]
    assert all(image["alt"] for image in images)
    assert frames[4].href == "/backward.svg?x=2,1&step=2"
    assert client.get(frames[4].href).status_code == 200


def test_the_filmstrip_of_a_lecture_has_a_slide_of_each_step_that_its_stops_show_once(client: TestClient) -> None:
    stops = "/forward?step=1-2\n/chapter/3\n/backward?step=4&hide=now\n/backward?ask=W.2.1&step=4\n/forward\n/heads"
    page = read(client.get("/lecture/filmstrip", params={"stops": f"title: Four\n{stops}\n/backward?step=99"}).text)
    assert page.all("h1")[0].text == "Four"
    assert [link.text.partition(",")[0] for title in page.all("h2") for link in title.all("a")] == [
        *("1 · Step 1 of 3", "1.2 · Step 2 of 3", "3 · Step 4 of 6"),
    ]
    assert [image["src"] for image in page.all("img")] == [
        *("/forward.svg?step=1", "/forward.svg?step=2", "/backward.svg?step=4"),
    ]
    assert page.by_id("svg-2")["download"] == "1.2-relu-mse-forward-2.svg"
    assert page.by_id("to-lecture")["href"].startswith("/lecture?stops=")
    none = read(client.get("/lecture/filmstrip?stops=/heads").text)
    assert "None of its stops is a step of a network" in none.text
    assert read(client.get("/lecture").text).by_id("as-slides")["href"] == "/lecture/filmstrip"


@pytest.mark.parametrize("query", ["x=1e200,1e200", "network=64-64_mse", "x=1,2;3,4;5,6;7,8"])
def test_a_filmstrip_of_what_has_no_slides_says_so_and_shows_another(client: TestClient, query: str) -> None:
    answer = client.get(f"/filmstrip?{query}")
    assert answer.status_code == 422
    page = read(answer.text)
    assert page.all("p", "wrong")
    assert page.all("img")
