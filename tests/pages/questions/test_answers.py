"""The whole answers: their numbers by hand and by other ways, their formulas, and nothing that is no number."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
import pytest

from app.engine import NETWORKS, Array, Values
from app.engine.networks import CANONICAL
from app.pages.questions import LOG_PARTITION, SPOKEN, Line, SpokenKind, Think, head_gradients, think
from app.pages.questions.easy import costs
from app.pages.questions.medium import derived
from app.pages.questions.pairs import saturated
from app.snapshot import explained_snapshot, run
from app.state import AS_IT_COMES, ViewState
from tests.pages.chapter.test_boards import BROKEN, numbers_people_bring

BACKWARD = AS_IT_COMES.go("backward")
EVERYONE_BRINGS = list(numbers_people_bring())


def of(name: str, **values: Values) -> ViewState:
    network = NETWORKS[name]
    return ViewState(network, "backward", network.defaults).with_values(values)


def texts(line: Line) -> Iterator[str]:
    """All that a line shows, as plain text."""
    yield line.says
    yield from (equation.text for equation in line.equations)
    yield from (" ".join(piece.text for piece in pieces) for pieces in line.numbers)
    if line.table:
        yield from (cell.text for row in line.table.rows for cell in row.cells)


def whole(question: Think) -> str:
    return "\n".join(text for line in question.lines for text in texts(line))


def equations(question: Think) -> list[str]:
    return [equation.text for line in question.lines for equation in line.equations]


def table(question: Think, caption: str) -> list[list[str]]:
    (found,) = (line.table for line in question.lines if line.table and line.table.caption.startswith(caption))
    return [[cell.text for cell in row.cells] for row in found.rows]


def number(text: str) -> float:
    """What is printed, as a number."""
    mantissa, _, power = text.strip("()").replace("−", "-").partition("×10")
    powers = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    return float(mantissa) * 10.0 ** int(power.translate(powers) or 0)


def count(text: str) -> float:
    """What is printed at a glance, as a number."""
    digits, _, unit = text.replace("\u00a0", " ").partition(" ")
    return float(digits) * {"": 1, "M": 1e6, "G": 1e9}[unit]


def vector(text: str) -> list[float]:
    return [number(entry) for entry in text.strip("()").split(", ")]


# --- all three --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SPOKEN)
def test_whatever_numbers_one_brings_the_answer_shows_none_that_is_none(kind: SpokenKind) -> None:
    for view in EVERYONE_BRINGS:
        found = [text for line in think(kind, view).lines for text in texts(line)]
        broken = [text for text in found if BROKEN.search(text)]
        assert broken == [], view.address()


@pytest.mark.parametrize("kind", SPOKEN)
def test_where_numbers_overflow_the_answer_stands_on_the_default_ones_and_says_so(kind: SpokenKind) -> None:
    question = think(kind, of("relu-mse", x=(1e200, 1e200), y=(1e300, 0.0, 0.0)))
    assert not BROKEN.search(whole(question))
    note = "so these are its default numbers" if kind != "prediction-target" else "stands on its default numbers"
    assert note in whole(question)
    assert note not in whole(think(kind, BACKWARD))
    assert [len(line.numbers) for line in question.lines] == [len(line.numbers) for line in think(kind, BACKWARD).lines]


@pytest.mark.parametrize("kind", SPOKEN)
def test_hints_come_in_two_and_give_no_result_away(kind: SpokenKind) -> None:
    question = think(kind, BACKWARD)
    first, second = question.hints
    assert first != second
    results = ["v xᵀ", "Wᵀ v", "vᵢ xⱼ", "prediction −", "p − y", "A′(η)", "closed form", "16,777,216", "vᵀJ", "vᵀ J"]
    for said in (question.prompt, first, second):
        allowed = {"prediction −"} if kind == "prediction-target" and said == question.prompt else set()
        assert [result for result in results if result in said and result not in allowed] == []
    assert first.count("?") + second.count("?") >= 1 or kind == "prediction-target"


def test_each_question_names_its_level_its_board_and_the_address_of_the_whole_answer() -> None:
    view = of("relu-mse", x=(2.0, 1.0))
    found = [think(kind, view) for kind in SPOKEN]
    assert [(one.level, one.board.key) for one in found] == [("easy", "4"), ("medium", "5"), ("hard", "8")]
    assert [one.whole for one in found] == [f"/recall?x=2,1&q={kind}&reveal=1" for kind in SPOKEN]
    assert found[1].board_address == "/chapter/5?x=2,1"


# --- easy -------------------------------------------------------------------------------------------------------


def test_the_sizes_of_a_layer_of_4096_by_hand() -> None:
    """4096² = 16,777,216 entries, 4 bytes each; 32 layers; 1024 examples; ∂z/∂W has 4096 · 4096² entries."""
    question = think("why-vjp", BACKWARD)
    entries = 4096 * 4096
    assert f"{entries:,}" in question.lines[0].says
    rows = table(question, "The Jacobian ∂z/∂x")
    amounts = [(entries, "67.1 MB"), (32 * entries, "2.1 GB"), (32 * 1024 * entries, "2.2 TB")]
    assert [row[3].replace("\u00a0", " ") for row in rows] == [text for _, text in amounts]
    for count, text in amounts:
        size, unit = text.split()
        assert 4 * count / {"MB": 1e6, "GB": 1e9, "TB": 1e12}[unit] == pytest.approx(float(size), abs=0.051)
    assert "∂z/∂x is W itself" in question.lines[0].says
    weights, mask = table(question, "One layer and one example")
    assert [text.replace("\u00a0", " ") for text in weights] == [
        "∂z/∂W",
        "4096×16,777,216",
        "68.7 G",
        "16,777,216",
        "275 GB",
    ]
    assert 4 * 4096 * entries / 1e9 == pytest.approx(275, abs=0.5)
    assert mask[3] == "4096"
    assert "1 in 4096 of its entries" in question.lines[1].says


def test_the_product_with_v_is_the_gradient_redone_from_its_digits() -> None:
    question = think("why-vjp", of("relu-mse", x=(1.7, -0.3)))
    ((v, matrix, relation, product),) = (pieces for line in question.lines for pieces in line.numbers)
    assert v.drawn
    assert matrix.drawn
    assert product.drawn
    redone = v.drawn.numbers() @ matrix.drawn.numbers()
    assert product.drawn.recompute(redone) == product.drawn.texts
    assert relation.text == "="


def test_each_closed_form_costs_about_its_forward_pass_and_the_jacobian_its_entries() -> None:
    rows = {row[1]: row[2:] for row in table(think("why-vjp", BACKWARD), "Multiply-adds")}
    flat = {name: [cell.replace("\u00a0", " ") for cell in cells] for name, cells in rows.items()}
    assert flat["∂L/∂W = v xᵀ"] == ["68.7 G", "16.8 M", "16.8 M"]
    assert flat["∂L/∂x = Wᵀ v"] == ["16.8 M", "16.8 M", "16.8 M"]
    assert flat["∂L/∂z = v ⊙ 𝟙[z > 0]"] == ["16.8 M", "4096", "4096"]
    assert flat["∂L/∂z = v (p − y*)"][1] == "4096"
    question = think("why-vjp", BACKWARD)
    of_op: dict[str, list[float]] = {}
    for title, _, _, vjp, forward_pass in table(question, "Multiply-adds"):
        of_op.setdefault(title, [count(forward_pass)]).append(count(vjp))
    most = max(sum(vjps) / forward_pass for forward_pass, *vjps in of_op.values())
    assert len(of_op) > 3
    assert f"for each op below, all VJPs together take at most {most:g} times the multiply-adds" in whole(question)


def test_the_contract_of_three_frameworks_is_named() -> None:
    said = whole(think("why-vjp", BACKWARD))
    for name in ("torch.autograd.Function", "backward(ctx, grad_output)", "jax.vjp(f, x)", "tape.gradient"):
        assert name in said


def test_the_jacobians_of_the_first_network_by_hand() -> None:
    """∂L/∂h 1×3, ∂h/∂z 3×3, ∂z/∂W 3×6, ∂z/∂x 3×2, ∂z/∂b 3×3; zeros 6 + 12 + 6; VJPs 3 + 3 + 6 + 6 + 0.

    In their place stand h − y, the mask, x, W and nothing: 3 + 3 + 2 + 6.
    """
    found = costs(run(BACKWARD))
    assert (found.entries, found.zeros) == (3 + 9 + 18 + 6 + 9, 24)
    assert (found.multiply_adds, found.closed_multiply_adds) == (45, 18)
    assert found.closed_entries == 14
    assert found.local_multiply_adds == 0
    assert [row[2] for row in table(think("why-vjp", BACKWARD), "Each Jacobian")] == ["1×3", "3×3", "3×6", "3×2", "3×3"]


def test_the_costs_of_an_answer_and_of_the_steps_are_the_same() -> None:
    """Beside the products with v stands what the local derivatives take, and both are what the steps say."""
    for name, network in NETWORKS.items():
        state = ViewState(network, "backward", network.defaults)
        trace, found = run(state), costs(run(state))
        steps = [
            explained_snapshot(state.go("backward", use.step), trace).current.cost
            for use in network.graph.vjps.values()
        ]
        assert found.closed_multiply_adds + found.local_multiply_adds == sum(
            cost.multiply_adds for cost in steps if cost
        ), name
        assert found.local_multiply_adds == sum(cost.local_multiply_adds for cost in steps if cost)


# --- medium -----------------------------------------------------------------------------------------------------


def test_the_linear_layer_is_derived_for_each_of_its_inputs() -> None:
    found = derived(BACKWARD, run(BACKWARD))
    assert [entry.equation.text for entry in found] == ["∂L/∂W = v xᵀ", "∂L/∂x = Wᵀ v", "∂L/∂b = v"]
    assert [entry.address for entry in found] == [
        "/backward?step=4&show=why",
        "/backward?step=5&show=why",
        "/backward?step=6&show=why",
    ]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_line_of_the_derivations_stands_in_the_answer_in_their_order(name: str) -> None:
    view = of(name)
    said = equations(think("by-indices", view))
    wanted = [line.formula.text for one in derived(view, run(view)) for line in one.derivation.reasons]
    places: list[int] = []
    for formula in wanted:
        start = places[-1] + 1 if places else 0
        places.append(next(i for i in range(start, len(said)) if said[i].endswith(f"= {formula}")))
    assert places == sorted(places)
    for partial in ("∂zₖ/∂Wᵢⱼ = δₖᵢ xⱼ", "∂zᵢ/∂xⱼ = Wᵢⱼ"):
        assert partial in said
    assert "Σᵢ vᵢ Wᵢⱼ = Σᵢ (Wᵀ)ⱼᵢ vᵢ" in said, "where the transpose comes from"


def test_products_and_their_entries_redone_from_their_digits() -> None:
    """What does not come out is not called equal: there, large numbers cancel."""
    nearly = 0
    for view in EVERYONE_BRINGS:
        outer, entry, product, dot = (pieces for line in think("by-indices", view).lines for pieces in line.numbers)
        v, x, _, grad_w = (piece.drawn for piece in outer)
        transposed, column, _, grad_x = (piece.drawn for piece in product)
        assert v
        assert x
        assert grad_w
        assert transposed
        assert column
        assert grad_x
        assert grad_w.shape == view.network.shape("W")
        for pieces, entry_pieces, drawn, redone in (
            (outer, entry, grad_w, v.numbers()[:, None] * x.numbers()),
            (product, dot, grad_x, transposed.numbers() @ column.numbers()),
        ):
            is_equal = drawn.recompute(redone) == drawn.texts
            assert pieces[2].text == ("=" if is_equal else "≈"), view.address()
            *left, relation, result = (piece.text for piece in entry_pieces)
            assert relation == pieces[2].text
            nearly += not is_equal
            terms = " ".join(left).partition(" = ")[2].split(" + ")
            total = sum(math.prod(number(factor) for factor in term.split(" · ")) for term in terms)
            place = drawn.texts.index(result)
            again = np.array(drawn.numbers())
            again.ravel()[place] = total
            assert not is_equal or drawn.recompute(again)[place] == result, view.address()
    assert 0 < nearly < len(EVERYONE_BRINGS) / 5


def test_a_square_w_is_warned_of_and_another_is_told_apart() -> None:
    square, other = think("by-indices", of("shared")), think("by-indices", of("relu-mse"))
    assert "Here W is 2×2, and x vᵀ is 2×2, too: only the indices tell" in square.lines[-1].says
    assert "Here W is 3×2, and x vᵀ would be 2×3: the shapes tell" in other.lines[-1].says
    rows = table(other, "The shapes")
    assert rows[0][1:] == ["(3×1)·(1×2)", "3×2", "3×2, as W has"]
    assert rows[1][1:] == ["(2×3)·(3×1)", "2", "2, as x has"]


# --- hard -------------------------------------------------------------------------------------------------------


def test_each_canonical_pair_ends_in_prediction_minus_target_and_the_mismatch_does_not() -> None:
    """On z = (0.4, 0.4, 0.2); e^0.4 = 1.4918247, e^0.2 = 1.2214028."""
    found = {head.network: head for head in head_gradients(BACKWARD)}
    assert [name for name, head in found.items() if not head.canonical] == ["softmax-mse"]
    total = 2 * 1.4918247 + 1.2214028
    for name, numbers in {
        "identity-mse": (0.4 - 0.2, 0.4 - 0.5, 0.2 - 0.1),
        "sigmoid-bce": (1.4918247 / 2.4918247 - 1, 1.4918247 / 2.4918247, 1.2214028 / 2.2214028 - 1),
        "softmax-ce": (1.4918247 / total, 1.4918247 / total - 1, 1.2214028 / total),
        "exp-poisson": (1.4918247 - 1, 1.4918247 - 2, 1.2214028),
    }.items():
        assert found[name].numbers == pytest.approx(numbers, abs=1e-6)
        difference = np.subtract(found[name].prediction, found[name].target)
        assert found[name].numbers == pytest.approx(difference)


def test_heads_on_numbers_that_would_overflow_stand_on_their_own() -> None:
    far = of("relu-mse", x=(4000.0, 1.0))
    found = {head.network: head.numbers for head in head_gradients(far)}
    own = {head.network: head.numbers for head in head_gradients(BACKWARD)}
    assert found["exp-poisson"] == own["exp-poisson"]
    assert found["identity-mse"] != own["identity-mse"]
    assert [head.network for head in head_gradients(far) if head.on_defaults] == ["exp-poisson"]
    assert not any(head.on_defaults for head in head_gradients(BACKWARD))


def log_partition(formula: str, eta: Array) -> float:
    """A(η) of all entries, read off its text by someone who knows no distribution."""
    one = formula.replace("ⱼ", "")
    if one.startswith("log Σ"):
        return float(np.log(np.exp(eta).sum()))
    terms = {"η²/2": eta**2 / 2, "log(1 + exp(η))": np.log(1 + np.exp(eta)), "exp(η)": np.exp(eta)}
    return float(terms[one].sum())


def test_the_slope_of_each_log_partition_is_the_prediction_of_its_head() -> None:
    """By central differences, at the z of the reader's numbers."""
    found = {head.network: head for head in head_gradients(BACKWARD)}
    z = run(BACKWARD).values["z"]
    for name in CANONICAL:
        likelihood = NETWORKS[name].graph.loss.op.likelihood
        assert likelihood is not None
        formula = LOG_PARTITION[likelihood.distribution].text
        slopes = [
            (log_partition(formula, z + step) - log_partition(formula, z - step)) / 2e-5 for step in 1e-5 * np.eye(3)
        ]
        assert slopes == pytest.approx(found[name].prediction, abs=1e-8)


