"""One logit as one op and as two: the one op is right, the chain of two is shown failing, and the truth is the truth.

Expected numbers are worked out by hand, or with 500 digits by `decimal` from the definitions.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest

from app.engine import OPS
from app.engine.chains import CHAINS, LARGEST_LOGIT, MIN_LOG, MIN_SLOPE, QUANTITIES, reference, run_chain

FAR = [36.0, -36.0, 40.0, -40.0, 745.0, -745.0]


def one(chain: str, z: float, y: int) -> dict[str, float]:
    with np.errstate(over="raise", invalid="raise", divide="raise"):  # no warning escapes, whatever the caller set
        return {name: found.item() for name, found in run_chain(CHAINS[chain], np.array([z]), float(y)).items()}


def defined(z: float, y: int) -> dict[str, Decimal]:
    """By the definitions as they stand, where cancelling costs 435 digits of 500."""
    with localcontext(prec=500, Emin=-(10**6), Emax=10**6):
        p = 1 / (1 + (-Decimal(z)).exp())
        rest = 1 - p
        loss = -(p.ln() if y else rest.ln())
        return {
            "p": p,
            "one_minus_p": rest,
            "loss": loss,
            "grad_p": -1 / p if y else 1 / rest,
            "slope": p * rest,
            "grad_z": p - y,
        }


@pytest.mark.parametrize("y", [0, 1])
@pytest.mark.parametrize("z", [*FAR, 0.0, 1.5, -2.25, 36.7])
def test_the_truth_is_what_the_definitions_give(z: float, y: int) -> None:
    found, expected = reference(z, y), defined(z, y)
    assert tuple(found) == QUANTITIES
    for name in QUANTITIES:
        assert abs(found[name] - expected[name]) <= Decimal("1e-30") * abs(expected[name]), name


def test_the_truth_of_half_a_chance_by_hand() -> None:
    found = {name: float(number) for name, number in reference(0.0, 0).items()}
    assert found == {
        "p": 0.5,
        "one_minus_p": 0.5,
        "loss": float(Decimal(2).ln()),
        "grad_p": 2,
        "slope": 0.25,
        "grad_z": 0.5,
    }


@pytest.mark.parametrize("z", [1000.5, -1e6, float("inf"), float("nan")])
def test_no_truth_is_told_of_a_logit_beyond_the_largest(z: float) -> None:
    with pytest.raises(ValueError, match="at most 1000"):
        reference(z, 0)
    assert float(reference(LARGEST_LOGIT, 0)["loss"]) == float(reference(-LARGEST_LOGIT, 1)["loss"]) == 1000


@pytest.mark.parametrize("y", [0, 1])
@pytest.mark.parametrize("z", FAR)
def test_the_one_op_is_finite_and_right_however_far_out(z: float, y: int) -> None:
    found, true = one("fused", z, y), defined(z, y)
    assert set(found) == {"p", "loss", "grad_z"}, "it forms nothing else"
    assert np.isfinite(list(found.values())).all()
    for name, number in found.items():
        assert abs(number - float(true[name])) <= 1e-12 * max(1, abs(float(true[name]))), name


def test_at_40_the_two_ops_give_no_number_where_the_truth_is_1() -> None:
    found = one("unfused", 40.0, 0)
    assert (found["p"], found["one_minus_p"], found["slope"]) == (1, 0, 0)
    assert (found["loss"], found["grad_p"]) == (np.inf, np.inf)
    assert np.isnan(found["grad_z"])
    assert float(defined(40.0, 0)["grad_z"]) == one("fused", 40.0, 0)["grad_z"] == 1


def test_clipped_the_gradient_is_0_and_the_loss_100() -> None:
    found = one("clipped", 40.0, 0)
    assert (found["loss"], found["grad_p"], found["slope"], found["grad_z"]) == (100, 1e12, 0, 0)
    assert (MIN_LOG, MIN_SLOPE) == (-100, 1e-12)


def test_at_36_two_wrongs_make_a_right_and_the_clipped_chain_has_but_one() -> None:
    """The nearest floats to p are 2⁻⁵³ apart: 1 − p = 2.0892 of them is rounded to 2, and that is 4.27 % off."""
    two, clipped = one("unfused", 36.0, 0), one("clipped", 36.0, 0)
    true = {name: float(number) for name, number in defined(36.0, 0).items()}
    assert two["one_minus_p"] == clipped["one_minus_p"] == 2.0**-52
    off = {name: number / true[name] - 1 for name, number in two.items()}
    assert off["one_minus_p"] == off["slope"] == pytest.approx(-0.0427, abs=5e-5)
    assert off["grad_p"] == pytest.approx(0.0446, abs=5e-5)
    assert off["loss"] == pytest.approx(0.0012, abs=5e-5)
    assert abs(off["grad_z"]) <= 2.0**-52
    # 2⁻⁵² · 10¹², where the truth is 1
    assert clipped["grad_p"] == pytest.approx(1e12)
    assert clipped["grad_z"] == pytest.approx(2.220446e-4)


@pytest.mark.parametrize(("z", "y"), [(40.0, 1), (745.0, 0), (745.0, 1), (-745.0, 1)])
def test_the_two_ops_give_no_number_at_either_end(z: float, y: int) -> None:
    assert not np.isfinite(one("unfused", z, y)["grad_z"])


def test_near_0_a_float_is_fine_and_so_is_the_chain() -> None:
    for y in (0, 1):
        assert one("unfused", -40.0, y)["grad_z"] == pytest.approx(float(defined(-40.0, y)["grad_z"]), rel=1e-12)


def test_all_chains_agree_where_nothing_is_saturated() -> None:
    z = np.linspace(-8.0, 8.0, 33)
    for y in (0.0, 1.0):
        grads = [run_chain(chain, z, y)["grad_z"] for chain in CHAINS.values()]
        assert np.ptp(grads, axis=0).max() <= 1e-12
        assert np.ptp([run_chain(chain, z, y)["loss"] for chain in CHAINS.values()]) <= 1e-9


def test_the_clipped_loss_is_a_row_for_contrast_and_not_in_the_table() -> None:
    (row,) = (node.op for node in CHAINS["clipped"].graph.ops if node.op.name == "bce-clipped")
    assert row not in OPS.values()
    assert "bce-clipped" not in OPS
