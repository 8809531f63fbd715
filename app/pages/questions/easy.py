"""The easy question, why a VJP and not the Jacobian: the sizes, what it would be used for, and what an op does."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import prod

from app.digits import consistent_digits, counted, grouped, shape_text, si
from app.engine import NETWORKS, Trace, VjpUse
from app.engine.cost import DTYPES, LINEAR, JacobianCost, layer_cost
from app.snapshot import Expression
from app.snapshot.formulas import gradient, via, vjp_equation
from app.snapshot.jacobian import JacobianView, jacobian, recompute
from app.snapshot.models import Frozen
from app.state import ViewState

from .models import Cell, Equation, Line, Piece, Table, equals, numbers, row, seen, written
from .standing import standing

# The layer of the textbooks: an ordinary one of a transformer. Its numbers are float32.
SIDE, LAYERS, EXAMPLES = 4096, 32, 1024
_BYTES = DTYPES["float32"]
# A network of the gallery for each op whose VJPs are listed, with the node that is that op.
_SHOWN = (("relu-mse", "z"), ("relu-mse", "h"), ("tanh-mse", "h"), ("softmax-mse", "p"), ("softmax-ce", "L"))

PROMPT = "Each op has a Jacobian. Why does no framework build it, and what does an op offer in its place?"
_FIRST = (
    f"Take a layer with {SIDE} inputs and {SIDE} outputs. How many entries does the Jacobian of z with respect to x"
    " have, and how many the one with respect to W?"
)
_SECOND = (
    "Follow one Jacobian through the backward pass: what is it multiplied with, how often is it used, and how many"
    " numbers does the product have?"
)
HINTS = (_FIRST, _SECOND)


# The columns of the table of the present network's Jacobians.
_COLUMNS = (
    "Jacobian",
    "what it is",
    "shape",
    "entries",
    "zeros",
    "numbers the VJP holds",
    "multiply-adds of vᵀJ",
    "multiply-adds of the VJP’s product with v",
    "what there is in it",
)


class Costs(Frozen):
    """Every Jacobian of a backward pass, and what they and the VJPs in their place all come to."""

    rows: list[JacobianView]
    entries: int
    zeros: int
    multiply_adds: int
    closed_entries: int
    closed_multiply_adds: int
    local_multiply_adds: int


def costs(trace: Trace) -> Costs:
    """Every Jacobian of the backward pass over these numbers, beside its VJP."""
    rows = [jacobian(trace, use) for use in trace.graph.vjps.values()]
    return Costs(
        rows=rows,
        entries=sum(row.entries for row in rows),
        zeros=sum(row.zeros for row in rows),
        multiply_adds=sum(row.multiply_adds for row in rows),
        closed_entries=sum(row.closed_entries for row in rows),
        closed_multiply_adds=sum(row.closed_multiply_adds for row in rows),
        local_multiply_adds=sum(row.local_multiply_adds for row in rows),
    )


def lines(view: ViewState) -> tuple[Line, ...]:
    """The answer, on the numbers of `view`; where these overflow, on the network's default ones."""
    trace, note = standing(view)
    return (_too_large(), _dearest(), _asked_for_once(trace, note), _closed(), _contract(), _here(trace), _short())


def _too_large() -> Line:
    one = _bill("x")
    figures = ((1, 1), (LAYERS, 1), (LAYERS, EXAMPLES))
    return Line(
        f"It is too large. In a layer z = W x + b with n = m = {SIDE}, an ordinary one of a transformer, ∂z/∂x has"
        f" {grouped(one.entries)} entries. In float32 that is {_bytes(one.entries)}, and it grows with every layer and"
        " every example. But see what these are figures of: ∂z/∂x is W itself, which is in memory once and the same for"
        " all examples, so they assume a fresh copy for each layer and each example.",
        table=Table(
            f"The Jacobian ∂z/∂x at n = m = {SIDE}",
            ("Jacobian", "for", "entries", "in float32"),
            tuple(
                row(
                    _named(one),
                    f"{counted(layers, 'layer')}, {counted(examples, 'example')}",
                    si(entries),
                    _bytes(entries),
                )
                for layers, examples in figures
                for entries in (one.entries * layers * examples,)
                for of in (f"{counted(layers, 'layer')}, {counted(examples, 'example')}",)
            ),
        ),
    )


def _dearest() -> Line:
    weights, mask = _bill("W"), _bill("z")
    return Line(
        "The Jacobian that could never be built is ∂z/∂W, and nearly all of it is 0: each output depends on its own row"
        f" of W alone, so only 1 in {grouped(weights.entries // weights.nonzero)} of its entries may be other than 0."
        " That of a ReLU is a diagonal, and 0 beside it.",
        table=Table(
            f"One layer and one example at n = m = {SIDE}",
            ("Jacobian", "shape", "entries", "other than 0 at most", "in float32"),
            tuple(
                row(
                    _named(one),
                    "×".join(grouped(size) for size in one.shape),
                    si(one.entries),
                    grouped(one.nonzero),
                    _bytes(one.entries),
                )
                for one in (weights, mask)
            ),
        ),
    )


