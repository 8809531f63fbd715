"""Every row of the table of ops against other people's derivatives: HIPS autograd, which shares no code with ours.

A new row needs an entry in REFERENCE, or the first test fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from string import Template
from xml.etree import ElementTree

import numpy as np
import pytest
from autograd import jacobian, make_jvp, make_vjp
from latex2mathml.converter import convert

from app.engine import OPS, Array, Formula, Op, ShapeError

from .reference_ops import (
    DRAWS,
    HOLD,
    KINDS,
    REFERENCE,
    ROWS,
    RULES,
    drawn,
    forms,
    identifiers,
    slots_at,
    upstream,
    worst,
    written,
)

INACTIVE = [
    pytest.param(op, slot, id=f"{op.name}-{slot}") for op in OPS.values() for slot in op.vjps if op.vjps[slot].inactive
]

LOSSES = [name for name, op in OPS.items() if "y" in op.inputs]


def compare_with_autograd(op: Op, slot: str, seed: int) -> None:
    inputs = drawn(op, seed)
    output, saved = op.forward(*inputs)
    v = upstream(output, seed)
    vjp, _ = make_vjp(REFERENCE[op.name].function, op.inputs.index(slot))(*inputs)
    assert worst(op.vjps[slot].rule(v, saved), np.asarray(vjp(v))) <= HOLD


def test_every_op_has_a_reference_to_be_compared_with() -> None:
    assert set(REFERENCE) == set(OPS), "what tests know of an op stands in tests/engine/reference_ops.py"
    assert all(name == op.name for name, op in OPS.items())


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_every_kind_of_jacobian_is_one_that_the_tests_can_tell(op: Op, slot: str) -> None:
    assert op.vjps[slot].jacobian.kind in KINDS, "say what the new kind means in tests/engine/reference_ops.py"


@pytest.mark.parametrize("op", ROWS)
def test_the_forward_value_is_that_of_autograd_s_numpy(op: Op) -> None:
    for seed in range(DRAWS):
        inputs = drawn(op, seed)
        with np.errstate(all="raise"):
            output, _ = op.forward(*inputs)
        assert worst(output, np.asarray(REFERENCE[op.name].function(*inputs))) <= HOLD


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_each_vjp_is_that_of_autograd(op: Op, slot: str) -> None:
    for seed in range(DRAWS):
        with np.errstate(all="raise"):
            compare_with_autograd(op, slot, seed)


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_the_comparison_with_autograd_catches_a_rule_off_by_a_billionth(op: Op, slot: str) -> None:
    rule = op.vjps[slot]
    off = replace(rule, rule=lambda v, saved: rule.rule(v, saved) * (1 + 1e-9))
    wrong = replace(op, vjps={**op.vjps, slot: off})
    with pytest.raises(AssertionError):
        compare_with_autograd(wrong, slot, 1)


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_each_vjp_is_the_adjoint_of_the_forward_mode(op: Op, slot: str) -> None:
    """⟨v, J u⟩ = ⟨vjp(v), u⟩, with J u from autograd's forward mode, a second derivation of its own."""
    for seed in range(DRAWS):
        inputs = drawn(op, seed)
        output, saved = op.forward(*inputs)
        v, at = upstream(output, seed), op.inputs.index(slot)
        u = np.random.default_rng(2000 + seed).normal(size=inputs[at].shape)
        _, forward_mode = make_jvp(REFERENCE[op.name].function, at)(*inputs)(u)
        pushed = np.vdot(v, np.asarray(forward_mode))
        pulled = np.vdot(op.vjps[slot].rule(v, saved), u)
        assert abs(pushed - pulled) <= HOLD * max(1.0, abs(pushed))


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_each_vjp_is_linear_in_v(op: Op, slot: str) -> None:
    rule = op.vjps[slot].rule
    for seed in range(DRAWS):
        output, saved = op.forward(*drawn(op, seed))
        v, w = upstream(output, seed), upstream(output, 500 + seed)
        assert worst(rule(2.5 * v - 3 * w, saved), 2.5 * rule(v, saved) - 3 * rule(w, saved)) <= HOLD
        assert not rule(np.zeros_like(v), saved).any()


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_a_gradient_has_the_shape_of_its_input(op: Op, slot: str) -> None:
    for seed in range(DRAWS):
        inputs = drawn(op, seed)
        output, saved = op.forward(*inputs)
        grad = op.vjps[slot].rule(upstream(output, seed), saved)
        assert grad.shape == inputs[op.inputs.index(slot)].shape
        assert grad.dtype == np.float64


