"""At a kink every slope between those of the two sides is a subgradient, wherever it leads; elsewhere there is one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.engine import NETWORKS, Array, Claim, Diagnosis, Trace, as_arrays, backward, diagnose, forward, known_gradients
from app.engine.kinks import kinks_of
from tests.conftest import examples

WITH_RELU = ("relu-mse", "two-layer", "shared")
OWN = as_arrays(NETWORKS["relu-mse"].defaults)
# z = (0.4, 0, 0.2), h = z, v = (0.2, −0.5, 0.1): the second unit is exactly at its kink
KINK = OWN | {"b": np.array([0.0, -0.5, 0.0])}


def run(values: Mapping[str, Array], name: str = "relu-mse") -> Trace:
    return backward(forward(NETWORKS[name].graph, values))


def told(trace: Trace, **claims: object) -> dict[str, Diagnosis]:
    given_ = {name: Claim(np.asarray(said, dtype=np.float64)) for name, said in claims.items()}
    return diagnose(known_gradients(trace), given_)


def with_slopes(trace: Trace, slopes: Array) -> dict[str, Array]:
    """The gradients of a network with one ReLU, z → h, by other slopes of it, written out."""
    grads = dict(trace.grads)
    z = grads["z"] = grads["h"] * slopes
    grads["b"], grads["W"] = z, np.outer(z, trace.values["x"])
    grads["x"] = trace.values["W"].T @ z
    if "r" in grads:
        grads["x"] = grads["x"] + grads["r"]
    return grads


def at_kink(values: Mapping[str, Array], units: list[bool]) -> dict[str, Array]:
    """The same numbers with these units exactly at z = 0."""
    moved = dict(values)
    moved["b"] = np.where(units, 0.0, values["b"])
    moved["W"] = np.where(np.array(units)[:, None], 0.0, values["W"])
    return moved


# --- by hand --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [0.5, 1.0, 0.001, 0.999])
def test_any_slope_from_0_to_v_is_a_subgradient(slope: float) -> None:
    (found,) = told(run(KINK), z=[0.2, -0.5 * slope, 0.1]).values()
    assert not found.is_right
    assert found.at_kink is not None
    assert found.at_kink.tolist() == [False, True, False]
    assert (found.matches, found.by_entry) == ((), {})


@pytest.mark.parametrize("number", [-0.51, 0.01, 0.5, -5.0])
def test_what_lies_outside_of_both_sides_is_wrong(number: float) -> None:
    (found,) = told(run(KINK), z=[0.2, number, 0.1]).values()
    assert (found.is_right, found.at_kink) == (False, None)


def test_the_convention_is_right_and_another_entry_that_is_wrong_is_wrong() -> None:
    assert told(run(KINK), z=[0.2, 0, 0.1])["z"].is_right
    (found,) = told(run(KINK), z=[0.2, -0.5, 0.11]).values()
    assert found.at_kink is not None
    assert found.wrong is not None
    assert (found.at_kink.tolist(), found.wrong.tolist()) == ([False, True, False], [False, False, True])
    assert (found.is_right, found.is_subgradient) == (False, False)


def test_a_mask_that_is_missing_at_an_inactive_unit_is_missing_at_a_kink_or_not() -> None:
    """z₃ = −0.4 is inactive, and v₃ = −0.1 has passed it."""
    (found,) = told(run(KINK | {"b": np.array([0.0, -0.5, -0.6])}), z=[0.2, -0.5, -0.1]).values()
    assert not found.is_subgradient
    assert list(found.by_entry) == [(2,)]
    assert "mask forgotten" in [match.site.mistake.name for match in found.matches]


def test_one_entry_alone_may_be_any_that_some_slope_gives() -> None:
    """∂L/∂x₁ = 0.2·0.5 + 0.1·(−0.1) − t·0.5·0.3 is between 0.09 − 0.15 and 0.09."""
    known = known_gradients(run(KINK))
    for number, allowed in ((-0.06, True), (0.0, True), (0.05, True), (0.091, False), (-0.061, False)):
        (found,) = diagnose(known, {"x": Claim(np.asarray(number), index=(0,))}).values()
        assert found.is_subgradient == allowed


def test_where_nothing_comes_back_there_is_no_kink_to_speak_of() -> None:
    """v₂ = 0: both sides give 0."""
    assert kinks_of(run(KINK | {"y": np.array([0.2, 0.0, 0.1])})).kinks == ()
    (found,) = told(run(KINK | {"y": np.array([0.2, 0.0, 0.1])}), z=[0.2, 0.1, 0.1]).values()
    assert found.at_kink is None


def test_a_unit_that_rounding_put_beside_its_kink_is_at_it_but_not_exactly() -> None:
    """0.1 + 0.2 − 0.3 is 5.6e-17 in a float64, so v passes; 0 is the gradient by hand."""
    W = np.array([[1.0, 1], [0, 0], [0, 0]])
    trace = run(OWN | {"x": np.array([0.1, 0.2]), "W": W, "b": np.array([-0.3, 1, 1])})
    assert [kink.exactly for kink in kinks_of(trace).kinks] == [False]
    v = trace.grads["h"]
    assert told(trace, z=v)["z"].is_right
    assert told(trace, z=v * [0, 1, 1])["z"].at_kink is not None
    assert told(trace, z=v * [-1, 1, 1])["z"].at_kink is None


def test_a_number_too_large_is_only_wrong() -> None:
    (found,) = told(run(KINK), z=[1.7e308, -1.7e308, 0.1]).values()
    assert (found.is_right, found.at_kink) == (False, None)


@pytest.mark.parametrize(
    ("row", "x", "bias"),
    [
        ((5.77, 0.46), (2.5, 0.25), -14.54),
        ((3.59, 2.12), (8.02, 5.65), -40.7698),
        ((0.85, 7.11), (7.51, 2.23), -22.2388),
        ((0.61, 6.64), (1.62, 5.81), -39.5666),
    ],
)
def test_decimals_that_come_to_0_are_at_the_kink_on_whichever_side_a_float_puts_them(
    row: tuple[float, ...], x: tuple[float, ...], bias: float
) -> None:
    """Row times x is −bias, to the last decimal."""
    W = np.array([row, (0.0, 0.0), (0.0, 0.0)])
    trace = run(OWN | {"x": np.array(x), "W": W, "b": np.array([bias, 1, 1])})
    assert [(kink.node.name, kink.index) for kink in kinks_of(trace).kinks] == [("h", (0,))]
    beside = run(OWN | {"x": np.array(x), "W": W, "b": np.array([bias + 1e-12, 1, 1])})
    assert kinks_of(beside).kinks == ()


# --- in all breadth -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WITH_RELU)
@settings(max_examples=examples(25, 200), deadline=None, derandomize=True)
@given(data=st.data(), seed=st.integers(0, 10**6))
def test_whatever_slopes_one_takes_all_that_follows_is_no_mistake(name: str, data: st.DataObject, seed: int) -> None:
    """Some units or all of them at z = 0; one slope for all, and one for each of few."""
    rng = np.random.default_rng(seed)
    own = as_arrays(NETWORKS[name].defaults)
    values = {leaf: rng.normal(size=a.shape) if leaf != "y" else a for leaf, a in own.items()}
    size = own["b"].size
    units = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    trace = run(at_kink(values, units), name)
    slope = st.sampled_from((0.0, 0.25, 0.5, 1.0))
    together = data.draw(slope)
    own_slopes = [data.draw(slope) for _ in units] if sum(units) <= own["x"].size else [together] * size
    slopes = np.where(units, own_slopes, trace.values["z"] > 0)
    claims = {node: grad for node, grad in with_slopes(trace, slopes).items() if node in ("z", "b", "W", "x")}
    for found in told(trace, **claims).values():
        assert found.is_right or found.at_kink is not None
        assert not found.matches
    for node, grad in claims.items():  # and each alone
        assert all(found.is_right or found.at_kink is not None for found in told(trace, **{node: grad}).values())


@pytest.mark.parametrize("name", WITH_RELU)
@settings(max_examples=examples(25, 200), deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), unit=st.integers(0, 1), slope=st.sampled_from((-1.0, -0.1, 1.1, 10.0)))
def test_a_slope_of_neither_side_nor_between_is_wrong(name: str, seed: int, unit: int, slope: float) -> None:
    rng = np.random.default_rng(seed)
    own = as_arrays(NETWORKS[name].defaults)
    values = {leaf: rng.normal(size=a.shape) if leaf != "y" else a for leaf, a in own.items()}
    units = [place == unit for place in range(own["b"].size)]
    trace = run(at_kink(values, units), name)
    assume(abs(trace.grads["h"][unit]) > 1e-3)
    slopes = np.where(units, slope, trace.values["z"] > 0)
    claims = {node: grad for node, grad in with_slopes(trace, slopes).items() if node in ("z", "b", "W")}
    for found in told(trace, **claims).values():
        assert not found.is_right
        assert found.at_kink is None


@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in WITH_RELU])
def test_a_network_without_a_kink_has_one_gradient(name: str) -> None:
    values = as_arrays(NETWORKS[name].defaults)
    trace = run(values | {"W": np.zeros_like(values["W"]), "b": np.zeros_like(values["b"])}, name)
    kinks = kinks_of(trace)
    low, high = kinks.between("z")
    assert kinks.kinks == ()
    assert np.array_equal(low, trace.grads["z"])
    assert np.array_equal(high, trace.grads["z"])
