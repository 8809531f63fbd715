"""What a page costs: CPU for one with new numbers, bytes on the wire for a first visit and for a step."""

from __future__ import annotations

import asyncio
import gzip
import random
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from statistics import median
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from starlette.responses import HTMLResponse

from app.main import create_app

from .asgi import Answer, get
from .table import Bound, Row, Tell

BROWSER = [(b"accept", b"text/html"), (b"accept-encoding", b"gzip, deflate, br, zstd")]
KB = 1000
# Where even a page that says hello takes so much of a processor, in seconds, other work is being measured.
BUSY = 0.5e-3

app = create_app()
trivial = FastAPI(openapi_url=None)


@trivial.get("/")
def hello() -> HTMLResponse:
    """The least a page can be."""
    return HTMLResponse("<!doctype html><html lang=en><title>Hello</title><p>Hello</p></html>")


def fetch(*addresses: str) -> list[Answer]:
    """What a browser is sent for each address."""

    async def all_of_them() -> list[Answer]:
        return [await get(app, address, BROWSER) for address in addresses]

    return asyncio.run(all_of_them())


def text(answer: Answer) -> str:
    zipped = answer.headers.get("content-encoding") == "gzip"
    return (gzip.decompress(answer.body) if zipped else answer.body).decode()


class Assets(HTMLParser):
    """The addresses that a browser fetches because of a page, links to other pages aside."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        wanted = {"stylesheet", "icon", "preload", "modulepreload"} & set((at.get("rel") or "").split())
        if tag == "link" and wanted and at.get("href"):
            self.found.append(at["href"] or "")
        elif at.get("src"):
            self.found.append(at["src"] or "")


def first_visit(address: str) -> dict[str, Answer]:
    """The page and all it refers to, each once: assets, and what style sheets and modules ask for in turn."""
    answers = {address: fetch(address)[0]}
    waiting = Assets(text(answers[address])).found
    while waiting:
        asset = waiting.pop()
        if asset in answers:
            continue
        answers[asset] = fetch(asset)[0]
        if asset.endswith((".css", ".js")):
            source = text(answers[asset])
            asked = re.findall(r"""url\(["']?([^"')]+)["']?\)|^import .*?["']([^"']+)["']""", source, re.MULTILINE)
            waiting += [urljoin(asset, one or other) for one, other in asked if "data:" not in one]
    return answers


def new_numbers() -> Iterator[str]:
    chance = random.Random(2)  # numbers, not secrets
    while True:
        x, b = ([round(chance.uniform(-1, 1), 2) for _ in range(size)] for size in (2, 3))
        yield f"/backward?x={','.join(map(str, x))}&b={','.join(map(str, b))}"


@pytest.mark.usefixtures("settled")
def test_a_page_with_new_numbers_takes_little_of_a_processor(tell: Tell) -> None:
    """Measured in one loop with a page that says hello, so that one can see what the frame costs."""
    addresses = new_numbers()

    async def spent(on: FastAPI, address: str) -> float:
        start = time.process_time()
        answer = await get(on, address, BROWSER)
        assert answer.status == 200
        return time.process_time() - start

    async def measured() -> tuple[list[float], list[float]]:
        pages, hellos = [], []
        for turn in range(220):
            page, hello = await spent(app, next(addresses)), await spent(trivial, "/")
            if turn >= 20:
                pages.append(page)
                hellos.append(hello)
        return pages, hellos

    pages, hellos = asyncio.run(measured())
    what, beside, theirs = "/backward with new numbers, gzip too: CPU", "a page that says hello", median(hellos)
    tell(Row(what, median(pages), beside, theirs, Bound(most=0.004, of="measured"), slow=BUSY))
    tell(Row("the worst of 200 such", max(pages), beside, theirs, Bound(most=0.02, of="measured", aim=True), slow=BUSY))


def test_a_first_visit_is_at_most_100_kb_on_the_wire(tell: Tell) -> None:
    answers = first_visit("/")
    assert {answer.status for answer in answers.values()} == {200}
    kinds = {address.rpartition(".")[2] for address in answers}
    assert {"css", "js", "woff2"} <= kinds, "the page has a style, a script and a font, and all were counted"
    total = sum(answer.wire for answer in answers.values())
    tell(Row(f"first visit, {len(answers)} answers: wire", total, bound=Bound(most=100 * KB, of="measured"), unit="B"))


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_every_step_is_at_most_10_kb_on_the_wire(direction: str, tell: Tell) -> None:
    steps = {"forward": 3, "backward": 6}[direction]
    long = "&x=-0.1234567,123.4567&W=0.1234567,-1234.567;1.234567,12.34567;-9.876543,0.001234567&b=0.1111111,-0.6,7.7"
    answers = fetch(*(f"/{direction}?step={step}{query}" for step in range(steps + 1) for query in ("", long)))
    assert {answer.status for answer in answers} == {200}
    assert all(answer.headers["content-encoding"] == "gzip" for answer in answers)
    largest = max(answer.wire for answer in answers)
    tell(Row(f"largest {direction} step page: wire", largest, bound=Bound(most=10 * KB, of="measured"), unit="B"))
