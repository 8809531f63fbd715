"""What every page on the stage of a lecture hall has around its picture: where one is, and where each key leads.

A subject that can stand there makes a `Staged` of a state; see `answer.Subject`. So a step, a board, a question and a
stop of a lecture are walked, left and come back to in one way, and all of them are one document to the browser: the
same style sheets and modules, so that none is loaded anew, and a full screen stays full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from app.pages.form import Link
from app.pages.questions.models import Line
from app.snapshot import Expression
from app.state.codec import address_of, query_of
from app.state.staging import FORMULA, STAGES, Staging

# How far a place is: behind one, where one is, the one after that, or further on.
Progress: TypeAlias = Literal["done", "now", "next", "waiting"]
# Where a lecture is, and its speaker's view, which shows what the stage does unless it says otherwise.
LECTURE, SPEAKER = "/lecture", "/speaker"
_USUAL = f"stage={STAGES[0]}"
# So many letters of a sentence stand in two lines of the large type; a longer one is set smaller, in three, and one of
# more than so many again in four.
SHORT, LONG = 104, 190


@dataclass(frozen=True, slots=True)
class Tick:
    """A place in the row of places. `begins` is whether a phase does, to which the arrows up and down lead; `number` is
    what one types to get there; empty where another number is typed first. `planned` is when it begins, as 14:30; empty
    where there is no plan."""

    label: str
    href: str
    progress: Progress
    colour: Literal["value", "grad", "plain"] = "plain"
    begins: bool = False
    number: str = ""
    planned: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """When a stop of a lecture begins and ends, from the beginning of the lecture, and how long one of its places is
    meant to be shown; in seconds."""

    begins: int
    ends: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Hall:
    """Where one is, and where one can go; None where a way leads nowhere.

    `place` says in a few words where one is. `other` is the same place with its formula, or from there with its
    sentence; `hide` the same with what was just found hidden, or from there shown, and `predict` the same where each
    step comes hidden first, or no longer; `overview` all places as small pictures, or from there the place itself.
    `leave` is the page at a desk, and `away` the place of a lecture that was left for a question. `plan` is when one
    should be here, if anything says so.
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
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """A page on the stage.

    The template `body` draws what stands there, a picture and below it what is said; it sees this, and what is special
    to its subject as `staged.page`. `sentence` is the one sentence of the place, `heading` the document's title, and
    `announcement` what is read out of it.

    The rest is for the speaker's view: the address of a small `picture`, the `formula` in a line, `notes`, such as a
    number that is hidden from the audience, and with `aside` a template that sees this as `staged` and writes out an
    answer, which the speaker reads one place ahead; `lines` are those of an answer that is more than a number, for
    sheets of paper.
    """

    hall: Hall
    body: str
    page: object
    heading: str
    sentence: str
    announcement: str
    here: str
    twin: str | None = None
    picture: str = ""
    formula: Expression | None = None
    notes: tuple[str, ...] = ()
    aside: str = ""
    lines: tuple[Line, ...] = ()

    @property
    def speaker(self) -> str:
        """The speaker's view of this place."""
        return speaker_of(self.here)

    @property
    def unbroken(self) -> str:
        """The sentence, in which no line ends or begins with a minus sign: prediction − target stays together."""
        return self.sentence.replace(" − ", "\u00a0−\u00a0")

    @property
    def type_size(self) -> str:
        """The class of the type that the sentence takes: the longer, the smaller."""
        length = len(self.sentence)
        return "is-longest" if length > LONG else "is-long" if length > SHORT else "is-short"


def speaker_of(here: str) -> str:
    """The address of the speaker's view of a page on the stage, from that page's canonical address: the same names, and
    its path as one more, `at`, unless it is that of a lecture. It is on the stage without saying so."""
    path, _, query = here.partition("?")
    at = [] if path == LECTURE else [query_of([("at", path)])]
    return address_of(SPEAKER, "&".join([*at, *(part for part in query.split("&") if part not in ("", _USUAL))]))


def way_back(staging: Staging) -> Link | None:
    """The way back to the place of a lecture that was left; None where none was."""
    if not staging.left:
        return None
    *before, last = staging.left
    parts = [("stops", staging.stops)] if staging.stops else []
    there = Staging(FORMULA if staging.stage == FORMULA else STAGES[0], staging.keys, ",".join(before) or None)
    parts += [("stop", last), *there.parts()]
    title = f"Return to {last}" if staging.stage else f"Return to stop {last}"
    return Link(title, address_of(LECTURE, query_of(parts)), False)


def progress(place: int, here: int) -> Progress:
    """How far a place is from where one is, both counted in the order of the walk."""
    if place < here:
        return "done"
    return "now" if place == here else "next" if place == here + 1 else "waiting"
