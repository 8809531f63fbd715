"""The context of the page of the heads: heads side by side, and the Jacobian that cancels. `unfused` has the logit."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

from app.digits import Formatted, consistent_digits, formatted, significant
from app.engine import NETWORKS, Values
from app.pages.form import FieldCard, Link, error_beside, loose_errors, typed_text
from app.snapshot import NestedList
from app.snapshot.cancelling import Cancelling, recompute_cancelling
from app.snapshot.indices import subscripted
from app.state import Invalid, field_text

from .data import recompute_head
from .models import Head, Heads
from .question import HeadsState
from .unfused import LogitCard, hidden, logit_card

_EXAMPLES: tuple[tuple[str, dict[str, Values]], ...] = (
    ("Reset", {}),
    ("z = 0", {"W": ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0)), "b": (0.0, 0.0, 0.0)}),
    ("a confident z", {"b": (3.0, 0.0, -3.0)}),
)


@dataclass(frozen=True, slots=True)
class HeadColumn:
    """A head as drawn: its arrays, entry by entry, its loss, how ∂L/∂z compares, and where its step is."""

    view: Head
    z: tuple[str, ...]
    prediction: tuple[str, ...]
    target: tuple[str, ...]
    upstream: tuple[str, ...]
    mean: str
    grad_z: tuple[str, ...]
    signs: tuple[str, ...]
    difference: tuple[str, ...]
    loss: str
    verdict: str
    href: str


@dataclass(frozen=True, slots=True)
class TermCard:
    """A term of one entry with its numbers."""

    j: int
    y: str
    p: str
    delta: int
    value: str


@dataclass(frozen=True, slots=True)
class JacobianCard:
    """The Jacobian of the softmax and what comes upon it, drawn; the arrays are rows where the product has them so.

    `zeros` says how many of its entries are 0 as floats, empty where none is; `verdict` how the product compares with
    p − y, and `lost`, where there is no product, why not.
    """

    view: Cancelling
    zeros: str
    verdict: tuple[str, str]
    lost: str
    v: Formatted | None
    matrix: Formatted
    product: Formatted | None
    difference: Formatted
    terms: tuple[TermCard, ...]
    p: str
    y: str
    result: str
    entries: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class HeadsPage:
    """All that the page's templates see."""

    announcement: str
    wrong: bool
    here: str
    twin: str
    fields: tuple[FieldCard, ...]
    hidden: tuple[tuple[str, str], ...]
    examples: tuple[Link, ...]
    errors: tuple[str, ...]
    columns: tuple[HeadColumn, ...]
    long: bool
    unfused: bool
    logit: LogitCard
    jacobian: JacobianCard


# vᵀJ is made of terms of a size of 2 at most: a few roundings of those.
_ROUNDING = 8 * sys.float_info.epsilon
# Letters that a number in a column has room for.
_ROOM = 9


def heads_page(state: HeadsState, heads: Heads, problem: Invalid[HeadsState] | None = None) -> HeadsPage:
    """Everything around what was found for `state`; `problem` is what was wrong with the address that led here."""
    columns = tuple(_column(state, head) for head in heads.heads)
    card = logit_card(state, heads.logit, problem)
    examples = [(title, state.with_layer(numbers)) for title, numbers in _EXAMPLES]
    return HeadsPage(
        announcement=" ".join(f"{error.msg}." for error in problem.errors) if problem else " ".join(card.sentences),
        wrong=problem is not None,
        here=state.address(),
        twin=state.address("/api"),
        fields=tuple(_field(state, name, problem) for name in state.values),
        hidden=hidden(state, *state.values),
        examples=tuple(Link(title, there.address(), there == state) for title, there in examples),
        errors=loose_errors(problem, (*state.values, "z")),
        columns=columns,
        long=any(len(text) > _ROOM for column in columns for text in (*column.prediction, *column.grad_z, *column.z)),
        unfused=state.unfused,
        logit=card,
        jacobian=_jacobian_card(state, heads.jacobian),
    )


def _field(state: HeadsState, name: str, problem: Invalid[HeadsState] | None) -> FieldCard:
    shape = NETWORKS["identity-mse"].shape(name)
    text = typed_text(problem, name, field_text(state.values[name]))
    return FieldCard(name, name, shape, text, error_beside(problem, name))


