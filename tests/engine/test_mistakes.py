"""A wrong gradient is told what it looks like, and a right one is never called wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from app.engine import (
    NETWORKS,
    OPS,
    Array,
    Claim,
    Diagnosis,
    Graph,
    Known,
    Op,
    OpNode,
    as_arrays,
    backward,
    diagnose,
    forward,
    gradcheck,
    known_gradients,
    leaf,
    relu_mse,
)
from app.engine.mistakes import GENERIC, Site, mistakes_of, sites
from tests.conftest import Lot, examples

from .random_networks import drawn_states, residual, twice, with_rule
from .reference_ops import REFERENCE, RULES, Mistakes

HAND = as_arrays(NETWORKS["relu-mse"].defaults)
# b₃ = −0.6 shuts the third unit: z₃ = −0.4, h₃ = 0, ∂L/∂h = (0.2, −0.1, −0.1), ∂L/∂z = (0.2, −0.1, 0)
SHUT = HAND | {"b": np.array([0.0, -0.1, -0.6])}


def grads(graph: Graph, values: Mapping[str, Array]) -> dict[str, Array]:
    return dict(backward(forward(graph, values)).grads)


def told(values: Mapping[str, Array], graph: Graph | None = None, **claims: object) -> dict[str, Diagnosis]:
    """The diagnosis of gradients written out by hand."""
    known = known_gradients(backward(forward(graph or relu_mse(), values)))
    return diagnose(known, {name: Claim(np.asarray(said, dtype=np.float64)) for name, said in claims.items()})


def names(found: Diagnosis) -> list[tuple[str, str]]:
    """Each match as (mistake, the node whose gradient it is made at)."""
    return [(match.site.mistake.name, match.site.wrt) for match in found.matches]


# --- by hand ------------------------------------------------------------------------------------------------


def test_right_gradients_are_right() -> None:
    found = told(HAND, x=[0.06, -0.02], W=[[0.2, 0.1], [-0.1, -0.05], [0.1, 0.05]], z=[0.2, -0.1, 0.1], L=1.0)
    assert all(entry.is_right and not entry.matches for entry in found.values())


def test_a_path_that_was_left_out_or_a_mean_over_paths_is_named() -> None:
    """x = (1, 0.5), z = (0.4, 0.4), r = (1.4, 0.9): v = (0.4, −0.1) comes via r, and Wᵀ v = (0.17, −0.12) via z."""
    network = NETWORKS["shared"]
    values = as_arrays(network.defaults)
    for claim, name, node in (([0.4, -0.1], "path left out", "z"), ([0.17, -0.12], "path left out", "r")):
        (found,) = told(values, network.graph, x=claim).values()
        assert [(match.site.mistake.name, match.site.node) for match in found.matches] == [(name, node)]
        assert found.matches[0].own
    averaged = told(values, network.graph, r=[0.4, -0.1], z=[0.4, -0.1], x=[0.285, -0.11])
    assert names(averaged["x"]) == [("paths averaged", "x")]
    (found,) = told(values, network.graph, x=[0.57, -0.22]).values()
    assert found.is_right


def test_a_path_that_was_left_out_of_ones_own_gradients_is_named() -> None:
    """∂L/∂r is (1, 2); via z comes Wᵀ (1, 2) = (1.1, 0.6), and (1, 2) itself via r."""
    network = NETWORKS["shared"]
    found = told(as_arrays(network.defaults), network.graph, r=[1, 2], z=[1, 2], x=[1.1, 0.6])["x"]
    assert found.follows == ("r", "z")
    assert [(match.site.mistake.name, match.site.node) for match in found.also] == [("path left out", "r")]


def test_a_mask_taken_from_v_is_named() -> None:
    """v = (0.2, −0.1, −0.1) at h, and z₃ < 0."""
    (found,) = told(SHUT, z=[0.2, 0, 0]).values()
    assert names(found) == [("mask from v", "z")]


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ((0.4, 0.4, 0.2), "target forgotten"),
        ((0.4 / 3, -0.2 / 3, 0.2 / 3), "mean of squares"),
        ((0.2 / 9, -0.1 / 9, 0.1 / 9), "averaged twice"),
        ((0.6, -0.3, 0.3), "mean undone"),
    ],
)
def test_what_other_conventions_of_the_loss_give_is_named(claim: tuple[float, ...], name: str) -> None:
    (found,) = told(HAND, h=claim).values()
    assert names(found) == [(name, "h")]


@pytest.mark.parametrize(
    ("network", "claim"),
    [
        ("sigmoid-bce", (0.598687660, 0.598687660, 0.549833997)),
        ("softmax-ce", (0.354769606, 0.354769606, 0.290460787)),  # exp(0.4), exp(0.4), exp(0.2) over their sum
        ("exp-poisson", (1.491824698, 1.491824698, 1.221402758)),
    ],
)
def test_a_prediction_without_its_target_is_named(network: str, claim: tuple[float, ...]) -> None:
    (found,) = told(as_arrays(NETWORKS[network].defaults), NETWORKS[network].graph, z=claim).values()
    assert ("target forgotten", "z") in names(found)


def test_a_forgotten_mask_is_named_where_it_was_forgotten() -> None:
    (found,) = told(SHUT, z=[0.2, -0.1, -0.1]).values()
    assert names(found) == [("mask forgotten", "z")]
    assert found.matches[0].own
    assert found.entries is not None
    assert found.entries.tolist() == [True, True, False]
    assert list(found.by_entry) == [(2,)]


def test_a_mistake_further_up_is_told_from_one_made_here() -> None:
    """∂L/∂x = Wᵀ (0.2, −0.1, −0.1) = (0.1 − 0.03 + 0.01, −0.04 − 0.04 − 0.06)."""
    (found,) = told(SHUT, x=[0.08, -0.14]).values()
    assert names(found) == [("mask forgotten", "z")]
    assert not found.matches[0].own


def test_what_follows_from_ones_own_wrong_gradient_is_told_so() -> None:
    found = told(SHUT, z=[0.2, -0.1, -0.1], b=[0.2, -0.1, -0.1])
    assert found["b"].follows == ("z",)
    assert found["b"].also == ()
    assert found["z"].follows == ()


def test_what_follows_needs_no_known_mistake() -> None:
    """∂L/∂z is anything; ∂L/∂b is the same, and ∂L/∂W is made from it as it should be."""
    found = told(HAND, z=[7, 8, 9], b=[7, 8, 9], W=[[7, 3.5], [8, 4], [9, 4.5]], x=[0, 0])
    assert found["z"].matches == ()
    assert found["b"].follows == found["W"].follows == ("z",)
    assert found["x"].follows == ()


def test_a_second_mistake_on_top_of_ones_own_is_named() -> None:
    """∂L/∂W as x vᵀ, from a ∂L/∂z that is wrong already."""
    found = told(HAND, z=[7, 8, 9], W=[[7, 8, 9], [3.5, 4, 4.5]])
    assert found["W"].follows == ("z",)
    assert [match.site.mistake.name for match in found["W"].also] == ["outer product transposed"]


def test_what_else_was_claimed_rules_places_out() -> None:
    """A sign alone may have been lost in three places; with a right ∂L/∂z, in one."""
    wrong = [-0.06, 0.02]
    (found,) = told(HAND, x=wrong).values()
    assert names(found) == [("sign", "x"), ("target − prediction", "h"), ("sign", "z")]
    assert names(told(HAND, x=wrong, z=[0.2, -0.1, 0.1])["x"]) == [("sign", "x")]
    assert names(told(HAND, x=wrong, h=[0.2, -0.1, 0.1])["x"]) == [("sign", "x"), ("sign", "z")]
    assert told(HAND, x=wrong, z=[-0.2, 0.1, -0.1])["x"].follows == ("z",)


def test_the_outer_product_turned_round_has_a_shape_of_its_own() -> None:
    (found,) = told(HAND, W=[[0.2, -0.1, 0.1], [0.1, -0.05, 0.05]]).values()
    assert found.entries is None
    assert names(found) == [("outer product transposed", "W")]


def test_the_weights_for_their_transpose_fit_where_they_are_square() -> None:
    values = HAND | {"W": np.array([[1.0, 2.0], [3.0, 5.0]]), "b": np.zeros(2), "y": np.zeros(2)}
    # z = h = v = (2, 5.5); W v = (13, 33.5)
    (found,) = told(values, x=[13, 33.5]).values()
    assert names(found) == [("W for its transpose", "x")]
    known = known_gradients(backward(forward(relu_mse(), HAND)))
    assert "W for its transpose" not in {site.mistake.name for site, _ in known.wrong}, "no numbers come of it"


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ((-0.2, 0.1, -0.1), "target − prediction"),
        ((0.4, -0.2, 0.2), "½ left out"),
        ((0.1, -0.05, 0.05), "½ not cancelled"),
        ((0.2 / 3, -0.1 / 3, 0.1 / 3), "loss averaged"),
    ],
)
def test_the_mistakes_at_a_squared_error(claim: tuple[float, ...], name: str) -> None:
    (found,) = told(HAND, h=claim).values()
    assert names(found) == [(name, "h")]


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        # z = (0.4, 0.4, 0.2) under sigmoid-bce; targets 1, 0, 1; σ = 0.598687660, 0.598687660, 0.549833997
        ((0.401312340, -0.598687660, 0.450166003), "target − prediction"),
        ((-0.133770780, 0.199562553, -0.150055334), "loss averaged"),
        ((-0.096419602, 0.143841144, -0.111423546), "slope not cancelled"),
    ],
)
def test_the_mistakes_at_a_head(claim: tuple[float, ...], name: str) -> None:
    network = NETWORKS["sigmoid-bce"]
    (found,) = told(as_arrays(network.defaults), network.graph, z=claim).values()
    assert names(found) == [(name, "z")]


def test_one_entry_alone_is_told_apart_as_far_as_one_number_can() -> None:
    known = known_gradients(backward(forward(relu_mse(), SHUT)))
    claims = {"z": Claim(np.asarray(-0.1), index=(2,))}
    assert names(diagnose(known, claims)["z"]) == [("mask forgotten", "z")]
    right = {"z": Claim(np.asarray(0.0), index=(2,))}
    assert diagnose(known, right)["z"].is_right


def test_a_rounded_number_stands_for_all_it_may_have_been() -> None:
    values = HAND | {"y": np.array([0.4 - 1 / 3, 0.5, 0.1])}  # ∂L/∂z₁ = 1/3
    known = known_gradients(backward(forward(relu_mse(), values)))
    at = {"index": (0,), "values": np.asarray(0.33)}
    low, high = np.asarray(0.325), np.asarray(0.34)
    assert diagnose(known, {"z": Claim(**at, low=low, high=high)})["z"].is_right  # type: ignore[arg-type]
    assert not diagnose(known, {"z": Claim(**at)})["z"].is_right  # type: ignore[arg-type]


def test_numbers_that_differ_in_one_entry_name_what_gave_that_entry() -> None:
    """The second entry has lost its sign; the others are right, so no mistake gives the whole."""
    (found,) = told(HAND, h=[0.2, 0.1, 0.1]).values()
    assert found.matches == ()
    assert [match.site.mistake.name for match in found.by_entry[(1,)]] == ["target − prediction"]


def test_an_unknown_mistake_is_not_given_a_name() -> None:
    (found,) = told(HAND, x=[0.123, 0.456]).values()
    assert (found.is_right, found.matches, found.follows, dict(found.by_entry)) == (False, (), (), {(0,): (), (1,): ()})


def test_a_mistake_that_would_pass_for_right_is_no_explanation() -> None:
    """Off by a tenth of 0.2 is right; so is ∂L/∂z without the mask, (0.2, −0.1, 0.019), but not the claim."""
    values = SHUT | {"y": np.array([0.2, 0.5, -0.019])}
    known = known_gradients(backward(forward(relu_mse(), values)))
    without_mask = Claim(np.array([0.2, -0.1, 0.019]), tolerance=0.1)
    (found,) = diagnose(known, {"z": without_mask}).values()
    assert found.is_right
    claim = replace(without_mask, values=np.array([0.2, -0.1, 0.025]))
    assert claim.fits(without_mask.values, np.zeros(3))
    (found,) = diagnose(known, {"z": claim}).values()
    assert not found.is_right
    assert "mask forgotten" not in [name for name, _ in names(found)]


def test_a_mistake_that_overflows_explains_nothing() -> None:
    graph, values = relu_mse(), HAND | {"y": np.array([-1.2e308, 0.5, 0.1])}
    known = known_gradients(backward(forward(graph, values)))
    assert any(not np.isfinite(wrong["h"]).all() for _, wrong in known.wrong), "twice that is too large"
    found = diagnose(known, {"h": Claim(np.array([1.7e308, -0.2, 0.2]))})
    assert names(found["h"]) == []


# --- over whole tables --------------------------------------------------------------------------------------


def drawn_networks() -> Iterator[tuple[str, Graph, dict[str, Array]]]:
    """relu-mse in all shapes, and each network of the gallery, the sum over paths and the slot shared by two."""
    first = relu_mse()
    for i, state in enumerate(drawn_states()):
        yield f"relu-mse {i}", first, as_arrays(state.values)
    rng = np.random.default_rng(20264)
    for network in NETWORKS.values():
        for i in range(12):
            own = as_arrays(network.defaults)
            yield (
                f"{network.name} {i}",
                network.graph,
                {name: rng.normal(size=a.shape) if name != "y" else a for name, a in own.items()},
            )
    paths = (residual(), twice())
    for i in range(8):
        m = 1 + i % 4
        square = {name: rng.normal(size=(m, m)) for name in ("W", "V")}
        vectors = {name: rng.normal(size=m) for name in ("x", "b", "y", "t")}
        for graph in paths:
            used = {entry.name for entry in graph.leaves}
            yield f"paths {i}", graph, {name: a for name, a in (square | vectors).items() if name in used}


DRAWN = list(drawn_networks())


@cache
def with_mistake(graph: Graph, site: Site) -> Graph:
    for (name, slot), rule in site.rules.items():
        graph = with_rule(graph, name, slot, rule)
    return graph


def planted(graph: Graph, site: Site, values: Mapping[str, Array]) -> dict[str, Array] | None:
    """The gradients with one mistake made; None where its shapes refuse."""
    try:
        return grads(with_mistake(graph, site), values)
    except ValueError:
        return None


def named(found: Diagnosis, site: Site) -> bool:
    return site in [match.site for match in found.matches]


def same(one: Array, other: Array) -> bool:
    """Beside the largest entry, and where it is not noise, beside itself."""
    if one.shape != other.shape:
        return False
    off, size = abs(one - other), abs(other).max()
    return bool(((off <= 1e-6 * size) & ((off <= abs(other) / 2) | (abs(other) <= 1e-14 * size))).all())


def hold(known: Known, wrong: Mapping[str, Array], site: Site, claims: Mapping[str, Claim]) -> int:
    """Each claim is called right exactly if it is, and else the planted mistake is among those named."""
    shown = 0
    for name, found in diagnose(known, claims).items():
        assert found.is_right == same(wrong[name], known.right[name]), (name, site)
        if not found.is_right:
            shown += 1
            assert named(found, site), (name, site.mistake.name, site.wrt, names(found))
    return shown


def kind_of(place: int) -> tuple[str, int]:
    """Which of the networks it is, and how many units it has."""
    name, _, values = DRAWN[place]
    return name.rpartition(" ")[0], len(values.get("b", ()))


def test_each_known_mistake_is_named_or_among_what_it_could_be(lot: Lot) -> None:
    """Where it is made, in each network; wherever it leads, by what is claimed of all gradients, in a few."""
    shown: dict[str, int] = {}
    for place in lot.some(range(len(DRAWN)), 2, of_each=kind_of):
        _, graph, values = DRAWN[place]
        known = known_gradients(backward(forward(graph, values)))
        for site in sites(graph):
            wrong = planted(graph, site, values)
            if wrong is None:
                continue
            claims = {name: Claim(grad) for name, grad in wrong.items()}
            count = hold(known, wrong, site, {site.wrt: claims[site.wrt]})
            if place % (4 if lot.soak else 12) == 0:
                count += hold(known, wrong, site, claims)
            shown[site.mistake.name] = shown.get(site.mistake.name, 0) + count
    used = {site.mistake.name for network in NETWORKS.values() for site in sites(network.graph)}
    assert used == shown.keys()
    assert min(shown.values()) >= (8 if lot.soak else 1), shown


def test_two_ways_to_one_right_gradient_are_both_right(lot: Lot) -> None:
    """By measured slopes, good to seven digits and more, which no mistake could give."""
    for _, graph, values in lot.some(DRAWN[::17], 8):
        measured: dict[str, Array] = {name: np.zeros_like(grad) for name, grad in grads(graph, values).items()}
        whole = dict.fromkeys(measured, True)
        for check in gradcheck(backward(forward(graph, values))):
            measured[check.node][check.index] = check.slope
            whole[check.node] &= check.verdict == "agrees"
        claims = {name: Claim(array) for name, array in measured.items() if whole[name]}
        assert claims
        known = known_gradients(backward(forward(graph, values)))
        assert all(found.is_right for found in diagnose(known, claims).values())


NUMBER = st.floats(-1e3, 1e3).map(lambda number: round(number, 2))


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", NETWORKS)
@settings(max_examples=examples(10, 40), deadline=None, derandomize=True)
@given(data=st.data())
def test_a_right_answer_is_never_called_wrong(name: str, data: st.DataObject) -> None:
    """Also with numbers at which mistakes happen to give the same: 0, equal ones, small whole ones."""
    network = NETWORKS[name]
    pool = data.draw(st.sampled_from((st.sampled_from((0.0, 1.0, -1.0, 2.0, 0.5)), NUMBER.map(lambda x: x / 100))))
    values = {
        leaf: np.array(data.draw(st.lists(pool, min_size=array.size, max_size=array.size))).reshape(array.shape)
        for leaf, array in as_arrays(network.defaults).items()
    }
    right = grads(network.graph, values)
    assume(all(np.isfinite(grad).all() for grad in right.values()))  # what overflows is refused before
    known = known_gradients(backward(forward(network.graph, values)))
    for found in diagnose(known, {name: Claim(grad) for name, grad in right.items()}).values():
        assert found.is_right
        assert not found.matches
    for node, grad in right.items():
        for index in np.ndindex(grad.shape):
            (alone,) = diagnose(known, {node: Claim(grad[index], index=index)}).values()
            assert alone.is_right


# --- the table ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_each_mistake_of_a_row_is_told_in_one_sentence_and_no_two_share_a_name(op: Op) -> None:
    for vjp in op.vjps.values():
        own = mistakes_of(vjp)
        assert len({mistake.name for mistake in own}) == len(own)
        for mistake in own:
            assert mistake.says.endswith(".")
            assert mistake.covers in ("", *(name for name, _, _ in GENERIC))


@pytest.mark.parametrize(("op", "slot"), RULES)
def test_every_mistake_of_every_row_by_hand(op: Op, slot: str) -> None:
    by_hand = REFERENCE[op.name].mistakes.get(slot, Mistakes(1, {}, {}))
    saved = {name: np.asarray(numbers, dtype=np.float64) for name, numbers in by_hand.saved.items()}
    assert [mistake.name for mistake in op.vjps[slot].mistakes] == list(by_hand.outcomes)
    for mistake in op.vjps[slot].mistakes:
        found = mistake.rule(np.asarray(by_hand.v, dtype=np.float64), saved)
        np.testing.assert_allclose(found, np.asarray(by_hand.outcomes[mistake.name]), atol=1e-15, strict=False)


def test_an_op_that_is_new_has_the_general_mistakes() -> None:
    """A row without any of its own: L = Σ u, doubled on the way back."""
    row = OPS["mse"]
    doubled = replace(
        row,
        name="sum",
        vjps={"h": replace(row.vjps["h"], rule=lambda v, saved: v[..., None] * np.ones_like(saved["h"]), mistakes=())},
    )
    graph = Graph([leaf("h", "input"), leaf("y", "target"), OpNode("L", doubled, ("h", "y"), "hidden", "L", "L")])
    (found,) = told({"h": np.ones(2), "y": np.zeros(2)}, graph, h=[-1, -1]).values()
    assert names(found) == [("sign", "h")]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.floats(allow_nan=False, allow_infinity=False))
@example(1.7e308)
@example(-1.7e308)
def test_any_finite_claim_is_looked_at(number: float) -> None:
    (found,) = told(HAND, x=[number, 0.0]).values()
    assert found.is_right is False
