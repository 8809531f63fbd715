"""The heads side by side: prediction − target in four, not in the fifth; what fails is marked; what cancels cancels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine import Op, Values
from app.pages.heads import data as heads_module
from app.pages.heads.data import take_heads
from app.pages.heads.models import Head, Heads
from app.pages.heads.question import HeadsState
from app.snapshot.pairs import PAIRS
from app.snapshot.unfused import Outcome, curves
from app.state import Invalid

CANONICAL = ["identity-mse", "sigmoid-bce", "softmax-ce", "exp-poisson"]

number = st.floats(-1, 1)
pair = st.tuples(number, number)


@st.composite
def layers(draw: st.DrawFn) -> HeadsState:
    numbers: dict[str, Values] = {
        "x": draw(pair),
        "W": draw(st.tuples(pair, pair, pair)),
        "b": draw(st.tuples(number, number, number)),
    }
    return HeadsState(values=numbers)


def by_name(heads: Heads) -> dict[str, Head]:
    return {head.network: head for head in heads.heads}


def softmax(z: Sequence[float]) -> list[float]:
    """By the definition; the z here are small."""
    powers = [math.exp(one) for one in z]
    return [power / sum(powers) for power in powers]


def predicted(network: str, z: list[float]) -> list[float]:
    """By the standard library, which shares no code with the engine."""
    if network == "identity-mse":
        return z
    if network == "sigmoid-bce":
        return [1 / (1 + math.exp(-one)) for one in z]
    return [math.exp(one) for one in z] if network == "exp-poisson" else softmax(z)


@settings(deadline=None)
@given(layers())
def test_the_gradient_of_z_is_prediction_minus_target_in_four_and_not_in_the_fifth(state: HeadsState) -> None:
    x, W, b = (np.array(state.values[name]) for name in ("x", "W", "b"))
    z = [sum(W[i][j] * x[j] for j in range(2)) + b[i] for i in range(3)]
    heads = by_name(take_heads(state))
    for name in CANONICAL:
        head = heads[name]
        expected = [p - y for p, y in zip(predicted(name, z), head.target, strict=True)]
        assert head.grad_z == pytest.approx(expected, rel=1e-12, abs=1e-12)
        assert head.difference == pytest.approx(expected, rel=1e-12, abs=1e-12)
        assert head.equal
        assert all(head.same)
        assert head.gap <= 1e-12
        assert head.upstream is None
    other = heads["softmax-mse"]
    p, y = softmax(z), other.target
    v = [p[i] - y[i] for i in range(3)]
    mean = sum(v[i] * p[i] for i in range(3))
    assert other.upstream == pytest.approx(v, abs=1e-12)
    assert other.grad_z == pytest.approx([p[i] * (v[i] - mean) for i in range(3)], abs=1e-12)
    assert not other.equal
    assert other.gap == pytest.approx(max(abs(p[i] * (v[i] - mean) - v[i]) for i in range(3)), abs=1e-12)
    assert other.gap > 1e-3


def test_the_own_numbers_by_hand() -> None:
    """z = (0.4, 0.4, 0.2), as everywhere; the regression needs no table: 0.2, −0.1, 0.1."""
    heads = by_name(take_heads(HeadsState()))
    assert list(heads) == [*CANONICAL, "softmax-mse"]
    assert all(head.z == pytest.approx([0.4, 0.4, 0.2]) for head in heads.values())
    assert heads["identity-mse"].grad_z == pytest.approx([0.2, -0.1, 0.1])
    assert heads["identity-mse"].loss == pytest.approx(0.03)


def test_at_z_0_by_hand() -> None:
    """σ is ½, a softmax of three ⅓ and exp 1; softmax-mse: v = (⅓, −⅔, ⅓), v·p = 0, so ∂L/∂z = v/3."""
    state = HeadsState(values={"x": (1.0, 1.0), "W": ((0.0, 0.0),) * 3, "b": (0.0, 0.0, 0.0)})
    heads = by_name(take_heads(state))
    assert heads["sigmoid-bce"].grad_z == [-0.5, 0.5, -0.5]
    assert heads["softmax-ce"].grad_z == pytest.approx([1 / 3, -2 / 3, 1 / 3])
    assert heads["exp-poisson"].grad_z == [0, -1, 1]
    assert heads["softmax-mse"].grad_z == pytest.approx([1 / 9, -2 / 9, 1 / 9])
    assert heads["softmax-mse"].mean == pytest.approx(0, abs=1e-15)


def test_equal_is_found_and_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a prediction off by a thousandth, no head would be called equal but the regression."""

    def off(op: Op) -> Op:
        return replace(op, forward=lambda z: (op.forward(z)[0] * 1.001, {}))

    pairs = [replace(pair, activation=pair.activation and off(pair.activation)) for pair in PAIRS]
    monkeypatch.setattr(heads_module, "PAIRS", pairs)
    heads = by_name(take_heads(HeadsState()))
    assert [heads[name].equal for name in CANONICAL] == [True, False, False, False]


def test_numbers_that_overflow_are_refused_with_the_head_and_what_was_typed() -> None:
    state = HeadsState(values={**HeadsState().values, "b": (800.0, 0.0, 0.0)}, z=36.0, unfused=True)
    with pytest.raises(Invalid, match="exp-poisson: L overflows") as slip:
        take_heads(state)
    assert slip.value.typed["b"] == "800, 0, 0"
    assert slip.value.fallback == HeadsState(z=36.0, unfused=True)


