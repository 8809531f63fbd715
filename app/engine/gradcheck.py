"""The one numeric checker: every gradient entry beside the slope of the loss, measured.

It knows what it can see. The error of a measured slope is estimated with it (`slopes`), and so is how much of the
gradient itself may be rounding (`rounding`). Only where both together are small enough to tell a gradient from one that
is off by `SHARE` does the check say that they agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, nan, prod
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .closeness import same
from .graph import Graph
from .kinks import Kinks, kinks_of
from .moved import Entries, Marks
from .ops import Array, Index, Shape
from .rounding import UNIT_ROUNDOFF, Copies, added_up, changed, gradient_rounding
from .slopes import Slopes, measure_slopes, slope_rounding
from .trace import Trace

Verdict = Literal["agrees", "disagrees", "kink", "near-kink", "unmeasurable"]

# An error of this share of the largest entry of a node's gradient is found; a check that could not find it gives no ✓.
SHARE = 1e-6
# Of that, how much the check's own error may be, so that the two can be told apart.
_CLEAR = 0.4
# How many round-offs of what cancels in it the rounding of a gradient is, or more; and an error that is none.
_CANCELLED, _NOTHING = 8.0, 1e-290


@dataclass(frozen=True, slots=True)
class GradcheckResult:
    """One entry: the gradient that the VJPs gave, the slope of the loss that was measured, and the verdict.

    `error` is how far the two may differ by truncation and rounding alone, and `resolution` the least error of the
    gradient that is sure to be seen. `slope` is nan and `error` inf where nothing could be measured, as at a kink:
    there `left` and `right` are the slopes on both sides, which are nan elsewhere. The verdict is

    - agrees: the two are the same, and an error of SHARE of the gradient's largest entry would have been found;
    - disagrees: they differ by more than can be explained;
    - kink: some unit that this entry moves is exactly at its kink, and the gradient at it is not 0;
    - near-kink: a kink is so near that no step which stays on this side of it is large enough;
    - unmeasurable: rounding hides an error of SHARE of the gradient's largest entry; or that is 0, and what the check
      can see is too coarse beside the numbers that cancel in it.
    """

    node: str
    index: Index
    grad: float
    slope: float
    error: float
    resolution: float
    left: float
    right: float
    verdict: Verdict

    @property
    def difference(self) -> float:
        """How far gradient and slope are apart."""
        return abs(self.grad - self.slope)


def gradcheck(trace: Trace) -> list[GradcheckResult]:
    """Check the gradient of every entry of every node that takes one, hidden values and the loss included.

    `trace` is of both passes, over one set of finite values with a finite loss. A hidden node is checked by moving its
    value and running only what comes after it. Returns a result for each entry, in the order of the graph's nodes.
    """
    with np.errstate(all="ignore"):
        copies = changed(trace)
        gradients, kinks = _Gradients.of(trace, copies), kinks_of(trace, copies)
        is_constant = gradients.rounding == 0.0
        slopes = measure_slopes(trace, gradients.entries, gradients.added_up, is_constant, gradients.is_open)
        verdicts = _verdicts(gradients, slopes, kinks, float(trace.loss))
        error = slopes.error + gradients.rounding
        resolution = error + np.where(gradients.size > 0.0, SHARE / 2 * gradients.size, error)
    numbers = (gradients.grads, slopes.slope, error, resolution)
    rows = zip(gradients.keys, verdicts, *(array.tolist() for array in numbers), strict=True)
    return [
        GradcheckResult(node, index, grad, nan, inf, inf, *kinks.slopes(trace, node, index), verdict)
        if verdict == "kink"
        else GradcheckResult(node, index, grad, slope, error, resolution, nan, nan, verdict)
        for (node, index), verdict, grad, slope, error, resolution in rows
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Gradients:
    """The T entries that take a gradient, one after the other, in the order of the graph's nodes; each array (T,).

    `keys` are their nodes and indices, `grads` their gradients, `size` the largest gradient of the node each belongs
    to, and `rounding` how far its gradient may be off by rounding. `added_up` is how much the ops behind it add up.
    """

    keys: Sequence[tuple[str, Index]]
    entries: Entries
    grads: Array
    size: Array
    rounding: Array
    added_up: Array

    @classmethod
    def of(cls, trace: Trace, copies: Copies) -> _Gradients:
        """Those of a trace, of which `copies` have other last digits."""
        names = [node.name for node in trace.graph.nodes if node.name in trace.graph.requires_grad]
        layout = _layout(trace.graph, tuple(trace.values[name].shape for name in names))
        behind, rounding = added_up(trace), gradient_rounding(trace, copies=copies)
        grads = np.concatenate([trace.grads[name].ravel() for name in names])
        at = np.concatenate([trace.values[name].ravel() for name in names])
        return cls(
            layout.keys,
            Entries(layout.nodes, layout.within, at),
            grads,
            size=np.repeat(np.fmax.reduceat(abs(grads), layout.starts), layout.counts),
            rounding=np.concatenate([rounding[name].ravel() for name in names]),
            added_up=np.repeat([behind[name] for name in names], layout.counts),
        )

    def is_told(self, slopes: Slopes) -> Marks:
        """Whether the check is exact enough to tell an error of SHARE of the largest entry. Where that is 0, of the
        numbers that cancel in it, of which its rounding is some round-offs; or whether it makes no error at all."""
        error = slopes.error + self.rounding
        cancels = self.rounding / (_CANCELLED * UNIT_ROUNDOFF)
        of_zero = (slopes.error <= _CLEAR * SHARE * cancels) | (error < _NOTHING)
        return np.asarray(np.where(self.size > 0.0, error <= _CLEAR * SHARE * self.size, of_zero))

    def agrees(self, slopes: Slopes) -> Marks:
        """Whether gradient and slope are the same as far as can be told."""
        within = np.where(self.size > 0.0, SHARE / 2 * self.size, slopes.error + self.rounding)
        return same(self.grads, slopes.slope, within, 1.0)

    def is_open(self, slopes: Slopes) -> Marks:
        """Which entries a smaller step may still settle; what seems to disagree is looked at down to the last step."""
        return np.asarray(~(self.is_told(slopes) & self.agrees(slopes)) & ~slopes.at_kink)


class _Layout(NamedTuple):
    """Where the T entries stand: the node and index of each, that node's number in the graph and the entry's within it
    (T,); and for each node how many entries it has, and the first."""

    keys: Sequence[tuple[str, Index]]
    nodes: NDArray[np.intp]
    within: NDArray[np.intp]
    counts: NDArray[np.intp]
    starts: NDArray[np.intp]


@lru_cache(maxsize=32)
def _layout(graph: Graph, shapes: tuple[Shape, ...]) -> _Layout:
    """The same for all numbers of these shapes, one for each node that takes a gradient, in the graph's order."""
    taking = [(number, node) for number, node in enumerate(graph.nodes) if node.name in graph.requires_grad]
    counts = np.array([prod(shape) for shape in shapes])
    return _Layout(
        [(node.name, index) for (_, node), shape in zip(taking, shapes, strict=True) for index in np.ndindex(shape)],
        np.repeat([number for number, _ in taking], counts),
        np.concatenate([np.arange(count) for count in counts]),
        counts,
        np.cumsum(counts) - counts,
    )


def _verdicts(gradients: _Gradients, slopes: Slopes, kinks: Kinks, loss: float) -> list[Verdict]:
    """What is said of each entry."""
    is_told, agrees = gradients.is_told(slopes), gradients.agrees(slopes)
    apart = abs(gradients.grads - slopes.slope) > slopes.error + gradients.rounding + SHARE / 2 * gradients.size
    wrong, right = ~agrees & (is_told | apart) | np.isnan(gradients.grads), agrees & is_told
    # a kink is to blame only where rounding alone would have left enough to see, or where it has moved a unit to it
    floor = slope_rounding(gradients.entries, gradients.added_up, loss) + gradients.rounding
    near_kink = slopes.crossed & (floor <= _CLEAR * SHARE * gradients.size)
    for kink in kinks.kinks:
        if not kink.exactly:
            near_kink |= np.array([kink.adds[name][index] != 0.0 for name, index in gradients.keys])
    rows = zip(*(marks.tolist() for marks in (slopes.at_kink, wrong, right, near_kink)), strict=True)
    return [
        "kink" if kink else "disagrees" if no else "agrees" if yes else "near-kink" if near else "unmeasurable"
        for kink, no, yes, near in rows
    ]
