"""What an address hides: each number by the name that printed lines have for it, in one order, each once."""

from __future__ import annotations

import pytest

from app.state import Invalid, from_query


def hidden(text: str, query: str = "") -> tuple[str, ...]:
    """What is hidden on the stage of the backward pass."""
    return from_query(f"{query}&stage=1&hide={text}", "backward", strict=False).hide


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("z.2", ("z.2",)),
        ("dz.2, z.2", ("z.2", "dz.2")),
        ("∂L/∂z₂", ("dz.2",)),
        ("∂L/∂W₂₁,W₂₁", ("W.2.1", "dW.2.1")),
        ("L,dL", ("L", "dL")),
        ("z.3,z,dz.1,z.1", ("z", "dz.1")),
        ("next,now,x.1,,now", ("x.1", "now", "next")),
        ("", ()),
    ],
)
def test_an_entry_goes_by_its_printed_name_and_stands_once_in_the_order_of_the_graph(
    text: str, read: tuple[str, ...]
) -> None:
    assert hidden(text) == read
    assert hidden(",".join(read)) == read


@pytest.mark.parametrize("text", ["q.1", "z.4", "z.1.1", "dy.1", "2*z.1", "lr*dz.1", "z.1+", "3:z.1", "ddz.1", "later"])
def test_what_names_no_number_of_the_picture_is_told(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        hidden(text.replace("+", "%2B"))
    assert [error.loc for error in caught.value.errors] == [("query", "hide")]


def test_a_number_that_the_address_itself_holds_cannot_be_hidden() -> None:
    with pytest.raises(Invalid) as caught:
        hidden("W.1.1", "W=1,2;3,4;5,6")
    assert "W stands in this address" in caught.value.errors[0].msg
    assert hidden("W.1.1,dx", "x=1,2") == ("dx", "W.1.1"), "its default numbers do not, nor does a gradient"


def test_off_the_stage_nothing_is_hidden_and_the_api_knows_no_such_name() -> None:
    state = from_query("step=2&hide=z.2&stage=1", "backward", strict=False)
    assert state.address() == "/backward?step=2&hide=z.2&stage=1"
    assert state.staged(None).address() == "/backward?step=2"
    assert state.go("backward", 3).address() == "/backward?step=3&stage=1"
    assert from_query("step=2&hide=z.2", "backward", strict=False).hide == ()
    with pytest.raises(Invalid):
        from_query("step=2&hide=z.2", "backward", strict=True)
