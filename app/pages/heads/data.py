"""The heads side by side: where the gradient ∂L/∂z is prediction − target, what fusing saves, what cancels.

A loss of the exponential family is A(z) − y z in its natural parameter z, and A′(z) is the mean: with the canonical
link the slope of its inverse, the activation, has cancelled (McCullagh & Nelder, "Generalized Linear Models", 2nd ed.,
section 2.2).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext

import numpy as np

from app.engine import NETWORKS, OPS, Array, Formula, Trace, as_arrays
from app.engine.chains import CHAINS, MIN_LOG, MIN_SLOPE, QUANTITIES, Chain, reference, run_chain
from app.engine.closeness import same
from app.engine.networks import CANONICAL, MISMATCH
from app.engine.ops import Likelihood, Op
from app.snapshot import run
from app.snapshot.formulas import filled, forward_rule, vjp_rule
from app.snapshot.limits import why_not_finite
from app.snapshot.models import Expression
from app.state import FieldError, Invalid, field_text, number_text

from .models import Cancelling, CancellingTerm, ChainView, GradientCurve, Head, Heads, Logit, Outcome
from .question import HeadsState

# Two ways to one gradient are called equal up to this share of its largest entry.
EQUAL = 1e-12
# A number is called right up to this share of the true one: nine digits.
RIGHT = 1e-9


@dataclass(frozen=True, slots=True)
class _Pair:
    """An activation and a loss: the op that makes the prediction, None for the identity; its distribution, if any."""

    network: str
    likelihood: Likelihood | None
    activation: Op | None

    def predicts(self) -> Expression:
        """The prediction as a formula of z."""
        formula = (self.activation.named or self.activation.formula) if self.activation else Formula("$z", "$z")
        return Expression(text=filled(formula.text, {"z": "z"}), latex=filled(formula.latex, {"z": "z"}))

    def prediction(self, z: Array) -> Array:
        """The prediction's numbers."""
        return self.activation.forward(z)[0] if self.activation else z


def _pair(network: str) -> _Pair:
    """The pair that a network of the gallery ends in, from its loss or from the node before that."""
    graph = NETWORKS[network].graph
    assert graph.loss.op is not None
    if network in CANONICAL and (likelihood := graph.loss.op.likelihood):
        return _Pair(network, likelihood, likelihood.activation)
    return _Pair(network, None, graph.by_name[graph.loss.inputs[0]].op)


_PAIRS = tuple(_pair(network) for network in (*CANONICAL, MISMATCH))


def take_heads(state: HeadsState) -> Heads:
    """Compute all of it. Raises Invalid where finite numbers overflow, naming the quantity and the head."""
    own = {name: array.tolist() for name, array in as_arrays(state.values).items()}
    heads = [_head(state, pair) for pair in _PAIRS]
    return Heads(
        x=own["x"],
        W=own["W"],
        b=own["b"],
        heads=heads,
        unfused=state.unfused,
        logit=take_logit(state),
        jacobian=_cancelling(state, next(head for head in heads if head.network == "softmax-ce")),
    )


def _head(state: HeadsState, pair: _Pair) -> Head:
    network = NETWORKS[pair.network]
    graph, view = network.graph, state.view(network)
    trace = run(view)
    _refuse_overflow(state, pair, trace)
    z, target, grad_z = trace.values["z"], trace.values["y"], trace.grads["z"]
    prediction = pair.prediction(z)
    difference = prediction - target + 0.0  # never −0
    is_same = same(grad_z, difference, abs(difference).max(), EQUAL)
    arrow = graph.uses["z"][0]
    upstream = None if arrow.node is graph.loss else trace.grads[arrow.node.name]
    return Head(
        network=pair.network,
        distribution=pair.likelihood.distribution if pair.likelihood else "no match",
        link=pair.likelihood.link if pair.likelihood else "none",
        canonical=pair.likelihood is not None,
        predicts=pair.predicts(),
        loss_rule=forward_rule(graph, graph.loss),
        rule=vjp_rule(graph, arrow.node, trace.vjp(arrow.edge)),
        convention=graph.loss.op.convention,
        z=z.tolist(),
        prediction=prediction.tolist(),
        target=target.tolist(),
        loss=float(trace.loss),
        upstream=None if upstream is None else upstream.tolist(),
        mean=None if upstream is None else float(upstream @ prediction),
        grad_z=grad_z.tolist(),
        difference=difference.tolist(),
        gap=float(abs(grad_z - difference).max()),
        same=is_same.tolist(),
        equal=bool(is_same.all()),
        step=view.at,
    )


