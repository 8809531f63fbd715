"""Steps of gradient descent: by hand, by their order in lr, and why a run of them ends."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
import pytest

from app.engine import DEFAULT, NETWORKS, Network, Trace, as_arrays, backward, forward
from app.engine.by_name import chain
from app.engine.descent import GROWN, descend, moved_by, parameters, scaled, stepped
from tests.conftest import Lot

SMOOTH = chain("2-2.sigmoid-2.sigmoid_mse")
MAZUR = {
    "x": [0.05, 0.1],
    "W1": [[0.15, 0.2], [0.25, 0.3]],
    "b1": [0.35, 0.35],
    "W2": [[0.4, 0.45], [0.5, 0.55]],
    "b2": [0.6, 0.6],
    "y": [0.01, 0.99],
}


@pytest.fixture(autouse=True)
def _no_warnings() -> None:
    """Whatever overflows does so without a word."""
    warnings.simplefilter("error")


def passes(network: Network, values: Mapping[str, object] | None = None) -> Trace:
    found = as_arrays(network.defaults) | {name: np.array(one, dtype=float) for name, one in (values or {}).items()}
    return backward(forward(network.graph, found))


def test_one_step_by_hand() -> None:
    """relu-mse: W − 0.5 · ∂L/∂W, b − 0.5 · ∂L/∂b, and the loss at z = (0.175, 0.4625, 0.1375) + b's step."""
    trace = passes(DEFAULT)
    run = descend(trace, ("W", "b"), 0.5, 1)
    assert np.allclose(run.end.values["W"], [[0.4, -0.25], [0.35, 0.425], [-0.15, 0.575]], atol=1e-15)
    assert np.allclose(run.end.values["b"], [-0.1, -0.05, -0.05], atol=1e-15)
    assert run.end.values["x"] is trace.values["x"]
    assert run.end.values["y"] is trace.values["y"]
    assert run.squares == pytest.approx([0.06 + 0.06 / 4 + 0.06])
    assert run.predicted == pytest.approx([-0.5 * 0.135])
    z = np.array([0.275 - 0.1, 0.5625 - 0.05, 0.1375 - 0.05])
    assert run.losses == pytest.approx([0.03, 0.5 * ((z - [0.2, 0.5, 0.1]) ** 2).sum()])
    assert (run.stopped, run.overflow, run.taken) == (None, None, 1)
    assert run.previous is trace


@pytest.mark.parametrize(
    ("hold", "after"), [(("b1", "b2"), 0.29102777369359933), ((), 0.28047144679143016)], ids=["held", "moving"]
)
def test_the_textbooks_2_2_2_by_pytorch(hold: tuple[str, ...], after: float) -> None:
    run = descend(passes(SMOOTH, dict(MAZUR)), moved_by(SMOOTH.graph, hold), 0.5, 1)
    assert run.losses[0] == pytest.approx(0.298371109, abs=5e-10)
    assert run.losses[1] == pytest.approx(after, abs=1e-12)
    assert all(np.array_equal(run.end.values[name], np.array(MAZUR[name])) for name in hold)


def test_all_parameters_move_at_once_from_the_old_values() -> None:
    """A second layer's gradient does not see the first layer's new values."""
    trace = passes(SMOOTH)
    run = descend(trace, parameters(SMOOTH.graph), 2.0, 1)
    for name in parameters(SMOOTH.graph):
        expected = trace.values[name] - 2.0 * trace.grads[name]
        assert np.array_equal(run.end.values[name], expected), name


def test_each_step_begins_where_the_one_before_it_ended() -> None:
    whole = descend(passes(SMOOTH), parameters(SMOOTH.graph), 0.7, 7, with_trail=True)
    trace = passes(SMOOTH)
    for step in range(7):
        assert float(trace.loss) == whole.losses[step]
        assert all(np.array_equal(trace.values[name], whole.trail[step][name]) for name in whole.trail[step])
        trace = backward(forward(SMOOTH.graph, stepped(trace, parameters(SMOOTH.graph), 0.7)))
    assert len(whole.trail) == 8
    assert np.array_equal(trace.values["W1"], whole.end.values["W1"])
    assert descend(passes(SMOOTH), parameters(SMOOTH.graph), 0.7, 7).losses == whole.losses, "the same again"


def test_what_was_predicted_is_off_by_the_order_of_lr_squared(lot: Lot) -> None:
    """Half the step leaves a quarter of the difference: of every smooth network, and all its parameters or some."""
    smooth = [
        *(chain(f"2-3.{act}-2_{loss}") for act in ("sigmoid", "tanh", "gelu") for loss in ("mse", "ce", "sse")),
        *(NETWORKS[name] for name in ("sigmoid-bce", "exp-poisson", "softmax-mse") if name in NETWORKS),
    ]
    for network in lot.some(smooth, 4):
        trace, names = passes(network), parameters(network.graph)
        for moved in (names, names[:1]):
            off = []
            for lr in (4e-4, 2e-4, 1e-4):
                run = descend(trace, moved, lr, 1)
                off.append(run.losses[1] - run.losses[0] - run.predicted[0])
            assert off[1] / off[0] == pytest.approx(0.25, rel=0.03), network.name
            assert off[2] / off[1] == pytest.approx(0.25, rel=0.03), network.name


