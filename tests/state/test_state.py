"""Addresses and bodies: one state has one address, every float survives it, and nothing sent is ever repeated."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.engine import DEFAULT, NETWORKS, Values
from app.engine.graph import Direction
from app.state import (
    FieldError,
    Invalid,
    ViewState,
    field_text,
    from_json,
    from_query,
    number_text,
    overflow_error,
    state_before,
)
from app.state.nested import numbers_from_json

STEPS: Mapping[Direction, int] = {"forward": 3, "backward": 6}
OWN = DEFAULT.defaults

# Every finite float64: subnormals and −0 included.
floats = st.floats(allow_nan=False, allow_infinity=False)
directions = st.sampled_from(list[Direction](STEPS))


def of(strategy: st.SearchStrategy[float], shape: tuple[int, ...]) -> st.SearchStrategy[Values]:
    if not shape:
        return strategy
    return st.tuples(*[of(strategy, shape[1:]) for _ in range(shape[0])])


def snapshot_dict(numbers: Values) -> Values:
    """The same numbers without −0."""
    return tuple(map(snapshot_dict, numbers)) if isinstance(numbers, tuple) else numbers + 0.0


@st.composite
def states(draw: st.DrawFn) -> ViewState:
    network = draw(st.sampled_from(list(NETWORKS.values())))
    direction = draw(directions)
    numbers = dict(network.defaults)
    for name in draw(st.sets(st.sampled_from(list(numbers)))):
        numbers[name] = snapshot_dict(draw(of(floats, network.shape(name))))
    state = ViewState(network, direction, numbers)
    return state.go(direction, draw(st.none() | st.integers(0, state.steps)))


def query(text: str, direction: Direction = "forward", *, strict: bool = True) -> ViewState:
    return from_query(text, direction, strict=strict)


def before(text: str, direction: Direction) -> ViewState | None:
    return state_before(text, lambda query: from_query(query, direction, strict=False))


def refused(text: str, direction: Direction = "forward", *, strict: bool = True) -> Invalid[ViewState]:
    with pytest.raises(Invalid) as caught:
        from_query(text, direction, strict=strict)
    return caught.value


def refused_json(body: object, direction: Direction = "forward") -> Invalid[ViewState]:
    with pytest.raises(Invalid) as caught:
        from_json(body, direction)
    return caught.value


def outcome_of(read: Callable[[], ViewState]) -> ViewState | Invalid[ViewState]:
    """What reading came to; any other exception is a failure."""
    try:
        return read()
    except Invalid as error:
        return error


def only(error: Invalid[ViewState]) -> tuple[tuple[str | int, ...], str]:
    (found,) = error.errors
    return found.loc, found.msg


# --- there and back -----------------------------------------------------------------------------------------


@given(states())
def test_an_address_reads_back_to_the_same_state(state: ViewState) -> None:
    for strict in (True, False):
        assert from_query(state.query(), state.direction, strict=strict) == state


@given(states())
def test_the_address_of_what_an_address_says_is_that_address(state: ViewState) -> None:
    once = query(state.query(), state.direction).address()
    assert once == state.address()
    assert query(once.partition("?")[2], state.direction).address() == once


@given(states())
def test_an_address_holds_only_characters_that_need_no_escape(state: ViewState) -> None:
    assert quote(state.address(), safe="/?&=,;") == state.address()


@given(floats)
@example(5e-324)
@example(-0.0)
@example(1.7976931348623157e308)
@example(2.2250738585072014e-308)
@example(0.1 + 0.2)
@example(-1e22)
def test_a_number_reads_back_to_the_same_float(number: float) -> None:
    text = number_text(number)
    assert float(text) == number
    assert math.copysign(1.0, float(text)) == math.copysign(1.0, number)
    (first, _) = query(f"x={text},0").values["x"]  # type: ignore[misc]
    assert first == number
    assert math.copysign(1.0, first) == (math.copysign(1.0, number) if number else 1.0), "−0 is 0"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.0, "1"),
        (-2.0, "-2"),
        (0.5, "0.5"),
        (0.1, "0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e22, "1e22"),
        (1e-7, "1e-7"),
        (-1.5e-300, "-1.5e-300"),
        (5e-324, "5e-324"),
        (123456.0, "123456"),
        (0.0, "0"),
    ],
)
def test_a_number_is_written_in_its_shortest_form(number: float, text: str) -> None:
    assert number_text(number) == text


@given(floats)
def test_no_form_of_a_number_in_python_is_shorter_by_digits(number: float) -> None:
    """One digit fewer reads back to another float."""
    digits = number_text(number).lower().partition("e")[0].strip("-").replace(".", "").strip("0")
    if len(digits) > 1:
        assert float(f"{number:.{len(digits) - 2}e}") != number


@st.composite
def spellings(draw: st.DrawFn) -> tuple[float, str]:
    """A number, and one of the many ways in which a person may write it."""
    number = draw(floats)
    text = draw(st.sampled_from([repr(number), number_text(number), f"{number:.25e}", f"{number:+.17e}"]))
    if draw(st.booleans()):
        text = text.replace("-", "−")
    if draw(st.booleans()):
        text = text.upper()
    return number, draw(st.sampled_from(["", " ", "   "])) + text + draw(st.sampled_from(["", " "]))


@given(st.lists(spellings(), min_size=2, max_size=2))
def test_equal_states_have_equal_addresses_however_they_were_written(drawn: list[tuple[float, str]]) -> None:
    numbers = tuple(number + 0.0 for number, _ in drawn)
    state = query("x=" + quote(",".join(text for _, text in drawn)))
    assert state.values["x"] == numbers
    assert state.address() == ViewState(DEFAULT, "forward", {**OWN, "x": numbers}).address()


def test_minus_zero_is_zero_in_addresses_and_bodies() -> None:
    for state in (query("x=-0,-0.0&W=-0,0;0,0;0,-0e5"), query("x=0,0&W=0,0;0,0;0,0")):
        assert state.address() == "/forward?x=0,0&W=0,0;0,0;0,0"
    state = from_json({"values": {"x": [-0.0, 0]}}, "forward")
    assert state.query() == "x=0,0"
    assert [math.copysign(1.0, entry) for entry in state.values["x"]] == [1.0, 1.0]  # type: ignore[union-attr,arg-type]


def test_defaults_are_left_out() -> None:
    assert query("").query() == ""
    assert query("network=relu-mse&x=1,0.5&W=0.5,-0.2;0.3,0.4;-0.1,0.6&b=0,-0.1,0&y=0.2,0.5,0.1").query() == ""
    assert query("b=1,2,3&x=1.0,5e-1").query() == "b=1,2,3"


@pytest.mark.parametrize("direction", STEPS)
def test_a_bare_address_is_the_pass_as_a_whole_and_the_last_step_is_a_step(direction: Direction) -> None:
    whole = query("", direction)
    last = query(f"step={STEPS[direction]}", direction)
    assert (whole.whole, whole.step, whole.at, whole.event) == (True, None, STEPS[direction], None)
    assert (last.whole, last.step, last.at) == (False, STEPS[direction], STEPS[direction])
    assert last.event == DEFAULT.graph.timelines[direction][-1]
    assert whole.address() == f"/{direction}"
    assert last.address() == f"/{direction}?step={STEPS[direction]}"
    assert from_json({"step": STEPS[direction]}, direction) == last
    assert query("step=0", direction).query() == "step=0"
    assert query("step=2", direction).at == 2


def test_keys_stand_in_the_graph_s_order_whatever_order_they_came_in() -> None:
    state = query("step=2&y=1,1,1&b=1,1,1&x=7,7&W=1,2;3,4;5,6")
    assert state.address() == "/forward?x=7,7&W=1,2;3,4;5,6&b=1,1,1&y=1,1,1&step=2"
    assert state.address("/api") == "/api" + state.address()


def test_the_addresses_of_the_specification_are_read() -> None:
    one = query("x=1,0.5&W=0.5,-0.2;0.3,0.4;-0.1,0.6&b=0,-0.1,0&y=0.2,0.5,0.1&step=2")
    assert one.address() == "/forward?step=2"
    two = query("network=relu-mse&x=2,1", "backward")
    assert two.values == {**OWN, "x": (2.0, 1.0)}
    assert two.address() == "/backward?x=2,1"


def test_escaped_commas_semicolons_blanks_and_the_page_s_own_minus_are_welcome() -> None:
    state = query("x=%E2%88%921%2C+2&W=1%2C2%3B3%2C4%3B5%2C6")
    assert state.query() == "x=-1,2&W=1,2;3,4;5,6"


def test_a_field_shows_what_an_address_holds_with_room_to_read() -> None:
    assert field_text(OWN["x"]) == "1, 0.5"
    assert field_text(OWN["W"]) == "0.5, -0.2; 0.3, 0.4; -0.1, 0.6"
    assert field_text(2.5) == "2.5"


@given(states())
def test_what_a_field_shows_can_be_sent_back(state: ViewState) -> None:
    sent = "&".join(f"{name}={quote(field_text(numbers))}" for name, numbers in state.values.items())
    sent += f"&network={state.network.name}"
    assert query(sent, state.direction).values == state.values


def test_a_state_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        query("").step = 3  # type: ignore[misc]


# --- the one walk -------------------------------------------------------------------------------------------


def test_going_to_another_step_keeps_the_numbers() -> None:
    state = query("x=3,4&step=1")
    assert state.go("backward", 2).address() == "/backward?x=3,4&step=2"
    assert state.go("backward", 6).address() == "/backward?x=3,4&step=6"
    assert state.go("backward").address() == "/backward?x=3,4"
    assert state.go("forward", 0).address() == "/forward?x=3,4&step=0"


def test_other_numbers_keep_the_step_and_what_they_leave_out_is_the_network_s_own() -> None:
    state = query("x=3,4&b=1,1,1&step=1").with_values({"y": (0.0, 0.0, 0.0)})
    assert state.address() == "/forward?y=0,0,0&step=1"


def test_the_walk_has_every_step_between_the_two_passes_as_wholes() -> None:
    assert list(query("x=3,4").walk) == [
        "/forward?x=3,4",
        *(f"/forward?x=3,4&step={step}" for step in range(4)),
        *(f"/backward?x=3,4&step={step}" for step in range(1, 7)),
        "/backward?x=3,4",
    ]


@pytest.mark.parametrize("network", NETWORKS)
def test_each_place_of_the_walk_knows_its_number(network: str) -> None:
    start = query(f"network={network}")
    walked = [
        read.place
        for address in start.walk
        for path, _, asked in [address.partition("?")]
        for read in [query(asked, "forward" if path == "/forward" else "backward")]
        if read.address() == address
    ]
    assert walked == list(range(len(start.walk)))


def test_backward_s_step_0_is_no_place_of_the_walk_and_counts_as_forward_s_last_step() -> None:
    beside = query("step=0", "backward")
    assert beside.place == query("step=3").place
    assert beside.address() not in beside.walk


def test_a_question_and_a_view_stay_from_step_to_step_and_the_rest_does_not() -> None:
    kept = query("step=2&ask=W.2.1&eps=0.5", "backward", strict=False)
    assert kept.go("backward", 3).address() == "/backward?step=3&ask=W.2.1"
    assert query("step=2&show=why", "backward", strict=False).go("backward").address() == "/backward?show=why"
    assert query("step=2&node=z", "backward", strict=False).go("backward", 3).address() == "/backward?step=3"
    assert query("resume=backward.2", strict=False).go("backward", 3).address() == "/backward?step=3"


@pytest.mark.parametrize(
    ("query_of_it", "direction", "leads"),
    [
        ("step=4", "backward", ("/forward?resume=backward.4", "/backward?resume=backward.4")),
        ("step=0", "backward", ("/forward?resume=backward.0", "/backward?resume=backward.0")),
        ("step=2", "forward", ("/forward?resume=forward.2", "/backward?resume=forward.2")),
        ("", "forward", ("/forward", "/backward")),
        ("", "backward", ("/forward", "/backward")),
        ("resume=backward.4", "backward", ("/forward?resume=backward.4", "/backward?step=4")),
        ("resume=backward.4", "forward", ("/forward?resume=backward.4", "/backward?step=4")),
        ("resume=forward.2", "backward", ("/forward?step=2", "/backward?resume=forward.2")),
        ("resume=backward.6&ask=x.1", "forward", ("/forward?ask=x.1&resume=backward.6", "/backward?step=6&ask=x.1")),
    ],
)
def test_the_links_of_the_passes_lead_to_them_as_wholes_and_back_to_the_step(
    query_of_it: str, direction: Direction, leads: tuple[str, str]
) -> None:
    state = query(query_of_it, direction, strict=False)
    assert (state.toggled("forward").address(), state.toggled("backward").address()) == leads


def test_a_question_goes_before_a_node_and_a_node_before_a_view() -> None:
    assert query("show=why&node=z&ask=x.1", strict=False).query() == "ask=x.1"
    assert query("show=why&node=z", strict=False).query() == "node=z"
    asked = query("node=z", strict=False).with_ask("x.1")
    assert (asked.node, asked.with_node("h").ask, asked.with_view("why").node) == (None, None, None)


def test_the_step_that_was_left_is_told_of_a_whole_alone_and_not_passed_on() -> None:
    assert query("step=2&resume=forward.1", strict=False).query() == "step=2"
    assert query("resume=forward.1&node=z", strict=False).without_history().query() == "node=z"


@pytest.mark.parametrize(
    "text", ["backward", "backward.7", "forward.4", "backward.-1", "backward.4.", "backward.٤", "4", "Backward.4", "."]
)
def test_a_step_to_resume_is_read_strictly(text: str) -> None:
    loc, msg = only(refused(f"resume={quote(text)}", strict=False))
    assert loc == ("query", "resume")
    assert msg == "resume names a step; the steps are forward.0 to forward.3 and backward.0 to backward.6"


@pytest.mark.parametrize("text", ["Z", "z.1", "y*", "", "q"])
def test_a_node_that_the_network_has_not_is_refused_with_those_it_has(text: str) -> None:
    loc, msg = only(refused(f"node={quote(text)}", strict=False))
    assert (loc, msg) == (("query", "node"), "there is no such node; the nodes are b, h, L, W, x, y, z")


@pytest.mark.parametrize("name", ["resume=forward.1", "node=z"])
def test_what_only_a_page_shows_is_no_parameter_of_the_api(name: str) -> None:
    assert only(refused(name))[1].startswith("a parameter is unknown")
    assert query(name, strict=False).address("/api") == "/api/forward"


# --- JSON ---------------------------------------------------------------------------------------------------


def listed(numbers: Values) -> Any:
    return list(map(listed, numbers)) if isinstance(numbers, tuple) else numbers


@given(states())
def test_a_body_and_an_address_that_say_the_same_are_the_same_state(state: ViewState) -> None:
    body = {
        "network": state.network.name,
        "values": {name: listed(numbers) for name, numbers in state.values.items()},
        "step": state.step,
    }
    assert from_json(json.loads(json.dumps(body)), state.direction) == query(state.query(), state.direction)


def test_everything_in_a_body_may_be_left_out() -> None:
    whole = query("")
    bodies: list[dict[str, object]] = [{}, {"values": {}}, {"step": None}, {"network": "relu-mse"}]
    for body in bodies:
        assert from_json(body, "forward") == whole
    assert from_json({"values": {"x": [2, 1]}}, "forward") == query("x=2,1")


def test_json_has_no_whole_numbers_of_its_own() -> None:
    assert from_json({"step": 2.0}, "forward") == query("step=2")
    assert from_json({"values": {"x": [1, 10**22]}}, "forward") == query("x=1,1e22")


# --- refusals -----------------------------------------------------------------------------------------------

A_NUMBER = "must be a finite decimal number such as 0.5, -2 or 1e-3"
NO_NETWORK = f"there is no such network; the networks are {', '.join(sorted(NETWORKS))}"
NO_NETWORK += ", and chains such as 2-3.relu-1_mse"
NO_PARAMETER = "a parameter is unknown; known are ask, b, hold, lr, network, reduce, step, W, x, y"
X_ROWS = "x needs 2 rows of 2 numbers, not"
X_ARRAY = "x must be an array of 2 numbers, not"
X_SHAPE = "x needs 2 numbers, not"
W_SHAPE = "W needs 3 rows of 2 numbers, not"
A_BODY = "the body must be a JSON object, not"
AN_OBJECT = "values must be an object of arrays of numbers, by name, not"

NO_NUMBER = [
    "nan", "NaN", "-nan", "inf", "-inf", "Infinity", "1e999", "-1e999", "1e400", "９", "１.５", "٣", "1_000", "0x10",
    "0b1", "1e", "e5", ".", "-", "+-1", "--1", "1 2", "1.2.3", "1e5.5", "true", "None", "", "½", "1%0A", "%00", "1%09",
    "<script>", "1/2", "1d", "1j", "1e+1e", "1\u200b", "1e−", "''",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_NUMBER)
def test_what_is_no_finite_decimal_number_is_refused_by_field_and_place(text: str) -> None:
    escaped = text if text.startswith(("%", "1%")) else quote(text)
    loc, msg = only(refused(f"x=1,{escaped}"))
    assert loc == ("query", "x", 1)
    assert msg == f"entry 2 of x {A_NUMBER}"
    loc, msg = only(refused(f"W=1,2;3,{escaped};5,6"))
    assert loc == ("query", "W", 1, 1)
    assert msg.startswith("entry 2, 2 of W must be a finite decimal number")


@pytest.mark.parametrize("text", [".5", "5.", "+5", "5e0", "5E-0", "05", "0005", "5.000", " 5", "-5", "−5"])
def test_every_common_way_to_write_a_number_is_read(text: str) -> None:
    (first, _) = query(f"x={quote(text)},0").values["x"]  # type: ignore[misc]
    assert first == float(text.replace("−", "-"))


@pytest.mark.parametrize(
    ("text", "loc", "msg"),
    [
        ("x=1", ("query", "x"), "x needs 2 numbers, not 1"),
        ("x=1,2,3", ("query", "x"), "x needs 2 numbers, not 3"),
        ("x=1;2", ("query", "x"), "x needs 2 numbers, not 2 rows of 1"),
        ("x=", ("query", "x"), "x needs 2 numbers, not none"),
        ("x", ("query", "x"), "x needs 2 numbers, not none"),
        ("b=1,2", ("query", "b"), "b needs 3 numbers, not 2"),
        ("W=1,2,3,4,5,6", ("query", "W"), "W needs 3 rows of 2 numbers, not 6"),
        ("W=1,2;3;5,6", ("query", "W"), "W needs 3 rows of 2 numbers, not rows of 2, 1 and 2"),
        ("x=1,2&x=1,2", ("query", "x"), "x is given more than once; give it once"),
        ("step=2&step=3", ("query", "step"), "step is given more than once; give it once"),
        ("x=%zz,1", ("query", "x"), "x is not valid percent-encoded UTF-8"),
        ("x=%ff,1", ("query", "x"), "x is not valid percent-encoded UTF-8"),
        ("x=%,1", ("query", "x"), "x is not valid percent-encoded UTF-8"),
        ("%zz=1", ("query",), "the address is not valid percent-encoded UTF-8"),
        ("network=nope", ("query", "network"), NO_NETWORK),
        ("network=", ("query", "network"), NO_NETWORK),
        ("utm_source=a", ("query",), NO_PARAMETER),
        ("X=1,2", ("query",), NO_PARAMETER),
        ("from=x%3D1%2C2", ("query",), NO_PARAMETER),
    ],
)  # fmt: skip
def test_a_wrong_address_is_refused_with_what_would_be_right(text: str, loc: tuple[str | int, ...], msg: str) -> None:
    assert only(refused(text)) == (loc, msg)


@pytest.mark.parametrize("direction", STEPS)
@pytest.mark.parametrize(
    "text", ["-1", "7", "99999", "1.0", "1e0", "", "two", "２", "0x1", "1_0", "+1", "%2B1", " 1", "null"]
)
def test_a_step_is_a_whole_number_of_the_pass(direction: Direction, text: str) -> None:
    loc, msg = only(refused(f"step={text}", direction))
    assert loc == ("query", "step")
    assert msg == f"step must be a whole number from 0 to {STEPS[direction]} in the {direction} pass"


def test_every_mistake_of_an_address_is_told_at_once() -> None:
    error = refused("x=1&W=nan&b=1,2,x&step=9&nope=1")
    assert {found.field for found in error.errors} == {"x", "W", "b", "step", ""}


def values(**named: object) -> dict[str, object]:
    return {"values": named}


@pytest.mark.parametrize(
    ("body", "loc", "msg"),
    [
        ([], ("body",), f"{A_BODY} an array"),
        (None, ("body",), f"{A_BODY} null"),
        ("{}", ("body",), f"{A_BODY} a string"),
        (2.5, ("body",), f"{A_BODY} a number"),
        ({"x": [1, 2]}, ("body",), "a field is unknown; known are ask, hold, lr, network, reduce, step, values"),
        ({"network": "softmax"}, ("body", "network"), NO_NETWORK),
        ({"network": None}, ("body", "network"), "network must be a string, or a graph, not null"),
        ({"network": ["relu-mse"]}, ("body", "network"), "network must be a string, or a graph, not an array"),
        ({"ask": 3}, ("body", "ask"), "ask must be a string such as W.2.1, not a number"),
        ({"values": None}, ("body", "values"), f"{AN_OBJECT} null"),
        ({"values": [1, 2]}, ("body", "values"), f"{AN_OBJECT} an array"),
        (values(z=[1, 2]), ("body", "values"), "a name is unknown; known are b, W, x, y"),
        (values(x=1), ("body", "values", "x"), f"{X_ARRAY} a number"),
        (values(x="1,2"), ("body", "values", "x"), f"{X_ARRAY} a string"),
        (values(x=None), ("body", "values", "x"), f"{X_ARRAY} null"),
        (values(x=False), ("body", "values", "x"), f"{X_ARRAY} false"),
        (values(x={"0": 1, "1": 2}), ("body", "values", "x"), f"{X_ARRAY} an object"),
        (values(W="1,2;3,4;5,6"), ("body", "values", "W"), "W must be an array of 3 rows of 2 numbers, not a string"),
        (values(x=[]), ("body", "values", "x"), f"{X_SHAPE} an empty array"),
        (values(x=[1, 2, 3]), ("body", "values", "x"), f"{X_SHAPE} 3"),
        (values(x=[[2], [1]]), ("body", "values", "x"), f"{X_SHAPE} 2 rows of 1"),
        (values(x=[[2, 1]]), ("body", "values", "x"), f"{X_SHAPE} 1 row of 2"),
        (values(x=[["a"], [None, True]]), ("body", "values", "x", 0), f"{X_ROWS} rows of 1 and 2"),
        (values(x=[[1], "a", 3]), ("body", "values", "x"), f"{X_SHAPE} arrays beside a string"),
        (values(W=[1, 2]), ("body", "values", "W"), f"{W_SHAPE} one array of 2"),
        (values(W=[[1, 2, 3]] * 3), ("body", "values", "W"), f"{W_SHAPE} 3 rows of 3"),
        (values(W=[[1, 2], [3], [5, 6]]), ("body", "values", "W", 1), f"{W_SHAPE} rows of 2, 1 and 2"),
        (values(W=[[1, "a"], [3], [5, 6]]), ("body", "values", "W", 1), f"{W_SHAPE} rows of 2, 1 and 2"),
        (values(W=[[1, 2]] * 5 + [[1]]), ("body", "values", "W"), f"{W_SHAPE} 2 in row 1 and 1 in row 6"),
        (values(W=[[1, 2], 3, [5, 6]]), ("body", "values", "W", 1), f"{W_SHAPE} arrays beside a number"),
        (values(x=[1, [2]]), ("body", "values", "x", 1), "entry 2 of x must be a number, not an array"),
        (
            values(W=[[1, 2], [3, True], [5, "6"]]),
            ("body", "values", "W", 1, 1),
            "entry 2, 2 of W must be a number, not true",
        ),
    ],
)  # fmt: skip
def test_a_wrong_body_is_refused_with_what_would_be_right(body: object, loc: tuple[str | int, ...], msg: str) -> None:
    assert only(refused_json(body)) == (loc, msg)


@pytest.mark.parametrize(
    ("number", "seen"),
    [
        (True, "true"), (False, "false"), (None, "null"), ("1", "a string"), ("nan", "a string"), ([1], "an array"),
        ({}, "an object"), (math.nan, "NaN"), (math.inf, "one beyond 1.8e308"), (-math.inf, "one beyond 1.8e308"),
        (10**400, "one beyond 1.8e308"), (-(10**400), "one beyond 1.8e308"), (1e999, "one beyond 1.8e308"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_finite_number_in_json_is_refused_by_what_it_is(number: object, seen: str) -> None:
    loc, msg = only(refused_json(values(x=[0, number])))
    assert loc == ("body", "values", "x", 1)
    wanted = A_NUMBER if isinstance(number, int | float) and not isinstance(number, bool) else "must be a number"
    assert msg == f"entry 2 of x {wanted}, not {seen}"


def test_where_one_number_belongs_an_array_is_told() -> None:
    """No network has such a leaf; the reader knows the shape all the same."""
    assert numbers_from_json(-0.0, "y", ()) == 0.0
    for value, seen in (([1], "an array"), ("1", "a string"), (True, "true")):
        found = numbers_from_json(value, "y", ())
        assert isinstance(found, FieldError)
        assert found.msg == f"y must be a number, not {seen}"


@pytest.mark.parametrize(
    "step", [-1, 7, 10**30, 10**400, 2.5, math.nan, math.inf, 1e300, True, False, "2", [], {}], ids=str
)
def test_a_step_in_json_is_a_whole_number_of_the_pass(step: object) -> None:
    loc, msg = only(refused_json({"step": step}, "backward"))
    assert loc == ("body", "step")
    kind = {str: ", not a string", list: ", not an array", dict: ", not an object", bool: f", not {step}".lower()}
    assert msg == "step must be a whole number from 0 to 6 in the backward pass" + kind.get(type(step), "")


def test_a_reader_that_needs_no_step_and_no_question_refuses_them() -> None:
    assert from_query("x=2,1", "backward", strict=True, picks=()) == query("x=2,1", "backward")
    assert from_json(values(x=[2, 1]), "backward", picks=()) == query("x=2,1", "backward")
    for name, good, wrong in (("step", 2, 99), ("ask", "W.2.1", "W")):
        for value in (good, wrong, None):
            with pytest.raises(Invalid) as caught:
                from_json({name: value}, "backward", picks=())
            assert only(caught.value) == (("body",), "a field is unknown; known are network, reduce, values")
            with pytest.raises(Invalid) as caught:
                from_query(f"{name}={value}", "backward", strict=True, picks=())
            assert only(caught.value) == (("query",), "a parameter is unknown; known are b, network, reduce, W, x, y")


def test_a_question_is_read_in_one_way_from_addresses_and_bodies() -> None:
    for key in ("W.2.1", "x.2", "z.3", "y.1", "L"):
        state = query(f"step=1&ask={key}")
        assert state == from_json({"step": 1, "ask": key}, "forward")
        assert (state.ask, state.address()) == (key, f"/forward?step=1&ask={key}")
    assert query("ask=W.02.001") == query("ask=W.2.1"), "one entry has one address"


def test_a_number_just_below_the_largest_float_is_read_and_just_above_is_refused() -> None:
    largest = int(1.7976931348623157e308)
    assert from_json(values(x=[largest, 0]), "forward").values["x"] == (1.7976931348623157e308, 0.0)
    refused_json(values(x=[10 * largest, 0]))
    assert query("x=1.7976931348623157e308,0").values["x"] == (1.7976931348623157e308, 0.0)
    refused("x=1.8e308,0")


def test_a_field_error_knows_the_field_it_stands_beside() -> None:
    assert [found.field for found in refused("W=1,2;3,x;5,6").errors] == ["W"]
    assert [found.field for found in refused_json(values(b=[1, 2, "3"])).errors] == ["b"]
    assert [found.field for found in refused("nope=1").errors] == [""]


# --- nothing sent is repeated -------------------------------------------------------------------------------

MARK = "zqj7"
FIELDS = ("x", "W", "b", "y", "step", "network")


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from([*FIELDS, MARK]), st.booleans())
def test_no_message_repeats_what_was_in_the_address(before: str, after: str, key: str, strict: bool) -> None:
    sent = quote(before + MARK + after, safe="")
    came = outcome_of(lambda: from_query(f"{key}={sent}", "backward", strict=strict))
    if isinstance(came, Invalid):
        assert MARK not in str(came)
        assert all(MARK not in str(found.loc) + found.msg for found in came.errors)
        assert MARK not in came.fallback.address()
    else:
        assert not strict
        assert key == MARK
        assert came.query() == ""


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(MARK),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just(MARK) | st.sampled_from(FIELDS), inner),
    max_leaves=8,
)


@given(
    json_values
    | st.fixed_dictionaries(
        {},
        optional={
            "network": json_values,
            "values": st.dictionaries(st.sampled_from(["x", "W", "b", "y", MARK]), json_values) | json_values,
            "step": json_values,
            MARK: json_values,
        },
    )
)
def test_any_body_at_all_is_a_state_or_refused_without_repeating_it(body: object) -> None:
    came = outcome_of(lambda: from_json(body, "backward"))
    if isinstance(came, Invalid):
        assert came.errors
        assert MARK not in str(came)
        assert all(MARK not in str(found.loc) for found in came.errors)
        assert all(found.msg and found.loc[0] == "body" for found in came.errors)
    else:
        assert from_query(came.query(), "backward", strict=True) == came


@given(st.text(alphabet="xWbynetworkspfm=&,;%0123456789.-+eE −", max_size=60), st.booleans())
@example("x=1,2;&&=&==x", False)
@example("from=from%3Dx", False)
def test_any_address_at_all_is_a_state_or_refused(text: str, strict: bool) -> None:
    came = outcome_of(lambda: from_query(text, "forward", strict=strict))
    if isinstance(came, Invalid):
        assert came.errors
        assert all(found.msg and found.loc[0] == "query" for found in came.errors)
    else:
        assert query(came.query()) == came


def test_a_long_wrong_number_is_refused_in_linear_time() -> None:
    """40,000 digits and a letter: half a minute, if each digit could be read in two ways."""
    start = time.process_time()
    loc, _ = only(refused("x=1," + "1" * 40_000 + "x"))
    assert loc == ("query", "x", 1)
    assert time.process_time() - start < 1.0


# --- pages --------------------------------------------------------------------------------------------------


def test_a_page_ignores_keys_it_does_not_know_and_drops_them() -> None:
    state = query("utm_source=mail&x=2,1&fbclid=1", strict=False)
    assert state.address() == "/forward?x=2,1"


def test_a_wrong_address_falls_back_to_its_good_parts_and_keeps_what_was_typed() -> None:
    error = refused("x=oops&b=1,2,3&step=2", strict=False)
    assert error.fallback == query("b=1,2,3&step=2")
    assert error.typed == {"x": "oops", "b": "1,2,3", "step": "2"}


def test_a_form_knows_the_good_address_it_was_sent_from() -> None:
    good = "x=5,6&step=1"
    sent = f"x=oops&b=1,2,3&step=1&from={quote(good, safe='')}"
    assert before(sent, "forward") == query(good)
    error = refused(sent, strict=False)
    assert [error.typed[name] for name in ("x", "b", "step")] == ["oops", "1,2,3", "1"]


def test_a_form_sent_from_the_address_without_a_query_was_sent_from_the_defaults() -> None:
    assert before("x=oops&from=", "backward") == query("", "backward")


def test_where_a_form_came_from_has_no_say_when_all_is_well() -> None:
    assert query("x=2,1&from=x%3D5%2C6", strict=False) == query("x=2,1")


@pytest.mark.parametrize(
    "other", ["x=nan", "step=99", "network=nope", "x=5%2C6&from=", "%zz", "x=1,1&from=x=2,2", "x=1"]
)
def test_a_from_that_is_no_good_address_is_left_aside(other: str) -> None:
    sent = f"x=oops&b=1,2,3&from={quote(other, safe='')}"
    assert before(sent, "forward") is None
    assert refused(sent, strict=False).fallback == query("b=1,2,3")


def test_an_address_that_no_form_sent_was_sent_from_nowhere() -> None:
    assert before("x=oops", "forward") is None


@given(st.text(alphabet="xWbyfrom=&,;%0123456789.-eE", max_size=40))
def test_any_from_at_all_is_a_state_or_left_aside(text: str) -> None:
    found = before(f"from={text}", "forward")
    assert found is None or query(found.query()) == found


def test_an_unknown_network_falls_back_to_the_default_one() -> None:
    error = refused("network=nope&x=oops", "backward", strict=False)
    assert error.fallback == query("", "backward")
    assert error.typed == {"network": "nope", "x": "oops"}


def test_numbers_that_overflow_are_told_where_and_keep_what_was_typed() -> None:
    state = query("x=1e308,0&step=1")
    error = overflow_error(state, "z overflows")
    loc, msg = only(error)
    assert loc == ("values",)
    assert msg.startswith("z overflows")
    assert error.fallback == query("step=1")
    assert error.typed["x"] == "1e308, 0"


def test_the_learning_rate_and_what_is_held_are_part_of_an_address_and_of_its_twin() -> None:
    state = from_query("network=two-layer&digits=4&hold=c,b&lr=.5", "backward", strict=False)
    assert (state.lr, state.hold, state.digits) == (0.5, ("b", "c"), 4)
    assert state.address() == "/backward?network=two-layer&lr=0.5&hold=b,c&digits=4"
    assert state.go("backward", 2).address() == "/backward?network=two-layer&step=2&lr=0.5&hold=b,c&digits=4"
    assert state.address("/api") == "/api/backward?network=two-layer&lr=0.5&hold=b,c"
    body = {"network": "two-layer", "lr": 0.5, "hold": ["c", "b"]}
    assert from_json(body, "backward").address() == "/backward?network=two-layer&lr=0.5&hold=b,c"


@pytest.mark.parametrize("text", ["lr=0", "lr=-1", "lr=", "lr=1e999", "hold=x", "hold=W,Q", "digits=1", "digits=10"])
def test_a_learning_rate_held_parameters_and_digits_have_their_bounds(text: str) -> None:
    found = refused(text, strict=False)
    assert [error.field for error in found.errors] == [text.partition("=")[0]]
