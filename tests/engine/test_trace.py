"""The two sweeps: the numbers of the specification, fan-out, overflow, and what they must never know or build."""

from __future__ import annotations

import ast
import inspect
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Mapping
from textwrap import dedent
from types import MappingProxyType

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from numpy.typing import ArrayLike

from app.engine import (
    NETWORKS,
    OPS,
    Array,
    Event,
    Formula,
    Graph,
    Op,
    Step,
    Trace,
    Vjp,
    as_arrays,
    backward,
    forward,
    leaf,
    node,
    relu_mse,
)
from app.engine import graph as graph_module
from app.engine import trace as trace_module
from app.engine.mistakes import known_gradients
from app.engine.ops import Entrywise, Factor, Jacobian

from .random_networks import residual

OWN = as_arrays(NETWORKS["relu-mse"].defaults)


def gradients(graph: Graph, values: Mapping[str, Array]) -> dict[str, Array]:
    """The gradient at every node that took one."""
    return dict(backward(forward(graph, values)).grads)


def backward_steps(trace: Trace) -> list[Step]:
    """What the backward pass did, without the forward pass before it."""
    return [step for step in backward(trace).steps if step.event.kind != "forward"]


def told(steps: Iterable[Step]) -> list[tuple[str, str, str]]:
    return [(step.event.kind, step.event.node, step.event.target) for step in steps]


def close(value: Array, expected: ArrayLike) -> bool:
    """Equal to numbers written by hand, but for the rounding of decimals."""
    return bool(np.shape(value) == np.shape(expected) and np.allclose(value, expected, rtol=1e-14, atol=1e-15))


def test_the_forward_pass_gives_the_numbers_of_the_specification() -> None:
    trace = forward(relu_mse(), OWN)
    assert close(trace.values["z"], [0.4, 0.4, 0.2])
    assert close(trace.values["h"], [0.4, 0.4, 0.2])
    assert close(trace.values["L"], 0.03)
    assert trace.loss is trace.values["L"]
    assert all(trace.values[name] is array for name, array in OWN.items()), "what was given is there too"


def test_the_backward_pass_gives_the_numbers_of_the_specification() -> None:
    grads = gradients(relu_mse(), OWN)
    assert close(grads["L"], 1.0)
    assert close(grads["h"], [0.2, -0.1, 0.1])
    assert close(grads["z"], [0.2, -0.1, 0.1])
    assert close(grads["b"], [0.2, -0.1, 0.1])
    assert close(grads["W"], [[0.2, 0.1], [-0.1, -0.05], [0.1, 0.05]])
    assert close(grads["x"], [0.06, -0.02])


def test_the_timelines_are_those_of_the_specification() -> None:
    trace = forward(relu_mse(), OWN)
    assert told(trace.steps) == [("forward", "z", "z"), ("forward", "h", "h"), ("forward", "L", "L")]
    assert told(backward(trace).steps[3:]) == [
        ("seed", "L", "L"),
        ("vjp", "L", "h"),
        ("vjp", "h", "z"),
        ("vjp", "z", "W"),
        ("vjp", "z", "x"),
        ("vjp", "z", "b"),
    ]


def test_what_is_saved_is_what_the_op_saves() -> None:
    trace = forward(relu_mse(), OWN)
    assert {name: set(saved) for name, saved in trace.saved.items()} == {"z": {"W", "x"}, "h": {"z"}, "L": {"h", "y"}}
    assert trace.saved["h"]["z"] is trace.values["z"], "kept, not copied"
    assert backward(trace).saved is trace.saved


def test_a_target_takes_no_gradient() -> None:
    graph = relu_mse()
    assert graph.by_name["y"].role == "target"
    assert "y" not in gradients(graph, OWN)
    assert graph.requires_grad == {"x", "W", "b", "z", "h", "L"}


def test_a_target_takes_no_gradient_where_an_op_has_a_rule_for_it() -> None:
    graph = Graph(
        [
            leaf("W", "parameter"),
            leaf("t", "target"),
            leaf("b", "parameter"),
            node("z", "linear", W="W", x="t", b="b"),
            leaf("y", "target"),
            node("L", "mse", h="z", y="y"),
        ]
    )
    values = {"W": np.eye(2), "t": np.ones(2), "b": np.zeros(2), "y": np.zeros(2)}
    assert set(gradients(graph, values)) == {"L", "z", "W", "b"}


