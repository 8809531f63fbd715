"""All places as small pictures: what the stage of a lecture hall shows where `stage=overview` asks for it.

It is one page for a network's steps, the boards, a question and a lecture, each of which says what its places are. The
row of places at the foot, and the ways on and back, are those of the place that one came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from app.layout import is_drawn
from app.state import ViewState
from app.state.codec import address_of, query_of
from app.state.staging import OVERVIEW

from .form import Link
from .hall import Staged

# So many small pictures stand in a row, by how many there are: three times as wide as high, they are then as large as
# one screen without scrolling allows. More than 30 are scrolled.
_COLUMNS = ((6, 2), (12, 3), (20, 4))
_MOST_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class Small:
    """What stands for a page: the picture at the address `slide`, or a card with its `text`, above it the sign of the
    board of that name, or a `mark`. The text of a picture is what is read out of it."""

    text: str
    slide: str = ""
    board: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class SmallPlace:
    """A place of the overview: what it is called, what one types to get there (empty where another is typed first),
    its page, whether one came from it, and what stands for it."""

    label: str
    number: str
    href: str
    here: bool
    small: Small


@dataclass(frozen=True, slots=True)
class Overview:
    """All places in their order, and how many of them stand in a row."""

    places: tuple[SmallPlace, ...]
    columns: int


def overview(shown: Staged, places: Iterable[SmallPlace], here: str) -> Staged:
    """The overview of the places that a page of the stage is one of; `here` is its own address."""
    listed = tuple(replace(place, href=shown.here) if place.here else place for place in places)
    columns = next((columns for most, columns in _COLUMNS if len(listed) <= most), _MOST_COLUMNS)
    hall = replace(shown.hall, other=None, overview=Link("Picture", shown.here, True), plan=None)
    return Staged(
        hall=hall,
        body="hall/overview.html",
        page=Overview(listed, columns),
        heading=f"Overview: {shown.heading}",
        sentence="",
        announcement=f"Overview of {len(listed)} places.",
        here=here,
    )


def overview_link(at: Callable[[str], str]) -> Link:
    """The way from a page of the stage to the overview; `at` is its address with another thing on the stage."""
    return Link("Overview", at(OVERVIEW), False)


def slide_address(state: ViewState) -> str:
    """Where the picture of a step, or of a pass as a whole, is: the address of its page with .svg behind the path."""
    chosen = [] if state.step is None else [("step", str(state.step))]
    return address_of(f"/{state.direction}.svg", query_of([*state.number_parts(), *chosen]))


def step_label(state: ViewState) -> str:
    """A step of a network in two words: Forward 2, Backward pass."""
    return f"{state.direction.capitalize()} {'pass' if state.step is None else state.step}"


def small_step(state: ViewState, text: str = "") -> Small:
    """What stands for a step of a network: its picture; where that is not drawn, or would show what is hidden, its
    text."""
    slide = slide_address(state) if is_drawn(state.shapes, state.network.graph) and not state.hide else ""
    return Small(text or step_label(state), slide)
