"""A lecture on the stage: each place is the page of its stop, with the lecture's own ways on, back and around."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from urllib.parse import parse_qsl

from app.pages.answer import Subjects
from app.pages.form import Link
from app.pages.hall import Hall, Plan, Staged, Tick, progress, way_back
from app.pages.overview import Small, SmallPlace, overview, overview_link
from app.state import Invalid
from app.state.codec import address_of, query_of
from app.state.hiding import NEXT
from app.state.playlist import Stop, minutes
from app.state.staging import FORMULA, OVERVIEW, STAGES, Staging

from .places import Place
from .question import LectureState


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A stop that is no page of the stage: where it is, and what is wrong with its address, if anything is."""

    href: str
    wrong: str


def staged_by(subjects: Subjects) -> Callable[[LectureState], Staged]:
    """What shows a lecture on the stage, whose stops are pages of these subjects, by their paths."""
    return lambda state: _staged(state, subjects)


def _staged(state: LectureState, subjects: Subjects) -> Staged:
    place = state.place or state.places[0]
    if state.staging.stage == OVERVIEW:
        picture = replace(state, place=place).showing(place.stage)
        return overview(_staged(picture, subjects), _small_places(picture, place, subjects), state.address())
    stop = state.playlist.stops[place.stop - 1]
    shown = page_at(_hidden(place, state.hide), stop, subjects, state.left(place))
    return replace(
        shown,
        hall=_hall(state, place, stop, shown.hall),
        heading=f"{place.key} {shown.heading}",
        sentence=stop.sentence if _says(state, place, stop, shown.hall) else shown.sentence,
        here=state.address(),
        twin=None,
    )


def _says(state: LectureState, place: Place, stop: Stop, own: Hall) -> bool:
    """Whether the stop's own sentence stands there: it may tell what a lecturer hides for the moment."""
    return bool(stop.sentence) and place.part == 1 and not _hides(state, own)


def _hides(state: LectureState, own: Hall) -> bool:
    """Whether something is hidden for the moment."""
    return state.hide != state.after and own.hide is not None and own.hide.here


def page_at(place: Place, stop: Stop, subjects: Subjects, staging: Staging) -> Staged:
    """The page of a place as it stands on the stage by itself, whatever its address is like."""
    path, _, query = place.address.partition("?")
    subject = subjects[path]
    if subject.staged is None:
        return _elsewhere(place, stop, staging)
    try:
        state = subject.read("&".join(filter(None, (query, query_of(staging.parts())))))
        return subject.staged(state)
    except Invalid as problem:
        return _elsewhere(place, stop, staging, " ".join(f"{error.msg}." for error in problem.errors))


def _hidden(place: Place, hide: str) -> Place:
    """The place with that hidden, if it can be."""
    path, _, query = place.address.partition("?")
    if not hide or not place.can_hide:
        return place
    return replace(place, address=f"{path}?{'&'.join(filter(None, (query, query_of([('hide', hide)]))))}")


def _hide_of(address: str) -> str:
    """What an address hides."""
    return dict(parse_qsl(address.partition("?")[2])).get("hide", "")


def _elsewhere(place: Place, stop: Stop, staging: Staging, wrong: str = "") -> Staged:
    says = stop.sentence or place.address
    path, _, query = place.address.partition("?")
    href = address_of(path, "&".join(filter(None, (query, query_of(staging.handed_on.parts())))))
    hall = Hall("", None, None, None, None, (), href, away=way_back(staging))
    body, shown = "lecture/elsewhere.html", Elsewhere(href, wrong)
    notes = (f"This stop cannot be shown: {wrong}",) if wrong else ()
    return Staged(hall, body, shown, says, says, says, place.address, notes=notes)


def _hall(state: LectureState, place: Place, stop: Stop, own: Hall) -> Hall:
    walk, at = state.places, state.places.index(place)
    back = walk[at - 1] if at else None
    further = walk[at + 1] if at + 1 < len(walk) else None
    other, shown = own.other, state.showing(STAGES[0] if state.staging.stage == FORMULA else FORMULA)
    return Hall(
        place=f"{place.key} of {len(state.playlist.stops)} · {minutes(stop.seconds)}",
        first=state.jump(walk[0]).address() if back else None,
        back=_back(state, place, back, own) if back else None,
        next=_next(state, further, own),
        last=state.jump(walk[-1]).address() if further else None,
        ticks=tuple(_ticks(state, place)),
        leave=own.leave,
        other=other and Link(other.title, shown.address(), other.here),
        hide=own.hide and _hide(state, place, further, own.hide),
        predict=_predict(state),
        overview=overview_link(lambda stage: state.showing(stage).address()),
        away=_away(state),
        plan=_plans(state)[place.stop],
    )


