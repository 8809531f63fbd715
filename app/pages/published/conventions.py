"""What an example means by its numbers, in sentences: its loss, errors and thresholds, how it lays out W, its step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from app.snapshot.formulas import forward_equation
from app.snapshot.printed.quantities import loss_of
from app.snapshot.wording import joined
from app.state import ViewState, number_text

from .examples import Published

_LAYOUTS: Mapping[str, str] = MappingProxyType(
    {
        "edges": "It names its weights edge by edge; here they fill W row by row, so that a row belongs to a unit.",
        "out-in": "Its W is out × in, as here: row i belongs to unit i.",
        "in-out": "Its W is in × out, a column for each unit; here W is transposed.",
        "bias-0": "Its bias is the weight with index 0, of an input that is always 1; here it is b.",
        "bias-row": "Its W is in × out with the biases as first row; here W is transposed, and b is apart.",
        "unit-0": "Its bias is the weight from unit 0, which is always 1; here it is b.",
        "columns": "Its examples are columns; here each is a row.",
        "scalars": "It has a letter for each weight; here they are the entries of W.",
        "graph": "It is a graph of single numbers; here it is written as layers.",
    }
)


def conventions(example: Published, view: ViewState) -> tuple[str, ...]:
    """All that one has to know to compare the example's numbers with those of this product."""
    if example.is_graph:
        return ("It is a graph of single numbers, each computed by one op of the table.",)
    return (*_loss(example, view), *_biases(example), _LAYOUTS[example.layout], *_keys(example), *_step(example))


def _loss(example: Published, view: ViewState) -> Iterator[str]:
    graph, loss = view.network.graph, loss_of(view.network.graph)
    if loss.op.name == "out":
        yield "There is no loss: the output is differentiated, and the gradient v* at it is given."
    else:
        each = " for each example" if loss is not graph.loss else ""
        yield f"The loss{each} is {forward_equation(graph, loss).text}: {loss.op.title}, {loss.op.convention}."
    if view.network.batch:
        how = "added" if example.reduce == "sum" else "averaged"
        yield f"The losses of its {view.network.batch} examples are {how}, and so are their gradients."


def _biases(example: Published) -> Iterator[str]:
    if example.bias == "none":
        yield "It has no biases: here they are 0, and held."
    if example.bias == "one":
        yield "It has one bias for each layer, which its step leaves as it is."


def _keys(example: Published) -> Iterator[str]:
    """What the names say under which numbers are printed."""
    plain = [key.partition("#")[0] for key in example.printed]
    if any(key.startswith("E.") for key in plain):
        yield "E₁, E₂ and so on are the terms of its loss, one for each output."
    if any(key.rpartition(":")[2].startswith("p.") for key in plain):
        yield "p is the prediction that the loss makes of its logits."
    if any(key.startswith(("-1*dz", "-1*da")) for key in plain):
        yield "What it calls an error is minus the gradient, as −∂L/∂z."
    if any(key.startswith("-1*b") for key in plain):
        yield "Its thresholds are −b, since they are subtracted."
    if example.lr is not None:
        rate = number_text(example.lr)
        if any(key.startswith((f"{rate}*d", f"-{rate}*d")) for key in plain):
            yield "It prints what the step adds or subtracts, lr times the gradient, too."


def _step(example: Published) -> Iterator[str]:
    if example.lr is None:
        return
    held = [name for name in example.hold if not (example.bias == "none" and name.startswith("b"))]
    but = f", but for {joined(held)}" if held else ""
    times = f", {example.steps} times" if example.steps > 1 else ""
    yield f"Its step is θ − lr · ∂L/∂θ with lr = {number_text(example.lr)} for all parameters at once{but}{times}."
