"""What the room is to predict: it is nowhere in the page until it is shown, and each way leads where hands expect."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import numpy as np
from starlette.testclient import TestClient

from app.digits import formatted
from app.pages.hall import Hall, Staged
from app.pages.lecture.hall import staged_by
from app.pages.lecture.places import places
from app.pages.lecture.question import PATHS, lecture_from_query
from app.pages.network.hall import staged
from app.pages.network.subject import BACKWARD
from app.snapshot import explained_snapshot, trace_of
from app.snapshot.indices import indices, key
from app.state import ViewState, from_query, number_text
from app.state.playlist import playlist_from_text
from tests.browser.reading import read
from tests.conftest import Lot

# What an SVG says of where things are.
_PLACES = re.compile(r' (?:x|y|d|rx|dx|width|height|viewBox|transform|font-size|textLength|marker\w+)="[^"]*"')


def state_of(query: str) -> ViewState:
    """A state on the stage: of the backward pass, or of the forward pass where the query begins with that."""
    direction, _, rest = query.rpartition(":")
    return from_query(f"stage=1&{rest}", "forward" if direction else "backward", strict=False)


def on_stage(query: str) -> Staged:
    """What the stage shows of it."""
    return staged(state_of(query))


def unlike_all(network: str, lot: Lot) -> ViewState:
    """A network with numbers of so many digits that hardly two of any pass read the same, but for its targets."""

    def drawn(shape: tuple[int, ...]) -> Any:
        if not shape:
            return round(lot.uniform(0.1, 1.9) * lot.choice((-1, 1)), 7)
        return tuple(drawn(shape[1:]) for _ in range(shape[0]))

    state = state_of(f"network={network}")
    leaves = [leaf.name for leaf in state.network.graph.leaves if leaf.role in ("input", "parameter")]
    return replace(state, values={**state.values, **{name: drawn(state.shapes[name]) for name in leaves}})


def texts_of(number: float) -> set[str]:
    """A number as it may be printed, with few digits or many."""
    rounded = {formatted(number, digits=digits).texts[0].lstrip("−") for digits in range(3, 10)}
    return rounded | {number_text(abs(number))}


def numbers_of(state: ViewState) -> dict[tuple[str, str], float]:
    """Each value and gradient that there is at a state, by its entry and which of both it is."""
    found: dict[tuple[str, str], float] = {}
    for node in explained_snapshot(state, trace_of(state)).nodes:
        places = [key(node.name, at) for at in indices(tuple(node.shape))]
        for side, array in (("value", node.value), ("grad", node.grad)):
            if array is not None:
                numbers = np.asarray(array).ravel().tolist()
                found |= {(place, side): one for place, one in zip(places, numbers, strict=True)}
    return found


def test_a_hidden_number_is_nowhere_in_the_page_in_no_attribute_and_no_digits(client: TestClient, lot: Lot) -> None:
    networks = ["two-layer", "softmax-mse", "shared", "2-2.sigmoid-2.sigmoid_mse", "3-2.tanh_mse"]
    for network in lot.some(networks, 2):
        walk = unlike_all(network, lot).walk
        for address in lot.some(walk[2:-1], 2):
            at = state_of_address(address).staged(lot.choice(("1", "formula")))
            there = numbers_of(at)
            own = at.network.graph.by_name  # what is 0 or 1 stands for much else
            made = [one for one in there if one[1] == "grad" or own[one[0].split(".")[0]].op]
            hidden = [one for one in made if there[one] not in (0, 1, -1)]
            for entry, side in lot.some(hidden, 2):
                name = f"d{entry}" if side == "grad" else entry
                others = {text for one, number in there.items() if one != (entry, side) for text in texts_of(number)}
                for shown in (at, at.with_ask(entry)):
                    html = _PLACES.sub("", client.get(shown.hiding(name).address()).text)
                    for text in texts_of(there[entry, side]) - others:
                        found = re.search(rf"(?<![0-9.]){re.escape(text)}(?![0-9])", html)
                        assert found is None, (shown.hiding(name).address(), text)


def state_of_address(address: str) -> ViewState:
    """The state that an address of either pass is of."""
    path, _, query = address.partition("?")
    return from_query(query, "forward" if path == "/forward" else "backward", strict=False)


def test_what_a_step_has_just_computed_is_a_question_in_its_cells_its_names_and_its_arithmetic(
    client: TestClient,
) -> None:
    page = read(client.get("/forward?step=1&stage=formula&hide=now").text)
    cell = page.by_id("cell-z-2-stage")
    assert "hides-value" in cell.classes()
    assert cell["aria-label"] == cell.all("title")[0].text == "z₂ = ?"
    assert [one.text for one in cell.all("text")] == ["?"]
    assert page.by_id("node-z-stage")["aria-label"].startswith("z, linear, 3 numbers, value ?, ?, ?, from")
    assert [one["aria-label"] for one in page.by_id("caption").having("role", "group")] == [
        "z = W x + b",
        "z₁ = W₁₁ times x₁ + W₁₂ times x₂ + b₁ = ?",
    ]
    grad = read(client.get("/backward?step=3&stage=formula&hide=dh.1,z.1,b.1").text)
    assert grad.by_id("cell-h-1-stage")["aria-label"] == "h₁ = 0.40, gradient ?"
    said = [one["aria-label"] for one in grad.by_id("caption").having("role", "group")][1]
    assert said.endswith("= ? times ? = 0.20"), "h₁'s gradient, and the derivative that z₁ would tell"
    assert grad.by_id("cell-b-1-stage")["aria-label"] == "b₁ = ?"


def test_arithmetic_that_is_one_number_is_not_written_twice(client: TestClient) -> None:
    for query, line in (
        ("/backward?step=6", "∂L by ∂b₁ = 0.20"),
        ("/backward?step=6&ask=b.2", "∂L by ∂b₂ = −0.10"),
        ("/backward?step=6&hide=now", "∂L by ∂b₁ = v₁ = ?"),
        ("/backward?network=shared&step=4", "∂L by ∂x₁ via r = 0.40"),
        ("/forward?step=2", "h₁ = 1 times 0.40 = 0.40"),
    ):
        page = read(client.get(f"{query}&stage=formula").text)
        assert page.by_id("caption").having("role", "group")[-1]["aria-label"] == line
        last = [one.text for one in page.by_id("caption").having("role", "group")[-1].all("mn")]
        assert last.count(line.rpartition("= ")[2]) == 1 + ("times" in line)


def test_the_seed_s_sentence_and_formula_do_not_tell_its_number(client: TestClient) -> None:
    for stage in ("1", "formula"):
        page = read(client.get(f"/backward?step=1&stage={stage}&hide=now").text)
        assert "1" not in page.by_id("caption").text
        assert "starts with 1" not in page.by_id("caption")["data-announce"]


def test_an_inactive_unit_s_gradient_is_not_told_by_its_hatching(client: TestClient) -> None:
    plain, hidden = (read(client.get(f"/backward?step=3&b=0,-1,0&stage=1&hide={hide}").text) for hide in ("", "dz.2"))
    assert plain.by_id("cell-z-2-stage").all("rect", "inactive")
    assert not hidden.by_id("cell-z-2-stage").all("rect", "inactive")
    assert "inactive" not in hidden.by_id("cell-z-2-stage")["aria-label"] + hidden.by_id("node-z-stage")["aria-label"]


def test_next_shows_what_is_hidden_and_then_goes_on_and_back_goes_back() -> None:
    hall = on_stage("step=4&hide=now").hall
    assert hall.next == "/backward?step=4&stage=1"
    assert hall.back == "/backward?step=3&stage=1"
    assert hall.hide is not None
    assert (hall.hide.title, hall.hide.href) == ("Show", "/backward?step=4&stage=1")
    hall = on_stage("step=4").hall
    assert hall.next == "/backward?step=5&stage=1"
    assert hall.hide is not None
    assert (hall.hide.title, hall.hide.href) == ("Hide", "/backward?step=4&hide=now&stage=1")
    asked = on_stage("step=4&ask=W.2.1").hall.hide
    assert asked is not None
    assert asked.href == "/backward?step=4&ask=W.2.1&hide=dW.2.1&stage=1"
    assert on_stage("forward:step=0").hall.hide is None, "nothing is computed yet"
    assert on_stage("forward:step=1&hide=dz").hall.next == "/forward?step=2&stage=1", "there is nothing to show first"
    assert on_stage("step=4&hide=now").sentence == on_stage("step=4").sentence


def test_where_each_step_comes_hidden_first_next_and_back_go_through_all_in_one_order() -> None:
    switch = on_stage("forward:step=1").hall.predict
    assert switch is not None
    assert switch.href == "/forward?step=1&hide=next&stage=1"
    state = state_of_address("/forward?hide=next&stage=1")
    walk = [state.address()]
    while (there := staged(state_of_address(walk[-1])).hall.next) is not None:
        walk.append(there)
    steps = [address for address in walk if "step=" in address and "step=0" not in address]
    assert [address.partition("hide=")[2] for address in steps] == ["now,next&stage=1", "next&stage=1"] * 9
    back = [walk[-1]]
    while (there := staged(state_of_address(back[-1])).hall.back) is not None:
        back.append(there)
    assert back[::-1][2:-1] == walk[2:-1]
    assert [one.partition("hide=")[0] for one in back[:-3:-1]] == [one.partition("hide=")[0] for one in walk[:2]]
    assert {tick.href.partition("hide=")[2] for tick in on_stage("step=4&hide=next").hall.ticks} == {"now,next&stage=1"}


def test_a_step_of_descent_is_worked_out_under_the_whole_backward_pass(client: TestClient) -> None:
    page = read(client.get("/backward?lr=0.5&stage=formula").text)
    assert [one["aria-label"] for one in page.by_id("caption").having("role", "group")] == [
        "new W = W − 0.5 times ∂L by ∂W",
        "new W₁₁ = 0.50 − 0.5 times 0.20 = 0.40",
    ]
    hidden = read(client.get("/backward?lr=0.5&stage=formula&hide=now").text)
    said = [one["aria-label"] for one in hidden.by_id("caption").having("role", "group")][1]
    assert said == "new W₁₁ = W₁₁ − 0.5 times ∂L by ∂W₁₁ = ?"
    assert on_stage("lr=0.5").sentence == "A step with lr = 0.5 takes L from 0.030 to 4.69×10⁻⁴."
    assert "×10" not in on_stage("lr=0.5&hide=now").sentence + on_stage("lr=0.5&hide=L").sentence
    assert on_stage("lr=0.5").hall.place == "Update"
    assert on_stage("").hall.place == "Backward pass", "without lr there is none"


def test_a_stop_of_a_lecture_that_hides_numbers_has_two_parts_hidden_and_shown() -> None:
    stops = (
        "/backward?step=4&hide=dW.2.1 What is it?",
        "/forward?step=1-2&hide=now,next",
        "/backward?step=2&hide=next",
    )
    lecture = playlist_from_text("\n".join(stops), PATHS)
    keys = [(place.key, place.address) for place in places(lecture)]
    assert keys == [
        ("1", "/backward?step=4&hide=dW.2.1"),
        ("1.2", "/backward?step=4"),
        ("2", "/forward?step=1&hide=now"),
        ("2.2", "/forward?step=1"),
        ("2.3", "/forward?step=2&hide=now"),
        ("2.4", "/forward?step=2"),
        ("3", "/backward?step=2"),
    ]


def test_back_from_the_stop_after_a_hidden_one_comes_to_it_shown_and_h_hides_there_too() -> None:
    text = quote(playlist_from_text("/backward?step=4&hide=dW.2.1\n/backward?step=5", PATHS).text(), safe=",;-")

    def hall(rest: str) -> Hall:
        state = lecture_from_query(f"stops={text}&stage=1&{rest}")
        return staged_by({"/backward": BACKWARD})(state).hall

    start = f"/lecture?stops={text}"
    last = hall("stop=2")
    assert last.back == f"{start}&stop=1.2&stage=1"
    assert hall("stop=1.2").back == f"{start}&stop=1&stage=1"
    assert hall("stop=1").next == f"{start}&stop=1.2&stage=1"
    assert last.hide is not None
    assert last.hide.href == f"{start}&stop=2&hide=now&stage=1"
    hidden = hall("stop=2&hide=now")
    assert hidden.hide is not None
    assert hidden.hide.href == hidden.next == f"{start}&stop=2&stage=1"
    first, shown = hall("stop=1").hide, hall("stop=1.2").hide
    assert first is not None
    assert first.href == f"{start}&stop=1.2&stage=1"
    assert shown is not None
    assert shown.href == f"{start}&stop=1.2&hide=now&stage=1"


def test_off_the_stage_hide_is_told_as_not_read(client: TestClient) -> None:
    assert "“hide” in the address was not read" in client.get("/backward?step=4&hide=now").text


def test_the_examples_of_a_batch_stand_above_its_matrix_and_a_long_sum_is_in_symbols(client: TestClient) -> None:
    batch = "network=2-2.sigmoid_mse&x=1,2;3,4;5,6&y=0,1;1,0;1,1&step=5&stage=formula"
    page = read(client.get(f"/backward?{batch}").text)
    tops = [float(page.by_id(f"node-{name}-stage").all("rect")[0]["y"]) for name in "xWb"]
    assert tops == sorted(tops)
    said = [one["aria-label"] for one in page.by_id("caption").having("role", "group")][1]
    assert said.startswith("∂L by ∂W₁₁ = v₁₁ times x₁₁ + v₂₁ times x₂₁ + v₃₁ times x₃₁ = 0.0")
