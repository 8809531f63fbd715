"""What the forward pass saves for the backward pass: each array once, and which VJP reads it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.engine import Graph
from app.snapshot import run, snapshot_dict
from app.snapshot.saved_memory import SavedMemory, saved_memory
from app.state import ViewState, from_query
from tests.engine.random_chains import WITH_CHAINS
from tests.engine.random_networks import drawn_states, state_with, twice

from .states import OWN, using_twice


def stored_once(state: ViewState) -> int:
    """The bytes of every array that the forward pass saves, told apart by what they are and not by name."""
    saved = run(state).saved
    return sum({id(array): array.nbytes for stored in saved.values() for array in stored.values()}.values())


def test_the_forward_pass_saves_w_and_x_then_z_then_h_and_the_target() -> None:
    found = saved_memory(run(OWN))
    assert [(item.node, item.op, item.names, item.nodes, item.bytes) for item in found.items] == [
        ("z", "linear", ["W", "x"], ["W", "x"], 64),
        ("h", "relu", ["z"], ["z"], 24),
        ("L", "mse", ["h", "y*"], ["h", "y"], 48),
    ]
    assert [[(reading.vjp, reading.wrt, reading.names) for reading in item.read_by] for item in found.items] == [
        [("∂L/∂W = v xᵀ", "W", ["x"]), ("∂L/∂x = Wᵀ v", "x", ["W"]), ("∂L/∂b = v", "b", [])],
        [("∂L/∂z = v ⊙ 𝟙[z > 0]", "z", ["z"])],
        [("∂L/∂h = v (h − y*)", "h", ["h", "y*"])],
    ]
    assert found.total == 64 + 24 + 48 == stored_once(OWN)
    assert found.made == 24 + 24, "z and h; all else was given"


def test_a_value_that_is_saved_by_several_is_stored_once() -> None:
    state = using_twice()[2]
    found: SavedMemory = saved_memory(run(state))
    # x, 2 numbers, is saved with each of three matrices of 6; then the prediction and the target, 3 each
    assert [item.bytes for item in found.items] == [64, 64, 64, 48]
    assert found.total == 8 * (2 + 3 * 6 + 3 + 3) == stored_once(state)


@pytest.mark.parametrize(
    ("network", "symbol", "rows", "total"),
    [("softmax-mse", "p", [64, 24, 48], 112), ("sigmoid-then-bce", "p", [64, 24, 48], 112)],
)
def test_what_is_saved_by_two_rows_is_told_with_its_vjps(
    network: str, symbol: str, rows: list[int], total: int
) -> None:
    found = saved_memory(run(from_query(f"network={network}", "backward", strict=True)))
    assert ([item.bytes for item in found.items], found.total) == (rows, total)
    assert [(one.symbol, one.rows, one.vjps, one.bytes) for one in found.shared] == [(symbol, 2, 2, 24)]


def test_the_rows_add_up_to_the_total_but_for_what_stands_in_several() -> None:
    states = [ViewState(network, "backward", network.defaults) for network in WITH_CHAINS.values()]
    for state in (*states, *using_twice()):
        found = saved_memory(run(state))
        again = sum(one.bytes * (one.rows - 1) for one in found.shared)
        assert sum(item.bytes for item in found.items) == found.total + again
        for one in found.shared:
            readers = [read for item in found.items for read in item.read_by if one.symbol in read.names]
            assert one.vjps == len(readers)


@pytest.mark.parametrize(
    ("network", "made", "loss_saves", "read"),
    [
        ("softmax-ce", "p = softmax(z)", ("L", 48), "∂L/∂z = v (p − y*)"),
        ("sigmoid-bce", "p = σ(z)", ("L", 48), "∂L/∂z = v (σ(z) − y*)"),
        ("exp-poisson", "p = exp(z)", ("L", 48), "∂L/∂z = v (exp(z) − y*)"),
        ("two-layer", "p = softmax(s)", ("L", 32), "∂L/∂s = v (p − y*)"),
    ],
)
def test_a_loss_that_makes_its_prediction_saves_it_beside_the_target_and_its_vjp_reads_both(
    network: str, made: str, loss_saves: tuple[str, int], read: str
) -> None:
    state = from_query(f"network={network}", "backward", strict=True)
    found = saved_memory(run(state))
    item = found.items[-1]
    assert (item.node, item.bytes) == loss_saves
    assert (item.names, item.nodes) == ([made, "y*"], [None, "y"])
    assert [(reading.vjp, reading.names) for reading in item.read_by] == [(read, ["p", "y*"])]
    assert found.total == stored_once(state)


def test_what_is_saved_in_json_is_what_is_counted_and_what_is_read_is_saved() -> None:
    for network in WITH_CHAINS.values():
        state = ViewState(network, "backward", network.defaults)
        trace, found = run(state), saved_memory(run(state))
        told = [view for view in snapshot_dict(state, trace)["nodes"] if view["op"]]
        for view, item in zip(told, found.items, strict=True):
            symbols = {node.symbol: node.name for node in trace.graph.nodes}
            said = [name.partition(" = ")[0] for name in item.names]
            assert [symbols.get(symbol, symbol) for symbol in said] == view["saved"]
            assert item.bytes == 8 * sum(array.size for array in trace.saved[view["name"]].values())
            read = {name for reading in item.read_by for name in reading.names}
            assert read == {name.partition(" = ")[0] for name in item.names}, "what is saved is read, and only that"


def test_what_is_saved_does_not_depend_on_the_step() -> None:
    for state in (*drawn_states()[:20], *using_twice()):
        assert saved_memory(run(state)).total == stored_once(state)
        assert (
            saved_memory(run(state.go("forward", 0)))
            == saved_memory(run(state.go("backward", 2)))
            == saved_memory(run(state))
        )


def test_a_target_that_an_op_has_a_rule_for_is_read_by_no_gradient() -> None:
    graph = twice()
    shown = replace(graph.by_name["t"], role="target")
    state = state_with(
        {"t": np.ones(2), "W": np.ones((2, 2)), "y": np.zeros(2)},
        graph=Graph([shown, *graph.nodes[1:]]),
    )
    assert [(reading.vjp, reading.names) for reading in saved_memory(run(state)).items[0].read_by] == [
        ("∂L/∂W = v tᵀ", ["t"])
    ]
