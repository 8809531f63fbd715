"""The numeric checker: that it agrees with what is right, and above all that it can disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from app.engine import (
    DEFAULT,
    NETWORKS,
    Array,
    GradcheckResult,
    Graph,
    Network,
    Trace,
    as_arrays,
    backward,
    forward,
    gradcheck,
    leaf,
    node,
    relu_mse,
)
from app.engine.kinks import kinks_of
from app.engine.rounding import added_up
from tests.conftest import Lot

from .random_networks import drawn_states, outer, with_rule

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
    entries = 0
    for state in drawn_states():
        checks = checked(state.network.graph, as_arrays(state.values))
        assert verdicts(checks) == {"agrees": len(checks)}, state.network.defaults
        assert all(check.difference <= check.error for check in checks)
        entries += len(checks)
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
    assert checks[-1].grad == checks[-1].slope == 1.0


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_no_example_of_the_gallery_disagrees(network: Network) -> None:
    for example in network.examples:
        checks = checked(network.graph, as_arrays({**network.defaults, **example.values}))
        assert not blamed(checks), example.name


def test_the_last_digits_of_a_check_do_not_hang_on_the_order_of_a_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process has an order of its own for a set of texts, and all must answer alike."""
    trace = backward(forward(DEFAULT.graph, OWN))
    behind, once = DEFAULT.graph.behind, added_up(trace)
    for order in permutations(DEFAULT.graph.computed):
        way = {name: tuple(node for node in order if node in nodes) for name, nodes in behind.items()}
        monkeypatch.setitem(vars(DEFAULT.graph), "behind", way)
        assert added_up(trace) == once


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
    "a factor of 1.0005": ("z", "W", lambda v, saved: 1.0005 * outer(v, saved["x"]), {"W"}),
    "1.0005 further up": ("L", "h", lambda v, s: 1.0005 * v[..., None] * (s["h"] - s["y"]), {"h", "z", "W", "x", "b"}),
    "no mask": ("h", "z", lambda v, _saved: v, {"z", "W", "x", "b"}),
    "the mask the wrong way round": ("h", "z", lambda v, saved: v * (saved["z"] < 0), {"z", "W", "x", "b"}),
    "W for its transpose": ("z", "x", lambda v, saved: np.matvec(saved["W"], v), {"x"}),
    "the outer product transposed": ("z", "W", lambda v, saved: outer(saved["x"], v), {"W"}),
    "a missing term": ("z", "x", lambda v, saved: saved["W"][..., 0, :] * v[..., :1] * [1, 0], {"x"}),
    "the sign": ("L", "h", lambda v, s: v[..., None] * (s["y"] - s["h"]), {"h", "z", "W", "x", "b"}),
    "no half": ("L", "h", lambda v, s: 2 * v[..., None] * (s["h"] - s["y"]), {"h", "z", "W", "x", "b"}),
    "a mean for a sum": ("L", "h", lambda v, s: v[..., None] * (s["h"] - s["y"]) / 2, {"h", "z", "W", "x", "b"}),
    "nothing": ("z", "b", lambda v, _saved: np.zeros_like(v), {"b"}),
    "not a number": ("z", "b", lambda v, _saved: v * np.nan, {"b"}),
    "v forgotten": ("z", "W", lambda v, saved: outer(np.ones_like(v), saved["x"]), {"W"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_checker_catches_a_wrong_vjp_and_says_where_it_shows(name: str) -> None:
    at, slot, rule, inputs = WRONG[name]
    with np.errstate(invalid="ignore"):
        assert blamed(checked(with_rule(relu_mse(), at, slot, rule), SQUARE)) == inputs


def test_on_the_same_numbers_the_right_rules_pass() -> None:
    assert not blamed(checked(relu_mse(), SQUARE))
    assert not blamed(checked(with_rule(relu_mse(), "z", "W", lambda v, s: outer(v, s["x"])), SQUARE))


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
    graph = with_rule(relu_mse(), "z", "W", lambda v, saved: 1.0005 * outer(v, saved["x"]))
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


@pytest.mark.parametrize(
    ("off", "verdict"),
    [(1e-7, "agrees"), (-1e-7, "agrees"), (1e-4, "agrees"), (1e-11, "near-kink"), (-1e-11, "agrees")],
)
def test_near_a_kink_a_smaller_step_is_taken_and_where_none_is_large_enough_that_is_said(
    off: float, verdict: str
) -> None:
    values = OWN | {"b": np.array([0.0, -0.5 + off, 0.0])}
    checks = {(check.node, check.index): check for check in checked(relu_mse(), values)}
    for at in (("b", (1,)), ("z", (1,))):
        assert checks[at].verdict == verdict
        if verdict == "agrees":
            assert checks[at].slope == pytest.approx(-0.5 + off if off > 0 else 0.0, abs=1e-7)


def test_a_unit_at_its_kink_through_which_nothing_flows_does_not_make_the_loss_less_smooth() -> None:
    """z₂ = 0 and y₂ = 0: both one-sided slopes are 0, for L = ½ max(0, z₂)² has the slope 0 there."""
    values = OWN | {"b": np.array([0.0, -0.5, 0.0]), "y": np.array([0.2, 0.0, 0.1])}
    trace = backward(forward(relu_mse(), values))
    assert trace.values["z"][1] == trace.grads["h"][1] == 0.0
    assert verdicts(gradcheck(trace)) == {"agrees": 18}
    assert kinks_of(trace).kinks == ()


def test_not_differentiable_is_said_only_of_what_moves_a_unit_that_is_exactly_at_its_kink(lot: Lot) -> None:
    """By hand: z = W x + b with small whole numbers, so z is exact, and a third of its entries are 0."""
    rng, found = np.random.default_rng(lot.getrandbits(32)), Counter[bool]()
    for _ in range(1000 if lot.soak else 60):
        values = {
            name: rng.integers(-1, 2, shape).astype(float)
            for name, shape in {"x": (2,), "W": (3, 2), "b": (3,), "y": (3,)}.items()
        }
        z = [sum(w * x for w, x in zip(row, values["x"], strict=True)) for row in values["W"]] + values["b"]
        at_kink = [bool(z[i] == 0.0 and values["y"][i] != 0.0) for i in range(3)]
        moved = {"z": at_kink, "b": at_kink, "h": [False] * 3, "L": False}
        moved["W"] = [[at_kink[i] and values["x"][j] != 0.0 for j in range(2)] for i in range(3)]
        moved["x"] = [any(at_kink[i] and values["W"][i, j] != 0.0 for i in range(3)) for j in range(2)]
        trace = backward(forward(relu_mse(), values))
        for check in gradcheck(trace):
            expected = bool(np.asarray(moved[check.node])[check.index])
            # where all of a gradient is 0 since z and y* are, ½ max(0, z)² is too flat beside 0 to be sure of it
            others = {"agrees"} if trace.grads[check.node].any() else {"agrees", "unmeasurable"}
            assert check.verdict in ({"kink"} if expected else others), (values, check)
            found[expected] += 1
    assert min(found.values()) > 50


# --- overflow -------------------------------------------------------------------------------------------------


def test_where_no_step_is_left_that_does_not_overflow_nothing_is_judged() -> None:
    """The largest x there is: moved up by any step it is no float any more."""
    largest = float(np.finfo(np.float64).max)
    values = {"x": np.array([largest]), "W": np.array([[1e-160]]), "b": np.zeros(1), "y": np.zeros(1)}
    checks = checked(relu_mse(), values)
    assert not blamed(checks)
    assert checks[0].node == "x"
    assert checks[0].verdict == "unmeasurable"
    assert np.isnan(checks[0].slope)


# --- magnitudes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("z", [40.0, -40.0, 745.0, -745.0, 1e6, -1e6])
def test_saturated_units_stay_finite_and_agree(z: float) -> None:
    values = OWN | {"b": np.array([z, 0.0, -z])}
    assert backward(forward(relu_mse(), values)).overflow is None
    found = verdicts(checked(relu_mse(), values))
    assert found.keys() <= {"agrees", "unmeasurable"}
    assert found["agrees"] == 18 if abs(z) < 1e4 else found["agrees"] > 12


@pytest.mark.parametrize("z", [40.0, 745.0, 1e6])
def test_a_wrong_vjp_is_caught_at_large_numbers_too(z: float) -> None:
    graph = with_rule(relu_mse(), "z", "W", lambda v, saved: 1.0005 * outer(v, saved["x"]))
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
    assert np.isfinite([check.slope, check.error]).all()


# Numbers that people brought: pixels, small weights, large losses, all with right gradients.
BROUGHT: dict[str, tuple[str, dict[str, object]]] = {
    "x 100 times larger than usual": ("softmax-ce", {"x": [100, 50], "W": [[0, 0]] * 3, "b": [0, 0, 0]}),
    "raw pixels": ("softmax-ce", {"x": [255, 128], "W": [[0, 0]] * 3}),
    "raw pixels and small weights": (
        "sigmoid-bce",
        {"x": [99, 88], "W": [[0.01, -0.02], [0.02, -0.01], [-0.01, 0.02]], "b": [0, 0, 0], "y": [0, 1, 0]},
    ),
}


def of_network(name: str, values: Mapping[str, object]) -> tuple[Graph, dict[str, Array]]:
    """A graph of the gallery with these values, and its defaults for the others."""
    arrays = {leaf: np.asarray(value, dtype=np.float64) for leaf, value in values.items()}
    return NETWORKS[name].graph, as_arrays(NETWORKS[name].defaults) | arrays


@pytest.mark.parametrize("case", BROUGHT)
def test_all_entries_agree_on_numbers_that_people_brought(case: str) -> None:
    checks = checked(*of_network(*BROUGHT[case]))
    assert verdicts(checks) == {"agrees": len(checks)}


@pytest.mark.parametrize("name", NETWORKS)
def test_no_size_of_x_makes_a_right_gradient_wrong(name: str) -> None:
    defaults = as_arrays(NETWORKS[name].defaults)
    for size in 2.0 ** np.arange(13):
        sized = {"x": defaults["x"] * size, "W": defaults["W"] / size}
        assert not blamed(checked(*of_network(name, sized))), size


def test_where_rounding_is_larger_than_the_gradient_that_is_said_and_no_tick_given() -> None:
    """W₁₁ = x₁ = 1e6 and L = 5e23: of b₁ = 0 a step of an eighth moves z₁ = 1e12 by its last digits alone."""
    values = {"x": [1e6, 1], "W": [[1e6, 0], [0, 0], [0, 0]]}
    checks = {(check.node, check.index): check for check in checked(*of_network("relu-mse", values))}
    assert checks["b", (0,)].verdict == "unmeasurable"
    assert checks["b", (0,)].error > 1e-6 * 1e12


def test_a_loss_that_is_flat_on_both_sides_of_a_narrow_slope_is_measured_on_the_slope() -> None:
    """L(z₁) goes from ¼ at −∞ to ¼ at ∞, and x₁ = 1e5 makes of the first steps in W₁₁ thousands in z₁: slopes of 0 that
    agree with each other, beside a gradient that is not 0."""
    graph, values = of_network(
        "softmax-mse", {"x": [1e5, 0], "W": [[0, 0]] * 3, "b": [0.3, 0, -1000], "y": [0.5, 0.5, 0]}
    )
    check = next(check for check in checked(graph, values) if (check.node, check.index) == ("W", (0, 0)))
    assert abs(check.grad) > 1e3
    assert check.verdict == "agrees"


# Right gradients beside which wide steps see plateaus and straight lines, and narrow ones rounding alone.
HIDDEN: dict[str, tuple[str, dict[str, object]]] = {
    "a plateau on both sides": (
        "softmax-mse",
        {
            "x": [1e-8, 5e-9],
            "W": [[50000, -20000], [30000, 40000], [-10000, 60000]],
            "b": [0, -1000, 0],
            "y": [0, 1e6, 0],
        },
    ),
    "a saturated unit": (
        "tanh-mse",
        {
            "x": [1500, -1500],
            "W": [[67, -67], [-67, -67], [67, 67]],
            "b": [-30, 8, 1e-6],
            "y": [0, -200000, 2e-6],
        },
    ),
    "a straight line on both sides": (
        "sigmoid-bce",
        {
            "x": [0, -155000],
            "W": [[-0.4, -63000], [0, -51000], [-3.5, -0.00034]],
            "b": [0, 0, 0],
            "y": [2, -333000, 0.33],
        },
    ),
}


@pytest.mark.parametrize("case", HIDDEN)
def test_what_wide_steps_cannot_see_and_narrow_ones_lose_is_not_called_wrong(case: str) -> None:
    found = verdicts(checked(*of_network(*HIDDEN[case])))
    assert found["disagrees"] == 0
    assert found["unmeasurable"] > 0


def test_a_gradient_of_0_is_ticked_where_nothing_else_can_come_out_and_not_where_the_check_is_blind() -> None:
    """L = 5e19 hides what a W moves, and yet an inactive unit passes exactly nothing on."""
    inactive = {"b": [-5, -5, -5], "y": [1e10, 0, 0]}
    checks = {(check.node, check.index): check for check in checked(*of_network("relu-mse", inactive))}
    assert checks["W", (0, 0)].verdict == "agrees"
    assert checks["W", (0, 0)].error < 1e-290
    assert checks["h", (1,)].verdict == "unmeasurable"
    graph, values = of_network(
        "relu-mse",
        {
            "x": [0.01, 0.005],
            "W": [[5e-8, -2e-8], [3e-8, 4e-8], [-1e-8, 6e-8]],
            "b": [0, -1000, 0],
            "y": [2e5, 5e5, 1e5],
        },
    )
    trace = backward(forward(graph, values))
    planted = replace(trace, grads={**trace.grads, "W": np.zeros((3, 2))})
    found = {check.index: check.verdict for check in gradcheck(planted) if check.node == "W"}
    assert found[0, 0] != "agrees", "the true gradient there is −2000"


@pytest.mark.parametrize("b", [[0, -0.5, 0], [1e8, -0.5, 0], [0, -0.5, -0.2]])
def test_the_slopes_on_both_sides_of_a_kink_are_exact_whatever_the_size_of_the_loss(b: list[float]) -> None:
    """∂L/∂h₂ = 0 − 0.5, and W₂₁ = 0.3, x = (1, 0.5): by hand, through the second unit alone."""
    checks = {(check.node, check.index): check for check in checked(*of_network("relu-mse", {"b": b}))}
    for at, right in ((("z", (1,)), -0.5), (("W", (1, 0)), -0.5), (("W", (1, 1)), -0.25)):
        assert (checks[at].verdict, checks[at].left) == ("kink", 0.0)
        assert checks[at].right == right


def test_at_a_kink_up_to_rounding_it_is_the_kink_that_is_named() -> None:
    """z₃ = −0.1 · 1 + 0.6 · 0.5 − 0.2 is 0 in decimals, and −2.8e-17 in floats."""
    trace = backward(forward(*of_network("relu-mse", {"b": [0, -0.1, -0.2]})))
    assert -1e-16 < trace.values["z"][2] < 0
    found = {(check.node, check.index): check.verdict for check in gradcheck(trace)}
    assert found["b", (2,)] == found["z", (2,)] == "near-kink"
    assert found["b", (0,)] == "agrees"


def drawn_trace(rng: np.random.Generator) -> Trace:
    """Both passes over a network of the gallery with values of one size from 1e-3 to 1e3, and targets of its kind."""
    while True:
        name, size = str(rng.choice(list(NETWORKS))), 10 ** rng.uniform(-3, 3)
        defaults = as_arrays(NETWORKS[name].defaults)
        values = {leaf: size * rng.normal(size=value.shape) for leaf, value in defaults.items()}
        count = values["y"].size
        if "bce" in name:
            values["y"] = rng.integers(0, 2, count).astype(float)
        elif "softmax" in name or name == "two-layer":
            values["y"] = np.eye(count)[rng.integers(count)]
        elif "poisson" in name:
            values["y"] = rng.integers(0, 5, count).astype(float)
        with np.errstate(all="ignore"):
            trace = backward(forward(NETWORKS[name].graph, values))
        if trace.overflow is None:
            return trace


def test_no_right_gradient_is_called_wrong_and_an_error_of_a_millionth_is_found_where_one_can_be_seen(lot: Lot) -> None:
    rng, found = np.random.default_rng(lot.getrandbits(32)), Counter[str]()
    for _ in range(5000 if lot.soak else 200):
        trace = drawn_trace(rng)
        assert not blamed(gradcheck(trace)), (trace.values, gradcheck(trace))
        node = str(rng.choice(list(trace.grads)))
        grad, place = trace.grads[node].copy(), tuple(int(rng.integers(size)) for size in trace.grads[node].shape)
        size = abs(grad).max()
        if size == 0.0:
            continue
        grad[place] += rng.choice([-1e-6, 1e-6]) * size
        checks = gradcheck(replace(trace, grads={**trace.grads, node: grad}))
        found[next(check.verdict for check in checks if (check.node, check.index) == (node, place))] += 1
    assert found["agrees"] == 0
    assert found["disagrees"] > (0.97 if lot.soak else 0.9) * found.total(), found
