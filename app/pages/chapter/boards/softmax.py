"""The board of softmax with cross-entropy: a dense Jacobian that cancels, term by term. `softmax_unfused` has more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.digits import Formatted, consistent_digits, formatted, significant
from app.engine import NETWORKS, Node, VjpUse
from app.layout.columns import BETWEEN, WIDE, fitting, letters
from app.layout.figures import ems
from app.pages.chapter.product import Cell, Mark, Product, Row, Side, Sum
from app.pages.chapter.question import Board, BoardState
from app.pages.contents import BY_NAME
from app.pages.form import Link
from app.pages.header import with_network
from app.snapshot import Expression, trace_of
from app.snapshot.cancelling import Cancelling, cancelling, products, recompute_products
from app.snapshot.derivation import Derivation, DerivationLine
from app.snapshot.formulas import filled, forward_equation, gradient, gradient_at, vjp_equation
from app.snapshot.indices import entry, subscripted, subscripted_latex
from app.snapshot.limits import target_note
from app.state import FieldError, ViewState
from app.state.codec import Param

from .softmax_unfused import NOT_CHOSEN, Unfused, read_logit, unfused

_OP = "softmax-cross-entropy"


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the chosen entry: −yⱼ/pⱼ · pⱼ (δⱼᵢ − pᵢ), with its digits."""

    j: int
    y: str
    p: str
    delta: int
    value: str


@dataclass(frozen=True, slots=True)
class Worked:
    """The Jacobian with v at its rows, and the chosen entry term by term; `p` is its own probability."""

    product: Product
    terms: tuple[Term, ...]
    p: str
    result: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table on the stage: its logit, the Jacobian's entries, the difference in symbols put in, and the
    entry of the gradient; whether it is the chosen one, and where choosing it leads."""

    name: str
    entries: tuple[str, ...]
    difference: str
    grad: str
    is_chosen: bool
    href: str


@dataclass(frozen=True, slots=True)
class SoftmaxOnStage:
    """What of the table there is room for on the stage: v by row, the columns, and how many are `left_out`.

    `term` is that of the chosen entry's terms where most is left, all of them but `others`, which are not 0 either.
    """

    v: tuple[Side, ...]
    columns: tuple[Column, ...]
    left_out: int
    chosen: Column
    term: Term
    others: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the board shows. Where v = −y/p is no number, there is no `worked`, and `lost` says why.

    `given` are the prediction and the loss as the op's row has them. `total` is what the targets sum to, empty where
    that is 1; `note` what else there is to say of them.
    """

    rule: Expression
    given: tuple[Expression, ...]
    logits: str
    derivation: Derivation
    entry: int
    choices: tuple[Link, ...]
    worked: Worked | None
    lost: str
    matrix: Formatted
    difference: Formatted
    total: str
    note: str
    entries: int
    unfused: Unfused

    @property
    def staged(self) -> SoftmaxOnStage | None:
        """The same for the stage of a lecture hall; None where v is no number."""
        return None if self.worked is None else _on_stage(self.worked, self.entry - 1, self.total)


def _stands_on(view: ViewState) -> ViewState:
    """The same network if it ends in softmax with cross-entropy, else the one of the gallery, with what fits."""
    return view if view.network.graph.loss.op.name == _OP else with_network(view, NETWORKS["softmax-ce"])


def _use(view: ViewState) -> VjpUse:
    graph = view.network.graph
    return graph.vjps[graph.loss.name, "z"]


def _step(state: BoardState) -> ViewState:
    return state.view.go("backward", _use(state.view).step)


def _draw(state: BoardState) -> Drawn:
    trace, use = trace_of(_step(state)), _use(state.view)
    graph, z = trace.graph, trace.graph.by_name[use.wrt]
    count = trace.values[use.wrt].size
    chosen = min(state.choice("entry"), count)
    view = cancelling(trace.values[use.wrt], trace.values[use.node.inputs[1]], chosen)
    is_one = trace.vjp(use.edge) is use.vjp
    named = Expression(text=subscripted(z.symbol, ()) + "ᵢ", latex=f"{{{z.latex}}}_i")
    return Drawn(
        rule=_rule(gradient(graph, use.wrt), is_one=is_one),
        given=(_prediction(use, z), forward_equation(graph, use.node)),
        logits=z.symbol,
        derivation=Derivation(
            left=gradient_at(graph, named), reasons=_lines(z.symbol, z.latex, is_one=is_one), tempted=None
        ),
        entry=chosen,
        choices=tuple(
            Link(f"∂{graph.loss.symbol}/∂{entry(z, (i,)).text}", _at(state, i), i + 1 == chosen) for i in range(count)
        ),
        worked=_worked(state, view, z.symbol, [entry(z, (i,)) for i in range(count)]) if view.v else None,
        lost=_lost(view),
        matrix=formatted(view.matrix),
        difference=formatted(view.difference),
        total="" if is_one else significant(sum(view.y), 6),
        note=target_note(trace),
        entries=count * count,
        unfused=unfused(state),
    )


