"""Questions about Jacobians, products of them, and what is saved: what is right, what an answer is, and why.

Their answers are shapes and counts, which hang on the network's shapes alone. A product of an a×b and a b×c matrix is
counted as a dense one: a b c multiply-adds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.digits import formatted, shape_text
from app.engine import Graph, Trace, VjpUse
from app.pages.questions import Cell, Line, Piece, Row, Table
from app.snapshot import Expression
from app.snapshot.formulas import bound, vjp_equation
from app.snapshot.jacobian import JacobianView, jacobian
from app.snapshot.saved_memory import saved_memory
from app.snapshot.wording import joined

from .answers import Answer, NumbersTyped, ShapeTyped, Ticked
from .feedback import Feedback, judged_ticks, right, wrong
from .question import DrawnKind, Question
from .uses import path, saveable

# What a hint says where it is the same for all networks.
_HINTS: Mapping[DrawnKind, str] = {
    "jacobian": "A Jacobian has a row for each entry of the output and a column for each entry of the input.",
    "price": "The closed form multiplies v with what it holds, and vᵀJ multiplies v with every entry of J, zeros too.",
    "sparse": "In row k stand the derivatives of output k. Which entries of the input does that output depend on?",
    "saved": "A value is saved if a VJP reads it. Write down each VJP, and see what stands in it beside v.",
}
# A Jacobian of more columns than these is not written out.
_MAX_COLUMNS = 12
_PRODUCT = r"\,"


def asked_about(graph: Graph, question: Question) -> Expression | None:
    """The formula that stands in a question: a Jacobian, a VJP or a product; None in one about what is saved."""
    if question.kind == "bracket":
        factors = [derivative(use.node.symbol, graph.by_name[use.wrt].symbol) for use in path(graph, question.node)]
        latex = [
            rf"\frac{{\partial {use.node.latex}}}{{\partial {graph.by_name[use.wrt].latex}}}"
            for use in path(graph, question.node)
        ]
        return Expression(text=" ".join(factors), latex=_PRODUCT.join(latex))
    if not question.of:
        return None
    use = use_of(graph, question)
    if question.kind == "price":
        return vjp_equation(graph, use.node, use.slot)
    wrt = graph.by_name[use.wrt]
    return Expression(
        text=derivative(use.node.symbol, wrt.symbol),
        latex=rf"\frac{{\partial {use.node.latex}}}{{\partial {wrt.latex}}}",
    )


def derivative(of: str, wrt: str) -> str:
    """The name of a Jacobian."""
    return f"∂{of}/∂{wrt}"


def use_of(graph: Graph, question: Question) -> VjpUse:
    """The VJP whose Jacobian a question is about."""
    return next(use for use in graph.vjps.values() if (use.node.name, use.wrt) == (question.of, question.node))


def numbers_of(trace: Trace, question: Question) -> tuple[int, ...]:
    """The counts that are right, in their order; none where a question is about no count."""
    if question.kind == "bracket":
        return tuple(sum(costs) for costs in bracket_costs(_shapes(trace, question)))
    if question.kind == "price":
        view = jacobian(trace, use_of(trace.graph, question))
        return view.closed_multiply_adds, view.multiply_adds
    if question.kind == "sparse":
        return _entries(trace, use_of(trace.graph, question))
    return ()


def _entries(trace: Trace, use: VjpUse) -> tuple[int, int]:
    """How many entries a Jacobian has, and how many of them can be other than 0, whatever the numbers are."""
    at = {slot: trace.values[name].shape for slot, name in bound(use.node).items()}
    rows, columns = use.vjp.jacobian.shape(at)
    return rows * columns, use.vjp.jacobian.nonzero(at)


def _shapes(trace: Trace, question: Question) -> list[tuple[int, int]]:
    """The shapes of the Jacobians of a product, the loss's first."""
    return [jacobian_shape(trace, use) for use in path(trace.graph, question.node)]


def jacobian_shape(trace: Trace, use: VjpUse) -> tuple[int, int]:
    """The shape of the Jacobian that a VJP avoids."""
    return use.vjp.jacobian.shape({slot: trace.values[name].shape for slot, name in bound(use.node).items()})


