"""One number moved a little: what the loss does, and what the gradient foretold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.snapshot.gradcheck import run_gradcheck
from app.snapshot.perturbation import Perturbation, perturb
from app.state import ViewState, from_query

from .states import OWN, both_passes, using_twice, with_values


def moved(state: ViewState) -> Perturbation | None:
    return perturb(state, both_passes(state))


def perturbed(key: str, eps: float, state: ViewState = OWN) -> Perturbation:
    found = moved(replace(state, ask=key, eps=eps))
    assert found
    return found


def test_a_weight_moved_by_a_hundredth_by_hand() -> None:
    """h₂ = 0.41: L = ½ (0.2² + 0.09² + 0.1²) = 0.02905."""
    found = perturbed("W.2.1", 0.01)
    assert (found.key, found.epsilon) == ("W₂₁", 0.01)
    assert found.loss == pytest.approx(0.03, rel=1e-14)
    assert found.moved == pytest.approx(0.02905, rel=1e-14)
    assert found.change == pytest.approx(-0.00095, rel=1e-12)
    assert found.foretold == pytest.approx(-0.001, rel=1e-14)
    assert found.remainder == pytest.approx(0.00005, rel=1e-11)


@pytest.mark.parametrize("state", [OWN, *using_twice()], ids=["relu-mse", "residual", "twice", "three layers"])
def test_half_the_perturbation_leaves_a_quarter_of_the_remainder(state: ViewState) -> None:
    """The loss is a parabola in each number but the loss itself, as long as no unit opens or shuts."""
    graph, checked = state.network.graph, 0
    for entry in run_gradcheck(state, both_passes(state)).entries:
        if entry.node == graph.loss.name:
            continue
        whole, half = (perturbed(entry.key, eps, state) for eps in (0.01, 0.005))
        assert whole.foretold == pytest.approx(0.01 * entry.grad, rel=1e-14, abs=1e-300)
        assert whole.change == whole.moved - whole.loss
        assert whole.remainder == whole.change - whole.foretold
        if abs(whole.remainder) > 1e-9:
            assert whole.remainder / half.remainder == pytest.approx(4, rel=1e-6), entry.key
            checked += 1
    assert checked >= 10


def test_the_loss_perturbed_moves_by_the_perturbation() -> None:
    found = perturbed("L", 0.5)
    assert (found.key, found.foretold) == ("L", 0.5)
    assert found.change == pytest.approx(0.5)
    assert abs(found.remainder) <= found.rounding < 1e-14


def test_what_rounding_leaves_is_told_from_what_the_curve_leaves() -> None:
    """Of a parabola, ε²/2 times its curvature is left: at ε = 0.01 far above the rounding, at ε = 1e-9 below it."""
    assert perturbed("W.2.1", 0.01).remainder > 1e6 * perturbed("W.2.1", 0.01).rounding
    tiny = perturbed("W.2.1", 1e-9)
    assert 0 < abs(tiny.remainder) <= tiny.rounding


def test_a_hidden_value_is_perturbed_with_all_before_it_as_it_was() -> None:
    found = perturbed("h.2", 0.01)
    assert found.change == pytest.approx(-0.00095, rel=1e-12)


def test_a_perturbation_across_the_kink_is_not_foretold() -> None:
    """z₂ = 0 and h₂ − y₂ = −0.5. The derivative at 0 is 0, and yet the loss falls: ½ 0.4² − ½ 0.5²."""
    state = from_query("b=0,-0.5,0", "backward", strict=True)
    right, left = perturbed("b.2", 0.1, state), perturbed("b.2", -0.1, state)
    assert right.foretold == left.foretold == 0.0
    assert right.change == right.remainder == pytest.approx(-0.045)
    assert left.change == 0.0


def test_a_perturbation_needs_an_entry_and_a_size_but_no_pass_in_particular() -> None:
    assert moved(OWN) is None
    assert moved(replace(OWN, ask="W.2.1")) is None
    assert moved(replace(OWN, eps=0.01)) is None
    there = perturbed("W.2.1", 0.01)
    for state in (OWN.go("forward", 0), OWN.go("forward"), OWN.go("backward", 1)):
        assert perturbed("W.2.1", 0.01, state) == there


def test_a_target_cannot_be_perturbed() -> None:
    assert moved(replace(OWN, ask="y.1", eps=0.01)) is None


@pytest.mark.parametrize(
    ("key", "eps", "numbers"),
    [
        ("b.1", 1e200, {}),  # L
        ("x.1", 1e308, {"W": [[10.0, 0.0]] * 3}),  # z
        ("W.1.1", -1.7e308, {"W": [[-1.7e308, 0.0], [0.3, 0.4], [-0.1, 0.6]]}),  # W itself: L would not show it
        ("h.1", 2.5e154, {"y": [1.3e154, 0.5, 0.1]}),  # what is foretold
        ("h.1", 1.98e154, {"y": [0.65e154, 0.5, 0.1]}),  # what is left over, and nothing else
    ],
)
def test_a_perturbation_that_overflows_is_none(key: str, eps: float, numbers: dict[str, object]) -> None:
    assert moved(replace(with_values(OWN, **numbers), ask=key, eps=eps)) is None