def _prediction(use: VjpUse, z: Node) -> Expression:
    """p = softmax(z), as the loss's likelihood makes it of its logits."""
    assert use.node.op.likelihood is not None
    made = use.node.op.likelihood.activation
    assert made is not None
    formula = made.named or made.formula
    return Expression(
        text=f"p = {filled(formula.text, {'z': z.symbol})}", latex=f"p = {filled(formula.latex, {'z': z.latex})}"
    )


def _at(state: BoardState, i: int) -> str:
    return state.but(entry=i + 1).address()


def _rule(left: Expression, *, is_one: bool) -> Expression:
    """∂L/∂z for the targets at hand."""
    text, latex = ("p − y*", "p - y^{*}") if is_one else ("p Σ y* − y*", r"p \sum y^{*} - y^{*}")
    return Expression(text=f"{left.text} = {text}", latex=f"{left.latex} = {latex}")


def _lines(symbol: str, latex: str, *, is_one: bool) -> list[DerivationLine]:
    """∂L/∂zᵢ by the chain rule through p; the last line is for targets that sum to 1."""

    def line(text: str, latex: str, says: str) -> DerivationLine:
        return DerivationLine(formula=Expression(text=text, latex=latex), says=says)

    partial = rf"\frac{{\partial L}}{{\partial p_j}}\,\frac{{\partial p_j}}{{\partial {{{latex}}}_i}}"
    lines = [
        line(f"Σⱼ ∂L/∂pⱼ ∂pⱼ/∂{symbol}ᵢ", rf"\sum_j {partial}", "Chain rule."),
        line(
            "Σⱼ −y*ⱼ/pⱼ pⱼ (δⱼᵢ − pᵢ)",
            r"\sum_j -(y^{*}_j / p_j)\,p_j\,(\delta_{ji} - p_i)",
            "The slope of the loss is −y*ⱼ/pⱼ.",
        ),
        line("pᵢ Σⱼ y*ⱼ − y*ᵢ", r"p_i \sum_j y^{*}_j - y^{*}_i", "Each pⱼ cancels."),
    ]
    if is_one:
        lines.append(line("pᵢ − y*ᵢ", r"p_i - y^{*}_i", "The targets sum to 1."))
    return lines


def _worked(state: BoardState, view: Cancelling, symbol: str, logits: list[Expression]) -> Worked:
    assert view.v is not None
    assert view.product is not None
    drawn = consistent_digits(
        {"p": view.p, "y": view.y},
        {"matrix": view.matrix},
        {"products": products(view), "terms": [term.value for term in view.terms]},
        {"sums": view.difference},
        recompute=recompute_products(view),
        near_1=("p",),
    )
    ps, ys = drawn["p"].texts, drawn["y"].texts
    terms = tuple(Term(term.j, ys[j], ps[j], term.delta, drawn["terms"].texts[j]) for j, term in enumerate(view.terms))
    at = view.entry - 1
    return Worked(
        _table(state, view, drawn, symbol, logits),
        terms,
        ps[at],
        drawn["sums"].texts[at],
    )


def _table(
    state: BoardState, view: Cancelling, drawn: Mapping[str, Formatted], symbol: str, logits: Sequence[Expression]
) -> Product:
    """v = −y/p at the rows of the Jacobian, with the digits of `drawn`."""
    at, count = view.entry - 1, len(view.p)
    ps, ys, sums = (drawn[name].texts for name in ("p", "y", "sums"))

    def cell(j: int, i: int) -> Cell:
        mark: Mark = "part" if i == at else ""
        return Cell(drawn["matrix"].at((j, i)), drawn["products"].at((j, i)), "", _at(state, i), mark)

    return Product(
        label="v at the rows of the softmax’s Jacobian, sums of columns below",
        corner="v = −y*/p",
        matrix=f"J = ∂p/∂{symbol}",
        top=tuple(Side(one, "") for one in logits),
        rows=tuple(
            Row(
                Side(_named("v", j), _fraction(view.y[j], ys[j], ps[j])),
                tuple(cell(j, i) for i in range(count)),
                "",
                Side(_named("p", j), ps[j]),
            )
            for j in range(count)
        ),
        sums=tuple(
            Sum(Side(Expression(text=f"∂L/∂{one.text}", latex=""), sums[i]), _at(state, i), "chosen" if i == at else "")
            for i, one in enumerate(logits)
        ),
        line=None,
    )


