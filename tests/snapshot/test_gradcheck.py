"""The check of every gradient entry, as it is shown."""

from __future__ import annotations

import pytest

from app.engine import relu_mse
from app.snapshot.gradcheck import Gradcheck, run_gradcheck
from app.state import ViewState, from_query
from tests.engine.random_networks import drawn_states, state_with, with_rule

from .states import BROKEN, OWN, SQUARE, both_passes, using_twice


def checked(state: ViewState) -> Gradcheck:
    return run_gradcheck(state, both_passes(state))


def test_the_default_values_are_checked_at_18_entries() -> None:
    found = checked(OWN)
    assert (found.network, found.share, found.at_kinks) == ("relu-mse", 1e-6, [])
    assert (len(found.entries), found.agree, found.disagree, found.kinks) == (18, 18, 0, 0)
    assert [entry.key for entry in found.entries] == [
        *("x.1", "x.2", "W.1.1", "W.1.2", "W.2.1", "W.2.2", "W.3.1", "W.3.2"),
        *("b.1", "b.2", "b.3", "z.1", "z.2", "z.3", "h.1", "h.2", "h.3", "L"),
    ]
    weight = found.entries[4]
    assert (weight.node, weight.index, weight.verdict) == ("W", [2, 1], "agrees")
    assert weight.grad == pytest.approx(-0.1)
    assert weight.slope == pytest.approx(-0.1, abs=1e-12)
    assert weight.difference is not None
    assert weight.error is not None
    assert weight.difference <= weight.error < 1e-12


def test_at_a_kink_the_check_judges_nothing_and_shows_both_slopes() -> None:
    found = checked(from_query("b=0,-0.5,0", "backward", strict=True))
    kinks = {entry.key: entry for entry in found.entries if entry.verdict == "kink"}
    assert set(kinks) == {"x.1", "x.2", "W.2.1", "W.2.2", "b.2", "z.2"}
    assert (found.agree, found.disagree, found.kinks, found.at_kinks) == (12, 0, 6, ["z.2"])
    # h₂ = 0 and y₂ = 0.5: to the left nothing moves, to the right L falls with slope h₂ − y₂
    for key, slope in {"z.2": -0.5, "b.2": -0.5, "W.2.1": -0.5, "W.2.2": -0.25}.items():
        assert kinks[key].grad == 0.0
        assert kinks[key].left == pytest.approx(0.0, abs=1e-9)
        assert kinks[key].right == pytest.approx(slope, rel=1e-9)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_found_wrong(name: str) -> None:
    _, node, slot, rule = BROKEN[name]
    assert checked(state_with(SQUARE)).disagree == 0
    found = checked(state_with(SQUARE, graph=with_rule(relu_mse(), node, slot, rule)))
    assert found.disagree > 0
    assert found.agree + found.disagree + found.kinks == len(found.entries)
    wrong = {entry.node for entry in found.entries if entry.verdict == "disagrees"}
    assert wrong == ({"z", "W", "x", "b"} if slot == "z" else {slot})


def test_random_networks_agree() -> None:
    for state in (*drawn_states()[::10], *using_twice()):
        found = checked(state)
        assert found.disagree == 0
        assert found.agree + found.kinks == len(found.entries)


def test_the_check_is_the_same_at_every_step() -> None:
    assert checked(OWN) == checked(OWN.go("forward", 0)) == checked(OWN.go("backward", 3))
