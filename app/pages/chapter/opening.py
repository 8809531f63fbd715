"""The opening page's context: the chapter's numbers, and where each of its claims can be seen."""

from __future__ import annotations

from dataclasses import dataclass

from app.digits import Formatted, formatted
from app.engine import DEFAULT, NETWORKS
from app.engine.networks import CANONICAL, MISMATCH
from app.snapshot import Expression
from app.snapshot.formulas import vjp_equation
from app.snapshot.gallery import NetworkView, gallery
from app.state import ViewState

from .data import Chapter, OpRow, chapter

# The three that a network with a classifying head is made of.
_BIG_THREE = ("linear", "relu", "softmax-cross-entropy")


@dataclass(frozen=True, slots=True)
class HeadLink:
    """A network of the gallery, and the step at which its backward pass reaches z."""

    view: NetworkView
    rule: Expression
    href: str


@dataclass(frozen=True, slots=True)
class ChapterPage:
    """What the page shows. `big_three` are rows of the table; the links lead to steps of the first network."""

    chapter: Chapter
    big_three: tuple[OpRow, ...]
    matrix: Formatted
    heads: tuple[HeadLink, ...]
    non_canonical: HeadLink
    weights: str
    weights_jacobian: str
    weights_why: str
    saved: str


def chapter_page(_: ViewState) -> ChapterPage:
    """The page, which takes no questions."""
    found = chapter()
    by_name = {row.name: row for row in found.ops}
    there = ViewState(DEFAULT, "backward", DEFAULT.defaults).at_gradient_of("W")
    return ChapterPage(
        chapter=found,
        big_three=tuple(by_name[name] for name in _BIG_THREE),
        matrix=formatted(found.unbuilt.matrix),
        heads=tuple(_head(name) for name in CANONICAL),
        non_canonical=_head(MISMATCH),
        weights=there.address(),
        weights_jacobian=there.with_view("jacobian").address(),
        weights_why=there.with_view("why").address(),
        saved=there.go("forward").with_view("saved").address(),
    )


def _head(name: str) -> HeadLink:
    network, view = NETWORKS[name], next(view for view in gallery() if view.name == name)
    there = ViewState(network, "backward", network.defaults).at_gradient_of("z")
    use = network.graph.uses["z"][-1]
    return HeadLink(view, vjp_equation(network.graph, use.node, use.slot), there.address())
