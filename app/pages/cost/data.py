"""What layers cost at scale: the sums of `app.engine.cost` for one layer, all layers and all examples, and by width."""

from __future__ import annotations

from math import gcd

from app.engine.cost import DTYPES, JacobianCost, LayerCost, checkpoints, layer_cost
from app.snapshot.models import Frozen

from .measured import Measured, load
from .question import CostState

# The widths of the picture go from the first to the second, in powers of two where n = m.
NARROW, WIDE = 16, 65536


class Amount(Frozen):
    """One sum three times."""

    layer: int
    """For one layer and one example."""
    layers: int
    """For all layers and one example."""
    batch: int
    """For all layers and all examples."""


class JacobianBill(Frozen):
    """A Jacobian that a VJP avoids, and what both would cost."""

    op: str
    """The op whose VJP avoids it."""
    of: str
    """What is differentiated: the op’s output, the rows of J."""
    wrt: str
    """What it is differentiated with respect to: one of the op’s inputs, the columns of J."""
    kind: str
    """What kind of matrix it is, in words."""
    shape: list[int]
    """Its rows and columns."""
    entries: int
    """How many entries it has, for one layer and one example."""
    nonzero: int
    """How many of its entries may be other than 0."""
    bytes: Amount
    """Its bytes; beyond one layer and one example, those of a fresh copy for each."""
    product: int
    """Multiply-adds of vᵀJ, for one layer and one example."""
    vjp: int
    """Multiply-adds of the VJP, for one layer and one example."""


class Checkpointing(Frozen):
    """Gradient checkpointing, for all layers and all examples."""

    segments: int
    """How many segments the layers fall into: √layers, rounded up."""
    length: int
    """How many layers a segment has at most."""
    bytes: int
    """Bytes of the activations that are saved at once."""
    bytes_without: int
    """Bytes of the activations that are saved at once without checkpoints."""
    step: int
    """Multiply-adds of a training step at most: the forward pass twice, then the backward pass."""
    step_without: int
    """Multiply-adds of a training step without checkpoints."""


class AtWidth(Frozen):
    """One layer and one example at one width, with the same ratio of m to n: a place on the charts."""

    n: int
    """Inputs of the layer."""
    m: int
    """Outputs of the layer."""
    forward: int
    """Multiply-adds of the linear op’s forward pass."""
    vjps: int
    """Multiply-adds of the linear op’s VJPs."""
    by_jacobians: int
    """Multiply-adds of the same gradients, each as vᵀJ."""
    saved: int
    """Bytes of the saved activations x and z."""
    jacobians: dict[str, int]
    """Bytes of each Jacobian avoided, by what it is taken with respect to; that of z is the ReLU’s."""


class CostAnswer(Frozen):
    """What layers z = W x + b with a ReLU cost at scale: exact integers."""

    n: int
    """Inputs of a layer."""
    m: int
    """Outputs of a layer."""
    layers: int
    """How many layers there are, all of that shape."""
    batch: int
    """How many examples there are."""
    dtype: str
    """The type of every number."""
    bytes_per_number: int
    """The bytes of one number of that type."""
    forward: Amount
    """Multiply-adds of the linear op’s forward pass: one multiply and one add count as one."""
    backward: Amount
    """Multiply-adds of the linear op’s VJPs."""
    step: Amount
    """Multiply-adds of a training step of the linear op: forward and backward, without the update."""
    relu_forward: Amount
    """Multiply-adds of the ReLU’s forward pass; a comparison counts as one."""
    relu_backward: Amount
    """Multiply-adds of the ReLU’s VJP."""
    parameters: Amount
    """Bytes of W and b, and as many of their gradients; more examples add none."""
    activations: Amount
    """Bytes of x and z, which are saved for the backward pass."""
    jacobians: list[JacobianBill]
    """The Jacobians that the VJPs avoid, those of the linear op before the ReLU’s."""
    checkpointing: Checkpointing | None
    """What gradient checkpointing saves and costs; null with nothing to trade: one layer, or n ≠ m, so no chain."""
    by_width: list[AtWidth]
    """One layer and one example at other widths, with the same ratio of m to n, from narrow to wide."""
    measured: Measured | None
    """Both ways to a gradient, timed once for this version of the code; null where they were not."""


def cost(state: CostState) -> CostAnswer:
    """Every sum for the sizes of `state`."""
    one, size = layer_cost(state.n, state.m), DTYPES[state.dtype]

    def amount(layer: int) -> Amount:
        return Amount(layer=layer, layers=layer * state.layers, batch=layer * state.layers * state.batch)

    parameters = one.parameters * size
    return CostAnswer(
        n=state.n,
        m=state.m,
        layers=state.layers,
        batch=state.batch,
        dtype=state.dtype,
        bytes_per_number=size,
        forward=amount(one.forward),
        backward=amount(one.backward),
        step=amount(one.step),
        relu_forward=amount(one.relu_forward),
        relu_backward=amount(one.relu_backward),
        parameters=Amount(layer=parameters, layers=parameters * state.layers, batch=parameters * state.layers),
        activations=amount(one.saved * size),
        jacobians=[_bill(jacobian, amount(jacobian.entries * size)) for jacobian in one.jacobians],
        checkpointing=_checkpointing(state, one, size),
        by_width=[_at_width(n, m, size) for n, m in _same_ratio(state.n, state.m)],
        measured=load(),
    )


def _bill(jacobian: JacobianCost, size: Amount) -> JacobianBill:
    return JacobianBill(
        op=jacobian.op,
        of=jacobian.of,
        wrt=jacobian.wrt,
        kind=jacobian.kind,
        shape=list(jacobian.shape),
        entries=jacobian.entries,
        nonzero=jacobian.nonzero,
        bytes=size,
        product=jacobian.product,
        vjp=jacobian.vjp,
    )


def _checkpointing(state: CostState, one: LayerCost, size: int) -> Checkpointing | None:
    found = checkpoints(state.n, state.m, state.layers)
    if found is None:
        return None
    return Checkpointing(
        segments=found.segments,
        length=found.length,
        bytes=found.saved * size * state.batch,
        bytes_without=one.saved * size * state.layers * state.batch,
        step=found.step * state.batch,
        step_without=one.step * state.layers * state.batch,
    )


def _same_ratio(n: int, m: int) -> list[tuple[int, int]]:
    """Layers of the same ratio of m to n, in the order of n, that one among them: multiples of the smallest there is.

    Four doublings of that one at least, for a curve to be seen.
    """
    least = gcd(n, m)
    across = n // least
    factors, most = {least}, max(WIDE, 16 * across)
    factors |= {2**power for power in range(most.bit_length()) if NARROW <= 2**power * across <= most}
    return [(factor * across, factor * m // least) for factor in sorted(factors)]


def _at_width(n: int, m: int, size: int) -> AtWidth:
    one = layer_cost(n, m)
    return AtWidth(
        n=n,
        m=m,
        forward=one.forward,
        vjps=one.backward,
        by_jacobians=one.by_jacobians,
        saved=one.saved * size,
        jacobians={jacobian.wrt: jacobian.entries * size for jacobian in one.jacobians},
    )
