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
    """One sum three times: for one layer and one example, for all layers and one example, for all of both."""

    layer: int
    layers: int
    batch: int


class JacobianBill(Frozen):
    """A Jacobian that a VJP avoids. `bytes` is what it takes to build it anew for each layer and each example.

    `nonzero` counts the entries that may be other than 0; `product` is vᵀJ in multiply-adds, `vjp` the closed form.
    """

    op: str
    of: str
    wrt: str
    kind: str
    shape: list[int]
    entries: int
    nonzero: int
    bytes: Amount
    product: int
    vjp: int


class Checkpointing(Frozen):
    """All layers and examples with and without checkpoints: `segments` of `length` layers each.

    Bytes are those of the activations; `step` is a step of training in multiply-adds.
    """

    segments: int
    length: int
    bytes: int
    bytes_without: int
    step: int
    step_without: int


class AtWidth(Frozen):
    """One layer and one example at another width; m keeps its ratio to n. What the picture draws.

    Multiply-adds of the linear op: its forward pass, its VJPs, and the same gradients as vᵀJ. Bytes of the activations
    that are kept, and of the Jacobians by what they are with respect to: the ReLU's is z's.
    """

    n: int
    m: int
    forward: int
    vjps: int
    by_jacobians: int
    saved: int
    jacobians: dict[str, int]


class CostAnswer(Frozen):
    """All that the cost page shows. Multiply-adds are of the linear op, those of the ReLU stand beside them.

    `parameters` and `activations` are in bytes; parameters, and gradients as many, are there once for all examples.
    """

    n: int
    m: int
    layers: int
    batch: int
    dtype: str
    bytes_per_number: int
    forward: Amount
    backward: Amount
    step: Amount
    relu_forward: Amount
    relu_backward: Amount
    parameters: Amount
    activations: Amount
    jacobians: list[JacobianBill]
    checkpointing: Checkpointing
    by_width: list[AtWidth]
    measured: Measured | None


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


def _checkpointing(state: CostState, one: LayerCost, size: int) -> Checkpointing:
    found = checkpoints(state.n, state.m, state.layers)
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
