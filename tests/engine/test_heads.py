"""Losses and the activation before them: that each canonical head ends in prediction − target, and stays finite.

Expected numbers are worked out with 400 digits by `decimal`, which shares no code with NumPy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, localcontext

import numpy as np
import pytest

from app.engine import NETWORKS, OPS, Array, Event, Graph, backward, forward, gradcheck, leaf, node
from app.engine.networks import fused as fused_head

from .random_networks import with_rule

SIGMOID_THEN_BCE = NETWORKS["sigmoid-then-bce"].graph
LARGE = [40.0, -40.0, 745.0, -745.0, 1e6, -1e6]
HEADS = ["bce-with-logits", "softmax-cross-entropy", "poisson-nll"]
ONE = np.asarray(1.0)


@contextmanager
def exactly() -> Iterator[None]:
    """Digits enough to see 1e−323 beside 745, and exponents far beyond those of a float."""
    with localcontext() as context:
        context.prec, context.Emin, context.Emax = 400, -(10**9), 10**9
        yield


@contextmanager
def shouting() -> Iterator[None]:
    """NumPy raises for all but underflow: exp(−745) has no full-length float, and exp(−1e6) is 0 to any float."""
    with np.errstate(all="raise", under="ignore"):
        yield


def e_to(number: float | Decimal) -> Decimal:
    return Decimal(number).exp()


def near(ours: float, truth: Decimal) -> bool:
    """To a few roundings of the number itself, however small it is."""
    return bool(np.isfinite(ours)) and abs(ours - float(truth)) <= 4 * float(np.spacing(abs(float(truth))))


def gradients(graph: Graph, values: dict[str, Array]) -> tuple[float, dict[str, Array]]:
    """The loss and all gradients."""
    trace = backward(forward(graph, values))
    return trace.loss.item(), dict(trace.grads)


def at_z(z: float | list[float], y: float | list[float]) -> dict[str, Array]:
    """Numbers by which the linear layer gives z itself."""
    b = np.atleast_1d(np.asarray(z, dtype=np.float64))
    target = np.atleast_1d(np.asarray(y, dtype=np.float64))
    return {"x": np.zeros(1), "W": np.zeros((b.size, 1)), "b": b, "y": target}


def random_values(head: str, seed: int) -> dict[str, Array]:
    """A layer of random shape, and targets that the head is meant for."""
    rng = np.random.default_rng(seed)
    m, n = map(int, rng.integers(1, 7, size=2))
    y = {
        "bce-with-logits": rng.integers(0, 2, size=m),
        "softmax-cross-entropy": rng.dirichlet(np.ones(m)),
        "poisson-nll": rng.poisson(2.0, size=m),
    }[head].astype(np.float64)
    return {"x": rng.normal(size=n), "W": rng.normal(size=(m, n)), "b": rng.normal(size=m), "y": y}


# --- what is large stays finite and accurate ----------------------------------------------------------------


@pytest.mark.parametrize("z", [*LARGE, 36.0, 1.0, 0.0, -0.0])
def test_the_sigmoid_is_accurate_however_large_its_input(z: float) -> None:
    with shouting():
        h, saved = OPS["sigmoid"].forward(np.array([z]))
        slope = OPS["sigmoid"].vjps["z"].rule(np.array([2.0]), saved)
    with exactly():
        assert near(h.item(), 1 / (1 + e_to(-z)))
        assert abs(slope.item() - float(2 * e_to(-abs(z)) / (1 + e_to(-abs(z))) ** 2)) <= 3e-16


@pytest.mark.parametrize("z", [*LARGE, 36.0, 1.0, 0.0])
@pytest.mark.parametrize("y", [0.0, 1.0, 0.25])
def test_the_binary_head_is_accurate_however_large_its_input(z: float, y: float) -> None:
    with shouting():
        loss, saved = OPS["bce-with-logits"].forward(np.array([z]), np.array([y]))
        grad = OPS["bce-with-logits"].vjps["z"].rule(ONE, saved)
    with exactly():
        assert near(loss.item(), (1 + e_to(z)).ln() - Decimal(y) * Decimal(z))
        assert abs(grad.item() - float(1 / (1 + e_to(-z)) - Decimal(y))) <= 2e-16


@pytest.mark.parametrize("z", LARGE)
@pytest.mark.parametrize("others", [[0.0], [0.0, 1.0], [-3.0, 2.0, 5.0]])
def test_softmax_and_its_head_are_accurate_however_large_one_input_is(z: float, others: list[float]) -> None:
    every = [z, *others]
    for target in range(len(every)):
        y = np.eye(len(every))[target]
        with shouting():
            p, _ = OPS["softmax"].forward(np.array(every))
            loss, saved = OPS["softmax-cross-entropy"].forward(np.array(every), y)
            grad = OPS["softmax-cross-entropy"].vjps["z"].rule(ONE, saved)
        with exactly():
            whole = sum((e_to(one) for one in every), Decimal(0))
            shares = [e_to(one) / whole for one in every]
            assert all(near(ours, truth) for ours, truth in zip(p.tolist(), shares, strict=True))
            assert near(loss.item(), whole.ln() - Decimal(every[target]))
            assert grad.tolist() == pytest.approx([float(share) for share in shares] - y, abs=2e-16)


@pytest.mark.parametrize("z", [40.0, -40.0, 700.0, -745.0, -1e6])
def test_the_poisson_head_is_accurate_where_the_count_it_expects_is_a_float(z: float) -> None:
    with shouting():
        loss, saved = OPS["poisson-nll"].forward(np.array([z]), np.array([3.0]))
        grad = OPS["poisson-nll"].vjps["z"].rule(ONE, saved)
    with exactly():
        assert loss.item() == pytest.approx(float(e_to(z) - 3 * Decimal(z)), rel=1e-15)
        assert grad.item() == pytest.approx(float(e_to(z) - 3), rel=1e-15)


@pytest.mark.parametrize("z", [745.0, 1e6])
def test_an_expected_count_beyond_all_floats_overflows_and_is_noticed(z: float) -> None:
    trace = forward(fused_head("poisson-nll"), at_z(z, 3.0))
    assert trace.loss.item() == np.inf
    assert trace.overflow == Event("forward", "L")


def test_a_certain_head_that_is_right_has_a_loss_that_is_small_and_not_0() -> None:
    """log(1 + exp(z)) − y z would be 40 − 40; by hand it is log(1 + exp(−40)), and exp(−40) is 4.248e−18."""
    for head, z, y in [("bce-with-logits", [40.0], [1.0]), ("softmax-cross-entropy", [40.0, 0.0], [1.0, 0.0])]:
        loss, _ = OPS[head].forward(np.array(z), np.array(y))
        assert loss.item() == pytest.approx(4.248354255291589e-18, rel=1e-15)


@pytest.mark.parametrize("head", ["bce-with-logits", "softmax-cross-entropy"])
@pytest.mark.parametrize("z", LARGE)
def test_a_saturated_head_agrees_with_the_numeric_check(head: str, z: float) -> None:
    values = at_z([z, 1.0, -z], [0.0, 1.0, 0.0])
    with shouting():
        checks = gradcheck(backward(forward(fused_head(head), values)))
    assert {check.verdict for check in checks} == {"agrees"}
    assert len(checks) == 1 + 3 + 3 + 3 + 1


# --- prediction − target ------------------------------------------------------------------------------------


def prediction(head: str, z: Array) -> Array:
    """By the activation that a head has in it, as the op of its own."""
    return OPS[{"bce-with-logits": "sigmoid", "softmax-cross-entropy": "softmax", "poisson-nll": "exp"}[head]].forward(
        z
    )[0]


@pytest.mark.parametrize("head", HEADS)
def test_the_gradient_at_z_of_a_canonical_head_is_prediction_minus_target(head: str) -> None:
    for seed in range(25):
        values = random_values(head, seed)
        _, grad = gradients(fused_head(head), values)
        z = values["W"] @ values["x"] + values["b"]
        assert abs(grad["z"] - (prediction(head, z) - values["y"])).max() <= 1e-15 * max(1, abs(grad["z"]).max())


def test_the_gradient_at_z_of_the_identity_with_squared_error_is_prediction_minus_target() -> None:
    graph = Graph(
        [
            leaf("x", "input"),
            leaf("W", "parameter"),
            leaf("b", "parameter"),
            node("z", "linear", W="W", x="x", b="b"),
            leaf("y", "target"),
            node("L", "mse", h="z", y="y"),
        ]
    )
    values = random_values("poisson-nll", 1)
    _, grad = gradients(graph, values)
    assert grad["z"].tolist() == (values["W"] @ values["x"] + values["b"] - values["y"]).tolist()


def test_targets_that_sum_to_1_leave_p_minus_y_to_the_last_bit_and_others_do_not() -> None:
    z = np.array([1.0, 2.0, 3.0])
    rule = OPS["softmax-cross-entropy"].vjps["z"].rule
    for y in (np.array([0.0, 1.0, 0.0]), np.array([0.25, 0.25, 0.5])):
        _, saved = OPS["softmax-cross-entropy"].forward(z, y)
        assert rule(ONE, saved).tolist() == (saved["p"] - y).tolist()
    _, saved = OPS["softmax-cross-entropy"].forward(z, np.array([1.0, 1.0, 0.0]))
    assert rule(ONE, saved).tolist() == (2 * saved["p"] - [1.0, 1.0, 0.0]).tolist()


def test_the_canonical_heads_say_that_they_end_in_prediction_minus_target() -> None:
    for head in HEADS:
        assert "prediction − target" in OPS[head].vjps["z"].says
        assert "prediction − target" in OPS[head].vjps["z"].derivation[-1].says
    assert "prediction − target" not in OPS["bce"].vjps["p"].says


@pytest.mark.parametrize("head", HEADS)
def test_the_numeric_check_agrees_with_every_head_and_disagrees_with_one_that_is_off(head: str) -> None:
    right, off = fused_head(head), OPS[head].vjps["z"].rule
    wrong = with_rule(right, "L", "z", lambda v, saved: 1.0005 * off(v, saved))
    for seed in range(25):
        values = random_values(head, seed)
        with np.errstate(all="raise"):
            assert {check.verdict for check in gradcheck(backward(forward(right, values)))} == {"agrees"}
        # a softmax of one entry has no gradient to be off by
        if head != "softmax-cross-entropy" or values["y"].size > 1:
            checks = gradcheck(backward(forward(wrong, values)))
            blamed = {check.node for check in checks if check.verdict == "disagrees"}
            assert {"W", "z", "b", "x"} & blamed
            assert "L" not in blamed


def test_the_numeric_check_agrees_with_activations_before_the_squared_error() -> None:
    for activation in ("sigmoid", "exp", "softmax"):
        output = OPS[activation].output
        graph = Graph(
            [
                leaf("x", "input"),
                leaf("W", "parameter"),
                leaf("b", "parameter"),
                node("z", "linear", W="W", x="x", b="b"),
                node(output, activation, z="z"),
                leaf("y", "target"),
                node("L", "mse", h=output, y="y"),
            ]
        )
        for seed in range(25):
            with np.errstate(all="raise"):
                checks = gradcheck(backward(forward(graph, random_values("poisson-nll", seed))))
            assert Counter(check.verdict for check in checks) == {"agrees": len(checks)}


def test_the_ops_by_hand() -> None:
    """At z = 0 and z = ±log 2, log 3, where exp gives whole numbers."""
    z = np.log([1.0, 2.0, 3.0])
    assert OPS["softmax"].forward(z)[0].tolist() == pytest.approx([1 / 6, 1 / 3, 1 / 2], rel=1e-15)
    assert OPS["sigmoid"].forward(z)[0].tolist() == pytest.approx([1 / 2, 2 / 3, 3 / 4], rel=1e-15)
    _, saved = OPS["softmax"].forward(z)
    # v·p = 6/6 + 0 + 2/2 = 2, and p ⊙ (6 − 2, 0 − 2, 2 − 2)
    grad = OPS["softmax"].vjps["z"].rule(np.array([6.0, 0.0, 2.0]), saved)
    assert grad.tolist() == pytest.approx([4 / 6, -2 / 3, 0.0], abs=1e-15)
    loss, saved = OPS["bce"].forward(np.array([0.25, 0.5]), np.array([1.0, 0.0]))
    assert loss.item() == pytest.approx(np.log(8.0), rel=1e-15)
    assert OPS["bce"].vjps["p"].rule(ONE, saved).tolist() == [-4.0, 2.0]
    loss, saved = OPS["poisson-nll"].forward(z, np.array([0.0, 2.0, 0.0]))
    assert loss.item() == pytest.approx(6 - 2 * np.log(2.0), rel=1e-15)
    assert OPS["poisson-nll"].vjps["z"].rule(ONE, saved).tolist() == pytest.approx([1.0, 0.0, 3.0], abs=1e-15)


# --- one op or two ------------------------------------------------------------------------------------------


def both(z: float, y: float) -> tuple[float, float]:
    """∂L/∂z by the fused head, and by sigmoid and cross-entropy one after the other."""
    fused, unfused = (gradients(graph, at_z(z, y))[1]["z"] for graph in (fused_head(HEADS[0]), SIGMOID_THEN_BCE))
    return fused.item(), unfused.item()


def test_fused_or_not_is_the_same_where_nothing_is_saturated() -> None:
    for z in (-3.0, -0.5, 0.0, 2.0):
        for y in (0.0, 1.0, 0.5):
            fused, unfused = both(z, y)
            assert unfused == pytest.approx(fused, rel=1e-13)


def test_where_the_sigmoid_is_1_the_unfused_gradient_is_no_number_and_the_fused_one_is_1() -> None:
    """At z = 40 the nearest float to σ is 1: log(1 − p) is −inf, and the slopes are 1/0 and 0."""
    fused, unfused = both(40.0, 0.0)
    assert fused == 1.0
    assert np.isnan(unfused)
    trace = forward(SIGMOID_THEN_BCE, at_z(40.0, 0.0))
    assert [step.value.item() for step in trace.steps] == [40.0, 1.0, np.inf]
    assert trace.overflow == Event("forward", "L")
    assert OPS["bce"].vjps["p"].rule(ONE, trace.saved["L"]).item() == np.inf
    assert forward(fused_head("bce-with-logits"), at_z(40.0, 0.0)).loss.item() == 40.0


def test_a_saturated_sigmoid_that_is_right_has_no_loss_at_all() -> None:
    """p = y = 1: the loss has 0 · log 0 in it, and its slope 0/0, which are no numbers. The fused head has 4e−18."""
    trace = forward(SIGMOID_THEN_BCE, at_z(40.0, 1.0))
    assert np.isnan(trace.loss.item())
    with np.errstate(invalid="ignore"):
        assert np.isnan(OPS["bce"].vjps["p"].rule(ONE, trace.saved["L"]).item())
    assert both(40.0, 1.0)[0] == 0.0


def test_just_before_that_the_unfused_loss_is_far_off_by_rounding() -> None:
    """At z = 36, 1 − σ is 2.09 units of 2⁻⁵³ and comes out as 2: the loss is 36.04 for 36, and ∂L/∂p is 4% off.

    ∂L/∂z is right all the same: the sigmoid's VJP multiplies by the wrong 1 − p that the loss's has divided by.
    """
    unfused = forward(SIGMOID_THEN_BCE, at_z(36.0, 0.0)).loss.item()
    fused = forward(fused_head("bce-with-logits"), at_z(36.0, 0.0)).loss.item()
    with exactly():
        assert near(fused, (1 + e_to(36.0)).ln())
    assert unfused == -np.log(2.0**-52)
    assert 0.01 < abs(unfused - 36.0) < 0.1
    slope = OPS["bce"].vjps["p"].rule(ONE, {"p": np.array([1 - 2.0**-52]), "y": np.zeros(1)}).item()
    with exactly():
        assert abs(slope / float(1 + e_to(36.0)) - 1) > 0.01
    assert both(36.0, 0.0)[1] == pytest.approx(1.0, rel=1e-12)


def test_no_warning_escapes_a_sweep_over_saturated_numbers_whatever_the_caller_makes_numpy_do() -> None:
    for z in LARGE:
        for y in (0.0, 1.0):
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                backward(forward(SIGMOID_THEN_BCE, at_z(z, y)))
