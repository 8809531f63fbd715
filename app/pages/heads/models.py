"""The shapes of what the heads' page shows, for its templates and JSON alike."""

from __future__ import annotations

from app.snapshot.cancelling import Cancelling
from app.snapshot.models import Expression, Frozen
from app.snapshot.unfused import Logit


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
