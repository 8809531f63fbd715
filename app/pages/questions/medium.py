"""The medium question, the linear layer's VJPs by indices: from the op row's derivations, on the reader's numbers."""

from __future__ import annotations

from collections.abc import Mapping

from app.digits import Formatted, consistent_digits, shape_text
from app.engine import Array, Trace, VjpUse
from app.snapshot import Expression, NestedList
from app.snapshot.derivation import Derivation, derivation, vjp_derivation
from app.snapshot.formulas import gradient, via, vjp_equation, vjp_rule
from app.snapshot.indices import grad_entry
from app.snapshot.models import Frozen
from app.state import ViewState

from .easy import linear_use
from .models import Colour, Equation, Line, Piece, Row, Table, equals, lone, numbers, row, seen, sign, written
from .standing import standing

PROMPT = (
    "Start from z = W x + b and from v = ∂L/∂z, and find ∂L/∂W, ∂L/∂x and ∂L/∂b entry by entry. Where does the"
    " transpose come from, and how do shapes check the result?"
)
_FIRST = (
    "Write one output as a sum, zₖ = Σⱼ Wₖⱼ xⱼ + bₖ. Which of the outputs does the single number Wᵢⱼ reach, and which"
    " ones does xⱼ reach?"
)
_SECOND = (
    "L depends on an entry through every output that it reaches: add vₖ times the derivative of zₖ over k. In what is"
    " left, see which index of W the sum runs over."
)
HINTS = (_FIRST, _SECOND)


def _partial(text: str, latex: str, right: str, right_latex: str) -> Equation:
    return Equation(Expression(text=text, latex=latex), Expression(text=right, latex=right_latex), "value")


# What the factors of an entry are, in their order.
_COLOURS: Mapping[str, tuple[Colour, Colour]] = {"W": ("grad", "value"), "x": ("value", "grad")}
# What one output is differentiated to: by slot of the linear op, in the letters of its row's derivations.
PARTIALS = {
    "W": _partial("∂zₖ/∂Wᵢⱼ", r"\frac{\partial z_k}{\partial W_{ij}}", "δₖᵢ xⱼ", r"\delta_{ki}\,x_j"),
    "x": _partial("∂zᵢ/∂xⱼ", r"\frac{\partial z_i}{\partial x_j}", "Wᵢⱼ", "W_{ij}"),
    "b": _partial("∂zₖ/∂bᵢ", r"\frac{\partial z_k}{\partial b_i}", "δₖᵢ", r"\delta_{ki}"),
}


class Derived(Frozen):
    """One VJP derived by indices, and where the network’s page derives it."""

    equation: Expression
    derivation: Derivation
    address: str


def derived(view: ViewState, trace: Trace) -> list[Derived]:
    """The VJPs of the first linear layer, for W, x and b, derived by indices."""
    return [
        Derived(
            equation=vjp_equation(trace.graph, use.node, use.slot, trace.vjp(use.edge)),
            derivation=vjp_derivation(trace, use),
            address=view.go("backward", use.step).with_view("why").address(),
        )
        for use in _uses(trace)
    ]


def lines(view: ViewState) -> tuple[Line, ...]:
    """The answer, on the numbers of `view`; where these overflow, on the network's default ones."""
    trace, note = standing(view)
    weights, inputs, bias = _uses(trace)
    return (
        _forward(trace, note),
        *_by_indices(trace, weights, "First W.", PARTIALS["W"]),
        _matrix_form(trace, weights, "All entries at once are an outer product, the column v times the row xᵀ."),
        *_by_indices(trace, inputs, "Now x, on which every output depends.", PARTIALS["x"]),
        _matrix_form(trace, inputs, "All entries at once are a product with Wᵀ."),
        _transpose(),
        *_by_indices(trace, bias, "And b.", PARTIALS["b"]),
        _shapes(trace),
        _square(trace, weights),
    )


def _uses(trace: Trace) -> list[VjpUse]:
    return [linear_use(trace, slot) for slot in ("W", "x", "b")]


def _forward(trace: Trace, note: str) -> Line:
    """One output as a sum."""
    node = linear_use(trace, "W").node
    event = next(event for event in trace.graph.timelines["forward"] if event.node == node.name)
    found = derivation(trace, event)
    assert found is not None
    return Line(
        "Write one output as a sum. W has a row for each output, so its first index is that of the output." + note,
        (Equation(found.left, found.reasons[0].formula, "value"),),
    )


def _by_indices(trace: Trace, use: VjpUse, begin: str, partial: Equation) -> list[Line]:
    """A derivation of the op’s row, a line each: the first begins with what it is about, the second has the partial
    derivative that is substituted."""
    found = vjp_derivation(trace, use)
    first, second, *others = found.reasons
    delta = " δₖᵢ is 1 where k = i, and 0 elsewhere." if use.slot == "W" else ""
    return [
        Line(f"{begin} {first.says}", (Equation(found.left, first.formula),)),
        Line(second.says + delta, (partial, Equation(found.left, second.formula))),
        *(Line(reason.says, (Equation(None, reason.formula),)) for reason in others),
    ]


