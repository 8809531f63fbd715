"""The numeric checker: that it agrees with what is right, and above all that it can disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest

from app.engine import (
    DEFAULT,
    NETWORKS,
    Array,
    GradcheckResult,
    Graph,
    Network,
    as_arrays,
    backward,
    forward,
    gradcheck,
    leaf,
    node,
    relu_mse,
)

from .random_networks import drawn_states, with_rule

OWN = as_arrays(DEFAULT.defaults)
SQUARE = {
    "x": np.array([1.0, 0.5]),
    "W": np.array([[0.5, -0.2], [0.3, 0.4]]),
    "b": np.array([0.0, -2.0]),  # the second unit is shut
    "y": np.array([0.2, 0.5]),
}


def checked(graph: Graph, values: Mapping[str, Array]) -> list[GradcheckResult]:
    """Both passes, and then the check."""
    return gradcheck(backward(forward(graph, values)))


def verdicts(checks: list[GradcheckResult]) -> Counter[str]:
    return Counter(check.verdict for check in checks)


def blamed(checks: list[GradcheckResult]) -> set[str]:
    """The nodes at which an entry disagrees."""
    return {check.node for check in checks if check.verdict == "disagrees"}


def test_the_checker_agrees_on_200_random_networks() -> None:
    worst, entries = 0.0, 0
    with np.errstate(all="raise"):
        for state in drawn_states():
            checks = checked(state.network.graph, as_arrays(state.values))
            assert verdicts(checks) == {"agrees": len(checks)}, state.network.defaults
            worst, entries = max([worst, *(check.residual for check in checks)]), entries + len(checks)
    assert worst <= 1e-8
    assert entries > 5000


def test_every_entry_of_every_node_that_takes_a_gradient_is_checked_once_and_in_order() -> None:
    checks = checked(relu_mse(), OWN)
    assert [(check.node, check.index) for check in checks] == [
        *(("x", (j,)) for j in range(2)),
        *(("W", (i, j)) for i in range(3) for j in range(2)),
        *(("b", (i,)) for i in range(3)),
        *(("z", (i,)) for i in range(3)),
        *(("h", (i,)) for i in range(3)),
        ("L", ()),
    ]
    assert [check.grad for check in checks if check.node == "x"] == pytest.approx([0.06, -0.02], rel=1e-12)
    assert checks[-1].grad == checks[-1].central == 1.0


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_no_example_of_the_gallery_disagrees(network: Network) -> None:
    for example in network.examples:
        checks = checked(network.graph, as_arrays({**network.defaults, **example.values}))
        assert not blamed(checks), example.name


def test_a_value_that_is_used_twice_is_checked_through_both_uses() -> None:
    graph = Graph(
        [
            leaf("t", "input"),
            leaf("W", "parameter"),
            node("z", "linear", W="W", x="t", b="t"),
            leaf("y", "target"),
            node("L", "mse", h="z", y="y"),
        ]
    )
    values = {"t": np.array([1.0, 2.0]), "W": np.array([[1.0, 2.0], [3.0, 4.0]]), "y": np.zeros(2)}
    assert verdicts(checked(graph, values)) == {"agrees": 2 + 4 + 2 + 1}


# --- it can fail --------------------------------------------------------------------------------------------

# (node, slot, a wrong rule, the nodes at which it must be seen). The network is square, so no shape gives it away.
WRONG = {
    "a factor of 1.0005": ("z", "W", lambda v, saved: 1.0005 * np.outer(v, saved["x"]), {"W"}),
    "1.0005 further up": ("L", "h", lambda v, s: 1.0005 * v * (s["h"] - s["y"]), {"h", "z", "W", "x", "b"}),
    "no mask": ("h", "z", lambda v, _saved: v, {"z", "W", "x", "b"}),
    "the mask the wrong way round": ("h", "z", lambda v, saved: v * (saved["z"] < 0), {"z", "W", "x", "b"}),
    "W for its transpose": ("z", "x", lambda v, saved: saved["W"] @ v, {"x"}),
    "the outer product transposed": ("z", "W", lambda v, saved: np.outer(saved["x"], v), {"W"}),
    "a missing term": ("z", "x", lambda v, saved: saved["W"][0] * v[0] * [1, 0], {"x"}),
    "the sign": ("L", "h", lambda v, s: v * (s["y"] - s["h"]), {"h", "z", "W", "x", "b"}),
    "no half": ("L", "h", lambda v, s: 2 * v * (s["h"] - s["y"]), {"h", "z", "W", "x", "b"}),
    "a mean for a sum": ("L", "h", lambda v, s: v * (s["h"] - s["y"]) / 2, {"h", "z", "W", "x", "b"}),
    "nothing": ("z", "b", lambda v, _saved: np.zeros_like(v), {"b"}),
    "not a number": ("z", "b", lambda v, _saved: v * np.nan, {"b"}),
    "v forgotten": ("z", "W", lambda v, saved: np.outer(np.ones_like(v), saved["x"]), {"W"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_checker_catches_a_wrong_vjp_and_says_where_it_shows(name: str) -> None:
    at, slot, rule, inputs = WRONG[name]
    with np.errstate(invalid="ignore"):
        assert blamed(checked(with_rule(relu_mse(), at, slot, rule), SQUARE)) == inputs


def test_on_the_same_numbers_the_right_rules_pass() -> None:
    assert not blamed(checked(relu_mse(), SQUARE))
    assert not blamed(checked(with_rule(relu_mse(), "z", "W", lambda v, s: np.outer(v, s["x"])), SQUARE))


def test_the_checker_catches_a_value_whose_second_use_is_forgotten() -> None:
    """z = W t + t, and the second t sends nothing back."""
    graph = Graph(
        [
            leaf("t", "input"),
            leaf("W", "parameter"),
            node("z", "linear", W="W", x="t", b="t"),
            leaf("y", "target"),
            node("L", "mse", h="z", y="y"),
        ]
    )
    values = {"t": np.array([1.0, 2.0]), "W": np.array([[1.0, 2.0], [3.0, 4.0]]), "y": np.zeros(2)}
    assert not blamed(checked(graph, values))
    assert blamed(checked(with_rule(graph, "z", "b", lambda v, _saved: 0 * v), values)) == {"t"}


def test_a_wrong_vjp_is_caught_on_random_networks_too() -> None:
    graph = with_rule(relu_mse(), "z", "W", lambda v, saved: 1.0005 * np.outer(v, saved["x"]))
    inputs = Counter[bool]()
    for state in drawn_states()[:40]:
        values = as_arrays(state.values)
        some_unit_is_open = bool((forward(graph, values).values["h"] > 0).any())
        assert blamed(checked(graph, values)) == ({"W"} if some_unit_is_open else set())
        inputs[some_unit_is_open] += 1
    assert inputs[True] > 20


# --- kinks --------------------------------------------------------------------------------------------------


def test_at_a_kink_nothing_is_judged_and_both_slopes_are_shown() -> None:
    values = OWN | {"b": np.array([0.0, -0.5, 0.0])}
    assert forward(relu_mse(), values).values["z"][1] == 0.0
    checks = {(check.node, check.index): check for check in checked(relu_mse(), values)}
    kinks = {at for at, check in checks.items() if check.verdict == "kink"}
    # all that moves the second unit: its own weights, bias and value, and both inputs
    assert kinks == {
        ("x", (0,)),
        ("x", (1,)),
        ("W", (1, 0)),
        ("W", (1, 1)),
        ("b", (1,)),
        ("z", (1,)),
    }
    assert all(check.verdict == "agrees" for at, check in checks.items() if at not in kinks)
    # h = 0 and y = 0.5: to the left nothing changes, to the right L falls with slope h − y
    for at, slope in [(("z", (1,)), -0.5), (("b", (1,)), -0.5), (("W", (1, 0)), -0.5), (("W", (1, 1)), -0.25)]:
        assert checks[at].grad == 0.0, "the derivative at exactly 0 is 0"
        assert checks[at].left == 0.0
        assert checks[at].right == pytest.approx(slope, abs=1e-4)


def test_a_network_whose_every_unit_is_at_its_kink_disagrees_nowhere() -> None:
    values = {"x": np.zeros(2), "W": np.ones((3, 2)), "b": np.zeros(3), "y": np.ones(3)}
    checks = checked(relu_mse(), values)
    assert not blamed(checks)
    # moving W does not move z, since x is 0
    assert {check.node for check in checks if check.verdict == "kink"} == {"x", "b", "z"}


def test_near_a_kink_is_still_a_kink_and_further_off_is_not() -> None:
    for off, verdict in [(1e-7, "kink"), (-1e-7, "kink"), (1e-4, "agrees"), (-1e-4, "agrees")]:
        values = OWN | {"b": np.array([0.0, -0.5 + off, 0.0])}
        checks = {(check.node, check.index): check for check in checked(relu_mse(), values)}
        assert checks["b", (1,)].verdict == verdict, off


# --- overflow -------------------------------------------------------------------------------------------------


def test_where_a_moved_number_overflows_nothing_is_judged() -> None:
    """L = ½ (x w)² is finite at the largest x there is with w = 1e-160, and x moved up by ε is no float any more."""
    largest = float(np.finfo(np.float64).max)
    values = {"x": np.array([largest]), "W": np.array([[1e-160]]), "b": np.zeros(1), "y": np.zeros(1)}
    with np.errstate(over="ignore", invalid="ignore"):
        checks = {(check.node, check.index): check.verdict for check in checked(relu_mse(), values)}
    assert checks["x", (0,)] == "overflow"
    assert "disagrees" not in checks.values()
    assert checks["b", (0,)] == checks["h", (0,)] == "agrees"


# --- magnitudes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("z", [40.0, -40.0, 745.0, -745.0, 1e6, -1e6])
def test_saturated_units_stay_finite_and_agree(z: float) -> None:
    values = OWN | {"b": np.array([z, 0.0, -z])}
    with np.errstate(all="raise"):
        assert backward(forward(relu_mse(), values)).overflow is None
        assert verdicts(checked(relu_mse(), values)) == {"agrees": 18}


@pytest.mark.parametrize("z", [40.0, 745.0, 1e6])
def test_a_wrong_vjp_is_caught_at_large_numbers_too(z: float) -> None:
    graph = with_rule(relu_mse(), "z", "W", lambda v, saved: 1.0005 * np.outer(v, saved["x"]))
    assert blamed(checked(graph, OWN | {"b": np.array([z, 0.0, -z])})) == {"W"}


@pytest.mark.parametrize("size", [1e3, 1e4, 1e6, 1e8])
def test_large_numbers_that_cancel_in_the_loss_are_no_reason_to_disagree(size: float) -> None:
    """h and y are large and L is about ½, so the rounding of h is far more than that of L."""
    values = OWN | {"x": np.array([size, 0.5]), "y": np.array([0.5 * size - 1, 0.3 * size, 0.1])}
    checks = checked(relu_mse(), values)
    assert forward(relu_mse(), values).loss < 10
    assert not blamed(checks)


def test_a_step_is_small_against_the_number_it_moves() -> None:
    """An absolute step would vanish beside 1e12: centre ± ε would be the centre."""
    values = OWN | {"b": np.array([1e12, -0.1, 0.0]), "y": np.array([1e12, 0.5, 0.1])}
    check = next(check for check in checked(relu_mse(), values) if check.node == "b")
    assert check.left != check.right
    assert np.isfinite([check.left, check.right, check.central]).all()