# Works out numbers anew from others, all by name: what a reader with a pencil does.
RecomputeByName = Callable[[dict[str, Array]], dict[str, Array]]


def recompute_head(head: Head) -> RecomputeByName:
    """All that a head shows, from z and the target, each number from those before it."""
    pair = next(pair for pair in _PAIRS if pair.network == head.network)
    loss = NETWORKS[head.network].graph.loss.op

    def recompute(drawn: dict[str, Array]) -> dict[str, Array]:
        p, y = drawn["prediction"], drawn["target"]
        through_p = head.upstream is not None
        return {
            "prediction": pair.prediction(drawn["z"]),
            "difference": p - y,
            "loss": loss.forward(p if through_p else drawn["z"], y)[0],
            **({"mean": np.asarray(drawn["difference"] @ p)} if through_p else {}),
            "grad_z": p * (drawn["difference"] - drawn["mean"]) if through_p else p - y,
        }

    return recompute


def recompute_chain(chain: str, logit: Logit) -> RecomputeByName:
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


def recompute_cancelling(view: Cancelling) -> RecomputeByName:
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
    msg = f"{pair.network}: {why_not_finite(trace, failed)}"
    typed = {name: field_text(numbers) for name, numbers in state.values.items()} | {"z": number_text(state.z)}
    raise Invalid([FieldError(("values",), msg)], state.with_layer({}), typed)


def take_logit(state: HeadsState) -> Logit:
    """One logit through the one op and, `unfused`, through the chains of two, each number beside the true one."""
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
        is_held = math.isfinite(value) and abs(Decimal(value) - true) <= Decimal(EQUAL) * abs(true)
    return Outcome(value=value if is_held else None, word="" if is_held else f"{true:.3e}", right=True, off=0.0)


def _chain_view(chain: Chain, state: HeadsState, true: dict[str, Decimal]) -> ChainView:
    found = run_chain(chain, np.array([state.z]), float(state.y))
    readings = {name: _reading(found[name].item(), true[name]) for name in QUANTITIES if name in found}
    return ChainView(name=chain.name, title=chain.title, runs=chain.runs, readings=readings)


def _reading(value: float, true: Decimal) -> Outcome:
    """A number of a chain beside the true one; `right` is said of `off`, so that the two never disagree."""
    if not math.isfinite(value):
        return Outcome(value=None, word=f"{value:g}", right=False, off=None)
    with localcontext(prec=40):
        off = 0.0 if value == float(true) else float(abs(Decimal(value) - true) / abs(true))
    right = bool(same(np.asarray(off), np.zeros(()), 1.0, RIGHT))
    return Outcome(value=value + 0.0, word="", right=right, off=off)


def curves(y: int, logits: list[float], *, unfused: bool) -> list[GradientCurve]:
    """∂L/∂z against z, of the one op and, `unfused`, of the chains of two."""
    z = np.array(logits)
    found = []
    for chain in CHAINS.values():
        if unfused or not chain.materializes_p:
            grads = run_chain(chain, z, float(y))["grad_z"].tolist()
            found.append(
                GradientCurve(name=chain.name, grads=[grad if math.isfinite(grad) else None for grad in grads])
            )
    return found


def _cancelling(state: HeadsState, head: Head) -> Cancelling:
    p, y = np.array(head.prediction), np.array(head.target)
    matrix = OPS["softmax"].vjps["z"].jacobian.matrix({"z": np.array(head.z)})
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        v = -y / p
        product = v @ matrix
    is_whole = bool(np.isfinite(v).all() and np.isfinite(product).all())
    difference = p - y
    return Cancelling(
        p=p.tolist(),
        y=y.tolist(),
        matrix=matrix.tolist(),
        v=(v + 0.0).tolist() if is_whole else None,
        product=(product + 0.0).tolist() if is_whole else None,
        difference=(difference + 0.0).tolist(),
        agrees=is_whole and bool(same(product, difference, abs(difference).max(), EQUAL).all()),
        gap=float(abs(product - difference).max()) if is_whole else None,
        entry=state.entry,
        terms=_terms(p, y, v, state.entry - 1) if is_whole else [],
    )


def _terms(p: Array, y: Array, v: Array, i: int) -> list[CancellingTerm]:
    return [
        CancellingTerm(
            j=j + 1,
            y=float(y[j]),
            p=float(p[j]),
            delta=int(i == j),
            value=float(v[j] * (p[j] * ((i == j) - p[i]))) + 0.0,
        )
        for j in range(p.size)
    ]
