"""Numbers that a formula is not made for: too large, log 0, 0 · log 0, and targets that no distribution gives."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.engine import NETWORKS, OPS, as_arrays, forward
from app.engine.chains import reference
from app.snapshot import run, trace_of
from app.snapshot.batch import batch_as_json
from app.snapshot.limits import target_note
from app.state import Invalid, ViewState, from_query
from app.state.batch import batch_from_json
from tests.browser.reading import read

UNFUSED = "network=sigmoid-then-bce&W=0,0;0,0;0,0"


def why(query: str) -> str:
    """What is said of numbers that do not hold."""
    with pytest.raises(Invalid) as refused:
        trace_of(from_query(query, "backward", strict=True))
    (error,) = refused.value.errors
    return error.msg


@pytest.mark.parametrize(
    ("numbers", "reason", "loss"),
    [
        ("b=40,40,-40", "p₁ rounds to 1 and y*₁ is 1, so (1 − y*₁) log(1 − p₁) is 0 · log 0", "80"),
        ("b=50,0,-50&y=0,0,0", "p₁ rounds to 1, so log(1 − p₁) is log 0 = −∞", "50.69"),
        ("b=0,100,0&y=0,1,0", "p₂ rounds to 1 and y*₂ is 1, so (1 − y*₂) log(1 − p₂) is 0 · log 0", "1.386"),
        ("b=0,0,-800&y=0,0,0", "p₃ rounds to 0 and y*₃ is 0, so y*₃ log p₃ is 0 · log 0", "1.386"),
        ("b=0,0,-800&y=0,0,1", "p₃ rounds to 0, so log p₃ is log 0 = −∞", "801.4"),
    ],
)
def test_log_0_is_told_from_0_log_0_and_the_true_loss_is_said(numbers: str, reason: str, loss: str) -> None:
    told = why(f"{UNFUSED}&{numbers}")
    assert told.startswith("L is not a number (NaN): " if "·" in reason else "L is infinite, and not by its size: ")
    assert reason in told
    assert f"The true L is about {loss}: the network sigmoid-bce gives it, and /heads shows why" in told
    assert "too large" not in told


def _read(text: str) -> float:
    mantissa, _, exponent = text.translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")).partition("×10")
    return float(f"{mantissa}e{exponent or 0}")


def test_what_is_said_of_a_random_loss_that_is_not_finite_is_what_ieee_and_decimal_say() -> None:
    network = NETWORKS["sigmoid-then-bce"]
    rng, seen = np.random.default_rng(6), set()
    for _ in range(150):
        z, y = rng.choice([-800.0, -745.5, -30.0, 2.0, 37.0, 40.0, 500.0], size=3), rng.integers(0, 2, size=3)
        state = ViewState(
            network,
            "backward",
            {"x": (0.0,), "W": ((0.0,),) * 3, "b": tuple(z.tolist()), "y": tuple(map(float, y))},
        )
        loss = float(run(state).loss)
        true = sum(float(reference(one, int(target))["loss"]) for one, target in zip(z.tolist(), y, strict=True))
        if math.isfinite(loss):
            continue
        with pytest.raises(Invalid) as refused:
            trace_of(state)
        told = str(refused.value)
        assert ("0 · log 0" in told) == math.isnan(loss)
        assert ("log 0 = −∞" in told) == math.isinf(loss)
        said = re.search(r"true L is about (\S+):", told)
        assert said
        assert _read(said[1]) == pytest.approx(true, rel=1e-3)
        seen.add(math.isnan(loss))
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (
            "x=1e308,0&W=10,0;10,0;10,0",
            "z overflows: with these numbers it is too large for a float64; look at x₁ = 1×10³⁰⁸",
        ),
        ("b=0,1e200,0", "L overflows: with these numbers it is too large for a float64; look at h₂ = 1×10²⁰⁰"),
        (
            "network=exp-poisson&b=0,0,800",
            "L overflows: with these numbers it is too large for a float64; look at z₃ = 800.2",
        ),
        (
            f"{UNFUSED}&b=0,0,-744&y=0,0,1",
            "∂L/∂p overflows: with these numbers it is too large for a float64; look at p₃ = ",
        ),
    ],
)
def test_what_is_too_large_is_named_with_the_number_to_look_at(query: str, told: str) -> None:
    assert why(query).startswith(told)


def test_every_network_has_one_of_the_three_reasons_where_its_numbers_do_not_hold() -> None:
    rng, seen = np.random.default_rng(3), set()
    for name, network in NETWORKS.items():
        for _ in range(40):
            own = as_arrays(network.defaults)
            values = {leaf: array * 10.0 ** rng.integers(0, 200) for leaf, array in own.items()}
            trace = forward(network.graph, values)
            if trace.overflow is None:
                continue
            told = why(f"network={name}&" + "&".join(f"{leaf}={_typed(array)}" for leaf, array in values.items()))
            assert re.match(r"\S+ (overflows|is not a number|is infinite)", told)
            assert re.search(r"look at \S+ = \S|log 0|no log", told)
            seen.add(name)
    assert len(seen) >= len(NETWORKS) - 1


def _typed(array: np.ndarray) -> str:
    return ";".join(",".join(map(repr, row)) for row in np.atleast_2d(array).tolist()).replace("+", "")


def test_a_row_with_a_log_knows_where_it_leaves_its_domain() -> None:
    """Whatever finite numbers an op refuses has a condition that holds, and what holds is refused."""
    op = OPS["bce"]
    for p in (-0.5, 0.0, 5e-324, 0.3, 1 - 2**-53, 1.0, 1.5):
        for y in (0.0, 0.5, 1.0):
            loss, _ = op.forward(np.array([p]), np.array([y]))
            held = [one for one in op.undefined if one.at({"p": np.array([p]), "y": np.array([y])}).any()]
            assert bool(held) == (not np.isfinite(loss)), (p, y)
            if held:
                assert ("0 · log 0" in held[0].says or "negative" in held[0].says) == bool(np.isnan(loss)), (p, y)


def test_a_batch_says_it_of_each_set() -> None:
    body = {
        "network": "sigmoid-then-bce",
        "sets": [{}, {"W": [[0, 0]] * 3, "b": [40, 40, -40]}, {"W": [[0, 0]] * 3, "b": [50, 0, 0], "y": [0, 0, 0]}],
    }
    with pytest.raises(Invalid) as refused:
        batch_as_json(batch_from_json(body, "backward"))
    first, second = (error.msg for error in refused.value.errors)
    assert first.startswith("set 2: L is not a number (NaN): p₁ rounds to 1 and y*₁ is 1")
    assert second.startswith("set 3: L is infinite, and not by its size: p₁ rounds to 1, so")


# --- targets that a distribution cannot give ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "note"),
    [
        (
            "network=sigmoid-bce&y=1,7,0",
            "y*₂ is not between 0 and 1: outside the Bernoulli likelihood",
        ),
        ("network=sigmoid-bce&y=1,0.5,0", ""),
        (
            "network=sigmoid-then-bce&y=0,0,-0.5",
            "y*₃ is not between 0 and 1: outside the Bernoulli likelihood",
        ),
        ("network=exp-poisson&y=1,-1,0", "y*₂ is negative: outside the Poisson likelihood"),
        ("network=exp-poisson&y=7,1,0", ""),
        ("network=exp-poisson&y=1.5,1,0", "y*₁ is not a whole number: outside the Poisson likelihood"),
        ("network=exp-poisson&y=1.5,1,0.5", "y*₁ and y*₃ are not whole numbers: outside the Poisson likelihood"),
        (
            "network=exp-poisson&y=1.5,-1.5,-2",
            "y*₂ and y*₃ are negative and y*₁ is not a whole number: outside the Poisson likelihood",
        ),
        ("network=sigmoid-bce&y=7,-1,3", "y*₁, y*₂ and y*₃ are not between 0 and 1: outside the Bernoulli likelihood"),
        (
            "network=softmax-ce&y=-1,-1,0",
            "y*₁ and y*₂ are negative and y* does not sum to 1: outside the multinomial likelihood",
        ),
        ("network=softmax-ce&y=1.5,-0.5,0", "y*₂ is negative: outside the multinomial likelihood"),
        ("network=softmax-ce&y=1,1,0", "y* does not sum to 1: outside the multinomial likelihood"),
        ("network=softmax-ce&y=0.7,0.2,0.1", ""),
        ("network=two-layer&y=0.5,0", "y* does not sum to 1: outside the multinomial likelihood"),
        ("network=softmax-mse&y=-3,9,9", ""),
        ("y=-3,9,9", ""),
    ],
)
def test_targets_outside_a_likelihood_are_computed_with_and_told(query: str, note: str) -> None:
    trace = trace_of(from_query(query, "backward", strict=True))
    assert target_note(trace) == note


def test_no_default_and_no_example_of_a_network_is_outside() -> None:
    for network in NETWORKS.values():
        for example in network.examples:
            state = ViewState(network, "forward", network.defaults).with_values(example.values)
            assert target_note(run(state)) == ""


def test_the_page_tells_it_once_in_every_view(client: TestClient) -> None:
    for view in ("", "&show=why", "&show=saved", "&step=0", "&ask=W.1.1"):
        shown = read(client.get(f"/backward?network=sigmoid-bce&y=7,0,1{view}").text)
        notes = [one.text for one in shown.by_id("card").all("p", "note")]
        assert notes == ["y*₁ is not between 0 and 1: outside the Bernoulli likelihood."]
        assert read(client.get(f"/backward?network=sigmoid-bce{view}").text).by_id("card").all("p", "note") == []
