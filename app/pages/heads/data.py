"""The heads side by side: where the last backward arrow is prediction − target, what fusing saves, what cancels.

A loss of the exponential family is A(z) − y z in its natural parameter z, and A′(z) is the mean: with the canonical
link the slope of the link has cancelled (McCullagh & Nelder, "Generalized Linear Models", 2nd ed., section 2.2).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

import numpy as np

from app.engine import NETWORKS, OPS, Array, Formula, Trace, as_arrays
from app.engine.chains import CHAINS, MIN_LOG, MIN_SLOPE, QUANTITIES, Chain, reference, run_chain
from app.engine.networks import CANONICAL
from app.snapshot import run
from app.snapshot.formulas import forward_rule, quantity, vjp_rule
from app.snapshot.models import Expression, Frozen
from app.state import FieldError, field_text, number_text

from .question import HeadsState, InvalidHeads

# Two ways to one gradient are called equal up to this, times max(1, its largest entry).
EQUAL = 1e-12
# A number is called right up to this: nine digits.
RIGHT = 1e-9
# Of these the digits count, however small they are: something is divided by the one and multiplied by the other.
_FACTORS = ("one_minus_p", "slope")


@dataclass(frozen=True, slots=True)
class _Pair:
    """A distribution and the head that stands for it; the op that makes its prediction, none for the identity."""

    network: str
    distribution: str
    link: str
    activation: str | None
    predicts: Formula

    @property
    def canonical(self) -> bool:
        """Whether the link is the distribution's own."""
        return self.network in CANONICAL


_PAIRS = (
    _Pair("identity-mse", "Gaussian", "identity", None, Formula("z", "z")),
    _Pair("sigmoid-bce", "Bernoulli", "logit", "sigmoid", Formula("σ(z)", r"\sigma(z)")),
    _Pair("softmax-ce", "Multinomial", "log-odds", "softmax", Formula("softmax(z)", r"\operatorname{softmax}(z)")),
    _Pair("exp-poisson", "Poisson", "log", "exp", Formula("exp(z)", r"\exp(z)")),
    _Pair(
        "softmax-mse",
        "no match",
        "none",
        "softmax",
        Formula("softmax(z)", r"\operatorname{softmax}(z)"),
    ),
)


class Head(Frozen):
    """One head on the common z. `grad_z` is the engine's VJP, `difference` is prediction − target, subtracted.

    `gap` is how far the two are apart at most, `same` entry by entry whether that is rounding, and `equal` whether it
    is in all. `upstream` is ∂L/∂prediction where the backward pass stops there on its way, and `mean` is its product
    with the prediction; both are null where one op leads from the loss to z. `step` is the step of the network's
    backward pass that finds ∂L/∂z.
    """

    network: str
    distribution: str
    link: str
    canonical: bool
    predicts: Expression
    loss_rule: Expression
    rule: Expression
    convention: str
    z: list[float]
    prediction: list[float]
    target: list[float]
    loss: float
    upstream: list[float] | None
    mean: float | None
    grad_z: list[float]
    difference: list[float]
    gap: float
    same: list[bool]
    equal: bool
    step: int


class Outcome(Frozen):
    """A number that may be none: `value` is null where it is not finite, and `word` says what it is instead.

    `right` is whether it is the truth to nine digits, and `off` how far off it is, as a share of the truth; null where
    that is no number.
    """

    value: float | None
    word: str
    right: bool
    off: float | None


class ChainView(Frozen):
    """What one way from the logit to the loss and back gives; a way that never forms a quantity leaves it out."""

    name: str
    title: str
    runs: str
    readings: dict[str, Outcome]


class Logit(Frozen):
    """One logit with a target of 0 or 1: the truth, by `decimal`, and what each way gives."""

    z: float
    y: int
    reference: dict[str, Outcome]
    chains: list[ChainView]


class Term(Frozen):
    """One term of an entry i of vᵀ times the softmax's Jacobian: −yⱼ/pⱼ · pⱼ (δⱼᵢ − pᵢ) = `value`."""

    j: int
    y: float
    p: float
    delta: int
    value: float


class Cancelling(Frozen):
    """The Jacobian of the softmax and v = −y/p, from cross-entropy, that comes upon it: vᵀ J = p − y.

    `v` is null where a share is 0 to any float: there is no y/p then. `terms` add up to the entry `entry`, from 1.
    """

    p: list[float]
    y: list[float]
    matrix: list[list[float]]
    v: list[float] | None
    product: list[float] | None
    difference: list[float]
    agrees: bool
    entry: int
    terms: list[Term]


