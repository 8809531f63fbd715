"""The network's page: its forward and its backward pass, one subject each."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from app.engine.graph import Direction
from app.layout import ORIENTATIONS, Orientation
from app.pages.answer import Part, Subject
from app.pages.overview import small_step
from app.snapshot import trace_of
from app.state import Invalid, ViewState, from_query

from .context import Page, page
from .hall import staged


def _page(state: ViewState, problem: Invalid[ViewState] | None) -> Page:
    return page(state, trace_of(state), problem)


def _drawing(state: ViewState, orientation: Orientation) -> Page:
    """One drawing and the card of a page, wide or tall: what one looks at while a number is dragged.

    It costs half of what the page does. Nothing leads here, so it is no canonical address of anything.
    """
    return page(state, trace_of(state), orientations=(orientation,))


def _edited(state: ViewState, before: ViewState | None) -> ViewState:
    """A state that tells what its numbers were before, if they were others."""
    if before is None or before.values == state.values:
        return state
    return replace(state, was=replace(before, step=None, ask=None).query(page=False))


def _subject(direction: Direction, *paths: str) -> Subject[ViewState]:
    return Subject(
        paths=paths,
        template="network/page.html",
        name="page",
        read=lambda query: from_query(query, direction, strict=False),
        address=ViewState.address,
        carried=lambda state: state,
        page=_page,
        check=trace_of,
        start=lambda state: state.with_values({}),
        sent=_edited,
        staging=lambda state: state.staging,
        staged=staged,
        small=small_step,
        parts={name: Part("network/live.html", partial(_drawing, orientation=name)) for name in ORIENTATIONS},
    )


FORWARD = _subject("forward", "/", "/forward")
BACKWARD = _subject("backward", "/backward")
