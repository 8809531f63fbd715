"""The page's one context: a snapshot, and where everything on the page leads.

Public names: `Page`, `page`, `in_words`, and the parts templates see. Nothing is computed that no snapshot holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from app.digits import Line, Printed, least_decimals, line, printed
from app.engine import DEFAULT
from app.layout import Arrow, Box, Drawing, draw
from app.snapshot import Explained, Moment, NodeView, Values
from app.state import FROM, InvalidState, ViewState, field_text, number_text

# How a cell's value or gradient stands: the four kinds of empty never look alike.
Presence = Literal["there", "waiting", "zero", "shut", "untaken", "absent"]
# How far the walk has come: what was just computed, what comes next.
Progress = Literal["done", "now", "next", "waiting"]

_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell: what it is called (`W₂₁`), its value and gradient as drawn and in full, and how each is present."""

    key: str
    label: str
    value: str
    value_in_full: str
    value_presence: Presence
    grad: str
    grad_in_full: str
    grad_presence: Presence
    title: str


@dataclass(frozen=True, slots=True)
class NodeCard:
    """A node as drawn: its entries in reading order, the sentence for those who do not see it, and where it leads."""

    view: NodeView
    entries: tuple[Entry, ...]
    progress: Progress
    sentence: str
    notes: tuple[str, ...]
    href: str

    @property
    def size(self) -> Literal["", "long", "longer"]:
        """Whether some of the texts are too long for the ordinary size of type."""
        length = max(len(text) for entry in self.entries for text in (entry.value, entry.grad))
        return "" if length <= 7 else "long" if length <= 9 else "longer"


@dataclass(frozen=True, slots=True)
class ArrowCard:
    """An edge as drawn: how far each way has come; `rule` is the VJP's text, empty where no gradient is taken."""

    arrow: Arrow
    forward: Progress
    backward: Progress | None
    rule: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawing with what it shows."""

    drawing: Drawing
    nodes: tuple[tuple[Box, NodeCard], ...]
    arrows: tuple[ArrowCard, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """One place on the timeline with its link; `progress` as for a node."""

    moment: Moment
    href: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class FieldCard:
    """An input of the form: its text as typed or as it is, and what is wrong with it."""

    name: str
    symbol: str
    shape: tuple[int, ...]
    text: str
    error: str


@dataclass(frozen=True, slots=True)
class Links:
    """Where the controls lead; None where there is nowhere to go."""

    forward: str
    backward: str
    first: str | None
    back: str | None
    next: str | None
    last: str | None
    here: str
    twin: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page's templates see."""

    snapshot: Explained
    heading: str
    announcement: str
    links: Links
    pictures: tuple[Picture, ...]
    nodes: tuple[NodeCard, ...]
    stops: tuple[Stop, ...]
    fields: tuple[FieldCard, ...]
    errors: tuple[str, ...]
    examples: tuple[tuple[str, str, bool], ...]
    hidden: tuple[tuple[str, str], ...]
    line: Line | None


def page(state: ViewState, snapshot: Explained, problem: InvalidState | None = None) -> Page:
    """Everything around a snapshot of `state`; `problem` is what was wrong with the address that led here."""
    drawn = line(snapshot.current)
    cards = tuple(_node_card(state, snapshot, view) for view in snapshot.nodes)
    heading = _heading(snapshot, problem)
    return Page(
        snapshot=snapshot,
        heading=heading,
        announcement=_announcement(snapshot, drawn, problem),
        links=_links(state),
        pictures=tuple(_picture(state, snapshot, cards, orientation) for orientation in ("wide", "tall")),
        nodes=cards,
        stops=tuple(_stop(state, snapshot, place) for place in range(len(snapshot.timeline))),
        fields=tuple(_fields(state, problem)),
        errors=tuple(_loose_errors(state, problem)),
        examples=tuple(_examples(state)),
        hidden=tuple(_hidden(state)),
        line=drawn,
    )


def _links(state: ViewState) -> Links:
    walk = _walk(state)
    at = state.place
    return Links(
        forward=state.go("forward").address(),
        backward=state.go("backward").address(),
        first=walk[0].address() if at > 0 else None,
        back=walk[at - 1].address() if at > 0 else None,
        next=walk[at + 1].address() if at + 1 < len(walk) else None,
        last=walk[-1].address() if at + 1 < len(walk) else None,
        here=state.address(),
        twin=state.address("/api"),
    )


def _walk(state: ViewState) -> list[ViewState]:
    """The one walk: forward from the inputs to the loss, then backward from the seed to the last gradient."""
    timelines = state.network.graph.timelines
    forward = [state.go("forward", step) for step in range(len(timelines["forward"]) + 1)]
    return forward + [state.go("backward", step) for step in range(1, len(timelines["backward"]) + 1)]


