"""What every page on the stage of a lecture hall has around its picture: where one is, and where each key leads.

A subject that can stand there makes a `Staged` of a state; see `answer.Subject`. So a step, a board, a question and a
stop of a lecture are walked, left and come back to in one way, and all of them are one document to the browser: the
same style sheets and modules, so that none is loaded anew, and a full screen stays full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from app.pages.form import Link
from app.state.codec import address_of, query_of
from app.state.staging import FORMULA, STAGES, Staging

# How far a place is: behind one, where one is, the one after that, or further on.
Progress: TypeAlias = Literal["done", "now", "next", "waiting"]
# So many letters of a sentence stand in two lines of the large type; a longer one is set smaller, in three.
SHORT = 104


@dataclass(frozen=True, slots=True)
class Tick:
    """A place in the row of places. `begins` is whether a phase does, to which the arrows up and down lead; `number` is
    what one types to get there; empty where another number is typed first."""

    label: str
    href: str
    progress: Progress
    colour: Literal["value", "grad", "plain"] = "plain"
    begins: bool = False
    number: str = ""


@dataclass(frozen=True, slots=True)
class Hall:
    """Where one is, and where one can go; None where a way leads nowhere.

    `place` says in a few words where one is. `other` is the same place with its formula, or from there with its
    sentence; `hide` the same with what was just found hidden, or from there shown, and `predict` the same where each
    step comes hidden first, or no longer; `overview` all places as small pictures, or from there the place itself.
    `leave` is the page at a desk, and `away` the place of a lecture that was left for a question. `speaker` is the
    speaker's view of this place.
    `seconds` is how long it is meant to be shown; None where nobody has said.
    """

    place: str
    first: str | None
    back: str | None
    next: str | None
    last: str | None
    ticks: tuple[Tick, ...]
    leave: str
    other: Link | None = None
    hide: Link | None = None
    predict: Link | None = None
    overview: Link | None = None
    away: Link | None = None
    speaker: str | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """A page on the stage.

    The template `body` draws what stands there, a picture and below it what is said; it sees this, and what is special
    to its subject as `staged.page`. `sentence` is the one sentence of the place, `heading` the document's title, and
    `announcement` what is read out of it.
    """

    hall: Hall
    body: str
    page: object
    heading: str
    sentence: str
    announcement: str
    here: str
    twin: str | None = None

    @property
    def is_long(self) -> bool:
        """Whether the sentence takes smaller type."""
        return len(self.sentence) > SHORT


def way_back(staging: Staging) -> Link | None:
    """The way back to the place of a lecture that was left; None where none was."""
    if not staging.left:
        return None
    *before, last = staging.left
    parts = [("stops", staging.stops)] if staging.stops else []
    there = Staging(FORMULA if staging.stage == FORMULA else STAGES[0], staging.keys, ",".join(before) or None)
    parts += [("stop", last), *there.parts()]
    title = f"Return to {last}" if staging.stage else f"Return to stop {last}"
    return Link(title, address_of("/lecture", query_of(parts)), False)


def progress(place: int, here: int) -> Progress:
    """How far a place is from where one is, both counted in the order of the walk."""
    if place < here:
        return "done"
    return "now" if place == here else "next" if place == here + 1 else "waiting"
