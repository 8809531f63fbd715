"""The filmstrip: each step as a picture for a slide, a file of its own, and the page that lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from app.engine.graph import Direction
from app.pages.form import loose_errors
from app.pages.network.cells import Progress
from app.pages.network.context import page as network_page
from app.pages.overview import slide_address
from app.snapshot import trace_of
from app.state import Invalid, ViewState, from_query
from app.state.codec import Reader, address_of

from .blanks import Blanks
from .drawing import Kind, PaperDrawing, paper_drawing
from .question import drawn

# What is free around a drawing on its slide, in its own units.
_MARGIN = 20.0


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line is drawn: its colour and that of what it encloses, by name, its width, and its dashes."""

    colour: str
    width: float
    dashes: str = ""
    fill: str = "none"


@dataclass(frozen=True, slots=True)
class Slide:
    """A drawing that stands alone: where its frame begins and how large that is, what it is called and says, and how
    its boxes and arrows are drawn, each in the order of the drawing."""

    left: float
    top: float
    width: float
    height: float
    heading: str
    sentence: str
    drawing: PaperDrawing
    boxes: tuple[Stroke, ...]
    arrows: tuple[Stroke, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A slide of the filmstrip: its step, where its file is and what that is called, its size in pixels as it comes,
    and where the step is explained."""

    heading: str
    sentence: str
    href: str
    file: str
    width: int
    height: int
    step: str


@dataclass(frozen=True, slots=True)
class Filmstrip:
    """Slides in their order: each step of a network, or those that a lecture shows. `errors` are what was wrong with
    the address that led here, and `here` is the canonical one; of a lecture, `lecture` is where it is and `paper` where
    it is printed, both empty for a network."""

    frames: tuple[Frame, ...]
    errors: tuple[str, ...]
    here: str
    title: str = "Filmstrip"
    lecture: str = ""
    paper: str = ""


def slide_from_query(query: str, direction: Direction) -> ViewState:
    """Read the query of a slide: that of a page of the network, of which the step counts alone. Raises Invalid."""
    reader = Reader(query)
    state = drawn(reader, from_query(reader, direction, strict=False))
    return reader.checked(_plain(state))


def _plain(state: ViewState) -> ViewState:
    """The step alone, with nothing asked of it."""
    return ViewState(state.network, state.direction, state.values, state.step)


def slide(state: ViewState) -> Slide:
    """A step of a drawn network as a slide. Raises Invalid where finite numbers overflow."""
    shown = network_page(state, trace_of(state), orientations=("wide",))
    drawing = paper_drawing(shown.pictures[0], Blanks())
    current = shown.snapshot.current
    found = f": {current.left.text}" if current.left else ""
    where = f"The {state.direction} pass" if state.whole else f"Step {state.step} of {state.steps}, {state.direction}"
    return Slide(
        left=-_MARGIN,
        top=-_MARGIN,
        width=drawing.width + 2 * _MARGIN,
        height=drawing.height + 2 * _MARGIN,
        heading=f"{where}{found}",
        sentence=current.sentence,
        drawing=drawing,
        boxes=tuple(_box(box.progress, state.direction) for box in drawing.boxes),
        arrows=tuple(_arrow(arrow.kind, arrow.progress) for arrow in drawing.arrows),
    )


def _box(progress: Progress, direction: Direction) -> Stroke:
    """As static/css/drawing.css has it, for what knows no sheets of styles."""
    kind = "value" if direction == "forward" else "grad"
    return {
        "done": Stroke("edge", 1.8, fill="surface"),
        "waiting": Stroke("edge", 1.2, "2 4", fill="surface"),
        "next": Stroke("edge", 2.5, "8 5", fill="surface"),
        "now": Stroke(kind, 4.0, fill=f"{kind}-soft"),
    }[progress]


def _arrow(kind: Kind, progress: Progress) -> Stroke:
    """As that sheet has it, too."""
    dashes = "9 5" if kind == "grad" else ""
    return {
        "done": Stroke(f"{kind}-line", 2.4, dashes),
        "waiting": Stroke("edge", 1.3, "2 5"),
        "next": Stroke("edge", 2.8, dashes),
        "now": Stroke(kind, 4.5, dashes),
    }[progress]


def filmstrip(view: ViewState, problem: Invalid[ViewState] | None = None) -> Filmstrip:
    """Every slide of a network with its numbers. Raises Invalid where finite numbers overflow."""
    every: tuple[Direction, ...] = get_args(Direction)
    steps = [view.go(direction, step) for direction in every for step in range(1, view.go(direction).steps + 1)]
    return Filmstrip(tuple(map(frame, steps)), loose_errors(problem, ()), filmstrip_address(view))


def filmstrip_address(view: ViewState) -> str:
    """The canonical address of the filmstrip of a network with its numbers."""
    return address_of("/filmstrip", view.handed_query)


def frame(state: ViewState, number: str = "") -> Frame:
    """The slide of a step, which has the `number` of a stop before its heading and in the name of its file, where it is
    one's. Raises Invalid where finite numbers overflow."""
    made, name = slide(_plain(state)), f"{state.network.name}-{state.direction}-{state.step}"
    return Frame(
        heading=f"{number} · {made.heading}" if number else made.heading,
        sentence=made.sentence,
        href=slide_address(state),
        file=f"{number}-{name}" if number else name,
        width=round(made.width),
        height=round(made.height),
        step=state.address(),
    )