def _matrix_form(trace: Trace, use: VjpUse, says: str) -> Line:
    graph, rule = trace.graph, trace.vjp(use.edge)
    equation = Equation(via(gradient(graph, use.wrt), use), vjp_rule(graph, use.node, rule))
    return Line(says, (equation,), _with_numbers(trace, use))


def _with_numbers(trace: Trace, use: VjpUse) -> tuple[tuple[Piece, ...], ...]:
    """The product with numbers, and one entry of it."""
    v, found = trace.grads[use.node.name], trace.contributions[use.edge]
    other = trace.saved[use.node.name]["x" if use.slot == "W" else "W"]
    first = "x" if use.slot == "W" else "transposed"
    factor: NestedList = [other.tolist()] if first == "x" else other.T.tolist()

    def redone(drawn: dict[str, Array]) -> dict[str, Array]:
        by_row = drawn["v"][:, None] * drawn["x"] if first == "x" else drawn["transposed"] @ drawn["v"]
        return {"found": by_row}

    drawn = consistent_digits({"v": v.tolist(), first: factor}, {"found": found.tolist()}, recompute=redone)
    relation = equals(drawn, redone(seen(drawn)), "found")
    outer = numbers(drawn["v"], "grad"), numbers(drawn[first], "value")
    whole = (*(outer if first == "x" else outer[::-1]), relation, numbers(drawn["found"], "grad"))
    return whole, _entry(trace, use, drawn, relation)


def _entry(trace: Trace, use: VjpUse, drawn: dict[str, Formatted], relation: Piece) -> tuple[Piece, ...]:
    """The last entry of the first column of ∂L/∂W as one product, the first entry of ∂L/∂x as a sum."""
    v, found = drawn["v"], drawn["found"]
    rows = len(v.texts)
    if use.slot == "W":
        index: tuple[int, ...] = (rows - 1, 0)
        terms = [(v.texts[-1], drawn["x"].texts[0])]
    else:
        index = (0,)
        terms = [(drawn["transposed"].texts[i], v.texts[i]) for i in range(rows)]
    named = via(grad_entry(trace.graph, use.wrt, index), use)
    pieces = [Piece(named, colour="grad"), sign("=")]
    one, other = _COLOURS[use.slot]
    for place, (left, right) in enumerate(terms):
        pieces += [sign("+")] if place else []
        pieces += [lone(left, one, behind=place > 0), sign("·", r"\cdot"), lone(right, other, behind=True)]
    return (*pieces, relation, lone(found.at(index), "grad"))


def _transpose() -> Line:
    return Line(
        "This is where the transpose comes from. A matrix times a vector sums over the matrix’s second index. Here the"
        " sum runs over the first index of W, that of the outputs, and the matrix that has this index second is Wᵀ.",
        (
            Equation(
                Expression(text="Σᵢ vᵢ Wᵢⱼ", latex=r"\sum_i v_i\,W_{ij}"),
                Expression(text="Σᵢ (Wᵀ)ⱼᵢ vᵢ", latex=r"\sum_i \left(W^{\top}\right)_{ji}\,v_i"),
                "",
            ),
        ),
    )


def _shapes(trace: Trace) -> Line:
    """The shape of each gradient beside that of what it belongs to."""
    m, n = trace.values[_uses(trace)[0].wrt].shape
    of = {"W": (f"({m}×1)·(1×{n})", (m, n)), "x": (f"({n}×{m})·({m}×1)", (n,)), "b": (f"{m}×1", (m,))}
    return Line(
        "Check the shapes last. A gradient has the shape of what it belongs to; a vector counts as a column.",
        table=Table(
            "The shapes of the three VJPs",
            ("VJP", "shapes that are multiplied", "what comes out", "the input’s shape"),
            tuple(_shape_row(trace, use, *of[use.slot]) for use in _uses(trace)),
        ),
    )


def _shape_row(trace: Trace, use: VjpUse, product: str, outcome: tuple[int, ...]) -> Row:
    equation = vjp_equation(trace.graph, use.node, use.slot, trace.vjp(use.edge))
    wanted = f"{shape_text(trace.values[use.wrt].shape)}, as {use.wrt} has"
    return row(written(equation, "grad"), product, shape_text(outcome), wanted)


def _square(trace: Trace, use: VjpUse) -> Line:
    """What shapes do not tell."""
    found = vjp_derivation(trace, use).tempted
    assert found is not None
    shape, wanted = shape_text(found.shape), shape_text(found.wanted)
    here = (
        f"Here W is {wanted}, and {found.formula.text} is {shape}, too: only the indices tell them apart."
        if found.shape == found.wanted
        else f"Here W is {wanted}, and {found.formula.text} would be {shape}: the shapes tell them apart."
    )
    return Line(
        "But shapes alone are no derivation. They tell v xᵀ from x vᵀ, and Wᵀ v from W v, only where there are not as"
        f" many inputs as outputs; for a square W all of these fit. {here}"
    )
