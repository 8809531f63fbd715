"""Rows over the examples of a batch, and a bias that is one number: what is said of them is true of their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

import numpy as np
import pytest

from app.engine import Array, Network, Trace, VjpUse, as_arrays, backward, forward
from app.engine.by_name import network_named
from app.engine.claims import Claim
from app.engine.fitted import biases, fitted
from app.engine.gradcheck import gradcheck
from app.engine.mistakes import diagnose, known_gradients
from app.engine.ops.reductions import REDUCES, Reduce

NAMES = (
    "relu-mse", "two-layer", "shared", "softmax-mse", "sigmoid-then-bce", "2-3.tanh-2_ce", "2-2.sigmoid-2.sigmoid_mse",
    "3-2.gelu-2_bce", "2-3_mse-mean", "2-3.softplus_out", "2-3.leaky_sse", "2-2.silu-2_poisson",
)  # fmt: skip
NEAR = 1e-12


def network(name: str) -> Network:
    found = network_named(name)
    assert found is not None
    return found


def numbers(of: Network) -> dict[str, Array]:
    """Numbers for a network that differ from example to example."""
    rng = np.random.default_rng(15)
    return {
        name: value if name == "y" else value + rng.normal(scale=0.3, size=value.shape)
        for name, value in as_arrays(of.defaults).items()
    }


def fits() -> Iterator[Network]:
    for place, name in enumerate(NAMES):
        base = network(name)
        for count in (0, 1, 3):
            reduce = REDUCES[(place + count) % 2]
            yield fitted(base, count, biases(base) if (place + count) % 3 == 0 else (), reduce)


def run(of: Network, values: Mapping[str, Array] | None = None) -> Trace:
    return backward(forward(of.graph, values or numbers(of)))


def inputs_of(trace: Trace, use: VjpUse) -> dict[str, Array]:
    node = use.node
    names = zip((*node.op.inputs, node.op.output), (*node.inputs, node.name), strict=True)
    return {slot: trace.values[name] for slot, name in names}


CASES = [pytest.param(one, id=f"{one.name}-{one.batch}-{one.reduce}") for one in fits()]


@pytest.mark.parametrize("of", CASES)
def test_every_entry_of_every_gradient_is_the_slope_of_the_loss(of: Network) -> None:
    """One bias behind a softmax has no slope that could be measured: adding it to all logits changes nothing."""
    trace = run(of)
    assert {name: value.shape for name, value in trace.values.items()} == of.shapes
    for check in gradcheck(trace):
        assert check.verdict == "agrees" or (check.verdict == "unmeasurable" and abs(check.grad) < NEAR), check


@pytest.mark.parametrize("of", CASES)
def test_jacobians_local_derivatives_and_shares_give_what_the_rule_does(of: Network) -> None:
    trace = run(of)
    for edge, use in of.graph.vjps.items():
        rule, inputs, found = trace.vjp(edge), inputs_of(trace, use), trace.contributions[edge]
        shapes = {slot: array.shape for slot, array in inputs.items()}
        v, saved, matrix = trace.grads[use.node.name], trace.saved[use.node.name], rule.jacobian.matrix(inputs)
        assert matrix.shape == rule.jacobian.shape(shapes)
        assert np.count_nonzero(matrix) <= rule.jacobian.nonzero(shapes)
        assert v.ravel() @ matrix == pytest.approx(found.ravel(), abs=NEAR)
        if rule.local:
            assert rule.local.combine(v, rule.local.numbers(saved)) == pytest.approx(found, abs=NEAR)
        if rule.shares:
            assert rule.shares(v, saved).shape == (of.batch, *found.shape)
            assert rule.shares(v, saved).sum(0) == pytest.approx(found, abs=NEAR)


@pytest.mark.parametrize("of", CASES)
def test_the_terms_of_each_entry_add_up_to_it(of: Network) -> None:
    trace = run(of)
    for edge, use in of.graph.vjps.items():
        rule, found = trace.vjp(edge), trace.contributions[edge]
        arrays = inputs_of(trace, use) | {"v": trace.grads[use.node.name]}
        if rule.local:
            arrays["local"] = rule.local.numbers(trace.saved[use.node.name])
        shapes = {slot: array.shape for slot, array in arrays.items()}
        for index in np.ndindex(found.shape):
            assert len(rule.entrywise.free) == len(index)
            terms = rule.entrywise.terms(index, shapes)
            total = sum(
                prod(float(arrays[f.slot][f.index] if f.slot else f.constant) ** f.power for f in term)
                for term in terms
            )
            assert total == pytest.approx(float(found[index]), abs=NEAR)


@pytest.mark.parametrize("of", CASES)
def test_a_stack_of_value_sets_is_each_of_them(of: Network) -> None:
    one = numbers(of)
    other = {name: value if name == "y" else 0.9 * value for name, value in one.items()}
    stack = run(of, {name: np.stack([one[name], other[name]]) for name in one})
    for place, alone in enumerate((run(of, one), run(of, other))):
        for name, value in alone.values.items():
            assert stack.values[name][place] == pytest.approx(value, abs=NEAR)
        for name, grad in alone.grads.items():
            assert stack.grads[name][place] == pytest.approx(grad, abs=NEAR)


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_is_its_examples_one_by_one_and_its_gradient_their_sum_or_mean(name: str) -> None:
    base = network(name)
    for reduce in REDUCES:
        batch = fitted(base, 3, (), reduce)
        values = numbers(batch)
        rows = {leaf.name for leaf in batch.graph.leaves if leaf.name in batch.graph.by_example}
        trace = run(batch, values)
        singles = [run(base, {k: v[n] if k in rows else v for k, v in values.items()}) for n in range(3)]
        scale = 1 / 3 if reduce == "mean" else 1.0
        assert trace.values["l"] == pytest.approx([float(one.loss) for one in singles], abs=NEAR)
        assert float(trace.loss) == pytest.approx(scale * sum(float(one.loss) for one in singles), abs=NEAR)
        for place, one in enumerate(singles):
            for node in base.graph.ops[:-1]:  # to the last bit
                assert np.array_equal(trace.values[node.name][place], one.values[node.name])
        for leaf in base.graph.leaves:
            if leaf.role == "parameter":
                wanted = scale * sum(one.grads[leaf.name] for one in singles)
                assert trace.grads[leaf.name] == pytest.approx(wanted, abs=NEAR)


def test_the_same_fit_is_the_same_network_and_no_fit_is_the_network_itself() -> None:
    base = network("relu-mse")
    assert fitted(base, 0) is base
    assert fitted(base, 2) is fitted(fitted(base, 3, ["b"]), 2)
    assert fitted(base, 2).base is base
    assert fitted(base, 2).name == "relu-mse"
    assert fitted(base, 0, ["b"], "sum") is fitted(base, 0, ["b"])  # without a batch there is nothing to add up


def told(reduce: Reduce, claims: Mapping[str, Array]) -> dict[str, set[str]]:
    """The names of the known mistakes that gradients of a batch match."""
    trace = run(fitted(network("relu-mse"), 3, (), reduce))
    known = known_gradients(trace)
    found = diagnose(known, {name: Claim(values) for name, values in claims.items()})
    return {name: {match.site.mistake.name for match in one.matches} for name, one in found.items()}


def test_known_mistakes_with_batches_are_named() -> None:
    trace = run(fitted(network("relu-mse"), 3))
    W, b, z = trace.grads["W"], trace.grads["b"], trace.grads["z"]
    last = np.outer(z[-1], trace.values["x"][-1])
    assert "1/N forgotten" in told("mean", {"W": 3 * W})["W"]
    assert "1/N twice" in told("mean", {"W": W / 3})["W"]
    assert "last example only" in told("mean", {"W": last})["W"]
    assert "last example alone" in told("mean", {"W": 3 * last})["W"]
    assert "outer product transposed" in told("mean", {"W": W.T.copy()})["W"]
    assert told("mean", {"b": z})["b"] == {"sum over examples forgotten"}
    assert "last example only" in told("mean", {"b": z[-1]})["b"]
    assert told("mean", {"W": W, "b": b}) == {"W": set(), "b": set()}
    assert "averaged over examples" in told("sum", {"b": b})["b"]


def test_known_mistakes_with_one_bias_are_named() -> None:
    trace = run(fitted(network("relu-mse"), 0, ["b"]))
    found = diagnose(known_gradients(trace), {"b": Claim(trace.grads["z"])})
    assert [match.site.mistake.name for match in found["b"].matches] == ["sum over units forgotten"]