def test_what_feeds_only_a_slot_without_a_rule_takes_no_gradient() -> None:
    graph = Graph(
        [
            leaf("h", "input"),
            leaf("t", "input"),
            node("r", "relu", z="t"),
            node("L", "mse", h="h", y="r"),
        ]
    )
    assert graph.requires_grad == {"h", "L"}
    assert set(gradients(graph, {"h": np.ones(2), "t": np.ones(2)})) == {"L", "h"}


def test_without_a_leaf_that_wants_a_gradient_the_backward_pass_is_the_seed_alone() -> None:
    graph = Graph([leaf("h", "target"), leaf("y", "target"), node("L", "mse", h="h", y="y")])
    assert list(gradients(graph, {"h": np.ones(2), "y": np.zeros(2)})) == ["L"]


def test_the_sweeps_and_their_plan_name_no_op() -> None:
    source = inspect.getsource(trace_module) + dedent(inspect.getsource(vars(Graph)["plan"].func))
    words: set[object] = set()
    for entry in ast.walk(ast.parse(source)):
        match entry:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.Constant(value=word) | ast.alias(name=word):
                words.add(word)
    assert {"forward", "errstate", "backward", "annotations", "vjps"} <= words, (
        "names, attributes, strings and imports were read"
    )
    assert not words & {*OPS, *(name.upper() for name in OPS), "OPS"}


def test_both_sweeps_together_are_30_lines_at_most() -> None:
    sweeps = [entry for entry in ast.parse(inspect.getsource(trace_module)).body if isinstance(entry, ast.FunctionDef)]
    assert {sweep.name for sweep in sweeps} == {"forward", "backward"}
    assert sum(len(ast.unparse(entry).splitlines()) for sweep in sweeps for entry in sweep.body[1:]) <= 30


# --- no −0 --------------------------------------------------------------------------------------------------


def has_negative_zero(array: Array) -> bool:
    return bool((np.signbit(array) & (array == 0)).any())


def test_what_is_tidy_makes_no_negative_zero_of_numbers_without_one() -> None:
    """The passes clear away none behind it: so it must hold for 0, for what underflows, and for what overflows."""
    rng = np.random.default_rng(12)
    numbers = np.array([0.0, 1.0, -1.0, 0.5, -3.0, 1e-320, -1e-320, 1e-200, -1e-200, 1e200, -1e200, 1e308, -1e308])
    told: Counter[str] = Counter()
    with np.errstate(all="ignore"):
        for op in OPS.values():
            for sets in [()] * 40 + [(4,)] * 10:
                sizes = {"W": (3, 2), "x": (2,)}
                inputs = [rng.choice(numbers, (*sets, *sizes.get(slot, (3,)))) for slot in op.inputs]
                value, saved = op.forward(*inputs)
                assert not (op.tidy and has_negative_zero(value)), op
                told[op.name] += op.tidy
                value += 0.0
                v = rng.choice(numbers, value.shape)
                for slot, vjp in op.vjps.items():
                    found = vjp.rule(v, saved)
                    assert not (vjp.tidy and has_negative_zero(found)), (op, slot)
                    told[f"{op.name} {slot}"] += vjp.tidy
    assert {"linear", "linear W", "linear b", "relu", "relu z", "mse", "tanh"} <= set(+told)
    assert not {"linear x", "mse h", "bce"} & set(+told)


@pytest.mark.parametrize("zeros", [(), ("v",), ("x",), ("v", "x"), ("underflow",), ("nowhere to go",), ("v", "∞")])
def test_a_large_outer_product_is_that_of_a_small_one(zeros: tuple[str, ...]) -> None:
    rng = np.random.default_rng(13)
    v, x = rng.normal(size=600), rng.normal(size=500)
    if "v" in zeros:
        v[::2] = 0.0
    if "x" in zeros:
        x[::3] = 0.0
    if "underflow" in zeros:
        v[7], x[5] = -1e-200, 1e-200  # one product is −0 without a 0
    if "nowhere to go" in zeros:
        v[:] = 0.0
    if "∞" in zeros:
        x[5] = np.inf  # and 0 · ∞ is no number
    with np.errstate(invalid="ignore"):
        found = OPS["linear"].vjps["W"].rule(v, {"x": x})
        assert found.tobytes() == (v[:, None] * x + 0.0).tobytes()


