"""One page of each kind, whole: its tags nest, each thing has its name, its twin answers, and all its links lead on."""

from __future__ import annotations

from functools import cache
from urllib.parse import quote, urlsplit

import pytest
from starlette.testclient import TestClient

from app.pages.contents import CONTENTS
from tests.browser.reading import Element, read
from tests.conftest import Lot

from .test_headers import check

HOSTILE = '"><script>alert(1)</script>'
# An address of each kind, its status, and the path of what it calls its own address.
KINDS = [
    ("/", 200, "/forward"),
    ("/backward?b=0,-0.1,-0.6&step=3", 200, "/backward?b=0,-0.1,-0.6&step=3"),
    ("/backward?W=0.5,-0.2;0.3,0.4;-0.1,0.60&step=5&show=why&utm_source=lms", 200, "/backward?step=5&show=why"),
    ("/backward?step=4&show=jacobian", 200, "/backward?step=4&show=jacobian"),
    ("/backward?show=check", 200, "/backward?show=check"),
    ("/forward?show=saved", 200, "/forward?show=saved"),
    ("/backward?ask=W.2.1&eps=0.10", 200, "/backward?ask=W.2.1&eps=0.1"),
    (f"/forward?x={quote(HOSTILE)}", 422, "/forward"),
    ("/recall?q=W.2.1&answer=0.1", 200, "/recall?q=W.2.1&answer=0.1"),
    ("/recall?q=why-vjp&reveal=1", 200, "/recall?q=why-vjp&reveal=1"),
    (f"/recall?q=W.2.1&answer={quote(HOSTILE)}", 422, "/recall?q=W.2.1"),
    ("/heads?unfused=1&z=36.0", 200, "/heads?unfused=1&z=36"),
    (f"/heads?z={quote(HOSTILE)}", 422, "/heads"),
    ("/train?lr=0.50&steps=4&hold=b", 200, "/train?lr=0.5&hold=b&steps=4"),
    (f"/train?lr={quote(HOSTILE)}", 422, "/train"),
    ("/backward?lr=0.50", 200, "/backward?lr=0.5"),
    ("/cost?n=1024&m=2048", 200, "/cost?n=1024&m=2048"),
    (f"/cost?n={quote(HOSTILE)}", 422, "/cost"),
    ("/chapter", 200, ""),
    *((f"/chapter/{key}?x=2,1", 200, f"/chapter/{key}?x=2,1") for key in CONTENTS),
    (f"/chapter/1?x={quote(HOSTILE)}", 422, "/chapter/1"),
    ("/networks", 200, "/networks"),
    ("/networks?network=2-2.sigmoid_mse&lr=0.50", 200, "/networks?network=2-2.sigmoid_mse&lr=0.5"),
    (f"/networks?W={quote(HOSTILE)}&units1={quote(HOSTILE)}", 422, "/networks"),
    ("/handout?blanks=1&answers=1&x=2.0,1", 200, "/handout?x=2,1&blanks=1&answers=1"),
    (f"/handout?steps={quote(HOSTILE)}", 422, "/handout"),
    ("/filmstrip?x=2,1", 200, "/filmstrip?x=2,1"),
    ("/lecture/filmstrip?stop=7", 200, "/lecture/filmstrip"),
    ("/lecture?stop=07", 200, "/lecture?stop=7"),
    (f"/lecture?stops={quote(HOSTILE)}", 422, "/lecture"),
    ("/speaker?stop=07", 200, "/speaker?stop=7"),
    ("/speaker?at=/recall&q=W.2.1&stage=1", 200, "/speaker?at=%2Frecall&q=W.2.1"),
    (f"/speaker?at={quote(HOSTILE)}", 422, "/speaker?stop=1"),
    ("/networks/published/rashid-2-1", 200, ""),
    ("/compare?lr=0.50&lines=dz.1%3D1%0D%0Aone&hold=b", 200, "/compare?lr=0.5&hold=b&lines=dz.1%3D1%0Aone"),
    (f"/compare?lr={quote(HOSTILE)}&lines={quote(HOSTILE)}", 422, f"/compare?lines={quote(HOSTILE, safe='')}"),
    ("/glossary", 200, ""),
    ("/keys?x=2,1", 200, ""),
    ("/api", 200, ""),
    ("/nowhere", 404, ""),
]
# What a person who sees no picture is told of it, and of what is worked.
NAMED = ("svg", "input", "nav", "section")


