"""Where each entry comes from: every term of every entry of random networks, and a few by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from math import prod
from xml.etree import ElementTree

import numpy as np
import pytest
from latex2mathml.converter import convert

from app.digits import line
from app.engine import NETWORKS, Graph, Trace, as_arrays
from app.engine.graph import Direction
from app.engine.networks import fused as fused_head
from app.snapshot import Expansion, FactorView, explained_snapshot, run, snapshot_dict
from app.snapshot.expansion import expand
from app.snapshot.saved_memory import saved_memory
from app.state import ViewState, from_query
from tests.conftest import Lot
from tests.engine.random_networks import drawn_state, residual, state_with, three_layers, twice

from .states import explained

SIGMOID_THEN_BCE = NETWORKS["sigmoid-then-bce"].graph
HOLD = 1e-12


def asked(key: str, direction: Direction = "backward", query: str = "") -> Expansion:
    state = from_query("&".join(filter(None, [query, f"ask={key}"])), direction, strict=True)
    found = explained(state).ask
    assert found
    return found


def said(expansion: Expansion) -> str:
    """The terms as a person reads them: v₂ · x₁."""
    return " + ".join(
        " · ".join(factor.symbol + ("²" if factor.power == 2 else "") for factor in term) for term in expansion.terms
    )


def numbers(expansion: Expansion) -> list[list[float]]:
    return [[factor.value for factor in term] for term in expansion.terms]


def total(expansion: Expansion) -> float:
    return sum(prod(factor.value**factor.power for factor in term) for term in expansion.terms)


# --- random networks ----------------------------------------------------------------------------------------


def drawn_networks() -> Iterator[ViewState]:
    """500: every shape from 1×1 to 8×8; three of five are relu-mse, the others use a value more than once."""
    rng = np.random.default_rng(20262)
    for i in range(500):
        m, n = 1 + i % 8, 1 + i // 8 % 8
        state = drawn_state(rng, m, n, inactive=i % 3 == 0)
        values = as_arrays(state.values)
        if i % 5 == 3:
            yield state_with(values | {"V": rng.normal(size=(m, m))}, graph=residual())
        elif i % 10 == 4:
            layers = {name: rng.normal(size=(m, n)) for name in "ABC"}
            yield state_with({**{name: values[name] for name in "xby"}, **layers}, graph=three_layers())
        elif i % 10 == 9:
            yield state_with({"t": values["b"], "W": rng.normal(size=(m, m)), "y": values["y"]}, graph=twice())
        else:
            yield state


def kind_of(state: ViewState) -> tuple[str, ...]:
    """Which of the four graphs it has."""
    return tuple(entry.name for entry in state.network.graph.nodes)


def derived(trace: Trace, name: str, index: tuple[int, ...], *, back: bool) -> Expansion:
    return expand(trace, "backward" if back else "forward", name, index)


def subscript(index: tuple[int, ...]) -> str:
    assert all(i < 9 for i in index)
    return "".join("₁₂₃₄₅₆₇₈₉"[i] for i in index)


def parsed(key: str) -> tuple[str, tuple[int, ...]]:
    name, *index = key.split(".")
    return name, tuple(int(place) - 1 for place in index)


# A factor that is made of entries: its number and keys, by its symbol.
Made = dict[str, tuple[float, list[str]]]


def check_factor(factor: FactorView, trace: Trace, made: Made) -> str:
    """That a factor's key, symbol and number belong together. Returns which kind it is."""
    if factor.quantity == "constant":
        assert factor.node is factor.key is None
        return "constant"
    assert factor.node
    if factor.key is None:
        assert factor.symbol.endswith(f" via {factor.node}")
        return "part"
    name, index = parsed(factor.key)
    assert name == factor.node
    assert factor.keys[0] == factor.key
    if factor.quantity == "grad":
        assert factor.symbol == "v" + subscript(index)
        assert factor.value == trace.grads[name][index]
        return "v"
    if factor.symbol == trace.graph.by_name[name].symbol + subscript(index):
        assert factor.value == trace.values[name][index]
        return "entry"
    assert (factor.value, factor.keys) == made[factor.symbol]
    return "local"