class Heads(Frozen):
    """All that the page of the heads shows."""

    x: list[float]
    W: list[list[float]]
    b: list[float]
    heads: list[Head]
    unfused: bool
    logit: Logit
    jacobian: Cancelling


class Curve(Frozen):
    """∂L/∂z of one way, at each of the logits; null where it is no number."""

    name: str
    grads: list[float | None]


def take_heads(state: HeadsState) -> Heads:
    """Compute all of it. Raises InvalidHeads where finite numbers overflow, naming the quantity and the head."""
    own = {name: array.tolist() for name, array in as_arrays(state.values).items()}
    heads = [_head(state, pair) for pair in _PAIRS]
    return Heads(
        x=own["x"],
        W=own["W"],
        b=own["b"],
        heads=heads,
        unfused=state.unfused,
        logit=_logit(state),
        jacobian=_cancelling(state, next(head for head in heads if head.network == "softmax-ce")),
    )


def _head(state: HeadsState, pair: _Pair) -> Head:
    network = NETWORKS[pair.network]
    graph, view = network.graph, state.view(network)
    trace = run(view)
    _refuse_overflow(state, pair, trace)
    z, target, grad_z = trace.values["z"], trace.values["y"], trace.grads["z"]
    prediction = OPS[pair.activation].forward(z)[0] if pair.activation else z
    difference = prediction - target + 0.0  # never −0
    gaps = abs(grad_z - difference)
    same = gaps <= EQUAL * max(1.0, float(abs(difference).max()))
    arrow = graph.uses["z"][0]
    upstream = None if arrow.node is graph.loss else trace.grads[arrow.node.name]
    return Head(
        network=pair.network,
        distribution=pair.distribution,
        link=pair.link,
        canonical=pair.canonical,
        predicts=Expression(text=pair.predicts.text, latex=pair.predicts.latex),
        loss_rule=forward_rule(graph, graph.loss),
        rule=vjp_rule(graph, arrow.node, arrow.slot),
        convention=graph.loss.op.convention,
        z=z.tolist(),
        prediction=prediction.tolist(),
        target=target.tolist(),
        loss=float(trace.loss),
        upstream=None if upstream is None else upstream.tolist(),
        mean=None if upstream is None else float(upstream @ prediction),
        grad_z=grad_z.tolist(),
        difference=difference.tolist(),
        gap=float(gaps.max()),
        same=same.tolist(),
        equal=bool(same.all()),
        step=view.at,
    )


# Works out numbers anew from others, all by name: what a reader with a pencil does.
Recompute = Callable[[dict[str, Array]], dict[str, Array]]


def recompute_head(head: Head) -> Recompute:
    """All that a head shows, from z and the target, each number from those before it."""
    pair = next(pair for pair in _PAIRS if pair.network == head.network)
    loss = NETWORKS[head.network].graph.loss.op

    def recompute(drawn: dict[str, Array]) -> dict[str, Array]:
        p, y = drawn["prediction"], drawn["target"]
        through_p = head.upstream is not None
        return {
            "prediction": OPS[pair.activation].forward(drawn["z"])[0] if pair.activation else drawn["z"],
            "difference": p - y,
            "loss": loss.forward(p if through_p else drawn["z"], y)[0],
            **({"mean": np.asarray(drawn["difference"] @ p)} if through_p else {}),
            "grad_z": p * (drawn["difference"] - drawn["mean"]) if through_p else p - y,
        }

    return recompute


def recompute_chain(chain: str, logit: Logit) -> Recompute:
    """All that a chain of two ops shows, from p or 1 − p, whichever is the smaller."""
    least_log, least_slope = (MIN_LOG, MIN_SLOPE) if chain == "clipped" else (-np.inf, 0.0)

    def recompute(drawn: dict[str, Array]) -> dict[str, Array]:
        p, rest = (1.0 - drawn["one_minus_p"], drawn["one_minus_p"]) if logit.z >= 0 else (drawn["p"], 1.0 - drawn["p"])
        slope = p * rest
        return {
            "p": p,
            "one_minus_p": rest,
            "loss": -np.maximum(np.log(p if logit.y else rest), least_log),
            "grad_p": (-rest if logit.y else p) / np.maximum(slope, least_slope),
            "slope": slope,
            "grad_z": drawn["grad_p"] * drawn["slope"],
        }

    return recompute