def _column(state: HeadsState, head: Head) -> HeadColumn:
    given: dict[str, NestedList] = {"z": head.z, "target": head.target}
    prediction: dict[str, NestedList] = {"prediction": head.prediction}
    difference: dict[str, NestedList] = {"difference": head.difference}
    grad: dict[str, NestedList] = {"grad_z": head.grad_z}
    loss: dict[str, NestedList] = {"loss": head.loss}
    if head.mean is None:  # the gradient has the digits of the difference that it is
        stages = [given, prediction | loss, difference | grad]
    else:
        stages = [given, prediction | difference, {"mean": head.mean}, grad | loss]
    drawn = consistent_digits(
        *stages, recompute=recompute_head(head), near_1=("prediction",) if 1.0 in head.target else ()
    )
    return HeadColumn(
        view=head,
        z=drawn["z"].texts,
        prediction=drawn["prediction"].texts,
        target=drawn["target"].texts,
        upstream=drawn["difference"].texts if head.upstream else (),
        mean=drawn["mean"].texts[0] if head.mean is not None else "",
        grad_z=drawn["grad_z"].texts,
        signs=tuple(
            ("=" if grad == other else "≈") if same else "≠"
            for grad, other, same in zip(drawn["grad_z"].texts, drawn["difference"].texts, head.same, strict=True)
        ),
        difference=drawn["difference"].texts,
        loss=drawn["loss"].texts[0],
        verdict=_verdict(head),
        href=state.view(NETWORKS[head.network]).address(),
    )


def _verdict(head: Head) -> str:
    """How ∂L/∂z compares with prediction − target; that both are 0 is no mark of a pair."""
    if not head.equal:
        return f"≠ up to {significant(head.gap, 3)} apart"
    return "✓ equal, to 12 digits" if any(head.difference) else "✓ equal: all 0 here"


def _jacobian_card(state: HeadsState, view: Cancelling) -> JacobianCard:
    entries = tuple(
        Link(f"entry {entry}", replace(state, entry=entry).address(part="jacobian"), entry == state.entry)
        for entry in range(1, len(view.p) + 1)
    )
    zeros, verdict, lost = _zeros(view), _compared(view), _lost(view)
    if view.v is None or view.product is None:
        matrix, difference = formatted(view.matrix), formatted(view.difference)
        return JacobianCard(view, zeros, verdict, lost, None, matrix, None, difference, (), "", "", "", entries)
    drawn = consistent_digits(
        {"p": view.p, "y": view.y},
        {"matrix": view.matrix, "v": view.v},
        {"product": view.product, "difference": view.difference, "terms": [term.value for term in view.terms]},
        recompute=recompute_cancelling(view),
        near_1=("p",),
    )
    row = (1, len(view.p))
    p, y, i = drawn["p"].texts, drawn["y"].texts, view.entry - 1
    return JacobianCard(
        view,
        zeros,
        verdict,
        lost,
        replace(drawn["v"], shape=row),
        drawn["matrix"],
        replace(drawn["product"], shape=row),
        replace(drawn["difference"], shape=row),
        tuple(TermCard(term.j, y[j], p[j], term.delta, drawn["terms"].texts[j]) for j, term in enumerate(view.terms)),
        p[i],
        y[i],
        drawn["product"].texts[i],
        entries,
    )


def _zeros(view: Cancelling) -> str:
    entries = [entry for row in view.matrix for entry in row]
    zeros = entries.count(0.0)
    return f"{zeros} of its {len(entries)} entries {'is' if zeros == 1 else 'are'} 0" if zeros else ""


def _compared(view: Cancelling) -> tuple[str, str]:
    """How vᵀJ compares with p − y: a class of the stylesheet, and words that stand between the two."""
    if view.gap is None or view.agrees:
        return "agrees", "✓ the same as"
    gap = significant(view.gap, 3)
    if view.gap <= _ROUNDING:
        return "agrees", f"≈ by rounding up to {gap} away from"
    return "disagrees", f"✗ up to {gap} away from"


def _lost(view: Cancelling) -> str:
    """Why there is no v = −y/p: the first probability that it is lost by; empty where there is one."""
    if view.v is not None:
        return ""
    for j, p in enumerate(view.p):
        if p == 0.0:
            return f"In a float64, {subscripted('p', (j,))} is 0"
    largest = max(range(len(view.p)), key=lambda j: view.y[j] / view.p[j])
    return f"1/{subscripted('p', (largest,))} is too large for a float64"