def name_of(page: Element, one: Element) -> str:
    """What an element is called, by its label, that of another or its text; numbers in a picture are no name of it."""
    said = [one.attributes.get("aria-label", ""), "" if one.tag == "svg" else one.text]
    said += [page.by_id(name).text for name in one.attributes.get("aria-labelledby", "").split()]
    said += [label.text for label in page.having("for", one.attributes.get("id", "-"))]
    said += [label.text for label in page.all("label") if one in label.walk()]
    return "".join(said).strip()


def nameless(page: Element) -> list[Element]:
    """What is worked or looked at, and has no name."""
    hidden = [one for over in page.having("aria-hidden", "true") for one in over.walk()]
    drawn = [one for one in page.walk() if one.tag in NAMED or (one.tag in ("a", "button") and "id" in one.attributes)]
    told = [one for one in drawn if one not in hidden and one.attributes.get("type") != "hidden"]
    return [one for one in told if not name_of(page, one)]


def kind_of(link: Element) -> tuple[str, ...]:
    """What the link is, and which page it leads to."""
    return (*sorted(link.classes()), link.attributes.get("id", "").partition("-")[0], urlsplit(link["href"]).path)


@cache
def status(client: TestClient, address: str) -> int:
    """What an address of ours is answered with: it holds no name that its page does not read."""
    answer = client.get(address)
    assert 'class="unread"' not in answer.text, address
    return answer.status_code


@pytest.mark.parametrize(("address", "expected", "own"), KINDS, ids=[kind[0][:40] for kind in KINDS])
def test_a_page_of_each_kind_is_whole(client: TestClient, lot: Lot, address: str, expected: int, own: str) -> None:
    answer = client.get(address)
    assert answer.status_code == expected
    check(answer)
    assert "<script>alert" not in answer.text
    page = read(answer.text)
    assert page.all("title")[0].text
    assert len(page.all("main")) == len(page.all("h1")) == 1
    assert [(one.tag, one.attributes) for one in nameless(page)] == []
    links = {link.attributes.get("rel"): link["href"] for link in page.all("link")}
    assert links.get("canonical", "") == own
    if "alternate" in links:
        assert status(client, links["alternate"]) == 200
    ids = {one["id"] for one in page.having("id")}
    for link in lot.some(page.having("href"), 1, of_each=kind_of):
        there = urlsplit(link["href"])
        assert there.path or there.fragment in ids, f"{link['href']} leads nowhere on this page"
        if there.path and not there.netloc:
            assert status(client, link["href"].partition("#")[0]) in (200, 303), link["href"]


def test_every_number_that_may_be_entered_can_be_typed_on_a_phone(client: TestClient) -> None:
    """A keyboard for decimals has no minus sign on some phones and no point on others; a count takes digits alone."""
    narrowed = set()
    for address, expected, _ in KINDS:
        for one in read(client.get(address).text).all("input") if expected == 200 else ():
            if one.attributes.get("inputmode", "text") != "text":
                assert one["inputmode"] == "numeric"
                narrowed.add((urlsplit(address).path, one["name"]))
    sizes = {"/compare": "steps", "/train": "steps", "/networks": "inputs units1"}
    sizes |= {"/cost": "n m layers batch", "/chapter/4": "n m layers batch", "/chapter/9": "n layers batch"}
    assert narrowed == {(path, name) for path, names in sizes.items() for name in names.split()}
    for path, name in narrowed:
        assert {client.get(f"{path}?{name}={typed}").status_code for typed in ("-2", "2.5", "2e1")} == {422}
    for typed in ("-0.1", "-1e-3", "0.5"):
        assert client.get(f"/backward?ask=W.2.1&eps={typed}").status_code == 200
        assert client.get(f"/heads?z={typed}").status_code == 200
