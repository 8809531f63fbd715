"""What a check of gradients says: of one entry in a sentence, and of all of them as a view of the card."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.digits import significant
from app.engine import Graph
from app.snapshot.formulas import gradient
from app.snapshot.gradcheck import Gradcheck, GradcheckEntry
from app.snapshot.indices import subscripted
from app.snapshot.wording import joined
from app.state import ViewState


@dataclass(frozen=True, slots=True)
class Finding:
    """A gradient entry that does not agree: ∂L/∂W₂₁, and what the check says of it. `key` names it as ask does."""

    key: str
    name: str
    href: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckPanel:
    """Every gradient entry beside the measured slope of the loss.

    `heading` says how many agree, `others` what there is to say of those that neither agree nor disagree. `share` is
    the error that would have been found where they agree, as a share of the largest entry, and `worst` the largest
    difference there; empty if none agrees.
    """

    kind = "check"
    heading: str
    others: tuple[str, ...]
    share: str
    worst: str
    wrong: tuple[Finding, ...]
    kinks: tuple[Finding, ...]


def check_panel(state: ViewState, gradcheck: Gradcheck) -> CheckPanel:
    """The view of a check."""
    entries, graph = gradcheck.entries, state.network.graph
    agreeing = [entry.difference or 0.0 for entry in entries if entry.verdict == "agrees"]
    return CheckPanel(
        _heading(gradcheck),
        tuple(_others(gradcheck, graph)),
        significant(gradcheck.share, 2),
        significant(max(agreeing), 3) if agreeing else "",
        tuple(_finding(state, entry, _off(entry)) for entry in entries if entry.verdict == "disagrees"),
        tuple(_finding(state, entry, _slopes_briefly(entry)) for entry in entries if entry.verdict == "kink"),
    )


def _heading(gradcheck: Gradcheck) -> str:
    count = len(gradcheck.entries)
    if gradcheck.disagree:
        return f"✗ {gradcheck.disagree} of {count} gradient entries {_is(gradcheck.disagree)} wrong."
    if gradcheck.agree == count:
        return f"✓ All {count} gradient entries agree with finite differences."
    agree = f"{gradcheck.agree} of {count} gradient entries {'agrees' if gradcheck.agree == 1 else 'agree'}"
    return f"{'✓ ' if gradcheck.agree else ''}{agree} with finite differences."


def _others(gradcheck: Gradcheck, graph: Graph) -> Iterable[str]:
    if (count := gradcheck.kinks) > 0:
        by = joined(_conventions(graph))
        yield f"{count} {_is(count)} at a kink, where the loss is not differentiable; the convention is {by}."
    if (count := gradcheck.near_kinks) > 0:
        yield f"{count} {_is(count)} too close to a kink to be measured."
    if (count := gradcheck.unmeasurable) > 0:
        yield f"{count} cannot be measured: a finite difference is too coarse there."


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _finding(state: ViewState, entry: GradcheckEntry, text: str) -> Finding:
    whole = gradient(state.network.graph, entry.node).text
    place = tuple(number - 1 for number in entry.index)
    return Finding(entry.key, subscripted(whole, place), state.with_ask(entry.key).address(), text)


def verdict_text(gradcheck: Gradcheck, entry: GradcheckEntry, graph: Graph) -> str:
    """What the check says of one entry, as a sentence or two."""
    if entry.verdict == "agrees":
        return (
            f"✓ A finite difference gives {_number(entry.slope)}. The two differ by {_number(entry.difference, 3)}; "
            f"an error above {_number(entry.resolution, 3)} would show."
        )
    if entry.verdict == "disagrees":
        return f"✗ This gradient is wrong. {_off(entry)}"
    if entry.verdict == "kink":
        return f"∧ Not differentiable here: {_where(gradcheck, graph)}. {_slopes(entry, graph)}"
    if entry.verdict == "near-kink":
        return "This entry is too close to a kink to be measured: a step on this side of it is too small to see."
    return f"This entry cannot be measured: {_why_not(gradcheck, entry)}."


def _off(entry: GradcheckEntry) -> str:
    """How far a gradient is off, or that it is no number at all."""
    if entry.difference is None:
        return f"A finite difference gives {_number(entry.slope)}."
    return f"A finite difference gives {_number(entry.slope)}: it is off by {_number(entry.difference, 3)}."


def _where(gradcheck: Gradcheck, graph: Graph) -> str:
    """Which unit is at its kink; where several are, an entry may move some of them only."""
    first, *more = gradcheck.at_kinks
    if more:
        return "a unit that it moves is exactly at its kink"
    name, *index = first.split(".")
    return f"{subscripted(graph.by_name[name].symbol, tuple(int(place) - 1 for place in index))} is exactly at its kink"


def _slopes(entry: GradcheckEntry, graph: Graph) -> str:
    return (
        f"The loss has slope {_number(entry.left, 4)} to the left and {_number(entry.right, 4)} to the right; "
        f"by the convention {joined(_conventions(graph))}, the gradient is {_number(entry.grad)}."
    )


def _slopes_briefly(entry: GradcheckEntry) -> str:
    left, right = _number(entry.left, 4), _number(entry.right, 4)
    return f"is {_number(entry.grad)}; the slope is {left} to the left, {right} to the right"


def _conventions(graph: Graph) -> list[str]:
    """What the ops with a kink take as their derivative there."""
    return sorted({node.op.convention for node in graph.ops if node.op.branch is not None})


def _why_not(gradcheck: Gradcheck, entry: GradcheckEntry) -> str:
    if entry.error is None:
        return "each step that is large enough to see leaves where the loss is finite and smooth"
    uncertain = f"a finite difference is uncertain by {_number(entry.error, 3)} here"
    size = max(abs(other.grad) for other in gradcheck.entries if other.node == entry.node)
    if entry.error >= size:
        return f"{uncertain}, and no entry of this gradient is larger"
    return f"{uncertain}, too much to see an error of {_number(gradcheck.share * size, 3)}"


def _number(number: float | None, digits: int = 9) -> str:
    """A number that the check has; "no number" where it has none."""
    return "no number" if number is None else significant(number, digits)
