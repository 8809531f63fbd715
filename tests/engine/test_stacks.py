"""Stacks: every row of the table, and both passes, on many value sets at once give what they give on each alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.engine import NETWORKS, OPS, Array, Graph, Op, as_arrays, backward, forward
from app.engine.stacks import overflows, repeated, stacked

from .random_networks import residual, twice
from .reference_ops import HOLD, REFERENCE, ROWS, RULES, Inputs, upstream, worst

LEADING = [(1,), (7,), (3, 2)]


def drawn_stack(op: Op, leading: tuple[int, ...], m: int, n: int) -> tuple[list[Inputs], Inputs]:
    """Random inputs of one shape, one set after another, and the same as a stack."""
    rng = np.random.default_rng([m, n, *leading])
    singles = [REFERENCE[op.name].draw(rng, m, n) for _ in range(math.prod(leading))]
    whole = tuple(np.stack(slot).reshape(*leading, *slot[0].shape) for slot in zip(*singles, strict=True))
    return singles, whole


def compare(whole: Array, leading: tuple[int, ...], each: list[Array]) -> None:
    """A stack against singles: shapes, and every number to 1e-12."""
    assert whole.shape == (*leading, *each[0].shape)
    for one, other in zip(whole.reshape(-1, *each[0].shape), each, strict=True):
        assert worst(np.asarray(one), np.asarray(other)) <= HOLD


SHAPES = [(1, 1), (3, 2), (2, 5)]


@pytest.mark.parametrize("leading", LEADING, ids=str)
@pytest.mark.parametrize("op", ROWS)
def test_the_forward_op_of_a_stack_is_the_stack_of_the_forward_ops(op: Op, leading: tuple[int, ...]) -> None:
    for m, n in SHAPES:
        singles, whole = drawn_stack(op, leading, m, n)
        output, saved = op.forward(*whole)
        each = [op.forward(*inputs) for inputs in singles]
        compare(output, leading, [value for value, _ in each])
        assert tuple(saved) == op.saved
        for name in op.saved:
            compare(saved[name], leading, [kept[name] for _, kept in each])
        if op.intermediate:
            made = op.intermediate.numbers(dict(zip(op.inputs, whole, strict=True)))
            compare(made, leading, [op.intermediate.numbers(dict(zip(op.inputs, one, strict=True))) for one in singles])
        if op.branch:
            marks = [op.branch(kept).astype(np.float64) for _, kept in each]
            compare(op.branch(saved).astype(np.float64), leading, marks)


def compare_rule(op: Op, slot: str, leading: tuple[int, ...], m: int, n: int) -> None:
    rule = op.vjps[slot]
    singles, whole = drawn_stack(op, leading, m, n)
    output, saved = op.forward(*whole)
    v = upstream(output, m)
    each = [op.forward(*inputs) for inputs in singles]
    vs = list(v.reshape(-1, *each[0][0].shape))
    pairs = list(zip(vs, each, strict=True))
    compare(rule.rule(v, saved), leading, [rule.rule(np.asarray(one), kept) for one, (_, kept) in pairs])
    if rule.local:
        factor = rule.local.numbers(saved)
        compare(factor, leading, [rule.local.numbers(kept) for _, kept in each])
        again = [rule.local.combine(np.asarray(one), rule.local.numbers(kept)) for one, (_, kept) in pairs]
        compare(rule.local.combine(v, factor), leading, again)
    if rule.inactive:
        marks = [rule.inactive(kept).astype(np.float64) for _, kept in each]
        compare(rule.inactive(saved).astype(np.float64), leading, marks)


@pytest.mark.parametrize("leading", LEADING, ids=str)
@pytest.mark.parametrize(("op", "slot"), RULES)
def test_the_vjp_of_a_stack_is_the_stack_of_the_vjps(op: Op, slot: str, leading: tuple[int, ...]) -> None:
    for m, n in SHAPES:
        compare_rule(op, slot, leading, m, n)


@pytest.mark.parametrize(
    ("name", "slot", "rule"),
    [
        ("linear", "W", lambda v, saved: v[:, None] * saved["x"]),
        ("linear", "x", lambda v, saved: saved["W"].T @ v),
        ("mse", "h", lambda v, saved: v * (saved["h"] - saved["y"])),
        ("softmax", "z", lambda v, saved: saved["p"] * (v - (v * saved["p"]).sum())),
    ],
)
def test_a_rule_that_knows_no_stacks_is_found_out(name: str, slot: str, rule: Callable[..., Array]) -> None:
    op = OPS[name]
    old = replace(op, vjps={**op.vjps, slot: replace(op.vjps[slot], rule=rule, local=None)})
    compare_rule(old, slot, (), 3, 2)
    with pytest.raises((AssertionError, ValueError)):
        compare_rule(old, slot, (3, 2), 3, 2)


def compare_passes(graph: Graph, shapes: dict[str, tuple[int, ...]]) -> None:
    rng = np.random.default_rng(7)
    values = {name: rng.uniform(0.0, 1.0, size=(5, *shape)) for name, shape in shapes.items()}
    trace = backward(forward(graph, values))
    singles = [backward(forward(graph, {name: array[i] for name, array in values.items()})).steps for i in range(5)]
    for whole, *each in zip(trace.steps, *singles, strict=True):
        compare(whole.value, (5,), [step.value for step in each])
    assert trace.loss.shape == (5,)


@pytest.mark.parametrize("name", NETWORKS)
def test_both_passes_over_a_stack_are_those_over_each_set(name: str) -> None:
    network = NETWORKS[name]
    compare_passes(network.graph, {leaf: array.shape for leaf, array in as_arrays(network.defaults).items()})


def test_a_value_that_is_used_twice_is_summed_set_by_set() -> None:
    compare_passes(residual(), {"x": (2,), "W": (3, 2), "b": (3,), "V": (3, 3), "y": (3,)})
    compare_passes(twice(), {"t": (3,), "W": (3, 3), "y": (3,)})


# --- from lists to stacks -----------------------------------------------------------------------------------


def test_lists_become_one_array_with_the_sets_first() -> None:
    found = stacked([[[1, 2.5], [3, 4]], [[5, 6], [7, 8]]], (2, 2))
    assert found is not None
    assert found.tolist() == [[[1.0, 2.5], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]
    assert found.dtype == np.float64
    for scalars in ([0.5, 2.0], [1, 2]):
        alone = stacked(scalars, ())
        assert alone is not None
        assert alone.tolist() == scalars


def test_minus_zero_is_zero_and_large_whole_numbers_are_rounded_as_python_rounds_them() -> None:
    found = stacked([[-0.0, 10**22], [2**53 + 1, -0.0]], (2,))
    assert found is not None
    assert [str(number) for number in found.ravel()] == ["0.0", "1e+22", str(float(2**53 + 1)), "0.0"]


@pytest.mark.parametrize(
    "wrong",
    [
        True,
        None,
        "1",
        "12",
        {},
        {"0": 1, "1": 2},
        [],
        [1],
        [1, 2, 3],
        [1, True],
        [1, None],
        [1, "2"],
        [1, [2]],
        [[1], [2]],
        [1, math.nan],
        [1, math.inf],
        [1, 10**400],
        [1, {}],
        1.5,
    ],
    ids=str,
)
def test_what_is_no_vector_of_two_finite_numbers_is_no_stack(wrong: Any) -> None:
    for entries in ([wrong], [[1.0, 2.0], wrong], [wrong, [1.0, 2.0]]):
        assert stacked(entries, (2,)) is None
        assert stacked([[entry, [1.0, 2.0]] for entry in entries], (2, 2)) is None


def test_repeated_numbers_take_the_room_of_one_set() -> None:
    found = repeated(((1.0, 2.0), (3.0, 4.0)), 1000)
    assert found.shape == (1000, 2, 2)
    assert found.strides[0] == 0
    assert found[999].tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_the_sets_that_overflow_are_named_with_the_event_at_which_it_began() -> None:
    network = NETWORKS["relu-mse"]
    values = {name: np.repeat(array[None], 5, axis=0) for name, array in as_arrays(network.defaults).items()}
    values["y"][1, 0] = 1e200  # its square
    values["W"][3] = values["x"][3, None] * 1e308  # z, and then all that follows
    values["x"][3] = 1e300
    trace = forward(network.graph, values)
    assert [(i, event.node) for i, event in overflows(trace, "forward", 20)] == [(1, "L"), (3, "z")]
    assert [(i, event.node) for i, event in overflows(trace, "forward", 1)] == [(1, "L")]
    first = backward(forward(network.graph, {name: array[:1] for name, array in values.items()}))
    assert overflows(first, "forward", 20) == overflows(first, "backward", 20) == []
    assert [(i, event.target) for i, event in overflows(backward(trace), "backward", 1)] == [(3, "h")]