def test_planted_mistakes_leave_no_negative_zero_either() -> None:
    known = known_gradients(backward(forward(relu_mse(), OWN | {"b": np.array([-9.0, -0.1, 0.0])})))
    grads = [grad for _, found in known.wrong for grad in found.values()]
    assert sum(int((grad == 0).sum()) for grad in grads) > 50
    assert not any(map(has_negative_zero, grads))


# --- fan-out ------------------------------------------------------------------------------------------------


def residual_by_autograd(x: Array, W: Array, b: Array, V: Array, y: Array) -> float:
    z = anp.dot(W, x) + b
    return anp.sum((anp.dot(V, anp.where(z > 0, z, 0.0)) + z - y) ** 2) / 2  # type: ignore[no-any-return]


def test_a_value_that_feeds_two_ops_is_summed_in_a_step_of_its_own() -> None:
    values = {
        "x": np.array([1.0]),
        "W": np.array([[2.0], [-3.0]]),
        "b": np.zeros(2),
        "V": np.array([[1.0, 5.0], [4.0, 7.0]]),
        "y": np.array([3.0, 3.0]),
    }
    # z = (2, −3), h = (2, 0), V h = (2, 8), r = (4, 5), r − y = (1, 2)
    steps = backward_steps(forward(residual(), values))
    assert [(step.event.kind, step.event.node, step.event.target, step.value.tolist()) for step in steps] == [
        ("seed", "L", "L", 1.0),
        ("vjp", "L", "r", [1.0, 2.0]),
        ("vjp", "r", "V", [[2.0, 0.0], [4.0, 0.0]]),
        ("vjp", "r", "h", [9.0, 19.0]),
        ("vjp", "r", "z", [1.0, 2.0]),
        ("vjp", "h", "z", [9.0, 0.0]),
        ("accumulate", "z", "z", [10.0, 2.0]),
        ("vjp", "z", "W", [[10.0], [2.0]]),
        ("vjp", "z", "x", [14.0]),
        ("vjp", "z", "b", [10.0, 2.0]),
    ]


def test_the_gradients_of_a_residual_network_are_those_of_autograd() -> None:
    rng = np.random.default_rng(7)
    names = ("x", "W", "b", "V", "y")
    for m, n in [(1, 1), (2, 3), (5, 4), (8, 8)]:
        drawn = [rng.normal(size=size) for size in (n, (m, n), m, (m, m), m)]
        found = gradients(residual(), dict(zip(names, drawn, strict=True)))
        for at, name in enumerate(names[:-1]):
            theirs = grad(residual_by_autograd, at)(*drawn)
            assert np.allclose(found[name], theirs, rtol=1e-12, atol=1e-12), name


def test_a_leaf_shared_by_three_layers_is_summed_once_with_all_its_parts() -> None:
    """z = A x + (B x + (C x + b)): the gradient at x is (A + B + C)ᵀ v."""
    graph = Graph(
        [
            leaf("x", "input"),
            *[leaf(name, "parameter") for name in ("A", "B", "C", "b")],
            node("u", "linear", W="C", x="x", b="b"),
            node("t", "linear", W="B", x="x", b="u"),
            node("z", "linear", W="A", x="x", b="t"),
            leaf("y", "target"),
            node("L", "mse", h="z", y="y"),
        ]
    )
    rng = np.random.default_rng(8)
    values = {name: rng.normal(size=(4, 3)) for name in "ABC"}
    values |= {"x": rng.normal(size=3), "b": rng.normal(size=4), "y": rng.normal(size=4)}
    steps = backward_steps(forward(graph, values))
    about_x = [step for step in steps if step.event.target == "x"]
    assert [step.event.kind for step in about_x] == ["vjp", "vjp", "vjp", "accumulate"]
    assert [step.event.node for step in about_x] == ["z", "t", "u", "x"]
    v = next(step.value for step in steps if step.event.target == "z")
    expected = (values["A"] + values["B"] + values["C"]).T @ v
    assert np.allclose(about_x[-1].value, expected, rtol=1e-13, atol=1e-13)
    parts = np.sum([step.value for step in about_x[:-1]], axis=0)
    assert np.allclose(about_x[-1].value, parts, rtol=1e-15, atol=1e-15)
    assert sum(step.event.kind == "accumulate" for step in steps) == 1


