"""The Jacobian that a VJP avoids: counted, multiplied out, and never built by a pass."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine import relu_mse
from app.engine.ops import Jacobian
from app.snapshot import as_json, explained_snapshot, run, snapshot_dict
from app.snapshot.derivation import derivation
from app.snapshot.gradcheck import run_gradcheck
from app.snapshot.jacobian import JacobianView, jacobian
from app.snapshot.saved_memory import saved_memory
from app.state import ViewState, from_query
from tests.engine.random_chains import WITH_CHAINS
from tests.engine.random_networks import drawn_states, state_with, with_rule

from .states import BROKEN, DIRECTIONS, OWN, SQUARE, at, using_twice


def built(state: ViewState) -> JacobianView:
    """The Jacobian that the step avoids."""
    assert state.event
    return jacobian(run(state), state.network.graph.vjps[state.event.edge])


@pytest.mark.parametrize(
    ("step", "names", "kind", "shape", "zeros", "closed_cost"),
    [
        (2, ("L", "h"), "a single row", [1, 3], 0, 3),
        (3, ("h", "z"), "a diagonal of 0 and 1", [3, 3], 6, 3),
        (4, ("z", "W"), "block diagonal", [3, 6], 12, 6),
        (5, ("z", "x"), "W itself", [3, 2], 0, 6),
        (6, ("z", "b"), "the identity", [3, 3], 6, 0),
    ],
)
def test_the_jacobian_is_counted(
    step: int, names: tuple[str, str], kind: str, shape: list[int], zeros: int, closed_cost: int
) -> None:
    found = built(at(step))
    entries = shape[0] * shape[1]
    assert ((found.of, found.wrt), found.kind, found.shape) == (names, kind, shape)
    assert (found.entries, found.zeros, found.bytes) == (entries, zeros, 8 * entries)
    assert (found.multiply_adds, found.closed_multiply_adds) == (entries, closed_cost)
    assert np.shape(found.matrix) == tuple(shape)
    assert found.agrees


def test_the_jacobian_and_the_product_by_hand() -> None:
    found = built(at(4))
    assert found.matrix == [[1, 0.5, 0, 0, 0, 0], [0, 0, 1, 0.5, 0, 0], [0, 0, 0, 0, 1, 0.5]]
    assert found.v == pytest.approx([0.2, -0.1, 0.1])
    assert found.product == pytest.approx([0.2, 0.1, -0.1, -0.05, 0.1, 0.05])
    assert np.allclose(np.asarray(found.closed), [[0.2, 0.1], [-0.1, -0.05], [0.1, 0.05]], rtol=1e-14)
    assert found.closed_shape == [3, 2]


def test_a_shut_unit_is_a_row_of_zeros() -> None:
    found = built(at(3, "b=0,-0.1,-0.6"))
    assert found.matrix == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert found.zeros == 7


def test_v_times_the_jacobian_agrees_on_random_networks() -> None:
    for state in (*drawn_states(), *using_twice()):
        trace = run(state)
        for use in trace.graph.vjps.values():
            found = jacobian(trace, use)
            assert found.agrees
            closed = np.asarray(found.closed)
            assert np.allclose(np.reshape(found.product, found.closed_shape), closed, rtol=1e-12, atol=1e-12)
            assert np.array_equal(closed, trace.contributions[use.edge])


@pytest.mark.parametrize("size", [1e-7, 1.0, 1e5])
@pytest.mark.parametrize("name", BROKEN)
def test_the_jacobian_does_not_agree_with_a_broken_rule(name: str, size: float) -> None:
    step, node, slot, rule = BROKEN[name]
    values = {leaf: array * size for leaf, array in SQUARE.items()}
    values["b"] = values["b"] * max(1.0, size)
    assert built(state_with(values).go("backward", step)).agrees
    broken = state_with(values, graph=with_rule(relu_mse(), node, slot, rule))
    assert not built(broken.go("backward", step)).agrees


def test_a_pass_builds_no_jacobian(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that answers for a step may so much as look at a function that builds one."""

    def forbidden(_jacobian: Jacobian) -> None:
        raise AssertionError("a Jacobian was built")

    monkeypatch.setattr(Jacobian, "matrix", property(forbidden))
    for state in (OWN, *drawn_states()[:20], *using_twice()):
        trace = run(state)
        for direction in DIRECTIONS:
            for step in range(len(state.network.graph.timelines[direction]) + 1):
                here = state.go(direction, step)
                explained_snapshot(here, trace)
                snapshot_dict(here, trace)
                as_json(here.with_ask(f"{state.network.graph.leaves[0].name}.1"))
        derivation(trace, state.event)
        saved_memory(trace)
        run_gradcheck(state, trace)
        for use in trace.graph.vjps.values():
            with pytest.raises(AssertionError, match="a Jacobian was built"):
                jacobian(trace, use)


@pytest.mark.parametrize(
    ("query", "step", "product", "closed", "holds"),
    [
        ("network=softmax-ce", 2, 3, 3, "(p − y*)"),
        ("network=softmax-ce&y=1,1,0", 2, 3, 3, "(p Σ y* − y*)"),
        ("network=sigmoid-then-bce", 2, 3, 3, "(p − y*) / (p ⊙ (1 − p))"),
        ("network=sigmoid-then-bce", 3, 9, 3, "p ⊙ (1 − p)"),
        ("network=softmax-mse", 3, 9, 6, "p"),
        ("", 4, 18, 6, "xᵀ"),
        ("", 5, 6, 6, "Wᵀ"),
        ("", 6, 9, 0, ""),
    ],
)
def test_both_sides_count_the_product_with_v_alone_and_the_numbers_it_is_made_with(
    query: str, step: int, product: int, closed: int, holds: str
) -> None:
    found = built(from_query(f"{query}&step={step}", "backward", strict=True))
    assert (found.multiply_adds, found.closed_multiply_adds, found.closed_holds) == (product, closed, holds)
    assert found.multiply_adds == found.entries


def test_no_vjp_holds_or_multiplies_more_than_the_product_with_its_jacobian_but_for_one_of_a_single_entry() -> None:
    for network in WITH_CHAINS.values():
        trace = run(ViewState(network, "backward", network.defaults))
        for use in trace.graph.vjps.values():
            found = jacobian(trace, use)
            assert found.closed_entries <= found.entries
            assert found.closed_multiply_adds <= found.multiply_adds
            row = use.vjp.jacobian
            same = found.closed_entries == found.entries
            if found.entries == found.closed_entries and use.node is not trace.graph.loss and row.avoided:
                assert trace.values[use.node.name].size == 1, "of a lone unit the Jacobian is but a row"
                continue
            assert same == (not row.avoided), "where the VJP holds as much as J, nothing is avoided, and it is said"
            assert ("nothing to avoid" in found.says) == (not row.avoided)
