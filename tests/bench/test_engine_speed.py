"""Both passes of relu-mse beside the same arithmetic as one would write it by hand, and beside frameworks."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from app.engine import DEFAULT, as_arrays, backward, forward

from .race import race
from .table import Bound, Row, Tell

VALUES = as_arrays(DEFAULT.defaults)
ROUNDS, CALLS = 500, 20
WIDE = 4096
# Where straight-line NumPy takes so long, in seconds, other work is being measured.
BUSY = 50e-6


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


def by_autograd() -> Callable[[], object]:
    import autograd.numpy as anp
    from autograd import value_and_grad

    def loss(x: Any, W: Any, b: Any, y: Any) -> Any:
        return 0.5 * anp.sum((anp.maximum(anp.dot(W, x) + b, 0.0) - y) ** 2)

    found = value_and_grad(loss, argnum=(0, 1, 2))
    return lambda: found(*(VALUES[name] for name in ("x", "W", "b", "y")))


def by_torch() -> Callable[[], object]:
    torch = import_module("torch")
    torch.set_num_threads(1)
    x, W, b, y = (torch.tensor(VALUES[name], requires_grad=name != "y") for name in ("x", "W", "b", "y"))

    def found() -> None:
        h = torch.relu(torch.nn.functional.linear(x, W, b))
        loss = 0.5 * torch.nn.functional.mse_loss(h, y, reduction="sum")
        torch.autograd.grad(loss, (h, W, x, b))

    return found


def by_jax(everything: bool) -> Callable[[], object]:
    """Compiled for these shapes, of arrays that are its own already: the loss and three gradients, or everything that
    the trace has, the values and gradients in between, too."""
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)

    def loss(x: Any, W: Any, b: Any, y: Any, more_z: Any, more_h: Any) -> Any:
        z = W @ x + b + more_z
        h = jax.nn.relu(z) + more_h
        return 0.5 * ((h - y) ** 2).sum(), (z, h)

    def passes(x: Any, W: Any, b: Any, y: Any) -> Any:
        no_more = jax.numpy.zeros(b.shape)
        swept = jax.value_and_grad(loss, argnums=(0, 1, 2, 4, 5) if everything else (0, 1, 2), has_aux=True)
        (value, between), grads = swept(x, W, b, y, no_more, no_more)
        return (value, between, grads) if everything else (value, grads)

    compiled = jax.jit(passes)
    at = [jax.numpy.asarray(VALUES[name]) for name in ("x", "W", "b", "y")]
    return lambda: jax.block_until_ready(compiled(*at))


def test_by_hand_is_the_same_arithmetic() -> None:
    trace = backward(forward(DEFAULT.graph, VALUES))
    expected = (trace.loss, *(trace.grads[name] for name in ("h", "z", "W", "x", "b")))
    for one, other in zip(by_hand(), expected, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("beside", "made", "bound"),
    [
        ("straight-line NumPy", lambda: by_hand, Bound(most=2.5)),
        ("jax.jit, everything", lambda: by_jax(everything=True), Bound(most=1)),
        ("jax.jit, loss and 3 gradients", lambda: by_jax(everything=False), Bound(most=1, aim=True)),
        ("PyTorch eager", by_torch, Bound(most=0.25)),
        ("autograd", by_autograd, Bound(most=0.15)),
    ],
)
def test_both_passes_take_little_more_than_their_arithmetic_and_less_than_frameworks(
    beside: str, made: Callable[[], Callable[[], object]], bound: Bound, tell: Tell
) -> None:
    what = "relu-mse, both passes with their trace"
    try:
        theirs = made()
    except ModuleNotFoundError:
        tell(Row(what, race(ours, by_hand, rounds=ROUNDS, calls=CALLS, of=min).ours, f"{beside}: not installed here"))
        return
    found = race(ours, theirs, rounds=ROUNDS, calls=CALLS, of=min)
    tell(Row(what, found.ours, beside, found.theirs, bound, slow=BUSY if theirs is by_hand else None))


@pytest.mark.parametrize(("units", "more"), [("half of the units inactive", 0.0), ("no unit inactive", 1e4)])
def test_a_wide_layer_takes_what_its_products_take(units: str, more: float, tell: Tell) -> None:
    """With n = m = 4096 what counts are W x, vᵀ W and v xᵀ, 134 MB each: to read, or to make."""
    rng = np.random.default_rng(3)
    values = {name: rng.normal(size=(WIDE, WIDE) if name == "W" else WIDE) for name in VALUES}
    values["b"] += more
    W, x, v = values["W"], values["x"], backward(forward(DEFAULT.graph, values)).grads["z"].copy()

    def passes() -> object:
        return backward(forward(DEFAULT.graph, values))

    def products() -> object:
        return W @ x, v @ W, np.multiply.outer(v, x)

    def peak(run: Callable[[], object]) -> float:
        tracemalloc.start()
        try:
            kept = run()
            return float(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
            del kept

    found = race(passes, products, rounds=40, clock=time.process_time, of=min)
    what, beside = f"relu-mse, n = m = {WIDE}, {units}", "W x, vᵀ W and v xᵀ alone"
    tell(Row(what, found.ours, beside, found.theirs, Bound(most=1.1), slow=0.2))
    tell(Row(f"{what}: memory", peak(passes), beside, peak(products), Bound(most=1.05), "B"))