def test_one_node_in_two_slots_of_one_op_gets_both_parts() -> None:
    """z = W t + t: ∂L/∂t = (W + 1)ᵀ v."""
    graph = Graph(
        [
            leaf("t", "input"),
            leaf("W", "parameter"),
            node("z", "linear", W="W", x="t", b="t"),
            leaf("y", "target"),
            node("L", "mse", h="z", y="y"),
        ]
    )
    values = {"t": np.array([1.0, 2.0]), "W": np.array([[1.0, 2.0], [3.0, 4.0]]), "y": np.array([5.0, 11.0])}
    # z = (6, 13), v = (1, 2), Wᵀ v = (7, 10)
    steps = backward_steps(forward(graph, values))
    about_t = [(step.event.kind, step.event.slot, step.value.tolist()) for step in steps if step.event.target == "t"]
    assert about_t == [("vjp", "x", [7.0, 10.0]), ("vjp", "b", [1.0, 2.0]), ("accumulate", "", [8.0, 12.0])]


def test_a_number_times_itself_has_twice_itself_as_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that the table does not have, so the sweeps can't know it: q = t ⊙ t, L = ½‖q‖², ∂L/∂t = 2 t³."""

    def times(of: str) -> Vjp:
        jacobian = Jacobian(
            lambda s: (s["q"][0], s[of][0]), "a diagonal", lambda inputs: np.diag(inputs[of]), lambda s: s[of][0], ""
        )
        entrywise = Entrywise(Formula("", ""), "i", lambda at, _s: [(Factor("v", at), Factor(of, at))])
        return Vjp(lambda v, saved: v * saved[of], (of,), Formula("", ""), "", lambda _s: 0, jacobian, entrywise)

    product = Op(
        name="times",
        title="",
        inputs=("a", "c"),
        output="q",
        forward=lambda a, c: (a * c, {"a": a, "c": c}),
        shape=lambda shapes: shapes["a"],
        saved=("a", "c"),
        formula=Formula("$a $c", "$a $c"),
        says="",
        cost=lambda _s: 0,
        entrywise=Entrywise(Formula("", ""), "i", lambda at, _s: [(Factor("a", at), Factor("c", at))]),
        vjps={"a": times("c"), "c": times("a")},
    )
    monkeypatch.setattr(graph_module, "OPS", MappingProxyType({**OPS, "times": product}))
    graph = Graph(
        [
            leaf("t", "input"),
            node("q", "times", a="t", c="t"),
            leaf("y", "target"),
            node("L", "mse", h="q", y="y"),
        ]
    )
    found = gradients(graph, {"t": np.array([1.0, -2.0, 3.0]), "y": np.zeros(3)})
    assert found["t"].tolist() == [2.0, -16.0, 54.0]


def test_summing_leaves_the_contributions_as_they_were() -> None:
    ones = {"x": np.ones(1), "W": np.ones((1, 1)), "b": np.ones(1), "V": np.ones((1, 1)), "y": np.zeros(1)}
    # z = 2, h = 2, r = 4, v = 4: both uses send back 4
    trace = backward(forward(residual(), ones))
    assert [step.value.tolist() for step in trace.steps[4:] if step.event.target == "z"] == [[4.0], [4.0], [8.0]]


# --- overflow -----------------------------------------------------------------------------------------------


def overflowing(**values: object) -> Event | None:
    """Where finite numbers overflow; no warning may escape (pytest makes each an error)."""
    numbers = OWN | {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
    trace = forward(relu_mse(), numbers)
    assert backward(trace).until("backward", 0).overflow == trace.overflow
    return backward(trace).overflow


@pytest.mark.parametrize(
    ("values", "event"),
    [
        ({}, None),
        ({"x": [1e308, 0.0], "W": [[10.0, 0.0]] * 3}, Event("forward", "z")),
        # 1e309 − 1e309 is nan or inf, as the processor has it
        ({"x": [1e308, 1e308], "W": [[10.0, -10.0]] * 3}, Event("forward", "z")),
        ({"b": [1e200, 0.0, 0.0]}, Event("forward", "L")),
        # the loss holds, 5e299, and Wᵀ v = 1e300 · 1e150 does not
        (
            {"x": [1e-150, 0.0], "W": [[1e300, 0.0]] * 3, "b": [0.0] * 3, "y": [0.0] * 3},
            Event("vjp", "z", "x", "x"),
        ),
        ({"x": [1e300, 0.0], "W": [[1e-150, 0.0]] * 3, "y": [0.0] * 3}, Event("vjp", "z", "W", "W")),
    ],
)
def test_overflow_names_the_first_event_that_was_not_finite(values: dict[str, object], event: Event | None) -> None:
    assert overflowing(**values) == event


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan])
def test_infinities_and_what_is_no_number_count_as_overflow(number: float) -> None:
    events = [Event("forward", name) for name in "zhL"]
    arrays_left = [np.ones(2), np.array([1.0, number]), np.asarray(number)]
    trace = Trace(relu_mse(), tuple(events), dict(zip("zhL", arrays_left, strict=True)), {}, {}, {})
    assert trace.overflow == Event("forward", "h")
    assert trace.until("forward", 1).overflow is None
    assert trace.until("forward", 0).overflow is None


