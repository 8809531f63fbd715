"""The page of the heads, as a subject."""

from __future__ import annotations

from app.pages.answer import Subject

from .context import heads_page
from .data import take_heads
from .question import HeadsState, heads_from_query

HEADS = Subject(
    paths=("/heads",),
    template="heads/page.html",
    name="heads",
    read=lambda query: heads_from_query(query, strict=False),
    address=HeadsState.address,
    carried=HeadsState.network_view,
    page=lambda state, problem: heads_page(state, take_heads(state), problem),
    check=take_heads,
    start=lambda state: state.with_layer({}),
)
