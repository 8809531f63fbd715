"""Both passes of relu-mse, own numbers, against the same arithmetic as one would write it by hand, and frameworks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.engine import DEFAULT, as_arrays, backward, forward

from .race import race

VALUES = as_arrays(DEFAULT.defaults)
ROUNDS, CALLS = 200, 50

Tell = Callable[[str], None]


def ours() -> None:
    backward(forward(DEFAULT.graph, VALUES))


def by_hand() -> tuple[Any, ...]:
    """The same arithmetic in a straight line: no graph, no steps, no watch on overflow."""
    x, W, b, y = VALUES["x"], VALUES["W"], VALUES["b"], VALUES["y"]
    z = W @ x + b
    h = np.maximum(z, 0.0)
    error = h - y
    loss = 0.5 * (error @ error)
    seed = np.ones_like(loss)
    at_h = seed * (h - y)
    at_z = np.where(z > 0.0, at_h, 0.0)
    return loss, at_h, at_z, at_z[:, None] * x, W.T @ at_z, at_z


def test_by_hand_is_the_same_arithmetic() -> None:
    trace = backward(forward(DEFAULT.graph, VALUES))
    expected = (trace.loss, *(trace.grads[name] for name in ("h", "z", "W", "x", "b")))
    for one, other in zip(by_hand(), expected, strict=True):
        assert np.array_equal(one, other)


def test_both_passes_take_at_most_three_times_straight_line_numpy(tell: Tell) -> None:
    found = race(ours, by_hand, rounds=ROUNDS, calls=CALLS)
    tell(
        f"engine, both passes: {found.ours * 1e6:.1f} µs; straight-line NumPy {found.theirs * 1e6:.1f} µs; "
        f"{found.ratio:.2f} × (hold ≤ 3)"
    )
    assert found.ratio <= 3


def test_both_passes_take_at_most_two_fifths_of_pytorch_eager(tell: Tell) -> None:
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    x, W, b, y = (torch.tensor(VALUES[name], requires_grad=name != "y") for name in ("x", "W", "b", "y"))

    def theirs() -> None:
        h = torch.relu(torch.nn.functional.linear(x, W, b))
        loss = 0.5 * torch.nn.functional.mse_loss(h, y, reduction="sum")
        torch.autograd.grad(loss, (h, W, x, b))

    found = race(ours, theirs, rounds=ROUNDS, calls=CALLS)
    tell(
        f"engine, both passes: {found.ours * 1e6:.1f} µs; PyTorch eager {found.theirs * 1e6:.1f} µs; "
        f"{found.ratio:.2f} × (hold ≤ 0.4)"
    )
    assert found.ratio <= 0.4


def test_both_passes_beside_jax_compiled(tell: Tell) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)

    def loss(x: Any, W: Any, b: Any, y: Any) -> Any:
        return 0.5 * ((jax.nn.relu(W @ x + b) - y) ** 2).sum()

    compiled = jax.jit(jax.value_and_grad(loss, argnums=(0, 1, 2)))
    at = [jax.numpy.asarray(VALUES[name]) for name in ("x", "W", "b", "y")]

    def theirs() -> None:
        jax.block_until_ready(compiled(*at))

    found = race(ours, theirs, rounds=ROUNDS, calls=CALLS)
    tell(
        f"engine, both passes: {found.ours * 1e6:.1f} µs; jax.jit(value_and_grad) {found.theirs * 1e6:.1f} µs; "
        f"{found.ratio:.2f} × (aim < 1)"
    )
