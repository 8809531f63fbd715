"""What the forward pass keeps for the backward pass: each array once, and which VJP reads it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.engine import Graph
from app.snapshot import run
from app.snapshot.saved_memory import SavedMemory, saved_memory
from app.state import ViewState
from tests.engine.random_networks import drawn_states, state_with, twice

from .states import OWN, using_twice


def stored_once(state: ViewState) -> int:
    """The bytes of every array that the forward pass keeps, told apart by what they are and not by name."""
    saved = run(state).saved
    return sum({id(array): array.nbytes for stored in saved.values() for array in stored.values()}.values())


def test_the_forward_pass_keeps_w_and_x_then_z_then_h_and_the_target() -> None:
    found = saved_memory(run(OWN))
    assert [(item.node, item.op, item.names, item.nodes, item.bytes) for item in found.items] == [
        ("z", "linear", ["W", "x"], ["W", "x"], 64),
        ("h", "relu", ["z"], ["z"], 24),
        ("L", "mse", ["h", "y*"], ["h", "y"], 48),
    ]
    assert [[(reading.vjp, reading.wrt, reading.names) for reading in item.read_by] for item in found.items] == [
        [("∂L/∂W", "W", ["x"]), ("∂L/∂x", "x", ["W"]), ("∂L/∂b", "b", [])],
        [("∂L/∂z", "z", ["z"])],
        [("∂L/∂h", "h", ["h", "y*"])],
    ]
    assert found.total == 64 + 24 + 48 == stored_once(OWN)
    assert found.made == 24 + 24, "z and h; all else was given"


def test_a_value_that_is_kept_by_several_is_stored_once() -> None:
    state = using_twice()[2]
    found: SavedMemory = saved_memory(run(state))
    # x, 2 numbers, is kept with each of three matrices of 6; then the prediction and the target, 3 each
    assert [item.bytes for item in found.items] == [64, 64, 64, 48]
    assert found.total == 8 * (2 + 3 * 6 + 3 + 3) == stored_once(state)


def test_what_is_kept_does_not_depend_on_the_step() -> None:
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
    assert [(reading.vjp, reading.names) for reading in saved_memory(run(state)).items[0].read_by] == [("∂L/∂W", ["t"])]
