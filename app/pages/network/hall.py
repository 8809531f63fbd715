"""The network's page on the stage of a lecture hall: its walk as places, and where the keys lead from one."""

from __future__ import annotations

from collections.abc import Iterator

from app.pages.form import Link
from app.pages.hall import Hall, Staged, Tick, way_back
from app.snapshot import trace_of
from app.state import ViewState
from app.state.hiding import NEXT, NOW

from .context import Page, page
from .hidden import Hidden, predicting, uncover


def staged(state: ViewState) -> Staged:
    """A state on the stage. Raises Invalid where the numbers overflow."""
    shown = page(state, trace_of(state))
    assert shown.stage is not None
    return Staged(
        hall=_hall(state, shown),
        body="network/stage/body.html",
        page=shown,
        heading=shown.heading,
        sentence=shown.stage.sentence,
        announcement=shown.stage.announcement or shown.announcement,
        here=shown.links.here,
        twin=shown.links.twin,
    )


def _hall(state: ViewState, shown: Page) -> Hall:
    links, has_formula = shown.links, state.staging.stage == "formula"
    other = state.staged("1" if has_formula else "formula").address()
    assert shown.stage is not None
    hidden, predicts = shown.stage.hidden, NEXT in state.hide
    hide = uncover(state) if hidden else hidden.cover
    return Hall(
        place=_place(shown),
        first=links.first,
        back=_back(state, hidden) if links.back and predicts else links.back,
        next=uncover(state).address() if hidden else links.next,
        last=links.last,
        ticks=tuple(_ticks(shown)),
        leave=state.staged(None).address(),
        other=Link("Sentence" if has_formula else "Formula", other, has_formula),
        hide=Link("Show" if hidden else "Hide", hide.address(), bool(hidden)) if hide else None,
        predict=Link("Show all steps" if predicts else "Predict each step", predicting(state).address(), predicts),
        away=way_back(state.staging),
    )


def _back(state: ViewState, hidden: Hidden) -> str:
    """Back where each step comes hidden first: from a step as it is shown to the same hidden, and from there to the
    one before as it is shown."""
    if hidden.new and not hidden:
        return state.hiding(NOW, NEXT).address()
    return state.before.hiding(NEXT).address()


def _place(shown: Page) -> str:
    """Where one is on the walk, in a few words."""
    if shown.panel.kind == "update":
        return "Update"
    name = shown.snapshot.direction.capitalize()
    return f"{name} pass" if shown.state.whole else f"{name} {shown.snapshot.step} of {shown.snapshot.steps}"


def _ticks(shown: Page) -> Iterator[Tick]:
    """The steps of the walk. A phase is a pass, and the loss; the steps of the present pass go by their numbers."""
    directions = [stop.moment.direction for stop in shown.stops]
    for at, (stop, direction) in enumerate(zip(shown.stops, directions, strict=True)):
        is_loss = at + 1 < len(directions) and directions[at + 1] != direction
        first = 0 if direction == "forward" else directions.index("backward") - 1
        yield Tick(
            label=stop.moment.text,
            href=stop.href,
            progress=stop.progress,
            colour="value" if direction == "forward" else "grad",
            begins=at == 0 or directions[at - 1] != direction or is_loss,
            number=str(at - first) if direction == shown.snapshot.direction else "",
        )