def made_at(trace: Trace) -> Made:
    """Every factor that is made of entries, by hand."""
    found: Made = {}
    for node in trace.graph.ops:
        first, last = node.inputs[0], node.inputs[-1]
        at, other = trace.values[first], trace.graph.by_name[last].symbol
        for index in np.ndindex(at.shape):
            keys = [".".join([name, *(str(place + 1) for place in index)]) for name in (first, last)]
            i = subscript(index)
            if node.op.name == "relu":
                found[f"𝟙[{first}{i} > 0]"] = float(at[index] > 0), keys[:1]
            elif node.op.name == "mse":
                found[f"({first}{i} − {other}{i})"] = float(at[index] - trace.values[last][index]), keys
    return found


def check_entry(trace: Trace, made: Made, entry: Expansion, *, back: bool) -> Counter[str]:
    """Everything that must hold of one derivation. Returns the kinds of its factors, and its note."""
    name, index = parsed(entry.key)
    symbol = trace.graph.by_name[name].symbol + subscript(index)
    loss = trace.graph.loss.symbol
    assert (entry.node, entry.index, entry.quantity) == (name, [i + 1 for i in index], "grad" if back else "value")
    assert entry.left.text == (f"∂{loss}/∂{symbol}" if back else symbol)
    if back and name not in trace.grads:
        assert (entry.terms, entry.result, entry.general) == ([], None, None)
        return Counter([entry.note])
    expected = (trace.grads if back else trace.values)[name][index]
    assert entry.result == expected
    if entry.terms:
        size = max(1.0, sum(abs(prod(factor.value**factor.power for factor in term)) for term in entry.terms))
        assert abs(total(entry) - expected) <= HOLD * size
    else:
        assert entry.note == "given"
    assert (entry.general is None) == bool(entry.note)
    return Counter([entry.note, *(check_factor(factor, trace, made) for term in entry.terms for factor in term)])


def test_every_entry_of_a_drawn_network_is_the_sum_of_the_products_that_are_shown(lot: Lot) -> None:
    seen, entries, inactive = Counter[str](), 0, 0
    states = lot.some(drawn_networks(), 10, of_each=kind_of)
    for state in states:
        trace = run(state)
        made = made_at(trace)
        inactive += sum(value == 0 for symbol, (value, _) in made.items() if "𝟙" in symbol)
        for name, value in trace.values.items():
            for index in np.ndindex(value.shape):
                for back in (False, True):
                    entry = derived(trace, name, index, back=back)
                    assert parsed(entry.key) == (name, index)
                    seen += check_entry(trace, made, entry, back=back)
                    entries += 1
    assert entries > 20 * len(states)
    assert inactive > len(states) / 3
    assert min(seen[kind] for kind in ("constant", "part", "v", "entry", "local")) >= len(states), seen
    assert seen["a target takes no gradient"] > len(states)
    assert seen["the seed"] == len(states)
    assert seen["the sum over paths"] > len(states) / 2


def test_the_check_of_an_entry_sees_a_number_that_belongs_elsewhere() -> None:
    trace = run(drawn_state(np.random.default_rng(1), 3, 2))
    made = made_at(trace)
    entry = derived(trace, "W", (1, 0), back=True)
    check_entry(trace, made, entry, back=True)
    ((v, x),) = entry.terms
    for wrong in (
        [[v, x.model_copy(update={"key": "x.2"})]],
        [[v.model_copy(update={"key": "h.2"}), x.model_copy(update={"value": x.value * (1 + 1e-9)})]],
        [[v]],
        [[v, x], [v, x]],
        [],
    ):
        with pytest.raises((AssertionError, KeyError)):
            check_entry(trace, made, entry.model_copy(update={"terms": wrong}), back=True)


