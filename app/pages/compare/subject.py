"""The page that compares printed numbers, as a subject."""

from __future__ import annotations

from app.pages.answer import Subject

from .context import compare_page
from .question import CompareState, compare_from_query

COMPARE = Subject(
    paths=("/compare",),
    template="compare/page.html",
    name="compare",
    read=compare_from_query,
    address=CompareState.address,
    carried=lambda state: state.view,
    page=compare_page,
    check=lambda state: compare_page(state, None),
    start=CompareState.on_default_numbers,
)
