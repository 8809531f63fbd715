"""A question on the stage of a lecture hall: first asked, with what there is to go by, then with its answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from app.digits import Formatted, Line, shape_text
from app.layout.columns import BETWEEN, WIDE, letters
from app.layout.figures import ems
from app.pages.hall import Hall, Staged, Tick, progress, way_back
from app.pages.overview import Small, SmallPlace, overview, overview_link
from app.pages.questions import SPOKEN, Point, points_of
from app.snapshot import Expression
from app.state import Invalid
from app.state.staging import OVERVIEW

from .context import Asked, Recall, recall_page
from .data import Given
from .question import OF_GRADIENT, RecallState

# How high the picture is, less what its lines are apart; a line of a question, of about so many letters; a row of what
# there is to go by, and how much higher it is for a fraction or a sum; and the line that says how many rows are not
# shown. In em, see static/css/boards_more.css.
_HIGH, _LINE, _QUESTION = 14.7, 1.57, 36
_ROW, _NOTE = 1.37, 1.0
_HIGHER = {r"\frac": 0.3, r"\sum": 0.1}
# What stands around the numbers of a row or of a sum: equals signs, dots, brackets.
_SIGN = 0.75
# How much larger than the rest a result stands, see static/css/boards_more.css.
_LARGE = 1.25
_THINK = "Think first. The next press shows the answer."


@dataclass(frozen=True, slots=True)
class GivenRow:
    """What there is to go by of one node: its name, its rule if it has one that there is room for, and its numbers in a
    row; instead of these its shape, where they are not asked for or there is no room for them."""

    left: Expression
    rule: Expression | None
    numbers: str
    shape: str


@dataclass(frozen=True, slots=True)
class StagedQuestion:
    """What a question's template sees on the stage.

    Before it is answered, `given` is what there is to go by, but for `left_out` rows. After that `points` is
    the answer to one of the three questions to think through; that to another is in `recall`, with the `arithmetic` of
    an entry, where there is room for that, and in large type where there is room for this.
    """

    recall: Recall
    given: tuple[GivenRow, ...]
    left_out: int
    points: tuple[Point, ...]
    arithmetic: Line | None
    is_large: bool


def staged(state: RecallState) -> Staged:
    """A question on the stage. Raises Invalid where finite numbers overflow, with the same on the default numbers."""
    if state.staging.stage == OVERVIEW:
        picture = state.staged("1")
        return overview(staged(picture), _places(picture), state.address())
    try:
        recall = recall_page(_alone(state))
    except Invalid as overflow:
        raise Invalid(overflow.errors, state.on_default_numbers(), overflow.typed) from None
    asked, (given, left_out) = recall.asked.text, ((), 0) if state.reveal else _given(state, recall)
    answer, wide = _announced(recall) if state.reveal else "", _arithmetic_ems(recall)
    return Staged(
        hall=_hall(state),
        body="recall/stage/body.html",
        page=StagedQuestion(
            recall,
            given=given,
            left_out=left_out,
            points=_points(state),
            arithmetic=recall.answered.entry if recall.answered and 0 < wide <= WIDE else None,
            is_large=wide * _LARGE <= WIDE or wide > WIDE,
        ),
        heading=asked,
        sentence=asked if state.reveal else recall.chosen or _THINK,
        announcement=f"{asked} {answer}".strip(),
        here=state.address(),
        aside="recall/stage/aside.html" if state.reveal else "",
        lines=recall.think.lines if state.reveal and recall.think else (),
    )


def _alone(state: RecallState) -> RecallState:
    """The question without what somebody answered: in a hall nothing but `reveal` shows what is right."""
    asked = state.with_ask(state.question)
    return asked.revealed() if state.reveal else asked


def _points(state: RecallState) -> tuple[Point, ...]:
    """The answer to a question to think through, once it is shown."""
    if not state.reveal:
        return ()
    return next((points_of(kind, state.view) for kind in SPOKEN if kind == state.question.kind), ())


def _given(state: RecallState, recall: Recall) -> tuple[tuple[GivenRow, ...], int]:
    """What there is to go by, with numbers where a question is about these, else formulas and shapes; and how many
    rows of it there is no room for. What the ops hold that use the node in question goes before the others, and of
    these the last."""
    has_numbers = recall.kind in OF_GRADIENT and recall.kind != "shape"
    graph = state.posed.network.graph
    users = [use.node for use in graph.uses.get(state.question.node, ())]
    near = {name for user in users for name in (user.name, *user.inputs)}
    order = sorted(range(len(recall.given)), key=lambda at: (graph.nodes[at].name not in near, -at))
    rows = [_row(*given, has_numbers=has_numbers) for given in recall.given]
    high, room = [_row_height(row) for row in rows], _HIGH - _LINE * _lines(recall.asked)
    if sum(high) > room:
        order = [
            at for at, total in zip(order, accumulate(high[at] for at in order), strict=True) if total + _NOTE <= room
        ]
    return tuple(rows[at] for at in sorted(order)), len(rows) - len(order)


def _row_height(row: GivenRow) -> float:
    return _ROW + sum(more for sign, more in _HIGHER.items() if row.rule and sign in row.rule.latex)


def _lines(asked: Asked) -> int:
    """About how many lines a question takes, which breaks between words and between the factors of a product."""
    before, after = (list(map(len, text.split())) for text in (asked.before, asked.after))
    # raised letters are small, and are not counted
    plain = sum(letter.isascii() or letter in "∂σ⊙" for letter in asked.what.text) if asked.what else 0
    factors = [plain // len(asked.factors)] * len(asked.factors) if asked.what else []
    lines, left = 1, _QUESTION
    for word in [*before, *factors, *after]:
        if word > left:
            lines, left = lines + 1, _QUESTION
        left -= word + 1
    return lines


def _row(row: Given, numbers: Formatted, *, has_numbers: bool) -> GivenRow:
    """A row with as much of it as there is room for: the numbers before the rule."""
    text, room = numbers.in_words(), WIDE - letters(row.left.text) - 2 * BETWEEN
    rule = letters(row.rule.text) + BETWEEN if row.rule else 0.0
    fits = has_numbers and ems(text) <= room
    shown = row.rule if rule + (ems(text) if fits else 2 * BETWEEN) <= room else None
    return GivenRow(row.left, shown, text if fits else "", "" if fits else shape_text(numbers.shape))


def _arithmetic_ems(recall: Recall) -> float:
    """About how wide the sum of an entry is on a line, in em; 0 where there is none to show, or where it is
    the result again."""
    found = recall.answered
    if found is None or found.entry is None or found.asked is None or found.entry.is_number(found.result):
        return 0.0
    factors = [text for product in found.entry.arithmetic[0] for _, text in product.shown]
    numbers = ems(found.result) + sum(ems(text) + 2 * _SIGN for text in factors)
    return letters(found.asked.left.text) + numbers + 2 * BETWEEN


def _announced(recall: Recall) -> str:
    """What is read out of an answer."""
    if recall.told:
        return recall.told.says
    return recall.answered.current.sentence if recall.answered else ""


def _hall(state: RecallState) -> Hall:
    places, at = _both(state), int(state.reveal)
    return Hall(
        place=places[at][0],
        first=places[0][1] if at else None,
        back=places[0][1] if at else None,
        next=None if at else places[1][1],
        last=None if at else places[1][1],
        ticks=tuple(
            Tick(label, href, progress(place, at), begins=True, number=str(place + 1))
            for place, (label, href) in enumerate(places)
        ),
        leave=state.staged(None).address(),
        overview=overview_link(lambda stage: state.staged(stage).address()),
        away=way_back(state.staging),
    )


def _both(state: RecallState) -> tuple[tuple[str, str], ...]:
    """The question and its answer, each with its address."""
    asked = state.with_ask(state.question)
    return ("Question", asked.address()), ("Answer", asked.revealed().address())


def _places(state: RecallState) -> Iterator[SmallPlace]:
    for at, (label, href) in enumerate(_both(state)):
        yield SmallPlace(label, "", href, at == state.reveal, replace(small_question(state), mark="?!"[at]))


def small_question(state: RecallState) -> Small:
    """What stands for a question: what a list of questions calls it, where it is one to think about."""
    return Small(next((one.title for kind, one in SPOKEN.items() if kind == state.question.kind), "Question"), mark="?")
