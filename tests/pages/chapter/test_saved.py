"""What is saved, which VJP reads it, and what both cost: by hand, by another run, and by their growth."""

from __future__ import annotations

import re
from math import ceil, isqrt

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, OPS, as_arrays, forward
from app.layout.growth import TALL, WIDE, Growth, growth
from app.layout.loglog import Frame
from app.pages.chapter.boards.saved_scale import at_scale
from app.state.sizes import SIZES
from tests.browser.reading import Element, read
from tests.conftest import Lot
from tests.engine.reference_ops import REFERENCE

from .figures import is_figure_of, picture, said

FLOAT32, FLOAT64 = 4, 8


def page_of(client: TestClient, query: str = "") -> Element:
    answer = client.get(f"/chapter/9{query}")
    assert answer.status_code == 200
    return read(answer.text)


def rows(page: Element) -> list[Element]:
    """The ops of the picture, in their order."""
    (body,) = picture(page).all("tbody")
    return body.all("tr")


def test_what_is_saved_by_hand(client: TestClient) -> None:
    linear, relu, loss = rows(page_of(client))
    assert [chip.text for chip in linear.all("span", "chip")] == ["𝑊 3×2 48 B", "𝑥 (1.00, 0.50) 16 B"]
    assert [chip.text for chip in relu.all("span", "chip")] == ["𝑧 (0.40, 0.40, 0.20) 24 B"]
    assert [chip.text.split(" ")[0] for chip in loss.all("span", "chip")] == ["ℎ", "𝑦*"]
    made = [chip.text[0] for chip in picture(page_of(client)).all("span", "is-made")]
    assert made == ["𝑧", "ℎ"], "the activations; the others were given"
    text = said(page_of(client)).text
    assert "Here 136 B are saved, 48 B of them made on the way" in text, "17 numbers, 6 of them z and h"


@pytest.mark.parametrize("name", NETWORKS)
def test_each_op_has_what_it_saves_and_each_vjp_what_it_reads(client: TestClient, name: str) -> None:
    network = NETWORKS[name]
    trace = forward(network.graph, as_arrays(network.defaults))
    total = set()
    for row, node in zip(rows(page_of(client, f"?network={name}")), network.graph.ops, strict=True):
        chips = row.all("span", "chip")
        sizes = [array.size * FLOAT64 for array in trace.saved[node.name].values()]
        assert [int(chip.all("small", "bytes")[0].text.split()[0]) for chip in chips] == sizes
        assert ("nothing" in row.all("td")[0].text) == (not sizes)
        readers = row.all("span", "reader")
        assert len(readers) == sum(use.node is node for use in network.graph.vjps.values())
        for reader, use in zip(readers, (u for u in network.graph.vjps.values() if u.node is node), strict=True):
            reads = reader.all("small")[0].text.removeprefix("reads ")
            assert (reads == "nothing") == (not use.vjp.reads)
            assert len(reads.split(" and ")) == max(1, len(use.vjp.reads))
        bound = dict(zip(node.op.inputs, node.inputs, strict=True)) | {node.op.output: node.name}
        total |= {
            (bound.get(slot, f"{node.name}:{slot}"), array.size) for slot, array in trace.saved[node.name].items()
        }
    expected = FLOAT64 * sum(size for _, size in total)
    assert f"Here {expected} B are saved" in said(page_of(client, f"?network={name}")).text


def test_what_each_op_saves_is_what_its_vjps_read(client: TestClient) -> None:
    cells = [[cell.text for cell in row.all("td")] for row in page_of(client).by_id("more").all("tr")[1:]]
    saves = [saved for _, saved in cells]
    assert saves == ["𝑊, 𝑥", "𝑧", "ℎ, its output", "ℎ, its output", "𝑝, 𝑦*, p = softmax(z)"]
    for name in ("linear", "relu", "sigmoid", "exp", "softmax-cross-entropy"):
        assert set(OPS[name].saved) == {slot for vjp in OPS[name].vjps.values() for slot in vjp.reads}
    assert OPS["sigmoid"].output == OPS["exp"].output == "h"
    z = np.array([-1.0, 0.0, 2.0])
    assert ((np.maximum(z, 0) > 0) == (z > 0)).all(), "a ReLU’s output tells the mask"


def test_backward_is_twice_forward_and_a_step_three_times(client: TestClient, lot: Lot) -> None:
    for name in lot.some(list(NETWORKS), 5):
        m, n = NETWORKS[name].shape("W")
        (table,) = said(page_of(client, f"?network={name}")).all("table", "costs")
        (_, forward_cost, _), backward, step = ([cell.text for cell in row.all("td")] for row in table.all("tr"))
        assert int(forward_cost) == m * n == REFERENCE["linear"].costs(m, n)[0]
        assert backward[1:] == [f"{m * n} + {m * n} = {2 * m * n}", "2 ×"]
        assert step[1:] == [f"{m * n} + {2 * m * n} = {3 * m * n}", "3 ×"]
        assert REFERENCE["linear"].costs(m, n)[1] == 2 * m * n


