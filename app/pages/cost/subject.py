"""The cost page, as a subject."""

from __future__ import annotations

from app.pages.answer import Subject

from .context import cost_page
from .data import cost
from .question import CostState, cost_from_query

COST = Subject(
    paths=("/cost",),
    template="cost/page.html",
    name="cost",
    read=lambda query: cost_from_query(query, strict=False),
    address=CostState.address,
    carried=lambda state: state.carried,
    page=lambda state, problem: cost_page(state, cost(state), problem),
)