@pytest.mark.parametrize("op", ROWS)
def test_the_forward_pass_saves_what_the_row_says(op: Op) -> None:
    _, saved = op.forward(*drawn(op, 3))
    assert tuple(saved) == op.saved
    assert set(op.vjps) <= set(op.inputs)


class _Watched(dict[str, Array]):
    """Saved values that remember which of them were read."""

    def __init__(self, saved: Mapping[str, Array]) -> None:
        super().__init__(saved)
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> Array:
        self.read.add(key)
        return super().__getitem__(key)


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_a_rule_reads_the_saved_values_it_names_and_needs_no_others(op: Op, slot: str) -> None:
    rule = op.vjps[slot]
    output, saved = op.forward(*drawn(op, 4))
    v = upstream(output, 4)
    assert set(rule.reads) <= set(op.saved)
    only = _Watched({name: saved[name] for name in rule.reads})
    assert np.array_equal(rule.rule(v, only), rule.rule(v, saved))
    assert only.read == set(rule.reads)
    if rule.local is not None:
        rule.local.numbers(only)  # raises KeyError if it needs more


@pytest.mark.parametrize("op", ROWS)
def test_nothing_is_saved_that_no_rule_reads(op: Op) -> None:
    assert set(op.saved) == {name for rule in op.vjps.values() for name in rule.reads}


@pytest.mark.parametrize("op", ROWS)
def test_what_is_saved_is_an_input_the_output_or_made_as_the_row_says(op: Op) -> None:
    assert set(op.saved) - {*op.inputs, op.output} == set(op.made)
    for seed in range(DRAWS):
        inputs = drawn(op, seed)
        _, saved = op.forward(*inputs)
        for slot, made in op.made.items():
            assert np.array_equal(made.numbers(dict(zip(op.inputs, inputs, strict=True))), saved[slot])


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_each_form_of_a_rule_holds_for_some_numbers_and_all_of_them_are_the_one_rule(op: Op, slot: str) -> None:
    rule, seen = op.vjps[slot], set()
    for seed in range(DRAWS):
        output, saved = op.forward(*drawn(op, seed))
        form, v = rule.at(saved), upstream(output, seed)
        seen.add(form)
        if form.local is not None:
            assert worst(rule.rule(v, saved), form.local.combine(v, form.local.numbers(saved))) <= HOLD
    assert seen == set(forms(rule))
    assert all(form.general is None for form in forms(rule)[1:])


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_the_local_factor_combined_with_v_is_the_rule_once_more(op: Op, slot: str) -> None:
    rule = op.vjps[slot]
    for seed in range(DRAWS):
        output, saved = op.forward(*drawn(op, seed))
        v = upstream(output, seed)
        if rule.local is None:
            assert np.array_equal(rule.rule(v, saved), v), "without a local factor a rule can only pass v on"
        else:
            again = rule.local.combine(v, rule.local.numbers(saved))
            assert worst(rule.rule(v, saved), again) <= HOLD


def formulas(op: Op) -> list[tuple[Formula, set[str]]]:
    """Every formula of a row, with the slots it may name."""
    slots = {*op.inputs, op.output, *op.made}
    found = [(op.formula, set(op.inputs))]
    for _, rule in written(op):
        found.append((rule.formula, slots | {"v"} | ({"local"} if rule.local else set())))
        if rule.local:
            found.append((rule.local.formula, slots))
    return found


