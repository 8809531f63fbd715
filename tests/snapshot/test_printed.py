"""Printed numbers compared: every published number gets the class it has, and a wrong one the mistake it looks like."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from app.engine import DEFAULT
from app.engine.by_name import network_named
from app.pages.published.examples import published
from app.snapshot.printed.compare import compared
from app.snapshot.printed.digits import Truth, judged, to_its_digits
from app.snapshot.printed.models import Comparison, PrintedNumber
from app.state import Invalid, ViewState, from_json
from app.state.printed import printed, statements

# Of each published number the truth, which PyTorch and a second NumPy found, and its class.
PUBLISHED: dict[str, dict[str, tuple[float, str]]] = json.loads(
    (Path(__file__).parents[1] / "published.json").read_text(encoding="utf-8")
)
TEXTBOOK: dict[str, Any] = {
    "network": "2-2.sigmoid-2.sigmoid_mse",
    "values": {
        "x": [0.05, 0.1],
        "W1": [[0.15, 0.2], [0.25, 0.3]],
        "b1": 0.35,
        "W2": [[0.4, 0.45], [0.5, 0.55]],
        "b2": 0.6,
        "y": [0.01, 0.99],
    },
    "lr": 0.5,
    "hold": ["b1", "b2"],
}


def look(lines: str, steps: int = 1, **body: Any) -> Comparison:
    return compared(from_json(body or TEXTBOOK, "backward"), *statements(lines), steps)


def only(line: str, **body: Any) -> PrintedNumber:
    found = look(line, **body)
    assert found.unread == []
    (number,) = found.numbers
    return number


@pytest.mark.parametrize("example", published(), ids=lambda one: one.name)
def test_every_published_number_gets_the_class_that_it_has(example: Any) -> None:
    lines = "\n".join(f"{key} = {number}" for key, number in example.printed.items())
    found = compared(example.view(), *statements(lines), example.steps)
    assert found.unread == []
    facts = PUBLISHED[example.name]
    assert {one.key: one.verdict for one in found.numbers} == {key: verdict for key, (_, verdict) in facts.items()}
    assert {one.key: one.right for one in found.numbers} == pytest.approx(
        {key: truth for key, (truth, _) in facts.items()}, rel=1e-9, abs=1e-15
    )


@pytest.mark.parametrize(
    ("text", "truth", "verdict"),
    [
        ("0.12", 0.125, "right"),  # half goes either way
        ("0.13", 0.125, "right"),
        ("0.13", 0.1350001, "last"),
        ("0.13", 0.1450001, "wrong"),
        ("1.000", 1.019, "en-route"),
        ("1.000", 1.021, "wrong"),
        ("0", 1e-17, "right"),
        ("0.1", 0.1, "right"),
        ("1e-3", 0.00149, "right"),
        ("0.3333333333333333", 1 / 3, "right"),
        ("1/3", 1 / 3, "right"),
        ("-0.0", 0.04, "right"),
    ],
)
def test_the_class_follows_from_exact_decimals(text: str, truth: float, verdict: str) -> None:
    assert judged(printed(text), Truth.of(truth)) == verdict


def test_a_new_parameter_is_rounded_on_the_way_if_it_is_near_beside_its_step() -> None:
    assert judged(printed("0.9600"), Truth.of(0.9, step=0.1)) == "wrong"
    assert judged(printed("0.9040"), Truth.of(0.9, step=0.1)) == "en-route"


@pytest.mark.parametrize(
    ("text", "truth", "shown"),
    [
        ("0.50", 0.125, "0.13"),
        ("-12", -0.5, "−1"),
        ("0.000", -0.0001, "0.000"),
        ("4.30e-3", 0.00435, "4.35×10⁻³"),
        ("1e3", 1499.0, "1×10³"),
        (".5", 12.26, "12.3"),
    ],
)
def test_the_truth_is_written_in_the_digits_that_were_printed(text: str, truth: float, shown: str) -> None:
    assert to_its_digits(printed(text), Fraction(truth)) == shown


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("da2.1 = -0.74137", "target − prediction"),
        ("dz2.1 = 0.74137", "slope forgotten"),
        ("dW2.1.2 = -0.022603", "transposed"),
        ("W2.1.1+ = 0.082167", "gradient"),
        ("W2.1.1+ = 0.041084", "lr times gradient"),
        ("W2.1.1+ = 0.31783", "no lr"),
        ("W2.1.1+ = 0.44108", "uphill"),
        ("W2.1.1+ = 0.40000", "not moved"),
        ("dW2.1.1 = 0.35892", "new parameter"),
        ("dW2.1.1 = 0.041084", "times lr"),
        ("b2.1+ = 0.5308", "not held"),
        ("W1.1.1+ = 0.1498", ""),
        ("loss = 0.59674", "doubled"),
        ("loss = 0.14919", "halved"),
        ("z1.1 = 0.0275", "bias forgotten"),
        ("z1.1 = -0.3225", "bias subtracted"),
        ("z1.1 = 0.59327", "another value"),
        ("dz2.1 = -0.1385", "target − prediction"),
        ("E.1 = -0.27481", "sign"),
        ("loss+ = 0.298371", "not moved"),
        ("loss+ = 0.280471", "another step"),
    ],
)
def test_a_wrong_number_has_the_mistake_named_that_gives_it(line: str, name: str) -> None:
    body = {**TEXTBOOK, "values": {**TEXTBOOK["values"], "b1": [0.35, 0.35], "b2": [0.6, 0.6]}}
    number = only(line, **body)
    names = [match.name for match in number.matches]
    assert (name in names) if name else (number.verdict == "right" and names == []), (number.note, names)
    assert all(match.says for match in number.matches)


def test_minus_a_gradient_with_the_gradient_s_sign_is_told_so() -> None:
    assert only("-1*dz2.1 = 0.1385").note == "This is ∂L/∂z⁽²⁾₁, not −∂L/∂z⁽²⁾₁."


def test_weights_that_were_moved_before_the_gradient_went_back_are_told() -> None:
    """∂L/∂a⁽¹⁾₁ is 0.138498562 · 0.4 − 0.038098237 · 0.5 with the old weights; these are the new ones."""
    moved = 0.13849856163 * 0.358916480 - 0.03809823652 * 0.511301270
    number = only(f"da1.1 = {moved:.9f}")
    assert "W already moved" in [match.name for match in number.matches]


def test_of_several_wrong_entries_only_what_gives_all_is_told() -> None:
    found = look("dW2.1.1 = -0.082167\ndW2.2.1 = 0.022603\ndW2.2.2 = 0.022740")
    assert {match.name for one in found.numbers for match in one.matches} >= {"sign"}
    assert all(one.matches == found.numbers[0].matches for one in found.numbers)


def test_an_array_is_compared_entry_by_entry_and_one_given_in_times_out_is_read_as_that() -> None:
    rows = "[[0.20, 0.10], [-0.10, -0.05], [0.10, 0.05]]"
    turned = "[[0.20, -0.10, 0.10], [0.10, -0.05, 0.05]]"
    for text, notes in ((rows, 0), (turned, 1)):
        found = look(f"dW = {text}", network="relu-mse")
        assert [one.key for one in found.numbers] == ["dW.1.1", "dW.1.2", "dW.2.1", "dW.2.2", "dW.3.1", "dW.3.2"]
        assert {one.verdict for one in found.numbers} == {"right"}
        assert len(found.arrays) == notes
    (unread,) = look("dW = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]", network="relu-mse").unread
    assert "3×2" in unread.says


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("q.1 = 1", "stands for nothing here"),
        ("dy.1 = 1", "No gradient is taken"),
        ("z.4 = 1", "z has the shape 3"),
        ("W.1.1+ = 1", "learning rate"),
        ("lr*dW.1.1 = 1", "learning rate"),
        ("p.1 = 1", "stands for nothing here"),
        ("z.1 = 1, 2", "one number"),
    ],
)
def test_what_stands_for_nothing_here_is_told_and_the_rest_is_compared(line: str, says: str) -> None:
    found = look(f"{line}\nh.1 = 0.40", network="relu-mse")
    assert says in found.unread[0].says
    assert found.numbers[-1].verdict == "right"


def test_layers_are_named_as_books_name_them_whatever_the_network_calls_them() -> None:
    names = "W1.1.1 = 0.5\nz1.1 = 0.40\na1.1 = 0.40\ndb1.1 = 0.20\nout.1 = 0.4\nloss = 0.03\nE.1 = 0.02"
    assert {one.verdict for one in look(names, network="relu-mse").numbers} == {"right"}
    found = look("a1.1 = 1.0\np.1 = 0.7", network="2-2_ce", values={"x": [1, 0], "W": [[1, 0], [0, 1]], "b": [0, 0]})
    assert [one.node for one in found.numbers] == ["z", "L"]


def test_the_terms_of_a_loss_add_up_to_it() -> None:
    for name in ("2-3_mse", "2-3_sse", "2-3_mse-mean", "2-3_bce", "2-3_ce", "2-3_poisson", "2-3_out"):
        network = network_named(name)
        assert network is not None
        view = ViewState(network, "backward", network.defaults)
        found = compared(view, *statements("E.1 = 0\nE.2 = 0\nE.3 = 0\nloss = 0"))
        *terms, loss = (one.right for one in found.numbers)
        assert sum(terms) == pytest.approx(loss, rel=1e-12), name


def test_an_example_of_a_batch_and_what_it_adds_to_a_gradient_have_names() -> None:
    body: dict[str, Any] = {
        "network": "2-1_mse",
        "values": {"x": [[1, 0], [0, 2]], "W": [[1, 1]], "b": [0], "y": [[0], [0]]},
    }
    found = look("1:z.1 = 1\n2:z.1 = 2\n2:dW.1.2 = 2\ndW.1.2 = 2\n2:loss = 2\nloss = 1.25\n2:E.1 = 2", **body)
    assert found.unread == []
    assert [(one.key, one.verdict) for one in found.numbers if one.verdict != "right"] == []
    assert "say which example" in look("z.1 = 1", **body).unread[0].says
    (number,) = look("loss = 2.5", **body).numbers
    assert "times 2, the number of examples" in number.note


def test_numbers_that_overflow_are_refused_and_a_step_that_does_is_told() -> None:
    with pytest.raises(Invalid):
        look("z.1 = 1", values={"x": [1e200, 1e200], "W": [[1e200, 1], [1, 1], [1, 1]]})
    for line in ("loss+ = 1", "dz.1 = 77.25", "W.1.1 = 12.5", "W.1.1+ = 12.5", "L = 12.5"):
        for one in look(line, lr=1e300).unread:
            assert "overflow or diverge" in one.says
            assert "+" in line


def test_many_steps_are_taken_one_after_the_other() -> None:
    """z = w x with x = 1, y = 0: each step multiplies w by 1 − lr."""
    body: dict[str, Any] = {
        "network": "1-1_mse",
        "values": {"x": [1], "W": [[1]], "b": [0], "y": [0]},
        "lr": 0.5,
        "hold": ["b"],
    }
    found = look("W.1.1+ = 0.125\nlast.dW.1.1 = 0.25", 3, **body)
    assert [one.verdict for one in found.numbers] == ["right", "right"]


def test_a_number_of_one_digit_accuses_nobody_but_for_its_sign() -> None:
    view = ViewState(DEFAULT, "backward", DEFAULT.defaults)
    (number,) = compared(view, *statements("dz.1 = 5")).numbers
    assert (number.verdict, number.matches) == ("wrong", [])


def test_a_large_network_takes_few_steps_and_a_small_one_many() -> None:
    large = network_named("64-64.relu-64_mse")
    assert large is not None
    view = ViewState(large, "backward", large.defaults, lr=1e-6)
    assert compared(view, *statements("loss+ = 1"), 1).unread == []
    (unread,) = compared(view, *statements("loss+ = 1"), 200).unread
    assert "too many" in unread.says
