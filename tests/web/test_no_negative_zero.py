"""No −0 anywhere: not in JSON, on a page, in a title or in a table, whichever numbers are 0."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, Values, as_arrays, backward, forward
from app.state import VIEWS, ViewState
from tests.conftest import Lot

# −0, −0.0 and −0.00 as numbers: not −0.01, and not the 0 of −0.5.
NEGATIVE_ZERO = re.compile(r"(?<!\w)[-−]0(?:\.0+)?(?![\d.]|e[-+]?\d|×)")


def drawn(network: str, seed: int) -> dict[str, Values]:
    """Values of which many are 0, 1, or so large that a slope is 0; negative ones among them."""
    rng = np.random.default_rng(seed)
    choices = [0.0, 0.0, 0.0, 1.0, -1.0, 0.5, -0.5, 30.0, -30.0, -400.0]
    return {
        name: _tuples(rng.choice(choices, size=array.shape).tolist())
        for name, array in as_arrays(NETWORKS[network].defaults).items()
    }


def _tuples(numbers: object) -> Values:
    return tuple(map(_tuples, numbers)) if isinstance(numbers, list) else numbers  # type: ignore[return-value]


def states(network: str, count: int) -> Iterator[ViewState]:
    """States of a network whose passes hold."""
    for seed in range(count):
        state = ViewState(NETWORKS[network], "backward", drawn(network, seed))
        with np.errstate(all="ignore"):
            if backward(forward(state.network.graph, as_arrays(state.values))).overflow is None:
                yield state


def found_in(text: str) -> list[str]:
    return [text[max(0, one.start() - 40) : one.end() + 10] for one in NEGATIVE_ZERO.finditer(text)]


@pytest.mark.parametrize("network", NETWORKS)
def test_no_pass_leaves_a_negative_zero(network: str) -> None:
    zeros = 0
    for state in states(network, 200):
        trace = backward(forward(state.network.graph, as_arrays(state.values)))
        arrays = [*trace.values.values(), *trace.grads.values(), *trace.contributions.values()]
        assert not any((np.signbit(array) & (array == 0)).any() for array in arrays)
        zeros += sum(int((array == 0).sum()) for array in trace.grads.values())
    assert zeros > 50


@pytest.mark.parametrize("network", NETWORKS)
def test_no_answer_and_no_page_has_one(client: TestClient, lot: Lot, network: str) -> None:
    for state in lot.some(list(states(network, 60)), 2):
        for path in (state.address("/api"), state.go("forward").address("/api")):
            assert found_in(client.get(path).text) == [], path
        places = [state.go("backward", step).with_view(view) for step in range(state.steps + 1) for view in VIEWS]
        asked = [state.with_ask(f"{leaf}{'.1' * np.ndim(numbers)}") for leaf, numbers in state.values.items()]
        asked += [replace(one, eps=-1.0) for one in asked]
        for place in (*lot.some(places, 3), *lot.some(asked, 2)):
            assert found_in(client.get(place.address()).text) == [], place.address()


@pytest.mark.parametrize("network", NETWORKS)
def test_no_batch_has_one(client: TestClient, network: str) -> None:
    sets = [dict(state.values) for state in states(network, 30)]
    answer = client.post("/api/batch/backward", json={"network": network, "sets": sets})
    assert answer.status_code == 200
    assert found_in(answer.text) == []


def test_the_pattern_knows_one_when_it_sees_it() -> None:
    assert len(found_in("[-0.0,1]; ∂L/∂W₂₁ = −0, −0.00, -0]")) == 4
    assert found_in("-0.05 −0.5 stop-0x −0.001 [-0.25] -0e-5") == []