def test_prediction_minus_target_redone_from_its_digits() -> None:
    for view in EVERYONE_BRINGS:
        for row in table(think("prediction-target", view), "Prediction − target in four networks"):
            if any(" − " in text or "×" in text for text in row[2:]):
                continue  # written by how far it is from 1, or too large for digits
            p, y, grad = (vector(text) for text in row[2:])
            decimals = max(len(text.rpartition(".")[2]) for text in row[4].strip("()").split(", "))
            assert np.subtract(p, y) == pytest.approx(grad, abs=0.5001 * 10.0**-decimals), view.address()


def test_the_softmax_is_multiplied_out_line_by_line_and_its_terms_add_up() -> None:
    question = think("prediction-target", BACKWARD)
    said = equations(question)
    for formula in (
        "∂pⱼ/∂zᵢ = pⱼ (δⱼᵢ − pᵢ)",
        "∂L/∂pⱼ = −y*ⱼ / pⱼ",
        "∂L/∂zᵢ = Σⱼ −(y*ⱼ / pⱼ) pⱼ (δⱼᵢ − pᵢ)",
        "= Σⱼ −y*ⱼ (δⱼᵢ − pᵢ)",
        "= −y*ᵢ + pᵢ Σⱼ y*ⱼ",
        "= pᵢ − y*ᵢ",
    ):
        assert formula in said
    *terms, total = table(question, "Entry 1")
    found = [number(term[-1]) for term in terms]
    grad = next(head for head in head_gradients(BACKWARD) if head.network == "softmax-ce").numbers
    assert isinstance(grad, list)
    assert sum(found) == pytest.approx(grad[0], abs=5e-4)
    assert number(total[-1].rpartition(" = ")[2]) == pytest.approx(sum(found))
    for _, y, rest, term in terms:
        delta, _, p = rest.partition(" − ")
        assert -number(y) * (number(delta) - number(p)) == pytest.approx(number(term))


