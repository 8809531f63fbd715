"""The network's page on the stage of a lecture hall: its walk as places, and where the keys lead from one."""

from __future__ import annotations

from collections.abc import Iterator

from app.pages.form import Link
from app.pages.hall import Hall, Staged, Tick, way_back
from app.pages.overview import SmallPlace, overview, overview_link, small_step, step_label
from app.snapshot import trace_of
from app.state import ViewState
from app.state.staging import OVERVIEW

from .context import Page, page


def staged(state: ViewState) -> Staged:
    """A state on the stage. Raises Invalid where the numbers overflow."""
    if state.staging.stage == OVERVIEW:
        picture = state.staged("1")
        shown = page(picture, trace_of(picture))
        return overview(_staged(shown), _places(shown), state.address())
    return _staged(page(state, trace_of(state)))


def _staged(shown: Page) -> Staged:
    assert shown.stage is not None
    return Staged(
        hall=_hall(shown.state, shown),
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
        overview=overview_link(lambda stage: state.staged(stage).address()),
        away=way_back(state.staging),
    )


def _places(shown: Page) -> Iterator[SmallPlace]:
    """Every place of the walk; of the passes, the present one goes by its numbers."""
    state, texts = shown.state, ["", *(stop.moment.text for stop in shown.stops), ""]
    whole = [state.go("forward"), state.go("backward")]
    steps = [whole[0].go("forward", step) for step in range(whole[0].steps + 1)]
    steps += [whole[1].go("backward", step) for step in range(1, whole[1].steps + 1)]
    walk = zip([whole[0], *steps, whole[1]], state.walk, texts, strict=True)
    for at, (one, href, text) in enumerate(walk):
        number = "" if one.step is None or one.direction != state.direction else str(one.step)
        yield SmallPlace(step_label(one), number, href, at == state.place, small_step(one, text))


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
