"""The handout as a PDF: as many pages as it says, nothing cut off, and every number on it is one of the engine's."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from pypdf import PageObject, PdfReader

from app.engine import Trace
from app.pages.handout.question import HandoutState, handout_from_query
from app.snapshot import explained_snapshot, trace_of
from tests.conftest import Lot

from .stage import Stage

# Width and height in millimetres.
A4, LETTER = (210.0, 297.0), (215.9, 279.4)
# Handouts with what they are printed on, upright and on their side.
POOL = [
    ("x=2,1&answers=1", A4),
    ("blanks=1&answers=1&paper=letter", LETTER),
    ("network=two-layer&paper=letter&answers=1", LETTER),
    ("network=shared&blanks=1", A4),
    ("network=sigmoid-then-bce&pass=backward", A4),
    ("network=5-5_ce&answers=1&paper=letter", LETTER),
    ("network=3-4.tanh-2_ce&pass=backward&steps=2-4", A4[::-1]),
    ("x=1,2;3,4;0.5,-1&answers=1", A4[::-1]),
    ("network=5-5.relu-5.relu-5_mse&pass=forward&answers=1&paper=letter", LETTER[::-1]),
    ("x=0.1234567890123456,-12345.678901234&W=0.12345,1e-9;-123456789.123,3;0.000123456789,1e10&answers=1", A4),
]
# Those whose text is read, which takes as long as all the rest.
READ = (
    "x=2,1&answers=1&pass=backward&steps=1-4",
    "network=shared&pass=backward&steps=5-9&paper=letter",
    "network=sigmoid-then-bce&pass=backward&blanks=1&answers=1",
    "network=two-layer&pass=forward",
    "network=3-4.tanh-2_ce&pass=backward&steps=2-3",
)
# What reaches beyond its place: the sheet, the step, or its formula; and what runs into the line at a sheet's foot.
CUT_OFF = """() => {
  const over = one => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1;
  const cut = [...document.querySelectorAll(".sheet, .step, .answers, .ladder")].filter(over);
  const low = [...document.querySelectorAll(".sheet")].filter(sheet => {
    const foot = sheet.querySelector(".foot").getBoundingClientRect().top;
    return [...sheet.children].some(one => one.className !== "foot" && one.getBoundingClientRect().bottom > foot + 1);
  });
  return [...cut, ...low].map(one => one.className + ": " + one.textContent.trim().slice(0, 60));
}"""
_NUMBER = re.compile(r"−?\d+\.\d+")


def printed(stage: Stage, query: str) -> PdfReader:
    stage.open(f"/handout?{query}")
    stage.page.emulate_media(media="null")  # a page that was handed on shows what is for the screen
    return PdfReader(io.BytesIO(stage.page.pdf(prefer_css_page_size=True)))


def millimetres(page: PageObject) -> tuple[float, float]:
    width, height = (float(side) / 72 * 25.4 for side in (page.mediabox.width, page.mediabox.height))
    return width, height


def numbers_of(state: HandoutState) -> Iterable[float]:
    """Every number that the engine has for these passes: values, gradients, contributions, what ops save, and what
    their entries are computed with on the way."""
    traces: dict[str, Trace] = {step.direction: trace_of(step) for step in state.chosen}
    for direction, trace in traces.items():
        arrays = [*trace.values.values(), *trace.grads.values(), *trace.contributions.values()]
        arrays += [array for saved in trace.saved.values() for array in saved.values()]
        arrays += [trace.result(step.event) for step in state.chosen if step.event and step.direction == direction]
        currents = [explained_snapshot(step, traces[step.direction]).current for step in state.chosen]
        used = [operand for current in currents for operand in (*current.operands.values(), current.local) if operand]
        arrays += [np.array(operand.numbers) for operand in used]
        for array in arrays:
            yield from np.ravel(array).tolist()


def foreign(text: str, numbers: Sequence[float]) -> list[str]:
    """The numbers in a text that are none of these, rounded where they were cut; a square stands behind its base."""
    known = np.abs(np.array(numbers))

    def is_known(token: str) -> bool:
        decimals = len(token.partition(".")[2])
        return bool((np.abs(known - float(token)) <= 0.501 * 10.0**-decimals).any())

    tokens = {found.lstrip("−") for found in _NUMBER.findall(text)}
    return [token for token in tokens if not is_known(token) and not (token.endswith("2") and is_known(token[:-1]))]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("query", "size"), POOL, ids=[query for query, _ in POOL])
def test_a_handout_is_printed_on_the_paper_it_says_with_nothing_cut_off(
    stage: Stage, query: str, size: tuple[float, float]
) -> None:
    reader = printed(stage, query)
    says = stage.page.locator(".count strong").inner_text()
    assert len(reader.pages) == int(says.partition(" ")[0])
    for page in reader.pages:
        assert millimetres(page) == pytest.approx(size, abs=0.6)
        contents = page.get_contents()
        assert contents is not None
        assert len(contents.get_data()) > 2000, "a page is empty"
    stage.page.emulate_media(media="print")
    assert stage.page.evaluate(CUT_OFF) == []


@pytest.mark.sampled(1)
@pytest.mark.parametrize("query", READ)
def test_each_number_of_the_pdf_is_one_of_the_engine_and_each_result_is_there(
    stage: Stage, lot: Lot, query: str
) -> None:
    state = handout_from_query(query)
    pages = [page.extract_text() for page in printed(stage, query).pages]
    assert all(page.strip().endswith(f"{place} of {len(pages)}") for place, page in enumerate(pages, 1))
    text = "\n".join(pages)
    assert foreign(text, [*numbers_of(state), 0.5]) == []
    for step in lot.some(state.chosen, 4):
        assert step.event
        for found in np.ravel(trace_of(step).result(step.event)).tolist():
            near = [token for token in _NUMBER.findall(text) if not foreign(token, [found])]
            assert near, f"{found} of step {step.step}, {step.direction}"


def test_a_number_that_no_step_finds_would_be_noticed() -> None:
    assert foreign("0.40 −0.10 ½·0.202", [0.4, 0.1, 0.2]) == []
    assert sorted(foreign("0.41 1.0", [0.4, 0.9])) == ["0.41", "1.0"]


def test_the_browser_makes_a_png_with_twice_as_many_pixels_each_way(stage: Stage) -> None:
    stage.open("/filmstrip")
    with stage.page.expect_download() as started:
        stage.page.locator("#png-4").click()
    assert started.value.suggested_filename == "relu-mse-backward-1.png"
    png = Path(started.value.path()).read_bytes()
    width, height = (int.from_bytes(png[start : start + 4]) for start in (16, 20))
    drawn = stage.page.locator("img").nth(3)
    assert (width, height) == tuple(2 * int(drawn.get_attribute(name) or 0) for name in ("width", "height"))
    stage.page.locator("#told", has_text="relu-mse-backward-1.png is saved.").wait_for()


def test_a_lecture_s_handout_is_as_many_pages_as_it_says_with_nothing_cut_off(stage: Stage) -> None:
    stage.open("/lecture/handout?blanks=1&answers=1&paper=letter")
    says = stage.page.locator(".count strong").inner_text()
    stage.page.emulate_media(media="null")
    reader = PdfReader(io.BytesIO(stage.page.pdf(prefer_css_page_size=True)))
    assert len(reader.pages) == int(says.partition(" ")[0])
    assert all(millimetres(page) == pytest.approx(LETTER, abs=0.6) for page in reader.pages)
    stage.page.emulate_media(media="print")
    assert stage.page.evaluate(CUT_OFF) == []
