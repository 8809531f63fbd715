"""Several rows of x or y are a batch, one number for a bias is one for its layer: in addresses, forms and bodies."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine import NETWORKS
from app.engine.fitted import MAX_EXAMPLES
from app.state import Invalid, ViewState, batch_from_json, from_json, from_query, read_carried
from app.state.carried import carried_parts
from app.state.codec import Reader, query_of

TWO = "x=1,2;3,4"
CHAIN = "network=2-2.sigmoid-2.sigmoid_mse"


def read(query: str, *, strict: bool = True) -> ViewState:
    return from_query(query, "backward", strict=strict)


def error(query: str) -> tuple[object, str]:
    with pytest.raises(Invalid) as caught:
        read(query)
    (found,) = caught.value.errors
    return found.loc[-1], found.msg


@pytest.mark.parametrize(
    ("query", "canonical", "batch", "reduce"),
    [
        (TWO, TWO, 2, "mean"),
        (f"{TWO}&reduce=sum", f"{TWO}&reduce=sum", 2, "sum"),
        (f"{TWO}&reduce=mean", TWO, 2, "mean"),
        ("reduce=sum", "", 0, "mean"),  # a single example has nothing to add up
        ("y=1,2,3;4,5,6", "x=1,0.5;1,0.5&y=1,2,3;4,5,6", 2, "mean"),  # what is left out is the same for each
        (f"{TWO}&y=0.2,0.5,0.1;0.2,0.5,0.1", TWO, 2, "mean"),
        ("x=1,0.5;1,0.5", "x=1,0.5;1,0.5", 2, "mean"),  # a batch of the default row is no single example
        ("b=0.35", "b=0.35", 0, "mean"),
        (f"{CHAIN}&b2=0.6&{TWO}&b1=0.35", f"{CHAIN}&{TWO}&b1=0.35&b2=0.6", 2, "mean"),
        ("network=1-1_mse&x=1;2;3", "network=1-1_mse&x=1;2;3", 3, "mean"),
        ("network=1-1_mse&b=0.5", "network=1-1_mse&b=0.5", 0, "mean"),
        (f"{TWO}&ask=z.2.3&step=1", f"{TWO}&step=1&ask=z.2.3", 2, "mean"),
        (f"{TWO}&ask=l.2&lr=0.5&hold=b", f"{TWO}&ask=l.2&lr=0.5&hold=b", 2, "mean"),
    ],
)
def test_an_address_says_a_batch_and_reads_back_as_the_same_state(
    query: str, canonical: str, batch: int, reduce: str
) -> None:
    state = read(query)
    assert (state.query(), state.network.batch, state.network.reduce) == (canonical, batch, reduce)
    again = read(state.query())
    assert again == state
    assert again.network is state.network


def test_a_bias_of_one_unit_is_the_same_either_way() -> None:
    assert read("network=1-1_mse&b=0.5").network is read("network=1-1_mse").network


@pytest.mark.parametrize("text", ["[[1, 2], [3, 4]]", "1 2\n3 4", "np.array([[1., 2.], [3., 4.]])", "1, 2; 3, 4"])
def test_a_field_takes_a_batch_in_any_notation(text: str) -> None:
    assert read(query_of([("x", text)]), strict=False).query() == TWO


@pytest.mark.parametrize("text", ["1;2", "[[1], [2]]", "1\n2"])
def test_a_column_in_a_field_is_one_example_that_stands_upright(text: str) -> None:
    assert read(query_of([("x", text)]), strict=False).query() == "x=1,2"


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        (f"{TWO}&y=1,2,3", "y", "each row is an example, so x and y must have as many rows, not 2 and 1"),
        (f"{TWO}&y=1,2,3;4,5,6;7,8,9", "y", "each row is an example, so x and y must have as many rows, not 2 and 3"),
        ("x=1,2&y=1,2,3;4,5,6", "x", "each row is an example, so y and x must have as many rows, not 2 and 1"),
        ("x=1,2;3", "x", "x needs 2 rows of 2 numbers, not rows of 2 and 1"),
        ("x=1;2", "x", "x needs 2 numbers, not 2 rows of 1"),
        # y is right, and has one row, as x might have
        ("x=1,2;3,one&y=1,2,3", 1, "entry 2, 2 of x must be a finite decimal number such as 0.5, -2 or 1e-3"),
        ("x=1,2;3,4,5", "x", "x needs 2 rows of 2 numbers, not rows of 2 and 3"),
        ("reduce=max", "reduce", "reduce says how the losses of a batch become one: mean or sum"),
        (
            "x=" + ";".join(["1,2"] * (MAX_EXAMPLES + 1)),
            "x",
            "each row of x is an example; a batch has at most 64, and this one has 65",
        ),
    ],
)
def test_what_is_no_batch_is_told_in_one_sentence(query: str, field: str | int, says: str) -> None:
    assert error(query) == (field, says)


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({"values": {"x": [[1, 2], [3, 4]]}}, TWO),
        ({"values": {"x": [[1, 2], [3, 4]]}, "reduce": "sum"}, f"{TWO}&reduce=sum"),
        ({"values": {"b": 0.35}}, "b=0.35"),
        ({"reduce": "sum"}, ""),
    ],
)
def test_a_body_says_the_same_as_an_address(body: dict[str, Any], query: str) -> None:
    assert from_json(body, "backward") == read(query)


def test_sets_of_a_stack_may_be_batches_all_of_one_shape() -> None:
    batch = batch_from_json(
        {"sets": [{"x": [[1, 2], [3, 4]]}, {"x": [[1, 0], [0, 1]], "y": [[1, 2, 3]] * 2}]}, "forward"
    )
    assert batch.network.batch == 2
    assert {name: stack.shape for name, stack in batch.values.items()} == {
        "x": (2, 2, 2),
        "W": (2, 3, 2),
        "b": (2, 3),
        "y": (2, 2, 3),
    }
    with pytest.raises(Invalid, match="set 2: x needs 2 rows of 2 numbers, not one array of 2"):
        batch_from_json({"sets": [{"x": [[1, 2], [3, 4]]}, {"x": [1, 2]}]}, "forward")


@pytest.mark.parametrize("query", [TWO, f"{TWO}&b=0.35&reduce=sum", "b=0.35", f"{CHAIN}&{TWO}&b1=0.5"])
def test_a_page_about_something_else_carries_a_batch_along(query: str) -> None:
    """Beside names of its own, too: /heads has an x of two numbers, and a y of one."""
    for own in ({}, {"x": (2,), "y": ()}):
        carried = query_of(carried_parts(read(query).go("forward"), own))
        found = read_carried(Reader(carried), own)
        assert found.query() == read(query).query()


def test_the_first_example_alone_and_default_numbers_are_of_the_network_itself() -> None:
    state = read(f"{TWO}&y=1,2,3;4,5,6&b=0.5&step=5&ask=z.2.3")
    assert state.of_one.query() == "x=1,2&b=0.5,0.5,0.5&y=1,2,3&step=4"
    assert state.with_values({}).query() == "step=4"
    assert state.with_values({}).network is NETWORKS["relu-mse"]
