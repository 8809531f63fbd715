"""What is shown at each step, and that it is shown exactly as it was computed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from string import Template
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from latex2mathml.converter import convert
from numpy.typing import ArrayLike
from pydantic import ValidationError

from app.engine import DEFAULT, Array, Graph, as_arrays, backward, forward, leaf, node
from app.engine.graph import Direction
from app.snapshot import Current, Explained, NestedList, as_json, snapshot_dict, trace_of
from app.state import Invalid, ViewState, from_query
from tests.engine.random_networks import drawn_states, residual, state_with

from .states import explained

STEPS: dict[Direction, int] = {"forward": 3, "backward": 6}
EVERY = [(direction, step) for direction in STEPS for step in range(STEPS[direction] + 1)]
LEAVES = {"x", "W", "b", "y"}
BY_FORWARD = ["z", "h", "L"]
BY_BACKWARD = ["L", "h", "z", "W", "x", "b"]


def at(direction: Direction, query: str = "") -> Explained:
    return explained(from_query(query, direction, strict=True))


def whole(query: str = "") -> Explained:
    return at("backward", query)


# z = (2, −3), h = (2, 0), r = (4, 5), r − y = (1, 2)
RESIDUAL = state_with(
    {
        "x": np.array([1.0]),
        "W": np.array([[2.0], [-3.0]]),
        "b": np.zeros(2),
        "V": np.array([[1.0, 5.0], [4.0, 7.0]]),
        "y": np.array([3.0, 3.0]),
    },
    graph=residual(),
)


# --- steps --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", range(4))
def test_a_forward_step_has_reached_the_ops_up_to_it_and_no_gradient(step: int) -> None:
    snapshot = at("forward", f"step={step}")
    reached = LEAVES | set(BY_FORWARD[:step])
    assert {view.name for view in snapshot.nodes if view.value is not None} == reached
    assert all(view.grad is None and view.inactive is None for view in snapshot.nodes)
    assert all(vjp.value is None for view in snapshot.nodes for vjp in view.vjps)
    assert (snapshot.loss is not None) == (step == 3)


@pytest.mark.parametrize("step", range(7))
def test_a_backward_step_has_the_forward_pass_whole_and_the_gradients_up_to_it(step: int) -> None:
    snapshot = whole(f"step={step}")
    assert all(view.value is not None for view in snapshot.nodes)
    assert snapshot.loss == pytest.approx(0.03, rel=1e-14)
    assert {view.name for view in snapshot.nodes if view.grad is not None} == set(BY_BACKWARD[:step])


def test_step_0_shows_the_inputs_alone() -> None:
    snapshot = at("forward", "step=0")
    assert snapshot.node("x").value == [1.0, 0.5]
    assert snapshot.node("z").value is None
    assert snapshot.current.kind == "inputs"
    assert (snapshot.current.result, snapshot.current.operands, snapshot.current.cost) == (None, {}, None)
    assert "x, W, b, y*" in snapshot.current.sentence


def test_without_a_step_the_pass_is_shown_as_a_whole() -> None:
    explanation = {"current", "next"}
    for direction, steps in STEPS.items():
        shown = at(direction)
        assert shown.model_dump(exclude=explanation) == at(direction, f"step={steps}").model_dump(exclude=explanation)
        assert (shown.step, shown.steps) == (steps, steps)
        assert (shown.current.kind, shown.current.left, shown.next) == ("whole", None, None)


def test_a_pass_as_a_whole_is_a_sentence_that_names_all_it_finds() -> None:
    assert at("forward").current.sentence == "The forward pass computes z, h and L from x, W, b and y*."
    told = "The backward pass finds the gradient of L with respect to h, z, W, x and b."
    assert whole().current.sentence == told
    other = whole("network=shared")
    assert other.current.sentence == "The backward pass finds the gradient of L with respect to r, h, z, W, x and b."


def test_the_whole_backward_pass_shows_the_numbers_of_the_specification() -> None:
    snapshot = whole()
    expected: dict[str, ArrayLike] = {
        "L": 1.0,
        "h": [0.2, -0.1, 0.1],
        "z": [0.2, -0.1, 0.1],
        "W": [[0.2, 0.1], [-0.1, -0.05], [0.1, 0.05]],
        "x": [0.06, -0.02],
        "b": [0.2, -0.1, 0.1],
    }
    for name, grad in expected.items():
        assert np.allclose(np.asarray(snapshot.node(name).grad), grad, rtol=1e-13, atol=1e-15), name
    assert np.allclose(np.asarray(snapshot.node("z").value), [0.4, 0.4, 0.2], rtol=1e-14)


@pytest.mark.parametrize(("direction", "step"), EVERY)
def test_the_current_step_says_what_was_found_and_its_result_stands_at_the_node(
    direction: Direction, step: int
) -> None:
    snapshot = at(direction, f"step={step}")
    current = snapshot.current
    if step == 0:
        assert (current.kind, current.node) == ("inputs", None)
        return
    target = (BY_FORWARD if direction == "forward" else BY_BACKWARD)[step - 1]
    view = snapshot.node(target)
    assert current.result == (view.value if direction == "forward" else view.grad)
    assert current.left
    assert current.left.text == (target if direction == "forward" else f"∂L/∂{target}")


def test_the_backward_pass_starts_with_the_seed_1() -> None:
    snapshot = whole("step=1")
    assert (snapshot.current.kind, snapshot.current.node, snapshot.current.result) == ("seed", "L", 1.0)
    assert snapshot.node("L").grad == 1.0
    assert all(vjp.value is None for view in snapshot.nodes for vjp in view.vjps)


def test_a_vjp_step_names_its_op_its_upstream_gradient_and_what_it_reads() -> None:
    current = whole("step=4").current
    assert (current.kind, current.op, current.node, current.wrt) == ("vjp", "linear", "z", "W")
    assert current.upstream == "∂L/∂z"
    assert current.saved == ["x"]
    assert current.right
    assert current.right.text == "v xᵀ"
    assert current.operands["v"].numbers == whole().node("z").grad
    assert whole("step=3").current.saved == ["z"]
    assert whole("step=2").current.saved == ["h", "y*"]
    assert whole("step=6").current.saved == []


def test_the_jacobian_that_was_not_built_is_counted() -> None:
    costs = {step: whole(f"step={step}").current.cost for step in range(2, 7)}
    found = {
        step: (cost.multiply_adds, cost.jacobian_shape, cost.jacobian_entries) for step, cost in costs.items() if cost
    }
    assert found == {
        2: (3, [1, 3], 3),
        3: (3, [3, 3], 9),
        4: (6, [3, 6], 18),
        5: (6, [3, 2], 6),
        6: (0, [3, 3], 9),
    }
    kinds = [cost.jacobian_kind for cost in costs.values() if cost]
    assert kinds == ["a single row", "a diagonal of 0 and 1", "block diagonal", "W itself", "the identity"]
    forward_costs = [at("forward", f"step={step}").current.cost for step in (1, 2, 3)]
    assert [cost and cost.multiply_adds for cost in forward_costs] == [6, 3, 3]


# --- the one walk -------------------------------------------------------------------------------------------


def test_the_walk_goes_from_the_inputs_to_the_last_gradient() -> None:
    walk = [(moment.direction, moment.step, moment.kind, moment.target) for moment in whole().timeline]
    assert walk == [
        ("forward", 0, "inputs", None),
        ("forward", 1, "forward", "z"),
        ("forward", 2, "forward", "h"),
        ("forward", 3, "forward", "L"),
        ("backward", 1, "seed", "L"),
        ("backward", 2, "vjp", "h"),
        ("backward", 3, "vjp", "z"),
        ("backward", 4, "vjp", "W"),
        ("backward", 5, "vjp", "x"),
        ("backward", 6, "vjp", "b"),
    ]


def test_next_follows_the_walk_to_its_end() -> None:
    snapshot, inputs = at("forward", "step=0"), 1
    while snapshot.next:
        assert snapshot.next == snapshot.timeline[inputs]
        snapshot, inputs = at(snapshot.next.direction, f"step={snapshot.next.step}"), inputs + 1
    assert inputs == len(snapshot.timeline) == 10
    assert (snapshot.direction, snapshot.step) == ("backward", 6)


def test_next_from_the_last_forward_step_is_the_first_backward_step() -> None:
    for snapshot in (at("forward", f"step={STEPS['forward']}"), whole("step=0")):
        assert snapshot.next
        assert (snapshot.next.direction, snapshot.next.step, snapshot.next.text) == ("backward", 1, "∂L/∂L")


def test_the_walk_is_the_same_from_everywhere() -> None:
    assert len({at(direction, f"step={step}").model_dump_json(include={"timeline"}) for direction, step in EVERY}) == 1


# --- nodes --------------------------------------------------------------------------------------------------


def test_nodes_stand_in_topological_order_each_with_its_shape() -> None:
    shapes = {view.name: view.shape for view in whole().nodes}
    assert list(shapes) == ["x", "W", "b", "z", "h", "y", "L"]
    assert shapes == {"x": [2], "W": [3, 2], "b": [3], "z": [3], "h": [3], "y": [3], "L": []}
    assert {view.name: view.op for view in whole().nodes} == {
        **dict.fromkeys(LEAVES),
        "z": "linear",
        "h": "relu",
        "L": "mse",
    }


def test_a_target_takes_no_gradient_and_says_so() -> None:
    snapshot = whole()
    assert [view.name for view in snapshot.nodes if not view.requires_grad] == ["y"]
    assert snapshot.node("y").grad is None
    assert snapshot.node("y").symbol == "y*"
    assert "y" not in {vjp.wrt for view in snapshot.nodes for vjp in view.vjps}


def test_a_node_says_its_formula_its_inputs_what_it_saves_and_its_vjps() -> None:
    z = whole().node("z")
    assert z.forward
    assert z.forward.text == "z = W x + b"
    assert (z.inputs, z.saved) == (["W", "x", "b"], ["W", "x"])
    assert [(vjp.wrt, vjp.text) for vjp in z.vjps] == [
        ("W", "∂L/∂W = v xᵀ"),
        ("x", "∂L/∂x = Wᵀ v"),
        ("b", "∂L/∂b = v"),
    ]
    loss = whole().node("L")
    assert loss.forward
    assert loss.forward.text == "L = ½‖h − y*‖²"
    assert [(vjp.text, vjp.latex) for vjp in loss.vjps] == [
        ("∂L/∂h = v (h − y*)", r"\frac{\partial L}{\partial h} = v\,(h - y^{*})")
    ]
    assert (whole().node("x").forward, whole().node("x").vjps, whole().node("x").saved) == (None, [], [])


def test_a_contribution_appears_with_its_step() -> None:
    for step, wrt in [(4, "W"), (5, "x"), (6, "b")]:
        before, after = (
            {vjp.wrt: vjp.value for vjp in whole(f"step={taken}").node("z").vjps} for taken in (step - 1, step)
        )
        assert before[wrt] is None
        assert after[wrt] == whole().node(wrt).grad


def test_every_latex_of_a_snapshot_is_well_formed_mathml() -> None:
    for snapshot in [at(direction, f"step={step}") for direction, step in EVERY] + [explained(RESIDUAL)]:
        formulas = [entry.latex for view in snapshot.nodes for entry in [*view.vjps, view.forward] if entry]
        formulas += [entry.latex for entry in (snapshot.current.left, snapshot.current.right) if entry]
        formulas += [operand.latex for operand in snapshot.current.operands.values()]
        for latex in formulas:
            assert "$" not in latex
            tree = ElementTree.fromstring(convert(latex))  # noqa: S314  # our own formulas
            assert "\\" not in "".join(tree.itertext()), latex


# --- shut ---------------------------------------------------------------------------------------------------


def test_a_shut_unit_is_marked_with_its_reason_once_its_gradient_is_there() -> None:
    snapshot = whole("b=0,-0.1,-0.6&step=3")
    inactive = snapshot.node("z").inactive
    assert inactive
    assert (inactive.entries, inactive.reason) == ([False, False, True], "z ≤ 0")
    assert np.ravel(np.asarray(snapshot.node("z").grad))[2] == 0.0
    assert whole("b=0,-0.1,-0.6&step=2").node("z").inactive is None
    assert all(view.inactive is None for view in snapshot.nodes if view.name != "z")


def test_a_unit_exactly_at_the_kink_is_shut() -> None:
    snapshot = whole("b=0,-0.5,0")
    assert numbers_of(snapshot.node("z").value)[1] == 0.0
    inactive = snapshot.node("z").inactive
    assert inactive
    assert inactive.entries == [False, True, False]


def test_a_zero_that_no_unit_shut_is_not_marked() -> None:
    """Loss 0: every gradient but the seed is exactly 0, and every unit is open."""
    snapshot = whole("W=0.5,-0.25;0.25,0.5;-0.25,1&b=0,0,0&y=0.375,0.5,0.25")
    assert snapshot.loss == 0.0
    assert snapshot.node("z").grad == [0.0, 0.0, 0.0]
    assert snapshot.node("z").inactive is None


def test_with_all_units_open_nothing_is_marked_shut() -> None:
    assert all(view.inactive is None for view in whole().nodes)


# --- a value with two uses ----------------------------------------------------------------------------------


def test_one_contribution_of_two_is_no_gradient_yet() -> None:
    # seed, r, V, h, z from r, z from h, the sum at z, W, x, b
    assert RESIDUAL.steps == 10
    grads = {step: explained(RESIDUAL.go("backward", step)).node("z").grad for step in range(4, 8)}
    assert grads == {4: None, 5: None, 6: None, 7: [10.0, 2.0]}
    at_6 = explained(RESIDUAL.go("backward", 6))
    assert [vjp.value for name in "rh" for vjp in at_6.node(name).vjps if vjp.wrt == "z"] == [[1.0, 2.0], [9.0, 0.0]]


def test_the_sum_is_a_step_with_its_parts() -> None:
    current = explained(RESIDUAL.go("backward", 7)).current
    assert (current.kind, current.node, current.result) == ("accumulate", "z", [10.0, 2.0])
    assert [operand.numbers for operand in current.operands.values()] == [[1.0, 2.0], [9.0, 0.0]]
    assert [operand.node for operand in current.operands.values()] == ["r", "h"]
    assert current.sentence == "z is used twice, so its two contributions are added."
    upstream = explained(RESIDUAL.go("backward", 8)).current
    assert upstream.operands["v"].numbers == [10.0, 2.0], "the sum is what goes on"


def test_a_unit_that_is_shut_on_one_way_only_is_not_marked_shut() -> None:
    """z₂ = −3 shuts the ReLU, and yet 2 comes back to it past the ReLU."""
    snapshot = explained(RESIDUAL)
    assert snapshot.node("z").grad == [10.0, 2.0]
    assert snapshot.node("z").inactive is None


def test_a_unit_that_is_shut_on_every_way_is_marked_shut() -> None:
    """z feeds two ReLUs and nothing else; the reason is said once."""
    graph = Graph(
        [
            leaf("x", "input"),
            leaf("W", "parameter"),
            leaf("b", "parameter"),
            node("z", "linear", W="W", x="x", b="b"),
            node("h", "relu", z="z"),
            node("g", "relu", z="z"),
            leaf("V", "parameter"),
            node("r", "linear", W="V", x="h", b="g"),
            leaf("y", "target"),
            node("L", "mse", h="r", y="y"),
        ]
    )
    state = state_with(as_arrays(RESIDUAL.values), graph=graph)
    # seed, r, V, h, g, z from g, z from h, the sum at z
    marks = [explained(state.go("backward", step)).node("z").inactive for step in (6, 7)]
    assert marks == [None, None], "before the sum there is no gradient to mark"
    inactive = explained(state.go("backward", 8)).node("z").inactive
    assert inactive
    assert (inactive.entries, inactive.reason) == ([False, True], "z ≤ 0")


# --- overflow -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("x=1e308,0&W=10,0;10,0;10,0", "z"),
        ("b=1e200,0,0", "L"),
        ("x=1e-150,0&W=1e300,0;1e300,0;1e300,0&b=0,0,0&y=0,0,0", "∂L/∂x"),
        ("x=1e300,0&W=1e-150,0;1e-150,0;1e-150,0&b=0,0,0&y=0,0,0", "∂L/∂W"),
    ],
)
def test_an_overflow_names_the_quantity_at_every_step(query: str, where: str) -> None:
    for step in range(7):
        with pytest.raises(Invalid) as refused:
            whole(f"{query}&step={step}")
        (error,) = refused.value.errors
        assert error.msg.startswith(f"{where} overflows")
        explained(refused.value.fallback)


def test_a_forward_pass_is_not_refused_for_what_only_backward_overflows() -> None:
    query = "x=1e-150,0&W=1e300,0;1e300,0;1e300,0&b=0,0,0&y=0,0,0"
    assert at("forward", query).loss == pytest.approx(1.5e300)


# --- the formula of a step, worked out again ----------------------------------------------------------------

# What each formula means, written by someone who knows the notation and not the op.
MEANINGS: dict[str, Callable[..., Any]] = {
    r"$W\,$x + $b": lambda W, x, b: [
        sum(w * entry for w, entry in zip(row, x, strict=True)) + bias for row, bias in zip(W, b, strict=True)
    ],
    r"\max(0,\,$z)": lambda z: [max(0, entry) for entry in z],
    r"\tfrac{1}{2}\,\lVert $h - $y \rVert^{2}": lambda h, y: sum((a - c) ** 2 for a, c in zip(h, y, strict=True)) / 2,
    r"$v\,$local": lambda v, local: (
        [v * entry for entry in local]
        if isinstance(v, float)
        else [[entry * other for other in local[0]] for entry in v]
    ),
    r"$local\,$v": lambda local, v: [sum(w * entry for w, entry in zip(row, v, strict=True)) for row in local],
    r"$v \odot $local": lambda v, local: [a * c for a, c in zip(v, local, strict=True)],
    "$v": lambda v: v,
    "$part0 + $part1": lambda part0, part1: [a + c for a, c in zip(part0, part1, strict=True)],
    "1": lambda: 1.0,
}


def worked_out(current: Current) -> Array:
    return np.asarray(
        MEANINGS[current.template](**{slot: operand.numbers for slot, operand in current.operands.items()})
    )


def every_step(state: ViewState) -> Iterator[Explained]:
    for direction in STEPS:
        for step in range(1, state.go(direction).steps + 1):
            yield explained(state.go(direction, step))


@pytest.mark.parametrize("state", [from_query("", "forward", strict=True), RESIDUAL, *drawn_states()[::20]])
def test_the_numbers_put_into_the_formula_give_the_result(state: ViewState) -> None:
    for snapshot in every_step(state):
        current = snapshot.current
        assert set(Template(current.template).get_identifiers()) == set(current.operands)
        found, shown = worked_out(current), np.asarray(current.result)
        assert found.shape == shown.shape, current.title
        assert np.allclose(found, shown, rtol=1e-12, atol=1e-12), current.title


@pytest.mark.parametrize("state", [from_query("", "forward", strict=True), RESIDUAL])
def test_an_operand_has_the_shape_of_its_numbers_and_a_node_that_exists(state: ViewState) -> None:
    for snapshot in every_step(state):
        for operand in snapshot.current.operands.values():
            assert np.shape(np.asarray(operand.numbers)) == tuple(operand.shape)
            snapshot.node(operand.node)


# --- JSON ---------------------------------------------------------------------------------------------------


def leaves_of(tree: object) -> Iterator[object]:
    if isinstance(tree, dict):
        assert all(type(key) is str for key in tree)
        for entry in tree.values():
            yield from leaves_of(entry)
    elif isinstance(tree, list):
        for entry in tree:
            yield from leaves_of(entry)
    else:
        yield tree


def test_a_snapshot_holds_no_numpy() -> None:
    for direction, step in EVERY:
        dumped = at(direction, f"step={step}").model_dump()
        assert {type(entry) for entry in leaves_of(dumped)} <= {str, int, float, bool, type(None)}


def test_json_says_pass_and_has_every_field_the_api_promises() -> None:
    told = json.loads(whole().model_dump_json(by_alias=True))
    assert (told["network"], told["pass"], told["step"], told["steps"]) == ("relu-mse", "backward", 6, 6)
    assert "direction" not in told
    assert all("pass" in moment for moment in told["timeline"])
    z = next(view for view in told["nodes"] if view["name"] == "z")
    assert {"name", "op", "inputs", "shape", "value", "grad", "saved", "forward", "vjps"} <= set(z)
    assert set(z["forward"]) == {"latex", "text"}
    assert set(z["vjps"][0]) == {"wrt", "latex", "text", "value"}
    assert told["nodes"][0]["op"] is None


EXPLANATION = {"current", "next", "timeline"}


def numbers_of(values: NestedList | None) -> list[float]:
    return [] if values is None else np.ravel(np.asarray(values, dtype=np.float64)).tolist()


def bits(numbers: list[float]) -> list[str]:
    """Floats so that −0 is not 0."""
    return [number.hex() for number in numbers]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "x=0.1,0.3&W=0.1,0.7;1e-7,1e22;3.3,-9.9",
        "x=5e-324,1e-310&b=1e-320,0.1,2.2250738585072014e-308",
        "b=1e150,-0.1,0.30000000000000004",
        "x=0,-1&y=0,0,0",
    ],
)
def test_every_number_of_the_json_is_the_engine_s_float(query: str) -> None:
    state = from_query(query, "backward", strict=True)
    trace = backward(forward(DEFAULT.graph, as_arrays(state.values)))
    told = json.loads(explained(state).model_dump_json(by_alias=True))
    assert json.loads(as_json(state)) == {key: told[key] for key in told if key not in EXPLANATION}
    for view in told["nodes"]:
        assert bits(numbers_of(view["value"])) == bits(numbers_of(trace.values[view["name"]].tolist()))
        if view["requires_grad"]:
            assert bits(numbers_of(view["grad"])) == bits(numbers_of(trace.grads[view["name"]].tolist()))
    assert told["loss"].hex() == float(trace.loss).hex()
    last = explained(state.go("backward", state.steps)).current.result
    assert bits(numbers_of(last)) == bits(numbers_of(trace.grads["b"].tolist()))


@pytest.mark.parametrize(("direction", "step"), EVERY)
def test_what_a_program_gets_is_what_a_person_gets_but_for_the_explanation(direction: Direction, step: int) -> None:
    for state in (from_query(f"step={step}", direction, strict=True), RESIDUAL.go(direction, step)):
        assert snapshot_dict(state, trace_of(state)) == explained(state).model_dump(by_alias=True, exclude=EXPLANATION)


def test_a_program_is_told_of_an_overflow_too() -> None:
    with pytest.raises(Invalid, match="z overflows"):
        as_json(from_query("x=1e308,0&W=10,0;10,0;10,0", "forward", strict=True))


def test_a_snapshot_cannot_be_changed() -> None:
    snapshot = whole()
    for part in (snapshot, snapshot.node("z"), snapshot.current, snapshot.timeline[0]):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, next(iter(type(part).model_fields)), "other")


def test_two_snapshots_share_nothing_that_one_could_change_for_the_other() -> None:
    one, other = whole("step=1"), whole("step=1")
    one.timeline.clear()
    one.nodes.clear()
    one.current.operands.clear()
    assert len(other.timeline) == 10
    assert len(whole("step=1").timeline) == 10
    assert len(other.nodes) == 7


def test_an_unknown_node_is_asked_for_in_vain() -> None:
    with pytest.raises(StopIteration):
        whole().node("nope")
