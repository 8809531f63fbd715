"""How every page answers an address, without a word of HTTP: a `Subject` says what its pages are, `answer` answers.

An address that a form sent leads on to the canonical one. One that is wrong gets a page all the same, on the last good
numbers, with a sentence beside each field that is wrong. One that holds a name which no part of the page goes by gets
its page, and in it a line that tells so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from app.state import Invalid, ViewState, carried_parts, read_carried, state_before
from app.state.codec import Reader, address_of, is_from_a_form, query_of
from app.state.staging import OFF_STAGE, Staging

from .hall import Staged
from .header import header
from .overview import Small
from .unread import told

S = TypeVar("S")
Context = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Subject(Generic[S]):
    """A page for each state of one kind.

    `paths` are where it is. Its template sees what `page` returns under the name `name`, the header under `header`, and
    under `unread` the line on what in the address was not read, if anything was not. `read` makes a state of a query,
    `address` the canonical address of a state, `carried` the network and numbers that the header's links take along,
    and `page` what is shown of it, with what was wrong if anything was; `check` raises where a state has no page.
    `start` is a state that has one, near another; and `sent` what an edit leads to, from the state before it. `parts`
    are what may be had without the rest, by name. Without `has_form`, no form leads here; with `has_long_form`, one may
    hold more than an address does, and is sent as a body. `staging` is how a state is shown on the stage of a lecture
    hall, and `staged` what it shows there; the stage has no fields, so where something is wrong, the page is shown.
    `small` is what stands for a state in an overview of a lecture that has it as a stop. `is_dear` is whether a state's
    page takes so long that others would wait for it. Where finite numbers overflow, `page`, `staged` and `check` raise
    Invalid, as `read` does.
    """

    paths: tuple[str, ...]
    template: str
    name: str
    read: Callable[[str | Reader], S]
    address: Callable[[S], str]
    carried: Callable[[S], ViewState]
    page: Callable[[S, Invalid[S] | None], object]
    check: Callable[[S], object] = lambda _: None
    start: Callable[[S], S] = lambda state: state
    sent: Callable[[S, S | None], S] = lambda state, _: state
    parts: Mapping[str, Part[S]] = field(default_factory=dict)
    has_form: bool = True
    has_long_form: bool = False
    staging: Callable[[S], Staging] = lambda _: OFF_STAGE
    staged: Callable[[S], Staged] | None = None
    small: Callable[[S], Small] | None = None
    is_dear: Callable[[S], bool] | None = None


Subjects: TypeAlias = Mapping[str, Subject[Any]]


def by_path(subjects: Iterable[Subject[Any]]) -> Subjects:
    """Subjects by each of the paths at which their pages are."""
    return {path: subject for subject in subjects for path in subject.paths}


@dataclass(frozen=True, slots=True)
class Part(Generic[S]):
    """A piece of a page, for the moment alone."""

    template: str
    page: Callable[[S], object]


@dataclass(frozen=True, slots=True)
class Shown:
    """The page at a canonical address, the same at all times."""

    address: str
    template: str
    context: Context


@dataclass(frozen=True)
class _At:
    address: str


class Had(_At):
    """The page at a canonical address, which need not be made again."""


class SeeOther(_At):
    """The canonical address of what a form sent."""


@dataclass(frozen=True)
class _Unkept:
    template: str
    context: Context


class Passing(_Unkept):
    """What is for the moment alone: a piece of a page, or a page that tells what in its address was not read."""


class Rejected(_Unkept):
    """The page for an address that is wrong: what is wrong, and the last good numbers."""


Answer = Shown | Passing | Had | SeeOther | Rejected


def unasked(path: str, template: str, name: str, page: Callable[[ViewState], object]) -> Subject[ViewState]:
    """A page that takes no questions. It hands on the network and its numbers, and tells what it did not read."""

    def read(query: str | Reader) -> ViewState:
        reader = Reader.of(query)
        view = read_carried(reader)
        reader.expect((), strict=False)
        return view

    return Subject(
        (path,),
        template,
        name,
        read=read,
        address=lambda view: address_of(path, query_of(carried_parts(view))),
        carried=lambda view: view,
        page=lambda view, _: page(view),
        has_form=False,
    )


def answer(subject: Subject[Any], raw: str, has: Callable[[str], bool] = lambda _: False) -> Answer:
    """What a page of a subject answers to a raw query; `has` is whether a canonical address's page is there already."""
    query = Reader(raw)
    try:
        state = subject.read(query)
        if subject.has_form and is_from_a_form(raw):
            subject.check(state)  # an overflow is told on the spot, beside the form it came from
            return SeeOther(subject.address(subject.sent(state, state_before(raw, subject.read))))
        unread, address = told(query), subject.address(state)
        if unread:  # not the page of its canonical address, which has nothing to tell
            template, context = _whole(subject, state)
            return Passing(template, {**context, **unread})
        if has(address):
            return Had(address)
        return Shown(address, *_whole(subject, state))
    except Invalid as problem:
        return _rejected(subject, query, raw, problem)


def is_dear(subject: Subject[Any], raw: str) -> bool:
    """Whether the page that answers a raw query may take long: that of its state, or the one that still stands."""
    if subject.is_dear is None:
        return False
    try:
        return subject.is_dear(subject.read(raw))
    except Invalid as problem:
        still = (state_before(raw, subject.read), problem.fallback)
        return any(subject.is_dear(state) for state in still if state is not None)


def _whole(subject: Subject[Any], state: Any) -> tuple[str, Context]:
    """The template and context of a state that nothing is wrong with: on the stage, where it is to be shown there."""
    if subject.staged is None or subject.staging(state).stage is None:
        return subject.template, _context(subject, state)
    return "hall/page.html", {"staged": subject.staged(state)}


def _context(subject: Subject[Any], state: Any, problem: Invalid[Any] | None = None) -> Context:
    """What the template of a state's page sees."""
    return {subject.name: subject.page(state, problem), **_around(subject, state)}


def _around(subject: Subject[Any], state: Any) -> Context:
    """What stands around a state's page: the header, whose addresses the page's own links take up, and in which the way
    back to a lecture stands."""
    return {"header": header(subject.paths[-1], subject.carried(state))}


def answer_part(subject: Subject[Any], part: Part[Any], raw: str) -> Passing | Rejected:
    """What a piece of a page answers to a raw query: the piece, or the whole page for an address that is wrong."""
    query = Reader(raw)
    try:
        state = subject.read(query)
        return Passing(part.template, {subject.name: part.page(state), **_around(subject, state)})
    except Invalid as problem:
        return _rejected(subject, query, raw, problem)


def _rejected(subject: Subject[Any], query: Reader, raw: str, problem: Invalid[Any]) -> Rejected:
    """The page that still stands: of the state the form was sent from, else of the good fields, else of the start."""

    def page_of(state: Any) -> Rejected:
        return Rejected(subject.template, {**_context(subject, state, problem), **told(query)})

    for state in (state_before(raw, subject.read), problem.fallback):
        if state is not None:
            try:
                return page_of(state)
            except Invalid:
                continue  # those numbers overflow
    return page_of(subject.start(problem.fallback))
