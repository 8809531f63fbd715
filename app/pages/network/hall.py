"""The network's page on the stage of a lecture hall: its walk as places, and where the keys lead from one."""

from __future__ import annotations

from collections.abc import Iterator

from app.pages.form import Link
from app.pages.hall import Hall, Staged, Tick, way_back
from app.snapshot import trace_of
from app.state import ViewState

from .context import Page, page


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
        announcement=shown.announcement,
        here=shown.links.here,
        twin=shown.links.twin,
    )


def _hall(state: ViewState, shown: Page) -> Hall:
    links, has_formula = shown.links, state.staging.stage == "formula"
    other = state.staged("1" if has_formula else "formula").address()
    return Hall(
        place=_place(shown),
        first=links.first,
        back=links.back,
        next=links.next,
        last=links.last,
        ticks=tuple(_ticks(shown)),
        leave=state.staged(None).address(),
        other=Link("Sentence" if has_formula else "Formula", other, has_formula),
        away=way_back(state.staging),
    )


def _place(shown: Page) -> str:
    """Where one is on the walk, in a few words."""
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
