"""What the tests know of each op, from outside: one entry an op, for all that runs over the table.

A new op needs an entry in REFERENCE, and a Jacobian of a new kind one in KINDS.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import Template

import autograd.numpy as anp
import numpy as np
import pytest
from autograd.extend import defjvp, defvjp, primitive

from app.engine import OPS, Array, Op
from app.engine.ops import Vjp

DRAWS = 25
HOLD = 1e-12

Inputs = tuple[Array, ...]
Numbers = float | Sequence[float] | Sequence[Sequence[float]]
Draw = Callable[[np.random.Generator, int, int], Inputs]


@dataclass(frozen=True)
class Mistakes:
    """What each mistake of a rule gives, worked out by hand: v, what was saved, and the outcomes in the row's order."""

    v: Numbers
    saved: Mapping[str, Numbers]
    outcomes: Mapping[str, Numbers]


@dataclass(frozen=True)
class Reference:
    """An op in other people's words.

    `function` is written in autograd's NumPy, `draw(rng, m, n)` gives inputs that fit it for a shape (m, n), and
    `costs(m, n)` counts by hand the multiply-adds of the op and of all its VJPs. By slot, `mistakes` are those of its
    rules, and `false_lines` are lines that would be wrong in their derivations.
    """

    function: Callable[..., Array]
    draw: Draw
    costs: Callable[[int, int], tuple[int, int]]
    mistakes: Mapping[str, Mistakes]
    false_lines: Mapping[str, tuple[str, ...]]


def one_vector(scale: float = 1.0) -> Draw:
    """Draws of one vector of m normal numbers."""
    return lambda rng, m, _n: (scale * rng.normal(size=m),)


def two_vectors(scale: float = 1.0) -> Draw:
    """Draws of two, the first of them `scale` times as wide."""
    return lambda rng, m, _n: (scale * rng.normal(size=m), rng.normal(size=m))


# Predictions and targets for the mistakes of the heads: p − y = (−½, ¼), p (1 − p) = (¼, 3/16); p − y = (¼, −¼).
HALF: Mapping[str, Numbers] = {"p": [0.5, 0.25], "y": [1, 0]}


def _with_targets(rng: np.random.Generator, m: int, _n: int) -> Inputs:
    """Logits, and targets that sum to 1 in about half of the draws."""
    return 2 * rng.normal(size=m), rng.dirichlet(np.ones(m)) if rng.random() < 0.5 else rng.normal(size=m)


SHARES: Mapping[str, Numbers] = {"p": [0.25, 0.75], "y": [0, 1]}


# The standard library's: autograd has one that needs SciPy.
_erf: Callable[[Array], Array] = primitive(lambda x: np.asarray(np.vectorize(math.erf)(x)))


def _bell(x: Array) -> Array:
    return np.asarray(2 / math.sqrt(math.pi) * np.exp(-x * x))


defvjp(_erf, lambda _found, x: lambda g: g * _bell(x))
defjvp(_erf, lambda g, _found, x: g * _bell(x))