@pytest.mark.parametrize("graph", [None, residual()], ids=["relu-mse", "residual"])
def test_what_is_asked_at_an_address_is_what_was_derived(graph: Graph | None) -> None:
    rng = np.random.default_rng(2)
    values = as_arrays(drawn_state(rng, 3, 2, inactive=True).values)
    state = state_with(values | ({"V": rng.normal(size=(3, 3))} if graph else {}), graph=graph)
    trace = run(state)
    directions: tuple[Direction, ...] = ("forward", "backward")
    for direction in directions:
        for name, value in trace.values.items():
            for index in np.ndindex(value.shape):
                entry = derived(trace, name, index, back=direction == "backward")
                question = state.go(direction).with_ask(entry.key)
                assert explained_snapshot(question, trace).ask == entry
                assert snapshot_dict(question, trace)["ask"] == entry.model_dump()


def test_every_step_derives_each_entry_of_its_result_row_by_row() -> None:
    """Also where the result is one contribution of several, which is no node's gradient."""
    directions: tuple[Direction, ...] = ("forward", "backward")
    several = 0
    for state in (*islice(drawn_networks(), 0, 500, 50), *islice(drawn_networks(), 3, 500, 50)):
        for direction in directions:
            for step in range(1, len(state.network.graph.timelines[direction]) + 1):
                current = explained(state.go(direction, step)).current
                result = np.asarray(current.result)
                indices = [[i + 1 for i in index] for index in np.ndindex(result.shape)]
                assert [entry.index for entry in current.entries] == indices
                assert [entry.result for entry in current.entries] == result.ravel().tolist()
                for entry in current.entries:
                    assert entry.node == (current.wrt or current.node)
                    assert total(entry) == pytest.approx(entry.result, rel=1e-12, abs=1e-12)
                several += current.kind == "accumulate"
    assert several == 10


def test_nothing_is_derived_where_nothing_was_asked() -> None:
    assert explained(from_query("", "backward", strict=True)).ask is None


# --- by hand ------------------------------------------------------------------------------------------------


def test_a_weight_s_gradient_by_hand() -> None:
    entry = asked("W.2.1")
    assert (entry.left.text, said(entry)) == ("∂L/∂W₂₁", "v₂ · x₁")
    assert entry.general
    assert entry.general.text == "v₂ x₁"
    assert [factor.key for factor in entry.terms[0]] == ["z.2", "x.1"]
    assert numbers(entry) == [[pytest.approx(-0.1), 1.0]]
    assert entry.result == pytest.approx(-0.1)


def test_a_value_by_hand() -> None:
    entry = asked("z.1", "forward")
    assert (entry.left.text, said(entry)) == ("z₁", "W₁₁ · x₁ + W₁₂ · x₂ + b₁")
    assert entry.general
    assert entry.general.text == "Σⱼ W₁ⱼ xⱼ + b₁"
    assert numbers(entry) == [[0.5, 1.0], [-0.2, 0.5], [0.0]]
    assert [factor.key for term in entry.terms for factor in term] == ["W.1.1", "x.1", "W.1.2", "x.2", "b.1"]
    assert {factor.quantity for term in entry.terms for factor in term} == {"value"}
    assert entry.result == pytest.approx(0.4)


def test_an_input_s_gradient_has_a_term_for_each_unit() -> None:
    entry = asked("x.1")
    assert (entry.left.text, said(entry)) == ("∂L/∂x₁", "W₁₁ · v₁ + W₂₁ · v₂ + W₃₁ · v₃")
    assert entry.general
    assert entry.general.text == "Σᵢ Wᵢ₁ vᵢ"
    assert entry.general.latex == r"\sum_{i} W_{i1}\,v_{i}"
    assert numbers(entry) == [
        [0.5, pytest.approx(0.2)],
        [0.3, pytest.approx(-0.1)],
        [-0.1, pytest.approx(0.1)],
    ]
    assert entry.result == pytest.approx(0.06)


