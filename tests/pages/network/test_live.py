"""What a drag asks for: one drawing and the card, the same as the page has them."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

QUERIES = [
    "",
    "step=4",
    "x=1.15,0.5&was=step%3D4&step=4",
    "x=2,1&W=0.5,-0.2;0.3,0.4;-0.1,0.6&b=0,-0.1,-0.6&y=0.2,0.5,0.1&ask=W.2.1",
    "step=5&show=why",
    "step=0",
]


def part(html: str, start: str, end: str) -> str:
    found = re.search(rf"{start}.*?{end}", html, re.DOTALL)
    assert found
    return found[0]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("orientation", ["wide", "tall"])
def test_the_drawing_and_the_card_are_those_of_the_page(
    client: TestClient, direction: str, orientation: str, query: str
) -> None:
    if direction == "forward":
        query = query.replace("step=4", "step=2").replace("step%3D4", "step%3D2").replace("step=5", "step=1")
    page = client.get(f"/{direction}?{query}").text
    live = client.get(f"/live/{orientation}/{direction}?{query}")
    assert live.status_code == 200
    for start, end in ((f'<svg id="drawing-{orientation}"', "</svg>"), ('<section id="card"', "</section>")):
        assert part(live.text, start, end) == part(page, start, end)
    assert live.text.count("<svg") == 1
    assert 0 < len(live.content) < 0.55 * len(page.encode())


def test_it_is_asked_for_anew_each_time(client: TestClient) -> None:
    answer = client.get("/live/wide/backward")
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/live/wide/sideways", 404),
        ("/live/broad/forward", 404),
        ("/live/wide", 404),
        ("/live/wide/forward?x=nan,1", 422),
        ("/live/wide/forward?x=1e200,1", 422),
        ("/live/wide/forward?step=99", 422),
    ],
)
def test_what_is_wrong_is_told_as_elsewhere(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