REFERENCE: Mapping[str, Reference] = {
    "linear": Reference(
        lambda W, x, b: anp.dot(W, x) + b,
        lambda rng, m, n: (rng.normal(size=(m, n)), rng.normal(size=n), rng.normal(size=m)),
        costs=lambda m, n: (m * n, 2 * m * n),
        mistakes={
            "W": Mistakes([1, 2], {"x": [3, 4, 5]}, {"outer product transposed": [[3, 6], [4, 8], [5, 10]]}),
            "x": Mistakes([5, 6], {"W": [[1, 2], [3, 4]]}, {"W for its transpose": [17, 39]}),
        },
        false_lines={
            "x": ("Σᵢ $vᵢ $Wⱼᵢ", "$vᵢ $Wᵢⱼ"),
            "W": ("$vⱼ $xᵢ", "Σₖ $vₖ δₖⱼ $xᵢ", "Σₖ $vₖ ∂$zₖ/∂$Wⱼᵢ"),
            "b": ("Σᵢ $vᵢ",),
        },
    ),
    "add": Reference(
        lambda a, b: a + b,
        two_vectors(),
        costs=lambda m, _n: (m, 0),
        mistakes={},
        false_lines={"a": ("½ $vᵢ",), "b": ("$vᵢ $aᵢ",)},
    ),
    "multiply": Reference(
        lambda a, b: a * b,
        two_vectors(),
        costs=lambda m, _n: (m, 2 * m),
        mistakes={
            slot: Mistakes([2, -1], {"a": [3, 4], "b": [5, 6]}, {"slope forgotten": [2, -1], "own factor": own})
            for slot, own in (("a", [6, -4]), ("b", [10, -6]))
        },
        false_lines={"a": ("$vᵢ $aᵢ", "Σₖ $vₖ δₖᵢ $aᵢ"), "b": ("$vᵢ $bᵢ", "$vᵢ")},
    ),
    "max": Reference(
        lambda a, b: anp.where(a >= b, a, b),
        two_vectors(),
        costs=lambda m, _n: (m, 4 * m),  # a comparison; and one for each input, with v times what it gives
        mistakes={
            slot: Mistakes([2, -1], {"a": [3, 4], "b": [5, 2]}, {"mask forgotten": [2, -1], "to the smaller": wrong})
            for slot, wrong in (("a", [2, 0]), ("b", [0, -1]))
        },
        false_lines={"a": ("$vᵢ 𝟙[$bᵢ ≥ $aᵢ]", "$vᵢ max($aᵢ, $bᵢ)"), "b": ("$vᵢ 𝟙[$aᵢ > $bᵢ]", "$vᵢ")},
    ),
    "relu": Reference(
        lambda z: anp.where(z > 0, z, 0.0),
        one_vector(),
        costs=lambda m, _n: (m, m),
        mistakes={"z": Mistakes([1, -2], {"z": [-1, 3]}, {"mask forgotten": [1, -2], "mask from v": [1, 0]})},
        false_lines={"z": ("$vᵢ 𝟙[$vᵢ > 0]", "$vᵢ max(0, $zᵢ)")},
    ),
    "sigmoid": Reference(
        lambda z: 0.5 * (1 + anp.tanh(z / 2)),
        one_vector(2),
        costs=lambda m, _n: (2 * m, 2 * m),  # exp and quotient; h (1 − h) and v times it
        mistakes={"z": Mistakes([2], {"h": [0.25]}, {"slope forgotten": [2], "output for slope": [0.5]})},
        false_lines={
            "z": (
                "$vᵢ $hᵢ (1 + $hᵢ)",
                "$vᵢ σ($hᵢ) (1 − σ($hᵢ))",
                "Σₖ $vₖ δₖᵢ exp(−$zᵢ) / (1 + exp(−$zᵢ))",
            )
        },
    ),
    "tanh": Reference(
        lambda z: 1 - 2 / (1 + anp.exp(2 * z)),
        one_vector(),
        costs=lambda m, _n: (m, 2 * m),  # tanh; 1 − h² and v times it
        mistakes={"z": Mistakes([2], {"h": [0.5]}, {"slope forgotten": [2]})},
        false_lines={"z": ("$vᵢ (1 − $hᵢ)", "$vᵢ (1 − tanh($hᵢ)²)")},
    ),
    "leaky": Reference(
        lambda z: anp.where(z > 0, z, z / 100),
        one_vector(),
        costs=lambda m, _n: (2 * m, 2 * m),  # 0.01 z and a comparison; a comparison and v times the slope
        mistakes={
            "z": Mistakes([2, 4], {"z": [-1, 3]}, {"slope forgotten": [2, 4], "slope of ReLU": [0, 4]}),
        },
        false_lines={"z": ("$vᵢ max(0, 𝟙[$zᵢ > 0])", "$vᵢ max(0.01, $zᵢ)", "Σₖ $vₖ δₖᵢ 𝟙[$zᵢ > 0]")},
    ),
    "softplus": Reference(
        lambda z: anp.log(1 + anp.exp(z)),
        one_vector(2),
        costs=lambda m, _n: (2 * m, 3 * m),  # exp and log; exp, quotient and v times it
        mistakes={
            "z": Mistakes(
                [8, 4],
                {"z": [0, -np.log(3)]},  # σ = ½, ¼
                {"slope forgotten": [8, 4], "slope of ReLU": [0, 0], "slope of the slope": [2, 0.75]},
            )
        },
        false_lines={"z": ("$vᵢ σ($zᵢ) (1 − σ($zᵢ))", "$vᵢ exp($zᵢ)", "Σₖ $vₖ δₖᵢ exp($zᵢ)")},
    ),
    "gelu": Reference(
        lambda z: z * (1 + _erf(z / np.sqrt(2))) / 2,
        one_vector(),
        costs=lambda m, _n: (2 * m, 5 * m),  # erf and z Φ; erf, z², exp, Φ + z φ and v times it
        mistakes={"z": Mistakes([2], {"z": [0]}, {"slope forgotten": [2], "one factor only": [1]})},
        false_lines={"z": ("$vᵢ Φ($zᵢ)", "$vᵢ (Φ($zᵢ) + φ($zᵢ))", "Σₖ $vₖ δₖᵢ (Φ($zᵢ) + exp(−$zᵢ² / 2) / √(2π))")},
    ),
    "silu": Reference(
        lambda z: z / (1 + anp.exp(-z)),
        one_vector(2),
        costs=lambda m, _n: (3 * m, 5 * m),  # exp, quotient, z σ; exp, quotient, z − z σ, σ + σ times it, v times that
        mistakes={"z": Mistakes([2], {"z": [0]}, {"slope forgotten": [2], "one factor only": [1]})},
        false_lines={"z": ("$vᵢ σ($zᵢ)", "$vᵢ σ($zᵢ) (1 + $zᵢ σ($zᵢ))", "Σₖ $vₖ δₖᵢ (σ($zᵢ) + $zᵢ σ($zᵢ))")},
    ),
    "exp": Reference(
        anp.exp,
        one_vector(),
        costs=lambda m, _n: (m, m),
        mistakes={"z": Mistakes([2], {"h": [3]}, {"slope forgotten": [2]})},
        false_lines={"z": ("$vᵢ exp($hᵢ)", "$vᵢ exp(−$zᵢ)")},
    ),
    "softmax": Reference(
        lambda z: anp.exp(z) / anp.sum(anp.exp(z)),
        one_vector(2),
        costs=lambda m, _n: (2 * m, 2 * m),  # exp and quotient; v·p and p times the rest
        mistakes={
            "z": Mistakes(
                [4, 8],
                {"p": [0.25, 0.75]},
                {"diagonal only": [0.75, 1.5], "mean not subtracted": [1, 6], "slope forgotten": [4, 8]},
            )
        },
        false_lines={"z": ("$pᵢ $vᵢ", "$pᵢ ($vᵢ − Σⱼ $vⱼ)", "Σⱼ $vⱼ $pⱼ (δⱼᵢ − $pⱼ)")},
    ),
    "mse": Reference(
        lambda h, y: anp.sum((h - y) ** 2) / 2,
        two_vectors(),
        costs=lambda m, _n: (m, m),
        mistakes={
            "h": Mistakes(
                1,
                {"h": [3, 1], "y": [1, 2]},
                {
                    "target − prediction": [-2, 1],
                    "loss averaged": [1, -0.5],
                    "½ left out": [4, -2],
                    "½ not cancelled": [1, -0.5],
                    "mean of squares": [2, -1],
                    "averaged twice": [0.5, -0.25],
                    "mean undone": [4, -2],
                    "target forgotten": [3, 1],
                },
            )
        },
        false_lines={"h": ("$v ½ · ($hᵢ − $yᵢ)", "$v ($hᵢ + $yᵢ)", "$v ($hᵢ − $yᵢ)²")},
    ),
    "sse": Reference(
        lambda h, y: anp.sum((h - y) ** 2),
        two_vectors(),
        costs=lambda m, _n: (m, 2 * m),  # a difference with its square; a difference times 2, and v times it
        mistakes={
            "h": Mistakes(
                1,
                {"h": [3, 1], "y": [1, 2]},
                {
                    "target − prediction": [-4, 2],
                    "loss averaged": [2, -1],
                    "½ assumed": [2, -1],
                    "mean of half squares": [1, -0.5],
                    "target forgotten": [6, 2],
                },
            )
        },
        false_lines={"h": ("$v ($hᵢ − $yᵢ)", "$v · 2 ($hᵢ + $yᵢ)", "$v · 2 ($hᵢ − $yᵢ)²")},
    ),
    "mse-mean": Reference(
        lambda h, y: anp.mean((h - y) ** 2),
        two_vectors(),
        costs=lambda m, _n: (m, 2 * m),
        mistakes={
            "h": Mistakes(
                1,
                {"h": [3, 1], "y": [1, 2]},
                {
                    "target − prediction": [-2, 1],
                    "mean forgotten": [4, -2],
                    "½ assumed": [1, -0.5],
                    "½ and a sum assumed": [2, -1],
                    "averaged twice": [1, -0.5],
                    "target forgotten": [3, 1],
                },
            )
        },
        false_lines={"h": ("$v · 2 ($hᵢ − $yᵢ)", "$v (1/m) ($hᵢ − $yᵢ)", "$v (2/m) ($hᵢ + $yᵢ)")},
    ),
    "out": Reference(
        anp.dot,
        two_vectors(),
        costs=lambda m, _n: (m, m),
        mistakes={"h": Mistakes(2, {"y": [3, 4]}, {"given gradient forgotten": [2, 2]})},
        false_lines={"h": ("$v $hᵢ", "$v $yᵢ²")},
    ),
    "bce": Reference(
        lambda p, y: -anp.sum(y * anp.log(p) + (1 - y) * anp.log(1 - p)),
        lambda rng, m, _n: (rng.uniform(0.05, 0.95, size=m), rng.uniform(size=m)),
        costs=lambda m, _n: (4 * m, 3 * m),  # two logs and two products; p (1 − p), a quotient and v times it
        mistakes={
            "p": Mistakes(
                1,
                HALF,
                {
                    "target − prediction": [2, -4 / 3],
                    "loss averaged": [-1, 2 / 3],
                    "denominator forgotten": [-0.5, 0.25],
                },
            )
        },
        false_lines={"p": ("$v ($pᵢ − $yᵢ)", "$v ($pᵢ − $yᵢ) / $pᵢ (1 − $pᵢ)")},
    ),
    # The heads as one would write them without thinking of large numbers, and for any targets at all.
    "bce-with-logits": Reference(
        lambda z, y: anp.sum(anp.log(1 + anp.exp(z)) - y * z),
        two_vectors(2),
        costs=lambda m, _n: (3 * m, m),  # exp, log and y z
        mistakes={
            "z": Mistakes(
                1,
                HALF,
                {
                    "target − prediction": [0.5, -0.25],
                    "loss averaged": [-0.25, 0.125],
                    "slope not cancelled": [-0.125, 0.046875],
                    "target forgotten": [0.5, 0.25],
                },
            )
        },
        false_lines={"z": ("$v ($yᵢ − σ($zᵢ))", "$v (exp($zᵢ) − $yᵢ)")},
    ),
    "softmax-cross-entropy": Reference(
        lambda z, y: -anp.sum(y * anp.log(anp.exp(z) / anp.sum(anp.exp(z)))),
        _with_targets,
        costs=lambda m, _n: (2 * m, m),  # exp and a product with y; v (p − y)
        # (p − y)·p = 1/16 − 3/16 = −⅛, so the softmax makes p ⊙ (⅜, −⅛) of the difference
        mistakes={
            "z": Mistakes(
                1,
                SHARES,
                {
                    "target − prediction": [-0.25, 0.25],
                    "loss averaged": [0.125, -0.125],
                    "slope not cancelled": [0.09375, -0.09375],
                    "target’s entry only": [0, -0.25],
                    "target forgotten": [0.25, 0.75],
                },
            )
        },
        # the first is false of the targets drawn that do not sum to 1
        false_lines={"z": ("$v ($pᵢ − $yᵢ)", "$v ($yᵢ Σⱼ $yⱼ − $pᵢ)")},
    ),
    "poisson-nll": Reference(
        lambda z, y: anp.sum(anp.exp(z) - y * z),
        lambda rng, m, _n: (rng.normal(size=m), rng.poisson(2.0, size=m).astype(np.float64)),
        costs=lambda m, _n: (2 * m, m),  # exp and y z
        mistakes={
            "z": Mistakes(
                1,
                {"p": [2, 1], "y": [1, 3]},
                {
                    "target − prediction": [-1, 2],
                    "loss averaged": [0.5, -1],
                    "slope not cancelled": [2, -2],
                    "target forgotten": [2, 1],
                },
            )
        },
        false_lines={"z": ("$v (1 − $yᵢ / exp($zᵢ))",)},
    ),
}