@pytest.mark.parametrize(
    ("key", "direction", "left", "general", "terms"),
    [
        ("h.2", "forward", "h₂", "max(0, z₂)", "𝟙[z₂ > 0] · z₂"),
        ("L", "forward", "L", "½ Σᵢ (hᵢ − y*ᵢ)²", "½ · (h₁ − y*₁)² + ½ · (h₂ − y*₂)² + ½ · (h₃ − y*₃)²"),
        ("h.3", "backward", "∂L/∂h₃", "v (h₃ − y*₃)", "v · (h₃ − y*₃)"),
        ("z.3", "backward", "∂L/∂z₃", "v₃ 𝟙[z₃ > 0]", "v₃ · 𝟙[z₃ > 0]"),
        ("b.1", "backward", "∂L/∂b₁", "v₁", "v₁"),
        ("x.2", "backward", "∂L/∂x₂", "Σᵢ Wᵢ₂ vᵢ", "W₁₂ · v₁ + W₂₂ · v₂ + W₃₂ · v₃"),
    ],
)
def test_every_kind_of_entry_reads_as_by_hand(
    key: str, direction: Direction, left: str, general: str, terms: str
) -> None:
    entry = asked(key, direction)
    assert entry.general
    assert (entry.left.text, entry.general.text, said(entry), entry.note) == (left, general, terms, "")


def test_a_shut_unit_s_gradient_is_a_number_times_0() -> None:
    entry = asked("z.3", query="b=0,-0.1,-0.6")
    (v, mask) = entry.terms[0]
    assert (mask.symbol, mask.value, mask.whole, mask.key) == ("𝟙[z₃ > 0]", 0.0, True, "z.3")
    assert (v.key, v.quantity) == ("h.3", "grad")
    assert v.value == pytest.approx(-0.1)
    assert entry.result == 0.0


def test_the_symbols_are_the_graph_s_and_not_the_op_s() -> None:
    state = drawn_state(np.random.default_rng(3), 2, 2)
    values = as_arrays(state.values) | {"V": np.ones((2, 2))}
    trace = run(state_with(values, graph=residual()))
    assert said(derived(trace, "r", (1,), back=False)) == "V₂₁ · h₁ + V₂₂ · h₂ + z₂"
    entry = derived(trace, "V", (1, 0), back=True)
    assert (said(entry), entry.terms[0][0].key) == ("v₂ · h₁", "r.2")


# --- more than nine -----------------------------------------------------------------------------------------


def twelve() -> Trace:
    return run(drawn_state(np.random.default_rng(4), 12, 12))


@pytest.mark.parametrize(
    ("name", "index", "left", "general", "latex"),
    [
        ("W", (1, 11), "∂L/∂W₂,₁₂", "v₂ x₁₂", r"v_{2}\,x_{12}"),
        ("W", (11, 1), "∂L/∂W₁₂,₂", "v₁₂ x₂", r"v_{12}\,x_{2}"),
        ("W", (8, 8), "∂L/∂W₉₉", "v₉ x₉", r"v_{9}\,x_{9}"),
        ("W", (9, 9), "∂L/∂W₁₀,₁₀", "v₁₀ x₁₀", r"v_{10}\,x_{10}"),
        ("b", (11,), "∂L/∂b₁₂", "v₁₂", "v_{12}"),
        ("x", (11,), "∂L/∂x₁₂", "Σᵢ Wᵢ,₁₂ vᵢ", r"\sum_{i} W_{i,12}\,v_{i}"),
        ("x", (8,), "∂L/∂x₉", "Σᵢ Wᵢ₉ vᵢ", r"\sum_{i} W_{i9}\,v_{i}"),
    ],
)
def test_an_index_from_10_on_stands_off_with_a_comma(
    name: str, index: tuple[int, ...], left: str, general: str, latex: str
) -> None:
    entry = derived(twelve(), name, index, back=True)
    assert entry.general
    assert (entry.left.text, entry.general.text, entry.general.latex) == (left, general, latex)


def test_the_factors_of_a_wide_layer_have_a_comma_too() -> None:
    trace = twelve()
    entry = derived(trace, "z", (11,), back=False)
    assert entry.general
    assert entry.general.text == "Σⱼ W₁₂,ⱼ xⱼ + b₁₂"
    assert [factor.symbol for term in entry.terms[-3:] for factor in term] == ["W₁₂,₁₁", "x₁₁", "W₁₂,₁₂", "x₁₂", "b₁₂"]
    assert entry.terms[11][0].latex == "{W}_{12,12}"
    assert entry.terms[11][0].key == "W.12.12"
    assert entry.terms[11][0].value == trace.values["W"][11, 11]


