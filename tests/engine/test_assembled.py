"""Graphs that somebody describes: put in order, found sound or refused, and differentiated as any other."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from latex2mathml.converter import convert

from app.engine import Graph, backward, forward, gradcheck
from app.engine.assembled import NAME, AssemblyError, Described, assembled, printed
from app.engine.graph import CONSTANT

from . import random_graphs


def of(body: dict[str, Any]) -> Graph:
    return assembled(
        tuple(Described(one["name"], one["op"], tuple(one["inputs"].items())) for one in body["nodes"]), body["loss"]
    )


def node(name: str, op: str, **inputs: str) -> Described:
    return Described(name, op, tuple(inputs.items()))


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs_have_the_gradients_of_autograd_and_pass_the_numeric_check(seed: int) -> None:
    for place in range(5):
        body, values = random_graphs.described(5 * seed + place)
        graph = of(body)
        trace = backward(forward(graph, values))
        right = random_graphs.gradients(body, values)
        for leaf in graph.leaves:
            if leaf.role not in CONSTANT:
                assert abs(trace.grads[leaf.name] - right[leaf.name]).max() <= 1e-11 * max(
                    1, abs(right[leaf.name]).max()
                )
        assert float(trace.loss) == pytest.approx(float(random_graphs.computed(body, values)), rel=1e-12, abs=1e-12)
        if place == 0:
            assert "disagrees" not in {check.verdict for check in gradcheck(trace)}


def test_nodes_come_in_topological_order_and_else_in_their_own() -> None:
    graph = assembled(
        (
            node("L", "add", a="M", b="N"),
            node("N", "mse", h="q", y="t"),
            node("M", "mse", h="p", y="t"),
            node("q", "relu", z="p"),
            node("p", "linear", W="W", x="x", b="b"),
        ),
        "L",
    )
    assert [entry.name for entry in graph.nodes] == ["W", "x", "b", "p", "t", "M", "q", "N", "L"]
    roles = {leaf.name: leaf.role for leaf in graph.leaves}
    assert roles == {"W": "parameter", "x": "input", "b": "parameter", "t": "target"}


def test_what_is_a_target_anywhere_takes_no_gradient_and_what_is_no_data_is_a_parameter() -> None:
    """An autoencoder's x is its own target; shared weights of products are parameters."""
    layer = node("h", "linear", W="W", x="x", b="b")
    graph = assembled((layer, node("L", "mse", h="h", y="x")), "L")
    assert graph.requires_grad == {"W", "b", "h", "L"}
    square = assembled((node("p", "multiply", a="w", b="w"), node("L", "out", h="p", y="v")), "L")
    assert {leaf.name: leaf.role for leaf in square.leaves} == {"w": "parameter", "v": "given"}
    trace = backward(forward(square, {"w": np.array([3.0]), "v": np.array([2.0])}))
    assert trace.grads["w"].tolist() == [12.0]  # d 2w² / dw


WRONG: dict[str, tuple[tuple[Described, ...], str, str, str]] = {
    "twice": ((node("L", "relu", z="a"), node("L", "relu", z="b")), "L", "name", "L is computed twice"),
    "no loss": ((node("h", "relu", z="a"),), "L", "loss", "the loss must be one of the nodes that are computed: h"),
    "cycle": (
        (node("L", "mse", h="p", y="y"), node("p", "relu", z="q"), node("q", "relu", z="p")),
        "L",
        "inputs",
        "p needs q needs p",
    ),
    "itself": ((node("L", "relu", z="L"),), "L", "inputs", "L needs L"),
    "nowhere": (
        (node("L", "relu", z="a"), node("p", "relu", z="a")),
        "L",
        "name",
        "p leads nowhere: L, the loss, does not depend on it",
    ),
    "behind the loss": ((node("L", "relu", z="a"), node("p", "relu", z="L")), "L", "name", "p leads nowhere"),
    "computed target": (
        (node("p", "relu", z="a"), node("L", "mse", h="p", y="p")),
        "L",
        "inputs",
        "y of L hands no gradient on, so it takes a leaf, and p is computed",
    ),
    "targets alone": ((node("L", "mse", h="a", y="a"),), "L", "loss", "L depends on targets alone"),
    "one twice": ((node("L", "max", a="a", b="a"),), "L", "inputs", "L: max takes two different nodes"),
    "v": ((node("L", "relu", z="v"),), "L", "inputs", "no node can be named v"),
    "v computed": ((node("v", "relu", z="a"),), "v", "name", "no node can be named v"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_graph_is_refused_in_a_sentence_that_names_the_node(case: str) -> None:
    described, loss, part, says = WRONG[case]
    with pytest.raises(AssemblyError, match=re.escape(says)) as caught:
        assembled(described, loss)
    assert caught.value.part == part


@pytest.mark.parametrize(
    ("name", "text", "latex"),
    [
        ("z", "z", "z"),
        ("W1", "W⁽¹⁾", "W^{(1)}"),
        ("W12", "W⁽¹²⁾", "W^{(12)}"),
        ("W01", "W01", r"\mathrm{W01}"),
        ("Wxh", "Wxh", r"\mathrm{Wxh}"),
        ("a_1_b", "a_1_b", r"\mathrm{a\_1\_b}"),
    ],
)
def test_a_name_is_printed_as_in_a_chain_or_upright(name: str, text: str, latex: str) -> None:
    assert NAME.fullmatch(name)
    assert printed(name) == (text, latex)
    assert "<merror" not in convert(latex)


@pytest.mark.parametrize("name", ["", "1a", "a.1", "a b", "a$b", r"a\b", "a{b", "ä", "_a", "a" * 33, "a\n"])
def test_no_other_names_are_taken(name: str) -> None:
    assert not NAME.fullmatch(name)