def _stop(state: ViewState, snapshot: Explained, place: int) -> Stop:
    moment = snapshot.timeline[place]
    progress: Progress = "done"
    if place >= state.place:
        progress = "now" if place == state.place else "next" if place == state.place + 1 else "waiting"
    return Stop(moment, state.go(moment.direction, moment.step).address(), progress)


def _node_card(state: ViewState, snapshot: Explained, view: NodeView) -> NodeCard:
    current, coming = snapshot.current, snapshot.next
    progress: Progress = "done" if view.value is not None else "waiting"
    if current.kind != "inputs" and (current.wrt or current.node) == view.name:
        progress = "now"
    elif coming is not None and coming.target == view.name:
        progress = "next"
    entries = tuple(_entries(snapshot, view))
    return NodeCard(
        view,
        entries,
        progress,
        _sentence(view, entries),
        tuple(_notes(snapshot, view, entries)),
        _finds(state, view),
    )


def _finds(state: ViewState, view: NodeView) -> str:
    """The step that finds this node's number; for what is given, the start, and for a target in the backward pass,
    the step in which it enters."""
    events = state.network.graph.timelines[state.direction]
    steps = [number for number, event in enumerate(events, 1) if event.target == view.name]
    if not steps and state.direction == "backward":
        users = {node.name for node in state.network.graph.ops if view.name in node.inputs}
        steps = [number for number, event in enumerate(events, 1) if event.kind == "vjp" and event.node in users][:1]
    return state.go(state.direction, steps[-1] if steps else 0).address()


def _entries(snapshot: Explained, view: NodeView) -> Iterable[Entry]:
    values, grads = _drawn(view.value, grad=False), _drawn(view.grad, grad=True)
    value_numbers, grad_numbers = _flat(view.value), _flat(view.grad)
    loss = f"∂{snapshot.nodes[-1].symbol}/∂"
    for place, index in enumerate(_indices(view.shape)):
        value, grad = values[place] if values else "", grads[place] if grads else ""
        presence = _grad_presence(snapshot, view, place, grad_numbers)
        value_in_full = _in_full(value_numbers[place]) if value else ""
        grad_in_full = _in_full(grad_numbers[place]) if grad else ""
        label = view.symbol + "".join(_SUBSCRIPTS[int(digit)] for i in index for digit in str(i + 1))
        yield Entry(
            key=".".join([view.name, *(str(i + 1) for i in index)]),
            label=label,
            value=value or "·",
            value_in_full=value_in_full,
            value_presence="there" if value else "waiting",
            grad={"there": grad, "zero": grad, "shut": grad, "waiting": "·", "untaken": "—", "absent": ""}[presence],
            grad_in_full=grad_in_full,
            grad_presence=presence,
            title=label
            + (f" = {value_in_full}" if value else "")
            + (f", {loss}{label} = {grad_in_full}" if grad else ""),
        )


def _grad_presence(snapshot: Explained, view: NodeView, place: int, numbers: Sequence[float]) -> Presence:
    if snapshot.direction == "forward":
        return "absent"
    if not view.takes_grad:
        return "untaken"
    if view.grad is None:
        return "waiting"
    if view.shut is not None and view.shut.entries[place]:
        return "shut"
    return "zero" if numbers[place] == 0 else "there"


def _indices(shape: Sequence[int]) -> list[tuple[int, ...]]:
    """Every index of an array of that shape, in reading order."""
    found: list[tuple[int, ...]] = [()]
    for size in shape:
        found = [(*index, i) for index in found for i in range(size)]
    return found


def _flat(values: Values | None) -> list[float]:
    if values is None:
        return []
    if isinstance(values, list):
        return [number for entry in values for number in _flat(entry)]
    return [values]


def _in_full(number: float) -> str:
    return number_text(number).replace("-", "−")


def _drawn(values: Values | None, *, grad: bool) -> tuple[str, ...]:
    """Texts of the cells; a gradient carries its sign, so that it is told from a value without its colour."""
    if values is None:
        return ()
    texts = printed(values, least=least_decimals(values, grad=grad)).texts
    if not grad:
        return texts
    return tuple(text if number <= 0 else f"+{text}" for text, number in zip(texts, _flat(values), strict=True))


def _sentence(view: NodeView, entries: Sequence[Entry]) -> str:
    """A node in words: z, linear, value 0.40, 0.40, 0.20, gradient …, from W, x, b."""
    dims = " by ".join(map(str, view.shape)) or "a scalar"
    parts = [view.symbol, view.op or view.role, dims]
    known = view.value is not None
    parts.append("value " + ", ".join(entry.value for entry in entries) if known else "not computed yet")
    presence = {entry.grad_presence for entry in entries}
    if "untaken" in presence:
        parts.append("takes no gradient")
    elif "waiting" in presence:
        parts.append("gradient not reached yet")
    elif "absent" not in presence:
        words = [entry.grad + (" (shut)" if entry.grad_presence == "shut" else "") for entry in entries]
        parts.append("gradient " + ", ".join(words))
    if view.inputs:
        parts.append("from " + ", ".join(view.inputs))
    return ", ".join(parts)


