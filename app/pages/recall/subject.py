"""The recall page, as a subject."""

from __future__ import annotations

from app.pages.answer import Subject
from app.state import Invalid

from .context import Recall, recall_page
from .hall import small_question, staged
from .question import RecallState, recall_from_query


def _page(recall: RecallState, problem: Invalid[RecallState] | None) -> Recall:
    try:
        return recall_page(recall, problem)
    except Invalid as overflow:
        raise Invalid(overflow.errors, recall.on_default_numbers(), overflow.typed) from None


RECALL = Subject(
    paths=("/recall",),
    template="recall/page.html",
    name="recall",
    read=recall_from_query,
    address=RecallState.address,
    carried=lambda recall: recall.view,
    page=_page,
    staging=lambda recall: recall.staging,
    staged=staged,
    small=small_question,
    start=RecallState.on_default_numbers,
)