# What a row says of the Jacobian it avoids, as a statement about that Jacobian J and the op's inputs.
KINDS: Mapping[str, Callable[[Array, Mapping[str, Array]], bool]] = {
    "block diagonal": lambda J, _at: bool((J == 0).sum() == J.size - J.shape[1]),
    "$W itself": lambda J, at: np.array_equal(J, at["W"]),
    "the identity": lambda J, _at: np.array_equal(J, np.eye(len(J))),
    "a diagonal of 0 and 1": lambda J, _at: np.array_equal(J, np.diag(np.diag(J))) and set(np.unique(J)) <= {0, 1},
    "a diagonal": lambda J, _at: np.array_equal(J, np.diag(np.diag(J))) and bool((np.diag(J) != 0).all()),
    # in a row p_i (δ_ij − p_j) the diagonal alone is positive, and of a lone share, 1, nothing is left
    "dense and symmetric": lambda J, _at: (
        (bool(((J > 0) == np.eye(len(J))).all() and (J != 0).all()) if len(J) > 1 else J.item() == 0)
        and bool(abs(J - J.T).max() <= HOLD)
    ),
    "a single row": lambda J, _at: len(J) == 1,
}

ROWS = [pytest.param(op, id=op.name) for op in OPS.values()]
RULES = [pytest.param(op, slot, id=f"{op.name}-{slot}") for op in OPS.values() for slot in op.vjps]


