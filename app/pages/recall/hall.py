"""A question on the stage of a lecture hall: first asked, then with its answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.pages.hall import Hall, Staged, Tick, progress, way_back
from app.pages.overview import Small, SmallPlace, overview, overview_link
from app.pages.questions import SPOKEN
from app.state.staging import OVERVIEW

from .context import Recall, recall_page
from .question import RecallState


@dataclass(frozen=True, slots=True)
class StagedQuestion:
    """What a question's template sees on the stage."""

    recall: Recall


def staged(state: RecallState) -> Staged:
    """A question on the stage. Raises Invalid where finite numbers overflow."""
    if state.staging.stage == OVERVIEW:
        picture = state.staged("1")
        return overview(staged(picture), _places(picture), state.address())
    recall = recall_page(state)
    return Staged(
        hall=_hall(state),
        body="recall/stage/body.html",
        page=StagedQuestion(recall),
        heading=recall.asked.text,
        sentence="",
        announcement=recall.asked.text,
        here=state.address(),
        aside="recall/stage/aside.html" if state.reveal else "",
    )


def _hall(state: RecallState) -> Hall:
    places, at = _both(state), int(state.reveal)
    return Hall(
        place=places[at][0],
        first=places[0][1] if at else None,
        back=places[0][1] if at else None,
        next=None if at else places[1][1],
        last=None if at else places[1][1],
        ticks=tuple(Tick(label, href, progress(place, at)) for place, (label, href) in enumerate(places)),
        leave=state.staged(None).address(),
        overview=overview_link(lambda stage: state.staged(stage).address()),
        away=way_back(state.staging),
    )


def _both(state: RecallState) -> tuple[tuple[str, str], ...]:
    """The question and its answer, each with its address."""
    asked = state.with_ask(state.question)
    return ("Question", asked.address()), ("Answer", asked.revealed().address())


def _places(state: RecallState) -> Iterator[SmallPlace]:
    for at, (label, href) in enumerate(_both(state)):
        yield SmallPlace(label, "", href, at == state.reveal, replace(small_question(state), mark="?!"[at]))


def small_question(state: RecallState) -> Small:
    """What stands for a question: what a list of questions calls it, where it is one to think about."""
    return Small(next((one.title for kind, one in SPOKEN.items() if kind == state.question.kind), "Question"), mark="?")
