"""The VJP of softmax with cross-entropy: v (p − y*) where the targets sum to 1, and the general form where not."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.digits import line
from app.engine import OPS, Trace
from app.snapshot import run, snapshot_dict
from app.snapshot.derivation import derivation
from app.snapshot.expansion import expand
from app.state import ViewState, from_query

from .states import explained

SHORT, LONG = "v (p − y*)", "v (p Σ y* − y*)"
SUM_TO_1 = ["0,1,0", "0.25,0.25,0.5", "0.4,0.4,0.2", "0.1,0.2,0.7", "0.7,0.2,0.1", "0.3,0.3,0.4", "1.5,-0.25,-0.25"]
OTHERS = ["0,0,0", "1,1,0", "0.333333,0.333333,0.333333", "0.2,0.5,0.1", "-1,0,0", "0,1.000000001,0"]


def state_of(y: str, more: str = "") -> ViewState:
    return from_query(f"network=softmax-ce&y={y}{more}", "backward", strict=True)


def head_step(state: ViewState) -> ViewState:
    """The state at the step of ∂L/∂z."""
    return state.at_gradient_of("z")


def written(y: str) -> set[str]:
    """The formula of ∂L/∂z in all that is made from a trace."""
    state = head_step(state_of(y))
    trace = run(state)
    current = explained(state).current
    assert current.right
    loss = next(view for view in snapshot_dict(state, trace)["nodes"] if view["name"] == "L")
    found = derivation(trace, state.event)
    assert found
    last = re.sub("[ᵢⱼ]", "", found.reasons[-1].formula.text)
    return {current.right.text, loss["vjps"][0]["text"].removeprefix("∂L/∂z = "), last}


@pytest.mark.parametrize("y", SUM_TO_1)
def test_where_the_targets_sum_to_1_the_rule_reads_v_times_p_minus_y(y: str) -> None:
    assert written(y) == {SHORT}


@pytest.mark.parametrize("y", OTHERS)
def test_for_other_targets_the_general_form_is_what_is_shown(y: str) -> None:
    assert written(y) == {LONG}


def test_the_general_form_stands_in_both_derivations() -> None:
    for y in ("0,1,0", "1,1,0"):
        state = head_step(state_of(y))
        found = derivation(run(state), state.event)
        assert found
        assert "v (pᵢ Σⱼ y*ⱼ − y*ᵢ)" in [reason.formula.text for reason in found.reasons]


def saved_at_head(trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    saved = trace.saved["L"]
    return saved["p"], saved["y"]


def test_the_number_is_p_minus_y_to_the_last_bit_wherever_the_targets_sum_to_1() -> None:
    rng = np.random.default_rng(11)
    for _ in range(300):
        size = int(rng.integers(1, 40))
        whole = rng.integers(0, 1000, size=size)
        whole[0] += 1
        y = np.array([float(Fraction(int(one), int(whole.sum()))) for one in whole])
        _, saved = OPS["softmax-cross-entropy"].forward(3 * rng.normal(size=size), y)
        rule = OPS["softmax-cross-entropy"].vjps["z"]
        assert rule.at(saved) is rule, "a sum of 1 but for rounding is 1"
        assert np.array_equal(rule.rule(np.ones(()), saved), saved["p"] - y)


def test_a_batch_of_targets_of_both_kinds_has_each_its_own_gradient() -> None:
    z, y = np.log([[1.0, 3.0], [1.0, 3.0]]), np.array([[0.0, 1.0], [1.0, 1.0]])
    row = OPS["softmax-cross-entropy"]
    _, saved = row.forward(z, y)
    assert np.allclose(row.vjps["z"].rule(np.ones(2), saved), [[0.25, -0.25], [-0.5, 0.5]], rtol=0, atol=1e-15)


@pytest.mark.parametrize("y", [*SUM_TO_1, *OTHERS])
def test_the_arithmetic_that_is_printed_gives_what_is_printed(y: str) -> None:
    """Each entry: v times what stands in the brackets, read from the digits drawn."""
    current = explained(head_step(state_of(y, "&x=0.7,-1.3"))).current
    drawn = line(current)
    assert drawn
    assert current.operands["local"].symbol == ("(p − y*)" if y in SUM_TO_1 else "(p Σ y* − y*)")
    v, local = drawn.operands["v"].numbers(), drawn.operands["local"].numbers()
    assert drawn.result.recompute(v * local) == drawn.result.texts


def test_an_entry_of_the_general_form_is_made_from_all_targets() -> None:
    for y, symbol, keys in (
        ("0,1,0", "(p₂ − y*₂)", ["z.2", "z.1", "z.3", "y.2"]),
        ("1,1,0", "(p₂ Σⱼ y*ⱼ − y*₂)", ["z.2", "z.1", "z.3", "y.2", "y.1", "y.3"]),
    ):
        state = state_of(y)
        found = expand(run(state), "backward", "z", (1,))
        local = found.terms[0][1]
        assert (local.symbol, local.keys) == (symbol, keys)


@pytest.mark.parametrize(("y", "rule"), [([0, 1, 0], SHORT), ([1, 1, 0], LONG)])
def test_a_claim_that_is_wrong_is_answered_with_the_rule_that_holds(
    client: TestClient, y: list[float], rule: str
) -> None:
    state = state_of(",".join(map(str, y)))
    right = run(state).grads["z"]
    graded = client.post(
        "/api/grade",
        json={"network": "softmax-ce", "values": {"y": y}, "gradients": {"z": (-right).tolist()}},
    ).json()
    (node,) = graded["nodes"]
    assert {match["vjp"] for match in node["matches"]} == {f"∂L/∂z = {rule}"}
