"""What a handout is of: one address for it, and what is wrong told beside its field."""

from __future__ import annotations

import pytest

from app.pages.handout.question import handout_from_query
from app.state import Invalid


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("", "/handout"),
        ("pass=both&steps=&blanks=0&answers=0&paper=a4", "/handout"),
        ("pass=backward&steps=6,1-3,2,+5", "/handout?pass=backward&steps=1-3,5-6"),
        ("steps=2&pass=forward", "/handout?pass=forward&steps=2"),
        ("paper=letter&answers=1&blanks=1&x=2,1", "/handout?x=2,1&blanks=1&answers=1&paper=letter"),
        ("network=two-layer&x=1.0,0.5", "/handout?network=two-layer"),
    ],
)
def test_one_handout_has_one_address(query: str, canonical: str) -> None:
    state = handout_from_query(query)
    assert state.address() == canonical
    assert handout_from_query(canonical.partition("?")[2]) == state


@pytest.mark.parametrize(
    ("query", "count", "first", "last"),
    [
        ("", 9, ("forward", 1), ("backward", 6)),
        ("pass=forward", 3, ("forward", 1), ("forward", 3)),
        ("pass=backward&steps=5,2", 2, ("backward", 2), ("backward", 5)),
    ],
)
def test_the_steps_are_those_of_the_passes_in_their_order(
    query: str, count: int, first: tuple[str, int], last: tuple[str, int]
) -> None:
    chosen = handout_from_query(query).chosen
    assert len(chosen) == count
    assert [(step.direction, step.step) for step in (chosen[0], chosen[-1])] == [first, last]


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("steps=1", "steps", "steps belong to one pass"),
        ("steps=1-7&pass=backward", "steps", "the backward pass has the steps 1 to 6"),
        ("steps=0&pass=forward", "steps", "the forward pass has the steps 1 to 3"),
        ("steps=one&pass=forward", "steps", "whole numbers or ranges"),
        ("steps=3-1&pass=forward", "steps", "a range begins with its lower end"),
        ("pass=sideways", "pass", "pass must be both, forward or backward"),
        ("blanks=yes", "blanks", "blanks must be 0 or 1"),
        ("paper=a5", "paper", "paper must be a4 or letter"),
        ("x=one", "x", "x"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(query: str, field: str, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        handout_from_query(query)
    (error,) = caught.value.errors
    assert error.field == field
    assert says in error.msg
