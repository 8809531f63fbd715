"""The handout, as a subject."""

from __future__ import annotations

from app.pages.answer import Subject

from .context import check, handout_page
from .question import HandoutState, handout_from_query

HANDOUT = Subject(
    paths=("/handout",),
    template="handout/page.html",
    name="handout",
    read=handout_from_query,
    address=HandoutState.address,
    carried=lambda state: state.view,
    page=handout_page,
    check=check,
    start=lambda state: HandoutState(state.view.with_values({})),
)
