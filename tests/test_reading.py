"""The reader of pages that the tests have: it sees what html.parser sees, and refuses what nobody should write."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from tests.browser.reading import Element, read
from tests.conftest import Lot
from tests.web.test_every_page import KINDS

Told = list[tuple[str, object]]


class Slow(HTMLParser):
    """Writes down what it meets."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.met: Told = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.met.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.met.append(("", data))


def told(element: Element) -> Told:
    """The same of a tree: every tag and every text, in their order."""
    inside: Told = [
        one for child in element.children for one in ([("", child)] if isinstance(child, str) else told(child))
    ]
    return [(element.tag, element.attributes), *inside]


def test_it_sees_what_html_parser_sees(client: TestClient, lot: Lot) -> None:
    assert read("").children == []
    strange = """<!doctype html><P id="a" Title="1 &lt; '2'" hidden>a &amp;&#8722;b<br>c<!-- <p> --><img src="x" /></P>
        <script type="x">if (a < b && "<p>") &lt;</script><style></style><svg viewBox="0 0 1 1"><path d=""/></svg>"""
    for page in (strange, *(client.get(address).text for address, _, _ in lot.some(KINDS, 8))):
        assert told(read(page))[1:] == Slow(page).met


def test_it_goes_by_all_that_is_inside_and_by_nothing_else() -> None:
    page = read('<ul id="a"><li class="x y">1<b>2</b></li><li id="c">3</li></ul><p class="y">4</p>')
    assert [one.tag for one in page.walk()] == ["", "ul", "li", "b", "li", "p"]
    assert [one.tag for one in page.by_id("a").walk()] == ["ul", "li", "b", "li"]
    assert [one.text for one in page.all("", "y")] == ["12", "4"]
    assert page.by_id("a").all("p") == []
    assert [one.text for one in page.having("id")] == ["123", "3"]


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<p><b>1</p></b>", "</p> closes <b>"),
        ("<p>1", "left open"),
        ("1</p>", "</p> closes <>"),
        ('<p id="a" id="b"></p>', "an attribute twice"),
        ('<p id="a"></p><b id="a"></b>', "an id stands twice"),
        ("1 < 2", "no tag and no text"),
        ('<p title="1"2"></p>', "no tag and no text"),
        ("<p title=1></p>", "no tag and no text"),
        ("<p>1</p><", "no tag and no text"),
        ("<p><script>1</p>", "</p> closes <script>"),
    ],
)
def test_what_is_broken_is_refused(html: str, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        read(html)
