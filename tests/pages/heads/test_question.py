"""The address of the page of the heads: canonical both ways, and what is wrong in it is named."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine import NETWORKS, Values
from app.pages.heads.question import HeadsState, heads_from_query
from app.state import Invalid, state_before

number = st.floats(-1e6, 1e6).map(lambda found: found + 0.0)
pair = st.tuples(number, number)
triple = st.tuples(number, number, number)


@st.composite
def states(draw: st.DrawFn) -> HeadsState:
    own = HeadsState()
    numbers: dict[str, Values] = {"x": draw(pair), "W": draw(st.tuples(pair, pair, pair)), "b": draw(triple)}
    return HeadsState(
        values={name: draw(st.sampled_from([own.values[name], numbers[name]])) for name in numbers},
        unfused=draw(st.booleans()),
        z=draw(st.floats(-1000, 1000).map(lambda found: found + 0.0)),
        y=draw(st.integers(0, 1)),
        entry=draw(st.integers(1, 3)),
    )


@given(states())
def test_a_state_and_its_address_say_the_same(state: HeadsState) -> None:
    for strict in (True, False):
        recompute = heads_from_query(state.query(), strict=strict)
        assert recompute == state
        assert recompute.address() == state.address()


def test_defaults_are_left_out_and_the_rest_is_as_short_as_can_be() -> None:
    assert HeadsState().address() == "/heads"
    given = heads_from_query("y=0&unfused=0&x=1.0,0.50&z=4e1&entry=1", strict=True)
    assert given.address("/api") == "/api/heads"
    other = heads_from_query("entry=3&y=1&z=36.50&unfused=1&b=1,2,3", strict=True)
    assert other.address(part="unfused") == "/heads?b=1,2,3&unfused=1&z=36.5&y=1&entry=3#unfused"


def test_all_heads_stand_on_one_layer() -> None:
    own = HeadsState().values
    for name in ("identity-mse", "sigmoid-bce", "softmax-ce", "exp-poisson", "softmax-mse"):
        network = NETWORKS[name]
        assert {leaf: network.defaults[leaf] for leaf in own} == own
        view = HeadsState(values={**own, "x": (3.0, 4.0)}).view(network)
        assert view.values == {**network.defaults, "x": (3.0, 4.0)}
        assert network.graph.timelines["backward"][view.at - 1].target == "z"


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("x=1", "x", "2 numbers"),
        ("W=1,2;3,4", "W", "3 rows"),
        ("b=1,nan,2", "b", "entry 2 of b"),
        ("z=nan", "z", "finite"),
        ("z=1,2", "z", "one number"),
        ("z=1000.1", "z", "from -1000 to 1000"),
        ("z=-1e9", "z", "from -1000 to 1000"),
        ("y=2", "y", "0 or 1"),
        ("y=0.5", "y", "0 or 1"),
        ("y=", "y", "0 or 1"),
        ("unfused=yes", "unfused", "0 or 1"),
        ("entry=4", "entry", "1, 2 or 3"),
        ("entry=0", "entry", "1, 2 or 3"),
        ("z=1&z=1", "z", "more than once"),
        ("z=%ff", "z", "UTF-8"),
    ],
)
def test_what_is_wrong_is_named_and_the_rest_is_read(query: str, field: str, says: str) -> None:
    for strict in (True, False):
        with pytest.raises(Invalid) as slip:
            heads_from_query(f"{query}&W=1,1;1,1;1,1" if field != "W" else query, strict=strict)
        (error,) = slip.value.errors
        assert error.field == field
        assert says in error.msg
        assert field == "W" or slip.value.fallback.values["W"] == ((1, 1), (1, 1), (1, 1))


def test_the_api_refuses_what_the_page_ignores() -> None:
    assert heads_from_query("utm_source=lms", strict=False) == HeadsState()
    with pytest.raises(Invalid):
        heads_from_query("utm_source=lms", strict=True)


def test_the_good_address_behind_a_form_is_found() -> None:
    read = partial(heads_from_query, strict=False)
    assert state_before("z=1e9&from=z%3D36%26unfused%3D1", read) == HeadsState(z=36.0, unfused=True)
    assert state_before("z=1e9&from=z%3D1e9", read) is None
    assert state_before("z=1e9", read) is None
