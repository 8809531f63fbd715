"""The other views of a step: why, the Jacobian, what is saved_memory, the proof, the nudge. No pass needs any of them."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from latex2mathml.converter import convert

from app.engine import Array, Graph, as_arrays, backward, forward, relu_mse
from app.engine.graph import Direction
from app.engine.ops import Jacobian
from app.snapshot import as_json, explained_snapshot, snapshot_dict
from app.snapshot.view_models import Derivation, JacobianView, Nudge, SavedMemory, Tempted
from app.snapshot.views import derivation, jacobian, nudge, run_gradcheck, saved_memory
from app.state import ViewState, from_query
from tests.engine.random_networks import (
    Rule,
    drawn_state,
    drawn_states,
    residual,
    state_with,
    three_layers,
    twice,
    with_rule,
)

OWN = from_query("", "backward", strict=True)
DIRECTIONS: tuple[Direction, ...] = ("forward", "backward")


def at(step: int, query: str = "") -> ViewState:
    return from_query(query, "backward", strict=True).go("backward", step)


def values_of(state: ViewState) -> dict[str, Array]:
    return as_arrays(state.values)


def with_values(state: ViewState, **values: object) -> ViewState:
    """The whole backward pass of relu-mse with some numbers changed."""
    changed = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
    return state_with(values_of(state) | changed)


def using_twice() -> list[ViewState]:
    """One random network of each graph that uses a value more than once."""
    rng = np.random.default_rng(20263)
    size = {"x": (2,), "t": (3,), "W": (3, 2), "b": (3,), "V": (3, 3), "y": (3,)} | dict.fromkeys("ABC", (3, 2))
    found = []
    for graph in (residual(), twice(), three_layers()):
        shapes = size | ({"W": (3, 3)} if "t" in graph.by_name else {})
        found.append(state_with({leaf.name: rng.normal(size=shapes[leaf.name]) for leaf in graph.leaves}, graph=graph))
    return found


def vjp_steps(state: ViewState) -> list[int]:
    events = state.network.graph.timelines["backward"]
    return [step for step, event in enumerate(events, 1) if event.kind == "vjp"]


# --- why ----------------------------------------------------------------------------------------------------


def reasoned(state: ViewState) -> Derivation:
    found = derivation(state)
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


def test_only_a_vjp_has_a_jacobian_and_only_a_rule_has_a_why() -> None:
    for state in (OWN, *using_twice()):
        for direction in DIRECTIONS:
            for step in range(len(state.network.graph.timelines[direction]) + 1):
                is_vjp = direction == "backward" and step in vjp_steps(state)
                is_forward = direction == "forward" and step > 0
                assert (jacobian(state.go(direction, step)) is not None) == is_vjp
                assert (derivation(state.go(direction, step)) is not None) == (is_vjp or is_forward)


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
    of_h = next(i for i in vjp_steps(state) if state.network.graph.timelines["backward"][i - 1].wrt == "h")
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
        if not (forward(state.network.graph, values_of(state))[1].value > 0).any():
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


# --- the Jacobian -------------------------------------------------------------------------------------------


def built(state: ViewState) -> JacobianView:
    found = jacobian(state)
    assert found
    return found


@pytest.mark.parametrize(
    ("step", "names", "kind", "shape", "zeros", "closed_cost"),
    [
        (2, ("L", "h"), "a single row", [1, 3], 0, 3),
        (3, ("h", "z"), "a diagonal of 0 and 1", [3, 3], 6, 3),
        (4, ("z", "W"), "mostly zeros", [3, 6], 12, 6),
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
        graph = state.network.graph
        sweep = backward(graph, forward(graph, values_of(state)))
        for step in vjp_steps(state):
            found = built(state.go("backward", step))
            assert found.agrees
            closed = np.asarray(found.closed)
            assert np.allclose(np.reshape(found.product, found.closed_shape), closed, rtol=1e-12, atol=1e-12)
            assert np.array_equal(closed, sweep[step - 1].value)


BROKEN: dict[str, tuple[int, str, str, Rule]] = {
    "a factor of 1.0005": (4, "z", "W", lambda v, saved: 1.0005 * np.outer(v, saved["x"])),
    "a missing mask": (3, "h", "z", lambda v, _saved: v),
    "W for its transpose": (5, "z", "x", lambda v, saved: saved["W"] @ v),
}
# Square, with a shut unit: neither the shape nor luck gives a broken rule away.
SQUARE = {
    "x": np.array([1.0, 0.5]),
    "W": np.array([[0.5, -0.2], [0.3, 0.4]]),
    "b": np.array([0.0, -2.0]),
    "y": np.array([0.2, 0.5]),
}


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
        backward(state.network.graph, forward(state.network.graph, values_of(state)))
        for direction in DIRECTIONS:
            for step in range(len(state.network.graph.timelines[direction]) + 1):
                here = state.go(direction, step)
                explained_snapshot(here)
                snapshot_dict(here)
                as_json(here.with_ask(f"{state.network.graph.leaves[0].name}.1"))
        derivation(state)
        saved_memory(state)
        run_gradcheck(state)
        for step in vjp_steps(state):
            with pytest.raises(AssertionError, match="a Jacobian was built"):
                jacobian(state.go("backward", step))


# --- what is kept -------------------------------------------------------------------------------------------


def stored_once(state: ViewState) -> int:
    """The bytes of every array that the forward pass keeps, told apart by what they are and not by name."""
    run = forward(state.network.graph, values_of(state))
    return sum({id(array): array.nbytes for step in run for array in step.saved.values()}.values())


def test_the_forward_pass_keeps_w_and_x_then_z_then_h_and_the_target() -> None:
    found = saved_memory(OWN)
    assert [(item.node, item.op, item.names, item.nodes, item.bytes) for item in found.items] == [
        ("z", "linear", ["W", "x"], ["W", "x"], 64),
        ("h", "relu", ["z"], ["z"], 24),
        ("L", "mse", ["h", "y*"], ["h", "y"], 48),
    ]
    assert [[(reading.vjp, reading.wrt, reading.names) for reading in item.read_by] for item in found.items] == [
        [("∂L/∂W", "W", ["x"]), ("∂L/∂x", "x", ["W"]), ("∂L/∂b", "b", [])],
        [("∂L/∂z", "z", ["z"])],
        [("∂L/∂h", "h", ["h", "y*"])],
    ]
    assert found.total == 64 + 24 + 48 == stored_once(OWN)
    assert found.made == 24 + 24, "z and h; all else was given"


def test_a_value_that_is_kept_by_several_is_stored_once() -> None:
    state = using_twice()[2]
    found: SavedMemory = saved_memory(state)
    # x, 2 numbers, is kept with each of three matrices of 6; then the prediction and the target, 3 each
    assert [item.bytes for item in found.items] == [64, 64, 64, 48]
    assert found.total == 8 * (2 + 3 * 6 + 3 + 3) == stored_once(state)


def test_what_is_kept_does_not_depend_on_the_step() -> None:
    for state in (*drawn_states()[:20], *using_twice()):
        assert saved_memory(state).total == stored_once(state)
        assert saved_memory(state.go("forward", 0)) == saved_memory(state.go("backward", 2)) == saved_memory(state)


def test_a_target_that_an_op_has_a_rule_for_is_read_by_no_gradient() -> None:
    graph = twice()
    shown = replace(graph.by_name["t"], role="target")
    state = state_with(
        {"t": np.ones(2), "W": np.ones((2, 2)), "y": np.zeros(2)},
        graph=Graph([shown, *graph.nodes[1:]]),
    )
    assert [(reading.vjp, reading.names) for reading in saved_memory(state).items[0].read_by] == [("∂L/∂W", ["t"])]


# --- the proof ----------------------------------------------------------------------------------------------


def test_the_own_numbers_are_proven_at_18_entries() -> None:
    found = run_gradcheck(OWN)
    assert (found.network, found.epsilon, found.tolerance) == ("relu-mse", 6e-6, 1e-8)
    assert (len(found.entries), found.agree, found.disagree, found.kinks) == (18, 18, 0, 0)
    assert [entry.key for entry in found.entries] == [
        *("x.1", "x.2", "W.1.1", "W.1.2", "W.2.1", "W.2.2", "W.3.1", "W.3.2"),
        *("b.1", "b.2", "b.3", "z.1", "z.2", "z.3", "h.1", "h.2", "h.3", "L"),
    ]
    weight = found.entries[4]
    assert (weight.node, weight.index, weight.verdict) == ("W", [2, 1], "agrees")
    assert weight.grad == pytest.approx(-0.1)
    assert weight.central == pytest.approx(-0.1, abs=1e-9)
    assert all(entry.residual < 1e-8 for entry in found.entries)


def test_at_a_kink_the_proof_judges_nothing_and_shows_both_slopes() -> None:
    found = run_gradcheck(from_query("b=0,-0.5,0", "backward", strict=True))
    kinks = {entry.key: entry for entry in found.entries if entry.verdict == "kink"}
    assert set(kinks) == {"x.1", "x.2", "W.2.1", "W.2.2", "b.2", "z.2"}
    assert (found.agree, found.disagree, found.kinks) == (12, 0, 6)
    # h₂ = 0 and y₂ = 0.5: to the left nothing moves, to the right L falls with slope h₂ − y₂
    for key, slope in {"z.2": -0.5, "b.2": -0.5, "W.2.1": -0.5, "W.2.2": -0.25}.items():
        assert kinks[key].grad == 0.0
        assert kinks[key].left == pytest.approx(0.0, abs=1e-9)
        assert kinks[key].right == pytest.approx(slope, abs=1e-4)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_disproven(name: str) -> None:
    _, node, slot, rule = BROKEN[name]
    assert run_gradcheck(state_with(SQUARE)).disagree == 0
    found = run_gradcheck(state_with(SQUARE, graph=with_rule(relu_mse(), node, slot, rule)))
    assert found.disagree > 0
    assert found.agree + found.disagree + found.kinks == len(found.entries)
    wrong = {entry.node for entry in found.entries if entry.verdict == "disagrees"}
    assert wrong == ({"z", "W", "x", "b"} if slot == "z" else {slot})


def test_random_networks_are_proven_whole() -> None:
    for state in (*drawn_states()[::10], *using_twice()):
        found = run_gradcheck(state)
        assert found.disagree == 0
        assert found.agree + found.kinks == len(found.entries)


def test_the_proof_is_the_same_at_every_step() -> None:
    assert run_gradcheck(OWN) == run_gradcheck(OWN.go("forward", 0)) == run_gradcheck(OWN.go("backward", 3))


# --- the nudge ----------------------------------------------------------------------------------------------


def nudged(key: str, eps: float, state: ViewState = OWN) -> Nudge:
    found = nudge(replace(state, ask=key, eps=eps))
    assert found
    return found


def test_a_weight_nudged_by_a_hundredth_by_hand() -> None:
    """h₂ = 0.41: L = ½ (0.2² + 0.09² + 0.1²) = 0.02905."""
    found = nudged("W.2.1", 0.01)
    assert (found.key, found.epsilon) == ("W₂₁", 0.01)
    assert found.loss == pytest.approx(0.03, rel=1e-14)
    assert found.moved == pytest.approx(0.02905, rel=1e-14)
    assert found.change == pytest.approx(-0.00095, rel=1e-12)
    assert found.foretold == pytest.approx(-0.001, rel=1e-14)
    assert found.remainder == pytest.approx(0.00005, rel=1e-11)


@pytest.mark.parametrize("state", [OWN, *using_twice()], ids=["relu-mse", "residual", "twice", "three layers"])
def test_half_the_nudge_leaves_a_quarter_of_the_remainder(state: ViewState) -> None:
    """The loss is a parabola in each number but the loss itself, as long as no unit opens or shuts."""
    graph, checked = state.network.graph, 0
    for entry in run_gradcheck(state).entries:
        if entry.node == graph.loss.name:
            continue
        whole, half = (nudged(entry.key, eps, state) for eps in (0.01, 0.005))
        assert whole.foretold == pytest.approx(0.01 * entry.grad, rel=1e-14, abs=1e-300)
        assert whole.change == whole.moved - whole.loss
        assert whole.remainder == whole.change - whole.foretold
        if abs(whole.remainder) > 1e-9:
            assert whole.remainder / half.remainder == pytest.approx(4, rel=1e-6), entry.key
            checked += 1
    assert checked >= 10


def test_the_loss_nudged_moves_by_the_nudge() -> None:
    found = nudged("L", 0.5)
    assert (found.key, found.foretold) == ("L", 0.5)
    assert found.change == pytest.approx(0.5)
    assert abs(found.remainder) <= found.rounding < 1e-14


def test_what_rounding_leaves_is_told_from_what_the_curve_leaves() -> None:
    """Of a parabola, ε²/2 times its curvature is left: at ε = 0.01 far above the rounding, at ε = 1e-9 below it."""
    assert nudged("W.2.1", 0.01).remainder > 1e6 * nudged("W.2.1", 0.01).rounding
    tiny = nudged("W.2.1", 1e-9)
    assert 0 < abs(tiny.remainder) <= tiny.rounding


def test_a_hidden_value_is_nudged_with_all_before_it_as_it_was() -> None:
    found = nudged("h.2", 0.01)
    assert found.change == pytest.approx(-0.00095, rel=1e-12)


def test_a_nudge_across_the_kink_is_not_foretold() -> None:
    """z₂ = 0 and h₂ − y₂ = −0.5. The derivative at 0 is 0, and yet the loss falls: ½ 0.4² − ½ 0.5²."""
    state = from_query("b=0,-0.5,0", "backward", strict=True)
    right, left = nudged("b.2", 0.1, state), nudged("b.2", -0.1, state)
    assert right.foretold == left.foretold == 0.0
    assert right.change == right.remainder == pytest.approx(-0.045)
    assert left.change == 0.0


def test_a_nudge_needs_an_entry_and_a_size_but_no_pass_in_particular() -> None:
    assert nudge(OWN) is None
    assert nudge(replace(OWN, ask="W.2.1")) is None
    assert nudge(replace(OWN, eps=0.01)) is None
    there = nudged("W.2.1", 0.01)
    for state in (OWN.go("forward", 0), OWN.go("forward"), OWN.go("backward", 1)):
        assert nudged("W.2.1", 0.01, state) == there


def test_a_target_cannot_be_nudged() -> None:
    assert nudge(replace(OWN, ask="y.1", eps=0.01)) is None


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
def test_a_nudge_that_overflows_is_none(key: str, eps: float, numbers: dict[str, object]) -> None:
    assert nudge(replace(with_values(OWN, **numbers), ask=key, eps=eps)) is None
