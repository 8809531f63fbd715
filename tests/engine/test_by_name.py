"""Chains by name: what a name says, the network that it makes, and the default numbers that this has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest

from app.engine import DEFAULT, NETWORKS, Values, as_arrays, backward, forward
from app.engine.by_name import ACTIVATIONS, LOSSES, MAX_LAYERS, MAX_WIDTH, PATTERN, ChainError, chain, network_named
from app.engine.graph import Leaf
from app.engine.ops import OPS

from .random_chains import SAMPLE, random_chains

NAMES = random_chains(120, seed=2)
LARGE = (
    f"{MAX_WIDTH}" + f"-{MAX_WIDTH}.relu" * MAX_LAYERS + "_poisson",
    f"{MAX_WIDTH}" + f"-{MAX_WIDTH}.leaky" * MAX_LAYERS + "_ce",
    "64-1.relu-64.relu-1.relu_mse",
    "1-64.tanh-64.sigmoid_out",
)


def flat(values: Values) -> list[float]:
    return [one for entry in values for one in flat(entry)] if isinstance(values, tuple) else [values]


def test_a_chain_with_one_layer_has_the_letters_of_the_gallery() -> None:
    assert list(chain("4-2.gelu_sse").shapes) == ["x", "W", "b", "z", "h", "y", "L"]
    assert list(chain("4-2_out").shapes) == ["x", "W", "b", "z", "v", "L"]


def test_a_chain_with_several_numbers_them() -> None:
    network = chain("3-4.tanh-5-2.relu_mse")
    names = ["x", "W1", "b1", "z1", "a1", "W2", "b2", "z2", "W3", "b3", "z3", "a3", "y", "L"]
    assert list(network.shapes) == names, "a layer without an activation has no a"
    assert network.shapes["W2"] == (5, 4)
    W2 = network.graph.by_name["W2"]
    assert (W2.symbol, W2.latex) == ("W⁽²⁾", "W^{(2)}")
    assert network.graph.by_name["W3"].role == "parameter"
    assert network.graph.by_name["y"].role == "target"


@pytest.mark.parametrize("name", NAMES)
def test_each_layer_is_made_of_the_ops_that_the_name_says(name: str) -> None:
    body, _, loss = name.partition("_")
    inputs, *layers = body.split("-")
    network = chain(name)
    said = []
    for layer in layers:
        _, _, activation = layer.partition(".")
        said += ["linear", *([activation] if activation else [])]
    assert [node.op.name for node in network.graph.ops] == [*said, LOSSES[loss]]
    assert network.shapes["x"] == (int(inputs),)
    for one, other in pairwise(network.graph.ops):
        assert one.name in other.inputs, "each op takes what the one before it gives"
    assert network.title.startswith(" → ".join(part.partition(".")[0] for part in body.split("-")))


def test_a_chain_that_is_in_the_gallery_is_that_of_the_gallery() -> None:
    same = {
        "2-3.relu_mse": "relu-mse",
        "2-3.tanh_mse": "tanh-mse",
        "2-3_mse": "identity-mse",
        "2-3_bce": "sigmoid-bce",
        "2-3_ce": "softmax-ce",
        "2-3_poisson": "exp-poisson",
    }
    for name, known in same.items():
        assert chain(name) is NETWORKS[known], name
    assert chain("2-3.relu_mse") is DEFAULT
    assert chain("2-3.relu-2_ce").name == "2-3.relu-2_ce", "the gallery's has other leaves"
    assert chain("3-2.relu_mse").name == "3-2.relu_mse"


def test_one_name_is_one_network() -> None:
    for name in SAMPLE:
        assert chain(name) is network_named(name)
        assert chain(name).name == name


def test_the_pattern_is_that_of_the_names_there_are() -> None:
    for name in (*NAMES, *LARGE):
        assert re.fullmatch(PATTERN, name), name
    for name in (
        "2--3_mse",
        "0-2_mse",
        "65-2_mse",
        "02-3_mse",
        "2-3.swish_mse",
        "2.relu-3_mse",
        "2_mse",
        "2-1_ce",
        "2-3",
        "2-3_",
    ):
        assert not re.fullmatch(PATTERN, name), name
        with pytest.raises(ChainError):
            network_named(f"{name}_" if "_" not in name else name)


def test_every_activation_and_loss_of_a_name_is_an_op() -> None:
    assert {*ACTIVATIONS, *LOSSES.values()} <= set(OPS)
    assert all(OPS[name].inputs == ("z",) for name in ACTIVATIONS)


@pytest.mark.parametrize("name", [*NAMES, *LARGE])
def test_default_numbers_are_short_and_show_all_there_is(name: str) -> None:
    network = chain(name)
    own = NETWORKS.get(network.name)
    numbers = [number for values in network.defaults.values() for number in flat(values)]
    assert all(len(f"{number:g}".lstrip("-")) <= 5 for number in numbers)
    trace = backward(forward(network.graph, as_arrays(network.defaults)))
    assert trace.overflow is None
    for node in network.graph.ops:
        if node.op.branch is not None:
            assert (trace.values[node.inputs[0]] > 0.05).all(), f"{node.name}: a unit is inactive"
    if own is None:
        found = np.concatenate([trace.grads[leaf.name].ravel() for leaf in _leaves(network.name)])
        assert found.all()
        assert len({*found.tolist()}) == found.size, "two gradients are equal"


def _leaves(name: str) -> Iterable[Leaf]:
    graph = chain(name).graph
    return [leaf for leaf in graph.leaves if leaf.name in graph.requires_grad]


def test_default_numbers_are_the_same_for_ever() -> None:
    """Whoever has sent an address to somebody has sent these."""
    assert chain("2-2.sigmoid-2.sigmoid_mse").defaults == {
        "x": (0.6, 0.9),
        "W1": ((-0.3, -0.6), (-0.7, 0.9)),
        "b1": (0.2, -0.2),
        "W2": ((0.9, 0.2), (-0.5, 0.5)),
        "b2": (-0.1, 0.3),
        "y": (0.5, 0.8),
    }
    assert chain("1-2.relu-1_out").defaults == {
        "x": (-0.9,),
        "W1": ((0.5,), (0.9,)),
        "b1": (0.6, 1.0),
        "W2": ((0.2, 0.9),),
        "b2": (-0.3,),
        "v": (0.7,),
    }


def test_targets_are_such_as_the_loss_takes() -> None:
    for name in NAMES:
        network = chain(name)
        if name.endswith("_ce"):
            assert sorted(flat(network.defaults["y"]))[-2:] == [0.0, 1.0]
        elif name.endswith("_bce"):
            assert {*flat(network.defaults["y"])} <= {0.0, 1.0}
        elif name.endswith("_poisson"):
            assert all(number >= 0 and number.is_integer() for number in flat(network.defaults["y"]))


def test_a_head_of_activated_logits_says_that_it_has_an_activation_of_its_own() -> None:
    assert "as logits" in chain("2-3.sigmoid_bce").about
    assert "as logits" not in chain("2-4.sigmoid-3_bce").about
