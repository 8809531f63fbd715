"""A claim is measured by the gradient at hand: what is right is right at every size, and what is far off at none."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine import NETWORKS, Array, Claim, Diagnosis, Trace, as_arrays, backward, diagnose, forward, known_gradients
from app.engine.closeness import same
from app.engine.rounding import gradient_rounding
from tests.conftest import Lot

SIZES = [10.0**power for power in range(-12, 13)]
# What is claimed of a gradient g, and is wrong wherever g is not 0.
FAR_OFF = {"turned": -1.0, "zero": 0.0, "ten times": 10.0, "a thousandth more": 1.001, "half": 0.5}


def of_size(name: str, size: float, rng: np.random.Generator) -> Trace:
    """A network whose gradients of W and b are about as large as `size`: by its inputs, its targets or both."""
    own = as_arrays(NETWORKS[name].defaults)
    values = {leaf: rng.normal(size=a.shape) if leaf != "y" else a for leaf, a in own.items()}
    by_values = NETWORKS[name].graph.loss.op.name == "mse" and name not in ("tanh-mse", "softmax-mse")
    if by_values and rng.random() < 0.5:  # the squared error is as large as its parts
        values["b"], values["x"], values["y"] = (size * values[leaf] for leaf in ("b", "x", "y"))
    else:
        values["x"] = size * values["x"]
        values["W"] = values["W"] / max(size, 1.0)
    return backward(forward(NETWORKS[name].graph, values))


def judged(trace: Trace, claims: dict[str, Array]) -> dict[str, Diagnosis]:
    return diagnose(known_gradients(trace), {node: Claim(claim) for node, claim in claims.items()})


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_gradient_is_right_and_what_is_far_off_it_is_wrong_at_every_size(name: str, lot: Lot) -> None:
    """In whole, and each entry that is not 0 but for rounding."""
    for size in lot.some(SIZES, 8):
        trace = of_size(name, size, np.random.default_rng(SIZES.index(size)))
        rounding = gradient_rounding(trace, same_sides=True)
        assert all(found.is_right for found in judged(trace, dict(trace.grads)).values())
        for what, factor in FAR_OFF.items():
            for node, found in judged(trace, {node: factor * grad for node, grad in trace.grads.items()}).items():
                grad = trace.grads[node]
                told = abs(grad) > 2.0**29 * rounding[node]
                assert found.entries is not None
                if abs(grad).max() > 1e4 * rounding[node].max():
                    assert not found.is_right, (what, node)
                if what != "a thousandth more":
                    assert not found.entries[told].any(), (what, node)


def test_the_sizes_that_are_claimed_span_24_powers_of_ten() -> None:
    sizes = [abs(of_size(name, size, np.random.default_rng(0)).grads["W"]).max() for name in NETWORKS for size in SIZES]
    nonzero = [size for size in sizes if size]
    assert min(nonzero) < 1e-11
    assert max(nonzero) > 1e11


def test_a_small_gradient_is_neither_0_nor_its_opposite_nor_ten_times_itself() -> None:
    own = as_arrays(NETWORKS["relu-mse"].defaults)
    values = own | {"x": np.array([1e-7, 1e-7]), "b": np.array([0.4, 0.4, 0.4])}
    trace = backward(forward(NETWORKS["relu-mse"].graph, values))
    for factor in (0, -1, 10, 1.001):
        (found,) = judged(trace, {"W": factor * trace.grads["W"]}).values()
        assert found.entries is not None
        assert not found.entries.any()


def test_a_small_entry_beside_a_large_one_is_not_0_either() -> None:
    """∂L/∂W = v xᵀ with x = (1e-9, 1): its first column is far below a millionth of the second."""
    own = as_arrays(NETWORKS["relu-mse"].defaults)
    trace = backward(forward(NETWORKS["relu-mse"].graph, own | {"x": np.array([1e-9, 1.0]), "b": np.ones(3)}))
    for factor in (0, -1, 10):
        claim = trace.grads["W"] * np.array([factor, 1.0])
        found = judged(trace, {"W": claim})["W"]
        assert found.entries is not None
        assert found.entries.tolist() == [[False, True]] * 3


def in_single_precision(trace: Trace) -> dict[str, Array]:
    """The gradients as PyTorch and JAX compute them by default."""
    single: dict[str, Array] = {leaf.name: trace.values[leaf.name].astype(np.float32) for leaf in trace.graph.leaves}
    return {name: grad.astype(np.float64) for name, grad in backward(forward(trace.graph, single)).grads.items()}


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_found_in_single_precision_is_right(name: str, lot: Lot) -> None:
    """On random numbers, and on inputs ten times as large, so that some of tanh, sigmoid and softmax saturate."""
    own = as_arrays(NETWORKS[name].defaults)
    for seed in lot.some(range(200), 20):
        rng = np.random.default_rng(seed)
        drawn = {leaf: a if leaf == "y" else np.round(rng.normal(size=a.shape), 2) for leaf, a in own.items()}
        drawn["x"] *= 1 + 9 * (seed % 2) * (NETWORKS[name].graph.loss.op.name != "poisson-nll")
        trace = backward(forward(NETWORKS[name].graph, drawn))
        rounding = gradient_rounding(trace, same_sides=True)
        single = in_single_precision(trace)
        for node, found in judged(trace, single).items():
            size = abs(trace.grads[node]).max()
            coarse = (rounding[node] * 2.0**29).max() > 1e-5 * size  # the whole gradient is lost, or nearly
            assert found.is_right or coarse or not np.isfinite(single[node]).all(), (node, seed)


def test_a_small_entry_that_single_precision_loses_may_be_given_as_0_beside_a_large_one_alone() -> None:
    """σ(20) − 1 = −2e-9 is left of a 1; beside 0.5 it may be lost, by itself it may not."""
    network = NETWORKS["sigmoid-bce"]
    own = as_arrays(network.defaults) | {"W": np.zeros((3, 2)), "y": np.ones(3)}
    beside = backward(forward(network.graph, own | {"b": np.array([20.0, 0, 0])}))
    assert judged(beside, {"z": np.array([0, -0.5, -0.5])})["z"].is_right
    alone = backward(forward(network.graph, own | {"b": np.array([20.0, 20, 20])}))
    for factor in (0, -1, 10):
        assert not judged(alone, {"z": factor * alone.grads["z"]})["z"].is_right


def test_what_is_left_by_rounding_alone_is_right_in_any_way_to_compute_it() -> None:
    """h₃ − y₃ is −2.8e-17 in one order of adding and 0 in another."""
    own = as_arrays(NETWORKS["relu-mse"].defaults)
    trace = backward(forward(NETWORKS["relu-mse"].graph, own | {"y": np.array([0.4, 0.4, 0.2])}))
    assert trace.grads["h"].any()
    for claim in (np.zeros(3), -trace.grads["h"], trace.grads["h"]):
        assert judged(trace, {"h": claim})["h"].is_right
    assert not judged(trace, {"h": np.full(3, 1e-6)})["h"].is_right, "no precision rounds by that"


def test_what_single_precision_leaves_of_a_gradient_that_cancels_is_right(lot: Lot) -> None:
    """Targets are the predictions, to two decimals or four; a double leaves 4e-16 of a difference, a single 1e-7."""
    own, graph = as_arrays(NETWORKS["relu-mse"].defaults), NETWORKS["relu-mse"].graph
    left = 0.0
    for seed in lot.some(range(100), 30):
        rng = np.random.default_rng(seed)
        drawn = {leaf: np.round(rng.normal(size=a.shape), 2) for leaf, a in own.items()}
        drawn["y"] = np.round(forward(graph, drawn).values["h"], 2 + 2 * (seed % 2))
        trace = backward(forward(graph, drawn))
        single = in_single_precision(trace)
        left = max(left, abs(single["h"]).max() * (abs(trace.grads["h"]).max() < 1e-15))
        assert all(found.is_right for found in judged(trace, single).values()), seed
    assert left > 1e-8, "else this shows nothing"


def test_a_small_entry_that_is_lost_in_single_precision_is_no_further_off_than_that_rounds() -> None:
    """σ(20) − 1 = −2.06e-9, where the numbers of single precision next to 1 are 6e-8 from it."""
    own = as_arrays(NETWORKS["sigmoid-bce"].defaults) | {"W": np.zeros((3, 2)), "y": np.array([1.0, 0, 1])}
    trace = backward(forward(NETWORKS["sigmoid-bce"].graph, own | {"b": np.array([20.0, 0, 0])}))
    for claim, right in ((0, True), (-6e-8, True), (1e-6, False), (-4e-6, False)):
        found = judged(trace, {"z": np.array([claim, 0.5, -0.5])})["z"]
        assert found.entries is not None
        assert found.entries.tolist() == [right, True, True], claim


@pytest.mark.parametrize(("factor", "names"), [(0, set()), (10, set()), (-1, {"sign", "target − prediction"})])
def test_a_mistake_is_named_for_small_entries_only_if_it_gives_them(factor: float, names: set[str]) -> None:
    """∂L/∂W = v xᵀ with x = (1, 1e-6): all mistakes make the second column small beside the first."""
    own = as_arrays(NETWORKS["relu-mse"].defaults)
    trace = backward(forward(NETWORKS["relu-mse"].graph, own | {"x": np.array([1, 1e-6])}))
    for rows in ([True] * 3, [False, True, False]):
        factors = np.where(np.outer(rows, [False, True]), factor, 1.0)
        found = judged(trace, {"W": factors * trace.grads["W"]})["W"]
        assert found.by_entry
        for matches in found.by_entry.values():
            assert {match.site.mistake.name for match in matches if match.own or factor} == names, (factor, rows)


def test_a_probability_that_is_almost_0_is_not_named_by_what_gives_another() -> None:
    """p₃ = 9.4e-14: its opposite is the difference turned round; 0, and twice that, are neither turned nor divided."""
    own = as_arrays(NETWORKS["softmax-ce"].defaults) | {"W": np.zeros((3, 2)), "y": np.array([0, 1.0, 0])}
    trace = backward(forward(NETWORKS["softmax-ce"].graph, own | {"b": np.array([0, -20.0, -30.0])}))
    named = {}
    for factor in (0, 2, -1):
        found = judged(trace, {"z": trace.grads["z"] * np.array([1, 1, factor])})["z"]
        named[factor] = {match.site.mistake.name for match in found.by_entry[(2,)]}
    assert named[2] == set()
    assert "target − prediction" in named[-1]
    assert not named[0] & named[-1]


@pytest.mark.parametrize("network", ["relu-mse", "sigmoid-bce"])
def test_numbers_that_are_right_in_a_wrong_shape_are_told_so(network: str) -> None:
    trace = backward(forward(NETWORKS[network].graph, as_arrays(NETWORKS[network].defaults)))
    W, z = trace.grads["W"], trace.grads["z"]
    ways = {
        "row by row": ({"z": z[:, None]}, {"z": z[None, :]}, {"W": W.ravel()}, {"W": W.reshape(2, 3)}),
        "transposed": ({"W": W.T},),
    }
    for way, claims in ways.items():
        for claim in claims:
            (found,) = judged(trace, claim).values()
            assert (found.is_right, found.entries, found.reshaped) == (False, None, way)
            ((name, numbers),) = claim.items()
            (wrong,) = judged(trace, {name: 1.1 * numbers}).values()
            assert wrong.reshaped is None
    assert judged(trace, {"z": z[:2]})["z"].reshaped is None


def test_near_is_a_share_of_a_size_and_what_is_not_finite_is_never_near() -> None:
    numbers = np.array([1.0, np.inf, np.nan])
    assert same(numbers, np.array([1.1, np.inf, np.nan]), 2.0, 0.051).tolist() == [True, False, False]
    assert same(numbers[:1], np.array([1.1]), 2.0, 0.049).tolist() == [False]
