"""Questions about Jacobians, products of them, and what is saved: right by hand, by counting, by moving numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from app.engine import NETWORKS, Array, Trace, as_arrays, backward, forward
from app.pages.contents import CONTENTS
from app.pages.recall.counts import hint, judge, numbers_of, saved_values, worked
from app.pages.recall.listed import ASKED, by_board, drawn_for, to_think_of
from app.pages.recall.question import DRAWN, LEVELS, SPOKEN, Question, RecallState, recall_from_query, shuffled
from app.pages.recall.uses import path
from app.snapshot import run
from app.snapshot.brackets import jacobian_chain, main_path
from app.snapshot.jacobian import jacobian
from app.state import ViewState

every_network = pytest.mark.parametrize("name", NETWORKS)


def view_of(name: str) -> ViewState:
    return ViewState(NETWORKS[name], "backward", NETWORKS[name].defaults)


def asked(name: str, *kinds: str) -> Iterator[tuple[Trace, Question]]:
    """Every question of some kinds about a network as it comes."""
    view = view_of(name)
    trace = run(view)
    for kind in DRAWN:
        if kind in kinds:
            for question in shuffled(view, kind):
                yield trace, question


def told(query: str) -> tuple[str, list[str]]:
    recall = recall_from_query(query)
    assert recall.answer is not None
    found = judge(run(recall.posed), recall.question, recall.answer)
    return found.verdict, found.sentences


# --- what is right ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "right"),
    [
        # ∂z/∂x is W, ∂z/∂W has a column for each of 6 entries, ∂h/∂z is a diagonal, ∂L/∂h a row
        ("q=jacobian.z.x", "3×2"),
        ("q=jacobian.z.W", "3×6"),
        ("q=jacobian.h.z", "3x3"),
        ("q=jacobian.L.h", "(1, 3)"),
        # 3 · 2 products for v xᵀ and for Wᵀ v, 3 for the mask, none for b; vᵀJ has one for each entry of J
        ("q=price.z.W", "6, 18"),
        ("q=price.z.x", "6, 6"),
        ("q=price.z.b", "0, 9"),
        ("q=price.h.z", "3, 9"),
        # each row of ∂z/∂W holds x once
        ("q=sparse.z.W", "18, 6"),
        ("q=sparse.z.x", "6, 6"),
        ("q=sparse.z.b", "9, 3"),
        ("q=sparse.h.z", "9, 3"),
        ("network=softmax-mse&q=sparse.p.z", "9, 9"),
        # (1×3)(3×3) is 9, then (1×3)(3×2) is 6; from the right (3×3)(3×2) is 18, then (1×3)(3×2) is 6
        ("q=bracket.x", "15, 24"),
        ("q=bracket.W", "27, 72"),
        ("network=identity-mse&q=bracket.x", "6, 6"),
        # W and x for the linear op, z for the mask, h and y* for the loss
        ("q=saved", "1,2,4,5,6"),
        # p, which the loss makes, stands last: x, W, b, z, y*, L, p
        ("network=softmax-ce&q=saved", "1,2,5,7"),
    ],
)
def test_what_is_right_by_hand(query: str, right: str) -> None:
    assert told(f"{query}&answer={right}") == ("right", [])


@every_network
def test_the_shape_of_each_jacobian_is_that_of_the_matrix(name: str) -> None:
    for trace, question in asked(name, "jacobian"):
        (use,) = (u for u in trace.graph.vjps.values() if (u.node.name, u.wrt) == (question.of, question.node))
        rows, columns = trace.values[question.of].size, trace.values[question.node].size
        assert np.shape(jacobian(trace, use).matrix) == (rows, columns)
        recall = recall_from_query(f"network={name}&q={question.key}&answer={rows}x{columns}")
        assert recall.answer is not None
        assert judge(trace, question, recall.answer).verdict == "right"


@every_network
def test_what_can_be_other_than_0_is_so_for_some_numbers_and_nothing_else_is(name: str) -> None:
    """By moving each input of the op and looking at which outputs move."""
    random = np.random.default_rng(5)
    network = NETWORKS[name]
    for trace, question in asked(name, "sparse"):
        node = trace.graph.computed[question.of]
        moves = np.zeros((trace.values[question.of].size, trace.values[question.node].size), dtype=bool)
        for _ in range(20):
            leaves = {leaf: random.uniform(-2, 2, array.shape) for leaf, array in as_arrays(network.defaults).items()}
            values = forward(network.graph, leaves).values
            inputs = [values[one] for one in node.inputs]
            place = node.inputs.index(question.node)
            before = node.op.forward(*inputs)[0]
            for column in range(moves.shape[1]):
                moved = [np.array(one) for one in inputs]
                moved[place].ravel()[column] += 0.1
                moves[:, column] |= (node.op.forward(*moved)[0] != before).ravel()
        assert numbers_of(trace, question) == (moves.size, moves.sum()), question.key


def multiplied(left: Array, right: Array) -> tuple[Array, int]:
    """A product of two matrices by three loops, and how many multiplications it took."""
    found, count = np.zeros((len(left), right.shape[1])), 0
    for i in range(len(left)):
        for j in range(right.shape[1]):
            for k in range(len(right)):
                found[i, j] += left[i, k] * right[k, j]
                count += 1
    return found, count


@every_network
def test_both_orders_of_a_product_by_loops_give_the_gradient_and_take_what_is_said(name: str) -> None:
    for trace, question in asked(name, "bracket"):
        uses = path(trace.graph, question.node)
        matrices = [np.array(jacobian(trace, use).matrix) for use in uses]
        left, right, counts = matrices[0], matrices[-1], [0, 0]
        for matrix in matrices[1:]:
            left, count = multiplied(left, matrix)
            counts[0] += count
        for matrix in matrices[-2::-1]:
            right, count = multiplied(matrix, right)
            counts[1] += count
        assert numbers_of(trace, question) == tuple(counts), question.key
        found = trace.contributions[uses[-1].edge].ravel()
        assert left.ravel() == pytest.approx(found)
        assert right.ravel() == pytest.approx(found)


@every_network
def test_recall_and_the_board_of_the_chain_count_alike(name: str) -> None:
    for trace, question in asked(name, "bracket"):
        if question.node == "x":
            chain = jacobian_chain(trace)
            assert path(trace.graph, "x") == main_path(trace.graph)
            assert numbers_of(trace, question) == (chain.loss_side.multiply_adds, chain.input_side.multiply_adds)


@every_network
def test_a_value_is_saved_if_a_vjp_needs_it(name: str) -> None:
    """Without what is not saved the backward pass finds the same; without any one that is, it does not run."""
    trace = run(view_of(name))
    saved = dict(saved_values(trace.graph))
    assert any(saved.values())
    assert not saved["L"]
    read = set()
    for use in trace.graph.vjps.values():
        for slot in use.vjp.reads:
            bare = {one: array for one, array in trace.saved[use.node.name].items() if one != slot}
            with pytest.raises(KeyError):
                use.vjp.rule(trace.grads[use.node.name], bare)
            read.add((use.node.name, slot))
    kept = {(node.name, slot) for node in trace.graph.ops for slot in node.op.saved}
    assert read == kept
    assert backward(trace).grads.keys() == trace.grads.keys()


# --- what an answer is ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("q=jacobian.z.x&answer=2x3", "This is transposed: the outputs, the entries of z, are the rows of a Jacobian."),
        ("q=jacobian.z.W&answer=3x2", "This is the shape of the gradient, like W"),
        ("q=jacobian.z.x&answer=2", "This is the shape of the gradient, like x"),
        ("q=jacobian.z.x&answer=6", "A Jacobian is a matrix"),
        ("q=jacobian.z.x&answer=3x3", "3×3 is not the shape of ∂z/∂x."),
        ("q=price.z.W&answer=18,6", "These are the right numbers in the wrong order."),
        ("q=price.z.W&answer=6", "2 numbers are asked for, with a comma between them."),
        ("q=price.z.W&answer=6,9", "One of the two numbers is right."),
        ("q=price.z.W&answer=7,9", "Neither number is right."),
        ("q=bracket.x&answer=30,48", "Neither number is right. A multiplication with its addition counts as one"),
        ("q=sparse.z.W&answer=18,12", "One of the two numbers is right. The second one counts the entries that are"),
        ("q=saved&answer=", "5 values that are saved are not ticked."),
        ("q=saved&answer=3", "The ticked value is not saved. 5 values that are saved are not ticked."),
        ("q=saved&answer=1,2,3,4,5,6", "1 of the 6 ticked values is not saved."),
        ("q=saved&answer=1,2,4,5", "1 value that is saved is not ticked."),
    ],
)
def test_a_wrong_answer_is_told_what_it_looks_like(query: str, says: str) -> None:
    verdict, sentences = told(query)
    assert verdict == "wrong"
    assert " ".join(sentences).startswith(says)


@every_network
def test_no_hint_and_no_wrong_answer_tells_a_number_that_is_asked_for(name: str) -> None:
    for trace, question in asked(name, "price", "sparse", "bracket"):
        wanted = {str(number) for number in numbers_of(trace, question)}
        said = hint(trace, question)
        assert said
        words = set(said.replace("×", " ").replace(".", " ").replace(",", " ").split())
        if question.kind != "bracket":  # whose shapes are given, and may hold the same digits
            assert not wanted & words, question.key
        recall = recall_from_query(f"network={name}&q={question.key}&answer=99999,99999")
        assert recall.answer is not None
        assert not wanted & set(" ".join(judge(trace, question, recall.answer).sentences).split())


@every_network
def test_what_is_right_is_told_with_its_numbers(name: str) -> None:
    for trace, question in asked(name, "jacobian", "price", "sparse", "bracket", "saved"):
        says, lines = worked(trace, question)
        assert lines
        for number in numbers_of(trace, question):
            assert str(number) in says or (number == numbers_of(trace, question)[0] and "All of them" in says)
        for line in lines:
            for pieces in line.numbers:
                assert "nan" not in " ".join(piece.text for piece in pieces)


def test_the_products_of_a_bracket_are_listed_as_they_are_added_up() -> None:
    recall = recall_from_query("q=bracket.x")
    _, lines = worked(run(recall.view), recall.question)
    for line, total in zip(lines, (15, 24), strict=True):
        assert line.table is not None
        counts = [row.cells[-1].text.partition(" = ") for row in line.table.rows]
        assert sum(int(count) for _, _, count in counts) == total
        for product, _, count in counts:
            assert np.prod([int(factor) for factor in product.split("·")]) == int(count)


# --- levels and boards ------------------------------------------------------------------------------------------


@every_network
def test_every_board_has_questions_of_its_own_on_the_present_network_or_one_that_has_its_op(name: str) -> None:
    recall = RecallState(view_of(name), Question("why-vjp"))
    numbered = [board for key, board in CONTENTS.items() if key.isdecimal()]
    assert [board.name for board in numbered] == list(ASKED)
    for board, listed in zip(numbered, by_board(recall), strict=True):
        assert listed.title == board.label
        assert listed.questions, board
        for kind, question in zip(ASKED[board.name][0], listed.questions, strict=True):
            found = drawn_for(recall.view, board, kind)
            assert found.board is board
            assert found.question.kind == kind
            assert question.href == found.address()
            assert recall_from_query(question.href.partition("?")[2]) == found
            assert question.level == LEVELS[kind]


def test_a_board_about_another_network_takes_the_numbers_along_that_fit() -> None:
    recall = recall_from_query("x=2,1&q=saved")
    reuse = next(board for board in by_board(recall) if board.title.startswith("10 "))
    assert reuse.elsewhere
    assert {question.href.partition("&q")[0] for question in reuse.questions} == {"/recall?network=shared&x=2,1"}
    assert not by_board(recall_from_query("network=shared&q=saved"))[-1].elsewhere


def test_every_question_has_a_level_and_there_are_some_of_each() -> None:
    assert set(LEVELS) == {*DRAWN, *SPOKEN}
    assert [LEVELS[kind] for kind in SPOKEN] == ["easy", "medium", "hard"]
    assert {LEVELS[kind] for kind in DRAWN} == {"easy", "medium", "hard"}
    order = [("easy", "medium", "hard").index(LEVELS[kind]) for kind in DRAWN]
    assert order == sorted(order), "from easy to hard"
    listed = to_think_of(recall_from_query("q=by-indices"))
    assert [one.here for one in listed] == [False, True, False]


@pytest.mark.parametrize(
    ("query", "board"),
    [
        ("q=why-vjp", "avoided"),
        ("q=by-indices", "linear"),
        ("q=prediction-target", "canonical"),
        ("q=W.2.1", "linear"),
        ("q=x", "linear"),
        ("q=zeros.z", "relu"),
        ("q=h", "canonical"),
        ("q=shape.x", "vjp"),
        ("network=softmax-ce&q=z", "softmax"),
        ("network=two-layer&q=s.1", "softmax"),
        ("network=exp-poisson&q=z.2", "canonical"),
        ("network=shared&q=x", "reuse"),
        ("network=shared&q=h.1", "reuse"),
        ("network=tanh-mse&q=z", "vjp"),
        ("q=jacobian.z.x", "jacobian"),
        ("q=bracket.x", "chain"),
        ("q=price.z.x", "vjp"),
        ("q=sparse.z.x", "avoided"),
        ("q=saved", "saved"),
    ],
)
def test_a_question_belongs_to_the_board_that_explains_it(query: str, board: str) -> None:
    assert recall_from_query(query).board.name == board
