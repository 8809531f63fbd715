"""The same wrong addresses on the pages: the same status, a sentence for people, nothing echoed raw."""

from __future__ import annotations

import html
import random
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from app.state import VIEWS, Invalid, from_query
from tests.conftest import Lot

WRONG = [
    "step=2&step=3",
    "x=1,2&x=1,2",
    "step=%EF%BC%92",
    "x=1%C2%BD,2",
    "x=%zz,1",
    "x=%ff,1",
    "x=%00,1",
    "x=%ED%A0%80,1",
    "x=nan,1",
    "x=1,inf",
    "x=1,1e999",
    "x=1",
    "x=",
    "x=1,2,3",
    "W=1,2;3,4",
    "W=1,2;3;5,6",
    "step=-1",
    "step=4",
    "step=true",
    "network=nope",
    "network=",
]
HOSTILE = [
    "<script>alert(1)</script>",
    '"onload="alert(1)',
    "]]><svg onload=alert(1)>",
    "' autofocus onfocus='alert(1)",
]


class Tags(HTMLParser):
    """Every tag that a browser would see, with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))


@pytest.mark.parametrize("query", WRONG)
def test_a_wrong_address_is_a_page_with_the_sentence_of_the_api(client: TestClient, query: str) -> None:
    answer = client.get(f"/forward?{query}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "text/html; charset=utf-8")
    assert answer.headers["Cache-Control"] == "no-store"
    with pytest.raises(Invalid) as invalid:
        from_query(query, "forward", strict=False)
    text = html.unescape(answer.text)
    for error in invalid.value.errors:
        assert error.msg in text
    assert client.get(f"/api/forward?{query}").status_code == answer.status_code


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_the_last_good_picture_still_stands(client: TestClient, direction: str) -> None:
    assert "<svg" in client.get(f"/{direction}?x=1").text


def test_numbers_that_overflow_are_told_on_the_page(client: TestClient) -> None:
    answer = client.get("/backward?y=1e200,0,0")
    assert answer.status_code == 422
    assert "L overflows" in answer.text


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", ["x", "W", "b", "y", "step", "network", "from", "utm_source", "hostile"])
def test_what_was_typed_is_kept_only_as_text(client: TestClient, name: str, hostile: str) -> None:
    for path in ("/forward", "/backward"):
        params = {hostile: hostile} if name == "hostile" else {name: hostile}
        answer = client.get(path, params=params)
        assert answer.status_code in (200, 303, 422)
        assert answer.headers.get("Location", path) == path
        assert hostile not in answer.text
        found = Tags()
        found.feed(answer.text)
        for tag, attributes in found.tags:
            assert not [key for key in attributes if key.startswith("on")]
            assert "autofocus" not in attributes
            assert tag != "script" or attributes["src"].startswith("/static/")


@pytest.mark.parametrize("query", ["utm_source=lms", "utm_source=lms&utm_medium=mail", "fbclid=x&=&&"])
def test_what_others_append_is_passed_over_and_dropped_from_the_links(client: TestClient, query: str) -> None:
    answer = client.get(f"/forward?{query}&step=1")
    assert answer.status_code == 200
    assert answer.text == client.get("/forward?step=1").text
    assert "utm_" not in answer.text


@pytest.mark.parametrize("path", ["/", "/forward", "/backward", "/backward?step=3", "/api"])
def test_head_on_a_page_is_a_200_without_body(client: TestClient, path: str) -> None:
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == client.get(path).headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/forward//", 404),
        ("GET", "//evil", 404),
        ("GET", "/static/nothing.js", 404),
        ("POST", "/forward", 405),
        ("DELETE", "/", 405),
        ("GET", "/?" + "a" * 5000, 414),
        ("GET", "/nothing?" + "a" * 5000, 414),
    ],
)
def test_an_error_is_a_friendly_page_that_leads_home(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, f"http://testserver{path}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert re.search(r"<h1[^>]*>[^<]+</h1>", answer.text)
    assert re.search(r'<a class="brand" href="/forward"', answer.text)
    assert "evil" not in answer.text
    assert "nothing." not in answer.text
    if status == 405:
        assert answer.headers["Allow"] == "GET, HEAD"


def test_an_error_page_is_whole_even_when_its_template_breaks(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_context: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("app.web.render.Renderer.html", broken)
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert "leads nowhere" in answer.text


def drawn_address(lot: random.Random) -> str:
    """A page with numbers of every size, any question, any view, any perturbation, and any trace of an edit."""

    def number() -> str:
        edge = ["0", "-1", "1e-300", "5e-324", "1e300", "1.7976931348623157e308", "-1e155", "1e-160", "3e-8"]
        return lot.choice([lot.choice(edge), repr(lot.gauss(0, 1) * 10 ** lot.randint(-12, 12)), f"{lot.random():.1f}"])

    def numbers(count: int) -> str:
        return ",".join(number() for _ in range(count))

    fields = {"x": numbers(2), "W": ";".join(numbers(2) for _ in range(3)), "b": numbers(3), "y": numbers(3)}
    asked = lot.choice(["x.1", "W.2.1", "b.3", "z.2", "h.1", "y.1", "L"])
    extra = [
        "step=1",
        f"ask={asked}&eps={number()}",
        *(f"show={view}" for view in VIEWS),
        lot.choice(["was=", "was=x%3D1e200,1", "was=junk", "was=step%3D99"]),
    ]
    query = [f"{name}={text}" for name, text in fields.items() if lot.random() < 0.6]
    path = lot.choice(["/forward", "/backward", "/live/wide/forward", "/live/tall/backward"])
    return f"{path}?{'&'.join([*query, *lot.sample(extra, 2)])}"


def test_numbers_of_every_size_in_every_view_are_drawn_or_refused(client: TestClient, lot: Lot) -> None:
    addresses = lot.some((drawn_address(random.Random(number)) for number in range(400)), 60)
    statuses = Counter(client.get(address).status_code for address in addresses)
    assert set(statuses) == {200, 422}
    assert min(statuses.values()) > len(addresses) / 12
