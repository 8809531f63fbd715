"""Snapshots of 200 random networks against gradients by other people's code: autograd, PyTorch, JAX.

The comparison goes through `explained_snapshot`, so that it covers what a person sees and not only what the engine
returns.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from app.engine import Array, as_arrays
from app.snapshot import Snapshot
from tests.snapshot.states import explained

from .random_networks import drawn_state, drawn_states

LEAVES = ("x", "W", "b", "y")
HOLD = 1e-12

Theirs = tuple[float, dict[str, Array]]


@cache
def snapshots() -> list[tuple[dict[str, Array], Snapshot]]:
    return [(as_arrays(state.values), explained(state)) for state in drawn_states()]


def worst_against(theirs: Callable[[dict[str, Array]], Theirs]) -> float:
    """The largest max |a − b| / max(1, |a|, |b|) over every loss and gradient of every network."""
    worst = 0.0
    for values, snapshot in snapshots():
        loss, grads = theirs(values)
        assert snapshot.loss is not None
        pairs = [(np.asarray(snapshot.loss), np.asarray(loss))]
        pairs += [(np.asarray(snapshot.node(name).grad), grads[name]) for name in ("x", "W", "b")]
        for ours, other in pairs:
            assert ours.shape == other.shape
            scale = max(1.0, float(abs(ours).max()), float(abs(other).max()))
            worst = max(worst, float(abs(ours - other).max()) / scale)
    return worst


def test_the_networks_have_every_shape_up_to_8_by_8_and_open_and_shut_units() -> None:
    shapes = {values["W"].shape for values, _ in snapshots()}
    assert shapes == {(m, n) for m in range(1, 9) for n in range(1, 9)}
    units = np.concatenate([np.ravel(np.asarray(snapshot.node("h").value)) for _, snapshot in snapshots()])
    assert len(snapshots()) == 200
    assert (units == 0).sum() > 200
    assert (units > 0).sum() > 200


def test_the_gradients_are_those_of_autograd() -> None:
    def loss(x: Array, W: Array, b: Array, y: Array) -> Any:
        z = anp.dot(W, x) + b
        return anp.sum((anp.where(z > 0, z, 0.0) - y) ** 2) / 2

    def theirs(values: dict[str, Array]) -> Theirs:
        at = [values[name] for name in LEAVES]
        return float(loss(*at)), {name: grad(loss, i)(*at) for i, name in enumerate(LEAVES[:3])}

    assert worst_against(theirs) <= HOLD


def test_the_comparison_sees_a_millionth_of_a_millionth() -> None:
    def off(values: dict[str, Array]) -> Theirs:
        snapshot = take_of(values)
        grads = {name: np.asarray(snapshot.node(name).grad) for name in ("x", "W", "b")}
        grads["W"] = grads["W"] * (1 + 1e-11)
        assert snapshot.loss is not None
        return snapshot.loss, grads

    by_leaves = {id(values): snapshot for values, snapshot in snapshots()}

    def take_of(values: dict[str, Array]) -> Snapshot:
        return by_leaves[id(values)]

    assert worst_against(off) > HOLD


def test_the_gradients_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")

    def theirs(values: dict[str, Array]) -> Theirs:
        at = {name: torch.tensor(array, requires_grad=name != "y") for name, array in values.items()}
        h = torch.relu(torch.nn.functional.linear(at["x"], at["W"], at["b"]))
        loss = 0.5 * torch.nn.functional.mse_loss(h, at["y"], reduction="sum")
        loss.backward()
        return loss.item(), {name: at[name].grad.numpy() for name in ("x", "W", "b")}

    assert worst_against(theirs) <= HOLD


def test_the_gradients_are_those_of_jax() -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)

    def loss(x: Any, W: Any, b: Any, y: Any) -> Any:
        return 0.5 * ((jax.nn.relu(W @ x + b) - y) ** 2).sum()

    differentiated = jax.value_and_grad(loss, argnums=(0, 1, 2))

    def theirs(values: dict[str, Array]) -> Theirs:
        value, grads = differentiated(*(values[name] for name in LEAVES))
        return float(value), {name: np.asarray(entry) for name, entry in zip(LEAVES[:3], grads, strict=True)}

    assert worst_against(theirs) <= HOLD


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_at_the_kink_the_frameworks_take_the_same_derivative(library: str) -> None:
    """The derivative of ReLU at exactly 0 is 0 here, and it is there."""
    framework = pytest.importorskip(library)
    if library == "torch":
        z = framework.zeros(1, dtype=framework.float64, requires_grad=True)
        framework.relu(z).sum().backward()
        slope = z.grad.item()
    else:
        slope = float(framework.grad(framework.nn.relu)(0.0))
    assert slope == 0.0


def test_a_wide_and_a_tall_network_keep_every_gradient_in_its_place() -> None:
    """Shapes that differ give a transposed gradient away even where the numbers would not."""
    rng = np.random.default_rng(3)
    for m, n in [(1, 8), (8, 1)]:
        snapshot = explained(drawn_state(rng, m, n))
        for name in ("x", "W", "b", "z", "h"):
            assert np.shape(np.asarray(snapshot.node(name).grad)) == tuple(snapshot.node(name).shape)