# --- one op or two ------------------------------------------------------------------------------------------


def readings(z: float, y: int = 0) -> dict[str, dict[str, Outcome]]:
    logit = take_heads(HeadsState(z=z, y=y, unfused=True)).logit
    return {"reference": logit.reference} | {chain.name: chain.readings for chain in logit.chains}


@pytest.mark.parametrize("y", [0, 1])
@pytest.mark.parametrize("z", [36.0, -36.0, 40.0, -40.0, 745.0, -745.0])
def test_the_one_op_is_marked_right_at_any_logit_but_where_p_minus_y_cancels(z: float, y: int) -> None:
    found = readings(z, y)
    assert all(reading.value is not None for reading in found["fused"].values())
    wrong = {name for name, reading in found["fused"].items() if not reading.right}
    assert wrong == ({"grad_z"} if z > 0 and y == 1 else set())
    truth = found["reference"]
    assert all(math.isfinite(reading.value) for reading in truth.values() if reading.value is not None)
    assert all(reading.word for reading in truth.values() if reading.value is None), "too large, and told in words"
    assert not {"nan", "inf", "-inf"} & {reading.word for reading in truth.values()}


def test_what_fails_is_null_with_a_word_and_marked() -> None:
    found = readings(40.0)["unfused"]
    assert {name: reading.word for name, reading in found.items() if reading.value is None} == {
        "loss": "inf",
        "grad_p": "inf",
        "grad_z": "nan",
    }
    assert [name for name, reading in found.items() if reading.right] == ["p"]
    assert found["grad_z"].off is None
    clipped = readings(40.0)["clipped"]
    assert (clipped["grad_z"].value, clipped["grad_z"].off, clipped["grad_z"].right) == (0, 1, False)


def test_at_36_all_that_is_made_from_1_minus_p_is_marked_but_the_gradient_that_came_out_right() -> None:
    found = readings(36.0)["unfused"]
    assert {name for name, reading in found.items() if not reading.right} == {"one_minus_p", "loss", "grad_p", "slope"}
    assert found["one_minus_p"].off == pytest.approx(0.0427, abs=5e-5)
    assert not readings(36.0)["clipped"]["grad_z"].right


def test_where_nothing_is_saturated_all_is_right() -> None:
    for z in (-3.0, 0.0, 2.0):
        for chain in readings(z).values():
            assert all(reading.right for reading in chain.values())


def test_a_truth_that_no_float_holds_is_told_in_words() -> None:
    """e^745 = 10^323.549 is 3.54 · 10³²³, and its inverse 2.82 · 10⁻³²⁴: the least of all floats is 4.94 · 10⁻³²⁴."""
    truth = readings(745.0)["reference"]
    assert (truth["grad_p"].value, truth["grad_p"].word) == (None, "3.543e+323")
    assert (truth["one_minus_p"].value, truth["one_minus_p"].word) == (None, "2.822e-324")


def test_the_chains_are_left_out_until_they_are_asked_for() -> None:
    assert [chain.name for chain in take_heads(HeadsState()).logit.chains] == ["fused"]


def test_curves_have_gaps_where_there_is_no_number() -> None:
    one, two, clipped = curves(0, [-40.0, 0.0, 36.0, 40.0], unfused=True)
    assert one.grads == pytest.approx([0, 0.5, 1, 1], abs=1e-12)
    assert two.grads[:3] == pytest.approx([0, 0.5, 1], abs=1e-12)
    assert two.grads[3] is None
    assert clipped.grads == pytest.approx([0, 0.5, 2.22e-4, 0], abs=1e-6)
    assert [curve.name for curve in curves(1, [0.0], unfused=False)] == ["fused"]


# --- the softmax's Jacobian ---------------------------------------------------------------------------------


@settings(deadline=None)
@given(layers(), st.integers(1, 3))
def test_the_dense_jacobian_cancels_to_p_minus_y_term_by_term(state: HeadsState, entry: int) -> None:
    view = take_heads(HeadsState(values=state.values, entry=entry)).jacobian
    p, y = view.p, view.y
    assert all(
        view.matrix[j][i] == pytest.approx(p[j] * ((j == i) - p[i]), abs=1e-15) for i in range(3) for j in range(3)
    )
    assert view.v == pytest.approx([-y[j] / p[j] for j in range(3)])
    assert view.product == pytest.approx([p[i] - y[i] for i in range(3)], abs=1e-12)
    assert view.agrees
    assert view.product is not None
    assert sum(term.value for term in view.terms) == pytest.approx(view.product[entry - 1], abs=1e-12)
    assert [(term.j, term.delta) for term in view.terms] == [(j, int(j == entry)) for j in (1, 2, 3)]


def test_where_a_share_is_0_there_is_no_v_and_the_one_op_still_knows() -> None:
    numbers: dict[str, Values] = {"x": (1.0, 1.0), "W": ((0.0, 0.0),) * 3, "b": (0.0, -800.0, 0.0)}
    found = take_heads(HeadsState(values=numbers))
    view = found.jacobian
    assert (view.v, view.product, view.terms, view.agrees) == (None, None, [], False)
    assert view.difference == by_name(found)["softmax-ce"].grad_z == [0.5, -1, 0.5]