def test_the_sweeps_stay_silent_where_the_caller_makes_numpy_shout() -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert overflowing(x=[1e308, 1e308], W=[[10.0, -10.0]] * 3) == Event("forward", "z")


def test_large_numbers_on_a_shut_unit_leave_the_others_alone() -> None:
    grads = gradients(relu_mse(), OWN | {"b": np.array([-1e300, -0.1, 0.0])})
    assert grads["b"].tolist()[0] == 0.0
    assert close(grads["W"], [[0.0, 0.0], [-0.1, -0.05], [0.1, 0.05]])


# --- structure ----------------------------------------------------------------------------------------------


def test_permuting_the_hidden_units_permutes_their_gradients() -> None:
    rng = np.random.default_rng(9)
    for _ in range(20):
        m, n = map(int, rng.integers(1, 9, size=2))
        values = {
            "x": rng.normal(size=n),
            "W": rng.normal(size=(m, n)),
            "b": rng.normal(size=m),
            "y": rng.normal(size=m),
        }
        order = rng.permutation(m)
        permuted = values | {name: values[name][order] for name in "Wby"}
        one, other = gradients(relu_mse(), values), gradients(relu_mse(), permuted)
        for name in ("h", "z", "W", "b"):
            assert np.allclose(one[name][order], other[name], rtol=1e-12, atol=1e-12)
        assert np.allclose(one["x"], other["x"], rtol=1e-12, atol=1e-12)


def test_two_networks_side_by_side_have_the_gradients_of_each() -> None:
    """Units do not see each other: dropping the last one leaves the gradients of the others as they were."""
    rng = np.random.default_rng(10)
    values = {
        "x": rng.normal(size=3),
        "W": rng.normal(size=(5, 3)),
        "b": rng.normal(size=5),
        "y": rng.normal(size=5),
    }
    fewer = values | {name: values[name][:-1] for name in "Wby"}
    whole, part = gradients(relu_mse(), values), gradients(relu_mse(), fewer)
    for name in ("h", "z", "W", "b"):
        assert np.allclose(whole[name][:-1], part[name], rtol=1e-12, atol=1e-12)


def test_the_sweeps_change_none_of_the_numbers_they_are_given() -> None:
    values = {name: array.copy() for name, array in OWN.items()}
    for array in values.values():
        array.flags.writeable = False
    trace = forward(relu_mse(), values)
    for step in trace.steps:
        step.value.flags.writeable = False
    backward(trace)
    assert all(np.array_equal(values[name], OWN[name]) for name in OWN)


def test_a_missing_leaf_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="W"):
        forward(relu_mse(), {name: array for name, array in OWN.items() if name != "W"})


def test_a_backward_pass_never_builds_the_jacobian() -> None:
    """∂z/∂W of a layer of 300 × 300 has 300 · 90,000 entries, 216 MB; its VJPs leave 0.7 MB."""
    m = n = 300
    rng = np.random.default_rng(11)
    values = {
        "x": rng.normal(size=n),
        "W": rng.normal(size=(m, n)),
        "b": rng.normal(size=m),
        "y": rng.normal(size=m),
    }
    run = forward(relu_mse(), values)
    tracemalloc.start()
    try:
        trace = backward(run)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    kept = sum(grad.nbytes for grad in trace.grads.values())
    assert kept > m * n * 8
    assert peak < 1.5 * kept, "little more than the gradients themselves"
    assert peak < 0.01 * m * m * n * 8