@pytest.mark.parametrize("y", [(1.0, 1.0, 0.0), (0.0, 0.0, 0.0), (0.2, 0.5, 0.1), (0.25, 0.5, 0.25)])
def test_targets_that_do_not_sum_to_1_keep_their_sum_and_the_terms_add_up_to_it(y: tuple[float, ...]) -> None:
    """p₁ = e⁰·⁴ / (2 e⁰·⁴ + e⁰·²); the terms are −y*ⱼ (δⱼ₁ − p₁)."""
    p = math.exp(0.4) / (2 * math.exp(0.4) + math.exp(0.2))
    question = think("prediction-target", of("softmax-ce", y=y))
    *terms, total = table(question, "Entry 1")
    left, _, result = total[-1].rpartition(" = ")
    assert number(result) == pytest.approx(p * sum(y) - y[0], abs=5e-3)
    assert sum(number(term[-1]) for term in terms) == pytest.approx(number(result), abs=2e-3)
    assert left == ("p₁ − y*₁" if sum(y) == 1 else "p₁ Σ y* − y*₁")
    assert ("That sum is 1." in whole(question)) is (sum(y) == 1)
    assert sum(y) == 1 or f"Here it is {sum(y):g}, and stays." in whole(question)


def test_the_pair_that_is_not_canonical_saturates_and_the_other_does_not() -> None:
    """At z = (10, 0, 0), where the second class is right: p = (e¹⁰, 1, 1) / (e¹⁰ + 2)."""
    p = np.array([math.exp(10), 1, 1]) / (math.exp(10) + 2)
    error = p - np.array([0.0, 1.0, 0.0])
    fused, other = saturated()
    assert fused.numbers == pytest.approx(error)
    assert other.numbers == pytest.approx(p * (error - error @ p))
    assert max(map(abs, fused.prediction)) > 0.999
    assert np.abs(fused.numbers).max() > 0.99
    assert np.abs(other.numbers).max() < 2e-4
    rows = table(think("prediction-target", BACKWARD), "Confident and wrong")
    assert vector(rows[0][1]) == pytest.approx(error, rel=1e-2)


def test_the_contrast_redone_from_its_digits() -> None:
    for view in EVERYONE_BRINGS:
        (pieces,) = (pieces for line in think("prediction-target", view).lines for pieces in line.numbers)
        p, v, grad = (piece.drawn for piece in pieces if piece.drawn and piece.drawn.shape)
        (mean,) = (number(piece.text) for piece in pieces if piece.drawn and not piece.drawn.shape)
        redone = p.numbers() * (v.numbers() - mean)
        assert pieces[-2].text == ("=" if grad.recompute(redone) == grad.texts else "≈"), view.address()
    assert pieces[1].text == "="


def test_the_family_argument_and_the_four_pairs_are_told() -> None:
    question = think("prediction-target", BACKWARD)
    assert equations(question)[0] == "L = A(η) − y* η + const"
    assert "∂L/∂z = A′(η) − y*" in equations(question)
    rows = table(question, "Four canonical pairs")
    links = {row[0].lower(): row[2] for row in rows}
    for name in CANONICAL:
        likelihood = NETWORKS[name].graph.loss.op.likelihood
        assert likelihood is not None
        assert links[likelihood.distribution.lower()] == likelihood.link
    assert re.search(r"maximum subtracted", whole(question))
