"""What a printed number would be with a known mistake made: those of the backward pass, and those of who copies and who
takes the step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from app.engine import Array, Graph, Known, Match, Site, Trace, known_gradients
from app.engine.descent import descend, moved_by
from app.engine.moved_early import with_moved_weights
from app.snapshot.formulas import gradient
from app.snapshot.grade import explained

from .quantities import Quantity, Truths, found_in, loss_of, names_of


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """A known mistake, what it is called, a sentence about it, and all entries of what it gives, or the one number that
    each of them would be.

    `own` is whether it is made right here, and not on the way; `of_sign` whether nothing but the sign tells it; and
    `weak` whether it need not be told beside one before it that gives the same.
    """

    name: str
    says: str | Callable[[], str]
    array: Array
    own: bool = True
    of_sign: bool = False
    weak: bool = False

    @property
    def sentence(self) -> str:
        """What there is to say of it, which is written only where it is told."""
        return self.says if isinstance(self.says, str) else self.says()


@dataclass(frozen=True)
class Mistakes:
    """The known mistakes with these numbers. What they need is computed when it is first asked for."""

    truths: Truths

    @cached_property
    def known(self) -> Known:
        """What each gradient would be with each known mistake made in the backward pass."""
        return known_gradients(self.truths.trace)

    def noise(self, quantity: Quantity) -> Array | None:
        """How far rounding alone may have moved each entry of a gradient; None for all else."""
        if quantity.kind != "gradient" or quantity.after or quantity.last:
            return None
        found = self.known.rounding[quantity.name]
        return np.where(np.isfinite(found), found, 0.0)

    def of(self, quantity: Quantity) -> Iterator[Likeness]:
        """What each known mistake gives in the place of a quantity."""
        truth = self.truths.array(quantity)
        if quantity.kind == "gradient" and not quantity.after:
            yield from self._of_gradient(quantity, truth)
        elif quantity.kind == "value" and quantity.after and self.truths.step_of(quantity) is not None:
            yield from self._of_parameter(quantity, truth)
        else:
            yield from self._of_value(quantity, truth)
        yield Likeness("sign", "The sign is reversed.", -truth, of_sign=True, weak=True)

    def _made_before(self, name: str) -> Iterator[tuple[Site, Mapping[str, Array]]]:
        """The known mistakes that the gradient at a node may hang on, with all gradients that each gives."""
        behind = self.truths.graph.behind[name]
        return ((site, grads) for site, grads in self.known.wrong if site.wrt == name or site.wrt in behind)

    def _of_gradient(self, quantity: Quantity, truth: Array) -> Iterator[Likeness]:
        name, graph = quantity.name, self.truths.graph
        symbol, lr = gradient(graph, name).text, self.truths.state.lr
        yield from _turned(truth, f"the entries of {symbol} are taken with rows and columns exchanged")
        if lr is not None:
            yield Likeness("times lr", f"This is lr times {symbol}, what a step subtracts.", lr * truth)
        if name in self.truths.moved and self.truths.stepped is not None:
            new = self.truths.array(replace(quantity, kind="value", after=True))
            yield Likeness("new parameter", f"This is the new {graph.by_name[name].symbol}, not its gradient.", new)
        if not quantity.last:
            for site, grads in self._made_before(name):
                match = Match(site, site.wrt == name)
                yield Likeness(site.mistake.name, partial(_told, graph, match), grads[name], match.own)
        for other in self._beside(name):
            says = f"This is {gradient(graph, other).text}, not {symbol}."
            yield Likeness("another gradient", says, self.truths.trace.grads[other])
        if self.truths.stepped is not None:
            yield Likeness("W already moved", _ALREADY_MOVED, self._with_new_weights.grads[name], own=False)

    def _of_parameter(self, quantity: Quantity, truth: Array) -> Iterator[Likeness]:
        name, lr, graph = quantity.name, self.truths.state.lr, self.truths.graph
        assert lr is not None
        symbol = graph.by_name[name].symbol
        old, grad = self.truths.trace.values[name], self.truths.trace.grads[name]
        slope = gradient(graph, name).text
        if name not in self.truths.moved:
            yield Likeness("not held", f"{symbol} is held, and this is {symbol} after a step.", old - lr * grad)
            return
        yield Likeness("uphill", f"The step went uphill: lr times {slope} was added, not subtracted.", old + lr * grad)
        yield Likeness("no lr", "The learning rate is missing: all of the gradient was subtracted.", old - grad)
        yield Likeness("gradient", f"This is {slope}, not the new {symbol}.", grad)
        yield Likeness("lr times gradient", f"This is lr times {slope}, not yet subtracted from {symbol}.", lr * grad)
        yield Likeness("not moved", f"This is {symbol} before the step.", old)
        yield from _turned(truth, f"W is given with rows and columns exchanged, as in × out: this is another {symbol}")
        if self.truths.steps > 1:
            return
        moved = self._with_new_weights.grads[name]
        yield Likeness("W already moved", _ALREADY_MOVED, old - lr * moved, own=False)
        for site, grads in self._made_before(name):
            match = Match(site, site.wrt == name)
            said = partial(_told, graph, match, f"The step itself is right, but {slope} is not. ")
            yield Likeness(site.mistake.name, said, old - lr * grads[name], match.own, weak=True)

    def _of_value(self, quantity: Quantity, truth: Array) -> Iterator[Likeness]:
        graph, trace = self.truths.graph, self.truths.at(quantity)
        node = graph.by_name[quantity.name]
        if quantity.after:
            says = f"This is {node.symbol} before the step."
            yield Likeness("not moved", says, found_in(self.truths.trace, replace(quantity, after=False)))
            yield from self._of_other_steps(quantity)
        if quantity.kind == "value" and node is graph.loss:
            yield from _of_loss(trace)
        if quantity.kind != "value":
            return
        for other in self._beside(quantity.name):
            symbol = graph.by_name[other].symbol
            yield Likeness("another value", f"This is {symbol}, not {node.symbol}.", trace.values[other])
        if node.op is not None and "b" in node.op.inputs and "W" in node.op.inputs:
            bias = trace.values[dict(zip(node.op.inputs, node.inputs, strict=True))["b"]]
            yield Likeness("bias forgotten", "The bias is missing.", truth - bias)
            yield Likeness("bias subtracted", "The bias is subtracted, as a threshold is.", truth - 2 * bias)
        if node.role == "parameter":
            yield from _turned(truth, "W is given with rows and columns exchanged, as in × out")

    def _of_other_steps(self, quantity: Quantity) -> Iterator[Likeness]:
        """What a step gives that holds other parameters."""
        state, trace = self.truths.state, self.truths.trace
        if state.lr is None or self.truths.steps > 1:
            return
        biases = [name for letter, name in names_of(self.truths.graph).items() if letter.startswith("b")]
        for hold, says in (((), "Here all parameters moved."), (biases, "Here the biases were held.")):
            moved = moved_by(self.truths.graph, hold)
            if {*moved} != {*self.truths.moved}:
                after = descend(trace, moved, state.lr, 1).end
                yield Likeness("another step", says, found_in(after, replace(quantity, after=False)))

    def _beside(self, name: str) -> list[str]:
        """The nodes of the same layer: what a node is made from, or what is made of it, entry by entry."""
        graph, values = self.truths.graph, self.truths.trace.values
        node = graph.by_name[name]
        near = [*node.inputs] if len(node.inputs) == 1 else []
        near += [other.name for other in graph.ops if other.inputs == (name,)]
        return [other for other in near if values[other].shape == values[name].shape]

    @cached_property
    def _with_new_weights(self) -> Trace:
        """Both passes, where each W had been moved already when the gradient went back through it."""
        trace, lr = self.truths.trace, self.truths.state.lr
        assert lr is not None
        return with_moved_weights(
            trace, {name: trace.values[name] - lr * trace.grads[name] for name in self.truths.moved}
        )


def _told(graph: Graph, match: Match, before: str = "") -> str:
    """What there is to say of a known mistake, behind what stands `before` it."""
    return before + " ".join(explained(graph, [match]))


_ALREADY_MOVED = "The gradient went back through weights that had been moved already; a step reads the old ones."


def _turned(truth: Array, says: str) -> Iterator[Likeness]:
    """A matrix with its rows and columns exchanged, entry by entry where both have one."""
    if truth.ndim == 2 and min(truth.shape) > 1:
        turned = np.full(truth.shape, np.nan)
        side = min(truth.shape)
        turned[:side, :side] = truth[:side, :side].T
        np.fill_diagonal(turned, np.nan)
        yield Likeness("transposed", f"It looks transposed: {says}.", turned)


def _of_loss(trace: Trace) -> Iterator[Likeness]:
    """What a loss is with other conventions, or with a slip."""
    loss = loss_of(trace.graph)
    prediction, target = (trace.values[name] for name in loss.inputs[:2])
    total, count = trace.loss, max(prediction.shape[-1], 1) if prediction.ndim else 1
    examples = prediction.shape[0] if loss is not trace.graph.loss else 1
    if examples > 1:
        yield Likeness("examples", f"This is the loss times {examples}, the number of examples.", total * examples)
        yield Likeness("examples", f"This is the loss divided by {examples}, the number of examples.", total / examples)
    yield Likeness("doubled", "This is twice the loss: the ½ is missing, or not meant here.", 2.0 * total)
    yield Likeness("halved", "This is half the loss: here there is no ½.", 0.5 * total)
    if count > 1:
        yield Likeness("mean", f"This is the loss divided by {count}, the number of outputs.", total / count)
        yield Likeness("sum", f"This is the loss times {count}, the number of outputs.", total * count)
    if prediction.shape == target.shape:
        missed = np.asarray((target - prediction).sum())
        of = " the sum of" if count > 1 else ""
        for part, half in ((0.5, " half of"), (1.0, "")):
            for sign, what in ((1.0, "target − prediction"), (-1.0, "prediction − target")):
                says = f"The square is missing: this is{half}{of} {what}."
                yield Likeness("square forgotten", says, sign * part * missed)
    yield Likeness("base 10", "This is a logarithm to base 10: the loss divided by ln 10.", total / np.log(10.0))