@pytest.mark.parametrize("op", ROWS)
def test_text_and_latex_of_a_formula_name_the_same_known_slots(op: Op) -> None:
    for formula, known in formulas(op):
        assert identifiers(formula.text) == identifiers(formula.latex) <= known
    assert identifiers(op.formula.text) == set(op.inputs)
    for slot, rule in written(op):
        assert "v" in identifiers(rule.formula.text)
        assert (rule.local is not None) == ("local" in identifiers(rule.formula.text))
        for sentence in (rule.says, rule.label, rule.inactive_reason, rule.jacobian.kind, rule.jacobian.says):
            assert identifiers(sentence) <= {*op.inputs, op.output, *op.made}, slot
        assert (rule.inactive is not None) == bool(rule.inactive_reason)
    assert identifiers(op.says) <= {*op.inputs, op.output}


@pytest.mark.parametrize("op", ROWS)
def test_the_latex_of_every_formula_becomes_well_formed_mathml(op: Op) -> None:
    for formula, _ in formulas(op):
        latex = Template(formula.latex).substitute(dict.fromkeys(identifiers(formula.latex), "q"))
        tree = ElementTree.fromstring(convert(latex))  # noqa: S314  # our own formulas
        assert tree.tag.endswith("math")
        assert "\\" not in "".join(tree.itertext()), "a command that latex2mathml does not know is left as it is"
        assert "\\" not in formula.text


@pytest.mark.parametrize("op", ROWS)
def test_a_formula_can_be_cut_at_its_slots_into_well_formed_pieces(op: Op) -> None:
    """A page puts numbers or links in their place, so no power, root or fraction may reach over one."""
    for formula in (op.formula, *(rule.formula for rule in op.vjps.values())):
        slots = identifiers(formula.latex)
        whole = convert(Template(formula.latex).substitute({slot: rf"\text{{slot-{slot}}}" for slot in slots}))
        inside = whole[whole.index("<mrow>") + len("<mrow>") : whole.rindex("</mrow>")]
        cut = re.split(r"<mtext>slot-\w+</mtext>", inside)
        assert len(cut) > len(slots)
        for piece in cut:
            ElementTree.fromstring(f"<mrow>{piece}</mrow>")  # noqa: S314  # our own formulas


@pytest.mark.parametrize("op", ROWS)
def test_an_op_costs_what_was_counted_by_hand(op: Op) -> None:
    for m, n in [(1, 1), (3, 2), (4096, 4096)]:
        inputs = REFERENCE[op.name].draw(np.random.default_rng(0), 2, 3)
        sizes = {2: m, 3: n}  # a row of 2 stands for m, one of 3 for n: no array of 4096 × 4096 is needed
        shapes = {
            name: tuple(sizes[size] for size in array.shape)
            for name, array in slots_at(op, inputs, op.forward(*inputs)[0]).items()
        }
        backward = sum(rule.cost(shapes) for rule in op.vjps.values())
        assert (op.cost(shapes), backward) == REFERENCE[op.name].costs(m, n)


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_the_jacobian_a_rule_avoids_has_the_shape_and_the_kind_the_row_says(op: Op, slot: str) -> None:
    for seed in range(1, 6):
        inputs = drawn(op, seed)
        output, _ = op.forward(*inputs)
        at, said = slots_at(op, inputs, output), op.vjps[slot].jacobian
        shape = said.shape({name: array.shape for name, array in at.items()})
        assert shape == (output.size, at[slot].size)
        built = np.asarray(jacobian(REFERENCE[op.name].function, op.inputs.index(slot))(*inputs)).reshape(shape)
        assert KINDS[said.kind](built, at), said.kind


@pytest.mark.parametrize(("op", "slot"), INACTIVE)
def test_inactive_marks_exactly_the_entries_whose_local_derivative_is_0(op: Op, slot: str) -> None:
    rule = op.vjps[slot]
    assert rule.inactive
    assert rule.local
    edge = np.array([-1e6, -40.0, -5e-324, -0.0, 0.0, 5e-324, 40.0, 1e6])
    for inputs in [(edge, 0 * edge)[: len(op.inputs)], *(drawn(op, seed) for seed in range(DRAWS))]:
        output, saved = op.forward(*inputs)
        assert np.array_equal(rule.inactive(saved), rule.local.numbers(saved) == 0)
        passed = rule.rule(np.full_like(output, 3.0), saved)
        assert np.array_equal(rule.inactive(saved), passed == 0)


