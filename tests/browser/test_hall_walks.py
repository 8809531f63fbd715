"""Random walks on the stage by all of its keys: each ends at the page that a direct visit to its address gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from urllib.parse import quote

from app.engine import NETWORKS
from app.pages.contents import CONTENTS
from app.state import from_query
from tests.conftest import Lot

from .stage import Stage
from .test_walks import first_difference

_STAGE = (Path(__file__).parents[2] / "static" / "js" / "stage.js").read_text(encoding="utf-8")
# How Playwright calls them, where that is otherwise.
_NAMES = {" ": "Space", "Shift+ ": "Shift+Space"}
# Those that open another window, beside which nothing is walked here.
_ELSEWHERE = {"s"}
_SHOWN = ("1", "formula", "overview")
_LECTURE = "title: Two\n/backward?step=1-3 0:30 Three steps.\n/recall?q=why-vjp\n/heads 1:00 Four heads.\n/chapter/5"
_OF_QUESTIONS = ("q=why-vjp", "q=by-indices", "q=zeros.z", "q=W.2.1&reveal=1", "q=saved")

# What the document says, and what its address gives: head, the page, and what the body is told of it. Nothing of what
# lies over it, which no address names, nor of what htmx notes for itself.
_HERE_AND_DIRECT = """async () => {
  const told = (page) => [page.head, page.body.cloneNode(false), page.getElementById("page")].map((part) => {
    const copy = part.cloneNode(true);
    for (const one of [copy, ...copy.querySelectorAll("*")]) {
      for (const name of ["data-htmx-powered", "tabindex"]) if (one.matches("a, form, body")) one.removeAttribute(name);
      one.classList.remove("htmx-request", "highlighted");
      if (!one.classList.length) one.removeAttribute("class");
    }
    return copy.outerHTML;
  });
  const text = await (await fetch(location.href, { cache: "reload" })).text();
  return [told(document), told(new DOMParser().parseFromString(text, "text/html"))];
}"""


def keys_of_the_stage() -> list[str]:
    """Every key in the tables of the stage's module."""
    tables = re.findall(r"^const (?:steps|others) = \{\n(.*?)^\};", _STAGE, re.DOTALL | re.MULTILINE)
    names = [
        bare or text for table in tables for bare, text in re.findall(r'^  (?:(\w+)|"(.+?)"):', table, re.MULTILINE)
    ]
    return [_NAMES.get(name, name) for name in names if name not in _ELSEWHERE]


def starts() -> Iterator[str]:
    """Addresses of the stage, of all kinds of pages."""
    for shown in _SHOWN:
        for name in NETWORKS:
            yield from from_query(f"network={name}", "forward", strict=False).staged(shown).walk
        yield from (f"/chapter/{key}?stage={shown}" for key in CONTENTS)
        yield from (f"/recall?{query}&stage={shown}" for query in _OF_QUESTIONS)
        for lecture, stops in (("", range(1, 31)), (f"stops={quote(_LECTURE, safe='/')}&", (1, "1.2", 2, "2.2", 3, 4))):
            yield from (f"/lecture?{lecture}stop={stop}&stage={shown}" for stop in stops)


def drawn_walks(count: int) -> list[tuple[str, list[str]]]:
    """So many walks, always the same: where each begins, and its keys, some of which lead by number."""
    chance, every = Random(16), [*starts()]
    of_kind = {
        path: [one for one in every if one.startswith(path)] for path in ("/", "/chapter", "/recall", "/lecture")
    }
    keys = keys_of_the_stage()
    walks = []
    for _ in range(count):
        start = chance.choice(of_kind[chance.choice([*of_kind])])
        walk: list[str] = []
        while len(walk) < 12:
            by_number = [*str(chance.randint(1, 31)), "Enter"]
            walk += by_number if chance.random() < 0.15 else [chance.choice(keys)]
        walks.append((start, walk))
    return walks


def test_where_keys_have_led_is_the_page_that_its_address_opens(stage: Stage, lot: Lot) -> None:
    walks, ends = lot.some(drawn_walks(1000), 14), set()
    for start, walk in walks:
        stage.open(start)
        for at, key in enumerate(walk):
            stage.page.keyboard.press(key)
            if at % 3 == 0:
                stage.settle()
        stage.settle()
        here, direct = stage.page.evaluate(_HERE_AND_DIRECT)
        assert here == direct, f"{start}, {walk}, ends at {stage.address}: {first_difference(here, direct)}"
        ends.add(stage.address)
    assert len(ends) > len(walks) // 3, "nobody stays where they are all the time"


def test_every_key_of_the_stage_is_walked_by() -> None:
    assert {"ArrowRight", "Shift+Space", "Escape", "F5", "o", "a", "e", ".", ",", "?", "PageUp"} <= {
        *keys_of_the_stage()
    }