def test_every_latex_of_a_derivation_is_well_formed_mathml() -> None:
    rng = np.random.default_rng(5)
    states = [drawn_state(rng, 2, 2), drawn_state(rng, 10, 10)]
    states.append(state_with(as_arrays(states[0].values) | {"V": np.ones((2, 2))}, graph=residual()))
    found = set()
    for state in states:
        trace = run(state)
        for name, value in trace.values.items():
            for back in (False, True):
                entry = derived(trace, name, tuple(size - 1 for size in value.shape), back=back)
                found |= {entry.left.latex} | ({entry.general.latex} if entry.general else set())
                found |= {factor.latex for term in entry.terms for factor in term}
    for latex in found:
        tree = ElementTree.fromstring(convert(latex))  # noqa: S314  # our own formulas
        assert "\\" not in "".join(tree.itertext()), latex


# --- where there is nothing to derive -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "direction", "query", "note", "result"),
    [
        ("x.2", "forward", "step=0", "given", 0.5),
        ("W.3.2", "forward", "", "given", 0.6),
        ("y.1", "forward", "", "given", 0.2),
        ("z.1", "forward", "step=0", "the forward pass has not reached it yet", None),
        ("L", "forward", "step=2", "the forward pass has not reached it yet", None),
        ("L", "backward", "step=0", "the backward pass has not reached it yet", None),
        ("W.1.1", "backward", "step=3", "the backward pass has not reached it yet", None),
        ("b.1", "backward", "step=5", "the backward pass has not reached it yet", None),
        ("y.1", "backward", "step=0", "a target takes no gradient", None),
        ("y.1", "backward", "", "a target takes no gradient", None),
    ],
)
def test_a_note_says_why_there_is_nothing_to_derive(
    key: str, direction: Direction, query: str, note: str, result: float | None
) -> None:
    entry = asked(key, direction, query)
    assert (entry.note, entry.result, entry.terms, entry.general) == (note, result, [], None)


def test_the_seed_is_1_and_says_that_it_is_the_seed() -> None:
    entry = asked("L", query="step=1")
    assert (entry.left.text, entry.note, entry.result, numbers(entry)) == ("∂L/∂L", "the seed", 1.0, [[1.0]])
    assert entry.terms[0][0].quantity == "constant"


@pytest.mark.parametrize(
    ("key", "direction", "step"),
    [
        ("z.1", "forward", 1),
        ("L", "forward", 3),
        ("h.1", "backward", 2),
        ("W.1.1", "backward", 4),
        ("b.1", "backward", 6),
    ],
)
def test_an_entry_is_derived_from_the_step_that_finds_it_on(key: str, direction: Direction, step: int) -> None:
    assert not asked(key, direction, f"step={step - 1}").terms
    assert asked(key, direction, f"step={step}").terms


def test_a_value_that_is_used_twice_is_a_sum_once_both_parts_are_there() -> None:
    # z = (2, −3), h = (2, 0), r = (4, 5), r − y = (1, 2); Vᵀ (1, 2) = (9, 19), of which the mask leaves (9, 0)
    values = {"x": [1.0], "W": [[2.0], [-3.0]], "b": [0.0, 0.0], "V": [[1.0, 5.0], [4.0, 7.0]], "y": [3.0, 3.0]}
    state = state_with({name: np.asarray(value) for name, value in values.items()}, graph=residual())
    entries = {step: explained(state.go("backward", step).with_ask("z.1")).ask for step in (4, 5, 6, 7)}
    for step in (4, 5, 6):
        entry = entries[step]
        assert entry
        assert (entry.note, entry.result) == ("the backward pass has not reached it yet", None), step
    whole = entries[7]
    assert whole
    assert (said(whole), whole.note) == ("∂L/∂z₁ via r + ∂L/∂z₁ via h", "the sum over paths")
    assert (numbers(whole), whole.result) == ([[1.0], [9.0]], 10.0)