def _on_stage(worked: Worked, chosen: int, total: str) -> SoftmaxOnStage:
    """The columns that there is room for, the chosen one among them."""
    table, terms = worked.product, worked.terms
    columns = [
        Column(
            name=table.sums[i].side.name.text,
            entries=tuple(row.cells[i].value for row in table.rows),
            difference=_difference(term, total),
            grad=table.sums[i].side.text,
            is_chosen=i == chosen,
            href=table.sums[i].href,
        )
        for i, term in enumerate(terms)
    ]
    v = tuple(row.v for row in table.rows)
    heads = BETWEEN + max(letters(f"{side.name.text} = ") + ems(side.text) for side in v)
    widths = [BETWEEN + max(letters(one.name), *map(ems, (*one.entries, one.difference, one.grad))) for one in columns]
    shown = fitting(widths, WIDE - heads, chosen)
    own = [term for term in terms if term.y.strip("0.")] or list(terms[:1])
    return SoftmaxOnStage(
        v, tuple(columns[i] for i in shown), len(columns) - len(shown), columns[chosen], own[0], len(own) - 1
    )


def _difference(term: Term, total: str) -> str:
    """p − y*, or p Σ y* − y*, with an entry's numbers."""
    p = f"({term.p})" if " " in term.p else term.p
    y = f"({term.y})" if term.y.startswith("−") else term.y
    return f"{p} · {total} − {y}" if total else f"{p} − {y}"


def _named(letter: str, i: int) -> Expression:
    return Expression(text=subscripted(letter, (i,)), latex=subscripted_latex(letter, (i,)))


def _fraction(y: float, y_text: str, p_text: str) -> str:
    """−y/p with its digits, not divided; 0 where y is."""
    if y == 0.0:
        return "0"
    below = f"({p_text})" if " " in p_text else p_text
    return f"−{y_text}/{below}" if y > 0 else f"{y_text.removeprefix('−')}/{below}"


def _lost(view: Cancelling) -> str:
    """Why there is no v = −y/p: the first probability that it is lost by; empty where there is one."""
    if view.v is not None:
        return ""
    for j, p in enumerate(view.p):
        if p == 0.0:
            return f"In a float64, {subscripted('p', (j,))} is 0"
    largest = max(range(len(view.p)), key=lambda j: abs(view.y[j]) / view.p[j])
    return f"1/{subscripted('p', (largest,))} is too large for a float64"


def _formulas(state: BoardState) -> tuple[Expression, ...]:
    use = _use(state.view)
    z = state.view.network.graph.by_name[use.wrt]
    jacobian = Expression(
        text=f"∂pᵢ/∂{z.symbol}ⱼ = pᵢ (δᵢⱼ − pⱼ)",
        latex=rf"\frac{{\partial p_i}}{{\partial {{{z.latex}}}_j}} = p_i\,(\delta_{{ij}} - p_j)",
    )
    return vjp_equation(state.view.network.graph, use.node, "z"), jacobian, LOG_SOFTMAX


# Source: the subtraction of the maximum is that of Blanchard, Higham & Higham, "Accurately computing the log-sum-exp
# and softmax functions", IMA Journal of Numerical Analysis 41 (2021).
LOG_SOFTMAX = Expression(
    text="log p = z − max z − log Σⱼ exp(zⱼ − max z)",
    latex=r"\log p = z - \max z - \log \sum_j \exp(z_j - \max z)",
)


def _read_entry(text: str) -> int | FieldError:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= 99:
        return int(text)
    return FieldError(("query", "entry"), "entry must be a whole number from 1 to 99")


BOARD = Board(
    BY_NAME["softmax"],
    _draw,
    _formulas,
    _step,
    stands_on=_stands_on,
    params=(Param("entry", _read_entry, str, 1), Param("logit", read_logit, str, NOT_CHOSEN)),
    terms=("gradient", "upstream", "softmax", "prediction", "target", "jacobian", "delta", "sum", "logits", "log"),
)
