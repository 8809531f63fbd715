"""The board “The vector-Jacobian product”: one op with v going in and the VJP coming out, and the same in code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.digits import Formatted, consistent_digits, formatted
from app.engine import Trace, VjpUse
from app.layout.hall_part import LOW, TYPES, WIDE, longest
from app.pages.chapter.question import Board, BoardState
from app.pages.contents import BY_NAME
from app.pages.form import Link
from app.snapshot import Expression, trace_of
from app.snapshot.formulas import bound, forward_equation, gradient, saved_text, via, vjp_rule
from app.snapshot.jacobian import JacobianView, jacobian, recompute
from app.state import FieldError, ViewState
from app.state.codec import Param

from .first_linear import first_linear

# The frameworks that the op is shown in, beside NumPy: how each is called in an address, and to people.
FRAMEWORKS = {"pytorch": "PyTorch", "jax": "JAX", "tensorflow": "TensorFlow"}
# On the stage of a lecture hall: what a number of a matrix has beside it, what signs and brackets take of a line, the
# size of type of short vectors, and how wide the numbers at both ends may be together for a box between them.
_BESIDE, _SIGNS, _LARGE = 25.0, 200.0, 40.0
_ENDS: Mapping[Literal["wide", "tight"], float] = {"wide": 260.0, "tight": 410.0}
# How many digits more of v are tried in the code, until what it prints is what is drawn.
_MORE = 13


@dataclass(frozen=True, slots=True)
class CodeNumbers:
    """The numbers of the code as Python literals, W as its rows, and what it prints, in the digits of the picture.

    v, which is computed, has as many digits as it takes for the code to give those.
    """

    W: tuple[str, ...]
    x: str
    b: str
    v: str
    result: str


@dataclass(frozen=True, slots=True)
class VjpBoard:
    """What the board shows: the op with its numbers, forward on top, backward below.

    `row` is vᵀJ, as a row, and `product` the same numbers as the VJP returns them.
    """

    op: str
    forward: Expression
    rule: Expression
    found: Expression
    of: Expression
    wrt: Expression
    upstream: Expression
    saved: str
    input: Formatted
    output: Formatted
    v: Formatted
    matrix: Formatted
    row: Formatted
    product: Formatted
    agrees: bool
    inputs: int
    outputs: int
    code: CodeNumbers
    beside: str
    framework: str
    frameworks: tuple[Link, ...]

    @property
    def product_fits(self) -> bool:
        """Whether vᵀJ stands with its numbers in a line on the stage of a lecture hall."""
        parts = ((self.outputs, self.v), (self.inputs, self.matrix))
        wide = sum(columns * (longest(drawn.texts) * TYPES[-1] + _BESIDE) for columns, drawn in parts)
        return wide <= WIDE - _SIGNS

    @property
    def beside_ends(self) -> Literal["wide", "tight", "bare"]:
        """How much room there is between the op's ends on the stage of a lecture hall: for its box, for a smaller one,
        or for none."""
        left, right = (longest([*one.texts, *other.texts]) for one, other in self._ends)
        size = TYPES[-1] if self.outputs > LOW or self.inputs > LOW else _LARGE
        return next((name for name, most in _ENDS.items() if (left + right) * size <= most), "bare")

    @property
    def _ends(self) -> tuple[tuple[Formatted, Formatted], tuple[Formatted, Formatted]]:
        return (self.input, self.product), (self.output, self.v)


def _beside(text: str) -> str | FieldError:
    if text in FRAMEWORKS:
        return text
    return FieldError(("query", "beside"), f"beside must be one of {', '.join(FRAMEWORKS)}")


BESIDE: Param[str] = Param("beside", _beside, str, "pytorch")


def _draw(state: BoardState) -> VjpBoard:
    use = first_linear(state.view)
    trace = trace_of(state.view.go("backward"))
    graph, node, beside = trace.graph, use.node, state.choice("beside")
    view, wrt = jacobian(trace, use), graph.by_name[use.wrt]
    drawn = _digits(view)
    return VjpBoard(
        op=node.op.title,
        forward=forward_equation(graph, node),
        rule=vjp_rule(graph, node, use.vjp),
        found=via(gradient(graph, use.wrt), use),
        of=Expression(text=node.symbol, latex=node.latex),
        wrt=Expression(text=wrt.symbol, latex=wrt.latex),
        upstream=gradient(graph, node.name),
        saved=", ".join(saved_text(graph, node, slot) for slot in node.op.saved),
        input=_row(trace, use.wrt),
        output=_row(trace, node.name),
        v=drawn["v"],
        matrix=drawn["matrix"],
        row=drawn["product"],
        product=drawn["closed"],
        agrees=view.agrees,
        inputs=view.shape[1],
        outputs=view.shape[0],
        code=_code(trace, use, view, drawn),
        beside=beside,
        framework=FRAMEWORKS[beside],
        frameworks=tuple(
            Link(title, state.but(beside=name).address(), name == beside) for name, title in FRAMEWORKS.items()
        ),
    )


def _row(trace: Trace, name: str) -> Formatted:
    return formatted([trace.values[name].tolist()])


def _digits(view: JacobianView) -> Mapping[str, Formatted]:
    """v and J as drawn, and the VJP: what comes out when one multiplies the digits that are shown."""
    given = {"v": [view.v], "matrix": view.matrix}
    return consistent_digits(given, {"product": [view.product], "closed": view.closed}, recompute=recompute(view))


def _code(trace: Trace, use: VjpUse, view: JacobianView, drawn: Mapping[str, Formatted]) -> CodeNumbers:
    names, closed = bound(use.node), drawn["closed"]
    W, x, b = (trace.values[names[slot]].tolist() for slot in ("W", "x", "b"))
    v = drawn["v"].numbers()
    for more in range(_MORE):
        redone = recompute(view)({"v": v, "closed": closed.numbers()})
        if closed.recompute(redone["closed"]) == closed.texts:
            break
        v = formatted([view.v], more=more).numbers()
    return CodeNumbers(tuple(map(str, W)), str(x), str(b), str(v.ravel().tolist()), ", ".join(closed.texts))


def _formulas(state: BoardState) -> tuple[Expression, ...]:
    """The VJP in general, and that of the network's first linear op."""
    graph, use = state.view.network.graph, first_linear(state.view)
    found, rule = via(gradient(graph, use.wrt), use), vjp_rule(graph, use.node, use.vjp)
    general = Expression(
        text="vjp(v) = vᵀJ = (Jᵀv)ᵀ = ∂L/∂x",
        latex=r"\operatorname{vjp}(v) = v^{\top} J = \left(J^{\top} v\right)^{\top} = \frac{\partial L}{\partial x}",
    )
    return general, Expression(text=f"{found.text} = {rule.text}", latex=f"{found.latex} = {rule.latex}")


def _step(state: BoardState) -> ViewState:
    """The VJP of the first linear op with respect to its input."""
    return state.view.go("backward", first_linear(state.view).step)


BOARD = Board(
    BY_NAME["vjp"],
    _draw,
    _formulas,
    _step,
    params=(BESIDE,),
    terms=("vjp", "upstream", "jacobian", "shape", "op", "saved"),
)