def _notes(snapshot: Explained, view: NodeView, entries: Sequence[Entry]) -> Iterable[str]:
    """What is written under a box: why an entry is shut, or that a target takes no gradient."""
    if snapshot.direction == "backward" and not view.takes_grad:
        yield "target: takes no gradient"
    for entry in entries:
        if entry.grad_presence == "shut":
            condition = view.shut.reason.replace(view.symbol, "", 1).strip() if view.shut else ""
            yield f"{entry.label} = {entry.value} {condition}: shut"


def _heading(snapshot: Explained, problem: InvalidState | None) -> str:
    if problem is not None:
        return "Please check the numbers"
    what = snapshot.current.left.text if snapshot.current.left else snapshot.current.title
    return f"{what} · step {snapshot.step} of {snapshot.steps} {snapshot.direction}"


def _announcement(snapshot: Explained, drawn: Line | None, problem: InvalidState | None) -> str:
    """The one sentence a screen reader hears at each step."""
    if problem is not None:
        return " ".join(f"{error.msg}." for error in problem.errors)
    current = snapshot.current
    said = f"Step {snapshot.step} of {snapshot.steps}, {snapshot.direction}. {current.sentence}"
    if drawn is None or current.left is None or current.right is None:
        return said
    return f"{said} {current.left.text} = {current.right.text} = {in_words(drawn.result)}."


def in_words(drawn: Printed) -> str:
    """Numbers in a row: a scalar alone, a vector in parentheses, a matrix row by row."""
    if not drawn.shape:
        return drawn.texts[0]
    if len(drawn.shape) == 1:
        return f"({', '.join(drawn.texts)})"
    return f"({'; '.join(', '.join(row) for row in drawn.rows())})"


def _fields(state: ViewState, problem: InvalidState | None) -> Iterable[FieldCard]:
    typed = problem.typed if problem else {}
    for leaf in state.network.graph.leaves:
        error = next((e.msg for e in problem.errors if e.field == leaf.name), "") if problem else ""
        text = typed.get(leaf.name, field_text(state.numbers[leaf.name]))
        yield FieldCard(leaf.name, leaf.symbol, state.network.shape(leaf.name), text, error)


def _loose_errors(state: ViewState, problem: InvalidState | None) -> Iterable[str]:
    """Sentences that belong to no field of the form."""
    names = {leaf.name for leaf in state.network.graph.leaves}
    return [error.msg for error in problem.errors if error.field not in names] if problem else []


def _examples(state: ViewState) -> Iterable[tuple[str, str, bool]]:
    for example in state.network.examples:
        there = state.with_numbers(example.numbers)
        yield example.title, there.address(), there.numbers == state.numbers


def _hidden(state: ViewState) -> Iterable[tuple[str, str]]:
    """What a form sends along: where it was, and the good address it was sent from."""
    if state.network is not DEFAULT:
        yield "network", state.network.name
    if state.step is not None:
        yield "step", str(state.step)
    yield FROM, state.query()


def _picture(
    state: ViewState, snapshot: Explained, cards: Sequence[NodeCard], orientation: Literal["wide", "tall"]
) -> Picture:
    drawing = draw(state.network.graph, {view.name: tuple(view.shape) for view in snapshot.nodes}, orientation)
    return Picture(
        drawing,
        tuple(zip(drawing.boxes, cards, strict=True)),
        tuple(_arrow_card(snapshot, arrow) for arrow in drawing.arrows),
    )


def _arrow_card(snapshot: Explained, arrow: Arrow) -> ArrowCard:
    target, current, coming = snapshot.node(arrow.target), snapshot.current, snapshot.next
    forward: Progress = "done" if target.value is not None else "waiting"
    if current.kind == "forward" and current.node == arrow.target:
        forward = "now"
    elif coming is not None and coming.kind == "forward" and coming.node == arrow.target:
        forward = "next"
    vjp = next((vjp for vjp in target.vjps if vjp.wrt == arrow.source), None)
    if vjp is None or snapshot.direction == "forward":
        return ArrowCard(arrow, forward, None, "")
    backward: Progress = "done" if vjp.value is not None else "waiting"
    edge = (arrow.target, arrow.source)
    if current.kind == "vjp" and (current.node, current.wrt) == edge:
        backward = "now"
    elif coming is not None and coming.kind == "vjp" and (coming.node, coming.target) == edge:
        backward = "next"
    return ArrowCard(arrow, forward, backward, vjp.text.partition(" = ")[2])
