"""An op that the table has never heard of, as one row: everything else follows from it.

Softplus, h = log(1 + exp(z)), in the first network in the ReLU's place. No other file knows of it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from app.engine import DEFAULT, Array, Graph, Network, OpNode, leaf, node
from app.engine.graph import Direction
from app.engine.ops import Formula, Op, Slope, pointwise
from app.layout import ORIENTATIONS, Orientation, draw
from app.pages.header import header
from app.pages.network.context import page
from app.snapshot import as_json, run, trace_of
from app.snapshot.derivation import vjp_derivation
from app.snapshot.gradcheck import Gradcheck, run_gradcheck
from app.snapshot.jacobian import jacobian
from app.snapshot.saved_memory import saved_memory
from app.state import VIEWS, ViewState
from app.web.render import Renderer
from tests.browser.reading import Element, read
from tests.snapshot.states import explained


def logistic(z: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-z)))


SOFTPLUS = pointwise(
    "softplus",
    "softplus",
    lambda z: np.log1p(np.exp(z)),
    Formula("log(1 + exp($z))", r"\log(1 + \exp($z))"),
    says="What is large passes almost as it is; what is far below 0 becomes almost 0.",
    cost=2,
    saves="z",
    slope=Slope(
        Formula("σ($z)", r"\sigma($z)"),
        lambda saved: logistic(saved["z"]),
        says="The slope of softplus is the sigmoid.",
        derivation=None,
        conclusion="Each output sees its own entry only.",
        cost=2,
    ),
)


def network(op: Op = SOFTPLUS) -> Network:
    """The first network with this op in the ReLU's place."""
    graph = Graph(
        [
            leaf("x", "input"),
            leaf("W", "parameter"),
            leaf("b", "parameter"),
            node("z", "linear", W="W", x="x", b="b"),
            OpNode("h", op, ("z",), "hidden", "h", "h"),
            leaf("y", "target", symbol="y*", latex="y^{*}"),
            node("L", "mse", h="h", y="y"),
        ]
    )
    return Network("softplus-mse", "linear + softplus + squared error", graph, DEFAULT.defaults)


def state(direction: Direction = "backward", step: int | None = None, op: Op = SOFTPLUS) -> ViewState:
    made = network(op)
    return ViewState(made, direction, made.defaults).go(direction, step)


# The step of ∂L/∂z, in which the new row's VJP runs.
VJP = 3


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(lambda name: f"/static/{name}")


def rendered(renderer: Renderer, at: ViewState) -> Element:
    return read(renderer.text("network/page.html", page=page(at, trace_of(at)), header=header("/backward", at)))


def everywhere() -> Iterator[ViewState]:
    """Each step of both passes in each view, and a question about each entry."""
    for direction, events in network().graph.timelines.items():
        for step in range(len(events) + 1):
            for view in (None, *VIEWS):
                yield state(direction, step).with_view(view)
    for direction in network().graph.timelines:
        for entry in ("x.1", "W.3.2", "b.2", "z.1", "h.3", "y.2", "L"):
            yield state(direction).with_ask(entry)


def test_its_numbers_are_those_of_the_standard_library() -> None:
    nodes = {entry["name"]: entry for entry in json.loads(as_json(state()))["nodes"]}
    z, h, y = (nodes[name]["value"] for name in ("z", "h", "y"))
    assert h == pytest.approx([math.log(1 + math.exp(entry)) for entry in z], rel=1e-12)
    slopes = [math.exp(entry) / (1 + math.exp(entry)) for entry in z]
    expected = [(a - b) * slope for a, b, slope in zip(h, y, slopes, strict=True)]
    assert nodes["z"]["grad"] == pytest.approx(expected, rel=1e-12)
    assert nodes["h"]["vjps"][0]["text"] == "∂L/∂z = v ⊙ σ(z)"
    assert nodes["h"]["saved"] == ["z"]


def test_it_gets_its_page_in_every_view(renderer: Renderer) -> None:
    for at in everywhere():
        shown = rendered(renderer, at)
        assert shown.by_id("node-h-wide")["aria-label"].startswith("h, softplus, 3")
        assert shown.by_id("card").all("", "told") or at.show in ("jacobian", "check", "saved"), at.address()
        assert "softplus" in shown.by_id("table").text


def test_it_gets_its_ladder(renderer: Renderer) -> None:
    card = rendered(renderer, state(step=VJP)).by_id("card")
    rungs = [rung.all("small")[0].text for rung in card.all("span", "rung")]
    assert rungs == ["symbols", "substitute v", "substitute the local derivative", "arithmetic", "result"]
    assert "The slope of softplus is the sigmoid." in card.text
    assert "Jacobian avoided 3×3: a diagonal" in card.text


def test_every_entry_of_it_is_explained() -> None:
    for at, name in ((state("forward"), "h"), (state("backward"), "z")):
        for i in range(3):
            asked = explained(at.with_ask(f"{name}.{i + 1}")).ask
            assert asked
            total = math.fsum(math.prod(factor.value**factor.power for factor in term) for term in asked.terms)
            assert total == pytest.approx(asked.result, rel=1e-12)
            assert asked.general


def test_it_gets_its_jacobian_its_derivation_and_its_memory() -> None:
    trace = run(state())
    (use,) = trace.graph.uses["z"]
    assert use.step == VJP
    view = jacobian(trace, use)
    assert (view.shape, view.kind, view.agrees, view.zeros) == ([3, 3], "a diagonal", True, 6)
    assert [line.formula.text for line in vjp_derivation(trace, use).reasons] == ["Σₖ vₖ ∂hₖ/∂zᵢ", "vᵢ σ(zᵢ)"]
    (item,) = [item for item in saved_memory(trace).items if item.node == "h"]
    assert (item.names, item.bytes) == (["z"], 24)


def checked(at: ViewState) -> Gradcheck:
    return run_gradcheck(at, run(at))


def test_it_is_checked_and_a_wrong_rule_is_found() -> None:
    assert checked(state()).disagree == 0
    rule = SOFTPLUS.vjps["z"]
    wrong = replace(SOFTPLUS, vjps={"z": replace(rule, rule=lambda v, saved: 1.0005 * rule.rule(v, saved))})
    found = {entry.node for entry in checked(state(op=wrong)).entries if entry.verdict == "disagrees"}
    assert found == {"x", "W", "b", "z"}, "where it passes, and nowhere else"


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_it_is_drawn_like_the_op_in_whose_place_it_stands(orientation: Orientation) -> None:
    drawing = draw(network().graph, network().shapes, orientation)
    theirs = draw(DEFAULT.graph, DEFAULT.shapes, orientation)
    assert [box.name for box in drawing.boxes] == [box.name for box in theirs.boxes]
    assert drawing.height == theirs.height
