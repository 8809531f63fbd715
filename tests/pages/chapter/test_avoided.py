"""Why no Jacobian is built: each figure by hand, what it is a figure of, and sizes that the reader chooses."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, as_arrays, backward, forward
from app.layout.byte_bars import TALL, WIDE, BarFrame, Quantity, byte_bars
from app.pages.chapter.boards.avoided import BOARD
from app.pages.chapter.question import board_from_query
from app.pages.contents import boards_of
from app.state.sizes import SIZES
from tests.browser.reading import Element, read
from tests.conftest import Lot

from .figures import is_figure_of, picture, said
from .test_boards import BROKEN

FLOAT32 = np.dtype("float32").itemsize


def page_of(client: TestClient, query: str = "") -> Element:
    answer = client.get(f"/chapter/4{query}")
    assert answer.status_code == 200
    return read(answer.text)


def figures(page: Element) -> list[tuple[str, str, str]]:
    """The bars from top to bottom: name, what it is a figure of, figure."""
    wide = picture(page).all("svg", "wide")[0]
    found = [[text.text for text in bar.all("text")] for bar in wide.all("g", "bar")]
    return [("".join(name.split()), says, figure) for name, says, figure in found]


def test_the_figures_by_hand(client: TestClient) -> None:
    n = m = 2**12
    layers, batch = 2**5, 2**10
    shown = [figure for _, _, figure in figures(page_of(client))]
    expected = [m * n + m, n + m, m * m, m * n, m * n * layers, m * n * layers * batch, m * m * n]
    assert len(shown) == len(expected)
    for text, count in zip(shown, expected, strict=True):
        assert is_figure_of(text, count * FLOAT32), text
    assert [is_figure_of(text, 10**9) for text in ("1.0 GB", "1.1 GB", "999 MB")] == [True, False, False]


def test_each_figure_says_what_it_is_a_figure_of(client: TestClient) -> None:
    upright = {0x1D467: "z", 0x1D465: "x", 0x1D44A: "W"}
    labels = [(name.translate(upright), says) for name, says, _ in figures(page_of(client))]
    assert labels[3:] == [
        ("∂z/∂x", "of one layer: W itself"),
        ("∂z/∂x", "of 32 layers"),
        ("∂z/∂x", "32 layers, 1024 examples"),
        ("∂z/∂W", "one layer, one example"),
    ]
    assert "laptop, 16" in picture(page_of(client)).all("text", "level-name")[0].text


def test_both_are_said_of_the_textbooks_figure(client: TestClient) -> None:
    text = said(page_of(client)).text
    assert "assumes a fresh copy per layer and example" in text
    assert "W itself: the same for all examples, and in memory once already" in text
    assert "multiplied by v once and thrown away" in text


def test_the_one_that_could_not_be_built(client: TestClient) -> None:
    text = said(page_of(client)).text
    product = re.search(r"([\d,]+) × ([\d,]+) = ([\d,]+) entries", text)
    assert product
    rows, columns, entries = (int(found.replace(",", "")) for found in product.groups())
    assert (rows, columns, entries) == (4096, 4096**2, 4096**3)
    assert rows * columns == entries
    one_in = int(re.search(r"At most 1 in ([\d,]+) of them is not 0", text)[1].replace(",", ""))  # type: ignore[index]
    assert entries // one_in == columns, "row i holds x at the places of row i of W"
    laptops = int(re.search(r"fill ([\d,]+) laptops", text)[1])  # type: ignore[index]
    assert (laptops - 1) * 16e9 < entries * FLOAT32 <= laptops * 16e9


def test_what_can_be_other_than_0_is_filled(client: TestClient) -> None:
    n = m = 2**12
    wide = picture(page_of(client)).all("svg", "wide")[0]
    bars = [[float(bar.all("rect", part)[0]["width"]) for part in ("whole", "filled")] for bar in wide.all("g", "bar")]
    scale = bars[0][0] / np.log10((m * n + m) * FLOAT32 / 1000)
    assert [whole == filled for whole, filled in bars] == [True, True, False, True, True, True, False]
    for (_, filled), count in zip((bars[2], bars[6]), (m, m * n), strict=True):
        assert filled == pytest.approx(np.log10(count * FLOAT32 / 1000) * scale, abs=0.2), "from 1 kB on"


def test_the_table_counts_the_entries_of_each_and_those_that_are_not_0(client: TestClient) -> None:
    n = m = 2**12
    layers, batch = 2**5, 2**10
    expected = {
        "∂𝑧/∂𝑊": (m * m * n, m * n, m * n),
        "∂𝑧/∂𝑥": (m * n, m * n, m * n),
        "∂𝑧/∂𝑏": (m * m, m, 0),
        "∂ℎ/∂𝑧": (m * m, m, m),
    }
    table = page_of(client).by_id("more").all("tbody")[0]
    assert [row.all("th")[0].text.split(",")[0] for row in table.all("tr")] == list(expected)
    for row, (entries, nonzero, vjp) in zip(table.all("tr"), expected.values(), strict=True):
        _, shown, other_than_0, *counted, product, closed = (cell.text for cell in row.all("td"))
        assert [int(text.replace(",", "")) for text in (shown, other_than_0)] == [entries, nonzero]
        for text, copies in zip(counted, (1, layers, layers * batch), strict=True):
            assert is_figure_of(text, entries * copies * FLOAT32)
        assert is_figure_of(product, entries)
        assert is_figure_of(closed, vjp)
    assert "assumes a fresh copy per layer and example" in page_of(client).by_id("more").text


@pytest.mark.parametrize("name", NETWORKS)
def test_your_own_is_counted_and_drawn(client: TestClient, name: str) -> None:
    network = NETWORKS[name]
    trace = backward(forward(network.graph, as_arrays(network.defaults)))
    x, z = trace.values["x"], trace.values["z"]
    built = np.zeros((z.size, z.size * x.size))
    for row in range(z.size):
        built[row, row * x.size : (row + 1) * x.size] = x
    page = page_of(client, f"?network={name}")
    assert f"has {built.size} entries; {(built == 0).sum()} of them are 0" in said(page).text
    drawn = [float(cell.text.replace("−", "-")) for cell in page.by_id("more").all("mtd")]
    assert np.array(drawn).reshape(built.shape) == pytest.approx(built, abs=0.005)


def test_an_input_of_zeros_leaves_none(client: TestClient) -> None:
    assert "has 18 entries; all of them are 0" in said(page_of(client, "?x=0,0")).text


def test_sizes_can_be_chosen(client: TestClient, lot: Lot) -> None:
    drawn = [[lot.choice([1, 2, 1000, most, lot.randint(1, most)]) for most in SIZES.values()] for _ in range(8)]
    for n, m, layers, batch in ([1, 1, 1, 1], [3, 5, 1, 7], [5, 3, 7, 1], *drawn):
        page = page_of(client, f"?n={n}&m={m}&layers={layers}&batch={batch}")
        shown = figures(page)
        assert is_figure_of(shown[0][2], (m * n + m) * FLOAT32)
        assert is_figure_of(shown[1][2], (n + m) * FLOAT32)
        assert is_figure_of(shown[-1][2], m * m * n * FLOAT32)
        assert len(shown) == 5 + (layers > 1) + (batch > 1), "a figure that would stand twice stands once"
        text = said(page).text
        assert ("laptops" in text) == (m * m * n * FLOAT32 > 16e9)
        assert ("At most 1 in" in text) == (m > 1)
        assert ("fresh copy" in text) == (layers > 1 or batch > 1)
        assert not BROKEN.search(said(page).text + picture(page).text + page.by_id("more").text)


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (4096, 4096, 32, 1024), (65536, 65536, 1000, 65536), (124, 1, 1, 1)])
@pytest.mark.parametrize("frame", [WIDE, TALL], ids=lambda frame: frame.name)
def test_bars_are_as_long_as_their_logarithm(sizes: tuple[int, int, int, int], frame: BarFrame) -> None:
    n, m, layers, batch = sizes
    counts = [n + m, n * m, n * m * layers * batch, m * m * n]
    rows = [Quantity("needed", "", "", 8 * count, 8 * (count // 7 or count)) for count in counts]
    chart = byte_bars(frame, rows, 16 * 10**9, "", str)
    (first, low), (second, high) = ((tick.at, float(tick.label)) for tick in chart.ticks[:2])
    scale = (second - first) / np.log10(high / low)
    for bar in chart.bars:
        assert 0 < bar.filled <= bar.length
        assert bar.length / scale == pytest.approx(np.log10(bar.of.bytes / low))
        assert bar.length <= chart.ticks[-1].at - chart.start + scale * 3
    assert chart.start < chart.level.at <= chart.frame.width - chart.frame.right
    tops = [bar.y for bar in chart.bars]
    assert all(below - above >= frame.thick + 20 for above, below in pairwise(tops))


def test_the_shortest_bar_can_be_seen_where_it_is_as_long_as_a_tick() -> None:
    for count in (10**3, 10**6):
        (bar,) = byte_bars(WIDE, [Quantity("needed", "", "", count, count)], 16 * 10**9, "", str).bars
        assert bar.filled > 0


@pytest.mark.parametrize(
    ("typed", "field"), [("n=0", "n"), ("m=many", "m"), ("layers=1001", "layers"), ("batch=1.5", "batch")]
)
def test_what_is_no_size_is_told_beside_its_field(client: TestClient, typed: str, field: str) -> None:
    answer = client.get(f"/chapter/4?{typed}&from=")
    assert answer.status_code == 422
    page = read(answer.text)
    most = SIZES[field]
    assert page.by_id(f"wrong-{field}").text == f"{field} must be a whole number from 1 to {most}"
    entered = page.by_id(f"field-{field}")
    assert entered["value"] == typed.partition("=")[2]
    assert entered["aria-describedby"] == f"wrong-{field}"
    assert is_figure_of(figures(page)[-1][2], 4096**3 * FLOAT32), "the last good picture stands"


def test_the_form_sends_what_the_board_was_asked(client: TestClient) -> None:
    page = page_of(client, "?network=shared&x=2,1&n=8")
    sent = {one["name"]: one["value"] for one in page.by_id("sizes").all("input")}
    assert sent.pop("from") == "network=shared&x=2,1&n=8"
    assert sent == {"network": "shared", "x": "2,1", "n": "8", "m": "4096", "layers": "32", "batch": "1024"}
    here = client.get("/chapter/4", params=sent)
    assert read(here.text).by_id("step")["href"] == page.by_id("step")["href"]


def test_sizes_worth_looking_at(client: TestClient) -> None:
    page = page_of(client, "?network=two-layer")
    ordinary, own = page.by_id("size-1"), page.by_id("size-2")
    assert ordinary.attributes.get("aria-current") == "true"
    there = read(client.get(own["href"]).text)
    assert there.by_id("size-2").attributes.get("aria-current") == "true"
    assert [there.by_id(f"field-{name}")["value"] for name in SIZES] == ["2", "3", "1", "1"]
    assert "3 × 6 = 18 entries" in said(there).text


def test_its_step_shows_that_jacobian_and_leads_back(client: TestClient) -> None:
    for name in NETWORKS:
        state = board_from_query(BOARD, f"network={name}")
        step = BOARD.step(state)
        assert BOARD.title in boards_of(step)
        assert step.show == "jacobian"
        assert step == step.at_gradient_of("W")
        card = read(client.get(step.address()).text).by_id("card").text
        assert "∂z/∂W" in card


def test_every_link_answers(client: TestClient) -> None:
    for link in page_of(client, "?x=2,1").by_id("board").all("a"):
        if link["href"].startswith("/"):
            assert client.get(link["href"]).status_code == 200, link["href"]