def test_a_shut_relu_passes_no_gradient() -> None:
    relu = OPS["relu"]
    output, saved = relu.forward(np.array([2.0, -3.0, 0.0, -0.0, 5e-324]))
    assert output.tolist() == [2.0, 0.0, 0.0, 0.0, 5e-324]
    assert relu.vjps["z"].rule(np.array([7.0, 7.0, 7.0, 7.0, 7.0]), saved).tolist() == [7.0, 0.0, 0.0, 0.0, 7.0]


def test_a_shut_relu_passes_nothing_of_an_infinite_gradient_and_no_minus_zero() -> None:
    rule = OPS["relu"].vjps["z"].rule
    passed = rule(np.array([np.inf, -np.inf, np.nan, -2.0]), {"z": np.array([-1.0, -1.0, 0.0, -1.0])})
    assert [repr(number) for number in passed.tolist()] == ["0.0"] * 4


def test_a_linear_layer_by_hand() -> None:
    W, x, b = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([10.0, 100.0]), np.array([1.0, 2.0, 3.0])
    linear = OPS["linear"]
    z, saved = linear.forward(W, x, b)
    assert z.tolist() == [211.0, 432.0, 653.0]
    v = np.array([1.0, 0.0, -2.0])
    assert linear.vjps["W"].rule(v, saved).tolist() == [[10.0, 100.0], [0.0, 0.0], [-20.0, -200.0]]
    assert linear.vjps["x"].rule(v, saved).tolist() == [-9.0, -10.0]
    assert linear.vjps["b"].rule(v, saved).tolist() == [1.0, 0.0, -2.0]


def test_the_jacobians_of_a_layer_by_hand() -> None:
    W, x, b = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([7.0, 8.0]), np.zeros(3)
    built = {slot: rule.jacobian.matrix({"W": W, "x": x, "b": b}) for slot, rule in OPS["linear"].vjps.items()}
    assert built["W"].tolist() == [[7, 8, 0, 0, 0, 0], [0, 0, 7, 8, 0, 0], [0, 0, 0, 0, 7, 8]]
    assert built["x"].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert built["b"].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    relu = OPS["relu"].vjps["z"].jacobian.matrix({"z": np.array([2.0, 0.0, -1.0])})
    assert relu.tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]], "the derivative at exactly 0 is 0"
    assert OPS["mse"].vjps["h"].jacobian.matrix({"h": x, "y": np.array([5.0, 9.0])}).tolist() == [[2, -1]]


def test_the_squared_error_has_a_half_and_sums() -> None:
    loss, saved = OPS["mse"].forward(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    assert loss.shape == ()
    assert loss.item() == 2.0
    assert OPS["mse"].vjps["h"].rule(np.asarray(10.0), saved).tolist() == [20.0, 0.0]


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("linear", [(3, 2), (3,), (3,)]),
        ("linear", [(3, 2), (2,), (2,)]),
        ("linear", [(3, 2), (2,), (1,)]),  # NumPy would broadcast it
        ("linear", [(3, 2), (2, 1), (3,)]),
        ("linear", [(3,), (3,), (3,)]),
        *((name, shapes) for name in LOSSES for shapes in ([(3,), (1,)], [(3,), ()], [(2,), (3,)], [(2, 1), (2,)])),
        ("softmax", [()]),
        ("softmax", [(0,)]),
        ("softmax", [(2, 0)]),
        ("softmax-cross-entropy", [(0,), (0,)]),
        ("softmax-cross-entropy", [(2, 0), (2, 0)]),
        *((name, [(), ()]) for name in LOSSES),
        ("linear", [(2,), (2,), ()]),
        ("linear", [(4, 3, 2), (2,), (3,)]),  # NumPy would broadcast them: one x for a stack of Ws
        ("linear", [(3, 2), (4, 2), (4, 3)]),
        ("linear", [(4, 3, 2), (5, 2), (4, 3)]),
        ("mse", [(4, 3), (3,)]),
    ],
)
def test_shapes_that_do_not_fit_are_refused_by_name(name: str, shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ShapeError) as refused:
        OPS[name].forward(*[np.ones(shape) for shape in shapes])
    assert str(refused.value).startswith(f"{name}: ")
    assert all(str(shape) in str(refused.value) for shape in shapes)
