"""What layers cost at scale, from the rows of the table and shapes alone: no array is made, every sum is exact.

Notation: a layer is z = W x + b with W (m, n), and h = ReLU(z) behind it; L layers; k segments of s layers. Counts are
for one layer and one example: multiply-adds as the rows count them, and entries, which are numbers, not bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt, prod
from types import MappingProxyType

from .ops import OPS, Op, Shapes

# Bytes of one number.
DTYPES: Mapping[str, int] = MappingProxyType({"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8})

# A quantity that people know, in bytes: the memory of a laptop. Beside it every other one is large or small.
LAPTOP = 16 * 10**9

LINEAR, RELU = OPS["linear"], OPS["relu"]
PARAMETERS = ("W", "b")


@dataclass(frozen=True, slots=True)
class JacobianCost:
    """The Jacobian ∂`of`/∂`wrt` that a VJP avoids: its shape, its entries, and how many of them may be other than 0.

    `product` is what vᵀJ would take in multiply-adds, `vjp` what the closed form takes.
    """

    op: str
    of: str
    wrt: str
    kind: str
    shape: tuple[int, int]
    entries: int
    nonzero: int
    product: int
    vjp: int


@dataclass(frozen=True, slots=True)
class LayerCost:
    """One layer, one example. `forward` and `backward` are the linear op's; the ReLU's stand by themselves.

    `parameters` counts the entries of W and b, and so of their gradients. `saved` counts those of the values that the
    passes make and the VJPs read: x, which the layer before has made, and z. W is read too, but is there anyway.
    """

    forward: int
    backward: int
    relu_forward: int
    relu_backward: int
    parameters: int
    saved: int
    jacobians: tuple[JacobianCost, ...]

    @property
    def step(self) -> int:
        """Forward and backward: a step of training, without the update of the parameters."""
        return self.forward + self.backward

    @property
    def by_jacobians(self) -> int:
        """The linear op's backward pass, each gradient as vᵀJ."""
        return sum(jacobian.product for jacobian in self.jacobians if jacobian.op == LINEAR.name)


def layer_cost(n: int, m: int) -> LayerCost:
    """What a layer of n inputs and m outputs costs."""
    shapes: dict[str, tuple[int, ...]] = {"W": (m, n), "x": (n,), "b": (m,)}
    shapes[LINEAR.output] = LINEAR.shape(shapes)
    made = {slot for op in (LINEAR, RELU) for slot in op.saved} - set(PARAMETERS)
    return LayerCost(
        forward=LINEAR.cost(shapes),
        backward=_backward(LINEAR, shapes),
        relu_forward=RELU.cost(shapes),
        relu_backward=_backward(RELU, shapes),
        parameters=sum(prod(shapes[slot]) for slot in PARAMETERS),
        saved=sum(prod(shapes[slot]) for slot in made),
        jacobians=tuple(_jacobian(op, slot, shapes) for op in (LINEAR, RELU) for slot in op.vjps),
    )


def _backward(op: Op, shapes: Shapes) -> int:
    return sum(vjp.cost(shapes) for vjp in op.vjps.values())


def _jacobian(op: Op, slot: str, shapes: Shapes) -> JacobianCost:
    vjp = op.vjps[slot]
    rows, columns = vjp.jacobian.shape(shapes)
    return JacobianCost(
        op=op.name,
        of=op.output,
        wrt=slot,
        kind=vjp.jacobian.kind.replace("$", ""),  # a layer's nodes are named as the row's slots are
        shape=(rows, columns),
        entries=rows * columns,
        nonzero=vjp.jacobian.nonzero(shapes),
        product=rows * columns,
        vjp=vjp.cost(shapes),
    )


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Gradient checkpointing: L layers in `segments` of `length`, the last of which may be shorter.

    `saved` counts entries for one example: an x at the start of each segment, and all that one segment saves while it
    is run backward. `step` is a step of training in multiply-adds: forward twice, then backward.
    """

    segments: int
    length: int
    saved: int
    step: int


def checkpoints(n: int, m: int, layers: int) -> Checkpoints | None:
    """√L segments, rounded up: the usual choice, and close to what saves least.

    None where there is nothing to trade: one layer, whose x and z are read as soon as they are made, and layers that
    cannot follow each other, n ≠ m.

    Saved is (k − 1) n + s (n + m): the first x of the segment that runs is one of the k. The forward pass is counted
    twice in full, though the last segment need not be run again. Chen et al., "Training Deep Nets with Sublinear
    Memory Cost" (2016), section 4.
    """
    if layers == 1 or n != m:
        return None
    one = layer_cost(n, m)
    segments = isqrt(layers - 1) + 1  # √L, rounded up
    length = -(-layers // segments)
    return Checkpoints(
        segments=segments,
        length=length,
        saved=(segments - 1) * n + length * one.saved,
        step=layers * (one.forward + one.step),
    )
