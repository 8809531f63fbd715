"""Where it goes on: the tape in its order, what waits for what, and the memory meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, Array, as_arrays, backward, forward
from app.layout.loglog import Frame
from app.layout.steps import TALL, WIDE, steps
from app.pages.contents import boards_of
from app.snapshot.tape import tape
from app.state import ViewState
from tests.browser.reading import Element, read

from .figures import picture, said

each_network = pytest.mark.parametrize("name", NETWORKS)


def page_of(client: TestClient, query: str = "") -> Element:
    answer = client.get(f"/chapter/next{query}")
    assert answer.status_code == 200
    return read(answer.text)


def stairs(page: Element) -> list[tuple[str, str]]:
    """What is in memory after each op, forward and backward: figure and op."""
    wide = picture(page).all("svg", "wide")[0]
    pairs = [[text.text for text in group.all("text")] for group in wide.all("g")]
    return [(figure, name) for figure, name in pairs]


def test_the_tape_and_its_memory_by_hand(client: TestClient) -> None:
    page = page_of(client)
    written, played = picture(page).all("table")
    saves = [row.all("td")[-1].text for row in written.all("tr")]
    assert saves == ["saves 𝑊, 𝑥", "saves 𝑧", "saves nothing", "saves 𝑟, 𝑦*"]
    order = [row.all("td")[0].text for row in played.all("tr")]
    assert order == ["4", "3", "2", "1"]
    # z from the ReLU on, r from the loss on: two numbers of 8 bytes each
    expected = ["0 B", "16 B", "16 B", "32 B", "16 B", "16 B", "0 B", "0 B"]
    assert stairs(page) == list(zip(expected, "𝑧ℎ𝑟𝐿𝐿𝑟ℎ𝑧", strict=True))
    assert "rises to 32 B, and falls" in said(page).text


def test_a_contribution_waits_for_the_others(client: TestClient) -> None:
    found = [one.text for one in picture(page_of(client)).all("span", "found")]
    assert [text for text in found if "via" in text] == ["∂L/∂xvia r waits for 𝑧", "∂L/∂xvia z complete: add"]
    assert "x waits for 𝑧 and 𝑟" in said(page_of(client)).text


@each_network
def test_the_tape_is_a_topological_order_and_its_reverse_waits_for_all(name: str) -> None:
    graph = NETWORKS[name].graph
    trace = forward(graph, as_arrays(NETWORKS[name].defaults))
    entries = tape(trace)
    place = {node.symbol: at for at, node in enumerate(graph.ops)}
    assert [entry.symbol for entry in entries] == list(place)
    for node in graph.ops:
        for source in node.inputs:
            assert place.get(graph.by_name[source].symbol, -1) < place[node.symbol]
    back = [found for entry in reversed(entries) for found in entry.found]
    assert [found.left.text for found in back] == [
        f"∂L/∂{graph.by_name[use.wrt].symbol}" + (f" via {use.node.symbol}" if use.partial else "")
        for use in graph.vjps.values()
    ]
    last = {found.symbol: at for at, found in enumerate(back)}
    for at, found in enumerate(back):
        assert (not found.waits_for) == (at == last[found.symbol])
    for entry in entries:  # all that comes back to an op's output has come before its own VJPs run
        first = next((at for at, one in enumerate(back) if one in entry.found), len(back))
        assert last.get(entry.symbol, -1) < first


@each_network
def test_memory_rises_with_what_is_saved_and_falls_to_nothing(name: str) -> None:
    graph = NETWORKS[name].graph
    trace = forward(graph, as_arrays(NETWORKS[name].defaults))
    given = {leaf.name for leaf in graph.leaves}
    held: dict[str, int] = {}
    levels = [0]
    for node in graph.ops:
        bound = dict(zip(node.op.inputs, node.inputs, strict=True)) | {node.op.output: node.name}
        for slot, array in trace.saved[node.name].items():
            name = bound.get(slot, f"{node.name}:{slot}")
            held |= {} if name in given else {name: array.nbytes}
        levels.append(sum(held.values()))
    entries = tape(trace)
    assert [entry.held for entry in entries] == levels[1:]
    assert [entry.left for entry in reversed(entries)] == levels[-2::-1]
    assert max(levels) == levels[-1], "the peak is where the passes meet"


@dataclass
class _Op:
    output: str
    vjps: list[tuple[str, Callable[..., Array]]]
    saved: dict[str, Array] = field(default_factory=dict)


@each_network
def test_the_code_lines_run_and_give_the_gradients(client: TestClient, name: str) -> None:
    """As they stand on the page, on a tape made of the network's own ops."""
    (code,) = page_of(client).by_id("more").all("pre")
    lines = "".join(code._texts())
    graph, values = NETWORKS[name].graph, as_arrays(NETWORKS[name].defaults)
    trace = backward(forward(graph, values))
    recorded = [
        _Op(
            node.name,
            [(use.wrt, use.vjp.rule) for use in graph.vjps.values() if use.node is node],
            dict(trace.saved[node.name]),
        )
        for node in graph.ops
    ]
    scope: dict[str, object] = {"values": trace.values, "tape": recorded}
    found: dict[str, dict[str, Array]] = {}
    exec(lines.replace('grad["L"] = 1 ', 'grad["L"] = one '), scope | {"one": np.array(1.0)}, found)  # noqa: S102
    for node, grad in trace.grads.items():
        assert found["grad"][node] == pytest.approx(grad), node
    assert not any(hasattr(op, "saved") for op in recorded)


@pytest.mark.parametrize("frame", [WIDE, TALL], ids=lambda frame: frame.name)
def test_stairs_stand_side_by_side_and_as_high_as_their_quantity(frame: Frame) -> None:
    chart = steps(frame, [("a", 0), ("b", 30)], [("b", 10), ("a", 0)], str)
    every = [*chart.forward, *chart.backward]
    assert [one.at for one in every] == sorted(one.at for one in every)
    assert [chart.bottom - one.y for one in every] == pytest.approx(
        [(chart.bottom - chart.top) * share for share in (0, 1, 1 / 3, 0)]
    )
    assert chart.risen[-1] == chart.fallen[0], "one curve"
    assert chart.risen[-1][0] == chart.turn
    assert (chart.risen[0][0], chart.fallen[-1][0]) == (chart.left, chart.right)
    nothing = steps(frame, [("a", 0)], [("a", 0)], str)
    assert {one.y for one in (*nothing.forward, *nothing.backward)} == {nothing.bottom}


def test_its_links_lead_to_checkpointing_and_to_costs(client: TestClient) -> None:
    page = page_of(client, "?network=softmax-ce&x=2,1")
    saved, cost = [link["href"] for link in said(page).all("a")]
    assert re.match(r"/chapter/9\?.*x=2,1", saved)
    assert "√L instead of L" in read(client.get(saved).text).by_id("checkpointing").text
    assert cost == "/cost?network=softmax-ce&x=2,1"
    assert "trades memory for work" in read(client.get(cost).text).by_id("checkpointing").text


def test_the_seed_leads_to_it() -> None:
    view = ViewState(NETWORKS["relu-mse"], "backward", NETWORKS["relu-mse"].defaults, 1)
    assert [board.name for board in boards_of(view)] == ["vjp", "onward"]