def _next(state: LectureState, further: Place | None, own: Hall) -> str | None:
    """On to the next place; from what is hidden for the moment, first to the same shown."""
    if _hides(state, own):
        return state.hiding(state.after).address()
    return state.hidden_at(further).address() if further else None


def _back(state: LectureState, place: Place, back: Place, own: Hall) -> str:
    """Back to the place before; where each step comes hidden first, from a step as it is shown to the same hidden."""
    hidden, is_shown = state.hidden_at(place), own.hide is not None and not own.hide.here
    return (hidden if hidden.hide != hidden.after and is_shown else state.at(back)).address()


def _hide(state: LectureState, place: Place, further: Place | None, own: Link) -> Link:
    """The same place with what its page would hide, or shown again; a stop that hides something has a part for that."""
    if not own.here:
        return replace(own, href=state.hiding(_hide_of(own.href)).address())
    shown = state.at(further) if further and place.hides else state.hiding(state.after)
    return replace(own, href=shown.address())


def _predict(state: LectureState) -> Link:
    """The same place, and from there on each step hidden first, or no longer."""
    kept = [one for one in state.hide.split(",") if one not in ("", NEXT)]
    title = "Show all steps" if state.predicts else "Predict each step"
    return Link(title, state.hiding(",".join(kept if state.predicts else [*kept, NEXT])).address(), state.predicts)


def _plans(state: LectureState) -> Mapping[int, Plan]:
    """When each stop begins and ends, by its number."""
    ends = tuple(accumulate(stop.seconds for stop in state.playlist.stops))
    parts = Counter(place.stop for place in state.places)
    return {
        number: Plan(begin, end, max(1, (end - begin) // parts[number]))
        for number, (begin, end) in enumerate(pairwise((0, *ends)), 1)
    }


def _away(state: LectureState) -> Link | None:
    """The way back to the stop that one has left for another."""
    left = next((one for one in state.places if one.key == state.staging.away), None)
    return None if left is None else Link(f"Return to {left.key}", state.at(left).address(), False)


def _ticks(state: LectureState, here: Place) -> Iterator[Tick]:
    """A tick for each stop, and one for each part of the present one."""
    at, plans = state.places.index(here), _plans(state)
    for number, place in enumerate(state.places):
        if place.part > 1 and place.stop != here.stop:
            continue
        stop = state.playlist.stops[place.stop - 1]
        yield Tick(
            label=f"{place.key} {stop.sentence or place.address}",
            href=_to(state, at, number),
            progress=progress(number, at),
            begins=place.part == 1,
            number=place.key if place.part == 1 else "",
            planned=minutes(plans[place.stop].begins) if place.part == 1 else "",
        )


def _to(state: LectureState, at: int, number: int) -> str:
    """The address of a place from another, both by their numbers: with a way back, but within its stop and to those
    beside it, to which one goes on."""
    place = state.places[number]
    return (state.at(place) if abs(place.stop - state.places[at].stop) <= 1 else state.jump(place)).address()


def _small_places(state: LectureState, here: Place, subjects: Subjects) -> Iterator[SmallPlace]:
    """Each stop, at the first of its parts; the present one is that of the part one is at."""
    at = state.places.index(here)
    for number, place in enumerate(state.places):
        if place.part == 1:
            small = _small(place, state.playlist.stops[place.stop - 1], subjects)
            yield SmallPlace(place.key, place.key, _to(state, at, number), place.stop == here.stop, small)


def _small(place: Place, stop: Stop, subjects: Subjects) -> Small:
    """What stands for a stop: what does for its page, and for one that has nothing of that kind, or that hides what a
    picture would show, its sentence."""
    path, _, query = place.address.partition("?")
    subject, says = subjects[path], stop.sentence or place.address
    if subject.small is None or place.hides:
        return Small(says)
    try:
        small = subject.small(subject.read(query))
    except Invalid:
        return Small(says)
    return small if small.board or small.mark else replace(small, text=stop.sentence or small.text)
