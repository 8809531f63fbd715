"""The network's page on the stage of a lecture hall: its walk as places, and where the keys lead from one."""

from __future__ import annotations

from collections.abc import Iterator

from app.pages.form import Link
from app.pages.hall import Hall, Staged, Tick, way_back
from app.pages.overview import Small, SmallPlace, overview, overview_link, slide_address, small_step, step_label
from app.snapshot import Expression, NestedList, trace_of
from app.snapshot.indices import entry, grad_entry, indices, key
from app.snapshot.models import Quantity
from app.state import ViewState
from app.state.hiding import NEXT, NOW
from app.state.staging import OVERVIEW

from .context import Page, page
from .hidden import Hidden, predicting, uncover
from .texts import drawn


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
        announcement=shown.stage.announcement or shown.announcement,
        here=shown.links.here,
        twin=shown.links.twin,
        picture=slide_address(shown.state) if shown.pictures else "",
        formula=_formula(shown),
        notes=_notes(shown),
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
        overview=overview_link(lambda stage: state.staged(stage).address()),
        away=way_back(state.staging),
    )


def _back(state: ViewState, hidden: Hidden) -> str:
    """Back where each step comes hidden first: from a step as it is shown to the same hidden, and from there to the
    one before as it is shown."""
    if hidden.new and not hidden:
        return state.hiding(NOW, NEXT).address()
    return state.before.hiding(NEXT).address()


def _places(shown: Page) -> Iterator[SmallPlace]:
    """Every place of the walk; of the passes, the present one goes by its numbers."""
    state, texts = shown.state, ["", *(stop.moment.text for stop in shown.stops), ""]
    whole = [state.go("forward"), state.go("backward")]
    steps = [whole[0].go("forward", step) for step in range(whole[0].steps + 1)]
    steps += [whole[1].go("backward", step) for step in range(1, whole[1].steps + 1)]
    walk = zip([whole[0], *steps, whole[1]], state.walk, texts, strict=True)
    for at, (one, href, text) in enumerate(walk):
        number = "" if one.step is None or one.direction != state.direction else str(one.step)
        # pictures would show what is hidden here
        small = Small(text or step_label(one)) if state.hide else small_step(one, text)
        yield SmallPlace(step_label(one), number, href, at == state.place, small)


def _formula(shown: Page) -> Expression | None:
    """What the step finds, in symbols; None where it finds nothing."""
    left, right = shown.snapshot.current.left, shown.snapshot.current.right
    if left is None or right is None:
        return None
    return Expression(latex=f"{left.latex} = {right.latex}", text=f"{left.text} = {right.text}")


def _notes(shown: Page) -> tuple[str, ...]:
    """What is hidden from the audience, with its numbers as they are drawn where they are shown."""
    assert shown.stage is not None
    snapshot, hidden, graph = shown.snapshot, shown.stage.hidden, shown.state.network.graph
    found: list[str] = []
    for view in snapshot.nodes if hidden else ():
        places = indices(tuple(view.shape))
        names = [entry(graph.by_name[view.name], index).text for index in places]
        sides: dict[Quantity, NestedList | None] = {"value": view.value, "grad": view.grad}
        for side, values in sides.items():
            texts = drawn(values, grad=False, digits=shown.state.digits)
            for index, name, text in zip(places if texts else (), names, texts, strict=False):
                if hidden.has(key(view.name, index), side):
                    left = name if side == "value" else grad_entry(graph, view.name, index).text
                    found.append(f"{left} = {text}")
    return (f"Hidden from the audience: {', '.join(found)}",) if found else ()


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
