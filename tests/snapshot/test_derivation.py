"""Why a rule holds: line by line, and the mistake next to it that its shape or its numbers refuse."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from latex2mathml.converter import convert

from app.snapshot import run
from app.snapshot.derivation import Derivation, Tempted, derivation
from app.snapshot.jacobian import jacobian
from app.state import ViewState, from_query
from tests.engine.random_chains import WITH_CHAINS
from tests.engine.random_networks import drawn_state, state_with

from .states import DIRECTIONS, OWN, at, both_passes, explained, using_twice, values_of, with_values


def reasoned(state: ViewState) -> Derivation:
    found = derivation(run(state), state.event)
    assert found
    return found


def tempted(state: ViewState) -> Tempted:
    found = reasoned(state).tempted
    assert found
    return found


@pytest.mark.parametrize(
    ("step", "left", "lines"),
    [
        (2, "∂L/∂hᵢ", ["v ∂L/∂hᵢ", "v · ½ · 2 (hᵢ − y*ᵢ)", "v (hᵢ − y*ᵢ)"]),
        (3, "∂L/∂zᵢ", ["Σₖ vₖ ∂hₖ/∂zᵢ", "Σₖ vₖ δₖᵢ 𝟙[zᵢ > 0]", "vᵢ 𝟙[zᵢ > 0]"]),
        (4, "∂L/∂Wᵢⱼ", ["Σₖ vₖ ∂zₖ/∂Wᵢⱼ", "Σₖ vₖ δₖᵢ xⱼ", "vᵢ xⱼ"]),
        (5, "∂L/∂xⱼ", ["Σᵢ vᵢ ∂zᵢ/∂xⱼ", "Σᵢ vᵢ Wᵢⱼ", "Σᵢ (Wᵀ)ⱼᵢ vᵢ"]),
        (6, "∂L/∂bᵢ", ["Σₖ vₖ ∂zₖ/∂bᵢ", "Σₖ vₖ δₖᵢ", "vᵢ"]),
    ],
)
def test_a_rule_is_derived_from_the_chain_rule_line_by_line(step: int, left: str, lines: list[str]) -> None:
    found = reasoned(at(step))
    assert found.left.text == left
    assert [reason.formula.text for reason in found.reasons] == lines
    for reason in found.reasons:
        assert "$" not in reason.formula.text + reason.formula.latex + reason.says
        tree = ElementTree.fromstring(convert(reason.formula.latex))  # noqa: S314  # our own formulas
        assert "\\" not in "".join(tree.itertext()), reason.formula.latex


def test_only_a_step_that_runs_a_rule_has_a_derivation() -> None:
    for state in (OWN, *using_twice()):
        trace = both_passes(state)
        for direction in DIRECTIONS:
            for step in range(len(state.network.graph.timelines[direction]) + 1):
                event = state.go(direction, step).event
                runs_a_rule = event is not None and event.kind in ("forward", "vjp")
                assert (derivation(trace, event) is not None) == runs_a_rule


@pytest.mark.parametrize(
    ("step", "left", "right"),
    [(1, "zᵢ", "Σⱼ Wᵢⱼ xⱼ + bᵢ"), (2, "hᵢ", "max(0, zᵢ)"), (3, "L", "½ Σᵢ (hᵢ − y*ᵢ)²")],
)
def test_a_forward_rule_is_told_entry_by_entry(step: int, left: str, right: str) -> None:
    found = reasoned(OWN.go("forward", step))
    assert (found.left.text, [reason.formula.text for reason in found.reasons]) == (left, [right])
    assert found.tempted is None
    for formula in (found.left, found.reasons[0].formula):
        ElementTree.fromstring(convert(formula.latex))  # noqa: S314  # our own formulas


def test_the_lines_name_the_nodes_of_the_graph() -> None:
    state = using_twice()[0]
    (use,) = state.network.graph.uses["h"]
    of_h = use.step
    found = reasoned(state.go("backward", of_h))
    assert found.left.text == "∂L/∂hⱼ"
    assert [reason.formula.text for reason in found.reasons] == ["Σᵢ vᵢ ∂rᵢ/∂hⱼ", "Σᵢ vᵢ Vᵢⱼ", "Σᵢ (Vᵀ)ⱼᵢ vᵢ"]
    assert "column j of V" in found.reasons[-1].says
    assert "h reaches" in found.reasons[0].says
    assert tempted(state.go("backward", of_h)).formula.text == "V v"


def test_only_the_products_of_a_layer_have_a_mistake_next_to_them() -> None:
    assert [step for step in range(2, 7) if reasoned(at(step)).tempted] == [4, 5]


def test_the_untransposed_matrix_is_refused_by_its_shape() -> None:
    found = tempted(at(5))
    assert (found.formula.text, found.formula.latex) == ("W v", r"W\,v")
    assert (found.left_shape, found.right_shape, found.fits) == ([3, 2], [3], False)
    assert (found.shape, found.wanted, found.same) == ([], [2], False)
    assert found.left == [[0.5, -0.2], [0.3, 0.4], [-0.1, 0.6]]
    assert found.right == pytest.approx([0.2, -0.1, 0.1])


def test_the_outer_product_the_wrong_way_round_has_the_wrong_shape() -> None:
    found = tempted(at(4))
    assert (found.formula.text, found.left_shape, found.right_shape) == ("x vᵀ", [2, 1], [1, 3])
    assert (found.fits, found.shape, found.wanted, found.same) == (True, [2, 3], [3, 2], False)


def test_for_a_square_matrix_the_shapes_let_the_mistake_pass_and_the_numbers_do_not() -> None:
    for seed in range(20):
        state = drawn_state(np.random.default_rng(seed), 4, 4)
        if not (run(state).values["h"] > 0).any():
            continue
        for step, wanted in ((4, [4, 4]), (5, [4])):
            found = tempted(state.go("backward", step))
            assert (found.fits, found.shape, found.wanted, found.same) == (True, wanted, wanted, False)


def test_the_mistake_is_right_where_the_numbers_coincide() -> None:
    rng = np.random.default_rng(1)
    drawn = drawn_state(rng, 5, 5)
    W = values_of(drawn)["W"]
    symmetric = with_values(drawn, W=W + W.T, b=np.full(5, 9.0))
    assert tempted(symmetric.go("backward", 5)).same
    assert not tempted(symmetric.go("backward", 4)).same
    # h = x and y = −x, so that v = 2 x and x vᵀ = v xᵀ
    along = state_with({"x": np.array([1.0, 2.0]), "W": np.eye(2), "b": np.zeros(2), "y": np.array([-1.0, -2.0])})
    assert tempted(along.go("backward", 4)).same
    one = drawn_state(rng, 1, 1)
    assert tempted(one.go("backward", 4)).same
    assert tempted(one.go("backward", 5)).same


@pytest.mark.parametrize("size", [1e-9, 1e-6, 1.0, 1e6, 1e60])
def test_whether_the_mistake_is_right_does_not_depend_on_how_large_the_numbers_are(size: float) -> None:
    state = state_with(
        {
            "x": np.array([1.0, 2.0]) * size,
            "W": np.array([[1.0, 2.0], [3.0, 4.0]]) * size,
            "b": np.array([5.0, 7.0]) * size,
            "y": np.zeros(2),
        }
    )
    assert not tempted(state.go("backward", 4)).same
    assert not tempted(state.go("backward", 5)).same
    symmetric = with_values(state, W=np.array([[1.0, 0.3], [0.3, 4.0]]) * size)
    assert tempted(symmetric.go("backward", 5)).same


def test_a_mistake_that_overflows_where_the_rule_does_not_is_no_trouble() -> None:
    """W v = (1e350, 0), and Wᵀ v = 0."""
    state = state_with(
        {"x": np.zeros(2), "W": np.array([[1e200, 1e200], [0, 0]]), "b": np.array([0, 1e150]), "y": np.zeros(2)}
    )
    found = tempted(state.go("backward", 5))
    assert (found.fits, found.same) == (True, False)


def test_a_contribution_says_of_which_use_it_is_and_what_is_held_fixed() -> None:
    """r = h + x and z = W x + b: ∂L/∂x is found in two parts, and each derivation says which of them it is."""
    for step, via, fixed in ((4, "r", "h"), (7, "z", "W and b")):
        found = reasoned(from_query(f"network=shared&step={step}", "backward", strict=True))
        assert found.left.text.endswith(f" via {via}")
        assert f"\\text{{via }}{via}" in found.left.latex
        assert found.reasons[0].says == f"Chain rule via {via}, with {fixed} fixed; step 8 adds up ∂L/∂x."
        assert not any("so the gradient is" in reason.says.lower() for reason in found.reasons)


def test_every_use_of_several_says_so_and_no_other_does() -> None:
    for state in (*(ViewState(one, "backward", one.defaults) for one in WITH_CHAINS.values()), *using_twice()):
        trace = both_passes(state)
        for use in trace.graph.vjps.values():
            found = derivation(trace, state.go("backward", use.step).event)
            assert found
            assert (" via " in found.left.text) == use.partial
            assert ("Chain rule via" in found.reasons[0].says) == use.partial
            others = [trace.graph.by_name[name].symbol for name in use.node.inputs if name != use.wrt]
            assert jacobian(trace, use).fixed == (others if use.partial else [])
            current = explained(state.go("backward", use.step)).current
            assert ("This is one contribution" in current.sentence) == use.partial
            if use.partial:
                added = state.go("backward", int(current.sentence.rpartition(" at step ")[2].rstrip("."))).event
                assert added
                assert (added.kind, added.node) == ("accumulate", use.wrt)
