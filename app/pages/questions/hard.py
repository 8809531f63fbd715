"""The hard question, why every canonical pair sends back prediction − target: by the family, and by the softmax.

The argument is that of McCullagh & Nelder, "Generalized Linear Models", 2nd ed., section 2.2, at unit dispersion.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from app.digits import Formatted, consistent_digits, formatted
from app.engine import NETWORKS, Array, OpNode, Trace
from app.engine.networks import CANONICAL, MISMATCH
from app.snapshot import Expression, NestedList, trace_of
from app.snapshot.formulas import filled, symbols, vjp_equation
from app.snapshot.models import Frozen
from app.state import Invalid, ViewState

from .models import Cell, Equation, Line, Piece, Row, Table, numbers, row, sign, written

PROMPT = (
    "Squared error, sigmoid with binary cross-entropy, softmax with cross-entropy, exp with the Poisson loss: each sends"
    " prediction − target back to z. Find one reason for all four. Then multiply out the softmax, and name a pair that"
    " does not do it."
)
HINTS = (
    "Each of these losses is −log of a density. Write the density so that the observation y multiplies one number, the"
    " natural parameter η, and call what remains of η a function A.",
    "A density integrates to 1: differentiate that with respect to η to see what the slope of A is. For the softmax,"
    " multiply ∂L/∂pⱼ by ∂pⱼ/∂zᵢ, add over j, and look at what divides in one and multiplies in the other.",
)
# A(η) of each distribution whose canonical pair is in the gallery, and what such a head is for.
LOG_PARTITION: Mapping[str, Expression] = {
    "Gaussian": Expression(text="η²/2", latex=r"\eta^{2} / 2"),
    "Bernoulli": Expression(text="log(1 + exp(η))", latex=r"\log(1 + \exp(\eta))"),
    "multinomial": Expression(text="log Σⱼ exp(ηⱼ)", latex=r"\log \sum_j \exp(\eta_j)"),
    "Poisson": Expression(text="exp(η)", latex=r"\exp(\eta)"),
}
_FOR = {
    "Gaussian": "a number",
    "Bernoulli": "yes or no",
    "multinomial": "one of many",
    "Poisson": "a count",
}
_SOFTMAX = "softmax-ce"
# Scores that are confident of the first class, where the target is the second.
_CONFIDENT = {"W": ((0.0, 0.0),) * 3, "b": (10.0, 0.0, 0.0)}


class HeadGradient(Frozen):
    """The gradient ∂L/∂z of a network: its rule, the sentence about it, its numbers, and where it is derived.

    `on_defaults` is whether its numbers are its own, since those that were asked about do not fit it or overflow.
    `prediction` is what the head makes of z, and `upstream` ∂L/∂prediction where that is a step of its own.
    """

    network: str
    title: str
    canonical: bool
    on_defaults: bool
    equation: Expression
    says: str
    prediction: list[float]
    target: list[float]
    upstream: list[float] | None
    numbers: NestedList
    address: str


def heads(view: ViewState) -> list[HeadGradient]:
    """What the canonical pairs send back to z, and a pair that is none; all on one x, W and b, those of `view`.

    The network of `view` has its target, too; the others have their default ones.
    """
    return [_head(name, view) for name in (*CANONICAL, MISMATCH)]


def _head_trace(name: str, view: ViewState) -> tuple[ViewState, Trace, bool]:
    """A network of the gallery on the x, W and b of another, if they fit and nothing overflows; else, and then it is
    True, on its own."""
    network = NETWORKS[name]
    if network is view.network:
        there = ViewState(network, "backward", view.values)
        return there, trace_of(there), False
    own = ViewState(network, "backward", network.defaults)
    layer = {leaf: view.values[leaf] for leaf in ("x", "W", "b") if leaf in view.values}
    if any(view.shapes[leaf] != network.shape(leaf) for leaf in layer):
        return own, trace_of(own), True
    there = own.with_values(layer)
    try:
        return there, trace_of(there), False
    except Invalid:
        return own, trace_of(own), True


def _head(name: str, view: ViewState) -> HeadGradient:
    there, trace, on_defaults = _head_trace(name, view)
    graph = trace.graph
    use = graph.uses["z"][0]
    first = graph.loss.op.saved[0]
    upstream = None if use.node is graph.loss else trace.grads[use.node.name].tolist()
    return HeadGradient(
        network=name,
        title=there.network.title,
        canonical=name in CANONICAL,
        on_defaults=on_defaults,
        equation=vjp_equation(graph, use.node, use.slot, trace.vjp(use.edge)),
        says=filled(trace.vjp(use.edge).says, symbols(graph, use.node)),
        prediction=trace.saved[graph.loss.name][first].tolist(),
        target=trace.values["y"].tolist(),
        upstream=upstream,
        numbers=trace.grads["z"].tolist(),
        address=there.at_gradient_of("z").with_view("why").address(),
    )


def lines(view: ViewState) -> tuple[Line, ...]:
    """The answer, on the x, W and b of `view`."""
    found = {head.network: head for head in heads(view)}
    pairs = [found[name] for name in CANONICAL]
    return (
        *_family(),
        _four_pairs(),
        _four_with_numbers(pairs),
        _slopes(),
        *_multiplied_out(found[_SOFTMAX]),
        _consequences(),
        _contrast(found[MISMATCH]),
        _saturated(),
        _short(),
    )


def _family() -> tuple[Line, ...]:
    """L = A(η) − y η + const, A′ is the mean, and so the gradient."""
    loss = Expression(text="A(η) − y* η + const", latex=r"A(\eta) - y^{*}\,\eta + \mathrm{const}")
    mean = Expression(
        text="∫ y exp(y η + c(y)) dy / ∫ exp(y η + c(y)) dy",
        latex=r"\frac{\int y \exp(y\,\eta + c(y))\,dy}{\int \exp(y\,\eta + c(y))\,dy}",
    )
    difference = Expression(text="A′(η) − y*", latex=r"A'(\eta) - y^{*}")
    return (
        Line(
            "Take an exponential family with natural parameter η and unit dispersion: the density of an observation y is"
            " exp(y η − A(η) + c(y)). The loss is −log of the density of the target y*, and what has no η in it is a"
            " constant.",
            (Equation(_left("L", "L"), loss, ""),),
        ),
        Line(
            "A makes the density integrate to 1, so it is the log of an integral. Its derivative is the mean of y, and the"
            " mean is what such a model predicts.",
            (
                Equation(
                    _left("A(η)", r"A(\eta)"),
                    Expression(text="log ∫ exp(y η + c(y)) dy", latex=r"\log \int \exp(y\,\eta + c(y))\,dy"),
                    "",
                ),
                Equation(_left("A′(η)", r"A'(\eta)"), mean, ""),
                Equation(None, Expression(text="E[y] = prediction", latex=r"E[y] = \text{prediction}")),
            ),
        ),
        Line(
            "With the canonical link the network’s output z is η itself. Then nothing stands between z and A, and the"
            " gradient is what is left of two terms.",
            (
                Equation(_left("∂L/∂z", r"\frac{\partial L}{\partial z}"), difference),
                Equation(None, Expression(text="prediction − y*", latex=r"\text{prediction} - y^{*}")),
            ),
        ),
    )


def _left(text: str, latex: str) -> Expression:
    return Expression(text=text, latex=latex)


def _loss(name: str) -> OpNode:
    return NETWORKS[name].graph.loss


def _four_pairs() -> Line:
    rows = []
    for name in CANONICAL:
        op = _loss(name).op
        likelihood = op.likelihood
        assert likelihood is not None
        made = likelihood.activation
        formula = (made.named or made.formula) if made else None
        prediction = (
            Expression(text=filled(formula.text, {"z": "z"}), latex=filled(formula.latex, {"z": "z"}))
            if formula
            else Expression(text="z", latex="z")
        )
        kind = likelihood.distribution
        partition = LOG_PARTITION[kind]
        rows.append(
            row(
                kind[0].upper() + kind[1:],
                _FOR[kind],
                likelihood.link,
                written(Expression(text=partition.text, latex=partition.latex)),
                written(prediction, "value"),
                op.title,
            )
        )
    return Line(
        "This covers the four heads in use: each has a distribution, whose canonical link decides the activation, and"
        " whose −log likelihood is the loss. The constant that is left out is ½ y² for the Gaussian, log y! for Poisson.",
        table=Table(
            "Four canonical pairs",
            ("distribution", "the target is", "canonical link", "A(η)", "prediction A′(z)", "activation and loss"),
            tuple(rows),
        ),
    )


def _four_with_numbers(pairs: list[HeadGradient]) -> Line:
    return Line(
        "With numbers: each head below has the same x, W and b, unless it says otherwise, and a target of its own kind."
        " The last column is the gradient that the backward pass finds.",
        table=Table(
            "Prediction − target in four networks",
            ("network", "rule", "prediction", "target y*", "∂L/∂z"),
            tuple(_pair_row(head) for head in pairs),
        ),
    )


def _pair_row(head: HeadGradient) -> Row:
    drawn = consistent_digits(
        {"p": head.prediction, "y": head.target},
        {"grad": head.numbers},
        recompute=lambda seen: {"grad": seen["p"] - seen["y"]},
        near_1=("p",) if 1.0 in head.target else (),
    )
    note = " (on its default numbers: the others do not fit it, or overflow)" if head.on_defaults else ""
    return row(
        Cell(f"{head.title}{note}", href=head.address),
        written(head.equation, "grad"),
        Cell(drawn["p"].in_words(), colour="value"),
        Cell(drawn["y"].in_words(), colour="value"),
        Cell(drawn["grad"].in_words(), colour="grad"),
    )


def _slopes() -> Line:
    return Line(
        "Seen through the chain rule, two slopes cancel. That of the inverse link, the activation, is A″, the variance;"
        " and the loss divides by the variance. For a sigmoid and binary cross-entropy:",
        (
            Equation(
                _left("∂L/∂z", r"\frac{\partial L}{\partial z}"),
                Expression(
                    text="(p − y*) / (p (1 − p)) · p (1 − p)",
                    latex=r"\frac{p - y^{*}}{p\,(1 - p)} \cdot p\,(1 - p)",
                ),
            ),
            Equation(None, Expression(text="p − y*", latex="p - y^{*}")),
        ),
    )


def _multiplied_out(head: HeadGradient) -> tuple[Line, ...]:
    """The softmax by hand: its dense Jacobian against the slope of the loss, term by term."""
    jacobian = Expression(text="pⱼ (δⱼᵢ − pᵢ)", latex=r"p_j\,(\delta_{ji} - p_i)")
    slope = Expression(text="−y*ⱼ / pⱼ", latex=r"-\frac{y^{*}_j}{p_j}")
    chain = Expression(
        text="Σⱼ −(y*ⱼ / pⱼ) pⱼ (δⱼᵢ − pᵢ)", latex=r"\sum_j -\frac{y^{*}_j}{p_j}\;p_j\,(\delta_{ji} - p_i)"
    )
    cancelled = Expression(text="Σⱼ −y*ⱼ (δⱼᵢ − pᵢ)", latex=r"\sum_j -y^{*}_j\,(\delta_{ji} - p_i)")
    sums = Expression(text="−y*ᵢ + pᵢ Σⱼ y*ⱼ", latex=r"-y^{*}_i + p_i \sum_j y^{*}_j")
    result = Expression(text="pᵢ − y*ᵢ", latex=r"p_i - y^{*}_i")
    return (
        Line(
            "Now the softmax by hand. Every zᵢ moves every pⱼ, so its Jacobian is dense; the loss −Σⱼ y*ⱼ log pⱼ divides"
            " by each pⱼ.",
            (
                Equation(_left("∂pⱼ/∂zᵢ", r"\frac{\partial p_j}{\partial z_i}"), jacobian, "value"),
                Equation(_left("∂L/∂pⱼ", r"\frac{\partial L}{\partial p_j}"), slope),
            ),
        ),
        Line(
            "The chain rule adds over every output j that zᵢ reaches.",
            (Equation(_left("∂L/∂zᵢ", r"\frac{\partial L}{\partial z_i}"), chain),),
        ),
        Line(
            "Each term has pⱼ once below and once above, and it cancels: the dense Jacobian leaves no trace.",
            (Equation(None, cancelled),),
        ),
        Line(
            "The δ picks the target’s own entry, and the rest is pᵢ times the sum of the targets. That sum is 1.",
            (Equation(None, sums), Equation(None, result)),
            table=_terms(head),
        ),
    )


def _terms(head: HeadGradient) -> Table:
    """The terms of the first entry with their numbers, after pⱼ has cancelled."""
    drawn = _terms_drawn(head)
    p, y = drawn["p"].texts, drawn["y"].texts
    rows = [
        row(
            f"j = {j + 1}",
            Cell(y[j], colour="value"),
            Cell(f"{'1' if j == 0 else '0'} − {_in_brackets(p[0])}", colour="value"),
            Cell(drawn["terms"].texts[j], colour="grad"),
        )
        for j in range(len(p))
    ]
    total = row("sum", "", "", Cell(f"p₁ − y*₁ = {drawn['grad'].texts[0]}", colour="grad"), apart=True)
    return Table(
        "Entry 1 term by term, after pⱼ has cancelled", ("term", "y*ⱼ", "δⱼ₁ − p₁", "−y*ⱼ (δⱼ₁ − p₁)"), (*rows, total)
    )


def _terms_drawn(head: HeadGradient) -> dict[str, Formatted]:
    p, y = head.prediction, head.target
    own = [1.0, *[0.0] * (len(p) - 1)]
    terms = [0.0 - one * (delta - p[0]) for one, delta in zip(y, own, strict=True)]

    def redone(seen: dict[str, Array]) -> dict[str, Array]:
        first = seen["p"][0]
        found = seen["y"] * first
        found[0] -= seen["y"][0]
        return {"terms": found, "grad": first - seen["y"][:1]}

    return consistent_digits({"p": p, "y": y}, {"terms": terms, "grad": [p[0] - y[0]]}, recompute=redone, near_1=("p",))


def _in_brackets(text: str) -> str:
    """A probability that is subtracted: one written as 1 − … needs its brackets."""
    return f"({text})" if " " in text else text


def _consequences() -> Line:
    return Line(
        "What follows in practice. The head’s backward pass is one subtraction. The two ops belong in one, and"
        " frameworks have them so (F.cross_entropy, binary_cross_entropy_with_logits): the fused form never divides by a"
        " small p, and takes log p from z with the maximum subtracted. And the gradient is as large as the error: a"
        " model that is confident and wrong learns.",
        (
            Equation(
                _left("log p", r"\log p"),
                Expression(text="z − log Σ exp(z)", latex=r"z - \log \sum \exp(z)"),
                "value",
            ),
        ),
    )


def _contrast(head: HeadGradient) -> Line:
    """The pair that is not canonical, with its numbers."""
    assert head.upstream is not None
    mean = sum(one * other for one, other in zip(head.upstream, head.prediction, strict=True))
    drawn = consistent_digits(
        {"p": head.prediction, "v": head.upstream},
        {"mean": mean},
        {"grad": head.numbers},
        recompute=lambda seen: {
            "mean": seen["v"] @ seen["p"],
            "grad": seen["p"] * (seen["v"] - seen["mean"]),
        },
    )
    note = " (It stands on its default numbers: the others do not fit it, or overflow.)" if head.on_defaults else ""
    named = Piece(_left("∂L/∂z", r"\frac{\partial L}{\partial z}"), colour="grad")
    inner = numbers(drawn["mean"], "grad")
    mean_pieces = (
        (sign("− (", "-\\;("), inner, sign(")")) if drawn["mean"].texts[0].startswith("−") else (sign("−", "-"), inner)
    )
    return Line(
        "For contrast, softmax with squared error. Here ∂L/∂p is prediction − target, but nothing in the loss divides by"
        f" p, so the Jacobian of the softmax stays.{note}",
        (
            Equation(
                _left("∂L/∂z", r"\frac{\partial L}{\partial z}"),
                Expression(
                    text="p ⊙ ((p − y*) − (p − y*)·p)", latex=r"p \odot \left((p - y^{*}) - (p - y^{*}) \cdot p\right)"
                ),
            ),
        ),
        (
            (
                named,
                sign("="),
                numbers(drawn["p"], "value"),
                sign("⊙ (", r"\odot\;("),
                numbers(drawn["v"], "grad"),
                *mean_pieces,
                sign(") =", ")\\;="),
                numbers(drawn["grad"], "grad"),
            ),
        ),
    )


@lru_cache(maxsize=1)
def saturated() -> tuple[HeadGradient, HeadGradient]:
    """Softmax with cross-entropy and with squared error, both confident of a class that is not the target’s."""
    network = NETWORKS[_SOFTMAX]
    view = ViewState(network, "backward", network.defaults).with_values(_CONFIDENT)
    return _head(_SOFTMAX, view), _head(MISMATCH, view)


def _saturated() -> Line:
    fused, other = saturated()
    return Line(
        "It saturates, too. Let the scores be confident of the first class, z = (10, 0, 0), where the target is the"
        " second: the canonical pair sends back almost all of the error, and the other one almost nothing.",
        table=Table(
            "Confident and wrong",
            ("pair", "∂L/∂z"),
            tuple(
                row(
                    Cell(_loss(head.network).op.title if head.canonical else "softmax, then squared error"),
                    Cell(formatted(head.numbers).in_words(), colour="grad"),
                    apart=not head.canonical,
                )
                for head in (fused, other)
            ),
        ),
    )


def _short() -> Line:
    return Line(
        "In short: the canonical link makes z the natural parameter, the loss A(z) − y* z, and its slope mean − target."
        " So take the head from the kind of target: a number, squared error on z itself; yes or no, a sigmoid with"
        " binary cross-entropy; one of many, a softmax with cross-entropy; a count, exp with the Poisson loss. Where"
        " people deviate, as with focal or contrastive losses, they have a reason."
    )
