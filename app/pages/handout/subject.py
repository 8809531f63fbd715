"""The handout and the filmstrip, as subjects."""

from __future__ import annotations

from app.pages.answer import Subject, unasked

from .context import check, handout_page
from .question import HandoutState, handout_from_query
from .slides import filmstrip

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

FILMSTRIP = unasked("/filmstrip", "handout/filmstrip.html", "frames", filmstrip)
