"""The speaker's view as its template sees it: what the audience has before it, what comes next, and all places."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.pages.answer import Subjects
from app.pages.form import Link, loose_errors
from app.pages.hall import Hall, Staged, speaker_of
from app.snapshot import Expression
from app.state import Invalid

from .question import SpeakerState, staged_at, start


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page of the stage shows and says: see `Staged`. `title` is what it is called; empty where its sentence
    says all of that."""

    title: str
    sentence: str
    announcement: str
    picture: str
    formula: Expression | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpeakerPage:
    """All that the template sees.

    `answer` is the page whose answer the speaker reads: this one's, or already the next one's. `hall` has the ways of
    the stage, each of which leads to its speaker's view; it may lead on where no page can be shown as `next`, since the
    numbers overflow there. `screen` is the page on the stage. `errors` are what was wrong with the address that led
    here.
    """

    place: str
    now: Shown
    next: Shown | None
    next_is_answer: bool
    answer: Staged | None
    hall: Hall
    screen: str
    here: str
    errors: tuple[str, ...]


def speaker_page(state: SpeakerState, subjects: Subjects, problem: Invalid[SpeakerState] | None = None) -> SpeakerPage:
    """The speaker's view of a page on the stage. Raises Invalid where finite numbers overflow."""
    try:
        staged = state.staged()
    except Invalid as overflow:
        raise Invalid(overflow.errors, start(subjects)) from None
    after = _after(staged, subjects)
    is_answer = after is not None and bool(after.aside) and not staged.aside
    answer = staged if staged.aside else after if is_answer else None
    return SpeakerPage(
        place=staged.hall.place,
        now=_shown(staged),
        next=_shown(after) if after else None,
        next_is_answer=is_answer,
        answer=answer,
        hall=_ways(staged.hall),
        screen=state.here,
        here=state.address(),
        errors=loose_errors(problem, ()),
    )


def _after(staged: Staged, subjects: Subjects) -> Staged | None:
    """What comes next on the stage; None at the end, and where its numbers overflow."""
    if staged.hall.next is None:
        return None
    try:
        return staged_at(staged.hall.next, subjects)
    except Invalid:
        return None


def _shown(staged: Staged) -> Shown:
    says = staged.sentence
    title = "" if says and staged.heading.endswith(says) else staged.heading
    return Shown(title, says, staged.announcement, staged.picture, staged.formula, staged.notes)


def _ways(hall: Hall) -> Hall:
    """The same ways, from one speaker's view to another."""

    def to(href: str | None) -> str | None:
        return speaker_of(href) if href else None

    def way(link: Link | None) -> Link | None:
        return replace(link, href=speaker_of(link.href)) if link else None

    return replace(
        hall,
        first=to(hall.first),
        back=to(hall.back),
        next=to(hall.next),
        last=to(hall.last),
        ticks=tuple(replace(tick, href=speaker_of(tick.href)) for tick in hall.ticks),
        other=way(hall.other),
        hide=way(hall.hide),
        predict=way(hall.predict),
        overview=way(hall.overview),
        away=way(hall.away),
    )
