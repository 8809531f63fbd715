"""Graphs: what is refused, what is derived, and that one can print them."""

from __future__ import annotations

import dataclasses

import pytest

from app.engine import NETWORKS, OPS, Event, Graph, GraphError, Network, Node, leaf, node, relu_mse

from .random_networks import residual

x, W, b, y = leaf("x", "input"), leaf("W", "parameter"), leaf("b", "parameter"), leaf("y", "target")
z = node("z", "linear", W="W", x="x", b="b")
L = node("L", "mse", h="z", y="y")


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([x, W, b, z, y, leaf("z", "input"), L], "z: the name occurs twice"),
        ([x, W, b, z, y, node("z", "relu", z="z"), L], "z: the name occurs twice"),
        ([x, W, z, b, y, L], "z: its input b is not defined before it"),
        ([x, W, b, z, L], "L: its input y is not defined before it"),
        ([x, W, b, node("z", "linear", W="W", x="x", b="z"), y, L], "z: its input z is not defined before it"),
        ([x, W, b, z, y, leaf("k", "input"), L], "k: nothing uses it"),
        ([x, W, b, z, node("h", "relu", z="z"), y, L], "h: nothing uses it"),
        ([], "the last node must be an op: the loss"),
        ([x], "the last node must be an op: the loss"),
    ],
)
def test_a_list_of_nodes_that_is_no_graph_is_refused_by_name(nodes: list[Node], message: str) -> None:
    with pytest.raises(GraphError) as refused:
        Graph(nodes)
    assert str(refused.value) == message


def test_a_graph_that_ends_in_a_leaf_is_refused() -> None:
    with pytest.raises(GraphError, match="the last node must be an op: the loss"):
        Graph([x, W, b, z, y])


@pytest.mark.parametrize(
    ("op", "slots", "message"),
    [
        ("sinh", {"z": "x"}, "q: there is no op 'sinh'"),
        ("linear", {"W": "W", "x": "x"}, "q: linear takes W, x, b, not W, x"),
        ("linear", {"W": "W", "x": "x", "b": "b", "y": "y"}, "q: linear takes W, x, b, not W, x, b, y"),
        ("relu", {"x": "z"}, "q: relu takes z, not x"),
        ("relu", {}, "q: relu takes z, not nothing"),
    ],
)
def test_a_node_with_an_unknown_op_or_wrong_slots_is_refused(op: str, slots: dict[str, str], message: str) -> None:
    with pytest.raises(GraphError) as refused:
        node("q", op, **slots)
    assert str(refused.value) == message


def test_slots_may_come_in_any_order() -> None:
    assert node("z", "linear", b="b", x="x", W="W").inputs == ("W", "x", "b")


def test_a_node_prints_as_its_name_unless_told_otherwise() -> None:
    assert (x.symbol, x.latex) == ("x", "x")
    star = leaf("y", "target", symbol="y*")
    assert (star.symbol, star.latex) == ("y*", "y*")
    assert relu_mse().by_name["y"].latex == "y^{*}"


def test_roles_are_inputs_parameters_targets_hidden_and_one_loss() -> None:
    roles = {entry.name: entry.role for entry in relu_mse().nodes}
    assert roles == {
        "x": "input",
        "W": "parameter",
        "b": "parameter",
        "z": "hidden",
        "h": "hidden",
        "y": "target",
        "L": "loss",
    }
    graph = relu_mse()
    assert graph.loss is graph.by_name["L"] is graph.nodes[-1]
    assert [entry.name for entry in graph.leaves] == ["x", "W", "b", "y"]
    assert [entry.name for entry in graph.ops] == ["z", "h", "L"]


def test_what_wants_a_gradient_leads_from_a_leaf_that_is_no_target_to_the_loss() -> None:
    assert Graph([x, W, b, z, y, L]).requires_grad == {"x", "W", "b", "z", "L"}
    # what comes from targets alone needs none, nor does what feeds the target's slot
    aside = Graph(
        [x, leaf("t", "target"), node("r", "relu", z="t"), node("L", "mse", h="x", y="r")],
    )
    assert aside.requires_grad == {"x", "L"}


def test_a_graph_knows_its_vjps_with_the_steps_that_run_them() -> None:
    graph = residual()
    runs = [(event.edge, event.wrt, step) for step, event in enumerate(graph.timelines["backward"], 1) if event.slot]
    assert [(edge, use.wrt, use.step) for edge, use in graph.vjps.items()] == runs
    for edge, use in graph.vjps.items():
        assert use.edge == edge == (use.node.name, use.slot)
        assert use.node is graph.by_name[use.node.name] is graph.computed[use.node.name]
        assert use.vjp is use.node.op.vjps[use.slot]
    assert {name: [use.node.name for use in uses] for name, uses in graph.uses.items()} == {
        "x": ["z"],
        "W": ["z"],
        "b": ["z"],
        "z": ["r", "h"],
        "h": ["r"],
        "V": ["r"],
        "r": ["L"],
        "y": [],
        "L": [],
    }
    partial = [event for event in graph.timelines["backward"] if graph.is_partial(event)]
    assert [(event.kind, event.target) for event in partial] == [("vjp", "z"), ("vjp", "z")]
    assert not any(graph.is_partial(event) for event in graph.timelines["forward"])


def test_a_timeline_of_events_needs_no_numbers() -> None:
    assert Graph([x, W, b, z, y, L]).timelines == {
        "forward": (Event("forward", "z"), Event("forward", "L")),
        "backward": (
            Event("seed", "L"),
            Event("vjp", "L", "z", "h"),
            Event("vjp", "z", "W", "W"),
            Event("vjp", "z", "x", "x"),
            Event("vjp", "z", "b", "b"),
        ),
    }


def test_an_event_leaves_its_numbers_at_its_target() -> None:
    assert [event.target for event in relu_mse().timelines["backward"]] == ["L", "h", "z", "W", "x", "b"]


def test_a_graph_is_plain_data_one_can_print() -> None:
    formatted = repr(Graph([x, W, b, z, y, L]))
    assert formatted.index("'x'") < formatted.index("'z'") < formatted.index("'L'")
    assert "op=OPS['linear'], inputs=('W', 'x', 'b')" in formatted
    assert "0x" not in formatted, "no address of a function: the same graph prints the same everywhere"
    assert len(formatted) < 1000


def test_a_graph_cannot_be_changed() -> None:
    graph = relu_mse()
    with pytest.raises(dataclasses.FrozenInstanceError):
        graph.nodes = ()  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        graph.nodes[0].name = "q"  # type: ignore[misc]
    with pytest.raises(TypeError):
        graph.by_name["q"] = x  # type: ignore[index]
    with pytest.raises(TypeError):
        OPS["q"] = OPS["relu"]  # type: ignore[index]


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_every_network_of_the_gallery_has_a_number_for_each_leaf_and_examples_that_fit(network: Network) -> None:
    leaves = [entry.name for entry in network.graph.leaves]
    assert list(network.defaults) == leaves, "in the order in which addresses name them"
    assert NETWORKS[network.name] is network
    for example in network.examples:
        assert set(example.values) <= set(leaves), example.name
        changed = dataclasses.replace(network, defaults={**network.defaults, **example.values})
        assert [changed.shape(name) for name in leaves] == [network.shape(name) for name in leaves]
    assert len({example.name for example in network.examples}) == len(network.examples)