def recompute_cancelling(view: Cancelling) -> Recompute:
    """All that the cancelling shows, from p and y."""
    i = view.entry - 1

    def recompute(drawn: dict[str, Array]) -> dict[str, Array]:
        p, y = drawn["p"], drawn["y"]
        return {
            "matrix": np.asarray(np.diag(p) - np.outer(p, p)),
            "v": -y / p,
            "product": drawn["v"] @ drawn["matrix"],
            "difference": p - y,
            "terms": -y / p * (p * (np.eye(p.size)[i] - p[i])),
        }

    return recompute


def _refuse_overflow(state: HeadsState, pair: _Pair, trace: Trace) -> None:
    failed = trace.overflow
    if failed is None:
        return
    what = quantity(trace.graph, failed).text
    msg = f"{what} of {pair.network} overflows: with these numbers it is too large for a float64; take smaller ones"
    typed = {name: field_text(numbers) for name, numbers in state.values.items()} | {"z": number_text(state.z)}
    raise InvalidHeads([FieldError(("values",), msg)], replace(state, values=HeadsState().values), typed)


def _logit(state: HeadsState) -> Logit:
    true = reference(state.z, state.y)
    chains = [chain for chain in CHAINS.values() if state.unfused or not chain.materializes_p]
    return Logit(
        z=state.z,
        y=state.y,
        reference={name: _exactly(number) for name, number in true.items()},
        chains=[_chain_view(chain, state, true) for chain in chains],
    )


def _exactly(true: Decimal) -> Outcome:
    """A true number; one that no float holds, too large or too small for its digits, is told in words, never as inf."""
    value = float(true)
    with localcontext(prec=40):
        held = math.isfinite(value) and abs(Decimal(value) - true) <= Decimal(EQUAL) * abs(true)
    return Outcome(value=value if held else None, word="" if held else f"{true:.3e}", right=True, off=0.0)


def _chain_view(chain: Chain, state: HeadsState, true: dict[str, Decimal]) -> ChainView:
    found = run_chain(chain, np.array([state.z]), float(state.y))
    readings = {name: _reading(name, found[name].item(), true[name]) for name in QUANTITIES if name in found}
    return ChainView(name=chain.name, title=chain.title, runs=chain.runs, readings=readings)


def _reading(name: str, value: float, true: Decimal) -> Outcome:
    if not math.isfinite(value):
        return Outcome(value=None, word=f"{value:g}", right=False, off=None)
    with localcontext(prec=40):
        gap = abs(Decimal(value) - true)
        scale = abs(true) if name in _FACTORS else max(Decimal(1), abs(true))
        right = value == float(true) or gap <= Decimal(RIGHT) * scale
        return Outcome(value=value + 0.0, word="", right=right, off=float(gap / abs(true)))


def curves(y: int, logits: list[float], *, unfused: bool) -> list[Curve]:
    """∂L/∂z against z, of the one op and, `unfused`, of the chains of two."""
    z = np.array(logits)
    found = []
    for chain in CHAINS.values():
        if unfused or not chain.materializes_p:
            grads = run_chain(chain, z, float(y))["grad_z"].tolist()
            found.append(Curve(name=chain.name, grads=[grad if math.isfinite(grad) else None for grad in grads]))
    return found


def _cancelling(state: HeadsState, head: Head) -> Cancelling:
    p, y = np.array(head.prediction), np.array(head.target)
    matrix = OPS["softmax"].vjps["z"].jacobian.matrix({"z": np.array(head.z)})
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        v = -y / p
        product = v @ matrix
    whole = bool(np.isfinite(v).all() and np.isfinite(product).all())
    difference = p - y
    return Cancelling(
        p=p.tolist(),
        y=y.tolist(),
        matrix=matrix.tolist(),
        v=(v + 0.0).tolist() if whole else None,
        product=product.tolist() if whole else None,
        difference=difference.tolist(),
        agrees=whole and bool((abs(product - difference) <= EQUAL).all()),
        entry=state.entry,
        terms=_terms(p, y, v, state.entry - 1) if whole else [],
    )


def _terms(p: Array, y: Array, v: Array, i: int) -> list[Term]:
    return [
        Term(
            j=j + 1,
            y=float(y[j]),
            p=float(p[j]),
            delta=int(i == j),
            value=float(v[j] * (p[j] * ((i == j) - p[i]))) + 0.0,
        )
        for j in range(p.size)
    ]
