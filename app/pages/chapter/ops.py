"""What the chapter says of every op, from the table of ops, at the shapes of the first network."""

from __future__ import annotations

from functools import lru_cache
from string import Template

from app.engine import DEFAULT, OPS, Formula, Op, Shape
from app.snapshot.models import Expression, Frozen

# The shapes that the ops are shown at: those of the first network. What is not named here is a vector of its m units.
_M, _N = DEFAULT.shape("W")
_SHAPES: dict[str, Shape] = {"W": (_M, _N), "x": (_N,)}
# How a slot is printed where it is not by its own name.
_TARGET = Formula("y*", "y^{*}")


class RuleRow(Frozen):
    """A VJP of an op, and the Jacobian that it avoids, at the shapes of the first network."""

    wrt: str
    formula: Expression
    jacobian_shape: list[int]
    jacobian_kind: str


class OpRow(Frozen):
    """A row of the table of ops. Costs are multiply-adds at the shapes of the first network.

    `predicts` is the prediction p that a loss of z makes on its way, as a formula of z; None where there is none.
    """

    name: str
    title: str
    says: str
    formula: Expression
    predicts: Expression | None
    rules: list[RuleRow]
    saved: list[str]
    forward_cost: int
    backward_cost: int


@lru_cache(maxsize=1)
def op_rows() -> tuple[OpRow, ...]:
    """Every row of the table, in its order, in the op's own letters."""
    return tuple(_row(op) for op in OPS.values())


def _row(op: Op) -> OpRow:
    given = {slot: _SHAPES.get(slot, (_M,)) for slot in op.inputs}
    shapes = given | {op.output: op.shape(given)}
    rules = [
        RuleRow(
            wrt=slot,
            formula=_written(rule.formula, op, rule.local.formula if rule.local else None),
            jacobian_shape=list(rule.jacobian.shape(shapes)),
            jacobian_kind=Template(rule.jacobian.kind).substitute({slot: slot for slot in shapes}),
        )
        for slot, rule in op.vjps.items()
    ]
    made = op.likelihood.activation if op.likelihood else None
    return OpRow(
        name=op.name,
        title=op.title,
        says=Template(op.says).substitute(_letters(op, latex=False)),
        formula=_written(op.formula, op),
        predicts=_written(made.named or made.formula, made) if made else None,
        rules=rules,
        saved=["y*" if slot == "y" else slot for slot in op.saved],
        forward_cost=op.cost(shapes),
        backward_cost=sum(rule.cost(shapes) for rule in op.vjps.values()),
    )


def _letters(op: Op, *, latex: bool) -> dict[str, str]:
    target = _TARGET.latex if latex else _TARGET.text
    return {"v": "v"} | {slot: target if slot == "y" else slot for slot in (*op.inputs, op.output, *op.made)}


def _written(formula: Formula, op: Op, local: Formula | None = None) -> Expression:
    """A formula of an op with the slots' own names in it."""
    text, latex = _letters(op, latex=False), _letters(op, latex=True)
    if local is not None:
        text["local"], latex["local"] = Template(local.text).substitute(text), Template(local.latex).substitute(latex)
    return Expression(text=Template(formula.text).substitute(text), latex=Template(formula.latex).substitute(latex))