def drawn(op: Op, seed: int) -> Inputs:
    """Read-only inputs of a random shape from 1×1 up, so that an op that writes into them is found out."""
    rng = np.random.default_rng(seed)
    m, n = (1, 1) if seed == 0 else map(int, rng.integers(1, 9, size=2))
    inputs = REFERENCE[op.name].draw(rng, m, n)
    for array in inputs:
        array.flags.writeable = False
    return inputs


def upstream(output: Array, seed: int) -> Array:
    """A random v for an output, read-only."""
    v = np.asarray(np.random.default_rng(1000 + seed).normal(size=output.shape))
    v.flags.writeable = False
    return v


def slots_at(op: Op, inputs: Inputs, output: Array) -> dict[str, Array]:
    """The arrays at an op's inputs and output, by slot."""
    return {**dict(zip(op.inputs, inputs, strict=True)), op.output: output}


def forms(rule: Vjp) -> list[Vjp]:
    """A rule as it is written, in each form that it has."""
    return [rule, *([rule.general] if rule.general else [])]


def written(op: Op) -> list[tuple[str, Vjp]]:
    """Every form of every rule of an op, with the slot it is for."""
    return [(slot, form) for slot, rule in op.vjps.items() for form in forms(rule)]


def worst(ours: Array, theirs: Array) -> float:
    """max |a − b| / max(1, |a|, |b|), after the shapes have been compared."""
    assert ours.shape == theirs.shape
    scale = max(1.0, float(abs(ours).max()), float(abs(theirs).max()))
    return float(abs(ours - theirs).max()) / scale


def identifiers(template: str) -> set[str]:
    """The slots that a template names."""
    assert Template(template).is_valid()
    return set(Template(template).get_identifiers())