def test_what_comes_after_a_sum_is_derived_from_the_sum() -> None:
    values = {"x": [5.0], "W": [[2.0], [-3.0]], "b": [-8.0, 12.0], "V": [[1.0, 5.0], [4.0, 7.0]], "y": [3.0, 3.0]}
    state = state_with({name: np.asarray(value) for name, value in values.items()}, graph=residual())
    entry = explained(state.with_ask("W.1.1")).ask
    assert entry
    assert (said(entry), numbers(entry), entry.result) == ("v₁ · x₁", [[10.0, 5.0]], 50.0)
    assert entry.terms[0][0].key == "z.1"


# --- entries made from an intermediate number ---------------------------------------------------------------


def made(graph: Graph, z: list[float], y: list[float]) -> ViewState:
    """A network whose linear layer gives z itself."""
    values = {"x": np.zeros(1), "W": np.zeros((len(z), 1)), "b": np.array(z), "y": np.array(y)}
    return state_with(values, graph=graph)


@pytest.mark.parametrize(
    ("graph", "name", "back", "symbols", "keys"),
    [
        (
            fused_head("softmax-cross-entropy"),
            "L",
            False,
            "y*₁ · (log Σⱼ exp(zⱼ) − z₁) + y*₂ · (log Σⱼ exp(zⱼ) − z₂)",
            ["z.1", "z.2"],
        ),
        (
            fused_head("softmax-cross-entropy"),
            "z",
            True,
            "v · (p₁ − y*₁)",
            ["z.1", "z.2", "y.1"],
        ),
        (fused_head("bce-with-logits"), "z", True, "v · (σ(z₁) − y*₁)", ["z.1", "y.1"]),
        (
            fused_head("poisson-nll"),
            "L",
            False,
            "exp(z₁) + −1 · y*₁ · z₁ + exp(z₂) + −1 · y*₂ · z₂",
            ["z.1"],
        ),
        (SIGMOID_THEN_BCE, "p", False, "σ(z₁)", ["z.1"]),
        (SIGMOID_THEN_BCE, "z", True, "v₁ · p₁ (1 − p₁)", ["p.1"]),
        (SIGMOID_THEN_BCE, "p", True, "v · (p₁ − y*₁) / (p₁ (1 − p₁))", ["p.1", "y.1"]),
    ],
)
def test_an_intermediate_number_is_printed_with_its_own_index_and_lights_all_it_is_made_from(
    graph: Graph, name: str, back: bool, symbols: str, keys: list[str]
) -> None:
    trace = run(made(graph, [0.5, -1.0], [1.0, 0.0]))
    found = derived(trace, name, () if name == "L" else (0,), back=back)
    assert said(found) == symbols
    local = next(factor for term in found.terms for factor in term if factor.slot == "local")
    assert local.keys == keys
    assert (local.key, local.node) == (keys[0], keys[0][0])
    assert "$" not in local.latex
    assert found.result == pytest.approx(total(found), rel=HOLD)


def test_a_negative_constant_stands_in_brackets_where_symbols_are_set_side_by_side() -> None:
    trace = run(made(fused_head("poisson-nll"), [0.5], [1.0]))
    constant = derived(trace, "L", (), back=False).terms[1][0]
    assert (constant.symbol, constant.latex, constant.value) == ("−1", "(-1)", -1.0)


@pytest.mark.parametrize("head", ["bce-with-logits", "softmax-cross-entropy", "poisson-nll"])
def test_every_step_of_a_head_is_a_snapshot_and_names_what_is_saved(head: str) -> None:
    state = made(fused_head(head), [0.5, -1.0], [1.0, 0.0])
    own = {"poisson-nll": "p = exp(z)", "bce-with-logits": "p = σ(z)"}.get(head, "p = softmax(z)")
    for direction in ("forward", "backward"):
        whole = replace(state, direction=direction)
        for step in range(len(state.network.graph.timelines[direction]) + 1):
            current = explained(replace(whole, step=step)).current
            if current.node == "L" and current.kind in ("forward", "vjp"):
                assert current.saved == [own, "y*"]
                assert line(current)
    assert saved_memory(run(state)).items[-1].names == [own, "y*"]
