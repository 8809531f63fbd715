"""A lecture on paper: each stop with its sentence, picture, formula and numbers; and the answer to a question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from typing import Any

from app.layout import is_drawn
from app.pages.answer import Subject, Subjects, by_path
from app.pages.form import loose_errors, sent_along
from app.pages.hall import Staged
from app.pages.lecture.places import Place
from app.pages.lecture.question import STOPS, LectureState, lecture_from_query
from app.pages.network.context import page as network_page
from app.pages.questions.models import Line
from app.snapshot import Expression, trace_of
from app.state import Invalid, ViewState, carried_parts
from app.state.codec import Reader, address_of, query_of, written
from app.state.playlist import Stop
from app.state.staging import STAGES

from .blanks import Blanks, blanks_of
from .context import PAPERS, Choice, PaperStep, paper_step
from .drawing import PaperDrawing, paper_drawing
from .question import PARAMS, HandoutState
from .sheets import answer_sheets, line_sheets, per_sheet

# What is chosen for it; which passes and steps are printed, the stops say.
_OWN = tuple(param for param in PARAMS if param.name not in ("pass", "steps"))
# So many stops stand on a sheet. Letters in a row of text on paper and of a cell of a table, and pieces of a formula.
_ON_A_SHEET = 2
_ROW, _CELL, _PIECES = 85, 24, 6


@dataclass(frozen=True)
class LectureHandout:
    """A lecture, and what is chosen for its handout."""

    lecture: LectureState = field(default_factory=LectureState)
    choices: HandoutState = field(default_factory=HandoutState)

    def own_parts(self) -> list[tuple[str, str]]:
        """The names and texts of what is chosen, without its defaults."""
        return written(_OWN, {param.name: self.choices.choice(param.name) for param in _OWN})

    def query(self) -> str:
        """The canonical query, without its question mark."""
        return query_of([*carried_parts(self.lecture.carried), *_stops(self), *self.own_parts()])

    def address(self) -> str:
        """The canonical address."""
        return address_of("/lecture/handout", self.query())


def _stops(state: LectureHandout) -> list[tuple[str, str]]:
    return written((STOPS,), {STOPS.name: state.lecture.playlist})


@dataclass(frozen=True, slots=True)
class Article:
    """A stop, or a part of one, on paper: what it is called and says, and what there is of a step with its drawing, of
    a drawing alone, of formulas, and of room to write in. `answer` is what a question leads to."""

    heading: str
    says: str
    step: PaperStep | None = None
    drawing: PaperDrawing | None = None
    formulas: tuple[Expression, ...] = ()
    answer: Staged | None = None

    @property
    def slots(self) -> int:
        """How many of a sheet's places it takes: all of them, where its drawing is high."""
        drawing = self.step.drawing if self.step else self.drawing
        if drawing is None or drawing.is_long:
            return 1
        return 3 - per_sheet(drawing.width, drawing.height, is_lying=False)


@dataclass(frozen=True, slots=True)
class LectureSheet:
    """A sheet: its number, and what is on it: stops, what their steps find, or the answer to a question."""

    number: int
    articles: tuple[Article, ...] = ()
    found: tuple[PaperStep, ...] = ()
    answer: Article | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class LectureHandoutPage:
    """All that the template sees; see `HandoutPage`."""

    title: str
    count: str
    sheets: tuple[LectureSheet, ...]
    paper: str
    papers: tuple[Choice, ...]
    state: LectureHandout
    errors: tuple[str, ...]
    hidden: tuple[tuple[str, str], ...]
    lecture: str
    here: str


def handout_of_lecture(subjects: Iterable[Subject[Any]]) -> Subject[LectureHandout]:
    """The handout of a lecture whose stops are at pages of these subjects."""
    found = by_path(subjects)
    return Subject(
        paths=("/lecture/handout",),
        template="handout/lecture.html",
        name="handout",
        read=_read,
        address=LectureHandout.address,
        carried=lambda state: state.lecture.carried,
        page=partial(_page, subjects=found),
        is_dear=lambda _: True,
    )


def _read(query: str | Reader) -> LectureHandout:
    """Read the query of the page. Raises Invalid."""
    reader = Reader.of(query)
    try:
        lecture = lecture_from_query(reader, also=[param.name for param in _OWN])
    except Invalid as problem:
        lecture = problem.fallback  # what is wrong stays with the reader, and is told with all else
    found = reader.read_all(_OWN)
    return reader.checked(LectureHandout(lecture, HandoutState(**found)))


def _page(state: LectureHandout, problem: Invalid[LectureHandout] | None, subjects: Subjects) -> LectureHandoutPage:
    sheets = tuple(_sheets(state, tuple(_articles(state, subjects))))
    several = "s" if len(sheets) != 1 else ""
    playlist, paper = state.lecture.playlist, state.choices.paper
    return LectureHandoutPage(
        title=playlist.title or "A lecture",
        count=f"{len(sheets)} sheet{several} of {PAPERS[paper]}",
        sheets=sheets,
        paper=paper,
        papers=tuple(Choice(name, title, name == paper) for name, title in PAPERS.items()),
        state=state,
        errors=loose_errors(problem, ()),
        hidden=sent_along([*carried_parts(state.lecture.carried), *_stops(state)], query_of(state.own_parts())),
        lecture=LectureState(playlist).address(),
        here=state.address(),
    )