def bracket_costs(shapes: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """The multiply-adds of each product on the way from the left, and from the right."""
    (first, _), (_, last) = shapes[0], shapes[-1]
    from_left = [first * rows * columns for rows, columns in shapes[1:]]
    from_right = [rows * columns * last for rows, columns in reversed(shapes[:-1])]
    return from_left, from_right


def hint(trace: Trace, question: Question) -> str:
    """A hint in a sentence; empty for a question about a gradient, whose hints are VJPs."""
    if question.kind == "bracket":
        shapes = joined([shape_text(shape) for shape in _shapes(trace, question)])
        return f"The Jacobians are {shapes}. An a×b matrix times a b×c matrix takes a·b·c multiply-adds."
    return next((text for kind, text in _HINTS.items() if kind == question.kind), "")


def judge(trace: Trace, question: Question, answer: Answer) -> Feedback:
    """What there is to say about an answer to one of these questions."""
    if isinstance(answer, Ticked):
        return _judge_saved(trace.graph, answer)
    if isinstance(answer, ShapeTyped):
        return _judge_shape(trace, use_of(trace.graph, question), answer)
    return _judge_counts(question, answer, numbers_of(trace, question))


def _judge_saved(graph: Graph, answer: Ticked) -> Feedback:
    rows = [(is_saved, place in answer.places) for place, (_, is_saved) in enumerate(saved_values(graph))]
    missed = sum(is_saved and not ticked for is_saved, ticked in rows)
    too_many = sum(ticked and not is_saved for is_saved, ticked in rows)
    return judged_ticks(missed, too_many, len(answer.places), noun="value", is_so="saved")


def saved_values(graph: Graph) -> list[tuple[str, bool]]:
    """What a forward pass may save, and whether it does: what the pages call each, in the order of `saveable`."""
    saved = {bound(node).get(slot, f"{node.name}:{slot}") for node in graph.ops for slot in node.op.saved}
    return [(symbol, name in saved) for name, symbol in saveable(graph)]


def _judge_shape(trace: Trace, use: VjpUse, answer: ShapeTyped) -> Feedback:
    wanted, said = jacobian_shape(trace, use), answer.shape
    of, wrt = use.node.symbol, trace.graph.by_name[use.wrt].symbol
    if said == wanted:
        return right()
    if said == wanted[::-1]:
        return wrong(f"This is transposed: the outputs, the entries of {of}, are the rows of a Jacobian.")
    if said == trace.values[use.wrt].shape:
        return wrong(f"This is the shape of the gradient, like {wrt}: a Jacobian has derivatives of every output.")
    if len(said) != 2:
        return wrong("A Jacobian is a matrix: it has a number of rows and a number of columns.")
    return wrong(f"{shape_text(said)} is not the shape of {derivative(of, wrt)}.")


def _judge_counts(question: Question, answer: NumbersTyped, wanted: tuple[int, ...]) -> Feedback:
    said = [number.value for number in answer.numbers]
    right_ones = [float(number) for number in wanted]
    if len(said) != len(wanted) or len(answer.shape) != 1:
        return wrong(f"{len(wanted)} numbers are asked for, with a comma between them.")
    if said == right_ones:
        return right()
    if said == right_ones[::-1]:
        return wrong("These are the right numbers in the wrong order.")
    are_right = [one == other for one, other in zip(said, wanted, strict=True)]
    told = ["One of the two numbers is right."] if any(are_right) else ["Neither number is right."]
    if question.kind != "sparse" and all(one in (other, 2 * other) for one, other in zip(said, wanted, strict=True)):
        told.append("A multiplication with its addition counts as one multiply-add.")
    if question.kind == "sparse" and said == [right_ones[0], right_ones[0] - right_ones[1]]:
        told.append("The second one counts the entries that are always 0.")
    return wrong(*told)


def worked(trace: Trace, question: Question) -> tuple[str, tuple[Line, ...]]:
    """What is right: in a sentence, and in lines."""
    if question.kind == "saved":
        return _saved(trace)
    if question.kind == "bracket":
        return _bracket(trace, question)
    use = use_of(trace.graph, question)
    view = jacobian(trace, use)
    if question.kind == "jacobian":
        rows, columns = view.shape
        says = f"{shape_text(view.shape)}: {_each('row', rows, view.of)}, {_each('column', columns, view.wrt)}."
        return says, (_matrix(view),)
    if question.kind == "sparse":
        return _sparse(view, *_entries(trace, use))
    return _price(view)


def _each(noun: str, count: int, symbol: str) -> str:
    """How many rows there are, and why."""
    if count == 1:
        return f"one {noun}, as {symbol} holds one number"
    return f"a {noun} for each of the {count} entries of {symbol}"


def _matrix(view: JacobianView) -> Line:
    """What kind of matrix a Jacobian is, with its numbers where there are not too many."""
    shown: tuple[tuple[Piece, ...], ...] = ()
    if view.shape[1] <= _MAX_COLUMNS:
        whole = view.kind.endswith("0 and 1") or view.kind == "the identity"
        drawn = formatted(view.matrix, least=0 if whole else 2)
        name = derivative(view.of, view.wrt)
        latex = rf"\frac{{\partial {view.of}}}{{\partial {view.wrt}}}"
        named = Piece(Expression(text=name, latex=latex), colour="value")
        shown = ((named, Piece(Expression(text="=", latex="=")), Piece(drawn=drawn, colour="value", quiet=True)),)
    return Line(f"It is {view.kind}. {view.says}", numbers=shown)


def _sparse(view: JacobianView, entries: int, nonzero: int) -> tuple[str, tuple[Line, ...]]:
    rows, columns = view.shape
    others = "All of them can be" if nonzero == entries else f"{nonzero} of them can be"
    says = f"{rows} times {columns} is {entries} entries. {others} other than 0."
    return says, (_matrix(view),)


def _price(view: JacobianView) -> tuple[str, tuple[Line, ...]]:
    closed = (
        f"It multiplies v with {view.closed_holds}: {_adds(view.closed_multiply_adds)}."
        if view.closed_holds
        else "It hands v on, and multiplies nothing."
    )
    local = (
        f" The local derivative, which the entries of J are made of, too, takes {view.local_multiply_adds} more."
        if view.local_multiply_adds
        else ""
    )
    says = f"{_adds(view.closed_multiply_adds)} in closed form, and {view.multiply_adds} with the Jacobian."
    rows, columns = view.shape
    product = f" J has {rows} times {columns} entries, and vᵀJ multiplies each of them once."
    return says, (Line(f"{closed}{product}{local}"),)


def _adds(count: int) -> str:
    return f"{count} multiply-add{'' if count == 1 else 's'}"


def _bracket(trace: Trace, question: Question) -> tuple[str, tuple[Line, ...]]:
    shapes = _shapes(trace, question)
    from_left, from_right = bracket_costs(shapes)
    says = f"{_adds(sum(from_left))} from the left, {sum(from_right)} from the right."
    if len(shapes) == 2:
        return says, (Line("Between two matrices there is one product, so both ways are the same."),)
    (_, last) = shapes[-1]
    left = [_product_row((1, shape[0]), shape) for shape in shapes[1:]]
    right_side = [_product_row(shape, (shape[1], last)) for shape in reversed(shapes[:-1])]
    return says, (
        Line(
            "From the left, the side of the loss, a row stays a row: each product is a vector times a matrix.",
            table=_products("From the left", left),
        ),
        Line(
            "From the right, matrices are multiplied until the row of the loss comes last.",
            table=_products("From the right", right_side),
        ),
    )


def _product_row(left: tuple[int, int], right_one: tuple[int, int]) -> tuple[str, str, str, int]:
    """A product of two matrices: both shapes, what comes out, how its multiply-adds are counted, and how many."""
    (a, b), (_, c) = left, right_one
    return f"({a}×{b})·({b}×{c})", f"{a}×{c}", f"{a}·{b}·{c}", a * b * c


def _products(caption: str, found: Sequence[tuple[str, str, str, int]]) -> Table:
    rows = [_cells(product, out, f"{count} = {adds}") for product, out, count, adds in found]
    return Table(caption, ("product", "what comes out", "multiply-adds"), tuple(rows))


def _saved(trace: Trace) -> tuple[str, tuple[Line, ...]]:
    found = saved_values(trace.graph)
    names = joined([symbol.partition(" = ")[0] for symbol, is_saved in found if is_saved])
    memory = saved_memory(trace)
    rows = [
        _cells(item.node, joined(item.names), "; ".join(reading.vjp for reading in item.read_by if reading.names))
        for item in memory.items
        if item.names
    ]
    relu = any(node.op.name == "relu" for node in trace.graph.ops)
    other = " A ReLU may save its output instead, as PyTorch’s does: that has the same mask." if relu else ""
    says = f"{names}."
    line = Line(
        f"Each VJP says what it reads beside v, and what none of them reads need not be saved.{other}",
        table=Table("What each op saves", ("node", "saves", "for"), tuple(rows)),
    )
    return says, (line,)


def _cells(*texts: str) -> Row:
    return Row(tuple(Cell(text) for text in texts))
