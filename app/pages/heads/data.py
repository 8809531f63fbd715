"""The heads side by side: where the gradient ∂L/∂z is prediction − target, what fusing saves, what cancels.

A loss of the exponential family is A(z) − y z in its natural parameter z, and A′(z) is the mean: with the canonical
link the slope of its inverse, the activation, has cancelled (McCullagh & Nelder, "Generalized Linear Models", 2nd ed.,
section 2.2).
"""

from __future__ import annotations

import numpy as np

from app.engine import NETWORKS, Array, Trace, as_arrays
from app.engine.closeness import same
from app.snapshot import run
from app.snapshot.cancelling import EQUAL, RecomputeByName, cancelling
from app.snapshot.formulas import forward_rule, vjp_rule
from app.snapshot.limits import why_not_finite
from app.snapshot.pairs import PAIRS, Pair
from app.snapshot.unfused import take_logit
from app.state import FieldError, Invalid, field_text, number_text

from .models import Head, Heads
from .question import HeadsState


def take_heads(state: HeadsState) -> Heads:
    """Compute all of it. Raises Invalid where finite numbers overflow, naming the quantity and the head."""
    own = {name: array.tolist() for name, array in as_arrays(state.values).items()}
    heads = [_head(state, pair) for pair in PAIRS]
    softmax = next(head for head in heads if head.network == "softmax-ce")
    return Heads(
        x=own["x"],
        W=own["W"],
        b=own["b"],
        heads=heads,
        unfused=state.unfused,
        logit=take_logit(state.z, state.y, unfused=state.unfused),
        jacobian=cancelling(np.array(softmax.z), np.array(softmax.target), state.entry),
    )


def _head(state: HeadsState, pair: Pair) -> Head:
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


def recompute_head(head: Head) -> RecomputeByName:
    """All that a head shows, from z and the target, each number from those before it."""
    pair = next(pair for pair in PAIRS if pair.network == head.network)
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


def _refuse_overflow(state: HeadsState, pair: Pair, trace: Trace) -> None:
    failed = trace.overflow
    if failed is None:
        return
    msg = f"{pair.network}: {why_not_finite(trace, failed)}"
    typed = {name: field_text(numbers) for name, numbers in state.values.items()} | {"z": number_text(state.z)}
    raise Invalid([FieldError(("values",), msg)], state.with_layer({}), typed)