def _sheets(state: LectureHandout, articles: tuple[Article, ...]) -> Iterator[LectureSheet]:
    sheets: list[list[Article]] = []
    left = 0
    for article in articles:
        if article.slots > left:
            sheets.append([])
            left = _ON_A_SHEET
        sheets[-1].append(article)
        left -= article.slots
    yield from (LectureSheet(number, tuple(on_it)) for number, on_it in enumerate(sheets, 1))
    if state.choices.answers:
        steps = [article.step for article in articles if article.step is not None]
        with_found = answer_sheets(((step, len(step.answer.rows())) for step in steps), is_lying=False)
        answered = [article for article in articles if article.answer is not None]
        yield from (LectureSheet(number, found=found) for number, found in enumerate(with_found, len(sheets) + 1))
        after = len(sheets) + len(with_found) + 1
        with_lines = [(article, lines) for article in answered for lines in _lines(article)]
        for number, (article, lines) in enumerate(with_lines, after):
            yield LectureSheet(number, answer=article, lines=lines)


def _lines(article: Article) -> tuple[tuple[Line, ...], ...]:
    """The lines of an answer on each of its sheets; none on one sheet, where it has no lines."""
    lines = article.answer.lines if article.answer else ()
    return line_sheets((line, _height(line)) for line in lines) or ((),)


def _height(line: Line) -> float:
    """About how many rows of text a line of an answer takes, rather more than less: with its formulas, and its table,
    whose cells may be so long that they stand in two rows."""
    rows = ceil(len(line.says) / _ROW) + 0.5 + 2.2 * len(line.equations)
    for pieces in line.numbers:
        high = max((len(piece.drawn.rows()) for piece in pieces if piece.drawn), default=1)
        rows += (1.1 * high + 1.5) * (2 if len(pieces) > _PIECES else 1)
    if line.table is not None:
        rows += 2.5
        for row in line.table.rows:
            rows += 2.6 if any(len(cell.text) > _CELL for cell in row.cells) else 1.6
    return rows


def _articles(state: LectureHandout, subjects: Subjects) -> Iterator[Article]:
    """Each part of each stop, once: what is hidden first is printed as it is shown, and an answer stands at the end."""
    seen: set[tuple[int, str]] = set()
    told = [(place, *shown_at(place, subjects)) for place in state.lecture.places]
    blanks = _blanks(shown for _, shown, _ in told) if state.choices.blanks else {}
    for place, shown, staged in told:
        if (place.stop, place.page) in seen or "reveal=1" in place.address.partition("?")[2].split("&"):
            continue
        seen.add((place.stop, place.page))
        stop = state.lecture.playlist.stops[place.stop - 1]
        answer = _answer(place, subjects) if staged is not None and staged.formula is None else None
        yield _article(state, place, stop, shown, staged, blanks, answer)


def shown_at(place: Place, subjects: Subjects) -> tuple[ViewState | None, Staged | None]:
    """What a place shows: a step of a network, or another page as it stands on the stage; none of either, where it
    has none."""
    path, _, query = place.page.partition("?")
    subject = subjects[path]
    if subject.staged is None:
        return None, None
    try:
        state = subject.read("&".join(filter(None, (query, f"stage={STAGES[0]}"))))
        if isinstance(state, ViewState):
            trace_of(state)
            return state.staged(None).with_ask(None), None
        return None, subject.staged(state)
    except Invalid:
        return None, None


def _answer(place: Place, subjects: Subjects) -> Staged | None:
    """The answer to a question."""
    _, answered = shown_at(replace(place, address=f"{place.page}{'&' if '?' in place.page else '?'}reveal=1"), subjects)
    return answered if answered is not None and answered.aside else None


def _blanks(states: Iterable[ViewState | None]) -> Mapping[str, Blanks]:
    """What the steps of each network with its numbers find."""
    steps: dict[str, list[ViewState]] = {}
    for state in states:
        if state is not None and state.event is not None:
            steps.setdefault(state.numbers_query, []).append(state)
    return {query: blanks_of(found) for query, found in steps.items()}


def _all_of(whole: ViewState) -> Blanks:
    """All that a pass finds, since its end tells each of its steps."""
    return blanks_of(whole.go(whole.direction, step) for step in range(1, whole.steps + 1))


def _article(
    state: LectureHandout,
    place: Place,
    stop: Stop,
    shown: ViewState | None,
    staged: Staged | None,
    blanks: Mapping[str, Blanks],
    answer: Staged | None,
) -> Article:
    says = stop.sentence if place.part == 1 else ""
    if staged is not None:
        formulas = () if staged.formula is None else (staged.formula,)
        return Article(f"{place.key} · {staged.heading}", says or staged.sentence, formulas=formulas, answer=answer)
    if shown is None or not is_drawn(shown.shapes, shown.network.graph):
        return Article(f"{place.key} · {says or place.page}", place.page)
    own = blanks.get(shown.numbers_query, Blanks())
    if shown.event is None:
        page = network_page(shown, trace_of(shown), orientations=("wide",))
        drawing = paper_drawing(page.pictures[0], own | _all_of(shown) if state.choices.blanks else own)
        return Article(f"{place.key} · {page.heading}", says or page.snapshot.current.sentence, drawing=drawing)
    step = paper_step(state.choices, shown, trace_of(shown), own)
    step = replace(step, heading=f"{place.key} · {step.heading}")
    return Article(step.heading, says or step.current.sentence, step=step)