def _asked_for_once(trace: Trace, note: str) -> Line:
    """The product with v, on the first linear layer's x."""
    use = linear_use(trace, "x")
    return Line(
        "Nothing ever asks for the Jacobian by itself. The loss is one number, so what arrives at an op is a row: v,"
        " with one number for each output. The chain rule multiplies it with J once, and then J is thrown away. The"
        f" product has only as many numbers as the input.{note}",
        (
            Equation(
                via(gradient(trace.graph, use.wrt), use),
                Expression(text="vᵀ J", latex=r"v^{\top} J"),
            ),
        ),
        (_product(jacobian(trace, use)),),
    )


def linear_use(trace: Trace, slot: str) -> VjpUse:
    """The VJP of the first linear layer for one of its inputs."""
    return next(use for use in _linear_uses(trace) if use.slot == slot)


def _linear_uses(trace: Trace) -> list[VjpUse]:
    node = next(node for node in trace.graph.ops if node.op.single is LINEAR)
    return [use for use in trace.graph.vjps.values() if use.node is node]


def _product(view: JacobianView) -> tuple[Piece, ...]:
    """vᵀ J = … with numbers."""
    redone = recompute(view)
    drawn = consistent_digits(
        {"v": [view.v], "matrix": view.matrix},
        {"product": [view.product], "closed": view.closed},
        recompute=redone,
    )
    relation = equals(drawn, redone(seen(drawn)), "product")
    matrix = replace(drawn["matrix"], shape=tuple(view.shape))
    return numbers(drawn["v"], "grad"), numbers(matrix, "value"), relation, numbers(drawn["product"], "grad")


def _closed() -> Line:
    """The closed forms of a few ops with their prices at the size of the layer."""
    rows, times = [], Fraction(0)
    for network, name in _SHOWN:
        graph = NETWORKS[network].graph
        node = graph.computed[name]
        shapes = {"W": (SIDE, SIDE)} | dict.fromkeys(("x", "b", "z", "h", "p", "y", "L"), (SIDE,))
        backward = sum(rule.cost(shapes) for rule in node.op.vjps.values())
        times = max(times, Fraction(backward, node.op.cost(shapes)))
        for slot, rule in node.op.vjps.items():
            rows.append(
                row(
                    node.op.title,
                    written(vjp_equation(graph, node, slot), "grad"),
                    si(prod(rule.jacobian.shape(shapes))),
                    si(rule.cost(shapes)),
                    si(node.op.cost(shapes)),
                )
            )
    return Line(
        "Each op knows that product in closed form, at about the price of its forward pass: for each op below, all VJPs"
        f" together take at most {times} times the multiply-adds of the forward pass.",
        table=Table(
            f"Multiply-adds at {SIDE} inputs and {SIDE} outputs, for one example",
            ("op", "VJP", "vᵀJ with the Jacobian", "the VJP", "the forward pass"),
            tuple(rows),
        ),
    )


def _contract() -> Line:
    code = (
        (
            "PyTorch",
            "backward(ctx, grad_output)",
            "a method of torch.autograd.Function, with what forward saved in ctx",
        ),
        ("JAX", "y, vjp_fn = jax.vjp(f, x)", "vjp_fn(v) is the product"),
        ("TensorFlow", "tape.gradient(L, x)", "calls a gradient function of each op with v"),
    )
    return Line(
        "So this is all that a framework asks of an op: a function that is given v and the saved values, and returns"
        " one gradient for each input, in that input’s shape. No framework asks for a Jacobian.",
        table=Table(
            "The same contract in three frameworks",
            ("framework", "what is called", "what it is"),
            tuple(row(name, Cell(call, code=True), says) for name, call, says in code),
        ),
    )


def _here(trace: Trace) -> Line:
    """Every Jacobian of the present network beside its VJP."""
    found = costs(trace)
    local = found.local_multiply_adds
    more = f" The local derivatives, which both are made of, take {local} more." if local else ""
    return Line(
        f"In the present network the Jacobians would hold {found.entries} numbers, {found.zeros} of them 0, and their"
        f" products with v would take {found.multiply_adds} multiply-adds. In their place the VJPs hold"
        f" {found.closed_entries} numbers, and their products with v take {found.closed_multiply_adds}.{more}",
        table=Table(
            "Each Jacobian and its VJP",
            _COLUMNS,
            tuple(
                row(
                    _partial(one.of, one.wrt),
                    one.kind,
                    shape_text(one.shape),
                    str(one.entries),
                    str(one.zeros),
                    str(one.closed_entries),
                    str(one.multiply_adds),
                    str(one.closed_multiply_adds),
                    one.says,
                )
                for one in found.rows
            ),
        ),
    )


def _short() -> Line:
    return Line(
        "In short: the loss is one number, so each op only has to pass on one vector, v times its Jacobian. The VJP"
        " gives that product in closed form, and the Jacobian is avoided."
    )


def _bill(wrt: str) -> JacobianCost:
    return next(one for one in layer_cost(SIDE, SIDE).jacobians if one.wrt == wrt)


def _named(one: JacobianCost) -> Cell:
    return _partial(one.of, one.wrt)


def _partial(of: str, wrt: str) -> Cell:
    """The name of a Jacobian."""
    text = f"∂{of}/∂{wrt}"
    return Cell(text, colour="value")


def _bytes(entries: int) -> str:
    return si(entries * _BYTES, "B")
