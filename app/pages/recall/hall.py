"""A question on the stage of a lecture hall: first asked, then with its answer."""

from __future__ import annotations

from dataclasses import dataclass

from app.pages.hall import Hall, Staged, Tick, progress, way_back

from .context import Recall, recall_page
from .question import RecallState


@dataclass(frozen=True, slots=True)
class StagedQuestion:
    """What a question's template sees on the stage."""

    recall: Recall


def staged(state: RecallState) -> Staged:
    """A question on the stage. Raises Invalid where finite numbers overflow."""
    recall = recall_page(state)
    return Staged(
        hall=_hall(state),
        body="recall/stage/body.html",
        page=StagedQuestion(recall),
        heading=recall.asked.text,
        sentence="",
        announcement=recall.asked.text,
        here=state.address(),
    )


def _hall(state: RecallState) -> Hall:
    asked = state.with_ask(state.question)
    places = (("Question", asked.address()), ("Answer", asked.revealed().address()))
    at = int(state.reveal)
    return Hall(
        place=places[at][0],
        first=places[0][1] if at else None,
        back=places[0][1] if at else None,
        next=None if at else places[1][1],
        last=None if at else places[1][1],
        ticks=tuple(Tick(label, href, progress(place, at)) for place, (label, href) in enumerate(places)),
        leave=state.staged(None).address(),
        away=way_back(state.staging),
    )
