"""Questions and answers: what an address asks, what may be typed, and what an answer is called."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.digits import formatted
from app.engine import NETWORKS, as_arrays
from app.pages.recall.answers import NumbersTyped, ShapeTyped, Ticked, numbers_typed, shape_typed, ticked
from app.pages.recall.data import entries, hints, judge
from app.pages.recall.question import DRAWN, OF_GRADIENT, SPOKEN, Question, RecallState, recall_from_query, shuffled
from app.snapshot import run
from app.state import Invalid, ViewState
from tests.conftest import examples
from tests.engine.test_zeros import RATIONAL, by_hand

SHUT = "b=0,-0.1,-0.6"  # ∂L/∂h = (0.2, −0.1, −0.1), ∂L/∂z = (0.2, −0.1, 0), ∂L/∂x = (0.07, −0.08)
THIRD = "y=0.06666666666666667,0.5,0.1"  # ∂L/∂h₁ = 1/3


def told(query: str) -> tuple[str, list[str]]:
    recall = recall_from_query(query)
    assert recall.answer is not None
    found = judge(run(recall.posed), recall.question, recall.answer)
    return found.verdict, found.sentences


# --- what may be typed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.1", 0.1), ("−0.1", -0.1), ("-0.1", -0.1), (" +.5 ", 0.5), ("1e-3", 0.001), ("1/3", 1 / 3), ("-2 / 4", -0.5)],
)
def test_a_number_is_read_as_people_write_it(text: str, value: float) -> None:
    found = numbers_typed(text, ())
    assert isinstance(found, NumbersTyped)
    assert [number.value for number in found.numbers] == [value]


@pytest.mark.parametrize(
    "text", ["abc", "0,5", "1;2", "nan", "inf", "1e999", "1/0", "1/", "/2", "0x1", "1_0", "½", "--1", "1 2", "\x00"]
)
def test_what_is_no_number_is_told_what_one_is(text: str) -> None:
    found = numbers_typed(text, ())
    assert not isinstance(found, NumbersTyped)
    assert "0.25, −2 or 1/3" in found.msg or "with a point" in found.msg


@pytest.mark.parametrize(
    ("text", "wanted", "shape"),
    [
        ("1,2,3", (3,), (3,)),
        ("(1, 2, 3)", (3,), (3,)),
        ("1;2;3", (3,), (3,)),
        ("1,2", (3,), (2,)),
        ("1,2;3,4;5,6;", (3, 2), (3, 2)),
        ("1,2,3;4,5,6", (3, 2), (2, 3)),
        ("1,2,3", (3, 2), (1, 3)),
        ("1,2;3,4", (3,), (2, 2)),
    ],
)
def test_a_gradient_is_read_in_the_shape_it_was_typed_in(
    text: str, wanted: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    found = numbers_typed(text, wanted)
    assert isinstance(found, NumbersTyped)
    assert found.shape == shape
    assert [number.value for number in found.numbers] == [float(n) for n in range(1, len(found.numbers) + 1)]
    assert not isinstance(numbers_typed("1,2;3", wanted), NumbersTyped)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("(2,)", (2,)),
        ("2", (2,)),
        ("3×2", (3, 2)),
        ("3x2", (3, 2)),
        ("3 X 2", (3, 2)),
        ("3,2", (3, 2)),
        ("(3, 2)", (3, 2)),
        ("3 by 2", (3, 2)),
        ("3*2", (3, 2)),
        ("()", ()),
        ("scalar", ()),
    ],
)
def test_a_shape_is_read_as_people_write_it(text: str, shape: tuple[int, ...]) -> None:
    assert shape_typed(text) == ShapeTyped(shape)


@pytest.mark.parametrize("text", ["m,n", "-2", "2.0", "3,,2", ",", "1,2,3,4,5", "9" * 7, "２", "3 2", "x"])
def test_what_is_no_shape_is_told_what_one_is(text: str) -> None:
    found = shape_typed(text)
    assert not isinstance(found, ShapeTyped)
    assert "3×2" in found.msg


def test_ticks_come_one_by_one_or_in_a_list() -> None:
    assert ticked(["", "1", "3"], 3) == ticked(["1,3"], 3) == ticked(["3,1,1"], 3)
    for wrong in ("0", "4", "a", "1.5", "-1", "１"):
        assert "from 1 to 3" in getattr(ticked([wrong], 3), "msg", "")


# --- the digits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["1/3", "0.33", "0.333", "0.3333333333333333", "0.333e0", "33e-2", "0.3334"])
def test_a_third_is_right_to_the_digits_that_were_typed(text: str) -> None:
    assert told(f"{THIRD}&q=h.1&answer={text}") == ("right", [])


@pytest.mark.parametrize("text", ["0.34", "0.32", "0.34000", "0.3300", "-0.33", "3.3"])
def test_other_digits_are_not(text: str) -> None:
    assert told(f"{THIRD}&q=h.1&answer={text}")[0] == "wrong"


def test_one_digit_is_right_as_far_as_it_goes_and_exact_ones_are_right() -> None:
    assert told(f"{THIRD}&q=h.1&answer=0.3")[0] == "rough"
    assert told("q=h.1&answer=0.2") == ("right", [])
    assert told("q=x.1&answer=0.1")[0] == "rough", "0.06"
    assert told("q=x&answer=0.1,-0.02")[0] == "rough"
    assert told("q=x.1&answer=0.4")[0] == "wrong"


def test_nought_is_no_short_way_to_say_a_number() -> None:
    assert told("q=h.1&answer=0")[0] == "wrong"
    close = "What rounds to 0 is not 0: give its first digits."
    assert told("y=0.3977,0.5,0.1&q=h.1&answer=0.00") == ("wrong", [close]), "0.0023, to two decimals"
    assert told("y=0.3977,0.5,0.1&q=h.1&answer=0.002")[0] == "rough"
    assert told("y=0.3977,0.5,0.1&q=h.1&answer=0.0023")[0] == "right"
    assert told("y=0.39999999,0.5,0.1&q=h.1&answer=0.0000000") == ("wrong", [close]), "1e-8"
    assert told("y=0.39999999,0.5,0.1&q=h.1&answer=0")[0] == "wrong"
    assert told(f"{SHUT}&q=z.3&answer=0") == ("right", [])
    assert told(f"{SHUT}&q=z.3&answer=-0.00") == ("right", [])


def test_numbers_cut_off_instead_of_rounded_are_right() -> None:
    assert told("y=-0.26666666666666666,0.5,0.1&q=h.1&answer=0.66")[0] == "right"
    assert told("y=1.0666666666666667,0.5,0.1&q=h.1&answer=-0.66")[0] == "right"


@settings(max_examples=examples(40, 150), deadline=None, derandomize=True)
@given(data=st.data())
def test_a_right_answer_is_never_called_wrong(data: st.DataObject) -> None:
    """However many digits of it are typed, of any network, by rounding, cutting off, or in full."""
    network = NETWORKS[data.draw(st.sampled_from(sorted(NETWORKS)))]
    number = st.integers(-300, 300).map(lambda n: n / 100)
    numbers = {
        name: tuple(
            tuple(data.draw(number) for _ in range(array.shape[1])) if array.ndim == 2 else data.draw(number)
            for _ in range(array.shape[0])
        )
        for name, array in as_arrays(network.defaults).items()
    }
    view = ViewState(network, "backward", numbers)
    trace = run(view)
    grads = trace.grads
    assume(all(np.isfinite(grad).all() for grad in grads.values()))
    question = data.draw(st.sampled_from(shuffled(view, "entry")))
    right = float(grads[question.node][question.index])
    digits = data.draw(st.integers(2, 17))
    for text in (repr(right), f"{right:.{digits - 1}e}", f"{right:.{digits}f}"):
        answer = numbers_typed(text, ())
        assert isinstance(answer, NumbersTyped)
        found = judge(trace, question, answer)
        short = len(text.strip("-0.").replace(".", "")) < 2
        if not (short and right != 0 and float(text) == 0):  # that says less than that it is not 0
            assert found.verdict == "right" or (short and found.verdict == "rough"), (text, right)
    shape = ",".join(map(str, grads[question.node].shape))
    shaped = shape_typed(shape)
    assert isinstance(shaped, ShapeTyped)
    said = judge(trace, Question("shape", question.node), shaped)
    floats = grads[question.node].ravel().tolist()
    truth = by_hand(network.name, trace.values)[question.node] if network.name in RATIONAL else floats
    zeros = ticked([str(i + 1) for i, entry in enumerate(truth) if entry == 0], 99)
    assert isinstance(zeros, Ticked)
    ticks = judge(trace, Question("zeros", question.node), zeros)
    assert (said.verdict, ticks.verdict) == ("right", "right")


@pytest.mark.parametrize("power", range(-12, 13, 4))
def test_nought_the_other_sign_ten_times_and_a_thousandth_more_are_never_right(power: int) -> None:
    """Of each entry of ∂L/∂W = v xᵀ, at sizes from 1e-12 to 1e12; a thousandth shows where all digits are typed."""
    view = recall_from_query(f"x=1.25e{power},0.5e{power}&W=0,0;0,0;0,0&b=0.4,0.4,0.2").view
    trace = run(view)
    for index in np.ndindex(3, 2):
        right = float(trace.grads["W"][index])
        question = Question("entry", "W", (int(index[0]), int(index[1])))
        for text, verdict in (
            (f"{right:.15e}", "right"),
            (f"{right:.2e}", "right"),
            ("0", "wrong"),
            ("0.00000", "wrong"),
            (f"{-right:.15e}", "wrong"),
            (f"{-right:.1e}", "wrong"),
            (f"{10 * right:.15e}", "wrong"),
            (f"{10 * right:.1e}", "wrong"),
            (f"{1.001 * right:.15e}", "wrong"),
        ):
            answer = numbers_typed(text, ())
            assert isinstance(answer, NumbersTyped)
            assert judge(trace, question, answer).verdict == verdict, (text, right)


# --- what it looks like -------------------------------------------------------------------------------------


def test_a_near_miss_is_told_what_it_looks_like() -> None:
    assert told(f"{SHUT}&q=z.3&answer=-0.1") == (
        "wrong",
        ["The mask is missing: v has passed inactive units, too. Where z ≤ 0, nothing flows back."],
    )
    verdict, (first, *others) = told("q=W.2.1&answer=0.1")
    assert (verdict, first) == ("wrong", "It could be one of these.")
    assert others[0] == "Here, or already at ∂L/∂z, the sign is reversed."


def test_a_mistake_further_up_is_told_with_its_place() -> None:
    """Without the mask ∂L/∂x₁ is 0.08, not 0.07."""
    (said,) = told(f"{SHUT}&q=x.1&answer=0.08")[1]
    assert said.startswith("Already at ∂L/∂z, the mask is missing: ")


def test_a_gradient_typed_whole_is_told_entry_by_entry_what_is_right() -> None:
    assert told("q=h&answer=0.2,0.1,0.1")[1][0] == "2 of 3 entries are right."
    assert told("q=h&answer=0.7,0.7,0.7")[1] == ["This matches no common mistake."]
    turned = told("q=W&answer=0.2,-0.1,0.1;0.1,-0.05,0.05")[1]
    assert turned[0].endswith("A gradient has the shape of what it belongs to: 3×2, like W.")
    assert turned[1].startswith("This is x vᵀ")


def test_ticks_that_are_missing_or_too_many_are_counted_and_not_named() -> None:
    assert told(f"{SHUT}&q=zeros.z&answer=3") == ("right", [])
    assert told(f"{SHUT}&q=zeros.z&answer=")[1] == ["1 entry that is 0 is not ticked."]
    assert told(f"{SHUT}&q=zeros.z&answer=1")[1] == ["The ticked entry is not 0.", "1 entry that is 0 is not ticked."]
    assert told(f"{SHUT}&q=zeros.z&answer=1&answer=2")[1][0] == "2 of the 2 ticked entries are not 0."
    assert told("b=0,-0.6,-0.6&q=zeros.z&answer=1,3")[1] == [
        "1 of the 2 ticked entries is not 0.",
        "1 entry that is 0 is not ticked.",
    ]
    assert told("x=2,1&q=zeros.z&answer=")[0] == "right", "none of them is"


def test_ticks_alone_name_no_mistake() -> None:
    """Where a mistake would leave no 0, nothing ticked is no sign of it."""
    assert told("y=0.4,0.4,0.2&q=zeros.h&answer=") == ("wrong", ["3 entries that are 0 are not ticked."])
    for name in NETWORKS:
        for answer in ("", "1", "1,2"):
            verdict, said = told(f"network={name}&q=zeros.z&answer={answer}")
            assert bool(said) == (verdict == "wrong"), (name, answer, said)
            assert all(sentence.endswith(("not 0.", "not ticked.")) for sentence in said)


def test_a_path_that_was_left_out_is_named() -> None:
    assert told("network=shared&q=x&answer=0.4,-0.1")[1] == [
        "One of the two contributions is missing, the one via z; the gradient is their sum."
    ]
    assert told("network=shared&q=x&answer=0.17,-0.12")[1] == [
        "One of the two contributions is missing, the one via r; the gradient is their sum."
    ]


def test_numbers_that_are_right_in_a_wrong_shape_are_told_so() -> None:
    assert told("q=W&answer=0.2,0.1,-0.1,-0.05,0.1,0.05") == (
        "wrong",
        ["The numbers are right; the shape, 1×6, is not. A gradient has the shape of what it belongs to: 3×2, like W."],
    )


def test_a_subgradient_is_no_mistake() -> None:
    """z₂ = 0 and v₂ = −0.5."""
    kink = "b=0,-0.5,0"
    for answer in ("0.2,-0.5,0.1", "0.20,-0.25,0.10", "0.2,-1/3,0.1"):
        assert told(f"{kink}&q=z&answer={answer}")[0] == "kink"
    assert told(f"{kink}&q=z.2&answer=-0.5")[0] == "kink"
    assert told(f"{kink}&q=z.2&answer=0")[0] == "right"
    assert told(f"{kink}&q=z.2&answer=0.5")[0] == "wrong"
    assert told(f"{kink}&q=zeros.z&answer=2") == ("right", [])
    verdict, (first, second) = told(f"{kink}&q=zeros.z&answer=")
    assert verdict == "kink"
    assert first == "z₂ is exactly 0, at the kink of ReLU, where any slope from 0 to v is a subgradient."
    assert second == "The convention here is ReLU′(0) = 0; this comes from another slope."
    assert told(f"{kink}&q=zeros.z&answer=1,2")[0] == "wrong"


def test_what_is_exactly_0_is_right_when_it_is_ticked_whatever_a_float_makes_of_it() -> None:
    """A float64 has −2.8e-17 for h₃ − y₃."""
    assert told("y=0.4,0.4,0.2&q=zeros.h&answer=1,2,3") == ("right", [])
    assert told("y=0.4,0.4,0.2&q=zeros.h&answer=1,2") == ("wrong", ["1 entry that is 0 is not ticked."])
    assert told("y=0.4,0.4,0.2&q=h.3&answer=0") == ("right", [])


def test_what_rounding_hides_counts_neither_way() -> None:
    """∂L/∂z₁ = σ(40) − 1 = −4.25e-18."""
    for answer in ("", "1"):
        assert told(f"network=sigmoid-bce&W=0,0;0,0;0,0&b=40,40,-40&q=zeros.z&answer={answer}")[0] == "right"
    verdict, said = told("network=sigmoid-bce&W=0,0;0,0;0,0&b=40,40,-40&q=zeros.z&answer=2")
    assert (verdict, said[0]) == ("wrong", "The ticked entry is not 0.")


def test_the_shape_of_a_jacobian_is_known_for_what_it_is() -> None:
    assert told("q=shape.x&answer=3x2")[1][1] == "3×2 is the shape of the Jacobian ∂z/∂x, which the VJP avoids."
    assert told("q=shape.W&answer=3x6")[1][1] == "3×6 is the shape of the Jacobian ∂z/∂W, which the VJP avoids."
    assert told("q=shape.W&answer=2x3")[1][1].startswith("This is x vᵀ")


def test_a_vector_has_one_size_and_is_no_scalar() -> None:
    """As the grader has it, where a column of right numbers has the wrong shape."""
    for answer, said in (("2x1", "2×1"), ("1x2", "1×2"), ("2x1x1", "2×1×1")):
        sentence = f"{said} is not the shape of x: x is a vector, and a vector has one size."
        assert told(f"q=shape.x&answer={answer}") == ("wrong", [sentence])
    assert told("q=shape.x&answer=2")[0] == "right"
    assert told("q=shape.x&answer=()") == ("wrong", ["x is not a scalar."])
    assert told("q=shape.x&answer=2x2") == ("wrong", ["2×2 is not the shape of x."])


# --- addresses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=W.2.1",
        "q=W.2.1&answer=-0.10",
        "q=W&reveal=1",
        "q=W.2.1&answer=0.1&reveal=1",
        f"{SHUT}&q=zeros.z&answer=1,3",
        f"{SHUT}&q=zeros.z&answer=",
        "network=softmax-ce&x=2,1&q=shape.x&answer=2",
        *(f"q={name}" for name in SPOKEN),
        *(f"q={name}" for name in ("jacobian.z.x", "price.z.W", "sparse.h.z", "bracket.x", "saved")),
        "q=bracket.W&answer=27, 108",
        "q=saved&answer=1,2,4",
    ],
)
def test_a_canonical_address_reads_back_to_itself(query: str) -> None:
    recall = recall_from_query(query)
    address = recall.address()
    assert recall_from_query(address.partition("?")[2]) == recall
    assert recall_from_query(address.partition("?")[2]).address() == address


def test_what_is_left_out_is_the_same_as_what_is_spelled_out() -> None:
    own = recall_from_query("")
    spelled = recall_from_query(f"network=relu-mse&x=1.0,.5&q={own.question.key}&utm_source=lms&step=9&show=x")
    assert spelled == own
    assert spelled.address() == "/recall"
    assert recall_from_query("q=zeros.z&answer=&answer=1&answer=3").address() == "/recall?q=zeros.z&answer=1,3"


@pytest.mark.parametrize("name", NETWORKS)
def test_the_next_question_goes_through_all_of_a_kind_then_on_to_the_next_kind_and_round(name: str) -> None:
    view = ViewState(NETWORKS[name], "backward", NETWORKS[name].defaults)
    lines = [shuffled(view, kind) for kind in DRAWN]
    wanted = [*(question for line in lines for question in line), *(Question(kind) for kind in SPOKEN)]
    inputs, recall = [], RecallState(view, wanted[0])
    for _ in wanted:
        inputs.append(recall.question)
        assert recall_from_query(recall.address().partition("?")[2]) == recall
        recall = recall.with_ask(recall.following())
    assert inputs == wanted
    assert len(set(wanted)) == len(wanted)
    assert recall.question == wanted[0]


def test_other_numbers_ask_about_another_entry() -> None:
    asked = {recall_from_query(f"x={n},1").question.key for n in range(30)}
    assert len(asked) > 5


def test_what_is_shut_is_asked_about_first() -> None:
    view = recall_from_query("").view
    assert shuffled(view, "zeros")[0] == Question("zeros", "z")


@pytest.mark.parametrize(
    ("query", "loc", "typed"),
    [
        ("q=nothing", ("query", "q"), ""),
        ("q=", ("query", "q"), ""),
        ("q=y.1", ("query", "q"), ""),
        ("q=L", ("query", "q"), ""),
        ("q=shape.y", ("query", "q"), ""),
        ("q=jacobian.x.z", ("query", "q"), ""),
        ("q=jacobian.z.h", ("query", "q"), ""),
        ("q=price.L.h", ("query", "q"), ""),
        ("q=sparse.z", ("query", "q"), ""),
        ("q=bracket.z", ("query", "q"), ""),
        ("q=bracket.y", ("query", "q"), ""),
        ("q=saved.z", ("query", "q"), ""),
        ("q=saved&answer=8", ("query", "answer"), "8"),
        ("q=bracket.x&answer=many", ("query", "answer"), "many"),
        ("q=W.4.1", ("query", "q"), ""),
        ("q=W.1&q=x.1", ("query", "q"), ""),
        ("reveal=2", ("query", "reveal"), ""),
        ("q=x.1&answer=", ("query", "answer"), ""),
        ("q=x.1&answer=abc", ("query", "answer"), "abc"),
        ("q=x.1&answer=1&answer=2", ("query", "answer"), "1"),
        ("q=zeros.z&answer=7", ("query", "answer"), "7"),
        ("q=shape.x&answer=two", ("query", "answer"), "two"),
        ("x=1&q=x.1", ("query", "x"), ""),
        ("network=none", ("query", "network"), ""),
        ("q=%zz", ("query", "q"), ""),
    ],
)
def test_what_is_no_question_or_no_answer_is_told_and_another_still_stands(
    query: str, loc: tuple[str, ...], typed: str
) -> None:
    with pytest.raises(Invalid) as problem:
        recall_from_query(query)
    assert loc in [error.loc for error in problem.value.errors]
    assert problem.value.typed.get("answer", "") == typed
    assert problem.value.fallback.answer is None


# --- what there is to find, and what is not given away --------------------------------------------------------


def posed(view: ViewState) -> list[RecallState]:
    """Every question that is drawn."""
    return [RecallState(view, question) for kind in DRAWN for question in shuffled(view, kind)]


@pytest.mark.parametrize("name", NETWORKS)
def test_each_question_about_zeros_has_one_to_find_with_the_default_numbers(name: str) -> None:
    """The page says that those have none where it takes others: that is so."""
    view = ViewState(NETWORKS[name], "backward", NETWORKS[name].defaults)
    for question in shuffled(view, "zeros"):
        recall = RecallState(view, question)
        assert "zero" in [entry.is_zero for entry in entries(run(recall.posed), question.node)]
        if recall.posed.values != view.values:
            assert {entry.is_zero for entry in entries(run(view), question.node)} == {"not zero"}


def _sets(name: str) -> list[ViewState]:
    """The network on its default numbers, on its examples, and on numbers of which no two are alike."""
    network = NETWORKS[name]
    default = ViewState(network, "backward", network.defaults)
    sets = [default.with_values(example.values) for example in network.examples]
    for seed in range(3):
        random = np.random.default_rng(seed)
        arrays = {leaf: random.uniform(0.1, 0.9, array.shape) for leaf, array in as_arrays(network.defaults).items()}
        sets.append(default.with_values({leaf: _frozen(array.tolist()) for leaf, array in arrays.items()}))
    return [view for view in sets if not np.isnan(run(view).grads["z"]).any()]


def _frozen(numbers: float | list[Any]) -> Any:
    return tuple(map(_frozen, numbers)) if isinstance(numbers, list) else numbers


@pytest.mark.parametrize("name", NETWORKS)
def test_no_hint_holds_a_number_of_the_answer_and_no_value_is_one(name: str) -> None:
    """Numbers are compared as they are drawn, without their signs. Where no two numbers are alike, no value that is
    given is the answer by any rule: of those all digits are compared."""
    for place, view in enumerate(_sets(name)):
        for recall in posed(view):
            trace = run(recall.posed)
            found = hints(trace, recall.question)
            if recall.question.kind == "shape" or recall.question.kind not in OF_GRADIENT:
                assert found == []
                continue
            grad = trace.grads[recall.question.node]
            answer = np.abs(grad[recall.question.index] if recall.question.kind == "entry" else grad).ravel()
            drawn = {formatted(number).texts[0] for number in answer.tolist()}
            texts = {text.lstrip("−") for hint in found if hint.v is not None for text in formatted(hint.v).texts}
            assert not drawn & texts, recall
            if place >= len(NETWORKS[name].examples):
                values = {abs(number) for row in trace.values.values() for number in row.ravel().tolist()}
                assert not values & set(answer[answer != 0].tolist()), recall


def test_a_hint_has_the_upstream_gradient_where_that_is_not_the_answer_yet() -> None:
    """∂L/∂x = Wᵀ v is not found by looking at v; ∂L/∂b = v is, and so are the active entries of ∂L/∂z."""
    for key, told_v in (("x", True), ("x.1", True), ("h", True), ("b", False), ("b.2", False), ("z", False)):
        recall = recall_from_query(f"q={key}")
        assert [hint.v is not None for hint in hints(run(recall.posed), recall.question)] == [told_v], key