def figures(page: Element) -> list[str]:
    return re.findall(r"[\d.]+ [kMGTPE]?B", page.text)


def test_activations_grow_with_batch_and_depth_and_outgrow_parameters(client: TestClient, lot: Lot) -> None:
    for _ in range(6):
        n, layers, batch = (lot.choice([2, 64, lot.randint(2, SIZES[name])]) for name in ("n", "layers", "batch"))
        scale = at_scale(n, layers, batch)
        assert is_figure_of(scale.activations, layers * batch * 2 * n * FLOAT32)
        assert is_figure_of(scale.parameters, layers * (n * n + n) * FLOAT32)
        outgrow = int(scale.outgrow.replace(",", ""))
        assert 2 * n * (outgrow - 1) <= n * n + n < 2 * n * outgrow
        page = page_of(client, f"?n={n}&layers={layers}&batch={batch}")
        assert scale.activations.replace("\u00a0", " ") in said(page).text
        assert f"From {scale.outgrow} examples on" in page.by_id("more").text
        assert "open" in page.by_id("more").attributes, "what was chosen there is seen"
    assert "open" not in page_of(client).by_id("more").attributes


def test_activations_are_more_than_parameters_as_it_comes(client: TestClient) -> None:
    activations, parameters, checkpointed = figures(said(page_of(client)).all("p")[-1])
    assert is_figure_of(activations, 32 * 2**14 * 2 * 2**12 * FLOAT32)
    assert is_figure_of(parameters, 32 * (2**24 + 2**12) * FLOAT32)
    k = isqrt(32) + 1
    s = ceil(32 / k)
    assert is_figure_of(checkpointed, ((k - 1) * 2**12 + s * 2 * 2**12) * 2**14 * FLOAT32)


@pytest.mark.parametrize("layers", [2, 3, 9, 32, 100, 1000])
def test_checkpoints_are_about_the_root_and_cost_a_third_more(client: TestClient, layers: int) -> None:
    segments = at_scale(64, layers, 8).segments
    assert segments is not None
    assert segments.count == ceil(layers**0.5)
    assert segments.count * segments.length >= layers
    assert (segments.times, segments.more) == ("4/3", "1/3"), "(1 + 1 + 2) / (1 + 2)"
    text = page_of(client, f"?n=64&layers={layers}&batch=8").by_id("checkpointing").text
    assert f"{segments.count} segments of at most {segments.length}" in text
    assert "at most one more forward pass" in text
    assert "4/3 of forward and backward, so up to 1/3 more" in text


def test_one_layer_has_nothing_to_trade(client: TestClient) -> None:
    page = page_of(client, "?layers=1&n=1&batch=1")
    assert "nothing to trade" in page.by_id("checkpointing").text
    assert "Gradient checkpointing" not in said(page).text
    assert "With 1 example, the activations of 1 layer of 1 unit take" in said(page).text


@pytest.mark.parametrize("frame", [WIDE, TALL], ids=lambda frame: frame.name)
def test_lines_grow_from_0_on_linear_axes(frame: Frame) -> None:
    counts = range(11)
    rising = Growth("a", "a", tuple((count, 7 * count) for count in counts))
    rooted = Growth("b", "b", tuple((count, ceil(9 * count**0.5)) for count in counts))
    chart = growth(frame, (rising, rooted), 4, str, (60, "known"))
    unit = (chart.bottom - chart.top) / 70
    for line, of in zip(chart.lines, (rising, rooted), strict=True):
        assert line.points[0] == (chart.left, chart.bottom)
        assert [chart.bottom - y for _, y in line.points] == pytest.approx([unit * y for _, y in of.points])
        assert line.mark == line.points[4]
    assert [float(tick.label) * unit for tick in chart.y_ticks] == pytest.approx(
        [chart.bottom - tick.at for tick in chart.y_ticks]
    )
    assert 3 <= len(chart.y_ticks) <= 8
    assert chart.level is not None
    assert chart.bottom - chart.level.at == pytest.approx(60 * unit)
    assert growth(frame, (rising,), 4, str, (71, "above")).level is None
    assert growth(frame, (rising,), 4, str, (1, "on the axis")).level is None


def test_its_step_lists_the_same_and_its_link_opens_the_rest(client: TestClient) -> None:
    page = page_of(client, "?network=two-layer")
    there = read(client.get(page.by_id("step")["href"]).text)
    assert "saves 192 bytes" in there.by_id("card").text
    assert "Here 192 B are saved" in said(page).text
    assert said(page).having("href", "#checkpointing")
    assert "√L instead of L" in page.by_id("checkpointing").text


def test_what_checkpointing_saves_is_redone_from_what_is_shown(client: TestClient) -> None:
    text = page_of(client).by_id("checkpointing").text
    found = re.search(r"At most, (\d+) inputs of ([\d,]+) numbers and (\d+) layers of ([\d,]+) are saved", text)
    assert found
    inputs, width, layers, each = (int(one.replace(",", "")) for one in found.groups())
    examples, size = 16384, 4
    assert f": {(inputs * width + layers * each) * examples * size / 1e9:.1f} GB instead of" in text
