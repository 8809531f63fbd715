"""The opening page's context: the chapter's numbers, and where each of its claims can be seen on the stage.

Public names: `ChapterPage`, `Head`, `chapter_page`.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.digits import Printed, printed
from app.engine import DEFAULT, NETWORKS
from app.snapshot import Expression
from app.snapshot.chapter import Chapter, OpRow, chapter
from app.snapshot.formulas import vjp_equation
from app.snapshot.gallery import NetworkView, gallery
from app.state import ViewState

# The three that a network with a classifying head is made of.
_GREAT = ("linear", "relu", "softmax-cross-entropy")
# Networks that end in a distribution's own link and loss, and the one that does not.
_CANONICAL, _MISMATCH = ("identity-mse", "sigmoid-bce", "softmax-ce", "exp-poisson"), "softmax-mse"


@dataclass(frozen=True, slots=True)
class Head:
    """A network of the gallery, and the step at which its backward pass reaches z."""

    view: NetworkView
    rule: Expression
    href: str


@dataclass(frozen=True, slots=True)
class ChapterPage:
    """What the page shows. `great` are three rows of the table; the links lead to steps of the first network."""

    chapter: Chapter
    great: tuple[OpRow, ...]
    matrix: Printed
    heads: tuple[Head, ...]
    mismatch: Head
    weights: str
    weights_jacobian: str
    weights_why: str
    saved: str


def chapter_page() -> ChapterPage:
    """The page, which takes no questions."""
    found = chapter()
    by_name = {row.name: row for row in found.ops}
    events = DEFAULT.graph.timelines["backward"]
    step = next(step for step, event in enumerate(events, 1) if event.wrt == "W")
    there = ViewState(DEFAULT, "backward", DEFAULT.numbers).go("backward", step)
    return ChapterPage(
        chapter=found,
        great=tuple(by_name[name] for name in _GREAT),
        matrix=printed(found.unbuilt.matrix),
        heads=tuple(_head(name) for name in _CANONICAL),
        mismatch=_head(_MISMATCH),
        weights=there.address(),
        weights_jacobian=there.showing("jacobian").address(),
        weights_why=there.showing("why").address(),
        saved=there.go("forward").showing("saved").address(),
    )


def _head(name: str) -> Head:
    network, view = NETWORKS[name], next(view for view in gallery() if view.name == name)
    events = network.graph.timelines["backward"]
    step, event = next((step, event) for step, event in enumerate(events, 1) if event.wrt == "z")
    rule = vjp_equation(network.graph, network.graph.by_name[event.node], event.slot)
    return Head(view, rule, ViewState(network, "backward", network.numbers).go("backward", step).address())
