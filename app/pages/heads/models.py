"""The shapes of what the heads' page shows, for its templates and JSON alike."""

from __future__ import annotations

from app.snapshot.models import Expression, Frozen


class Head(Frozen):
    """One output head on the common z."""

    network: str
    """The network that it is the head of."""
    distribution: str
    """The distribution that its loss comes from."""
    link: str
    """The link, whose inverse is the activation; none where loss and activation are no canonical pair."""
    canonical: bool
    """Whether link and loss are a canonical pair."""
    predicts: Expression
    """The prediction, as a formula in z."""
    loss_rule: Expression
    """The loss, as a formula."""
    rule: Expression
    """The VJP that finds ∂L/∂z, as a formula."""
    convention: str
    """What the loss adds up, and how."""
    z: list[float]
    """z = W x + b, the same in each head."""
    prediction: list[float]
    """The prediction, in z’s shape."""
    target: list[float]
    """The target y*, the network’s own, in z’s shape."""
    loss: float
    """The loss."""
    upstream: list[float] | None
    """v = ∂L/∂prediction, where the backward pass stops there on its way; null where one op goes from z to the loss."""
    mean: float | None
    """The product v·p of that with the prediction; null where one op goes from z to the loss."""
    grad_z: list[float]
    """∂L/∂z as the VJP gives it, in z’s shape."""
    difference: list[float]
    """Prediction − target, subtracted."""
    gap: float
    """How far ∂L/∂z and prediction − target are apart at most."""
    same: list[bool]
    """Entry by entry, whether that is rounding alone: at most 1e-12 of the largest entry of difference."""
    equal: bool
    """Whether it is rounding alone in every entry."""
    step: int
    """The step of the network’s backward pass that finds ∂L/∂z."""


class Outcome(Frozen):
    """A number that may be none."""

    value: float | None
    """The number; null where it is not finite, or where no float holds it."""
    word: str
    """What it is then: nan, inf, -inf, or its digits as text; empty where there is a value."""
    right: bool
    """Whether it is the reference to nine digits, or the float nearest to it: whether off is at most 1e-9."""
    off: float | None
    """How far off it is, relative to the reference; 0 for the float nearest to it, null where it is no number."""


class ChainView(Frozen):
    """One way from the logit to the loss and back."""

    name: str
    """Which way it is: fused is one op; unfused and clipped are two separate ops."""
    title: str
    """Its name for people."""
    runs: str
    """What it runs."""
    readings: dict[str, Outcome]
    """What it gives, by the names of reference; the one op makes no one_minus_p, grad_p and slope."""


class Logit(Frozen):
    """One logit on its way to the loss and back."""

    z: float
    """The logit."""
    y: int
    """Its target y*: 0 or 1."""
    reference: dict[str, Outcome]
    """By decimal: p, one_minus_p = 1 − p, loss, grad_p = ∂L/∂p, slope = σ′(z) and grad_z = ∂L/∂z."""
    chains: list[ChainView]
    """The ways that were asked for: the one op and, with unfused, the two ways of two separate ops."""


class CancellingTerm(Frozen):
    """One term of an entry i of vᵀ times the softmax’s Jacobian: −yⱼ/pⱼ · pⱼ (δⱼᵢ − pᵢ)."""

    j: int
    """The index j that runs, counted from 1."""
    y: float
    """The target’s entry yⱼ."""
    p: float
    """The softmax’s entry pⱼ, which cancels."""
    delta: int
    """δⱼᵢ: 1 where j = i, else 0."""
    value: float
    """The term: −yⱼ/pⱼ · pⱼ (δⱼᵢ − pᵢ)."""


class Cancelling(Frozen):
    """The softmax’s Jacobian, and the upstream gradient from cross-entropy: vᵀJ = p − y."""

    p: list[float]
    """The softmax’s probabilities."""
    y: list[float]
    """The target y*, a probability for each class."""
    matrix: list[list[float]]
    """The Jacobian diag(p) − p pᵀ, row by row."""
    v: list[float] | None
    """The upstream gradient −y/p; null where an entry of it is not finite: a probability rounds to 0, or nearly."""
    product: list[float] | None
    """vᵀJ; null where v is."""
    difference: list[float]
    """p − y, subtracted."""
    agrees: bool
    """Whether vᵀJ and p − y are the same: to 1e-12 of the largest entry of p − y."""
    gap: float | None
    """How far vᵀJ and p − y are apart at most; null where v is."""
    entry: int
    """The entry i whose terms follow, counted from 1."""
    terms: list[CancellingTerm]
    """Its terms, which add up to entry i of product; empty where v is null."""


class Heads(Frozen):
    """The output heads side by side."""

    x: list[float]
    """The input of the common layer."""
    W: list[list[float]]
    """The weights of the common layer, row by row."""
    b: list[float]
    """The bias of the common layer."""
    heads: list[Head]
    """The heads: four canonical pairs, then the non-canonical pair of softmax and squared error."""
    unfused: bool
    """Whether the chains of two separate ops were asked for."""
    logit: Logit
    """One logit on its way to the loss and back, as one op and with unfused as two."""
    jacobian: Cancelling
    """The softmax’s Jacobian, and how it cancels."""


class GradientCurve(Frozen):
    """∂L/∂z of one chain, at each of the logits."""

    name: str
    """Which chain it is."""
    grads: list[float | None]
    """∂L/∂z at each logit; null where it is no number."""
