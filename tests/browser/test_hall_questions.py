"""Boards 6 to the last, and the questions, from the back row: all is large enough, and nothing covers anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine import NETWORKS
from app.pages.recall.question import DRAWN, SPOKEN, Question, RecallState, shuffled
from app.state import from_query
from tests.conftest import Lot

from .conftest import Opened
from .stage import Stage
from .test_hall import CHAINS, LEAST, SCREENS, VALUE, measured

BOARDS = ("6", "7", "8", "9", "10", "next")
LONG = "x=0.123456,1e-9&W=1.23456,-2222.5;1e5,0.3333;7,8"
NUMBERS = [*(f"network={name}" for name in [*NETWORKS, *CHAINS]), LONG, f"network=softmax-ce&{LONG}"]
_TEXT = (Path(__file__).parent / "text.js").read_text(encoding="utf-8")


def boards() -> Iterator[str]:
    for numbers in NUMBERS:
        yield from (f"/chapter/{key}?{numbers}&stage={shown}" for key in BOARDS for shown in ("1", "formula"))


def questions(numbers: str, lot: Lot) -> Iterator[str]:
    """One question of each kind about these numbers, and its answer."""
    view = from_query(numbers, "backward", strict=False)
    for kind in (*DRAWN, *SPOKEN):
        asked = Question(kind) if kind in SPOKEN else lot.choice(shuffled(view, kind))
        for state in (RecallState(view, asked), RecallState(view, asked, reveal=True)):
            yield state.staged("1").address()


def check(stage: Stage, address: str) -> None:
    found = measured(stage, address)
    assert found["values"] is None or found["values"] >= VALUE, address
    assert found["least"] >= LEAST, (address, found["smallest"])
    assert (found["overlaps"], found["clipped"]) == ([], []), address
    assert (found["hidden"], found["scrolls"]) == (0, 0), address
    text = stage.page.evaluate(_TEXT)
    assert text["least"] >= VALUE, address
    assert text["beyond"] <= 0.5, address


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: f"{screen[0]}x{screen[1]}")
def test_the_back_row_reads_every_board_and_question(opened: Opened, screen: tuple[int, int], lot: Lot) -> None:
    width, height = screen
    stage = opened(viewport={"width": width, "height": height}, color_scheme=lot.choice(("light", "dark")))
    for address in lot.some(boards(), 2):
        check(stage, address)
    asked = [address for numbers in lot.some(NUMBERS, 1) for address in questions(numbers, lot)]
    for address in lot.some(asked, 2):
        check(stage, address)


def test_the_largest_of_each_board_and_question_fits_the_narrowest_screen(opened: Opened) -> None:
    stage = opened(viewport={"width": 1024, "height": 768})
    chain = "network=5-5.sigmoid-5.sigmoid-5.sigmoid_mse"
    for address in (
        "/chapter/6?network=5-5.relu-5.relu-5.relu_mse&stage=1",
        f"/chapter/7?network=softmax-ce&{LONG}&stage=1",
        "/chapter/7?network=softmax-ce&y=0.2,0.3,0.9&entry=3&stage=1",
        f"/chapter/9?{chain}&stage=1",
        "/chapter/9?network=sigmoid-then-bce&stage=1",
        f"/recall?{chain}&q=price.z1.x&stage=1",
        f"/recall?{chain}&q=bracket.x&reveal=1&stage=1",
        f"/recall?{chain}&q=bracket.b1&stage=1",
        "/recall?network=softmax-mse&q=bracket.W&stage=1",
        "/recall?q=x.2&reveal=1&stage=1",
        f"/recall?{LONG}&q=zeros.z&stage=1",
    ):
        check(stage, address)


def test_a_question_breaks_its_lines_alike_on_every_screen(stage: Stage) -> None:
    found = set()
    for width, height in SCREENS[:4]:
        stage.page.set_viewport_size({"width": width, "height": height})
        stage.open("/recall?q=price.z.W&stage=1").page.evaluate("() => document.fonts.ready.then(() => undefined)")
        found.add(stage.page.evaluate(_TEXT)["lines"])
    assert found == {"3"}