def test_a_run_that_diverges_ends_while_all_numbers_are_finite() -> None:
    """identity-mse with lr far above 2 / (‖x‖² + 1): each step multiplies what is off by 1 − lr (‖x‖² + 1)."""
    network = NETWORKS["identity-mse"]
    run = descend(passes(network), parameters(network.graph), 1000.0, 1000)
    assert run.stopped == "diverged"
    assert run.taken < 5
    assert run.losses[-1] > GROWN > run.losses[-2]
    assert run.end.overflow is None
    factor = 1 - 1000.0 * (float(np.square(run.start.values["x"]).sum()) + 1)
    assert run.losses[1] / run.losses[0] == pytest.approx(factor**2)


def test_a_loss_without_a_bound_below_is_told_from_one_that_diverges() -> None:
    """Its layer is linear, so the loss falls by the same amount in each step; two layers fall ever faster."""
    steady = chain("1-1_out")
    run = descend(passes(steady), parameters(steady.graph), 0.1, 50)
    falls = np.diff(run.losses)
    assert np.allclose(falls, falls[0])
    assert np.allclose(run.predicted, falls), "and −lr‖g‖² is all of it"
    faster = chain("1-1-1_out")
    run = descend(passes(faster), parameters(faster.graph), 0.5, 1000)
    assert run.stopped == "unbounded"
    assert run.losses[-1] < -GROWN
    assert run.end.overflow is None


def test_a_step_that_would_overflow_is_not_taken() -> None:
    network = NETWORKS["exp-poisson"]
    run = descend(passes(network), parameters(network.graph), 1000.0, 10)
    assert (run.stopped, run.taken, run.end) == ("overflow", 0, run.start)
    assert run.overflow is not None
    assert (run.overflow.what, run.overflow.event is not None) == ("pass", True)
    large = passes(DEFAULT, {"x": [1e150, 1e150]})
    run = descend(large, ("W",), 1e300, 10)
    assert run.overflow is not None
    assert (run.overflow.what, run.overflow.name, run.taken) == ("value", "W", 0)
    tall = passes(NETWORKS["identity-mse"], {"x": [1e160, 1.0], "W": [[1e-158, 0.0]] * 3})
    run = descend(tall, ("W",), 1e-300, 10)
    assert run.overflow is not None
    assert (run.overflow.what, run.overflow.name, run.stopped) == ("norm", "W", "overflow")


@pytest.mark.parametrize("why", ["all held", "no gradient", "too small"])
def test_a_run_that_moves_nothing_ends_at_once(why: str) -> None:
    dead = {"b": [-9.0, -9.0, -9.0]} if why == "no gradient" else {}
    moved = () if why == "all held" else ("W",)
    run = descend(passes(DEFAULT, dead), moved, 1e-30 if why == "too small" else 0.1, 100)
    assert (run.stopped, run.taken, run.losses) == ("still", 0, (float(run.start.loss),))
    assert run.previous is run.end is run.start


def test_no_gradient_of_0_leaves_a_minus_0() -> None:
    trace = passes(DEFAULT, {"b": [-9.0, 0.0, 0.0], "W": [[0.0, 0.0]] * 3})
    moved = stepped(trace, ("W", "b"), 0.1)
    assert not any(np.signbit(one[one == 0]).any() for one in (moved["W"], scaled(trace, "W", 0.1)))


@pytest.mark.parametrize("size", [255.0, 1e5, 1e-8])
def test_numbers_of_any_size_go_down_or_say_why_not(size: float, lot: Lot) -> None:
    for network in lot.some(NETWORKS.values(), 3):
        trace = passes(network, {"x": np.array(network.defaults["x"]) * size})
        if trace.overflow is not None:
            continue
        square = sum(float(np.square(trace.grads[name]).sum()) for name in parameters(network.graph))
        lr = 1e-3 / max(size * size, 1.0)
        run = descend(trace, parameters(network.graph), lr, 20)
        assert run.predicted[0] == pytest.approx(-lr * square) if run.taken else run.stopped
        assert all(np.isfinite(run.losses))
        assert run.losses[-1] <= run.losses[0] * (1 + 1e-12) or run.stopped


def test_every_network_goes_down_by_what_a_short_step_predicts() -> None:
    for name, network in NETWORKS.items():
        trace = passes(network)
        run = descend(trace, parameters(network.graph), 1e-4, 1)
        assert run.losses[1] - run.losses[0] == pytest.approx(run.predicted[0], rel=5e-3), name
