"""A batch of 1,000 sets beside single calls, and beside writing its answer, which is the least that can be done."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from anyio.from_thread import start_blocking_portal
from pydantic_core import to_json

from app.engine import NETWORKS, as_arrays, backward, forward
from app.engine.sizes import MAX_SIDE
from app.main import create_app
from app.settings import Settings
from app.state.batch import MAX_SETS

from .asgi import Answer, post
from .race import race
from .table import Bound, Row, Tell


@pytest.fixture
def asked() -> Iterator[Callable[[str, bytes], Answer]]:
    """The application, on a loop that goes on turning from one request to the next, as a server's does."""
    app = create_app(Settings())
    with start_blocking_portal() as portal:
        yield lambda address, content: portal.call(post, app, address, content)


def drawn(network: str, count: int) -> dict[str, Any]:
    """A stack of random numbers for each leaf."""
    rng = np.random.default_rng(1)
    own = as_arrays(NETWORKS[network].defaults)
    return {name: rng.uniform(0.0, 1.0, size=(count, *array.shape)) for name, array in own.items()}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_set_of_a_batch_costs_the_engine_a_twentieth_of_a_single_call(name: str, tell: Tell) -> None:
    graph, stack = NETWORKS[name].graph, drawn(name, MAX_SETS)
    single = {leaf: array[0].copy() for leaf, array in stack.items()}

    def batch() -> None:
        backward(forward(graph, stack))

    def alone() -> None:
        backward(forward(graph, single))

    found = race(batch, alone, rounds=60, calls=5)
    what = f"{name}, both passes, one set of {MAX_SETS}"
    tell(Row(what, found.ours / MAX_SETS, "the same set alone", found.theirs, Bound(most=1 / 20)))


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("given", ["x", "x, W, b, y"])
def test_a_batch_takes_at_most_three_times_what_writing_its_answer_takes(
    direction: str, given: str, asked: Callable[[str, bytes], Answer], tell: Tell
) -> None:
    columns = {name: array.tolist() for name, array in drawn("relu-mse", MAX_SETS).items() if name in given.split(", ")}
    sets = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    content = json.dumps({"network": "relu-mse", "sets": sets}).encode()
    address = f"/api/batch/{direction}"
    sent = asked(address, content)
    assert sent.status == 200
    answer = json.loads(sent.body)
    assert to_json(answer) == sent.body

    # Time of the processor, and the best round of each: who else is at work here is no matter of ours, and would take
    # more from the one that fills the caches more.
    found = race(lambda: asked(address, content), lambda: to_json(answer), rounds=150, clock=time.process_time, of=min)
    # A forward answer is small beside a body that holds every number: reading alone takes more than writing.
    bound = None if (direction, given) == ("forward", "x, W, b, y") else Bound(most=3)
    what = f"POST {address}, {MAX_SETS} sets of {given}, CPU"
    tell(Row(what, found.ours, f"writing its {len(sent.body):,} bytes", found.theirs, bound))


@pytest.mark.usefixtures("settled")
def test_the_largest_shape_beside_the_default_one(asked: Callable[[str, bytes], Answer], tell: Tell) -> None:
    """No bound of its own: a hundred times the numbers may cost what they cost, which is told."""
    rng = np.random.default_rng(2)
    shapes = {"x": (MAX_SIDE,), "W": (MAX_SIDE, MAX_SIDE), "b": (MAX_SIDE,), "y": (MAX_SIDE,)}
    large = json.dumps({"values": {name: rng.normal(size=shape).tolist() for name, shape in shapes.items()}}).encode()
    assert asked("/api/backward", large).status == 200
    found = race(
        lambda: asked("/api/backward", large),
        lambda: asked("/api/backward", b"{}"),
        rounds=40,
        clock=time.process_time,
        of=min,
    )
    what, bound = f"POST /api/backward, {MAX_SIDE} × {MAX_SIDE}, CPU", Bound(most=0.02, of="measured", aim=True)
    tell(Row(what, found.ours, "3 × 2", found.theirs, bound))
