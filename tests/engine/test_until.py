"""What a trace holds, and what of it there was until a step."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from app.engine import NETWORKS, as_arrays, backward, forward, relu_mse
from app.engine.graph import Direction

from .random_networks import residual

OWN = as_arrays(NETWORKS["relu-mse"].defaults)


def test_a_gradient_is_never_one_contribution_of_several() -> None:
    ones = {"x": np.ones(1), "W": np.ones((1, 1)), "b": np.ones(1), "V": np.ones((1, 1)), "y": np.zeros(1)}
    trace = backward(forward(residual(), ones))
    assert set(trace.contributions) == set(trace.graph.vjps)
    assert set(trace.grads) == trace.graph.requires_grad
    assert {edge for edge, use in trace.graph.vjps.items() if use.partial} == {("r", "b"), ("h", "z")}
    for edge, use in trace.graph.vjps.items():
        assert (trace.grads[use.wrt] is trace.contributions[edge]) is not use.partial, edge


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_until_a_step_holds_what_its_events_found_and_nothing_else(direction: Direction) -> None:
    values = {"x": [1.0], "W": [[2.0], [-3.0]], "b": [0.0, 0.0], "V": [[1.0, 5.0], [4.0, 7.0]], "y": [3.0, 3.0]}
    whole = backward(forward(residual(), {name: np.asarray(array) for name, array in values.items()}))
    timelines = whole.graph.timelines
    for step in range(len(timelines[direction]) + 1):
        trace = whole.until(direction, step)
        done = timelines[direction][:step]
        assert trace.events == (done if direction == "forward" else timelines["forward"] + done)
        run = {event.node for event in trace.events if event.kind == "forward"}
        assert set(trace.values) == {leaf.name for leaf in trace.graph.leaves} | run
        assert set(trace.saved) == run
        found = {(event.node, event.slot) for event in trace.events if event.kind == "vjp"}
        assert set(trace.contributions) == found
        # z has its gradient at step 7, where its two contributions are added, and not when the first comes, at 5
        assert ("z" in trace.grads) == (direction == "backward" and step >= 7)
        assert set(trace.grads) - {"z"} == {event.target for event in trace.events if event.kind in ("seed", "vjp")} - {
            "z"
        }
        for event, value in trace.steps:
            assert value is whole.result(event), "cut off, not computed again"


def test_until_the_end_is_the_trace_itself() -> None:
    run = forward(relu_mse(), OWN)
    assert run.until("forward", 3) is run.until("backward", 0) is run
    trace = backward(run)
    assert trace.until("backward", 6) is trace
    assert trace.until("backward", 0).events == run.events


def test_a_second_backward_pass_starts_anew() -> None:
    once = backward(forward(relu_mse(), OWN))
    again = backward(once)
    assert again.events == once.events
    assert all(np.array_equal(again.grads[name], grad) for name, grad in once.grads.items())


def test_a_trace_cannot_be_changed() -> None:
    trace = forward(relu_mse(), OWN)
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace.grads = {}  # type: ignore[misc]
    assert not hasattr(trace, "__dict__")
