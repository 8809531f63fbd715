"""What a page costs: CPU for one with new numbers, bytes on the wire for a first visit and for a step."""

from __future__ import annotations

import asyncio
import gzip
import random
import re
import time
from html.parser import HTMLParser
from statistics import mean, median
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from starlette.responses import HTMLResponse

from app.main import create_app

from .asgi import Answer, get
from .table import Bound, Row, Tell

BROWSER = [(b"accept", b"text/html"), (b"accept-encoding", b"gzip, deflate, br, zstd")]
KB = 1000

app = create_app()
trivial = FastAPI(openapi_url=None)


@trivial.get("/")
async def hello() -> HTMLResponse:
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


# What a page of each kind is asked beside its numbers, and the network's leaves that have new ones, with their shapes.
LEAVES = {"relu-mse": {"x": (1, 2), "W": (3, 2), "b": (1, 3)}, "two-layer": {"x": (1, 2), "W": (3, 2), "U": (2, 3)}}
KINDS = [
    ("/forward", "relu-mse", ""),
    ("/forward", "relu-mse", "step=2"),
    ("/backward", "relu-mse", ""),
    ("/backward", "relu-mse", "step=3"),
    ("/backward", "relu-mse", "step=5&ask=W.1.1"),
    *(("/backward", "relu-mse", f"step=3&show={view}") for view in ("why", "jacobian", "check", "saved")),
    ("/forward", "two-layer", "step=2"),
    ("/backward", "two-layer", "step=3"),
]
TURNS, WARM = 40, 5
# Seconds of CPU: a page that says hello takes no more on a calm machine; and how many of it a page may be at most.
CALM, DEAREST = 0.00025, 55


def with_new_numbers(path: str, network: str, asked: str, chance: random.Random) -> str:
    """The address of a page of a kind, with numbers that nobody has seen before."""
    numbers = (
        f"{name}=" + ";".join(",".join(f"{chance.uniform(-1, 1):.2f}" for _ in range(n)) for _ in range(m))
        for name, (m, n) in LEAVES[network].items()
    )
    return f"{path}?" + "&".join(filter(None, (f"network={network}", *numbers, asked)))


@pytest.mark.usefixtures("settled")
def test_a_page_with_new_numbers_takes_little_of_a_processor(tell: Tell) -> None:
    """The whole stack, called on the loop, gzip included, a page of each kind in turn with one that says hello.

    How dear a page is beside that is the same on a machine that is busy with other things; how many ms it takes is not.
    """
    chance = random.Random(2)  # numbers, not secrets

    async def spent(on: FastAPI, address: str) -> float:
        start = time.process_time()
        answer = await get(on, address, BROWSER)
        assert answer.status == 200
        return time.process_time() - start

    async def measured() -> tuple[list[list[float]], list[float]]:
        pages: list[list[float]] = [[] for _ in KINDS]
        hellos = []
        for _ in range(TURNS):
            for kind, costs in zip(KINDS, pages, strict=True):
                costs.append(await spent(app, with_new_numbers(*kind, chance)))
                hellos.append(await spent(trivial, "/"))
        return [costs[WARM:] for costs in pages], hellos[WARM * len(KINDS) :]

    pages, hellos = asyncio.run(measured())
    hello, beside = median(hellos), "a page that says hello"
    for (path, network, asked), costs in zip(KINDS, pages, strict=True):
        what = f"{path}?{asked}".removesuffix("?") + (f", {network}" if network != "relu-mse" else "")
        bound = Bound(most=0.004, of="measured", aim=True)
        tell(Row(f"CPU of a page with new numbers: {what}", median(costs), beside, hello, bound, slow=CALM))
    tell(Row("CPU of such a page, of all kinds", mean(map(median, pages)), beside, hello, Bound(most=DEAREST)))


def test_a_first_visit_is_at_most_100_kb_on_the_wire(tell: Tell) -> None:
    answers = first_visit("/")
    assert {answer.status for answer in answers.values()} == {200}
    kinds = {address.rpartition(".")[2] for address in answers}
    assert {"css", "js", "woff2"} <= kinds, "the page has a style, a script and a font, and all were counted"
    total = sum(answer.wire for answer in answers.values())
    tell(Row("first visit, on the wire", total, bound=Bound(most=100 * KB, of="measured"), unit="B"))
    for address, answer in answers.items():
        tell(Row(f"of that {address.rpartition('/')[2] or '/'}", answer.wire, unit="B"))


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_every_step_is_at_most_10_kb_on_the_wire(direction: str, tell: Tell) -> None:
    steps = {"forward": 3, "backward": 6}[direction]
    long = "&x=-0.1234567,123.4567&W=0.1234567,-1234.567;1.234567,12.34567;-9.876543,0.001234567&b=0.1111111,-0.6,7.7"
    answers = fetch(*(f"/{direction}?step={step}{query}" for step in range(steps + 1) for query in ("", long)))
    assert {answer.status for answer in answers} == {200}
    assert all(answer.headers["content-encoding"] == "gzip" for answer in answers)
    largest = max(answer.wire for answer in answers)
    what = f"largest {direction} step page, on the wire"
    tell(Row(what, largest, bound=Bound(most=10 * KB, of="measured"), unit="B"))
