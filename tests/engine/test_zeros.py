"""Which entries of a gradient are 0 is told by the numbers as they are written, and not where it cannot be known."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine import NETWORKS, Array, Trace, as_arrays, backward, forward
from app.engine.exact import exact_gradients
from app.engine.rounding import gradient_rounding
from app.engine.zeros import zeros
from tests.conftest import examples

Numbers = list[Fraction]
RATIONAL = ("relu-mse", "identity-mse", "shared")


def passed(name: str, values: Mapping[str, object]) -> Trace:
    network = NETWORKS[name]
    own = {leaf: np.asarray(number, dtype=np.float64) for leaf, number in values.items()}
    return backward(forward(network.graph, as_arrays(network.defaults) | own))


def decimals(array: Array) -> Numbers:
    return [Fraction(str(number)) for number in array.ravel().tolist()]


def by_hand(name: str, values: Mapping[str, Array]) -> dict[str, Numbers]:
    """The gradients of a network without exp and log, row by row, in fractions and written out."""
    x, b, y = (decimals(values[leaf]) for leaf in ("x", "b", "y"))
    W = [decimals(row) for row in values["W"]]
    z = [sum((w * n for w, n in zip(row, x, strict=True)), bias) for row, bias in zip(W, b, strict=True)]
    rectified = name != "identity-mse"
    h = [max(n, Fraction(0)) if rectified else n for n in z]
    skip = x if name == "shared" else [Fraction(0)] * len(h)
    dh = [n + more - target for n, more, target in zip(h, skip, y, strict=True)]
    dz = [v if not rectified or n > 0 else Fraction(0) for v, n in zip(dh, z, strict=True)]
    dx = [sum((row[j] * v for row, v in zip(W, dz, strict=True)), Fraction(0)) for j in range(len(x))]
    if name == "shared":
        dx = [n + v for n, v in zip(dx, dh, strict=True)]
    return {"h": dh, "r": dh, "z": dz, "b": dz, "x": dx, "W": [v * n for v in dz for n in x]}


# --- by hand --------------------------------------------------------------------------------------------------


def test_what_is_0_by_the_decimals_as_they_are_written_is_0() -> None:
    """h = (0.4, 0.4, 0.2) = y, and a float64 makes 0.6 − 0.5 + … of h₃: −2.8e-17 is left."""
    trace = passed("relu-mse", {"y": [0.4, 0.4, 0.2]})
    assert trace.grads["h"].any(), "else this shows nothing"
    assert zeros(trace, "h") == ["zero"] * 3
    assert zeros(trace, "W") == ["zero"] * 6


def test_what_a_float_gives_as_0_and_is_not_is_not_called_0() -> None:
    """σ(40) − 1 = −4.25e-18, σ(−40) − 1 = −1, and σ(−800) = 1e-348 is smaller than any float64."""
    values = {"W": np.zeros((3, 2)), "b": [40, 40, -40], "y": [1, 0, 1]}
    trace = passed("sigmoid-bce", values)
    assert trace.grads["z"][1] == 1
    assert zeros(trace, "z")[1:] == ["not zero", "not zero"]
    assert zeros(trace, "z")[0] != "zero"
    assert zeros(passed("sigmoid-bce", {"W": np.zeros((3, 2)), "b": [-800, 0, 0], "y": [0, 0, 0]}), "z")[0] == "hidden"


def test_a_product_too_small_for_a_float_is_not_0() -> None:
    trace = passed("relu-mse", {"x": [1e-200, 1.0], "y": [0.4, 0.4 - 1e-15, 0.2], "W": [[0, 0], [0, 0], [0, 1e-200]]})
    assert trace.grads["x"][0] == 0
    assert zeros(trace, "x") == ["zero", "not zero"]
    tiny = passed("identity-mse", {"x": [1e-200, 0], "W": np.zeros((3, 2)), "b": [1e-200, 0, 0], "y": [0, 0, 0]})
    assert tiny.grads["W"][0, 0] == 0
    assert zeros(tiny, "W") == ["not zero", *["zero"] * 5]


def test_an_inactive_unit_is_0_whatever_comes_behind_it() -> None:
    """v at h is made with exp, and no fraction; the mask makes 0 of it all the same."""
    trace = passed("two-layer", {"b": [0.0, -0.1, -0.6]})
    assert zeros(trace, "z") == ["not zero", "not zero", "zero"]
    assert zeros(trace, "W")[4:] == ["zero", "zero"]


def test_at_a_kink_it_hangs_on_the_slope_one_takes() -> None:
    """z₂ = 0 exactly, with v₂ = −0.5; where v₂ is 0 as well, every slope gives 0."""
    assert zeros(passed("relu-mse", {"b": [0, -0.5, 0]}), "z") == ["not zero", "kink", "not zero"]
    assert zeros(passed("relu-mse", {"b": [0, -0.5, 0]}), "W")[2:4] == ["kink", "kink"]
    assert zeros(passed("relu-mse", {"b": [0, -0.5, 0], "y": [0.2, 0, 0.1]}), "z")[1] == "zero"


def test_a_unit_that_rounding_alone_has_put_on_one_side_is_at_its_kink() -> None:
    """0.1 + 0.2 − 0.3 is 5.6e-17 in a float64."""
    trace = passed("relu-mse", {"x": [0.1, 0.2], "W": [[1, 1], [0, 0], [0, 0]], "b": [-0.3, 1, 1]})
    assert trace.values["z"][0] > 0
    assert zeros(trace, "z")[0] == "kink"


# --- in all breadth -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RATIONAL)
@settings(max_examples=examples(40, 300), deadline=None, derandomize=True)
@given(data=st.data())
def test_fractions_decide_wherever_there_is_no_exp_and_no_log(name: str, data: st.DataObject) -> None:
    """On few decimals, so that sums come to 0 as often as not."""
    number = st.integers(-6, 6).map(lambda n: n / data.draw(st.sampled_from((1, 10, 1000))))
    own = as_arrays(NETWORKS[name].defaults)
    values = {
        leaf: np.array(data.draw(st.lists(number, min_size=array.size, max_size=array.size))).reshape(array.shape)
        for leaf, array in own.items()
    }
    trace, right = passed(name, values), by_hand(name, values)
    off = gradient_rounding(trace, same_sides=True)
    for node, grad in trace.grads.items():
        if node == "L":
            continue
        exact = exact_gradients(trace)[node].ravel().tolist()
        assert exact == right[node]
        for found, truth, number_, slack in zip(
            zeros(trace, node), exact, grad.ravel().tolist(), off[node].ravel().tolist(), strict=True
        ):
            if found != "kink":
                assert found == ("not zero" if truth else "zero")
                assert abs(number_ - float(truth)) <= slack + 1e-300, "and rounding explains what a float64 makes of it"


@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in RATIONAL])
@settings(max_examples=examples(20, 100), deadline=None, derandomize=True)
@given(size=st.integers(-3, 3), seed=st.integers(0, 10**6))
def test_with_exp_or_log_nothing_is_called_0_that_is_not_0_by_its_mask(name: str, size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    own = as_arrays(NETWORKS[name].defaults)
    values = {
        leaf: a if leaf == "y" else np.round(10.0**size * rng.normal(size=a.shape), 3 - size) for leaf, a in own.items()
    }
    trace = passed(name, values)
    if any(not np.isfinite(grad).all() for grad in trace.grads.values()):
        return
    masked = trace.values["z"] <= 0 if name == "two-layer" else np.zeros(3, dtype=bool)
    for found, inactive in zip(zeros(trace, "z"), masked, strict=True):
        assert (found == "zero") == inactive
